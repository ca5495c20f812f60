//! The records of the interface, as far as they are read. Every member may be missing or null: security roles
//! and versions differ.

use serde::Deserialize;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::text;
use crate::Timestamp;
use crate::psa::{Audience, ClaimForm, ProvenMember, PsaMember, Ticket, TicketNote};

/// `GET /login/companyinfo/{company}`; the answer is `null` for an unknown company.
#[derive(Debug, Deserialize)]
pub(super) struct CompanyInfo {
    #[serde(rename = "Codebase")]
    codebase: Option<String>,
}

impl CompanyInfo {
    /// The first segment of every path, without a slash. None when it is not one segment.
    pub(super) fn codebase(&self) -> Option<&str> {
        let name = self.codebase.as_deref()?.trim().trim_matches('/');
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        (plain && name.contains(|c: char| c.is_ascii_alphanumeric())).then_some(name)
    }
}

/// `GET /system/info`.
#[derive(Debug, Deserialize)]
pub(super) struct SystemInfo {
    pub(super) version: Option<String>,
}

/// `GET /system/myMembers/info`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MyMember {
    id: Option<i32>,
    identifier: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    full_name: Option<String>,
    inactive_flag: Option<bool>,
}

impl MyMember {
    /// The member, where the answer says who it is: one without a login name proves nothing.
    pub(super) fn proven(self, form: ClaimForm) -> Option<ProvenMember> {
        if self.inactive_flag == Some(true) {
            return None;
        }
        let identifier = self.identifier.filter(|it| !it.is_empty())?;
        let parts = [self.first_name, self.last_name].into_iter().flatten().filter(|it| !it.is_empty());
        let joined = parts.collect::<Vec<_>>().join(" ");
        let names = [self.full_name.unwrap_or_default(), joined, identifier.clone()];
        let name = names.into_iter().find(|name| !name.trim().is_empty())?;
        Some(ProvenMember { id: self.id?.to_string(), identifier, name, form })
    }
}

/// The answer to a `POST`: whatever it is, it has an id now.
#[derive(Debug, Deserialize)]
pub(super) struct Created {
    pub(super) id: i32,
}

/// A record that stands in another one.
#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    pub(super) id: Option<i32>,
    name: Option<String>,
}

pub(super) fn name_of(reference: Option<Reference>) -> Option<String> {
    reference.and_then(|it| it.name).filter(|name| !name.is_empty())
}

/// A ticket of `/service/tickets`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TicketRecord {
    pub(super) id: i32,
    summary: Option<String>,
    closed_flag: Option<bool>,
    status: Option<Reference>,
    board: Option<Reference>,
    company: Option<Reference>,
    contact: Option<Reference>,
    contact_name: Option<String>,
    priority: Option<Reference>,
    owner: Option<Reference>,
    #[serde(rename = "_info")]
    info: Option<RecordInfo>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordInfo {
    last_updated: Option<String>,
}

impl TicketRecord {
    pub(super) fn into_ticket(self, url: Option<String>) -> Ticket {
        Ticket {
            id: self.id.to_string(),
            summary: self.summary.unwrap_or_default(),
            description: None,
            status: name_of(self.status).unwrap_or_default(),
            closed: self.closed_flag.unwrap_or(false),
            company: name_of(self.company),
            contact: name_of(self.contact).or(self.contact_name),
            priority: name_of(self.priority),
            board: name_of(self.board),
            owner: name_of(self.owner),
            updated_at: self.info.and_then(|info| info.last_updated).as_deref().and_then(timestamp),
            url,
            gone: false,
        }
    }
}

/// A member of `/system/members`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberRecord {
    pub(super) id: i32,
    identifier: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    inactive_flag: Option<bool>,
    license_class: Option<String>,
    primary_email: Option<String>,
    office_email: Option<String>,
}

impl MemberRecord {
    pub(super) fn into_member(self) -> PsaMember {
        let identifier = self.identifier.unwrap_or_default();
        let name = [self.first_name, self.last_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let name = name.trim();
        PsaMember {
            id: self.id.to_string(),
            name: if name.is_empty() { identifier.clone() } else { name.to_owned() },
            identifier,
            emails: [self.primary_email, self.office_email].into_iter().flatten().collect(),
            active: self.inactive_flag == Some(false),
            // The class of accounts that only programs use.
            is_person: self.license_class.as_deref() != Some("A"),
        }
    }
}

/// A note of `/service/tickets/{id}/notes`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NoteRecord {
    pub(super) id: i32,
    text: Option<String>,
    detail_description_flag: Option<bool>,
    internal_analysis_flag: Option<bool>,
    resolution_flag: Option<bool>,
    member: Option<Reference>,
    contact: Option<Reference>,
    created_by: Option<String>,
    date_created: Option<String>,
}

impl NoteRecord {
    pub(super) fn is_description(&self) -> bool {
        self.detail_description_flag == Some(true)
    }

    /// Whether the text has this marker of letters and digits, whatever the server did to the rest of it.
    pub(super) fn contains(&self, marker: &str) -> bool {
        self.text.as_deref().is_some_and(|text| text::readable(text).contains(marker))
    }

    pub(super) fn readable_text(self) -> String {
        text::readable(self.text.as_deref().unwrap_or_default())
    }

    pub(super) fn into_note(mut self) -> TicketNote {
        let author = name_of(self.member.take()).or_else(|| name_of(self.contact.take()));
        TicketNote {
            id: self.id.to_string(),
            placement: self.placement(),
            author: author.or_else(|| self.created_by.take()),
            created_at: self.date_created.as_deref().and_then(timestamp),
            text: self.readable_text(),
        }
    }

    /// Several flags can be set. `internalFlag` and `externalFlag` do not follow them and say nothing.
    pub(super) fn placement(&self) -> Audience {
        if self.resolution_flag == Some(true) {
            Audience::Resolution
        } else if self.internal_analysis_flag == Some(true) {
            Audience::Internal
        } else {
            Audience::Discussion
        }
    }
}

/// The body of a refusal.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorBody {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) errors: Option<Vec<ErrorDetail>>,
}

/// One broken rule.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorDetail {
    pub(super) message: Option<String>,
}

/// RFC 3339; a date-time without a zone is UTC, as everything here.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let naive = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let at = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| PrimitiveDateTime::parse(text, naive).map(PrimitiveDateTime::assume_utc))
        .ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn note(record: serde_json::Value) -> TicketNote {
        serde_json::from_value::<NoteRecord>(record).unwrap().into_note()
    }

    #[test]
    fn a_ticket_is_read_with_the_names_of_what_it_refers_to() {
        let record = json!({
            "id": 7, "summary": "VPN down", "closedFlag": true, "status": {"id": 1, "name": "Closed"},
            "board": {"id": 2, "name": "Help Desk"}, "company": {"id": 3, "identifier": "con", "name": "Contoso"},
            "contact": {"id": 4, "name": "Ada"}, "owner": {"id": 9, "identifier": "ada", "name": "Ada Lovelace"}, "priority": {"id": 5, "name": "High"},
            "_info": {"lastUpdated": "2026-11-23T08:15:00Z"}, "customFields": [{"id": 1}],
        });
        let ticket = serde_json::from_value::<TicketRecord>(record).unwrap().into_ticket(None);
        let expected = Ticket {
            id: "7".to_owned(),
            summary: "VPN down".to_owned(),
            description: None,
            status: "Closed".to_owned(),
            closed: true,
            company: Some("Contoso".to_owned()),
            contact: Some("Ada".to_owned()),
            priority: Some("High".to_owned()),
            board: Some("Help Desk".to_owned()),
            owner: Some("Ada Lovelace".to_owned()),
            updated_at: Some(Timestamp(1_795_421_700_000)),
            url: None,
            gone: false,
        };
        assert_eq!(ticket, expected);
    }

    #[test]
    fn a_ticket_with_nothing_but_an_id_is_still_a_ticket() {
        let record = json!({"id": 7, "contact": null, "contactName": "Ada"});
        let ticket = serde_json::from_value::<TicketRecord>(record).unwrap().into_ticket(None);
        assert_eq!((ticket.id.as_str(), ticket.contact.as_deref(), ticket.closed), ("7", Some("Ada"), false));
    }

    #[test]
    fn a_note_with_several_flags_stands_where_the_strictest_says() {
        let all = json!({"id": 1, "detailDescriptionFlag": true, "internalAnalysisFlag": true, "resolutionFlag": true});
        let two = json!({"id": 1, "detailDescriptionFlag": true, "internalAnalysisFlag": true});
        let external = json!({"id": 1, "detailDescriptionFlag": true, "internalFlag": true});
        assert_eq!(note(all).placement, Audience::Resolution);
        assert_eq!(note(two).placement, Audience::Internal);
        assert_eq!(note(external).placement, Audience::Discussion);
    }

    #[test]
    fn a_note_names_its_engineer_before_the_account_that_sent_it() {
        let by_member = json!({"id": 1, "member": {"name": "Grace"}, "createdBy": "api"});
        assert_eq!(note(by_member).author.as_deref(), Some("Grace"));
        assert_eq!(note(json!({"id": 1, "createdBy": "api"})).author.as_deref(), Some("api"));
    }

    #[test]
    fn a_marker_is_found_in_escaped_text() {
        let record = json!({"id": 1, "text": "\\*\\*Problem\\*\\* x Ref\u{a0}FP7K3Q\u{200b}9ZC2"});
        assert!(serde_json::from_value::<NoteRecord>(record).unwrap().contains("Ref FP7K3Q9ZC2"));
    }

    #[test]
    fn a_codebase_is_one_plain_path_segment() {
        let is_read_as = |text: &str| {
            let info: CompanyInfo = serde_json::from_value(json!({ "Codebase": text })).unwrap();
            info.codebase().map(str::to_owned)
        };
        assert_eq!(is_read_as("v2025_1/").as_deref(), Some("v2025_1"));
        let odd = ["", "/", "..", "../x/", "a/b/", "v?x", "v%2f", "http://example.com/"];
        assert!(odd.iter().all(|text| is_read_as(text).is_none()));
    }

    #[test]
    fn times_are_utc_with_or_without_a_zone() {
        assert_eq!(timestamp("1970-01-01T00:00:01Z"), Some(Timestamp(1000)));
        assert_eq!(timestamp("1970-01-01T01:00:01.5+01:00"), Some(Timestamp(1500)));
        assert_eq!(timestamp("1970-01-01T00:00:01"), Some(Timestamp(1000)));
        assert_eq!(timestamp("yesterday"), None);
    }
}
