//! Tickets from a CSV file.

use flowpilot_sandbox::{CsvError, Level, Priority, SandboxConfig, TicketSeed, tickets_from_csv};

use crate::support::{Peer, config};

const EXPORT: &str = include_str!("fixtures/export.csv");
const HEADER: &str =
    "number,short_description,description,urgency,impact,category,assignment_group,resolution\n";

fn load(csv: &[u8]) -> Result<Vec<TicketSeed>, String> {
    tickets_from_csv(csv).map_err(|error| error.to_string())
}

fn loaded(csv: &str) -> Vec<TicketSeed> {
    load(csv.as_bytes()).expect("a good file")
}

/// The error of a file whose rows are these.
fn refused(rows: &str) -> String {
    load(format!("{HEADER}{rows}").as_bytes()).expect_err("a bad file")
}

#[test]
fn a_ticket_has_the_digits_of_its_number_for_an_id() {
    let ids: Vec<i32> = loaded(EXPORT).iter().map(|ticket| ticket.id).collect();
    assert_eq!(ids, [31, 7, 32, 33]);
}

#[test]
fn a_row_becomes_a_ticket() {
    let ticket = loaded(EXPORT).remove(0);
    assert_eq!(ticket.summary, "Cannot sign in after password change");
    assert_eq!(
        ticket.description,
        "User changed the password on Monday.\nSince then the laptop refuses it, \"wrong password\"."
    );
    assert_eq!((ticket.board.as_str(), ticket.company.as_str()), ("IT Support", "Imported tickets"));
    assert_eq!(
        (ticket.priority, ticket.severity, ticket.impact),
        (Priority::Critical, Level::High, Level::High)
    );
    assert_eq!(ticket.category.as_deref(), Some("Access"));
}

#[test]
fn priority_follows_urgency_and_impact() {
    let priorities: Vec<Priority> = loaded(EXPORT).iter().map(|ticket| ticket.priority).collect();
    assert_eq!(priorities, [Priority::Critical, Priority::Low, Priority::Low, Priority::High]);
}

#[test]
fn a_ticket_without_a_group_goes_to_the_service_desk() {
    assert_eq!(loaded(EXPORT)[3].board, "Service Desk");
}

#[tokio::test]
async fn the_resolution_of_the_file_is_nowhere() {
    let peer = Peer::start(SandboxConfig { tickets: loaded(EXPORT), ..config() }).await;
    let tickets = peer.get("/service/tickets").await.body.to_string();
    let notes = peer.control(reqwest::Method::GET, "/notes", None).await.body.to_string();
    assert!(tickets.contains("black on dock") && !tickets.contains("firmware"));
    assert!(notes.contains("since the move") && !notes.contains("firmware"));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let windows = format!("\u{feff}{HEADER}A1,s,d,1,1,c,g,r\nA2,s,d,1,1,c,g,r\n").replace('\n', "\r\n");
    assert_eq!(loaded(&windows), loaded(&format!("{HEADER}A1,s,d,1,1,c,g,r\nA2,s,d,1,1,c,g,r\n")));
}

#[test]
fn columns_are_found_by_name_in_any_order() {
    let csv = "impact,urgency,colour,category,assignment_group,description,short_description,number\n\
               2,1,red,c,g,d,s,A9\n";
    let ticket = loaded(csv).remove(0);
    assert_eq!((ticket.id, ticket.summary.as_str(), ticket.priority), (9, "s", Priority::High));
}

#[test]
fn a_missing_column_is_named() {
    let error =
        load(b"number,description,urgency,impact,category,assignment_group\n").expect_err("a bad file");
    assert!(error.contains("no column \"short_description\""), "{error}");
}

#[test]
fn an_empty_file_has_no_columns() {
    assert!(matches!(tickets_from_csv(&b""[..]), Err(CsvError::Column { missing: "number", .. })));
}

#[test]
fn a_header_alone_is_refused() {
    assert!(matches!(tickets_from_csv(HEADER.as_bytes()), Err(CsvError::Empty)));
}

#[test]
fn a_row_of_another_width_is_named_by_its_line() {
    let error = refused("A1,s,d,1,1,c,g,r\nA2,s,d,1,1,c\n");
    assert_eq!(error, "line 3 of the ticket file: it has 6 fields, and the header has 8");
}

#[test]
fn the_line_of_a_row_counts_lines_inside_quotes() {
    let error = refused("A1,s,\"one\ntwo\nthree\",1,1,c,g,r\nA2,,d,1,1,c,g,r\n");
    assert_eq!(error, "line 5 of the ticket file: short_description is empty");
}

#[test]
fn a_row_without_a_number_is_refused() {
    assert_eq!(refused("  ,s,d,1,1,c,g,r\n"), "line 2 of the ticket file: number is empty");
}

#[test]
fn urgency_and_impact_are_1_to_5() {
    assert_eq!(
        refused("A1,s,d,6,1,c,g,r\n"),
        "line 2 of the ticket file: urgency is \"6\", not a whole number from 1 to 5"
    );
    assert!(refused("A1,s,d,1,high,c,g,r\n").contains("impact is \"high\""));
    assert!(refused("A1,s,d,0,1,c,g,r\n").contains("urgency is \"0\""));
}

#[test]
fn a_number_used_twice_is_refused() {
    let error = refused("A1,s,d,1,1,c,g,r\nA1,t,d,1,1,c,g,r\n");
    assert_eq!(error, "line 3 of the ticket file: the number A1 is used twice");
}

#[test]
fn text_that_is_not_utf_8_is_refused_and_the_column_named() {
    let csv = [HEADER.as_bytes(), b"A1,s,caf\xe9,1,1,c,g,r\n"].concat();
    assert_eq!(load(&csv), Err("line 2 of the ticket file: description is not UTF-8".to_owned()));
}

#[test]
fn a_quote_that_is_never_closed_swallows_nothing_in_silence() {
    let error = refused("A1,s,d,1,1,c,g,r\nA2,s,d,1,1,c,g,\"open\nA3,s,d,1,1,c,g,r\n");
    assert_eq!(error, "line 3 of the ticket file: a quote is opened and not closed");
}

#[test]
fn a_lone_quote_inside_a_field_is_text() {
    assert_eq!(
        loaded(&format!("{HEADER}A1,24\" screen dark,d,1,1,c,g,r")).remove(0).summary,
        "24\" screen dark"
    );
}

#[test]
fn a_long_subject_is_cut_at_a_character_and_stands_whole_in_the_description() {
    let long = "é".repeat(130);
    let ticket = loaded(&format!("{HEADER}A1,{long},more,1,1,c,g,r\n")).remove(0);
    assert_eq!((ticket.summary, ticket.description), ("é".repeat(100), format!("{long}\n\nmore")));
}

#[test]
fn a_number_too_large_for_an_id_gets_a_free_one() {
    let tickets = loaded(&format!("{HEADER}A99999999999,s,d,1,1,c,g,r\nA8,s,d,1,1,c,g,r\n"));
    assert_eq!(tickets.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [9, 8]);
}

#[test]
fn a_file_in_another_encoding_is_named_as_one() {
    let text: Vec<u8> = "\u{feff}number".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let refusal = tickets_from_csv(text.as_slice()).unwrap_err().to_string();
    assert!(refusal.contains("UTF-16") && refusal.contains("save it as UTF-8"), "{refusal}");
}
