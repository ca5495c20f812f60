//! Whether a claim is true: asked of the ticket system, remembered for a while, and not asked without end.
//!
//! A good answer holds for five minutes and a bad one for one, so that ten tabs that open together cost one question
//! and a wrong claim that is sent over and over costs one a minute. No answer is no answer: nobody is let in, and
//! nothing is remembered.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flowpilot::psa::{MemberClaim, ProvenMember, Psa, PsaError};
use flowpilot::store::ConnectionId;
use flowpilot::{Clock, Timestamp};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

const GOOD_FOR: Duration = Duration::from_secs(5 * 60);
const BAD_FOR: Duration = Duration::from_secs(60);
const REMEMBERED: u64 = 10_000;
/// Claims that are asked about at the same time.
const AT_ONCE: usize = 8;

/// Wrong claims about one member before no more are asked about.
const MEMBER_FAILURES: usize = 10;
const MEMBER_WINDOW: Duration = Duration::from_secs(15 * 60);
/// Wrong claims about anybody of one connection.
const CONNECTION_FAILURES: usize = 30;
const CONNECTION_WINDOW: Duration = Duration::from_secs(60);
/// Failures of all connections that are counted; the oldest are forgotten first.
const COUNTED: usize = 10_000;

/// Why a claim is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Disbelief {
    /// The ticket system says that it is not true.
    Refused,
    /// Too many were wrong: this one was not asked about.
    TooMany,
    /// The ticket system could not be asked.
    NoAnswer(PsaError),
}

/// A claim's digest: what the claim holds is not kept.
type Key = [u8; 32];

#[derive(Clone)]
struct Known {
    until: Timestamp,
    /// `None`: it is not true.
    member: Option<Arc<ProvenMember>>,
}

struct Failed {
    at: Timestamp,
    connection: ConnectionId,
    member: String,
}

/// What is known about claims.
pub(crate) struct Proofs {
    known: moka::future::Cache<Key, Known>,
    failed: Mutex<VecDeque<Failed>>,
    slots: Semaphore,
}

impl Default for Proofs {
    fn default() -> Self {
        Self {
            known: moka::future::Cache::new(REMEMBERED),
            failed: Mutex::default(),
            slots: Semaphore::new(AT_ONCE),
        }
    }
}

impl Proofs {
    /// Who a claim is true of, as this connection's ticket system says.
    pub(crate) async fn member(
        &self,
        clock: &Clock,
        connection: ConnectionId,
        psa: &dyn Psa,
        claim: &MemberClaim,
    ) -> Result<Arc<ProvenMember>, Disbelief> {
        let key = key(connection, claim);
        if self.known.get(&key).await.is_some_and(|known| known.until <= clock.now()) {
            self.known.invalidate(&key).await;
        }
        let known = self.known.try_get_with(key, self.ask(clock, connection, psa, claim)).await;
        match known {
            Ok(known) => known.member.ok_or(Disbelief::Refused),
            Err(disbelief) => Err((*disbelief).clone()),
        }
    }

    /// Forgets what was said about a claim: the ticket system has changed its mind.
    pub(crate) async fn forget(&self, connection: ConnectionId, claim: &MemberClaim) {
        self.known.invalidate(&key(connection, claim)).await;
    }

    async fn ask(
        &self,
        clock: &Clock,
        connection: ConnectionId,
        psa: &dyn Psa,
        claim: &MemberClaim,
    ) -> Result<Known, Disbelief> {
        let _slot = self.slots.acquire().await;
        if self.has_failed_too_often(clock.now(), connection, claim.member()) {
            return Err(Disbelief::TooMany);
        }
        match psa.prove_member(claim).await {
            Ok(member) => Ok(Known { until: clock.now().plus(GOOD_FOR), member: Some(Arc::new(member)) }),
            Err(error @ (PsaError::RateLimited { .. } | PsaError::Unavailable(_))) => {
                Err(Disbelief::NoAnswer(error))
            }
            Err(error) => {
                tracing::warn!(%connection, member = claim.member(), %error, "a claim is not true");
                self.count(Failed { at: clock.now(), connection, member: claim.member().to_lowercase() });
                Ok(Known { until: clock.now().plus(BAD_FOR), member: None })
            }
        }
    }

    fn has_failed_too_often(&self, now: Timestamp, connection: ConnectionId, member: &str) -> bool {
        let member = member.to_lowercase();
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let of_connection = failed.iter().filter(|it| it.connection == connection);
        let (mut of_member, mut of_all) = (0, 0);
        for it in of_connection {
            of_member += usize::from(it.member == member && it.at > now.minus(MEMBER_WINDOW));
            of_all += usize::from(it.at > now.minus(CONNECTION_WINDOW));
        }
        of_member >= MEMBER_FAILURES || of_all >= CONNECTION_FAILURES
    }

    fn count(&self, failure: Failed) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = failure.at.minus(MEMBER_WINDOW);
        while failed.front().is_some_and(|it| it.at <= oldest) || failed.len() >= COUNTED {
            failed.pop_front();
        }
        failed.push_back(failure);
    }
}

fn key(connection: ConnectionId, claim: &MemberClaim) -> Key {
    let mut digest = Sha256::new();
    digest.update(connection.0.as_bytes());
    for part in [claim.member(), claim.hash().expose_secret(), claim.context().expose_secret()] {
        digest.update([0]);
        digest.update(part);
    }
    digest.finalize().into()
}
