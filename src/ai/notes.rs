//! What stands below an answer: who wrote it, or why it ended early.

/// How an answer came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// It is whole.
    Whole,
    /// Somebody did not want to read on; without a name where the platform does not tell it in time.
    Stopped(Option<String>),
    /// Whoever writes gave up.
    Failed(String),
    /// The process that wrote it ended before.
    CutOff,
    /// It grew past what is kept.
    TooLong,
    /// Nobody is there to write.
    Nobody,
    /// Whoever writes cannot be reached, and nothing was written: the guided work goes on.
    Unavailable(String),
}

impl End {
    /// The line for it; empty for an answer that is whole.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Whole => String::new(),
            Self::Stopped(Some(by)) => format!("Stopped by {by}"),
            Self::Stopped(None) => "Stopped".to_owned(),
            Self::Failed(why) => {
                let why = crate::redact::secrets(why.trim().trim_end_matches('.'));
                format!("The answer ended early: {why}. Ask again, or go on with the flow.")
            }
            Self::CutOff => {
                "The answer was cut off here, FlowPilot was restarted. Ask again for a whole one.".to_owned()
            }
            Self::TooLong => {
                "The answer is longer than what is shown here. Ask for the part that matters.".to_owned()
            }
            Self::Unavailable(why) => unavailable(why),
            Self::Nobody => {
                "No AI model is connected any more, so nobody answers. `flow` lists what the library has."
                    .to_owned()
            }
        }
    }
}

/// What is said where no model answers and the guided work goes on.
pub(super) fn unavailable(why: &str) -> String {
    format!("{}, so this is the guided copilot.", no_answer(why))
}

/// The beginning of a sentence: that no model answers, and why.
pub(super) fn no_answer(why: &str) -> String {
    let why = crate::redact::secrets(why.trim().trim_end_matches('.'));
    format!("The AI model gives no answer just now ({why})")
}

/// What is shown below a text that ended so.
pub(super) fn below(ending: &str, author: &str) -> String {
    if ending.is_empty() {
        format!("Written by {author}, not confirmed by anybody. What you confirm, record with `fact: TEXT`.")
    } else {
        ending.to_owned()
    }
}

/// What is kept in the transcript: the text, with how it ended where that was early.
pub(super) fn kept(text: &str, ending: &str) -> String {
    let parts = [text.trim(), ending];
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_said_without_secrets_and_with_what_can_be_done() {
        let line = End::Failed("401 for password: Hunter2!x.".to_owned()).line();
        assert!(
            line.contains("[PASSWORD#1]") && line.ends_with("Ask again, or go on with the flow."),
            "{line}"
        );
    }

    #[test]
    fn the_transcript_says_where_an_answer_ended_early() {
        assert_eq!(kept("Restart the \n", "Stopped by Ada"), "Restart the\n\nStopped by Ada");
        assert_eq!(kept("", "Stopped by Ada"), "Stopped by Ada");
        assert_eq!(kept("Restart it.", ""), "Restart it.");
    }
}
