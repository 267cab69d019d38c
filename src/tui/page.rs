//! The page that was on the screen when the program ended, as it is kept for the next start.
//!
//! Holds what was drawn and no more: the cells of the columns that showed, made visible already, and the
//! keys by which the cursor finds its row again. Knows nothing of files, nor of what columns there are.

use cloudscope_application::message::{RowKey, SortKey};
use cloudscope_domain::{Timestamp, time::short_span};
use serde::{Deserialize, Serialize};

/// The form of the file; another one is not read.
pub(crate) const VERSION: u32 = 1;
/// Rows kept at most.
pub(crate) const MOST: usize = 200;
/// A clock that was wrong by no more than this, in milliseconds, makes no page one of the future.
const SLACK: i64 = 86_400_000;

/// A page as it was drawn.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// The form of the file.
    pub(crate) version: u32,
    /// When it was on the screen.
    pub(crate) saved_at: Timestamp,
    /// The filter.
    pub(crate) filter: String,
    /// The order.
    pub(crate) sort: Vec<SortKey>,
    /// The columns, by name.
    pub(crate) columns: Vec<String>,
    /// Rows that matched.
    pub(crate) total: u64,
    /// Number of the first row.
    pub(crate) top: u64,
    /// The row under the cursor, counted from the first one here.
    pub(crate) line: usize,
    /// The rows.
    pub(crate) rows: Vec<PageRow>,
}

/// A row as it was drawn.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageRow {
    /// Which row.
    pub(crate) key: RowKey,
    /// A text per column.
    pub(crate) cells: Vec<String>,
}

impl Page {
    /// A page that is whole, or nothing: whatever is wrong with it, a start without it is as good.
    pub(crate) fn read(text: &str, now: Timestamp) -> Option<Self> {
        let page: Self = serde_json::from_str(text).ok()?;
        let fits = page.version == VERSION
            && page.saved_at <= now.plus_millis(SLACK)
            && (1..=MOST).contains(&page.rows.len())
            && page.rows.iter().all(|row| row.cells.len() == page.columns.len())
            && page.line < page.rows.len()
            && page.top.checked_add(page.rows.len() as u64).is_some_and(|end| end <= page.total);
        fits.then_some(page)
    }

    /// How old it is, in words.
    pub(crate) fn age(&self, now: Timestamp) -> String {
        format!("saved {} ago", short_span(now.since(self.saved_at).max(0)))
    }
}
