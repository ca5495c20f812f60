//! The session's ticket as it stands in the PSA now, and what to say when somebody else moved it there.

use sqlx::types::Json;

use super::SessionTx;
use crate::Result;
use crate::copilot::cards::literal;
use crate::psa::{Ticket, watch};
use crate::session::text;
use crate::store::run;
use crate::surface::{Card, CardKind};

impl SessionTx {
    /// Has what is around the ticket read in the background, once this is committed.
    pub(super) fn read_around(&mut self) {
        let session = &self.case.session;
        if let (Some(connection), Some(ticket)) = (session.connection_id, &session.ticket_id) {
            let cause = format!("session:{}", session.id);
            let entry = watch::read_entry(session.team_id, connection, ticket, self.now, &cause);
            self.effect(entry);
        }
    }

    /// Takes in how the ticket was read just now, and says in the thread what somebody else changed since it was read
    /// last: closed or reopened, another status, assigned to somebody else. A session that is over takes it in without a
    /// word. Answers whether anything is another than before.
    ///
    /// A note depends on none of it, so the state version is not counted.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn ticket_seen(&mut self, now: &Ticket) -> Result<bool> {
        let Some(before) = self.case.session.ticket.clone() else { return Ok(false) };
        if before.standing() == now.standing() {
            return Ok(false);
        }
        if !self.case.session.status.is_closed()
            && let Some(card) = told(&before, now)
        {
            self.announce(card).await?;
        }
        self.keep_ticket(now).await?;
        Ok(true)
    }

    /// Takes in that the ticket was not found just now, and says so in the thread, once. Answers whether that is new.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn ticket_not_found(&mut self) -> Result<bool> {
        let Some(Json(before)) = self.case.session.ticket.clone() else { return Ok(false) };
        self.ticket_seen(&Ticket { gone: true, ..before }).await
    }

    /// Takes in a change of the ticket that FlowPilot itself made, so that nobody is told of it as somebody else's.
    ///
    /// To be called in the ticket's own lane of the outbox, before the effect that made the change is done.
    ///
    /// # Errors
    /// The database's.
    pub async fn ticket_changed_by_us(&mut self, now: &Ticket) -> Result<()> {
        self.keep_ticket(now).await
    }

    /// Only how it stands: its text, customer and contact stay those that the session was begun with.
    async fn keep_ticket(&mut self, now: &Ticket) -> Result<()> {
        let session = self.case.session.id;
        let Some(Json(kept)) = &mut self.case.session.ticket else { return Ok(()) };
        kept.status.clone_from(&now.status);
        kept.closed = now.closed;
        kept.gone = now.gone;
        kept.priority.clone_from(&now.priority);
        kept.board.clone_from(&now.board);
        kept.owner.clone_from(&now.owner);
        kept.updated_at = now.updated_at;
        let kept = Json(kept.clone());
        run!(self.unnoted(), |c| sqlx::query("UPDATE sessions SET ticket = $1 WHERE id = $2")
            .bind(kept)
            .bind(session)
            .execute(c)
            .await
            .map(|_| ()))?;
        Ok(())
    }
}

/// Said of a ticket that is not found any more.
fn gone(ticket: &Ticket) -> Card {
    let title = format!("Ticket #{} is not there any more", ticket.id);
    let body = "It was deleted or merged, or FlowPilot may not see its board any more. What was confirmed stays here, but no \
                note can be posted to it: `/abandon` ends the session without one.";
    Card::new(CardKind::Notice, title, body.to_owned())
}

/// What somebody else did to a ticket; `None` where it is nothing that people here need to hear.
fn told(before: &Ticket, now: &Ticket) -> Option<Card> {
    let status = text::shorten(&now.status, 60);
    let mut lines = Vec::new();
    let mut title = None;
    if now.gone {
        return (!before.gone).then(|| gone(now));
    }
    if before.gone {
        title = Some(format!("Ticket #{} is there again", now.id));
        lines.push("Its note can be posted.".to_owned());
    }
    if now.closed && !before.closed {
        title = Some(format!("Ticket #{} was closed elsewhere", now.id));
        lines.push(
            "This session is still open: `/resolve` posts its note, `/abandon` ends it without one."
                .to_owned(),
        );
    } else if before.closed && !now.closed {
        title = Some(format!("Ticket #{} was reopened elsewhere", now.id));
    }
    if before.status != now.status {
        title.get_or_insert_with(|| format!("Ticket #{}: its status was changed elsewhere", now.id));
        let was = text::shorten(&before.status, 60);
        lines.insert(0, format!("Its status is now **{}**; it was {}.", literal(&status), literal(&was)));
    }
    // Times of change are whole seconds, so that two changes may share one. An owner who appears without a newer time is
    // taken as one who can be read now and could not be before.
    let was_unread =
        before.owner.is_none() && now.updated_at.is_some() && before.updated_at == now.updated_at;
    if before.owner != now.owner && !was_unread {
        title.get_or_insert_with(|| format!("Ticket #{} was reassigned elsewhere", now.id));
        let name = |owner: &Option<String>| {
            owner.as_deref().map_or_else(|| "nobody".to_owned(), |name| literal(&text::shorten(name, 60)))
        };
        lines.push(format!(
            "It is now assigned to **{}**; it was assigned to {}.",
            name(&now.owner),
            name(&before.owner)
        ));
    }
    Some(Card::new(CardKind::Notice, title?, lines.join("\n\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(status: &str, closed: bool, owner: Option<&str>) -> Ticket {
        Ticket {
            id: "7".to_owned(),
            summary: "No sound".to_owned(),
            description: None,
            status: status.to_owned(),
            closed,
            company: None,
            contact: None,
            priority: None,
            board: None,
            owner: owner.map(str::to_owned),
            updated_at: None,
            url: None,
            gone: false,
        }
    }

    #[test]
    fn each_change_is_said_with_what_was_before() {
        let new = ticket("New", false, None);
        let closed = told(&new, &ticket("Closed", true, None)).unwrap();
        assert_eq!(closed.title, "Ticket #7 was closed elsewhere");
        assert!(closed.body.starts_with("Its status is now **Closed**; it was New."), "{}", closed.body);
        let reopened = told(&ticket("Closed", true, None), &new).unwrap();
        assert_eq!(reopened.title, "Ticket #7 was reopened elsewhere");
        let taken = told(&new, &ticket("New", false, Some("Ada *Admin*"))).unwrap();
        assert_eq!(taken.title, "Ticket #7 was reassigned elsewhere");
        assert_eq!(taken.body, "It is now assigned to **Ada \\*Admin\\***; it was assigned to nobody.");
    }

    #[test]
    fn two_changes_within_one_second_are_both_said() {
        let at = |it: Ticket| Ticket { updated_at: Some(crate::Timestamp(1_000)), ..it };
        let taken = at(ticket("New", false, Some("Ada")));
        assert!(told(&taken, &at(ticket("Waiting", false, Some("Ada")))).is_some());
        assert!(told(&taken, &at(ticket("New", false, Some("Jan")))).is_some());
        assert!(told(&at(ticket("New", false, None)), &taken).is_none(), "only read for the first time");
    }

    #[test]
    fn a_ticket_that_is_not_there_is_told_once_and_again_when_it_is_back() {
        let here = ticket("New", false, None);
        let away = Ticket { gone: true, ..here.clone() };
        assert_eq!(told(&here, &away).unwrap().title, "Ticket #7 is not there any more");
        assert!(told(&away, &away).is_none());
        assert_eq!(told(&away, &here).unwrap().title, "Ticket #7 is there again");
    }

    #[test]
    fn what_nobody_needs_to_hear_is_not_said() {
        let other = Ticket { priority: Some("High".to_owned()), ..ticket("New", false, None) };
        assert!(told(&ticket("New", false, None), &other).is_none());
    }
}
