//! What runs in the cluster and what it uses: deployments, their replica sets and pods, stateful sets,
//! services, secrets, config maps and claims.

use serde_json::{Value, json};

use super::object::{metadata, object, owner};
use crate::{
    place::{Made, Place},
    world::{SERVICES, World},
};

const PARTS: [&str; 4] = ["api", "web", "worker", "cron"];

/// One deployment.
struct App {
    namespace: &'static str,
    team: &'static str,
    name: String,
    image: String,
    replicas: usize,
    /// The template hash of its current replica set.
    template: String,
    /// That of the one before.
    previous: String,
    /// Its pods fail again and again.
    failing: bool,
    created: String,
}

impl App {
    fn what(&self) -> String {
        format!("deployment {}/{}", self.namespace, self.name)
    }

    fn set(&self) -> String {
        format!("{}-{}", self.name, self.template)
    }

    fn labels(&self) -> Value {
        json!({
            "app.kubernetes.io/name": self.name, "app.kubernetes.io/part-of": self.namespace,
            "team": self.team, "env": "prod"
        })
    }

    /// Rolled out one by one, so the last may still be on its way.
    fn ready(&self) -> usize {
        if self.failing { 0 } else { self.replicas }
    }
}

fn apps(world: &World) -> Vec<App> {
    (0..world.count(56))
        .map(|i| {
            let (namespace, team) = SERVICES[i % SERVICES.len()];
            let round = i / SERVICES.len();
            let part = PARTS[round % PARTS.len()];
            let name = if round < PARTS.len() {
                format!("{namespace}-{part}")
            } else {
                format!("{namespace}-{part}-{round}")
            };
            // Each is released anew every few hours: a new image, template and set of pods.
            let release = world.turn(format_args!("release {name}"), 360 + 60 * (i as u64 % 7));
            App {
                namespace,
                team,
                image: format!(
                    "{}.dkr.ecr.eu-west-1.amazonaws.com/{namespace}/{part}:1.{}.{}",
                    crate::aws::PROD,
                    round,
                    release % 1000
                ),
                replicas: 1 + world.below(format_args!("replicas {name}"), 6),
                template: world.suffix(format_args!("template {name} {release}"), 9),
                previous: world.suffix(format_args!("template {name} {}", release.wrapping_sub(1)), 9),
                failing: i == 23,
                created: world.created(format_args!("app {name}")),
                name,
            }
        })
        .collect()
}

pub(super) fn deployments(world: &World, _: &Place) -> Vec<Made> {
    apps(world)
        .iter()
        .map(|app| {
            let mut meta = metadata(world, &app.what(), &app.name, Some(app.namespace), app.labels());
            meta["creationTimestamp"] = json!(app.created);
            let available = app.ready() > 0;
            let spec = json!({
                "replicas": app.replicas,
                "selector": {"matchLabels": {"app.kubernetes.io/name": app.name}},
                "strategy": {"type": "RollingUpdate"},
                "template": {"metadata": {"labels": app.labels()}, "spec": pod_spec(world, app, 0, None)}
            });
            let status = json!({
                "replicas": app.replicas, "readyReplicas": app.ready(), "availableReplicas": app.ready(),
                "updatedReplicas": app.replicas, "unavailableReplicas": app.replicas - app.ready(),
                "conditions": [
                    {"type": "Available", "status": if available { "True" } else { "False" },
                        "reason": if available { "MinimumReplicasAvailable" } else { "MinimumReplicasUnavailable" }},
                    {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}
                ]
            });
            let facts = json!({
                "ready": format!("{}/{}", app.ready(), app.replicas), "updated": app.replicas, "available": app.ready()
            });
            let parts = [("spec", spec), ("status", status), ("derived", facts)];
            Made::new("k8s.apps.deployment", object("apps/v1", "Deployment", meta, parts))
        })
        .collect()
}

pub(super) fn replica_sets(world: &World, _: &Place) -> Vec<Made> {
    let mut out = Vec::new();
    for app in apps(world) {
        for (template, replicas, ready) in [(&app.template, app.replicas, app.ready()), (&app.previous, 0, 0)]
        {
            let name = format!("{}-{template}", app.name);
            let what = format!("replica set {}/{name}", app.namespace);
            let mut meta = metadata(world, &what, &name, Some(app.namespace), app.labels());
            meta["ownerReferences"] = owner(world, "apps/v1", "Deployment", &app.what(), &app.name);
            let spec = json!({
                "replicas": replicas,
                "selector": {"matchLabels": {"pod-template-hash": template}}
            });
            let status = json!({"replicas": replicas, "readyReplicas": ready, "availableReplicas": ready});
            let facts = json!({"desired": replicas, "current": replicas, "ready": ready});
            let parts = [("spec", spec), ("status", status), ("derived", facts)];
            out.push(Made::new("k8s.apps.replica-set", object("apps/v1", "ReplicaSet", meta, parts)));
        }
    }
    out
}

struct Stateful {
    namespace: &'static str,
    name: String,
    replicas: usize,
}

fn stateful(world: &World) -> Vec<Stateful> {
    (0..world.count(8))
        .map(|i| {
            let (namespace, _) = SERVICES[i * 5 % SERVICES.len()];
            let form = ["redis", "kafka", "postgres", "opensearch"][i % 4];
            Stateful { namespace, name: format!("{form}-{i}"), replicas: 1 + i % 3 }
        })
        .collect()
}

fn claim_name(set: &Stateful, i: usize) -> String {
    format!("data-{}-{i}", set.name)
}

pub(super) fn stateful_sets(world: &World, _: &Place) -> Vec<Made> {
    stateful(world)
        .iter()
        .map(|set| {
            let what = format!("stateful set {}/{}", set.namespace, set.name);
            let labels = json!({"app.kubernetes.io/name": set.name, "env": "prod"});
            let meta = metadata(world, &what, &set.name, Some(set.namespace), labels);
            let spec = json!({
                "replicas": set.replicas, "serviceName": set.name,
                "selector": {"matchLabels": {"app.kubernetes.io/name": set.name}},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}}]
            });
            let status = json!({
                "replicas": set.replicas, "readyReplicas": set.replicas, "currentReplicas": set.replicas
            });
            let facts = json!({"ready": format!("{0}/{0}", set.replicas)});
            let parts = [("spec", spec), ("status", status), ("derived", facts)];
            Made::new("k8s.apps.stateful-set", object("apps/v1", "StatefulSet", meta, parts))
        })
        .collect()
}

pub(super) fn claims(world: &World, _: &Place) -> Vec<Made> {
    let mut out = Vec::new();
    for set in stateful(world) {
        for i in 0..set.replicas {
            let name = claim_name(&set, i);
            let what = format!("claim {}/{name}", set.namespace);
            let labels = json!({"app.kubernetes.io/name": set.name});
            let meta = metadata(world, &what, &name, Some(set.namespace), labels);
            let spec = json!({
                "accessModes": ["ReadWriteOnce"], "storageClassName": "gp3", "volumeMode": "Filesystem",
                "volumeName": format!("pvc-{}", world.uuid(format_args!("uid {what}"))),
                "resources": {"requests": {"storage": "100Gi"}}
            });
            let status = json!({"phase": "Bound", "capacity": {"storage": "100Gi"}});
            let parts = [("spec", spec), ("status", status)];
            out.push(Made::new(
                "k8s.core.persistent-volume-claim",
                object("v1", "PersistentVolumeClaim", meta, parts),
            ));
        }
    }
    out
}

fn secret_name(app: &App) -> String {
    format!("{}-credentials", app.name)
}

fn config_name(app: &App) -> String {
    format!("{}-config", app.name)
}

fn pod_spec(world: &World, app: &App, pod: usize, node: Option<&str>) -> Value {
    let mut spec = json!({
        "serviceAccountName": "default",
        "restartPolicy": "Always",
        "containers": [{
            "name": "main",
            "image": app.image,
            "ports": [{"containerPort": 8080, "protocol": "TCP"}],
            "envFrom": [
                {"configMapRef": {"name": config_name(app)}},
                {"secretRef": {"name": secret_name(app)}}
            ],
            "resources": {
                "requests": {"cpu": "100m", "memory": "256Mi"},
                "limits": {"memory": if world.chance(format_args!("limit {} {pod}", app.name), 90) { "512Mi" } else { "2Gi" }}
            }
        }]
    });
    if let Some(node) = node {
        spec["nodeName"] = json!(node);
    }
    spec
}

pub(super) fn pods(world: &World, _: &Place) -> Vec<Made> {
    let nodes = super::node_names(world);
    let mut out = Vec::new();
    for app in apps(world) {
        for i in 0..app.replicas {
            // One pod in six is evicted and made anew now and then, under another name.
            let slot = format!("{}/{} {i}", app.namespace, app.set());
            let moves = world.chance(format_args!("moves {slot}"), 16);
            let life = if moves { world.turn(format_args!("life {slot}"), 45) } else { 0 };
            let name = format!("{}-{}", app.set(), world.suffix(format_args!("pod {slot} {life}"), 5));
            let what = format!("pod {}/{name}", app.namespace);
            let mut meta = metadata(world, &what, &name, Some(app.namespace), app.labels());
            meta["labels"]["pod-template-hash"] = json!(app.template);
            if moves {
                meta["creationTimestamp"] = json!(world.turned(format_args!("life {slot}"), 45));
            }
            let set = format!("replica set {}/{}", app.namespace, app.set());
            meta["ownerReferences"] = owner(world, "apps/v1", "ReplicaSet", &set, &app.set());
            let node = &nodes[world.below(format_args!("node {what}"), nodes.len())];
            let spec = pod_spec(world, &app, i, Some(node));
            out.push(pod(world, &what, meta, spec, app.failing));
        }
    }
    for set in stateful(world) {
        for i in 0..set.replicas {
            let name = format!("{}-{i}", set.name);
            let what = format!("pod {}/{name}", set.namespace);
            let labels =
                json!({"app.kubernetes.io/name": set.name, "statefulset.kubernetes.io/pod-name": name});
            let mut meta = metadata(world, &what, &name, Some(set.namespace), labels);
            let owned = format!("stateful set {}/{}", set.namespace, set.name);
            meta["ownerReferences"] = owner(world, "apps/v1", "StatefulSet", &owned, &set.name);
            let node = &nodes[world.below(format_args!("node {what}"), nodes.len())];
            let spec = json!({
                "nodeName": node, "serviceAccountName": "default",
                "containers": [{"name": "main", "image": format!("docker.io/library/{}", set.name)}],
                "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim_name(&set, i)}}]
            });
            out.push(pod(world, &what, meta, spec, false));
        }
    }
    out
}

fn pod(world: &World, what: &str, meta: Value, spec: Value, failing: bool) -> Made {
    let started = meta["creationTimestamp"].clone();
    let flaky = world.chance(format_args!("flaky {what}"), 7);
    let restarts = match (failing, flaky) {
        (true, _) => world.turn(format_args!("crash {what}"), 5) % 5_000,
        (_, true) => world.turn(format_args!("restart {what}"), 25) % 40,
        _ => 0,
    };
    let state = if failing {
        json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}})
    } else {
        json!({"running": {"startedAt": started}})
    };
    let address = format!(
        "100.64.{}.{}",
        world.below(format_args!("net {what}"), 64),
        2 + world.below(format_args!("ip {what}"), 250)
    );
    let ready = if failing { "False" } else { "True" };
    let status = json!({
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": started,
        "qosClass": "Burstable",
        "conditions": [{"type": "Ready", "status": ready}, {"type": "PodScheduled", "status": "True"}],
        "containerStatuses": [{
            "name": "main", "ready": !failing, "restartCount": restarts, "started": !failing,
            "image": spec["containers"][0]["image"], "state": state
        }]
    });
    // As the collector of real clusters adds them.
    let facts = json!({"ready": if failing { "0/1" } else { "1/1" }, "restarts": restarts});
    let parts = [("spec", spec), ("status", status), ("derived", facts)];
    Made::new("k8s.core.pod", object("v1", "Pod", meta, parts))
}

pub(super) fn services(world: &World, _: &Place) -> Vec<Made> {
    apps(world)
        .iter()
        .enumerate()
        .filter(|(_, app)| !app.name.ends_with("-cron") && !app.name.ends_with("-worker"))
        .map(|(i, app)| {
            let what = format!("service {}/{}", app.namespace, app.name);
            let meta = metadata(world, &what, &app.name, Some(app.namespace), app.labels());
            let outside = i == 14;
            let mut spec = json!({
                "type": if outside { "LoadBalancer" } else { "ClusterIP" },
                "clusterIP": format!("172.20.{}.{}", i / 250, 1 + i % 250),
                "selector": {"app.kubernetes.io/name": app.name},
                "ports": [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}]
            });
            spec["clusterIPs"] = json!([spec["clusterIP"]]);
            let status = if outside {
                json!({"loadBalancer": {"ingress": [{"hostname": "shop-demo.eu-west-1.elb.amazonaws.com"}]}})
            } else {
                json!({"loadBalancer": {}})
            };
            Made::new("k8s.core.service", object("v1", "Service", meta, [("spec", spec), ("status", status)]))
        })
        .collect()
}

pub(super) fn secrets(world: &World, _: &Place) -> Vec<Made> {
    apps(world)
        .iter()
        .map(|app| {
            let name = secret_name(app);
            let what = format!("secret {}/{name}", app.namespace);
            let meta = metadata(world, &what, &name, Some(app.namespace), app.labels());
            // Made up, and still never stored: what stands in `data` is redacted like any secret.
            let data = json!({"password": world.hex(format_args!("password {what}"), 24)});
            let parts = [("type", json!("Opaque")), ("data", data)];
            Made::new("k8s.core.secret", object("v1", "Secret", meta, parts))
        })
        .collect()
}

pub(super) fn config_maps(world: &World, _: &Place) -> Vec<Made> {
    apps(world)
        .iter()
        .map(|app| {
            let name = config_name(app);
            let what = format!("config {}/{name}", app.namespace);
            let meta = metadata(world, &what, &name, Some(app.namespace), app.labels());
            let data = json!({"LOG_LEVEL": "info", "REGION": "eu-west-1", "SERVICE": app.namespace});
            Made::new("k8s.core.config-map", object("v1", "ConfigMap", meta, [("data", data)]))
        })
        .collect()
}
