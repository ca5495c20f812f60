//! Reading an answer while it comes: bounded in time and in bytes, and never silently short.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use eventsource_stream::{EventStreamError, Eventsource as _};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream, Stream};
use tokio::time::{Instant, timeout_at};

use super::{Decoder, Event, Limits, ProviderError};

/// The largest answer, in bytes as it is sent: a token takes some hundred of them.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The longest line of an answer, in bytes.
const LONGEST_LINE: usize = 256 * 1024;
/// After the end only the counts may follow.
const AFTER_THE_END: Duration = Duration::from_secs(1);

/// Why a body could not be read on.
enum BodyError {
    Broken,
    TooLarge,
}

impl From<BodyError> for ProviderError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Broken => Self::Cut,
            BodyError::TooLarge => Self::Flood,
        }
    }
}

/// The body, until it is larger than an answer can be.
fn bounded(response: reqwest::Response) -> impl Stream<Item = Result<Bytes, BodyError>> + Send {
    let (mut all, mut line) = (0, 0);
    response.bytes_stream().map(move |piece| {
        let piece = piece.map_err(|_| BodyError::Broken)?;
        all += piece.len();
        line = match piece.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
            Some(end) => piece.len() - end,
            None => line + piece.len(),
        };
        if all > MOST_BYTES || line > LONGEST_LINE { Err(BodyError::TooLarge) } else { Ok(piece) }
    })
}

/// The pieces of an answer. After an error nothing more comes.
pub(super) fn events(
    response: reqwest::Response,
    decoder: Box<dyn Decoder>,
    limits: &Limits,
) -> BoxStream<'static, Result<Event, ProviderError>> {
    let now = Instant::now();
    let sent = bounded(response).eventsource().map(|event| event.map(|event| event.data)).boxed();
    let answer = Answer {
        sent,
        decoder,
        waiting: VecDeque::new(),
        over: false,
        patience: limits.patience,
        worked: now,
        end: now + limits.whole,
    };
    stream::unfold(answer, |mut answer| async move { answer.next().await.map(|event| (event, answer)) })
        .boxed()
}

/// An answer that is being read.
struct Answer {
    sent: BoxStream<'static, Result<String, EventStreamError<BodyError>>>,
    decoder: Box<dyn Decoder>,
    waiting: VecDeque<Event>,
    over: bool,
    patience: Duration,
    /// When the last sign of work came.
    worked: Instant,
    /// When it must be whole.
    end: Instant,
}

impl Answer {
    async fn next(&mut self) -> Option<Result<Event, ProviderError>> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                if event != Event::Ping {
                    self.worked = Instant::now();
                }
                return Some(Ok(event));
            }
            if self.over {
                return None;
            }
            match self.read_on().await {
                Ok(()) => {}
                // What goes wrong after the end takes nothing away.
                Err(_) if self.decoder.is_complete() => self.over = true,
                Err(error) => {
                    self.over = true;
                    return Some(Err(error));
                }
            }
        }
    }

    async fn read_on(&mut self) -> Result<(), ProviderError> {
        let until = if self.decoder.is_complete() {
            Instant::now() + AFTER_THE_END
        } else {
            self.end.min(self.worked + self.patience)
        };
        let sent = timeout_at(until, self.sent.next()).await.map_err(|_| ProviderError::Silent)?;
        let data = match sent {
            Some(Ok(data)) => data,
            Some(Err(EventStreamError::Transport(error))) => return Err(error.into()),
            Some(Err(EventStreamError::Utf8(_))) => return Err(ProviderError::Garbage("it is no UTF-8")),
            Some(Err(EventStreamError::Parser(_))) => return Err(ProviderError::Garbage("no event")),
            None => return Err(ProviderError::Cut),
        };
        let mut events = Vec::new();
        let read = self.decoder.read(&data, &mut events);
        self.waiting.extend(events);
        read
    }
}

/// An answer that comes in one piece.
pub(super) async fn whole(
    response: reqwest::Response,
    mut decoder: Box<dyn Decoder>,
    limits: &Limits,
) -> Result<BoxStream<'static, Result<Event, ProviderError>>, ProviderError> {
    let body = timeout_at(Instant::now() + limits.whole, text(response)).await;
    let body = body.map_err(|_| ProviderError::Silent)??;
    let mut events = Vec::new();
    decoder.whole(&body, &mut events)?;
    Ok(stream::iter(events.into_iter().map(Ok)).boxed())
}

/// A body as text, bounded like an answer.
pub(super) async fn text(response: reqwest::Response) -> Result<String, ProviderError> {
    let mut body = Vec::new();
    let mut pieces = std::pin::pin!(response.bytes_stream());
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece.map_err(|_| ProviderError::Cut)?);
        if body.len() > MOST_BYTES {
            return Err(ProviderError::Flood);
        }
    }
    String::from_utf8(body).map_err(|_| ProviderError::Garbage("it is no UTF-8"))
}
