//! Filling recorded values into a flow's texts: `{{ name }}`, in minijinja's syntax.
//!
//! What always holds: a text always comes out. A value that is not known yet shows as `‹name›`, values are never
//! read as templates themselves, in a command they never become code, and the work one text can cause is bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, Value};

use super::quote::{END, START, Text, place_values};
use crate::fix::ScriptLanguage;

/// What one text may cost to fill in: far more than a text of 20,000 characters with its values needs.
const FUEL: u64 = 20_000;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(|out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value| {
        out.write_char(START)?;
        minijinja::escape_formatter(out, state, value)?;
        Ok(out.write_char(END)?)
    });
    environment.set_fuel(Some(FUEL));
    // Every name gets a value, so what is left undefined is a mistake: an attribute of a text, for one.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        environment.set_syntax(syntax);
    }
    environment
});

/// Why a text is not a usable template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct TemplateError(String);

impl From<minijinja::Error> for TemplateError {
    fn from(error: minijinja::Error) -> Self {
        Self(error.detail().map_or_else(|| error.kind().to_string(), str::to_owned))
    }
}

/// The text with the values filled in and `‹name›` for each value that is not known. Between backticks they are
/// escaped as in a command.
///
/// A text that is no valid template comes back as it is; the validator refuses such texts in flows.
#[must_use]
pub fn render(text: &str, variables: &BTreeMap<String, String>) -> String {
    try_render(text, Text::Prose, variables).unwrap_or_else(|_| text.to_owned())
}

/// Like [`render`], for a command or a script: values are escaped for the quotes that they stand in.
#[must_use]
pub fn render_command(text: &str, language: ScriptLanguage, variables: &BTreeMap<String, String>) -> String {
    try_render(text, Text::Command(language), variables).unwrap_or_else(|_| text.to_owned())
}

/// The names that a text takes values from.
///
/// # Errors
/// [`TemplateError`] for a text that is no valid template, or that fails or costs too much when it is filled in.
pub(super) fn variables_of(text: &str) -> Result<BTreeSet<String>, TemplateError> {
    if !is_template(text) {
        return Ok(BTreeSet::new());
    }
    try_render(text, Text::Prose, &BTreeMap::new())?;
    Ok(ENVIRONMENT.template_from_str(text)?.undeclared_variables(false).into_iter().collect())
}

fn try_render(text: &str, kind: Text, variables: &BTreeMap<String, String>) -> Result<String, TemplateError> {
    if !is_template(text) {
        return Ok(text.to_owned());
    }
    let template = ENVIRONMENT.template_from_str(text)?;
    let mut values: BTreeMap<String, String> = template
        .undeclared_variables(false)
        .into_iter()
        .map(|name| (name.clone(), format!("‹{name}›")))
        .collect();
    for (name, value) in &mut values {
        if let Some(known) = variables.get(name) {
            *value = known.replace([START, END], "");
        }
    }
    Ok(place_values(&template.render(values)?, kind))
}

/// Most texts take no values, and need no template engine.
fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_recorded_value_stands_in_the_text() {
        assert_eq!(render("Ping {{ host }}.", &values(&[("host", "dc01")])), "Ping dc01.");
    }

    #[test]
    fn a_value_that_is_not_known_shows_as_its_name() {
        assert_eq!(render("Ping {{ host }}.", &values(&[])), "Ping ‹host›.");
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        assert_eq!(render("{{ a }}", &values(&[("a", "{{ b }}"), ("b", "no")])), "{{ b }}");
    }

    #[test]
    fn a_value_is_not_escaped() {
        assert_eq!(render("{{ a }}", &values(&[("a", "R&D <it>")])), "R&D <it>");
    }

    #[test]
    fn a_value_in_a_command_never_becomes_code() {
        let command = |text: &str, value: &str| {
            render_command(text, ScriptLanguage::Powershell, &values(&[("v", value)]))
        };
        let single = "New-Entry -Entries '{{ v }}'";
        assert_eq!(command(single, "a'|&{calc}#@x"), "New-Entry -Entries 'a''|&{calc}#@x'");
        assert_eq!(command(single, "o\u{2019}brien"), "New-Entry -Entries 'o\u{2019}\u{2019}brien'");
        assert_eq!(command("'(upn={{ v }})'", "*)(cn=o'x"), "'(upn=\\2a\\29\\28cn=o''x)'");
        assert_eq!(command("ping {{ v }}", "10.0.0.1"), "ping 10.0.0.1");
        assert_eq!(command("ping {{ v }}", "x; calc"), "ping ‹fill in by hand›");
        assert_eq!(
            command("explorer.exe \"{{ v }}\"", "\\\\fs\\hidden$"),
            "explorer.exe \"\\\\fs\\hidden$\""
        );
        assert_eq!(command("echo \"{{ v }}\"", "$(calc)"), "echo \"‹fill in by hand›\"");
        assert_eq!(command("# it's\nGet '{{ v }}' \"{{ v }}\"", "a'b"), "# it's\nGet 'a''b' \"a'b\"");
        let bash = render_command("id '{{ v }}'", ScriptLanguage::Bash, &values(&[("v", "a'; rm")]));
        assert_eq!(bash, r"id 'a'\''; rm'");
    }

    #[test]
    fn a_command_within_words_is_a_command() {
        let known = values(&[("v", "o'brien & co")]);
        assert_eq!(
            render("Ask {{ v }}: `quser '{{ v }}'`.", &known),
            "Ask o'brien & co: `quser 'o''brien & co'`."
        );
        assert_eq!(render("It's {{ v }}.", &known), "It's o'brien & co.");
    }

    #[test]
    fn filters_of_the_language_work() {
        assert_eq!(render("{{ a | upper }}", &values(&[("a", "dc01")])), "DC01");
    }

    #[test]
    fn a_text_that_is_no_template_stays_as_it_is() {
        assert_eq!(render("100 % {done}\n", &values(&[])), "100 % {done}\n");
        assert_eq!(render("open {{ brace", &values(&[])), "open {{ brace");
    }

    #[test]
    fn a_script_keeps_its_last_line_end() {
        assert_eq!(render("ping {{ a }}\n", &values(&[("a", "x")])), "ping x\n");
    }

    #[test]
    fn the_names_a_text_uses_are_found() {
        let names: Vec<String> =
            variables_of("{{ host }} and {{ user | upper }}").unwrap().into_iter().collect();
        assert_eq!(names, ["host", "user"]);
    }

    #[test]
    fn a_broken_template_says_why() {
        assert!(
            variables_of("{{ host").unwrap_err().to_string().contains("end of"),
            "{:?}",
            variables_of("{{ host")
        );
    }

    #[test]
    fn a_part_of_a_value_is_refused() {
        assert!(variables_of("{{ user.name }}").is_err());
    }

    #[test]
    fn a_text_that_would_never_end_is_refused() {
        assert!(
            variables_of("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}")
                .is_err()
        );
    }
}
