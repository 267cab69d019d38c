//! An answer of the engine: given to whoever asked, unless something newer was asked since.

use cloudscope_application::{Reply, SessionError};

use super::{
    branches, collect, collectors, compare, counting, detail, document, edges, fetch, filter, listing, mark,
    open, palette, past, pin, session, size, stop, strays, tree, words,
};
use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{Model, message::Message},
};

/// Takes an answer in.
pub(super) fn answer(
    model: &mut Model,
    tag: Tag,
    generation: u64,
    result: Result<Reply, SessionError>,
) -> Vec<Effect> {
    if !model.settle(tag, generation) {
        // Nobody wants this table any more, but the engine keeps its cursor until it is told.
        return match result {
            Ok(Reply::Opened(opened)) => vec![Effect::close(opened.cursor)],
            _ => Vec::new(),
        };
    }
    // Nobody answers until the next owner is found; then everything that shows is asked for again.
    let result = match result {
        Err(SessionError::Gone) if !model.estate.closed => Err(SessionError::NotReady),
        result => result,
    };
    let was_dirty = std::mem::replace(&mut model.dirty, true);
    let reply = match (tag, result) {
        (Tag::Detail, result) => return detail::answer(model, result),
        (Tag::Document, result) => return document::answer(model, result),
        (Tag::Relations, result) => return edges::answer(model, result),
        (Tag::Health, result) => return collectors::answer(model, result),
        (Tag::ExportSize, result) => return size::answer(model, result),
        (Tag::Changes, result) => return listing::answer(model, result),
        (Tag::Tree, result) => return branches::answer(model, result),
        (Tag::TreeSeek, result) => return tree::sought(model, result),
        (Tag::Words, result) => {
            let effects = words::answer(model, result);
            palette::words_arrived(model);
            return effects;
        }
        (Tag::Namespace, result) => return words::namespace(model, &result),
        (Tag::Groups, result) => return counting::answer(model, result),
        (Tag::Compare, result) => return compare::answer(model, result),
        (Tag::Pin, result) => return pin::answer(model, result),
        (Tag::Resolve, result) => return past::resolved(model, result),
        (Tag::Collect, result) => return collect::answer(model, result),
        (Tag::Estimate, result) => return collect::estimated(model, result),
        (tag @ (Tag::Attempts | Tag::ScopeCalls), result) => {
            return collectors::drill::answer(model, tag, result);
        }
        (tag @ (Tag::Log | Tag::Calls | Tag::Hooks), result) => {
            return collectors::papers::answer(model, tag, result, was_dirty);
        }
        (tag @ (Tag::Policy | Tag::Login), result) => {
            return collectors::grants::answer(model, tag, result);
        }
        (_, Ok(reply)) => reply,
        (tag, Err(error)) => return failed(model, tag, &error),
    };
    match (tag, reply) {
        (Tag::Overview, Reply::Overview(overview)) => session::overview(model, overview),
        // Nothing of it shows before its rows are here.
        (Tag::Open, Reply::Opened(opened)) => {
            model.dirty = was_dirty;
            open::opened(model, opened)
        }
        (Tag::Find, Reply::Position(position)) => {
            model.dirty = was_dirty;
            open::found(model, position)
        }
        (Tag::Window, Reply::Rows { start, rows }) => fetch::rows(model, start, rows),
        (Tag::Range, Reply::Rows { rows, .. }) => mark::range_arrived(model, &rows),
        (Tag::Complete, Reply::Completions(proposals)) => filter::proposals(model, proposals),
        (Tag::Kinds, Reply::Completions(kinds)) => palette::kinds(model, kinds),
        (Tag::Strays, Reply::Strays(found)) => strays::answer(model, found),
        (Tag::Newer, Reply::Changes(page)) => listing::newer(model, &page),
        (Tag::Runs, Reply::Runs(runs)) => past::runs_arrived(model, runs),
        (Tag::Cancel, Reply::Done) => Vec::new(),
        (tag, _) => {
            let text = format!("the engine answered another question than {tag:?}; this is a defect");
            model.say(Message::error(text, model.clock));
            Vec::new()
        }
    }
}

fn failed(model: &mut Model, tag: Tag, error: &SessionError) -> Vec<Effect> {
    match (tag, error) {
        // `Event::Ready` asks again.
        (_, SessionError::NotReady) => {}
        (Tag::Find | Tag::Window | Tag::Range, SessionError::NoCursor) => {
            let aim = open::keep(model);
            model.assets.staged = None;
            return open::open(model, aim);
        }
        // An order that the engine refuses: what shows stays, with the order that it has.
        (Tag::Open, SessionError::Bad(why)) if model.assets.shown.is_some() && model.past.at.is_none() => {
            let why = why.clone();
            let effects = stop::restore(model).unwrap_or_default();
            model.say(Message::error(why, model.clock));
            return effects;
        }
        (Tag::Open, error) => {
            model.assets.failed = Some(error.to_string());
            model.past.arrived(Screen::Assets);
            model.say(Message::error(error.to_string(), model.clock));
        }
        (Tag::Runs, error) => return past::no_runs(model, error),
        // Proposals are a help; their lack needs no words.
        (Tag::Complete | Tag::Kinds | Tag::Newer | Tag::Strays, _) => {}
        (_, error) => model.say(Message::error(error.to_string(), model.clock)),
    }
    Vec::new()
}
