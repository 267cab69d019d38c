//! Which fields history says became different between two revisions. What differs besides is noise: a
//! record keeps its volatile fields as they were when something that counts was last written.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use cloudscope_domain::{AssetId, ChangeKind, Difference, Revision};
use cloudscope_ports::{AssetStore, ChangeRange};

use crate::{SessionError, engine::work::failed, hub::View};

/// Of every asset that a change speaks of, the fields that it names.
#[derive(Default)]
pub(super) struct Touched(pub(super) BTreeMap<AssetId, Fields>);

/// Fields of one asset.
#[derive(Default)]
pub(super) struct Fields {
    /// All may differ: it was made anew in between, or had more differences than are listed one by one.
    all: bool,
    paths: HashSet<Arc<str>>,
}

impl Touched {
    /// What changed after one view up to another, of one asset or of all.
    pub(super) fn between(
        store: &dyn AssetStore,
        (from, to): (&View, &View),
        only: Option<&AssetId>,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Self, SessionError> {
        let range = ChangeRange {
            from: from.snapshot.revision().next(),
            to: if to.past { to.snapshot.revision() } else { Revision(u64::MAX) },
            newest_first: false,
        };
        let mut touched = Self::default();
        let mut names: HashSet<Arc<str>> = HashSet::new();
        let mut stopped = false;
        let mut looked_at = 0_u64;
        store
            .changes(&range, &mut |change| {
                looked_at += 1;
                if looked_at.is_multiple_of(1_024) && cancel() {
                    stopped = true;
                    return false;
                }
                if only.is_some_and(|only| *only != change.id) {
                    return true;
                }
                let fields = touched.0.entry(change.id).or_default();
                match change.change {
                    ChangeKind::Created | ChangeKind::Forgotten => fields.all = true,
                    ChangeKind::Changed if change.path == "properties" => fields.all = true,
                    ChangeKind::Changed => {
                        let path = names.get(change.path.as_str()).cloned().unwrap_or_else(|| {
                            let path: Arc<str> = change.path.as_str().into();
                            names.insert(Arc::clone(&path));
                            path
                        });
                        fields.paths.insert(path);
                    }
                    ChangeKind::Gone | ChangeKind::Returned => {}
                }
                true
            })
            .map_err(failed)?;
        if stopped { Err(SessionError::Bad("nobody waits for the answer".into())) } else { Ok(touched) }
    }
}

impl Fields {
    /// The differences that history knows of.
    pub(super) fn keep(&self, mut differences: Vec<Difference>) -> Vec<Difference> {
        if !self.all {
            differences.retain(|d| self.paths.iter().any(|p| within(p, &d.path) || within(&d.path, p)));
        }
        differences
    }
}

/// Whether a path is that of a field, or of something in it.
fn within(field: &str, path: &str) -> bool {
    path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
