//! What must hold whatever people do, in whatever order.

use flowpilot::note::{NoteFormat, NoteKind, export, preview, write};
use flowpilot::script::{GenerateScript, NewTemplate, create_template, generate, mark_applied};
use flowpilot::session::{Case, SessionFilter};
use flowpilot::store::{PageRequest, ScriptTemplateId, SessionId};
use flowpilot::surface::{CardState, What};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::json;
use tokio::runtime::Handle;

use crate::notes::assert_grounded;
use crate::support::platform::{Chat, deliver, person, thread};
use crate::support::world::until;
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

/// Something that somebody may do in a session, possible or not.
#[derive(Debug, Clone)]
enum Deed {
    Say(&'static str),
    /// A button of any card there is.
    Press(Index, Index),
    EditFact(Index),
    RemoveFact(Index),
    RecordCheck(Index),
    GenerateScript,
    SayItRan(Index),
}

const WORDS: [&str; 36] = [
    "1",
    "2",
    "3",
    "done",
    "Jabra",
    "muted",
    "cannot tell",
    "old",
    "current",
    "the same",
    "hold on",
    "/back",
    "/flow restart-pc",
    "/flow no-sound",
    "/fact It hums.",
    "/check Cable",
    "/check Cable => loose",
    "/skip",
    "/fix Push it",
    "/apply",
    "/draft",
    "/build",
    "/dismiss no",
    "/worked",
    "/partly nearly",
    "/failed",
    "/pending tomorrow",
    "/resolve",
    "/escalate",
    "/post",
    "/cancel",
    "/pause",
    "/resume",
    "/waiting lunch",
    "/abandon",
    "/status",
];

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => select(&WORDS[..]).prop_map(Deed::Say),
        4 => any::<(Index, Index)>().prop_map(|(card, action)| Deed::Press(card, action)),
        1 => any::<Index>().prop_map(Deed::EditFact),
        1 => any::<Index>().prop_map(Deed::RemoveFact),
        1 => any::<Index>().prop_map(Deed::RecordCheck),
        1 => Just(Deed::GenerateScript),
        1 => any::<Index>().prop_map(Deed::SayItRan),
    ]
}

/// Does it; most deeds are impossible at most moments, and are then refused.
async fn perform(
    world: &World,
    id: SessionId,
    script: ScriptTemplateId,
    deed: &Deed,
) -> flowpilot::Result<()> {
    let case = world.case(id).await;
    match deed {
        Deed::Say(text) => world.try_say(id, text).await.map(drop),
        Deed::Press(card, action) => press(world, id, *card, *action).await,
        Deed::EditFact(at) if !case.facts.is_empty() => {
            let mut tx = world.change(id).await;
            tx.edit_fact(at.get(&case.facts).id, "It was edited.").await?;
            tx.commit(None).await.map(drop)
        }
        Deed::RemoveFact(at) if !case.facts.is_empty() => {
            let mut tx = world.change(id).await;
            tx.remove_fact(at.get(&case.facts).id).await?;
            tx.commit(None).await.map(drop)
        }
        Deed::RecordCheck(at) if !case.checks.is_empty() => {
            let mut tx = world.change(id).await;
            tx.record_check(at.get(&case.checks).id, "recorded", None).await?;
            tx.commit(None).await.map(drop)
        }
        Deed::GenerateScript => {
            let wanted = json!({ "template_id": script, "session_id": id });
            let wanted: GenerateScript = serde_json::from_value(wanted).unwrap();
            generate(&world.engine, &world.engineer, wanted).await.map(drop)
        }
        Deed::SayItRan(at) if !case.generations.is_empty() => {
            let generation = at.get(&case.generations).id;
            mark_applied(&world.engine, &world.engineer, id, generation).await.map(drop)
        }
        _ => Ok(()),
    }
}

async fn press(world: &World, id: SessionId, card: Index, action: Index) -> flowpilot::Result<()> {
    let cards = world.cards(id).await;
    let open: Vec<_> =
        cards.iter().filter(|(_, card)| card.state == CardState::Open && !card.actions.is_empty()).collect();
    let (card_id, card) = card.get(&open);
    let action = action.get(&card.actions);
    let fields: Vec<_> = action.inputs.iter().map(|input| (input.name.as_str(), "filled in")).collect();
    world.press_card(id, *card_id, &action.id, &fields).await.map(drop)
}

fn texts(case: &Case) -> [String; 2] {
    [NoteKind::Resolution, NoteKind::Escalation].map(|kind| export(&write(kind, case), NoteFormat::Markdown))
}

/// What a preview says must be what the session is.
async fn check_previews(world: &World, id: SessionId, fresh: &[String; 2]) -> Result<(), TestCaseError> {
    for (kind, fresh) in [NoteKind::Resolution, NoteKind::Escalation].into_iter().zip(fresh) {
        let shown = preview(&world.engine, &world.viewer, kind, id).await.unwrap();
        prop_assert_eq!(&*shown.markdown, fresh, "the {} preview is stale", kind);
    }
    Ok(())
}

/// Where a session may stand before the first deed: at the start, at a fix in use, at an escalation.
const STANDINGS: [&[&str]; 3] = [&[], &["Jabra", "muted", "/apply"], &["Jabra", "cannot tell", "current"]];

async fn no_deed_goes_uncounted(
    world: &World,
    script: ScriptTemplateId,
    standing: &[&str],
    deeds: &[Deed],
) -> Result<(), TestCaseError> {
    let id = world.begin("No sound in calls").await;
    for text in standing {
        world.say(id, text).await;
    }
    for deed in deeds {
        let before = world.case(id).await;
        let done = perform(world, id, script, deed).await;
        let after = world.case(id).await;
        let (old, new) = (before.session.state_version.0, after.session.state_version.0);
        let (text, was) = (texts(&after), texts(&before));
        prop_assert!(new == old || new == old + 1, "{:?} moved the version from {} to {}", deed, old, new);
        prop_assert!(new > old || text == was, "{:?} changed the note and was not counted", deed);
        prop_assert!(
            done.is_ok() || (new == old && text == was),
            "{:?} was refused and changed something",
            deed
        );
        prop_assert!(after.fixes.iter().filter(|fix| fix.is_active()).count() <= 1);
        assert_grounded(&after);
        check_previews(world, id, &text).await?;
    }
    Ok(())
}

/// Runs a property inside a test's runtime.
fn run<S: Strategy>(
    cases: u32,
    strategy: &S,
    mut property: impl AsyncFnMut(S::Value) -> Result<(), TestCaseError>,
) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let property = std::cell::RefCell::new(&mut property);
    let checked = tokio::task::block_in_place(|| {
        TestRunner::new(config)
            .run(strategy, |value| Handle::current().block_on((property.borrow_mut())(value)))
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
}

/// What three people say in three threads, in an order that keeps each thread's own.
fn interleaved() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec(0..3_usize, 30).prop_map(|threads| {
        let mut next = [0; 3];
        let said = threads.into_iter().filter_map(move |thread| {
            let word = next[thread];
            next[thread] += 1;
            (word < SAID.len()).then_some((thread, word))
        });
        let mut said: Vec<_> = said.collect();
        // Whatever the draw left out comes at the end.
        for thread in 0..3 {
            let from = said.iter().filter(|(of, _)| *of == thread).count();
            said.extend((from..SAID.len()).map(|word| (thread, word)));
        }
        said
    })
}

const SAID: [&str; 7] =
    ["No sound in calls", "Jabra", "cannot tell", "old", "/apply", "/worked", "/fact It was a long day."];

/// Delivers the events of one round of threads, some of them again later, and answers with what came of each.
async fn round(
    world: &World,
    name: &str,
    order: &[(usize, usize)],
    again: &[Index],
) -> Vec<(Vec<String>, i64)> {
    let mut events = order.to_vec();
    for (place, index) in again.iter().enumerate() {
        let (at, event) = (index.index(events.len()), events[index.index(order.len() / 2)]);
        // A redelivery comes after the event itself.
        let first = events.iter().position(|other| *other == event).unwrap();
        events.insert((at.max(first) + 1 + place).min(events.len()), event);
    }
    for (of, word) in &events {
        let (place, author) = (thread(&format!("{name}-{of}")), person("Nora"));
        let what = What::said(SAID[*word]);
        deliver(world, &format!("{name}-{of}-{word}"), &place, &author, what).await;
    }
    until("everything is worked", async || world.engine.inbox.depth().await.unwrap() == (0, 0)).await;
    let page = PageRequest { after: None, limit: PageRequest::MAX };
    let sessions =
        flowpilot::session::list(&world.engine.db, world.team, &SessionFilter::default(), page).await;
    let mut ends = Vec::new();
    for of in 0..3 {
        let is_its = |session: &&flowpilot::session::Session| session.thread == format!("{name}-{of}");
        let session = sessions.as_ref().unwrap().items.iter().find(is_its).unwrap();
        ends.push((world.facts(session.id).await, session.state_version.0));
    }
    ends
}

on_both_databases! {
    async fn whatever_is_done_a_changed_note_has_a_new_version(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        let new = json!({ "title": "List", "language": "bash", "body": "ls" });
        let new: NewTemplate = serde_json::from_value(new).unwrap();
        let script = create_template(&world.engine, &world.engineer, new).await.unwrap().id;
        let lives = (select(&STANDINGS[..]), prop::collection::vec(deed(), 1..20));
        run(18, &lives, async |(standing, deeds): (&[&str], Vec<Deed>)| {
            no_deed_goes_uncounted(world, script, standing, &deeds).await
        });
    }

    async fn a_doubled_and_interleaved_stream_of_events_ends_as_the_clean_one(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        Chat::connect(world).await;
        world.work();
        let in_order: Vec<_> =
            (0..3).flat_map(|thread| (0..SAID.len()).map(move |word| (thread, word))).collect();
        let clean = round(world, "clean", &in_order, &[]).await;
        assert!(clean.iter().all(|(facts, _)| facts.len() == 5), "{clean:?}");
        let mut count = 0;
        run(
            4,
            &(interleaved(), prop::collection::vec(any::<Index>(), 0..8)),
            async |(order, again): (Vec<(usize, usize)>, Vec<Index>)| {
                count += 1;
                let ends = round(world, &format!("round {count}"), &order, &again).await;
                prop_assert_eq!(&ends, &clean);
                Ok(())
            },
        );
    }
}
