//! Every route of the API with a body that it can read, taken from the OpenAPI description: a new route is covered
//! by [`crate::isolation`] and [`crate::roles`] without anybody thinking of it.

use std::collections::BTreeMap;

use axum::http::Method;
use flowpilot::fix::DecisionKind;
use flowpilot::psa::connection::save_connectwise;
use flowpilot::psa::connectwise::ConnectWiseConfig;
use flowpilot::queue::Entry;
use flowpilot::script::{NewTemplate, create_template};
use flowpilot::session::NewFact;
use flowpilot::store::{AnswerId, AttachmentId, ConnectionId, Db, MessageId, SessionId, TimeEntryId, run};
use flowpilot::surface::CardKind;
use flowpilot::team::{self, MemberStatus, NewMember, Role};
use serde_json::{Map, Value, json};

use crate::support::api::{Answer, Api};
use crate::support::{World, powershell};

/// One operation.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// Below `/api/v1`, with its parameters in braces.
    pub(crate) path: String,
    /// A body that the route can read, where it wants one.
    pub(crate) body: Option<Value>,
    /// Whether it takes no bearer token.
    pub(crate) is_public: bool,
}

impl Route {
    /// As people write it: `POST /flows`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it changes something. A preview is asked for with POST and changes nothing.
    pub(crate) fn writes(&self) -> bool {
        self.method != Method::GET && !self.is_public && !self.path.ends_with("/preview")
    }

    /// Whether its path names something of a team's.
    pub(crate) fn names_something(&self) -> bool {
        self.path.contains('{')
    }

    /// Calls it, with these things in its path.
    pub(crate) async fn call(&self, api: &Api, things: &Things) -> Answer {
        api.send(self.method.clone(), &things.fill(&self.path), self.body.clone(), &[]).await
    }
}

/// Every route.
pub(crate) async fn routes(api: &Api) -> Vec<Route> {
    let description = api.get("/openapi.json").await.body;
    let mut routes = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let Some(operation) = item.get(method) else { continue };
            let schema = operation.pointer("/requestBody/content/application~1json/schema");
            let security = operation["security"].as_array();
            routes.push(Route {
                method: method.to_uppercase().parse().unwrap(),
                path: path.strip_prefix("/api/v1").unwrap().to_owned(),
                body: schema.map(|schema| sample(schema, &description)),
                is_public: security.is_some_and(|ways| ways.iter().any(|way| way == &json!({}))),
            });
        }
    }
    assert!(routes.len() > 40, "only {} routes were found", routes.len());
    routes
}

/// The smallest value that a schema allows.
fn sample(schema: &Value, description: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return sample(description.pointer(reference.trim_start_matches('#')).unwrap(), description);
    }
    // The last of several words is the most modest one: `viewer`, `dismissed`, `abandoned`.
    if let Some(word) = schema["enum"].as_array().and_then(|words| words.last()).or(schema.get("const")) {
        return word.clone();
    }
    if let Some(all) = schema["allOf"].as_array() {
        let parts = all.iter().map(|part| sample(part, description));
        return Value::Object(parts.flat_map(|part| part.as_object().cloned().unwrap_or_default()).collect());
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return choices
            .iter()
            .find(|choice| choice["type"] != "null")
            .map(|c| sample(c, description))
            .unwrap();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            Value::Object(
                required
                    .map(|name| (name.to_owned(), sample(&schema["properties"][name], description)))
                    .collect(),
            )
        }
        Some("array") => json!([]),
        Some("integer" | "number") => json!(0),
        Some("boolean") => json!(false),
        Some("string") if schema["format"] == "uuid" => json!("00000000-0000-7000-8000-000000000000"),
        Some("string") => json!("text"),
        other => panic!("a body of type {other:?} is new here: {schema}"),
    }
}

/// One thing of each kind that a path can name.
pub(crate) struct Things(BTreeMap<&'static str, String>);

impl Things {
    /// Makes one of each in a team.
    pub(crate) async fn of(world: &World) -> Self {
        let (engine, id) = (&world.engine, world.session().await);
        let template: NewTemplate =
            serde_json::from_value(json!({ "title": "T", "language": "bash", "body": "ls" })).unwrap();
        let template = create_template(engine, &world.engineer, template).await.unwrap();
        let mut tx = world.change(id).await;
        let fact = tx.add_fact(NewFact::said("It hums.")).await.unwrap();
        let check = tx.add_check("Cable", None, None).await.unwrap();
        let fix = tx.suggest_fix(powershell("Restart", "Restart-Computer")).await.unwrap();
        tx.decide(fix.id, DecisionKind::OneOff, None).await.unwrap();
        let message = tx.heard("It is on the picture.", None).await.unwrap();
        let (generation, _) = tx.generate_script(&template, &Map::new()).await.unwrap();
        tx.commit(None).await.unwrap();
        // Each team's is called otherwise, and a second call changes it only.
        let slug = format!("flow-of-{}", world.team.0.simple());
        world.import(&[&crate::RESTART.replace("slug: restart-pc", &format!("slug: {slug}"))]).await;
        let connection = connection(world).await;
        let (conversation, answer) = conversation(world).await;
        Self(BTreeMap::from([
            ("conversation", conversation),
            ("answer", answer),
            ("session", id.to_string()),
            ("entry", time_entry(world, id, connection).await),
            ("attachment", attachment(world, id, message).await),
            ("message", message.to_string()),
            ("fact", fact.id.to_string()),
            ("check", check.id.to_string()),
            ("card", world.card(id, CardKind::Outcome).await.0.to_string()),
            ("fix", fix.id.to_string()),
            ("generation", generation.to_string()),
            ("template", template.id.to_string()),
            ("slug", slug),
            ("member", world.add_member("Moe Member", Role::Engineer).await.id.to_string()),
            ("pending", pending(world).await),
            ("ticket", "10421".to_owned()),
            ("queue", "outbox".to_owned()),
            ("seq", dead(world).await),
            ("connection", connection.to_string()),
            ("external_id", "150".to_owned()),
        ]))
    }

    /// These, but in that session.
    pub(crate) fn inside(&self, session: &str) -> Self {
        let mut things = self.0.clone();
        things.insert("session", session.to_owned());
        Self(things)
    }

    pub(crate) fn get(&self, kind: &str) -> &str {
        &self.0[kind]
    }

    /// The path with a thing in place of each parameter.
    fn fill(&self, path: &str) -> String {
        let (path, query) = path.find('?').map_or((path, ""), |end| path.split_at(end));
        let mut filled = String::new();
        for segment in path.split('/').skip(1) {
            let thing = match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                None => segment,
                Some("id") => self.get(whose_id(path)),
                Some(name) => self.0.get(name).unwrap_or_else(|| panic!("{{{name}}} of {path} is new here")),
            };
            filled.push('/');
            filled.push_str(thing);
        }
        filled + query
    }
}

fn whose_id(path: &str) -> &'static str {
    let kinds = [
        ("/ai-sessions/", "session"),
        ("/members/{id}/approve", "pending"),
        ("/members/", "member"),
        ("/scripts/templates/", "template"),
        ("/tickets/", "ticket"),
        ("/psa/connections/", "connection"),
        ("/assistant/conversations/", "conversation"),
    ];
    kinds
        .iter()
        .find(|(start, _)| path.starts_with(start))
        .unwrap_or_else(|| panic!("{{id}} of {path} is new here"))
        .1
}

/// A conversation of the admin's, with its answer at its end.
async fn conversation(world: &World) -> (String, String) {
    let api = Api::of(&world.engine, &world.admin);
    let asked = api.post("/assistant/conversations", json!({ "question": "How?" })).await.body;
    let answer: AnswerId = asked["exchange"]["id"].as_str().unwrap().parse().unwrap();
    let mut tx = world.engine.db.begin().await.unwrap();
    run!(&mut tx, |c| sqlx::query("UPDATE answers SET ending = '', ended_at = 1 WHERE id = $1")
        .bind(answer)
        .execute(c)
        .await
        .map(drop))
    .unwrap();
    tx.commit().await.unwrap();
    (asked["conversation"]["id"].as_str().unwrap().to_owned(), answer.to_string())
}

/// An image that is kept.
async fn attachment(world: &World, session: SessionId, message: MessageId) -> String {
    let id = AttachmentId::new(&world.engine.clock);
    let keep = "INSERT INTO attachments (id, team_id, session_id, message_id, external_ref, name, state, media_type, \
        bytes, sha256, created_at, content) VALUES ($1, $2, $3, $4, 'F1', 'a.png', 'kept', 'image/png', 3, 'abc', 0, $5)";
    let content = b"png".as_slice();
    match &world.engine.db {
        Db::Sqlite { write, .. } => sqlx::query(keep)
            .bind(id)
            .bind(world.team)
            .bind(session)
            .bind(message)
            .bind(content)
            .execute(write)
            .await
            .map(drop),
        Db::Postgres(pool) => sqlx::query(keep)
            .bind(id)
            .bind(world.team)
            .bind(session)
            .bind(message)
            .bind(content)
            .execute(pool)
            .await
            .map(drop),
    }
    .unwrap();
    id.to_string()
}

/// Time that was drafted.
async fn time_entry(world: &World, session: SessionId, connection: ConnectionId) -> String {
    let id = TimeEntryId::new(&world.engine.clock);
    let draft = "INSERT INTO time_entries (id, team_id, session_id, connection_id, ticket_id, member_id, started_at, minutes, \
        pause_minutes, notes, status, marker, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, '10421', $5, 0, 15, 0, 'Cable', 'draft', 'FP1', 0, 0)";
    let mut tx = world.engine.db.begin().await.unwrap();
    run!(&mut tx, |c| sqlx::query(draft)
        .bind(id)
        .bind(world.team)
        .bind(session)
        .bind(connection)
        .bind(world.engineer.member())
        .execute(c)
        .await
        .map(drop))
    .unwrap();
    tx.commit().await.unwrap();
    id.to_string()
}

/// A connection to a ticket system that does not answer.
async fn connection(world: &World) -> ConnectionId {
    let config = ConnectWiseConfig {
        site: "http://127.0.0.1:9".to_owned(),
        company_id: "acme".to_owned(),
        public_key: "public".to_owned(),
        private_key: "private".into(),
        client_id: "6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a".to_owned(),
        ui_origins: Vec::new(),
    };
    save_connectwise(&world.engine, world.team, "Silent", &config).await.unwrap()
}

/// Somebody who waits to be let in.
async fn pending(world: &World) -> String {
    let new =
        NewMember { name: "Pia".to_owned(), email: None, role: Role::Viewer, status: MemberStatus::Pending };
    let mut tx = world.engine.db.begin().await.unwrap();
    let member = team::add_member(&mut tx, &world.engine.clock, world.team, new).await.unwrap();
    tx.commit().await.unwrap();
    member.id.to_string()
}

/// An effect that was given up.
async fn dead(world: &World) -> String {
    let entry = Entry {
        key: format!("dead {}", world.engine.clock.new_id()),
        team: Some(world.team),
        lane: "nowhere".to_owned(),
        kind: "whisper".to_owned(),
        payload: json!({}),
    };
    let mut tx = world.engine.db.begin().await.unwrap();
    world.engine.outbox.push(&mut tx, &[entry]).await.unwrap();
    tx.commit().await.unwrap();
    let bury = "UPDATE outbox SET dead_at = 1 WHERE kind = 'whisper' AND team_id = $1";
    match &world.engine.db {
        Db::Sqlite { write, .. } => sqlx::query(bury).bind(world.team).execute(write).await.map(drop),
        Db::Postgres(pool) => sqlx::query(bury).bind(world.team).execute(pool).await.map(drop),
    }
    .unwrap();
    world.engine.outbox.dead(&world.admin).await.unwrap()[0].seq.to_string()
}
