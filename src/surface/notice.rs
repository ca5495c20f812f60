//! Letting somebody know who can mend it when a place lets nothing in any more: a channel that was archived, or that
//! the bot was removed from.
//!
//! The team's admins are written to, once for each place and day; whoever posted an escalation that the team does not
//! see is told in the session's thread.

use serde::{Deserialize, Serialize};

use super::{Delivery, ThreadRef, Whisper, whisper};
use crate::Result;
use crate::queue::{Closed, Entry, Failure, Item, Receipt};
use crate::store::{CardId, TeamId, read};
use crate::team::{Workspace, accounts_of_admins};

const DAY: i64 = 24 * 3_600;

/// A card that could not be shown.
pub(super) struct NotShown<'a> {
    pub(super) team: TeamId,
    pub(super) card: CardId,
    /// What it is called.
    pub(super) title: &'a str,
    /// What its session is called.
    pub(super) session: &'a str,
    /// The session's thread.
    pub(super) thread: ThreadRef,
    /// Where it was to be shown.
    pub(super) place: &'a ThreadRef,
}

/// Words for one person, outside of any thread.
#[derive(Debug, Serialize, Deserialize)]
struct Notice {
    workspace: Workspace,
    to: String,
    text: String,
}

impl Delivery {
    /// Queues what has to be said about a closed place.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn tell_of(&self, closed: &Closed, not_shown: &NotShown<'_>) -> Result<()> {
        let workspace = not_shown.place.workspace();
        let mut entries = Vec::new();
        for to in accounts_of_admins(&self.engine.db, not_shown.team, &workspace).await? {
            entries.push(self.notice_to(to, &workspace, closed, not_shown));
        }
        if entries.is_empty() {
            tracing::warn!(place = closed.name, "no admin of the team has an account there to be told");
        }
        entries.extend(self.poster_of(not_shown).await?.map(|to| {
            let text = format!(
                "The team was not told of this escalation: nothing can be shown in {} ({}). To mend it: {}.",
                closed.name, closed.why, closed.cure
            );
            let told = Whisper { thread: not_shown.thread.clone(), to, text };
            whisper(Some(not_shown.team), &told, &format!("closed:{}", not_shown.card))
        }));
        let mut tx = self.engine.db.begin().await?;
        self.engine.outbox.push(&mut tx, &entries).await?;
        tx.commit().await?;
        self.engine.outbox.ring();
        Ok(())
    }

    fn notice_to(
        &self,
        to: String,
        workspace: &Workspace,
        closed: &Closed,
        not_shown: &NotShown<'_>,
    ) -> Entry {
        let Closed { place, name, why, cure } = closed;
        let day = self.engine.clock.now().as_secs().div_euclid(DAY);
        let at = format!("{}/{}", workspace.platform, workspace.external_id);
        let text = format!(
            "FlowPilot could not show something.\n\nWhat: \"{}\" of the session \"{}\"\n\nWhere: {name}\n\n\
             Why: {why}\n\nTo mend it: {cure}.\n\nWhatever else cannot be shown there today is not told again.",
            not_shown.title, not_shown.session
        );
        Entry {
            key: format!("notice:{at}/{place}/{day}/{to}"),
            team: Some(not_shown.team),
            lane: format!("{at}#{to}"),
            kind: "notice".to_owned(),
            payload: serde_json::json!(Notice { workspace: workspace.clone(), to, text }),
        }
    }

    /// The account of whoever posted the escalation that the card shows, where their thread is.
    async fn poster_of(&self, not_shown: &NotShown<'_>) -> Result<Option<String>> {
        Ok(read!(&self.engine.db, |c| {
            sqlx::query_scalar(
                "SELECT i.external_id FROM cards c JOIN escalations e ON e.id = c.subject \
                 JOIN identities i ON i.member_id = e.posted_by \
                 WHERE c.id = $1 AND c.team_id = $2 AND i.platform = $3 AND i.workspace = $4 LIMIT 1",
            )
            .bind(not_shown.card)
            .bind(not_shown.team)
            .bind(not_shown.thread.platform)
            .bind(&not_shown.thread.workspace)
            .fetch_optional(c)
            .await
        })?)
    }

    /// Writes to one person.
    ///
    /// # Errors
    /// What the surface answers; tried again by the outbox.
    pub async fn notice(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let Notice { workspace, to, text } = serde_json::from_value(item.payload.0.clone())
            .map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        if let (Some(surface), Some(team)) = (self.engine.surface(workspace.platform), item.team_id) {
            surface.write_to(team, &workspace.external_id, &to, &text, &item.key).await?;
        }
        Ok(receipt.complete_alone().await?)
    }
}
