//! One snapshot for each card. Whoever changes how a card looks sees it here first.

use flowpilot::store::CardId;
use flowpilot::surface::Card;
use flowpilot_slack::render::{self, Options};

use crate::{checked, samples};

pub(crate) fn id() -> CardId {
    "0190b2a6-7c00-7000-8000-000000000001".parse().unwrap()
}

fn assert_looks(name: &str, card: &Card) {
    let session = "https://flowpilot.example.com/sessions/42".parse().unwrap();
    let message = checked::message(&render::card(card, id(), &Options { session: Some(session) }));
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_json_snapshot!(name, message);
    });
}

macro_rules! cards {
    ($($name:ident)+) => {$(
        #[test]
        fn $name() {
            assert_looks(stringify!($name), &samples::$name());
        }
    )+};
}

cards! {
    session_active session_waiting session_escalated session_resolved session_without_ticket
    question_open question_answered question_taken_back question_left question_ended
    check_open check_with_a_value check_done
    instruction_open instruction_done
    fix_open fix_unsure fix_with_template fix_used fix_dismissed fix_superseded
    outcome_open outcome_pending outcome_worked
    note_open note_posted note_cancelled
    posting_under_way posting_done posting_failed
    escalation_offered escalation_posted escalation_taken escalation_resolved escalation_briefing
    script_generated script_run
    notice_no_flow notice_ready notice_draft
}
