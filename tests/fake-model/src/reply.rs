//! What the model answers, and how it misbehaves.

use std::time::Duration;

/// How an answer ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With this reason, in the words of Anthropic.
    Stop(&'static str),
    /// The connection is closed without an end.
    Cut,
    /// With an error of this kind.
    Error(&'static str),
    /// Not at all: nothing more comes, and the connection stays.
    Hang,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: Option<String>,
    pub(crate) hangs: bool,
    pub(crate) form: Option<&'static str>,
    /// Sent as they are, instead of an answer.
    pub(crate) raw: Option<Vec<u8>>,
    pub(crate) pieces: Vec<String>,
    /// Whether each character is a piece of its own.
    pub(crate) spelled: bool,
    pub(crate) pause: Duration,
    /// Bytes at once.
    pub(crate) at_once: usize,
    /// Tools that are called behind the text: name and input.
    pub(crate) calls: Vec<(String, String)>,
    pub(crate) end: End,
    pub(crate) repeats_prompt: bool,
    /// Tokens: read, written, read from the cache, written to it.
    pub(crate) counts: [u64; 4],
}

impl Reply {
    /// This text, in one piece.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::pieces(&[text])
    }

    /// A text in these pieces.
    #[must_use]
    pub fn pieces(pieces: &[&str]) -> Self {
        Self {
            status: None,
            retry_after: None,
            hangs: false,
            form: None,
            raw: None,
            pieces: pieces.iter().map(|piece| (*piece).to_owned()).collect(),
            spelled: false,
            pause: Duration::ZERO,
            at_once: usize::MAX,
            calls: Vec::new(),
            end: End::Stop("end_turn"),
            repeats_prompt: false,
            counts: [100, 20, 0, 0],
        }
    }

    /// A refusal with this HTTP status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status: Some(status), ..Self::pieces(&[]) }
    }

    /// No answer at all, on an open connection.
    #[must_use]
    pub fn hang() -> Self {
        Self { hangs: true, ..Self::pieces(&[]) }
    }

    /// These bytes instead of an answer.
    #[must_use]
    pub fn raw(bytes: &[u8]) -> Self {
        Self { raw: Some(bytes.to_vec()), ..Self::pieces(&[]) }
    }

    /// Everything that it was told, as its own words: the most obedient model there is.
    #[must_use]
    pub fn obedient() -> Self {
        Self { repeats_prompt: true, ..Self::pieces(&[]) }
    }

    /// Calling a tool behind the text, with this JSON; its input comes in fragments of a few characters.
    #[must_use]
    pub fn calling(mut self, tool: &str, input: &str) -> Self {
        self.calls.push((tool.to_owned(), input.to_owned()));
        self.stopping("tool_use")
    }

    /// With this word on when to try again.
    #[must_use]
    pub fn retry_after(self, seconds: &str) -> Self {
        Self { retry_after: Some(seconds.to_owned()), ..self }
    }

    /// With this pause before each piece.
    #[must_use]
    pub fn slowly(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// One character at a time.
    #[must_use]
    pub fn spelled(self) -> Self {
        Self { spelled: true, ..self }
    }

    /// Cut into so many bytes at once, also within characters.
    #[must_use]
    pub fn chopped(self, at_once: usize) -> Self {
        Self { at_once: at_once.max(1), ..self }
    }

    /// Ending for this reason, in the words of Anthropic: `max_tokens`, `refusal`, ….
    #[must_use]
    pub fn stopping(self, reason: &'static str) -> Self {
        Self { end: End::Stop(reason), ..self }
    }

    /// Without an end.
    #[must_use]
    pub fn cut(self) -> Self {
        Self { end: End::Cut, ..self }
    }

    /// Ending with an error: `overloaded_error`, ….
    #[must_use]
    pub fn broken(self, error: &'static str) -> Self {
        Self { end: End::Error(error), ..self }
    }

    /// Falling silent instead of ending.
    #[must_use]
    pub fn silent(self) -> Self {
        Self { end: End::Hang, ..self }
    }

    /// With this content type.
    #[must_use]
    pub fn of_form(self, form: &'static str) -> Self {
        Self { form: Some(form), ..self }
    }

    /// With these counts: tokens read, written, read from the cache, written to it.
    #[must_use]
    pub fn counting(self, counts: [u64; 4]) -> Self {
        Self { counts, ..self }
    }
}
