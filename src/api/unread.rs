//! A request that was answered before its body was read.
//!
//! What is left of the body stands on the connection where the next request is looked for. A small rest is read here,
//! so that the connection stays of use; for more than that the client is told to open another one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, EXPECT};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::stream::{BoxStream, Fuse};
use futures_util::{StreamExt as _, stream};

const LARGEST_REST: usize = 1024 * 1024;
const LONGEST_WAIT: Duration = Duration::from_secs(2);

type Chunks = Fuse<BoxStream<'static, Result<Bytes, axum::Error>>>;

/// The body, which stays here when whoever reads it gives up.
#[derive(Clone)]
struct Shared(Arc<Mutex<Chunks>>);

impl Shared {
    fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(body.into_data_stream().boxed().fuse())))
    }

    fn with<T>(&self, does: impl FnOnce(&mut Chunks) -> T) -> T {
        does(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn chunks(&self) -> impl stream::Stream<Item = Result<Bytes, axum::Error>> + use<> {
        let shared = self.clone();
        stream::poll_fn(move |context| shared.with(|chunks| chunks.poll_next_unpin(context)))
    }

    /// Reads the rest; false when it is more, or takes longer, than it is worth.
    async fn read_rest(&self) -> bool {
        let mut chunks = std::pin::pin!(self.chunks());
        let read = async {
            let mut rest = 0;
            while let Some(chunk) = chunks.next().await {
                rest += chunk.map_or(usize::MAX, |chunk| chunk.len().min(LARGEST_REST + 1));
                if rest > LARGEST_REST {
                    return false;
                }
            }
            true
        };
        tokio::time::timeout(LONGEST_WAIT, read).await.unwrap_or(false)
    }
}

/// Leaves the connection in order, whatever was read of the request: a layer around everything that answers.
pub async fn finish_reading(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    // Reading from a client that asks whether to send its body would tell it to do so.
    let is_asking = parts.headers.contains_key(EXPECT);
    let shared = Shared::new(body);
    let request = Request::from_parts(parts, Body::from_stream(shared.chunks()));
    let mut response = next.run(request).await;
    let is_read = shared.with(|chunks| chunks.is_done()) || (!is_asking && shared.read_rest().await);
    if !is_read {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
