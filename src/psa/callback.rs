//! Callbacks: the PSA says that a ticket changed. What it says is a hint and nothing more: the ticket is read again.
//!
//! What always holds: nothing is believed before the signature over the raw bytes fits; the key for it comes from the
//! connection's own host; what was accepted is in the inbox before it is acknowledged, and the same message again
//! changes nothing. Start at [`receive`]; [`register`] asks the PSA for callbacks.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{Psa, PsaError, watch};
use crate::copilot::upstream;
use crate::store::{ConnectionId, TeamId, read};
use crate::team::Caller;
use crate::{Engine, Error, Result, Timestamp};

/// Where callbacks are received, as a route of the server.
pub const CALLBACK_PATH: &str = "/psa/callbacks/{connection}/{secret}";
/// The largest callback that is read, in bytes: a whole ticket is in it, as text.
pub const LARGEST_CALLBACK: usize = 256 * 1024;

const PURPOSE: &str = "psa callbacks";
/// A key that does not fit is asked for again, but not more often than this.
const KEY_YOUNG: Duration = Duration::from_secs(60);
const KEY_KEPT: Duration = Duration::from_secs(3_600);
const KEYS_KEPT: u64 = 1_000;
const LONGEST_KEY_URL: usize = 1_024;
const LONGEST_MESSAGE_ID: usize = 200;

/// Where a connection's callbacks are to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackAddress {
    /// The whole address. Whoever knows it may knock: it is not shown to people.
    pub url: String,
    /// The part of its path that names the connection, whatever host and secret stand around it.
    pub stem: String,
    /// Whether only this machine can reach it.
    pub is_local: bool,
}

/// What became of registering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackRegistration {
    /// They were not registered, and are now.
    Added,
    /// They were registered for another address, or switched off.
    Changed,
    /// They were registered so already.
    Unchanged,
}

/// A callback as it came in.
#[derive(Debug, Clone, Copy)]
pub struct Callback<'a> {
    /// The connection, as the path names it.
    pub connection: &'a str,
    /// The secret of the path.
    pub secret: &'a str,
    /// The header `x-content-signature`.
    pub signature: Option<&'a str>,
    /// The body, byte for byte.
    pub body: &'a [u8],
}

/// The keys that callbacks are signed with, remembered for a while.
pub struct CallbackKeys(moka::future::Cache<(ConnectionId, String), Arc<Key>>);

struct Key {
    /// As the signature is made with it.
    digest: [u8; 32],
    read_at: Timestamp,
}

impl Default for CallbackKeys {
    fn default() -> Self {
        Self(moka::future::Cache::builder().max_capacity(KEYS_KEPT).time_to_live(KEY_KEPT).build())
    }
}

/// What is read of a callback; the rest of it is not.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    #[serde(rename = "ID", default)]
    id: Value,
    #[serde(rename = "Type", default)]
    kind: Option<String>,
    #[serde(default)]
    message_id: Option<String>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    key_url: Option<String>,
}

impl Told {
    /// The ticket that it is about.
    fn ticket(&self) -> Option<String> {
        self.kind.as_deref().filter(|kind| kind.eq_ignore_ascii_case("ticket"))?;
        let id = match &self.id {
            Value::Number(number) => number.as_i64()?,
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        i32::try_from(id).ok().filter(|id| *id > 0).map(|id| id.to_string())
    }

    /// The same for every delivery of this message.
    fn message(&self, body: &[u8]) -> String {
        let named = self.message_id.as_deref().map(str::trim);
        match named.filter(|id| !id.is_empty() && id.len() <= LONGEST_MESSAGE_ID) {
            Some(id) => id.to_owned(),
            None => BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(body)),
        }
    }
}

/// Takes a callback: once this returns, it is in the inbox. One about something else than a ticket is dropped, as is
/// one that was taken before.
///
/// # Errors
/// [`Error::NotFound`] where nothing is received at this address; [`Error::Unauthenticated`] where the signature is
/// missing or does not fit; [`Error::Invalid`] for what is no callback; [`Error::Upstream`] when the key cannot be read
/// now; the inbox's. Nothing was done then.
pub async fn receive(engine: &Engine, callback: &Callback<'_>) -> Result<()> {
    const UNKNOWN: Error = Error::NotFound("callback address");
    let connection: ConnectionId = callback.connection.parse().map_err(|_| UNKNOWN)?;
    if !is_ours(engine, connection, callback.secret) {
        return Err(UNKNOWN);
    }
    let team = team_of(engine, connection).await?.ok_or(UNKNOWN)?;
    let signature =
        callback.signature.and_then(|text| BASE64_STANDARD.decode(text.trim()).ok()).ok_or_else(|| {
            Error::Unauthenticated("x-content-signature is missing or is no signature".to_owned())
        })?;
    let told: Told = serde_json::from_slice(callback.body)
        .map_err(|_| Error::invalid("body", "must be a callback as ConnectWise sends them"))?;
    let psa = engine.psa.get(engine, team, connection).await?;
    verify(engine, &*psa, connection, &told, callback.body, &signature).await?;
    let Some(ticket) = told.ticket() else { return Ok(()) };
    let message = told.message(callback.body);
    engine.intake.accept(watch::told_entry(engine, team, connection, &ticket, &message)).await
}

async fn verify(
    engine: &Engine,
    psa: &dyn Psa,
    connection: ConnectionId,
    told: &Told,
    body: &[u8],
    signature: &[u8],
) -> Result<()> {
    let key_url = told.metadata.as_ref().and_then(|it| it.key_url.as_deref());
    let key_url = key_url
        .filter(|url| url.len() <= LONGEST_KEY_URL)
        .ok_or_else(|| Error::invalid("Metadata.key_url", "must name the key of the signature"))?;
    let keys = &engine.callback_keys.0;
    let name = (connection, key_url.to_owned());
    let known = keys.get(&name).await;
    let was_known = known.is_some();
    let mut key = match known {
        Some(key) => key,
        None => read_key(engine, psa, &name).await?,
    };
    if was_known && !fits(&key, body, signature) && key.read_at.plus(KEY_YOUNG) < engine.clock.now() {
        // Keys may change; who sends forgeries makes us ask for them once a minute at most.
        keys.invalidate(&name).await;
        key = read_key(engine, psa, &name).await?;
    }
    if fits(&key, body, signature) {
        return Ok(());
    }
    tracing::warn!(%connection, "a callback was refused: its signature does not fit");
    Err(Error::Unauthenticated("x-content-signature does not fit the body".to_owned()))
}

async fn read_key(engine: &Engine, psa: &dyn Psa, name: &(ConnectionId, String)) -> Result<Arc<Key>> {
    let read = async {
        let read_at = engine.clock.now();
        let key = psa.callback_key(&name.1).await?;
        let digest = Sha256::digest(key.expose_secret().as_bytes()).into();
        Ok::<_, PsaError>(Arc::new(Key { digest, read_at }))
    };
    engine.callback_keys.0.try_get_with(name.clone(), read).await.map_err(|error| match &*error {
        passing @ (PsaError::Unavailable(_) | PsaError::RateLimited { .. }) => upstream(passing),
        refused => {
            tracing::warn!(connection = %name.0, error = %refused, "a callback was refused: its key is not to be had");
            Error::Unauthenticated("the key of the signature is not to be had from this connection".to_owned())
        }
    })
}

/// The vendor signs with the digest of the key, not with the key.
fn fits(key: &Key, body: &[u8], signature: &[u8]) -> bool {
    <Hmac<Sha256> as Mac>::new_from_slice(&key.digest)
        .is_ok_and(|mac| mac.chain_update(body).verify_slice(signature).is_ok())
}

/// The secret of a connection's address, by each of the installation's keys, newest first.
fn secrets(engine: &Engine, connection: ConnectionId) -> impl Iterator<Item = Hmac<Sha256>> {
    engine.sealer.derive(PURPOSE).filter_map(move |(_, key)| {
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).ok()?;
        Some(mac.chain_update(connection.0.as_bytes()))
    })
}

fn is_ours(engine: &Engine, connection: ConnectionId, secret: &str) -> bool {
    let Ok(given) = BASE64_URL_SAFE_NO_PAD.decode(secret) else { return false };
    secrets(engine, connection).any(|mac| mac.verify_slice(&given).is_ok())
}

async fn team_of(engine: &Engine, connection: ConnectionId) -> Result<Option<TeamId>> {
    Ok(read!(&engine.db, |c| {
        sqlx::query_scalar("SELECT team_id FROM psa_connections WHERE id = $1 AND removed_at IS NULL")
            .bind(connection)
            .fetch_optional(c)
            .await
    })?)
}

/// Where a connection's callbacks are to be sent.
///
/// # Errors
/// [`Error::Invalid`] while the installation has no public address that callbacks could come in by.
pub fn address(engine: &Engine, connection: ConnectionId) -> Result<CallbackAddress> {
    let wrong = |rule: &str| Error::invalid("public_url", rule);
    let public_url = engine
        .public_url()
        .ok_or_else(|| wrong("must be set for callbacks: the ticket system sends them there"))?;
    let base = Url::parse(public_url).map_err(|_| wrong("must be an address"))?;
    let is_local = matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if base.scheme() != "https" && !is_local {
        return Err(wrong("must be an https address for callbacks"));
    }
    let secret =
        secrets(engine, connection).next().map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
    let stem = format!("/psa/callbacks/{connection}/");
    // The PSA appends the record's id.
    let url = format!(
        "{}{stem}{}?recordId=",
        public_url.trim_end_matches('/'),
        BASE64_URL_SAFE_NO_PAD.encode(secret)
    );
    Ok(CallbackAddress { url, stem, is_local })
}

/// Asks the PSA for callbacks about the connection's tickets, or brings its registration up to date. Doing it twice
/// changes nothing.
///
/// # Errors
/// [`Error::Upstream`], with the missing right where that is the cause; [`Error::Invalid`] while the installation has no
/// public address; [`Error::NotFound`]; [`Error::Forbidden`] for anybody but admins.
pub async fn register(engine: &Engine, caller: &Caller, id: ConnectionId) -> Result<CallbackRegistration> {
    caller.must_administer()?;
    register_for(engine, caller.team(), id).await
}

/// As [`register`], for the installation itself.
pub(super) async fn register_for(
    engine: &Engine,
    team: TeamId,
    id: ConnectionId,
) -> Result<CallbackRegistration> {
    let address = address(engine, id)?;
    let psa = engine.psa.get(engine, team, id).await?;
    let done = psa.register_callback(&address).await.map_err(|error| upstream(&error));
    watch::registered(engine, team, id, done.as_ref().err().map(Error::to_person).as_deref()).await?;
    done
}

/// Asks for callbacks, for whoever has just connected: that they do not come yet is no reason not to connect, and the
/// sweep tries again.
pub(crate) async fn try_to_register(engine: &Engine, team: TeamId, id: ConnectionId) {
    if let Err(error) = register_for(engine, team, id).await {
        tracing::warn!(connection = %id, %error, "callbacks are not registered");
    }
}

/// Tells the PSA to send no more callbacks, for as long as it can be told. Those that still come are refused.
pub(super) async fn try_to_unregister(engine: &Engine, team: TeamId, id: ConnectionId) {
    const PATIENCE: Duration = Duration::from_secs(10);
    let Ok(address) = address(engine, id) else { return };
    let told = async {
        let psa = engine.psa.get(engine, team, id).await?;
        psa.remove_callback(&address).await.map_err(|error| upstream(&error))
    };
    match tokio::time::timeout(PATIENCE, told).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(connection = %id, %error, "its callbacks stay registered"),
        Err(_) => tracing::warn!(connection = %id, "its callbacks stay registered: it does not answer"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Told {
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn a_callback_names_its_ticket_by_number_or_text() {
        assert_eq!(told(r#"{"ID":7,"Type":"ticket"}"#).ticket().as_deref(), Some("7"));
        assert_eq!(told(r#"{"ID":"7","Type":"Ticket","Action":"updated"}"#).ticket().as_deref(), Some("7"));
        for other in [
            r#"{"ID":7,"Type":"company"}"#,
            r#"{"ID":0,"Type":"ticket"}"#,
            r#"{"ID":"7/../8","Type":"ticket"}"#,
            r#"{"ID":99999999999,"Type":"ticket"}"#,
            r#"{"ID":[7],"Type":"ticket"}"#,
            "{}",
        ] {
            assert_eq!(told(other).ticket(), None, "{other}");
        }
    }

    #[test]
    fn a_callback_without_an_id_of_its_own_is_known_by_its_bytes() {
        let body = br#"{"ID":7,"Type":"ticket"}"#;
        let one = told(r#"{"ID":7}"#);
        assert_eq!(one.message(body), one.message(body));
        assert_ne!(one.message(body), one.message(b"{}"));
        assert_eq!(told(r#"{"MessageId":"m-1"}"#).message(body), "m-1");
    }

    #[test]
    fn a_signature_is_made_with_the_digest_of_the_key() {
        let digest: [u8; 32] = Sha256::digest(b"key").into();
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(&digest).unwrap().chain_update(b"hello");
        let signature = mac.finalize().into_bytes();
        let key = Key { digest, read_at: Timestamp(0) };
        assert!(fits(&key, b"hello", &signature));
        assert!(!fits(&key, b"hello ", &signature) && !fits(&key, b"hello", &signature[..31]));
        let undigested = <Hmac<Sha256> as Mac>::new_from_slice(b"key").unwrap().chain_update(b"hello");
        assert!(!fits(&key, b"hello", &undigested.finalize().into_bytes()));
    }
}
