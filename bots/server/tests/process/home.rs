//! A folder with its configuration, and the program started in it.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// Longer than any start or end takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a first start leaves in its folder. Making it takes longer than most tests, so it is made once.
static STARTED: OnceCell<Vec<(String, Vec<u8>)>> = OnceCell::const_new();

/// A folder that is deleted afterwards. The program runs in it: `flowpilot.toml` and `flowpilot.db` are its own.
pub(crate) struct Home {
    folder: TempDir,
}

/// A command that has ended.
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    /// A folder with this configuration.
    pub(crate) fn new(configuration: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        home.configure(configuration);
        home
    }

    /// A folder with this configuration in which a server with the usual team has run before.
    pub(crate) async fn started(configuration: &str) -> Self {
        let home = Self::new(configuration);
        for (name, content) in STARTED.get_or_init(first_start).await {
            home.write(name, content);
        }
        home
    }

    /// Replaces the configuration, for what is started from now on.
    pub(crate) fn configure(&self, configuration: &str) {
        self.write("flowpilot.toml", configuration);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The names in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The program with nothing of our own environment that could be a setting. Ticket systems may be on this machine.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.in_here(env!("CARGO_BIN_EXE_flowpilot"), arguments)
    }

    /// Any program, run like [`Home::command`].
    pub(crate) fn in_here(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null()).kill_on_drop(true);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("FLOWPILOT_PRIVATE_NETWORKS", "[\"127.0.0.0/8\"]");
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Finished {
        finish(self.command(arguments)).await
    }

    /// Starts the server on a free port and waits until it answers.
    pub(crate) async fn serve(&self) -> Server {
        self.start(self.command(&["serve", "--listen", "127.0.0.1:0"])).await
    }

    /// Starts a server and waits until it answers; its log goes to `server.log`.
    pub(crate) async fn start(&self, command: Command) -> Server {
        let mut server = self.spawn(command);
        server.ready().await;
        server
    }

    /// Starts a server without waiting.
    pub(crate) fn spawn(&self, command: Command) -> Server {
        Server::spawn(command, self.path("server.log"))
    }

    /// What the servers of this folder have logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("server.log")).unwrap_or_default()
    }
}

async fn first_start() -> Vec<(String, Vec<u8>)> {
    let home = Home::new("");
    let (status, _) = home.serve().await.terminate().await;
    assert!(status.success(), "{}", home.log());
    let names = home.names().into_iter().filter(|name| name.starts_with("flowpilot.db"));
    names.map(|name| (name.clone(), std::fs::read(home.path(&name)).unwrap())).collect()
}

/// Runs any command to its end.
pub(crate) async fn finish(mut command: Command) -> Finished {
    let output = timeout(PATIENCE, command.output()).await.expect("the command ends").unwrap();
    Finished {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A running server. It is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    /// What it printed when it was ready: its address, with the one-time key where there is a console.
    line: String,
}

impl Server {
    fn spawn(mut command: Command, log: PathBuf) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(appended(&log)).spawn().unwrap();
        Self { child, log, line: String::new() }
    }

    /// Waits for the line that says where it listens, unless it was seen already.
    pub(crate) async fn ready(&mut self) {
        if !self.line.is_empty() {
            return;
        }
        let mut lines = BufReader::new(self.child.stdout.as_mut().unwrap()).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.expect("the server starts").unwrap();
        self.line = line.unwrap_or_else(|| panic!("the server ended:\n{}", read(&self.log)));
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        let start = self.line.find("http://").expect("an address");
        self.line[start..].split("/?").next().unwrap().trim().to_owned()
    }

    /// The one-time key of the console.
    pub(crate) fn key(&self) -> &str {
        self.line.split_once("/?k=").expect("a key").1.trim()
    }

    /// Everything it printed when it was ready.
    pub(crate) fn line(&self) -> &str {
        &self.line
    }

    /// `kill -9`. Tells whether it was still running.
    pub(crate) async fn kill(mut self) -> bool {
        let ran = self.child.try_wait().unwrap().is_none();
        self.child.kill().await.unwrap();
        ran
    }

    /// Sends a signal: `TERM`, `STOP`, `CONT`.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await.unwrap();
        assert!(sent.success());
    }

    /// Lets its files grow as they like.
    pub(crate) async fn lift_limits(&self) {
        let id = self.child.id().expect("it runs").to_string();
        let lifted =
            Command::new("prlimit").args(["--pid", &id, "--fsize=unlimited"]).status().await.unwrap();
        assert!(lifted.success());
    }

    /// Asks it to stop and waits for that; how it ended and how long it took.
    pub(crate) async fn terminate(mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        self.signal("TERM").await;
        let status = timeout(PATIENCE, self.child.wait()).await.expect("the server stops").unwrap();
        (status, begun.elapsed())
    }
}

fn appended(log: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(log).unwrap()
}

fn read(log: &Path) -> String {
    std::fs::read_to_string(log).unwrap_or_default()
}
