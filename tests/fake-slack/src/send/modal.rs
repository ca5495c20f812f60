//! Submitting and closing modals, and what the app answers to it.

use serde_json::Value;

use super::fields;
use crate::FakeSlack;
use crate::api::new_view;
use crate::check::{Problem, check_view};
use crate::journal::Answer;
use crate::world::{Invalid, View, World};

impl FakeSlack {
    /// Somebody fills their open modal, inputs named by `block_id` or label, and submits it. What the app answers
    /// happens: the modal closes, shows errors, becomes another, or gets one on top.
    pub async fn submit_view(&self, user: &str, filled: &[(&str, &str)]) -> Answer {
        let view = self.open_view(user).unwrap_or_else(|| panic!("{user} has no modal open"));
        let payload = self.shared.with(|world| {
            let mut payload = world.interaction("view_submission", user, &view.team, Some(&view.id));
            payload["view"] = world.view_json(&view);
            payload["view"]["state"] = fields::state(&view.body, filled);
            payload["response_urls"] = Value::Array(Vec::new());
            payload
        });
        let answer = self.interact(&payload).await;
        if answer.acked() {
            self.shared.with(|world| world.submitted(&view, &answer.json()));
        }
        answer
    }

    /// Somebody closes their open modal. The app is told if it asked for it.
    pub async fn close_view(&self, user: &str) -> Option<Answer> {
        let view = self.open_view(user).unwrap_or_else(|| panic!("{user} has no modal open"));
        let payload = self.shared.with(|world| {
            world.close(&view);
            let mut payload = world.interaction("view_closed", user, &view.team, None);
            payload["view"] = world.view_json(&view);
            payload["is_cleared"] = false.into();
            payload
        });
        if view.body["notify_on_close"] == true { Some(self.interact(&payload).await) } else { None }
    }
}

impl World {
    fn close(&mut self, view: &View) {
        let stack = self.modals.entry(view.user.clone()).or_default();
        stack.retain(|open| open.id != view.id);
        if stack.is_empty() {
            self.modals.remove(&view.user);
        }
    }

    /// Does what the app answered to a submission.
    fn submitted(&mut self, view: &View, answer: &Value) {
        match answer["response_action"].as_str() {
            None => self.close(view),
            Some("clear") => {
                self.modals.remove(&view.user);
            }
            Some("errors") => self.show_errors(view, answer),
            Some("update") => {
                if let Some(body) = self.answered_view(answer) {
                    let hash = self.id("hash.");
                    if let Some(open) = self.view(&view.id) {
                        open.body = body;
                        open.hash = hash;
                        open.updates += 1;
                        open.errors.clear();
                    }
                }
            }
            Some("push") => {
                if let Some(body) = self.answered_view(answer) {
                    let new = new_view(self, &view.user, &view.team, body, Some(view));
                    self.modals.entry(view.user.clone()).or_default().push(new);
                }
            }
            Some(other) => self.wrong(answer, &format!("unknown response_action: {other}")),
        }
    }

    /// The view of an answer, if Slack takes it.
    fn answered_view(&mut self, answer: &Value) -> Option<Value> {
        let problems = check_view(&answer["view"]);
        if problems.is_empty() {
            return Some(answer["view"].clone());
        }
        let method = "answer to view_submission".to_owned();
        self.invalid.push(Invalid { method, problems, payload: answer.clone() });
        None
    }

    fn show_errors(&mut self, view: &View, answer: &Value) {
        let errors = answer["errors"].as_object().cloned().unwrap_or_default();
        let inputs = view.inputs();
        if errors.is_empty() || errors.keys().any(|block| !inputs.contains(block)) {
            self.wrong(answer, &format!("errors must be about the inputs {inputs:?}"));
        }
        let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
        if let Some(open) = self.view(&view.id) {
            open.errors = errors.into_iter().map(|(block, value)| (block, text(value))).collect();
        }
    }

    fn wrong(&mut self, answer: &Value, message: &str) {
        let problem = Problem {
            error: "invalid_arguments",
            pointer: "/response_action".to_owned(),
            message: message.to_owned(),
        };
        let method = "answer to view_submission".to_owned();
        self.invalid.push(Invalid { method, problems: vec![problem], payload: answer.clone() });
    }
}
