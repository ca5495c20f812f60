//! Members who signed in to the screens, and what lets them in elsewhere: a hash that their browser's session has.
//!
//! The interface takes the hash as a password (`company+member:hash`) or as cookies (`companyName`, `memberId`,
//! `memberHash` and `memberContext`, all four). Some servers want the cookies' values encoded, so a test can say which
//! forms are accepted.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::records::Document;
use crate::server::{App, locked};

/// Where the members of the screens sign in.
const CONTEXT: &str = "web";

/// As whom a request is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The API member.
    Api,
    /// A member, by login name.
    Member(String),
}

/// In which forms a hash is accepted.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accepted {
    cookie: bool,
    encoded_cookie: bool,
    password: bool,
}

/// Who is signed in, and what they do not see.
pub(crate) struct Logins {
    /// Login names by hash.
    members: HashMap<String, String>,
    hidden: HashMap<String, BTreeSet<i32>>,
    accepted: Accepted,
}

impl Default for Logins {
    fn default() -> Self {
        let accepted = Accepted { cookie: true, encoded_cookie: true, password: true };
        Self { members: HashMap::new(), hidden: HashMap::new(), accepted }
    }
}

impl Logins {
    pub(crate) fn sign_out(&mut self, member: &str) {
        self.members.retain(|_, signed_in| !signed_in.eq_ignore_ascii_case(member));
    }

    pub(crate) fn hide(&mut self, member: &str, tickets: Vec<i32>) {
        self.hidden.insert(member.to_lowercase(), tickets.into_iter().collect());
    }

    pub(crate) fn accept(&mut self, accepted: Accepted) {
        self.accepted = accepted;
    }

    /// Whether this one may see a ticket.
    pub(crate) fn may_see(&self, who: &Who, ticket: i32) -> bool {
        match who {
            Who::Api => true,
            Who::Member(member) => {
                self.hidden.get(&member.to_lowercase()).is_none_or(|hidden| !hidden.contains(&ticket))
            }
        }
    }

    pub(crate) fn by_password(&self, member: &str, hash: &str) -> Option<Who> {
        self.accepted.password.then(|| self.member(member, hash)).flatten()
    }

    pub(crate) fn by_cookies(&self, headers: &HeaderMap, company: &str) -> Option<Who> {
        let cookies: Vec<(&str, &str)> = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .collect();
        let read = |decode: fn(&str) -> Option<String>| {
            let value =
                |name: &str| cookies.iter().find(|(known, _)| *known == name).and_then(|(_, it)| decode(it));
            let of_us = value("companyName")?.eq_ignore_ascii_case(company);
            (of_us && value("memberContext")? == CONTEXT)
                .then(|| self.member(&value("memberId")?, &value("memberHash")?))
                .flatten()
        };
        let plain = self.accepted.cookie.then(|| read(|text| Some(text.to_owned()))).flatten();
        plain.or_else(|| self.accepted.encoded_cookie.then(|| read(decoded)).flatten())
    }

    fn member(&self, member: &str, hash: &str) -> Option<Who> {
        let signed_in = self.members.get(hash).filter(|it| it.eq_ignore_ascii_case(member))?;
        Some(Who::Member(signed_in.clone()))
    }
}

/// What an encoded value stands for; `None` for one that is not encoded.
fn decoded(text: &str) -> Option<String> {
    let pair = format!("v={text}");
    let (_, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
    let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    (encoded == text).then(|| value.into_owned())
}

/// Signs a member in; what the page in the frame is told, with the vendor's irregular names. `None` without such a
/// member, or for one who cannot sign in to screens.
pub(crate) fn sign_in(app: &App, identifier: &str) -> Option<Value> {
    let records = app.store.read();
    let member = records.members.values().find(|it| is_called(it, identifier) && is_person(it))?;
    let identifier = member.get("identifier")?.as_str()?.to_owned();
    let hash = random_hash();
    let told = json!({
        "site": app.address.to_string(),
        "companyid": app.credentials.company_id,
        "memberid": identifier,
        "memberHash": hash,
        "memberContext": CONTEXT,
        "memberEmail": member.get("officeEmail"),
        "codeBase": app.codebase(),
    });
    locked(&app.logins).members.insert(hash, identifier);
    Some(told)
}

/// Whether a member signs in to screens: the API's do not.
pub(crate) fn is_person(member: &Document) -> bool {
    member.get("licenseClass").and_then(Value::as_str) != Some("A")
}

fn is_called(member: &Document, identifier: &str) -> bool {
    member.get("identifier").and_then(Value::as_str).is_some_and(|it| it.eq_ignore_ascii_case(identifier))
}

/// Good enough for a server that holds nothing of anybody's. It ends with `=`, which encoding changes.
fn random_hash() -> String {
    let number = || RandomState::new().build_hasher().finish().to_be_bytes();
    STANDARD.encode([number(), number()].concat())
}

/// `GET /system/myMembers/info` for this one.
pub(crate) fn info(app: &App, who: &Who) -> Option<Value> {
    let identifier = match who {
        Who::Api => crate::seed::API_MEMBER,
        Who::Member(identifier) => identifier,
    };
    let records = app.store.read();
    let member = records.members.values().find(|it| is_called(it, identifier))?;
    let mut info = Document::new();
    for name in ["id", "identifier", "firstName", "lastName", "licenseClass", "inactiveFlag"] {
        if let Some(value) = member.get(name) {
            info.insert(name.to_owned(), value.clone());
        }
    }
    info.insert("fullName".to_owned(), Value::String(crate::records::full_name(member)));
    if let Some(email) = member.get("officeEmail") {
        info.insert("defaultEmail".to_owned(), email.clone());
    }
    Some(Value::Object(info))
}
