//! The models of the configuration as whoever answers: route after route, within the budget.
//!
//! A question goes to the first route of its tier that may be tried; one that fails before it has said a word is
//! followed by the next. What was shown is never begun anew: a model that breaks off leaves a text that says so. When no
//! route is left, nothing was written, and the guided work goes on.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::answer::was_in_vain;
use super::config::{BudgetConfig, ModelsConfig};
use super::ledger::{Call, For, Purpose, Subject, off_by};
use super::links::Links;
use super::marker::Splitter;
use super::prompt::Prompt;
use super::proposal::Proposal;
use super::provider::{Event, Limits, ProviderError, Request, Role, Stop, Turn, open};
use super::route::{Route, Routes, Tier};
use super::tools::{proposed, suggested, tools};
use super::{About, AnswerError, Answerer, Ask, Said};
use crate::assistant::Citations;
use crate::fix::SuggestedFix;
use crate::session::Case;
use crate::{Engine, Error, Result};

/// Between two looks whether the models were switched off.
const LOOK: Duration = Duration::from_millis(500);
/// So many fixes that did not help are a reason to ask a deeper model.
const STUCK: usize = 2;
/// A model whose own estimate is below this, in percent, is not asked alone: the next question goes to a deeper one.
const LEAST_SURE: i64 = 40;
/// The longest text that is read of one answer, in bytes; more is cut off where it is shown.
pub(super) const LONGEST: usize = 256 * 1024;

/// The models of an installation. Cloning is cheap; all clones are one.
#[derive(Clone)]
pub struct Models(Arc<Parts>);

pub(super) struct Parts {
    pub(super) routes: Routes,
    pub(super) budget: BudgetConfig,
    pub(super) limits: Limits,
    pub(super) prompt_tokens: usize,
    pub(super) link_hosts: Vec<String>,
    pub(super) http: reqwest::Client,
}

impl Models {
    /// The models that a configuration gives; none where it has none.
    ///
    /// # Errors
    /// [`Error::Installation`] naming the key that is missing or wrong.
    pub fn new(config: &ModelsConfig) -> Result<Option<Self>> {
        let Some(routes) = Routes::new(config).map_err(Error::Installation)? else { return Ok(None) };
        let limits = config.limits.of_calls();
        let http = crate::http::client(limits.whole + limits.retrying)?;
        Ok(Some(Self(Arc::new(Parts {
            routes,
            budget: config.budget,
            limits,
            prompt_tokens: config.limits.prompt_tokens,
            link_hosts: config.limits.link_hosts.clone(),
            http,
        }))))
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.0
    }

    /// What they may cost.
    #[must_use]
    pub fn budget(&self) -> BudgetConfig {
        self.0.budget
    }

    /// The model that is asked first, as its server names it.
    #[must_use]
    pub fn first_choice(&self) -> &str {
        self.0.routes.of(Tier::Standard).first().map_or("", |route| &route.model)
    }

    /// Asks the first choice for one word, to know whether it answers.
    ///
    /// # Errors
    /// What is wrong, as a person reads it.
    pub async fn check(&self) -> Result<(), String> {
        let Some(route) = self.0.routes.of(Tier::Standard).first() else { return Ok(()) };
        let turn =
            Turn { role: Role::User, text: "Answer with the one word: ready".to_owned(), cached: false };
        let request = Request {
            model: route.model.clone(),
            max_tokens: route.max_tokens,
            effort: route.effort.clone(),
            system: "You are tried whether you answer.".to_owned(),
            turns: vec![turn],
            schema: None,
            tools: Vec::new(),
        };
        let wrong = |error: ProviderError| error.to_string();
        let mut reading = open(&self.0.http, &*route.wire, &request, &self.0.limits).await.map_err(wrong)?;
        while let Some(event) = reading.events.next().await {
            event.map_err(wrong)?;
        }
        Ok(())
    }
}

impl Answerer for Models {
    fn name(&self) -> &str {
        "the AI model"
    }

    fn converses(&self) -> bool {
        true
    }

    fn writes_notes(&self) -> Option<&Models> {
        Some(self)
    }

    fn answer(&self, ask: Ask) -> BoxStream<'static, Result<Said, AnswerError>> {
        let (tell, told) = mpsc::channel(16);
        let parts = Arc::clone(&self.0);
        let (engine, team) = (ask.engine.clone(), ask.about.team());
        let task = AbortOnDropHandle::new(tokio::spawn(async move {
            let ended = tokio::select! {
                ended = parts.compose(&ask, &tell) => ended,
                by = switched_off(&engine, team) => Err(AnswerError::Early(format!("AI was switched off ({by})"))),
            };
            if let Err(trouble) = ended {
                // Whoever listens may be gone.
                let _ = tell.send(Err(trouble)).await;
            }
        }));
        stream::unfold(Some((told, task)), |open| async move {
            let (mut told, task) = open?;
            match told.recv().await {
                Some(said) => Some((said, Some((told, task)))),
                None => match task.await {
                    Ok(()) => None,
                    Err(_) => {
                        let bug = "a fault of FlowPilot itself, which its log tells about";
                        Some((Err(AnswerError::Early(bug.to_owned())), None))
                    }
                },
            }
        })
        .boxed()
    }
}

type Tell = mpsc::Sender<Result<Said, AnswerError>>;

/// Why a route did not do.
struct Failed {
    error: ProviderError,
    /// Whether something of it was shown.
    shown: bool,
}

impl Parts {
    async fn compose(&self, ask: &Ask, tell: &Tell) -> Result<(), AnswerError> {
        let prompt = Prompt::of(ask, self.prompt_tokens).await.map_err(|error| {
            tracing::warn!(%error, "what a model is told cannot be put together");
            AnswerError::Unavailable("what it has to know could not be read".to_owned())
        })?;
        let (tier, subject, purpose) = match &ask.about {
            About::Session(case) => (tier_of(case), Subject::Session(case.session.id), Purpose::Answer),
            About::Conversation(it) => (Tier::Standard, Subject::Conversation(it.id), Purpose::Ask),
        };
        let whom = For { team: ask.about.team(), subject, member: ask.member, purpose };
        let _ = tell.send(Ok(Said::Sources(prompt.sources.clone()))).await;
        let mut last = None;
        for (place, route) in self.routes.of(tier).iter().enumerate() {
            if !route.breaker.may_try() {
                last = Some((route, ProviderError::Resting));
                continue;
            }
            let call = Call::begin(&ask.engine, &self.budget, whom, tier, route, prompt.tokens).await;
            let call = call.map_err(|no| AnswerError::Unavailable(no.to_string()))?;
            let _ = tell.send(Ok(Said::By(author(route, place)))).await;
            let _ = tell.send(Ok(Said::From(call.id))).await;
            match self.ask(route, &prompt, call, tell).await {
                Ok(()) => {
                    route.breaker.worked();
                    return Ok(());
                }
                Err(Failed { error, shown }) => {
                    if error.is_the_servers() {
                        route.breaker.failed(error.is_lasting());
                    }
                    tracing::warn!(model = route.model, why = %error, "a model gave no whole answer");
                    if shown {
                        return Err(AnswerError::Early(format!("{}: {error}", route.model)));
                    }
                    last = Some((route, error));
                }
            }
        }
        Err(AnswerError::Unavailable(match last {
            Some((route, error)) => format!("{}: {error}", route.model),
            None => "none is configured".to_owned(),
        }))
    }

    /// Asks one route, records what came of it, and passes on what it says.
    async fn ask(&self, route: &Route, prompt: &Prompt, mut call: Call, tell: &Tell) -> Result<(), Failed> {
        let request = Request {
            model: route.model.clone(),
            max_tokens: route.max_tokens,
            effort: route.effort.clone(),
            system: prompt.system.clone(),
            turns: prompt.turns.clone(),
            schema: None,
            // A conversation suggests no fix.
            tools: if prompt.cites { Vec::new() } else { tools() },
        };
        let splitter = Splitter::new(&prompt.code);
        let links = Links::to(&self.link_hosts);
        let citations = prompt.cites.then(|| Citations::of(prompt.sources.len()));
        let mut passed = Passed {
            tell,
            splitter,
            links,
            citations,
            called: None,
            facts: Vec::new(),
            shown: false,
            read: 0,
        };
        let read = self.read(route, &request, &mut call, &mut passed).await;
        match &read {
            Ok(stop) => call.end(Ok(stop)).await,
            Err(error) => call.end(Err(error)).await,
        }
        let shown = passed.shown;
        let stop = read.map_err(|error| Failed { error, shown })?;
        passed.end(stop).await
    }

    async fn read(
        &self,
        route: &Route,
        request: &Request,
        call: &mut Call,
        passed: &mut Passed<'_>,
    ) -> Result<Stop, ProviderError> {
        let mut reading = open(&self.http, &*route.wire, request, &self.limits).await?;
        call.retries = reading.retries;
        // A server that does not say why it stopped has come to its end all the same.
        let mut stopped = Stop::End;
        while let Some(event) = reading.events.next().await {
            match event? {
                Event::Text(text) => {
                    call.wrote(&text);
                    passed.text(&text).await?;
                }
                Event::Call { name, input } => {
                    passed.called = suggested(&name, &input).or(passed.called.take());
                    passed.facts.extend(proposed(&name, &input));
                }
                Event::Thinking => passed.say(Said::Waiting).await,
                Event::Usage(usage) => call.usage = Some(usage),
                Event::Stop(stop) => stopped = stop,
                Event::Ping => {}
            }
        }
        Ok(stopped)
    }
}

/// What is passed on of an answer.
struct Passed<'a> {
    tell: &'a Tell,
    splitter: Splitter,
    links: Links<'a>,
    /// In a conversation.
    citations: Option<Citations>,
    /// The fix of the last call that was one.
    called: Option<Proposal>,
    /// What the calls propose as facts.
    facts: Vec<String>,
    shown: bool,
    read: usize,
}

impl Passed<'_> {
    async fn say(&self, said: Said) {
        // Whoever listens may be gone; the task is then ended with it.
        let _ = self.tell.send(Ok(said)).await;
    }

    async fn text(&mut self, piece: &str) -> Result<(), ProviderError> {
        self.read += piece.len();
        if self.read > LONGEST {
            return Err(ProviderError::Flood);
        }
        let text = self.splitter.push(piece);
        let text = self.links.push(&text);
        let text = self.cited(text);
        self.show(text).await;
        Ok(())
    }

    fn cited(&mut self, text: String) -> String {
        match &mut self.citations {
            Some(citations) => citations.push(&text),
            None => text,
        }
    }

    async fn show(&mut self, text: String) {
        if text.is_empty() || (!self.shown && text.trim().is_empty()) {
            return;
        }
        self.shown = true;
        self.say(Said::Text(text)).await;
    }

    /// The rest of the text and the fix, and whether it is a whole answer.
    async fn end(mut self, stop: Stop) -> Result<(), Failed> {
        let splitter = std::mem::replace(&mut self.splitter, Splitter::new(""));
        let (rest, block) = splitter.finish();
        let mut rest = self.links.push(&rest);
        rest.push_str(&self.links.finish());
        let mut rest = self.cited(rest);
        rest.extend(self.citations.as_mut().map(Citations::finish));
        self.show(rest).await;
        let shown = self.shown;
        let failed = move |error| Err(Failed { error, shown });
        match stop {
            Stop::Refusal => return failed(ProviderError::Declined),
            Stop::ContextFull => return failed(ProviderError::ContextFull),
            Stop::MaxTokens => {
                return failed(ProviderError::Broken("its longest length was reached".to_owned()));
            }
            Stop::End | Stop::ToolUse | Stop::Pause | Stop::Other => {}
        }
        // A call is structured by the server; the block is what remains without tools.
        let called = self.called.take();
        let form = if called.is_some() { "tool" } else { "marker" };
        let proposal = called.or_else(|| block.as_ref().and_then(Proposal::read));
        if proposal.is_some() {
            metrics::counter!("flowpilot_ai_fixes_total", "form" => form).increment(1);
        }
        if !self.facts.is_empty() {
            if !self.shown {
                self.show("Here is what I read out of your words.".to_owned()).await;
            }
            let facts = std::mem::take(&mut self.facts);
            self.say(Said::Facts(facts)).await;
        }
        match proposal {
            None if !self.shown => return failed(ProviderError::Empty),
            None => {}
            Some(proposal) => {
                if !self.shown {
                    self.show(format!("I suggest: {}", proposal.title())).await;
                }
                self.say(Said::Fix(Box::new(proposal))).await;
            }
        }
        Ok(())
    }
}

/// Whom a reader is told; that it is not the first choice is said too.
pub(super) fn author(route: &Route, place: usize) -> String {
    if place == 0 {
        route.model.clone()
    } else {
        format!("{} (the first choice does not answer)", route.model)
    }
}

/// Who is asked: one deeper where fixes did not help, or where whoever was asked last was not sure.
pub(super) fn tier_of(case: &Case) -> Tier {
    let in_vain = case.fixes.iter().filter(|fix| was_in_vain(fix)).count();
    let of_a_model = |fix: &&SuggestedFix| fix.solution.is_none() && fix.proposed_by.is_none();
    let unsure = case.active_fix().filter(of_a_model).is_some_and(|fix| fix.confidence < LEAST_SURE);
    if in_vain >= STUCK || unsure { Tier::Deep } else { Tier::Standard }
}

/// Waits until somebody switches the team's models off, and says who.
pub(super) async fn switched_off(engine: &Engine, team: crate::store::TeamId) -> String {
    loop {
        tokio::time::sleep(LOOK).await;
        match off_by(&engine.db, team).await {
            Ok(Some(by)) => return by,
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "cannot look whether AI is switched off"),
        }
    }
}
