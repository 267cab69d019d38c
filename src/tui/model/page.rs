//! What of the model is kept as a page for the next start, and what a kept page means for a model.

use cloudscope_application::message::RowKey;
use cloudscope_domain::{AssetRow, text::visible};

use super::{Model, assets::Aim, columns::Column, sorting};
use crate::page::{MOST, Page, PageRow, VERSION};

/// Characters kept of a cell.
const CELL: usize = 200;

/// What shows now; `None` where that is no table of now, of a real estate, all of whose rows are here.
pub(crate) fn of(model: &Model) -> Option<Page> {
    let assets = &model.assets;
    let shown = assets.shown.as_ref().filter(|shown| !shown.past && shown.total > 0)?;
    let visible = model.layout().table_rows().min(MOST as u64);
    let made_up = model.estate.overview.as_ref().is_none_or(|overview| overview.demo);
    let of = assets.of.as_ref()?;
    if made_up || visible == 0 || !assets.whole(visible) {
        return None;
    }
    let last = (assets.top + visible).min(shown.total);
    let rows: Vec<PageRow> = (assets.top..last)
        .filter_map(|number| assets.row(number))
        .map(|row| PageRow {
            key: RowKey::from(row),
            cells: assets.columns.iter().map(|column| cell(model, column, row)).collect(),
        })
        .collect();
    let line = usize::try_from(assets.line()).unwrap_or(0).min(rows.len().saturating_sub(1));
    Some(Page {
        version: VERSION,
        saved_at: model.clock,
        filter: of.filter.clone(),
        sort: of.sort.clone(),
        columns: assets.columns.iter().map(|column| column.name().to_owned()).collect(),
        total: shown.total,
        top: assets.top,
        line,
        rows,
    })
}

fn cell(model: &Model, column: &Column, row: &AssetRow) -> String {
    let (text, _) = column.cell(row, model.ages_at, &model.ui.glyphs);
    visible(&text).chars().take(CELL).collect()
}

/// Whether its columns and its order are such as there are.
pub(crate) fn fits(page: &Page) -> bool {
    let columns = columns(page);
    columns.len() == page.columns.len()
        && columns.first() == Some(&Column::Name)
        && sorting::parse(&sorting::show(&page.sort)).is_ok_and(|sort| sort == page.sort)
}

/// The columns that are known, in order.
pub(crate) fn columns(page: &Page) -> Vec<Column> {
    page.columns.iter().filter_map(|name| Column::from_name(name)).collect()
}

/// Where the selection should stand once live rows are here.
pub(crate) fn aim(page: &Page) -> Aim {
    let line = page.line as u64;
    let key = page.rows.get(page.line).map(|row| row.key.clone());
    Aim { key, index: page.top.saturating_add(line), line, moved_from: None }
}

impl Model {
    /// The page of before, while it stands for rows that are not here yet.
    pub(crate) fn page_shows(&self) -> Option<&Page> {
        let waits = self.assets.shown.is_none() && self.assets.failed.is_none();
        self.page.as_ref().filter(|_| waits)
    }
}
