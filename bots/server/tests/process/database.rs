//! Throw-away PostgreSQL databases.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use url::Url;

/// A database of a test's own. Dropping it deletes it.
pub(crate) struct Database {
    server: Url,
    name: String,
}

impl Database {
    /// A new database on the server of `TEST_DATABASE_URL`. Without that, `None`, after saying so.
    pub(crate) async fn postgres(test: &str) -> Option<Self> {
        let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
            // Not `eprintln!`, which nobody sees while tests pass.
            eprintln!("not run, TEST_DATABASE_URL is not set: {test}");
            return None;
        };
        let name = format!("process_{}_{:08x}", std::process::id(), fastrand::u32(..));
        let database = Self { server: server.parse().unwrap(), name };
        database.administer(&format!("CREATE DATABASE {}", database.name)).await;
        Some(database)
    }

    /// Its URL.
    pub(crate) fn url(&self) -> Url {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url
    }

    /// Takes it away from everybody: those who are connected are thrown out and nobody gets in.
    pub(crate) async fn close(&self) {
        self.administer(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", self.name)).await;
        let connected =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name);
        self.administer(&connected).await;
    }

    /// Gives it back.
    pub(crate) async fn open(&self) {
        self.administer(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name)).await;
    }

    async fn administer(&self, statement: &str) {
        administer(&self.server, statement).await;
    }
}

async fn administer(server: &Url, statement: &str) {
    let options: PgConnectOptions = server.as_str().parse().unwrap();
    let mut connection: PgConnection = options.disable_statement_logging().connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, statement) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // A runtime of its own: this one may be ending.
        let dropped = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(administer(&server, &statement));
        });
        drop(dropped.join());
    }
}
