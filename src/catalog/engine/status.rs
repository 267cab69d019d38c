//! The provider's word for how an asset is, and what it means.

use cloudscope_domain::Status;

use crate::{engine::first, spec::StatusSpec, template::Environment};

/// The first word found, with its meaning; words are compared without case.
pub(super) fn read(spec: &StatusSpec, environment: &Environment<'_>) -> Option<Status> {
    let word = first(&spec.path, environment)?;
    let lower = word.to_lowercase();
    let class = spec.words.iter().find(|(w, _)| *w == lower).map_or(spec.default, |(_, c)| *c);
    Some(Status { word: word.into(), class })
}
