//! Calls summed up per identity and operation, in bounded memory: names come from outside, and there may
//! be any number of them.

use std::collections::HashMap;

use cloudscope_ports::{CallRecord, CallResult};

use crate::message::CallTotal;

/// Rows that are kept; calls of further names are summed up in one row.
const ROWS: usize = 10_000;
/// Stands for every name beyond those.
const OTHERS: &str = "(others)";

#[derive(Default)]
pub(super) struct Totals {
    rows: HashMap<(String, String), CallTotal>,
}

impl Totals {
    pub(super) fn add(&mut self, call: &CallRecord) {
        let mut key = (call.identity.clone(), call.operation.as_str().to_owned());
        if self.rows.len() >= ROWS && !self.rows.contains_key(&key) {
            key = (OTHERS.to_owned(), OTHERS.to_owned());
        }
        let total = self.rows.entry(key).or_insert_with_key(|(identity, operation)| CallTotal {
            identity: identity.clone(),
            operation: operation.clone(),
            calls: 0,
            ok: 0,
            denied: 0,
            throttled: 0,
            failed: 0,
            millis: 0,
            last: call.at,
        });
        total.calls += 1;
        let sort = match call.result {
            CallResult::Ok => &mut total.ok,
            CallResult::Denied => &mut total.denied,
            CallResult::Throttled => &mut total.throttled,
            CallResult::Refused | CallResult::Failed(_) | CallResult::Abandoned => &mut total.failed,
        };
        *sort += 1;
        total.millis = total.millis.saturating_add(call.millis);
        // The clock may have been set back between two calls.
        total.last = total.last.max(call.at);
    }

    /// Most calls first.
    pub(super) fn into_rows(self) -> Vec<CallTotal> {
        let mut rows: Vec<CallTotal> = self.rows.into_values().collect();
        rows.sort_by(|a, b| {
            b.calls.cmp(&a.calls).then_with(|| (&a.identity, &a.operation).cmp(&(&b.identity, &b.operation)))
        });
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudscope_domain::{ScopeKey, Timestamp};
    use cloudscope_ports::Operation;

    fn call(identity: &str, operation: &str, result: CallResult, at: i64) -> CallRecord {
        CallRecord {
            at: Timestamp::from_seconds(at),
            identity: identity.into(),
            operation: Operation(operation.to_owned().into()),
            scope: ScopeKey::new("s", "l"),
            result,
            millis: 5,
        }
    }

    #[test]
    fn calls_are_counted_by_how_they_ended() {
        let mut totals = Totals::default();
        totals.add(&call("ann", "x:List", CallResult::Ok, 9));
        totals.add(&call("ann", "x:List", CallResult::Denied, 3));
        totals.add(&call("ann", "x:List", CallResult::Throttled, 4));
        totals.add(&call("ann", "x:List", CallResult::Refused, 4));
        totals.add(&call("ann", "x:List", CallResult::Abandoned, 4));
        totals.add(&call("bob", "x:List", CallResult::Ok, 4));
        totals.add(&call("ann", "x:Describe", CallResult::Failed("HTTP 500".into()), 4));
        let rows = totals.into_rows();
        let names: Vec<_> = rows.iter().map(|r| (r.identity.as_str(), r.operation.as_str())).collect();
        assert_eq!(names, [("ann", "x:List"), ("ann", "x:Describe"), ("bob", "x:List")]);
        let first = &rows[0];
        assert_eq!((first.calls, first.ok, first.denied, first.throttled, first.failed), (5, 1, 1, 1, 2));
        assert_eq!((first.millis, first.last), (25, Timestamp::from_seconds(9)));
        assert_eq!(rows[1].failed, 1);
    }

    #[test]
    fn any_number_of_names_takes_bounded_room_and_loses_no_call() {
        let mut totals = Totals::default();
        for n in 0..ROWS + 500 {
            totals.add(&call("ann", &format!("x:List{n}"), CallResult::Ok, 1));
        }
        let rows = totals.into_rows();
        assert_eq!(rows.len(), ROWS + 1);
        assert_eq!(rows.iter().map(|r| r.calls).sum::<u64>(), ROWS as u64 + 500);
        assert_eq!((rows[0].identity.as_str(), rows[0].calls), (OTHERS, 500));
    }
}
