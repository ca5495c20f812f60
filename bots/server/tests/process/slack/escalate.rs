//! Escalations reach the team's channel: asked for in a form, shown once, taken by one.

use std::time::Duration;

use flowpilot_fake_slack::{FakeSlack, Fault, Message, Options};

use super::forms::use_button;
use super::{Workspace, configuration};
use crate::home::Home;

const REASON: &str = "The vendor has to look at it.";

const RITA: &str =
    "[[team.members]]\nname = \"Rita Root\"\nemail = \"rita.root@acme.example\"\nrole = \"team_admin\"\n";

/// A workspace whose team has a channel for escalations and an admin.
struct Team {
    work: Workspace,
    bob: String,
    rita: String,
    channel: String,
}

impl Team {
    async fn open() -> Self {
        let slack = Workspace::slack(Options::default()).await;
        let [bob, rita] = ["Bob Byte", "Rita Root"].map(|name| slack.member(name));
        let channel = slack.channel("escalations", &[&bob, &rita]);
        // The server is told of the channel before it starts, on an empty database.
        let home = Home::new(&format!("{RITA}{}escalation_channel = \"{channel}\"\n", configuration(&slack)));
        let work = Workspace::of(slack, home).await;
        for (place, who) in [(&channel, &work.ada), (&work.help, &bob)] {
            work.slack.change_channel(place, |channel| {
                channel.members.insert(who.clone());
            });
        }
        Self { work, bob, rita, channel }
    }

    fn slack(&self) -> &FakeSlack {
        &self.work.slack
    }

    /// Ada says something in the session's thread.
    async fn says(&self, root: &str, words: &str) {
        let Workspace { slack, ada, help, .. } = &self.work;
        slack.reply(ada, help, root, words).await.assert_acked();
    }

    /// A session that Ada has asked to escalate, with the preview on screen: its thread.
    async fn asked(&self) -> String {
        let (root, _) = self.work.first_question().await;
        self.says(&root, &format!("escalate: {REASON}")).await;
        self.slack().wait_for_text(&self.work.help, &root, "Suggested next steps").await;
        root
    }

    /// A session that was escalated: its thread, and the team's card.
    async fn escalated(&self) -> (String, Message) {
        let root = self.asked().await;
        self.says(&root, "post").await;
        let card = self.slack().wait_for("the team's card", |_| self.cards().pop()).await;
        self.work.at_rest().await;
        (root, card)
    }

    /// The messages of the team's channel that are in no thread.
    fn cards(&self) -> Vec<Message> {
        cards(self.slack(), &self.channel)
    }

    /// The team's card as it is now.
    async fn card_saying(&self, card: &Message, words: &str) -> Message {
        let now = |slack: &FakeSlack| slack.message(&self.channel, &card.ts);
        self.slack().wait_for(words, |slack| now(slack).filter(|m| m.shown().contains(words))).await
    }
}

fn cards(slack: &FakeSlack, channel: &str) -> Vec<Message> {
    slack.messages(channel, None).into_iter().filter(|message| message.thread.is_none()).collect()
}

#[tokio::test]
async fn the_form_opens_with_the_teams_channel_and_what_is_wrong_is_said_at_the_field() {
    let team = Team::open().await;
    let Workspace { slack, ada, help, .. } = &team.work;
    let (root, _) = team.work.first_question().await;
    use_button(&team.work, &root, "Escalate").await;
    let form = slack.wait_for_form(ada).await;
    assert_eq!(form.inputs(), ["place", "urgency", "reason"]);
    assert!(form.body.to_string().contains(&format!("\"initial_conversation\":\"{}\"", team.channel)));

    let closed = slack.channel("closed", &[ada]);
    slack.change_channel(&closed, |channel| channel.members.retain(|member| member == ada));
    let refused = slack.submit_view(ada, &[("place", &closed), ("reason", REASON)]).await;
    assert!(
        refused.body.contains("\"place\":") && refused.body.contains("/invite @FlowPilot"),
        "{refused:?}"
    );
    let refused = slack.submit_view(ada, &[("reason", "  ")]).await;
    assert!(refused.body.contains("\"reason\":"), "{refused:?}");

    let filled = [("urgency", "Critical"), ("reason", REASON)];
    slack.submit_view(ada, &filled).await.assert_acked();
    let preview = slack.wait_for_text(help, &root, "Suggested next steps").await;
    for part in ["Urgency: Critical", "#escalations"] {
        assert!(preview.shown().contains(part), "{part}: {}", preview.shown());
    }
    slack.assert_all_valid();
}

#[tokio::test]
async fn the_team_sees_the_card_once_and_the_package_in_its_thread() {
    let team = Team::open().await;
    let root = team.asked().await;
    team.slack().fail_times("chat.postMessage", Fault::DropAfter, 2);
    team.says(&root, "post").await;
    let card = team.slack().wait_for("the team's card", |_| team.cards().pop()).await;
    team.slack().wait_for_text(&team.channel, &card.ts, "Suggested next steps").await;
    team.work.at_rest().await;
    assert_eq!(team.cards().len(), 1, "{}", team.slack().story());
    for part in ["urgency: normal", REASON, "Escalated by: Ada Lovelace", "Take it"] {
        let shown = format!("{}{:?}", card.shown(), card.buttons());
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(team.slack().answers(&team.channel, &card.ts).len(), 2, "{}", team.slack().story());
    team.slack().assert_all_valid();
}

#[tokio::test]
async fn a_card_that_the_server_was_killed_over_is_there_once() {
    let team = Team::open().await;
    let root = team.asked().await;
    // The card is posted; nobody hears of it before the end.
    team.slack().fail("chat.postMessage", Fault::SlowAnswer(Duration::from_secs(5)));
    team.says(&root, "post").await;
    team.slack().wait_for("the team's card", |_| team.cards().pop()).await;
    let Team { work: Workspace { slack, home, server, ada, help }, bob, rita, channel } = team;
    assert!(server.kill().await, "it was still running");
    let server = home.serve().await;
    slack.connect(&server.url());
    let team = Team { work: Workspace { slack, home, server, ada, help }, bob, rita, channel };
    let card = team.cards().remove(0);
    team.slack().wait_for_text(&team.channel, &card.ts, "Suggested next steps").await;
    team.work.at_rest().await;
    assert_eq!(team.cards().len(), 1, "{}", team.slack().story());
    team.slack().assert_all_valid();
}

#[tokio::test]
async fn who_takes_it_is_on_the_card_and_in_the_sessions_thread_and_goes_on_there() {
    let team = Team::open().await;
    let (root, card) = team.escalated().await;
    let Workspace { slack, help, .. } = &team.work;
    slack.click(&team.bob, &card, "Take it").await.assert_acked();
    let taken = team.card_saying(&card, "Taken, by Bob Byte").await;
    assert!(taken.controls().is_empty(), "{:?}", taken.buttons());
    slack.wait_for_text(help, &root, "Bob Byte has taken this session over").await;
    slack.wait_for_text(help, &root, "taken by Bob Byte").await;
    slack.reply(&team.bob, help, &root, "resume").await.assert_acked();
    team.card_saying(&card, "Resumed, by Bob Byte").await;
    team.says(&root, "resolve").await;
    slack.wait_for_text(help, &root, "Resolution note, as it will be posted").await;
    team.says(&root, "post").await;
    let resolved = team.card_saying(&card, "Resolved, by Ada Lovelace").await;
    assert!(resolved.shown().contains("Taken by: Bob Byte"), "{}", resolved.shown());
    team.work.at_rest().await;
    assert_eq!(team.cards().len(), 1);
    slack.assert_all_valid();
}

#[tokio::test]
async fn of_two_who_click_at_once_one_takes_it_and_the_other_is_told_who() {
    let team = Team::open().await;
    let (_, card) = team.escalated().await;
    let slack = team.slack();
    let (first, second) =
        tokio::join!(slack.click(&team.bob, &card, "Take it"), slack.click(&team.rita, &card, "Take it"));
    first.assert_acked();
    second.assert_acked();
    team.work.at_rest().await;
    let taken = team.card_saying(&card, "Taken, by ").await;
    let (winner, loser) = match taken.shown().contains("Bob Byte") {
        true => ("Bob Byte", &team.rita),
        false => ("Rita Root", &team.bob),
    };
    let told = slack.wait_for_ephemeral(loser, winner).await;
    assert_eq!((told.channel.as_str(), told.thread.as_ref()), (team.channel.as_str(), None));
    slack.assert_all_valid();
}

#[tokio::test]
async fn a_guest_is_told_in_private_that_they_cannot_take_it() {
    let team = Team::open().await;
    let gus = team.slack().guest("Gus Guest");
    team.slack().join(&gus, &team.channel).await;
    let (_, card) = team.escalated().await;
    team.slack().click(&gus, &card, "Take it").await.assert_acked();
    team.slack().wait_for_ephemeral(&gus, "can read sessions but not work on them").await;
    team.work.at_rest().await;
    assert!(!team.cards()[0].controls().is_empty(), "it can still be taken");
}

#[tokio::test]
async fn words_below_the_card_begin_no_session() {
    let team = Team::open().await;
    let (_, card) = team.escalated().await;
    team.slack().reply(&team.bob, &team.channel, &card.ts, "printer is not printing").await.assert_acked();
    team.work.at_rest().await;
    assert_eq!(team.work.sessions().await.len(), 1);
}

#[tokio::test]
async fn an_archived_channel_is_told_to_an_admin_and_to_who_escalated() {
    let team = Team::open().await;
    let slack = team.slack();
    let alone = slack.direct(&team.rita);
    team.asked_first(&alone).await;
    let root = team.asked().await;
    slack.change_channel(&team.channel, |channel| channel.archived = true);
    team.says(&root, "post").await;
    slack.wait_for_ephemeral(&team.work.ada, "The team was not told of this escalation").await;
    let letter = slack
        .wait_for("a letter", |slack| {
            slack.messages(&alone, None).into_iter().find(|m| m.shown().contains("could not show something"))
        })
        .await;
    for part in [super::PROBLEM, "#escalations", "it is archived", "unarchive the channel"] {
        assert!(letter.shown().contains(part), "{part}: {}", letter.shown());
    }
    // Another card that cannot be shown there is no other letter.
    team.says(&root, "resume").await;
    slack.settle(super::QUIET).await;
    let letters = slack.messages(&alone, None).into_iter().filter(|m| m.shown().contains("could not show"));
    assert_eq!(letters.count(), 1, "{}", slack.story());
    slack.assert_all_valid();
}

#[tokio::test]
async fn nothing_is_shown_where_another_organisation_reads_along() {
    let team = Team::open().await;
    let root = team.asked().await;
    team.slack().change_channel(&team.channel, |channel| channel.shared = true);
    team.says(&root, "post").await;
    team.slack().wait_for_ephemeral(&team.work.ada, "shared with another organisation").await;
    assert!(team.cards().is_empty());
}

impl Team {
    /// Rita writes to the bot, so that it knows her account.
    async fn asked_first(&self, alone: &str) {
        let patient = self.work.patient();
        patient.write(&self.rita, alone, "help").await.assert_acked();
        self.slack().wait_for_ephemeral(&self.rita, "Commands:").await;
    }
}

#[tokio::test]
async fn doctor_says_where_the_channels_id_stands() {
    let home = Home::new("[slack]\nsigning_secret = \"hunter2\"\nescalation_channel = \"#escalations\"\n");
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 1);
    assert!(told.out.contains("FAIL  slack escalation channel: "), "{}", told.out);
    assert!(told.out.contains("C0123ABCD"), "{}", told.out);
}
