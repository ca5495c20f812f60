//! Callbacks: an entry of `/system/callbacks` for all tickets, and the keys that the server signs its messages with.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::call::Call;
use super::client::Client;
use super::role::{CALLBACK_ADD, CALLBACK_DELETE, CALLBACK_EDIT, CALLBACK_INQUIRE};
use crate::psa::{CallbackAddress, CallbackRegistration, PsaError};

const DESCRIPTION: &str = "FlowPilot: tickets that change";
const MOST: &str = "1000";
/// Somebody's server waits for our answer meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: i32,
    url: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    inactive_flag: Option<bool>,
}

impl Entry {
    /// Whether it is this connection's, perhaps with a host or a secret that it had before.
    fn is_of(&self, address: &CallbackAddress) -> bool {
        let is_of_tickets = self.kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("ticket"));
        let path = self.url.as_deref().and_then(|url| Url::parse(url).ok()).map(|url| url.path().to_owned());
        is_of_tickets && path.is_some_and(|path| path.contains(&address.stem))
    }

    fn is_current(&self, address: &CallbackAddress) -> bool {
        self.url.as_deref() == Some(address.url.as_str()) && self.inactive_flag != Some(true)
    }
}

/// The entries of this connection, oldest first.
async fn entries(client: &Client, address: &CallbackAddress) -> Result<Vec<Entry>, PsaError> {
    let call = Call::get("the callbacks", ["system", "callbacks"]).query("pageSize", MOST);
    let found: Vec<Entry> = client.read(&call).await.map_err(lacking(CALLBACK_INQUIRE))?.body;
    Ok(found.into_iter().filter(|entry| entry.is_of(address)).collect())
}

/// Registers the address, or brings the entry up to date. Of several, the others are deleted: each would send everything
/// once more.
pub(super) async fn register(
    client: &Client,
    address: &CallbackAddress,
) -> Result<CallbackRegistration, PsaError> {
    if address.is_local && !client.site().is_local() {
        let why = "public_url is an address of this machine only: its callbacks cannot reach it";
        return Err(PsaError::Invalid(why.to_owned()));
    }
    let mut known = entries(client, address).await?.into_iter();
    let Some(first) = known.next() else { return add(client, address).await };
    for extra in known {
        delete(client, extra.id).await?;
    }
    if first.is_current(address) {
        return Ok(CallbackRegistration::Unchanged);
    }
    let body = json!([
        { "op": "replace", "path": "url", "value": address.url },
        { "op": "replace", "path": "inactiveFlag", "value": false },
    ]);
    let path = ["system", "callbacks", &first.id.to_string()];
    client.change(&Call::patch("the callback", path, body)).await.map_err(lacking(CALLBACK_EDIT))?;
    Ok(CallbackRegistration::Changed)
}

async fn add(client: &Client, address: &CallbackAddress) -> Result<CallbackRegistration, PsaError> {
    let body = json!({
        "description": DESCRIPTION,
        "url": address.url,
        // Every ticket there is.
        "type": "ticket",
        "level": "owner",
        "objectId": 1,
        "payloadVersion": "3.0.0",
        // What FlowPilot does itself it need not be told of.
        "isSelfSuppressedFlag": true,
    });
    let call = Call::post("the callback", ["system", "callbacks"], body);
    match client.create(&call).await.map_err(lacking(CALLBACK_ADD)) {
        Ok(_) => Ok(CallbackRegistration::Added),
        // Another process may have been faster: there is only one of a kind.
        Err(PsaError::Invalid(why)) => {
            if is_registered(client, address).await? {
                return Ok(CallbackRegistration::Unchanged);
            }
            Err(PsaError::Invalid(why))
        }
        Err(error) => Err(error),
    }
}

/// Whether the address is registered and switched on.
pub(super) async fn is_registered(client: &Client, address: &CallbackAddress) -> Result<bool, PsaError> {
    Ok(entries(client, address).await?.iter().any(|entry| entry.is_current(address)))
}

/// Deletes the entries of this connection.
pub(super) async fn remove(client: &Client, address: &CallbackAddress) -> Result<(), PsaError> {
    for entry in entries(client, address).await? {
        delete(client, entry.id).await?;
    }
    Ok(())
}

async fn delete(client: &Client, id: i32) -> Result<(), PsaError> {
    let call = Call::delete("the callback", ["system", "callbacks", &id.to_string()]);
    match client.change(&call).await {
        Ok(()) | Err(PsaError::NotFound(_)) => Ok(()),
        Err(error) => Err(lacking(CALLBACK_DELETE)(error)),
    }
}

/// The server's own words do not say which right it is.
fn lacking(right: &'static str) -> impl Fn(PsaError) -> PsaError {
    move |error| match error {
        PsaError::Forbidden(_) => PsaError::Forbidden(right.to_owned()),
        other => other,
    }
}

#[derive(Deserialize)]
struct SigningKey {
    signing_key: SecretString,
}

/// The key that a callback was signed with. Nothing is asked at any other host than the connection's own.
pub(super) async fn key(client: &Client, key_url: &str) -> Result<SecretString, PsaError> {
    let url = client.site().callback_key(key_url, client.company()).ok_or_else(|| {
        PsaError::Invalid("the address of the callback's key is not one of this connection's".to_owned())
    })?;
    let key: SigningKey = client.read_at(&url, "the callback's key", PATIENCE).await?;
    Ok(key.signing_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_of_the_same_connection_is_known_again_at_another_address() {
        let address = CallbackAddress {
            url: "https://flowpilot.example.com/psa/callbacks/1f-a/secret?recordId=".to_owned(),
            stem: "/psa/callbacks/1f-a/".to_owned(),
            is_local: false,
        };
        let entry = |url: &str, kind: &str| Entry {
            id: 7,
            url: Some(url.to_owned()),
            kind: Some(kind.to_owned()),
            inactive_flag: None,
        };
        assert!(
            entry(&address.url, "ticket").is_of(&address)
                && entry(&address.url, "ticket").is_current(&address)
        );
        let moved = entry("https://old.example.com/below/psa/callbacks/1f-a/old?recordId=", "Ticket");
        assert!(moved.is_of(&address) && !moved.is_current(&address));
        assert!(!entry("https://flowpilot.example.com/psa/callbacks/2b/secret", "ticket").is_of(&address));
        assert!(!entry("https://x.example/?u=/psa/callbacks/1f-a/s", "ticket").is_of(&address));
        assert!(!entry(&address.url, "company").is_of(&address));
        let off = Entry { inactive_flag: Some(true), ..entry(&address.url, "ticket") };
        assert!(!off.is_current(&address));
    }
}
