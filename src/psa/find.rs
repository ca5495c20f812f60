//! Which of a team's ticket systems has a ticket: the same number may stand for another ticket in each.

use std::sync::Arc;

use futures_util::future::join_all;

use super::connection::connections;
use super::{Psa, PsaError};
use crate::copilot::upstream;
use crate::store::ConnectionId;
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// A connection of the team that is asked about a ticket.
struct Asked {
    id: ConnectionId,
    name: String,
    answer: Result<Arc<dyn Psa>>,
    has_it: bool,
}

/// The ticket system that has a ticket: the named one, the team's only one, or of several the one that knows the number.
///
/// One that cannot be asked does not stand in the way of another one that has it.
///
/// # Errors
/// [`Error::NotFound`] when the team has none, or not the named one, or none of several has the ticket; [`Error::Invalid`]
/// when more than one has; [`Error::Upstream`] when the only ones that could have it do not answer.
pub async fn system_of(
    engine: &Engine,
    caller: &Caller,
    named: Option<ConnectionId>,
    ticket: &str,
) -> Result<(ConnectionId, Arc<dyn Psa>)> {
    if let Some(id) = named {
        return Ok((id, engine.psa.get(engine, caller.team(), id).await?));
    }
    let known = connections(engine, caller.team()).await?;
    match known.as_slice() {
        [] => return Err(Error::NotFound("PSA connection")),
        [only] => return Ok((only.id, engine.psa.get(engine, caller.team(), only.id).await?)),
        _ => {}
    }
    let asked = join_all(known.into_iter().map(|it| ask(engine, caller, it.id, it.name, ticket))).await;
    let (with, without): (Vec<Asked>, Vec<Asked>) = asked.into_iter().partition(|it| it.has_it);
    if with.len() > 1 {
        return Err(several(ticket, &with));
    }
    if let Some(one) = with.into_iter().next() {
        return Ok((one.id, one.answer?));
    }
    Err(without.into_iter().find_map(|it| it.answer.err()).unwrap_or(Error::NotFound("ticket")))
}

/// The connection of this name, however it is capitalised.
///
/// # Errors
/// The database's.
pub async fn connection_named(engine: &Engine, caller: &Caller, name: &str) -> Result<Option<ConnectionId>> {
    let wanted = name.trim().to_lowercase();
    let known = connections(engine, caller.team()).await?;
    Ok(known.into_iter().find(|it| it.name.to_lowercase() == wanted).map(|it| it.id))
}

async fn ask(engine: &Engine, caller: &Caller, id: ConnectionId, name: String, ticket: &str) -> Asked {
    let psa = match engine.psa.get(engine, caller.team(), id).await {
        Ok(psa) => psa,
        Err(error) => return Asked { id, name, answer: Err(error), has_it: false },
    };
    match psa.ticket(ticket).await {
        Ok(found) => Asked { id, name, answer: Ok(psa), has_it: found.is_some() },
        Err(PsaError::NotFound(_)) => Asked { id, name, answer: Ok(psa), has_it: false },
        Err(error) => Asked { id, name, answer: Err(upstream(&error)), has_it: false },
    }
}

fn several(ticket: &str, with: &[Asked]) -> Error {
    let names: Vec<&str> = with.iter().map(|it| it.name.as_str()).collect();
    let ways: Vec<String> = names.iter().map(|name| format!("`start {name}#{ticket}`")).collect();
    Error::invalid(
        "ticket_id",
        format!(
            "there is a ticket #{ticket} in {}: say which with {}; programs name its `connection_id`",
            names.join(" and in "),
            ways.join(" or "),
        ),
    )
}
