//! Assets of the estate as rows of files: what the collector for files reads, and what other tools load to
//! answer the same questions.

use std::fmt::Write as _;

use cloudscope_domain::Sighting;
use serde_json::{Map, Value, json};

/// The header of the CSV form.
pub const CSV_HEAD: &str = "id,kind,category,provider,account,region,zone,name,status,created_at,address,env,team,service,owner,cost_center,payload";

/// One asset as a line of NDJSON, without the line break.
#[must_use]
pub fn ndjson_row(seen: &Sighting) -> String {
    let asset = &seen.asset;
    let tags: Map<String, Value> = asset.tags.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
    let head = json!({
        "id": asset.key.id.as_str(), "kind": asset.kind.as_str(), "category": asset.category.as_str(),
        "provider": asset.provider.as_str(), "account": &*asset.account, "region": &*asset.region,
        "zone": &*asset.zone, "name": &*asset.name,
        "status": asset.status.as_ref().map(|s| s.word.to_string()),
        "created_at": asset.created_at.map(|t| t.to_string()),
        "addresses": asset.addresses, "tags": tags,
    });
    let mut text = head.to_string();
    text.pop();
    // The payload is JSON already.
    let _ = write!(text, ",\"properties\":{}}}", asset.properties.as_str());
    text
}

/// One asset as a line of CSV, without the line break.
#[must_use]
pub fn csv_row(seen: &Sighting) -> String {
    let asset = &seen.asset;
    let tag = |name: &str| asset.tags.get(name).cloned().unwrap_or_default();
    let cells = [
        asset.key.id.as_str().to_owned(),
        asset.kind.as_str().to_owned(),
        asset.category.as_str().to_owned(),
        asset.provider.as_str().to_owned(),
        asset.account.to_string(),
        asset.region.to_string(),
        asset.zone.to_string(),
        asset.name.to_string(),
        asset.status.as_ref().map(|s| s.word.to_string()).unwrap_or_default(),
        asset.created_at.map(|t| t.to_string()).unwrap_or_default(),
        asset.addresses.first().cloned().unwrap_or_default(),
        tag("env"),
        tag("team"),
        tag("service"),
        tag("owner"),
        tag("cost-center"),
        asset.properties.as_str().to_owned(),
    ];
    let quoted = cells.map(|cell| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell
        }
    });
    quoted.join(",")
}
