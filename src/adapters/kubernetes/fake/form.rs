//! The forms in which objects are sent: whole, their metadata alone, or as rows of a table.

use serde_json::{Value, json};

use super::{kinds::Served, objects::Stored};

/// What a client accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Whole,
    Metadata,
    Table,
}

impl Form {
    /// The first that can be served, as a server negotiates.
    pub(crate) fn of(accept: &str) -> Self {
        for kind in accept.split(',') {
            let has = |word: &str| kind.split(';').any(|p| p.trim() == word);
            if has("as=Table") && has("v=v1") {
                return Self::Table;
            }
            if (has("as=PartialObjectMetadata") || has("as=PartialObjectMetadataList")) && has("v=v1") {
                return Self::Metadata;
            }
            if matches!(kind.trim(), "application/json" | "*/*") {
                return Self::Whole;
            }
        }
        Self::Whole
    }

    /// The list's own kind and version.
    pub(crate) fn list_kind(self, served: &Served) -> (String, String) {
        match self {
            Self::Whole => (format!("{}List", served.kind), served.api_version()),
            Self::Metadata => ("PartialObjectMetadataList".to_owned(), "meta.k8s.io/v1".to_owned()),
            Self::Table => ("Table".to_owned(), "meta.k8s.io/v1".to_owned()),
        }
    }

    /// An object in a list.
    pub(crate) fn item(self, served: &Served, object: &Stored, out: &mut String) {
        match self {
            // Items of built-in kinds do not say what they are.
            Self::Whole if !served.custom => out.push_str(&object.text),
            Self::Whole | Self::Metadata => self.single(served, object, out),
            Self::Table => out.push_str(&row(served, object).to_string()),
        }
    }

    /// An object alone.
    pub(crate) fn single(self, served: &Served, object: &Stored, out: &mut String) {
        match self {
            Self::Whole => {
                let (version, kind) = (served.api_version(), &served.kind);
                out.push_str(&format!("{{\"apiVersion\":\"{version}\",\"kind\":\"{kind}\","));
                out.push_str(&object.text[1..]);
            }
            Self::Metadata => {
                out.push_str(
                    "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":",
                );
                out.push_str(object.metadata());
                out.push('}');
            }
            Self::Table => {
                let table = json!({
                    "kind": "Table", "apiVersion": "meta.k8s.io/v1",
                    "metadata": {"resourceVersion": object.version.to_string()},
                    "columnDefinitions": columns(served), "rows": [row(served, object)],
                });
                out.push_str(&table.to_string());
            }
        }
    }
}

/// Of a table.
pub(crate) fn columns(served: &Served) -> Value {
    let column = |name: &str, form: &str| json!({"name": name, "type": "string", "format": form, "description": "", "priority": 0});
    let mut out = vec![column("Name", "name")];
    if served.kind == "Pod" {
        out.extend(["Ready", "Status", "Restarts"].map(|name| column(name, "")));
    }
    out.push(column("Age", ""));
    Value::Array(out)
}

/// What a server prints under STATUS: why the first of the containers does not run, else why the pod does not,
/// else its phase. Pods of the fake have no containers that begin before others, and none that end one by one.
fn word(pod: &Value) -> String {
    let status = &pod["status"];
    let of_containers = status["containerStatuses"].as_array().into_iter().flatten().find_map(|container| {
        let state = &container["state"];
        state["waiting"]["reason"].as_str().or_else(|| state["terminated"]["reason"].as_str())
    });
    let words = [of_containers, status["reason"].as_str(), status["phase"].as_str()];
    words.into_iter().flatten().find(|word| !word.is_empty()).unwrap_or("Unknown").to_owned()
}

fn row(served: &Served, object: &Stored) -> Value {
    let value = object.value();
    let mut cells = vec![value["metadata"]["name"].clone()];
    if served.kind == "Pod" {
        let states = value["status"]["containerStatuses"].as_array();
        let ready = states.map_or(0, |s| s.iter().filter(|c| c["ready"] == true).count());
        let restarts = states.map_or(0, |s| s.iter().filter_map(|c| c["restartCount"].as_u64()).sum());
        cells.push(json!(format!("{ready}/{}", states.map_or(0, Vec::len))));
        cells.push(json!(word(&value)));
        cells.push(json!(restarts.to_string()));
    }
    let created = value["metadata"]["creationTimestamp"].as_str().and_then(|t| t.parse().ok());
    let age = created.map_or(0, |t: jiff::Timestamp| jiff::Timestamp::now().as_second() - t.as_second());
    cells.push(json!(format!("{age}s")));
    let metadata: Value = serde_json::from_str(object.metadata()).unwrap_or_default();
    json!({
        "cells": cells,
        "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata},
    })
}
