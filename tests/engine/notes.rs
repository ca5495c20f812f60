//! The resolution note: four sections, and every sentence rests on something that was recorded.

use std::collections::BTreeSet;

use flowpilot::note::{Evidence, Note, NoteFormat, NoteKind, export, write};
use flowpilot::session::Case;
use flowpilot::store::SessionId;
use uuid::Uuid;

use crate::support::psa::TicketSystem;
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

/// A ticket that was worked: a failed fix, a fix that worked, checks, facts, and one check still open.
async fn worked(world: &World) -> SessionId {
    world.import(&[NO_SOUND, RESTART]).await;
    let system = TicketSystem::connect(world).await;
    let id = system.session(world).await;
    for text in [
        "/flow no-sound",
        "Jabra Evolve",
        "Muted",
        "/apply",
        "/failed still silent",
        "Current",
        "/fact It began after the move to the new desk.",
        "/check Does the port work? => No, two pins are bent.",
        "/check Ask the vendor about the warranty",
        "/fix Use the other port",
        "/apply",
        "/worked",
    ] {
        world.say(id, text).await;
    }
    id
}

/// The note as it is read, each sentence with what it rests on.
pub(crate) fn annotated(note: &Note) -> String {
    let mut lines = Vec::new();
    for section in &note.sections {
        lines.push(format!("# {}", section.title));
        for sentence in &section.sentences {
            let lead = if sentence.item { "- " } else { "" };
            lines.push(format!(
                "{lead}{}   <{}>",
                sentence.text,
                sentence.evidence.iter().map(name).collect::<Vec<_>>().join(" ")
            ));
        }
    }
    lines.join("\n")
}

fn name(evidence: &Evidence) -> &'static str {
    match evidence {
        Evidence::Session(_) => "session",
        Evidence::Fact(_) => "fact",
        Evidence::Check(_) => "check",
        Evidence::Decision(_) => "decision",
        Evidence::Outcome(_) => "outcome",
        Evidence::Fix(_) => "fix",
        Evidence::Script(_) => "script",
        Evidence::Step(_) => "step",
        Evidence::Edit(_) => "edit",
        Evidence::Message(_) => "message",
    }
}

fn id_of(evidence: &Evidence) -> Uuid {
    match evidence {
        Evidence::Session(id) => id.0,
        Evidence::Fact(id)
        | Evidence::Check(id)
        | Evidence::Decision(id)
        | Evidence::Outcome(id)
        | Evidence::Fix(id)
        | Evidence::Script(id)
        | Evidence::Step(id)
        | Evidence::Edit(id)
        | Evidence::Message(id) => *id,
    }
}

/// Everything of a case file that a sentence may rest on.
fn recorded(case: &Case) -> BTreeSet<Uuid> {
    let mut ids = BTreeSet::from([case.session.id.0]);
    ids.extend(case.facts.iter().map(|fact| fact.id.0));
    ids.extend(case.checks.iter().map(|check| check.id.0));
    ids.extend(case.notes.iter().filter(|note| note.edit.is_some()).map(|note| note.id.0));
    ids.extend(case.steps.iter().map(|step| step.id.0));
    ids.extend(case.generations.iter().map(|generation| generation.id.0));
    for fix in &case.fixes {
        ids.insert(fix.id.0);
        ids.extend(fix.decision.iter().map(|decision| decision.id.0));
        ids.extend(fix.outcome.iter().map(|outcome| outcome.id.0));
    }
    ids
}

/// Fails for a sentence that rests on nothing, or on something that is not there.
pub(crate) fn assert_grounded(case: &Case) {
    let recorded = recorded(case);
    for kind in [NoteKind::Resolution, NoteKind::Escalation] {
        for sentence in write(kind, case).sections.iter().flat_map(|section| &section.sentences) {
            assert!(!sentence.evidence.is_empty(), "{sentence:?}");
            assert!(
                sentence.evidence.iter().all(|evidence| recorded.contains(&id_of(evidence))),
                "{sentence:?}"
            );
        }
    }
}

on_both_databases! {
    async fn a_worked_ticket_makes_a_whole_note(world: &World) {
        let id = worked(world).await;
        let note = write(NoteKind::Resolution, &world.case(id).await);
        insta::assert_snapshot!("resolution_note", annotated(&note));
        insta::assert_snapshot!("resolution_note_markdown", export(&note, NoteFormat::Markdown));
    }

    async fn every_sentence_rests_on_something_that_was_recorded(world: &World) {
        let id = worked(world).await;
        assert_grounded(&world.case(id).await);
        assert_grounded(&world.case(world.session().await).await);
    }

    async fn an_empty_session_makes_an_honest_note(world: &World) {
        let note = write(NoteKind::Resolution, &world.case(world.session().await).await);
        insta::assert_snapshot!("empty_resolution_note", annotated(&note));
    }

    async fn a_partial_success_is_told_as_one(world: &World) {
        let id = world.session().await;
        for text in ["/fix Push the cable in", "/apply", "/partly it still hums"] {
            world.say(id, text).await;
        }
        let text = export(&write(NoteKind::Resolution, &world.case(id).await), NoteFormat::Text);
        assert!(text.contains("Suspected: Not determined."), "{text}");
        assert!(text.contains("Applied, with partial success: Push the cable in."), "{text}");
        assert!(text.contains("The problem is solved in part (it still hums)."), "{text}");
    }

    async fn the_note_is_exported_in_three_forms(world: &World) {
        let (id, api) = (world.session().await, crate::support::api::Api::of(&world.engine, &world.viewer));
        world.say(id, "/fact The `cable` is loose.").await;
        let form = async |format: &str| {
            let answer = api.get(&format!("/ai-sessions/{id}/resolution-note?format={format}")).await;
            (
                answer.headers["content-type"].to_str().unwrap().to_owned(),
                answer.body.as_str().unwrap().to_owned(),
            )
        };
        let (kind, markdown) = form("markdown").await;
        assert!(
            kind.starts_with("text/markdown") && markdown.contains("**Problem**\n"),
            "{kind}: {markdown}"
        );
        let (kind, text) = form("text").await;
        assert!(kind.starts_with("text/plain") && text.contains("The `cable` is loose."), "{kind}: {text}");
        let (kind, html) = form("html").await;
        assert!(
            kind.starts_with("text/html") && html.contains("<li>The <code>cable</code> is loose.</li>"),
            "{html}"
        );
        assert_eq!(
            api.get(&format!("/ai-sessions/{id}/resolution-note?format=pdf")).await.fields(),
            ["format"]
        );
    }

    async fn nothing_that_somebody_wrote_becomes_a_script_or_a_foreign_image(world: &World) {
        let id = world.session().await;
        for hostile in [
            "<script>alert(1)</script> <img src=x onerror=alert(2)>",
            "[click](javascript:alert(3)) and <a href=\"javascript:alert(4)\">click</a>",
            "![x](https://example.com/track.png)",
            "</li></ul><iframe src=\"https://example.com\"></iframe><style>*{display:none}</style>",
        ] {
            world.say(id, &format!("/fact {hostile}")).await;
        }
        let html = export(&write(NoteKind::Resolution, &world.case(id).await), NoteFormat::Html);
        for hostile in ["<script", "<img", "<a ", "<iframe", "<style"] {
            assert!(!html.contains(hostile), "{hostile}: {html}");
        }
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "what was written stays: {html}");
    }

    async fn what_somebody_wrote_stands_in_the_html_as_they_wrote_it(world: &World) {
        let id = world.session().await;
        for (said, shown) in [
            (r"\\fs01\finance and C:\temp\_old\*.log", r"\\fs01\finance and C:\temp\_old\*.log."),
            ("# is the prompt", "# is the prompt."),
            ("net user <SamAccountName> says **no**", "net user &lt;SamAccountName&gt; says **no**"),
        ] {
            world.say(id, &format!("/fact {said}")).await;
            let html = export(&write(NoteKind::Resolution, &world.case(id).await), NoteFormat::Html);
            assert!(html.contains(shown), "{said}: {html}");
        }
    }

    async fn a_fact_of_several_lines_stays_one_item(world: &World) {
        let id = world.session().await;
        world.say(id, "/fact One.\n\n**Resolution**\n- Two").await;
        let note = write(NoteKind::Resolution, &world.case(id).await);
        assert_eq!(note.sections[1].sentences[0].text, "One. **Resolution** - Two.");
    }
}
