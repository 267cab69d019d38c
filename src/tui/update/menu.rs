//! Short lists: the order, the columns.

use super::{moving, sort};
use crate::{
    effect::Effect,
    keymap::Action,
    model::{
        Model,
        columns::Column,
        overlay::{Menu, MenuKind, Overlay},
    },
};

/// Opens the choice of the order.
pub(super) fn sort(model: &mut Model) -> Vec<Effect> {
    let now = model.assets.sort.first().map_or("name", |k| k.column.as_str());
    let selected = Column::ALL.iter().position(|c| c.name() == now).unwrap_or(0);
    model.overlays.push(Overlay::Menu(Menu { kind: MenuKind::Sort, selected }));
    Vec::new()
}

/// Opens the choice of columns.
pub(super) fn columns(model: &mut Model) -> Vec<Effect> {
    model.overlays.push(Overlay::Menu(Menu { kind: MenuKind::Columns, selected: 0 }));
    Vec::new()
}

/// What actions mean in a list.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let page = model.layout().page_rows();
    let Some(Overlay::Menu(menu)) = model.overlays.last_mut() else { return None };
    if let Some(step) = moving::step(action, page) {
        menu.selected = step.apply_usize(menu.selected, Column::ALL.len());
        return Some(Vec::new());
    }
    let column = Column::ALL.get(menu.selected).copied()?;
    match (action, menu.kind) {
        (Action::Accept, MenuKind::Sort) => {
            model.overlays.pop();
            Some(sort::by_column(model, column))
        }
        (Action::Mark, MenuKind::Columns) => {
            toggle(&mut model.assets.columns, column);
            model.assets.first_column = 0;
            model.assets.narrow = None;
            Some(Vec::new())
        }
        (Action::Accept, MenuKind::Columns) => {
            model.overlays.pop();
            Some(Vec::new())
        }
        _ => Some(Vec::new()),
    }
}

/// Shows a column or hides it, the usual order kept; the name always shows.
pub(super) fn toggle(columns: &mut Vec<Column>, column: Column) {
    if column == Column::Name {
        return;
    }
    if columns.contains(&column) {
        columns.retain(|c| *c != column);
    } else {
        columns.push(column);
        columns.sort_by_key(|c| Column::ALL.iter().position(|known| known == c));
    }
}
