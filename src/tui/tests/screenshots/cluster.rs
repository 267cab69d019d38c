//! Two made-up clusters for the pictures of the tree and of pods: namespaces, workloads, pods and what is
//! beside them. Knows rows and edges; no screen.

use cloudscope_application::message::KindWords;
use cloudscope_domain::{AssetRow, Category, Evidence, Payload, Relationship, RunId, StatusClass};

use super::{
    super::harness::{Bench, now, row},
    estate,
};
use crate::event::Event;

const MINUTE: i64 = 60_000;

/// `cluster namespace owner workload replicas`: a deployment, or what else its first letters say.
const WORKLOADS: &str = "
prod-eu shop     shop-api        deployment   4
prod-eu shop     shop-payments   deployment   3
prod-eu shop     shop-redis      stateful-set 3
prod-eu shop     shop-nightly    cron-job     1
prod-eu checkout checkout-web    deployment   2
prod-eu kube-system coredns      deployment   2
prod-eu kube-system node-agent   daemon-set   3
staging shop     shop-api        deployment   1
";

/// `cluster namespace kind name`: what owns nothing.
const OTHERS: &str = "
prod-eu shop k8s.core.pod debug-shell
prod-eu shop k8s.core.service shop-api
prod-eu shop k8s.core.service shop-payments
prod-eu shop k8s.core.config-map shop-settings
prod-eu shop k8s.core.config-map shop-features
prod-eu shop k8s.core.config-map kube-root-ca.crt
prod-eu shop k8s.core.secret shop-tls
prod-eu checkout k8s.core.config-map kube-root-ca.crt
prod-eu - k8s.core.node ip-10-10-1-21
prod-eu - k8s.core.node ip-10-10-2-40
prod-eu - k8s.core.namespace shop
prod-eu - k8s.core.namespace checkout
staging - k8s.core.node ip-10-20-1-7
";

/// The front end on the two clusters beside the rest of the estate.
pub(super) fn open() -> Bench {
    let mut bench = estate::open();
    let mut rows: Vec<AssetRow> =
        bench.rows.iter().filter(|row| row.provider.as_str() != "k8s").cloned().collect();
    let mut edges = Vec::new();
    for line in WORKLOADS.lines().filter(|line| !line.is_empty()) {
        workload(line, &mut rows, &mut edges);
    }
    for line in OTHERS.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [cluster, namespace, kind, name] = words[..] else { panic!("four words: {line}") };
        rows.push(object(cluster, namespace, kind, name, ("Running", StatusClass::Ok)));
    }
    bench.edges = edges;
    bench.kinds = kinds();
    bench.rows = rows;
    bench.overview.live = vec!["k8s-prod-eu".into()];
    let (revision, total) = (bench.overview.revision, bench.overview.total);
    bench.send(Event::Session(cloudscope_application::Event::Published { revision, total }));
    bench.pause(600);
    bench.pause(31_000);
    bench
}

fn workload(line: &str, rows: &mut Vec<AssetRow>, edges: &mut Vec<Relationship>) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [cluster, namespace, name, what, replicas] = words[..] else { panic!("five words: {line}") };
    let replicas: usize = replicas.parse().unwrap();
    let failing = name == "shop-payments";
    let ready = if failing { replicas - 1 } else { replicas };
    let group = if what == "cron-job" { "batch" } else { "apps" };
    let status =
        (format!("{ready}/{replicas}"), if failing { StatusClass::Warning } else { StatusClass::Ok });
    let top = object(cluster, namespace, &format!("k8s.{group}.{what}"), name, (&status.0, status.1));
    let between = match what {
        "deployment" => Some(("k8s.apps.replica-set", format!("{name}-5d9f7c"))),
        "cron-job" => Some(("k8s.batch.job", format!("{name}-29401"))),
        _ => None,
    };
    let owner = match between {
        None => top.clone(),
        Some((kind, name)) => {
            let between = object(cluster, namespace, kind, &name, (&status.0, status.1));
            edges.push(owned_by(&between, &top));
            rows.push(between.clone());
            between
        }
    };
    let ends = ["8kq2x", "m4zvd", "tt9lw", "x7p5c"];
    for (n, end) in ends.into_iter().enumerate().take(replicas) {
        let pod =
            if what == "stateful-set" { format!("{name}-{n}") } else { format!("{}-{}", owner.name, end) };
        let bad = failing && n == 1;
        let state = if bad { ("CrashLoopBackOff", StatusClass::Error) } else { ("Running", StatusClass::Ok) };
        let mut pod = object(cluster, namespace, "k8s.core.pod", &pod, state);
        let restarts = if bad { 41 } else { n * n };
        pod.properties = Some(Payload::from_value(&serde_json::json!({
            "metadata": { "namespace": namespace },
            "spec": { "nodeName": if n % 2 == 0 { "ip-10-10-1-21" } else { "ip-10-10-2-40" } },
            "derived": { "ready": if bad { "0/1" } else { "1/1" }, "restarts": restarts },
        })));
        pod.addresses = vec![format!("10.10.{}.{}", n + 1, 20 + rows.len() % 200)];
        pod.created_at = Some(now().plus_millis(-MINUTE * (90 + 700 * n as i64)));
        edges.push(owned_by(&pod, &owner));
        rows.push(pod);
    }
    rows.push(top);
}

fn object(cluster: &str, namespace: &str, kind: &str, name: &str, status: (&str, StatusClass)) -> AssetRow {
    let runs = ["pod", "deployment", "replica-set", "stateful-set", "daemon-set", "job"];
    let runs = runs.iter().any(|word| kind.ends_with(word));
    let metadata = match namespace {
        "-" => serde_json::json!({ "metadata": {} }),
        _ => serde_json::json!({ "metadata": { "namespace": namespace } }),
    };
    AssetRow {
        id: format!("{cluster}/{kind}/{namespace}/{name}").into(),
        kind: kind.parse().unwrap(),
        category: if runs { Category::Container } else { Category::Other },
        provider: "k8s".into(),
        account: cluster.into(),
        account_label: None,
        region: "".into(),
        zone: "".into(),
        status: runs.then(|| status.0.into()),
        status_class: if runs { status.1 } else { StatusClass::Unknown },
        addresses: Vec::new(),
        source: "k8s-prod-eu".into(),
        properties: Some(Payload::from_value(&metadata)),
        ..row(name)
    }
}

fn owned_by(from: &AssetRow, to: &AssetRow) -> Relationship {
    Relationship {
        from: from.id.clone(),
        to: to.id.clone(),
        relation: "owned-by".into(),
        confidence: 1.0,
        evidence: Evidence {
            rule: "/metadata/ownerReferences/*/uid".into(),
            stated_by: from.id.clone(),
            run: RunId(41),
        },
        dangling: false,
    }
}

fn kinds() -> Vec<KindWords> {
    let words = |kind: &str, names: &str, columns: &str| {
        let list = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let kind = kind.parse().unwrap();
        KindWords { kind, title: String::new(), names: list(names), columns: list(columns), count: 9 }
    };
    vec![
        words(
            "k8s.core.pod",
            "pods po pod",
            "name properties.metadata.namespace properties.derived.ready status \
             properties.derived.restarts properties.spec.nodeName addresses account age",
        ),
        words("k8s.core.service", "services svc service", ""),
        words("k8s.core.config-map", "configmaps cm configmap", ""),
        words("k8s.core.secret", "secrets secret", ""),
        words("k8s.core.node", "nodes no node", ""),
        words("k8s.core.namespace", "namespaces ns namespace", ""),
    ]
}
