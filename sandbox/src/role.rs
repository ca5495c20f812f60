//! The security role of the API member: what its keys may do. A test takes rights away to see who notices.

use axum::http::Method;

use crate::answer::ApiError;

/// Everything that the role can allow, as the vendor's screens call it.
const RIGHTS: [&str; 21] = [
    "Companies > Company Maintenance: Inquire",
    "Companies > Configurations: Add",
    "Companies > Configurations: Inquire",
    "Companies > Contacts: Inquire",
    "Service Desk > Close Service Tickets: Edit",
    "Service Desk > Service Tickets: Inquire",
    "Service Desk > Service Tickets: Add",
    "Service Desk > Service Tickets: Edit",
    "Service Desk > Service Tickets: Delete",
    "System > Manage Hosted API: Inquire",
    "System > Manage Hosted API: Add",
    "System > Manage Hosted API: Edit",
    "System > Manage Hosted API: Delete",
    "System > Member Maintenance: Inquire",
    "System > My Company: Inquire",
    "System > Table Setup: Inquire",
    "System > Table Setup: Add",
    "System > Table Setup: Edit",
    "System > Table Setup: Delete",
    "Time & Expense > Time Entry: Add",
    "Time & Expense > Time Entry: Inquire",
];

/// What the API member may do: everything but what is missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Role {
    missing: Vec<String>,
}

impl Role {
    /// A role that lacks these rights. The error is one that there is not.
    pub(crate) fn without(missing: Vec<String>) -> Result<Self, String> {
        match missing.iter().find(|right| !RIGHTS.contains(&right.as_str())) {
            Some(unknown) => Err(format!("there is no right {unknown:?}; there are: {}", RIGHTS.join(", "))),
            None => Ok(Self { missing }),
        }
    }

    /// Whether tickets may be closed.
    pub(crate) fn may_close(&self) -> bool {
        !self.missing.iter().any(|right| right == "Service Desk > Close Service Tickets: Edit")
    }

    /// Refuses a request that needs a right that is missing, before anything else about it is looked at. `path` is
    /// below `/apis/3.0`.
    pub(crate) fn check(&self, method: &Method, path: &str) -> Result<(), ApiError> {
        match needed(method, path) {
            Some(right) if self.missing.contains(&right) => {
                Err(ApiError::forbidden("You do not have security permission to perform this action."))
            }
            _ => Ok(()),
        }
    }
}

fn needed(method: &Method, path: &str) -> Option<String> {
    let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    let entry = match steps.as_slice() {
        ["system", "info"] => "System > My Company",
        ["system", "members", ..] => "System > Member Maintenance",
        ["system", "connectWiseHostedScreens" | "connectwisehostedsetups", ..] => {
            "System > Manage Hosted API"
        }
        ["service", "tickets", ..] => "Service Desk > Service Tickets",
        ["service", "boards", ..] | ["system", "callbacks", ..] => "System > Table Setup",
        ["company", "companies", ..] => "Companies > Company Maintenance",
        ["company", "configurations", ..] => "Companies > Configurations",
        ["company", "contacts", ..] => "Companies > Contacts",
        ["time", "entries", ..] => "Time & Expense > Time Entry",
        _ => return None,
    };
    let level = match *method {
        Method::POST if steps.last() == Some(&"search") => "Inquire",
        Method::POST => "Add",
        Method::PUT | Method::PATCH => "Edit",
        Method::DELETE => "Delete",
        _ => "Inquire",
    };
    Some(format!("{entry}: {level}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_needs_the_right_of_what_it_does() {
        let of = |method: Method, path: &str| needed(&method, path).unwrap_or_default();
        assert_eq!(of(Method::GET, "/service/tickets/5/notes"), "Service Desk > Service Tickets: Inquire");
        assert_eq!(of(Method::POST, "/service/tickets/5/notes"), "Service Desk > Service Tickets: Add");
        assert_eq!(of(Method::POST, "/service/tickets/search"), "Service Desk > Service Tickets: Inquire");
        assert_eq!(of(Method::PATCH, "/service/tickets/5/notes/7"), "Service Desk > Service Tickets: Edit");
        assert_eq!(of(Method::GET, "/system/myMembers/info"), "");
    }

    #[test]
    fn every_right_that_is_asked_for_can_be_taken_away() {
        let paths = [
            "/system/info",
            "/system/members",
            "/system/connectWiseHostedScreens",
            "/service/tickets",
            "/service/boards",
            "/company/companies",
            "/company/configurations",
            "/company/contacts",
            "/system/callbacks",
            "/time/entries",
        ];
        for path in paths {
            let right = needed(&Method::GET, path).expect("a right");
            let role = Role::without(vec![right]).expect("a known right");
            assert!(role.check(&Method::GET, path).is_err(), "{path}");
        }
        assert!(Role::without(vec!["System > My Company: Ask".to_owned()]).is_err());
    }
}
