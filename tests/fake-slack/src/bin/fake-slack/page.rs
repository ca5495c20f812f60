//! The page for people: what is in the channel, with something to click.

use axum::response::Html;
use axum::{Router, routing};
use flowpilot_fake_slack::FakeSlack;

pub(crate) fn routes() -> Router<FakeSlack> {
    Router::new().route("/", routing::get(|| async { Html(include_str!("page.html")) }))
}
