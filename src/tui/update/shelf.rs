//! The saved views as they are kept: read when their screen is entered, taken in when they come back.

use cloudscope_application::views::SavedViews;

use crate::{
    effect::Effect,
    model::{Model, message::Message},
    order::Order,
};

/// Views that show: the title, the heads and the last line take one each.
pub(super) fn visible(model: &Model) -> usize {
    usize::from(model.layout().body.height.saturating_sub(3))
}

/// The screen shows from now on.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    let visible = visible(model);
    model.views.stand(model.views.index, visible);
    vec![Effect::Views(Order::Load)]
}

/// The views were read, or changed, or could not be.
pub(super) fn answer(model: &mut Model, order: &Order, result: Result<SavedViews, String>) -> Vec<Effect> {
    model.dirty = true;
    let visible = visible(model);
    match result {
        Ok(saved) => {
            model.views.arrived(saved, visible);
            if let Some(done) = order.done() {
                model.say(Message::info(done, model.clock));
            }
        }
        Err(why) => {
            let known = model.views.failed.as_ref() == Some(&why);
            if *order == Order::Load {
                model.views.failed = Some(why.clone());
            }
            // Once is enough for what is only read again.
            if !(known && *order == Order::Load) {
                model.say(Message::error(why, model.clock));
            }
        }
    }
    Vec::new()
}
