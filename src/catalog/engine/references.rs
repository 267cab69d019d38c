//! The edges that an item's payload names.

use std::{collections::HashSet, sync::Arc};

use cloudscope_domain::{AssetId, Reference, Selection, Target};
use serde_json::Value;

use crate::{
    engine::{clean::Clean, selector},
    path::Path,
    spec::{PlacesSpec, ReferenceSpec, TargetSpec},
    template::{Environment, Template},
};

/// One item is not the source of more edges than this; a payload that names more is cut.
const MAX_REFERENCES: usize = 10_000;

/// So many edges are compared one by one; more of them are told apart by hash.
const FEW: usize = 48;

/// Every edge, each once. What is null or empty makes none.
pub(super) fn collect<'a>(
    specs: &[ReferenceSpec],
    environment: &Environment<'a>,
    clean: Clean<'_>,
) -> Vec<Reference> {
    let mut out: Vec<Reference> = Vec::new();
    let mut seen = HashSet::new();
    for spec in specs {
        if !spec.when.iter().all(|when| when.holds(environment.item)) {
            continue;
        }
        let mut put = |matched: Option<&'a Value>| {
            let with = Environment { matched, ..*environment };
            let Some(target) = target(&spec.target, &with, clean) else { return true };
            let known = if out.len() < FEW {
                let same = |r: &Reference| {
                    r.target == target && r.relation == spec.relation && r.reverse == spec.reverse
                };
                out.iter().any(same)
            } else {
                if seen.is_empty() {
                    seen.extend(out.iter().map(|r| (r.relation.clone(), r.target.clone(), r.reverse)));
                }
                !seen.insert((spec.relation.clone(), target.clone(), spec.reverse))
            };
            if !known {
                out.push(Reference {
                    relation: spec.relation.clone(),
                    target,
                    reverse: spec.reverse,
                    confidence: spec.confidence,
                    rule: spec.rule.clone(),
                });
            }
            out.len() < MAX_REFERENCES
        };
        match &spec.path {
            Some(path) => path.each(environment.item, &mut |v| v.is_null() || put(Some(v))),
            None => {
                put(None);
            }
        }
    }
    out
}

fn target(spec: &TargetSpec, environment: &Environment<'_>, clean: Clean<'_>) -> Option<Target> {
    let text = |template: &Template| template.first(environment, |text| clean.shared(text));
    Some(match spec {
        TargetSpec::Id(id) => Target::Id(AssetId::from(text(id)?)),
        TargetSpec::Named { kind, name } => Target::Named { kind: kind.clone(), name: text(name)? },
        TargetSpec::Selected { kind, within, empty_is_all, by, places } => {
            let matched = environment.matched?;
            let there = |path: &Path| path.find(matched, |value| (!value.is_null()).then_some(value));
            let wants = match by {
                None => selector::wants(matched)?,
                Some(by) => there(by).map_or(Some(Vec::new()), selector::wants)?,
            };
            if wants.is_empty() && !empty_is_all {
                return None;
            }
            let places = match places {
                None => None,
                Some(PlacesSpec { kind, within, by }) => {
                    let wants = selector::wants(there(by)?)?;
                    let within = text(within)?;
                    Some(Arc::new(Selection { kind: kind.clone(), within, wants, places: None }))
                }
            };
            let within = text(within)?;
            Target::Selected(Arc::new(Selection { kind: kind.clone(), within, wants, places }))
        }
    })
}
