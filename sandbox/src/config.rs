//! What a sandbox is started with.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use time::OffsetDateTime;

use crate::exchange::Listener;
use crate::seed::{MemberSeed, TicketSeed};

/// The API keys that clients must present, as an MSP's administrator would have made them.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The company that logs in, for example `acme`; compared without regard to case.
    pub company_id: String,
    /// Public half of the API key.
    pub public_key: String,
    /// Private half of the API key.
    pub private_key: String,
    /// The only accepted `clientId` header. `None` accepts any that is not empty.
    pub client_id: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("company_id", &self.company_id)
            .field("public_key", &self.public_key)
            .field("private_key", &"[hidden]")
            .field("client_id", &self.client_id)
            .finish()
    }
}

/// How note text comes back when it is read. Servers of different age differ in this, so a client has to
/// live with both. Text is stored as it was sent whatever is set here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoteTextRules {
    /// Put a backslash before Markdown punctuation (`.` comes back as `\.`).
    pub escape_punctuation: bool,
    /// Turn line breaks into single spaces.
    pub join_lines: bool,
}

/// Everything a [`Sandbox`](crate::Sandbox) needs to start. The default is an empty sandbox in memory on a
/// free port, with the keys `acme`, `public` and `private`.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Where to listen; must be a loopback address. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The keys that clients must present.
    pub credentials: Credentials,
    /// JSON file that keeps tickets and notes over restarts. `None` keeps them in memory.
    pub store: Option<PathBuf>,
    /// Tickets to have. Those whose id the store already knows are left as the store has them.
    pub tickets: Vec<TicketSeed>,
    /// Members to have besides the usual ones. Those whose login name the store already knows are left as they are.
    pub members: Vec<MemberSeed>,
    /// The page that the ticket screen frames, with `[cw_id]` and `[cw_screen]` in it: `http://localhost:8080/pod/demo`.
    pub pod_url: Option<String>,
    /// First part of every API path, with its trailing slash: `v2026_1/`.
    pub codebase: String,
    /// How note text comes back on reading.
    pub note_text: NoteTextRules,
    /// Hears of every request to the interface with its answer.
    pub listener: Option<Listener>,
    /// Where the time comes from.
    pub clock: fn() -> OffsetDateTime,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            credentials: Credentials {
                company_id: "acme".to_owned(),
                public_key: "public".to_owned(),
                private_key: "private".to_owned(),
                client_id: None,
            },
            store: None,
            tickets: Vec::new(),
            members: Vec::new(),
            pod_url: None,
            codebase: "v2026_1/".to_owned(),
            note_text: NoteTextRules::default(),
            listener: None,
            clock: system_time,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the sandbox reads the machine's clock")]
fn system_time() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// Whether `text` can stand before `apis/3.0` in a path: one segment and its trailing slash.
pub(crate) fn is_codebase(text: &str) -> bool {
    text.strip_suffix('/').is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
    })
}
