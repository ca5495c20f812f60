//! Starting the server: what keeps it from starting is named, with what to do about it.

use crate::database::Database;
use crate::home::{Finished, Home, finish};
use crate::http::{Caller, client, send};
use crate::peer::section;

/// Checks that the command failed in one line that says all of this.
#[track_caller]
fn failed(finished: &Finished, says: &[&str]) {
    assert_eq!(finished.code, 1, "out: {} err: {}", finished.out, finished.err);
    assert_eq!(finished.out, "", "nothing is printed that looks like success");
    let line = finished.err.lines().find(|line| line.starts_with("flowpilot: ")).expect("the reason");
    for part in says {
        assert!(line.contains(part), "{line:?} does not say {part:?}");
    }
}

#[tokio::test]
async fn the_version_is_told() {
    let told = Home::new("").run(&["--version"]).await;
    assert_eq!((told.code, told.out.trim()), (0, concat!("flowpilot ", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn a_fresh_server_answers_in_one_command() {
    let home = Home::new("");
    let server = home.serve().await;
    let health = send(client().get(format!("{}/healthz", server.url()))).await.unwrap();
    let ready = send(client().get(format!("{}/readyz", server.url()))).await.unwrap();
    assert_eq!(health.ok(), "ok");
    assert_eq!(ready.ok()["ready"], true);
}

#[tokio::test]
async fn a_busy_port_is_named_with_another_one_to_take() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let home = Home::new("");
    let refused = home.run(&["serve", "--listen", &address]).await;
    failed(&refused, &[&address, "in use", "--listen 127.0.0.1:"]);
    assert_eq!(home.names(), ["flowpilot.toml"], "nothing was begun");
}

#[tokio::test]
async fn an_unknown_key_of_the_file_is_named() {
    let refused = Home::new("[queue]\nleese_seconds = 3\n").run(&["serve"]).await;
    failed(&refused, &["flowpilot.toml", "leese_seconds", "lease_seconds"]);
}

#[tokio::test]
async fn an_unknown_key_of_the_environment_is_named() {
    let home = Home::new("");
    let mut command = home.command(&["serve"]);
    command.env("FLOWPILOT_QUEUE__LEESE_SECONDS", "3");
    failed(&finish(command).await, &["leese_seconds"]);
}

#[tokio::test]
async fn an_unknown_key_of_the_connection_is_named() {
    let connection = section("http://127.0.0.1:1", "private");
    let refused = Home::new(&format!("{connection}clientid = \"6f1d\"\n")).run(&["serve"]).await;
    failed(&refused, &["connectwise", "clientid"]);
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_named_with_its_key() {
    let refused = Home::new("[queue]\nlease_seconds = \"soon\"\n").run(&["serve"]).await;
    failed(&refused, &["queue.lease_seconds", "soon"]);
}

#[tokio::test]
async fn a_configuration_that_is_no_toml_is_named_with_its_line() {
    let refused = Home::new("listen = \"127.0.0.1:0\"\nconsole = maybe\n").run(&["serve"]).await;
    failed(&refused, &["flowpilot.toml", "line 2"]);
}

#[tokio::test]
async fn a_configuration_that_was_named_and_is_missing_is_an_error() {
    let refused = Home::new("").run(&["--config", "elsewhere.toml", "serve"]).await;
    failed(&refused, &["elsewhere.toml"]);
}

#[tokio::test]
async fn the_environment_overrides_the_file() {
    let home = Home::new("listen = \"no address\"\n");
    let mut command = home.command(&["serve"]);
    command.env("FLOWPILOT_LISTEN", "127.0.0.1:0");
    assert!(home.start(command).await.url().starts_with("http://127.0.0.1:"));
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_with_an_example() {
    let refused = Home::new("").run(&["serve", "--listen", "localhost"]).await;
    failed(&refused, &["localhost", "127.0.0.1:8080"]);
}

#[tokio::test]
async fn an_address_of_another_machine_is_named() {
    let refused = Home::new("").run(&["serve", "--listen", "192.0.2.1:8080"]).await;
    failed(&refused, &["192.0.2.1:8080"]);
}

#[tokio::test]
async fn the_console_is_not_served_to_other_machines() {
    let refused = Home::new("console = true\n").run(&["serve", "--listen", "0.0.0.0:0"]).await;
    failed(&refused, &["console", "loopback"]);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_and_left_alone() {
    let home = Home::new("");
    let notes = "Dear diary,\ntoday the server did not start.\n".repeat(200);
    home.write("flowpilot.db", &notes);
    let refused = home.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    failed(&refused, &["flowpilot.db", "not a database"]);
    assert_eq!(std::fs::read_to_string(home.path("flowpilot.db")).unwrap(), notes);
}

#[tokio::test]
async fn a_database_that_was_cut_off_is_named() {
    let home = Home::new("");
    home.serve().await.terminate().await;
    let whole = std::fs::read(home.path("flowpilot.db")).unwrap();
    home.write("flowpilot.db", &whole[..whole.len() / 2]);
    let refused = home.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    failed(&refused, &["flowpilot.db", "malformed"]);
}

#[tokio::test]
async fn a_database_in_a_folder_that_is_not_there_is_named() {
    let home = Home::new("database_url = \"sqlite://missing/flowpilot.db\"\n");
    failed(&home.run(&["serve", "--listen", "127.0.0.1:0"]).await, &["missing/flowpilot.db"]);
}

#[tokio::test]
async fn a_database_url_of_another_kind_is_refused_without_its_password() {
    let home = Home::new("database_url = \"mysql://root:hunter2@localhost/x\"\n");
    let with_key = format!("secret_keys = [\"{}\"]\n", key(&home).await);
    home.configure(&format!("database_url = \"mysql://root:hunter2@localhost/x\"\n{with_key}"));
    let refused = home.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    failed(&refused, &["mysql:", "postgres://"]);
    assert!(!refused.err.contains("hunter2"), "{}", refused.err);
}

#[tokio::test]
async fn a_postgresql_without_keys_asks_for_them() {
    let home = Home::new("database_url = \"postgres://127.0.0.1:1/x\"\n");
    failed(
        &home.run(&["serve", "--listen", "127.0.0.1:0"]).await,
        &["secret_keys", "flowpilot keys generate"],
    );
}

#[tokio::test]
async fn a_postgresql_that_is_not_there_is_refused_without_its_password() {
    let home = Home::new("");
    let key = key(&home).await;
    let url = "postgres://flowpilot:hunter2@127.0.0.1:1/flowpilot";
    home.configure(&format!("database_url = \"{url}\"\nsecret_keys = [\"{key}\"]\n"));
    let refused = home.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    failed(&refused, &["database"]);
    assert!(!refused.err.contains("hunter2"), "{}", refused.err);
}

#[tokio::test]
async fn a_second_server_on_the_same_sqlite_file_is_refused() {
    let home = Home::new("");
    let first = home.serve().await;
    let refused = home.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    failed(&refused, &["another flowpilot server", "flowpilot.db", "PostgreSQL"]);
    assert!(first.kill().await, "the first one is not disturbed");
}

#[tokio::test]
async fn a_server_that_was_killed_leaves_no_lock_behind() {
    let home = Home::new("");
    home.serve().await.kill().await;
    home.serve().await.kill().await;
}

#[tokio::test]
async fn two_servers_that_begin_on_one_empty_postgresql_make_one_team() {
    let Some(database) = Database::postgres("two servers begin on one empty PostgreSQL").await else {
        return;
    };
    let home = Home::new("");
    let key = key(&home).await;
    home.configure(&format!("database_url = \"{}\"\nsecret_keys = [\"{key}\"]\n", database.url()));
    let (mut first, mut second) = (spawn(&home), spawn(&home));
    tokio::join!(first.ready(), second.ready());
    let script = Caller::script(&home, &first, None).await;
    assert_eq!(script.all("/api/v1/members").await.len(), 1);
}

fn spawn(home: &Home) -> crate::home::Server {
    home.spawn(home.command(&["serve", "--listen", "127.0.0.1:0"]))
}

async fn key(home: &Home) -> String {
    home.run(&["keys", "generate"]).await.out.trim().to_owned()
}
