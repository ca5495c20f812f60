//! Turns of the thread, kept as the session's transcript. They are context, not facts: a note never cites them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SessionTx;
use crate::store::{Db, MemberId, MessageId, Page, PageRequest, SessionId, TeamId, read, run};
use crate::surface::{Card, CardKind};
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
    /// The words.
    pub text: String,
    /// When.
    pub created_at: Timestamp,
}

impl SessionTx {
    /// Records what a member said.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is empty or longer than 8,000 characters.
    pub async fn heard(&mut self, text: &str) -> Result<MessageId> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::invalid("text", "must not be empty"));
        }
        if text.chars().count() > LONGEST {
            return Err(Error::invalid("text", format!("must be at most {LONGEST} characters")));
        }
        let member = self.caller.member();
        self.write_message(MessageAuthor::Member, Some(member), &crate::redact::secrets(text)).await
    }

    /// Says something in the thread: the one new message of a turn that is not a question, a fix or a note.
    ///
    /// # Errors
    /// The database's.
    pub async fn say(&mut self, card: Card) -> Result<()> {
        let id = self.write_message(MessageAuthor::Copilot, None, &card.plain()).await?;
        self.said.push((CardKind::Notice, id.0, card));
        Ok(())
    }

    async fn write_message(
        &mut self,
        author: MessageAuthor,
        member: Option<MemberId>,
        text: &str,
    ) -> Result<MessageId> {
        let (id, now) = (MessageId::new(&self.engine.clock), self.now);
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        run!(self.unnoted(), |c| sqlx::query(
            "INSERT INTO messages (id, team_id, session_id, author, member_id, text, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(id)
        .bind(team)
        .bind(session)
        .bind(author)
        .bind(member)
        .bind(text)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))?;
        Ok(id)
    }
}

/// The transcript, oldest first.
///
/// # Errors
/// The database's.
pub async fn messages(db: &Db, team: TeamId, session: SessionId, page: PageRequest) -> Result<Page<Message>> {
    let rows: Vec<Message> = read!(db, |c| sqlx::query_as(
        "SELECT id, author, member_id, text, created_at FROM messages \
         WHERE team_id = $1 AND session_id = $2 AND ($3 IS NULL OR id > $3) ORDER BY id LIMIT $4"
    )
    .bind(team)
    .bind(session)
    .bind(page.after.map(|c| c.0))
    .bind(page.fetch())
    .fetch_all(c)
    .await)?;
    Ok(Page::from_rows(rows, &page, |m| m.id.0))
}
