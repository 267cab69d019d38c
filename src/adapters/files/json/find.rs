//! Finds the list of items in a JSON document: at the path that the user gave, or where there is
//! only one place that it can be. An unclear document is an error that names the choices.

use std::collections::BTreeMap;

use cloudscope_domain::text::Visible;
use serde::{
    Deserializer as _,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// Where tools put their list.
const USUAL: &[&str] =
    &["items", "value", "values", "resources", "results", "data", "assets", "records", "rows"];
const FLATTEN: usize = 8;

/// The items of a document, in order.
///
/// # Errors
/// Why there are none to be found, in words.
pub(crate) fn items<'a>(root: &'a RawValue, at: Option<&str>) -> Result<Vec<&'a RawValue>, String> {
    if let Some(at) = at {
        return at_path(root, at);
    }
    if is(root, b'[') {
        return list(root);
    }
    if !is(root, b'{') {
        return Err("the document is neither an array nor an object; there are no assets in it".to_owned());
    }
    let fields = fields(root)?;
    let has = |key: &str| fields.iter().any(|(k, _)| k == key);
    if has("format_version") && (has("planned_values") || has("values")) {
        return Err(
            "is the output of `terraform show -json`; give the state file itself, or `terraform state pull > x.tfstate`"
                .to_owned(),
        );
    }
    // An object that says what it is by itself is one item, whatever lists it holds.
    let is_item = (has("id") && has("kind"))
        || (has("apiVersion") && has("metadata") && !fields.iter().any(|(k, v)| k == "items" && is(v, b'[')));
    if is_item {
        return Ok(vec![root]);
    }
    let lists: Vec<&(String, &RawValue)> =
        fields.iter().filter(|(_, value)| is_list_of_objects(value)).collect();
    let usual = || USUAL.iter().find_map(|name| lists.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)));
    match lists.as_slice() {
        [] => match fields.iter().find(|(k, v)| USUAL.contains(&k.as_str()) && is(v, b'[') && is_empty(v)) {
            Some(_) => Ok(Vec::new()),
            None => Ok(vec![root]),
        },
        [(_, only)] => list(only),
        several => match usual() {
            Some((_, value)) => list(value),
            None => Err(format!(
                "the document has several lists ({}); set the option items to one of them",
                several.iter().take(8).map(|(k, _)| Visible(k).to_string()).collect::<Vec<_>>().join(", ")
            )),
        },
    }
}

/// `Reservations.Instances`: a list on the way means every one of its elements.
fn at_path<'a>(root: &'a RawValue, at: &str) -> Result<Vec<&'a RawValue>, String> {
    let mut here = vec![root];
    for name in at.trim_start_matches("$.").split('.').filter(|n| !n.is_empty()) {
        let mut next = Vec::new();
        for value in flat(here)? {
            if is(value, b'{')
                && let Some((_, value)) = fields(value)?.into_iter().find(|(k, _)| k == name)
            {
                next.push(value);
            }
        }
        if next.is_empty() {
            return Err(format!(
                "there is no `{}` at `{}`; check the option items",
                Visible(name),
                Visible(at)
            ));
        }
        here = next;
    }
    flat(here)
}

/// Lists replaced by their elements.
fn flat(mut values: Vec<&RawValue>) -> Result<Vec<&RawValue>, String> {
    for _ in 0..FLATTEN {
        if !values.iter().any(|v| is(v, b'[')) {
            break;
        }
        let mut next = Vec::with_capacity(values.len());
        for value in values {
            if is(value, b'[') { next.extend(list(value)?) } else { next.push(value) }
        }
        values = next;
    }
    Ok(values)
}

fn is(value: &RawValue, first: u8) -> bool {
    value.get().as_bytes().first() == Some(&first)
}

fn is_list_of_objects(value: &RawValue) -> bool {
    is(value, b'[') && value.get()[1..].trim_start().starts_with('{')
}

fn is_empty(value: &RawValue) -> bool {
    value.get()[1..].trim_start().starts_with(']')
}

fn list(value: &RawValue) -> Result<Vec<&RawValue>, String> {
    serde_json::from_str(value.get()).map_err(|e| super::reason(&e))
}

/// The fields of an object in order, unparsed. Of a name that comes twice the last one counts, as
/// everywhere in JSON.
pub(crate) fn fields(object: &RawValue) -> Result<Vec<(String, &RawValue)>, String> {
    struct Fields;
    impl<'de> Visitor<'de> for Fields {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut at = BTreeMap::new();
            let mut fields: Self::Value = Vec::new();
            while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                if let Some(known) = at.get(&key).copied() {
                    let known: usize = known;
                    fields[known].1 = value;
                } else {
                    at.insert(key.clone(), fields.len());
                    fields.push((key, value));
                }
            }
            Ok(fields)
        }
    }
    serde_json::Deserializer::from_str(object.get()).deserialize_map(Fields).map_err(|e| super::reason(&e))
}
