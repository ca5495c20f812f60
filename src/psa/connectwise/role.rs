//! What the API member's security role must allow: each call that FlowPilot makes, tried so that nothing changes.
//!
//! A read is made as it is. A write is about a record that there cannot be, with a body that is refused anyway: a server
//! looks at the right before it looks at either.

use reqwest::Method;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::call::Call;
use super::client::Client;
use crate::psa::{PsaError, RightCheck};

/// The largest id that there can be; servers count from 1.
const NOBODYS: &str = "2147483647";

pub(super) const POD_INQUIRE: &str = "System > Manage Hosted API: Inquire";
pub(super) const POD_ADD: &str = "System > Manage Hosted API: Add";
pub(super) const POD_EDIT: &str = "System > Manage Hosted API: Edit";

pub(super) const CALLBACK_INQUIRE: &str = "System > Table Setup: Inquire";
pub(super) const CALLBACK_ADD: &str = "System > Table Setup: Add";
pub(super) const CALLBACK_EDIT: &str = "System > Table Setup: Edit";
pub(super) const CALLBACK_DELETE: &str = "System > Table Setup: Delete";

/// A right, and the calls that need it.
struct Right {
    entry: &'static str,
    purpose: &'static str,
    optional: bool,
    calls: &'static [(Method, &'static [&'static str])],
}

static RIGHTS: [Right; 17] = [
    Right {
        entry: "System > My Company: Inquire",
        purpose: "see whether the connection works",
        optional: false,
        calls: &[(Method::GET, &["system", "info"])],
    },
    Right {
        entry: "System > Member Maintenance: Inquire",
        purpose: "tell whose account is whose, so that notes carry their author's name",
        optional: false,
        calls: &[(Method::GET, &["system", "members"])],
    },
    Right {
        entry: "Service Desk > Service Tickets: Inquire",
        purpose: "list tickets, and read them and their notes",
        optional: false,
        calls: &[
            (Method::GET, &["service", "tickets"]),
            (Method::GET, &["service", "tickets", NOBODYS]),
            (Method::GET, &["service", "tickets", NOBODYS, "notes"]),
        ],
    },
    Right {
        entry: "Service Desk > Service Tickets: Add",
        purpose: "post notes",
        optional: false,
        calls: &[(Method::POST, &["service", "tickets", NOBODYS, "notes"])],
    },
    Right {
        entry: "Service Desk > Service Tickets: Edit",
        purpose: "correct a note that was posted before, and set the status of a ticket",
        optional: false,
        calls: &[(Method::PATCH, &["service", "tickets", NOBODYS, "notes", NOBODYS])],
    },
    Right {
        entry: "Time & Expense > Time Entry: Inquire",
        purpose: "look for time whose answer was lost",
        optional: true,
        calls: &[(Method::GET, &["time", "entries"])],
    },
    Right {
        entry: "Time & Expense > Time Entry: Add",
        purpose: "post time that a member confirmed",
        optional: true,
        calls: &[(Method::POST, &["time", "entries"])],
    },
    Right {
        entry: POD_INQUIRE,
        purpose: "see whether the pod is registered",
        optional: true,
        calls: &[
            (Method::GET, &["system", "connectWiseHostedScreens"]),
            (Method::GET, &["system", "connectwisehostedsetups"]),
        ],
    },
    Right {
        entry: POD_ADD,
        purpose: "register the pod",
        optional: true,
        calls: &[(Method::POST, &["system", "connectwisehostedsetups"])],
    },
    Right {
        entry: POD_EDIT,
        purpose: "change the pod's address",
        optional: true,
        calls: &[(Method::PATCH, &["system", "connectwisehostedsetups", NOBODYS])],
    },
    Right {
        entry: CALLBACK_INQUIRE,
        purpose: "see whether changes of tickets are told at once, and choose the status that resolving sets",
        optional: true,
        calls: &[(Method::GET, &["system", "callbacks"]), (Method::GET, &["service", "boards"])],
    },
    Right {
        entry: CALLBACK_ADD,
        purpose: "be told of changes of tickets at once",
        optional: true,
        calls: &[(Method::POST, &["system", "callbacks"])],
    },
    Right {
        entry: CALLBACK_EDIT,
        purpose: "be told of them at another address",
        optional: true,
        calls: &[(Method::PATCH, &["system", "callbacks", NOBODYS])],
    },
    Right {
        entry: CALLBACK_DELETE,
        purpose: "be told no more once the connection is removed",
        optional: true,
        calls: &[(Method::DELETE, &["system", "callbacks", NOBODYS])],
    },
    Right {
        entry: "Companies > Company Maintenance: Inquire",
        purpose: "show a ticket's customer",
        optional: true,
        calls: &[(Method::GET, &["company", "companies"])],
    },
    Right {
        entry: "Companies > Contacts: Inquire",
        purpose: "show who reported a ticket",
        optional: true,
        calls: &[(Method::GET, &["company", "contacts"])],
    },
    Right {
        entry: "Companies > Configurations: Inquire",
        purpose: "show a ticket's devices",
        optional: true,
        calls: &[(Method::GET, &["company", "configurations"])],
    },
];

/// Tries every right.
pub(super) async fn check(client: &Client) -> Result<Vec<RightCheck>, PsaError> {
    let mut checks = Vec::with_capacity(RIGHTS.len());
    for right in &RIGHTS {
        let mut found = Ok(());
        for (method, path) in right.calls {
            found = found.and(attempt(client, method, path, right.purpose).await);
            match &found {
                Ok(()) | Err(PsaError::Forbidden(_)) => {}
                // Wrong keys, or a server that is away: no right can be tried. What is optional, a server may not know.
                Err(error) if !right.optional => return Err(error.clone()),
                Err(_) => break,
            }
        }
        checks.push(RightCheck {
            entry: right.entry,
            purpose: right.purpose,
            optional: right.optional,
            found,
        });
    }
    match checks.last().map(|check| &check.found) {
        // No role at all, or an integration that the server does not let in.
        Some(Err(PsaError::Forbidden(why))) if checks.iter().all(|check| check.found.is_err()) => {
            Err(PsaError::Auth(why.clone()))
        }
        _ => Ok(checks),
    }
}

/// Whether the right for a call is there. A record that is not, or a body that is refused, says that it is.
async fn attempt(
    client: &Client,
    method: &Method,
    path: &'static [&'static str],
    what: &str,
) -> Result<(), PsaError> {
    let call = Call {
        method: method.clone(),
        path: path.iter().map(|&step| step.to_owned()).collect(),
        query: if *method == Method::GET { vec![("pageSize", "1".to_owned())] } else { Vec::new() },
        body: body(method),
        what: what.to_owned(),
        within: None,
    };
    let answer = match *method {
        Method::POST => client.create(&call).await.map(drop),
        Method::PATCH | Method::DELETE => client.change(&call).await,
        _ => client.read::<IgnoredAny>(&call).await.map(drop),
    };
    match answer {
        Err(PsaError::Invalid(_)) => Ok(()),
        Err(PsaError::NotFound(_)) if path.contains(&NOBODYS) => Ok(()),
        other => other,
    }
}

/// A note without a text or a place; a registration without an address.
fn body(method: &Method) -> Option<Value> {
    match *method {
        Method::POST => Some(json!({})),
        Method::PATCH => Some(json!([{ "op": "replace", "path": "text", "value": "" }])),
        _ => None,
    }
}
