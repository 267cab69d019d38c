//! Screen 1: a table of which only a window is here, and the asset that is selected in it.
//!
//! The table shows `shown` until a newer answer is here whole (`staged` becomes `shown` when its
//! first rows arrive), so it never blanks. Selection is a [`RowKey`], not a row number.

use std::collections::{HashMap, VecDeque};

use cloudscope_application::message::{CursorId, Opened, RowKey, SortKey};
use cloudscope_domain::{AssetDetail, AssetId, AssetRow, Presence, Timestamp};

use super::columns::Column;

/// How long a row that changed bears its mark, in milliseconds.
pub(crate) const DELTA_STAYS: i64 = 30_000;

/// Screen 1.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Assets {
    /// The filter that is applied, or being typed.
    pub(crate) filter: String,
    /// The filter before it was taken away.
    pub(crate) last_filter: String,
    /// The order; empty for by name.
    pub(crate) sort: Vec<SortKey>,
    /// The filter and order that the table shows.
    pub(crate) of: Option<Of>,
    /// The filter and order that were asked for last.
    pub(crate) asking: Of,
    /// When that was.
    pub(crate) asked_at: Timestamp,
    /// Since when rows on the screen are not here.
    pub(crate) lacking: Option<Timestamp>,
    /// The first row and the cursor when all rows on the screen were here last; those rows are still here.
    pub(crate) steady: Option<(u64, u64)>,
    /// What the table shows.
    pub(crate) shown: Option<Opened>,
    /// What it will show when the first rows are here.
    pub(crate) staged: Option<Opened>,
    /// Where the selection should stand in what is staged or asked for.
    pub(crate) aim: Aim,
    /// The rows on their way: of which cursor, from where.
    pub(crate) fetch: Option<(CursorId, u64)>,
    /// They are asked for with their payloads, for a column that needs them.
    pub(crate) fetching_payloads: bool,
    /// The rows that are here have their payloads.
    pub(crate) has_payloads: bool,
    /// The kind whose columns show, because nothing else is listed.
    pub(crate) of_kind: Option<OfKind>,
    /// Number of the first row that is here.
    pub(crate) start: u64,
    /// The rows that are here.
    pub(crate) rows: Vec<AssetRow>,
    /// Number of the selected row.
    pub(crate) index: u64,
    /// Number of the first row on the screen.
    pub(crate) top: u64,
    /// The selected asset, once its row is here.
    pub(crate) selected: Option<RowKey>,
    /// Marked rows, each with the number of its marking.
    pub(crate) marks: HashMap<RowKey, u64>,
    /// Where a range of marks began.
    pub(crate) anchor: Option<u64>,
    /// Something newer was published that is not merged yet; its total.
    pub(crate) newer: Option<u64>,
    /// When something newer was merged last.
    pub(crate) merged_at: Timestamp,
    /// Times of snapshots shown before, each with the clock when it was replaced.
    pub(crate) baselines: VecDeque<(Timestamp, Timestamp)>,
    /// The detail shows, where there is room.
    pub(crate) show_detail: bool,
    /// The detail shows instead of the table, where there is room for one.
    pub(crate) detail_full: bool,
    /// The selected asset, whole.
    pub(crate) detail: Option<Detail>,
    /// First line of the detail that shows.
    pub(crate) detail_top: usize,
    /// Columns, in order.
    pub(crate) columns: Vec<Column>,
    /// The columns before `w` was pressed.
    pub(crate) narrow: Option<Vec<Column>>,
    /// Columns scrolled away to the left, the name apart.
    pub(crate) first_column: usize,
    /// Why there is nothing to show.
    pub(crate) failed: Option<String>,
    /// The pin that is being set, or taken off.
    pub(crate) pinning: Option<(AssetId, bool)>,
    /// The cursor and first row that a run was told to be on the screen, and when.
    pub(crate) preferred: Option<((CursorId, u64), Timestamp)>,
}

/// The columns of a kind.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct OfKind {
    /// Which kind.
    pub(crate) kind: String,
    /// Its columns, as they were set.
    pub(crate) set: Vec<Column>,
    /// Those that showed before, which come back with another list.
    pub(crate) before: Vec<Column>,
}

/// What a table is of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Of {
    /// The filter.
    pub(crate) filter: String,
    /// The order.
    pub(crate) sort: Vec<SortKey>,
}

/// An asset, whole, or why not.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Detail {
    /// Which row it belongs to.
    pub(crate) key: RowKey,
    /// Its records, the one of the row first; or what went wrong.
    pub(crate) records: Result<Vec<AssetDetail>, String>,
    /// The time of the table beside which it was asked for; a newer table asks again.
    pub(crate) as_of: Option<Timestamp>,
}

/// Where the selection should stand in a table that is still to come.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Aim {
    /// The asset to select, if it is there.
    pub(crate) key: Option<RowKey>,
    /// The row to select else.
    pub(crate) index: u64,
    /// The line of the screen where it should stand.
    pub(crate) line: u64,
    /// The row that was selected when a newer state of the same table was asked for: what the hand
    /// moved since then counts in the newer table too.
    pub(crate) moved_from: Option<u64>,
}

/// What happened to a row a moment ago.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Delta {
    /// First seen.
    New,
    /// Content differs.
    Changed,
    /// Proved gone.
    Gone,
}

impl Delta {
    /// The sign for it.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::New => "+",
            Self::Changed => "~",
            Self::Gone => "-",
        }
    }
}

impl Default for Assets {
    fn default() -> Self {
        Self {
            filter: String::new(),
            last_filter: String::new(),
            sort: Vec::new(),
            of: None,
            asking: Of::default(),
            asked_at: Timestamp::default(),
            lacking: None,
            steady: None,
            shown: None,
            staged: None,
            aim: Aim::default(),
            fetch: None,
            fetching_payloads: false,
            has_payloads: false,
            of_kind: None,
            start: 0,
            rows: Vec::new(),
            index: 0,
            top: 0,
            selected: None,
            marks: HashMap::new(),
            anchor: None,
            newer: None,
            merged_at: Timestamp::default(),
            baselines: VecDeque::new(),
            show_detail: true,
            detail_full: false,
            detail: None,
            detail_top: 0,
            columns: Column::DEFAULT.to_vec(),
            narrow: None,
            first_column: 0,
            failed: None,
            pinning: None,
            preferred: None,
        }
    }
}

impl Assets {
    /// Whether a column shows something of the payload.
    pub(crate) fn reads_payloads(&self) -> bool {
        self.columns.iter().any(|column| matches!(column, Column::Prop(_)))
    }

    /// Rows that match.
    pub(crate) fn total(&self) -> u64 {
        self.shown.as_ref().map_or(0, |s| s.total)
    }

    /// The row of that number, if it is here.
    pub(crate) fn row(&self, number: u64) -> Option<&AssetRow> {
        self.rows.get(usize::try_from(number.checked_sub(self.start)?).ok()?)
    }

    /// Whether every row is here of a screen of so many.
    pub(crate) fn whole(&self, visible: u64) -> bool {
        let to = (self.top + visible).min(self.total());
        self.start <= self.top && to <= self.start + self.rows.len() as u64
    }

    /// The row under the cursor, if it is here.
    pub(crate) fn current(&self) -> Option<&AssetRow> {
        self.row(self.index)
    }

    /// The row under the cursor with its payload, once that is here.
    pub(crate) fn current_detail(&self) -> Option<&Detail> {
        let key = self.selected.as_ref()?;
        self.detail.as_ref().filter(|d| d.key == *key)
    }

    /// The marked rows in the order of their marking.
    pub(crate) fn marked(&self) -> Vec<RowKey> {
        let mut marks: Vec<_> = self.marks.iter().collect();
        marks.sort_by_key(|(_, number)| **number);
        marks.into_iter().map(|(key, _)| key.clone()).collect()
    }

    /// The line of the screen where the cursor stands.
    pub(crate) fn line(&self) -> u64 {
        self.index.saturating_sub(self.top)
    }

    /// What people call an asset, as far as the rows that are here say; else its id.
    pub(crate) fn name_of(&self, id: &AssetId) -> String {
        let row = self.rows.iter().find(|row| row.id == *id);
        row.map_or_else(|| id.to_string(), |row| row.name.to_string())
    }

    /// Whether an asset is pinned, as far as the rows that are here say.
    pub(crate) fn pinned(&self, id: &AssetId) -> bool {
        self.rows.iter().any(|row| row.id == *id && row.pinned)
    }

    /// The engine set a pin, or took it off: the rows that are here say so at once.
    pub(crate) fn set_pinned(&mut self, id: &AssetId, on: bool) {
        for row in self.rows.iter_mut().filter(|row| row.id == *id) {
            row.pinned = on;
        }
    }

    /// What happened to a row since the oldest baseline.
    pub(crate) fn delta(&self, row: &AssetRow) -> Option<Delta> {
        let (_, since) = *self.baselines.front()?;
        match row.presence {
            Presence::Gone { at, .. } if at > since => Some(Delta::Gone),
            Presence::Gone { .. } => None,
            _ if row.first_seen > since => Some(Delta::New),
            _ if row.changed_at > since => Some(Delta::Changed),
            _ => None,
        }
    }
}
