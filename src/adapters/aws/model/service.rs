//! One service: its protocol, its operations, and where it answers.

use std::sync::Arc;

use hashbrown::HashMap;
use serde::Deserialize;

use super::{
    endpoint::{Endpoint, EndpointOptions, Partition, Presence},
    protocol::Protocol,
    shape::{Ref, Shape, Shapes, Structure},
};

/// How an operation is paged, in botocore's words: request members and JMESPath expressions on the output.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Pages {
    /// The request members that carry the tokens.
    #[serde(rename = "input")]
    pub input_tokens: Vec<Box<str>>,
    /// Where the answer has the tokens of the next page, in the same order.
    #[serde(rename = "output")]
    pub output_tokens: Vec<Box<str>>,
    /// The request member for the page size.
    #[serde(rename = "limit")]
    pub limit_key: Option<Box<str>>,
    /// Where the answer says whether more follows.
    #[serde(rename = "more")]
    pub more_results: Option<Box<str>>,
    /// Where the items are.
    #[serde(rename = "result")]
    pub result_keys: Vec<Box<str>>,
}

/// What may be called.
#[derive(Clone, Debug, Deserialize)]
pub struct Operation {
    /// Its name.
    pub name: Box<str>,
    /// The HTTP method.
    pub method: Box<str>,
    /// The path, with labels in braces, and sometimes a fixed query.
    pub uri: Box<str>,
    /// What it takes.
    pub input: Option<Ref>,
    /// What it answers.
    pub output: Option<Ref>,
    /// The element around the answer's members.
    pub wrapper: Option<Box<str>>,
    /// What stands before the host's name, with labels in braces.
    pub host: Option<Box<str>>,
    /// Called without a signature.
    #[serde(default)]
    pub unsigned: bool,
    /// How it is paged, if it is.
    pub pages: Option<Pages>,
}

/// A service.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Line")]
pub struct Service {
    /// botocore's folder name.
    pub name: Box<str>,
    /// AWS's own name for it.
    pub id: Box<str>,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// The version of its API.
    pub api_version: Box<str>,
    /// The first label of its hosts.
    pub endpoint_prefix: Box<str>,
    /// Its name in signatures.
    pub signing_name: Box<str>,
    /// The version of its JSON protocol.
    pub json_version: Option<Box<str>>,
    /// What stands before the operation in `X-Amz-Target`.
    pub target_prefix: Option<Box<str>>,
    /// Whether error codes of its former query protocol are asked for.
    pub query_errors: bool,
    /// Its shapes.
    pub shapes: Shapes,
    operations: HashMap<Box<str>, Operation>,
    presences: Vec<Presence>,
    partitions: Arc<[Partition]>,
}

#[derive(Deserialize)]
struct Line {
    service: Box<str>,
    id: Box<str>,
    protocol: Protocol,
    version: Box<str>,
    prefix: Box<str>,
    signing: Box<str>,
    json: Option<Box<str>>,
    target: Option<Box<str>>,
    #[serde(default)]
    query_errors: bool,
    operations: Vec<Operation>,
    shapes: Shapes,
    endpoints: Vec<Presence>,
}

impl TryFrom<Line> for Service {
    type Error = String;

    fn try_from(line: Line) -> Result<Self, String> {
        let mut shapes = line.shapes;
        let roots = line.operations.iter().flat_map(|o| [&o.input, &o.output]).flatten().map(|r| r.shape);
        if !shapes.whole(roots) {
            return Err(format!("{}: names a shape that is not there", line.service));
        }
        shapes.index(line.protocol);
        Ok(Self {
            name: line.service,
            id: line.id,
            protocol: line.protocol,
            api_version: line.version,
            endpoint_prefix: line.prefix,
            signing_name: line.signing,
            json_version: line.json,
            target_prefix: line.target,
            query_errors: line.query_errors,
            shapes,
            operations: line.operations.into_iter().map(|o| (o.name.clone(), o)).collect(),
            presences: line.endpoints,
            partitions: Arc::new([]),
        })
    }
}

impl Service {
    /// Reads a line of `models.jsonl`.
    ///
    /// # Errors
    /// The line is not such a line.
    pub(super) fn parse(line: &str, partitions: Arc<[Partition]>) -> serde_json::Result<Self> {
        let mut service: Self = serde_json::from_str(line)?;
        service.partitions = partitions;
        Ok(service)
    }

    /// The operation of that name, when it is among those that may be called.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(name)
    }

    /// The members of what an operation takes.
    #[must_use]
    pub fn input(&self, operation: &Operation) -> Option<&Structure> {
        self.shapes.structure(operation.input.as_ref()?.shape)
    }

    /// The members of what an operation answers.
    #[must_use]
    pub fn output(&self, operation: &Operation) -> Option<&Structure> {
        self.shapes.structure(operation.output.as_ref()?.shape)
    }

    /// The shape that a reference names.
    #[must_use]
    pub fn shape(&self, of: &Ref) -> &Shape {
        self.shapes.get(of.shape)
    }

    /// Whether there is one of it for the whole partition that a region is in.
    #[must_use]
    pub fn is_global(&self, region: &str) -> bool {
        self.presence(region).is_some_and(|(_, p)| p.global)
    }

    /// Where it answers for a region; nothing where it is not offered, or not in that variant. A region
    /// that is newer than the models is taken to have every service of its partition.
    #[must_use]
    pub fn endpoint(&self, region: &str, options: EndpointOptions) -> Option<Endpoint> {
        let (partition, presence) = self.presence(region)?;
        presence.offers(partition, region).then(|| presence.endpoint(region, options))?
    }

    /// The known regions of a partition that it is offered in. All of them for a global service.
    pub fn regions<'a>(&'a self, partition: &'a Partition) -> impl Iterator<Item = &'a str> {
        let presence = self.presences.iter().find(|p| p.partition == partition.name);
        let offered = move |r: &&str| presence.is_some_and(|p| p.offers(partition, r));
        partition.regions.iter().map(|r| &**r).filter(offered)
    }

    fn presence(&self, region: &str) -> Option<(&Partition, &Presence)> {
        let partition = self.partitions.iter().find(|p| p.has(region))?;
        let presence = self.presences.iter().find(|p| p.partition == partition.name)?;
        Some((partition, presence))
    }
}
