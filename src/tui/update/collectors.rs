//! What actions, answers and news mean on the Collectors screen.

pub(super) mod drill;
pub(super) mod grants;
pub(super) mod papers;

use cloudscope_application::{Command, Reply, SessionError};
use cloudscope_domain::{ScopeKey, Timestamp};

use super::{collect, copy, moving};
use crate::{
    effect::{Effect, Tag},
    keymap::{Action, Screen},
    model::{
        Model,
        collectors::{Pane, health::Entry, report, run::Line},
        message::Message,
        overlay::Overlay,
    },
};

/// So many scopes are many: they are asked for less often while a run goes on.
const MANY: usize = 5_000;

/// The screen shows from now on.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    model.collectors.pane =
        if model.estate.running() && model.past.at.is_none() { Pane::Run } else { Pane::Health };
    progressed(model);
    ask(model)
}

/// Asks how every scope stands.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    model.collectors.again = false;
    model.collectors.asked = Some(model.clock);
    let at = model.at();
    vec![model.ask(Tag::Health, Command::Health { at, attempts: true })]
}

/// Runs an action here; `None` when it has no meaning here. Starting, stopping and retrying are the
/// same on every screen.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let page = u64::from(model.size.1.saturating_sub(6)).max(1);
    if let Some(step) = moving::step(action, page) {
        let (state, overview) = (&mut model.collectors, model.estate.overview.as_deref());
        match state.pane {
            Pane::Run => state.run.at = step.apply_usize(state.run.at, state.run.lines.len()),
            Pane::Health => {
                let at = step.apply_usize(state.health.at(), state.health.entries().len());
                state.health.stand(at, overview);
            }
        }
        return Some(Vec::new());
    }
    match action {
        // The run is of now; in the past there is only how the scopes stood.
        Action::FocusNext | Action::FocusPrevious | Action::ToggleDetail if model.past.at.is_none() => {
            model.collectors.pane = model.collectors.pane.other();
        }
        Action::ShowProblems | Action::Drill | Action::Describe => return Some(open(model)),
        Action::ProblemsOnly => problems_only(model),
        Action::Fold if model.collectors.pane == Pane::Run => model.collectors.run.fold(None),
        Action::FoldAll if model.collectors.pane == Pane::Run => model.collectors.run.fold_all(),
        Action::Left if model.collectors.pane == Pane::Run => model.collectors.run.fold(Some(false)),
        Action::Right if model.collectors.pane == Pane::Run => model.collectors.run.fold(Some(true)),
        Action::Fold | Action::FoldAll | Action::Left | Action::Right => {}
        Action::CollectSelected => return Some(collect_selected(model)),
        Action::CopyRenew => return Some(grants::renew(model)),
        Action::Refresh => {
            let mut effects = ask(model);
            effects.push(model.ask(Tag::Overview, Command::Overview));
            return Some(effects);
        }
        Action::CopyId | Action::CopyRows => {
            return Some(match copied(model) {
                Some((text, what)) => copy::plain(model, &text, what),
                None => Vec::new(),
            });
        }
        _ => return None,
    }
    Some(Vec::new())
}

fn problems_only(model: &mut Model) {
    let (health, overview) = (&mut model.collectors.health, model.estate.overview.as_deref());
    health.problems_only = !health.problems_only;
    health.arrange(overview);
    model.collectors.pane = Pane::Health;
    let only = model.collectors.health.problems_only;
    let text = if only { "only what wants a look" } else { "every scope" };
    model.say(Message::info(text, model.clock));
}

/// The scope under the cursor, in whichever pane.
pub(super) fn scope(model: &Model) -> Option<ScopeKey> {
    let state = &model.collectors;
    match state.pane {
        Pane::Health => state.health.scope().map(|health| health.key.clone()),
        Pane::Run => match state.run.chosen()[..] {
            [only] => Some(model.estate.run.as_ref()?.scopes.get(only)?.scope.clone()),
            _ => None,
        },
    }
}

/// The whole text about what is under the cursor; a group of scopes is opened.
fn open(model: &mut Model) -> Vec<Effect> {
    if let Some(key) = scope(model) {
        return drill::open(model, key);
    }
    if model.collectors.pane == Pane::Run {
        if model.collectors.run.current().is_none() {
            return nothing(model);
        }
        model.collectors.run.fold(None);
        return Vec::new();
    }
    let (state, overview) = (&model.collectors, model.estate.overview.as_deref());
    let document = state
        .health
        .current()
        .and_then(|entry| report::of(entry, state, overview, model.clock, &model.ui.glyphs));
    match document {
        Some(document) => model.overlays.push(Overlay::Document(Box::new(document))),
        None => return nothing(model),
    }
    Vec::new()
}

fn nothing(model: &mut Model) -> Vec<Effect> {
    super::nothing::under_cursor(model, "")
}

/// Collects what is under the cursor, and nothing else.
fn collect_selected(model: &mut Model) -> Vec<Effect> {
    let state = &model.collectors;
    let overview = model.estate.overview.as_deref();
    let scopes: Vec<ScopeKey> = match (state.pane, state.health.current()) {
        (Pane::Run, _) => {
            let run = model.estate.run.as_deref();
            let chosen = state.run.chosen();
            chosen.iter().filter_map(|i| Some(run?.scopes.get(*i)?.scope.clone())).collect()
        }
        (Pane::Health, Some(Entry::Scope(_))) => scope(model).into_iter().collect(),
        (Pane::Health, Some(Entry::Source(i))) => {
            let name = overview.and_then(|o| o.sources.get(i)).map(|source| source.name.to_string());
            return collect::named(model, &name.iter().map(String::as_str).collect::<Vec<_>>());
        }
        (Pane::Health, Some(Entry::Found(i))) => {
            let found = overview.and_then(|o| o.discovered.get(i)).and_then(|found| found.source.as_ref());
            let Some(name) = found.map(|source| source.name.to_string()) else {
                let text = "this version has no collector for it yet";
                model.say(Message::warning(text, model.clock));
                return Vec::new();
            };
            return collect::named(model, &[&name]);
        }
        (Pane::Health, Some(Entry::Circuit(_) | Entry::Heading(_)) | None) => Vec::new(),
    };
    if scopes.is_empty() { nothing(model) } else { collect::scopes(model, scopes) }
}

/// The missing permission where there is one, else the error, else the name.
fn copied(model: &Model) -> Option<(String, &'static str)> {
    let overview = model.estate.overview.as_deref();
    let state = &model.collectors;
    if let Some(key) = scope(model) {
        let coverage = state.health.of(&key).map(|health| &health.coverage);
        let permission = coverage.and_then(|c| c.missing_permission.clone());
        let error = coverage.and_then(|c| c.error.clone()).map(|error| (error, "the error"));
        let permission = permission.map(|permission| (permission, "the missing permission"));
        return Some(permission.or(error).unwrap_or_else(|| (key.to_string(), "the scope")));
    }
    if state.pane == Pane::Run {
        let (Line::Group(g) | Line::Scope(g, _)) = state.run.current()?;
        return Some((state.run.groups.get(g)?.title.clone(), "the group"));
    }
    match state.health.current()? {
        Entry::Heading(_) | Entry::Scope(_) => None,
        Entry::Circuit(i) => Some((overview?.circuits.get(i)?.error.clone(), "the failure")),
        Entry::Source(i) => Some((overview?.sources.get(i)?.name.to_string(), "the source")),
        Entry::Found(i) => Some((overview?.discovered.get(i)?.title.clone(), "what was found")),
    }
}

/// The scopes arrived.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let health = &mut model.collectors.health;
    match result {
        Ok(Reply::Health(scopes)) => {
            health.arrived(scopes, model.estate.overview.as_deref());
            model.past.arrived(Screen::Collectors);
        }
        Err(SessionError::NotReady) => {}
        Ok(_) => health.failed = Some("the engine answered another question; this is a defect".into()),
        Err(e) => {
            health.failed = Some(e.to_string());
            model.past.arrived(Screen::Collectors);
        }
    }
    drill::renew(model);
    Vec::new()
}

/// What the engine says of the whole has changed: sources, circuits, what was found.
pub(super) fn estate_changed(model: &mut Model) {
    model.collectors.health.arrange(model.estate.overview.as_deref());
}

/// News of a run.
pub(super) fn progressed(model: &mut Model) {
    if model.screen == Screen::Collectors
        && let Some(run) = &model.estate.run
    {
        model.collectors.run.arrived(run, model.estate.overview.as_deref());
    }
}

/// A newer snapshot is there or a run ended, while this screen shows.
pub(super) fn published(model: &mut Model) -> Vec<Effect> {
    // A new question would make the answer stale; under constant change none would ever be shown. And
    // what is asked for at every commit of a large run costs more than it tells.
    model.collectors.again = true;
    ask_if_due(model)
}

fn due(model: &Model) -> Option<Timestamp> {
    let state = &model.collectors;
    let wanted = state.again && model.screen == Screen::Collectors && !model.waiting(Tag::Health);
    let many = state.health.scopes.as_ref().is_some_and(|scopes| scopes.len() > MANY);
    let step = if many { 5_000 } else { 1_000 };
    wanted.then(|| state.asked.map_or(model.clock, |asked| asked.plus_millis(step)))
}

fn ask_if_due(model: &mut Model) -> Vec<Effect> {
    if due(model).is_some_and(|due| model.clock >= due) { ask(model) } else { Vec::new() }
}

/// The time passes.
pub(super) fn tick(model: &mut Model) -> Vec<Effect> {
    let mut effects = ask_if_due(model);
    effects.extend(papers::tick(model));
    effects
}

/// When the time is wanted again, besides the seconds of [`ticks`]: for health, and to look whether the
/// log goes on.
pub(super) fn wake(model: &Model) -> Option<Timestamp> {
    let second = (model.clock.millis() / 1_000 + 1) * 1_000;
    let log = papers::follows(model).then(|| Timestamp::from_millis(second));
    due(model).into_iter().chain(log).min()
}

/// Whether something on the screen moves with every second: the times of a run.
pub(super) fn ticks(model: &Model) -> bool {
    model.screen == Screen::Collectors && model.estate.running()
}
