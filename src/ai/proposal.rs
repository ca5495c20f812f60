//! The fix that a model suggests, as far as what it wrote can be used.
//!
//! Whatever the form it came in, it goes through [`Proposal::read`]: known fields, clean texts, kept lengths. A person
//! decides about it; nothing in here runs anything.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::prompt::clean;
use crate::fix::{Confidence, NewFix, ScriptBody, ScriptLanguage};
use crate::session::text::shorten;

/// What is shown where a model does not say how sure it is, in percent.
const UNSURE: u8 = 50;
const MOST_STEPS: usize = 20;
const LONGEST_TITLE: usize = 200;
const LONGEST_TEXT: usize = 2_000;
const LONGEST_SCRIPT: usize = 20_000;

/// A fix to suggest. Kept with its answer until it is a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    title: String,
    root_cause: Option<String>,
    rationale: Option<String>,
    steps: Vec<String>,
    script: Option<ScriptBody>,
    /// 0..=100.
    confidence: u8,
}

impl Proposal {
    /// What a model wrote; none without a title.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let title = line(value.get("title")?, LONGEST_TITLE)?;
        let text = |name: &str| value.get(name).and_then(|text| paragraph(text, LONGEST_TEXT));
        Some(Self {
            title,
            root_cause: text("root_cause"),
            rationale: text("rationale"),
            steps: steps(value.get("steps")),
            script: value.get("script").and_then(script),
            confidence: value.get("confidence").and_then(percent).unwrap_or(UNSURE),
        })
    }

    /// Its title.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// As the session takes it.
    pub(super) fn into_fix(self, author: &str) -> NewFix {
        NewFix {
            title: self.title,
            root_cause: self.root_cause,
            rationale: self.rationale.unwrap_or_else(|| format!("{author} suggests it.")),
            steps: self.steps,
            script: self.script,
            confidence: Confidence {
                percent: self.confidence,
                reason: format!("The estimate of {author}; no outcome is recorded for it."),
            },
            solution: None,
            step: None,
            by_member: false,
        }
    }
}

fn line(value: &Value, longest: usize) -> Option<String> {
    let text = shorten(&clean(value.as_str()?), longest);
    (!text.is_empty()).then_some(text)
}

/// Text with its lines, cut where it is too long.
fn paragraph(value: &Value, longest: usize) -> Option<String> {
    let text: String = clean(value.as_str()?).trim().chars().take(longest).collect();
    (!text.is_empty()).then_some(text)
}

/// A list, or one text with a step on each line.
fn steps(value: Option<&Value>) -> Vec<String> {
    let steps: Vec<String> = match value {
        Some(Value::Array(steps)) => steps.iter().filter_map(|step| paragraph(step, LONGEST_TEXT)).collect(),
        Some(Value::String(steps)) => {
            steps.lines().filter_map(|step| paragraph(&Value::from(step), LONGEST_TEXT)).collect()
        }
        _ => Vec::new(),
    };
    steps.into_iter().take(MOST_STEPS).collect()
}

/// `{"language", "body"}`. A cut script is worse than none.
fn script(value: &Value) -> Option<ScriptBody> {
    let body = value.get("body")?.as_str()?.trim();
    if body.is_empty() || body.chars().count() > LONGEST_SCRIPT {
        return None;
    }
    let language = value.get("language").and_then(Value::as_str).unwrap_or("powershell").to_lowercase();
    let language = match language.as_str() {
        "powershell" | "ps1" | "pwsh" => ScriptLanguage::Powershell,
        "cmd" | "batch" | "bat" => ScriptLanguage::Cmd,
        "bash" | "sh" | "shell" => ScriptLanguage::Bash,
        _ => return None,
    };
    Some(ScriptBody { language, body: body.to_owned() })
}

/// A number or its text, with or without a percent sign. What is at most 1 and has a decimal point is a share.
fn percent(value: &Value) -> Option<u8> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().trim_end_matches('%').trim().to_owned(),
        _ => return None,
    };
    let number: f64 = text.parse().ok()?;
    if number.is_nan() {
        return None;
    }
    let is_share = text.contains('.') && (0.0..=1.0).contains(&number) && !is_percent(value);
    let percent = if is_share { number * 100.0 } else { number };
    // In range, and whole: nothing is lost.
    Some(percent.clamp(0.0, 100.0).round() as u8)
}

fn is_percent(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim_end().ends_with('%'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sure(confidence: &Value) -> u8 {
        Proposal::read(&json!({ "title": "x", "confidence": confidence })).unwrap().confidence
    }

    #[test]
    fn a_confidence_is_read_in_each_of_its_forms_and_clamped() {
        for (written, read) in [
            (json!(87), 87),
            (json!("87 %"), 87),
            (json!(0.87), 87),
            (json!("0.87"), 87),
            (json!(1), 1),
            (json!(1.0), 100),
            (json!("0.5%"), 1),
            (json!(-3), 0),
            (json!(1e9), 100),
            (json!("NaN"), UNSURE),
            (json!("sure"), UNSURE),
            (json!(null), UNSURE),
        ] {
            assert_eq!(sure(&written), read, "{written}");
        }
        assert_eq!(Proposal::read(&json!({ "title": "x" })).unwrap().confidence, UNSURE);
    }

    #[test]
    fn what_has_no_title_is_no_fix() {
        for value in [json!({}), json!({ "title": "  " }), json!({ "title": 3 })] {
            assert_eq!(Proposal::read(&value), None);
        }
    }

    #[test]
    fn texts_are_cut_and_cleaned_and_what_is_not_known_is_dropped() {
        let read = Proposal::read(&json!({
            "title": format!("Ask <!channel> @everyone {}", "x ".repeat(300)),
            "steps": "one\n\n two ",
            "script": { "language": "perl", "body": "print" },
            "run_now": true,
        }))
        .unwrap();
        assert!(read.title.chars().count() <= LONGEST_TITLE);
        assert!(!read.title.contains("<!channel>") && !read.title.contains("@everyone"), "{}", read.title);
        assert_eq!((read.steps, read.script), (vec!["one".to_owned(), "two".to_owned()], None));
        let many: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        assert_eq!(Proposal::read(&json!({ "title": "x", "steps": many })).unwrap().steps.len(), MOST_STEPS);
    }
}
