//! `!`: only what has a problem, as terms of the filter, so that an export writes the same.

use super::filter;
use crate::{effect::Effect, model::Model};

/// What a problem is, as a filter.
pub(crate) const PROBLEMS: &str = "(presence:unknown, status:error,warning)";

/// Adds the terms, or takes them away.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    let now = model.assets.filter.clone();
    let next = match now.find(PROBLEMS) {
        Some(at) => format!("{} {}", now[..at].trim_end(), now[at + PROBLEMS.len()..].trim_start()),
        None => format!("{now} {PROBLEMS}"),
    };
    filter::apply(model, next.trim().to_owned())
}
