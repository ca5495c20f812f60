//! Many connections that send one request after the other, cheaply: the load shares the machine with the server.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Sent with every request.
pub(crate) type Headers = Vec<(String, String)>;

/// A request to send.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    /// Beside those of the connection.
    pub(crate) headers: Headers,
}

impl Call {
    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self {
            method: Method::POST,
            path: path.into(),
            body: body.to_string().into_bytes(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: Vec::new(), headers: Vec::new() }
    }
}

/// One connection that is kept open.
pub(crate) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    address: String,
    headers: Headers,
}

impl Connection {
    pub(crate) async fn open(address: &str, headers: &Headers) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
        tokio::spawn(connection);
        Ok(Self { sender, address: address.to_owned(), headers: headers.clone() })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&mut self, call: Call) -> (u16, Bytes) {
        let mut request = Request::builder()
            .method(call.method)
            .uri(call.path)
            .header("host", &self.address)
            .header("content-type", "application/json");
        for (name, value) in self.headers.iter().chain(&call.headers) {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(call.body.into())).expect("a request");
        self.sender.ready().await.expect("the connection is open");
        let answer = self.sender.send_request(request).await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.into_body().collect().await.expect("a whole answer").to_bytes())
    }

    /// Sends a request that must succeed.
    pub(crate) async fn json(&mut self, call: Call) -> Value {
        let (status, body) = self.send(call).await;
        assert!((200..300).contains(&status), "{status}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("JSON")
    }
}

/// What came of a round.
pub(crate) struct Round {
    pub(crate) answers: u64,
    pub(crate) seconds: f64,
    /// Microseconds from request to answer.
    pub(crate) latency: Histogram<u64>,
}

impl Round {
    pub(crate) fn per_second(&self) -> f64 {
        self.answers as f64 / self.seconds
    }

    pub(crate) fn millis(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1000.0
    }
}

/// Sends requests over so many connections for so long. An answer that is not as it should be ends the benchmark.
pub(crate) async fn round(
    address: &str,
    headers: &Headers,
    connections: usize,
    length: Duration,
    call: impl Fn() -> Call + Clone + Send + 'static,
    is_right: fn(u16, &[u8]) -> bool,
) -> Round {
    let mut opened = Vec::with_capacity(connections);
    for _ in 0..connections {
        opened.push(Connection::open(address, headers).await.expect("a connection"));
    }
    let begun = Instant::now();
    let tasks: Vec<_> = opened
        .into_iter()
        .map(|mut connection| {
            let call = call.clone();
            tokio::spawn(async move {
                let mut latency = Histogram::<u64>::new(3).expect("a histogram");
                while begun.elapsed() < length {
                    let sent = Instant::now();
                    let (status, body) = connection.send(call()).await;
                    assert!(is_right(status, &body), "{status}: {}", String::from_utf8_lossy(&body));
                    latency += sent.elapsed().as_micros() as u64;
                }
                latency
            })
        })
        .collect();
    let mut latency = Histogram::<u64>::new(3).expect("a histogram");
    for task in tasks {
        latency.add(task.await.expect("every answer is right")).expect("histograms of one kind");
    }
    Round { answers: latency.len(), seconds: begun.elapsed().as_secs_f64(), latency }
}
