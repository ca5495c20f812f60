//! The two sets of migrations make the same schema.

use std::collections::BTreeMap;

use flowpilot::Clock;
use flowpilot::store::{Db, MIGRATIONS_POSTGRES, MIGRATIONS_SQLITE};
use flowpilot::team::{JoinPolicy, all_teams, create_team};
use sqlx::migrate::Migrator;

use crate::support::Database;

/// A column's kind, as the engine sees it, and whether it may be empty.
type Columns = BTreeMap<(String, String), (&'static str, bool)>;
/// An index's table, and whether it is unique and partial.
type Indexes = BTreeMap<String, (String, bool, bool)>;

fn steps(migrator: &Migrator) -> Vec<(i64, &str)> {
    migrator.iter().map(|step| (step.version, step.description.as_ref())).collect()
}

#[test]
fn both_databases_have_the_same_migration_steps() {
    assert_eq!(steps(&MIGRATIONS_SQLITE), steps(&MIGRATIONS_POSTGRES));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_have_the_same_tables_columns_and_indexes() {
    let Some(postgres) = Database::postgres().await else { return };
    let file = Database::empty_sqlite();
    let (sqlite_db, postgres_db) =
        (Db::open(&file.url()).await.unwrap(), Db::open(&postgres.url()).await.unwrap());
    let (ours, theirs) = (columns(&sqlite_db).await, columns(&postgres_db).await);
    assert!(ours.len() > 100, "only {} columns", ours.len());
    // SQLite keeps JSON as text.
    let is_same = |(name, (kind, empty)): (&(String, String), &(&str, bool))| {
        theirs
            .get(name)
            .is_some_and(|(other, e)| e == empty && (other == kind || (*other, *kind) == ("json", "text")))
    };
    let differ: Vec<_> = ours.iter().filter(|column| !is_same(*column)).collect();
    assert!(differ.is_empty(), "{differ:#?}");
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    assert_eq!(indexes(&sqlite_db).await, indexes(&postgres_db).await);
    postgres_db.close().await;
    postgres.end(Ok(())).await;
}

async fn columns(db: &Db) -> Columns {
    let rows: Vec<(String, String, String, bool)> = match db {
        Db::Sqlite { read, .. } => {
            sqlx::query_as(
                "SELECT t.name, c.name, c.type, NOT (c.\"notnull\" OR c.pk) FROM sqlite_master t \
             JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
            )
            .fetch_all(read)
            .await
        }
        Db::Postgres(pool) => {
            sqlx::query_as(
                "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT), \
             is_nullable = 'YES' FROM information_schema.columns WHERE table_schema = current_schema()",
            )
            .fetch_all(pool)
            .await
        }
    }
    .unwrap();
    let ours = rows.into_iter().filter(|(table, ..)| table != "_sqlx_migrations");
    ours.map(|(table, column, kind, empty)| ((table, column), (kind_of(&kind), empty))).collect()
}

fn kind_of(kind: &str) -> &'static str {
    match kind.to_lowercase().as_str() {
        "blob" | "bytea" | "uuid" => "bytes",
        "integer" | "bigint" => "integer",
        "text" => "text",
        "jsonb" => "json",
        other => panic!("a column of type {other} is new here"),
    }
}

async fn indexes(db: &Db) -> Indexes {
    let rows: Vec<(String, String, bool, bool)> = match db {
        Db::Sqlite { read, .. } => sqlx::query_as(
            "SELECT i.name, t.name, i.\"unique\", i.partial FROM sqlite_master t JOIN pragma_index_list(t.name) i \
             WHERE t.type = 'table' AND i.origin = 'c'",
        )
        .fetch_all(read)
        .await,
        Db::Postgres(pool) => sqlx::query_as(
            "SELECT CAST(i.relname AS TEXT), CAST(t.relname AS TEXT), x.indisunique, x.indpred IS NOT NULL \
             FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
             WHERE t.relnamespace = CAST(current_schema() AS regnamespace) \
             AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid AND c.contype IN ('p', 'u'))",
        )
        .fetch_all(pool)
        .await,
    }
    .unwrap();
    rows.into_iter().map(|(index, table, unique, partial)| (index, (table, unique, partial))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_a_database_again_keeps_what_is_in_it() {
    let file = Database::empty_sqlite();
    let first = Db::open(&file.url()).await.unwrap();
    let mut tx = first.begin().await.unwrap();
    create_team(&mut tx, &Clock::system(), "acme", "Acme", JoinPolicy::Open).await.unwrap();
    tx.commit().await.unwrap();
    first.close().await;
    let second = Db::open(&file.url()).await.unwrap();
    assert_eq!(all_teams(&second).await.unwrap().len(), 1);
    second.close().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_its_password() {
    let refused = Db::open("mysql://root:Hunter2@db/flowpilot").await.unwrap_err().to_string();
    assert!(
        refused.contains("use sqlite://FILE or postgres://") && !refused.contains("Hunter2"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "These are my notes. ".repeat(500)).unwrap();
    let refused = Db::open(&format!("sqlite://{}", path.display())).await.unwrap_err();
    assert!(refused.to_string().contains("cannot"), "{refused}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("These are my notes."));
}

#[tokio::test]
async fn a_read_connection_of_sqlite_cannot_write() {
    let file = Database::empty_sqlite();
    let db = Db::open(&file.url()).await.unwrap();
    let Db::Sqlite { read, .. } = &db else { panic!("not SQLite") };
    let refused = sqlx::query("DELETE FROM teams").execute(read).await.unwrap_err();
    assert!(refused.to_string().contains("readonly"), "{refused}");
}
