//! When something from Slack last reached this server, and whether its signature was right.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use flowpilot::store::{read, run};
use flowpilot::{Engine, Result, Timestamp};

use super::Finding;

/// A sign is written at most once in so many milliseconds.
const SPARINGLY: i64 = 60_000;
const SIGNED: &str = "signed delivery";
const FORGED: &str = "wrong signature";
const FETCHED: &str = "file fetched";
const SIGN_IN: &str = "sign-in page for a file";

/// Remembers signs of life for `flowpilot doctor`. Cloning it is cheap.
#[derive(Clone)]
pub struct Health {
    engine: Engine,
    signed: Arc<AtomicI64>,
    forged: Arc<AtomicI64>,
    fetched: Arc<AtomicI64>,
    sign_in: Arc<AtomicI64>,
}

impl Health {
    /// Keeps its signs in the engine's database.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        let never = || Arc::new(AtomicI64::new(i64::MIN / 2));
        Self { engine, signed: never(), forged: never(), fetched: never(), sign_in: never() }
    }

    /// A delivery with the right signature came, or one by Socket Mode. Costs nothing but now and then a write in the
    /// background. Must be called inside a Tokio runtime.
    pub fn signed_event_seen(&self) {
        self.seen(&self.signed, SIGNED);
    }

    /// A delivery came whose signature is wrong. Not for one that has none at all.
    pub fn wrong_signature_seen(&self) {
        self.seen(&self.forged, FORGED);
    }

    /// A file was fetched.
    pub(crate) fn file_seen(&self) {
        self.seen(&self.fetched, FETCHED);
    }

    /// Slack showed its sign-in page in place of a file.
    pub(crate) fn sign_in_page_seen(&self) {
        self.seen(&self.sign_in, SIGN_IN);
    }

    fn seen(&self, last: &AtomicI64, sign: &'static str) {
        let now = self.engine.clock.now();
        let before = last.load(Ordering::Relaxed);
        if now.0 - before < SPARINGLY
            || last.compare_exchange(before, now.0, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return;
        }
        let engine = self.engine.clone();
        tokio::spawn(async move {
            if let Err(error) = write(&engine, sign, now).await {
                tracing::warn!(%error, "cannot remember that Slack was heard of");
            }
        });
    }
}

async fn write(engine: &Engine, sign: &str, now: Timestamp) -> Result<()> {
    let mut tx = engine.db.begin().await?;
    run!(&mut tx, |c| sqlx::query(
        "INSERT INTO slack_health (sign, seen_at) VALUES ($1, $2) \
         ON CONFLICT (sign) DO UPDATE SET seen_at = excluded.seen_at"
    )
    .bind(sign)
    .bind(now)
    .execute(c)
    .await
    .map(|_| ()))?;
    Ok(tx.commit().await?)
}

async fn last(engine: &Engine, sign: &str) -> Result<Option<Timestamp>> {
    Ok(read!(&engine.db, |c| sqlx::query_scalar("SELECT seen_at FROM slack_health WHERE sign = $1")
        .bind(sign)
        .fetch_optional(c)
        .await)?)
}

/// Whether Slack's deliveries arrive.
pub(super) async fn deliveries(engine: &Engine, by_socket: bool) -> Finding {
    const PART: &str = "slack deliveries";
    let (signed, forged) = match (last(engine, SIGNED).await, last(engine, FORGED).await) {
        (Ok(signed), Ok(forged)) => (signed, forged),
        (Err(error), _) | (_, Err(error)) => return Finding::bad(PART, error.to_string()),
    };
    match (signed, forged) {
        (signed, Some(forged)) if signed.is_none_or(|signed| signed < forged) => Finding::bad(
            PART,
            format!(
                "the last one, at {}, had a wrong signature: if it was Slack's, slack.signing_secret is another app's. \
                 Copy it from Basic Information, Signing Secret",
                forged.to_text()
            ),
        ),
        (Some(signed), _) => {
            Finding::good(PART, format!("the last one came at {} or shortly after", signed.to_text()))
        }
        (None, _) if by_socket => Finding::warn(
            PART,
            "none yet: start the server, switch Socket Mode on in the app, and write to the bot",
        ),
        (None, _) => Finding::warn(
            PART,
            "none yet: start the server, set the Request URL of Event Subscriptions and of Interactivity as in \
             `flowpilot manifest slack`, and write to the bot",
        ),
    }
}

/// What is wrong with fetching files, where the last one that was asked for did not come.
pub(super) async fn files(engine: &Engine) -> Option<Finding> {
    const PART: &str = "slack files";
    let (fetched, sign_in) = match (last(engine, FETCHED).await, last(engine, SIGN_IN).await) {
        (Ok(fetched), Ok(sign_in)) => (fetched, sign_in?),
        (Err(error), _) | (_, Err(error)) => return Some(Finding::bad(PART, error.to_string())),
    };
    if fetched.is_some_and(|fetched| fetched > sign_in) {
        return None;
    }
    Some(Finding::bad(
        PART,
        format!(
            "at {} Slack answered with its sign-in page instead of a screenshot: add files:read in OAuth & Permissions \
             (or the manifest), reinstall the app, and try the dead letters again",
            sign_in.to_text()
        ),
    ))
}
