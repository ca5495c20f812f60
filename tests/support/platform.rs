//! A chat platform in memory: it keeps what it was shown, and has people who write and click.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flowpilot::queue::{Closed, Failure};
use flowpilot::store::{CardId, TeamId};
use flowpilot::surface::{
    Card, Fetched, Heard, Inbound, PostedFile, Relayed, SessionPreview, Surface, ThreadRef, What, accept,
};
use flowpilot::team::{Affiliation, Author, Platform, Workspace, connect_workspace};
use futures_util::StreamExt as _;
use tokio::sync::Notify;

use super::World;

/// The workspace that is connected to the team.
pub(crate) const WORKSPACE: &str = "T0ACME";

/// What the platform was shown, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A new message.
    Posted(CardId, Card),
    /// A message took another's place.
    Edited(CardId, Card),
    /// Words for one person: whom, and what.
    Whispered(String, String),
    /// A thread was opened with these words.
    Opened(String),
    /// A channel was told of a session.
    Announced(String, SessionPreview),
    /// Below a message it was shown what its links lead to.
    Previewed(String, Vec<SessionPreview>),
    /// An earlier attempt's message was looked for.
    LookedFor(CardId),
    /// Words for one person outside of any thread: whom, and what.
    Written(String, String),
    /// Words that were written elsewhere: the thread, whose, and what.
    Relayed(String, String, String),
}

/// A channel that lets nothing in.
pub(crate) const ARCHIVED: &str = "archived";

/// The platform; clones are one.
#[derive(Clone, Default)]
pub(crate) struct Chat {
    shown: Arc<Mutex<Vec<Shown>>>,
    /// What is in its threads before the copilot comes.
    threads: Arc<Mutex<Vec<Heard>>>,
    /// Answers to posts that are lost: the message is there, and nobody hears of it.
    lost: Arc<Mutex<usize>>,
    /// Where its messages are.
    places: Arc<Mutex<Vec<(String, CardId)>>>,
    files: Arc<Mutex<HashMap<String, Files>>>,
}

/// What is answered to who asks for a file, and how often that was.
type Files = (VecDeque<File>, usize);

/// What the platform answers to who asks for a file.
#[derive(Clone)]
pub(crate) enum File {
    /// Its content, piece by piece.
    Pieces(Vec<Vec<u8>>),
    /// Its beginning; then the connection breaks.
    Broken(Vec<u8>),
    /// Its content, once this says so.
    After(Arc<Notify>, Vec<u8>),
    /// It may not be seen, and that will not change by itself.
    Hidden,
    /// It was deleted.
    Deleted,
}

impl Chat {
    /// Connects a workspace of the platform to the team.
    pub(crate) async fn connect(world: &World) -> Self {
        let chat = Self::default();
        world.engine.set_surfaces([Arc::new(chat.clone()) as Arc<dyn Surface>]);
        let workspace = Workspace { platform: Platform::Slack, external_id: WORKSPACE.to_owned() };
        let engine = &world.engine;
        connect_workspace(&engine.db, &engine.clock, &workspace, world.team, "Acme").await.unwrap();
        chat
    }

    /// What was shown so far.
    pub(crate) fn shown(&self) -> Vec<Shown> {
        self.shown.lock().unwrap().clone()
    }

    /// The cards whose messages are in a thread or channel, in order.
    pub(crate) fn posted_in(&self, thread: &str) -> Vec<CardId> {
        let places = self.places.lock().unwrap();
        places.iter().filter(|(place, _)| place == thread).map(|(_, id)| *id).collect()
    }

    /// What one person was written outside of any thread.
    pub(crate) fn letters(&self, to: &str) -> Vec<String> {
        let told = |shown: Shown| match shown {
            Shown::Written(whom, text) if whom == to => Some(text),
            _ => None,
        };
        self.shown().into_iter().filter_map(told).collect()
    }

    /// Puts a message into the threads.
    pub(crate) fn wrote(&self, message: &str, author: &str, text: &str) {
        self.threads.lock().unwrap().push(Heard {
            message: message.to_owned(),
            author: format!("U-{author}"),
            author_name: author.to_owned(),
            text: text.to_owned(),
            files: Vec::new(),
        });
    }

    /// Attaches a file to a message that is in the threads.
    pub(crate) fn attached(&self, message: &str, file: PostedFile) {
        let mut threads = self.threads.lock().unwrap();
        threads.iter_mut().find(|heard| heard.message == message).unwrap().files.push(file);
    }

    /// Puts a file into the platform, in pieces; answers it as events tell of it. Every attempt to fetch it is
    /// answered by the next of these, and the last one stays.
    pub(crate) fn has_file(&self, id: &str, name: &str, answers: Vec<File>) -> PostedFile {
        self.files.lock().unwrap().insert(id.to_owned(), (answers.into(), 0));
        PostedFile { id: id.to_owned(), name: name.to_owned(), ..PostedFile::default() }
    }

    /// How often a file was asked for.
    pub(crate) fn fetches(&self, id: &str) -> usize {
        self.files.lock().unwrap().get(id).map_or(0, |(_, fetches)| *fetches)
    }

    /// Loses the answer to the next post.
    pub(crate) fn lose_an_answer(&self) {
        *self.lost.lock().unwrap() += 1;
    }

    /// What one person was told in private.
    pub(crate) fn whispers(&self, to: &str) -> Vec<String> {
        let told = |shown: Shown| match shown {
            Shown::Whispered(whom, text) if whom == to => Some(text),
            _ => None,
        };
        self.shown().into_iter().filter_map(told).collect()
    }

    fn show(&self, what: Shown) {
        self.shown.lock().unwrap().push(what);
    }
}

#[async_trait]
impl Surface for Chat {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    async fn post(
        &self,
        _: TeamId,
        thread: &ThreadRef,
        id: CardId,
        card: &Card,
        _: &str,
        again: bool,
    ) -> Result<String, Failure> {
        if thread.thread == ARCHIVED {
            return Err(Failure::Closed(Closed {
                place: thread.thread.clone(),
                name: "the channel #archived".to_owned(),
                why: "it is archived".to_owned(),
                cure: "unarchive it".to_owned(),
            }));
        }
        let mut places = self.places.lock().unwrap();
        if !places.iter().any(|(_, shown)| *shown == id) {
            places.push((thread.thread.clone(), id));
        }
        drop(places);
        self.show(if again { Shown::LookedFor(id) } else { Shown::Posted(id, card.clone()) });
        let mut lost = self.lost.lock().unwrap();
        if *lost > 0 {
            *lost -= 1;
            return Err(Failure::Retry { why: "no answer".to_owned(), after: Some(Duration::ZERO) });
        }
        Ok(format!("message of {id}"))
    }

    async fn edit(
        &self,
        _: TeamId,
        _: &ThreadRef,
        message: &str,
        id: CardId,
        card: &Card,
    ) -> Result<Option<String>, Failure> {
        assert_eq!(message, format!("message of {id}"));
        self.show(Shown::Edited(id, card.clone()));
        Ok(None)
    }

    async fn payload(&self, _: TeamId, id: CardId, card: &Card) -> Option<serde_json::Value> {
        Some(serde_json::json!({ "id": id, "title": card.title }))
    }

    async fn whisper(&self, _: TeamId, _: &ThreadRef, to: &str, text: &str, _: &str) -> Result<(), Failure> {
        self.show(Shown::Whispered(to.to_owned(), text.to_owned()));
        Ok(())
    }

    async fn relay(
        &self,
        _: TeamId,
        thread: &ThreadRef,
        Relayed { by, text }: &Relayed,
        _: &str,
        _: bool,
    ) -> Result<(), Failure> {
        self.show(Shown::Relayed(thread.thread.clone(), by.clone(), text.clone()));
        Ok(())
    }

    async fn open_thread(
        &self,
        _: TeamId,
        place: &ThreadRef,
        headline: &str,
        _: &str,
        _: bool,
    ) -> Result<String, Failure> {
        if place.thread == "closed" {
            return Err(Failure::Dead("Invite me first.".to_owned()));
        }
        self.show(Shown::Opened(headline.to_owned()));
        Ok(format!("{}:1", place.thread))
    }

    fn below(&self, place: &ThreadRef, message: &str) -> ThreadRef {
        ThreadRef { thread: format!("{}:{message}", place.thread), ..place.clone() }
    }

    fn address(&self, thread: &ThreadRef) -> Option<String> {
        Some(format!("https://chat.example.com/{}", thread.thread))
    }

    async fn place(&self, _: TeamId, place: &ThreadRef) -> flowpilot::Result<Option<String>> {
        if place.thread == ARCHIVED {
            return Err(flowpilot::Error::invalid("place", "is archived"));
        }
        Ok(Some(format!("#{}", place.thread)))
    }

    async fn write_to(&self, _: TeamId, _: &str, to: &str, text: &str, _: &str) -> Result<(), Failure> {
        self.show(Shown::Written(to.to_owned(), text.to_owned()));
        Ok(())
    }

    async fn announce(
        &self,
        _: TeamId,
        place: &ThreadRef,
        session: &SessionPreview,
        _: &str,
        _: bool,
    ) -> Result<(), Failure> {
        if place.thread == "closed" {
            return Err(Failure::Dead("Invite me first.".to_owned()));
        }
        self.show(Shown::Announced(place.thread.clone(), session.clone()));
        Ok(())
    }

    async fn preview_links(
        &self,
        _: TeamId,
        message: &ThreadRef,
        sessions: &[SessionPreview],
    ) -> Result<(), Failure> {
        self.show(Shown::Previewed(message.thread.clone(), sessions.to_vec()));
        Ok(())
    }

    async fn thread_so_far(&self, _: TeamId, _: &ThreadRef) -> flowpilot::Result<Vec<Heard>> {
        Ok(self.threads.lock().unwrap().clone())
    }

    async fn fetch(&self, _: TeamId, _: &ThreadRef, file: &PostedFile) -> Result<Fetched, Failure> {
        let answer = {
            let mut files = self.files.lock().unwrap();
            let (answers, fetches) = files.get_mut(&file.id).unwrap();
            *fetches += 1;
            if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
        };
        let lost = || Failure::Retry { why: "it broke off".to_owned(), after: Some(Duration::ZERO) };
        let pieces = match answer.unwrap() {
            File::Pieces(pieces) => pieces.into_iter().map(|piece| Ok(piece.into())).collect(),
            File::Broken(piece) => vec![Ok(piece.into()), Err(lost())],
            File::After(sign, content) => {
                sign.notified().await;
                vec![Ok(content.into())]
            }
            File::Hidden => return Err(Failure::Dead("a sign-in page came instead".to_owned())),
            File::Deleted => return Ok(Fetched::Gone),
        };
        Ok(Fetched::Content(futures_util::stream::iter(pieces).boxed()))
    }

    /// Who is called Gus is a guest, as the platform knows.
    async fn introduce(&self, _: TeamId, _: &str, author: Author) -> flowpilot::Result<Author> {
        let affiliation = if author.name == "Gus" { Affiliation::Guest } else { author.affiliation };
        Ok(Author { affiliation, ..author })
    }
}

/// A thread of the connected workspace.
pub(crate) fn thread(name: &str) -> ThreadRef {
    ThreadRef { platform: Platform::Slack, workspace: WORKSPACE.to_owned(), thread: name.to_owned() }
}

/// A full member of the workspace.
pub(crate) fn person(name: &str) -> Author {
    Author {
        external_id: format!("U-{name}"),
        name: name.to_owned(),
        email: None,
        affiliation: Affiliation::Full,
    }
}

/// Something that a person did, delivered by the platform; stored when this returns.
pub(crate) async fn deliver(world: &World, key: &str, thread: &ThreadRef, author: &Author, what: What) {
    deliver_with(world, key, thread, author, Vec::new(), what).await;
}

/// As [`deliver`], of a message with files.
pub(crate) async fn deliver_with(
    world: &World,
    key: &str,
    thread: &ThreadRef,
    author: &Author,
    files: Vec<PostedFile>,
    what: What,
) {
    let inbound =
        Inbound { key: key.to_owned(), thread: thread.clone(), author: author.clone(), files, what };
    accept(&world.engine, &inbound, None).await.unwrap();
}
