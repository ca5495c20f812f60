//! `flowpilot serve`: the server.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use flowpilot::Engine;
use flowpilot::psa::connection::watch_connections;
use flowpilot_console::{Console, ConsoleOptions};
use flowpilot_slack::Slack;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::{Answering, Config};
use crate::{app, background, lock, setup};

pub(crate) async fn run(config: Config) -> Result<ExitCode> {
    let listener = listen(&config).await?;
    let address = listener.local_addr()?;
    let psa = config.connectwise.as_ref().map(|c| format!("ConnectWise at {}", c.site));
    let options = ConsoleOptions { demo: false, psa, hosts: hosts(address) };
    let ready = |url: &str, key: Option<&str>| match key {
        Some(key) => println!("{url}/?k={key}"),
        None => println!("FlowPilot listens on {url}"),
    };
    serve(config, listener, options, async |_: &Engine| Ok(()), ready).await
}

/// Takes the port first: whoever is told an address can use it.
pub(crate) async fn listen(config: &Config) -> Result<TcpListener> {
    let address = config.address()?;
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let other = SocketAddr::new(address.ip(), address.port().wrapping_add(1));
            bail!(
                "{address} is in use by another program; stop it, or choose another address: --listen {other}"
            )
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on {address}")),
    }
}

/// The names that a browser on this machine may use for the address.
pub(crate) fn hosts(address: SocketAddr) -> Vec<String> {
    let port = address.port();
    vec![
        address.to_string(),
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
    ]
}

/// Runs everything until it is told to stop. `prepare` is done before anything is answered; `ready` is told the address
/// once requests are.
pub(crate) async fn serve(
    config: Config,
    listener: TcpListener,
    options: ConsoleOptions,
    prepare: impl AsyncFnOnce(&Engine) -> Result<()>,
    ready: impl FnOnce(&str, Option<&str>),
) -> Result<ExitCode> {
    let answering = config.answering()?;
    let embedder = config.search.embeddings.embedder()?;
    let _lock = lock::take(&config.database_url)?;
    let engine = setup::open(&config).await?;
    let team = setup::first_team(&engine, &config).await?;
    prepare(&engine).await?;
    let console =
        if config.console { Some(Console::new(engine.clone(), team.id, options).await?) } else { None };
    let slack = config
        .slack
        .as_ref()
        .map(|slack| slack.adapter(&engine, config.public_url.as_deref()))
        .transpose()?;
    engine.set_surfaces(console.iter().map(Console::surface).chain(slack.iter().map(Slack::surface)));
    if let Some(answering) = answering {
        match &answering {
            Answering::Script(_) => {
                tracing::warn!("ai.script is set: every question is answered with that text");
            }
            Answering::Models(models) => tracing::info!(model = models.first_choice(), "AI is connected"),
        }
        engine.set_answerer(answering.answerer());
    }
    if let Some(embedder) = embedder {
        tracing::info!(model = embedder.name(), "flows and sessions are found by their meaning too");
        engine.set_embedder(&embedder);
    }
    let stop = CancellationToken::new();
    if let (Some(configured), Some(slack)) = (&config.slack, &slack) {
        configured.connect(slack, team.id, &stop);
    }
    engine.release_leases_of_the_dead().await?;
    let background = background::Runtime::start()?;
    let workers =
        config.queue.work.then(|| engine.start_workers(&config.engine_options(), &stop, background.handle()));
    if workers.is_none() {
        tracing::warn!("queue.work = false: what is accepted here waits for another process");
    }
    tokio::spawn(watch_connections(engine.clone(), stop.clone()));
    let address = listener.local_addr()?;
    let router = app::router(engine.clone(), console.as_ref(), slack.as_ref());
    let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::spawn(on_signal(stop.clone()));
    tracing::info!(%address, database = engine.db.engine_name(), "started");
    ready(&format!("http://{address}"), console.as_ref().map(Console::one_time_key).as_deref());
    // A live stream never ends by itself: after the signal it is cut together with the rest.
    tokio::select! {
        served = server => served.context("the server ended")?,
        () = async { stop.cancelled().await; tokio::time::sleep(std::time::Duration::from_secs(5)).await } => {}
    }
    stop.cancel();
    if let Some(workers) = workers {
        workers.wait().await;
    }
    if let Some(slack) = slack {
        // What only one person sees is kept nowhere: it is shown now or never.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(10), slack.finish()).await;
    }
    engine.db.close().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn on_signal(stop: CancellationToken) {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            }
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
    tracing::info!("stopping: finishing what is in hand");
    stop.cancel();
}
