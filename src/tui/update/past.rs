//! Looking back in time: to a moment, step by step, and to now. Every screen shows the moment that is
//! looked at; what is asked of the engine is always a revision, so that all of them show the same.

use cloudscope_application::{Command, Reply, SessionError};
use cloudscope_domain::{Moment, RunRecord, time::short_span};

use super::{branches, collectors, counting, edges, fetch, listing, open, place, runs, size};
use crate::{
    effect::{Effect, Tag},
    keymap::{Action, Screen},
    model::{
        Model,
        message::Message,
        overlay::Overlay,
        past::{Stop, Then},
    },
};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// A step in time; `None` when the action is none.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    Some(match action {
        Action::Earlier => by_runs(model, -1),
        Action::Later => by_runs(model, 1),
        Action::EarlierHour => by_time(model, -HOUR),
        Action::LaterHour => by_time(model, HOUR),
        Action::EarlierDay => by_time(model, -DAY),
        Action::LaterDay => by_time(model, DAY),
        Action::Now if model.past.looked_at() => now(model),
        Action::Now => {
            model.say(Message::info("this is now", model.clock));
            Vec::new()
        }
        _ => return None,
    })
}

/// `:at -2h`, `:at r123`, `:at 2026-11-20T10:00`, `:at now`.
pub(super) fn typed(model: &mut Model, text: &str) -> Vec<Effect> {
    if matches!(text.trim().trim_start_matches('@'), "now") {
        return now(model);
    }
    match Moment::parse(text, model.clock) {
        Ok(moment) => {
            place::leave(model);
            go(model, moment)
        }
        Err(bad) => {
            model.say(Message::warning(bad.to_string(), model.clock));
            Vec::new()
        }
    }
}

/// To now.
pub(super) fn now(model: &mut Model) -> Vec<Effect> {
    place::leave(model);
    model.past.steps = 0;
    travel(model, None)
}

fn by_runs(model: &mut Model, steps: i64) -> Vec<Effect> {
    if model.past.runs.is_none() || matches!(model.past.going, Some(Moment::Time(_))) {
        model.past.steps += steps;
        let mut effects = fit(model);
        if model.past.runs.is_none() && !model.waiting(Tag::Runs) {
            effects.extend(runs::ask(model));
        }
        return effects;
    }
    let newest = model.estate.revision;
    let oldest = model.estate.known_since().map(|(revision, _)| revision);
    let stop = model.past.by_runs(steps, newest, oldest);
    step(model, stop)
}

fn by_time(model: &mut Model, millis: i64) -> Vec<Effect> {
    let stop = model.past.by_time(millis, model.clock);
    step(model, stop)
}

fn step(model: &mut Model, stop: Stop) -> Vec<Effect> {
    match stop {
        Stop::Oldest => {
            let text = match model.estate.known_since() {
                Some((revision, at)) => {
                    let age = short_span(model.clock.since(at));
                    format!("this is as far back as is known: r{revision}, {age} ago")
                }
                None => "no run before this one is known; `:at -2h` goes to a time".to_owned(),
            };
            model.say(Message::info(text, model.clock));
            Vec::new()
        }
        Stop::Now if !model.past.looked_at() => {
            model.say(Message::info("this is now", model.clock));
            Vec::new()
        }
        Stop::Now => travel(model, None),
        Stop::At(moment) => {
            if !model.past.looked_at() {
                place::leave(model);
            }
            go(model, moment)
        }
    }
}

/// Asks which revision a moment means; the screens follow when that is known.
fn go(model: &mut Model, moment: Moment) -> Vec<Effect> {
    model.past.going = Some(moment);
    let mut effects = vec![model.ask(Tag::Resolve, Command::Resolve { at: moment })];
    if model.past.runs.is_none() && !model.waiting(Tag::Runs) {
        effects.extend(runs::ask(model));
    }
    effects.extend(fit(model));
    effects
}

/// The runs arrived: steps that waited for them are made.
pub(super) fn runs_arrived(model: &mut Model, runs: Vec<RunRecord>) -> Vec<Effect> {
    model.past.runs_arrived(runs);
    let mut effects = queued(model);
    effects.extend(fit(model));
    effects
}

/// The runs cannot be had.
pub(super) fn no_runs(model: &mut Model, why: &SessionError) -> Vec<Effect> {
    fail(model, why.to_string())
}

fn queued(model: &mut Model) -> Vec<Effect> {
    match std::mem::take(&mut model.past.steps) {
        0 => Vec::new(),
        steps => by_runs(model, steps),
    }
}

/// A run ended: the list of runs is no longer whole.
pub(super) fn run_ended(model: &mut Model) -> Vec<Effect> {
    if model.past.runs.is_none() { Vec::new() } else { runs::ask(model) }
}

/// The revision of the moment that is gone to is known, or why there is none.
pub(super) fn resolved(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let Some(moment) = model.past.going.take() else { return Vec::new() };
    match result {
        Ok(Reply::Moment((revision, time))) => {
            let asked = match moment {
                Moment::Time(asked) => Some(asked),
                Moment::Revision(_) => None,
            };
            let mut effects = travel(model, Some(Then { revision, time, asked }));
            effects.extend(queued(model));
            effects
        }
        Ok(_) => fail(model, "the engine answered another question; this is a defect".to_owned()),
        Err(error) => {
            let why = explained(model, &error);
            fail(model, why)
        }
    }
}

fn fail(model: &mut Model, why: String) -> Vec<Effect> {
    model.past.steps = 0;
    model.say(Message::error(why, model.clock));
    fit(model)
}

/// An error about a moment, with how far back is known.
fn explained(model: &Model, error: &SessionError) -> String {
    let Some((revision, at)) = model.estate.known_since() else { return error.to_string() };
    format!("{error}; known since r{revision}, {} ago", short_span(model.clock.since(at)))
}

/// Every screen shows that moment from now on. Selections stay.
pub(super) fn travel(model: &mut Model, at: Option<Then>) -> Vec<Effect> {
    model.past.going = None;
    model.forget(Tag::Resolve);
    if model.past.at == at {
        return fit(model);
    }
    model.past.at = at;
    // Whatever is on its way is of another moment.
    for tag in [Tag::Relations, Tag::Health, Tag::Changes, Tag::Newer, Tag::ExportSize, Tag::Groups] {
        model.forget(tag);
    }
    model.relationships.again = false;
    model.collectors.again = false;
    model.changes.again = false;
    model.changes.newer = None;
    model.assets.baselines.clear();
    model.tree.baselines.clear();
    model.assets.anchor = None;
    let mut effects = open::abandon(model);
    model.past.stale = true;
    effects.extend(show(model));
    effects.extend(reread(model));
    if at.is_none() {
        effects.push(model.ask(Tag::Overview, Command::Overview));
    }
    effects
}

/// Asks for what the screen shows, of the moment that is looked at.
fn show(model: &mut Model) -> Vec<Effect> {
    match model.screen {
        Screen::Assets => open::again(model),
        Screen::Relationships => edges::entered(model),
        Screen::Collectors => collectors::entered(model),
        Screen::Changes => listing::entered(model),
        Screen::Groups => counting::ask(model),
        Screen::Export => size::ask(model),
        // What is saved is saved now.
        Screen::Tree => branches::again(model),
        Screen::Pulse | Screen::Views => Vec::new(),
    }
}

/// The line of time takes a row, or gives it back.
fn fit(model: &mut Model) -> Vec<Effect> {
    if model.screen == Screen::Assets { fetch::fit(model) } else { Vec::new() }
}

/// Another moment is looked at: the document on top is read again as of then.
fn reread(model: &mut Model) -> Vec<Effect> {
    let top = model.overlays.iter_mut().rev().find_map(|overlay| match overlay {
        Overlay::Document(doc) => Some(doc),
        _ => None,
    });
    let Some(doc) = top else { return Vec::new() };
    let Some((_, key)) = doc.subject.clone() else { return Vec::new() };
    doc.lines = None;
    let at = model.at();
    vec![model.ask(Tag::Document, Command::Get { id: key.id, at })]
}
