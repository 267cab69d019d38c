//! What actions mean in a short list: the order, the columns, what is grouped by.

use super::{fetch, groups, moving, pick, sort, tree, words};
use crate::{
    effect::Effect,
    keymap::Action,
    model::{
        Model,
        columns::Column,
        message::Message,
        overlay::{Menu, MenuKind, Overlay},
        sorting,
        tree::way::Way,
    },
};

/// What actions mean in a list.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let page = model.layout().page_rows();
    let Some(Overlay::Menu(menu)) = model.overlays.last_mut() else { return None };
    if let Some(step) = moving::step(action, page) {
        menu.selected = step.apply_usize(menu.selected, menu.items.len());
        return Some(Vec::new());
    }
    let name = menu.items.get(menu.selected)?.clone();
    match (action, menu.kind) {
        (Action::Mark, MenuKind::Columns) => {
            if let Some(column) = Column::from_name(&name) {
                pick::toggle(&mut model.assets.columns, column);
                model.assets.first_column = 0;
                model.assets.narrow = None;
                return Some(fetch::fit(model));
            }
        }
        (Action::Mark, MenuKind::Kind) => {}
        (Action::Mark, kind) => {
            menu.pick(&name, kind == MenuKind::Sort);
            if menu.picks.len() > sorting::MOST {
                menu.picks.pop();
                let text = format!("at most {} columns", sorting::MOST);
                model.say(Message::warning(text, model.clock));
            }
        }
        (Action::Accept, _) => return Some(accept(model, &name)),
        _ => {}
    }
    Some(Vec::new())
}

/// What was picked with `space`; else the column under the cursor.
fn accept(model: &mut Model, name: &str) -> Vec<Effect> {
    let Some(Overlay::Menu(menu)) = model.overlays.pop() else { return Vec::new() };
    match menu.kind {
        MenuKind::Columns => Vec::new(),
        MenuKind::Sort if menu.picked => sort::by(model, menu.picks),
        MenuKind::Sort => sort::by_column(model, name),
        MenuKind::Group if menu.picked => {
            groups::by_columns(model, menu.picks.into_iter().map(|key| key.column).collect())
        }
        MenuKind::Group => groups::by_columns(model, vec![name.to_owned()]),
        MenuKind::Tree => tree_picked(model, &menu, name),
        MenuKind::Kind => words::show(model, name, ""),
    }
}

/// Something was chosen of it: a way that has a name, or columns.
fn tree_picked(model: &mut Model, menu: &Menu, name: &str) -> Vec<Effect> {
    let named = |words: &str| Way::NAMED.iter().find(|(_, known)| *known == words).map(|(name, _)| *name);
    let picks: Vec<&str> = if menu.picked && !menu.picks.is_empty() {
        menu.picks.iter().map(|key| key.column.as_str()).collect()
    } else {
        vec![name]
    };
    let way = match picks.iter().find_map(|pick| named(pick)) {
        Some(name) => name.to_owned(),
        None => format!("by {}", picks.join(",")),
    };
    tree::typed(model, &way)
}
