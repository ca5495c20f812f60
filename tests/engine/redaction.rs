//! Secrets do not get past the choke point, and what is no secret stays readable.
//!
//! The lines in `tests/data/redaction` are invented; `⟦…⟧` marks what must go. Those in `held-out` were written before
//! the rules.

use std::time::Instant;

use flowpilot::redact::{Growing, Label, Profile, Redacted, is_token, redact, redact_line, secrets};
use proptest::prelude::*;
use serde_json::{Value, json};

const HELD_OUT: [&str; 5] = [
    include_str!("../data/redaction/held-out/en.txt"),
    include_str!("../data/redaction/held-out/de.txt"),
    include_str!("../data/redaction/held-out/fr.txt"),
    include_str!("../data/redaction/held-out/es.txt"),
    include_str!("../data/redaction/held-out/nl.txt"),
];
const KNOWN: [&str; 7] = [
    include_str!("../data/redaction/known/en.txt"),
    include_str!("../data/redaction/known/de.txt"),
    include_str!("../data/redaction/known/fr.txt"),
    include_str!("../data/redaction/known/es.txt"),
    include_str!("../data/redaction/known/nl.txt"),
    include_str!("../data/redaction/known/tickets.txt"),
    include_str!("../data/redaction/known/third-round.txt"),
];

/// A line without its marks, and where they were, in bytes.
fn unmarked(line: &str) -> (String, Vec<(usize, usize)>) {
    let (mut text, mut secrets, mut start) = (String::new(), Vec::new(), 0);
    for c in line.chars() {
        match c {
            '⟦' => start = text.len(),
            '⟧' => secrets.push((start, text.len())),
            c => text.push(c),
        }
    }
    (text, secrets)
}

/// How much of a secret the spans cover, from 0 to 1.
fn covered(redacted: &Redacted, (start, end): (usize, usize)) -> f64 {
    let bytes: usize = redacted.spans.iter().map(|s| s.end.min(end).saturating_sub(s.start.max(start))).sum();
    bytes as f64 / (end - start).max(1) as f64
}

#[test]
fn what_technicians_write_loses_its_secrets_and_nothing_else() {
    let (mut positive, mut negative, mut caught, mut all, mut clean) = (0, 0, 0, 0, 0);
    for line in HELD_OUT.iter().chain(&KNOWN).flat_map(|f| f.lines()).filter(|l| !l.starts_with('#')) {
        let (text, marked) = unmarked(line);
        let redacted = redact(&text, Profile::Secrets);
        if marked.is_empty() {
            negative += 1;
            if redacted.text == text {
                clean += 1;
            } else {
                println!("changed: {text}\n     to: {}", redacted.text);
            }
            continue;
        }
        positive += 1;
        for secret in marked {
            all += 1;
            if covered(&redacted, secret) >= 0.9 {
                caught += 1;
            } else {
                println!("leaked: {text}");
            }
        }
    }
    let (recall, clean) = (f64::from(caught) / f64::from(all), f64::from(clean) / f64::from(negative));
    println!("{positive} lines with {all} secrets: recall {recall:.3}; {negative} without: clean {clean:.3}");
    assert!(positive >= 300 && negative >= 300);
    assert!(recall >= 0.97 && clean >= 0.97, "recall {recall:.3}, clean {clean:.3}");
}

/// `presidio.jsonl` beside the folder of interface descriptions: sentences with labelled personal data.
#[test]
fn personal_data_with_a_form_is_found_in_other_peoples_sentences() {
    let Some(folder) = std::env::var_os("FLOWPILOT_CONTRACTS") else {
        println!("skipped: FLOWPILOT_CONTRACTS does not name a folder");
        return;
    };
    let file = std::path::Path::new(&folder).join("../data/redaction/presidio.jsonl");
    let Ok(lines) = std::fs::read_to_string(&file) else {
        println!("skipped: there is no {}", file.display());
        return;
    };
    let (mut caught, mut all, mut right, mut wrong) = (0, 0, 0, 0);
    for line in lines.lines() {
        let gold: Value = serde_json::from_str(line).unwrap();
        let answer =
            redact_line(&json!({ "id": 1, "text": gold["text"] }).to_string(), Profile::Pii).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let ranges = |list: &Value| -> Vec<(u64, u64)> {
            list.as_array()
                .into_iter()
                .flatten()
                .map(|s| (s["start"].as_u64().unwrap(), s["end"].as_u64().unwrap()))
                .collect()
        };
        let inside = |(start, end): (u64, u64), ranges: &[(u64, u64)]| {
            let points = (start..end).filter(|p| ranges.iter().any(|(a, b)| (a..b).contains(&p))).count();
            points as f64 / (end - start).max(1) as f64
        };
        let (gold, ignored, found) =
            (ranges(&gold["spans"]), ranges(&gold["ignore"]), ranges(&answer["spans"]));
        all += gold.len();
        caught += gold.iter().filter(|g| inside(**g, &found) >= 0.9).count();
        for span in found {
            let of_gold = inside(span, &gold);
            right += usize::from(of_gold >= 0.5);
            wrong += usize::from(of_gold + inside(span, &ignored) < 0.5);
        }
    }
    let (recall, precision) = (caught as f64 / all as f64, right as f64 / (right + wrong) as f64);
    println!("{all} values: recall {recall:.3}, precision {precision:.3}");
    assert!(recall >= 0.95 && precision >= 0.95, "recall {recall:.3}, precision {precision:.3}");
}

#[test]
fn the_same_value_has_the_same_token_and_another_has_another() {
    assert_eq!(
        secrets("changed password from Alt#2023 to Neu#2024, then the password Neu#2024 worked"),
        "changed password from [PASSWORD#1] to [PASSWORD#2], then the password [PASSWORD#2] worked"
    );
}

#[test]
fn nothing_is_shown_while_a_text_grows_that_is_taken_out_in_the_end() {
    for line in HELD_OUT.iter().flat_map(|f| f.lines()).filter(|l| l.contains('⟦')) {
        let text = format!("{}\nand that was it.\n", unmarked(line).0);
        let whole = secrets(&text);
        for (at, _) in text.match_indices([' ', '\n']) {
            let grown = &text[..=at];
            let shown = Growing::default().clean(grown);
            assert!(whole.starts_with(&shown), "{shown:?} is not how {whole:?} begins");
        }
    }
}

#[test]
fn a_token_in_the_text_keeps_its_number() {
    assert_eq!(
        secrets("not [PASSWORD#1] any more, password is Herbst!26"),
        "not [PASSWORD#1] any more, password is [PASSWORD#2]"
    );
}

#[test]
fn tokens_are_known_as_such() {
    assert!(is_token("[PASSWORD#12]") && is_token("[REDACTED]"));
    assert!(!is_token("[PASSWORD]") && !is_token("x[PASSWORD#1]") && !is_token(""));
}

#[test]
fn invisible_and_look_alike_characters_hide_nothing() {
    assert_eq!(secrets("pass\u{200B}word: Hun\u{200D}ter2!x"), "pass\u{200B}word: [PASSWORD#1]");
    assert_eq!(secrets("ｐａｓｓｗｏｒｄ： Hunter2!x"), "ｐａｓｓｗｏｒｄ： [PASSWORD#1]");
    assert_eq!(secrets("password → “Hunter2!x”"), "password → “[PASSWORD#1]”");
}

#[test]
fn mentions_stay_as_the_platform_wrote_them() {
    for text in [
        "password? ask <@U024BE7LH|eli>",
        "<!channel> the password policy changed",
        "<#C024BE7LR|general> and <@!80351110224678912>",
        "pw: <at>Eli</at> knows",
    ] {
        assert_eq!(redact(text, Profile::Pii).text, text);
    }
}

#[test]
fn people_and_machines_are_taken_out_only_for_those_outside() {
    let text = "Anna (anna.keller@acme.example, +49 30 901820) cannot reach 10.20.4.31 as ACME\\akeller";
    assert_eq!(secrets(text), text);
    assert_eq!(
        redact(text, Profile::Pii).text,
        "Anna ([EMAIL#1], [PHONE#1]) cannot reach [IP#1] as ACME\\[USER#1]"
    );
}

#[test]
fn a_whole_private_key_goes_and_one_cut_off_too() {
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE\nbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n";
    let whole = format!("{key}-----END OPENSSH PRIVATE KEY-----");
    let begin = "-----BEGIN OPENSSH PRIVATE KEY-----\n[PRIVATE_KEY#1]\n";
    assert_eq!(secrets(&whole), format!("{begin}-----END OPENSSH PRIVATE KEY-----"));
    assert_eq!(secrets(&format!("{key}And that was it.")), format!("{begin}And that was it."));
}

#[test]
fn every_span_says_what_it_was() {
    let found = |text: &str| redact(text, Profile::Pii).spans.first().map(|s| s.label);
    assert_eq!(found("pw is Herbst!26"), Some(Label::Password));
    assert_eq!(found("door code 4471"), Some(Label::Pin));
    assert_eq!(found("MFA code 493201"), Some(Label::Code));
    assert_eq!(found("card 4111 1111 1111 1111"), Some(Label::CreditCard));
    assert_eq!(found("IBAN DE89370400440532013000"), Some(Label::Iban));
    assert_eq!(found("mail bob@acme.example"), Some(Label::Email));
}

#[test]
fn a_line_is_answered_with_offsets_in_code_points() {
    let line = json!({ "id": "a", "text": "Grüße 👋, das Passwort lautet Straße#26" }).to_string();
    let answer: Value = serde_json::from_str(&redact_line(&line, Profile::Secrets).unwrap()).unwrap();
    assert_eq!(answer["text"], "Grüße 👋, das Passwort lautet [PASSWORD#1]");
    assert_eq!(answer["spans"], json!([{ "start": 29, "end": 38, "label": "PASSWORD" }]));
}

#[test]
fn a_line_of_another_shape_is_refused_with_the_rule() {
    let refused = |line: &str| redact_line(line, Profile::Secrets).unwrap_err().to_string();
    assert!(refused(r#"{"id": "a"}"#).contains("text"));
    assert!(refused(r#"{"id": [], "text": ""}"#).contains("id"));
    assert!(refused("password").contains("JSON"));
}

/// Words that rules look for, and values, in any order: what random letters alone never hit.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        "[a-zA-Z0-9!#@$%:/ -]{1,24}",
        proptest::sample::select(vec![
            "password",
            " is ",
            ": ",
            " to ",
            "from ",
            "pw=",
            "Hunter2!x",
            "\"",
            "'",
            "\n",
            "wachtwoord",
            " lautet ",
            "PIN ",
            "4471",
            "creds: ",
            "admin/",
            "[PASSWORD#1]",
            "[REDACTED]",
            "<@U024BE7LH>",
            "-----BEGIN RSA PRIVATE KEY-----",
            "MIIEpAIB",
            "-----END RSA PRIVATE KEY-----",
            "://bob:",
            "@host",
            "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
            "\u{200B}",
            "\u{301}",
            "é",
            "471614-187891-366905-544258-226061-402259-090387-712976",
            "4111 1111 1111 1111",
            "GB29NWBK60161331926819",
            ", ",
            " / ",
            "net use \\\\a\\b /user:c ",
            "key ",
            "token=",
            "a8f5f167f44f4964e6c998dee827110c",
            "+49 30 901820",
            "10.0.0.1",
            "code ",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..14).prop_map(|p| p.concat())
}

proptest! {
    #[test]
    fn what_is_redacted_stays_as_it_is(text in pieces()) {
        for profile in [Profile::Secrets, Profile::Pii] {
            let once = redact(&text, profile).text;
            let twice = redact(&once, profile).text;
            prop_assert_eq!(&once, &twice, "from {:?}", text);
        }
    }

    #[test]
    fn spans_are_in_order_and_in_the_text(text in pieces()) {
        let redacted = redact(&text, Profile::Pii);
        let mut from = 0;
        let mut kept = String::new();
        for span in &redacted.spans {
            prop_assert!(from <= span.start && span.start < span.end && span.end <= text.len());
            prop_assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
            kept.push_str(&text[from..span.start]);
            from = span.end;
        }
        kept.push_str(&text[from..]);
        // What is left is the text without the values.
        let tokens = redacted.text.len() + redacted.spans.iter().map(|s| s.end - s.start).sum::<usize>();
        prop_assert!(tokens >= text.len() && kept.len() <= text.len());
    }

    #[test]
    fn a_text_without_cues_and_digits_comes_back(text in "[abdefghijlmnoqrstuxyz ]{0,200}") {
        prop_assert_eq!(secrets(&text), text);
    }
}

/// Not a measurement: a quadratic rule would take hours here.
#[test]
fn a_long_text_of_nothing_but_cues_ends() {
    let started = Instant::now();
    for piece in [
        "password ",
        "pw: ",
        "-----BEGIN RSA PRIVATE KEY-----\n",
        "://a:",
        "net use ",
        "creds for the ",
        "4111 ",
        "((((",
        "\"",
        "a@",
    ] {
        let text = piece.repeat(20_000 / piece.len());
        let _ = redact(&text, Profile::Pii);
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
