//! Draft templates and generated scripts.

use crate::script::ScriptTemplate;
use crate::session::Generation;
use crate::surface::{Action, Card, CardKind, CardState, Input, InputKind};

/// A draft that waits for a word; opened in the builder, its form comes first.
pub(in crate::copilot) fn draft(template: &ScriptTemplate, in_builder: bool) -> Card {
    let id = template.id;
    let preset = |input: Input, value: String| Input { value: Some(value), ..input };
    let parameters = serde_json::to_string_pretty(&template.parameters.0).unwrap_or_default();
    let save = Action::new(format!("template_save:{id}"), "Open the template builder")
        .input(preset(Input::new("title", "Title", InputKind::Text, 200), template.title.clone()))
        .input(preset(
            Input::new("body", "Script, with {{ name }} for each parameter", InputKind::Multiline, 20_000),
            template.body.clone(),
        ))
        .input(preset(
            Input::new("parameters", "Parameters (JSON Schema)", InputKind::Multiline, 20_000),
            parameters,
        ));
    let save = if in_builder { save.primary() } else { save };
    Card::new(
        CardKind::Notice,
        format!("Draft template: {}", template.title),
        "It is offered for later fixes with the same script once a team admin accepts it.",
    )
    .action(save)
    .action(Action::new(format!("template_accept:{id}"), "Accept"))
    .action(
        Action::new(format!("template_reject:{id}"), "Reject")
            .danger()
            .confirm("Reject this draft for good?"),
    )
}

pub(super) fn generated(generation: &Generation) -> Card {
    let card = Card::new(
        CardKind::Script,
        format!("Script generated: {}", generation.title),
        format!("{} generated it. Say when it was run.", generation.created_by_name),
    )
    .action(Action::new("ran", "I ran it").primary());
    match generation.applied_at {
        Some(at) => card.state(CardState::Decided {
            choice: "Run".to_owned(),
            by: generation.created_by_name.clone(),
            at,
        }),
        None => card,
    }
}
