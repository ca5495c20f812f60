//! One text of a query for both databases.

/// Runs a read on whichever database this is.
macro_rules! read {
    ($db:expr, |$c:ident| $query:expr) => {
        match $db {
            flowpilot::store::Db::Sqlite { read: $c, .. } => $query,
            flowpilot::store::Db::Postgres($c) => $query,
        }
    };
}

/// Runs a query in a transaction.
macro_rules! run {
    ($tx:expr, |$c:ident| $query:expr) => {
        match $tx {
            flowpilot::store::Tx::Sqlite(transaction) => {
                let $c = &mut **transaction;
                $query
            }
            flowpilot::store::Tx::Postgres(transaction) => {
                let $c = &mut **transaction;
                $query
            }
        }
    };
}

pub(crate) use {read, run};
