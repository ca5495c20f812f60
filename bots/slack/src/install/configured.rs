//! A token that comes from the configuration: nothing of it is stored.

use std::sync::Arc;
use std::time::Duration;

use flowpilot::Result;
use flowpilot::store::TeamId;
use flowpilot::team::connect_workspace;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{AuthTest, Installation, Installations, workspace};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

impl Installations {
    /// Makes a configured token known, by what `auth.test` said of it. It comes before a stored one.
    ///
    /// # Errors
    /// [`flowpilot::Error::Conflict`] when the workspace belongs to another team; the database's.
    pub async fn configured(
        &self,
        team: TeamId,
        bot_token: &SecretString,
        answer: &AuthTest,
    ) -> Result<Arc<Installation>> {
        let engine = &self.0.engine;
        let id = answer.workspace();
        connect_workspace(&engine.db, &engine.clock, &workspace(id), team, &answer.team).await?;
        let installation = Arc::new(Installation {
            workspace: id.to_owned(),
            name: answer.team.clone(),
            team,
            bot_token: bot_token.clone(),
            bot_user: answer.user_id.clone(),
            app_id: answer.app_id.clone(),
            expires_at: None,
        });
        self.write_configured().insert(id.to_owned(), installation.clone());
        Ok(installation)
    }

    /// Asks Slack whose the configured token is and makes it known; tries again until Slack answers, or until `stop`.
    /// `None`, with the reason in the log, when the token cannot be used.
    pub async fn connect_configured(
        &self,
        team: TeamId,
        bot_token: &SecretString,
        stop: &CancellationToken,
    ) -> Option<Arc<Installation>> {
        let mut pause = FIRST_PAUSE;
        loop {
            let answer = stop.run_until_cancelled(self.0.api.auth_test(bot_token)).await?;
            let connected = match answer {
                Ok(answer) => self.configured(team, bot_token, &answer).await,
                Err(error) if error.may_pass() => Err(error.into()),
                Err(error) => {
                    tracing::error!(%error, "slack.bot_token cannot be used; `flowpilot doctor` says more");
                    return None;
                }
            };
            match connected {
                Ok(installation) => return Some(installation),
                Err(error) if error.may_pass() => {
                    tracing::warn!(%error, "Slack is not connected yet; trying again");
                }
                Err(error) => {
                    tracing::error!(%error, "slack.bot_token cannot be used");
                    return None;
                }
            }
            stop.run_until_cancelled(tokio::time::sleep(pause)).await?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
