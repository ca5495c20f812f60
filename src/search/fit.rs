//! How well a found flow fits: what it has in common with the query, weighed by how telling each word is.

use std::collections::HashSet;

use super::words::{Word, words};
use super::{FlowEntry, Hit};

/// A word of the query and where it is known.
pub(super) struct Found {
    pub(super) word: Word,
    /// How many of the team's flows have it in their title, symptoms or tags.
    pub(super) flows: u64,
    /// What an unknown word may have been meant as, with the flows that have that.
    pub(super) readings: Vec<(String, u64)>,
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
pub(super) fn fit(key: &Key, wanted: &[Found], flows: u64, mut flows_with: impl FnMut(&str) -> u64) -> Fit {
    let lines: Vec<HashSet<String>> =
        key.lines.iter().map(|line| words(line).into_iter().map(|word| word.stem).collect()).collect();
    let has = |stem: &str| lines.iter().any(|line| line.contains(stem));
    let (mut matched, mut common, mut all) = (Vec::new(), 0.0, 0.0);
    let mut shared: HashSet<&str> = HashSet::new();
    for found in wanted {
        let reading = found.readings.iter().find(|(stem, _)| has(stem));
        let (stem, known) =
            reading.map_or((found.word.stem.as_str(), found.flows), |(stem, n)| (stem.as_str(), *n));
        all += weight(known, flows);
        if has(stem) {
            matched.push(found.word.written.clone());
            common += weight(known, flows);
            shared.insert(stem);
        }
    }
    let mut covered = |line: &HashSet<String>| {
        let mut sum = |in_query: bool| -> f32 {
            let stems = line.iter().filter(|stem| !in_query || shared.contains(stem.as_str()));
            stems.map(|stem| weight(flows_with(stem), flows)).sum()
        };
        share(sum(true), sum(false))
    };
    let phrase = lines.iter().take(key.phrases).map(&mut covered).fold(0.0, f32::max);
    Fit { matched, coverage: share(common, all), phrase }
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
    hit.coverage >= 0.4
}
