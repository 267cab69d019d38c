//! A Kubernetes object in a file: a manifest, or what `kubectl get -o json` printed. The file does
//! not say which cluster it is of, so the record stands by itself, under the path of the file.

use std::collections::BTreeMap;

use cloudscope_domain::{Asset, AssetKey, Incarnation, Kind, Payload, Sighting, asset::Provider};
use serde_json::{Map, Value};

use super::{Refused, RowMapper, plain::cut, words};

pub(crate) fn is_object(row: &Map<String, Value>) -> bool {
    row.get("apiVersion").is_some_and(Value::is_string)
        && row.get("kind").is_some_and(Value::is_string)
        && row.get("metadata").is_some_and(Value::is_object)
}

pub(crate) fn read(row: Map<String, Value>, mapper: &mut RowMapper<'_>) -> Result<Sighting, Refused> {
    let mut item = Value::Object(row);
    let text =
        |item: &Value, at: &str| item.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind_word = text(&item, "/kind");
    if kind_word == "Secret" {
        redact_secret(&mut item, mapper);
    }
    mapper.tools.redactor.value(&mut item);
    let name = text(&item, "/metadata/name");
    if name.is_empty() {
        return Err(Refused::new("a Kubernetes object without a name", "the object has no metadata.name"));
    }
    let api_version = text(&item, "/apiVersion");
    let group = api_version.rsplit_once('/').map_or("core", |(group, _)| group);
    let short_group = group.split('.').next().unwrap_or(group);
    let fallback = Kind::from_words(["k8s", "object"]);
    let kind = Kind::from_words(["k8s", cut(short_group, 48), &kebab(cut(&kind_word, 48))]);
    let kind = mapper.bounded_kind(kind, &fallback);
    let namespace = text(&item, "/metadata/namespace");
    let id = format!("{}#{group}/{kind_word}/{namespace}/{name}", mapper.path.display());
    let mut tags = BTreeMap::new();
    if let Some(labels) = item.pointer("/metadata/labels") {
        words::tags(labels, &mut tags);
    }
    let mut addresses = Vec::new();
    for at in ["/status/podIP", "/spec/clusterIP", "/spec/clusterIPs", "/status/podIPs"] {
        if let Some(value) = item.pointer(at)
            && value != "None"
        {
            words::addresses(value, &mut addresses);
        }
    }
    let phase = text(&item, "/status/phase");
    let asset = Asset {
        key: AssetKey::new(id, Incarnation::from(text(&item, "/metadata/uid"))),
        category: mapper.tools.catalog.spec(&kind).map(|spec| spec.category).unwrap_or_default(),
        kind,
        provider: Provider::from(mapper.format),
        name: name.into(),
        account: mapper.mapping.account.as_str().into(),
        region: mapper.mapping.region.as_str().into(),
        zone: "".into(),
        status: (!phase.is_empty()).then(|| words::status(&phase)),
        tags,
        created_at: item.pointer("/metadata/creationTimestamp").and_then(words::time),
        addresses,
        aliases: Vec::new(),
        declares: None,
        properties: Payload::from_value(&item),
    };
    let mut sighting = mapper.sighting(asset);
    sighting.volatile = ["/metadata/resourceVersion", "/metadata/managedFields"].map(str::to_owned).into();
    Ok(sighting)
}

/// Data of a Secret, and the annotation in which kubectl keeps a copy of all of it.
fn redact_secret(item: &mut Value, mapper: &RowMapper<'_>) {
    for at in ["/data", "/stringData"] {
        if let Some(Value::Object(data)) = item.pointer_mut(at) {
            for value in data.values_mut() {
                mapper.tools.redactor.replace(value, "sensitive");
            }
        }
    }
    if let Some(Value::Object(annotations)) = item.pointer_mut("/metadata/annotations")
        && let Some(copy) = annotations.get_mut("kubectl.kubernetes.io/last-applied-configuration")
    {
        mapper.tools.redactor.replace(copy, "sensitive");
    }
}

/// `ReplicaSet` -> `replica-set`
fn kebab(word: &str) -> String {
    let mut out = String::new();
    let mut lower_before = false;
    for c in word.chars() {
        if c.is_uppercase() && lower_before {
            out.push('-');
        }
        lower_before = c.is_lowercase();
        out.push(c);
    }
    out
}
