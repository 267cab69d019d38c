//! The time passes: ages, messages and prefixes grow old; and when the next such thing is due.

use cloudscope_domain::Timestamp;

use super::{branches, collectors, counting, open, page};
use crate::{
    effect::Effect,
    model::{Model, WHICH_KEY, assets::DELTA_STAYS, overlay::Overlay},
};

/// Ages move in steps of this, in milliseconds: an idle screen sends nothing in between.
const AGE_STEP: i64 = 10_000;
/// While a run shows, its times move in steps of this, in milliseconds.
const SECOND: i64 = 1_000;

/// Takes the time in.
pub(super) fn tick(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    let before = model.clock;
    model.clock = now;
    if now.since(model.ages_at) >= AGE_STEP || now < model.ages_at {
        model.ages_at = now;
        model.dirty = true;
    }
    if collectors::ticks(model) && before.millis() / SECOND != now.millis() / SECOND {
        model.dirty = true;
    }
    if model.message.as_ref().and_then(|m| m.ends()).is_some_and(|end| now >= end) {
        model.message = None;
        model.dirty = true;
    }
    if model.patience_ends().any(|due| before < due && now >= due) {
        model.dirty = true;
    }
    let due = model.prefix_since.plus_millis(WHICH_KEY);
    if !model.prefix.is_empty() && before < due && now >= due {
        model.dirty = true;
    }
    if let Some(Overlay::Letter(letter)) = model.overlays.last() {
        let due = letter.since.plus_millis(WHICH_KEY);
        model.dirty |= before < due && now >= due;
    }
    while model.assets.baselines.front().is_some_and(|(at, _)| now.since(*at) >= DELTA_STAYS) {
        model.assets.baselines.pop_front();
        model.dirty = true;
    }
    let mut effects = open::merge_if_due(model);
    effects.extend(counting::tick(model));
    effects.extend(branches::tick(model));
    effects.extend(page::tick(model));
    if before.millis() / SECOND != now.millis() / SECOND {
        effects.extend(collectors::tick(model));
    }
    effects
}

/// When the model wants the time again, if nothing else happens.
pub(crate) fn next_wake(model: &Model) -> Timestamp {
    let mut wake = model.ages_at.plus_millis(AGE_STEP);
    let mut sooner = |at: Timestamp| wake = wake.min(at);
    if let Some(end) = model.message.as_ref().and_then(|m| m.ends()) {
        sooner(end);
    }
    let which_key = model.prefix_since.plus_millis(WHICH_KEY);
    if !model.prefix.is_empty() && model.clock < which_key {
        sooner(which_key);
    }
    if let Some(Overlay::Letter(letter)) = model.overlays.last() {
        let due = letter.since.plus_millis(WHICH_KEY);
        if model.clock < due {
            sooner(due);
        }
    }
    if collectors::ticks(model) {
        sooner(Timestamp::from_millis((model.clock.millis() / SECOND + 1) * SECOND));
    }
    if let Some(due) = collectors::wake(model) {
        sooner(due);
    }
    for due in model.patience_ends().filter(|due| model.clock < *due) {
        sooner(due);
    }
    if let Some((at, _)) = model.assets.baselines.front() {
        sooner(at.plus_millis(DELTA_STAYS));
    }
    if let Some(due) = open::merge_due(model) {
        sooner(due);
    }
    let tree = [branches::due(model), branches::fades(model)];
    for due in tree.into_iter().chain([counting::due(model)]).flatten() {
        sooner(due);
    }
    wake
}
