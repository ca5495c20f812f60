//! The look-alike as a program of its own: to try FlowPilot in Slack without a Slack, and for the browser tests.
//!
//! `fake-slack [--listen ADDRESS:PORT] [--app URL]`: the page and its interface listen at the address (the default is
//! 127.0.0.1:8181), Slack's Web API at the next port; the app under test is where `--app` says, or where it is told
//! later (`POST /connect`). With port 0 both take free ones. The first line that it prints is what the app has to be
//! told, as JSON.

mod control;
mod page;

use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;

use flowpilot_fake_slack::{FakeSlack, Options};
use serde_json::json;
use tokio::net::TcpListener;

const ADDRESS: &str = "127.0.0.1:8181";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let (mut listen, mut app) = (ADDRESS.to_owned(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} wants a value"));
        match name.as_str() {
            "--listen" => listen = value()?,
            "--app" => app = Some(value()?),
            _ => return Err("usage: fake-slack [--listen ADDRESS:PORT] [--app URL]".to_owned()),
        }
    }
    let address: SocketAddr = listen.parse().map_err(|_| format!("{listen} is no address with a port"))?;
    if !address.ip().is_loopback() {
        return Err("there is no password, so only this machine may use it: listen on 127.0.0.1".to_owned());
    }
    let taken = |why| format!("cannot listen on {address} and the port after it: {why}");
    let listener = TcpListener::bind(address).await.map_err(taken)?;
    let slack = FakeSlack::start_on(Options::default(), next(address)).await.map_err(taken)?;
    if let Some(app) = &app {
        slack.connect(app);
    }
    let (ada, bob) = (slack.member("Ada Lovelace"), slack.member("Bob Byte"));
    slack.channel("help", &[&ada, &bob]);
    let page = format!("http://{}", listener.local_addr().map_err(taken)?);
    let Options { signing_secret, bot_token, .. } = slack.options();
    let told = json!({ "page": page, "api_url": slack.url(), "signing_secret": signing_secret, "bot_token": bot_token });
    println!("{told}");
    let routes = control::routes().merge(page::routes()).with_state(slack);
    axum::serve(listener, routes).await.map_err(|why| why.to_string())
}

/// Where the Web API listens.
fn next(page: SocketAddr) -> SocketAddr {
    let ip: IpAddr = page.ip();
    SocketAddr::new(ip, if page.port() == 0 { 0 } else { page.port().saturating_add(1) })
}
