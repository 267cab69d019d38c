//! Screen 5: what changed, newest first, of which only a window is here.
//!
//! The list ends at a revision, so that what comes later does not move it under the hand; how much is
//! newer is told beside it. Knows neither how it is asked nor how it is drawn.

pub(crate) mod diff;
#[cfg(test)]
mod tests;

use cloudscope_application::message::{ChangeCount, ChangeGroup, ChangesAsk, ChangesPage};
use cloudscope_domain::{AssetId, Change, Moment, Revision, Timestamp, query::BadTerm};

/// The groups, in the order in which a key goes through them.
pub(crate) const GROUPS: [ChangeGroup; 7] = [
    ChangeGroup::Run,
    ChangeGroup::Asset,
    ChangeGroup::Kind,
    ChangeGroup::Change,
    ChangeGroup::Path,
    ChangeGroup::Hour,
    ChangeGroup::Day,
];

/// Which changes.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct View {
    /// The filter that is applied, or being typed.
    pub(crate) filter: String,
    /// Only near this asset.
    pub(crate) around: Option<Around>,
    /// Only after this moment.
    pub(crate) since: Option<Moment>,
    /// Only up to this moment, where it is before the one that is looked at.
    pub(crate) until: Option<Moment>,
    /// Counted by this instead of listed.
    pub(crate) group: Option<ChangeGroup>,
}

/// An asset, and how far from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Around {
    /// Which asset.
    pub(crate) id: AssetId,
    /// What people call it.
    pub(crate) name: String,
    /// So many steps.
    pub(crate) steps: u8,
}

/// Screen 5.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Changes {
    /// Which changes.
    pub(crate) view: View,
    /// The views that were left for a part of them.
    pub(crate) below: Vec<View>,
    /// The answer; `None` until the first one of this view is here.
    pub(crate) shown: Option<Shown>,
    /// The revision up to which the list was asked for.
    pub(crate) until: Revision,
    /// Number of the row under the cursor.
    pub(crate) index: u64,
    /// Number of the first row on the screen.
    pub(crate) top: u64,
    /// The first row of the window that is on its way.
    pub(crate) fetch: Option<u64>,
    /// Changes that are newer than the list; whether there are even more.
    pub(crate) newer: Option<(u64, bool)>,
    /// Something was published since the question that is under way.
    pub(crate) again: bool,
    /// Why there is nothing to show.
    pub(crate) failed: Option<String>,
}

/// What is here of the list.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Shown {
    /// Number of the first change that is here.
    pub(crate) start: u64,
    /// The changes, with the names of their assets.
    pub(crate) changes: Vec<(Change, String)>,
    /// So many changes match, or at least so many.
    pub(crate) rows: u64,
    /// There are no more than that.
    pub(crate) whole: bool,
    /// Groups, where they are counted.
    pub(crate) groups: Vec<ChangeCount>,
    /// Changes before this are not known (any more).
    pub(crate) known_since: Option<(Revision, Timestamp)>,
    /// Terms of the filter that were not understood.
    pub(crate) bad: Vec<BadTerm>,
}

impl View {
    /// Whether it is narrower than everything.
    pub(crate) fn narrow(&self) -> bool {
        !self.filter.is_empty() || self.around.is_some() || self.since.is_some() || self.until.is_some()
    }

    /// As the engine is asked for rows `start..start + limit` up to a revision.
    pub(crate) fn ask(&self, until: Revision, start: u64, limit: u64) -> ChangesAsk {
        ChangesAsk {
            filter: self.filter.clone(),
            since: self.since,
            until: Some(self.until.unwrap_or(Moment::Revision(until))),
            around: self.around.as_ref().map(|around| (around.id.clone(), around.steps)),
            newest_first: true,
            start,
            limit,
            group: self.group,
        }
    }
}

impl Changes {
    /// Rows of the list, as far as is known.
    pub(crate) fn rows(&self) -> u64 {
        let Some(shown) = &self.shown else { return 0 };
        if self.view.group.is_some() { shown.groups.len() as u64 } else { shown.rows }
    }

    /// The change of that number, if it is here.
    pub(crate) fn change(&self, number: u64) -> Option<&(Change, String)> {
        let shown = self.shown.as_ref().filter(|_| self.view.group.is_none())?;
        shown.changes.get(usize::try_from(number.checked_sub(shown.start)?).ok()?)
    }

    /// The change under the cursor, if it is here.
    pub(crate) fn current(&self) -> Option<&(Change, String)> {
        self.change(self.index)
    }

    /// The group under the cursor.
    pub(crate) fn group(&self) -> Option<&ChangeCount> {
        self.view.group?;
        self.shown.as_ref()?.groups.get(usize::try_from(self.index).ok()?)
    }

    /// Everything that the commit of the change under the cursor changed of its asset, as far as it is here.
    pub(crate) fn together(&self) -> Vec<&Change> {
        let Some((current, _)) = self.current() else { return Vec::new() };
        let all = self.shown.iter().flat_map(|shown| &shown.changes).map(|(change, _)| change);
        all.filter(|change| change.revision == current.revision && change.id == current.id).collect()
    }

    /// Takes a page in that was asked for from `start` on, `limit` rows at most.
    pub(crate) fn arrived(&mut self, page: ChangesPage, start: u64, limit: u64) {
        let here = page.changes.len() as u64;
        let mut names = page.names.into_iter();
        let named = |change: Change| {
            let name = names.next().filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| change.id.to_string());
            (change, name)
        };
        let known = self.shown.as_ref().filter(|_| start > 0).map_or((0, false), |s| (s.rows, s.whole));
        let (rows, whole) = match page.total {
            Some(total) => (total.max(start + here), true),
            // An empty page beyond the end says only that the end is before it.
            None if here < limit && (here > 0 || start == 0) => (start + here, true),
            None if here == 0 => (start, true),
            None => (known.0.max(start + here), known.1),
        };
        self.shown = Some(Shown {
            start,
            changes: page.changes.into_iter().map(named).collect(),
            rows,
            whole,
            groups: page.groups,
            known_since: page.known_since.filter(|(oldest, _)| *oldest > Revision(0)),
            bad: page.bad,
        });
        self.failed = None;
        self.index = self.index.min(self.rows().saturating_sub(1));
    }

    /// Brings the row under the cursor on a screen of so many rows.
    pub(crate) fn fit(&mut self, visible: u64) {
        let rows = self.rows();
        self.index = self.index.min(rows.saturating_sub(1));
        self.top = self.top.min(self.index).min(rows.saturating_sub(visible));
        if visible > 0 && self.index >= self.top + visible {
            self.top = self.index + 1 - visible;
        }
    }

    /// The window that a screen of so many rows needs and has not got: from where, how many.
    pub(crate) fn missing(&self, visible: u64) -> Option<(u64, u64)> {
        let shown = self.shown.as_ref().filter(|_| self.view.group.is_none())?;
        let margin = visible / 2;
        let from = self.top.saturating_sub(margin);
        let wanted = self.top + visible + margin;
        let to = if shown.whole { wanted.min(shown.rows) } else { wanted };
        let here = shown.start..shown.start + shown.changes.len() as u64;
        if visible == 0 || (here.start <= from && to <= here.end) {
            return None;
        }
        let start = self.top.saturating_sub(visible);
        (self.fetch != Some(start)).then_some((start, visible * 3))
    }

    /// Another view from its top.
    pub(crate) fn look(&mut self, view: View) {
        self.view = view;
        self.shown = None;
        self.failed = None;
        self.newer = None;
        self.fetch = None;
        self.index = 0;
        self.top = 0;
    }
}

/// The words for a group.
pub(crate) fn group_in_words(group: ChangeGroup) -> &'static str {
    match group {
        ChangeGroup::Run => "run",
        ChangeGroup::Asset => "asset",
        ChangeGroup::Kind => "kind",
        ChangeGroup::Path => "path",
        ChangeGroup::Change => "change",
        ChangeGroup::Hour => "hour",
        ChangeGroup::Day => "day",
    }
}
