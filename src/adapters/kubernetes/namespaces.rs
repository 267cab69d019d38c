//! Which namespaces are listed one by one: those that the source names, or, where not everything may be
//! listed at once, those in which something may.
//!
//! A user who may not list the pods of all namespaces is taken to be kept to namespaces.

use cloudscope_domain::ScopeKey;
use cloudscope_ports::{CollectContext, Fault, FaultKind, SourceSpec};
use futures::{StreamExt, stream};

use crate::{
    client::Client,
    machine::Input,
    object,
    options::Options,
    path::{Objects, Target},
    resource::Resource,
};

/// Namespaces that are looked into.
const MOST: usize = 2_000;
/// Together.
const AT_ONCE: usize = 8;
/// A page of namespaces is no larger.
const MOST_PAGE: usize = 64 << 20;

/// Namespaces to list one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spaces {
    /// Something may be listed there.
    pub(crate) open: Vec<String>,
    /// Nothing may, as far as pods tell.
    pub(crate) closed: Vec<String>,
}

/// The kind that shows what a user may: pods, where they are wanted.
pub(crate) fn probe(wanted: &[Resource]) -> Option<&Resource> {
    let pods = wanted.iter().find(|r| r.group.is_empty() && r.plural == "pods");
    pods.or_else(|| wanted.iter().find(|r| r.namespaced))
}

/// The namespaces; `None` when everything is listed at once.
///
/// # Errors
/// When the server cannot be asked.
pub(crate) async fn find(
    source: &SourceSpec,
    context: &str,
    options: &Options,
    client: &Client,
    run: &CollectContext,
    wanted: &[Resource],
) -> Result<Option<Spaces>, Fault> {
    if !options.namespaces.is_empty() {
        let open = options.namespaces.iter().cloned().collect();
        return Ok(Some(Spaces { open, closed: Vec::new() }));
    }
    let Some(pods) = probe(wanted) else { return Ok(None) };
    let key =
        |namespace: &str| ScopeKey::new(source.name.clone(), pods.name()).account(context).parent(namespace);
    let may = async |namespace: Option<&str>| {
        let of = Objects { resource: pods, namespace, metadata: true };
        let target = Target::List { of, limit: Some(1), token: None };
        let key = key(namespace.unwrap_or_default());
        match client.get(&*run.gate, &key, &target, MOST_PAGE).await {
            Ok(_) => Ok(true),
            Err(fault) if fault.kind == FaultKind::Denied && fault.missing_permission.is_some() => Ok(false),
            Err(fault) => Err(fault),
        }
    };
    if may(None).await? {
        return Ok(None);
    }
    let own = || client.login().facts().namespace.clone().unwrap_or_else(|| "default".to_owned());
    let mut names = names(source, context, client, run, wanted).await?;
    if !names.contains(&own()) {
        names.insert(0, own());
    }
    let asked = stream::iter(names)
        .map(|name| async {
            let open = may(Some(&name)).await;
            (name, open)
        })
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let mut spaces = Spaces::default();
    for (name, open) in asked {
        if open? { spaces.open.push(name) } else { spaces.closed.push(name) }
    }
    if spaces.open.is_empty() {
        // Whatever is to be said of it, it says itself.
        let all = std::mem::take(&mut spaces.closed);
        let (open, closed) = all.into_iter().partition(|name| *name == own());
        spaces = Spaces { open, closed };
    }
    Ok(Some(spaces))
}

/// The names of the namespaces, as far as they may be listed.
async fn names(
    source: &SourceSpec,
    context: &str,
    client: &Client,
    run: &CollectContext,
    wanted: &[Resource],
) -> Result<Vec<String>, Fault> {
    let Some(resource) = wanted.iter().find(|r| r.group.is_empty() && r.plural == "namespaces") else {
        return Ok(Vec::new());
    };
    let key = ScopeKey::new(source.name.clone(), resource.name()).account(context);
    let of = Objects { resource, namespace: None, metadata: true };
    let target = Target::List { of, limit: Some(u32::try_from(MOST).unwrap_or(u32::MAX)), token: None };
    let body = match client.get(&*run.gate, &key, &target, MOST_PAGE).await {
        Ok(answer) => answer.good(&target)?,
        Err(fault) if fault.kind == FaultKind::Denied && fault.missing_permission.is_some() => {
            return Ok(Vec::new());
        }
        Err(fault) => return Err(fault),
    };
    let wrong = |why: String| {
        let words = format!("{} answers with {why}", client.context());
        Fault::new(FaultKind::Malformed, target.operation().as_str(), words)
    };
    match object::page(&body, true).map_err(wrong)? {
        Input::Page { objects, .. } => {
            let name = |o: crate::machine::Object<serde_json::Value>| {
                o.body.pointer("/metadata/name").and_then(serde_json::Value::as_str).map(str::to_owned)
            };
            Ok(objects.into_iter().filter_map(name).take(MOST).collect())
        }
        _ => Ok(Vec::new()),
    }
}
