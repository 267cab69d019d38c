//! What actions, answers and news mean on the Collectors screen.

use cloudscope_application::{Command, Reply, SessionError};

use super::{copy, moving};
use crate::{
    effect::{Effect, Tag},
    keymap::{Action, Screen},
    model::{
        Model,
        collectors::{Entry, report},
        message::Message,
        overlay::Overlay,
    },
};

/// The screen shows from now on.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    vec![model.ask(Tag::Health, Command::Health { at: None })]
}

/// Runs an action here; `None` when it has no meaning here. Starting, stopping and retrying are the
/// same on every screen.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let overview = model.estate.overview.as_deref();
    let state = &mut model.collectors;
    let page = u64::from(model.size.1.saturating_sub(6)).max(1);
    if let Some(step) = moving::step(action, page) {
        let at = step.apply_usize(state.at(), state.entries(overview).len());
        state.stand(at, overview);
        return Some(Vec::new());
    }
    Some(match action {
        Action::ShowProblems | Action::Drill | Action::Describe => open(model),
        Action::ProblemsOnly => {
            state.problems_only = !state.problems_only;
            state.stand(state.at(), overview);
            let text = if state.problems_only { "only what is not whole" } else { "every scope" };
            model.say(Message::info(text, model.clock));
            Vec::new()
        }
        Action::Refresh => {
            let mut effects = entered(model);
            effects.push(model.ask(Tag::Overview, Command::Overview));
            effects
        }
        Action::CopyId | Action::CopyRows => match copied(model) {
            Some((text, what)) => copy::plain(model, &text, what),
            None => Vec::new(),
        },
        _ => return None,
    })
}

/// The whole text about what is under the cursor.
fn open(model: &mut Model) -> Vec<Effect> {
    let overview = model.estate.overview.as_deref();
    let state = &model.collectors;
    let document = state
        .current(overview)
        .and_then(|entry| report::of(entry, state, overview, model.clock, &model.ui.glyphs));
    match document {
        Some(document) => model.overlays.push(Overlay::Document(Box::new(document))),
        None => model.say(Message::warning("there is nothing under the cursor", model.clock)),
    }
    Vec::new()
}

/// The missing permission where there is one, else the error, else the name.
fn copied(model: &Model) -> Option<(String, &'static str)> {
    let overview = model.estate.overview.as_deref();
    match model.collectors.current(overview)? {
        Entry::Heading(_) => None,
        Entry::Scope(i) => {
            let health = model.collectors.health.as_ref()?.get(i)?;
            let coverage = &health.coverage;
            let permission = coverage.missing_permission.clone().map(|p| (p, "the missing permission"));
            let error = coverage.error.clone().map(|e| (e, "the error"));
            Some(permission.or(error).unwrap_or_else(|| (health.key.to_string(), "the scope")))
        }
        Entry::Source(i) => Some((overview?.sources.get(i)?.name.to_string(), "the source")),
        Entry::Found(i) => Some((overview?.discovered.get(i)?.title.clone(), "what was found")),
    }
}

/// The scopes arrived.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    match result {
        Ok(Reply::Health(health)) => model.collectors.arrived(health, model.estate.overview.as_deref()),
        Err(SessionError::NotReady) => {}
        Ok(_) => {
            model.collectors.failed = Some("the engine answered another question; this is a defect".into());
        }
        Err(e) => model.collectors.failed = Some(e.to_string()),
    }
    if std::mem::take(&mut model.collectors.again) && model.screen == Screen::Collectors {
        return entered(model);
    }
    Vec::new()
}

/// A newer snapshot is there or a run ended, while this screen shows.
pub(super) fn published(model: &mut Model) -> Vec<Effect> {
    if model.waiting(Tag::Health) {
        // A new question would make the answer stale; under constant change none would ever be shown.
        model.collectors.again = true;
        return Vec::new();
    }
    entered(model)
}

/// Whether the times of a run are on the screen, so that they have to tick.
pub(super) fn ticks(model: &Model) -> bool {
    model.screen == Screen::Collectors && model.estate.running()
}
