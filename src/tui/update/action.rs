//! An action, wherever it came from (a key or the palette): to the overlay on top, else to what is
//! the same everywhere, else to the screen.

use super::{
    assets, back, changes, collect, collectors,
    command::{self, Ran},
    compare, confirm, copy, document, export, filter, groups, help, history, interrupt, look, menu, offer,
    open, palette, past, pick, pin, problems, relationships, screen, tree, views,
};
use crate::{
    effect::{Effect, ExitReason},
    keymap::{Action, Mode, Screen},
    model::{Model, document::About, message::Message, overlay::Overlay},
};

/// Runs an action.
pub(super) fn run(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(effects) = program(model, action) {
        return effects;
    }
    let taken = match model.overlays.last() {
        Some(Overlay::Filter(_)) => filter::action(model, action),
        Some(Overlay::Palette(_)) if action == Action::Accept => Some(line(model)),
        Some(Overlay::Palette(_)) => palette::action(model, action),
        Some(Overlay::Help(_)) => help::action(model, action),
        Some(Overlay::Document(_)) if action == Action::Nearby => Some(changes::near_selected(model)),
        Some(Overlay::Document(_)) => document::action(model, action),
        Some(Overlay::Search(_)) => document::search_action(model, action),
        Some(Overlay::Menu(_)) => menu::action(model, action),
        Some(Overlay::Confirm(_)) => confirm::action(model, action),
        Some(Overlay::Start(_)) => collect::confirm(model, action),
        Some(Overlay::Offer(_)) => offer::action(model, action),
        Some(Overlay::Field(_)) => export::field_action(model, action),
        Some(Overlay::Prompt(_)) => compare::prompt_action(model, action),
        Some(Overlay::Name(_)) => views::name_action(model, action),
        // `enter`, `tab` and the like are no letters.
        Some(Overlay::Letter(_)) => Some(views::letter_typed(model, None)),
        Some(Overlay::Comparison(_)) => compare::action(model, action),
        None => None,
    };
    if let Some(effects) = taken {
        return effects;
    }
    if model.context().mode.is_text() {
        return Vec::new();
    }
    if let Some(effects) = everywhere(model, action) {
        return effects;
    }
    let taken = match model.screen {
        Screen::Assets => assets::action(model, action),
        Screen::Relationships => relationships::action(model, action),
        Screen::Collectors => collectors::action(model, action),
        Screen::Changes => changes::action(model, action),
        Screen::Groups => groups::action(model, action),
        Screen::Export => export::action(model, action),
        Screen::Views => views::action(model, action),
        Screen::Tree => tree::action(model, action),
        Screen::Pulse => None,
    };
    taken.unwrap_or_else(|| {
        let text = format!("`{}` has no meaning here", action.name());
        model.say(Message::warning(text, model.clock));
        Vec::new()
    })
}

/// What is the same under every overlay.
fn program(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Back => Some(back::back(model)),
        Action::Leave => Some(back::leave(model)),
        Action::Quit => Some(vec![Effect::Quit(ExitReason::Quit)]),
        Action::Interrupt => Some(interrupt::interrupt(model)),
        Action::Suspend => Some(vec![Effect::Suspend]),
        Action::Redraw => Some(vec![Effect::Repaint]),
        Action::NextTheme => Some(look::next_theme(model)),
        Action::ToggleMouse => Some(look::toggle_mouse(model)),
        Action::ToggleAscii => Some(look::toggle_ascii(model)),
        Action::Help if model.context().mode != Mode::Help => Some(help::open(model)),
        _ => None,
    }
}

/// What is the same on every screen.
fn everywhere(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if action == Action::Relationships && model.screen == Screen::Changes {
        return changes::action(model, action);
    }
    if action == Action::Relationships && model.screen == Screen::Tree && model.tree.row().is_some() {
        return tree::action(model, action);
    }
    if action == Action::Relationships && model.screen == Screen::Assets {
        return Some(relationships::of_selected(model));
    }
    let to = |screen| Some(screen);
    let wanted = match action {
        Action::Assets => to(Screen::Assets),
        Action::Tree => to(Screen::Tree),
        Action::Relationships => to(Screen::Relationships),
        Action::Collectors => to(Screen::Collectors),
        Action::Changes => to(Screen::Changes),
        Action::ExportScreen => to(Screen::Export),
        Action::Pulse => to(Screen::Pulse),
        Action::Views => to(Screen::Views),
        _ => None,
    };
    if let Some(wanted) = wanted {
        return Some(screen::go(model, wanted));
    }
    if let Some(effects) = past::action(model, action) {
        return Some(effects);
    }
    match action {
        Action::Palette => Some(palette::open(model)),
        Action::Filter => Some(filter::open(model)),
        Action::RepeatFilter => Some(filter::repeat(model)),
        Action::HistoryBack => Some(history::back(model)),
        Action::HistoryForward => Some(history::forward(model)),
        Action::Export => Some(export::prefill(model)),
        Action::MarkView => Some(views::letter(model, false)),
        Action::JumpView => Some(views::letter(model, true)),
        Action::SaveView => Some(views::begin_to_save(model)),
        Action::TreeAt if model.screen == Screen::Assets => Some(tree::at_selected(model)),
        Action::Group if !matches!(model.screen, Screen::Groups | Screen::Tree) => Some(pick::group(model)),
        Action::Collect => Some(collect::all(model)),
        Action::RetryFailed => Some(collect::failed(model)),
        Action::CancelRun if model.export.running() => Some(export::cancel(model)),
        Action::CancelRun => Some(collect::cancel(model)),
        Action::Estimate => Some(collect::look(model, &[])),
        Action::Policy => Some(collectors::grants::policy(model)),
        Action::Login => Some(collectors::grants::login(model)),
        Action::CopyRenew => Some(collectors::grants::renew(model)),
        Action::Log => Some(collectors::papers::open(model, &About::Log)),
        Action::Calls => Some(collectors::papers::open(model, &About::Calls)),
        Action::Hooks => Some(collectors::papers::open(model, &About::Hooks)),
        Action::Nearby => Some(changes::near_selected(model)),
        Action::Compare if model.screen == Screen::Assets => Some(compare::marked(model)),
        Action::Pin if model.screen == Screen::Assets => Some(pin::selected(model)),
        Action::ClearMarks => Some(super::mark::clear(model)),
        Action::ProblemsOnly if model.screen == Screen::Assets => Some(problems::toggle(model)),
        Action::Refresh if model.screen == Screen::Assets => Some(open::refresh(model)),
        Action::CopyId if model.screen == Screen::Assets => Some(copy::id(model)),
        Action::CopyRows if model.screen == Screen::Assets => Some(copy::rows(model)),
        _ => None,
    }
}

/// Runs what was typed after `:`.
fn line(model: &mut Model) -> Vec<Effect> {
    let Some(line) = palette::accept(model) else { return Vec::new() };
    match command::run(model, &line) {
        Ran::Through(effects) => effects,
        Ran::Means(action) => run(model, action),
    }
}
