//! Writing an answer where it was asked.
//!
//! What was written so far is kept about once a second, with the name of the message that shows it; the same look tells
//! whether somebody stopped it, in whichever process. Once nothing more comes, the whole text and how it ended are
//! kept before the message is ended: from then on every attempt shows that text. An attempt that finds an earlier
//! one's half-written text ends it and says so. Recording it in the transcript is one commit with the effect's end.

mod conversation;
mod ending;

use std::pin::Pin;
use std::time::Duration;

use futures_util::future::{BoxFuture, Fuse, FusedFuture as _};
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use sqlx::types::Json;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use tokio_util::sync::CancellationToken;

use super::answer::{Answer, load};
use super::notes::End;
use super::{About, AnswerError, Answerer, Ask, Proposal, Said};
use crate::assistant::{Growth, Source, cited};
use crate::queue::{Failure, Item, Receipt};
use crate::redact;
use crate::store::{AnswerId, CallId, run};
use crate::surface::{Live, LiveError, LivePlace, LiveText};
use crate::team::account_in;
use crate::{Engine, Result};

/// Between two looks whether it was stopped, and between two shows of little text.
const LOOK: Duration = Duration::from_secs(1);
/// So much text is shown without waiting for the next look, in bytes.
const MUCH: usize = 256;
/// Longer than any model thinks without a word.
const SILENCE: Duration = Duration::from_secs(120);
/// The longest text that is kept, in characters.
const LONGEST: usize = 40_000;
/// How long the name of whoever stopped it on the platform is waited for.
const NAMED_WITHIN: Duration = Duration::from_secs(3);

/// Works the outbox's answers.
pub(crate) struct Writer {
    engine: Engine,
    /// See [`crate::engine::EngineOptions::still_working`].
    still_working: Duration,
    /// The process ends.
    stop: CancellationToken,
}

impl Writer {
    /// The platform forgets after two minutes that an answer is being worked on.
    pub(crate) const STILL_WORKING: Duration = Duration::from_secs(90);

    /// The writer of an engine. After `stop` it ends what it writes instead of waiting for the rest.
    pub(crate) fn new(engine: Engine, still_working: Duration, stop: CancellationToken) -> Self {
        Self { engine, still_working, stop }
    }

    /// Writes an answer, or ends what an earlier attempt has left.
    ///
    /// # Errors
    /// What the surface answers; tried again by the outbox.
    pub(crate) async fn write(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let team = item.team_id.ok_or_else(|| Failure::Dead("an answer without a team".to_owned()))?;
        let id: AnswerId = serde_json::from_value(item.payload.0["answer"].clone())
            .map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        let answer = load(&self.engine.db, team, id).await?.filter(|answer| answer.ended_at.is_none());
        let Some(answer) = answer else { return Ok(receipt.complete_alone().await?) };
        let about = About::of(&self.engine, team, &answer).await?;
        let thread = about.thread();
        let surface = self.engine.surface(thread.platform);
        let live = surface.as_deref().and_then(|surface| surface.live());
        let again = receipt.begin().await? || item.attempts > 0;
        let at = LivePlace {
            team,
            asker: account_in(&self.engine.db, team, answer.member_id, &thread.workspace()).await?,
            thread,
            key: format!("answer:{id}"),
        };
        let (text, fix) = (answer.text.clone(), answer.fix.clone().map(|fix| fix.0));
        let facts = answer.facts.clone().map(|facts| facts.0).unwrap_or_default();
        let sources = answer.sources.clone().map(|sources| sources.0).unwrap_or_default();
        let mut work = Work {
            engine: &self.engine,
            still_working: self.still_working,
            stop: &self.stop,
            author: "FlowPilot".to_owned(),
            receipt,
            live,
            at,
            text,
            fix,
            facts,
            call: answer.call_id,
            sources,
            clean: redact::Growing::default(),
            out: String::new(),
            open: None,
            hidden: Hidden::No,
            again,
            answer,
        };
        let end = work.begin(&about).await?;
        work.end(&about, end).await
    }
}

/// One attempt at an answer.
struct Work<'a> {
    engine: &'a Engine,
    still_working: Duration,
    stop: &'a CancellationToken,
    author: String,
    receipt: &'a Receipt,
    live: Option<&'a dyn Live>,
    at: LivePlace,
    answer: Answer,
    /// What was written, as it came.
    text: String,
    /// The fix that it suggests.
    fix: Option<Proposal>,
    /// What it proposes as facts.
    facts: Vec<String>,
    /// The call that it comes from.
    call: Option<CallId>,
    /// What it may cite; once it is whole, what it does cite.
    sources: Vec<Source>,
    /// What of it the open message shows.
    out: String,
    /// Without secrets, as it grows.
    clean: redact::Growing,
    open: Option<Box<dyn LiveText>>,
    hidden: Hidden,
    /// Whether there may be messages of which nobody knows.
    again: bool,
}

impl<'a> Work<'a> {
    /// Writes, unless an earlier attempt did.
    async fn begin(&mut self, about: &About) -> Result<End, Failure> {
        let answerer = self.engine.answerer();
        if let Some(answerer) = &answerer {
            self.author = answerer.name().to_owned();
        }
        if self.answer.ending.is_some() {
            return Ok(End::Whole);
        }
        if self.again && self.was_begun().await? {
            return Ok(End::CutOff);
        }
        if let Some(by) = self.answer.stopped_by.clone() {
            return Ok(End::Stopped(Some(by)));
        }
        let Some(answerer) = answerer else { return Ok(End::Nobody) };
        self.compose(&*answerer, about).await
    }

    /// Whether an earlier attempt showed something.
    async fn was_begun(&self) -> Result<bool, Failure> {
        if !self.answer.text.is_empty() || self.answer.shown.is_some() {
            return Ok(true);
        }
        match self.live {
            Some(live) => live.was_opened(&self.at).await,
            None => Ok(false),
        }
    }

    async fn compose(&mut self, answerer: &dyn Answerer, about: &About) -> Result<End, Failure> {
        let mut pieces = answerer.answer(Ask {
            engine: self.engine.clone(),
            about: about.clone(),
            answer: self.answer.id,
            member: self.answer.member_id,
            question: self.answer.question.clone(),
        });
        self.working(true).await;
        let (mut told, mut heard) = (Instant::now(), Instant::now());
        // Many answers at once do not all look at the same moment.
        let first = LOOK.mul_f64(f64::from(self.answer.id.0.as_bytes()[15]) / 256.0);
        let mut look = interval_at(Instant::now() + first, LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut unseen = 0;
        let mut keeping: Fuse<BoxFuture<'_, Result<Option<String>>>> = Fuse::terminated();
        loop {
            tokio::select! {
                piece = next(&mut pieces) => {
                    heard = Instant::now();
                    match piece {
                        Some(Ok(Said::Text(piece))) => {
                            unseen += piece.len();
                            self.text.push_str(&piece);
                        }
                        Some(Ok(said)) => self.take(said),
                        Some(Err(error)) => return Ok(self.ended_by(error)),
                        None => return Ok(End::Whole),
                    }
                    if self.too_long() {
                        return Ok(End::TooLong);
                    }
                    // A surface is not called for each word; whoever reads along waits for none.
                    if unseen < MUCH && self.live.is_some() {
                        continue;
                    }
                }
                kept = &mut keeping => {
                    keeping = Fuse::terminated();
                    if let Some(by) = kept_in_time(kept)? {
                        return Ok(End::Stopped(Some(by)));
                    }
                    continue;
                }
                _ = look.tick() => {
                    // No word waits for the database, unless a surface has to know what is kept.
                    if self.live.is_none() {
                        if keeping.is_terminated() {
                            keeping = self.keeping(None).fuse();
                        }
                    } else if let Some(by) = kept_in_time(self.keep(None).await)? {
                        return Ok(End::Stopped(Some(by)));
                    }
                    if self.open.is_none() && told.elapsed() >= self.still_working {
                        told = Instant::now();
                        self.working(true).await;
                    }
                }
                () = self.stop.cancelled() => return Ok(End::CutOff),
                () = sleep_until(heard + SILENCE) => {
                    return Ok(End::Failed("the AI model fell silent".to_owned()));
                }
            }
            unseen = 0;
            if self.show().await? == Shown::Stopped {
                return Ok(End::Stopped(self.stopped_by().await?));
            }
        }
    }

    fn take(&mut self, said: Said) {
        match said {
            Said::By(author) => self.author = author,
            Said::From(call) => self.call = Some(call),
            Said::Sources(sources) => self.sources = sources,
            Said::Fix(fix) => self.fix = Some(*fix),
            Said::Facts(facts) => self.facts = facts,
            Said::Text(_) | Said::Waiting => {}
        }
    }

    fn ended_by(&self, error: AnswerError) -> End {
        match error {
            AnswerError::Unavailable(why) if self.text.is_empty() => End::Unavailable(why),
            AnswerError::Unavailable(why) | AnswerError::Early(why) => End::Failed(why),
        }
    }

    fn too_long(&mut self) -> bool {
        match self.text.char_indices().nth(LONGEST) {
            Some((at, _)) => {
                self.text.truncate(at);
                true
            }
            None => false,
        }
    }

    async fn working(&self, is_working: bool) {
        if let Some(live) = self.live {
            live.working(&self.at, is_working).await;
        }
    }

    /// Shows what can be shown by now.
    async fn show(&mut self) -> Result<Shown, Failure> {
        let Some(live) = self.live else {
            self.tell_of_growth();
            return Ok(Shown::All);
        };
        match self.hidden {
            Hidden::ForGood => return Ok(Shown::All),
            Hidden::Until(then) if Instant::now() < then => return Ok(Shown::All),
            Hidden::No | Hidden::Until(_) => {}
        }
        let clean = self.clean.clean(&self.text);
        // Words that were shown before a cue came are not taken back: what follows them waits.
        let Some(mut more) = clean.strip_prefix(&self.out).map(str::to_owned) else {
            if !self.out.starts_with(&clean) {
                self.hidden = Hidden::ForGood;
            }
            return Ok(Shown::All);
        };
        if more.trim().is_empty() {
            return Ok(Shown::All);
        }
        if self.open.is_none() {
            self.again = true;
            match live.open(&self.at).await {
                Ok(open) => self.open = Some(open),
                Err(Failure::Retry { why, after: Some(after) }) => {
                    tracing::info!(why, "the answer is not shown yet");
                    self.hidden = Hidden::Until(Instant::now() + after);
                }
                Err(failure) => {
                    tracing::warn!(why = %failure, "the answer is shown once it is whole");
                    self.hidden = Hidden::ForGood;
                }
            }
            self.keep_shown().await?;
        }
        let appended = loop {
            let Some(open) = &mut self.open else { return Ok(Shown::All) };
            let appended = open.append(&more).await;
            // What a new message is to say follows once its name is kept.
            if !self.keep_shown().await? || appended.is_err() {
                break appended;
            }
            more.clear();
        };
        match appended {
            Ok(()) => self.out = clean,
            Err(LiveError::Stopped) => {
                self.open = None;
                return Ok(Shown::Stopped);
            }
            Err(LiveError::Lost(why)) => {
                tracing::warn!(why, "the rest of the answer is shown once it is whole");
                self.open = None;
                self.hidden = Hidden::ForGood;
            }
        }
        Ok(Shown::All)
    }

    /// Where no surface shows it, whoever reads along through the API is told.
    fn tell_of_growth(&mut self) {
        let Some(conversation) = self.answer.conversation_id else { return };
        if !self.engine.growing.is_followed(conversation) {
            return;
        }
        let clean = self.clean.clean(&self.text);
        if clean != self.out {
            self.out.clone_from(&clean);
            let growth = Growth { answer: self.answer.id, text: clean, has_ended: false };
            self.engine.growing.grew(conversation, growth);
        }
    }

    /// Keeps the names of the messages as soon as there are new ones; tells whether there were.
    async fn keep_shown(&mut self) -> Result<bool> {
        let shown = self.open.as_ref().map(|open| open.reference());
        let is_new = shown.is_some() && shown != self.answer.shown;
        if is_new {
            self.answer.shown = shown;
            self.keep(None).await?;
        }
        Ok(is_new)
    }

    /// Keeps what there is, only while the lane is ours; tells who stopped it meanwhile.
    async fn keep(&mut self, ending: Option<&str>) -> Result<Option<String>> {
        self.keeping(ending).await
    }

    /// As [`Work::keep`], of how it is now: it can go on meanwhile.
    fn keeping(&mut self, ending: Option<&str>) -> BoxFuture<'a, Result<Option<String>>> {
        let text = match ending {
            Some(_) => redact::secrets(&self.text),
            None => self.clean.clean(&self.text),
        };
        // A fix counts once its answer is whole.
        let fix = self.fix.clone().filter(|_| ending == Some("")).map(Json);
        let facts = Some(Json(self.facts.clone())).filter(|facts| ending == Some("") && !facts.0.is_empty());
        if ending.is_some() {
            let cited = cited(&text, self.sources.len());
            self.sources.retain(|source| cited.contains(&source.number));
        }
        let sources =
            ending.map(|_| Json(self.sources.clone())).filter(|_| self.answer.conversation_id.is_some());
        let (engine, receipt, ending) = (self.engine, self.receipt, ending.map(str::to_owned));
        let (team, answer, call, shown) =
            (self.at.team, self.answer.id, self.call, self.answer.shown.clone());
        Box::pin(async move {
            let mut tx = engine.db.begin().await?;
            receipt.hold(&mut tx).await?;
            let stopped: Option<String> = run!(&mut tx, |c| {
                sqlx::query_scalar(
                    "UPDATE answers SET text = $1, shown = $2, ending = COALESCE($3, ending), \
             fix = COALESCE($4, fix), call_id = $5, sources = COALESCE($8, sources), \
             facts = COALESCE($9, facts) \
             WHERE team_id = $6 AND id = $7 RETURNING stopped_by",
                )
                .bind(&text)
                .bind(&shown)
                .bind(&ending)
                .bind(&fix)
                .bind(call)
                .bind(team)
                .bind(answer)
                .bind(&sources)
                .bind(&facts)
                .fetch_one(c)
                .await
            })?;
            tx.commit().await?;
            Ok(stopped)
        })
    }

    /// Who stopped it on the platform: its event comes by another way, and a little later.
    async fn stopped_by(&mut self) -> Result<Option<String>> {
        let until = Instant::now() + NAMED_WITHIN;
        loop {
            let by = self.keep(None).await?;
            if by.is_some() || Instant::now() >= until {
                return Ok(by);
            }
            tokio::time::sleep(LOOK / 4).await;
        }
    }
}

/// Who stopped it, as the database says; what it cannot keep just now is kept later.
fn kept_in_time(kept: Result<Option<String>>) -> Result<Option<String>> {
    match kept {
        Err(error) if error.may_pass() => {
            tracing::warn!(%error, "the answer is kept later");
            Ok(None)
        }
        kept => kept,
    }
}

/// Whether what is written is kept from being shown.
#[derive(Debug, Clone, Copy)]
enum Hidden {
    No,
    /// The platform asked for a pause.
    Until(Instant),
    /// Only the whole can be shown.
    ForGood,
}

/// Whether there is more to show.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    All,
    Stopped,
}

async fn next(
    pieces: &mut Pin<Box<dyn Stream<Item = Result<Said, AnswerError>> + Send>>,
) -> Option<Result<Said, AnswerError>> {
    pieces.next().await
}
