//! Starts and stops collections.

use cloudscope_application::{Command, Reply, SessionError, message::Overview};

use crate::{
    effect::{Effect, Tag},
    model::{Model, message::Message},
};

/// Collects everything.
pub(super) fn all(model: &mut Model) -> Vec<Effect> {
    start(model, Command::Collect { sources: Vec::new(), failed_only: false, scopes: Vec::new() })
}

/// Collects what was not read.
pub(super) fn failed(model: &mut Model) -> Vec<Effect> {
    start(model, Command::Collect { sources: Vec::new(), failed_only: true, scopes: Vec::new() })
}

/// Collects some sources by name.
pub(super) fn named(model: &mut Model, names: &[&str]) -> Vec<Effect> {
    if names.is_empty() {
        return all(model);
    }
    let Some(overview) = &model.estate.overview else {
        model.say(Message::warning("the store is still being opened", model.clock));
        return Vec::new();
    };
    let mut sources = Vec::new();
    for name in names {
        let known =
            overview.sources.iter().chain(overview.discovered.iter().filter_map(|d| d.source.as_ref()));
        let Some(source) = known.into_iter().find(|s| s.name.as_str() == *name) else {
            let text = format!("there is no source `{name}`; known: {}", names_of(overview).join(", "));
            model.say(Message::warning(text, model.clock));
            return Vec::new();
        };
        sources.push(source.clone());
    }
    start(model, Command::Collect { sources, failed_only: false, scopes: Vec::new() })
}

/// The names of the sources that can be collected.
pub(super) fn names_of(overview: &Overview) -> Vec<String> {
    let found = overview.discovered.iter().filter_map(|d| d.source.as_ref());
    let mut names: Vec<String> =
        overview.sources.iter().chain(found).map(|source| source.name.to_string()).collect();
    names.sort();
    names.dedup();
    names
}

fn start(model: &mut Model, command: Command) -> Vec<Effect> {
    if model.estate.running() {
        let text = "a collection is running already; stop it first, or wait";
        model.say(Message::warning(text, model.clock));
        return Vec::new();
    }
    vec![model.ask(Tag::Collect, command)]
}

/// A collection was started, or not.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    match result {
        Ok(Reply::Started(run)) => model.say(Message::info(format!("collection {run} began"), model.clock)),
        Ok(_) => {}
        Err(e) => model.say(Message::warning(e.to_string(), model.clock)),
    }
    Vec::new()
}

/// Stops the collection that runs.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    if model.export.running() {
        return super::export::cancel(model);
    }
    if !model.estate.running() {
        model.say(Message::info("nothing runs", model.clock));
        return Vec::new();
    }
    model.say(Message::info("stopping the collection; what was read stays", model.clock));
    vec![model.ask(Tag::Cancel, Command::Cancel)]
}
