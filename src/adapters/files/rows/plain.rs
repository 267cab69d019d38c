//! A row that is nobody's known shape: an inventory sheet, a script's output. Everything in it is
//! kept; what can be told by the mapping and the names of its fields becomes more than a property.

use std::collections::BTreeMap;

use cloudscope_domain::{
    Asset, AssetId, AssetKey, Category, Incarnation, Kind, Payload, Sighting, asset::Provider,
};
use serde_json::{Map, Value};

use crate::{
    cloud::{self, CloudId},
    options::Field,
};

use super::{
    RowMapper,
    guess::{Meaning, Roles, scalar},
    words,
};

/// How ids made of a content hash begin.
pub(crate) const HASHED: &str = "row:";

pub(crate) fn read(row: Map<String, Value>, mapper: &mut RowMapper<'_>) -> Sighting {
    let mut payload = Value::Object(row);
    mapper.tools.redactor.value(&mut payload);
    let properties = Payload::from_value(&payload);
    let Value::Object(row) = &payload else { return mapper.sighting(empty(properties)) };
    let mut roles = std::mem::replace(&mut mapper.roles, Roles::new(mapper.mapping));
    let meaning = roles.of(row);
    let asset = asset(&meaning, properties, mapper);
    drop(meaning);
    mapper.roles = roles;
    mapper.sighting(asset)
}

fn asset(meaning: &Meaning<'_>, properties: Payload, mapper: &mut RowMapper<'_>) -> Asset {
    let text = |field| meaning.text(field).unwrap_or_default();
    let own_id = meaning.text(Field::Id);
    let cloud = own_id.as_deref().and_then(cloud::parse);
    let declares = match meaning.text(Field::Declares) {
        Some(id) if meaning.is_meant(Field::Declares) => {
            Some(cloud::named(&id).unwrap_or_else(|| AssetId::from(id)))
        }
        // A column that often has such an id, or the id of the row.
        other => other.iter().chain(&own_id).find_map(|text| cloud::named(text)),
    };
    let of_cloud = |pick: fn(&CloudId) -> &String| cloud.as_ref().map(pick).cloned().unwrap_or_default();
    let id = match (&cloud, own_id) {
        (Some(cloud), _) => cloud.id.clone(),
        (None, Some(id)) => id.into(),
        (None, None) => hashed(&properties),
    };
    let zone = first([text(Field::Zone), of_cloud(|c| &c.zone)]);
    let region = first([
        text(Field::Region),
        of_cloud(|c| &c.region),
        cloud::region_of_zone(&zone).to_owned(),
        mapper.mapping.region.clone(),
    ]);
    let (kind, category) = kind(meaning, mapper);
    let mut tags = BTreeMap::new();
    if let Some(value) = meaning.get(Field::Tags) {
        words::tags(value, &mut tags);
    }
    for (key, value) in &meaning.tags {
        if let Some(value) = scalar(value) {
            tags.insert(key.clone(), value);
        }
    }
    let mut addresses = Vec::new();
    for value in &meaning.addresses {
        words::addresses(value, &mut addresses);
    }
    let provider = first([
        mapper.mapping.provider.clone().unwrap_or_default(),
        meaning.text(Field::Provider).filter(|p| p.chars().count() <= 32).unwrap_or_default().to_lowercase(),
        mapper.format.to_owned(),
    ]);
    Asset {
        name: first([text(Field::Name), tail(id.as_str()).to_owned()]).into(),
        key: AssetKey { id, incarnation: Incarnation::from(text(Field::Incarnation)) },
        kind,
        category,
        provider: Provider::from(provider),
        account: first([text(Field::Account), of_cloud(|c| &c.account), mapper.mapping.account.clone()])
            .into(),
        region: region.into(),
        zone: zone.into(),
        status: meaning.text(Field::Status).map(|word| words::status(&word)),
        tags,
        created_at: meaning.get(Field::Created).and_then(words::time),
        addresses,
        aliases: Vec::new(),
        declares,
        properties,
    }
}

/// The kind by option or column, else `csv.row`; a column's word that is no kind becomes `csv.word`.
fn kind(meaning: &Meaning<'_>, mapper: &mut RowMapper<'_>) -> (Kind, Category) {
    let fallback = Kind::from_words([mapper.format, if mapper.format == "csv" { "row" } else { "object" }]);
    let kind = match (&mapper.mapping.kind, meaning.text(Field::Kind)) {
        (Some(kind), _) => kind.clone(),
        (None, None) => fallback,
        (None, Some(word)) => {
            let kind = match word.parse::<Kind>() {
                Ok(kind) if mapper.tools.catalog.spec(&kind).is_some() || kind.parts().count() > 1 => kind,
                _ => Kind::from_words([mapper.format, cut(&word, 48)]),
            };
            mapper.bounded_kind(kind, &fallback)
        }
    };
    let category = meaning
        .text(Field::Category)
        .and_then(|word| word.to_lowercase().parse().ok())
        .or_else(|| mapper.tools.catalog.spec(&kind).map(|spec| spec.category))
        .unwrap_or_default();
    (kind, category)
}

fn hashed(properties: &Payload) -> AssetId {
    let hash = blake3::hash(properties.as_str().as_bytes()).to_hex();
    format!("{HASHED}{}", &hash[..32]).into()
}

fn empty(properties: Payload) -> Asset {
    let id = hashed(&properties);
    Asset {
        name: id.as_str().into(),
        key: AssetKey { id, incarnation: Incarnation::default() },
        kind: Kind::from_words(["other"]),
        category: Category::Other,
        provider: "json".into(),
        account: "".into(),
        region: "".into(),
        zone: "".into(),
        status: None,
        tags: BTreeMap::new(),
        created_at: None,
        addresses: Vec::new(),
        aliases: Vec::new(),
        declares: None,
        properties,
    }
}

/// The first text that says something, or nothing.
pub(crate) fn first<const N: usize>(texts: [String; N]) -> String {
    texts.into_iter().find(|t| !t.is_empty()).unwrap_or_default()
}

/// What is behind the last separator of an id, for want of a name.
pub(crate) fn tail(id: &str) -> &str {
    id.rsplit(['/', ':']).find(|part| !part.is_empty()).unwrap_or(id)
}

pub(crate) fn cut(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(end, _)| &text[..end])
}
