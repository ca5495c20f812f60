//! Tokens that end: refreshed two hours before, by one process of the cluster at a time.
//!
//! A refresh token works once. Whoever refreshes holds a lease in the installation's row, and stores the new pair
//! before anybody uses it. A process that dies on the way leaves a lease that runs out.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use flowpilot::{Error, Result, Timestamp};
use tokio_util::sync::CancellationToken;

use super::api::{ApiError, Grant};
use super::store::{self, Lease};
use super::{Installation, Installations};

/// Refreshed when it ends sooner than this.
const EARLY: Duration = Duration::from_secs(2 * 3600);
/// Whoever needs a token waits for a new one when it ends sooner than this.
const SOON: Duration = Duration::from_secs(5 * 60);
/// Longer than every attempt of one refresh together.
const LEASE: Duration = Duration::from_secs(60);
const ATTEMPTS: usize = 2;
/// Between two looks for tokens that are due.
const LOOK: Duration = Duration::from_secs(10 * 60);
/// How long to wait for another process that refreshes.
const PATIENCE: Duration = Duration::from_secs(15);
const GLANCE: Duration = Duration::from_millis(250);

/// Whether the token is about to end, or has.
pub(super) fn ends_soon(installation: &Installation, now: Timestamp) -> bool {
    installation.expires_at.is_some_and(|ends| ends <= now.plus(SOON))
}

fn has_ended(installation: &Installation, now: Timestamp) -> bool {
    installation.expires_at.is_some_and(|ends| ends <= now)
}

impl Installations {
    /// Refreshes every token that is due. Returns how many were.
    ///
    /// # Errors
    /// The database's. What Slack refuses is in the log and does not stop the others.
    pub async fn refresh_due(&self) -> Result<usize> {
        let due = store::due(&self.0.engine, self.now().plus(EARLY)).await?;
        let mut refreshed = 0;
        for workspace in due {
            match self.refresh(&workspace).await {
                Ok(true) => refreshed += 1,
                Ok(false) => {}
                Err(error) => tracing::warn!(workspace, %error, "cannot refresh a Slack token; trying again"),
            }
        }
        Ok(refreshed)
    }

    /// Keeps every token fresh until it is told to stop.
    pub async fn keep_fresh(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(LOOK);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(error) = self.refresh_due().await {
                tracing::warn!(%error, "cannot look for Slack tokens that are due");
            }
        }
    }

    /// Waits for refreshes under way: tokens that Slack gives out now must still be stored. Before the database is
    /// closed.
    pub async fn finish(&self) {
        self.0.background.close();
        self.0.background.wait().await;
    }

    /// The installation with a token that works, after its token has all but ended. `None`: only installing it again
    /// helps.
    pub(super) async fn renewed(&self, old: Installation) -> Result<Option<Installation>> {
        let workspace = old.workspace.clone();
        let begun = tokio::time::Instant::now();
        let mut failed = None;
        loop {
            if let Err(error) = self.refresh(&workspace).await {
                failed = Some(error);
            }
            let Some(now) = store::find(&self.0.engine, &workspace).await? else { return Ok(None) };
            if !has_ended(&now, self.now()) {
                return Ok(Some(now));
            }
            if store::cannot_be_refreshed(&self.0.engine, &workspace).await? {
                return Ok(None);
            }
            if let Some(error) = failed {
                return Err(error);
            }
            if begun.elapsed() > PATIENCE {
                let detail = format!("the token of {} has ended and is being refreshed; try again", now.name);
                return Err(Error::Upstream { service: "Slack", detail });
            }
            // Another process holds the lease.
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Refreshes one token if it is due and nobody else does. In a task of its own: a caller who gives up waiting
    /// must not lose the tokens that Slack has just given.
    async fn refresh(&self, workspace: &str) -> Result<bool> {
        let (all, workspace) = (self.clone(), workspace.to_owned());
        let refresh = self.0.background.spawn(async move { all.refresh_now(&workspace).await });
        refresh.await.map_err(|e| Error::Internal(format!("refreshing a Slack token: {e}")))?
    }

    async fn refresh_now(&self, workspace: &str) -> Result<bool> {
        let (engine, asked_at) = (&self.0.engine, self.now());
        let owner = engine.clock.new_id();
        let lease =
            store::lease(engine, workspace, owner, asked_at.plus(LEASE), asked_at.plus(EARLY)).await?;
        let Some(lease) = lease else { return Ok(false) };
        let failed = match self.ask(&lease).await {
            Ok(grant) => return self.store(workspace, &lease, &grant, asked_at).await,
            Err(error) => error,
        };
        if let Failed::Refused(reason) = &failed {
            if store::refuse(engine, workspace, &lease).await? {
                tracing::error!(
                    workspace,
                    reason,
                    "Slack takes the refresh token no more; connect the workspace again with `flowpilot slack link`"
                );
            }
            return Ok(false);
        }
        store::release(engine, workspace, owner).await?;
        Err(failed.into())
    }

    async fn store(
        &self,
        workspace: &str,
        lease: &Lease,
        grant: &Grant,
        asked_at: Timestamp,
    ) -> Result<bool> {
        // Lost tokens cannot be asked for again, so a database that is busy is given some time.
        let stored = (async || store::renew(&self.0.engine, workspace, lease, grant, asked_at).await)
            .retry(ExponentialBuilder::default().with_max_times(5))
            .when(Error::may_pass)
            .await?;
        self.0.remembered.invalidate(workspace);
        tracing::info!(workspace, stored, "refreshed a Slack token");
        Ok(stored)
    }

    async fn ask(&self, lease: &Lease) -> Result<Grant, Failed> {
        let app = self.app()?;
        let token = lease.token(&self.0.engine)?;
        let asked = (async || self.0.api.refresh(app, &token).await)
            .retry(ExponentialBuilder::default().with_max_times(ATTEMPTS))
            .when(|error| matches!(error, ApiError::Unreachable(_)))
            .await;
        asked.map_err(|error| match error {
            ApiError::Refused(reason) if ends_it(&reason) => Failed::Refused(reason),
            other => Failed::Other(other.into()),
        })
    }
}

/// Why there are no new tokens.
enum Failed {
    /// The refresh token works no more.
    Refused(String),
    /// It may work next time.
    Other(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(reason) => Self::Upstream { service: "Slack", detail: reason },
            Failed::Other(error) => error,
        }
    }
}

/// Other refusals are about the app's own settings, and pass once those are right.
fn ends_it(reason: &str) -> bool {
    let ends = [
        "invalid_refresh_token",
        "invalid_grant",
        "token_revoked",
        "token_expired",
        "authorization_not_found",
        "account_inactive",
    ];
    ends.contains(&reason)
}
