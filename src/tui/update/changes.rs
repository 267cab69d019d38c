//! What actions mean on the Changes screen.

use cloudscope_application::message::ChangeGroup;
use cloudscope_domain::{AssetId, ChangeKind, Moment, Revision, Timestamp};

use super::{
    copy, document,
    listing::{self, look},
    moving, pin, place, relationships, screen,
};
use crate::{
    effect::Effect,
    keymap::{Action, Screen},
    model::{
        Model,
        changes::{Around, GROUPS, View, diff},
        document::{DocLine, Document},
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

/// Runs an action here; `None` when it has no meaning here.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if let Some(step) = moving::step(action, listing::visible(model)) {
        let before = model.changes.rows();
        model.changes.index = step.apply(model.changes.index, before);
        let whole = model.changes.shown.as_ref().is_none_or(|shown| shown.whole);
        if action == Action::Bottom && !whole && model.changes.view.group.is_none() {
            model.say(Message::info("older ones are being read; once more goes on", model.clock));
        }
        return Some(listing::fit(model));
    }
    Some(match action {
        Action::ShowChange | Action::Drill => open(model),
        Action::GroupChanges => next_group(model),
        Action::Refresh => refresh(model),
        Action::Describe | Action::ShowAsset => on_current(model, document::open_id),
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
    let text = match (&model.changes.shown, &model.changes.failed) {
        (None, None) => "the changes are still being read",
        _ => "there is no change under the cursor",
    };
    model.say(Message::warning(text, model.clock));
    Vec::new()
}

/// What is newer comes into the list.
fn refresh(model: &mut Model) -> Vec<Effect> {
    let newer = model.changes.newer;
    model.changes.shown = None;
    let effects = listing::entered(model);
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

/// `W`: what changed near an asset lately, before the moment that is looked at.
fn nearby(model: &mut Model, id: AssetId, name: &str) -> Vec<Effect> {
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

/// `W`: near what is selected on this screen, or what the document on top is about.
pub(super) fn near_selected(model: &mut Model) -> Vec<Effect> {
    let assets = &model.assets;
    let state = &model.relationships;
    if let Some(Overlay::Document(doc)) = model.overlays.last() {
        let id = doc.asset.clone().or_else(|| doc.subject.as_ref().map(|(_, key)| key.id.clone()));
        let Some(id) = id else { return Vec::new() };
        let name = model.assets.name_of(&id);
        return nearby(model, id, &name);
    }
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
        Screen::Tree
        | Screen::Collectors
        | Screen::Export
        | Screen::Pulse
        | Screen::Views
        | Screen::Groups => None,
    };
    match found {
        Some((id, name)) => nearby(model, id, &name),
        None => {
            model.say(Message::warning("there is no asset under the cursor", model.clock));
            Vec::new()
        }
    }
}
