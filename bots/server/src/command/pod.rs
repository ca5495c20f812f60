//! `flowpilot pod`: the screen pod by itself, beside servers that share its database.

use std::process::ExitCode;

use anyhow::{Context, Result};
use flowpilot_slack::Slack;
use tokio_util::sync::CancellationToken;

use super::serve::{listen, on_signal};
use crate::config::Config;
use crate::{app, lock, setup};

/// Answers the pod's requests and nothing else. What they lead to, in the thread and in the ticket, waits in the
/// queues for a server that works them.
pub(crate) async fn run(config: Config) -> Result<ExitCode> {
    let listener = listen(&config).await?;
    let _lock = lock::take(&config.database_url)?;
    let engine = setup::open_existing(&config).await?;
    // Without it nothing would be queued for a thread in Slack.
    let slack =
        config.slack.as_ref().map(|it| it.adapter(&engine, config.public_url.as_deref())).transpose()?;
    engine.set_surfaces(slack.iter().map(Slack::surface));
    let stop = CancellationToken::new();
    let address = listener.local_addr()?;
    let server = axum::serve(listener, app::pod_router(engine.clone()))
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::spawn(on_signal(stop));
    tracing::info!(%address, database = engine.db.engine_name(), "started the pod by itself");
    println!("FlowPilot's screen pod listens on http://{address}");
    server.await.context("the server ended")?;
    engine.db.close().await;
    Ok(ExitCode::SUCCESS)
}
