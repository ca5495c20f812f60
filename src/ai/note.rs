//! Notes as a model writes them: one answer in a given form, within the same routes, budget and switch as a conversation.
//!
//! What comes back is sentences with the ids of what they rest on. They are cleaned like any text of a model; whether
//! they are true is not judged here.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use serde::Deserialize;

use super::ledger::{Call, For, Purpose, Subject};
use super::links::Links;
use super::models::{LONGEST, Models, Parts, author, switched_off, tier_of};
use super::prompt::{NotePrompt, clean};
use super::provider::{Event, ProviderError, Request, Stop, open};
use super::route::{Route, Tier};
use crate::Engine;
use crate::note::{LeftOut, Note, Source};
use crate::session::Case;
use crate::store::{CallId, MemberId};

/// What is to be written, and of what.
pub(crate) struct NoteAsk<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) case: &'a Case,
    /// For whom.
    pub(crate) member: MemberId,
    /// The note by rule: its sections are wanted.
    pub(crate) rules: &'a Note,
    /// What a sentence can rest on.
    pub(crate) sources: &'a [Source],
    /// What it wrote before, where that has to be mended.
    pub(crate) before: Option<Unmet<'a>>,
}

/// What a model wrote, and what nothing supports of it.
#[derive(Clone, Copy)]
pub(crate) struct Unmet<'a> {
    pub(crate) told: &'a Told,
    pub(crate) faults: &'a [LeftOut],
}

/// A model's note.
#[derive(Debug)]
pub(crate) struct Told {
    /// The model, as a reader is told.
    pub(crate) author: String,
    /// The call that it comes from.
    pub(crate) call: CallId,
    /// Its sentences, by the name of their section.
    pub(crate) sections: BTreeMap<String, Vec<Claim>>,
}

/// A sentence or several, with the ids of what they rest on.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) text: String,
    pub(crate) evidence: Vec<String>,
    /// Whether nothing had to be taken out of it.
    pub(crate) is_clean: bool,
}

/// As it comes.
#[derive(Deserialize)]
struct Raw {
    text: String,
    #[serde(default)]
    evidence: Vec<String>,
}

impl Models {
    /// Has a note written.
    ///
    /// # Errors
    /// Why there is none, as a person reads it.
    pub(crate) async fn note(&self, ask: &NoteAsk<'_>) -> Result<Told, String> {
        let team = ask.case.session.team_id;
        tokio::select! {
            told = self.parts().note(ask) => told,
            by = switched_off(ask.engine, team) => Err(format!("AI was switched off ({by})")),
        }
    }
}

impl Parts {
    async fn note(&self, ask: &NoteAsk<'_>) -> Result<Told, String> {
        let prompt = NotePrompt::of(ask, self.prompt_tokens);
        // What is to be mended was not supported the first time.
        let tier = if ask.before.is_some() { Tier::Deep } else { tier_of(ask.case) };
        let session = &ask.case.session;
        let whom = For {
            team: session.team_id,
            subject: Subject::Session(session.id),
            member: ask.member,
            purpose: Purpose::Note,
        };
        let mut last = "none is configured".to_owned();
        for (place, route) in self.routes.of(tier).iter().enumerate() {
            if !route.breaker.may_try() {
                last = format!("{}: {}", route.model, ProviderError::Resting);
                continue;
            }
            let call = Call::begin(ask.engine, &self.budget, whom, tier, route, prompt.tokens).await;
            let call = call.map_err(|no| no.to_string())?;
            let id = call.id;
            match self.whole(route, &prompt, call).await {
                Ok(text) => {
                    route.breaker.worked();
                    let sections = self.sections_of(&text);
                    let sections =
                        sections.ok_or_else(|| format!("{}: what it wrote is no note", route.model))?;
                    return Ok(Told { author: author(route, place), call: id, sections });
                }
                Err(error) => {
                    if error.is_the_servers() {
                        route.breaker.failed(error.is_lasting());
                    }
                    tracing::warn!(model = route.model, why = %error, "a model wrote no note");
                    last = format!("{}: {error}", route.model);
                }
            }
        }
        Err(crate::redact::secrets(&last))
    }

    /// Asks one route, records what came of it, and answers with the whole text.
    async fn whole(
        &self,
        route: &Route,
        prompt: &NotePrompt,
        mut call: Call,
    ) -> Result<String, ProviderError> {
        let request = Request {
            model: route.model.clone(),
            max_tokens: route.max_tokens,
            effort: route.effort.clone(),
            system: prompt.system.clone(),
            turns: prompt.turns.clone(),
            schema: Some(prompt.schema.clone()),
            tools: Vec::new(),
        };
        let read = self.collect(route, &request, &mut call).await;
        match &read {
            Ok((_, stop)) => call.end(Ok(stop)).await,
            Err(error) => call.end(Err(error)).await,
        }
        let (text, stop) = read?;
        match stop {
            Stop::Refusal => Err(ProviderError::Declined),
            Stop::ContextFull => Err(ProviderError::ContextFull),
            // Half a note is none.
            Stop::MaxTokens => Err(ProviderError::Broken("its longest length was reached".to_owned())),
            _ if text.trim().is_empty() => Err(ProviderError::Empty),
            Stop::End | Stop::ToolUse | Stop::Pause | Stop::Other => Ok(text),
        }
    }

    async fn collect(
        &self,
        route: &Route,
        request: &Request,
        call: &mut Call,
    ) -> Result<(String, Stop), ProviderError> {
        let mut reading = open(&self.http, &*route.wire, request, &self.limits).await?;
        call.retries = reading.retries;
        let (mut text, mut stopped) = (String::new(), Stop::End);
        while let Some(event) = reading.events.next().await {
            match event? {
                Event::Text(piece) => {
                    call.wrote(&piece);
                    text.push_str(&piece);
                    if text.len() > LONGEST {
                        return Err(ProviderError::Flood);
                    }
                }
                Event::Usage(usage) => call.usage = Some(usage),
                Event::Stop(stop) => stopped = stop,
                Event::Call { .. } | Event::Thinking | Event::Ping => {}
            }
        }
        Ok((text, stopped))
    }

    /// The sections of a note; servers that have no forms may put words or a fence around it.
    fn sections_of(&self, text: &str) -> Option<BTreeMap<String, Vec<Claim>>> {
        let begin = text.find('{')?;
        let mut values = serde_json::Deserializer::from_str(&text[begin..]).into_iter();
        let raw: BTreeMap<String, Vec<Raw>> = values.next()?.ok()?;
        let claims = |raw: Vec<Raw>| raw.into_iter().map(|raw| self.claim(raw)).collect();
        Some(raw.into_iter().map(|(name, raw)| (name, claims(raw))).collect())
    }

    fn claim(&self, raw: Raw) -> Claim {
        let plain = raw.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut links = Links::to(&self.link_hosts);
        let mut text = links.push(&clean(&plain));
        text.push_str(&links.finish());
        Claim { is_clean: text == plain, text, evidence: raw.evidence }
    }
}
