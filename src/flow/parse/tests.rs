//! Reading flow files: what is refused, and with which line.

use proptest::prelude::*;

use super::*;
use crate::flow::sample::{PING, documents};

fn first(text: &str) -> String {
    parse_yaml(text).unwrap_err()[0].to_string()
}

#[test]
fn a_flow_file_is_read() {
    let document = parse_yaml(PING).unwrap();
    assert_eq!(document.slug, "no-ping");
    assert_eq!(document.nodes.keys().collect::<Vec<_>>(), ["name", "ping", "up", "fixed"]);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let text = format!("\u{feff}{}", PING.replace('\n', "\r\n"));
    assert_eq!(parse_yaml(&text).unwrap(), parse_yaml(PING).unwrap());
}

#[test]
fn words_that_yaml_takes_for_other_types_stay_words() {
    let document =
        parse_yaml(&PING.replace("[No]", "[No, 404, on]").replace("title: A host", "title: 365")).unwrap();
    assert_eq!(document.node("ping").unwrap().answers()[1].also, ["No", "404", "on"]);
}

#[test]
fn a_tab_is_refused_with_its_line() {
    let text = PING.replacen("    type: check", "\ttype: check", 1);
    assert!(first(&text).starts_with("line 13: nodes.name: is not YAML: tabs"), "{}", first(&text));
}

#[test]
fn an_unquoted_value_at_the_beginning_of_a_text_gets_a_hint() {
    let text = PING.replace("text: Ping {{ host }}", "text: {{ host }} is pinged");
    assert!(first(&text).contains("in quotes"), "{}", first(&text));
}

#[test]
fn an_unknown_field_is_named_with_its_line() {
    let text = PING.replace("record: host", "recrod: host");
    assert!(first(&text).starts_with("line 15: nodes.name.recrod: unknown field"), "{}", first(&text));
}

#[test]
fn a_field_of_another_type_of_node_is_refused() {
    let text = PING.replace("    reason:", "    steps: [wait]\n    reason:");
    assert_eq!(first(&text), "line 27: nodes.up.steps: an escalation has no `steps`");
}

#[test]
fn a_missing_field_of_a_node_is_named() {
    let text = PING.replace("    next: ping\n", "");
    assert_eq!(first(&text), "line 12: nodes.name: a check with `record` needs `next`");
}

#[test]
fn a_check_needs_results_or_a_variable() {
    let text = PING.replace("    record: host\n    fact: The host is {{ host }}.\n    next: ping\n", "");
    assert_eq!(first(&text), "line 12: nodes.name: a check needs `results` or `record`");
}

#[test]
fn a_missing_field_of_an_answer_is_named() {
    let text = PING.replace(", next: up }", " }");
    assert_eq!(first(&text), "line 24: nodes.ping.results[1]: missing field `next`");
}

#[test]
fn a_missing_field_of_the_flow_is_named() {
    assert_eq!(first(&PING.replace("title: A host does not answer\n", "")), "missing field `title`");
}

#[test]
fn a_wrong_type_is_refused_with_its_line() {
    assert_eq!(
        first(&PING.replace("prior: 50", "prior: often")),
        "line 35: nodes.fixed.prior: must be a whole number from 0 to 100"
    );
    assert_eq!(first(&PING.replace("tags: [network]", "tags: network")), "line 5: tags: must be a list");
}

#[test]
fn a_repeated_key_is_refused() {
    let text = PING.replace("  up:\n", "  ping:\n");
    assert!(first(&text).starts_with("line 25: nodes.ping: duplicate"), "{}", first(&text));
}

#[test]
fn a_second_document_is_refused() {
    let text = format!("{PING}---\n{PING}");
    assert!(first(&text).starts_with("line 36: a file holds one flow"), "{}", first(&text));
}

#[test]
fn an_alias_is_refused_so_that_no_file_can_blow_up() {
    let text = PING.replace("[network]", "&a [x]").replace("  - host does not answer", "  - *a");
    assert!(first(&text).starts_with("line 7: symptoms[0]: is an alias"), "{}", first(&text));
}

#[test]
fn a_huge_file_is_refused() {
    assert_eq!(first(&"# x\n".repeat(100_000)), "is larger than 256 KiB");
}

#[test]
fn endless_nesting_is_refused() {
    assert!(first(&"[".repeat(100_000)).contains("recursion limit"));
    assert!(first(&"a: ".repeat(50_000)).starts_with("line 1"));
}

#[test]
fn an_empty_file_says_how_to_begin() {
    assert_eq!(first(" \n"), "is empty: a flow begins with `slug:`");
}

#[test]
fn a_flow_in_json_is_held_to_the_same_fields() {
    let error =
        serde_json::from_str::<Node>(r#"{"type":"flow","flow":"a","next":"b","text":"c"}"#).unwrap_err();
    assert!(error.to_string().starts_with("a flow link has no `text`"), "{error}");
}

#[test]
fn a_problem_becomes_a_field_error_that_keeps_the_line() {
    let problem = Problem { line: Some(3), at: "kind".to_owned(), rule: "is odd".to_owned() };
    assert_eq!(
        FieldError::from(problem),
        FieldError { field: "kind".to_owned(), rule: "is odd (line 3)".to_owned() }
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}|[ \\[\\]{}:\\-&*!|>'\"%@`,?#\\nabc\\t]{0,120}") {
        let _ = parse_yaml(&text);
    }

    #[test]
    fn no_damage_to_a_flow_makes_the_reader_panic(at in 0..PING.len(), cut in 0..40_usize, put in "[ \\[\\]{}:\\-&*!|>'\"%,?#\\n\\t\\PC]{0,8}") {
        let end = (at + cut).min(PING.len());
        let text = format!("{}{put}{}", PING.get(..at).unwrap_or(""), PING.get(end..).unwrap_or(""));
        let _ = crate::flow::check_yaml(&text, None);
    }

    #[test]
    fn a_written_flow_reads_back_as_it_was(document in documents()) {
        let yaml = to_yaml(&document).unwrap();
        let again = parse_yaml(&yaml);
        prop_assert_eq!(again.as_ref().map(|d| d.nodes.keys().collect::<Vec<_>>()), Ok(document.nodes.keys().collect()));
        prop_assert_eq!(again, Ok(document), "{}", yaml);
    }

    #[test]
    fn a_flow_survives_json(document in documents()) {
        let json = serde_json::to_string(&document).unwrap();
        prop_assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
    }
}
