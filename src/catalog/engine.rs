//! Maps one item to an asset and its references, by a kind's spec.
//!
//! Order matters: secrets go first, so that nothing can be derived from one; then tags, because names
//! come from them; then the fields, of which account and region stand in the id. Never panics,
//! whatever the item is.

mod clean;
mod references;
mod selector;
mod status;
mod tags;
mod time;

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::{
    Asset, AssetId, AssetKey, Kind, Payload, Sighting, Status,
    redact::{Redactor, is_access_key_id},
};
use serde_json::Value;

use crate::{
    context::MapContext,
    engine::clean::Clean,
    error::MapError,
    spec::KindSpec,
    template::{Environment, Template},
};

/// Maps one item.
pub(crate) fn map(
    spec: &KindSpec,
    kind: &Kind,
    mut item: Value,
    given: Option<Status>,
    context: &MapContext,
    redactor: &Redactor,
) -> Result<Sighting, MapError> {
    if !item.is_object() {
        return Err(MapError::NotAnObject(kind.clone()));
    }
    for path in &spec.drop {
        path.remove(&mut item);
    }
    for secret in &spec.redact {
        secret.path.each_mut(&mut item, &mut |value| redactor.replace(value, &secret.why));
    }
    // One look over the whole text is much cheaper than one at each of the texts that are derived from it:
    // where nothing looks secret in the whole, nothing does in them.
    let mut properties = redactor.payload(&item);
    let clean = Clean { redactor, needed: !properties.is_vouched() };
    let tags = tags::collect(&spec.tags, &item);
    let fields = Fields::derive(spec, kind, &item, &tags, context)?;
    let environment = |variable| Environment { item: &item, matched: None, tags: &tags, variable };
    let variable = |name: &str| fields.variable(name, context);
    let with = environment(&variable);

    let status = spec.status.as_ref().and_then(|s| status::read(s, given, &with));
    let created_at = spec.created.iter().find_map(|t| t.first(&with, time::parse)?);
    let addresses = every(&spec.addresses, &with, clean);
    let mut aliases = every(&spec.aliases, &with, clean);
    aliases.retain(|a| *a != fields.id);
    let declares = spec.declares.iter().find_map(|t| t.first(&with, |id| AssetId::from(clean.shared(id))));
    let references = references::collect(&spec.references, &with, clean);
    let volatile = spec.volatile.pointers(&item);
    let sets = spec.sets.pointers(&item);

    let Fields { id, incarnation, name, account, region, zone } = fields;
    let tags = if clean.needed { clean.tags(tags) } else { tags };
    let public = spec.identifier && is_access_key_id(&id);
    if clean.needed && redactor.value(&mut item) > 0 {
        if public {
            redactor.restore_id(&mut item, &id);
        }
        properties = Payload::from_value(&item);
    }
    let shared = |text: String| -> Arc<str> { clean.text(text).into() };
    let asset = Asset {
        key: AssetKey::new(if public { id } else { clean.text(id) }, clean.text(incarnation)),
        kind: kind.clone(),
        category: spec.category,
        provider: spec.provider.clone(),
        name: shared(name),
        account: shared(account),
        region: shared(region),
        zone: shared(zone),
        status: status.map(|s| match redactor.text(&s.word) {
            Some(word) => Status { word: word.into(), class: s.class },
            None => s,
        }),
        tags,
        created_at,
        addresses,
        aliases,
        declares,
        properties,
    };
    Ok(Sighting { asset, references, volatile, sets })
}

/// The fields that other templates may name.
#[derive(Default)]
struct Fields {
    id: String,
    incarnation: String,
    name: String,
    account: String,
    region: String,
    zone: String,
}

impl Fields {
    fn derive(
        spec: &KindSpec,
        kind: &Kind,
        item: &Value,
        tags: &BTreeMap<String, String>,
        context: &MapContext,
    ) -> Result<Self, MapError> {
        let mut fields = Self {
            account: context.account.clone(),
            region: context.region.clone(),
            zone: context.variables.get("zone").cloned().unwrap_or_default(),
            ..Self::default()
        };
        let missing = |path: &str| MapError::MissingId { kind: kind.clone(), path: path.to_owned() };
        let found = |fields: &Self, templates: &[Template]| {
            let variable = |name: &str| fields.variable(name, context);
            first(templates, &Environment { item, matched: None, tags, variable: &variable })
        };
        // Zone before region: in several clouds the region is a part of the zone.
        if let Some(account) = found(&fields, &spec.account) {
            fields.account = account;
        }
        if let Some(zone) = found(&fields, &spec.zone) {
            fields.zone = zone;
        }
        if let Some(region) = found(&fields, &spec.region) {
            fields.region = region;
        }
        let id = {
            let variable = |name: &str| fields.variable(name, context);
            let with = Environment { item, matched: None, tags, variable: &variable };
            spec.id.render(&with).map_err(missing)?
        };
        if id.is_empty() {
            return Err(missing(spec.id.as_str()));
        }
        fields.id = id;
        if !spec.incarnation.is_empty() {
            let variable = |name: &str| fields.variable(name, context);
            let with = Environment { item, matched: None, tags, variable: &variable };
            let incarnation = spec.incarnation.iter().find_map(|t| t.render(&with).ok());
            fields.incarnation = incarnation.ok_or_else(|| missing(spec.incarnation[0].as_str()))?;
        }
        fields.name = found(&fields, &spec.name).unwrap_or_else(|| tail(&fields.id).to_owned());
        Ok(fields)
    }

    fn variable<'a>(&'a self, name: &str, context: &'a MapContext) -> Option<&'a str> {
        match name {
            "account" => Some(&self.account),
            "region" => Some(&self.region),
            "zone" => Some(&self.zone),
            "id" => Some(&self.id).filter(|t| !t.is_empty()).map(String::as_str),
            "name" => Some(&self.name).filter(|t| !t.is_empty()).map(String::as_str),
            _ => context.variables.get(name).map(String::as_str),
        }
    }
}

/// The first template that gives a text.
pub(crate) fn first(templates: &[Template], environment: &Environment<'_>) -> Option<String> {
    templates.iter().find_map(|t| t.text(environment))
}

/// Every text of every template, each once.
fn every(templates: &[Template], environment: &Environment<'_>, clean: Clean<'_>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for template in templates {
        template.each(environment, &mut |text| {
            let text = clean.text(text.to_owned());
            if !out.contains(&text) {
                out.push(text);
            }
            out.len() < MAX_TEXTS
        });
    }
    out
}

/// Addresses and aliases of one asset are no more than this; lists are searched, not hashed.
const MAX_TEXTS: usize = 256;

/// What stands after the last slash or colon; the whole when nothing does.
fn tail(id: &str) -> &str {
    id.rsplit(['/', ':']).find(|part| !part.trim().is_empty()).unwrap_or(id)
}

#[cfg(test)]
mod tests;
