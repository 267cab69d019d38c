//! One event in, the model changed, what is to be done out. Pure: no clock, no terminal, no session;
//! one action per file below.

mod action;
mod answer;
mod assets;
mod back;
mod branches;
mod changes;
mod collect;
mod collectors;
mod command;
mod compare;
mod confirm;
mod copy;
mod counting;
mod detail;
mod document;
mod edges;
mod export;
mod fetch;
mod filter;
mod groups;
mod help;
mod history;
mod input;
mod interrupt;
mod key;
mod kind_columns;
mod listing;
mod look;
mod mark;
mod menu;
mod mouse;
mod moving;
mod names;
mod nothing;
mod offer;
mod open;
mod page;
mod palette;
mod panes;
mod past;
mod pick;
mod pin;
mod place;
mod prefer;
mod problems;
mod relationships;
mod runs;
mod screen;
mod session;
mod shelf;
mod size;
mod sort;
mod stop;
mod strays;
mod tick;
mod tree;
mod views;
mod words;

use crate::{
    effect::{Effect, ExitReason, Tag},
    event::{Event, Signal},
    keymap::Screen,
    model::Model,
    order::Order,
};

pub(crate) use page::restore as restore_page;
#[cfg(test)]
pub(crate) use problems::PROBLEMS;
pub(crate) use tick::next_wake;

use cloudscope_application::Command;

/// What to do before anything has happened.
pub(crate) fn start(model: &mut Model) -> Vec<Effect> {
    vec![model.ask(Tag::Overview, Command::Overview), Effect::Views(Order::Load)]
}

/// Goes to a screen, as its key does.
pub(crate) fn go_to(model: &mut Model, to: Screen) -> Vec<Effect> {
    screen::go(model, to)
}

/// Takes one event in.
pub(crate) fn update(model: &mut Model, event: Event) -> Vec<Effect> {
    let mut effects = happened(model, event);
    effects.extend(strays::follow(model));
    effects
}

fn happened(model: &mut Model, event: Event) -> Vec<Effect> {
    match event {
        Event::Tick(now) => tick::tick(model, now),
        Event::Key(key) => {
            model.dirty = true;
            key::key(model, key)
        }
        Event::Mouse(event) => mouse::mouse(model, event),
        Event::Paste(text) => {
            model.dirty = true;
            input::paste(model, &text)
        }
        Event::Background(dark) => {
            look::background(model, dark);
            Vec::new()
        }
        Event::Resize(width, height) => {
            model.size = (width, height);
            model.dirty = true;
            let mut effects = fetch::fit(model);
            effects.extend(listing::fit(model));
            counting::fit(model);
            branches::fit(model);
            effects
        }
        Event::Session(event) => session::session(model, event),
        Event::Answer { tag, generation, result } => answer::answer(model, tag, generation, result),
        Event::Export(progress) => {
            model.dirty = true;
            export::progress(model, progress)
        }
        Event::Views { order, result } => shelf::answer(model, &order, result),
        Event::Signal(Signal::Terminate) => vec![Effect::Quit(ExitReason::Terminated)],
        Event::Signal(Signal::HangUp) => vec![Effect::Quit(ExitReason::HungUp)],
        Event::Signal(Signal::Suspend) => vec![Effect::Suspend],
        Event::Resumed => {
            model.dirty = true;
            vec![Effect::Repaint]
        }
    }
}
