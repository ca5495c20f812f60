//! Embeddings, as `OpenAI` and Voyage have them: what a text is about is counted in the words that the test names.

use std::sync::{Arc, Mutex};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use crate::{FakeModel, Shared, lock};

/// Texts that vectors were asked of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// The model that was named.
    pub model: String,
    /// The texts.
    pub texts: Vec<String>,
    /// Which side of a search they are on, where the server was told: `query` or `document`.
    pub side: Option<String>,
}

/// What is known of vectors.
#[derive(Default)]
pub(crate) struct Meaning {
    concepts: Vec<Vec<String>>,
    asked: Vec<Embedded>,
    status: Option<u16>,
}

#[derive(Deserialize)]
pub(crate) struct Request {
    model: String,
    input: Vec<String>,
    #[serde(default)]
    input_type: Option<String>,
}

impl FakeModel {
    /// Words that mean the same, one list for each meaning. A text's vector counts them.
    pub fn understands(&self, concepts: &[&[&str]]) {
        let concepts = concepts.iter().map(|words| words.iter().map(|word| word.to_lowercase()).collect());
        self.shared().meaning.concepts = concepts.collect();
    }

    /// Refuses to make vectors with this status; makes them again with none.
    pub fn refuses_vectors(&self, status: Option<u16>) {
        self.shared().meaning.status = status;
    }

    /// What vectors were asked of, each call.
    #[must_use]
    pub fn embedded(&self) -> Vec<Embedded> {
        self.shared().meaning.asked.clone()
    }
}

pub(crate) async fn embeddings(
    State(shared): State<Arc<Mutex<Shared>>>,
    headers: HeaderMap,
    Json(request): Json<Request>,
) -> Response {
    let mut shared = lock(&shared);
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok());
    let wanted = shared.key.as_ref().map(|key| format!("Bearer {key}"));
    if wanted.is_some() && wanted.as_deref() != bearer {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Request { model, input, input_type } = request;
    shared.meaning.asked.push(Embedded { model: model.clone(), texts: input.clone(), side: input_type });
    if let Some(status) = shared.meaning.status {
        return StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    }
    let data: Vec<_> = input
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let embedding = vector(&shared.meaning.concepts, text);
            json!({ "object": "embedding", "index": index, "embedding": embedding })
        })
        // Servers need not keep the order.
        .rev()
        .collect();
    let usage = json!({ "prompt_tokens": 1, "total_tokens": 1 });
    Json(json!({ "object": "list", "data": data, "model": model, "usage": usage })).into_response()
}

fn vector(concepts: &[Vec<String>], text: &str) -> Vec<f32> {
    let text = text.to_lowercase();
    let count = |words: &Vec<String>| words.iter().filter(|word| text.contains(word.as_str())).count() as f32;
    let mut vector: Vec<f32> = concepts.iter().map(count).collect();
    // What is about nothing still has a direction.
    vector.push(0.1);
    vector
}
