//! Turns of the thread, kept as the session's transcript. They are context, not facts: a note tells its problem
//! in them at most.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::SessionTx;
use crate::store::{Db, MemberId, MessageId, Page, PageRequest, SessionId, TeamId, read, run};
use crate::surface::{Card, CardKind, Heard};
use crate::{Error, Result, Timestamp};

/// The longest message we keep, in characters.
const LONGEST: usize = 8_000;

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum MessageAuthor {
    /// A member of the team.
    Member,
    /// The copilot.
    Copilot,
    /// FlowPilot itself: somebody paused the session, a note was posted.
    System,
}

/// One turn.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// What kind of author.
    pub author: MessageAuthor,
    /// Which member, for a member's.
    pub member_id: Option<MemberId>,
    /// The author's name: the member's, or the one on the platform of somebody who is none.
    pub author_name: Option<String>,
    /// The words.
    pub text: String,
    /// When.
    pub created_at: Timestamp,
}

impl SessionTx {
    /// Records what a member said, with the platform's id of the message where it has one.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is empty or longer than 8,000 characters.
    pub async fn heard(&mut self, text: &str, external_ref: Option<&str>) -> Result<MessageId> {
        let text = kept(text)?;
        let member = Some(self.caller.member());
        self.write_message(New {
            author: MessageAuthor::Member,
            member,
            name: None,
            external_ref,
            text: &text,
        })
        .await
    }

    /// Records what was written in the thread before the session began, as context. What is empty or too long to
    /// keep whole is left out or cut.
    ///
    /// # Errors
    /// The database's.
    pub async fn overheard(&mut self, heard: &Heard) -> Result<()> {
        let words = crate::attachment::words(&heard.text, &heard.files);
        let cut: String = words.trim().chars().take(LONGEST).collect();
        let Ok(text) = kept(&cut) else { return Ok(()) };
        let name = Some(heard.author_name.as_str());
        let external_ref = Some(heard.message.as_str());
        let author = MessageAuthor::Member;
        self.write_message(New { author, member: None, name, external_ref, text: &text }).await?;
        self.attach(&heard.message, &heard.files).await
    }

    /// Says something in the thread: the one new message of a turn that is not a question, a fix or a note.
    ///
    /// # Errors
    /// The database's.
    pub async fn say(&mut self, card: Card) -> Result<()> {
        self.show(MessageAuthor::Copilot, card).await.map(drop)
    }

    /// Shows an answer as a card, where it could not be shown while it grew.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn show_answer(&mut self, card: Card) -> Result<MessageId> {
        self.show(MessageAuthor::Copilot, card).await
    }

    /// Says what happened to the session as a whole.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn announce(&mut self, card: Card) -> Result<()> {
        self.show(MessageAuthor::System, card).await.map(drop)
    }

    async fn show(&mut self, author: MessageAuthor, card: Card) -> Result<MessageId> {
        let text = card.plain();
        let id = self
            .write_message(New { author, member: None, name: None, external_ref: None, text: &text })
            .await?;
        self.said.push((CardKind::Notice, id.0, card));
        Ok(id)
    }

    /// Records what the copilot wrote in the thread by another way than a card.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn wrote(&mut self, text: &str) -> Result<MessageId> {
        let author = MessageAuthor::Copilot;
        self.write_message(New { author, member: None, name: None, external_ref: None, text }).await
    }

    /// A message that is known already (it was there before the session began) takes the new words.
    async fn write_message(&mut self, new: New<'_>) -> Result<MessageId> {
        let (id, now) = (MessageId::new(&self.engine.clock), self.now);
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        Ok(run!(self.unnoted(), |c| {
            sqlx::query_scalar(
                "INSERT INTO messages (id, team_id, session_id, author, member_id, author_name, external_ref, text, \
                 created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                 ON CONFLICT (session_id, external_ref) WHERE external_ref IS NOT NULL \
                 DO UPDATE SET text = excluded.text RETURNING id",
            )
            .bind(id)
            .bind(team)
            .bind(session)
            .bind(new.author)
            .bind(new.member)
            .bind(new.name)
            .bind(new.external_ref)
            .bind(new.text)
            .bind(now)
            .fetch_one(c)
            .await
        })?)
    }
}

/// A message to write down.
struct New<'a> {
    author: MessageAuthor,
    member: Option<MemberId>,
    name: Option<&'a str>,
    external_ref: Option<&'a str>,
    text: &'a str,
}

/// A message as it is kept: trimmed, bounded, without secrets.
///
/// # Errors
/// [`Error::Invalid`] when it is empty or longer than 8,000 characters.
pub(super) fn kept(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid("text", "must not be empty"));
    }
    if text.chars().count() > LONGEST {
        return Err(Error::invalid("text", format!("must be at most {LONGEST} characters")));
    }
    Ok(crate::redact::secrets(text))
}

/// The transcript, oldest first.
///
/// # Errors
/// The database's.
pub async fn messages(db: &Db, team: TeamId, session: SessionId, page: PageRequest) -> Result<Page<Message>> {
    let rows: Vec<Message> = read!(db, |c| {
        sqlx::query_as(
        "SELECT m.id, m.author, m.member_id, COALESCE(m.author_name, p.name) AS author_name, m.text, m.created_at \
         FROM messages m LEFT JOIN members p ON p.id = m.member_id WHERE m.team_id = $1 AND m.session_id = $2 \
         AND m.removed_at IS NULL AND ($3 IS NULL OR m.id > $3) ORDER BY m.id LIMIT $4"
    )
    .bind(team)
    .bind(session)
    .bind(page.after.map(|c| c.0))
    .bind(page.fetch())
    .fetch_all(c)
    .await
    })?;
    Ok(Page::from_rows(rows, &page, |m| m.id.0))
}

/// The newest turns before a moment, oldest first: of those that were recorded before the row with this id was made.
///
/// # Errors
/// The database's.
pub(crate) async fn turns_before(
    db: &Db,
    team: TeamId,
    session: SessionId,
    before: Uuid,
    most: i64,
) -> Result<Vec<Message>> {
    let mut rows: Vec<Message> = read!(db, |c| {
        sqlx::query_as(
        "SELECT m.id, m.author, m.member_id, COALESCE(m.author_name, p.name) AS author_name, m.text, m.created_at \
         FROM messages m LEFT JOIN members p ON p.id = m.member_id WHERE m.team_id = $1 AND m.session_id = $2 \
         AND m.removed_at IS NULL AND m.id < $3 ORDER BY m.id DESC LIMIT $4"
    )
    .bind(team)
    .bind(session)
    .bind(before)
    .bind(most)
    .fetch_all(c)
    .await
    })?;
    rows.reverse();
    Ok(rows)
}
