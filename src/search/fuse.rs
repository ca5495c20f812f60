//! One order of two: by words, and by meaning.

use std::collections::HashMap;

use uuid::Uuid;

use super::TextHit;
use crate::meaning::Near;

/// How much the words count beside the meaning. Measured on questions of help desks: docs/BENCHMARKS.md.
const WORDS: f32 = 0.2;

/// Something that was found by its words, by its meaning, or by both.
#[derive(Debug, Clone, PartialEq)]
pub struct Fused {
    /// Which.
    pub id: Uuid,
    /// How well it fits; comparable within one search only.
    pub score: f32,
    /// How much of the query its words have, 0 to 1; none where it was found by its meaning only.
    pub coverage: f32,
    /// How many identifiers of the query it has.
    pub identifiers: usize,
    /// How alike its meaning is, -1 to 1; none where no vector is known.
    pub likeness: Option<f32>,
}

/// What was found in two ways as one list, the best first. What has an identifier of the query (an error code, a part
/// number) stays before what has not, however alike that is.
#[must_use]
pub fn fuse(by_words: &[TextHit], by_meaning: &[Near], limit: usize) -> Vec<Fused> {
    let alike: HashMap<Uuid, f32> = by_meaning.iter().map(|near| (near.id, near.likeness)).collect();
    let words = Scale::of(by_words.iter().map(|hit| hit.score));
    let meaning = Scale::of(by_meaning.iter().map(|near| near.likeness));
    let mut found: HashMap<Uuid, Fused> = HashMap::new();
    for hit in by_words {
        let likeness = alike.get(&hit.id).copied();
        let score =
            WORDS * words.place(hit.score) + (1.0 - WORDS) * likeness.map_or(0.0, |l| meaning.place(l));
        let TextHit { id, coverage, identifiers, .. } = *hit;
        found.insert(id, Fused { id, score, coverage, identifiers, likeness });
    }
    for near in by_meaning {
        found.entry(near.id).or_insert_with(|| {
            let score = (1.0 - WORDS) * meaning.place(near.likeness);
            let likeness = Some(near.likeness);
            Fused { id: near.id, score, coverage: 0.0, identifiers: 0, likeness }
        });
    }
    let mut found: Vec<Fused> = found.into_values().collect();
    found.sort_by(|a, b| {
        let by_identifier = b.identifiers.cmp(&a.identifiers);
        by_identifier.then_with(|| b.score.total_cmp(&a.score)).then_with(|| a.id.cmp(&b.id))
    });
    found.truncate(limit);
    // Scores are at most 1: with the identifiers they follow the order, and can be compared.
    for hit in &mut found {
        #[expect(clippy::cast_precision_loss, reason = "a query has few identifiers")]
        let lift = hit.identifiers as f32;
        hit.score += lift;
    }
    found
}

/// From the least to the most of a list.
struct Scale {
    least: f32,
    span: f32,
}

impl Scale {
    fn of(values: impl Iterator<Item = f32> + Clone) -> Self {
        let least = values.clone().fold(f32::INFINITY, f32::min);
        let most = values.fold(f32::NEG_INFINITY, f32::max);
        Self { least, span: most - least }
    }

    /// Where a value stands, 0 to 1.
    fn place(&self, value: f32) -> f32 {
        if self.span > f32::EPSILON { (value - self.least) / self.span } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn hit(n: u128, score: f32, identifiers: usize) -> TextHit {
        TextHit { id: id(n), score, coverage: 0.5, identifiers }
    }

    fn near(n: u128, likeness: f32) -> Near {
        Near { id: id(n), likeness }
    }

    fn order(found: &[Fused]) -> Vec<Uuid> {
        found.iter().map(|fused| fused.id).collect()
    }

    #[test]
    fn meaning_counts_more_than_words() {
        let found = fuse(&[hit(1, 9.0, 0), hit(2, 1.0, 0)], &[near(2, 0.9), near(1, 0.2)], 10);
        assert_eq!(order(&found), [id(2), id(1)]);
    }

    #[test]
    fn what_only_one_way_finds_is_there() {
        let found = fuse(&[hit(1, 9.0, 0)], &[near(2, 0.9)], 10);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].id, found[0].coverage), (id(2), 0.0));
        assert_eq!(found[1].likeness, None);
    }

    #[test]
    fn an_exact_identifier_is_never_lost() {
        let many: Vec<Near> = (10..200).map(|n| near(n, 0.99)).collect();
        let found = fuse(&[hit(1, 0.1, 1)], &many, 3);
        assert_eq!(found[0].id, id(1));
    }

    #[test]
    fn without_vectors_the_order_is_that_of_the_words() {
        let found = fuse(&[hit(3, 5.0, 0), hit(1, 4.0, 0), hit(2, 3.0, 0)], &[], 2);
        assert_eq!(order(&found), [id(3), id(1)]);
    }

    #[test]
    fn scores_fall_along_the_list() {
        let found = fuse(&[hit(1, 1.0, 1), hit(2, 9.0, 0)], &[near(2, 0.9), near(3, 0.5)], 10);
        assert!(found.windows(2).all(|two| two[0].score >= two[1].score), "{found:?}");
    }
}
