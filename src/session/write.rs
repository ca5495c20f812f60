//! The one way to write a session.

use std::sync::Arc;

use sqlx::types::Json;
use uuid::Uuid;

use super::{Case, Session};
use crate::copilot::cards::Elsewhere;
use crate::queue::{Entry, Receipt};
use crate::store::{CardId, SessionId, StateVersion, Tx, run};
use crate::surface::{Card, CardKind, ThreadRef, card_entry};
use crate::team::Caller;
use crate::{Engine, Error, Result, Timestamp};

/// A session, locked for this caller, with the transaction that changes it. Dropped without
/// [`SessionTx::commit`] it leaves no trace.
pub struct SessionTx {
    pub(crate) engine: Engine,
    pub(crate) caller: Caller,
    pub(crate) case: Case,
    pub(crate) now: Timestamp,
    tx: Tx,
    /// Whether something changed that a note could mention.
    changed: bool,
    /// Effects to queue with the commit.
    effects: Vec<Entry>,
    /// Notices of this turn.
    pub(super) said: Vec<(CardKind, Uuid, Card)>,
    /// A session of this very transaction begins at version 0, whatever its first turn adds.
    is_new: bool,
}

/// A card as it was drawn last.
#[derive(sqlx::FromRow)]
struct Drawn {
    id: CardId,
    kind: CardKind,
    subject: Uuid,
    content: Json<Card>,
    revision: i64,
}

/// Where a card is shown: in the session's thread, or in another place, there below another card's message or not.
#[derive(Clone, Copy, Default)]
struct At<'a> {
    place: Option<&'a ThreadRef>,
    below: Option<CardId>,
}

/// A session to change, with the version of it that the caller decided on, where that matters to them.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Which session.
    pub session: SessionId,
    /// Any version without.
    pub version: Option<StateVersion>,
}

impl From<SessionId> for Seen {
    fn from(session: SessionId) -> Self {
        Self { session, version: None }
    }
}

impl SessionId {
    /// This session, as long as it is at this version.
    #[must_use]
    pub fn seen_at(self, version: Option<StateVersion>) -> Seen {
        Seen { session: self, version }
    }
}

impl Engine {
    /// Locks a session to change it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the caller's team has no such session; [`Error::Forbidden`] for viewers;
    /// [`Error::Conflict`] when it is not at the version that the caller has seen.
    pub async fn change_session(&self, caller: &Caller, session: impl Into<Seen>) -> Result<SessionTx> {
        let Seen { session: id, version } = session.into();
        caller.must_work()?;
        let mut tx = self.db.begin().await?;
        // Touching the row takes its lock on PostgreSQL; on SQLite the writer is ours already.
        let session: Option<Session> = run!(&mut tx, |c| {
            sqlx::query_as(
            "UPDATE sessions SET state_version = state_version WHERE team_id = $1 AND id = $2 \
             RETURNING id, team_id, title, status, status_reason, platform, workspace, thread, connection_id, \
             ticket_id, ticket, owner_id, state_version, created_at, updated_at, closed_at"
        )
        .bind(caller.team())
        .bind(id)
        .fetch_optional(c)
        .await
        })?;
        let case = Case::of(&mut tx, &self.flows, session.ok_or(Error::NotFound("session"))?).await?;
        let tx = SessionTx::begin(self.clone(), caller.clone(), case, tx, false);
        version.map_or(Ok(()), |seen| tx.expect_version(seen))?;
        Ok(tx)
    }
}

impl SessionTx {
    pub(super) fn begin(engine: Engine, caller: Caller, case: Case, tx: Tx, is_new: bool) -> Self {
        let now = engine.clock.now();
        Self { engine, caller, case, now, tx, changed: false, effects: Vec::new(), said: Vec::new(), is_new }
    }

    /// The session as it is within this transaction.
    #[must_use]
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// The transaction, for a write that a note could mention: the state version will count it.
    pub(crate) fn noted(&mut self) -> &mut Tx {
        self.changed = true;
        &mut self.tx
    }

    /// The transaction, for a read, or a write that no note could mention (a message, a card, a status).
    pub(crate) fn unnoted(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Queues an effect that is performed if, and only if, this transaction commits.
    pub(crate) fn effect(&mut self, entry: Entry) {
        self.effects.push(entry);
    }

    /// The version that the session will have once this is committed.
    #[must_use]
    pub fn version_after(&self) -> StateVersion {
        let version = self.case.session.state_version;
        if self.changed && !self.is_new { version.next() } else { version }
    }

    /// Refuses to go on unless the session is at the version that the caller has seen.
    ///
    /// # Errors
    /// [`Error::Conflict`] naming both versions.
    pub fn expect_version(&self, seen: StateVersion) -> Result<()> {
        let current = self.case.session.state_version;
        if seen == current {
            return Ok(());
        }
        Err(Error::Conflict(format!(
            "the session has moved on: you saw version {seen}, it is at version {current}; look again"
        )))
    }

    /// Refuses to go on in a session that has ended.
    ///
    /// # Errors
    /// [`Error::Conflict`] saying how to take it up again.
    pub fn must_be_open(&self) -> Result<()> {
        let status = self.case.session.status;
        if status.is_closed() {
            return Err(Error::Conflict(format!("this session is {status}; resume it to work on it again")));
        }
        Ok(())
    }

    /// Makes everything lasting at once: the changes, the counted version, the redrawn cards, the effects, and
    /// the inbox item (if it came from one). Answers with the session as it is now.
    ///
    /// # Errors
    /// The database's, or [`Error::LeaseLost`] when the inbox item's lane is another worker's; nothing is changed then.
    pub async fn commit(mut self, receipt: Option<&Receipt>) -> Result<Session> {
        self.case.session.state_version = self.version_after();
        self.case.session.updated_at = self.now;
        self.settle_escalation().await?;
        if let Some(kind) = self.case.open_note().map(|note| note.kind) {
            self.have_written(kind, self.case.session.state_version).await?;
        }
        self.write_session().await?;
        self.draw_cards().await?;
        let effects = std::mem::take(&mut self.effects);
        self.engine.outbox.push(&mut self.tx, &effects).await?;
        if let Some(receipt) = receipt {
            receipt.complete(&mut self.tx).await?;
        }
        self.tx.commit().await?;
        self.engine.committed(&self.case.session, !effects.is_empty());
        Ok(self.case.session)
    }

    async fn write_session(&mut self) -> Result<()> {
        let session = &self.case.session;
        run!(&mut self.tx, |c| {
            sqlx::query(
            "UPDATE sessions SET title = $1, status = $2, status_reason = $3, state_version = $4, updated_at = $5, \
             closed_at = $6, owner_id = $7 WHERE id = $8"
        )
        .bind(&session.title)
        .bind(session.status)
        .bind(&session.status_reason)
        .bind(session.state_version)
        .bind(session.updated_at)
        .bind(session.closed_at)
        .bind(session.owner_id)
        .bind(session.id)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        Ok(())
    }

    /// Brings the thread's cards in step with the state: cards are a function of the case file, so whoever
    /// changed it, and from where, the thread shows it.
    async fn draw_cards(&mut self) -> Result<()> {
        let session = self.case.session.id;
        let drawn: Vec<Drawn> = run!(&mut self.tx, |c| sqlx::query_as(
            "SELECT id, kind, subject, content, revision FROM cards WHERE session_id = $1"
        )
        .bind(session)
        .fetch_all(c)
        .await)?;
        let mut wanted = crate::copilot::cards::draw(&self.case)?;
        wanted.append(&mut self.said);
        for (kind, subject, card) in wanted {
            self.draw_card(&drawn, (kind, subject), card, At::default()).await?;
        }
        for Elsewhere { subject, place, card, briefing } in crate::copilot::cards::elsewhere(&self.case) {
            let at = At { place: Some(&place), below: None };
            let below = self.draw_card(&drawn, (CardKind::Escalation, subject), card, at).await?;
            let at = At { place: Some(&place), below: Some(below) };
            self.draw_card(&drawn, (CardKind::Note, subject), briefing, at).await?;
        }
        Ok(())
    }

    /// Brings one card in step; answers with its id.
    async fn draw_card(
        &mut self,
        drawn: &[Drawn],
        (kind, subject): (CardKind, Uuid),
        card: Card,
        at: At<'_>,
    ) -> Result<CardId> {
        match drawn.iter().find(|d| d.kind == kind && d.subject == subject) {
            Some(old) => {
                if old.content.0 != card {
                    self.redraw(old.id, old.revision + 1, card, at.place).await?;
                }
                Ok(old.id)
            }
            None => self.new_card(kind, subject, card, at).await,
        }
    }

    async fn new_card(
        &mut self,
        kind: CardKind,
        subject: Uuid,
        card: Card,
        At { place, below }: At<'_>,
    ) -> Result<CardId> {
        let (id, now) = (CardId::new(&self.engine.clock), self.now);
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        run!(&mut self.tx, |c| {
            sqlx::query(
            "INSERT INTO cards (id, team_id, session_id, kind, subject, content, revision, delivered_revision, \
             created_at, updated_at, place, below) VALUES ($1, $2, $3, $4, $5, $6, 1, 0, $7, $7, $8, $9)"
        )
        .bind(id)
        .bind(team)
        .bind(session)
        .bind(kind)
        .bind(subject)
        .bind(Json(&card))
        .bind(now)
        .bind(place.map(Json))
        .bind(below)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        self.deliver(id, 1, place);
        Ok(id)
    }

    /// Replaces what a card of the session's thread shows.
    pub(crate) async fn redraw_card(&mut self, id: CardId, revision: i64, card: Card) -> Result<()> {
        self.redraw(id, revision, card, None).await
    }

    async fn redraw(
        &mut self,
        id: CardId,
        revision: i64,
        card: Card,
        place: Option<&ThreadRef>,
    ) -> Result<()> {
        let now = self.now;
        run!(&mut self.tx, |c| sqlx::query(
            "UPDATE cards SET content = $1, revision = $2, updated_at = $3 WHERE id = $4"
        )
        .bind(Json(&card))
        .bind(revision)
        .bind(now)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        self.deliver(id, revision, place);
        Ok(())
    }

    fn deliver(&mut self, id: CardId, revision: i64, place: Option<&ThreadRef>) {
        let session = &self.case.session;
        let (platform, lane) = match place {
            // A lane of its own: a channel that refuses holds up neither the thread nor other sessions.
            Some(place) => (place.platform, format!("{}#{}", place.lane(), session.id)),
            None => (session.platform, session.thread_ref().lane()),
        };
        if self.engine.surface(platform).is_some() {
            self.effects.push(card_entry(session.team_id, lane, id, revision));
        }
    }

    /// A flow's document, remembered for drawing the steps of this session.
    pub(crate) async fn document(
        &mut self,
        flow: crate::store::FlowId,
        version: i64,
    ) -> Result<Arc<crate::flow::Document>> {
        if let Some(document) = self.case.documents.get(&(flow, version)) {
            return Ok(Arc::clone(document));
        }
        let team = self.case.session.team_id;
        let engine = self.engine.clone();
        let found = engine.flows.documents(&mut self.tx, team, &[(flow, version)]).await?;
        self.case.documents.extend(found);
        Ok(Arc::clone(self.case.document(flow, version)?))
    }
}
