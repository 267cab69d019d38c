//! The list of the Changes screen: asked for a window at a time when the screen is entered, when another
//! view or moment is wanted and when the cursor moves, and taken in when it arrives.

use cloudscope_application::{
    Command, Reply, SessionError,
    message::{ChangeGroup, ChangesAsk, ChangesPage, Completion},
};
use cloudscope_domain::{ChangeKind, Moment, query::Span};

use super::runs;
use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{Model, changes::View},
};

/// Changes that are newer than the list are counted up to this.
const MOST_NEWER: u64 = 100;
/// Rows asked for at least.
const LEAST: u64 = 60;

/// The rows of the list that show: the title, the heads and the line at the end take one each.
pub(super) fn visible(model: &Model) -> u64 {
    u64::from(model.layout().body.height.saturating_sub(3))
}

/// The screen shows from now on, or another moment does.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    let until = model.past.at.map_or(model.estate.revision, |at| at.revision);
    let changes = &mut model.changes;
    let same = changes.shown.is_some() && changes.until == until && changes.failed.is_none();
    if same && model.past.shown(Screen::Changes) == model.past.at {
        return Vec::new();
    }
    // What came in between pushes the list down, and the cursor with it.
    match changes.newer.take() {
        Some((newer, false)) if changes.index > 0 => {
            changes.index += newer;
            changes.top += newer;
        }
        _ => (changes.index, changes.top) = (0, 0),
    }
    changes.until = until;
    ask(model)
}

/// Asks for the window round the cursor.
fn ask(model: &mut Model) -> Vec<Effect> {
    let visible = visible(model);
    let changes = &mut model.changes;
    let start = changes.top.saturating_sub(visible);
    changes.fetch = Some(start);
    let limit = if changes.view.group.is_some() { 1 } else { limit(visible) };
    let ask = changes.view.ask(changes.until, start, limit);
    vec![model.ask(Tag::Changes, Command::Changes(ask))]
}

fn limit(visible: u64) -> u64 {
    (visible * 3).max(LEAST)
}

/// The cursor moved or the screen changed.
pub(super) fn fit(model: &mut Model) -> Vec<Effect> {
    let visible = visible(model);
    model.changes.fit(visible);
    let Some((start, _)) = model.changes.missing(visible) else { return Vec::new() };
    model.changes.fetch = Some(start);
    let ask = model.changes.view.ask(model.changes.until, start, limit(visible));
    vec![model.ask(Tag::Changes, Command::Changes(ask))]
}

/// Changes arrived.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let start = model.changes.fetch.take().unwrap_or(0);
    let visible = visible(model);
    match result {
        Ok(Reply::Changes(page)) => {
            model.changes.arrived(*page, start, limit(visible));
            model.past.arrived(Screen::Changes);
            return fit(model);
        }
        // `published` or `entered` asks again when the store is open.
        Err(SessionError::NotReady) => {}
        Ok(_) => model.changes.failed = Some("the engine answered another question; this is a defect".into()),
        Err(error) => {
            model.changes.failed = Some(error.to_string());
            model.past.arrived(Screen::Changes);
        }
    }
    Vec::new()
}

/// Something newer is there, while this screen shows: it is counted, and nothing moves.
pub(super) fn published(model: &mut Model) -> Vec<Effect> {
    if model.changes.shown.is_none() {
        return if model.waiting(Tag::Changes) { Vec::new() } else { entered(model) };
    }
    if model.waiting(Tag::Newer) {
        model.changes.again = true;
        return Vec::new();
    }
    let changes = &model.changes;
    let ask = ChangesAsk {
        since: Some(Moment::Revision(changes.until)),
        until: None,
        group: None,
        ..changes.view.ask(changes.until, 0, MOST_NEWER)
    };
    vec![model.ask(Tag::Newer, Command::Changes(ask))]
}

/// How many changes are newer.
pub(super) fn newer(model: &mut Model, page: &ChangesPage) -> Vec<Effect> {
    let here = page.changes.len() as u64;
    let more = page.total.is_none() && here >= MOST_NEWER;
    let newer = page.total.unwrap_or(here);
    model.changes.newer = (newer > 0).then_some((newer, more));
    if std::mem::take(&mut model.changes.again) && model.screen == Screen::Changes {
        return published(model);
    }
    Vec::new()
}

/// Shows another view from its top.
pub(super) fn look(model: &mut Model, view: View) -> Vec<Effect> {
    let by_run = view.group == Some(ChangeGroup::Run);
    model.changes.look(view);
    model.changes.until = model.past.at.map_or(model.estate.revision, |at| at.revision);
    let mut effects = ask(model);
    if by_run && model.past.runs.is_none() {
        effects.extend(runs::ask(model));
    }
    effects
}

/// The filter changed.
pub(super) fn filter(model: &mut Model, text: String) -> Vec<Effect> {
    if text == model.changes.view.filter {
        return Vec::new();
    }
    let view = View { filter: text, ..model.changes.view.clone() };
    // The list stays on the screen until the new one is here.
    let shown = model.changes.shown.take();
    let effects = look(model, view);
    model.changes.shown = shown;
    effects
}

/// `esc`: a wider view, if this one is narrow.
pub(super) fn back(model: &mut Model) -> Option<Vec<Effect>> {
    if let Some(view) = model.changes.below.pop() {
        return Some(look(model, view));
    }
    let view = &model.changes.view;
    if view.narrow() {
        let view = View { group: view.group, ..View::default() };
        return Some(look(model, view));
    }
    None
}

/// What can follow in the filter that only changes have: `change:` and `path:`. Everything else is
/// proposed by the engine.
pub(super) fn proposals(query: &str, position: usize) -> Vec<Completion> {
    let head = query.get(..position).unwrap_or(query);
    let start = head.rfind([' ', ',', ':', '!', '(']).map_or(0, |at| at + 1);
    let (before, word) = head.split_at(start);
    let term = before.rfind([' ', '!', '(']).map_or(before, |at| &before[at + 1..]);
    let hit = |text: &str, hint: &str| Completion {
        text: text.to_owned(),
        span: Span { start, end: position },
        count: None,
        hint: hint.to_owned(),
    };
    if term.starts_with("change:") {
        let words = ChangeKind::ALL.iter().map(|kind| kind.as_str());
        return words.filter(|w| w.starts_with(word) && *w != word).map(|w| hit(w, "")).collect();
    }
    let keys =
        [("change:", "created, changed, gone, returned, forgotten"), ("path:", "a field, such as tags.*")];
    let typed = !word.is_empty() && term.is_empty();
    keys.iter().filter(|(key, _)| typed && key.starts_with(word)).map(|(key, hint)| hit(key, hint)).collect()
}
