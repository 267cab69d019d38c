//! Changes counted by what they have in common. Holds 16 bytes for each asset of each group, so that an
//! asset counts once.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use cloudscope_domain::{Change, Timestamp};

use crate::message::{ChangeCount, ChangeGroup};

/// Groups that one answer carries at the most; those with the most changes.
const ROWS: usize = 10_000;

pub(super) struct Groups {
    by: ChangeGroup,
    groups: HashMap<String, Sum>,
    /// Group and asset, hashed.
    seen: HashSet<(u32, u64)>,
    hasher: RandomState,
}

struct Sum {
    number: u32,
    changes: u64,
    assets: u64,
    newest: Timestamp,
}

impl Groups {
    pub(super) fn new(by: ChangeGroup) -> Self {
        Self { by, groups: HashMap::new(), seen: HashSet::new(), hasher: RandomState::new() }
    }

    pub(super) fn add(&mut self, change: &Change) {
        let name = name(self.by, change);
        let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let sum =
            self.groups.entry(name).or_insert(Sum { number: next, changes: 0, assets: 0, newest: change.at });
        sum.changes += 1;
        // The clock may have been set back between two changes.
        sum.newest = sum.newest.max(change.at);
        if self.seen.insert((sum.number, self.hasher.hash_one(&change.id))) {
            sum.assets += 1;
        }
    }

    pub(super) fn into_rows(self) -> Vec<ChangeCount> {
        let count = |(name, s): (String, Sum)| ChangeCount {
            name,
            changes: s.changes,
            assets: s.assets,
            newest: s.newest,
        };
        let mut rows: Vec<ChangeCount> = self.groups.into_iter().map(count).collect();
        rows.sort_by(|a, b| {
            b.changes.cmp(&a.changes).then(b.newest.cmp(&a.newest)).then_with(|| a.name.cmp(&b.name))
        });
        rows.truncate(ROWS);
        rows
    }
}

fn name(by: ChangeGroup, change: &Change) -> String {
    // `2026-11-21T08:15:00Z`, cut at the hour or the day.
    let time = |digits: usize| change.at.to_string().chars().take(digits).collect::<String>();
    match by {
        ChangeGroup::Run => change.run.to_string(),
        ChangeGroup::Asset => change.id.to_string(),
        ChangeGroup::Kind => change.kind.to_string(),
        ChangeGroup::Path => change.path.clone(),
        ChangeGroup::Change => change.change.as_str().to_owned(),
        ChangeGroup::Hour => format!("{}:00Z", time(13)),
        ChangeGroup::Day => time(10),
    }
}
