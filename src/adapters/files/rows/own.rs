//! Reads this program's own export back: every field of a row that describes the asset comes out as
//! it went in. Presence and the times of seeing are the importing inventory's own; a row whose asset
//! was gone when it was exported is passed over, because there is nothing to import.

use std::collections::BTreeMap;

use cloudscope_domain::{
    Asset, AssetId, AssetKey, Category, Incarnation, Kind, Payload, Sighting, Status, StatusClass, Timestamp,
    asset::Provider, redact::Redactor,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Refused, RowMapper,
    plain::{first, tail},
};

#[derive(Deserialize)]
struct OwnRow {
    id: String,
    kind: Kind,
    category: Category,
    provider: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    status_class: StatusClass,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    addresses: Vec<String>,
    #[serde(default)]
    presence: Option<Presence>,
    #[serde(default)]
    created_at: Option<Timestamp>,
    #[serde(default)]
    incarnation: String,
    #[serde(default)]
    declares: Option<String>,
    #[serde(default)]
    properties: Option<Value>,
}

#[derive(Deserialize)]
struct Presence {
    #[serde(default)]
    state: String,
}

/// Whether an object has the shape of an exported row.
pub(crate) fn is_own(row: &Map<String, Value>) -> bool {
    let text = |key| row.get(key).and_then(Value::as_str);
    text("id").is_some_and(|id| !id.is_empty())
        && text("provider").is_some()
        && text("kind").is_some_and(|kind| kind.parse::<Kind>().is_ok())
        && text("category").is_some_and(|word| word.parse::<Category>().is_ok())
        && !row.contains_key("metadata")
}

pub(crate) fn read(row: Map<String, Value>, mapper: &RowMapper<'_>) -> Result<Option<Sighting>, Refused> {
    let row: OwnRow = serde_json::from_value(Value::Object(row)).map_err(|e| {
        Refused::new("not a row as this program exports it", format!("not an exported row: {e}"))
    })?;
    if row.presence.is_some_and(|p| p.state == "gone") {
        return Ok(None);
    }
    let redactor = &mapper.tools.redactor;
    let clean = |text: String| clean(redactor, text);
    let mut properties = row.properties.unwrap_or_else(|| Value::Object(Map::new()));
    redactor.value(&mut properties);
    // Run as fields of one object, so that a secret-looking tag name counts as one.
    let mut tags = Value::Object(row.tags.into_iter().map(|(k, v)| (k, Value::String(v))).collect());
    redactor.value(&mut tags);
    let id = AssetId::from(clean(row.id));
    // A row in a file proves nothing, whoever it was that exported it.
    let declares = row.declares.map_or_else(|| id.clone(), |declared| AssetId::from(clean(declared)));
    let asset = Asset {
        name: first([clean(row.name), tail(id.as_str()).to_owned()]).into(),
        key: AssetKey { id, incarnation: Incarnation::from(clean(row.incarnation)) },
        kind: row.kind,
        category: row.category,
        provider: Provider::from(clean(row.provider)),
        account: clean(row.account).into(),
        region: clean(row.region).into(),
        zone: clean(row.zone).into(),
        status: row.status.map(|word| Status { word: clean(word).into(), class: row.status_class }),
        tags: serde_json::from_value(tags).unwrap_or_default(),
        created_at: row.created_at,
        addresses: row.addresses.into_iter().map(clean).collect(),
        aliases: Vec::new(),
        declares: Some(declares),
        properties: Payload::from_value(&properties),
    };
    Ok(Some(mapper.sighting(asset)))
}

fn clean(redactor: &Redactor, text: String) -> String {
    redactor.text(&text).unwrap_or(text)
}
