//! The walk over the blocks of a payload.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::parts::{CHOICE, GROUP, OPTION};
use super::rule::{Kinds, Rule, Shape};
use super::{ALL_TEXT, MARKDOWN, Place, Problem, blocks, elements, rich};

/// What was seen on the way.
pub(super) struct Walk {
    problems: Vec<Problem>,
    block_ids: HashSet<String>,
    action_ids: HashSet<String>,
    characters: usize,
}

impl Walk {
    /// What is wrong with these blocks.
    pub(super) fn over(list: &[Value], place: Place, most: usize) -> Vec<Problem> {
        let mut walk = Self {
            problems: Vec::new(),
            block_ids: HashSet::new(),
            action_ids: HashSet::new(),
            characters: 0,
        };
        if list.len() > most {
            walk.wrong("/blocks", format!("no more than {most} items allowed"));
        }
        let mut markdown = 0;
        for (index, block) in list.iter().enumerate() {
            walk.action_ids.clear();
            walk.block(block, &format!("/blocks/{index}"), place);
            if kind_of(block) == "markdown" {
                markdown += block["text"].as_str().map_or(0, |text| text.chars().count());
            }
        }
        if place == Place::Message && walk.characters > ALL_TEXT {
            let what = format!("blocks have {} characters of text, {ALL_TEXT} at most", walk.characters);
            walk.problems.push(Problem::new("msg_blocks_too_long", "/blocks", what));
        }
        if markdown > MARKDOWN {
            walk.wrong("/blocks", format!("markdown blocks have more than {MARKDOWN} characters together"));
        }
        walk.problems
    }

    fn wrong(&mut self, pointer: &str, message: impl Into<String>) {
        self.problems.push(Problem::new("invalid_blocks", pointer, message));
    }

    fn block(&mut self, block: &Value, at: &str, place: Place) {
        let kind = kind_of(block);
        match blocks::shape(kind) {
            None => self.wrong(&format!("{at}/type"), format!("unsupported type: {kind}")),
            Some(_) if !blocks::allowed(kind, place) => {
                self.wrong(&format!("{at}/type"), format!("{kind} is not allowed in a {place:?}"));
            }
            Some(shape) => self.object(block, shape, at, true),
        }
    }

    fn object(&mut self, value: &Value, shape: &Shape, at: &str, typed: bool) {
        let Some(object) = value.as_object() else { return self.wrong(at, "must be an object") };
        for name in shape.required.iter().filter(|name| !object.contains_key(**name)) {
            self.wrong(at, format!("missing required field: {name}"));
        }
        if !shape.any_of.is_empty() && !shape.any_of.iter().any(|name| object.contains_key(*name)) {
            self.wrong(at, format!("must have one of {}", shape.any_of.join(", ")));
        }
        for (name, value) in object {
            let pointer = format!("{at}/{name}");
            match shape.properties.iter().find(|(known, _)| known == name) {
                Some((_, rule)) => self.property(value, *rule, &pointer),
                None if typed && name == "type" => {}
                None => self.wrong(&pointer, format!("unknown property: {name}")),
            }
        }
    }

    fn property(&mut self, value: &Value, rule: Rule, at: &str) {
        match rule {
            Rule::Text(kinds, most) => self.text(value, kinds, most, at),
            Rule::Filled(most) => self.string(value, 1, most, at),
            Rule::String(most) => self.string(value, 0, most, at),
            Rule::BlockId => self.id(value, at, |walk, id| walk.block_ids.insert(id)),
            Rule::ActionId => self.id(value, at, |walk, id| walk.action_ids.insert(id)),
            Rule::Bool if !value.is_boolean() => self.wrong(at, "must be a boolean"),
            Rule::Number if !is_number(value) => self.wrong(at, "must be a number"),
            Rule::OneOf(known) if !value.as_str().is_some_and(|value| known.contains(&value)) => {
                self.wrong(at, format!("must be one of {}", known.join(", ")));
            }
            Rule::Bool | Rule::Number | Rule::OneOf(_) | Rule::Any => {}
            Rule::Texts(count, most) => {
                self.list(value, 1, count, at, |walk, item, at| walk.text(item, Kinds::Either, most, at));
            }
            Rule::Options(count) => {
                self.list(value, 1, count, at, |walk, item, at| walk.object(item, &OPTION, at, false));
            }
            Rule::Option => self.object(value, &OPTION, at, false),
            Rule::Choices(count) => {
                self.list(value, 1, count, at, |walk, item, at| walk.object(item, &CHOICE, at, false));
            }
            Rule::Choice => self.object(value, &CHOICE, at, false),
            Rule::Groups(count) => {
                self.list(value, 1, count, at, |walk, item, at| walk.object(item, &GROUP, at, false));
            }
            Rule::Element(kinds) => self.element(value, kinds, at),
            Rule::Elements(count, kinds) => {
                self.list(value, 1, count, at, |walk, item, at| walk.element(item, kinds, at));
            }
            Rule::Maybe(count, kinds) => {
                self.list(value, 0, count, at, |walk, item, at| walk.element(item, kinds, at));
            }
            Rule::Object(shape) => self.object(value, shape, at, false),
            Rule::Rows(rows, cells) => self.list(value, 1, rows, at, |walk, row, at| {
                walk.list(row, 1, cells, at, |walk, cell, at| walk.cell(cell, at));
            }),
        }
    }

    fn list(
        &mut self,
        value: &Value,
        least: usize,
        most: usize,
        at: &str,
        mut each: impl FnMut(&mut Self, &Value, &str),
    ) {
        let Some(items) = value.as_array() else { return self.wrong(at, "must be an array") };
        if items.len() < least {
            self.wrong(at, format!("no fewer than {least} items allowed"));
        }
        if items.len() > most {
            self.wrong(at, format!("no more than {most} items allowed"));
        }
        for (index, item) in items.iter().enumerate() {
            each(self, item, &format!("{at}/{index}"));
        }
    }

    fn element(&mut self, value: &Value, kinds: &[&str], at: &str) {
        let kind = kind_of(value);
        if !kinds.contains(&kind) {
            return self.wrong(&format!("{at}/type"), format!("unsupported type: {kind}"));
        }
        if matches!(kind, "mrkdwn" | "plain_text") {
            return self.text(value, Kinds::Either, 2_000, at);
        }
        let shape = elements::shape(kind).or_else(|| rich::shape(kind)).or_else(|| blocks::shape(kind));
        match shape {
            Some(shape) => self.object(value, shape, at, true),
            None => self.wrong(&format!("{at}/type"), format!("unsupported type: {kind}")),
        }
        self.lengths(value, kind, at);
    }

    /// What the numbers of a text input say about each other.
    fn lengths(&mut self, value: &Value, kind: &str, at: &str) {
        if kind != "plain_text_input" {
            return;
        }
        let number = |name: &str| value.get(name).and_then(Value::as_u64);
        if number("max_length").is_some_and(|most| most == 0 || most > 3_000) {
            self.wrong(&format!("{at}/max_length"), "must be from 1 to 3000");
        }
        if number("min_length").unwrap_or(0) > number("max_length").unwrap_or(3_000) {
            self.wrong(&format!("{at}/min_length"), "must not be more than max_length");
        }
        let initial =
            value.get("initial_value").and_then(Value::as_str).map_or(0, |text| text.chars().count());
        if number("max_length").is_some_and(|most| initial as u64 > most) {
            self.wrong(&format!("{at}/initial_value"), "must not be longer than max_length");
        }
    }

    fn cell(&mut self, value: &Value, at: &str) {
        match kind_of(value) {
            "raw_text" => self.string(&value["text"], 1, 2_000, &format!("{at}/text")),
            "raw_number" => {}
            _ => self.element(value, &["rich_text"], at),
        }
    }

    fn text(&mut self, value: &Value, kinds: Kinds, most: usize, at: &str) {
        let Some(object) = value.as_object() else { return self.wrong(at, "must be a text object") };
        let kind = kind_of(value);
        let known = kind == "plain_text" || (kind == "mrkdwn" && kinds == Kinds::Either);
        if !known {
            self.wrong(&format!("{at}/type"), format!("unsupported type: {kind}"));
        }
        self.only_text_properties(object, kind, at);
        self.string(object.get("text").unwrap_or(&Value::Null), 1, most, &format!("{at}/text"));
    }

    fn only_text_properties(&mut self, object: &Map<String, Value>, kind: &str, at: &str) {
        let extra = if kind == "plain_text" { "emoji" } else { "verbatim" };
        for name in object.keys().filter(|name| !["type", "text", extra].contains(&name.as_str())) {
            self.wrong(&format!("{at}/{name}"), format!("unknown property: {name}"));
        }
    }

    fn string(&mut self, value: &Value, least: usize, most: usize, at: &str) {
        let Some(text) = value.as_str() else { return self.wrong(at, "must be a string") };
        let length = text.chars().count();
        if at.ends_with("/text") {
            self.characters += length;
        }
        if length < least {
            self.wrong(at, "must be more than 0 characters");
        }
        if length > most {
            self.wrong(at, format!("must be less than {} characters", most + 1));
        }
    }

    fn id(&mut self, value: &Value, at: &str, insert: impl Fn(&mut Self, String) -> bool) {
        self.string(value, 1, 255, at);
        if let Some(id) = value.as_str()
            && !insert(self, id.to_owned())
        {
            self.wrong(at, format!("{id} is there already"));
        }
    }
}

/// The type of a block, an element or a text.
pub(super) fn kind_of(value: &Value) -> &str {
    value.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn is_number(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok())
}
