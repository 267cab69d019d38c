//! Two sightings, field by field.

use std::collections::BTreeMap;

use cloudscope_domain::Sighting;
use serde_json::Value;

/// Where they may differ: kind, path, what only the typed client has, and why.
const EXPLAINED: [(&str, &str, Value, &str); 1] = [(
    "aws.ec2.spot-instance-request",
    "/properties/LaunchSpecification/Monitoring/Enabled",
    Value::Bool(false),
    "moto answers an empty <monitoring/>; the typed client makes up a required member that is missing",
)];

/// What differs.
#[derive(Default)]
pub(crate) struct Differences {
    /// A line each.
    pub(crate) told: Vec<String>,
    /// Times that are the same instant but written with other digits: the typed client keeps the instant
    /// and not its text. By path, how often.
    pub(crate) digits: BTreeMap<String, usize>,
    /// Those of [`EXPLAINED`], by path and reason, how often.
    pub(crate) explained: BTreeMap<String, usize>,
    /// How many fields were compared.
    pub(crate) fields: usize,
}

impl Differences {
    pub(crate) fn text(&mut self, of: &str, what: &str, wire: &str, typed: &str) {
        if wire != typed {
            self.told.push(format!("{of}: {what}: wire {wire:?}, typed {typed:?}"));
        }
    }

    /// Everything that a sighting has: the asset's fields, the properties, the references.
    pub(crate) fn sighting(&mut self, wire: &Sighting, typed: &Sighting) {
        let of = format!("{} {:?}", wire.asset.kind, wire.asset.key);
        let (mut one, mut other) = (whole(wire), whole(typed));
        self.value(&of, &wire.asset.kind.to_string(), "", &mut one, &mut other);
    }

    fn value(&mut self, of: &str, kind: &str, path: &str, wire: &mut Value, typed: &mut Value) {
        match (wire, typed) {
            (Value::Object(wire), Value::Object(typed)) => {
                for (name, value) in wire.iter_mut() {
                    let path = format!("{path}/{name}");
                    match typed.get_mut(name) {
                        Some(other) => self.value(of, kind, &path, value, other),
                        None => self.told.push(format!("{of}: {path}: only the wire client has {value}")),
                    }
                }
                for (name, value) in typed.iter().filter(|(name, _)| !wire.contains_key(*name)) {
                    let path = format!("{path}/{name}");
                    let known = EXPLAINED.iter().find(|e| (e.0, e.1, &e.2) == (kind, &*path, value));
                    if let Some((_, _, _, why)) = known {
                        *self.explained.entry(format!("{kind} {path}: {why}")).or_default() += 1;
                    } else {
                        self.told.push(format!("{of}: {path}: only the typed client has {value}"));
                    }
                }
            }
            (Value::Array(wire), Value::Array(typed)) if wire.len() == typed.len() => {
                for (wire, typed) in wire.iter_mut().zip(typed) {
                    self.value(of, kind, &format!("{path}/*"), wire, typed);
                }
            }
            (wire, typed) => {
                self.fields += 1;
                if wire == typed {
                    return;
                }
                if let (Some(one), Some(other)) = (instant(wire), instant(typed))
                    && one == other
                {
                    *self.digits.entry(format!("{kind} {path}")).or_default() += 1;
                    return;
                }
                self.told.push(format!("{of}: {path}: wire {wire}, typed {typed}"));
            }
        }
    }
}

fn whole(sighting: &Sighting) -> Value {
    let mut whole = serde_json::to_value(&sighting.asset).unwrap();
    whole["properties"] = sighting.asset.properties.value();
    whole["references"] = serde_json::to_value(&sighting.references).unwrap();
    whole["volatile"] = serde_json::to_value(&*sighting.volatile).unwrap();
    whole["sets"] = serde_json::to_value(&*sighting.sets).unwrap();
    whole
}

fn instant(value: &Value) -> Option<jiff::Timestamp> {
    value.as_str()?.parse().ok()
}
