//! CPU and memory of a pod, summed as the scheduler does: containers and sidecars together, or the largest
//! of the init containers with the sidecars that were started before it, whichever is more.
//! <https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers>

use serde_json::{Map, Value};

use crate::map::{
    quantity,
    read::{at, list, text},
};

/// Millicores and bytes.
#[derive(Clone, Copy, Default)]
struct Amounts {
    cpu: Option<i64>,
    memory: Option<i64>,
}

impl Amounts {
    fn read(value: Option<&Value>) -> Self {
        let of = |name| value.and_then(|v| v.get(name));
        Self {
            cpu: of("cpu").and_then(quantity::thousandths),
            memory: of("memory").and_then(quantity::units),
        }
    }

    fn both(self, other: Self, join: fn(i64, i64) -> i64) -> Self {
        let one = |a: Option<i64>, b: Option<i64>| match (a, b) {
            (Some(a), Some(b)) => Some(join(a, b)),
            (a, b) => a.or(b),
        };
        Self { cpu: one(self.cpu, other.cpu), memory: one(self.memory, other.memory) }
    }

    fn plus(self, other: Self) -> Self {
        self.both(other, i64::saturating_add)
    }

    fn or_more(self, other: Self) -> Self {
        self.both(other, i64::max)
    }
}

/// `requests` or `limits` of a pod's spec: `{"cpu": millicores, "memory": bytes}`.
pub(super) fn of_pod(spec: &Value, side: &str) -> Map<String, Value> {
    let of = |container: &Value| Amounts::read(at(container, &["resources", side]));
    let mut sum = Amounts::default();
    for container in list(spec, &["containers"]) {
        sum = sum.plus(of(container));
    }
    let (mut sidecars, mut most) = (Amounts::default(), Amounts::default());
    for container in list(spec, &["initContainers"]) {
        if text(container, &["restartPolicy"]) == "Always" {
            sidecars = sidecars.plus(of(container));
            most = most.or_more(sidecars);
        } else {
            most = most.or_more(sidecars.plus(of(container)));
        }
    }
    let whole = sum.plus(sidecars).or_more(most);
    // What the pod itself asks for counts instead of what its containers do.
    let own = of(spec);
    let whole = Amounts { cpu: own.cpu.or(whole.cpu), memory: own.memory.or(whole.memory) };
    let overhead = Amounts::read(spec.get("overhead"));
    let add = |a: Option<i64>, b: Option<i64>| match a {
        None if side == "limits" => None,
        a => Amounts { cpu: a, memory: None }.plus(Amounts { cpu: b, memory: None }).cpu,
    };
    let mut out = Map::new();
    for (name, amount) in
        [("cpu", add(whole.cpu, overhead.cpu)), ("memory", add(whole.memory, overhead.memory))]
    {
        if let Some(amount) = amount {
            out.insert(name.to_owned(), amount.into());
        }
    }
    out
}
