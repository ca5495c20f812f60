//! The App Home: what waits for this member, what waits for the team, what can be begun.
//!
//! A session lives in a thread, so nothing is begun here: the Home says where to.

use slack_morphism::prelude::{
    SlackActionBlockElement, SlackActionsBlock, SlackBlock, SlackBlockButtonElement, SlackContextBlock,
    SlackDividerBlock, SlackHeaderBlock, SlackHomeView, SlackSectionBlock, SlackSectionBlockElement,
    SlackView,
};
use url::Url;

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

/// Something that can be connected, and where.
#[derive(Debug, Clone)]
pub struct HomeLink {
    /// What is shown.
    pub label: String,
    /// Where it leads.
    pub url: Url,
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
    /// What can be connected.
    pub connect: Vec<HomeLink>,
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
    connect(&mut blocks, &home.connect);
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

fn connect(blocks: &mut Vec<SlackBlock>, links: &[HomeLink]) {
    let buttons: Vec<SlackActionBlockElement> = links
        .iter()
        .take(5)
        .enumerate()
        .filter_map(|(n, link)| {
            Some(link_button(&link.label, format!("{OPEN}connect:{n}"), &link.url)?.into())
        })
        .collect();
    if !buttons.is_empty() {
        let head = [SlackDividerBlock::new().into(), header("Connect")];
        blocks.extend(head.into_iter().chain([SlackActionsBlock::new(buttons).into()]));
    }
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
