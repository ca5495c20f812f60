//! Noting the files of a message with the turn that hears it, and following the message afterwards.

use std::fmt::Write as _;

use sqlx::QueryBuilder;

use super::AttachmentState;
use super::fetch::{self, TOO_LARGE};
use crate::Result;
use crate::session::SessionTx;
use crate::session::text::shorten;
use crate::store::{AttachmentId, MessageId, run};
use crate::surface::PostedFile;

/// Files of one message that are noted.
const OF_A_MESSAGE: usize = 20;
const LONGEST_NAME: usize = 200;

/// What a message says: its words, or what it is made of where it has none.
pub(crate) fn words(text: &str, files: &[PostedFile]) -> String {
    if text.trim().is_empty() && !files.is_empty() { named(files) } else { text.to_owned() }
}

/// The line of the transcript that names the files.
fn named(files: &[PostedFile]) -> String {
    let mut line = String::from("attached: ");
    for (n, file) in files.iter().take(OF_A_MESSAGE).enumerate() {
        let _ = write!(line, "{}{}", if n > 0 { ", " } else { "" }, name(file));
    }
    line
}

fn name(file: &PostedFile) -> String {
    let name = shorten(&crate::redact::secrets(&file.name), LONGEST_NAME);
    if name.is_empty() { "a file".to_owned() } else { name }
}

impl SessionTx {
    /// Notes the files of a message: the transcript names them, and each is fetched once this is committed. A file
    /// that the session knows already is not noted again.
    ///
    /// # Errors
    /// The database's.
    pub async fn attach(&mut self, external_ref: &str, files: &[PostedFile]) -> Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        let line = named(files);
        let message = match self.message_known(external_ref).await? {
            Some(message) => message,
            // Not every command's words are kept.
            None => self.heard(&line, Some(external_ref)).await?,
        };
        self.name_in_transcript(message, &line).await?;
        for file in files.iter().take(OF_A_MESSAGE) {
            self.want(message, file).await?;
        }
        Ok(())
    }

    /// Follows a message that was edited: the files that it has no more are deleted, the others stay.
    ///
    /// # Errors
    /// The database's.
    pub async fn reattach(&mut self, external_ref: &str, files: &[PostedFile]) -> Result<()> {
        let Some(message) = self.message_known(external_ref).await? else { return Ok(()) };
        self.detach(message, files).await?;
        self.attach(external_ref, files).await
    }

    /// Deletes the files of a message but these.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn detach(&mut self, message: MessageId, but: &[PostedFile]) -> Result<()> {
        let session = self.case().session.id;
        run!(self.unnoted(), |c| {
            let mut query = QueryBuilder::new("DELETE FROM attachments WHERE session_id = ");
            query.push_bind(session).push(" AND message_id = ").push_bind(message);
            if !but.is_empty() {
                query.push(" AND external_ref NOT IN (");
                let mut refs = query.separated(", ");
                for file in but {
                    refs.push_bind(&file.id);
                }
                query.push(")");
            }
            query.build().execute(c).await.map(|_| ())
        })?;
        Ok(())
    }

    async fn name_in_transcript(&mut self, message: MessageId, line: &str) -> Result<()> {
        run!(self.unnoted(), |c| {
            sqlx::query(
                "UPDATE messages SET text = CASE WHEN text = $1 THEN text ELSE text || $2 END WHERE id = $3",
            )
            .bind(line)
            .bind(format!("\n{line}"))
            .bind(message)
            .execute(c)
            .await
            .map(|_| ())
        })?;
        Ok(())
    }

    async fn want(&mut self, message: MessageId, file: &PostedFile) -> Result<()> {
        let (id, now) = (AttachmentId::new(&self.engine.clock), self.now);
        let (team, session) = (self.case().session.team_id, self.case().session.id);
        let most = self.engine.attachments.max_bytes;
        let state = match file.size {
            Some(size) if size > most => AttachmentState::TooLarge,
            _ => AttachmentState::Wanted,
        };
        let is_wanted = state == AttachmentState::Wanted;
        let noted = run!(self.unnoted(), |c| {
            sqlx::query(
                "INSERT INTO attachments (id, team_id, session_id, message_id, external_ref, name, state, reason, \
                 bytes, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                 ON CONFLICT (session_id, external_ref) DO NOTHING",
            )
            .bind(id)
            .bind(team)
            .bind(session)
            .bind(message)
            .bind(&file.id)
            .bind(name(file))
            .bind(state)
            .bind((!is_wanted).then_some(TOO_LARGE))
            .bind(file.size.map(|size| i64::try_from(size).unwrap_or(i64::MAX)))
            .bind(now)
            .execute(c)
            .await
            .map(|done| done.rows_affected())
        })?;
        if noted == 1 && is_wanted {
            let thread = self.case().session.thread_ref();
            self.effect(fetch::entry(team, &thread, id, file));
        }
        Ok(())
    }
}
