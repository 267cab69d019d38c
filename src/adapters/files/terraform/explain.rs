//! Says what a file is that is not a version 4 state, and what to do to get one: older and newer
//! versions, encrypted states, plan files, backend pointers, the output of `terraform show`.

use cloudscope_domain::text::Visible;
use serde_json::Value;

/// Why bytes that are not text cannot be a state.
pub(crate) fn binary(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Some(
            "is a saved plan, not a state; apply it, or get the state with `terraform state pull > x.tfstate`",
        );
    }
    crate::open::foreign_encoding(bytes)
}

/// Why a JSON object is not a state that is read; `None` when it is one. `field` gives a field by name.
pub(crate) fn json<'a>(field: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
    let has = |name: &str| field(name).is_some();
    let value = |name: &str| field(name).and_then(|text| serde_json::from_str::<Value>(text).ok());
    if has("encrypted_data") || has("encryption_version") {
        return Some(
            "is an encrypted OpenTofu state; decrypt it with `tofu state pull > x.tfstate` where its key is configured"
                .to_owned(),
        );
    }
    if has("format_version") && (has("values") || has("planned_values")) {
        return Some(
            "is the output of `terraform show -json`, not a state; give the state file itself, or `terraform state pull > x.tfstate`"
                .to_owned(),
        );
    }
    if let Some(Value::Object(backend)) = value("backend") {
        let kind = backend.get("type").and_then(Value::as_str).unwrap_or("remote");
        return Some(format!(
            "only names the backend `{}` that holds the state; get it with `terraform state pull > x.tfstate`",
            Visible(kind)
        ));
    }
    let Some(version) = value("version") else {
        return Some(
            "is JSON but no Terraform state: it has no `version`; for other JSON set format=json".to_owned(),
        );
    };
    match version.as_u64() {
        Some(4) if has("resources") || has("outputs") || has("serial") || has("lineage") => None,
        Some(4) => Some(
            "has version 4 but neither resources nor a serial: not a Terraform state; for other JSON set format=json"
                .to_owned(),
        ),
        Some(old @ 1..=3) => Some(format!(
            "is a Terraform state of version {old}, this program reads version 4; `terraform state pull > x.tfstate` with Terraform 0.12 or later upgrades it"
        )),
        Some(new @ 5..) => Some(format!(
            "is a Terraform state of version {new}, newer than the version 4 that this program reads; use a newer cloudscope"
        )),
        Some(0) | None => Some(format!(
            "has the version `{}`, which no Terraform state has; this program reads version 4",
            Visible(&crate::emit::shorten(&version.to_string()))
        )),
    }
}
