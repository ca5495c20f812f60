//! Storing an event before it is acknowledged.

use super::Inbound;
use crate::queue::{Alongside, Entry};
use crate::store::TeamId;
use crate::{Engine, Error, Result};

/// Makes an event durable in the inbox. Return success to the platform only after this has.
///
/// The same event again is accepted and changes nothing. `team` is given where the adapter knows it already.
///
/// # Errors
/// When it could not be stored: let the platform deliver it again.
pub async fn accept(engine: &Engine, inbound: &Inbound, team: Option<TeamId>) -> Result<()> {
    engine.intake.accept(entry(inbound, team)?).await
}

/// As [`accept`], with a write of the adapter's own in the same transaction.
///
/// # Errors
/// As [`accept`].
pub async fn accept_with(
    engine: &Engine,
    inbound: &Inbound,
    team: Option<TeamId>,
    alongside: Alongside,
) -> Result<()> {
    engine.intake.accept_with(entry(inbound, team)?, alongside).await
}

/// The event as an item of the inbox.
pub(crate) fn entry(inbound: &Inbound, team: Option<TeamId>) -> Result<Entry> {
    Ok(Entry {
        key: format!("{}:{}", inbound.thread.platform, inbound.key),
        team,
        lane: inbound.thread.lane(),
        kind: "event".to_owned(),
        payload: serde_json::to_value(inbound).map_err(|e| Error::Internal(format!("event: {e}")))?,
    })
}
