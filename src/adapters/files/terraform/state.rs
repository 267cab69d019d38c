//! The parts of a version 4 state as they stand in the file. Parts stay text until they are needed:
//! one resource is taken apart at a time, and a broken one costs only itself.

use cloudscope_domain::text::Visible;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{address, explain, object_or_empty};
use crate::json::find_fields;

/// A state with its resources unparsed.
pub(crate) struct State<'a> {
    pub(crate) terraform_version: Option<String>,
    pub(crate) serial: Option<u64>,
    pub(crate) lineage: Option<String>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) resources: Vec<&'a RawValue>,
}

/// An output value of the root module.
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) sensitive: bool,
    pub(crate) type_: Option<Value>,
}

#[derive(Deserialize)]
struct RawOutput {
    #[serde(default)]
    value: Value,
    #[serde(default)]
    sensitive: Option<Value>,
    #[serde(default, rename = "type")]
    type_: Option<Value>,
}

impl<'a> State<'a> {
    pub(crate) fn parse(root: &'a RawValue) -> Result<Self, String> {
        if !root.get().starts_with('{') {
            return Err("is JSON but no Terraform state: it is not an object".to_owned());
        }
        let fields = find_fields(root)?;
        let field = |name: &str| fields.iter().find(|(k, _)| k == name).map(|(_, v)| v.get());
        if let Some(reason) = explain::json(&field) {
            return Err(reason);
        }
        let text = |name: &str| field(name).and_then(|v| serde_json::from_str::<String>(v).ok());
        let resources = match field("resources") {
            None | Some("null") => Vec::new(),
            Some(list) => serde_json::from_str(list)
                .map_err(|_| "has `resources` that are not a list; the state is damaged".to_owned())?,
        };
        let mut outputs = Vec::new();
        if let Some((_, raw)) = fields.iter().find(|(k, v)| k == "outputs" && v.get().starts_with('{')) {
            for (name, raw) in find_fields(raw)? {
                // One that cannot be read is told as sensitive: nobody knows what it holds.
                let output = serde_json::from_str(raw.get()).unwrap_or(RawOutput {
                    value: Value::String(raw.get().to_owned()),
                    sensitive: Some(Value::Bool(true)),
                    type_: None,
                });
                let sensitive = !matches!(output.sensitive, None | Some(Value::Null | Value::Bool(false)));
                outputs.push(Output { name, value: output.value, sensitive, type_: output.type_ });
            }
        }
        Ok(Self {
            terraform_version: text("terraform_version"),
            serial: field("serial").and_then(|v| v.parse().ok()),
            lineage: text("lineage"),
            outputs,
            resources,
        })
    }
}

/// A resource with its instances unparsed.
#[derive(Deserialize)]
pub(crate) struct Resource<'a> {
    #[serde(default)]
    pub(crate) module: Option<String>,
    #[serde(default = "managed")]
    pub(crate) mode: String,
    #[serde(rename = "type")]
    pub(crate) type_: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) provider: Option<String>,
    #[serde(borrow, default)]
    pub(crate) instances: Vec<&'a RawValue>,
}

fn managed() -> String {
    "managed".to_owned()
}

impl<'a> Resource<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub(crate) fn is_data(&self) -> bool {
        self.mode == "data"
    }

    pub(crate) fn module(&self) -> &str {
        self.module.as_deref().unwrap_or_default()
    }

    /// Its address as `terraform state list` prints it, without an index.
    pub(crate) fn address(&self) -> String {
        let mut out = String::new();
        if !self.module().is_empty() {
            out.push_str(self.module());
            out.push('.');
        }
        // Ephemeral and later modes print their own name, as data does.
        if self.mode != "managed" {
            out.push_str(&self.mode);
            out.push('.');
        }
        out.push_str(&self.type_);
        out.push('.');
        out.push_str(&self.name);
        out
    }

    /// The address of one of its instances; `terraform show` appends the key of a deposed one so.
    pub(crate) fn instance_address(&self, instance: &Instance<'_>) -> String {
        let mut out = self.address();
        if let Some(key) = &instance.index_key {
            out.push_str(&address::index(key));
        }
        if let Some(key) = instance.deposed.as_deref().filter(|key| !key.is_empty()) {
            out.push_str(" (deposed ");
            out.push_str(&Visible(key).to_string());
            out.push(')');
        }
        out
    }
}

/// One instance of a resource with its attributes unparsed.
#[derive(Deserialize)]
pub(crate) struct Instance<'a> {
    #[serde(default)]
    pub(crate) index_key: Option<Value>,
    #[serde(default)]
    pub(crate) status: Option<String>,
    #[serde(default)]
    pub(crate) deposed: Option<String>,
    #[serde(default)]
    pub(crate) schema_version: Option<Value>,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
    #[serde(borrow, default)]
    attributes_flat: Option<&'a RawValue>,
    #[serde(default)]
    pub(crate) sensitive_attributes: Option<Value>,
    #[serde(default)]
    dependencies: Option<Vec<String>>,
    #[serde(default)]
    depends_on: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) create_before_destroy: Option<bool>,
}

impl<'a> Instance<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The attributes; those of a resource that was upgraded from an older version and not written
    /// since are flat.
    pub(crate) fn attributes(&self) -> Value {
        let raw = self.attributes.filter(|raw| raw.get() != "null").or(self.attributes_flat);
        object_or_empty(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default())
    }

    /// What it depends on: addresses of whole resources, without keys.
    pub(crate) fn dependencies(&self) -> &[String] {
        self.dependencies.as_deref().or(self.depends_on.as_deref()).unwrap_or_default()
    }
}
