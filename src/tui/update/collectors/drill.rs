//! The document about one scope: its health at once, past attempts and calls as they arrive.

use cloudscope_application::{Command, Reply, SessionError};
use cloudscope_domain::ScopeKey;

use crate::{
    effect::{Effect, Tag},
    model::{
        Model,
        collectors::{
            drill::{ATTEMPTS, CALLS, Drill},
            report,
        },
        document::{About, Document},
        overlay::Overlay,
    },
};

/// Opens it.
pub(super) fn open(model: &mut Model, key: ScopeKey) -> Vec<Effect> {
    model.collectors.drill = Some(Drill::new(key.clone()));
    let mut document = Document::about(key.to_string(), About::Scope(key.clone()));
    document.wrap = true;
    model.overlays.push(Overlay::Document(Box::new(document)));
    renew(model);
    ask(model, key)
}

/// Asks for what it is made of besides health.
pub(super) fn ask(model: &mut Model, scope: ScopeKey) -> Vec<Effect> {
    vec![
        model.ask(Tag::Attempts, Command::Attempts { scope, limit: ATTEMPTS }),
        model.ask(Tag::ScopeCalls, Command::Calls { limit: CALLS }),
    ]
}

/// Attempts or calls arrived.
pub(in crate::update) fn answer(
    model: &mut Model,
    tag: Tag,
    result: Result<Reply, SessionError>,
) -> Vec<Effect> {
    let Some(drill) = &mut model.collectors.drill else { return Vec::new() };
    match (tag, result) {
        (_, Ok(Reply::Attempts(attempts))) => drill.attempts = Some(Ok(attempts)),
        (_, Ok(Reply::Calls(mut calls))) => {
            calls.retain(|call| call.scope == drill.key);
            drill.calls = Some(Ok(calls));
        }
        (tag, result) => {
            let why = match result {
                Ok(_) => "the engine answered another question; this is a defect".to_owned(),
                Err(error) => error.to_string(),
            };
            match tag {
                Tag::Attempts => drill.attempts = Some(Err(why)),
                _ => drill.calls = Some(Err(why)),
            }
        }
    }
    renew(model);
    Vec::new()
}

/// Makes the lines of the document anew, wherever it lies.
pub(super) fn renew(model: &mut Model) {
    let overview = model.estate.overview.as_deref();
    for overlay in &mut model.overlays {
        if let Overlay::Document(document) = overlay
            && let Some(About::Scope(key)) = &document.about
        {
            let lines = report::scope(key, &model.collectors, overview, model.clock, &model.ui.glyphs);
            document.renew(lines);
        }
    }
}
