//! The Groups screen: the assets that the filter leaves, counted by the values of some columns.
//!
//! The cursor belongs to a group, not to a row: newer counts and another order move it with its group.
//! Knows neither how groups are asked for nor how they are drawn.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use cloudscope_application::message::{Group, Grouped};
use cloudscope_domain::Timestamp;

/// What comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum GroupOrder {
    /// The most assets.
    #[default]
    Count,
    /// The values, by alphabet; groups without a value last.
    Value,
}

/// How assets are grouped.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Grouping {
    /// The columns.
    pub(crate) by: Vec<String>,
    /// What comes first.
    pub(crate) order: GroupOrder,
    /// The other way round.
    pub(crate) inverted: bool,
}

/// The Groups screen.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Groups {
    /// How the assets are to be grouped.
    pub(crate) grouping: Grouping,
    /// The newest answer, and of which filter and columns it is. Stays until the next one is here.
    pub(crate) shown: Option<Shown>,
    /// Number of the group under the cursor.
    pub(crate) index: usize,
    /// Number of the first group on the screen.
    pub(crate) top: usize,
    /// The values of the group under the cursor.
    pub(crate) selected: Option<Vec<Option<Arc<str>>>>,
    /// Something newer was published since the groups were asked for.
    pub(crate) newer: bool,
    /// When they were asked for last.
    pub(crate) asked_at: Timestamp,
    /// What they were asked for last: filter and columns.
    pub(crate) asking: (String, Vec<String>),
    /// Why there is nothing to show.
    pub(crate) failed: Option<String>,
}

/// Groups as they show.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Shown {
    /// The filter that was asked about, and the columns.
    pub(crate) of: (String, Vec<String>),
    /// The answer, its groups in the order of the screen.
    pub(crate) answer: Grouped,
    /// Assets of the largest group.
    pub(crate) most: u64,
}

impl Groups {
    /// Groups that are here.
    pub(crate) fn len(&self) -> usize {
        self.shown.as_ref().map_or(0, |shown| shown.answer.groups.len())
    }

    /// The group under the cursor.
    pub(crate) fn current(&self) -> Option<&Group> {
        self.shown.as_ref()?.answer.groups.get(self.index)
    }

    /// Takes an answer in; the cursor stays on its group and that on its line, where it still is.
    pub(crate) fn arrived(&mut self, answer: Grouped, visible: usize) {
        let most = answer.groups.iter().map(|group| group.count).max().unwrap_or(0);
        let other = self.shown.as_ref().is_some_and(|shown| shown.of.1 != self.asking.1);
        if other {
            (self.index, self.top, self.selected) = (0, 0, None);
        }
        self.shown = Some(Shown { of: self.asking.clone(), answer, most });
        self.failed = None;
        self.order(visible);
    }

    /// Puts the groups in their order.
    pub(crate) fn order(&mut self, visible: usize) {
        let (order, inverted) = (self.grouping.order, self.grouping.inverted);
        let Some(shown) = &mut self.shown else { return };
        let by_value = |a: &Group, b: &Group| {
            let key = |group: &Group| -> Vec<(bool, String)> {
                let values = group.values.iter();
                values.map(|v| (v.is_none(), v.as_deref().unwrap_or("").to_lowercase())).collect()
            };
            key(a).cmp(&key(b)).then_with(|| a.values.cmp(&b.values))
        };
        match order {
            GroupOrder::Count => {
                shown.answer.groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| by_value(a, b)));
            }
            GroupOrder::Value => shown.answer.groups.sort_by(by_value),
        }
        if inverted {
            shown.answer.groups.reverse();
        }
        let line = self.index.saturating_sub(self.top);
        let place = |wanted: &Vec<Option<Arc<str>>>| {
            shown.answer.groups.iter().position(|group| group.values == *wanted)
        };
        if let Some(at) = self.selected.as_ref().and_then(place) {
            self.index = at;
        }
        self.top = self.index.saturating_sub(line);
        self.stand(self.index, visible);
    }

    /// The cursor stands on that group, and the screen shows it.
    pub(crate) fn stand(&mut self, index: usize, visible: usize) {
        let last = self.len().saturating_sub(1);
        self.index = index.min(last);
        let most = self.len().saturating_sub(visible.max(1));
        self.top = self.top.min(self.index).min(most).max((self.index + 1).saturating_sub(visible.max(1)));
        self.selected = self.current().map(|group| group.values.clone());
    }
}
