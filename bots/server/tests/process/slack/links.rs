//! Links to sessions: where they lead, what is shown below them, and how they get into other channels.

use flowpilot_fake_slack::{Fault, How, Options};

use super::{PROBLEM, Workspace};
use crate::http::client;

const HERE: &str = "https://flowpilot.example.com";

async fn workspace() -> Workspace {
    let admin =
        "[[team.members]]\nname = \"Ida Admin\"\nemail = \"ida.admin@acme.example\"\nrole = \"team_admin\"\n";
    let settings = format!("public_url = \"{HERE}\"\n{admin}");
    Workspace::with_settings(Options::default(), &settings).await
}

/// A session, with the thread it is in.
async fn session(work: &Workspace) -> (String, String) {
    let (root, _) = work.first_question().await;
    let id = work.sessions().await[0]["id"].as_str().expect("an id").to_owned();
    (root, id)
}

#[tokio::test]
async fn a_link_leads_to_the_thread_and_tells_nothing_on_the_way() {
    let work = workspace().await;
    let (root, id) = session(&work).await;
    let opened = client().get(format!("{}/s/{id}", work.server.url())).send().await.unwrap();
    assert_eq!(opened.status(), 303);
    let expected =
        format!("https://slack.com/app_redirect?team=T0ACME&channel={}&message_ts={root}", work.help);
    assert_eq!(opened.headers()["location"], expected.as_str());
    assert_eq!(opened.headers()["cache-control"], "no-store");
    assert_eq!(opened.headers()["referrer-policy"], "no-referrer");
    assert_eq!(opened.text().await.unwrap(), "");
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_explained() {
    let work = workspace().await;
    session(&work).await;
    for id in ["01938f3e-0000-7000-8000-000000000001", "7", "%3Cscript%3E"] {
        let answer = client().get(format!("{}/s/{id}", work.server.url())).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(
            (header("cache-control"), header("x-content-type-options")),
            ("no-store".into(), "nosniff".into())
        );
        assert!(header("content-type").starts_with("text/html"));
        let page = answer.text().await.unwrap();
        assert!(page.contains("No session here") && !page.contains("script"), "{page}");
    }
}

#[tokio::test]
async fn the_head_of_the_thread_has_the_link() {
    let work = workspace().await;
    let (root, id) = session(&work).await;
    let head = work.slack.answers(&work.help, &root).remove(0);
    assert!(head.shown().contains(&format!("<{HERE}/s/{id}|Open session>")), "{}", head.shown());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn below_a_link_stand_title_and_status_and_no_facts() {
    let work = workspace().await;
    let (root, id) = session(&work).await;
    work.slack.reply(&work.ada, &work.help, &root, "fact: The cable is loose.").await.assert_acked();
    let general = work.slack.channel("general", &[&work.ada]);
    let link = format!("{HERE}/s/{id}");
    let often = work.slack.with(How::default().redelivered(2).under_new_ids(3));
    let said = often.share_link(&work.ada, &general, None, &link).await;
    said.assert_acked();
    work.slack.wait_for_calls("chat.unfurl", 1).await;
    work.at_rest().await;
    assert_eq!(work.slack.calls("chat.unfurl").len(), 1, "however often it is delivered");
    let shown = work.slack.message(&general, said.ts()).expect("the message").unfurls;
    let text = shown[&link].to_string();
    assert!(text.contains(PROBLEM) && text.contains("active"), "{text}");
    assert!(!text.contains("cable"), "{text}");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn nothing_is_shown_where_others_would_read_it_or_nobody_knows_who() {
    let work = workspace().await;
    let (_, id) = session(&work).await;
    let link = format!("{HERE}/s/{id}");
    let shared = work.slack.shared_channel("with-vendor", &[&work.ada]);
    work.slack.share_link(&work.ada, &shared, None, &link).await.assert_acked();
    for answer in work.slack.compose_link(&work.ada, &link).await {
        answer.assert_acked();
    }
    let elsewhere = format!("{HERE}/s/01938f3e-0000-7000-8000-000000000001");
    work.slack.share_link(&work.ada, &work.help, None, &elsewhere).await.assert_acked();
    work.at_rest().await;
    assert_eq!(work.slack.calls("chat.unfurl").len(), 0);
}

#[tokio::test]
async fn a_session_is_made_known_in_a_channel_once() {
    let work = workspace().await;
    let (root, id) = session(&work).await;
    work.slack.reply(&work.ada, &work.help, &root, "fact: The cable is loose.").await.assert_acked();
    let general = work.slack.channel("general", &[&work.ada]);
    let often = work.slack.with(How::default().redelivered(2));
    let words = format!("share <#{general}|general>");
    often.reply(&work.ada, &work.help, &root, &words).await.assert_acked();
    work.slack.wait_for_ephemeral(&work.ada, "It is posted there").await;
    work.at_rest().await;
    let posted = work.slack.messages(&general, None);
    let [card] = &posted[..] else { panic!("{posted:?}") };
    let shown = card.shown();
    assert!(shown.contains(PROBLEM) && shown.contains("active"), "{shown}");
    assert!(shown.contains(&format!("{HERE}/s/{id}")) && !shown.contains("cable"), "{shown}");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_session_is_made_known_once_also_when_the_answer_is_lost() {
    let work = workspace().await;
    let (root, id) = session(&work).await;
    work.at_rest().await;
    let general = work.slack.channel("general", &[&work.ada]);
    work.slack.fail("chat.postMessage", Fault::DropAfter);
    let words = format!("share <#{general}|general>");
    work.slack.reply(&work.ada, &work.help, &root, &words).await.assert_acked();
    work.slack.wait_for_ephemeral(&work.ada, "It is posted there").await;
    work.at_rest().await;
    let posts = work.slack.calls("chat.postMessage");
    assert!(posts.iter().any(|call| call.fault.is_some()), "an answer was lost: {posts:?}");
    let posted = work.slack.messages(&general, None);
    let [card] = &posted[..] else { panic!("{posted:?}\n{}", work.slack.story()) };
    assert!(card.shown().contains(&format!("{HERE}/s/{id}")), "{}", card.shown());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_session_is_not_made_known_where_it_cannot_or_must_not_be() {
    let work = workspace().await;
    let (root, _) = session(&work).await;
    let shared = work.slack.shared_channel("with-vendor", &[&work.ada]);
    let bot = work.slack.options().bot_user;
    let alone = work.slack.channel("alone", &[&work.ada]);
    work.slack.change_channel(&alone, |channel| {
        channel.members.remove(&bot);
    });
    let share = async |words: String| {
        work.slack.reply(&work.ada, &work.help, &root, &words).await.assert_acked();
    };
    share(format!("share <#{shared}|with-vendor>")).await;
    work.slack.wait_for_ephemeral(&work.ada, "shared with another organisation").await;
    share(format!("share <#{alone}|alone>")).await;
    work.slack.wait_for_ephemeral(&work.ada, "/invite").await;
    share("share #help".to_owned()).await;
    work.slack.wait_for_ephemeral(&work.ada, "Choose the channel from the list").await;
    assert!(work.slack.messages(&shared, None).is_empty() && work.slack.messages(&alone, None).is_empty());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn share_says_what_others_will_see() {
    let work = workspace().await;
    let (root, id) = session(&work).await;
    work.slack.reply(&work.ada, &work.help, &root, "share").await.assert_acked();
    let told = work.slack.wait_for_ephemeral(&work.ada, "Others see of it").await.shown();
    assert!(told.contains(&format!("{HERE}/s/{id}")) && told.contains("share #channel"), "{told}");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn an_admin_hears_how_slack_stands_and_no_secret() {
    let work = workspace().await;
    let (root, _) = session(&work).await;
    let ida = work.slack.member("Ida Admin");
    work.slack.join(&ida, &work.help).await;
    work.slack.command(&ida, &work.help, "/flowpilot", "doctor").await.assert_acked();
    let told = work.slack.wait_for_ephemeral(&ida, "slack workspace").await.shown();
    assert!(told.contains("Acme answers") && told.contains("database"), "{told}");
    let options = work.slack.options();
    assert!(!told.contains(&options.signing_secret) && !told.contains("xoxb-"), "{told}");
    work.slack.reply(&work.ada, &work.help, &root, "doctor").await.assert_acked();
    work.slack.wait_for_ephemeral(&work.ada, "for team admins").await;
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn no_text_in_slack_names_a_command_with_a_slash() {
    let work = workspace().await;
    let (root, _) = session(&work).await;
    for words in ["help", "flow", "facts", "ask: why", "post"] {
        work.slack.reply(&work.ada, &work.help, &root, words).await.assert_acked();
    }
    work.slack.wait_for_ephemeral(&work.ada, "flow: NAME").await;
    work.at_rest().await;
    let told: Vec<String> = work.slack.ephemerals_to(&work.ada).iter().map(|m| m.shown()).collect();
    let names = flowpilot::surface::COMMANDS.iter().map(|spec| format!("/{}", spec.name));
    let slashed: Vec<String> = names.filter(|name| told.iter().any(|told| told.contains(name))).collect();
    assert_eq!(slashed, Vec::<String>::new(), "{told:#?}");
}
