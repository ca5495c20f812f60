//! A note's preview, and its delivery.

use crate::note::edit::{LONGEST, name, standing};
use crate::note::{
    Drafted, Note, NoteKind, NoteStatus, Posting, PostingStatus, Section, Share, StatusChange, as_typed,
    is_being_written, remark, unsupported, words, written_at,
};
use crate::session::{Case, NoteRequest};
use crate::surface::{Action, Card, CardKind, CardState, Choice, Input, InputKind, Tone};

/// The preview while it is open, drawn anew with every change; afterwards who posted or closed it.
pub(super) fn preview(case: &Case, note: &NoteRequest) -> Option<Card> {
    let label = note.kind.label();
    let (text, markdown) = crate::note::preview::text_of(note.kind, case);
    let markdown = as_typed(&markdown);
    let doubtful = unsupported(&text, case);
    let place = place(case, note);
    let confirm = match (&case.session.ticket_id, mails(case, note)) {
        (Some(id), true) => format!("Post this note to ticket #{id} and e-mail the customer?"),
        (Some(id), false) => format!("Post this note to ticket #{id}?"),
        (None, _) => "End the session with this note?".to_owned(),
    };
    let post = match (&case.session.ticket_id, note.kind) {
        (Some(_), _) => "Post to ticket",
        (None, NoteKind::Resolution) => "Resolve",
        (None, NoteKind::Escalation) => "Escalate",
    };
    let card =
        Card::new(CardKind::Note, format!("{label}, as it will be posted"), markdown).field("Goes to", place);
    if note.status == NoteStatus::Open && is_being_written(case, note.kind) {
        return Some(in_the_making(card, note.kind));
    }
    let card = written_by(card, case, note, &text);
    let card = card.action(Action::new("post", post).primary().confirm(confirm)).action(editing(text));
    let card = match (&case.session.ticket_id, note.kind) {
        (Some(_), NoteKind::Resolution) => card.action(sharing(note.share)),
        _ => card,
    };
    let card = card.action(Action::new("cancel", "Not yet"));
    let card = match standing(case, note.kind) {
        None => card,
        Some((by, anew)) if anew.is_empty() => card.field("Edited by", by),
        Some((by, anew)) => card
            .field("Edited by", by)
            .field("Written anew since", format!("{}: something new was recorded", anew.join(", "))),
    };
    let card = match doubtful.is_empty() {
        true => card,
        false => card.field("Not supported by what was confirmed", listed(&doubtful)),
    };
    let asked = case.escalations.iter().rfind(|e| e.posted_at.is_none() || e.posted_at == note.decided_at);
    let card = match asked.filter(|_| note.kind == NoteKind::Escalation) {
        Some(escalation) => super::escalation::on_preview(card, escalation),
        None => card,
    };
    let state = |choice: &str| {
        let (by, at) = (note.decided_by_name.clone()?, note.decided_at?);
        Some(CardState::Decided { choice: choice.to_owned(), by, at })
    };
    match note.status {
        NoteStatus::Open => Some(card.field("Version", case.session.state_version.to_string())),
        NoteStatus::Cancelled => {
            Some(Card { body: String::new(), ..card.state(state("Closed without posting")?) })
        }
        // As it was posted, whatever the session has become since: the posting keeps the text.
        NoteStatus::Posted => {
            let body = posted(case, note).map_or(card.body.clone(), |p| as_typed(&p.text));
            Some(Card { body, title: label.to_owned(), ..card.state(state(post)?) })
        }
    }
}

/// While a model writes: the note by rule, which can be taken instead.
fn in_the_making(card: Card, kind: NoteKind) -> Card {
    Card { title: format!("{}: the AI model is writing it", kind.label()), ..card }
        .badge("Writing the note…", Tone::Neutral)
        .field("Until then", "this is the note by rule; the model's takes its place here")
        .action(Action::new("plain", "Take this one"))
        .action(Action::new("cancel", "Not yet"))
}

/// Who wrote it, what each sentence rests on, and what was left out. Of a note that was posted before the session moved
/// on, what it said was left out still stands.
fn written_by(card: Card, case: &Case, note: &NoteRequest, text: &Note) -> Card {
    let now = case.session.state_version;
    let version = posted(case, note).map_or(now, |posting| posting.state_version);
    let remark = remark(case, text).filter(|_| version == now);
    let card = match remark {
        Some(remark) => card.field("By", remark),
        None => card,
    };
    let Some(Drafted { author, left_out, .. }) = written_at(case, note.kind, version) else { return card };
    let card = card.field("Written by", format!("{author}, checked against the record"));
    let card = match version == now {
        true => Card {
            feedback_on: (note.status == NoteStatus::Open).then_some(note.kind),
            ..card.field("Sentences rest on", rests(text))
        },
        false => card,
    };
    match left_out.is_empty() {
        true => card,
        false => {
            let texts: Vec<String> = left_out.iter().map(|left| left.text.clone()).collect();
            card.field("Left out, not supported", listed(&texts))
        }
    }
}

/// The delivery of a note that was posted.
fn posted<'a>(case: &'a Case, note: &NoteRequest) -> Option<&'a Posting> {
    let is_it = |p: &&Posting| p.kind == note.kind && Some(p.created_at) >= note.decided_at;
    case.postings.iter().rfind(is_it).filter(|_| note.status == NoteStatus::Posted)
}

/// Section by section, what its sentences rest on, in order.
fn rests(note: &Note) -> String {
    let of = |section: &Section| {
        let each: Vec<&str> = section.sentences.iter().map(|sentence| sentence.from.as_str()).collect();
        format!("{}: {}", section.title, each.join(" | "))
    };
    note.sections.iter().map(of).collect::<Vec<_>>().join("; ")
}

/// The note that was in the ticket before this one was posted: its text is replaced.
fn in_the_ticket<'a>(case: &'a Case, note: &NoteRequest) -> Option<&'a str> {
    let posted = |p: &&Posting| {
        p.kind == note.kind
            && note.decided_at.is_none_or(|at| p.created_at < at)
            && p.deleted_at.is_none()
            && Some(p.connection_id) == case.session.connection_id
            && Some(&p.ticket_id) == case.session.ticket_id.as_ref()
    };
    case.postings.iter().rev().filter(posted).find_map(|p| p.external_id.as_deref())
}

/// Whether posting the note e-mails the customer: an edit of one that is in the ticket does not.
fn mails(case: &Case, note: &NoteRequest) -> bool {
    note.share == Share::Mail && in_the_ticket(case, note).is_none()
}

/// Where the note goes, who sees it there, and who is e-mailed.
fn place(case: &Case, note: &NoteRequest) -> String {
    let Some(id) = &case.session.ticket_id else { return "this session only: it has no ticket".to_owned() };
    let place = match (note.kind, note.share) {
        (NoteKind::Escalation, _) => format!("internal analysis of ticket #{id}"),
        (NoteKind::Resolution, Share::Nobody) => format!("the resolution of ticket #{id}"),
        (NoteKind::Resolution, Share::Discussion | Share::Mail) => {
            format!("the resolution and the discussion of ticket #{id}, where the customer reads it")
        }
    };
    let replaced = match in_the_ticket(case, note) {
        Some(before) if note.status == NoteStatus::Open => format!(", in place of note {before}"),
        _ => String::new(),
    };
    let mailed = if mails(case, note) { "the customer is e-mailed" } else { "nobody is e-mailed" };
    format!("{place}{replaced}; {mailed}")
}

/// Who else is to see the note.
fn sharing(share: Share) -> Action {
    let choice = |value: &str, label: &str| Choice { value: value.to_owned(), label: label.to_owned() };
    let options = vec![
        choice("nobody", "Technicians only, in the resolution"),
        choice("discussion", "The customer too, in the discussion"),
        choice("mail", "The customer too, in the discussion and by e-mail"),
    ];
    let at = match share {
        Share::Nobody => 0,
        Share::Discussion => 1,
        Share::Mail => 2,
    };
    let value = options.get(at).map(|it| it.value.clone());
    let input = Input::new("share", "Who sees this note in the ticket?", InputKind::Choice, 20);
    Action::new("share", "Who sees it").input(Input { value, options, ..input })
}

/// The first few sentences, each cut to one line.
fn listed(sentences: &[String]) -> String {
    const SHOWN: usize = 3;
    let short = |text: &String| match text.char_indices().nth(120) {
        Some((at, _)) => format!("“{}…”", &text[..at]),
        None => format!("“{text}”"),
    };
    let shown: Vec<String> = sentences.iter().take(SHOWN).map(short).collect();
    match sentences.len().saturating_sub(SHOWN) {
        0 => shown.join(" "),
        more => format!("{} and {more} more", shown.join(" ")),
    }
}

/// Every section as it reads now, to be changed.
fn editing(note: Note) -> Action {
    let longest = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    let inputs = note.sections.into_iter().map(|section| {
        let input = Input::new(name(&section), section.title, InputKind::Multiline, longest);
        Input { value: Some(words(&section).chars().take(LONGEST).collect()), ..input }
    });
    inputs.fold(Action::new("edit", "Edit"), Action::input)
}

pub(super) fn posting(posting: &Posting) -> Card {
    let label = posting.kind.label();
    let ticket = &posting.ticket_id;
    match posting.status {
        PostingStatus::Pending | PostingStatus::Sending => {
            let card = Card::new(CardKind::Posting, format!("{label} is on its way to ticket #{ticket}"), "");
            match posting.error.as_deref() {
                None => card.badge("Posting…", Tone::Neutral),
                Some(why) => card
                    .badge("Waiting", Tone::Warn)
                    .field("Waits because", why)
                    .field("Until then", "the note is kept, and posted once; nothing is to be done here"),
            }
        }
        PostingStatus::Posted => {
            let note = posting.external_id.as_deref().unwrap_or("?");
            let choice = format!("Posted to ticket #{ticket} as note {note}");
            let card = Card::new(CardKind::Posting, format!("{label} is in ticket #{ticket}"), "")
                .badge("Posted", Tone::Good);
            let card = match status_of(posting) {
                Some(status) => card.field("Ticket status", status),
                None => card,
            };
            card.state(CardState::Decided { choice, by: posting.member_name.clone(), at: posting.updated_at })
        }
        PostingStatus::Failed => {
            let why = posting.error.as_deref().unwrap_or("no reason is known");
            Card::new(
                CardKind::Posting,
                format!("{label} was not posted to ticket #{ticket}"),
                super::literal(why),
            )
            .badge("Failed", Tone::Bad)
            .action(Action::new("retry", "Try again").primary())
        }
    }
}

/// What became of the ticket's status, where one was chosen for its board.
fn status_of(posting: &Posting) -> Option<String> {
    let name = posting.ticket_status.as_deref().unwrap_or("the chosen status");
    let why = posting.status_error.as_deref().unwrap_or("no reason is known");
    Some(match posting.status_change? {
        StatusChange::Pending => "is being set".to_owned(),
        StatusChange::Done => name.to_owned(),
        StatusChange::Failed => format!("not {name}: {why}"),
        StatusChange::Dropped => format!("left as it was: {why}"),
    })
}
