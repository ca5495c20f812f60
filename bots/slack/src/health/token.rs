//! Which kind of token somebody pasted. Slack has many that look alike.

/// A token by its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bot,
    /// Ends within twelve hours.
    EndingBot,
    User,
    App,
    Refresh,
    Browser,
    Webhook,
    Other,
}

/// Longer beginnings first.
const BEGINNINGS: &[(&str, Kind)] = &[
    ("xoxe.xoxb-", Kind::EndingBot),
    ("xoxe.xoxp-", Kind::User),
    ("xoxe-", Kind::Refresh),
    ("xoxr-", Kind::Refresh),
    ("xoxb-", Kind::Bot),
    ("xoxp-", Kind::User),
    ("xapp-", Kind::App),
    ("xoxc-", Kind::Browser),
    ("xoxd-", Kind::Browser),
    ("xoxs-", Kind::Browser),
    ("https://hooks.slack.com", Kind::Webhook),
];

fn kind(token: &str) -> Kind {
    BEGINNINGS
        .iter()
        .find(|(beginning, _)| token.starts_with(beginning))
        .map_or(Kind::Other, |(_, kind)| *kind)
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Bot | Self::EndingBot => "a bot's token",
            Self::User => "a person's token",
            Self::App => "an app-level token",
            Self::Refresh => "a refresh token",
            Self::Browser => "the session of somebody's browser",
            Self::Webhook => "the address of an incoming webhook",
            Self::Other => "no token of Slack's",
        }
    }
}

/// Whether a bot's token ends by itself.
pub(super) fn ends(token: &str) -> bool {
    kind(token) == Kind::EndingBot
}

/// What is wrong with a token that should be the bot's.
pub(super) fn bot_problem(token: &str) -> Option<String> {
    if let Some(problem) = untidy("slack.bot_token", token) {
        return Some(problem);
    }
    let take = "take the Bot User OAuth Token (xoxb-…) from OAuth & Permissions";
    match kind(token) {
        Kind::Bot | Kind::EndingBot => None,
        Kind::App => Some(format!(
            "slack.bot_token holds an app-level token, which belongs in slack.app_token; {take}"
        )),
        other => Some(format!("slack.bot_token holds {}; {take}", other.name())),
    }
}

/// What is wrong with a token that should be the app's.
pub(super) fn app_problem(token: &str) -> Option<String> {
    if let Some(problem) = untidy("slack.app_token", token) {
        return Some(problem);
    }
    let take = "make one (xapp-…) with connections:write in Basic Information, App-Level Tokens";
    match kind(token) {
        Kind::App => None,
        Kind::Bot | Kind::EndingBot => {
            Some(format!("slack.app_token holds a bot's token, which belongs in slack.bot_token; {take}"))
        }
        other => Some(format!("slack.app_token holds {}; {take}", other.name())),
    }
}

/// Quotes and blanks come along when a token is copied.
fn untidy(setting: &str, token: &str) -> Option<String> {
    if token.is_empty() {
        return Some(format!("{setting} is empty; set it, or remove it"));
    }
    let is_untidy = token.chars().any(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>'));
    is_untidy.then(|| format!("{setting} has blanks or quotes in it; copy it again without them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_token_is_accepted_where_a_bot_token_belongs() {
        assert_eq!(bot_problem("xoxb-1-2-abc"), None);
        assert_eq!(bot_problem("xoxe.xoxb-1-abc"), None);
        assert_eq!(app_problem("xapp-1-A1-2-abc"), None);
    }

    #[test]
    fn tokens_in_each_others_place_are_told() {
        assert!(bot_problem("xapp-1-A1-2-abc").unwrap().contains("belongs in slack.app_token"));
        assert!(app_problem("xoxb-1-2-abc").unwrap().contains("belongs in slack.bot_token"));
    }

    #[test]
    fn a_persons_token_and_a_refresh_token_are_told_from_a_bots() {
        assert!(bot_problem("xoxp-1-2-abc").unwrap().contains("a person's token"));
        assert!(bot_problem("xoxe.xoxp-1-abc").unwrap().contains("a person's token"));
        assert!(bot_problem("xoxe-1-abc").unwrap().contains("a refresh token"));
        assert!(bot_problem("hunter2").unwrap().contains("no token of Slack's"));
    }

    #[test]
    fn what_was_copied_along_is_told() {
        assert!(bot_problem("xoxb-1-2-abc\n").unwrap().contains("blanks or quotes"));
        assert!(bot_problem("").unwrap().contains("is empty"));
    }

    #[test]
    fn a_problem_never_shows_the_token() {
        for token in ["xoxp-secret", "xapp-secret", "xoxe-secret", "secret", " xoxb-secret"] {
            assert!(!bot_problem(token).unwrap().contains("secret"));
        }
    }
}
