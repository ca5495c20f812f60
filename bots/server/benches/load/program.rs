//! A process under load: the program in a folder of its own, or the floor.

use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::client::Headers;

/// Processor time is counted in hundredths of a second on every Linux in use.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process that answers HTTP.
pub(crate) struct Process {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    /// What it printed when it was ready.
    line: String,
}

impl Process {
    /// Starts it and waits for the line that says where it listens.
    pub(crate) async fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let line = lines.next_line().await.expect("a line").expect("it is ready");
        // Nobody reads what else it prints, but its pipe must stay open.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let start = line.find("http://").expect("an address") + "http://".len();
        let address = line[start..].split('/').next().expect("an address").trim().to_owned();
        Self { child, address, line }
    }

    /// Processor time used so far, in seconds, by all its threads.
    pub(crate) fn cpu(&self) -> f64 {
        let stat = self.proc("stat");
        // The name of the program may hold anything but stands in parentheses.
        let fields: Vec<&str> = stat[stat.rfind(')').expect("a name")..].split(' ').collect();
        let ticks = |at: usize| fields[at].parse::<f64>().expect("a count of ticks");
        (ticks(12) + ticks(13)) / TICKS_PER_SECOND
    }

    /// Resident memory in MiB: `VmRSS` now, or `VmHWM` at its highest.
    pub(crate) fn memory(&self, which: &str) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find(|line| line.starts_with(which)).expect("a size");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).expect("a size") / 1024.0
    }

    fn proc(&self, file: &str) -> String {
        let id = self.child.id().expect("it runs");
        std::fs::read_to_string(format!("/proc/{id}/{file}")).expect("a Linux process")
    }

    /// Asks it to stop and waits until it has.
    pub(crate) async fn stop(mut self) {
        let id = self.child.id().expect("it runs").to_string();
        Command::new("kill").args(["-s", "TERM", &id]).status().await.expect("a signal");
        self.child.wait().await.expect("it stops");
    }
}

/// A folder with a configuration and a database.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let quiet = format!("{configuration}\n[log]\nfilter = \"warn\"\n");
        std::fs::write(folder.path().join("flowpilot.toml"), quiet).expect("a file");
        Self(folder)
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowpilot"));
        command.args(arguments).current_dir(self.0.path());
        command
    }

    /// Starts the server with settings beside those of the file.
    pub(crate) async fn serve(&self, settings: &[(&str, &str)]) -> Process {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs(settings.iter().copied());
        Process::start(command).await
    }

    /// What a script sends with every request.
    pub(crate) async fn script(&self) -> Headers {
        let token = self.command(&["token", "--access-only"]).output().await.expect("a token");
        assert!(token.status.success(), "{}", String::from_utf8_lossy(&token.stderr));
        let token = String::from_utf8(token.stdout).expect("a token");
        vec![("authorization".to_owned(), format!("Bearer {}", token.trim()))]
    }
}

/// What a browser sends with every request to the console, acting as the first member.
pub(crate) async fn browser(process: &Process) -> Headers {
    let http = flowpilot::http::client(std::time::Duration::from_secs(30)).expect("a client");
    let url = format!("http://{}", process.address);
    let key = process.line.split_once("/?k=").expect("a key").1.trim();
    let entered = http.get(format!("{url}/?k={key}")).send().await.expect("an answer");
    let cookie = entered.headers()["set-cookie"].to_str().expect("a cookie");
    let cookie = cookie.split(';').next().expect("a cookie").to_owned();
    let ask = |request: reqwest::RequestBuilder| {
        let request = request.header("cookie", &cookie).header("origin", &url);
        async { request.send().await.expect("an answer").json::<Value>().await.expect("JSON") }
    };
    let state = ask(http.get(format!("{url}/console/state"))).await;
    let member = json!({ "member_id": state["members"][0]["id"] });
    let token = ask(http.post(format!("{url}/console/tokens")).json(&member)).await;
    let token = token["access_token"].as_str().expect("a token");
    vec![
        ("authorization".to_owned(), format!("Bearer {token}")),
        ("cookie".to_owned(), cookie.clone()),
        ("origin".to_owned(), url.clone()),
    ]
}
