//! Reads Terraform state, version 4: every resource instance is a record of its own, which declares
//! a cloud asset and never proves that it exists. The format is the one that Terraform writes
//! (internal/states/statefile/version4.go there); every other version is named in the error.

mod accounts;
mod address;
mod depends;
mod explain;
mod facts;
mod record;
mod secrets;
mod sensitive;
mod state;
mod sweep;

use std::{collections::BTreeSet, path::Path};

use cloudscope_ports::{Fault, FaultKind};
use serde_json::Value;

use crate::{
    emit::Emitter,
    json::{Lines, json_fault, reason, utf8},
    open::{fault, foreign_encoding, read_whole, show, text_bytes},
    tools::Tools,
};

use accounts::Accounts;
use depends::Depends;
use record::Writer;
use state::{Instance, Resource, State};
use sweep::Sweep;

pub(crate) fn read(path: &Path, tools: &Tools, emitter: &mut Emitter) -> Result<(), Fault> {
    let bytes = read_whole(path, tools.limits.whole_bytes)?;
    if let Some(reason) = explain::binary(&bytes).filter(|_| foreign_encoding(&bytes).is_some()) {
        return Err(fault(FaultKind::Malformed, format!("{} {reason}", show(path))));
    }
    let text = utf8(path, text_bytes(path, &bytes)?)?;
    let root = serde_json::from_str(text).map_err(|e| json_fault(path, &e))?;
    let state = State::parse(root)
        .map_err(|reason| fault(FaultKind::Malformed, format!("{} {reason}", show(path))))?;

    // Two passes: a secret that one resource marks may stand unmarked in another, so all are known
    // before anything is told.
    let mut sweep = Sweep::default();
    let mut depends = Depends::default();
    let mut accounts = Accounts::default();
    let mut count = 1_u64;
    for resource in state.resources.iter().filter_map(|raw| Resource::parse(raw.get()).ok()) {
        for instance in resource.instances.iter().filter_map(|raw| Instance::parse(raw.get()).ok()) {
            count += 1;
            depends.add(&resource, &instance);
            accounts.learn(&resource, &instance);
            let mut attributes = instance.attributes();
            secrets::redact(&mut attributes, &resource, &instance, &mut |value| sweep.learn(value));
        }
    }
    for output in &state.outputs {
        if output.sensitive {
            sweep.learn(&output.value);
        }
    }
    let sweep = sweep.finish();

    emitter.expect(count)?;
    let writer = Writer::new(path, tools, &sweep, &depends, &accounts);
    emitter.upsert(writer.state(&state))?;
    let mut seen = BTreeSet::new();
    let mut lines = Lines::new(text);
    for raw in &state.resources {
        let line = lines.of(raw.get());
        let resource = match Resource::parse(raw.get()) {
            Ok(resource) => resource,
            Err(e) => {
                emitter.problem(
                    "a resource that cannot be read",
                    &format!("{}:{line}: not a resource: {}", show(path), reason(&e)),
                )?;
                continue;
            }
        };
        let mut lines = Lines::new(raw.get());
        for raw in &resource.instances {
            let line = line + lines.of(raw.get()) - 1;
            let instance = match Instance::parse(raw.get()) {
                Ok(instance) => instance,
                Err(e) => {
                    emitter.problem(
                        "a resource instance that cannot be read",
                        &format!(
                            "{}:{line}: an instance of {}: {}",
                            show(path),
                            resource.address(),
                            reason(&e)
                        ),
                    )?;
                    continue;
                }
            };
            let address = resource.instance_address(&instance);
            if !seen.insert(address.clone()) {
                emitter.problem(
                    "an address that was seen before",
                    &format!(
                        "{}:{line}: {address} stands twice in the state; the first one is kept",
                        show(path)
                    ),
                )?;
                continue;
            }
            emitter.upsert(writer.instance(&resource, &instance, &address))?;
        }
    }
    Ok(())
}

/// A value that is an object, even where the file has something else.
fn object_or_empty(value: Value) -> Value {
    if value.is_object() { value } else { Value::Object(serde_json::Map::new()) }
}
