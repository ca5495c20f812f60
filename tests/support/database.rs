//! Throw-away databases: a file of SQLite, a schema of PostgreSQL.

use std::any::Any;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use flowpilot::store::Db;
use futures_util::FutureExt as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Names the PostgreSQL server whose schemas the tests may make and drop.
const SERVER: &str = "TEST_DATABASE_URL";
const FILE: &str = "test.db";
/// Memory, where there is such a place: what a write to the disk costs is not the question here.
const MEMORY: &str = "/dev/shm";
/// A test that failed may have left a transaction open; its schema then stays.
const DROP_PATIENCE: Duration = Duration::from_secs(5);

/// A database that nobody else uses.
pub(crate) enum Database {
    /// A file; its folder goes with it.
    Sqlite(TempDir),
    /// A schema of the test server.
    Postgres {
        /// The server.
        server: String,
        /// The schema's name.
        schema: String,
    },
}

impl Database {
    /// A new file, with the schema in it.
    pub(crate) async fn sqlite() -> Self {
        /// Applying the steps anew for each test would take most of its time.
        static WITH_SCHEMA: OnceCell<Vec<u8>> = OnceCell::const_new();
        let database = Self::empty_sqlite();
        let Self::Sqlite(folder) = &database else { return database };
        let file = folder.path().join(FILE);
        let made = async || {
            Db::open(&database.url()).await.unwrap().close().await;
            std::fs::read(&file).unwrap()
        };
        std::fs::write(&file, WITH_SCHEMA.get_or_init(made).await).unwrap();
        database
    }

    /// A folder for a new file.
    pub(crate) fn empty_sqlite() -> Self {
        Self::Sqlite(TempDir::new_in(MEMORY).or_else(|_| TempDir::new()).unwrap())
    }

    /// A new schema; none when no server is given.
    pub(crate) async fn postgres() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var(SERVER) else {
            println!("not run: {SERVER} is not set");
            return None;
        };
        let schema = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let database = Self::Postgres { server, schema };
        database.drop_schema().await;
        database.on_server(|schema| format!("CREATE SCHEMA {schema}")).await.unwrap();
        Some(database)
    }

    /// Its address, as it is configured.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}", folder.path().join(FILE).display()),
            Self::Postgres { server, schema } => {
                let sign = if server.contains('?') { '&' } else { '?' };
                format!("{server}{sign}options=-c%20search_path%3D{schema}")
            }
        }
    }

    /// Takes it away, and lets the test end as it ended.
    pub(crate) async fn end(self, outcome: Result<(), Box<dyn Any + Send>>) {
        self.drop_schema().await;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    }

    async fn drop_schema(&self) {
        let dropped = self.on_server(|schema| format!("DROP SCHEMA IF EXISTS {schema} CASCADE"));
        match tokio::time::timeout(DROP_PATIENCE, dropped).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => println!("the schema stays: {error}"),
            Err(_) => println!("the schema stays: it is still in use"),
        }
    }

    async fn on_server(&self, statement: impl FnOnce(&str) -> String) -> sqlx::Result<()> {
        let Self::Postgres { server, schema } = self else { return Ok(()) };
        let mut connection = PgConnection::connect(server).await?;
        sqlx::raw_sql(AssertSqlSafe(statement(schema))).execute(&mut connection).await?;
        connection.close().await
    }
}

/// Runs a test's body to its end, whatever that is.
pub(crate) async fn outcome_of(body: impl Future<Output = ()>) -> Result<(), Box<dyn Any + Send>> {
    AssertUnwindSafe(body).catch_unwind().await
}

/// Makes two tests of each function: `…::sqlite` and `…::postgres`.
macro_rules! on_both_databases {
    ($($(#[doc = $doc:literal])* async fn $name:ident($world:ident: &World) $body:block)+) => {$(
        $(#[doc = $doc])*
        mod $name {
            use super::*;

            async fn promise($world: &World) $body

            async fn keep(database: $crate::support::Database) {
                let world = World::new(&database).await;
                let outcome = $crate::support::database::outcome_of(promise(&world)).await;
                world.close().await;
                database.end(outcome).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                keep($crate::support::Database::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(database) = $crate::support::Database::postgres().await {
                    keep(database).await;
                }
            }
        }
    )+};
}

/// Looks behind the engine, on whichever database this is: `read!(db, |c| sqlx::query(…).fetch_one(c).await)`.
macro_rules! read {
    ($db:expr, |$c:ident| $query:expr) => {
        match $db {
            flowpilot::store::Db::Sqlite { read: $c, .. } => $query,
            flowpilot::store::Db::Postgres($c) => $query,
        }
    };
}

pub(crate) use {on_both_databases, read};

/// Every text that the database holds, one row or column after the other.
pub(crate) async fn every_text(db: &Db) -> String {
    let mut texts = Vec::new();
    match db {
        Db::Sqlite { read, .. } => {
            let columns: Vec<(String, String)> = sqlx::query_as(
                "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c \
                 WHERE t.type = 'table' AND c.type = 'TEXT'",
            )
            .fetch_all(read)
            .await
            .unwrap();
            for (table, column) in columns {
                let query = format!("SELECT COALESCE(group_concat({column}, char(10)), '') FROM {table}");
                texts.push(
                    sqlx::query_scalar::<_, String>(AssertSqlSafe(query)).fetch_one(read).await.unwrap(),
                );
            }
        }
        Db::Postgres(pool) => {
            let tables: Vec<String> = sqlx::query_scalar(
                "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()",
            )
            .fetch_all(pool)
            .await
            .unwrap();
            for table in tables {
                let query = format!("SELECT CAST(t AS TEXT) FROM {table} t");
                texts.extend(
                    sqlx::query_scalar::<_, String>(AssertSqlSafe(query)).fetch_all(pool).await.unwrap(),
                );
            }
        }
    }
    texts.join("\n")
}
