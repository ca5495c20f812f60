//! The index: tantivy, in memory.

use std::collections::HashSet;

use tantivy::collector::TopDocs;
use tantivy::query::{Bm25StatisticsProvider, BooleanQuery, BoostQuery, FuzzyTermQuery, Query, TermQuery};
use tantivy::schema::{
    Field, INDEXED, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{Searcher, TantivyDocument, Term};

use super::fit::{Found, Key, fit};
use super::memory::{Memory, broken};
use super::words::{Word, words};
use super::{FlowEntry, Hit};
use crate::Result;
use crate::store::{FlowId, TeamId};

/// How much of a query, and of what a flow's nodes say, is read, in characters.
const LONGEST_TEXT: usize = 8_000;
/// The most words of a query that are looked for.
pub(super) const MOST_WORDS: usize = 64;
/// The most words of a flow's summary and nodes that are indexed.
const MOST_BODY_WORDS: usize = 400;
/// How often a word counts, by where it stands.
const TITLE: usize = 3;
const SYMPTOM: usize = 2;
const TAG: usize = 2;
/// What a word counts in the summary and the nodes, beside 1 for the title, symptoms and tags.
const REST_BOOST: f32 = 0.35;
/// How many of the best flows by words alone are compared phrase by phrase.
const CANDIDATES: usize = 20;
/// What a word counts that is only nearly the one looked for.
const SLIP_BOOST: f32 = 0.6;
/// The shortest word, in characters, that may be misspelt; shorter ones are all alike.
const SHORTEST_SLIP: usize = 5;
/// The most words of a query that are looked up as misspelt, and readings of each.
const MOST_SLIPS: usize = 8;
const MOST_READINGS: usize = 3;
/// Words in the title, symptoms and tags of a flow, and in the rest: what length is measured against. It is fixed,
/// so that nobody's flows change another team's order.
const TYPICAL_KEY: u64 = 90;
const TYPICAL_REST: u64 = 200;

/// Every team's flows, to be searched by one team at a time. Changes are seen after [`Index::commit`].
pub struct Index {
    memory: Memory,
    fields: Fields,
}

#[derive(Clone, Copy)]
struct Fields {
    flow: Field,
    slug: Field,
    title: Field,
    /// The title, symptoms and tags, a line each, as stored text.
    lines: Field,
    /// Their words.
    key: Field,
    /// The words of the summary and the nodes.
    rest: Field,
}

impl Index {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
        let indexed = TextOptions::default().set_indexing_options(indexing);
        let fields = Fields {
            flow: schema.add_bytes_field("flow", INDEXED | STORED),
            slug: schema.add_text_field("slug", STORED),
            title: schema.add_text_field("title", STORED),
            lines: schema.add_text_field("lines", STORED),
            key: schema.add_text_field("key", indexed.clone()),
            rest: schema.add_text_field("rest", indexed),
        };
        Self { memory: Memory::of(schema.build()), fields }
    }

    /// Adds a flow, or takes its new version.
    ///
    /// # Errors
    /// [`Error::Internal`] when the index is broken; a new one has to be filled then.
    pub fn put(&self, entry: &FlowEntry) -> Result<()> {
        let document = self.document(entry);
        self.memory.write(|writer| {
            writer.delete_term(self.flow_term(entry.flow));
            writer.add_document(document)?;
            Ok(())
        })
    }

    /// Forgets a flow.
    ///
    /// # Errors
    /// As for [`Index::put`].
    pub fn remove(&self, flow: FlowId) -> Result<()> {
        self.memory.write(|writer| {
            writer.delete_term(self.flow_term(flow));
            Ok(())
        })
    }

    /// Lets searches see the changes so far.
    ///
    /// # Errors
    /// As for [`Index::put`].
    pub fn commit(&self) -> Result<()> {
        self.memory.commit()
    }

    fn flow_term(&self, flow: FlowId) -> Term {
        Term::from_field_bytes(self.fields.flow, flow.0.as_bytes())
    }

    fn document(&self, entry: &FlowEntry) -> TantivyDocument {
        let key = Key::of(entry);
        let mut key_words: Vec<Word> = Vec::new();
        for (text, times) in std::iter::once((&entry.title, TITLE))
            .chain(entry.symptoms.iter().map(|symptom| (symptom, SYMPTOM)))
            .chain(entry.tags.iter().map(|tag| (tag, TAG)))
        {
            let found = words(text);
            for _ in 0..times {
                key_words.extend(found.iter().cloned());
            }
        }
        let mut rest_words = words(&entry.summary);
        rest_words.extend(words(beginning(&entry.body)));
        let mut seen = HashSet::new();
        rest_words.retain(|word| seen.insert(word.stem.clone()));
        rest_words.truncate(MOST_BODY_WORDS);

        let mut document = TantivyDocument::new();
        document.add_bytes(self.fields.flow, entry.flow.0.as_bytes());
        document.add_text(self.fields.slug, &entry.slug);
        document.add_text(self.fields.title, &entry.title);
        document.add_text(self.fields.lines, key.to_text());
        document.add_pre_tokenized_text(self.fields.key, of_team(entry.team, &key_words));
        document.add_pre_tokenized_text(self.fields.rest, of_team(entry.team, &rest_words));
        document
    }

    /// The team's flows that match best, best first, at most `limit` (and 100).
    ///
    /// # Errors
    /// As for [`Index::put`].
    pub fn search(&self, team: TeamId, query: &str, limit: usize) -> Result<Vec<Hit>> {
        match self.memory.searcher() {
            Some(searcher) if limit > 0 => Search { searcher: &searcher, fields: self.fields, team }
                .run(query, limit)
                .map_err(|e| broken(&e)),
            _ => Ok(Vec::new()),
        }
    }
}

impl Default for Index {
    fn default() -> Self {
        Self::new()
    }
}

pub(super) fn beginning(text: &str) -> &str {
    text.char_indices().nth(LONGEST_TEXT).map_or(text, |(end, _)| &text[..end])
}

/// A word as it is indexed: words of different teams are different words.
pub(super) fn word_of_team(team: TeamId, stem: &str) -> String {
    format!("{}{stem}", team.0.as_simple())
}

/// The words as tokens, and one for the team itself, which counts its flows.
pub(super) fn of_team(team: TeamId, words: &[Word]) -> PreTokenizedString {
    let stems = std::iter::once("").chain(words.iter().map(|word| word.stem.as_str()));
    let tokens = stems.enumerate().map(|(position, stem)| Token {
        position,
        text: word_of_team(team, stem),
        ..Token::default()
    });
    PreTokenizedString { text: String::new(), tokens: tokens.collect() }
}

/// One search by one team.
struct Search<'a> {
    searcher: &'a Searcher,
    fields: Fields,
    team: TeamId,
}

impl Search<'_> {
    fn run(&self, query: &str, limit: usize) -> tantivy::Result<Vec<Hit>> {
        let flows = self.flows_with("");
        let wanted = self.look_up(query)?;
        let clauses: Vec<_> = wanted.iter().flat_map(|found| self.clauses(found)).collect();
        if flows == 0 || clauses.is_empty() {
            return Ok(Vec::new());
        }
        let statistics = TeamStatistics { searcher: self.searcher, fields: self.fields, flows };
        let best = self.searcher.search_with_statistics_provider(
            &BooleanQuery::union(clauses),
            &TopDocs::with_limit(limit.max(CANDIDATES)).order_by_score(),
            &statistics,
        )?;
        let mut hits = Vec::with_capacity(best.len());
        for (score, address) in best {
            hits.extend(self.hit(&self.searcher.doc(address)?, score, &wanted, flows));
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits.truncate(limit);
        Ok(hits)
    }

    /// The distinct words of the query, and what the team's flows know of each.
    fn look_up(&self, query: &str) -> tantivy::Result<Vec<Found>> {
        let mut found: Vec<Found> = Vec::new();
        for (place, word) in words(beginning(query)).into_iter().enumerate() {
            match found.iter().position(|known| known.word.stem == word.stem) {
                Some(known) => found[known].places.push(place),
                None if found.len() < MOST_WORDS => {
                    found.push(Found { word, places: vec![place], flows: 0, readings: Vec::new() });
                }
                None => {}
            }
        }
        let mut slips = MOST_SLIPS;
        for found in &mut found {
            found.flows = self.flows_with(&found.word.stem);
            if found.flows == 0 && slips > 0 && found.word.stem.chars().count() >= SHORTEST_SLIP {
                slips -= 1;
                found.readings = self.readings(&found.word.stem)?;
            }
        }
        Ok(found)
    }

    /// How many of the team's flows have a word in their title, symptoms or tags.
    fn flows_with(&self, stem: &str) -> u64 {
        self.searcher.doc_freq(&self.term(self.fields.key, stem)).unwrap_or(0)
    }

    /// The team's words that an unknown word may be a misspelling of, with the flows that have them, most first.
    fn readings(&self, stem: &str) -> tantivy::Result<Vec<(String, u64)>> {
        let automaton = FuzzyTermQuery::new(self.term(self.fields.key, stem), 1, true).automaton()?;
        let from = word_of_team(self.team, stem.get(..1).unwrap_or_default()).into_bytes();
        let to = [from.as_slice(), &[0xff]].concat();
        let mut near = HashSet::new();
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(self.fields.key)?;
            let mut stream = inverted.terms().search(&automaton).ge(&from).lt(&to).into_stream()?;
            while stream.advance() {
                near.extend(std::str::from_utf8(stream.key()).map(str::to_owned));
            }
        }
        let mut readings = Vec::new();
        for word in near {
            let flows = self.searcher.doc_freq(&Term::from_field_text(self.fields.key, &word))?;
            readings.push((word[word_of_team(self.team, "").len()..].to_owned(), flows));
        }
        readings.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        readings.truncate(MOST_READINGS);
        Ok(readings)
    }

    fn clauses(&self, found: &Found) -> Vec<Box<dyn Query>> {
        let stem = &found.word.stem;
        let mut clauses =
            vec![self.clause(self.fields.key, stem, 1.0), self.clause(self.fields.rest, stem, REST_BOOST)];
        clauses.extend(found.readings.iter().map(|(near, _)| self.clause(self.fields.key, near, SLIP_BOOST)));
        clauses
    }

    fn clause(&self, field: Field, stem: &str, boost: f32) -> Box<dyn Query> {
        let term = TermQuery::new(self.term(field, stem), IndexRecordOption::WithFreqs);
        Box::new(BoostQuery::new(Box::new(term), boost))
    }

    fn term(&self, field: Field, stem: &str) -> Term {
        Term::from_field_text(field, &word_of_team(self.team, stem))
    }

    fn hit(&self, document: &TantivyDocument, score: f32, wanted: &[Found], flows: u64) -> Option<Hit> {
        let text = |field| document.get_first(field).and_then(|value| value.as_str()).unwrap_or_default();
        let flow = document.get_first(self.fields.flow)?.as_bytes()?;
        let key = Key::from_text(text(self.fields.lines));
        let found = fit(&key, wanted, flows, |stem| self.flows_with(stem));
        Some(Hit {
            flow: FlowId(uuid::Uuid::from_slice(flow).ok()?),
            slug: text(self.fields.slug).to_owned(),
            title: text(self.fields.title).to_owned(),
            // A whole symptom in the query says more than the same words from here and there.
            score: score * (1.0 + found.phrase),
            matched: found.matched,
            coverage: found.coverage,
            phrase: found.phrase,
        })
    }
}

/// What a word is worth is counted among the team's own flows.
struct TeamStatistics<'a> {
    searcher: &'a Searcher,
    fields: Fields,
    flows: u64,
}

impl Bm25StatisticsProvider for TeamStatistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(self.flows * if field == self.fields.key { TYPICAL_KEY } else { TYPICAL_REST })
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.flows)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.searcher.doc_freq(term)
    }
}
