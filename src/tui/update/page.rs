//! The page of before: shown until live rows are here, kept now and then for the next start.

use super::moving;
use crate::{
    effect::Effect,
    keymap::Action,
    model::{Model, assets::Aim, message::Message, page},
    page::Page,
};

/// A page is kept at most this often while the program runs, in milliseconds; the last one when it ends.
const EVERY: i64 = 60_000;

/// The program starts where it ended, if the page is one that can be drawn.
pub(crate) fn restore(model: &mut Model, page: Page) {
    if !page::fits(&page) {
        return;
    }
    model.assets.filter.clone_from(&page.filter);
    model.assets.sort.clone_from(&page.sort);
    model.assets.columns = page::columns(&page);
    model.assets.aim = page::aim(&page);
    model.page = Some(page);
    model.dirty = true;
}

/// Where the selection should stand in the first table.
pub(super) fn aim(model: &Model) -> Aim {
    model.page_shows().map(page::aim).unwrap_or_default()
}

/// What actions mean while the page of before shows: the cursor moves on it; the rest waits, and says so.
/// `None` where no such page shows.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let rows = model.page_shows()?.rows.len();
    let Some(step) = moving::step(action, model.layout().table_rows()) else {
        let text = format!("the store is still being opened; `{}` waits for it", action.name());
        model.say(Message::info(text, model.clock));
        return Some(Vec::new());
    };
    if let Some(page) = &mut model.page {
        page.line = step.apply_usize(page.line, rows);
    }
    Some(Vec::new())
}

/// Keeps what shows, if something else shows than what was kept last and it is time.
pub(super) fn tick(model: &mut Model) -> Option<Effect> {
    let (at, kept) = model.page_kept;
    if !model.keeps_page || model.clock.since(at) < EVERY {
        return None;
    }
    let shown = model.assets.shown.as_ref().map(|shown| (shown.cursor, model.assets.top, model.assets.index));
    model.page_kept = (model.clock, shown);
    if shown == kept {
        return None;
    }
    page::of(model).map(|page| Effect::KeepPage(Box::new(page)))
}
