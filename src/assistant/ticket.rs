//! Tickets that a question names by their number: they are read, and nothing else is done with them.

use std::time::Duration;

use crate::psa::Ticket;
use crate::psa::find::{connection_named, system_of};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// Tickets of one question that are read.
const MOST: usize = 2;
/// How long one is waited for: an answer without it is better than none.
const PATIENCE: Duration = Duration::from_secs(10);

/// The tickets that a question names, and what could not be read, in words.
pub(super) async fn named(engine: &Engine, caller: &Caller, question: &str) -> (Vec<Ticket>, Vec<String>) {
    let (mut tickets, mut unread) = (Vec::new(), Vec::new());
    for (system, number) in numbers(question).into_iter().take(MOST) {
        let reading = tokio::time::timeout(PATIENCE, read(engine, caller, system, number)).await;
        match reading.unwrap_or(Err(Error::Upstream {
            service: "ticket system",
            detail: "no answer in time".to_owned(),
        })) {
            Ok(Some(ticket)) => tickets.push(ticket),
            Ok(None) => unread.push(format!("There is no ticket #{number}.")),
            Err(error) => {
                tracing::info!(%error, "a ticket that a question names could not be read");
                unread.push(format!("Ticket #{number} could not be read: {}.", error.to_person()));
            }
        }
    }
    (tickets, unread)
}

async fn read(engine: &Engine, caller: &Caller, system: &str, number: &str) -> Result<Option<Ticket>> {
    let connection = if system.is_empty() { None } else { connection_named(engine, caller, system).await? };
    let psa = match system_of(engine, caller, connection, number).await {
        Ok((_, psa)) => psa,
        Err(Error::NotFound("ticket")) => return Ok(None),
        Err(error) => return Err(error),
    };
    psa.ticket(number).await.map_err(|error| crate::copilot::upstream(&error))
}

/// `#123` and `NAME#123`, each once: what stands before the sign, and the number.
fn numbers(question: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for word in question.split_whitespace() {
        let Some((system, rest)) = word.split_once('#') else { continue };
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let number = &rest[..end];
        let system = system.trim_start_matches(|c: char| !c.is_alphanumeric());
        let is_number = number.contains(|c: char| c.is_ascii_digit());
        if is_number && !found.iter().any(|(_, known)| *known == number) {
            found.push((system, number));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_named_by_its_number_with_or_without_its_system() {
        assert_eq!(numbers("What about #123, (#123) and North#77?"), [("", "123"), ("North", "77")]);
        assert_eq!(numbers("C# and # heading and #help"), []);
    }
}
