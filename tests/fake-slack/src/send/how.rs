//! In which ways a delivery can come.

use std::time::Duration;

use serde_json::Value;

/// How a delivery is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signature {
    /// With the signing secret.
    #[default]
    Valid,
    /// With another secret.
    Forged,
    /// With the signing secret, six minutes ago.
    Stale,
    /// With the signing secret, six minutes from now.
    Early,
    /// Not at all.
    Missing,
    /// With the signing secret, but for another body.
    OtherBody,
}

/// How what people do is delivered. The default is as Slack does on a good day.
#[derive(Clone, Debug)]
pub struct How {
    /// How it is signed.
    pub signature: Signature,
    /// Whether a mention also comes as a `message` event, with another id.
    pub twin: bool,
    /// How often an event comes again although it was acknowledged, with the same id.
    pub redeliveries: usize,
    /// How often an event comes again with a new id.
    pub new_ids: usize,
    /// How often an event that was not acknowledged is tried again. Slack does so three times.
    pub retries: usize,
    /// How long it waits before each of these.
    pub retry_pause: Duration,
    /// Metadata on the message.
    pub metadata: Option<Value>,
    /// Files with the message.
    pub files: Vec<Value>,
    /// Whether events name no workspace, only the organisation.
    pub without_team: bool,
}

impl Default for How {
    fn default() -> Self {
        Self {
            signature: Signature::Valid,
            twin: true,
            redeliveries: 0,
            new_ids: 0,
            retries: 0,
            retry_pause: Duration::ZERO,
            metadata: None,
            files: Vec::new(),
            without_team: false,
        }
    }
}

impl How {
    /// Signed in this way.
    #[must_use]
    pub fn signed(signature: Signature) -> Self {
        Self { signature, ..Self::default() }
    }

    /// Signed with another secret.
    #[must_use]
    pub fn forged() -> Self {
        Self::signed(Signature::Forged)
    }

    /// Signed six minutes ago.
    #[must_use]
    pub fn stale() -> Self {
        Self::signed(Signature::Stale)
    }

    /// Not signed.
    #[must_use]
    pub fn unsigned() -> Self {
        Self::signed(Signature::Missing)
    }

    /// Delivered so many times more, with the same id.
    #[must_use]
    pub fn redelivered(mut self, times: usize) -> Self {
        self.redeliveries = times;
        self
    }

    /// Delivered so many times more, with new ids.
    #[must_use]
    pub fn under_new_ids(mut self, times: usize) -> Self {
        self.new_ids = times;
        self
    }

    /// Without the `message` event of a mention.
    #[must_use]
    pub fn without_twin(mut self) -> Self {
        self.twin = false;
        self
    }

    /// Tried again so many times, with a pause, until it is acknowledged.
    #[must_use]
    pub fn retried(mut self, times: usize, pause: Duration) -> Self {
        self.retries = times;
        self.retry_pause = pause;
        self
    }

    /// With events that name no workspace, as of an installation for an organisation.
    #[must_use]
    pub fn without_team(mut self) -> Self {
        self.without_team = true;
        self
    }

    /// With this metadata on the message.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Value) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// With these files on the message.
    #[must_use]
    pub fn with_files(mut self, files: Vec<Value>) -> Self {
        self.files = files;
        self
    }
}
