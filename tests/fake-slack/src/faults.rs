//! What can go wrong with a call, on request.

use std::time::Duration;

/// What happens to a call of the Web API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429 with `Retry-After` in seconds; nothing is done.
    RateLimited(u64),
    /// This HTTP status; nothing is done.
    Status(u16),
    /// `ok: false` with this error; nothing is done.
    Error(&'static str),
    /// The connection is closed; nothing is done.
    DropBefore,
    /// It is done; then the connection is closed without an answer.
    DropAfter,
    /// It is done after this time, and answered then.
    Slow(Duration),
    /// It is done at once; the answer comes after this time.
    SlowAnswer(Duration),
}

/// A fault, which calls it meets, and how many.
#[derive(Clone, Debug)]
struct Planned {
    method: String,
    fault: Fault,
    times: usize,
}

/// The faults that wait for their calls.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Planned>);

impl Faults {
    /// The next calls of the method, so many, meet the fault. Every method is `*`.
    pub(crate) fn plan(&mut self, method: &str, fault: Fault, times: usize) {
        assert!(times > 0, "a fault that meets no call");
        self.0.push(Planned { method: method.to_owned(), fault, times });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that meets this call.
    pub(crate) fn take(&mut self, method: &str) -> Option<Fault> {
        let meets = |planned: &&mut Planned| planned.method == method || planned.method == "*";
        let planned = self.0.iter_mut().find(meets)?;
        planned.times -= 1;
        let fault = planned.fault.clone();
        self.0.retain(|planned| planned.times > 0);
        Some(fault)
    }
}
