//! Scripts: templates with a JSON Schema of parameters, and copies filled in for a session.
//!
//! A template's body is minijinja text in which `{{ name }}` becomes a quoted literal of the script's language, so
//! that a value can never become code. A parameter with `"sensitive": true` appears in the one answer to the
//! person who generates the script and nowhere else: what is stored is masked.

mod draft;
mod fill;
mod generate;
mod schema;
mod template;

pub use generate::{GenerateScript, Generated, generate, mark_applied};
pub use schema::check_schema;
pub(crate) use schema::{is_required, is_sensitive, properties};
pub use template::{
    NewTemplate, ScriptTemplate, TemplateStatus, create_template, decide_template, template, templates,
    update_template,
};
