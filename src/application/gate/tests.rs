//! The whole gate, in paused time: what it lets through, when, and what it says while something waits.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cloudscope_domain::{ScopeKey, Timestamp};
use cloudscope_memory::{ManualClock, MemoryLedger, NOW};
use cloudscope_ports::{CallLedger, CallResult, Fault, FaultKind, Gate, Operation, call, contract};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{CallGate, Meter, ScopedGate};
use crate::{
    limits::{GateLimits, Limits},
    message::CircuitState,
    pulse::Pulse,
};

const LIST: Operation = Operation::new("ec2:DescribeInstances");
const READ: Operation = Operation::new("file:Read");

struct Bench {
    gate: Arc<CallGate>,
    ledger: Arc<MemoryLedger>,
    cancel: CancellationToken,
    meter: Arc<Meter>,
    waits: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    fn new(limits: Limits) -> Self {
        let ledger = Arc::new(MemoryLedger::new());
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
        let allowed = [(LIST, "test"), (READ, "file")].map(|(o, p)| (o, p.to_owned()));
        let gate = Arc::new(CallGate::new(allowed, ledger.clone(), clock, &limits));
        let waits: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&waits);
        let meter = Meter::new(Box::new(move |_, wait| {
            if let Some(Some(what)) = wait {
                heard.lock().unwrap().push(what.to_owned());
            }
        }));
        Self { gate, ledger, cancel: CancellationToken::new(), meter, waits }
    }

    fn scoped(&self) -> Arc<ScopedGate> {
        self.gate.scoped(self.cancel.clone(), Arc::clone(&self.meter), Pulse::new())
    }

    fn heard(&self, what: &str) -> bool {
        self.waits.lock().unwrap().iter().any(|w| w.contains(what))
    }

    fn calls(&self) -> usize {
        self.ledger.recent(usize::MAX).len()
    }
}

fn gate_limits(change: impl FnOnce(&mut GateLimits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits.gate);
    limits
}

/// Lets the paused time go on, and everybody do what they do meanwhile.
async fn pass(time: Duration) {
    let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
}

fn scope() -> ScopeKey {
    ScopeKey::new("s", "instances").account("1").region("eu-west-1")
}

fn throttled(after: Option<Duration>) -> Fault {
    Fault::new(FaultKind::Throttled { after }, LIST.as_str(), "rate exceeded")
}

/// A call that ends so each time; how it ended, and how often it was sent.
async fn ends(gate: &ScopedGate, fault: impl Fn(u32) -> Option<Fault>) -> (Result<(), Fault>, u32) {
    let mut sent = 0;
    let result = call(gate, "ann", &LIST, &scope(), |_| {
        sent += 1;
        std::future::ready(fault(sent).map_or(Ok(()), Err))
    })
    .await;
    (result, sent)
}

#[tokio::test]
async fn it_keeps_the_contract_of_a_gate() {
    let ledger = Arc::new(MemoryLedger::new());
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
    let cancel = CancellationToken::new();
    let allowed = ["test:List", "test:Describe"].map(|o| (Operation::new(o), "test".to_owned()));
    let gate = Arc::new(CallGate::new(allowed, ledger.clone(), clock, &Limits::default()));
    let scoped = gate.scoped(cancel.clone(), Meter::unseen(), Pulse::new());
    contract::gate::suite(contract::gate::Subject {
        gate: &*scoped,
        ledger: &*ledger,
        cancel: &|| cancel.cancel(),
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_is_tried_again_after_growing_waits() {
    let bench = Bench::new(Limits::default());
    let begun = Instant::now();
    let (result, sent) = ends(&bench.scoped(), |n| (n < 4).then(|| throttled(None))).await;
    assert_eq!((result, sent), (Ok(()), 4));
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(250 + 500 + 1000), "{took:?}");
    let tally = bench.meter.tally();
    assert_eq!((tally.calls, tally.retries, tally.throttles), (4, 3, 3));
    assert!(bench.heard("try 2 of 8"), "{:?}", bench.waits);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_and_a_long_one_ends_the_try() {
    let bench = Bench::new(Limits::default());
    let begun = Instant::now();
    let after = Some(Duration::from_secs(20));
    let (result, sent) = ends(&bench.scoped(), |n| (n < 2).then(|| throttled(after))).await;
    assert_eq!((result, sent), (Ok(()), 2));
    assert!(begun.elapsed() >= Duration::from_secs(20));

    let hour = Some(Duration::from_secs(3600));
    let begun = Instant::now();
    let (result, sent) = ends(&bench.scoped(), |_| Some(throttled(hour))).await;
    assert_eq!((result.unwrap_err().kind, sent), (FaultKind::Throttled { after: hour }, 1));
    // The next call to the same endpoint is not even sent, and says why.
    let (result, sent) = ends(&bench.scoped(), |_| None).await;
    let fault = result.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Throttled { after: Some(_) }), "{fault:?}");
    assert!(fault.message.contains("wait 60 min"), "{fault}");
    assert_eq!(sent, 0);
    assert!(begun.elapsed() < Duration::from_secs(5), "nobody waited for it");
    assert!(bench.meter.is_shut() && !bench.scoped().attempt_again("test", &scope()));
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_is_never_tried_again() {
    let bench = Bench::new(Limits::default());
    let kinds = [
        FaultKind::Denied,
        FaultKind::Unauthenticated,
        FaultKind::Malformed,
        FaultKind::NotFound,
        FaultKind::Disabled,
        FaultKind::TooLarge,
        FaultKind::Internal,
    ];
    for kind in kinds {
        let (result, sent) = ends(&bench.scoped(), |_| Some(Fault::new(kind, "x", "no"))).await;
        assert_eq!((result.unwrap_err().kind, sent), (kind, 1));
    }
    assert_eq!(bench.meter.tally().retries, 0);
}

#[tokio::test(start_paused = true)]
async fn an_account_runs_out_of_further_tries() {
    let limits = gate_limits(|g| (g.retries, g.throttles) = (10, u32::MAX));
    let bench = Bench::new(limits);
    let mut sent = 0;
    for _ in 0..30 {
        sent += ends(&bench.scoped(), |_| Some(throttled(None))).await.1;
    }
    assert_eq!(sent, 30 + 10, "one call each, and ten further tries for all");
    assert!(!bench.scoped().attempt_again("test", &scope()), "nor is there another attempt at a scope");
    assert!(bench.scoped().attempt_again("file", &scope()), "a file is not rationed");
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_is_given_up() {
    let bench = Bench::new(gate_limits(|g| g.tries = 2));
    let gate = bench.scoped();
    let begun = Instant::now();
    let result: Result<(), Fault> = call(&*gate, "ann", &LIST, &scope(), |_| std::future::pending()).await;
    assert_eq!(result.unwrap_err().kind, FaultKind::Timeout);
    assert!(begun.elapsed() >= Duration::from_secs(120), "two tries of a minute each");
    assert_eq!(bench.ledger.recent(1)[0].result, CallResult::Failed("timeout".into()));
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_every_wait_at_once() {
    let bench = Bench::new(gate_limits(|g| g.per_endpoint = 1));
    let held = bench.scoped().admit("ann", &LIST, &scope()).await.unwrap();
    let gate = bench.scoped();
    let waits = tokio::spawn(async move { gate.admit("ann", &LIST, &scope()).await.map(drop) });
    let gate = bench.scoped();
    let hangs = tokio::spawn(async move {
        call(&*gate, "ann", &READ, &ScopeKey::new("f", "csv"), |_| {
            std::future::pending::<Result<(), Fault>>()
        })
        .await
    });
    pass(Duration::from_millis(1)).await;
    assert!(bench.heard("other calls to ec2 eu-west-1"), "{:?}", bench.waits);
    let begun = Instant::now();
    bench.cancel.cancel();
    assert_eq!(waits.await.unwrap().unwrap_err().kind, FaultKind::Cancelled);
    assert_eq!(hangs.await.unwrap().unwrap_err().kind, FaultKind::Cancelled);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_are_under_way_than_each_budget_allows() {
    let limits = gate_limits(|g| (g.per_endpoint, g.per_account, g.per_provider) = (2, 3, 5));
    let bench = Bench::new(limits);
    let key = |account: &str, region: &str| ScopeKey::new("s", "l").account(account).region(region);
    let mut held = Vec::new();
    let mut ask = async |account: &str, region: &str| {
        let (gate, key) = (bench.scoped(), key(account, region));
        let asked = tokio::time::timeout(Duration::from_secs(1), gate.admit("ann", &LIST, &key)).await;
        let passed = asked.is_ok();
        held.extend(asked.ok().map(Result::unwrap));
        passed
    };
    assert_eq!([ask("a", "x").await, ask("a", "x").await, ask("a", "x").await], [true, true, false]);
    assert_eq!([ask("a", "y").await, ask("a", "y").await], [true, false], "an account has three");
    assert_eq!([ask("b", "x").await, ask("b", "x").await, ask("b", "y").await], [true, true, false]);
    held.clear();
    assert!(bench.heard("other calls in account a") && bench.heard("other calls to test"));
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_answers_at_once_and_one_probe_closes_it() {
    let bench = Bench::new(gate_limits(|g| (g.failures, g.tries) = (3, 1)));
    let unreachable = || Fault::new(FaultKind::Unreachable, LIST.as_str(), "connection refused");
    for _ in 0..3 {
        let _ = ends(&bench.scoped(), |_| Some(unreachable())).await;
    }
    let (result, sent) = ends(&bench.scoped(), |_| None).await;
    let fault = result.unwrap_err();
    assert_eq!((fault.kind, sent), (FaultKind::Unreachable, 0));
    assert!(fault.message.contains("tried again in 15 s"), "{fault}");
    let circuits = bench.gate.circuits();
    assert_eq!(circuits.len(), 1);
    assert_eq!((circuits[0].state, circuits[0].endpoint.as_str()), (CircuitState::Open, "ec2 eu-west-1"));
    assert_eq!(circuits[0].next_try, Some(Timestamp::from_millis(NOW + 15_000)));

    pass(Duration::from_secs(16)).await;
    let probe = bench.scoped().admit("ann", &LIST, &scope()).await.unwrap();
    assert_eq!(bench.gate.circuits()[0].state, CircuitState::HalfOpen);
    let gate = bench.scoped();
    let second = tokio::spawn(async move { gate.admit("ann", &LIST, &scope()).await.map(drop) });
    pass(Duration::from_secs(1)).await;
    assert!(!second.is_finished() && bench.heard("one call is tried"), "one at a time");
    probe.finish(CallResult::Ok);
    second.await.unwrap().unwrap();
    assert_eq!(bench.gate.circuits()[0].state, CircuitState::Closed);
    pass(Duration::from_secs(90)).await;
    assert_eq!(bench.gate.circuits(), []);
}

#[tokio::test(start_paused = true)]
async fn files_are_not_slowed_by_files_that_cannot_be_read() {
    let bench = Bench::new(Limits::default());
    let begun = Instant::now();
    for n in 0..500 {
        let key = ScopeKey::new("f", "csv").parent(format!("/{n}"));
        let result: Result<(), Fault> = call(&*bench.scoped(), "me", &READ, &key, |_| {
            std::future::ready(Err(Fault::new(FaultKind::Unreachable, READ.as_str(), "no such file")))
        })
        .await;
        assert_eq!(result.unwrap_err().message, "no such file");
    }
    assert_eq!((bench.calls(), begun.elapsed()), (500, Duration::ZERO));
    assert_eq!(bench.gate.circuits(), []);
}

#[tokio::test(start_paused = true)]
async fn time_in_the_gate_is_not_silence() {
    let bench = Bench::new(gate_limits(|g| g.per_endpoint = 1));
    let held = bench.scoped().admit("ann", &LIST, &scope()).await.unwrap();
    let pulse = Pulse::new();
    let gate = bench.gate.scoped(bench.cancel.clone(), Arc::clone(&bench.meter), Arc::clone(&pulse));
    let waits = tokio::spawn(async move { gate.admit("ann", &LIST, &scope()).await.map(drop) });
    pass(Duration::from_secs(600)).await;
    assert_eq!(pulse.silence(), Duration::ZERO);
    held.finish(CallResult::Ok);
    waits.await.unwrap().unwrap();
    pass(Duration::from_secs(7)).await;
    assert_eq!(pulse.silence(), Duration::from_secs(7));
}
