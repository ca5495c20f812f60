//! The App Home: what waits for this member, what waits for the team, what can be begun.
//!
//! A session lives in a thread, so nothing is begun here: the Home says where to.

use slack_morphism::prelude::{
    SlackActionsBlock, SlackBlock, SlackBlockButtonElement, SlackBlockButtonStyle, SlackBlockConfirmItem,
    SlackContextBlock, SlackDividerBlock, SlackHeaderBlock, SlackHomeView, SlackSectionBlock,
    SlackSectionBlockElement, SlackView,
};
use url::Url;

use crate::accounts::{CONFIRM_PSA, LINK_PSA, REFUSE_PSA};
use crate::render::text;

/// Begins the `action_id` of a button that only opens an address: there is nothing to do but to acknowledge it.
pub const OPEN: &str = "open:";

/// Rows of each list; the rest is counted.
const ROWS: usize = 10;
const LINE: usize = 200;
const URL: usize = 3_000;
const HOW: &str = "To start, mention @FlowPilot in a channel or thread with a ticket number or the problem, or write to \
                   it under Messages.";

/// A session, as a row.
#[derive(Debug, Clone, Default)]
pub struct HomeSession {
    /// Its title.
    pub title: String,
    /// Its ticket's id.
    pub ticket: Option<String>,
    /// Where it stands, and whatever else there is to say in a few words.
    pub status: String,
    /// Its thread.
    pub link: Option<Url>,
}

/// A flow that can be begun.
#[derive(Debug, Clone, Default)]
pub struct HomeFlow {
    /// Its title.
    pub title: String,
    /// What it is for.
    pub summary: String,
    /// Its slug.
    pub slug: String,
}

/// How a member stands in the ticket system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HomePsa {
    /// They have not said who they are there.
    Unknown,
    /// They said to be this one; an admin has to confirm it.
    Waits(String),
    /// They are this one.
    Linked(String),
}

/// A member who said to be somebody in the ticket system, which an admin has to confirm.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HomeClaim {
    /// Names the member and the connection, for its buttons.
    pub id: String,
    /// The member's name.
    pub member: String,
    /// The ticket system's id of whom they said to be.
    pub external_id: String,
    /// The name that one logs in with, and their name there.
    pub account: String,
}

/// What a member's Home shows.
#[derive(Debug, Clone, Default)]
pub struct Home {
    /// The member's name.
    pub member: String,
    /// Sessions of this member that are open.
    pub sessions: Vec<HomeSession>,
    /// Sessions of the team that were escalated.
    pub escalations: Vec<HomeSession>,
    /// Flows that can be begun.
    pub flows: Vec<HomeFlow>,
    /// How the member stands in the ticket system, where the team has one.
    pub psa: Option<HomePsa>,
    /// For an admin: who said to be whom in the ticket system.
    pub claims: Vec<HomeClaim>,
    /// Sentences that this member should read first: what is not connected, how to get in.
    pub notes: Vec<String>,
}

/// The view.
#[must_use]
pub fn home(home: &Home) -> SlackView {
    let greeting = format!("Hello {}", text::label(&home.member, 80));
    let mut blocks = vec![header(greeting.trim_end())];
    blocks.extend(home.notes.iter().take(5).map(|note| paragraph(&text::prose(note, 500))));
    blocks.push(paragraph(HOW));
    sessions(&mut blocks, "Your open sessions", &home.sessions, "You have no open session.");
    sessions(&mut blocks, "Escalations of your team", &home.escalations, "Nothing is escalated.");
    flows(&mut blocks, &home.flows);
    psa(&mut blocks, home.psa.as_ref());
    claims(&mut blocks, &home.claims);
    SlackView::Home(SlackHomeView::new(blocks))
}

fn sessions(blocks: &mut Vec<SlackBlock>, title: &str, sessions: &[HomeSession], none: &str) {
    blocks.extend([SlackDividerBlock::new().into(), header(title)]);
    if sessions.is_empty() {
        blocks.push(context(none));
    }
    blocks.extend(sessions.iter().take(ROWS).enumerate().map(|(n, session)| row(title, n, session)));
    rest(blocks, sessions.len());
}

fn row(list: &str, n: usize, session: &HomeSession) -> SlackBlock {
    let ticket = session.ticket.as_ref().map(|id| format!("#{} · ", text::label(id, 40))).unwrap_or_default();
    let status = text::label(&session.status, LINE);
    let words = format!("{}\n{ticket}{status}", text::label(&session.title, LINE));
    let mut section = SlackSectionBlock::new().with_text(text::literal(&words).into());
    section.accessory = session.link.as_ref().and_then(|url| {
        let id = format!("{OPEN}{}:{n}", list.to_lowercase().replace(' ', "-"));
        Some(SlackSectionBlockElement::Button(link_button("Open", id, url)?))
    });
    section.into()
}

fn flows(blocks: &mut Vec<SlackBlock>, flows: &[HomeFlow]) {
    blocks.extend([SlackDividerBlock::new().into(), header("Guided flows")]);
    if flows.is_empty() {
        blocks.push(context("There is no flow yet. A team admin can add some."));
    } else {
        blocks.push(context(
            "The best one is found by itself. To choose another, write its last line in a session.",
        ));
    }
    let lines = flows.iter().take(ROWS).map(|flow| {
        let (title, summary) = (text::label(&flow.title, LINE), text::label(&flow.summary, LINE));
        let command = format!("flow: {}", text::label(&flow.slug, LINE));
        let lines = [title, summary, command].into_iter().filter(|line| !text::is_blank(line));
        paragraph(&lines.collect::<Vec<_>>().join("\n"))
    });
    blocks.extend(lines);
    rest(blocks, flows.len());
}

fn psa(blocks: &mut Vec<SlackBlock>, psa: Option<&HomePsa>) {
    let Some(psa) = psa else { return };
    let (words, button) = match psa {
        HomePsa::Unknown => {
            ("Notes that you post do not carry your name yet.".to_owned(), "Link ConnectWise account")
        }
        HomePsa::Waits(name) => (
            format!("You said to be {}. An admin has to confirm it.", text::label(name, 60)),
            "Link another account",
        ),
        HomePsa::Linked(name) => (
            format!("You are {}; notes that you post carry that name.", text::label(name, 60)),
            "Link another account",
        ),
    };
    let button = SlackBlockButtonElement::new(text::literal(button).into()).with_action_id(LINK_PSA.into());
    blocks.extend([
        SlackDividerBlock::new().into(),
        header("You in ConnectWise"),
        paragraph(&words),
        SlackActionsBlock::new(vec![button.into()]).into(),
    ]);
}

fn claims(blocks: &mut Vec<SlackBlock>, claims: &[HomeClaim]) {
    if claims.is_empty() {
        return;
    }
    blocks.extend([SlackDividerBlock::new().into(), header("Accounts to confirm")]);
    for claim in claims.iter().take(ROWS) {
        let (member, account) = (text::label(&claim.member, 80), text::label(&claim.account, LINE));
        blocks.push(paragraph(&format!("{member} says to be {account} in ConnectWise.")));
        let button = |label: &str, begins: &str| {
            SlackBlockButtonElement::new(text::literal(label).into())
                .with_action_id(format!("{begins}{}", claim.id).into())
                .with_value(claim.external_id.clone())
        };
        let question = format!("Notes that {member} posts will carry the name of {account}.");
        let sure = SlackBlockConfirmItem::new(
            text::literal("Is that so?").into(),
            text::literal(&text::label(&question, 300)).into(),
            text::literal("Confirm").into(),
            text::literal("Cancel").into(),
        );
        let confirm = button("Confirm", CONFIRM_PSA)
            .with_style(SlackBlockButtonStyle::Primary)
            .with_confirm(sure.with_style("primary".to_owned()));
        let refuse = button("Refuse", REFUSE_PSA);
        blocks.push(SlackActionsBlock::new(vec![confirm.into(), refuse.into()]).into());
    }
    rest(blocks, claims.len());
}

fn link_button(label: &str, id: String, url: &Url) -> Option<SlackBlockButtonElement> {
    let label = text::literal(&text::label(label, 75));
    let button =
        || SlackBlockButtonElement::new(label.into()).with_action_id(id.into()).with_url(url.clone());
    (text::size(url.as_str()) <= URL).then(button)
}

fn rest(blocks: &mut Vec<SlackBlock>, count: usize) {
    if count > ROWS {
        blocks.push(context(&format!("and {} more", count - ROWS)));
    }
}

fn header(words: &str) -> SlackBlock {
    SlackHeaderBlock::new(text::literal(words).into()).into()
}

fn paragraph(words: &str) -> SlackBlock {
    SlackSectionBlock::new().with_text(text::literal(words).into()).into()
}

fn context(words: &str) -> SlackBlock {
    SlackContextBlock::new(vec![text::literal(words).into()]).into()
}
