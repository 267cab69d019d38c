//! The policies that would fix the denials, and the commands that renew credentials: shown first,
//! copied by a key, never run.

use cloudscope_application::{Command, Reply, SessionError};

use super::scope;
use crate::{
    effect::{Effect, Tag},
    model::{
        Model,
        collectors::grants,
        document::{About, Document},
        message::Message,
        overlay::Overlay,
    },
    update::copy,
};

/// Asks for the policies.
pub(in crate::update) fn policy(model: &mut Model) -> Vec<Effect> {
    vec![model.ask(Tag::Policy, Command::Grants)]
}

/// Asks for the commands that renew credentials.
pub(in crate::update) fn login(model: &mut Model) -> Vec<Effect> {
    vec![model.ask(Tag::Login, Command::Grants)]
}

/// Copies the command that renews the credentials of the scope that is read or under the cursor; where
/// none is known, shows those of all.
pub(in crate::update) fn renew(model: &mut Model) -> Vec<Effect> {
    let read = model.overlays.iter().rev().find_map(|overlay| match overlay {
        Overlay::Document(document) => match &document.about {
            Some(About::Scope(key)) => Some(key.clone()),
            _ => None,
        },
        _ => None,
    });
    let health = &model.collectors.health;
    let key = read.or_else(|| scope(model));
    let command = key.and_then(|key| health.of(&key)?.coverage.renew.clone());
    match command {
        Some(command) => copy::plain(model, &command, "the command, to be run in a shell"),
        None => login(model),
    }
}

/// The grants arrived.
pub(in crate::update) fn answer(
    model: &mut Model,
    tag: Tag,
    result: Result<Reply, SessionError>,
) -> Vec<Effect> {
    let grants = match result {
        Ok(Reply::Grants(grants)) => grants,
        Ok(_) => {
            let text = "the engine answered another question; this is a defect";
            model.say(Message::error(text, model.clock));
            return Vec::new();
        }
        Err(error) => {
            model.say(Message::warning(error.to_string(), model.clock));
            return Vec::new();
        }
    };
    let offer = if tag == Tag::Login { grants::renewals(&grants.renew) } else { grants::policies(&grants) };
    match offer {
        Some(offer) => super::super::offer::show(model, offer),
        None if tag == Tag::Login => {
            let text = "no credentials are known to have expired";
            model.say(Message::info(text, model.clock));
        }
        None if grants.unexplained.is_empty() => {
            model.say(Message::info("nothing is denied: there is nothing to grant", model.clock));
        }
        None => {
            let mut document =
                Document::of("denied, and no policy can be made", grants::unexplained(&grants));
            document.wrap = true;
            model.overlays.push(Overlay::Document(Box::new(document)));
        }
    }
    Vec::new()
}
