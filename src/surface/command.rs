//! The one table of commands: words that do what buttons do, on every surface.

use serde::Serialize;
use utoipa::ToSchema;

use crate::team::is_code;

/// What a command does. Arguments follow as text.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, strum::Display, strum::EnumString, strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "the table below says what each one does")]
pub enum Command {
    Start,
    Status,
    Facts,
    CatchUp,
    Ask,
    Stop,
    Sessions,
    Fact,
    Check,
    Skip,
    Flow,
    Back,
    Undo,
    Fix,
    Apply,
    Draft,
    Build,
    Dismiss,
    Worked,
    Partly,
    Failed,
    Pending,
    Script,
    Resolve,
    Post,
    Time,
    Cancel,
    Escalate,
    Pause,
    Resume,
    Waiting,
    Abandon,
    Share,
    Link,
    Unlink,
    Doctor,
    Help,
}

impl Command {
    /// Whether it is about a session; the others can be said anywhere.
    #[must_use]
    pub fn needs_session(self) -> bool {
        !matches!(
            self,
            Self::Start | Self::Ask | Self::Sessions | Self::Link | Self::Unlink | Self::Doctor | Self::Help
        )
    }

    /// Whether only who asks is answered, and the session stays as it is.
    #[must_use]
    pub fn is_aside(self) -> bool {
        matches!(
            self,
            Self::Status
                | Self::Facts
                | Self::CatchUp
                | Self::Sessions
                | Self::Share
                | Self::Link
                | Self::Unlink
                | Self::Doctor
                | Self::Help
        )
    }
}

/// A command with its words for help.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommandSpec {
    /// What it does.
    #[serde(skip)]
    pub command: Command,
    /// The word.
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
}

impl CommandSpec {
    /// How it is written everywhere: not every platform lets a slash through.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self.usage.split_once(' ') {
            Some((word, what)) => format!("{word}: {what}"),
            None => self.usage.to_owned(),
        }
    }
}

const fn spec(
    command: Command,
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
) -> CommandSpec {
    CommandSpec { command, name, usage, summary }
}

/// Every command.
pub const COMMANDS: &[CommandSpec] = &[
    spec(Command::Start, "start", "start #TICKET problem", "Start a session about a ticket or a problem"),
    spec(Command::Status, "status", "status", "Show where the session stands"),
    spec(Command::Facts, "facts", "facts", "List what was confirmed"),
    spec(Command::CatchUp, "catchup", "catchup", "Sum up the session for somebody who joins it now"),
    spec(
        Command::Ask,
        "ask",
        "ask QUESTION",
        "Ask the copilot something; where there is no session, a conversation begins",
    ),
    spec(Command::Stop, "stop", "stop", "Stop the answer that is being written"),
    spec(Command::Sessions, "sessions", "sessions", "List your open sessions"),
    spec(Command::Fact, "fact", "fact TEXT", "Record something you confirmed"),
    spec(Command::Check, "check", "check WHAT => RESULT", "Add a check; with => also its result"),
    spec(Command::Skip, "skip", "skip", "Skip the oldest open check that you added"),
    spec(Command::Flow, "flow", "flow NAME", "Switch to another flow; without a name, list the best ones"),
    spec(Command::Back, "back", "back", "Take the last answer back"),
    spec(Command::Undo, "undo", "undo", "Take back what was recorded last: an answer or a fact"),
    spec(Command::Fix, "fix", "fix TITLE", "Suggest a fix of your own"),
    spec(Command::Apply, "apply", "apply", "Use the suggested fix once"),
    spec(Command::Draft, "draft", "draft", "Use the fix and keep its script as a draft template"),
    spec(Command::Build, "build", "build", "Use the fix and open its script in the template builder"),
    spec(Command::Dismiss, "dismiss", "dismiss REASON", "Dismiss the suggested fix"),
    spec(Command::Worked, "worked", "worked", "The fix worked"),
    spec(Command::Partly, "partly", "partly", "The fix helped in part"),
    spec(Command::Failed, "failed", "failed", "The fix did not help"),
    spec(Command::Pending, "pending", "pending REASON", "The fix's outcome has to wait"),
    spec(Command::Script, "script", "script NAME=VALUE …", "Generate the fix's script from its template"),
    spec(Command::Resolve, "resolve", "resolve", "Preview the resolution note"),
    spec(Command::Post, "post", "post", "Post the previewed note to the ticket"),
    spec(Command::Time, "time", "time", "Draft the time that you worked on the ticket"),
    spec(Command::Cancel, "cancel", "cancel", "Close the note's preview without posting"),
    spec(Command::Escalate, "escalate", "escalate REASON", "Preview the escalation package"),
    spec(Command::Pause, "pause", "pause", "Set the session aside"),
    spec(Command::Resume, "resume", "resume", "Take the session up again"),
    spec(Command::Waiting, "waiting", "waiting REASON", "Wait for somebody or something"),
    spec(Command::Abandon, "abandon", "abandon REASON", "End the session without a result"),
    spec(
        Command::Share,
        "share",
        "share #CHANNEL",
        "Get the link to this session; with a channel, post it there",
    ),
    spec(Command::Link, "link", "link", "See who I take you for, and link your accounts"),
    spec(
        Command::Unlink,
        "unlink",
        "unlink",
        "Take back who you are in the ticket system: notes carry FlowPilot's own name then",
    ),
    spec(Command::Doctor, "doctor", "doctor", "Check the connections (for team admins)"),
    spec(Command::Help, "help", "help", "List the commands"),
];

/// Reads a command: `/fact TEXT`, `fact: TEXT`, or a single word that is a command. A few are read without the colon
/// where what follows can be nothing else: `share #help`, `link me`. `None`: these are plain words.
///
/// A slash with an unknown word is `Some(Err(word))`.
#[must_use]
pub fn parse_command(text: &str) -> Option<Result<(Command, String), String>> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('/') {
        let (word, args) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let word = word.trim_end_matches(':').to_lowercase();
        if let Some(command) = by_name(&rest.to_lowercase()) {
            return Some(Ok((command, String::new())));
        }
        return Some(by_name(&word).map(|c| (c, args.trim().to_owned())).ok_or(word));
    }
    if let Some((word, args)) = text.split_once(':')
        && let Some(command) = by_name(&word.to_lowercase())
    {
        return Some(Ok((command, args.trim().to_owned())));
    }
    let alone = by_name(&text.to_lowercase()).map(|command| (command, String::new()));
    alone.or_else(|| without_colon(text)).map(Ok)
}

fn without_colon(text: &str) -> Option<(Command, String)> {
    let (word, args) = text.split_once(char::is_whitespace)?;
    let (command, args) = (by_name(&word.to_lowercase())?, args.trim());
    let is_one = match command {
        Command::Share => args.starts_with('#') && !args.contains(char::is_whitespace),
        Command::Link => args.eq_ignore_ascii_case("me") || is_code(args),
        _ => false,
    };
    is_one.then(|| (command, args.to_owned()))
}

/// The one command that people write in two words.
const TWO_WORDS: (&str, &str) = ("catch up", "catchup");

fn by_name(words: &str) -> Option<Command> {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = if words == TWO_WORDS.0 { TWO_WORDS.1 } else { &words };
    COMMANDS.iter().find(|spec| spec.name == words).map(|spec| spec.command)
}

/// The command that was most likely meant by an unknown word.
#[must_use]
pub fn suggest_command(word: &str) -> Option<&'static str> {
    COMMANDS
        .iter()
        .map(|spec| (strsim::jaro_winkler(spec.name, word), spec.name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_command_is_read_with_its_arguments() {
        assert_eq!(
            parse_command("/fact  The cable is loose "),
            Some(Ok((Command::Fact, "The cable is loose".into())))
        );
        assert_eq!(
            parse_command("Fact: The cable is loose"),
            Some(Ok((Command::Fact, "The cable is loose".into())))
        );
        assert_eq!(parse_command("resolve"), Some(Ok((Command::Resolve, String::new()))));
        assert_eq!(parse_command("/catch up"), Some(Ok((Command::CatchUp, String::new()))));
        assert_eq!(parse_command("Catch  up"), Some(Ok((Command::CatchUp, String::new()))));
    }

    #[test]
    fn a_sentence_that_begins_with_a_command_word_is_a_sentence() {
        assert_eq!(parse_command("check the cable again please"), None);
    }

    #[test]
    fn what_can_only_be_meant_so_needs_no_colon() {
        assert_eq!(parse_command("share #help"), Some(Ok((Command::Share, "#help".into()))));
        assert_eq!(parse_command("Link me"), Some(Ok((Command::Link, "me".into()))));
        let code = "1234-5678-9012";
        assert_eq!(parse_command(&format!("link {code}")), Some(Ok((Command::Link, code.into()))));
        assert_eq!(parse_command("link is down"), None);
        assert_eq!(parse_command("share the screen with me"), None);
    }

    #[test]
    fn how_a_command_is_written_is_how_it_is_read() {
        for spec in COMMANDS {
            let read = parse_command(&spec.in_words()).and_then(Result::ok);
            assert_eq!(read.map(|(command, _)| command), Some(spec.command), "{}", spec.in_words());
            let slashed = parse_command(&format!("/{}", spec.usage)).and_then(Result::ok);
            assert_eq!(slashed.map(|(command, _)| command), Some(spec.command), "{}", spec.usage);
        }
    }

    #[test]
    fn a_mistyped_command_is_recognised_as_one() {
        assert_eq!(parse_command("/reslove"), Some(Err("reslove".into())));
        assert_eq!(suggest_command("reslove"), Some("resolve"));
        assert_eq!(suggest_command("xylophone"), None);
    }

    #[test]
    fn every_command_has_one_row_in_the_table() {
        use strum::IntoEnumIterator;
        for command in Command::iter() {
            assert_eq!(COMMANDS.iter().filter(|s| s.command == command).count(), 1, "{command}");
        }
    }
}
