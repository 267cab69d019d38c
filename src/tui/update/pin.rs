//! Sets a pin, or takes it off. The sign shows when the engine has said yes, never before.

use cloudscope_application::{Command, Reply, SessionError};
use cloudscope_domain::AssetId;

use crate::{
    effect::{Effect, Tag},
    model::{Model, message::Message},
};

/// The selected asset of the Assets screen.
pub(super) fn selected(model: &mut Model) -> Vec<Effect> {
    match model.assets.current().map(|row| row.id.clone()) {
        Some(id) => turn(model, id),
        None => super::nothing::under_cursor(model, " to pin"),
    }
}

/// Sets the pin where there is none, as far as is known here, else takes it off.
pub(super) fn turn(model: &mut Model, id: AssetId) -> Vec<Effect> {
    let on = !model.assets.pinned(&id);
    model.assets.pinning = Some((id.clone(), on));
    vec![model.ask(Tag::Pin, Command::Pin { id, on })]
}

/// It is done, or not.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let Some((id, on)) = model.assets.pinning.take() else { return Vec::new() };
    match result {
        Ok(Reply::Done) => {
            let text = if on {
                format!("pinned {id}: it stays in sight and in history, whatever becomes of it")
            } else {
                format!("took the pin off {id}")
            };
            model.assets.set_pinned(&id, on);
            model.say(Message::info(text, model.clock));
        }
        Ok(_) => {
            let text = "the engine answered another question; this is a defect";
            model.say(Message::error(text, model.clock));
        }
        Err(error) => model.say(Message::error(format!("{id} was not pinned: {error}"), model.clock)),
    }
    Vec::new()
}
