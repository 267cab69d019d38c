//! Lists and events as an API server writes them, taken apart: objects with the number that stands for them
//! and their version.
//!
//! Knows no kind; what an object means is the mapper's.

use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash, Hasher},
};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    failure::Status,
    machine::{Input, Object, number, seen::UNKNOWN},
};

/// Marks the end of what was there when a watch began.
const INITIAL_END: &str = "k8s.io/initial-events-end";

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: ListMetadata,
    #[serde(default)]
    items: Option<Vec<Box<RawValue>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMetadata {
    #[serde(default)]
    resource_version: Option<String>,
    #[serde(default, rename = "continue")]
    token: Option<String>,
    #[serde(default)]
    remaining_item_count: Option<u64>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    object: &'a RawValue,
}

/// A line of a watch.
pub(crate) enum Line {
    /// Something for the machine.
    Input(Input<Value>),
    /// An error of the server.
    Error(Status),
}

/// Reads a page of a list. `metadata`: nothing but metadata was asked for, and nothing else is taken.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn page(body: &Bytes, metadata: bool) -> Result<Input<Value>, String> {
    let list: List = serde_json::from_slice(body).map_err(|e| format!("no JSON list ({e})"))?;
    if metadata && list.kind != "PartialObjectMetadataList" {
        return Err("whole objects, though only their metadata was asked for; nothing of it was taken".into());
    }
    let items = list.items.unwrap_or_default();
    let mut objects = Vec::with_capacity(items.len());
    for item in items {
        let value = serde_json::from_str(item.get()).map_err(|e| format!("an object that is none ({e})"))?;
        objects.push(object(value, metadata)?);
    }
    Ok(Input::Page {
        objects,
        version: list.metadata.resource_version.unwrap_or_default(),
        next: list.metadata.token,
        remaining: list.metadata.remaining_item_count,
    })
}

/// Reads a line of a watch.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn line(line: &[u8], metadata: bool) -> Result<Line, String> {
    let event: Event<'_> = serde_json::from_slice(line).map_err(|e| format!("no event ({e})"))?;
    let read = || serde_json::from_str::<Value>(event.object.get()).map_err(|e| format!("no object ({e})"));
    Ok(match event.kind.as_ref() {
        "ADDED" | "MODIFIED" => Line::Input(Input::Upsert(object(read()?, metadata)?)),
        "DELETED" => Line::Input(Input::Delete(object(read()?, metadata)?)),
        "BOOKMARK" => {
            let value = read()?;
            let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let version = text("/metadata/resourceVersion").to_owned();
            if version.is_empty() {
                return Err("a bookmark without a version".into());
            }
            let whole = value.pointer("/metadata/annotations").and_then(|a| a.get(INITIAL_END));
            Line::Input(Input::Bookmark { version, whole: whole.and_then(Value::as_str) == Some("true") })
        }
        "ERROR" => {
            let text = event.object.get();
            let code = read()?.get("code").and_then(Value::as_u64).and_then(|c| u16::try_from(c).ok());
            Line::Error(Status::read(code.unwrap_or(500), text.as_bytes()))
        }
        other => return Err(format!("an event of the sort `{}`", crate::failure::shown(other))),
    })
}

fn object(mut value: Value, metadata: bool) -> Result<Object<Value>, String> {
    let Some(map) = value.as_object_mut() else { return Err("an object that is none".into()) };
    if metadata {
        let partial = map.get("kind").and_then(Value::as_str).is_none_or(|k| k == "PartialObjectMetadata");
        if !partial || map.keys().any(|k| !["kind", "apiVersion", "metadata"].contains(&k.as_str())) {
            return Err(
                "a whole object, though only its metadata was asked for; nothing of it was taken".into()
            );
        }
        // The mapper says of which kind it is.
        map.remove("kind");
        map.remove("apiVersion");
    }
    let Some(own) = map.get_mut("metadata").and_then(Value::as_object_mut) else {
        return Err("an object without metadata".into());
    };
    // Who wrote which field: a third of many objects, and nobody's to know.
    own.remove("managedFields");
    let text = |key: &str| own.get(key).and_then(Value::as_str).unwrap_or_default();
    let (uid, name) = (text("uid"), text("name"));
    if uid.is_empty() && name.is_empty() {
        return Err("an object without a name".into());
    }
    let mut hasher = DefaultHasher::new();
    if uid.is_empty() {
        (text("namespace"), name).hash(&mut hasher);
    } else {
        uid.hash(&mut hasher);
    }
    let version = number(text("resourceVersion")).unwrap_or(UNKNOWN);
    Ok(Object { id: hasher.finish(), unique: !uid.is_empty(), version, body: value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, metadata: bool) -> Result<Input<Value>, String> {
        match line(text.as_bytes(), metadata)? {
            Line::Input(input) => Ok(input),
            Line::Error(status) => Err(format!("status {}", status.code)),
        }
    }

    #[test]
    fn a_list_is_taken_apart() {
        let body = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"12","continue":"t","remainingItemCount":7},
            "items":[{"metadata":{"name":"a","uid":"u1","resourceVersion":"3","managedFields":[{"manager":"x"}]},"spec":{}}]}"#;
        let Ok(Input::Page { objects, version, next, remaining }) = page(&Bytes::from_static(body), false)
        else {
            panic!()
        };
        assert_eq!((version.as_str(), next.as_deref(), remaining), ("12", Some("t"), Some(7)));
        assert_eq!((objects[0].version, objects[0].unique), (3, true));
        assert!(objects[0].body.pointer("/metadata/managedFields").is_none());
        let empty = br#"{"kind":"PodList","metadata":{},"items":null}"#;
        assert!(
            matches!(page(&Bytes::from_static(empty), false), Ok(Input::Page { objects, .. }) if objects.is_empty())
        );
    }

    #[test]
    fn events_are_what_they_say() {
        let pod = r#"{"kind":"Pod","metadata":{"name":"a","namespace":"n","resourceVersion":"x9"}}"#;
        let event = |kind: &str| read(&format!(r#"{{"type":"{kind}","object":{pod}}}"#), false).unwrap();
        let Input::Upsert(added) = event("ADDED") else { panic!() };
        assert_eq!((added.version, added.unique), (UNKNOWN, false));
        let Input::Delete(deleted) = event("DELETED") else { panic!() };
        assert_eq!(deleted.id, added.id);
        let mark = r#"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"44","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;
        assert_eq!(read(mark, false).unwrap(), Input::Bookmark { version: "44".into(), whole: true });
        let error = r#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"#;
        let Ok(Line::Error(status)) = line(error.as_bytes(), false) else { panic!() };
        assert!(status.is_expired());
        assert!(read(r#"{"type":"ADDED","obj"#, false).is_err());
        assert!(read(r#"{"type":"NEWS","object":{}}"#, false).is_err());
    }

    #[test]
    fn where_metadata_was_asked_for_nothing_else_is_taken() {
        let whole = r#"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a","uid":"u"},"data":{"k":"czNjcmV0"}}"#;
        let told = read(&format!(r#"{{"type":"ADDED","object":{whole}}}"#), true).unwrap_err();
        assert!(!told.contains("czNjcmV0"));
        let list = format!(r#"{{"kind":"SecretList","metadata":{{}},"items":[{whole}]}}"#);
        assert!(page(&Bytes::from(list), true).is_err());
        let disguised =
            format!(r#"{{"kind":"PartialObjectMetadataList","metadata":{{}},"items":[{whole}]}}"#);
        assert!(page(&Bytes::from(disguised), true).is_err());
        let partial = r#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"a","uid":"u"}}"#;
        let Ok(Input::Upsert(object)) = read(&format!(r#"{{"type":"ADDED","object":{partial}}}"#), true)
        else {
            panic!()
        };
        assert!(object.body.get("kind").is_none());
    }
}
