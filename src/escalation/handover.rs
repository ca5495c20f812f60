//! From asking for an escalation to its end, within the session's one transaction.

use std::collections::BTreeMap;

use sqlx::types::Json;

use super::{Escalation, EscalationEnd, Place, Urgency, place};
use crate::note::NoteKind;
use crate::session::{NewFact, SessionStatus, SessionTx, get, text};
use crate::store::{EscalationId, SessionId, run};
use crate::surface::{Card, CardKind, ThreadRef};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// Characters of a reason: as a fact it has a few words before it.
pub(crate) const LONGEST_REASON: usize = 1_500;
/// Characters of a reason that the session's status shows.
const SHOWN_REASON: usize = 300;

/// Where an escalation is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// Where the team's escalations usually are.
    Usual,
    /// Nowhere but in the ticket.
    Nowhere,
    /// Here. The platform was asked whether that is possible.
    Here(Place),
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// How soon somebody has to look.
    pub urgency: Urgency,
    /// Why; may be empty.
    pub reason: String,
    /// Where to.
    pub to: Where,
}

impl Asked {
    /// As the command has it: the usual place, the usual urgency.
    pub fn because(reason: impl Into<String>) -> Self {
        Self { urgency: Urgency::default(), reason: reason.into(), to: Where::Usual }
    }

    /// As a form has it. Asks the platform about a place that was chosen, so call it before the session is locked.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field: `place`, `urgency` or `reason`; [`Error::Upstream`] when the platform
    /// cannot be asked; [`Error::NotFound`].
    pub async fn in_form(
        engine: &Engine,
        caller: &Caller,
        session: SessionId,
        fields: &BTreeMap<String, String>,
    ) -> Result<Self> {
        caller.must_work()?;
        let field = |name: &str| fields.get(name).map(|value| value.trim());
        let reason = field("reason");
        if reason == Some("") {
            return Err(Error::invalid("reason", "is needed: what is the next person to know?"));
        }
        let reason = reason.unwrap_or_default().to_owned();
        if reason.chars().count() > LONGEST_REASON {
            return Err(Error::invalid("reason", format!("must be at most {LONGEST_REASON} characters")));
        }
        let urgency = match field("urgency").filter(|urgency| !urgency.is_empty()) {
            Some(urgency) => urgency
                .parse()
                .map_err(|_| Error::invalid("urgency", "must be low, normal, high or critical"))?,
            None => Urgency::default(),
        };
        let to = match field("place") {
            None => Where::Usual,
            Some("") => Where::Nowhere,
            Some(chosen) => {
                let session =
                    get(&engine.db, caller.team(), session).await?.ok_or(Error::NotFound("session"))?;
                let at = ThreadRef { thread: chosen.to_owned(), ..session.thread_ref() };
                let surface = engine.surface(at.platform).ok_or_else(|| {
                    Error::invalid("place", format!("nothing can be shown in {} at the moment", at.platform))
                })?;
                Where::Here(Place { name: surface.place(caller.team(), &at).await?, at })
            }
        };
        Ok(Self { urgency, reason, to })
    }
}

impl SessionTx {
    /// Asks for an escalation: records why, and puts the package's preview on screen. Asking again before it is posted
    /// changes what was asked.
    ///
    /// # Errors
    /// [`Error::Conflict`] when a fix in use has no outcome yet; [`Error::Invalid`] for a reason that is too long.
    pub async fn ask_to_escalate(&mut self, asked: Asked) -> Result<()> {
        let reason = text::optional("reason", Some(&asked.reason), LONGEST_REASON)?;
        let (team, thread) = (self.case.session.team_id, self.case.session.thread_ref());
        let to = match asked.to {
            Where::Nowhere => None,
            Where::Usual => place::default_for(self.unnoted(), team, &thread).await?,
            Where::Here(chosen) => {
                let clock = self.engine.clock.clone();
                place::remember(self.unnoted(), &clock, team, &chosen).await?;
                Some(chosen)
            }
        };
        let before = self.case.escalations.pop_if(|e| e.is_asked());
        let mut escalation = before.unwrap_or_else(|| new(EscalationId::new(&self.engine.clock)));
        self.record_reason(&mut escalation, asked.urgency, reason.as_deref()).await?;
        (escalation.urgency, escalation.reason, escalation.place) = (asked.urgency, reason, to.map(Json));
        self.write_escalation(escalation).await?;
        self.open_note(NoteKind::Escalation).await
    }

    /// The reason is a fact, so that the notes say it; a new reason takes the place of the one before.
    async fn record_reason(
        &mut self,
        escalation: &mut Escalation,
        urgency: Urgency,
        reason: Option<&str>,
    ) -> Result<()> {
        let Some(reason) = reason else { return Ok(()) };
        let text = match urgency {
            Urgency::Normal => format!("Escalation requested: {reason}"),
            other => format!("Escalation requested, urgency {other}: {reason}"),
        };
        let known = self.case.facts.iter().find(|f| Some(f.id) == escalation.fact_id);
        match known.map(|fact| (fact.id, fact.text == text)) {
            Some((_, true)) => {}
            Some((id, false)) => drop(self.edit_fact(id, &text).await?),
            None => escalation.fact_id = Some(self.add_fact(NewFact::said(text)).await?.id),
        }
        Ok(())
    }

    async fn write_escalation(&mut self, escalation: Escalation) -> Result<()> {
        let (team, session, now) = (self.case.session.team_id, self.case.session.id, self.now);
        run!(self.unnoted(), |c| {
            sqlx::query(
                "INSERT INTO escalations (id, team_id, session_id, urgency, reason, fact_id, place, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET urgency = excluded.urgency, \
                 reason = excluded.reason, fact_id = excluded.fact_id, place = excluded.place",
            )
            .bind(escalation.id)
            .bind(team)
            .bind(session)
            .bind(escalation.urgency)
            .bind(&escalation.reason)
            .bind(escalation.fact_id)
            .bind(&escalation.place)
            .bind(now)
            .execute(c)
            .await
            .map(|_| ())
        })?;
        self.case.escalations.push(escalation);
        Ok(())
    }

    /// The preview was closed: what was asked for is forgotten. Its reason stays a fact.
    pub(crate) async fn withdraw_escalation(&mut self) -> Result<()> {
        let Some(asked) = self.case.escalations.pop_if(|e| e.is_asked()) else { return Ok(()) };
        run!(self.unnoted(), |c| sqlx::query("DELETE FROM escalations WHERE id = $1 AND posted_at IS NULL")
            .bind(asked.id)
            .execute(c)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Why the escalation that is about to be posted was asked for, in few words.
    pub(crate) fn reason_to_escalate(&self) -> Option<String> {
        let asked = self.case.escalations.last().filter(|e| e.is_asked())?;
        asked.reason.as_deref().map(|reason| text::shorten(reason, SHOWN_REASON))
    }

    /// Posts what was asked for. The package is kept as it is now: it is what the team is told.
    ///
    /// Without anything asked for, an escalation that stands is left as it is, so that posting twice tells the team
    /// once.
    pub(crate) async fn post_escalation(&mut self) -> Result<()> {
        if !self.case.escalations.last().is_some_and(Escalation::is_asked) {
            if self.case.escalations.last().is_some_and(Escalation::stands) {
                return Ok(());
            }
            let (team, thread) = (self.case.session.team_id, self.case.session.thread_ref());
            let place = place::default_for(self.unnoted(), team, &thread).await?.map(Json);
            let id = EscalationId::new(&self.engine.clock);
            self.write_escalation(Escalation { place, ..new(id) }).await?;
        }
        if let Some(before) = self.case.escalations.iter().position(Escalation::stands) {
            self.end_escalation(before, EscalationEnd::Replaced).await?;
        }
        let thread = self.case.session.thread_ref();
        let link = self.engine.surface(thread.platform).and_then(|surface| surface.address(&thread));
        // A path on this server leads nowhere from a channel.
        let link = link.filter(|link| link.contains("://"));
        let (_, briefing) = crate::note::preview::text_of(NoteKind::Escalation, &self.case);
        let (member, name, now) = (self.caller.member(), self.caller.name().to_owned(), self.now);
        let Some(escalation) = self.case.escalations.last_mut() else { return Ok(()) };
        (escalation.posted_by_name, escalation.posted_at) = (Some(name), Some(now));
        (escalation.link, escalation.briefing) = (link, Some(briefing));
        let (id, link, briefing) = (escalation.id, escalation.link.clone(), escalation.briefing.clone());
        run!(self.unnoted(), |c| sqlx::query(
            "UPDATE escalations SET posted_by = $1, posted_at = $2, link = $3, briefing = $4 WHERE id = $5"
        )
        .bind(member)
        .bind(now)
        .bind(&link)
        .bind(&briefing)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// Takes an escalated session over: the caller is its owner from now on.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody was first, or it has ended.
    pub(crate) async fn take_escalation(&mut self, id: EscalationId) -> Result<()> {
        let at = self.case.escalations.iter().position(|e| e.id == id);
        let at = at.ok_or(Error::NotFound("escalation"))?;
        let escalation = &self.case.escalations[at];
        if let Some(by) = &escalation.taken_by_name {
            return Err(Error::Conflict(format!("{by} took it already")));
        }
        if !escalation.stands() {
            return Err(Error::Conflict("this escalation has ended".to_owned()));
        }
        let (member, name, now) = (self.caller.member(), self.caller.name().to_owned(), self.now);
        run!(self.noted(), |c| sqlx::query(
            "UPDATE escalations SET taken_by = $1, taken_at = $2 WHERE id = $3"
        )
        .bind(member)
        .bind(now)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        let escalation = &mut self.case.escalations[at];
        (escalation.taken_by_name, escalation.taken_at) = (Some(name.clone()), Some(now));
        self.case.session.owner_id = member;
        self.case.owner_name.clone_from(&name);
        let told = Card::new(CardKind::Notice, format!("{name} has taken this session over"), "");
        self.announce(told).await
    }

    /// Ends the escalation that was posted last where the session's status says that it is over. Part of every commit,
    /// so that no way out of the status can forget it.
    pub(crate) async fn settle_escalation(&mut self) -> Result<()> {
        let Some(at) = self.case.escalations.iter().rposition(|e| e.posted_at.is_some()) else {
            return Ok(());
        };
        let end = match self.case.session.status {
            SessionStatus::Active => EscalationEnd::Resumed,
            SessionStatus::Resolved => EscalationEnd::Resolved,
            SessionStatus::Abandoned => EscalationEnd::Abandoned,
            SessionStatus::Escalated | SessionStatus::Paused | SessionStatus::Waiting => return Ok(()),
        };
        if self.case.escalations[at].ended == Some(end) {
            return Ok(());
        }
        self.end_escalation(at, end).await
    }

    async fn end_escalation(&mut self, at: usize, end: EscalationEnd) -> Result<()> {
        let (member, name, now) = (self.caller.member(), self.caller.name().to_owned(), self.now);
        let escalation = &mut self.case.escalations[at];
        (escalation.ended, escalation.ended_by_name, escalation.ended_at) =
            (Some(end), Some(name), Some(now));
        let id = escalation.id;
        run!(self.unnoted(), |c| sqlx::query(
            "UPDATE escalations SET ended = $1, ended_by = $2, ended_at = $3 WHERE id = $4"
        )
        .bind(end)
        .bind(member)
        .bind(now)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        Ok(())
    }
}

fn new(id: EscalationId) -> Escalation {
    Escalation {
        id,
        urgency: Urgency::default(),
        reason: None,
        fact_id: None,
        place: None,
        posted_by_name: None,
        posted_at: None,
        link: None,
        briefing: None,
        taken_by_name: None,
        taken_at: None,
        ended: None,
        ended_by_name: None,
        ended_at: None,
    }
}
