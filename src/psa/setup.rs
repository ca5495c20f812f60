//! Setting a connection up: added and tested, its rights tried, the pod registered, removed. For admins.
//!
//! What always holds: nothing is saved that does not answer; keys go in and never come out.

use std::time::Duration;

use serde::Serialize;
use url::Url;
use utoipa::ToSchema;

use super::connection::{Connection, connections, save_connectwise_in};
use super::connectwise::{ConnectWise, ConnectWiseConfig, frame_origins};
use super::{Psa as _, PsaError, callback};
use crate::copilot::upstream;
use crate::store::{ConnectionId, Tx, run};
use crate::team::{Caller, team};
use crate::{Engine, Error, Result};

/// Characters of a connection's name at most.
const LONGEST_NAME: usize = 60;
/// A request is given up after a minute.
const PATIENCE: Duration = Duration::from_secs(50);

/// A right that the keys need, and whether they have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightCheck {
    /// The entry of the security role, as the PSA's screens call it: `Service Desk > Service Tickets: Add`.
    pub entry: &'static str,
    /// What FlowPilot needs it for: `post notes`.
    pub purpose: &'static str,
    /// Whether all but that works without it.
    pub optional: bool,
    /// [`PsaError::Forbidden`] when it is missing; another error, of an optional one, when it could not be tried.
    pub found: Result<(), PsaError>,
}

/// The page of a team's pod, as a PSA's screens frame it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodPage {
    /// Its address, with the PSA's place-holders for record and screen.
    pub url: String,
    /// The origin of that address.
    pub origin: String,
}

impl PodPage {
    /// The pod of a team, of an installation that is reached at this address.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an address that a screen served over https could not frame.
    pub fn new(public_url: &str, team: &str) -> Result<Self> {
        let wrong = || Error::invalid("public_url", "must be an https address for a screen to frame the pod");
        let base = Url::parse(public_url).map_err(|_| wrong())?;
        let is_here = matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if base.scheme() != "https" && !is_here {
            return Err(wrong());
        }
        let public_url = public_url.trim_end_matches('/');
        Ok(Self {
            url: format!("{public_url}/pod/{team}?id=[cw_id]&screen=[cw_screen]"),
            origin: base.origin().ascii_serialization(),
        })
    }
}

/// What became of registering the pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PodRegistration {
    /// It was not registered, and is now.
    Added,
    /// It was registered at another address, or switched off.
    Changed,
    /// It was registered so already.
    Unchanged,
}

/// A connection that answers, not saved yet.
pub struct Tested {
    name: String,
    config: ConnectWiseConfig,
    origins: Vec<String>,
    rights: Vec<RightCheck>,
}

/// Tests a ConnectWise connection that is to have this name, without saving it. Answers also with what its role allows:
/// what is missing is for an admin of the PSA to add.
///
/// # Errors
/// [`Error::Upstream`] when it does not answer or refuses the keys, and [`Error::Invalid`] naming the field of what cannot
/// be. [`Error::Conflict`] when the name is another company's, or the configuration's; [`Error::Forbidden`] for anybody but
/// admins.
pub async fn test(
    engine: &Engine,
    caller: &Caller,
    name: &str,
    config: &ConnectWiseConfig,
) -> Result<Tested> {
    caller.must_administer()?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::invalid("name", format!("must have 1 to {LONGEST_NAME} characters")));
    }
    let mut config = config.clone();
    for text in [&mut config.site, &mut config.company_id] {
        *text = text.trim().to_owned();
    }
    let known = connections(engine, caller.team()).await?.into_iter().find(|it| it.name == name);
    if let Some(known) = known {
        must_not_be_configured(engine, &known.name, known.id)?;
        if !known.company.eq_ignore_ascii_case(&config.company_id) {
            return Err(Error::Conflict(format!(
                "{name} is the connection to {} already; give this one another name",
                known.company
            )));
        }
    }
    let origins = frame_origins(&config.site, &config.ui_origins)?;
    let psa = ConnectWise::new(config.clone(), engine.psa.networks())?;
    psa.check_address().await?;
    let rights = in_time(psa.check_rights()).await?;
    Ok(Tested { name: name.to_owned(), config, origins, rights })
}

impl Tested {
    /// What the role of the keys allows.
    #[must_use]
    pub fn rights(&self) -> &[RightCheck] {
        &self.rights
    }

    /// The origins of the pages that may frame the screen pod.
    pub(crate) fn ui_origins(&self) -> Vec<String> {
        self.origins.clone()
    }

    /// Saves it; the keys of a connection that has the name are replaced.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn save(&self, tx: &mut Tx, engine: &Engine, caller: &Caller) -> Result<Connection> {
        let saved = save_connectwise_in(tx, engine, caller.team(), &self.name, &self.config).await?;
        engine.psa.note(&engine.clock, &saved, None).await;
        Ok(saved)
    }
}

/// Tests a ConnectWise connection and saves it under its name; the keys of one that has the name are replaced.
///
/// # Errors
/// As [`test`]; nothing is saved then.
pub async fn connect(
    engine: &Engine,
    caller: &Caller,
    name: &str,
    config: &ConnectWiseConfig,
) -> Result<(ConnectionId, Vec<RightCheck>)> {
    let tested = test(engine, caller, name, config).await?;
    let mut tx = engine.db.begin().await?;
    let saved = tested.save(&mut tx, engine, caller).await?;
    tx.commit().await?;
    callback::try_to_register(engine, caller.team(), saved.id).await;
    Ok((saved.id, tested.rights))
}

/// Somebody waits for the answer.
async fn in_time<T>(asked: impl Future<Output = Result<T, PsaError>>) -> Result<T> {
    let answered = tokio::time::timeout(PATIENCE, asked).await;
    let answered = answered.unwrap_or_else(|_| Err(PsaError::Unavailable("no answer in time".to_owned())));
    answered.map_err(|error| upstream(&error))
}

/// What the configuration keeps would be back with the next start.
fn must_not_be_configured(engine: &Engine, name: &str, id: ConnectionId) -> Result<()> {
    if !engine.psa.is_configured(id) {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "{name} comes from the configuration: change its section [connectwise] and restart the server, or give this one \
         another name"
    )))
}

/// Tries each call that FlowPilot makes through a connection, so that nothing changes.
///
/// # Errors
/// [`Error::Upstream`] with what is wrong with the connection itself; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn rights(engine: &Engine, caller: &Caller, id: ConnectionId) -> Result<Vec<RightCheck>> {
    caller.must_administer()?;
    let psa = engine.psa.get(engine, caller.team(), id).await?;
    let found = in_time(psa.check_rights()).await;
    let failure = found.as_ref().err().map(ToString::to_string);
    let known = connections(engine, caller.team()).await?.into_iter().find(|it| it.id == id);
    if let Some(known) = known {
        engine.psa.note(&engine.clock, &known, failure).await;
    }
    found
}

/// Registers the team's pod for the ticket screen of a connection. Doing it twice changes nothing.
///
/// # Errors
/// [`Error::Upstream`], with the missing right where that is the cause; [`Error::Invalid`] while the installation has no
/// public address; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn install_pod(engine: &Engine, caller: &Caller, id: ConnectionId) -> Result<PodRegistration> {
    caller.must_administer()?;
    let psa = engine.psa.get(engine, caller.team(), id).await?;
    let public_url = engine
        .public_url()
        .ok_or_else(|| Error::invalid("public_url", "must be set: ConnectWise frames the pod from there"))?;
    let team = team(&engine.db, caller.team()).await?.ok_or(Error::NotFound("team"))?;
    let page = PodPage::new(public_url, &team.slug)?;
    in_time(psa.register_pod(&page)).await
}

/// The team's connection of this name; its only one without a name.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] without a name where there are several.
pub async fn connection_called(engine: &Engine, caller: &Caller, name: Option<&str>) -> Result<Connection> {
    let mut all = connections(engine, caller.team()).await?;
    if let Some(name) = name {
        return all.into_iter().find(|it| it.name == name).ok_or(Error::NotFound("PSA connection"));
    }
    match all.len() {
        0 => Err(Error::NotFound("PSA connection")),
        1 => Ok(all.remove(0)),
        _ => {
            let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
            Err(Error::invalid("name", format!("must say which: {}", names.join(", "))))
        }
    }
}

/// Removes a connection: its keys are forgotten. Sessions keep what they know of their tickets; notes that wait are not
/// posted any more. Saving it again under its name brings it back.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] for the configuration's; [`Error::Forbidden`] for anybody but admins.
pub async fn remove(engine: &Engine, caller: &Caller, id: ConnectionId) -> Result<()> {
    caller.must_administer()?;
    must_not_be_configured(engine, "this connection", id)?;
    callback::try_to_unregister(engine, caller.team(), id).await;
    let mut tx = engine.db.begin().await?;
    let removed: Option<ConnectionId> = run!(&mut tx, |c| {
        sqlx::query_scalar(
            "UPDATE psa_connections SET credentials = '', removed_at = $1, updated_at = $1 WHERE team_id = $2 \
             AND id = $3 AND removed_at IS NULL RETURNING id",
        )
        .bind(engine.clock.now())
        .bind(caller.team())
        .bind(id)
        .fetch_optional(c)
        .await
    })?;
    removed.ok_or(Error::NotFound("PSA connection"))?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pods_address_has_the_screens_place_holders() {
        let page = PodPage::new("https://flowpilot.example.com/", "northwind").unwrap();
        let url = "https://flowpilot.example.com/pod/northwind?id=[cw_id]&screen=[cw_screen]";
        assert_eq!((page.url.as_str(), page.origin.as_str()), (url, "https://flowpilot.example.com"));
        let below = PodPage::new("https://msp.example.com/flowpilot", "northwind").unwrap();
        assert!(below.url.starts_with("https://msp.example.com/flowpilot/pod/northwind?"));
        assert_eq!(below.origin, "https://msp.example.com");
    }

    #[test]
    fn a_screen_frames_nothing_in_the_open() {
        assert!(PodPage::new("http://flowpilot.example.com", "northwind").is_err());
        assert!(PodPage::new("http://localhost:8080", "northwind").is_ok());
    }
}
