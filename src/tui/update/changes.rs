//! What actions, answers and news mean on the Changes screen.

use cloudscope_application::{
    Command, Reply, SessionError,
    message::{ChangeGroup, ChangesAsk, ChangesPage, Completion, RowKey},
};
use cloudscope_domain::{AssetId, ChangeKind, Incarnation, Moment, Revision, Timestamp, query::Span};

use super::{copy, document, moving, pin, place, relationships, screen};
use crate::{
    effect::{Effect, Tag},
    keymap::{Action, Screen},
    model::{
        Model,
        changes::{Around, GROUPS, View, diff},
        document::{DocLine, Document, Form},
        message::Message,
        overlay::Overlay,
    },
};

/// `W`: so many steps from an asset.
const NEAR: u8 = 2;
/// `W`: so far back, in milliseconds.
const LATELY: i64 = 2 * HOUR;
const HOUR: i64 = 3_600_000;
/// The changes of an asset as a whole, which have no path.
const WHOLE: &str = "change:created,gone,returned,forgotten";
/// Changes that are newer than the list are counted up to this.
const MOST_NEWER: u64 = 100;
/// Rows asked for at least.
const LEAST: u64 = 60;

/// The rows of the list that show: the title, the heads and the line at the end take one each.
pub(crate) fn visible(model: &Model) -> u64 {
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

/// Runs an action here; `None` when it has no meaning here.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if let Some(step) = moving::step(action, visible(model)) {
        let before = model.changes.rows();
        model.changes.index = step.apply(model.changes.index, before);
        let whole = model.changes.shown.as_ref().is_none_or(|shown| shown.whole);
        if action == Action::Bottom && !whole && model.changes.view.group.is_none() {
            model.say(Message::info("older ones are being read; once more goes on", model.clock));
        }
        return Some(fit(model));
    }
    Some(match action {
        Action::ShowChange | Action::Drill => open(model),
        Action::GroupChanges => next_group(model),
        Action::Refresh => refresh(model),
        Action::Describe | Action::ShowAsset => on_current(model, describe),
        Action::Relationships | Action::Recentre => {
            on_current(model, |model, id, _| relationships::of(model, id))
        }
        Action::Pin => on_current(model, |model, id, _| pin::turn(model, id)),
        Action::CopyId | Action::CopyRows => {
            on_current(model, |model, id, _| copy::plain(model, id.as_str(), "the id"))
        }
        _ => return None,
    })
}

fn on_current(model: &mut Model, then: impl Fn(&mut Model, AssetId, &str) -> Vec<Effect>) -> Vec<Effect> {
    match model.changes.current().map(|(change, name)| (change.id.clone(), name.clone())) {
        Some((id, name)) => then(model, id, &name),
        None => nothing(model),
    }
}

fn nothing(model: &mut Model) -> Vec<Effect> {
    model.say(Message::warning("there is no change under the cursor", model.clock));
    Vec::new()
}

/// Everything about an asset of which only the id is known here.
pub(super) fn describe(model: &mut Model, id: AssetId, name: &str) -> Vec<Effect> {
    let key = RowKey { id, incarnation: Incarnation::default(), source: String::new().into() };
    document::open_on(model, Form::Describe, key, name)
}

/// What is newer comes into the list.
fn refresh(model: &mut Model) -> Vec<Effect> {
    let newer = model.changes.newer;
    model.changes.shown = None;
    let effects = entered(model);
    if newer.is_none() && model.past.at.is_none() {
        model.say(Message::info("nothing newer was known; asked again", model.clock));
    }
    effects
}

/// `enter`: the fields of a change; of a group the changes in it.
fn open(model: &mut Model) -> Vec<Effect> {
    if model.changes.view.group.is_some() {
        return into_group(model);
    }
    let Some((change, name)) = model.changes.current().cloned() else { return nothing(model) };
    let together = model.changes.together();
    let fields: Vec<_> = together
        .iter()
        .flat_map(|change| diff::fields(&change.path, change.before.as_ref(), change.after.as_ref()))
        .collect();
    let title = format!(
        "{} {name}, r{} of run {}, {}",
        change.change.as_str(),
        change.revision,
        change.run,
        change.at
    );
    let lines = if fields.is_empty() { whole(change.change) } else { diff::lines(&fields) };
    let document = Document::of_asset(title, lines, change.id);
    model.overlays.push(Overlay::Document(Box::new(document)));
    Vec::new()
}

/// What a change of an asset as a whole says where no field was kept with it.
fn whole(change: ChangeKind) -> Vec<DocLine> {
    let what = match change {
        ChangeKind::Created => "first seen then; what it held is in the asset",
        ChangeKind::Changed => "nothing that is kept is different",
        ChangeKind::Gone => "proved gone then; how is in the asset",
        ChangeKind::Returned => "seen again after it was proved gone",
        ChangeKind::Forgotten => "its source was removed and its records let go of; it may well be there",
    };
    vec![DocLine::plain(what)]
}

/// Listed, then counted by run, asset, kind and so on, then listed again.
fn next_group(model: &mut Model) -> Vec<Effect> {
    let at = model.changes.view.group.and_then(|group| GROUPS.iter().position(|g| *g == group));
    let group = GROUPS.get(at.map_or(0, |at| at + 1)).copied();
    let view = View { group, ..model.changes.view.clone() };
    look(model, view)
}

/// The changes of the group under the cursor.
fn into_group(model: &mut Model) -> Vec<Effect> {
    let before = model.changes.view.clone();
    let (Some(group), Some(counted)) = (before.group, model.changes.group().cloned()) else {
        return nothing(model);
    };
    let mut view = View { group: None, ..before.clone() };
    let narrow = |key: &str| format!("{} {key}{}", before.filter, quoted(&counted.name)).trim().to_owned();
    match group {
        ChangeGroup::Kind => view.filter = narrow("kind:"),
        ChangeGroup::Path if counted.name.is_empty() => {
            view.filter = format!("{} {WHOLE}", before.filter).trim().to_owned();
        }
        ChangeGroup::Path => view.filter = narrow("path:"),
        ChangeGroup::Change => view.filter = narrow("change:"),
        ChangeGroup::Asset => view.filter = narrow(""),
        ChangeGroup::Hour => (view.since, view.until) = span(counted.newest, HOUR),
        ChangeGroup::Day => (view.since, view.until) = span(counted.newest, 24 * HOUR),
        ChangeGroup::Run => match run_span(model, &counted.name) {
            Some((since, until)) => (view.since, view.until) = (since, Some(until)),
            None => {
                let text = format!("run {} is not among those that are known; group by hour", counted.name);
                model.say(Message::warning(text, model.clock));
                return Vec::new();
            }
        },
    }
    model.changes.below.push(before);
    look(model, view)
}

/// A word of the filter that stands for exactly this text.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/:@".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("{text:?}") }
}

/// The whole hour or day in which a time lies: after, up to.
fn span(at: Timestamp, long: i64) -> (Option<Moment>, Option<Moment>) {
    let start = at.millis().div_euclid(long) * long;
    let moment = |millis| Some(Moment::Time(Timestamp::from_millis(millis)));
    (moment(start - 1), moment(start + long - 1))
}

/// The revisions of a run: after the one before it, up to its own.
fn run_span(model: &Model, name: &str) -> Option<(Option<Moment>, Moment)> {
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    let number: u64 = digits.parse().ok()?;
    let runs = model.past.runs.as_ref()?;
    let at = runs.iter().position(|run| run.id.0 == number)?;
    let before = at.checked_sub(1).map(|at| runs[at].revision).filter(|before| *before > Revision(0));
    Some((before.map(Moment::Revision), Moment::Revision(runs[at].revision)))
}

/// Shows another view from its top.
fn look(model: &mut Model, view: View) -> Vec<Effect> {
    let by_run = view.group == Some(ChangeGroup::Run);
    model.changes.look(view);
    model.changes.until = model.past.at.map_or(model.estate.revision, |at| at.revision);
    let mut effects = ask(model);
    if by_run && model.past.runs.is_none() {
        effects.extend(super::past::ask_runs(model));
    }
    effects
}

/// `W`: what changed near an asset lately, before the moment that is looked at.
pub(super) fn nearby(model: &mut Model, id: AssetId, name: &str) -> Vec<Effect> {
    let now = model.past.at.map_or(model.clock, |at| at.meant());
    let view = View {
        around: Some(Around { id, name: name.to_owned(), steps: NEAR }),
        since: Some(Moment::Time(now.plus_millis(-LATELY))),
        ..View::default()
    };
    place::leave(model);
    model.changes.below = Vec::new();
    model.changes.look(view);
    screen::reach(model, Screen::Changes)
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

/// `W`: near what is selected on this screen.
pub(super) fn near_selected(model: &mut Model) -> Vec<Effect> {
    let assets = &model.assets;
    let state = &model.relationships;
    let found = match model.screen {
        Screen::Assets => assets.current().map(|row| (row.id.clone(), row.name.to_string())),
        Screen::Changes => model.changes.current().map(|(change, name)| (change.id.clone(), name.clone())),
        Screen::Relationships => {
            let id = state.spoke().map(|(spoke, _)| spoke.far.clone()).or_else(|| state.focus.clone());
            id.map(|id| {
                let focus = state.ego.as_ref().and_then(|ego| ego.relations.focus.as_ref());
                let row =
                    state.ego.as_ref().and_then(|ego| ego.row(&id)).or(focus.filter(|row| row.id == id));
                let name = row.map_or_else(|| id.to_string(), |row| row.name.to_string());
                (id, name)
            })
        }
        Screen::Tree | Screen::Collectors | Screen::Export | Screen::Pulse | Screen::Views => None,
    };
    match found {
        Some((id, name)) => nearby(model, id, &name),
        None => {
            model.say(Message::warning("there is no asset under the cursor", model.clock));
            Vec::new()
        }
    }
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
