//! The database: SQLite by default, PostgreSQL by URL, one text of every query for both.
//!
//! Reads go through [`Db`] with [`read!`](crate::store::read), writes through a [`Tx`] with
//! [`run!`](crate::store::run), so that a change and the effects it asks for commit together. On SQLite there is
//! one writer connection and a pool of read-only ones; never await the network while holding a [`Tx`].

mod db;
mod id;
mod page;
mod secret;

pub use db::{Db, MIGRATIONS_POSTGRES, MIGRATIONS_SQLITE, StoreError, Tx, postgres_clock};
pub use id::*;
pub use page::{Cursor, Page, PageRequest};
pub use secret::{Sealer, SealerError, random_token};

/// Runs a read on whichever database this is: `read!(db, |c| sqlx::query(…).fetch_one(c).await)`.
#[macro_export]
#[doc(hidden)]
macro_rules! read {
    ($db:expr, |$c:ident| $query:expr) => {
        match $db {
            $crate::store::Db::Sqlite { read: $c, .. } => $query,
            $crate::store::Db::Postgres($c) => $query,
        }
    };
}

/// Runs a query inside a transaction: `run!(tx, |c| sqlx::query(…).execute(c).await.map(|r| r.rows_affected()))`.
#[macro_export]
#[doc(hidden)]
macro_rules! run {
    ($tx:expr, |$c:ident| $query:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(transaction, _) => {
                let $c = &mut **transaction;
                $query
            }
            $crate::store::Tx::Postgres(transaction) => {
                let $c = &mut **transaction;
                $query
            }
        }
    };
}

pub use crate::{read, run};
pub(crate) use page::no_cursor;
