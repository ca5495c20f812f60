//! The least that a server can do which acknowledges an event only once it is durable: parse it, store it with
//! others in one transaction, answer. No accounts, no threads, no queue.

use std::path::Path;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, QueryBuilder, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

const BATCH: usize = 256;

type Waiting = (String, String, oneshot::Sender<()>);

/// Serves `POST /events` until it is killed.
pub(crate) async fn serve(database: &Path) {
    let connection = SqliteConnectOptions::new()
        .filename(database)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await
        .expect("a database");
    let (sender, receiver) = mpsc::channel(4 * BATCH);
    tokio::spawn(write(connection, receiver));
    let router = Router::new().route("/events", post(accept)).with_state(sender);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    axum::serve(listener, router).await.expect("it serves");
}

async fn accept(State(sender): State<mpsc::Sender<Waiting>>, Json(event): Json<Value>) -> StatusCode {
    let Some(id) = event["id"].as_str() else { return StatusCode::UNPROCESSABLE_ENTITY };
    let (done, stored) = oneshot::channel();
    if sender.send((id.to_owned(), event.to_string(), done)).await.is_err() || stored.await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::ACCEPTED
}

async fn write(mut connection: SqliteConnection, mut receiver: mpsc::Receiver<Waiting>) {
    sqlx::query("CREATE TABLE inbox (id TEXT PRIMARY KEY, payload TEXT NOT NULL)")
        .execute(&mut connection)
        .await
        .expect("a table");
    let mut batch = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        let mut insert = QueryBuilder::new("INSERT INTO inbox (id, payload) ");
        insert.push_values(&batch, |mut row, (id, payload, _)| {
            row.push_bind(id.as_str()).push_bind(payload.as_str());
        });
        insert.push(" ON CONFLICT DO NOTHING");
        let mut transaction = connection.begin().await.expect("a transaction");
        insert.build().execute(&mut *transaction).await.expect("rows");
        transaction.commit().await.expect("a commit");
        drop(insert);
        for (_, _, done) in batch.drain(..) {
            // Whoever went away does not wait any more.
            let _ = done.send(());
        }
    }
}
