//! What every `Gate` and `CallLedger` promise: nothing passes that is not on the list, and every call
//! leaves one line that says how it ended.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite fails by panicking")]

use cloudscope_domain::{ScopeKey, Timestamp};

use crate::{CallLedger, CallRecord, CallResult, FaultKind, Gate, Operation};

/// A gate to try, made so that it admits `test:List` and `test:Describe`, writes into `ledger`, and
/// can be cancelled by calling `cancel`.
pub struct Subject<'a> {
    /// The gate.
    pub gate: &'a dyn Gate,
    /// Where it writes.
    pub ledger: &'a dyn CallLedger,
    /// Cancels the run that the gate serves.
    pub cancel: &'a (dyn Fn() + Sync),
}

/// Admits what is listed, refuses what is not, writes each call down once.
pub async fn suite(subject: Subject<'_>) {
    let Subject { gate, ledger, cancel } = subject;
    let scope = ScopeKey::new("s", "l");
    let before = ledger.recent(usize::MAX).len();
    let newest = || ledger.recent(1).into_iter().next();

    for result in [CallResult::Ok, CallResult::Denied, CallResult::Failed("HTTP 500".into())] {
        let permit = gate.admit("someone", &Operation::new("test:List"), &scope).await.unwrap();
        permit.finish(result.clone());
        let line = newest().unwrap();
        assert_eq!(line.result, result, "the ledger says how the call ended");
        assert_eq!(
            (line.identity.as_str(), line.operation.as_str(), &line.scope),
            ("someone", "test:List", &scope),
            "the ledger says who called what, and for which scope"
        );
    }
    drop(gate.admit("someone", &Operation::new("test:Describe"), &scope).await.unwrap());
    assert_eq!(newest().unwrap().result, CallResult::Abandoned, "a permit that is dropped is abandoned");

    for name in ["test:Delete", "test:list", "test:Lis", "test:ListSecrets", "", "*", "test:*"] {
        let operation = Operation(name.to_owned().into());
        match gate.admit("someone", &operation, &scope).await {
            Err(fault) => assert_eq!(fault.kind, FaultKind::Refused, "`{name}` is refused"),
            Ok(_) => panic!("`{name}` is not on the list and was admitted"),
        }
        let line = newest().unwrap();
        assert_eq!((line.operation, line.result), (operation, CallResult::Refused), "a refusal is written");
    }
    assert_eq!(ledger.recent(usize::MAX).len() - before, 4 + 7, "one line a call");

    cancel();
    match gate.admit("someone", &Operation::new("test:List"), &scope).await {
        Err(fault) => assert_eq!(fault.kind, FaultKind::Cancelled, "a cancelled run makes no call"),
        Ok(_) => panic!("a call was admitted after the run was cancelled"),
    }
}

/// A ledger hands out what was appended, newest first, hostile text included.
pub fn ledger(ledger: &dyn CallLedger) {
    let call = |n: u64| CallRecord {
        at: Timestamp::from_millis(1_795_248_000_000 + i64::try_from(n).unwrap()),
        identity: format!("identity-{n}\n\u{1b}[2J"),
        operation: Operation(format!("test:Call{n}").into()),
        scope: ScopeKey::new("s", "l").parent("a\tb\"c"),
        result: CallResult::Failed("line one\nline two".into()),
        millis: n,
    };
    assert_eq!(ledger.trouble(), None, "a new ledger has no trouble");
    let before = ledger.recent(usize::MAX);
    for n in 0..20 {
        ledger.append(&call(n));
    }
    let newest: Vec<_> = (15..20).rev().map(call).collect();
    assert_eq!(ledger.recent(5), newest, "the newest calls come first");
    assert_eq!(ledger.recent(0), [], "no calls when none is asked for");
    let all = ledger.recent(usize::MAX);
    assert_eq!(all.len(), before.len() + 20, "every call is kept");
    assert_eq!(all[20..], before, "older calls stay");
    let scanned = |since, most: usize| {
        let mut seen = Vec::new();
        ledger.scan(since, &mut |c: &CallRecord| {
            seen.push(c.clone());
            seen.len() < most
        });
        seen
    };
    let mut oldest_first = all;
    oldest_first.reverse();
    assert_eq!(scanned(None, usize::MAX), oldest_first, "a scan sees every call, oldest first");
    let since = call(15).at;
    let later: Vec<_> = oldest_first.iter().filter(|c| c.at >= since).cloned().collect();
    assert_eq!(scanned(Some(since), usize::MAX), later, "a scan leaves out what was before");
    assert_eq!(scanned(None, 3)[..], oldest_first[..3], "a scan stops when it is told to");
    assert_eq!(ledger.trouble(), None);
}
