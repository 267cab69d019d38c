//! Whether kinds that a cluster does not serve any more are really not there. That its discovery lacks a kind
//! proves nothing yet: a server that has just started serves custom kinds a moment later than all others, and a
//! group that another server answers for is there when that one is back. What proves it is that nobody claims the
//! kind: no definition, and no other server.

use std::collections::BTreeSet;

use cloudscope_domain::ScopeKey;
use cloudscope_ports::{Fault, FaultKind, Gate, Pages};
use serde_json::Value;

use crate::{
    client::Client,
    machine::Input,
    object,
    path::{LIST, Objects, Target},
    resource::Resource,
};

/// A page is no larger.
const MOST_PAGE: usize = 64 << 20;
/// Objects of a page.
const PAGE: u32 = 500;

/// The kinds in which a cluster says what it serves, as far as it has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) definitions: Option<Resource>,
    pub(crate) services: Option<Resource>,
}

/// Group of a kind by the name of its listing.
pub(crate) fn group(listing: &str) -> &str {
    listing.split_once('.').map_or("", |(_, group)| group)
}

/// Those of these listings that nobody claims to serve. The core group always is somebody's.
///
/// # Errors
/// When it cannot be read who claims what: then nothing is proved.
pub(crate) async fn unclaimed<'a>(
    client: &Client,
    gate: &dyn Gate,
    scope: impl Fn(&str) -> ScopeKey,
    claims: &Claims,
    listings: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeSet<String>, Fault> {
    let mut listings: BTreeSet<String> =
        listings.into_iter().filter(|l| !group(l).is_empty()).map(str::to_owned).collect();
    if listings.is_empty() {
        return Ok(listings);
    }
    let Some(definitions) = &claims.definitions else {
        let words = format!("{} does not say which kinds are defined", client.context());
        return Err(Fault::new(FaultKind::NotFound, LIST.as_str(), words));
    };
    // Their names are all that is needed.
    for definition in all(client, gate, &scope, definitions, true).await? {
        listings.remove(text(&definition, "/metadata/name"));
    }
    if let Some(services) = &claims.services
        && !listings.is_empty()
    {
        for service in all(client, gate, &scope, services, false).await? {
            // Those without a server of their own stand for the groups of this one.
            if service.pointer("/spec/service").is_some_and(|s| !s.is_null()) {
                let group_of = text(&service, "/spec/group");
                listings.retain(|listing| group(listing) != group_of);
            }
        }
    }
    Ok(listings)
}

fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// Every object of a kind, as of one version.
async fn all(
    client: &Client,
    gate: &dyn Gate,
    scope: &impl Fn(&str) -> ScopeKey,
    resource: &Resource,
    metadata: bool,
) -> Result<Vec<Value>, Fault> {
    let key = scope(&resource.name());
    let of = Objects { resource, namespace: None, metadata };
    let (mut pages, mut token, mut found): (_, Option<String>, _) =
        (Pages::new(LIST.as_str()), None, Vec::new());
    loop {
        let target = Target::List { of, limit: Some(PAGE), token: token.as_deref() };
        let wrong = |why: String| {
            let words = format!("{} answers with {why}", client.context());
            Fault::new(FaultKind::Malformed, LIST.as_str(), words)
        };
        let body = client.get(gate, &key, &target, MOST_PAGE).await?.good(&target)?;
        let Input::Page { objects, next, .. } = object::page(&body, metadata).map_err(wrong)? else {
            return Err(wrong("something that is no list".to_owned()));
        };
        found.extend(objects.into_iter().map(|object| object.body));
        match next.filter(|token| !token.is_empty()) {
            Some(next) => {
                pages.follow(&next)?;
                token = Some(next);
            }
            None => return Ok(found),
        }
    }
}
