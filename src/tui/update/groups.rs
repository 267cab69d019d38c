//! What actions mean on the Groups screen: a group is opened as a filter.

use super::{
    counting::{ask, visible},
    moving, nothing, open, pick, place, screen,
};
use cloudscope_domain::query::of_group;

use crate::{
    effect::Effect,
    keymap::{Action, Screen},
    model::{
        Model,
        groups::{GroupOrder, Grouping},
        message::Message,
        sorting,
    },
};

/// `:group kind,region`; nothing leaves the groups.
pub(super) fn typed(model: &mut Model, text: &str) -> Vec<Effect> {
    match sorting::parse_groups(text) {
        Ok(by) => by_columns(model, by),
        Err(why) => {
            model.say(Message::warning(why, model.clock));
            Vec::new()
        }
    }
}

/// Groups by these columns; by none, shows the assets.
pub(super) fn by_columns(model: &mut Model, by: Vec<String>) -> Vec<Effect> {
    if by.is_empty() {
        return if model.screen == Screen::Groups {
            screen::go(model, Screen::Assets)
        } else {
            pick::group(model)
        };
    }
    if model.screen == Screen::Groups {
        place::leave(model);
    }
    model.groups.grouping = Grouping { by, ..model.groups.grouping.clone() };
    if model.screen == Screen::Groups { ask(model) } else { screen::go(model, Screen::Groups) }
}

/// Runs an action here; `None` when it has no meaning here.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let visible = visible(model);
    if let Some(step) = moving::step(action, visible as u64) {
        let at = step.apply_usize(model.groups.index, model.groups.len());
        model.groups.stand(at, visible);
        return Some(Vec::new());
    }
    Some(match action {
        Action::Drill | Action::Accept => drill(model),
        Action::Group => pick::group(model),
        Action::PickSort => {
            let grouping = &mut model.groups.grouping;
            grouping.inverted = false;
            grouping.order = match grouping.order {
                GroupOrder::Count => GroupOrder::Value,
                GroupOrder::Value => GroupOrder::Count,
            };
            model.groups.order(visible);
            Vec::new()
        }
        Action::InvertSort => {
            model.groups.grouping.inverted = !model.groups.grouping.inverted;
            model.groups.order(visible);
            Vec::new()
        }
        Action::Refresh => ask(model),
        _ => return None,
    })
}

/// Opens the group under the cursor: its assets, by a filter; `esc` comes back.
fn drill(model: &mut Model) -> Vec<Effect> {
    let found = model.groups.shown.as_ref().zip(model.groups.current());
    let Some((shown, group)) = found else { return nothing::under_cursor(model, "") };
    let filter = of_group(&shown.of.0, &shown.of.1, &group.values);
    drill_to(model, filter)
}

/// Goes to the assets of a filter, or says why there is none; `esc` comes back.
pub(super) fn drill_to(model: &mut Model, filter: Result<String, String>) -> Vec<Effect> {
    match filter {
        Ok(filter) => {
            let here = place::here(model);
            model.drilled = Some((filter.clone(), here.clone()));
            model.history.leave(here);
            let sort = model.assets.sort.clone();
            let mut effects = open::open_on(model, filter, sort, open::top());
            effects.extend(screen::reach(model, Screen::Assets));
            effects
        }
        Err(why) => {
            model.say(Message::warning(why, model.clock));
            Vec::new()
        }
    }
}
