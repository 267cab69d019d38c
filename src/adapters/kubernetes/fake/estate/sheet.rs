//! The sheet that an estate is written on: objects go to the server as they are made, relationships to the
//! plan. Gives every object what the server and its clients would add.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::fake::{kinds::Served, server::FakeApiServer};

/// A relationship that must be found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// `core/Pod/team-0/web-1`: an id without its cluster.
    pub from: String,
    /// The same, of the other end.
    pub to: String,
    /// What it must be called; empty where any name is right.
    pub relation: String,
}

/// What is related to what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Within the cluster.
    pub links: BTreeSet<Link>,
    /// From objects to what is outside, by words that must be in the target.
    pub outside: BTreeSet<(String, String)>,
}

impl Plan {
    pub(crate) fn link(&mut self, from: &str, to: &str, relation: &str) {
        let (from, to, relation) = (from.to_owned(), to.to_owned(), relation.to_owned());
        self.links.insert(Link { from, to, relation });
    }

    pub(crate) fn outside(&mut self, from: &str, to: &str) {
        self.outside.insert((from.to_owned(), to.to_owned()));
    }
}

/// An object that others belong to.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) uid: String,
}

impl Owner {
    pub(crate) fn reference(&self) -> Value {
        json!({
            "apiVersion": self.api_version, "kind": self.kind, "name": self.name, "uid": self.uid,
            "controller": true, "blockOwnerDeletion": true,
        })
    }
}

/// See the module.
pub(crate) struct Sheet<'a> {
    server: &'a FakeApiServer,
    state: u64,
    pub(crate) plan: Plan,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(server: &'a FakeApiServer, seed: u64) -> Self {
        Self { server, state: seed, plan: Plan::default() }
    }

    /// The next number.
    pub(crate) fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below another.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % bound.max(1) as u64).unwrap_or(0)
    }

    /// So many letters and digits as controllers put behind names.
    pub(crate) fn suffix(&mut self, length: usize) -> String {
        const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..length).map(|_| char::from(ALPHABET[self.below(ALPHABET.len())])).collect()
    }

    /// Puts an object; what every object bears is added.
    pub(crate) fn put(&mut self, resource: &str, mut object: Value) -> Owner {
        let (a, b) = (self.roll(), self.roll());
        let uid = format!(
            "{:08x}-{:04x}-4{:03x}-9{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        );
        object["metadata"]["uid"] = json!(uid);
        let age = 60 + self.below(90 * 86_400);
        let created = jiff::Timestamp::now().as_second() - i64::try_from(age).unwrap_or(0);
        let created = jiff::Timestamp::from_second(created).unwrap_or_default().to_string();
        object["metadata"]["creationTimestamp"] = json!(created);
        object["metadata"]["managedFields"] = json!([{
            "manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1", "time": created,
            "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {}}}}},
        }]);
        let served = self.server.served();
        let found = served.iter().find(|s| s.name() == resource);
        let kind = found.map(|s| s.kind.clone()).unwrap_or_default();
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        if let (Some(served), Some(namespace)) = (found, object["metadata"]["namespace"].as_str()) {
            let from = id(served, namespace, &name);
            self.plan.link(&from, &format!("core/Namespace/{namespace}"), "part-of");
        }
        let api_version = found.map(Served::api_version).unwrap_or_default();
        self.server.put(resource, object);
        Owner { api_version, kind, name, uid }
    }
}

/// An id without its cluster.
fn id(served: &Served, namespace: &str, name: &str) -> String {
    let group = if served.group.is_empty() { "core" } else { &served.group };
    format!("{group}/{}/{namespace}/{name}", served.kind)
}
