//! Links to sessions: the one place that knows how such an address looks.
//!
//! A link tells nothing but the session's id. Whoever opens it is sent to where the session lives, which shows it to
//! those who may see it.

use crate::store::{Db, SessionId, read};
use crate::surface::ThreadRef;
use crate::{Engine, Result};

/// The path of links below the public address, as a router takes it.
pub const LINK_PATH: &str = "/s/{id}";
/// The same before the id.
const BEFORE_ID: &str = "/s/";

/// The address of a session below this public address.
#[must_use]
pub fn link(public_url: &str, id: SessionId) -> String {
    format!("{}{BEFORE_ID}{id}", public_url.trim_end_matches('/'))
}

/// The session that this address is the link to.
#[must_use]
pub fn linked(public_url: &str, address: &str) -> Option<SessionId> {
    let below = address.strip_prefix(public_url.trim_end_matches('/'))?.strip_prefix(BEFORE_ID)?;
    below.split(['?', '#']).next()?.parse().ok()
}

impl Engine {
    /// The link to a session; none while the installation has no public address.
    #[must_use]
    pub fn link(&self, id: SessionId) -> Option<String> {
        self.public_url().map(|url| link(url, id))
    }

    /// The session that this address is the link to.
    #[must_use]
    pub fn linked(&self, address: &str) -> Option<SessionId> {
        linked(self.public_url()?, address)
    }
}

/// Where a session lives, whosever it is: for its link, which tells nobody more than where to ask.
///
/// # Errors
/// The database's.
pub async fn place(db: &Db, id: SessionId) -> Result<Option<ThreadRef>> {
    let found =
        read!(db, |c| sqlx::query_as("SELECT platform, workspace, thread FROM sessions WHERE id = $1")
            .bind(id)
            .fetch_optional(c)
            .await)?;
    Ok(found.map(|(platform, workspace, thread)| ThreadRef { platform, workspace, thread }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> SessionId {
        "01938f3e-0000-7000-8000-000000000001".parse().unwrap()
    }

    #[test]
    fn a_link_is_read_back_whatever_hangs_behind_it() {
        let url = link("https://msp.example.com/flowpilot/", id());
        assert_eq!(url, "https://msp.example.com/flowpilot/s/01938f3e-0000-7000-8000-000000000001");
        for more in ["", "?utm_source=mail", "#top"] {
            assert_eq!(linked("https://msp.example.com/flowpilot", &format!("{url}{more}")), Some(id()));
        }
    }

    #[test]
    fn what_is_elsewhere_is_no_link() {
        let here = "https://flowpilot.example.com";
        for other in [
            "https://flowpilot.example.com.evil.example/s/01938f3e-0000-7000-8000-000000000001",
            "https://flowpilot.example.com/s/7",
            "https://flowpilot.example.com/s/01938f3e-0000-7000-8000-000000000001/x",
            "https://flowpilot.example.com/",
        ] {
            assert_eq!(linked(here, other), None, "{other}");
        }
    }
}
