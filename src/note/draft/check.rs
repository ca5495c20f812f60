//! What of a model's note stays: sentences that say only what the things they cite say.

use std::collections::BTreeMap;

use super::source::{Of, Source};
use super::{Drafted, LeftOut};
use crate::ai::{Claim, Told};
use crate::note::edit::{LONGEST, name};
use crate::note::resolution::sentence;
use crate::note::unsupported::{sentences, told};
use crate::note::{Evidence, Note, Section, Sentence, ground};

/// Sentences of one section at most.
const MOST: usize = 20;
/// The longest sentence, in characters.
const LONGEST_SENTENCE: usize = 600;

/// A model's note, sentence by sentence.
pub(super) fn check(rules: &Note, told: &Told, sources: &[Source]) -> Drafted {
    let mut sections = BTreeMap::new();
    let mut left_out = Vec::new();
    for section in &rules.sections {
        let claims = told.sections.get(&name(section)).map(Vec::as_slice).unwrap_or_default();
        let (mut kept, mut length) = (Vec::new(), 0);
        for claim in claims {
            for text in sentences(&claim.text) {
                match supported(section, text, claim, sources) {
                    Ok(evidence) if kept.len() < MOST && length + text.chars().count() <= LONGEST => {
                        length += text.chars().count() + 3;
                        kept.push(Sentence {
                            text: sentence(text),
                            item: is_list(section),
                            evidence,
                            ..Sentence::default()
                        });
                    }
                    Ok(_) => left_out.push(left(text, "the section is too long".to_owned())),
                    Err(why) => left_out.push(left(text, why)),
                }
            }
        }
        if !kept.is_empty() {
            sections.insert(name(section), kept);
        }
    }
    Drafted { author: told.author.clone(), sections, left_out }
}

fn left(text: &str, why: String) -> LeftOut {
    let text = text.chars().take(LONGEST_SENTENCE).collect();
    LeftOut { text, why }
}

/// What a sentence rests on.
///
/// # Errors
/// What is wrong with it, in words for the model and for people.
fn supported(
    section: &Section,
    text: &str,
    claim: &Claim,
    sources: &[Source],
) -> Result<Vec<Evidence>, String> {
    if !claim.is_clean {
        return Err("it held a link, a mention or a secret".to_owned());
    }
    if text.chars().count() > LONGEST_SENTENCE {
        return Err("it is too long".to_owned());
    }
    if claim.evidence.is_empty() {
        return Err("it names nothing that it rests on".to_owned());
    }
    let (mut evidence, mut facts) = (Vec::new(), Vec::new());
    for key in &claim.evidence {
        let source = sources.iter().find(|source| source.key.eq_ignore_ascii_case(key.trim()));
        let source = source.ok_or_else(|| "it rests on something that is not in the record".to_owned())?;
        if !may_cite(section, source.of) {
            return Err(format!("{} confirms nothing for this section", source.key));
        }
        evidence
            .extend(source.evidence.iter().filter(|e| !evidence.contains(*e)).copied().collect::<Vec<_>>());
        // The check reads a fact as one sentence.
        facts
            .extend(source.facts.iter().flat_map(|fact| fact.lines()).flat_map(sentences).map(str::to_owned));
    }
    ground::check(&told(section, text), &facts).map_err(|fault| fault.to_string())?;
    Ok(evidence)
}

/// What people say of a problem tells the problem; the rest needs what was recorded.
fn may_cite(section: &Section, of: Of) -> bool {
    match (section.title, of) {
        (_, Of::Record) | ("Problem", _) | ("Current hypothesis" | "Suggested next steps", Of::Thread) => {
            true
        }
        (_, Of::Ticket | Of::Thread) => false,
    }
}

fn is_list(section: &Section) -> bool {
    !matches!(section.title, "Problem" | "Root cause" | "Resolution" | "Current hypothesis")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::note::NoteKind;
    use crate::store::CallId;

    fn source(key: &str, of: Of, fact: &str) -> Source {
        let evidence = vec![Evidence::Fact(Uuid::from_u128(key.len() as u128))];
        Source { key: key.to_owned(), of, evidence, facts: vec![fact.to_owned()] }
    }

    fn claim(text: &str, evidence: &[&str]) -> Claim {
        let evidence = evidence.iter().map(|key| (*key).to_owned()).collect();
        Claim { text: text.to_owned(), evidence, is_clean: true }
    }

    fn checked(title: &'static str, claim: Claim) -> Drafted {
        let rules = Note { kind: NoteKind::Resolution, sections: vec![Section::new(title)] };
        let sections = BTreeMap::from([(name(&rules.sections[0]), vec![claim])]);
        let sources = [
            source("F1", Of::Record, "The cable is loose."),
            source("T1", Of::Ticket, "The printer is offline."),
        ];
        check(&rules, &Told { author: "small".to_owned(), call: CallId(Uuid::nil()), sections }, &sources)
    }

    #[test]
    fn a_sentence_rests_on_what_it_cites() {
        let drafted = checked("What we confirmed", claim("The cable is loose", &["f1"]));
        let [kept] = drafted.sections["what_we_confirmed"].as_slice() else { panic!("{drafted:?}") };
        assert_eq!((kept.text.as_str(), kept.item, kept.evidence.len()), ("The cable is loose.", true, 1));
        assert!(drafted.left_out.is_empty());
    }

    #[test]
    fn what_does_not_hold_is_left_out_with_its_reason() {
        let tainted = Claim { is_clean: false, ..claim("The cable is loose.", &["F1"]) };
        for (title, claim, why) in [
            ("What we confirmed", claim("The cable is loose.", &[]), "names nothing"),
            ("What we confirmed", claim("The cable is loose.", &["F9"]), "not in the record"),
            ("What we confirmed", claim("The printer is offline.", &["T1"]), "T1 confirms nothing"),
            ("What we confirmed", claim("The switch was replaced.", &["F1"]), "no fact"),
            ("Root cause", claim("The cable is loose.", &["F1"]), "cause"),
            ("What we confirmed", tainted, "a link, a mention or a secret"),
        ] {
            let drafted = checked(title, claim);
            assert!(drafted.sections.is_empty(), "{drafted:?}");
            assert!(drafted.left_out[0].why.contains(why), "{why}: {drafted:?}");
        }
    }

    #[test]
    fn a_problem_may_be_told_in_the_tickets_words() {
        let drafted = checked("Problem", claim("The printer is offline.", &["T1"]));
        assert!(!drafted.sections["problem"][0].item && drafted.left_out.is_empty(), "{drafted:?}");
    }

    #[test]
    fn each_sentence_of_a_claim_is_checked_by_itself() {
        let drafted =
            checked("What we confirmed", claim("The cable is loose. The switch was replaced.", &["F1"]));
        assert_eq!(drafted.sections["what_we_confirmed"].len(), 1);
        assert_eq!(drafted.left_out[0].text, "The switch was replaced.");
    }
}
