//! Effects that answer one person, and whose words are found only when they are told: how the connections stand, and a
//! code that is stored nowhere but as a hash.

use serde::{Deserialize, Serialize};

use super::{Delivery, Inbound, ThreadRef, Whisper, whisper};
use crate::health;
use crate::queue::{Entry, Failure, Item, Receipt};
use crate::store::TeamId;
use crate::team::{Author, code_for_account};

/// Who asked, and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked {
    thread: ThreadRef,
    author: Author,
}

fn entry(team: TeamId, inbound: &Inbound, kind: &str) -> Entry {
    let asked = Asked { thread: inbound.thread.clone(), author: inbound.author.clone() };
    Entry {
        key: format!("{kind}:{}", inbound.key),
        team: Some(team),
        // What takes its time holds neither the thread's cards up nor each other.
        lane: format!("{}#{kind}:{}", inbound.thread.lane(), inbound.author.external_id),
        kind: kind.to_owned(),
        payload: serde_json::json!(asked),
    }
}

/// The effect that checks the connections and tells who asked.
pub(crate) fn checkup(team: TeamId, inbound: &Inbound) -> Entry {
    entry(team, inbound, "checkup")
}

/// The effect that makes a one-time code for the account that asked, and tells it.
pub(crate) fn link_code(team: TeamId, inbound: &Inbound) -> Entry {
    entry(team, inbound, "link_code")
}

fn asked(item: &Item) -> Result<Asked, Failure> {
    serde_json::from_value(item.payload.0.clone()).map_err(|e| Failure::Dead(format!("payload: {e}")))
}

impl Delivery {
    /// Checks the connections, and tells who asked.
    ///
    /// # Errors
    /// As [`Delivery::card`].
    pub async fn checkup(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let Asked { thread, author } = asked(item)?;
        let Some(team) = item.team_id else { return Ok(receipt.complete_alone().await?) };
        let text = health::told(&health::checkup(&self.engine, team, &thread).await);
        let told = Whisper { thread, to: author.external_id, text };
        self.instead(receipt, whisper(Some(team), &told, &item.key)).await
    }

    /// Makes a one-time code, and tells it to the account that asked. The code is made here so that no queue holds it;
    /// a second attempt makes another.
    ///
    /// # Errors
    /// As [`Delivery::card`].
    pub async fn link_code(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let Asked { thread, author } = asked(item)?;
        if let (Some(surface), Some(team)) = (self.engine.surface(thread.platform), item.team_id) {
            // The member is told whose account it is that they confirmed; without a name it is the platform's id.
            let known = surface.introduce(team, &thread.workspace, author.clone()).await.unwrap_or(author);
            let code = code_for_account(&self.engine, team, &thread.workspace(), &known).await?;
            let text = format!(
                "Write `link {code}` to FlowPilot from the account that is a member already, within ten minutes: this \
                 account then acts as that member. The code works once."
            );
            surface.whisper(team, &thread, &known.external_id, &text, &item.key).await?;
        }
        Ok(receipt.complete_alone().await?)
    }
}
