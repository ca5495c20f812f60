//! Where a session stands, and the ways from there.

use super::{SessionStatus, SessionTx, text};
use crate::{Error, Result};

impl SessionTx {
    /// Moves the session to another status.
    ///
    /// Escalated and resolved are reached by [posting their note](crate::note); the rest is here. A note does not
    /// depend on the status, so the state version is not counted.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a way that does not exist, naming the status and what can be done;
    /// [`Error::Invalid`] for waiting without a reason.
    pub fn move_to(&mut self, to: SessionStatus, reason: Option<&str>) -> Result<()> {
        let from = self.case.session.status;
        if !may_move(from, to) {
            let ways: Vec<String> = ways_from(from).iter().map(ToString::to_string).collect();
            return Err(Error::Conflict(format!(
                "a session that is {from} cannot become {to}; from here it can become: {}",
                ways.join(", ")
            )));
        }
        let reason = text::optional("reason", reason, 500)?;
        if to == SessionStatus::Waiting && reason.is_none() {
            return Err(Error::invalid("reason", "is needed: what does the session wait for?"));
        }
        self.case.session.status = to;
        self.case.session.status_reason = reason;
        self.case.session.closed_at = to.is_closed().then_some(self.now);
        Ok(())
    }
}

/// The statuses that can follow.
fn ways_from(from: SessionStatus) -> &'static [SessionStatus] {
    use SessionStatus::{Abandoned, Active, Escalated, Paused, Resolved, Waiting};
    match from {
        Active => &[Paused, Waiting, Escalated, Resolved, Abandoned],
        Paused => &[Active, Waiting, Escalated, Resolved, Abandoned],
        Waiting => &[Active, Paused, Escalated, Resolved, Abandoned],
        Escalated => &[Active, Resolved, Abandoned],
        Resolved | Abandoned => &[Active],
    }
}

fn may_move(from: SessionStatus, to: SessionStatus) -> bool {
    ways_from(from).contains(&to)
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_status_can_come_back_to_active() {
        for status in SessionStatus::iter().filter(|s| *s != SessionStatus::Active) {
            assert!(may_move(status, SessionStatus::Active), "{status}");
        }
    }

    #[test]
    fn an_ended_session_cannot_be_escalated() {
        assert!(!may_move(SessionStatus::Resolved, SessionStatus::Escalated));
    }
}
