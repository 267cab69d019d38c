//! What actions mean on the Assets screen.

use super::{
    copy, detail, document, fetch, mark,
    moving::{self, Step},
    page, panes, pick, relationships, sort,
};
use crate::{
    effect::Effect,
    keymap::{Action, Focus, Screen},
    model::{Model, columns, document::Form, layout::TWO_PANES},
};

/// Runs an action here; `None` when it has no meaning here.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if let Some(effects) = page::action(model, action) {
        return Some(effects);
    }
    let layout = model.layout();
    if model.context().focus == Focus::Detail {
        let page = layout.detail.map_or(1, |pane| pane.height);
        if let Some(step) = moving::step(action, u64::from(page)) {
            match step {
                Step::By(by) => detail::scroll(model, isize::try_from(by).unwrap_or(0)),
                Step::First => model.assets.detail_top = 0,
                Step::Last => model.assets.detail_top = usize::MAX,
            }
            return Some(Vec::new());
        }
    }
    if let Some(step) = moving::step(action, layout.table_rows()) {
        let total = model.assets.total();
        model.assets.index = step.apply(model.assets.index, total);
        return Some(fetch::fit(model));
    }
    Some(match action {
        Action::ScrollRight | Action::Right => scroll_columns(model, 1),
        Action::ScrollLeft | Action::Left => scroll_columns(model, -1),
        Action::FocusNext | Action::FocusPrevious => panes::focus(model),
        Action::ToggleDetail => panes::toggle(model),
        Action::Drill => drill(model),
        Action::Describe => document::open(model, Form::Describe),
        Action::ShowYaml => document::open(model, Form::Yaml),
        Action::ShowJson => document::open(model, Form::Json),
        Action::PickSort => pick::sort(model),
        Action::InvertSort => sort::invert(model),
        Action::PickColumns => pick::columns(model),
        Action::Wide => wide(model),
        Action::Mark => mark::toggle(model),
        Action::MarkRange => mark::range(model),
        Action::ClearMarks => mark::clear(model),
        Action::CopyId => copy::id(model),
        Action::CopyRows => copy::rows(model),
        Action::Recentre | Action::WalkIn | Action::WalkOut => relationships::of_selected(model),
        _ => return None,
    })
}

/// `enter`: into the detail where there are two panes, else the whole asset as a document.
fn drill(model: &mut Model) -> Vec<Effect> {
    if model.screen == Screen::Assets && model.size.0 >= TWO_PANES && model.layout().detail.is_none() {
        return panes::toggle(model);
    }
    if model.focus == Focus::Main && model.layout().detail.is_some() {
        return panes::focus(model);
    }
    document::open(model, Form::Describe)
}

fn scroll_columns(model: &mut Model, by: isize) -> Vec<Effect> {
    let last = model.assets.columns.len().saturating_sub(2);
    model.assets.first_column = model.assets.first_column.saturating_add_signed(by).min(last);
    Vec::new()
}

/// More columns, or those from before.
fn wide(model: &mut Model) -> Vec<Effect> {
    let assets = &mut model.assets;
    assets.first_column = 0;
    match assets.narrow.take() {
        Some(before) => assets.columns = before,
        None => {
            let own = assets.columns.iter().filter(|column| !columns::ALL.contains(column)).cloned();
            let (name, others) = columns::ALL.split_at(1);
            let wide = name.iter().cloned().chain(own).chain(others.iter().cloned()).collect();
            assets.narrow = Some(std::mem::replace(&mut assets.columns, wide));
        }
    }
    fetch::fit(model)
}
