//! Tells a run that is under way which rows are on the screen: their scopes go first of what waits.

use cloudscope_application::Command;

use crate::{effect::Effect, keymap::Screen, model::Model};

/// Not more often than this, in milliseconds: rows come and go while a run fills the table.
const EVERY: i64 = 2_000;

/// What is on the screen, if the run does not know that yet.
pub(super) fn tell(model: &mut Model) -> Option<Effect> {
    let len = model.layout().table_rows();
    let (running, now) = (model.estate.running(), model.clock);
    if !running || model.screen != Screen::Assets {
        return None;
    }
    let assets = &mut model.assets;
    let shown = assets.shown.as_ref().filter(|shown| !shown.past && shown.total > 0)?;
    let place = (shown.cursor, assets.top);
    let told = assets.preferred.replace((place, now));
    if let Some((before, at)) = told
        && (before == place || now.since(at) < EVERY)
    {
        assets.preferred = told;
        return None;
    }
    let (cursor, start) = place;
    Some(Effect::Tell(Command::Prefer { cursor, start, len }))
}
