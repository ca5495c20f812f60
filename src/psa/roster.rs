//! The members of a PSA and who of the team they are: those whom nobody is yet first, with whom they may be.
//!
//! The PSA is asked for its members a page at a time; those who are linked are known here. A link is proposed where an
//! e-mail address is the same or a member said so, and counts once it is confirmed.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use sqlx::QueryBuilder;
use utoipa::ToSchema;

use super::account::must_be_connected;
use super::{MemberQuery, PsaError, PsaMember};
use crate::copilot::upstream;
use crate::store::{ConnectionId, Cursor, MemberId, Page, PageRequest, no_cursor, read};
use crate::team::Caller;
use crate::{Engine, Result, Timestamp};

/// Pages of the PSA that are asked for, at most, to find one member whom nobody is.
const MOST_PAGES: usize = 5;

/// How a member of the PSA stands in the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Nobody is known to be them.
    None,
    /// Somebody may be them; it waits for an admin.
    Proposed,
    /// They are a member.
    Confirmed,
}

/// Why a member may be somebody in the PSA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalReason {
    /// They said so.
    Said,
    /// Their e-mail addresses are the same.
    Email,
}

/// A member who may be somebody in the PSA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Proposal {
    /// The member.
    pub member_id: MemberId,
    /// The member's name.
    pub member: String,
    /// Why.
    pub reason: ProposalReason,
}

/// Somebody who works in the PSA, and who of the team they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RosterEntry {
    /// The PSA's id.
    pub external_id: String,
    /// The name they log in with.
    pub identifier: String,
    /// Their name there. Untrusted text.
    pub name: String,
    /// How they stand.
    pub state: LinkState,
    /// The member they are, once that is confirmed.
    pub member_id: Option<MemberId>,
    /// That member's name.
    pub member: Option<String>,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// Whom they may be, while nothing is confirmed.
    pub proposals: Vec<Proposal>,
}

/// Where the next page begins.
enum Place {
    /// Among those whom nobody is, at the PSA's cursor.
    Open(Option<String>),
    /// Among those who are linked, after this member.
    Linked(Option<Cursor>),
}

impl Place {
    fn encode(&self) -> String {
        let text = match self {
            Self::Open(cursor) => format!("open:{}", cursor.as_deref().unwrap_or_default()),
            Self::Linked(after) => format!("linked:{}", after.map(Cursor::encode).unwrap_or_default()),
        };
        BASE64_URL_SAFE_NO_PAD.encode(text)
    }

    fn decode(text: &str) -> Result<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| no_cursor())?;
        let text = String::from_utf8(bytes).map_err(|_| no_cursor())?;
        let (part, cursor) = text.split_once(':').ok_or_else(no_cursor)?;
        let cursor = (!cursor.is_empty()).then_some(cursor);
        match part {
            "open" => Ok(Self::Open(cursor.map(str::to_owned))),
            "linked" => Ok(Self::Linked(cursor.map(Cursor::decode).transpose()?)),
            _ => Err(no_cursor()),
        }
    }
}

/// A page of the members of a connection's PSA who can log in: those whom nobody is first. `limit` is 1..=200.
///
/// # Errors
/// [`crate::Error::Upstream`]; [`crate::Error::Invalid`] for a cursor that this list did not give; [`crate::Error::NotFound`];
/// [`crate::Error::Forbidden`] unless the caller administers the team.
pub async fn roster(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
    cursor: Option<&str>,
    limit: i64,
) -> Result<Page<RosterEntry>> {
    caller.must_administer()?;
    must_be_connected(&engine.db, caller.team(), connection).await?;
    let mut place = cursor.map_or(Ok(Place::Open(None)), Place::decode)?;
    let mut items = Vec::new();
    if let Place::Open(cursor) = place {
        let (open, next) = open_page(engine, caller, connection, cursor, limit).await?;
        items = open;
        if let Some(next) = next {
            return Ok(Page { items, next_cursor: Some(Place::Open(Some(next)).encode()) });
        }
        place = Place::Linked(None);
    }
    let Place::Linked(after) = place else { return Ok(Page { items, next_cursor: None }) };
    let room = limit - i64::try_from(items.len()).unwrap_or(limit);
    if room == 0 {
        return Ok(Page { items, next_cursor: Some(Place::Linked(after).encode()) });
    }
    let linked = linked_page(engine, caller, connection, PageRequest { after, limit: room }).await?;
    let next = linked.next_cursor.as_deref().map(Cursor::decode).transpose()?;
    items.extend(linked.items);
    Ok(Page { items, next_cursor: next.map(|after| Place::Linked(Some(after)).encode()) })
}

/// Those whom nobody is, with the PSA's next cursor. A page that holds nobody but linked members is passed over.
async fn open_page(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
    mut cursor: Option<String>,
    limit: i64,
) -> Result<(Vec<RosterEntry>, Option<String>)> {
    let psa = engine.psa.get(engine, caller.team(), connection).await?;
    let limit = u32::try_from(limit).unwrap_or(1);
    for _ in 0..MOST_PAGES {
        let page = psa.members(&MemberQuery { cursor, limit }).await.map_err(|error| match error {
            PsaError::Cursor => no_cursor(),
            error => upstream(&error),
        })?;
        let people: Vec<PsaMember> =
            page.items.into_iter().filter(|it| it.is_person && it.active && !it.id.is_empty()).collect();
        let known = Known::of(engine, caller, connection, &people).await?;
        let open: Vec<RosterEntry> = people.into_iter().filter_map(|it| known.entry(it)).collect();
        cursor = page.next_cursor;
        if !open.is_empty() || cursor.is_none() {
            return Ok((open, cursor));
        }
    }
    Ok((Vec::new(), cursor))
}

/// What is known of some members of the PSA.
struct Known {
    linked: HashSet<String>,
    said: HashMap<String, Vec<(MemberId, String)>>,
    by_email: HashMap<String, (MemberId, String)>,
    refused: HashSet<(String, MemberId)>,
}

type Row = (String, MemberId, String, Option<Timestamp>);

impl Known {
    async fn of(
        engine: &Engine,
        caller: &Caller,
        connection: ConnectionId,
        people: &[PsaMember],
    ) -> Result<Self> {
        let mut known = Self {
            linked: HashSet::new(),
            said: HashMap::new(),
            by_email: HashMap::new(),
            refused: HashSet::new(),
        };
        if people.is_empty() {
            return Ok(known);
        }
        for (external_id, member_id, name, confirmed_at) in
            accounts(engine, caller, connection, people).await?
        {
            if confirmed_at.is_some() {
                known.linked.insert(external_id);
            } else {
                known.said.entry(external_id).or_default().push((member_id, name));
            }
        }
        known.refused = refusals(engine, caller, connection, people).await?;
        known.by_email = with_addresses_of(engine, caller, connection, people).await?;
        Ok(known)
    }

    /// Nothing for those who are linked.
    fn entry(&self, found: PsaMember) -> Option<RosterEntry> {
        if self.linked.contains(&found.id) {
            return None;
        }
        let mut proposals: Vec<Proposal> = Vec::new();
        for (member_id, member) in self.said.get(&found.id).into_iter().flatten().cloned() {
            proposals.push(Proposal { member_id, member, reason: ProposalReason::Said });
        }
        let addresses = found.emails.iter().map(|it| address(it));
        for (member_id, member) in addresses.filter_map(|it| self.by_email.get(&it)).cloned() {
            let is_refused = self.refused.contains(&(found.id.clone(), member_id));
            if !is_refused && proposals.iter().all(|it| it.member_id != member_id) {
                proposals.push(Proposal { member_id, member, reason: ProposalReason::Email });
            }
        }
        let state = if proposals.is_empty() { LinkState::None } else { LinkState::Proposed };
        let PsaMember { id: external_id, identifier, name, .. } = found;
        Some(RosterEntry {
            external_id,
            identifier,
            name,
            state,
            member_id: None,
            member: None,
            confirmed_at: None,
            proposals,
        })
    }
}

/// As members' addresses are kept.
fn address(text: &str) -> String {
    text.trim().to_lowercase()
}

async fn accounts(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
    people: &[PsaMember],
) -> Result<Vec<Row>> {
    Ok(read!(&engine.db, |c| {
        let mut query = QueryBuilder::new(
            "SELECT a.external_id, a.member_id, m.name, a.confirmed_at FROM psa_accounts a \
             JOIN members m ON m.id = a.member_id WHERE a.team_id = ",
        );
        query.push_bind(caller.team()).push(" AND a.connection_id = ").push_bind(connection);
        query.push(" AND a.external_id IN (");
        let mut ids = query.separated(", ");
        for found in people {
            ids.push_bind(&found.id);
        }
        query.push(") ORDER BY a.created_at, a.member_id");
        query.build_query_as().fetch_all(c).await
    })?)
}

async fn refusals(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
    people: &[PsaMember],
) -> Result<HashSet<(String, MemberId)>> {
    let rows: Vec<(String, MemberId)> = read!(&engine.db, |c| {
        let mut query = QueryBuilder::new("SELECT external_id, member_id FROM psa_refusals WHERE team_id = ");
        query.push_bind(caller.team()).push(" AND connection_id = ").push_bind(connection);
        query.push(" AND external_id IN (");
        let mut ids = query.separated(", ");
        for found in people {
            ids.push_bind(&found.id);
        }
        query.push(")");
        query.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().collect())
}

/// The members who have these people's addresses and are nobody yet, by address.
async fn with_addresses_of(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
    people: &[PsaMember],
) -> Result<HashMap<String, (MemberId, String)>> {
    let addresses: HashSet<String> =
        people.iter().flat_map(|it| &it.emails).map(|it| address(it)).filter(|it| it.contains('@')).collect();
    if addresses.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(MemberId, String, String)> = read!(&engine.db, |c| {
        let mut query = QueryBuilder::new("SELECT id, name, email FROM members WHERE team_id = ");
        query.push_bind(caller.team()).push(" AND status IN ('active', 'invited') AND NOT EXISTS ");
        query.push("(SELECT 1 FROM psa_accounts a WHERE a.member_id = members.id AND a.connection_id = ");
        query.push_bind(connection).push(" AND a.confirmed_at IS NOT NULL) AND email IN (");
        let mut emails = query.separated(", ");
        for address in &addresses {
            emails.push_bind(address);
        }
        query.push(")");
        query.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(|(id, name, email)| (email, (id, name))).collect())
}

#[derive(sqlx::FromRow)]
struct Linked {
    external_id: String,
    identifier: String,
    name: String,
    member_id: MemberId,
    member: String,
    confirmed_at: Timestamp,
}

async fn linked_page(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
    page: PageRequest,
) -> Result<Page<RosterEntry>> {
    let rows: Vec<Linked> = read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT a.external_id, a.identifier, a.name, a.member_id, m.name AS member, a.confirmed_at \
             FROM psa_accounts a JOIN members m ON m.id = a.member_id WHERE a.team_id = $1 AND a.connection_id = $2 \
             AND a.confirmed_at IS NOT NULL AND ($3 IS NULL OR a.member_id > $3) ORDER BY a.member_id LIMIT $4",
        )
        .bind(caller.team())
        .bind(connection)
        .bind(page.after.map(|it| it.0))
        .bind(page.fetch())
        .fetch_all(c)
        .await
    })?;
    let Page { items, next_cursor } = Page::from_rows(rows, &page, |it| it.member_id.0);
    Ok(Page { items: items.into_iter().map(RosterEntry::from).collect(), next_cursor })
}

impl From<Linked> for RosterEntry {
    fn from(row: Linked) -> Self {
        let Linked { external_id, identifier, name, member_id, member, confirmed_at } = row;
        Self {
            external_id,
            identifier,
            name,
            state: LinkState::Confirmed,
            member_id: Some(member_id),
            member: Some(member),
            confirmed_at: Some(confirmed_at),
            proposals: Vec::new(),
        }
    }
}
