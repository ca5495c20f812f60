//! Whose account is whose: a second chat account, and the account of the ticket system.

use flowpilot_fake_slack::Options;

use super::Workspace;
use crate::http::Caller;
use crate::peer::Peer;

const ADA: &str = "[[team.members]]\nname = \"Ada Lovelace\"\nemail = \"ada.lovelace@acme.example\"\nrole = \"team_admin\"\n";

/// The command in what somebody was told.
fn command_in(told: &str) -> String {
    let digits = told.find(|c: char| c.is_ascii_digit()).expect("a code");
    format!("link {}", &told[digits..digits + 14])
}

async fn acts_as(work: &Workspace, account: &str) -> Vec<String> {
    work.at_rest().await;
    let script = Caller::script(&work.home, &work.server, None).await;
    let members = script.all("/api/v1/members").await;
    let names = members.iter().filter_map(|member| member["name"].as_str().map(str::to_owned));
    names.filter(|name| name.contains(account)).collect()
}

#[tokio::test]
async fn a_second_account_becomes_the_members_who_confirms_it() {
    let settings = format!("[team]\njoin_policy = \"invitation\"\n{ADA}");
    let work = Workspace::with_settings(Options::default(), &settings).await;
    let phone = work.slack.member("Phone Person");
    work.slack.join(&phone, &work.help).await;
    work.start().await;
    work.slack.command(&phone, &work.help, "/flowpilot", "link").await.assert_acked();
    let told = work.slack.wait_for_ephemeral(&phone, "already, within ten minutes").await.shown();
    work.slack.command(&work.ada, &work.help, "/flowpilot", &command_in(&told)).await.assert_acked();
    work.slack.wait_for_ephemeral(&work.ada, "the account Phone Person now acts as Ada Lovelace").await;
    work.slack.mention(&phone, &work.help, super::PROBLEM).await.assert_acked();
    work.at_rest().await;
    assert_eq!(work.sessions().await.len(), 2, "the second account works now");
    assert_eq!(acts_as(&work, "Phone").await, Vec::<String>::new(), "and is nobody new");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn an_admins_code_lets_an_account_in() {
    let settings = format!("[team]\njoin_policy = \"invitation\"\n{ADA}");
    let work = Workspace::with_settings(Options::default(), &settings).await;
    let phone = work.slack.member("Phone Person");
    work.slack.join(&phone, &work.help).await;
    work.start().await;
    let made = work.home.run(&["member", "code", "Ada Lovelace"]).await;
    assert_eq!(made.code, 0, "{}", made.err);
    work.slack.mention(&phone, &work.help, made.out.trim()).await.assert_acked();
    work.slack.wait_for_ephemeral(&phone, "now acts as Ada Lovelace").await;
}

#[tokio::test]
async fn the_account_of_the_ticket_system_is_linked_on_the_home() {
    let peer = Peer::start().await;
    let settings = format!("{ADA}{}", peer.section());
    let work = Workspace::with_settings(Options::default(), &settings).await;
    work.start().await;
    work.at_rest().await;
    for answer in work.slack.open_home(&work.ada, "home").await {
        answer.assert_acked();
    }
    work.slack.wait_for_home(&work.ada, |view| view.shown().contains("do not carry your name yet")).await;
    work.slack.click_in_home(&work.ada, "Link ConnectWise account").await.assert_acked();
    work.slack.wait_for_form(&work.ada).await;
    let wrong = work.slack.submit_view(&work.ada, &[("identifier", "nobody")]).await;
    assert!(wrong.body.contains("\"errors\":{\"identifier\":"), "{wrong:?}");
    work.slack.submit_view(&work.ada, &[("identifier", "JNovak")]).await.assert_acked();
    work.slack.wait_for_home(&work.ada, |view| view.shown().contains("You said to be jnovak")).await;
    let confirmed = work.home.run(&["member", "link-psa", "Ada Lovelace", "jnovak"]).await;
    assert!(confirmed.out.contains("Ada Lovelace is jnovak (Jamie Novak)"), "{}", confirmed.err);
    for answer in work.slack.open_home(&work.ada, "home").await {
        answer.assert_acked();
    }
    work.slack.wait_for_home(&work.ada, |view| view.shown().contains("You are jnovak")).await;
    work.slack.assert_all_valid();
    peer.stop().await;
}

#[tokio::test]
async fn an_admin_confirms_an_account_on_their_own_home() {
    let peer = Peer::start().await;
    let settings = format!("{ADA}{}", peer.section());
    let work = Workspace::with_settings(Options::default(), &settings).await;
    let bob = work.slack.member("Bob Byte");
    work.slack.join(&bob, &work.help).await;
    let (root, _) = work.first_question().await;
    // Whoever does something for the first time becomes a member by it.
    work.slack.reply(&bob, &work.help, &root, "facts").await.assert_acked();
    work.at_rest().await;
    work.slack.reply(&bob, &work.help, &root, "link: psa jnovak").await.assert_acked();
    work.slack
        .wait_for_ephemeral(&bob, "an admin has to confirm it, in the console, on FlowPilot's Home")
        .await;
    for person in [&work.ada, &bob] {
        for answer in work.slack.open_home(person, "home").await {
            answer.assert_acked();
        }
    }
    work.slack.wait_for_home(&bob, |view| view.shown().contains("You said to be jnovak")).await;
    let asked = "Bob Byte says to be jnovak (Jamie Novak)";
    work.slack.wait_for_home(&work.ada, |view| view.shown().contains(asked)).await;
    assert!(!work.slack.home_of(&bob).expect("a Home").shown().contains("Accounts to confirm"));
    work.slack.click_in_home(&work.ada, "Confirm").await.assert_acked();
    work.slack.wait_for_home(&work.ada, |view| !view.shown().contains(asked)).await;
    for answer in work.slack.open_home(&bob, "home").await {
        answer.assert_acked();
    }
    work.slack.wait_for_home(&bob, |view| view.shown().contains("You are jnovak")).await;
    work.slack.assert_all_valid();
    peer.stop().await;
}

#[tokio::test]
async fn link_says_who_somebody_is() {
    let work = Workspace::open().await;
    let (root, _) = work.first_question().await;
    work.slack.reply(&work.ada, &work.help, &root, "link").await.assert_acked();
    let told = work.slack.wait_for_ephemeral(&work.ada, "You are Ada Lovelace").await.shown();
    assert!(told.contains("engineer") && told.contains("Slack (Acme)"), "{told}");
    work.slack.assert_all_valid();
}
