//! What tickets, people and models may write: nothing of it breaks a payload, calls anybody, or hides a choice.

use std::collections::BTreeMap;

use flowpilot::Timestamp;
use flowpilot::surface::{
    Action, ActionStyle, Badge, Card, CardField, CardKind, CardState, Choice, Input, InputKind, Relayed, Tone,
};
use flowpilot_slack::home::{Home, HomeClaim, HomeFlow, HomePsa, HomeSession, home};
use flowpilot_slack::modal::{self, Target};
use flowpilot_slack::render::{self, Options};
use flowpilot_slack::unfurl::unfurl;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::checked;
use crate::golden::id;

const PIECES: &[&str] = &[
    "<!channel>",
    "<!here|here>",
    "<@U1>",
    "<#C1|general>",
    "@everyone",
    "<https://evil.example.com|https://bank.example.com>",
    "[bank](javascript:alert(1))",
    "[bank](https://evil.example.com/?q=<!channel>)",
    "<!date^0^{date}|now>",
    "```",
    "````\ncode",
    "`",
    "**",
    "* ",
    "\n- ",
    "\n  1. ",
    "\n> ",
    "\n\n",
    "\n---\n",
    "# ",
    "~~",
    "|",
    "&amp;&lt;",
    "\\",
    ":fire:",
    "👩‍💻",
    "🏳️‍🌈",
    "שלום עולם",
    "مرحبا",
    "\u{202E}gpj.exe",
    "\u{200B}\u{FEFF}",
    "\u{0}\u{7}",
    "Zalgo\u{0335}\u{0489}",
    "ﷺ",
    "<b onclick=x>",
    "![x](http://x/x.png)",
    "printer offline",
    "C:\\temp\\*.log",
    " ",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => vec(select(PIECES), 0..30).prop_map(|pieces| pieces.concat()),
        2 => any::<String>(),
        1 => (select(PIECES), 1..3_000_usize).prop_map(|(piece, n)| piece.repeat(n)),
        1 => Just(String::new()),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z_]{1,12}",
        1 => "[a-z]{1,8}[#+.\\[][0-9]{1,2}",
        1 => text(),
    ]
}

fn input() -> impl Strategy<Value = Input> {
    let kind = select(&[
        InputKind::Text,
        InputKind::Multiline,
        InputKind::Choice,
        InputKind::Secret,
        InputKind::Number,
        InputKind::Boolean,
        InputKind::Channel,
    ]);
    let options = vec((text(), text()).prop_map(|(value, label)| Choice { value, label }), 0..8);
    (name(), text(), kind, any::<bool>(), any::<u32>(), proptest::option::of(text()), options).prop_map(
        |(name, label, kind, required, max_length, value, options)| Input {
            name,
            label,
            kind,
            required,
            max_length,
            value,
            options,
        },
    )
}

fn action() -> impl Strategy<Value = Action> {
    let style = select(&[ActionStyle::Primary, ActionStyle::Default, ActionStyle::Danger]);
    (name(), text(), style, proptest::option::of(text()), vec(input(), 0..4))
        .prop_map(|(id, label, style, confirm, inputs)| Action { id, label, style, confirm, inputs })
}

fn state() -> impl Strategy<Value = CardState> {
    prop_oneof![
        2 => Just(CardState::Open),
        1 => (text(), text(), any::<i64>())
            .prop_map(|(choice, by, at)| CardState::Decided { choice, by, at: Timestamp(at) }),
        1 => proptest::option::of(text()).prop_map(|by| CardState::Superseded { by }),
    ]
}

fn card() -> impl Strategy<Value = Card> {
    let kind = select(&[
        CardKind::Session,
        CardKind::Question,
        CardKind::Check,
        CardKind::Fix,
        CardKind::Note,
        CardKind::Escalation,
        CardKind::Notice,
    ]);
    let tone = select(&[Tone::Good, Tone::Warn, Tone::Bad, Tone::Neutral]);
    let badge = proptest::option::of((text(), tone).prop_map(|(text, tone)| Badge { text, tone }));
    let fields = vec((text(), text()).prop_map(|(label, value)| CardField { label, value }), 0..14);
    (kind, text(), text(), fields, badge, vec(action(), 0..35), state()).prop_map(
        |(kind, title, body, fields, badge, actions, state)| {
            Card { kind, title, body, fields, badge, actions, state: CardState::Open, feedback_on: None }
                .state(state)
        },
    )
}

fn options() -> impl Strategy<Value = Options> {
    let session = "https://flowpilot.example.com/sessions/42".parse().ok();
    select(vec![Options::default(), Options { session }])
}

fn target() -> Target {
    Target {
        card: id(),
        action: "fact".into(),
        channel: "C1".into(),
        thread: "1700000000.000100".into(),
        workspace: "T1".into(),
    }
}

/// What Slack sends when a form is sent as it was opened.
fn submitted(view: &Value) -> Value {
    let inputs = view["blocks"].as_array().unwrap().iter().filter(|block| block["type"] == "input");
    let values = inputs.filter_map(|block| {
        let id = block["block_id"].as_str()?.to_owned();
        let element = &block["element"];
        let chosen = element.get("initial_option").cloned();
        let value = match chosen {
            Some(option) => json!({ "selected_option": option }),
            None => json!({ "value": element.get("initial_value").cloned() }),
        };
        Some((id, json!({ "value": value })))
    });
    Value::Object(values.collect())
}

#[test]
fn words_from_elsewhere_are_shown_letter_by_letter() {
    let words = |text: &str| Relayed { by: "Nora *N*".to_owned(), text: text.to_owned() };
    let shown =
        checked::message(&render::relayed(&words("**look** <@U1> [bank](https://evil.example)\nnext")));
    let elements = &shown["blocks"][0]["elements"][0]["elements"];
    assert_eq!(elements[0], json!({ "type": "text", "text": "Nora *N*", "style": { "bold": true } }));
    let said = " (from the console): **look** <@U1> [bank](https://evil.example)\nnext";
    assert_eq!(elements[1], json!({ "type": "text", "text": said }));
    for piece in PIECES {
        checked::message(&render::relayed(&words(piece)));
    }
    checked::message(&render::relayed(&words(&"long ".repeat(2_000))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_card_is_a_message_that_slack_takes(card in card(), options in options()) {
        checked::message(&render::card(&card, id(), &options));
    }

    #[test]
    fn a_choice_is_on_the_card_or_counted(card in card()) {
        let message = checked::message(&render::card(&card, id(), &Options::default()));
        let shown = message.to_string().matches("\"value\":").count();
        let mut ids: Vec<&str> = card.actions.iter().map(|a| a.id.as_str()).collect();
        ids.retain(|id| !id.is_empty() && id.encode_utf16().count() <= 2_000);
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(shown, ids.len().min(25));
    }

    #[test]
    fn words_are_a_message_that_slack_takes(text in text()) {
        checked::message(&render::words(&text));
    }

    #[test]
    fn every_form_is_a_view_that_slack_takes(card in card(), action in action()) {
        checked::view(&modal::form(&card, &action, &target()));
    }

    #[test]
    fn a_long_text_comes_back_as_it_was_when_a_form_is_sent_unchanged(
        text in "[a-zé👩 {}\\n]{1,12000}", longest in 12_000_u32..20_000,
    ) {
        let input = Input {
            value: Some(text.clone()),
            ..Input::new("body", "Script", InputKind::Multiline, longest)
        };
        let action = Action::new("save", "Save").input(input);
        let card = Card::new(CardKind::Notice, "Draft", "");
        let view = checked::view(&modal::form(&card, &action, &target()));
        let fields = modal::fields(&submitted(&view));
        prop_assert_eq!(fields, BTreeMap::from([("body".to_owned(), text)]));
    }

    #[test]
    fn a_view_that_says_something_is_a_view_that_slack_takes(title in text(), why in text()) {
        checked::view(&modal::loading(&title));
        checked::view(&modal::failed(&title, &why));
    }

    #[test]
    fn every_home_is_a_view_that_slack_takes(
        member in text(), texts in vec((text(), text(), name()), 0..14), notes in vec(text(), 0..8),
    ) {
        let link = "https://example.slack.com/archives/C1/p1".parse::<url::Url>().unwrap();
        let sessions: Vec<HomeSession> = texts
            .iter()
            .map(|(title, status, ticket)| HomeSession {
                title: title.clone(),
                ticket: Some(ticket.clone()),
                status: status.clone(),
                link: Some(link.clone()),
            })
            .collect();
        let flows = texts.iter().map(|(title, summary, slug)| HomeFlow {
            title: title.clone(),
            summary: summary.clone(),
            slug: slug.clone(),
        });
        let psa = texts.first().map(|(name, ..)| HomePsa::Waits(name.clone()));
        let claims = texts.iter().map(|(name, account, _)| HomeClaim {
            id: id().to_string(),
            member: name.clone(),
            external_id: "7".to_owned(),
            account: account.clone(),
        });
        let claims = claims.take(1).collect();
        checked::view(&home(&Home {
            member,
            escalations: sessions.clone(),
            sessions,
            flows: flows.collect(),
            psa,
            claims,
            notes,
        }));
    }

    #[test]
    fn every_unfurl_is_blocks_that_slack_takes(title in text(), status in text()) {
        checked::unfurl(&unfurl(&title, &status));
    }
}
