//! How long a broken follow is left alone before it is tried again. Pure.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    time::Duration,
};

use cloudscope_domain::ScopeKey;
use cloudscope_ports::{Disposition, Fault, FaultKind};

/// The first wait; doubles with each attempt that brought nothing.
const FIRST: Duration = Duration::from_secs(1);
/// No failure that may pass waits longer, unless the provider asks for it.
const LONGEST: Duration = Duration::from_secs(60);
/// What will not pass by itself is looked at so often: somebody may have mended it.
const SELDOM: Duration = Duration::from_secs(300);
/// Nobody is believed who asks for more.
const MOST: Duration = Duration::from_secs(3_600);

/// The wait after so many attempts in a row that brought nothing, at least one.
pub(super) fn after(fault: &Fault, attempts: u32, scope: &ScopeKey) -> Duration {
    let wait = match (fault.disposition(), fault.kind) {
        (Disposition::Retry { after }, _) => doubled(attempts).max(after.unwrap_or_default().min(MOST)),
        // A half-sent answer cannot be understood, and the next one may be whole.
        (_, FaultKind::Malformed) => doubled(attempts),
        (Disposition::SkipScope | Disposition::Stop, _) => SELDOM,
    };
    // Up to a quarter more, so that all scopes of a cluster do not come back together.
    let mut seed = DefaultHasher::new();
    (scope, attempts).hash(&mut seed);
    let percent = u32::try_from(seed.finish() % 25).unwrap_or_default();
    wait + wait * percent / 100
}

fn doubled(attempts: u32) -> Duration {
    FIRST.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(name: &str) -> ScopeKey {
        ScopeKey::new("s", name)
    }

    #[test]
    fn waits_double_are_bounded_and_differ() {
        let gone = Fault::new(FaultKind::Unreachable, "k8s:Watch", "no route");
        let waits: Vec<_> = (1..12).map(|n| after(&gone, n, &scope("pods")).as_secs()).collect();
        assert!(waits[0] == 1 && waits[3] >= 8 && waits[3] <= 10, "{waits:?}");
        assert!(waits.iter().all(|w| *w <= 75), "{waits:?}");
        let many: std::collections::BTreeSet<_> =
            (0..50).map(|n| after(&gone, 6, &scope(&n.to_string()))).collect();
        assert!(many.len() > 10, "two scopes do not come back together");
    }

    #[test]
    fn what_does_not_pass_is_looked_at_seldom_and_the_provider_is_believed() {
        let denied = Fault::new(FaultKind::Denied, "k8s:List", "no");
        assert!(after(&denied, 1, &scope("pods")) >= SELDOM);
        let asked = FaultKind::Throttled { after: Some(Duration::from_secs(90)) };
        assert!(after(&Fault::new(asked, "k8s:List", "slow down"), 1, &scope("pods")).as_secs() >= 90);
        let never = FaultKind::Throttled { after: Some(Duration::MAX) };
        assert!(after(&Fault::new(never, "k8s:List", "slow down"), 1, &scope("pods")) <= MOST * 5 / 4);
    }
}
