//! The cards that the copilot draws, one for each kind and state.

use flowpilot::Timestamp;
use flowpilot::surface::{Action, Card, CardKind, CardState, Choice, Input, InputKind, Tone};

/// 2026-11-23 10:42 UTC.
const AT: Timestamp = Timestamp(1_795_430_520_000);

fn decided(choice: &str, by: &str) -> CardState {
    CardState::Decided { choice: choice.into(), by: by.into(), at: AT }
}

fn superseded(by: Option<&str>) -> CardState {
    CardState::Superseded { by: by.map(Into::into) }
}

fn reason(label: &str) -> Input {
    Input::new("reason", label, InputKind::Text, 500).optional()
}

fn fact() -> Action {
    Action::new("fact", "Add a fact").input(Input::new(
        "text",
        "What did you confirm?",
        InputKind::Multiline,
        2_000,
    ))
}

fn check() -> Action {
    Action::new("check", "Add a check")
        .input(Input::new("text", "What to check", InputKind::Text, 2_000))
        .input(Input::new("result", "Result, if you have it", InputKind::Multiline, 2_000).optional())
}

fn flow() -> Action {
    Action::new("flow", "Use a flow").input(Input::new("flow", "Flow, by name", InputKind::Text, 100))
}

fn suggest() -> Action {
    Action::new("fix", "Suggest a fix")
        .input(Input::new("title", "What to do", InputKind::Text, 200))
        .input(Input::new("root_cause", "What is the cause?", InputKind::Text, 2_000).optional())
        .input(Input::new("steps", "Steps, one a line", InputKind::Multiline, 4_000).optional())
}

fn escalate() -> Action {
    let choice = |(value, label): (&str, &str)| Choice { value: value.into(), label: label.into() };
    let urgencies = [("low", "Low"), ("normal", "Normal"), ("high", "High"), ("critical", "Critical")];
    let urgency = Input {
        value: Some("normal".into()),
        options: urgencies.map(choice).into(),
        ..Input::new("urgency", "How urgent is it?", InputKind::Choice, 20)
    };
    let place = Input {
        value: Some("C0ESCALATIONS".into()),
        ..Input::new("place", "Tell the team in", InputKind::Channel, 100).optional()
    };
    let why = "Why? What does the next person need to know?";
    Action::new("escalate", "Escalate").input(place).input(urgency).input(Input::new(
        "reason",
        why,
        InputKind::Multiline,
        1_500,
    ))
}

fn head(status: &str, tone: Tone) -> Card {
    Card::new(
        CardKind::Session,
        "Printer in accounting is offline",
        "> The printer on the second floor shows as offline for everybody in accounting since this morning.\n\n\
         Flow: **Printer offline**, because it matches *printer* and *offline*.",
    )
    .field("Ticket", "#4711 Printer in accounting is offline")
    .field("Company", "Contoso Ltd.")
    .field("Contact", "Grace Hopper")
    .field("Priority", "Priority 2 - High")
    .field("Engineer", "Ada Lovelace")
    .field("Facts", "3")
    .badge(status, tone)
}

pub(crate) fn session_active() -> Card {
    head("Active", Tone::Neutral)
        .field("Active fix", "Restart the print spooler on PRINT01")
        .action(Action::new("resolve", "Resolve"))
        .action(fact())
        .action(check())
        .action(suggest())
        .action(Action::new("flow:network-slow", "Switch to: Network is slow"))
        .action(Action::new("flow:dns", "Switch to: Names do not resolve"))
        .action(flow())
        .action(escalate())
        .action(Action::new("pause", "Pause"))
        .action(Action::new("waiting", "Waiting").input(Input::new(
            "reason",
            "For what?",
            InputKind::Text,
            500,
        )))
        .action(
            Action::new("abandon", "Abandon")
                .danger()
                .confirm("End this session without a result? It can be resumed.")
                .input(reason("Why?")),
        )
}

pub(crate) fn session_waiting() -> Card {
    head("Waiting: for the vendor to call back", Tone::Warn)
        .action(Action::new("resume", "Resume").primary())
        .action(Action::new("resolve", "Resolve"))
        .action(fact())
}

pub(crate) fn session_escalated() -> Card {
    head("Escalated", Tone::Bad)
        .action(Action::new("resume", "Resume").primary())
        .action(Action::new("resolve", "Resolve"))
}

pub(crate) fn session_resolved() -> Card {
    head("Resolved", Tone::Good)
        .action(Action::new("keep_script", "Keep the script as a draft template"))
        .action(Action::new("resume", "Resume"))
}

pub(crate) fn session_without_ticket() -> Card {
    Card::new(CardKind::Session, "VPN drops every few minutes", "")
        .field("Engineer", "Ada Lovelace")
        .field("Facts", "0")
        .badge("Active", Tone::Neutral)
        .action(Action::new("resolve", "Resolve"))
        .action(fact())
}

pub(crate) fn question_open() -> Card {
    Card::new(CardKind::Question, "Printer offline", "Can anybody else print to it?")
        .action(Action::new("answer:0", "Yes, others can print"))
        .action(Action::new("answer:1", "No, nobody can"))
        .action(Action::new("answer:2", "Nobody else uses it"))
        .action(Action::new("answer:3", "I do not know"))
        .action(Action::new("answer:4", "It is a different printer"))
        .action(Action::new("back", "Back"))
}

pub(crate) fn question_answered() -> Card {
    question_open().state(decided("No, nobody can", "Ada Lovelace"))
}

pub(crate) fn question_taken_back() -> Card {
    question_open().state(superseded(Some("taken back")))
}

pub(crate) fn question_left() -> Card {
    question_open().state(superseded(None))
}

pub(crate) fn question_ended() -> Card {
    question_open().state(superseded(Some("the session's end")))
}

pub(crate) fn check_open() -> Card {
    Card::new(
        CardKind::Check,
        "Printer offline: check",
        "Look at the spooler on the print server.\n\n```\nGet-Service -ComputerName 'PRINT01' Spooler\n```",
    )
    .action(Action::new("answer:0", "Running"))
    .action(Action::new("answer:1", "Stopped"))
    .action(Action::new("back", "Back"))
}

pub(crate) fn check_with_a_value() -> Card {
    Card::new(CardKind::Check, "Printer offline: check", "Read the printer's address from its own display.")
        .action(Action::new("value", "Enter: Address of the printer").primary().input(Input::new(
            "value",
            "Address of the printer",
            InputKind::Text,
            500,
        )))
        .action(Action::new("back", "Back"))
}

pub(crate) fn check_done() -> Card {
    check_open().state(decided("Stopped", "Ada Lovelace"))
}

pub(crate) fn instruction_open() -> Card {
    Card::new(
        CardKind::Instruction,
        "Printer offline: to do",
        "Clear the queue first:\n\n1. Open **Print Management**.\n2. Stop the queue `\\\\PRINT01\\ACC-2F`:\n   - \
         note who waits in it\n   - cancel every job\n3. Start it again.\n\nSee <https://learn.microsoft.com/print>.",
    )
    .action(Action::new("done", "Done").primary())
    .action(Action::new("back", "Back"))
}

pub(crate) fn instruction_done() -> Card {
    instruction_open().state(decided("Done", "Ada Lovelace"))
}

pub(crate) fn fix_open() -> Card {
    Card::new(
        CardKind::Fix,
        "Restart the print spooler on PRINT01",
        "The spooler has stopped, and nobody can print through this server.\n\n1. Connect to PRINT01.\n2. Start the \
         service **Print Spooler**.\n3. Print a test page from accounting.\n\n```powershell\nRestart-Service -Name \
         Spooler -Force\nGet-Service Spooler\n```",
    )
    .badge("86 % confident", Tone::Good)
    .field("Why this confidence", "it worked 12 of 14 times")
    .action(Action::new("one_off", "Use this fix").primary())
    .action(Action::new("draft_template", "Use and keep a draft template"))
    .action(Action::new("build_template", "Use and build a template"))
    .action(dismiss())
}

fn dismiss() -> Action {
    let why = Input::new("reason", "Why not?", InputKind::Text, 1_000).optional();
    Action::new("dismissed", "Dismiss").input(why)
}

pub(crate) fn fix_unsure() -> Card {
    Card::new(CardKind::Fix, "Replace the network cable", "The link light is off.")
        .badge("35 % confident", Tone::Bad)
        .field("Why this confidence", "nobody has tried it yet")
        .action(Action::new("one_off", "Use this fix").primary())
        .action(dismiss())
}

pub(crate) fn fix_with_template() -> Card {
    let choice = |value: &str| Choice { value: value.into(), label: value.into() };
    let input = |name: &str, label: &str, kind| Input::new(name, label, kind, 500);
    let form = Action::new("script", "Fill in: Restart a Windows service")
        .primary()
        .input(Input { value: Some("PRINT01".into()), ..input("host", "Computer", InputKind::Text) })
        .input(Input {
            options: vec![choice("Spooler"), choice("LPDSVC")],
            value: Some("Spooler".into()),
            ..input("service", "Service", InputKind::Choice)
        })
        .input(Input { value: Some("30".into()), ..input("timeout", "Seconds to wait", InputKind::Number) })
        .input(Input {
            value: Some("true".into()),
            ..input("force", "Also restart dependents", InputKind::Boolean)
        })
        .input(input("password", "Password of the service account", InputKind::Secret));
    Card { actions: vec![form, Action::new("one_off", "Use this fix"), dismiss()], ..fix_open() }
}

pub(crate) fn fix_used() -> Card {
    fix_open().state(decided("Run one-off", "Ada Lovelace"))
}

pub(crate) fn fix_dismissed() -> Card {
    fix_open().state(decided("Dismissed: the server is being replaced tonight anyway", "Ada Lovelace"))
}

pub(crate) fn fix_superseded() -> Card {
    fix_open().state(superseded(Some("Reinstall the driver")))
}

pub(crate) fn outcome_open() -> Card {
    Card::new(
        CardKind::Outcome,
        "How did it go?",
        "Once it is done, say how it went: Restart the print spooler on PRINT01",
    )
    .action(Action::new("worked", "It worked").primary())
    .action(Action::new("partly", "Partly").input(reason("What is left?")))
    .action(Action::new("failed", "It failed").input(reason("What happened?")))
    .action(Action::new("pending", "Pending").input(Input::new(
        "reason",
        "What does it wait for?",
        InputKind::Text,
        1_000,
    )))
}

pub(crate) fn outcome_pending() -> Card {
    outcome_open()
        .badge("Pending", Tone::Warn)
        .field("Waiting for", "the maintenance window tonight (says Ada Lovelace)")
}

pub(crate) fn outcome_worked() -> Card {
    outcome_open().state(decided("Worked", "Ada Lovelace"))
}

pub(crate) fn note_open() -> Card {
    Card::new(
        CardKind::Note,
        "Resolution note, as it will be posted",
        "**Problem**\nPrinter in accounting is offline since this morning.\n\n**What we confirmed**\n- Nobody can print \
         through PRINT01.\n- The service `Spooler` was stopped.\n\n**Root cause**\nThe print spooler had \
         stopped.\n\n**Resolution**\nRestarted the print spooler on PRINT01. It worked.",
    )
    .field("Goes to", "the resolution of ticket #4711; nobody is e-mailed")
    .field("Version", "12")
    .action(Action::new("post", "Post to ticket").primary().confirm("Post this note to ticket #4711?"))
    .action(Action::new("cancel", "Not yet"))
}

pub(crate) fn note_posted() -> Card {
    Card { title: "Resolution note".into(), ..note_open() }.state(decided("Post to ticket", "Ada Lovelace"))
}

pub(crate) fn note_cancelled() -> Card {
    Card { body: String::new(), ..note_open() }.state(decided("Closed without posting", "Ada Lovelace"))
}

pub(crate) fn posting_under_way() -> Card {
    Card::new(CardKind::Posting, "Resolution note is on its way to ticket #4711", "")
        .badge("Posting…", Tone::Neutral)
}

pub(crate) fn posting_done() -> Card {
    Card::new(CardKind::Posting, "Resolution note is in ticket #4711", "")
        .badge("Posted", Tone::Good)
        .state(decided("Posted to ticket #4711 as note 90210", "Ada Lovelace"))
}

pub(crate) fn posting_failed() -> Card {
    Card::new(
        CardKind::Posting,
        "Resolution note was not posted to ticket #4711",
        "ConnectWise: 403 \\<no access to service tickets\\>",
    )
    .badge("Failed", Tone::Bad)
    .action(Action::new("retry", "Try again").primary())
}

pub(crate) fn escalation_offered() -> Card {
    Card::new(
        CardKind::Escalation,
        "Time to escalate",
        "The server answers, but its disk is failing.\n\n- Order a replacement disk\n- Tell the customer about the outage",
    )
    .action(escalate().primary())
    .action(fact())
    .action(suggest())
}

pub(crate) fn escalation_posted() -> Card {
    Card::new(
        CardKind::Escalation,
        "Printer in accounting is offline",
        "> The print server's disk is failing, and month-end closing is tonight.\n\n\
         [Open the session's thread](https://slack.com/app_redirect?team=T1&channel=C1&message_ts=1.2)",
    )
    .badge("Escalated, urgency: critical", Tone::Bad)
    .field("Ticket", "#4711 Printer in accounting is offline")
    .field("Company", "Contoso Ltd.")
    .field("Escalated by", "Ada Lovelace")
    .action(Action::new("take", "Take it").primary())
}

pub(crate) fn escalation_taken() -> Card {
    escalation_posted().state(decided("Taken", "Bob Byte"))
}

pub(crate) fn escalation_resolved() -> Card {
    escalation_posted().field("Taken by", "Bob Byte").state(decided("Resolved", "Bob Byte"))
}

pub(crate) fn escalation_briefing() -> Card {
    Card::new(
        CardKind::Note,
        "Escalation package",
        "**Problem**\nPrinter in accounting is offline since this morning.\n\n**What we've confirmed**\n- Nobody can \
         print through PRINT01.\n\n**What we've tried**\n- Restart the print spooler: it did not help.\n\n\
         **Current hypothesis**\nThe disk is failing.\n\n**Suggested next steps**\n- Order a replacement disk.",
    )
}

pub(crate) fn script_generated() -> Card {
    Card::new(
        CardKind::Script,
        "Script generated: Restart a Windows service",
        "Ada Lovelace generated it. Say when it was run.",
    )
    .action(Action::new("ran", "I ran it").primary())
}

pub(crate) fn script_run() -> Card {
    script_generated().state(decided("Run", "Ada Lovelace"))
}

pub(crate) fn notice_no_flow() -> Card {
    Card::new(
        CardKind::Notice,
        "No flow fits this problem",
        "I found no flow in the library that fits, so I will not guess. Describe the problem in other words, pick a \
         flow yourself (`/flow` lists them), or work it freely: record what you confirm, note your checks, suggest a \
         fix. The note writes itself from that.",
    )
    .action(fact().primary())
    .action(flow())
    .action(check())
    .action(suggest())
    .action(escalate())
}

pub(crate) fn notice_ready() -> Card {
    Card::new(CardKind::Notice, "Ready to resolve", "Resolve shows the note before anything is posted.")
        .action(Action::new("resolve", "Resolve").primary())
        .action(Action::new("leave", "Not yet"))
}

pub(crate) fn notice_draft() -> Card {
    let preset = |name: &str, label: &str, kind, longest, value: &str| Input {
        value: Some(value.into()),
        ..Input::new(name, label, kind, longest)
    };
    let save = Action::new("template_save:0190b2a6-0000-7000-8000-000000000001", "Open the template builder")
        .primary()
        .input(preset("title", "Title", InputKind::Text, 200, "Restart the print spooler"))
        .input(preset(
            "body",
            "Script, with {{ name }} for each parameter",
            InputKind::Multiline,
            20_000,
            "Restart-Service -Name {{ service }} -Force",
        ))
        .input(preset("parameters", "Parameters (JSON Schema)", InputKind::Multiline, 20_000, "{}"));
    Card::new(
        CardKind::Notice,
        "Draft template: Restart the print spooler",
        "It is offered for later fixes with the same script once a team admin accepts it.",
    )
    .action(save)
    .action(Action::new("template_accept:0190b2a6-0000-7000-8000-000000000001", "Accept"))
    .action(
        Action::new("template_reject:0190b2a6-0000-7000-8000-000000000001", "Reject")
            .danger()
            .confirm("Reject this draft for good?"),
    )
}
