//! Lists, page by page at one version, and single objects.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    form::{Form, columns},
    objects::{Frozen, Objects},
    request::Address,
    select::Selector,
    status::Refused,
};

type Parameters = BTreeMap<String, String>;

/// A page of a list.
pub(crate) fn list(
    objects: &mut Objects,
    address: &Address,
    parameters: &Parameters,
    form: Form,
    empty: bool,
) -> Result<String, Refused> {
    let text = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    let bad = |words: String| Refused::new(400, "BadRequest", words);
    let selector = Selector::parse(text("labelSelector"), text("fieldSelector")).map_err(bad)?;
    let asked = text("resourceVersion");
    let mut limit: usize = text("limit").parse().unwrap_or(0);
    let (version, start) = match text("continue") {
        "" => {
            let version = asked.parse::<u64>().unwrap_or(0);
            if version > objects.version {
                let mut out = Refused::new(
                    504,
                    "Timeout",
                    format!("Too large resource version: {version}, current: {}", objects.version),
                );
                out.retry_after = Some(1);
                return Err(out);
            }
            if text("resourceVersionMatch") == "Exact" && version != objects.version {
                return Err(Refused::expired(objects.version, version));
            }
            // From the cache, which knows no pages.
            if asked == "0" {
                limit = 0;
            }
            (objects.version, 0)
        }
        token => token_of(token).ok_or_else(|| bad("continue key is not valid".to_owned()))?,
    };
    let place = address.namespace.as_deref().unwrap_or("*");
    let key = format!(
        "{version} {} {place} {} {}",
        address.resource(),
        text("labelSelector"),
        text("fieldSelector")
    );
    let items = if start > 0 {
        Arc::clone(&objects.frozen(&key).ok_or_else(Refused::page_expired)?.items)
    } else {
        let shelf = objects.shelves.get(&address.resource()).ok_or_else(Refused::no_such_path)?;
        Arc::new(if empty { Vec::new() } else { shelf.list(address.namespace.as_deref(), &selector) })
    };
    let end = if limit == 0 { items.len() } else { items.len().min(start + limit) };
    let page = &items[start.min(end)..end];
    let served = &objects.shelves.get(&address.resource()).ok_or_else(Refused::no_such_path)?.served;
    let mut metadata = json!({"resourceVersion": version.to_string()});
    if end < items.len() {
        metadata["continue"] = json!(token(version, end));
        if selector.is_everything() {
            metadata["remainingItemCount"] = json!(items.len() - end);
        }
    }
    let (kind, api_version) = form.list_kind(served);
    let mut out = String::with_capacity(page.iter().map(|(_, o)| o.text.len() + 1).sum::<usize>() + 512);
    out.push_str(&format!("{{\"kind\":\"{kind}\",\"apiVersion\":\"{api_version}\",\"metadata\":{metadata},"));
    if form == Form::Table {
        out.push_str(&format!("\"columnDefinitions\":{},\"rows\":[", columns(served)));
    } else {
        out.push_str("\"items\":[");
    }
    for (i, (_, object)) in page.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        form.item(served, object, &mut out);
    }
    out.push_str("]}\n");
    if start == 0 && end < items.len() {
        objects.freeze(key, Frozen { items });
    }
    Ok(out)
}

/// One object.
pub(crate) fn get(objects: &Objects, address: &Address, form: Form) -> Result<String, Refused> {
    let shelf = objects.shelves.get(&address.resource()).ok_or_else(Refused::no_such_path)?;
    let name = address.name.as_deref().unwrap_or_default();
    let namespace = address.namespace.as_deref().unwrap_or_default();
    let missing = || Refused::no_such_object(&address.group, &address.plural, name);
    let object = shelf.get(namespace, name).ok_or_else(missing)?;
    let mut out = String::with_capacity(object.text.len() + 64);
    form.single(&shelf.served, &object, &mut out);
    out.push('\n');
    Ok(out)
}

/// A page's token: opaque to clients; here hexadecimal digits of what it stands for.
fn token(version: u64, start: usize) -> String {
    let text = json!({"v": "fake/v1", "rv": version, "start": start}).to_string();
    text.bytes().map(|b| format!("{b:02x}")).collect()
}

fn token_of(token: &str) -> Option<(u64, usize)> {
    let bytes: Option<Vec<u8>> =
        (0..token.len() / 2).map(|i| u8::from_str_radix(token.get(2 * i..2 * i + 2)?, 16).ok()).collect();
    let value: Value = serde_json::from_slice(&bytes?).ok()?;
    Some((value["rv"].as_u64()?, usize::try_from(value["start"].as_u64()?).ok()?))
}
