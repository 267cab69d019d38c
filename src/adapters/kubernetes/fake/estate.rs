//! A cluster's worth of objects, the same for the same seed, in any size, with a plan beside it of what is
//! related to what. Made up: no controller made these objects, but they are as controllers leave them.

mod cluster;
mod network;
mod pod;
mod sheet;
mod stateful;
mod workload;

use serde_json::{Value, json};

use super::server::FakeApiServer;
pub use sheet::{Link, Plan};
use sheet::{Owner, Sheet};

/// How much of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Namespaces of teams.
    pub namespaces: usize,
    /// Nodes.
    pub nodes: usize,
    /// Deployments in each of those namespaces, each with a service and two replica sets.
    pub deployments: usize,
    /// Pods of each deployment.
    pub replicas: usize,
}

impl Size {
    /// A few dozen of everything.
    #[must_use]
    pub fn small() -> Self {
        Self { namespaces: 3, nodes: 3, deployments: 4, replicas: 2 }
    }

    /// About so many pods of deployments, ten each, a hundred deployments in a namespace.
    #[must_use]
    pub fn pods(count: usize) -> Self {
        let deployments = count.div_ceil(10);
        let namespaces = deployments.div_ceil(100).max(1);
        Self {
            namespaces,
            nodes: (count / 100).max(3),
            deployments: deployments.div_ceil(namespaces),
            replicas: 10,
        }
    }
}

/// Words that stand where secrets are. None of them may be found anywhere after they were collected.
pub const CANARIES: [&str; 9] = [
    // A secret's data; there in base64.
    "cnry-secret-data-Vb7Qx2Lp",
    // A secret's last-applied annotation.
    "cnry-last-applied-Rt5Wn8Kd",
    // A key named password in a config map.
    "cnry-config-password-Hj3Zs6Yc",
    // In a connection string in a file of a config map.
    "cnry-config-url-Mf9Gt4Xb",
    // A literal in the environment of a container.
    "cnry-pod-env-Pq8Lw1Nv",
    // Behind an option of a command line.
    "cnry-pod-args-Dk2Uy7Jr",
    // A password in a custom resource.
    "cnry-custom-password-Sx6Ae3Tm",
    // A token in an annotation.
    "cnry-annotation-token-Zc4Ri9Ho",
    // A header of a probe.
    "cnry-probe-header-Bn1Of5Gw",
];

/// Puts an estate into a server and says what is related to what.
pub fn fill(server: &FakeApiServer, seed: u64, size: Size) -> Plan {
    let mut sheet = Sheet::new(server, seed);
    cluster::fill(&mut sheet, size);
    for n in 0..size.namespaces {
        let name = format!("team-{n}");
        namespace(&mut sheet, &name);
        for d in 0..size.deployments {
            workload::deployment(&mut sheet, &name, d, size);
        }
        // The rest is there once in each namespace, however large it is.
        stateful::stateful_set(&mut sheet, &name);
        workload::daemon_set(&mut sheet, &name, size);
        workload::jobs(&mut sheet, &name);
        network::fill(&mut sheet, &name, n, size);
        custom(&mut sheet, &name);
    }
    sheet.plan
}

/// A namespace with what every pod in it uses.
fn namespace(sheet: &mut Sheet<'_>, name: &str) {
    let labels = json!({"kubernetes.io/metadata.name": name, "team": name});
    sheet.put(
        "namespaces",
        json!({
            "metadata": {"name": name, "labels": labels},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        }),
    );
    sheet.put(
        "configmaps",
        json!({
            "metadata": {"name": "settings", "namespace": name},
            "data": {
                "LOG_LEVEL": "info", "password": CANARIES[2],
                "app.properties": format!("url=postgres://app:{}@db.{name}.svc:5432/app\nretries=3\n", CANARIES[3]),
            },
        }),
    );
    let applied = json!({"kind": "Secret", "stringData": {"password": CANARIES[1]}}).to_string();
    let annotations = json!({"kubectl.kubernetes.io/last-applied-configuration": applied});
    sheet.put(
        "secrets",
        json!({
            "metadata": {"name": "credentials", "namespace": name, "annotations": annotations},
            "type": "Opaque", "data": {"password": base64(CANARIES[0])},
        }),
    );
    let role = format!("arn:aws:iam::100000000001:role/{name}-app");
    for (account, annotations) in
        [("default", json!({})), ("app", json!({"eks.amazonaws.com/role-arn": role}))]
    {
        sheet.put(
            "serviceaccounts",
            json!({"metadata": {"name": account, "namespace": name, "annotations": annotations}}),
        );
    }
    sheet.plan.outside(&format!("core/ServiceAccount/{name}/app"), &role);
    sheet.put(
        "roles.rbac.authorization.k8s.io",
        json!({
            "metadata": {"name": "reader", "namespace": name},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}],
        }),
    );
    sheet.put(
        "rolebindings.rbac.authorization.k8s.io",
        json!({
            "metadata": {"name": "app-reads", "namespace": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
            "subjects": [{"kind": "ServiceAccount", "name": "app", "namespace": name}],
        }),
    );
    let binding = format!("rbac.authorization.k8s.io/RoleBinding/{name}/app-reads");
    sheet.plan.link(&binding, &format!("rbac.authorization.k8s.io/Role/{name}/reader"), "");
    sheet.plan.link(&binding, &format!("core/ServiceAccount/{name}/app"), "");
}

/// Objects of extensions.
fn custom(sheet: &mut Sheet<'_>, namespace: &str) {
    let owner = sheet.put(
        "databases.db.example.com",
        json!({
            "metadata": {"name": "orders", "namespace": namespace, "labels": {"tier": "data"}},
            "spec": {"engine": "postgres", "version": 16, "password": CANARIES[6], "replicas": 2},
            "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "Running",
                "lastTransitionTime": "2026-05-04T10:00:00Z"}]},
        }),
    );
    let definition = "apiextensions.k8s.io/CustomResourceDefinition";
    let database = format!("db.example.com/Database/{namespace}/orders");
    sheet.plan.link(&database, &format!("{definition}/databases.db.example.com"), "instance-of");
    sheet.put(
        "certificates.cert-manager.io",
        json!({
            "metadata": {"name": "web-tls", "namespace": namespace, "ownerReferences": [owner.reference()]},
            "spec": {"secretName": "web-tls", "dnsNames": [format!("{namespace}.example.com")],
                "issuerRef": {"kind": "ClusterIssuer", "name": "letsencrypt", "group": "cert-manager.io"}},
            "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "DoesNotExist",
                "message": "Issuing certificate as Secret does not exist",
                "lastTransitionTime": "2026-05-04T10:00:00Z"}]},
        }),
    );
    let certificate = format!("cert-manager.io/Certificate/{namespace}/web-tls");
    sheet.plan.link(&certificate, &database, "owned-by");
    sheet.plan.link(&certificate, &format!("{definition}/certificates.cert-manager.io"), "instance-of");
}

/// Base64 with padding, as in the data of secrets.
#[must_use]
pub fn base64(text: &str) -> String {
    super::kubeconfig::encode(text.as_bytes())
}

/// The reference to an owner that controls.
fn controlled(owner: &Owner) -> Value {
    json!([owner.reference()])
}
