//! Which namespaces are listed one by one: those that the source names, or, where not everything may be
//! listed at once, those in which something may.
//!
//! A user who may not list the pods of all namespaces is taken to be kept to namespaces.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use cloudscope_domain::ScopeKey;
use cloudscope_ports::{CollectContext, Fault, FaultKind, SourceSpec};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use crate::{
    client::Client,
    machine::{Input, Object},
    object,
    options::Options,
    path::{Objects, Target},
    resource::Resource,
};

/// Namespaces that are looked into.
const MOST: usize = 2_000;
/// Together.
const AT_ONCE: usize = 8;
/// Of those in which nothing might be listed so many are asked for again in a later look: somebody may have
/// allowed it. The next look goes on with the others.
const AGAIN: usize = 64;
/// A page of namespaces is no larger.
const MOST_PAGE: usize = 64 << 20;

/// Namespaces to list one by one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spaces {
    /// Something may be listed there.
    pub(crate) open: BTreeSet<String>,
    /// Nothing may, as far as pods tell, and what the server said.
    pub(crate) closed: BTreeMap<String, Fault>,
    /// Every namespace that there is, where that could be read whole.
    pub(crate) all: Option<BTreeSet<String>>,
    /// The source names them.
    named: bool,
    /// Nothing may be listed anywhere; the context's own is among the open ones, so that it says so of each kind.
    assumed: bool,
    /// The last of the closed ones that was asked for again.
    asked: String,
}

/// The kind that shows what a user may: pods, where they are wanted.
pub(crate) fn probe(wanted: &[Resource]) -> Option<&Resource> {
    let pods = wanted.iter().find(|r| r.group.is_empty() && r.plural == "pods");
    pods.or_else(|| wanted.iter().find(|r| r.namespaced))
}

/// Whom to ask.
pub(crate) struct Ask<'a> {
    pub(crate) source: &'a SourceSpec,
    pub(crate) context: &'a str,
    pub(crate) options: &'a Options,
    pub(crate) client: &'a Client,
    pub(crate) run: &'a CollectContext,
    pub(crate) wanted: &'a [Resource],
}

impl Ask<'_> {
    /// The namespaces; `None` when everything is listed at once.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub(crate) async fn first(&self) -> Result<Option<Spaces>, Fault> {
        if !self.options.namespaces.is_empty() {
            let open = self.options.namespaces.iter().cloned().collect();
            return Ok(Some(Spaces { open, named: true, ..Spaces::default() }));
        }
        let Some(pods) = probe(self.wanted) else { return Ok(None) };
        if self.refusal(pods, None).await?.is_none() {
            return Ok(None);
        }
        self.look(pods, Spaces::default()).await.map(Some)
    }

    /// What became of them: which are new, which are there no more, and where something may be listed by now.
    /// Whether they are listed one by one at all, only a run finds out.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub(crate) async fn again(&self, before: &Spaces) -> Result<Spaces, Fault> {
        match probe(self.wanted) {
            Some(pods) if !before.named => self.look(pods, before.clone()).await,
            _ => Ok(before.clone()),
        }
    }

    async fn look(&self, pods: &Resource, mut spaces: Spaces) -> Result<Spaces, Fault> {
        let own = self.client.login().facts().namespace.clone().unwrap_or_else(|| "default".to_owned());
        let (names, whole) = self.names().await?;
        if std::mem::take(&mut spaces.assumed) {
            spaces.open.remove(&own);
        }
        if whole {
            let there = |name: &String| names.contains(name) || *name == own;
            spaces.open.retain(there);
            spaces.closed.retain(|name, _| there(name));
        }
        let known = |name: &&String| spaces.open.contains(*name) || spaces.closed.contains_key(*name);
        let mut asked: BTreeSet<String> =
            names.iter().chain([&own]).filter(|name| !known(name)).cloned().collect();
        let after = (Bound::Excluded(spaces.asked.as_str()), Bound::Unbounded);
        let turn = spaces.closed.range::<str, _>(after).chain(&spaces.closed).take(AGAIN);
        let turn: Vec<String> = turn.map(|(name, _)| name.clone()).collect();
        if let Some(last) = turn.last() {
            spaces.asked.clone_from(last);
        }
        asked.extend(turn);
        let told: Vec<(String, Option<Fault>)> = stream::iter(asked)
            .map(|name| async {
                let refusal = self.refusal(pods, Some(&name)).await?;
                Ok::<_, Fault>((name, refusal))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        for (name, refusal) in told {
            match refusal {
                None => {
                    spaces.closed.remove(&name);
                    spaces.open.insert(name);
                }
                Some(fault) => _ = spaces.closed.insert(name, fault),
            }
        }
        if spaces.open.is_empty() && spaces.closed.remove(&own).is_some() {
            spaces.assumed = true;
            spaces.open.insert(own);
        }
        spaces.all = whole.then_some(names);
        Ok(spaces)
    }

    /// Why nothing may be listed there, if that is so.
    async fn refusal(&self, pods: &Resource, namespace: Option<&str>) -> Result<Option<Fault>, Fault> {
        let of = Objects { resource: pods, namespace, metadata: true };
        let target = Target::List { of, limit: Some(1), token: None };
        let key = self.key(pods).parent(namespace.unwrap_or_default());
        match self.client.get(&*self.run.gate, &key, &target, MOST_PAGE).await {
            Ok(_) => Ok(None),
            Err(fault) if is_refusal(&fault) => Ok(Some(fault)),
            Err(fault) => Err(fault),
        }
    }

    /// The names of the namespaces as far as they may be listed, and whether that is all of them.
    async fn names(&self) -> Result<(BTreeSet<String>, bool), Fault> {
        let namespaces = self.wanted.iter().find(|r| r.group.is_empty() && r.plural == "namespaces");
        let Some(resource) = namespaces else { return Ok((BTreeSet::new(), false)) };
        let of = Objects { resource, namespace: None, metadata: true };
        let most = u32::try_from(MOST).unwrap_or(u32::MAX);
        let target = Target::List { of, limit: Some(most), token: None };
        let body = match self.client.get(&*self.run.gate, &self.key(resource), &target, MOST_PAGE).await {
            Ok(answer) => answer.good(&target)?,
            Err(fault) if is_refusal(&fault) => return Ok((BTreeSet::new(), false)),
            Err(fault) => return Err(fault),
        };
        let wrong = |why: String| {
            let words = format!("{} answers with {why}", self.client.context());
            Fault::new(FaultKind::Malformed, target.operation().as_str(), words)
        };
        match object::page(&body, true).map_err(wrong)? {
            Input::Page { objects, next, .. } => {
                let whole = next.is_none_or(|token| token.is_empty()) && objects.len() <= MOST;
                Ok((objects.iter().filter_map(name).take(MOST).collect(), whole))
            }
            _ => Ok((BTreeSet::new(), false)),
        }
    }

    fn key(&self, resource: &Resource) -> ScopeKey {
        ScopeKey::new(self.source.name.clone(), resource.name()).account(self.context)
    }
}

fn name(object: &Object<Value>) -> Option<String> {
    object.body.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned)
}

/// A refusal of the credentials themselves names no permission.
fn is_refusal(fault: &Fault) -> bool {
    fault.kind == FaultKind::Denied && fault.missing_permission.is_some()
}
