//! Starts and stops collections. What is large is shown before it begins: an estimate is asked for
//! first, and a yes where it says much.

use cloudscope_application::{
    Command, Reply, SessionError,
    message::{Estimate, Overview, SourceSpec},
};
use cloudscope_domain::ScopeKey;

use super::offer;
use crate::{
    effect::{Effect, Tag},
    keymap::Action,
    model::{
        Model,
        collectors::order::{self, Order, Start},
        message::Message,
        overlay::Overlay,
    },
    text::plural,
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
    match sources(model, names) {
        Some(sources) => start(model, Command::Collect { sources, failed_only: false, scopes: Vec::new() }),
        None => Vec::new(),
    }
}

/// Collects some scopes; they are known one by one, so that nothing has to be estimated.
pub(super) fn scopes(model: &mut Model, scopes: Vec<ScopeKey>) -> Vec<Effect> {
    let known = model.estate.overview.as_ref().map(|o| o.sources.as_slice()).unwrap_or_default();
    let listed = |source: &&SourceSpec| scopes.iter().any(|scope| scope.source == source.name);
    let sources = known.iter().filter(listed).cloned().collect();
    if busy(model) {
        return Vec::new();
    }
    vec![model.ask(Tag::Collect, Command::Collect { sources, failed_only: false, scopes })]
}

/// Shows what collecting some sources, or all, would take.
pub(super) fn look(model: &mut Model, names: &[&str]) -> Vec<Effect> {
    match sources(model, names) {
        Some(sources) => {
            let start = Command::Collect { sources, failed_only: false, scopes: Vec::new() };
            estimate(model, start, true)
        }
        None => Vec::new(),
    }
}

/// The sources of these names; `None` when one is not known, which the user is told.
fn sources(model: &mut Model, names: &[&str]) -> Option<Vec<SourceSpec>> {
    if names.is_empty() {
        return Some(Vec::new());
    }
    let Some(overview) = &model.estate.overview else {
        model.say(Message::warning("the store is still being opened", model.clock));
        return None;
    };
    let mut sources = Vec::new();
    for name in names {
        let known =
            overview.sources.iter().chain(overview.discovered.iter().filter_map(|d| d.source.as_ref()));
        let Some(source) = known.into_iter().find(|s| s.name.as_str() == *name) else {
            let text = format!("there is no source `{name}`; known: {}", names_of(overview).join(", "));
            model.say(Message::warning(text, model.clock));
            return None;
        };
        sources.push(source.clone());
    }
    Some(sources)
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

fn busy(model: &mut Model) -> bool {
    let running = model.estate.running();
    if running {
        let text = "a collection is running already; stop it first, or wait";
        model.say(Message::warning(text, model.clock));
    }
    running
}

fn start(model: &mut Model, start: Command) -> Vec<Effect> {
    if busy(model) {
        return Vec::new();
    }
    // Planning may wait for a network. Who asks for the same again does not want to.
    if model.collectors.order.as_ref().is_some_and(|order| order.start == start && !order.look) {
        model.collectors.order = None;
        model.forget(Tag::Estimate);
        return vec![model.ask(Tag::Collect, start)];
    }
    estimate(model, start, false)
}

fn estimate(model: &mut Model, start: Command, look: bool) -> Vec<Effect> {
    let Command::Collect { sources, failed_only, .. } = &start else { return Vec::new() };
    let (sources, failed_only) = (sources.clone(), *failed_only);
    let text = if look {
        "reckoning what a run would take"
    } else {
        "reckoning what it takes; once more starts it at once"
    };
    model.say(Message::info(text, model.clock));
    model.collectors.order = Some(Order { start, look });
    vec![model.ask(Tag::Estimate, Command::Estimate { sources, failed_only })]
}

/// What a run would take arrived: it begins, or is asked about.
pub(super) fn estimated(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let Some(order) = model.collectors.order.take() else { return Vec::new() };
    let estimate = match result {
        Ok(Reply::Estimate(estimate)) => Some(estimate),
        // Not to know what it takes is no reason not to begin; what hinders a run will say so itself.
        Ok(_) | Err(_) if !order.look => None,
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
    match estimate {
        Some(estimate) if order.look || order::is_large(&estimate) => {
            model.message = None;
            let start =
                Start { title: title(&order.start), lines: order::in_words(&estimate), start: order.start };
            offer::under_typing(model, Overlay::Start(Box::new(start)));
            Vec::new()
        }
        estimate => {
            model.collectors.not_planned = estimate.as_deref().and_then(not_planned);
            vec![model.ask(Tag::Collect, order.start)]
        }
    }
}

fn not_planned(estimate: &Estimate) -> Option<String> {
    let (source, why) = estimate.unplanned.first()?;
    let others = estimate.unplanned.len() as u64 - 1;
    let more =
        if others > 0 { format!(", and {}", plural(others, "other", "others")) } else { String::new() };
    Some(format!("not planned: {source}: {why}{more}"))
}

fn title(start: &Command) -> String {
    match start {
        Command::Collect { failed_only: true, .. } => "collect again what was not read?".to_owned(),
        Command::Collect { sources, .. } if !sources.is_empty() => {
            let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
            format!("collect {}?", names.join(", "))
        }
        _ => "collect everything?".to_owned(),
    }
}

/// What actions mean while it is asked whether a run should begin.
pub(super) fn confirm(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Yes => {
            let Some(Overlay::Start(order)) = model.overlays.pop() else { return None };
            if busy(model) {
                return Some(Vec::new());
            }
            Some(vec![model.ask(Tag::Collect, order.start)])
        }
        Action::No => {
            model.overlays.pop();
            Some(Vec::new())
        }
        _ => Some(Vec::new()),
    }
}

/// A collection was started, or not.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    match result {
        Ok(Reply::Started(run)) => match std::mem::take(&mut model.collectors.not_planned) {
            Some(text) => {
                model.say(Message::warning(format!("collection {run} began; {text}"), model.clock));
            }
            None => model.say(Message::info(format!("collection {run} began"), model.clock)),
        },
        Ok(_) => {}
        Err(e) => model.say(Message::warning(e.to_string(), model.clock)),
    }
    Vec::new()
}

/// Stops the collection that runs.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    if !model.estate.running() {
        model.say(Message::info("nothing runs", model.clock));
        return Vec::new();
    }
    model.say(Message::info("stopping the collection; what was read stays", model.clock));
    vec![model.ask(Tag::Cancel, Command::Cancel)]
}
