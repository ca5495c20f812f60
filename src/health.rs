//! How the connections stand, in words for whoever can mend them: each part is fine or not, and then the cure.
//!
//! `flowpilot doctor` and the command `doctor` say these. No finding ever holds a secret.

use std::fmt::Write as _;

use crate::psa::callback;
use crate::psa::watch::watch_of;
use crate::psa::{Psa, PsaError};
use crate::store::{ConnectionId, TeamId};
use crate::surface::ThreadRef;
use crate::{Engine, Result};

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In order.
    Good,
    /// Works, but should be looked at.
    Warn,
    /// Does not work.
    Bad,
}

/// What was found about one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The part, for people.
    pub part: &'static str,
    /// How it is.
    pub state: State,
    /// What is so, and where it is not good, how to mend it.
    pub text: String,
}

impl Finding {
    /// It is in order.
    pub fn good(part: &'static str, text: impl Into<String>) -> Self {
        Self { part, state: State::Good, text: text.into() }
    }

    /// It works, but should be looked at.
    pub fn warn(part: &'static str, text: impl Into<String>) -> Self {
        Self { part, state: State::Warn, text: text.into() }
    }

    /// It does not work.
    pub fn bad(part: &'static str, text: impl Into<String>) -> Self {
        Self { part, state: State::Bad, text: text.into() }
    }
}

/// The database, the team's ticket system, and the connection of the workspace that `at` is in.
pub async fn checkup(engine: &Engine, team: TeamId, at: &ThreadRef) -> Vec<Finding> {
    let mut findings = vec![database(engine).await, psa_of(engine, team).await];
    if let Some(surface) = engine.surface(at.platform) {
        findings.extend(surface.check(team, &at.workspace).await);
    }
    findings
}

async fn database(engine: &Engine) -> Finding {
    const PART: &str = "database";
    match engine.db.ping().await {
        Ok(()) => Finding::good(PART, format!("{} answers", engine.db.engine_name())),
        // The driver's own words may name the server's address.
        Err(_) => Finding::bad(PART, "it does not answer; check that its server runs"),
    }
}

/// The team's connection to its ticket system.
pub async fn psa_of(engine: &Engine, team: TeamId) -> Finding {
    match engine.psa.first(engine, team).await {
        Ok(Some((_, psa))) => psa_answers(&*psa).await,
        Ok(None) => {
            Finding::warn(PSA, "none is connected; sessions work without one, notes stay in FlowPilot")
        }
        Err(error) => Finding::bad(PSA, error.to_person()),
    }
}

const PSA: &str = "ticket system";

/// Whether a ticket system can be used.
pub async fn psa_answers(psa: &dyn Psa) -> Finding {
    match psa.test().await {
        Ok(info) => Finding::good(PSA, format!("ConnectWise {} answers", info.version)),
        Err(error @ (PsaError::Auth(_) | PsaError::Forbidden(_))) => Finding::bad(PSA, error.to_string()),
        Err(error) => {
            Finding::bad(PSA, format!("{error}. Check connectwise.site, and that the server may reach it"))
        }
    }
}

/// Whether changes of tickets are told at once, and if not, why not and what is done instead.
///
/// # Errors
/// The database's.
pub async fn callbacks_of(engine: &Engine, team: TeamId, id: ConnectionId) -> Result<Finding> {
    const PART: &str = "callbacks";
    const INSTEAD: &str = "FlowPilot looks at the tickets of open sessions every few minutes instead";
    let address = match callback::address(engine, id) {
        Ok(address) => address,
        Err(error) => return Ok(Finding::warn(PART, format!("none come: {error}. {INSTEAD}"))),
    };
    let known = watch_of(engine, team, id).await?;
    let psa = match engine.psa.get(engine, team, id).await {
        Ok(psa) => psa,
        Err(error) => return Ok(Finding::warn(PART, error.to_person())),
    };
    match psa.has_callback(&address).await {
        Ok(true) => {}
        Ok(false) => {
            let why = known.and_then(|it| it.problem).map(|why| format!(" ({why})")).unwrap_or_default();
            let text = format!(
                "not registered{why}: `flowpilot psa install-callbacks` does it. Until then {INSTEAD}"
            );
            return Ok(Finding::warn(PART, text));
        }
        Err(error) => {
            return Ok(Finding::warn(PART, format!("cannot be looked at: {error}. Without them {INSTEAD}")));
        }
    }
    Ok(match known.and_then(|it| it.received_at) {
        Some(at) => Finding::good(PART, format!("registered; the last one came at {}", at.to_text())),
        None => Finding::good(
            PART,
            "registered; none has come yet. If none comes after a ticket was changed, see whether the ticket system can \
             reach public_url",
        ),
    })
}

/// The findings as a short list in Markdown, what is wrong first.
#[must_use]
pub fn told(findings: &[Finding]) -> String {
    let wrong = findings.iter().filter(|f| f.state == State::Bad).count();
    let mut text = match wrong {
        0 => String::from("FlowPilot's connections work."),
        1 => String::from("One thing is wrong."),
        n => format!("{n} things are wrong."),
    };
    for (state, word) in [(State::Bad, "wrong"), (State::Warn, "look at"), (State::Good, "fine")] {
        for finding in findings.iter().filter(|f| f.state == state) {
            let words = crate::copilot::cards::literal(&finding.text);
            let _ = write!(text, "\n- {word}: **{}**: {words}", finding.part);
        }
    }
    text
}
