//! The heading of a column of assets.

use crate::model::{Model, columns::Column};

/// The heading, with the sign of the order where the table is ordered by it; of several columns with
/// their places too.
pub(super) fn title(model: &Model, column: &Column) -> String {
    let (sort, glyphs) = (&model.assets.sort, &model.ui.glyphs);
    let place = if sort.is_empty() && *column == Column::Name {
        Some((0, false))
    } else {
        let at = sort.iter().position(|key| key.column == column.name());
        at.map(|at| (at, sort[at].descending))
    };
    let Some((at, descending)) = place else { return column.title().into_owned() };
    let sign = if descending { glyphs.descending } else { glyphs.ascending };
    let digit = if sort.len() > 1 { (at + 1).to_string() } else { String::new() };
    format!("{}{sign}{digit}", column.title())
}
