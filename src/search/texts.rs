//! Finding texts by their words, in memory: what was worked before, and what was written about it.
//!
//! The same rules as for flows hold: a search sees one team only, and a query is words, never syntax. Words that stand
//! nowhere else, such as an error code or a part number, count most.

use std::collections::HashSet;

use tantivy::collector::TopDocs;
use tantivy::query::{Bm25StatisticsProvider, BooleanQuery, Query, TermQuery};
use tantivy::schema::{
    Field, INDEXED, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::{Searcher, TantivyDocument, Term};
use uuid::Uuid;

use super::index::{MOST_WORDS, beginning, of_team, word_of_team};
use super::memory::{Memory, broken};
use super::words::{Word, words};
use crate::Result;
use crate::store::TeamId;

/// How often a word of the title counts, beside 1 for the body.
const TITLE: usize = 2;
/// Words of a text that length is measured against. It is fixed, so that nobody's texts change another team's order.
const TYPICAL: u64 = 60;

/// A text as it is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Whose it is.
    pub team: TeamId,
    /// Which it is.
    pub id: Uuid,
    /// What it is called.
    pub title: String,
    /// What it says. Of longer texts the beginning is read.
    pub body: String,
}

/// A text that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct TextHit {
    /// Which.
    pub id: Uuid,
    /// How well it matches; comparable within one search only.
    pub score: f32,
    /// How much of the query it has, 0 to 1; rare words count more.
    pub coverage: f32,
    /// How many identifiers of the query it has: error codes, part numbers, names of devices.
    pub identifiers: usize,
}

/// Every team's texts, to be searched by one team at a time. Changes are seen after [`TextIndex::commit`].
pub struct TextIndex {
    memory: Memory,
    fields: Fields,
}

#[derive(Clone, Copy)]
struct Fields {
    id: Field,
    /// The words of the title and the body.
    words: Field,
    /// Their stems, once each: what a hit is compared with.
    stems: Field,
}

impl TextIndex {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
        let fields = Fields {
            id: schema.add_bytes_field("id", INDEXED | STORED),
            words: schema.add_text_field("words", TextOptions::default().set_indexing_options(indexing)),
            stems: schema.add_text_field("stems", STORED),
        };
        Self { memory: Memory::of(schema.build()), fields }
    }

    /// Adds a text, or takes its new wording.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when the index is broken; a new one has to be filled then.
    pub fn put(&self, text: &Text) -> Result<()> {
        let document = self.document(text);
        self.memory.write(|writer| {
            writer.delete_term(Term::from_field_bytes(self.fields.id, text.id.as_bytes()));
            writer.add_document(document)?;
            Ok(())
        })
    }

    /// Lets searches see the changes so far.
    ///
    /// # Errors
    /// As for [`TextIndex::put`].
    pub fn commit(&self) -> Result<()> {
        self.memory.commit()
    }

    fn document(&self, text: &Text) -> TantivyDocument {
        let title = words(&text.title);
        let mut said: Vec<Word> = Vec::new();
        for _ in 0..TITLE {
            said.extend(title.iter().cloned());
        }
        said.extend(words(beginning(&text.body)));
        let mut seen = HashSet::new();
        let stems: Vec<&str> =
            said.iter().map(|word| word.stem.as_str()).filter(|stem| seen.insert(*stem)).collect();
        let mut document = TantivyDocument::new();
        document.add_bytes(self.fields.id, text.id.as_bytes());
        document.add_text(self.fields.stems, stems.join(" "));
        document.add_pre_tokenized_text(self.fields.words, of_team(text.team, &said));
        document
    }

    /// The team's texts that match best, best first, at most `limit`.
    ///
    /// # Errors
    /// As for [`TextIndex::put`].
    pub fn search(&self, team: TeamId, query: &str, limit: usize) -> Result<Vec<TextHit>> {
        match self.memory.searcher() {
            Some(searcher) if limit > 0 => Search { searcher: &searcher, fields: self.fields, team }
                .run(query, limit)
                .map_err(|e| broken(&e)),
            _ => Ok(Vec::new()),
        }
    }
}

impl Default for TextIndex {
    fn default() -> Self {
        Self::new()
    }
}

/// One search by one team.
struct Search<'a> {
    searcher: &'a Searcher,
    fields: Fields,
    team: TeamId,
}

impl Search<'_> {
    fn run(&self, query: &str, limit: usize) -> tantivy::Result<Vec<TextHit>> {
        let texts = self.texts_with("")?;
        let mut seen = HashSet::new();
        let mut wanted = Vec::new();
        for word in words(beginning(query)) {
            if wanted.len() < MOST_WORDS && seen.insert(word.stem.clone()) {
                // A word that nobody wrote yet is as rare as one in a single text: a small library knows few words.
                let weight = rarity(texts, self.texts_with(&word.stem)?.max(1));
                wanted.push((word.stem, weight));
            }
        }
        if texts == 0 || wanted.is_empty() {
            return Ok(Vec::new());
        }
        let clauses = wanted.iter().map(|(stem, _)| -> Box<dyn Query> {
            Box::new(TermQuery::new(self.term(stem), IndexRecordOption::WithFreqs))
        });
        let identifiers = identifiers(beginning(query));
        let best = self.searcher.search_with_statistics_provider(
            &BooleanQuery::union(clauses.collect()),
            &TopDocs::with_limit(limit).order_by_score(),
            &TeamStatistics { searcher: self.searcher, texts },
        )?;
        let mut hits = Vec::with_capacity(best.len());
        for (score, address) in best {
            hits.extend(self.hit(&self.searcher.doc(address)?, score, &wanted, &identifiers));
        }
        Ok(hits)
    }

    fn hit(
        &self,
        document: &TantivyDocument,
        score: f32,
        wanted: &[(String, f32)],
        identifiers: &[Vec<String>],
    ) -> Option<TextHit> {
        let id = Uuid::from_slice(document.get_first(self.fields.id)?.as_bytes()?).ok()?;
        let stems: HashSet<&str> = document.get_first(self.fields.stems)?.as_str()?.split(' ').collect();
        let all: f32 = wanted.iter().map(|(_, weight)| weight).sum();
        let had: f32 =
            wanted.iter().filter(|(stem, _)| stems.contains(stem.as_str())).map(|(_, weight)| weight).sum();
        let has = |identifier: &&Vec<String>| identifier.iter().all(|stem| stems.contains(stem.as_str()));
        let identifiers = identifiers.iter().filter(has).count();
        Some(TextHit { id, score, coverage: had / all, identifiers })
    }

    /// How many of the team's texts have a word; the empty word is in each.
    fn texts_with(&self, stem: &str) -> tantivy::Result<u64> {
        self.searcher.doc_freq(&self.term(stem))
    }

    fn term(&self, stem: &str) -> Term {
        Term::from_field_text(self.fields.words, &word_of_team(self.team, stem))
    }
}

/// The shortest identifier, in characters, and the shortest one of digits alone.
const SHORTEST_IDENTIFIER: usize = 4;
const SHORTEST_NUMBER: usize = 5;

/// The words of a query that name one thing, each by its stems: letters and digits together, or many digits.
fn identifiers(query: &str) -> Vec<Vec<String>> {
    let is_one = |word: &&str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let has_letters = word.contains(char::is_alphabetic);
        digits > 0
            && word.chars().count() >= SHORTEST_IDENTIFIER
            && (has_letters || digits >= SHORTEST_NUMBER)
    };
    let bare = query.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let stems =
        bare.filter(is_one).map(|word| words(word).into_iter().map(|word| word.stem).collect::<Vec<_>>());
    stems.filter(|stems| !stems.is_empty()).collect()
}

/// What a word is worth that stands in so many of the texts, as BM25 has it.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^24, and a weight needs no more")]
fn rarity(texts: u64, with: u64) -> f32 {
    let (texts, with) = (texts as f32, with as f32);
    (1.0 + (texts - with + 0.5) / (with + 0.5)).ln()
}

/// What a word is worth is counted among the team's own texts.
struct TeamStatistics<'a> {
    searcher: &'a Searcher,
    texts: u64,
}

impl Bm25StatisticsProvider for TeamStatistics<'_> {
    fn total_num_tokens(&self, _: Field) -> tantivy::Result<u64> {
        Ok(self.texts * TYPICAL)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.texts)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.searcher.doc_freq(term)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(texts: &[(u128, u128, &str, &str)]) -> TextIndex {
        let index = TextIndex::new();
        for &(team, id, title, body) in texts {
            let text = Text {
                team: TeamId(Uuid::from_u128(team)),
                id: Uuid::from_u128(id),
                title: title.to_owned(),
                body: body.to_owned(),
            };
            index.put(&text).unwrap();
        }
        index.commit().unwrap();
        index
    }

    fn found(index: &TextIndex, team: u128, query: &str) -> Vec<u128> {
        let hits = index.search(TeamId(Uuid::from_u128(team)), query, 10).unwrap();
        hits.iter().map(|hit| hit.id.as_u128()).collect()
    }

    #[test]
    fn a_sentence_finds_the_text_that_says_the_same_in_other_forms() {
        let index = index(&[
            (1, 1, "Printer is offline", "The spooler had stopped."),
            (1, 2, "Slow VPN", "MTU too large."),
        ]);
        assert_eq!(found(&index, 1, "why are the printers offline again?")[0], 1);
    }

    #[test]
    fn an_exact_code_counts_more_than_many_common_words() {
        let index = index(&[
            (1, 1, "Windows update fails with an error", "The update of Windows fails and shows an error."),
            (1, 2, "Laptop", "0x80070005 was shown."),
            (1, 3, "Windows update is slow", "Windows update takes hours."),
            (1, 4, "Windows update waits", "Windows waits for the update."),
        ]);
        assert_eq!(found(&index, 1, "windows update 0x80070005")[0], 2);
        assert_eq!(found(&index, 1, "PRN-2F"), Vec::<u128>::new());
    }

    #[test]
    fn another_teams_texts_are_not_found() {
        let index = index(&[(1, 1, "Printer is offline", ""), (2, 2, "Printer is offline", "")]);
        assert_eq!((found(&index, 1, "printer"), found(&index, 3, "printer")), (vec![1], vec![]));
    }

    #[test]
    fn a_new_wording_replaces_the_old_one() {
        let index = index(&[(1, 1, "Printer", ""), (1, 1, "Scanner", "")]);
        assert_eq!((found(&index, 1, "printer"), found(&index, 1, "scanner")), (vec![], vec![1]));
    }

    #[test]
    fn coverage_tells_how_much_of_the_question_a_text_has() {
        let index = index(&[(1, 1, "Printer is offline", ""), (1, 2, "VPN", ""), (1, 3, "Outlook", "")]);
        let hits = index.search(TeamId(Uuid::from_u128(1)), "printer offline", 10).unwrap();
        assert!((hits[0].coverage - 1.0).abs() < 0.001);
        let hits = index.search(TeamId(Uuid::from_u128(1)), "printer tray jammed paper", 10).unwrap();
        assert!(hits[0].coverage < 0.4, "{hits:?}");
    }
}
