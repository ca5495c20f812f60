//! The program in a Slack workspace: people mention it, write, click, and hear from it.
//!
//! The Slack is a look-alike on loopback that refuses what Slack refuses; every test ends by asking it whether all
//! that it was sent was valid.

mod accounts;
mod ask;
mod delivery;
mod escalate;
mod files;
mod forms;
mod identity;
mod journey;
mod killed;
mod links;
mod live;
mod places;
mod relay;
mod setup;
mod socket;
mod trouble;

use std::time::Duration;

use flowpilot_fake_slack::{FakeSlack, How, Message, Options, Said};

use crate::home::{Home, Server};
use crate::http::Caller;

/// A problem that the starter flows know.
const PROBLEM: &str = "printer is not printing";
/// Long enough for everything to arrive, on a busy machine.
const QUIET: Duration = Duration::from_millis(400);

/// A Slack with people, and the program connected to it.
struct Workspace {
    slack: FakeSlack,
    home: Home,
    server: Server,
    ada: String,
    help: String,
}

/// How the program is told of the Slack; further settings of `[slack]` may follow.
fn configuration(slack: &FakeSlack) -> String {
    let options = slack.options();
    format!(
        "[queue]\nlease_seconds = 2\n[slack]\napi_url = \"{}\"\nsigning_secret = \"{}\"\nbot_token = \"{}\"\n",
        slack.url(),
        options.signing_secret,
        options.bot_token
    )
}

impl Workspace {
    async fn open() -> Self {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Self {
        let slack = Self::slack(options).await;
        let home = Home::started(&configuration(&slack)).await;
        Self::of(slack, home).await
    }

    /// With these settings besides those of Slack, on an empty database: they may tell of the first team.
    async fn with_settings(options: Options, settings: &str) -> Self {
        let slack = Self::slack(options).await;
        let home = Home::new(&format!("{settings}{}", configuration(&slack)));
        Self::of(slack, home).await
    }

    async fn slack(options: Options) -> FakeSlack {
        FakeSlack::start(Options { patience: Duration::from_secs(60), ..options }).await
    }

    async fn of(slack: FakeSlack, home: Home) -> Self {
        let ada = slack.member("Ada Lovelace");
        let help = slack.channel("help", &[&ada]);
        let server = home.serve().await;
        slack.connect(&server.url());
        Self { slack, home, server, ada, help }
    }

    /// Ada mentions the bot with a problem; Slack tries until it is heard.
    async fn start(&self) -> Said {
        let said = self.patient().mention(&self.ada, &self.help, PROBLEM).await;
        assert!(said.answers.iter().any(|answer| answer.acked()), "{said:?}\n{}", self.home.log());
        said
    }

    /// The Slack, which tries again until it is heard.
    fn patient(&self) -> FakeSlack {
        self.slack.with(How::default().retried(100, Duration::from_millis(50)))
    }

    /// The first question, with the thread it is in.
    async fn first_question(&self) -> (String, Message) {
        let root = self.start().await.root().to_owned();
        let question = self.slack.wait_for_message("a question", &self.help, &root, is_question).await;
        (root, question)
    }

    /// What the sessions are, as a script sees them.
    async fn sessions(&self) -> Vec<serde_json::Value> {
        Caller::script(&self.home, &self.server, None).await.all("/api/v1/ai-sessions").await
    }

    /// Waits until everything that was accepted is worked.
    async fn at_rest(&self) {
        let script = Caller::script(&self.home, &self.server, None).await;
        script.drained(Duration::from_secs(30)).await;
        self.slack.settle(QUIET).await;
    }
}

/// A message with answers to click.
fn is_question(message: &Message) -> bool {
    message.controls().iter().any(|control| control.action_id.starts_with("press:answer:"))
}

/// The first answer of a question.
fn an_answer(question: &Message) -> String {
    let answers: Vec<_> = question.controls().into_iter().map(|control| control.action_id).collect();
    answers.into_iter().find(|id| id.starts_with("press:answer:")).expect("an answer")
}
