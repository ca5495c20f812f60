//! Answers that a model writes at once, each followed by a reader: how much later a word is read than it was sent.
//!
//! The model is a server in this process. Each word that it sends tells when it was sent, in letters: what looks like a
//! value waits in the program until it is known to be none.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::response::IntoResponse;
use axum::routing::post;
use futures_util::{StreamExt as _, future, stream};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::client::{Call, Connection, Headers, round};
use crate::program::{Folder, Process};

const STREAMS: usize = 100;
const WORDS: usize = 160;
const PAUSE: Duration = Duration::from_millis(50);
const PARAGRAPH: usize = 25;
const LENGTH: Duration = Duration::from_secs(4);

pub(crate) async fn run() {
    println!("\n## {STREAMS} answers written at once ({WORDS} words each, one in {PAUSE:?})\n");
    let begun = Instant::now();
    let url = model(begun).await;
    let folder = Folder::new("[ai.budget]\nteam_tokens_per_day = 1000000000\n");
    let settings =
        [("FLOWPILOT_AI__OPENAI__BASE_URL", url.as_str()), ("FLOWPILOT_AI__OPENAI__MODEL", "small")];
    let program = folder.serve(&settings).await;
    let headers = folder.script().await;
    let alone = preview(&program, &headers).await;
    let one = follow(&program, &headers, begun, 1).await;
    let (cpu, from) = (program.cpu(), Instant::now());
    let (many, beside) =
        future::join(follow(&program, &headers, begun, STREAMS), preview_later(&program, &headers)).await;
    let used = (program.cpu() - cpu) / from.elapsed().as_secs_f64() * 100.0;
    let millis = |latency: &Histogram<u64>, quantile| latency.value_at_quantile(quantile) as f64 / 1e3;
    println!("| streams | words | p50 ms | p99 ms | slowest ms |\n|---|---|---|---|---|");
    for (streams, latency) in [(1, &one), (STREAMS, &many)] {
        let (p50, p99, slowest) = (millis(latency, 0.5), millis(latency, 0.99), millis(latency, 1.0));
        println!("| {streams} | {} | {p50:.1} | {p99:.1} | {slowest:.1} |", latency.len());
    }
    println!(
        "\npreview p50: {alone:.2} ms alone, {beside:.2} ms beside the streams; processor: {used:.0} % of one"
    );
    program.stop().await;
}

/// A note from the cache, one at a time: its median in milliseconds.
async fn preview(program: &Process, headers: &Headers) -> f64 {
    let mut connection = Connection::open(&program.address, headers).await.expect("a connection");
    let start = json!({ "problem": "The printer shows offline" });
    let session = connection.json(Call::post("/api/v1/ai-sessions", &start)).await;
    let path = format!(
        "/api/v1/ai-sessions/{}/resolution-note/preview?write=false",
        session["id"].as_str().expect("an id")
    );
    let call = move || Call { body: Vec::new(), ..Call::post(&path, &json!(null)) };
    let rounds = round(&program.address, headers, 1, LENGTH, call, |status, _| status == 200).await;
    rounds.millis(0.5)
}

async fn preview_later(program: &Process, headers: &Headers) -> f64 {
    tokio::time::sleep(Duration::from_secs(2)).await;
    preview(program, headers).await
}

/// Asks so many questions at once and reads the answers as they grow: how late each word was, in microseconds.
async fn follow(program: &Process, headers: &Headers, begun: Instant, streams: usize) -> Histogram<u64> {
    let readers = (0..streams).map(|_| read(program, headers, begun));
    let mut latency = Histogram::<u64>::new(3).expect("a histogram");
    for late in future::join_all(readers).await.into_iter().flatten() {
        latency += late;
    }
    latency
}

async fn read(program: &Process, headers: &Headers, begun: Instant) -> Vec<u64> {
    let http = flowpilot::http::client(Duration::from_secs(60)).expect("a client");
    let url = format!("http://{}/api/v1/assistant/conversations", program.address);
    let with = |request: reqwest::RequestBuilder| {
        headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    };
    let question = json!({ "question": "How?" });
    let asked = with(http.post(&url)).json(&question).send().await.expect("an answer");
    let asked: Value = asked.json().await.expect("JSON");
    let id = asked["conversation"]["id"].as_str().expect("an id");
    let mut events = with(http.get(format!("{url}/{id}/events"))).send().await.expect("a stream");
    // What was sent before is read late because it was asked for late.
    let open = begun.elapsed().as_micros() as u64;
    let (mut late, mut text, mut ended) = (Vec::new(), String::new(), 0);
    while let Some(chunk) = events.chunk().await.expect("a piece") {
        let now = begun.elapsed();
        text.push_str(&String::from_utf8_lossy(&chunk));
        while let Some(end) = text.find("\n\n") {
            let event: String = text.drain(..end + 2).collect();
            let Some((_, data)) = event.split_once("data: ") else { continue };
            let data: Value = serde_json::from_str(data.trim()).expect("JSON");
            let words = sent(data["html"].as_str().unwrap_or_default());
            let new = words.iter().skip(ended).filter(|sent| **sent > open);
            late.extend(new.map(|sent| (now.as_micros() as u64).saturating_sub(*sent)));
            ended = ended.max(words.len());
        }
    }
    assert_eq!(ended, WORDS, "every word was read");
    late
}

/// When the words of a text were sent.
fn sent(html: &str) -> Vec<u64> {
    let words = html.split(|c: char| !c.is_ascii_lowercase());
    words.filter_map(|word| word.strip_prefix("zz").filter(|rest| rest.len() == 9)).map(number).collect()
}

/// A time as a word of small letters.
fn word(micros: u64) -> String {
    let mut letters = [b'a'; 9];
    let mut rest = micros;
    for letter in letters.iter_mut().rev() {
        *letter = b'a' + (rest % 25) as u8;
        rest /= 25;
    }
    format!("zz{}", String::from_utf8_lossy(&letters))
}

fn number(letters: &str) -> u64 {
    letters.bytes().fold(0, |number, letter| number * 25 + u64::from(letter - b'a'))
}

/// A server that speaks chat completions.
async fn model(begun: Instant) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = move || async move { answer(begun).into_response() };
    let router = axum::Router::new().route("/v1/chat/completions", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/v1")
}

fn answer(begun: Instant) -> impl IntoResponse {
    let words = stream::unfold(0, move |n| async move {
        tokio::time::sleep(PAUSE).await;
        let end = if (n + 1) % PARAGRAPH == 0 { ".\n\n" } else { " " };
        let text = format!("{}{end}", word(begun.elapsed().as_micros() as u64));
        (n < WORDS).then(|| (json!({ "choices": [{ "index": 0, "delta": { "content": text } }] }), n + 1))
    });
    let stop = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    let said = words.chain(stream::iter([stop])).map(|data| format!("data: {data}\n\n"));
    let whole = said.chain(stream::iter(["data: [DONE]\n\n".to_owned()]));
    let body = Body::from_stream(whole.map(|piece| Ok::<_, Infallible>(Bytes::from(piece))));
    ([("content-type", "text/event-stream")], body)
}
