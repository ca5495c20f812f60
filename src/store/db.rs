//! Opening, migrating, and the two handles: [`Db`] to read, [`Tx`] to write.

use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgPool, Postgres, Sqlite, SqlitePool, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The steps for SQLite.
pub static MIGRATIONS_SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
/// The same steps for PostgreSQL.
pub static MIGRATIONS_POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 10;
const ACQUIRE: Duration = Duration::from_secs(10);

/// Why the database could not be opened, in words for the person who starts the server.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL is neither SQLite's nor PostgreSQL's.
    #[error(
        "database_url {0:?} is not a database URL: use sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME"
    )]
    Url(String),
    /// The database could not be reached or read.
    #[error("cannot open the database: {0}")]
    Open(#[from] sqlx::Error),
    /// The schema is another program's, or newer than this program.
    #[error("cannot bring the database's schema up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// The database.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file. One writer, several readers.
    Sqlite {
        /// Read-only connections: a stray write on them is an error.
        read: SqlitePool,
        /// The one writer.
        write: SqlitePool,
        /// Those who want the writer wait for each other here: whoever is urgent then has one transaction before it at
        /// most, however much work there is.
        turn: Arc<Semaphore>,
    },
    /// A server shared by all replicas.
    Postgres(PgPool),
}

/// A write transaction; dropped without [`Tx::commit`] it is rolled back.
#[derive(Debug)]
pub enum Tx {
    /// On the one writer connection, with the turn that ends with it.
    Sqlite(Transaction<'static, Sqlite>, Option<OwnedSemaphorePermit>),
    /// On one of the pool's connections.
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Opens the database, creating the file where there is none, and brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError`], naming what is wrong with the URL, the file or the server.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let db = Self::connect(url).await?;
        db.migrate().await?;
        Ok(db)
    }

    async fn connect(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(ACQUIRE)
                .connect(url)
                .await?;
            return Ok(Self::Postgres(pool));
        }
        if !url.starts_with("sqlite:") {
            // A mistyped URL may hold a password: say the scheme only.
            let scheme = url.split(':').next().unwrap_or_default();
            return Err(StoreError::Url(format!("{scheme}:…")));
        }
        // FULL: an acknowledged event survives a power cut, not only a killed process.
        let options = url
            .parse::<SqliteConnectOptions>()?
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            // SQLite ends a transaction by itself when the disk is full or fails; the driver then still counts one,
            // and would refuse to begin another for ever.
            .after_release(|connection, _| {
                let is_usable = !connection.is_in_transaction();
                Box::pin(async move { Ok(is_usable) })
            })
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(ACQUIRE)
            // A file does not hang up, and to ask costs as much as a small query.
            .test_before_acquire(false)
            .connect_lazy_with(options.read_only(true));
        Ok(Self::Sqlite { read, write, turn: Arc::new(Semaphore::new(1)) })
    }

    /// Applies the migration steps that are missing. Each runs in a transaction.
    ///
    /// # Errors
    /// [`StoreError::Migrate`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { write, .. } => MIGRATIONS_SQLITE.run(write).await?,
            Self::Postgres(pool) => MIGRATIONS_POSTGRES.run(pool).await?,
        }
        Ok(())
    }

    /// Begins a write. On SQLite it waits for the writer; on PostgreSQL it is READ COMMITTED.
    ///
    /// # Errors
    /// The driver's, when no connection is to be had within ten seconds.
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        let turn = match self {
            Self::Sqlite { turn, .. } => {
                let turn = timeout(ACQUIRE, Arc::clone(turn).acquire_owned()).await;
                Some(turn.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?)
            }
            Self::Postgres(_) => None,
        };
        Ok(match self.begin_urgent().await? {
            Tx::Sqlite(tx, _) => Tx::Sqlite(tx, turn),
            tx @ Tx::Postgres(_) => tx,
        })
    }

    /// As [`Db::begin`], before all others that wait: for what has to be acknowledged in time. One at a time, or they
    /// hold up each other.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn begin_urgent(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            // IMMEDIATE: a read that turns into a write later would fail at once instead of waiting its turn.
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?, None),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Begins a read of several queries that see one and the same state; end it by dropping it.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn begin_read(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?, None),
            Self::Postgres(pool) => {
                Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    /// Whether this process is the only one that writes sessions, so that what it remembers of them is true.
    #[must_use]
    pub fn is_sole_writer(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }

    /// `SQLite` or `PostgreSQL`, for people.
    #[must_use]
    pub fn engine_name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// The driver's.
    pub async fn ping(&self) -> sqlx::Result<()> {
        super::read!(self, |c| sqlx::query("SELECT 1").execute(c).await.map(|_| ()))
    }

    /// Closes every connection, after the writes that are under way.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// The database server's clock, in epoch milliseconds.
///
/// # Errors
/// The driver's.
pub async fn postgres_clock(pool: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)")
        .fetch_one(pool)
        .await
}

impl Tx {
    /// Makes the changes lasting.
    ///
    /// # Errors
    /// The driver's; the changes are then rolled back.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(tx, _turn) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }
}
