//! What AWS's services are called with and answer: the lines of `data/models.jsonl`, each read when its
//! service is first asked for. Only the operations of the two reviewed lists are in there, so an operation
//! that is not listed cannot be called.

mod endpoint;
mod protocol;
mod service;
mod shape;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock, OnceLock};

use serde::Deserialize;

pub use endpoint::{Endpoint, EndpointOptions, Partition};
pub use protocol::Protocol;
pub use service::{Operation, Pages, Service};
pub use shape::{Location, Member, Ref, Shape, ShapeId, Shapes, Space, Structure, TimeFormat};

static LINES: &str = include_str!("data/models.jsonl");
static LISTED: &str = include_str!("data/operations.txt");
static CREDENTIALS: &str = include_str!("data/credentials.txt");

/// The services that are built in.
#[derive(Debug)]
pub struct Models {
    partitions: Arc<[Partition]>,
    /// Sorted by name.
    services: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: &'static str,
    line: &'static str,
    read: OnceLock<Arc<Service>>,
}

#[derive(Deserialize)]
struct About {
    partitions: Vec<Partition>,
}

impl Models {
    /// The models that the program carries.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the data is compiled in, and a test reads all of it")]
    pub fn builtin() -> &'static Self {
        static MODELS: LazyLock<Models> =
            LazyLock::new(|| Models::read(LINES).expect("data/models.jsonl is as generate.py writes it"));
        &MODELS
    }

    fn read(text: &'static str) -> Result<Self, String> {
        let (about, lines) = text.split_once('\n').ok_or("no lines")?;
        let about: About = serde_json::from_str(about).map_err(|e| e.to_string())?;
        let mut services = Vec::new();
        for line in lines.lines() {
            let name = line
                .strip_prefix("{\"service\":\"")
                .and_then(|rest| rest.split_once('"'))
                .ok_or_else(|| format!("a line without a service: {line:.40}"))?
                .0;
            services.push(Entry { name, line, read: OnceLock::new() });
        }
        if !services.is_sorted_by(|a, b| a.name < b.name) {
            return Err("the services are not sorted".to_owned());
        }
        Ok(Self { partitions: about.partitions.into(), services })
    }

    /// The service with botocore's folder name; nothing when none of its operations is listed.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the data is compiled in, and a test reads all of it")]
    pub fn service(&self, name: &str) -> Option<Arc<Service>> {
        let at = self.services.binary_search_by(|e| e.name.cmp(name)).ok()?;
        let entry = &self.services[at];
        let read = || {
            let service = Service::parse(entry.line, Arc::clone(&self.partitions));
            Arc::new(service.expect("data/models.jsonl is as generate.py writes it"))
        };
        Some(Arc::clone(entry.read.get_or_init(read)))
    }

    /// The names of the services, sorted.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|e| e.name)
    }

    /// The operations that list and describe, as `service:Operation`, sorted.
    pub fn operations(&self) -> impl Iterator<Item = &'static str> {
        LISTED.lines().filter(|l| !l.is_empty())
    }

    /// The operations that obtain credentials, in the same form.
    pub fn credential_operations(&self) -> impl Iterator<Item = &'static str> {
        CREDENTIALS.lines().filter(|l| !l.is_empty())
    }

    /// The partitions of AWS.
    #[must_use]
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// The partition that a region is in, by its name.
    #[must_use]
    pub fn partition(&self, region: &str) -> Option<&Partition> {
        self.partitions.iter().find(|p| p.has(region))
    }

    /// A service from a line of another file.
    #[cfg(test)]
    pub(crate) fn parse(&self, line: &str) -> serde_json::Result<Service> {
        Service::parse(line, Arc::clone(&self.partitions))
    }
}
