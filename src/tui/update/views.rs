//! Saved views are opened, saved, renamed, deleted, and marked with letters. Whatever is saved goes through
//! an order that reads the file first, so that a file with a mistake is never written over.

use cloudscope_application::{
    message::{RowKey, SortKey},
    views::SavedView,
};

use cloudscope_domain::{Incarnation, SourceName, query::Query};

use super::{counting, kind_columns, moving, open, palette, pick, place, screen, shelf};
use crate::{
    data_file::did_you_mean,
    effect::Effect,
    keymap::{Action, Screen},
    model::{
        Model,
        assets::Aim,
        columns::Column,
        export::bad_in_words,
        line::Line,
        message::Message,
        overlay::{Confirm, Letter, NameLine, Overlay},
    },
    order::Order,
};

/// Runs an action on the Views screen; `None` when it has no meaning here.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let visible = shelf::visible(model);
    if let Some(step) = moving::step(action, visible as u64) {
        let at = step.apply_usize(model.views.index, model.views.list().len());
        model.views.stand(at, visible);
        return Some(Vec::new());
    }
    let current = model.views.current().cloned();
    Some(match (action, current) {
        (Action::Refresh, _) => vec![Effect::Views(Order::Load)],
        (Action::Drill | Action::Accept, Some(view)) => look(model, &view),
        (Action::DeleteView, Some(view)) => {
            model.overlays.push(Overlay::Confirm(Confirm {
                question: format!("delete the view `{}`?", view.name),
                yes: vec![Effect::Views(Order::Remove(view.name))],
                done: None,
            }));
            Vec::new()
        }
        (Action::RenameView, Some(view)) => {
            let title = format!("rename `{}` to", view.name);
            let line = Line::new(view.name.clone());
            model.overlays.push(Overlay::Name(NameLine { title, line, from: view.name }));
            Vec::new()
        }
        (Action::Drill | Action::Accept | Action::DeleteView | Action::RenameView, None) => {
            model.say(Message::info("there is no view here; `:save NAME` makes one", model.clock));
            Vec::new()
        }
        _ => return None,
    })
}

/// What actions mean while a name is typed.
pub(super) fn name_action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let Some(Overlay::Name(name)) = model.overlays.last_mut() else { return None };
    match action {
        Action::Accept => {
            let (from, to) = (name.from.clone(), name.line.text().trim().to_owned());
            model.overlays.pop();
            if to == from {
                return Some(Vec::new());
            }
            Some(vec![Effect::Views(Order::Rename { from, to })])
        }
        Action::ClearInput => {
            name.line = Line::default();
            Some(Vec::new())
        }
        _ => Some(Vec::new()),
    }
}

/// What shows now, as a view without a name.
fn here(model: &Model) -> SavedView {
    let grouped = model.screen == Screen::Groups;
    SavedView {
        query: model.assets.filter.clone(),
        columns: model.assets.columns.iter().map(|c| c.name().to_owned()).collect(),
        sort: model.assets.sort.iter().map(SortKey::to_word).collect(),
        group_by: if grouped { model.groups.grouping.by.clone() } else { Vec::new() },
        ..SavedView::default()
    }
}

/// Begins `:save `, the name still to be typed.
pub(super) fn begin_to_save(model: &mut Model) -> Vec<Effect> {
    palette::open_with(model, "save ")
}

/// `:save NAME`: what shows becomes a view. One of that name is replaced when that is confirmed.
pub(super) fn save(model: &mut Model, name: &str) -> Vec<Effect> {
    if name.is_empty() {
        return begin_to_save(model);
    }
    if !matches!(model.screen, Screen::Assets | Screen::Groups) {
        let text = "only assets and groups can be saved as a view; go to the assets first";
        model.say(Message::warning(text, model.clock));
        return Vec::new();
    }
    if refused(model) {
        return Vec::new();
    }
    let there = model.views.saved.as_ref().and_then(|views| views.named(name)).cloned();
    let view = SavedView { name: name.to_owned(), ..here(model) };
    let put = Effect::Views(Order::Put(view.clone()));
    match there {
        Some(there) if plain(&there) != plain(&view) => {
            model.overlays.push(Overlay::Confirm(Confirm {
                question: format!("replace the view `{}`?", there.name),
                yes: vec![put],
                done: None,
            }));
            Vec::new()
        }
        _ => vec![put],
    }
}

/// A filter with a mistake is not kept: its bad term would be left out here, and refused everywhere else.
fn refused(model: &mut Model) -> bool {
    let bad = Query::parse(&model.assets.filter).bad;
    let Some(bad) = bad.first() else { return false };
    let text = format!("{}; no view is saved until the filter is mended", bad_in_words(bad));
    model.say(Message::warning(text, model.clock));
    true
}

/// `:view NAME`.
pub(super) fn open_named(model: &mut Model, name: &str) -> Vec<Effect> {
    if name.is_empty() {
        return screen::go(model, Screen::Views);
    }
    let views = model.views.saved.as_ref();
    if let Some(view) = views.and_then(|views| views.named(name)).cloned() {
        return look(model, &view);
    }
    let text = match (&model.views.failed, views) {
        (Some(why), None) => why.clone(),
        _ => {
            let names = model.views.list().into_iter().map(|view| view.name.as_str());
            let hint = did_you_mean(name, names).unwrap_or_else(|| "`:save NAME` makes one".to_owned());
            format!("there is no view `{name}`; {hint}")
        }
    };
    model.say(Message::warning(text, model.clock));
    Vec::new()
}

/// Shows a view, from the asset that a letter was set on.
fn look(model: &mut Model, view: &SavedView) -> Vec<Effect> {
    place::leave(model);
    let known: Vec<Column> = view.columns.iter().filter_map(|name| Column::from_name(name)).collect();
    if let Some(name) = view.columns.iter().find(|name| Column::from_name(name).is_none()) {
        let text =
            format!("the view `{}` has a column `{name}` that is not known; it is left out", view.name);
        model.say(Message::warning(text, model.clock));
    }
    if !known.is_empty() {
        let mut columns = vec![Column::Name];
        known.into_iter().for_each(|column| {
            if !columns.contains(&column) {
                pick::toggle(&mut columns, column);
            }
        });
        (model.assets.columns, model.assets.narrow, model.assets.first_column) = (columns, None, 0);
        kind_columns::keep(model, &view.query);
    }
    let sort = view.order();
    if view.group_by.is_empty() {
        // Which of several records of that id it was is not known any more.
        let key = view.asset.clone().map(|id| RowKey {
            id,
            incarnation: Incarnation::default(),
            source: SourceName::from(""),
        });
        let aim = Aim { key, ..Aim::default() };
        let mut effects = open::open_on(model, view.query.clone(), sort, aim);
        effects.extend(screen::reach(model, Screen::Assets));
        return effects;
    }
    let mut effects = open::aside(model, view.query.clone(), sort);
    model.groups.grouping.by.clone_from(&view.group_by);
    if model.screen == Screen::Groups {
        model.overlays.clear();
        effects.extend(counting::ask(model));
    } else {
        effects.extend(screen::reach(model, Screen::Groups));
    }
    effects
}

/// The next key is a letter: for what shows, or to where it leads. The letters are read meanwhile.
pub(super) fn letter(model: &mut Model, jump: bool) -> Vec<Effect> {
    if !jump && !matches!(model.screen, Screen::Assets | Screen::Groups) {
        let text = "only assets and groups can be marked with a letter; go to the assets first";
        model.say(Message::warning(text, model.clock));
        return Vec::new();
    }
    model.overlays.push(Overlay::Letter(Letter { jump, since: model.clock }));
    vec![Effect::Views(Order::Load)]
}

/// The key after that.
pub(super) fn letter_typed(model: &mut Model, typed: Option<char>) -> Vec<Effect> {
    let Some(Overlay::Letter(letter)) = model.overlays.last() else { return Vec::new() };
    let jump = letter.jump;
    model.overlays.pop();
    let Some(mark) = typed.filter(char::is_ascii_lowercase) else {
        let text = "a letter from a to z marks a view";
        model.say(Message::warning(text, model.clock));
        return Vec::new();
    };
    if !jump {
        return if refused(model) { Vec::new() } else { set(model, mark) };
    }
    match model.views.saved.as_ref().and_then(|views| views.marked(mark)).cloned() {
        Some(view) => look(model, &view),
        None => {
            let text =
                model.views.failed.clone().unwrap_or_else(|| format!("no view has the letter `{mark}`"));
            model.say(Message::warning(text, model.clock));
            Vec::new()
        }
    }
}

/// What shows bears that letter from now on: the view that it is, or one of the letter's own.
fn set(model: &mut Model, mark: char) -> Vec<Effect> {
    let here = here(model);
    let same = |view: &SavedView| plain(view) == here;
    let named = model.views.list().into_iter().find(|view| same(view)).map(|view| view.name.clone());
    let row = model.assets.current().filter(|_| model.screen == Screen::Assets);
    let asset = row.map(|row| row.id.clone());
    let name = named.unwrap_or_else(|| format!("mark {mark}"));
    vec![Effect::Views(Order::Put(SavedView { name, mark: Some(mark), asset, ..here }))]
}

/// What a view shows, without how it is called and where the cursor was.
fn plain(view: &SavedView) -> SavedView {
    SavedView { name: String::new(), mark: None, asset: None, ..view.clone() }
}
