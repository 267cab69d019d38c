//! What the engine says unasked: ready, something new, progress, trouble, the end.

use std::sync::Arc;

use cloudscope_application::{
    Command, Event,
    message::{Overview, RunProgress},
};

use super::{branches, collectors, counting, edges, listing, names, open, page, past, prefer};
use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{Model, message::Message, waiting::Looking},
};

/// Troubles kept.
const MOST_TROUBLES: usize = 20;

/// Takes an event of the engine in.
pub(super) fn session(model: &mut Model, event: Event) -> Vec<Effect> {
    model.dirty = true;
    match event {
        Event::Ready(revision) => {
            model.estate.revision = revision;
            vec![model.ask(Tag::Overview, Command::Overview)]
        }
        Event::Published { revision, total } => {
            model.estate.revision = revision;
            let mut effects = open::published(model, total);
            effects.extend(published_elsewhere(model));
            effects
        }
        Event::Progress(run) => progress(model, Box::new(Arc::unwrap_or_clone(run))),
        Event::Looking { query, looked, of } => {
            model.looking = Some(Looking { query, looked, of });
            Vec::new()
        }
        Event::Trouble(text) => {
            if !model.estate.trouble.contains(&text) {
                if model.estate.trouble.len() == MOST_TROUBLES {
                    model.estate.trouble.remove(0);
                }
                model.estate.trouble.push(text.clone());
            }
            model.say(Message::error(text, model.clock));
            Vec::new()
        }
        Event::Mended(over) => {
            model.estate.mended(&over);
            model.say(Message::info("what was in the way is gone; it goes on", model.clock));
            Vec::new()
        }
        Event::Discovered(found) => {
            if let Some(overview) = &mut model.estate.overview {
                overview.discovered = found;
            }
            collectors::estate_changed(model);
            Vec::new()
        }
        Event::Lagged => {
            let mut effects = open::published(model, model.assets.total());
            effects.push(model.ask(Tag::Overview, Command::Overview));
            effects.extend(published_elsewhere(model));
            effects
        }
        Event::Closing => {
            model.estate.closed = true;
            model.estate.parted = false;
            let text = "the process that owns the data directory went away; quit and start again";
            model.say(Message::error(text, model.clock));
            Vec::new()
        }
        Event::Parted => {
            model.estate.parted = true;
            let text = "the process that held the data directory went away; what shows stays while the next is found";
            model.say(Message::warning(text, model.clock));
            Vec::new()
        }
        Event::Reattached => reattached(model),
    }
}

/// Somebody else answers from now on. What shows stays, and is asked for anew once that says how it stands.
fn reattached(model: &mut Model) -> Vec<Effect> {
    model.estate.parted = true;
    // A run of the former owner ended with it.
    model.estate.run = None;
    if let Some(overview) = &mut model.estate.overview {
        overview.ready = false;
    }
    open::disown(model);
    model.tree.asking = None;
    vec![model.ask(Tag::Overview, Command::Overview)]
}

fn published_elsewhere(model: &mut Model) -> Vec<Effect> {
    if model.past.looked_at() {
        return Vec::new();
    }
    match model.screen {
        Screen::Relationships => edges::published(model),
        Screen::Collectors => collectors::published(model),
        Screen::Changes => listing::published(model),
        Screen::Groups => counting::published(model),
        Screen::Tree => branches::published(model),
        Screen::Assets | Screen::Export | Screen::Pulse | Screen::Views => Vec::new(),
    }
}

fn progress(model: &mut Model, run: Box<RunProgress>) -> Vec<Effect> {
    let was_running = model.estate.running();
    let ended = run.ended.is_some();
    model.estate.progressed(run);
    collectors::progressed(model);
    if !ended {
        return prefer::tell(model).into_iter().collect();
    }
    if was_running {
        let run = model.estate.run.as_ref().map(|r| (r.cancelled, r.created, r.changed, r.gone, r.unknown));
        if let Some((cancelled, created, changed, gone, unknown)) = run {
            let how = if cancelled { "collection stopped" } else { "collection done" };
            let text = format!("{how}: +{created} ~{changed} -{gone} ?{unknown}");
            model.say(Message::info(text, model.clock));
        }
    }
    let mut effects = vec![model.ask(Tag::Overview, Command::Overview)];
    effects.extend(past::run_ended(model));
    if model.screen == Screen::Collectors && !model.past.looked_at() {
        effects.extend(collectors::published(model));
    }
    effects
}

/// Row 1 arrived. The first one that says "ready" opens the table.
pub(super) fn overview(model: &mut Model, mut overview: Box<Overview>) -> Vec<Effect> {
    let was_ready = model.estate.ready();
    // Taken out, not copied: a run may have many thousands of scopes.
    if let Some(run) = overview.run.take() {
        model.estate.progressed(Box::new(run));
        collectors::progressed(model);
    }
    model.estate.revision = model.estate.revision.max(overview.revision);
    model.estate.overview = Some(overview);
    collectors::estate_changed(model);
    if was_ready || !model.estate.ready() {
        return Vec::new();
    }
    let aim = if model.assets.shown.is_some() { open::keep(model) } else { page::aim(model) };
    let mut effects = names::ask(model);
    // What can be followed is, as long as somebody looks.
    effects.push(Effect::Tell(Command::Follow { on: true }));
    effects.extend(open::open(model, aim));
    if model.screen == Screen::Groups {
        effects.extend(counting::ask(model));
    }
    if model.screen == Screen::Tree {
        effects.extend(branches::entered(model));
    }
    if std::mem::take(&mut model.estate.parted) {
        effects.extend(others(model));
        let remote = model.estate.overview.as_ref().is_some_and(|overview| overview.remote);
        let text = if remote {
            "attached to the process that holds the data directory now"
        } else {
            "this process holds the data directory now"
        };
        model.say(Message::info(text, model.clock));
    }
    effects
}

/// What the screens that are asked for by their keys show is asked for again.
fn others(model: &mut Model) -> Vec<Effect> {
    match model.screen {
        Screen::Relationships => edges::ask(model),
        Screen::Collectors => collectors::ask(model),
        Screen::Changes => {
            model.changes.fetch = None;
            listing::published(model)
        }
        _ => Vec::new(),
    }
}
