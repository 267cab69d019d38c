//! Asks what a filter names that nothing bears, once its answer shows: where it found nothing, and where it is
//! no longer typed. What is asked of a filter of before is dropped as soon as a key changed it.

use cloudscope_application::Command;
use cloudscope_application::message::Stray;
use cloudscope_domain::Revision;

use super::stop;
use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{
        Model,
        overlay::Overlay,
        past::Then,
        strays::{Of, Strays},
    },
};

/// Asks, if what shows is of another filter than was asked about.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    let wanted = wanted(model);
    if wanted == model.strays.of {
        return Vec::new();
    }
    let text = |of: &Option<Of>| of.as_ref().map(|of| (of.filter.clone(), of.at));
    // Of the same filter they stay until the newer answer is here.
    let found = if text(&wanted) == text(&model.strays.of) {
        std::mem::take(&mut model.strays.found)
    } else {
        Vec::new()
    };
    let ask = wanted.as_ref().map(|of| Command::Strays { query: of.filter.clone(), at: of.at });
    model.strays = Strays { of: wanted, found };
    let mut effects: Vec<Effect> = stop::forget(model, Tag::Strays).into_iter().collect();
    effects.extend(ask.map(|command| model.ask(Tag::Strays, command)));
    effects
}

/// They arrived.
pub(super) fn answer(model: &mut Model, found: Vec<Stray>) -> Vec<Effect> {
    model.strays.found = found;
    Vec::new()
}

/// What should be asked about: the filter whose answer shows.
fn wanted(model: &Model) -> Option<Of> {
    let (filter, found, revision) = shown(model)?;
    let typed = model.overlays.iter().any(|overlay| matches!(overlay, Overlay::Filter(_)));
    if filter.is_empty() || (found > 0 && typed) {
        return None;
    }
    let at = model.past.shown(model.screen).map(Then::moment);
    Some(Of { filter: filter.to_owned(), at, revision })
}

/// The filter whose answer shows, how much it found, and the revision of that.
fn shown(model: &Model) -> Option<(&str, u64, Revision)> {
    let filter = model.assets.filter.as_str();
    match model.screen {
        Screen::Assets => {
            let of = model.assets.of.as_ref().filter(|of| of.filter == filter)?;
            let shown = model.assets.shown.as_ref()?;
            Some((&of.filter, shown.total, shown.revision))
        }
        Screen::Groups => {
            let shown = model.groups.shown.as_ref().filter(|shown| shown.of.0 == filter)?;
            Some((filter, shown.answer.total, shown.answer.revision))
        }
        Screen::Tree if model.tree.filter == filter => {
            let children = model.tree.root.children.as_ref()?;
            children.nodes.is_empty().then_some((filter, 0, model.estate.revision))
        }
        // What changed may have been borne by something that is gone: only where nothing was found.
        Screen::Changes if !model.waiting(Tag::Changes) => {
            let changes = &model.changes;
            let nothing = changes.shown.is_some() && changes.rows() == 0;
            nothing.then_some((&changes.view.filter, 0, changes.until))
        }
        _ => None,
    }
}
