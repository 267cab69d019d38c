//! What kubectl sees of a cluster: every object of every kind that it may list, everywhere or, where that is
//! refused, in the namespaces in which it may.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::super::{
    text,
    wanted::{Wanted, is_on},
};
use crate::home::wait_for;

/// Where there is a kubectl, if anywhere.
pub(super) fn kubectl() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CLOUDSCOPE_TEST_KUBECTL") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join("kubectl")).find(|p| p.is_file())
}

/// Asks as one user.
pub(super) struct Kubectl<'a> {
    pub(super) program: &'a Path,
    pub(super) config: &'a Path,
}

/// An object under its id without a cluster.
pub(super) struct Thing {
    pub(super) id: String,
    pub(super) object: Value,
}

#[derive(Default)]
pub(super) struct Seen {
    pub(super) wanted: Wanted,
    pub(super) objects: Vec<Thing>,
    pub(super) refused: Vec<String>,
    /// Where it was looked, as kubectl is told.
    pub(super) places: Vec<Vec<String>>,
}

/// Objects that are served under two groups: those of the second are listed.
const TWICE: [(&str, &str); 1] = [("ingresses.extensions", "ingresses.networking.k8s.io")];

impl Kubectl<'_> {
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(self.program);
        command.arg("--kubeconfig").arg(self.config).args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let out = wait_for(command.spawn().unwrap(), Duration::from_secs(300));
        match out.status.success() {
            true => Ok(String::from_utf8(out.stdout).unwrap()),
            false => Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&out.stderr).trim())),
        }
    }

    pub(super) fn context(&self) -> String {
        self.ask(&["config", "current-context"]).unwrap().trim().to_owned()
    }

    /// The uid that names the cluster; `None` where it may not be read.
    pub(super) fn cluster(&self) -> Option<String> {
        let system = self.ask(&["get", "namespace", "kube-system", "-o", "json"]).ok()?;
        let system: Value = serde_json::from_str(&system).unwrap();
        Some(text(&system["metadata"], "uid").to_owned())
    }

    /// The namespaces that there are for a user who may not list everywhere.
    fn namespaces(&self) -> Vec<String> {
        let own = self.ask(&["config", "view", "--minify", "-o", "jsonpath={..namespace}"]).unwrap();
        let own = if own.trim().is_empty() { "default".to_owned() } else { own.trim().to_owned() };
        let all = self.ask(&["get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}"]);
        let mut all: Vec<String> = all.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        if !all.contains(&own) {
            all.push(own);
        }
        all
    }

    /// Everywhere, or the namespaces in which pods may be listed.
    fn places(&self) -> Vec<Vec<String>> {
        if self.ask(&["get", "pods", "-A", "-o", "name"]).is_ok() {
            return vec![vec!["-A".to_owned()]];
        }
        let open = self
            .namespaces()
            .into_iter()
            .filter(|n| self.ask(&["get", "pods", "-n", n, "-o", "name"]).is_ok());
        open.map(|n| vec!["-n".to_owned(), n]).collect()
    }

    /// Everything that is collected without being asked for. `cluster` begins each id.
    pub(super) fn see(&self, cluster: &str) -> Seen {
        let mut out = Seen::default();
        // A server behind the server that is down makes it fail, after it told all the rest.
        let listed = |scope: &str| {
            let mut command = Command::new(self.program);
            command.arg("--kubeconfig").arg(self.config);
            command.args(["api-resources", "--verbs=list", "-o", "name", scope]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let told = wait_for(command.spawn().unwrap(), Duration::from_secs(120));
            let names = String::from_utf8(told.stdout).unwrap();
            names.lines().filter(|n| is_on(n)).map(str::to_owned).collect::<Vec<String>>()
        };
        let (inside, outside) = (listed("--namespaced=true"), listed("--namespaced=false"));
        assert!(!inside.is_empty() && !outside.is_empty(), "kubectl lists no kinds");
        let twice =
            |name: &str| TWICE.iter().any(|(old, new)| *old == name && inside.iter().any(|n| n == new));
        for name in outside {
            match self.ask(&["get", &name, "-o", "json"]) {
                Ok(list) => out.take(cluster, &list),
                Err(why) => out.refused.push(why),
            }
        }
        out.places = self.places();
        for name in inside.iter().filter(|name| !twice(name)) {
            for place in &out.places.clone() {
                let words: Vec<&str> =
                    ["get", name].into_iter().chain(place.iter().map(String::as_str)).collect();
                match self.ask(&[&words[..], &["-o", "json"]].concat()) {
                    Ok(list) => out.take(cluster, &list),
                    Err(why) => out.refused.push(why),
                }
            }
        }
        out
    }
}

impl Seen {
    fn take(&mut self, cluster: &str, list: &str) {
        let list: Value = serde_json::from_str(list).unwrap();
        for object in list["items"].as_array().unwrap() {
            let group = text(object, "apiVersion").split_once('/').map_or("", |(group, _)| group);
            let kind = text(object, "kind");
            self.wanted.add(cluster, group, kind, object);
            self.objects.push(Thing { id: own(group, kind, object), object: object.clone() });
        }
    }

    /// The version of each object, by id without a cluster.
    pub(super) fn versions(&self) -> BTreeMap<&str, &str> {
        self.objects.iter().map(|t| (t.id.as_str(), text(&t.object["metadata"], "resourceVersion"))).collect()
    }

    /// Ids by uid.
    pub(super) fn by_uid(&self) -> BTreeMap<&str, &str> {
        self.objects.iter().map(|t| (text(&t.object["metadata"], "uid"), t.id.as_str())).collect()
    }
}

fn own(group: &str, kind: &str, object: &Value) -> String {
    let group = if group.is_empty() { "core" } else { group };
    let (namespace, name) = (text(&object["metadata"], "namespace"), text(&object["metadata"], "name"));
    let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
    format!("{group}/{kind}/{place}{name}")
}
