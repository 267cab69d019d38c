//! The groups of the Groups screen: asked for when it is entered, when the filter, the columns or the
//! moment change and when something newer is there; what shows stays until they are here.

use cloudscope_application::{Command, Reply, SessionError};
use cloudscope_domain::Timestamp;

use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{Model, message::Message},
};

/// Groups asked for at most; the rest is counted.
pub(crate) const MOST: u64 = 5_000;
/// What is newer is counted at most this often, in milliseconds.
const EVERY: i64 = 500;

/// Rows of the table that show: the title, the heads and the last line take one each.
pub(super) fn visible(model: &Model) -> usize {
    usize::from(model.layout().body.height.saturating_sub(3))
}

/// The screen shows from now on.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    if model.groups.grouping.by.is_empty() {
        // Somebody named the screen, not the columns.
        model.groups.grouping.by = vec!["kind".to_owned()];
    }
    let wanted = wanted(model);
    let other = model.groups.shown.as_ref().is_some_and(|shown| shown.of.1 != wanted.1);
    if other {
        model.groups.shown = None;
    }
    ask(model)
}

fn wanted(model: &Model) -> (String, Vec<String>) {
    (model.assets.filter.clone(), model.groups.grouping.by.clone())
}

/// Asks for the groups. What shows stays until they are here.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    let (query, by) = wanted(model);
    let now = model.clock;
    let groups = &mut model.groups;
    groups.asking = (query.clone(), by.clone());
    groups.newer = false;
    groups.asked_at = now;
    let at = model.at();
    vec![model.ask(Tag::Groups, Command::Groups { query, by, limit: MOST, at })]
}

/// Groups arrived.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let visible = visible(model);
    match result {
        Ok(Reply::Groups(answer)) => {
            model.groups.arrived(answer, visible);
            model.past.arrived(Screen::Groups);
        }
        // The first overview that says "ready" asks again.
        Err(SessionError::NotReady) => {}
        Ok(_) => model.groups.failed = Some("the engine answered another question; this is a defect".into()),
        Err(error) => {
            model.past.arrived(Screen::Groups);
            refused(model, error.to_string());
        }
    }
    Vec::new()
}

/// The groups that were asked for cannot be had: those before stay, where there are some.
fn refused(model: &mut Model, why: String) {
    model.say(Message::error(why.clone(), model.clock));
    match model.groups.shown.as_ref().map(|shown| shown.of.clone()) {
        Some((filter, by)) if by != model.groups.grouping.by => {
            model.groups.grouping.by = by;
            model.assets.filter = filter;
        }
        Some(_) => {}
        None => model.groups.failed = Some(why),
    }
}

/// The window changed.
pub(super) fn fit(model: &mut Model) {
    let visible = visible(model);
    model.groups.stand(model.groups.index, visible);
}

/// Something newer is there, while this screen shows.
pub(super) fn published(model: &mut Model) -> Vec<Effect> {
    model.groups.newer = true;
    tick(model)
}

/// When what is newer should be counted.
pub(super) fn due(model: &Model) -> Option<Timestamp> {
    let wanted = model.groups.newer
        && model.screen == Screen::Groups
        && !model.waiting(Tag::Groups)
        && !model.past.looked_at();
    wanted.then(|| model.groups.asked_at.plus_millis(EVERY))
}

/// Counts what is newer, if it is time.
pub(super) fn tick(model: &mut Model) -> Vec<Effect> {
    if due(model).is_some_and(|due| model.clock >= due) { ask(model) } else { Vec::new() }
}
