//! What goes on in a cluster while it is looked at: pods come and go and change, workloads are scaled, labels
//! change, something is made again under its old name, nodes say that they are alive.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::server::FakeApiServer;

/// What was done, and to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// `pods`.
    pub resource: &'static str,
    /// Empty for what lies in none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What.
    pub act: Act,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Another status.
    Status,
    /// It is new.
    Created,
    /// It is gone.
    Deleted,
    /// Deleted, and there again under the same name with another uid.
    Remade,
    /// Another label.
    Labelled,
    /// Another number of replicas.
    Scaled,
    /// A sign of life, and nothing else.
    Beat,
}

/// Does one thing after the other, the same for the same seed.
pub struct Churn<'a> {
    server: &'a FakeApiServer,
    state: u64,
    made: u64,
    pods: Vec<(String, String)>,
    deployments: Vec<(String, String)>,
    nodes: Vec<(String, String)>,
}

impl<'a> Churn<'a> {
    /// In this server, with what it has now.
    #[must_use]
    pub fn new(server: &'a FakeApiServer, seed: u64) -> Self {
        let names = |resource: &str| server.names(resource);
        let (pods, deployments, nodes) = (names("pods"), names("deployments.apps"), names("nodes"));
        Self { server, state: seed, made: 0, pods, deployments, nodes }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        usize::try_from((self.state >> 33) % bound.max(1) as u64).unwrap_or(0)
    }

    /// The next thing; `None` when there is nothing that it could be done to.
    pub fn step(&mut self) -> Option<Done> {
        let roll = self.below(20);
        match roll {
            0..12 => self.pod(Act::Status),
            12 | 13 => self.replace_pod(),
            14 => self.pod(Act::Remade),
            15 => self.pod(Act::Labelled),
            16 => self.scale(),
            _ => self.beat(),
        }
    }

    fn pod(&mut self, act: Act) -> Option<Done> {
        let at = self.below(self.pods.len());
        let (namespace, name) = self.pods.get(at)?.clone();
        let restarts = self.below(50);
        if act == Act::Remade {
            let mut pod = self.server.get("pods", &namespace, &name)?;
            self.server.delete("pods", &namespace, &name)?;
            strip(&mut pod);
            self.server.put("pods", pod)?;
        } else {
            self.server.edit("pods", &namespace, &name, |pod| match act {
                Act::Labelled => pod["metadata"]["labels"]["track"] = json!(format!("t{restarts}")),
                _ => {
                    let ready = !restarts.is_multiple_of(3);
                    pod["status"]["phase"] = json!("Running");
                    pod["status"]["containerStatuses"][0]["restartCount"] = json!(restarts);
                    pod["status"]["containerStatuses"][0]["ready"] = json!(ready);
                    pod["status"]["containerStatuses"][0]["state"] =
                        json!({"running": {"startedAt": "2026-05-04T10:00:00Z"}});
                    pod["status"]["conditions"][1]["status"] = json!(if ready { "True" } else { "False" });
                }
            })?;
        }
        Some(Done { resource: "pods", namespace, name, act })
    }

    /// One goes, and its owner makes another.
    fn replace_pod(&mut self) -> Option<Done> {
        let at = self.below(self.pods.len());
        let (namespace, name) = self.pods.get(at)?.clone();
        let mut pod = self.server.get("pods", &namespace, &name)?;
        self.server.delete("pods", &namespace, &name)?;
        self.made += 1;
        let base = pod["metadata"]["generateName"].as_str().unwrap_or("pod-").to_owned();
        let fresh = format!("{base}n{:04}", self.made);
        strip(&mut pod);
        pod["metadata"]["name"] = json!(fresh);
        self.server.put("pods", pod)?;
        self.pods[at] = (namespace.clone(), fresh.clone());
        Some(Done { resource: "pods", namespace, name: fresh, act: Act::Created })
    }

    fn scale(&mut self) -> Option<Done> {
        let at = self.below(self.deployments.len());
        let (namespace, name) = self.deployments.get(at)?.clone();
        let replicas = self.below(12);
        self.server.edit("deployments.apps", &namespace, &name, |d| {
            d["spec"]["replicas"] = json!(replicas);
            d["status"]["replicas"] = json!(replicas);
        })?;
        Some(Done { resource: "deployments.apps", namespace, name, act: Act::Scaled })
    }

    fn beat(&mut self) -> Option<Done> {
        let at = self.below(self.nodes.len());
        let (namespace, name) = self.nodes.get(at)?.clone();
        let now = jiff::Timestamp::now().to_string();
        self.server.edit("nodes", "", &name, |node| {
            if let Some(conditions) = node["status"]["conditions"].as_array_mut() {
                for condition in conditions {
                    condition["lastHeartbeatTime"] = json!(now);
                }
            }
        })?;
        Some(Done { resource: "nodes", namespace, name, act: Act::Beat })
    }

    /// Goes on at so many things a second; returns how many were done.
    pub fn run(&mut self, rate: u32, time: Duration) -> usize {
        let (begin, mut done) = (Instant::now(), 0_u32);
        while begin.elapsed() < time {
            let due = begin + Duration::from_secs(1) * done / rate.max(1);
            if let Some(early) = due.checked_duration_since(Instant::now()) {
                std::thread::sleep(early);
            }
            self.step();
            done += 1;
        }
        done as usize
    }
}

/// What belongs to the old object alone.
fn strip(object: &mut Value) {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for key in ["uid", "resourceVersion", "creationTimestamp"] {
            metadata.remove(key);
        }
    }
}
