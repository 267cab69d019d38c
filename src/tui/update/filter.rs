//! The filter while it is typed: every key shows its rows, `enter` keeps them, `esc` brings back what
//! was there. A bad term is left out by the engine and named; the table never blanks because of it.

use cloudscope_application::{Command, message::Completion};

use super::{branches, counting, listing, moving, open, place, screen, stop};
use crate::{
    effect::{Effect, Tag},
    keymap::{Action, Screen},
    model::{
        Model,
        assets::Aim,
        line::Line,
        overlay::{Completing, FilterLine, Overlay},
    },
};

/// Begins to type, from the filter that is applied.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    if !matches!(model.screen, Screen::Assets | Screen::Changes | Screen::Groups | Screen::Tree) {
        effects = screen::go(model, Screen::Assets);
    }
    let before = applied(model).to_owned();
    model.assets.anchor = None;
    let mut text = before.clone();
    if !text.is_empty() && !text.ends_with(' ') {
        text.push(' ');
    }
    let here = place::here(model);
    let aim = here.aim.clone();
    model.history.leave(here);
    model.overlays.push(Overlay::Filter(FilterLine {
        line: Line::new(text),
        before,
        aim,
        completing: Completing::No,
        proposals: Vec::new(),
        proposed_for: String::new(),
        chosen: None,
        eager: false,
    }));
    effects
}

/// The filter of this screen.
fn applied(model: &Model) -> &str {
    if model.screen == Screen::Changes { &model.changes.view.filter } else { &model.assets.filter }
}

/// The text changed.
pub(super) fn typed(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Filter(filter)) = model.overlays.last_mut() else { return Vec::new() };
    let completing = filter.completing != Completing::No;
    if filter.completing == Completing::Asked {
        filter.completing = Completing::Open;
    }
    (filter.chosen, filter.eager) = (None, false);
    let text = filter.line.text().trim().to_owned();
    let mut effects = Vec::new();
    if model.screen == Screen::Changes {
        effects = listing::filter(model, text);
    } else if matches!(model.screen, Screen::Groups | Screen::Tree) {
        effects = counted(model, text);
    } else if text != model.assets.filter {
        let sort = model.assets.sort.clone();
        let aim = kept_or_top(model);
        effects = open::open_on(model, text, sort, aim);
    }
    if completing {
        effects.extend(ask(model));
    }
    effects
}

/// The filter of what is counted changed.
fn counted(model: &mut Model, text: String) -> Vec<Effect> {
    if text == model.assets.filter {
        return Vec::new();
    }
    let sort = model.assets.sort.clone();
    let mut effects = open::aside(model, text, sort);
    if model.screen == Screen::Tree {
        effects.extend(branches::entered(model));
        return effects;
    }
    // What shows is of this filter already: what is on its way is stopped, and nothing is asked.
    let of = (model.assets.filter.clone(), model.groups.grouping.by.clone());
    if model.groups.shown.as_ref().is_some_and(|shown| shown.of == of) && model.waiting(Tag::Groups) {
        model.groups.asking = of;
        effects.extend(stop::forget(model, Tag::Groups));
    } else {
        effects.extend(counting::ask(model));
    }
    effects
}

/// The selected asset where it is, if it still matches; else the first row.
fn kept_or_top(model: &Model) -> Aim {
    Aim { index: 0, moved_from: None, ..open::keep(model) }
}

/// Asks for proposals at the cursor.
fn ask(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Filter(filter)) = model.overlays.last() else { return Vec::new() };
    let (query, position) = (filter.line.text().to_owned(), filter.line.position());
    let own = if model.screen == Screen::Changes { listing::proposals(&query, position) } else { Vec::new() };
    if !own.is_empty() {
        model.forget(Tag::Complete);
        return proposals(model, own);
    }
    let at = model.at();
    vec![model.ask(Tag::Complete, Command::Complete { query, position, at })]
}

/// Proposals arrived. A single one that was asked for by `tab` is taken at once.
pub(super) fn proposals(model: &mut Model, found: Vec<Completion>) -> Vec<Effect> {
    let Some(Overlay::Filter(filter)) = model.overlays.last_mut() else { return Vec::new() };
    let asked = filter.completing;
    match (asked, found.as_slice()) {
        (Completing::No, _) => return Vec::new(),
        (Completing::Asked, [only]) => {
            let only = only.clone();
            return take(model, &only);
        }
        (Completing::Asked | Completing::Following, []) => {
            filter.completing = Completing::No;
            filter.proposals.clear();
            return Vec::new();
        }
        _ => {}
    }
    let first = asked == Completing::Asked || std::mem::take(&mut filter.eager);
    filter.completing = Completing::Open;
    filter.chosen = (first && !found.is_empty()).then_some(0);
    filter.proposed_for = filter.line.text().to_owned();
    filter.proposals = found;
    Vec::new()
}

/// Puts a proposal on the line. What it only begins is proposed on: the values of a key.
fn take(model: &mut Model, proposal: &Completion) -> Vec<Effect> {
    let Some(Overlay::Filter(filter)) = model.overlays.last_mut() else { return Vec::new() };
    filter.line.replace(proposal.span.start, proposal.span.end, &proposal.text);
    filter.proposals.clear();
    let begins = proposal.text.ends_with([':', '=', '.', '(']);
    filter.completing = if begins { Completing::Following } else { Completing::No };
    typed(model)
}

/// What actions mean while it is typed.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let rows = model.layout().table_rows();
    let Some(Overlay::Filter(filter)) = model.overlays.last_mut() else { return None };
    // Proposals for another text have spans that fit no more; those for this one are on their way.
    let fresh = filter.proposed_for == filter.line.text();
    let n = filter.proposals.len();
    Some(match action {
        Action::Complete | Action::CompletePrevious if n > 0 && !fresh => {
            filter.eager = true;
            Vec::new()
        }
        Action::Complete if n == 1 => {
            let only = filter.proposals[0].clone();
            take(model, &only)
        }
        Action::Complete if n == 0 => {
            filter.completing = Completing::Asked;
            ask(model)
        }
        Action::Complete | Action::InputNewer if n > 0 => {
            filter.chosen = Some(filter.chosen.map_or(0, |i| (i + 1) % n));
            Vec::new()
        }
        Action::CompletePrevious | Action::InputOlder if n > 0 => {
            filter.chosen = Some(filter.chosen.map_or(n - 1, |i| (i + n - 1) % n));
            Vec::new()
        }
        Action::Accept => match filter.chosen.and_then(|i| filter.proposals.get(i)).cloned() {
            Some(proposal) => take(model, &proposal),
            None => {
                model.overlays.pop();
                keep_last(model);
                Vec::new()
            }
        },
        Action::ClearInput => {
            filter.line = Line::default();
            typed(model)
        }
        // The rows can be looked through while the filter is typed.
        Action::InputNewer => step(model, 1),
        Action::InputOlder => step(model, -1),
        Action::PageDown => step(model, i64::try_from(rows).unwrap_or(1)),
        Action::PageUp => step(model, -i64::try_from(rows).unwrap_or(1)),
        _ => Vec::new(),
    })
}

fn step(model: &mut Model, by: i64) -> Vec<Effect> {
    if model.screen == Screen::Changes {
        model.changes.index = moving::Step::By(by).apply(model.changes.index, model.changes.rows());
        return listing::fit(model);
    }
    if model.screen == Screen::Groups {
        let at = moving::Step::By(by).apply_usize(model.groups.index, model.groups.len());
        let visible = counting::visible(model);
        model.groups.stand(at, visible);
        return Vec::new();
    }
    if model.screen == Screen::Tree {
        return branches::step(model, by);
    }
    let total = model.assets.total();
    model.assets.index = moving::Step::By(by).apply(model.assets.index, total);
    super::fetch::fit(model)
}

fn keep_last(model: &mut Model) {
    if model.screen != Screen::Changes && !model.assets.filter.is_empty() {
        model.assets.last_filter = model.assets.filter.clone();
    }
}

/// First the proposals go, then the typing; what was applied before is applied again.
pub(super) fn escape(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Filter(filter)) = model.overlays.last_mut() else { return Vec::new() };
    let listed = !filter.proposals.is_empty();
    filter.completing = Completing::No;
    (filter.chosen, filter.eager) = (None, false);
    filter.proposals.clear();
    if listed {
        model.forget(Tag::Complete);
        return Vec::new();
    }
    let (before, aim) = (filter.before.clone(), filter.aim.clone());
    model.overlays.pop();
    if model.screen == Screen::Changes {
        return listing::filter(model, before);
    }
    if matches!(model.screen, Screen::Groups | Screen::Tree) {
        keep_last(model);
        return counted(model, before);
    }
    if before == model.assets.filter {
        return Vec::new();
    }
    keep_last(model);
    // The rows of before still show: what is on its way is stopped, and nothing is asked.
    if model.assets.of.as_ref().is_some_and(|of| of.filter == before && of.sort == model.assets.sort)
        && let Some(effects) = stop::restore(model)
    {
        return effects;
    }
    let sort = model.assets.sort.clone();
    open::open_on(model, before, sort, aim)
}

/// Applies a filter; where the user was can be gone back to.
pub(super) fn apply(model: &mut Model, text: String) -> Vec<Effect> {
    keep_last(model);
    place::leave(model);
    if matches!(model.screen, Screen::Groups | Screen::Tree) {
        let effects = counted(model, text);
        keep_last(model);
        return effects;
    }
    let (sort, aim) = (model.assets.sort.clone(), kept_or_top(model));
    let mut effects = open::open_on(model, text, sort, aim);
    keep_last(model);
    if model.screen != Screen::Assets {
        effects.extend(screen::go(model, Screen::Assets));
    }
    effects
}

/// Applies the last filter again.
pub(super) fn repeat(model: &mut Model) -> Vec<Effect> {
    let last = model.assets.last_filter.clone();
    if last.is_empty() || last == model.assets.filter {
        let text = if last.is_empty() { "no filter was used yet" } else { "this filter is applied already" };
        model.say(crate::model::message::Message::info(text, model.clock));
        return Vec::new();
    }
    apply(model, last)
}
