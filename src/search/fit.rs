//! How well a found flow fits: what it has in common with the query, weighed by how telling each word is.

use std::collections::HashSet;

use super::words::{Word, words};
use super::{FlowEntry, Hit};

/// What a whole phrase counts when only one of its words says something: "not printing" says less than "print queue
/// stuck".
const ONE_WORD: f32 = 0.8;
/// From how much in common a flow fits: all of a symptom, all of the query, or a good part of both.
const ENOUGH: f32 = 0.95;

/// The words of a phrase stand within so many words of the query that say something.
const CLOSE: usize = 8;

/// A word of the query and where it is known.
pub(super) struct Found {
    pub(super) word: Word,
    /// Where it stands among the words of the query.
    pub(super) places: Vec<usize>,
    /// How many of the team's flows have it in their title, symptoms or tags.
    pub(super) flows: u64,
    /// What an unknown word may have been meant as, with the flows that have that.
    pub(super) readings: Vec<(String, u64)>,
}

impl Found {
    /// The word itself or the likeliest thing it may have been meant as, out of what is there.
    fn reading(&self, is_there: impl Fn(&str) -> bool) -> Option<(&str, u64)> {
        let readings = self.readings.iter().map(|(stem, flows)| (stem.as_str(), *flows));
        std::iter::once((self.word.stem.as_str(), self.flows))
            .chain(readings)
            .find(|(stem, _)| is_there(stem))
    }
}

/// What names a flow's problem: its title, symptoms and tags, a line each.
pub(super) struct Key {
    lines: Vec<String>,
    /// How many of the lines are the title and symptoms; tags follow.
    phrases: usize,
}

impl Key {
    pub(super) fn of(entry: &FlowEntry) -> Self {
        let one_line = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines: Vec<String> =
            std::iter::once(&entry.title).chain(&entry.symptoms).chain(&entry.tags).map(one_line).collect();
        Self { lines, phrases: 1 + entry.symptoms.len() }
    }

    /// As stored text: the number of phrases, then the lines.
    pub(super) fn to_text(&self) -> String {
        format!("{}\n{}", self.phrases, self.lines.join("\n"))
    }

    pub(super) fn from_text(text: &str) -> Self {
        let (phrases, lines) = text.split_once('\n').unwrap_or_default();
        Self { lines: lines.lines().map(str::to_owned).collect(), phrases: phrases.parse().unwrap_or(0) }
    }
}

pub(super) struct Fit {
    pub(super) matched: Vec<String>,
    pub(super) coverage: f32,
    pub(super) phrase: f32,
}

/// What a flow has in common with the query; `flows_with` counts the team's flows that have a word.
pub(super) fn fit(key: &Key, wanted: &[Found], flows: u64, flows_with: impl Fn(&str) -> u64) -> Fit {
    let lines: Vec<HashSet<String>> =
        key.lines.iter().map(|line| words(line).into_iter().map(|word| word.stem).collect()).collect();
    let mut shared = Vec::new();
    let (mut matched, mut common, mut all) = (Vec::new(), 0.0, 0.0);
    for found in wanted {
        let reading = found.reading(|stem| lines.iter().any(|line| line.contains(stem)));
        let weight = weight(reading.map_or(found.flows, |(_, known)| known), flows);
        all += weight;
        if let Some((stem, _)) = reading {
            common += weight;
            matched.push(found.word.written.clone());
            shared.push(Shared { stem, weight, places: &found.places });
        }
    }
    let phrases = lines.iter().take(key.phrases).map(|line| {
        let whole: f32 = line.iter().map(|stem| weight(flows_with(stem), flows)).sum();
        share(together(line, &shared), whole)
    });
    Fit { matched, coverage: share(common, all), phrase: phrases.fold(0.0, f32::max) }
}

/// A word that the flow and the query have in common, as the flow has it.
struct Shared<'a> {
    stem: &'a str,
    weight: f32,
    places: &'a [usize],
}

/// How much of a line stands close together in the query.
fn together(line: &HashSet<String>, shared: &[Shared<'_>]) -> f32 {
    let of_line: Vec<&Shared<'_>> = shared.iter().filter(|word| line.contains(word.stem)).collect();
    let most = of_line.iter().flat_map(|word| word.places).map(|start| {
        let near = start..&(start + CLOSE);
        of_line
            .iter()
            .filter(|word| word.places.iter().any(|place| near.contains(&place)))
            .map(|w| w.weight)
            .sum()
    });
    most.fold(0.0, f32::max) * if of_line.len() == 1 { ONE_WORD } else { 1.0 }
}

fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// How telling a word is that so many of the team's flows have. A word that none has counts like one that few have:
/// it may be a name.
fn weight(known: u64, flows: u64) -> f32 {
    let flows = flows.max(1) as f32;
    let known = (known as f32).max(flows / 200.0).max(1.0).min(flows);
    (1.0 + (flows - known + 0.5) / (known + 0.5)).ln()
}

pub(super) fn fits(hit: &Hit) -> bool {
    hit.coverage + hit.phrase >= ENOUGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_every_flow_has_tells_little() {
        assert!(weight(16, 16) < weight(8, 16));
        assert!(weight(8, 16) < weight(1, 16));
    }

    #[test]
    fn an_unknown_word_counts_like_a_rare_one() {
        assert!((weight(0, 16) - weight(1, 16)).abs() < f32::EPSILON);
        assert!((weight(0, 100_000) - weight(500, 100_000)).abs() < f32::EPSILON);
    }

    #[test]
    fn a_team_with_one_flow_can_have_a_fit() {
        assert!(weight(1, 1) > 0.0);
        assert!(weight(9, 1) > 0.0);
    }

    #[test]
    fn a_key_survives_being_stored() {
        let key =
            Key { lines: vec!["A title".to_owned(), "a symptom".to_owned(), "tag".to_owned()], phrases: 2 };
        let again = Key::from_text(&key.to_text());
        assert_eq!((again.lines, again.phrases), (key.lines, key.phrases));
    }
}
