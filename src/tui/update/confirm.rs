//! A yes or a no.

use crate::{
    effect::Effect,
    keymap::Action,
    model::{Model, message::Message, overlay::Overlay},
};

/// What actions mean while a question is asked.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Yes => {
            let Some(Overlay::Confirm(confirm)) = model.overlays.pop() else { return None };
            if let Some(done) = confirm.done {
                model.say(Message::info(done, model.clock));
            }
            Some(confirm.yes)
        }
        Action::No => {
            model.overlays.pop();
            Some(Vec::new())
        }
        _ => Some(Vec::new()),
    }
}
