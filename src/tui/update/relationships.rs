//! What actions mean on the Relationships screen.

use cloudscope_application::message::RowKey;
use cloudscope_domain::AssetId;

use super::{copy, document, edges, moving, nothing, place, screen};
use crate::{
    effect::Effect,
    keymap::{Action, Screen},
    model::{
        Model,
        document::Form,
        message::Message,
        relationships::{
            Fold, Line, MOST_STEPS,
            ego::{Ego, Side},
        },
    },
};

/// Goes to the relationships of the asset that is selected on the Assets screen.
pub(super) fn of_selected(model: &mut Model) -> Vec<Effect> {
    match model.assets.selected.as_ref().map(|key| key.id.clone()) {
        Some(id) => of(model, id),
        None => screen::go(model, Screen::Relationships),
    }
}

/// Goes to the relationships of an asset.
pub(super) fn of(model: &mut Model, id: AssetId) -> Vec<Effect> {
    if model.screen != Screen::Relationships {
        model.relationships.look_at(id, None);
        return screen::go(model, Screen::Relationships);
    }
    model.overlays.clear();
    if model.relationships.focus.as_ref() != Some(&id) {
        place::leave(model);
    }
    model.relationships.look_at(id, None);
    edges::ask(model)
}

/// Back at an asset that was in the middle before; the cursor stands on the one that is left.
pub(super) fn revisit(model: &mut Model, id: AssetId) {
    let left = model.relationships.focus.clone().filter(|left| *left != id);
    model.relationships.look_at(id, left);
}

/// Runs an action here; `None` when it has no meaning here.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let state = &mut model.relationships;
    if let Some(step) = moving::step(action, model.size.1.saturating_sub(10).into()) {
        let at = step.apply_usize(state.at(state.side), state.lines(state.side).len());
        state.stand(at);
        return Some(Vec::new());
    }
    Some(match action {
        Action::WalkIn => walk(model, Side::In),
        Action::WalkOut => walk(model, Side::Out),
        Action::FocusNext | Action::FocusPrevious => {
            state.side = state.side.other();
            Vec::new()
        }
        Action::Recentre | Action::Drill => recentre(model),
        Action::Fold => {
            state.turn();
            Vec::new()
        }
        Action::FoldAll => {
            state.turn_all();
            Vec::new()
        }
        Action::DepthMore => depth(model, 1),
        Action::DepthLess => depth(model, -1),
        Action::RelationFilter => next_relation(model),
        Action::Refresh => edges::ask(model),
        Action::Describe => document_on(model, Form::Describe),
        Action::ShowYaml => document_on(model, Form::Yaml),
        Action::ShowJson => document_on(model, Form::Json),
        Action::CopyId | Action::CopyRows => {
            let spoke = state.spoke().map(|(spoke, _)| spoke.far.to_string());
            match spoke.or_else(|| state.focus.as_ref().map(ToString::to_string)) {
                Some(id) => copy::plain(model, &id, "the id"),
                None => nothing(model),
            }
        }
        _ => return None,
    })
}

fn nothing(model: &mut Model) -> Vec<Effect> {
    nothing::under_cursor(model, "")
}

/// To a column; from there on to the asset under the cursor.
fn walk(model: &mut Model, side: Side) -> Vec<Effect> {
    let state = &mut model.relationships;
    if state.side == side {
        return recentre(model);
    }
    if state.ego.is_none() {
        return nothing(model);
    }
    if state.lines(side).is_empty() {
        let text = match side {
            Side::In => "nothing that was read points here",
            Side::Out => "this points at nothing that was read",
        };
        model.say(Message::info(text, model.clock));
        return Vec::new();
    }
    state.side = side;
    Vec::new()
}

fn recentre(model: &mut Model) -> Vec<Effect> {
    let state = &mut model.relationships;
    match state.current() {
        None => nothing(model),
        Some(Line::Group(_, Fold::Closed)) => {
            state.turn();
            Vec::new()
        }
        // The first edge of an open group is one line below its heading.
        Some(Line::Group(..)) => {
            state.stand(state.at(state.side) + 1);
            Vec::new()
        }
        Some(Line::Spoke(_, spoke)) => {
            let far = spoke.far.clone();
            of(model, far)
        }
    }
}

fn depth(model: &mut Model, by: i8) -> Vec<Effect> {
    let state = &mut model.relationships;
    let next = state.depth.saturating_add_signed(by).clamp(1, MOST_STEPS);
    if next == state.depth {
        let text = if by > 0 { "8 steps are the most" } else { "one step is the least" };
        model.say(Message::info(text, model.clock));
        return Vec::new();
    }
    state.depth = next;
    edges::ask(model)
}

/// All relations, the first, the second, and so on to all again.
fn next_relation(model: &mut Model) -> Vec<Effect> {
    let state = &mut model.relationships;
    let all = state.ego.as_ref().map(Ego::all_relations).unwrap_or_default();
    let next = match &state.only {
        None => all.first(),
        Some(only) => all.iter().find(|relation| *relation > only),
    };
    let next = next.cloned();
    if all.is_empty() {
        return nothing(model);
    }
    state.set_only(next);
    Vec::new()
}

/// A document about the asset under the cursor, else about the one in the middle.
fn document_on(model: &mut Model, form: Form) -> Vec<Effect> {
    let state = &model.relationships;
    let Some(ego) = &state.ego else { return nothing(model) };
    let far = state.spoke().map(|(spoke, _)| spoke.far.clone());
    let row = match &far {
        Some(far) => ego.row(far),
        None => ego.relations.focus.as_ref(),
    };
    match (row.map(|row| (RowKey::from(row), row.name.to_string())), far) {
        (Some((key, name)), _) => document::open_on(model, form, key, &name),
        (None, Some(far)) => {
            let text = format!("`{far}` is not in the inventory; nothing is known of it but this edge");
            model.say(Message::warning(text, model.clock));
            Vec::new()
        }
        (None, None) => nothing(model),
    }
}
