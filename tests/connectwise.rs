//! The ConnectWise provider against the sandbox, over real HTTP: what it makes of pages, refusals and lost answers,
//! and that a note is never sent twice.

#![expect(clippy::unwrap_used, reason = "a helper that cannot do its part fails the test")]

use std::time::Duration;

use flowpilot::http::PrivateNetworks;
use flowpilot::psa::connectwise::{ConnectWise, ConnectWiseConfig};
use flowpilot::psa::{Audience, NoteDraft, Psa, PsaError, TicketNote, TicketQuery};
use flowpilot_sandbox::{ContactSeed, Level, NoteTextRules, Priority, Sandbox, SandboxConfig, TicketSeed};
use serde_json::{Value, json};

#[path = "support/contract.rs"]
mod contract;

use contract::Checked;

/// The first of [`tickets`].
const TICKET: &str = "10421";
const MARKER: &str = "FP7K3Q9ZC2M4XA";

/// A sandbox with [`tickets`], and a way to look behind it.
struct Peer {
    _checked: Checked,
    sandbox: Sandbox,
    http: reqwest::Client,
}

impl Peer {
    async fn start() -> Self {
        Self::start_with(NoteTextRules::default()).await
    }

    async fn start_with(note_text: NoteTextRules) -> Self {
        let checked = Checked::default();
        let listener = checked.listener();
        let config = SandboxConfig { tickets: tickets(), note_text, listener, ..SandboxConfig::default() };
        let http = flowpilot::http::client(Duration::from_secs(5)).unwrap();
        Self { _checked: checked, sandbox: Sandbox::start(config).await.unwrap(), http }
    }

    fn config(&self) -> ConnectWiseConfig {
        ConnectWiseConfig {
            site: self.sandbox.url(),
            company_id: "acme".to_owned(),
            public_key: "public".to_owned(),
            private_key: "private".into(),
            client_id: "6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a".to_owned(),
            ui_origins: Vec::new(),
        }
    }

    fn connect(&self) -> ConnectWise {
        ConnectWise::new(self.config(), &PrivateNetworks::this_machine()).unwrap()
    }

    async fn control(&self, path: &str, body: Value) {
        let url = format!("{}/_sandbox/{path}", self.sandbox.url());
        self.http.post(url).json(&body).send().await.unwrap().error_for_status().unwrap();
    }

    async fn fault(&self, fault: Value) {
        self.control("faults", fault).await;
    }

    async fn look(&self, what: &str) -> Vec<Value> {
        let url = format!("{}/_sandbox/{what}", self.sandbox.url());
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Bodies of the requests that came with this method, in order.
    async fn sent(&self, method: &str) -> Vec<Value> {
        let requests = self.look("requests").await;
        requests.into_iter().filter(|it| it["method"] == method).map(|mut it| it["body"].take()).collect()
    }

    /// What the sandbox keeps with this text in it.
    async fn stored(&self, text: &str) -> Vec<Value> {
        let holds = |note: &Value| note["text"].as_str().is_some_and(|it| it.contains(text));
        self.look("notes").await.into_iter().filter(holds).collect()
    }

    /// A request as another client of the same company would send it.
    async fn as_another_client(&self, method: reqwest::Method, path: &str, body: Value) {
        let url = format!("{}/v4_6_release/apis/3.0/{path}", self.sandbox.url());
        let request = self.http.request(method, url).basic_auth("acme+public", Some("private"));
        request.header("clientId", "other").json(&body).send().await.unwrap().error_for_status().unwrap();
    }

    async fn others_write_notes(&self, texts: impl Iterator<Item = String>) {
        for text in texts {
            let note = json!({ "text": text, "internalAnalysisFlag": true });
            let path = format!("service/tickets/{TICKET}/notes");
            self.as_another_client(reqwest::Method::POST, &path, note).await;
        }
    }
}

/// 18 open tickets, oldest first.
fn tickets() -> Vec<TicketSeed> {
    let summaries =
        ["Locked out of Windows", "Outlook keeps asking", "C: drive full, can't save"].map(str::to_owned);
    let rest = (4..=18).map(|n| format!("Printer {n} is offline"));
    let ticket = |(id, summary)| TicketSeed {
        id,
        summary,
        description: "It worked on Friday.".to_owned(),
        company: "Birchwood Legal".to_owned(),
        contact: Some(ContactSeed {
            first_name: "Priya".to_owned(),
            last_name: "Raman".to_owned(),
            email: "priya@birchwood.example".to_owned(),
            phone: "555-0100".to_owned(),
        }),
        board: "Help Desk".to_owned(),
        priority: Priority::High,
        severity: Level::Medium,
        impact: Level::Low,
        category: None,
        age_minutes: 30,
    };
    (10_421..).zip(summaries.into_iter().chain(rest)).map(ticket).collect()
}

fn draft(audience: Audience) -> NoteDraft {
    NoteDraft {
        text: format!("**Problem**\n\nLocked out (again).\n\nRef {MARKER}"),
        audience,
        in_discussion: false,
        notify: false,
        author: None,
    }
}

/// A resolution note of these words.
fn reading(text: &str) -> NoteDraft {
    NoteDraft { text: text.to_owned(), ..draft(Audience::Resolution) }
}

fn search(text: &str) -> TicketQuery {
    TicketQuery { text: Some(text.to_owned()), limit: 50, ..TicketQuery::default() }
}

#[tokio::test]
async fn a_working_connection_tells_its_version() {
    let peer = Peer::start().await;
    assert_eq!(peer.connect().test().await.unwrap().version, "2026.1.0");
}

#[tokio::test]
async fn refused_keys_are_told_as_such() {
    let peer = Peer::start().await;
    let config = ConnectWiseConfig { private_key: "guess".into(), ..peer.config() };
    let psa = ConnectWise::new(config, &PrivateNetworks::this_machine()).unwrap();
    assert_eq!(psa.test().await, Err(PsaError::Auth("Authorization is required".to_owned())));
}

#[tokio::test]
async fn a_missing_right_is_told_apart_from_wrong_keys() {
    let peer = Peer::start().await;
    peer.fault(json!({ "kind": "forbidden", "path_contains": "/system/info" })).await;
    assert!(matches!(peer.connect().test().await, Err(PsaError::Forbidden(_))));
}

#[tokio::test]
async fn an_unknown_company_is_named() {
    let peer = Peer::start().await;
    let config = ConnectWiseConfig { company_id: "nobody".to_owned(), ..peer.config() };
    let psa = ConnectWise::new(config, &PrivateNetworks::this_machine()).unwrap();
    let Err(PsaError::Auth(message)) = psa.test().await else { panic!("not refused") };
    assert!(message.contains("\"nobody\""), "{message}");
}

#[tokio::test]
async fn a_ticket_comes_with_its_description() {
    let peer = Peer::start().await;
    let ticket = peer.connect().ticket(TICKET).await.unwrap().unwrap();
    assert_eq!(ticket.id, TICKET);
    assert_eq!(ticket.summary, "Locked out of Windows");
    assert_eq!(ticket.description.unwrap(), "It worked on Friday.");
    assert_eq!(ticket.contact.unwrap(), "Priya Raman");
    assert_eq!((ticket.board.unwrap(), ticket.closed), ("Help Desk".to_owned(), false));
    let link =
        format!("{}/v4_6_release/ConnectWise.aspx?routeTo=ServiceFV&recid={TICKET}", peer.sandbox.url());
    assert_eq!(ticket.url.unwrap(), link);
    assert!(ticket.updated_at.is_some());
}

#[tokio::test]
async fn a_ticket_that_does_not_exist_is_none() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    assert_eq!(psa.ticket("999999").await, Ok(None));
    assert_eq!(psa.ticket("10421/notes").await, Ok(None));
}

#[tokio::test]
async fn a_ticket_is_shown_without_description_when_notes_may_not_be_read() {
    let peer = Peer::start().await;
    peer.fault(json!({ "kind": "forbidden", "path_contains": "/notes" })).await;
    assert_eq!(peer.connect().ticket(TICKET).await.unwrap().unwrap().description, None);
}

#[tokio::test]
async fn pages_hold_every_ticket_once_newest_first() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    let mut query = TicketQuery { limit: 5, ..TicketQuery::default() };
    let mut pages = Vec::new();
    loop {
        let page = psa.tickets(&query).await.unwrap();
        pages.push(page.items.into_iter().map(|ticket| ticket.id).collect::<Vec<_>>());
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    let all: Vec<_> = tickets().iter().rev().map(|ticket| ticket.id.to_string()).collect();
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [5, 5, 5, 3]);
    assert_eq!(pages.concat(), all);
}

#[tokio::test]
async fn a_ticket_that_comes_in_between_two_pages_moves_nothing() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    let first = psa.tickets(&TicketQuery { limit: 2, ..TicketQuery::default() }).await.unwrap();
    let new = json!({ "summary": "Something new", "company": { "name": "Birchwood Legal" } });
    peer.as_another_client(reqwest::Method::POST, "service/tickets", new).await;
    let next = TicketQuery { limit: 2, cursor: first.next_cursor, ..TicketQuery::default() };
    let second = psa.tickets(&next).await.unwrap();
    let ids: Vec<_> = first.items.iter().chain(&second.items).map(|ticket| ticket.id.as_str()).collect();
    assert_eq!(ids, ["10438", "10437", "10436", "10435"]);
}

#[tokio::test]
async fn closed_tickets_are_listed_only_when_they_are_wanted() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    let close = json!([{ "op": "replace", "path": "status", "value": { "name": ">Closed" } }]);
    peer.as_another_client(reqwest::Method::PATCH, &format!("service/tickets/{TICKET}"), close).await;
    let open = psa.tickets(&search("locked out of Windows")).await.unwrap();
    let all = TicketQuery { include_closed: true, ..search("locked out of Windows") };
    let all = psa.tickets(&all).await.unwrap();
    assert_eq!(open.items, []);
    assert_eq!(all.items.iter().map(|it| (it.id.as_str(), it.closed)).collect::<Vec<_>>(), [(TICKET, true)]);
}

#[tokio::test]
async fn tickets_are_found_by_words_of_their_summary() {
    let peer = Peer::start().await;
    let found = peer.connect().tickets(&search("OUTLOOK keeps")).await.unwrap();
    let summaries: Vec<_> = found.items.iter().map(|ticket| ticket.summary.as_str()).collect();
    assert_eq!(summaries, ["Outlook keeps asking"]);
}

#[tokio::test]
async fn hostile_search_text_finds_nothing_and_breaks_nothing() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    let injected = psa.tickets(&search("x\" or id>0 or summary contains \"")).await.unwrap();
    let escaped = psa.tickets(&search("x\\\" or id>0 or summary contains \\\"")).await.unwrap();
    let parameters = psa.tickets(&search("x&conditions=id>0#%22 or id>0 + [2026]\u{0}\r\n")).await.unwrap();
    assert_eq!([injected.items, escaped.items, parameters.items].concat(), []);
}

#[tokio::test]
async fn quotes_in_searched_text_do_not_hide_what_it_names() {
    let peer = Peer::start().await;
    let found = peer.connect().tickets(&search("\"C: drive full, can't save\"")).await.unwrap();
    assert_eq!(found.items.len(), 1);
}

#[tokio::test]
async fn a_note_is_placed_where_it_was_meant_and_mails_nobody() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    psa.post_note(TICKET, &draft(Audience::Internal)).await.unwrap();
    psa.post_note(TICKET, &draft(Audience::Resolution)).await.unwrap();
    psa.post_note(TICKET, &NoteDraft { notify: true, ..draft(Audience::Discussion) }).await.unwrap();
    let text = draft(Audience::Internal).text;
    let expected = [
        json!({ "text": text, "internalAnalysisFlag": true, "processNotifications": false }),
        json!({ "text": text, "resolutionFlag": true, "processNotifications": false }),
        json!({ "text": text, "detailDescriptionFlag": true, "processNotifications": true }),
    ];
    assert_eq!(peer.sent("POST").await, expected);
    let placements: Vec<_> =
        psa.notes(TICKET).await.unwrap().iter().skip(1).map(|note| note.placement).collect();
    assert_eq!(placements, [Audience::Internal, Audience::Resolution, Audience::Discussion]);
}

#[tokio::test]
async fn a_note_that_the_customer_is_to_see_stands_in_both_places_until_it_is_taken_back() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    let shared = NoteDraft { in_discussion: true, notify: true, ..draft(Audience::Resolution) };
    let id = psa.post_note(TICKET, &shared).await.unwrap();
    let placed = async || {
        let note = peer.stored(MARKER).await.remove(0);
        ["resolutionFlag", "detailDescriptionFlag", "processNotifications"].map(|flag| note[flag] == true)
    };
    assert_eq!(placed().await, [true, true, true]);
    psa.update_note(TICKET, &id, &draft(Audience::Resolution)).await.unwrap();
    assert_eq!(placed().await, [true, false, false]);
}

#[tokio::test]
async fn a_posted_note_is_read_back_with_its_id_even_where_the_server_escapes() {
    let peer = Peer::start_with(NoteTextRules { escape_punctuation: true, join_lines: false }).await;
    let psa = peer.connect();
    let id = psa.post_note(TICKET, &draft(Audience::Internal)).await.unwrap();
    let TicketNote { id: read, text, author, created_at, .. } =
        psa.notes(TICKET).await.unwrap().pop().unwrap();
    assert_eq!((read, text), (id.clone(), draft(Audience::Internal).text));
    assert!(author.is_some() && created_at.is_some());
    assert_eq!(psa.find_note(TICKET, MARKER).await, Ok(Some(id)));
}

#[tokio::test]
async fn the_newest_hundred_notes_come_oldest_first() {
    let peer = Peer::start().await;
    peer.others_write_notes((1..=120).map(|n| format!("note {n}"))).await;
    let notes = peer.connect().notes(TICKET).await.unwrap();
    let texts: Vec<_> = notes.into_iter().map(|note| note.text).collect();
    assert_eq!(texts, (21..=120).map(|n| format!("note {n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_marker_is_found_behind_a_hundred_newer_notes() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    let id = psa.post_note(TICKET, &draft(Audience::Internal)).await.unwrap();
    peer.others_write_notes((1..=130).map(|n| format!("note {n}"))).await;
    assert_eq!(psa.find_note(TICKET, MARKER).await, Ok(Some(id)));
    assert_eq!(psa.find_note(TICKET, "FPNEVERPOSTED").await, Ok(None));
}

#[tokio::test]
async fn a_note_whose_answer_was_dropped_is_found_and_was_sent_once() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    peer.fault(json!({ "kind": "drop_after_success", "method": "POST", "path_contains": "/notes" })).await;
    let posted = psa.post_note(TICKET, &draft(Audience::Internal)).await;
    assert!(matches!(posted, Err(PsaError::UnknownOutcome(_))), "{posted:?}");
    let stored = peer.stored(MARKER).await;
    assert_eq!((stored.len(), peer.sent("POST").await.len()), (1, 1));
    assert_eq!(psa.find_note(TICKET, MARKER).await, Ok(Some(stored[0]["id"].to_string())));
}

#[tokio::test]
async fn a_note_that_was_lost_on_the_way_is_unknown_and_then_not_found() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    psa.test().await.unwrap();
    peer.fault(json!({ "kind": "drop_before", "method": "POST", "path_contains": "/notes" })).await;
    let posted = psa.post_note(TICKET, &draft(Audience::Internal)).await;
    assert!(matches!(posted, Err(PsaError::UnknownOutcome(_))), "{posted:?}");
    assert_eq!(psa.find_note(TICKET, MARKER).await, Ok(None));
    assert_eq!(peer.sent("POST").await.len(), 1);
}

#[tokio::test]
async fn a_note_that_the_server_failed_on_is_unknown_and_was_sent_once() {
    let peer = Peer::start().await;
    peer.fault(json!({ "kind": "status", "status": 503, "method": "POST", "times": 5 })).await;
    let posted = peer.connect().post_note(TICKET, &draft(Audience::Internal)).await;
    assert!(matches!(posted, Err(PsaError::UnknownOutcome(_))), "{posted:?}");
    assert_eq!(peer.sent("POST").await.len(), 1);
}

#[tokio::test]
async fn a_note_to_a_server_that_is_not_there_was_not_sent() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    psa.test().await.unwrap();
    peer.sandbox.stop().await;
    let posted = psa.post_note(TICKET, &draft(Audience::Internal)).await;
    assert!(matches!(posted, Err(PsaError::Unavailable(_))), "{posted:?}");
}

#[tokio::test]
async fn a_note_for_a_ticket_that_is_not_there_is_refused() {
    let peer = Peer::start().await;
    let posted = peer.connect().post_note("999999", &draft(Audience::Internal)).await;
    assert_eq!(posted, Err(PsaError::NotFound("ticket 999999".to_owned())));
}

#[tokio::test]
async fn a_note_over_the_rate_limit_is_not_stored_and_not_repeated() {
    let peer = Peer::start().await;
    peer.fault(json!({ "kind": "rate_limit", "method": "POST", "retry_after": 3 })).await;
    let posted = peer.connect().post_note(TICKET, &draft(Audience::Internal)).await;
    assert_eq!(posted, Err(PsaError::RateLimited { retry_after_ms: Some(3000) }));
    assert_eq!((peer.stored(MARKER).await.len(), peer.sent("POST").await.len()), (0, 1));
}

#[tokio::test]
async fn a_read_waits_out_a_short_pause() {
    let peer = Peer::start().await;
    peer.fault(json!({ "kind": "rate_limit", "path_contains": "/system/info", "retry_after": 1 })).await;
    assert!(peer.connect().test().await.is_ok());
}

#[tokio::test]
async fn a_read_does_not_wait_out_a_long_pause() {
    let peer = Peer::start().await;
    peer.fault(json!({ "kind": "rate_limit", "path_contains": "/system/info", "retry_after": 600 })).await;
    assert_eq!(peer.connect().test().await, Err(PsaError::RateLimited { retry_after_ms: Some(600_000) }));
}

#[tokio::test]
async fn a_read_survives_two_failures_in_a_row() {
    let peer = Peer::start().await;
    peer.fault(json!({ "kind": "status", "status": 502, "path_contains": "/system/info" })).await;
    peer.fault(json!({ "kind": "drop_before", "path_contains": "/system/info" })).await;
    assert!(peer.connect().test().await.is_ok());
}

#[tokio::test]
async fn a_read_gives_up_after_three_tries() {
    let peer = Peer::start().await;
    peer.fault(json!({ "kind": "status", "status": 500, "path_contains": "/system/info", "times": 9 })).await;
    assert!(matches!(peer.connect().test().await, Err(PsaError::Unavailable(_))));
    // One more asked for the codebase.
    assert_eq!(peer.sent("GET").await.len(), 4);
}

#[tokio::test]
async fn a_web_servers_refusal_in_html_is_told_by_its_title() {
    let peer = Peer::start().await;
    peer.fault(json!({ "kind": "html_400", "method": "POST" })).await;
    let posted = peer.connect().post_note(TICKET, &draft(Audience::Internal)).await;
    assert_eq!(posted, Err(PsaError::Invalid("Bad Request".to_owned())));
}

#[tokio::test]
async fn a_new_codebase_is_followed_by_reads_and_writes() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    psa.test().await.unwrap();
    peer.control("codebase", json!({ "codebase": "v2026_2/" })).await;
    assert_eq!(psa.test().await.unwrap().version, "2026.2.0");
    peer.control("codebase", json!({ "codebase": "v2026_3/" })).await;
    psa.post_note(TICKET, &draft(Audience::Internal)).await.unwrap();
    assert_eq!(peer.stored(MARKER).await.len(), 1);
}

#[tokio::test]
async fn a_changed_note_replaces_the_posted_one() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    let id = psa.post_note(TICKET, &draft(Audience::Resolution)).await.unwrap();
    psa.update_note(TICKET, &id, &reading("Now it is solved. Ref FP7K3Q9ZC2M4XA")).await.unwrap();
    let stored = peer.stored(MARKER).await;
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0]["text"], "Now it is solved. Ref FP7K3Q9ZC2M4XA");
    assert_eq!(stored[0]["resolutionFlag"], true);
}

#[tokio::test]
async fn a_change_whose_answer_was_dropped_is_sent_again() {
    let peer = Peer::start().await;
    let psa = peer.connect();
    let id = psa.post_note(TICKET, &draft(Audience::Internal)).await.unwrap();
    peer.fault(json!({ "kind": "drop_after_success", "method": "PATCH" })).await;
    psa.update_note(TICKET, &id, &reading("Changed. Ref FP7K3Q9ZC2M4XA")).await.unwrap();
    assert_eq!(peer.sent("PATCH").await.len(), 2);
    assert_eq!(peer.stored(MARKER).await.len(), 1);
}

#[tokio::test]
async fn a_note_that_was_deleted_in_the_psa_cannot_be_changed() {
    let peer = Peer::start().await;
    let changed = peer.connect().update_note(TICKET, "999999", &reading("text")).await;
    assert_eq!(changed, Err(PsaError::NotFound(format!("note 999999 of ticket {TICKET}"))));
}

/// With no network of our own allowed, as a fresh installation is.
async fn connect_with(site: &str, networks: &PrivateNetworks) -> flowpilot::Result<ConnectWise> {
    let peer = Peer::start().await;
    let psa = ConnectWise::new(ConnectWiseConfig { site: site.to_owned(), ..peer.config() }, networks)?;
    psa.check_address().await?;
    Ok(psa)
}

#[tokio::test]
async fn a_site_at_a_private_address_is_refused_by_its_field_unless_its_network_is_named() {
    let none = PrivateNetworks::default();
    for site in
        ["http://127.0.0.1:9", "https://169.254.169.254", "https://[fd00:ec2::254]", "http://localhost:9"]
    {
        let refused = connect_with(site, &none).await.err().unwrap().to_string();
        assert!(refused.starts_with("site: is at the private address "), "{site}: {refused}");
        assert!(refused.contains("`private_networks`"), "{refused}");
    }
    assert!(connect_with("http://localhost:9", &PrivateNetworks::this_machine()).await.is_ok());
}

#[tokio::test]
async fn a_name_that_comes_to_lead_to_a_private_address_is_not_followed() {
    let peer = Peer::start().await;
    let port = peer.sandbox.url().rsplit(':').next().unwrap().to_owned();
    let config = ConnectWiseConfig { site: format!("http://localhost:{port}"), ..peer.config() };
    let psa = ConnectWise::new(config, &PrivateNetworks::default()).unwrap();
    let Err(PsaError::Unavailable(why)) = psa.test().await else { panic!("connected") };
    assert!(why.starts_with("localhost is at the private address "), "{why}");
    assert!(peer.look("requests").await.is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Peer::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = format!("http://{}", listener.local_addr().unwrap());
    let target = other.sandbox.url();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answer = format!(
                "HTTP/1.1 302 Found\r\nLocation: {target}/login/companyinfo/acme\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let mut asked = [0; 4096];
            tokio::io::AsyncReadExt::read(&mut stream, &mut asked).await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes()).await.unwrap();
        }
    });
    let psa = connect_with(&site, &PrivateNetworks::this_machine()).await.unwrap();
    assert!(psa.test().await.is_err());
    assert!(other.look("requests").await.is_empty());
}
