//! Opens the short lists: the order, the columns, what is grouped by; and the names that they offer.

use cloudscope_application::message::SortKey;

use super::kind_columns;
use crate::{
    effect::Effect,
    keymap::Screen,
    model::{
        Model,
        columns::{self, Column},
        overlay::{Menu, MenuKind, Overlay},
        sorting,
        tree::way::Way,
    },
};

/// Tags proposed at most.
const MOST_TAGS: usize = 30;

/// Opens the choice of the order.
pub(super) fn sort(model: &mut Model) -> Vec<Effect> {
    let picks = model.assets.sort.clone();
    let items = items(model, sorting::sortable().collect(), picks.iter().map(|key| key.column.as_str()));
    let mut items = items;
    items.extend(model.assets.columns.iter().filter_map(|column| match column {
        Column::Prop(name) => Some(name.to_string()).filter(|name| picks.iter().all(|k| k.column != *name)),
        _ => None,
    }));
    let now = picks.first().map_or("name", |key| key.column.as_str());
    let selected = items.iter().position(|item| item == now).unwrap_or(0);
    open(model, Menu { kind: MenuKind::Sort, items, picks, picked: false, selected })
}

/// Opens the choice of columns.
pub(super) fn columns(model: &mut Model) -> Vec<Effect> {
    let shown = model.assets.columns.iter().filter(|column| !columns::ALL.contains(column));
    let mut items: Vec<String> = Vec::new();
    for column in columns::ALL.iter().chain(kind_columns::own(model)).chain(shown) {
        if !items.iter().any(|item| item == column.name()) {
            items.push(column.name().to_owned());
        }
    }
    open(model, Menu { kind: MenuKind::Columns, items, picks: Vec::new(), picked: false, selected: 0 })
}

/// Opens the choice of what to group by.
pub(super) fn group(model: &mut Model) -> Vec<Effect> {
    let by = if model.screen == Screen::Groups { model.groups.grouping.by.clone() } else { Vec::new() };
    let items = items(model, sorting::groupable().collect(), by.iter().map(String::as_str));
    let selected = by.first().and_then(|now| items.iter().position(|item| item == now)).unwrap_or(0);
    let picks = by.into_iter().map(|column| SortKey { column, descending: false }).collect();
    open(model, Menu { kind: MenuKind::Group, items, picks, picked: false, selected })
}

/// Opens the choice of what the tree branches by: the ways that have a name, then columns.
pub(super) fn tree(model: &mut Model) -> Vec<Effect> {
    let by = match &model.tree.way {
        Way::Columns(columns) => columns.clone(),
        Way::Place | Way::Workloads | Way::Owners => Vec::new(),
    };
    let mut names: Vec<&str> = Way::NAMED.iter().map(|(_, words)| *words).collect();
    names.extend(sorting::groupable());
    let items = items(model, names, by.iter().map(String::as_str));
    let now = by.first().cloned().unwrap_or_else(|| model.tree.way.words());
    let selected = items.iter().position(|item| *item == now).unwrap_or(0);
    let picks = by.into_iter().map(|column| SortKey { column, descending: false }).collect();
    open(model, Menu { kind: MenuKind::Tree, items, picks, picked: false, selected })
}

fn open(model: &mut Model, menu: Menu) -> Vec<Effect> {
    model.overlays.push(Overlay::Menu(menu));
    Vec::new()
}

/// The names on offer: the usual ones, the tags of the rows that are here, and what is picked already.
fn items<'a>(model: &Model, names: Vec<&str>, picked: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut items: Vec<String> = names.into_iter().map(str::to_owned).collect();
    items.extend(tags(model));
    for pick in picked {
        if !items.iter().any(|item| item == pick) {
            items.push(pick.to_owned());
        }
    }
    items
}

/// The tags of the rows that are here, those that most of them bear first.
pub(super) fn tags(model: &Model) -> Vec<String> {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for key in model.assets.rows.iter().flat_map(|row| row.tags.keys()) {
        *counts.entry(key).or_default() += 1;
    }
    let mut tags: Vec<_> = counts.into_iter().collect();
    tags.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    // A name with a blank or a comma cannot be typed in a list of columns.
    let plain = tags.into_iter().filter(|(key, _)| !key.contains([',', ' ']));
    plain.take(MOST_TAGS).map(|(key, _)| format!("tag.{key}")).collect()
}

/// Shows a column or hides it, the usual order kept; the name always shows.
pub(super) fn toggle(columns: &mut Vec<Column>, column: Column) {
    if column == Column::Name {
        return;
    }
    if columns.contains(&column) {
        columns.retain(|c| *c != column);
        return;
    }
    let place = |c: &Column| columns::ALL.iter().position(|known| known == c);
    // Those of a kind have an order of their own, after which others come.
    let usual = columns.is_sorted_by_key(place) && place(&column).is_some();
    columns.push(column);
    if usual {
        columns.sort_by_key(place);
    }
}
