//! The documents about the whole: the log, which follows what is written, the call ledger in its two
//! forms, the hooks.

use cloudscope_application::{Command, Reply, SessionError};

use super::drill;
use crate::{
    effect::{Effect, Tag},
    model::{
        Model,
        collectors::{calls, log},
        document::{About, DocLine, Document},
        overlay::Overlay,
    },
    text::count,
    theme::Slot,
};

/// Lines of the log that are kept on the screen.
const LINES: u64 = 1_000;
/// Calls of the ledger that are shown.
const CALLS: u64 = 1_000;

/// Opens one.
pub(in crate::update) fn open(model: &mut Model, about: &About) -> Vec<Effect> {
    let mut document = Document::about(title(about), about.clone());
    document.follow = *about == About::Log;
    model.overlays.push(Overlay::Document(Box::new(document)));
    ask(model, about)
}

fn title(about: &About) -> String {
    match about {
        About::Scope(key) => key.to_string(),
        About::Log => "the log, as it goes on; the end is followed".to_owned(),
        About::Calls => format!("the call ledger, the newest {} calls", count(CALLS)),
        About::CallTotals => "the call ledger, summed up per identity and operation".to_owned(),
        About::Hooks => "the hooks".to_owned(),
    }
}

/// Asks for what a document is about.
pub(in crate::update) fn ask(model: &mut Model, about: &About) -> Vec<Effect> {
    let (tag, command) = match about {
        About::Scope(key) => {
            let mut effects = super::ask(model);
            effects.extend(drill::ask(model, key.clone()));
            return effects;
        }
        About::Log => (Tag::Log, Command::Log { limit: LINES }),
        About::Calls => (Tag::Calls, Command::Calls { limit: CALLS }),
        About::CallTotals => (Tag::Calls, Command::CallTotals { since: None }),
        About::Hooks => (Tag::Hooks, Command::Hooks),
    };
    vec![model.ask(tag, command)]
}

/// Between call by call and summed up.
pub(in crate::update) fn other_form(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Document(document)) = model.overlays.last_mut() else { return Vec::new() };
    let other = match document.about {
        Some(About::Calls) => About::CallTotals,
        Some(About::CallTotals) => About::Calls,
        _ => return Vec::new(),
    };
    **document = Document::about(title(&other), other.clone());
    ask(model, &other)
}

/// Something that a document is made of arrived. `was_dirty` says whether anything else is to be drawn:
/// a log that stands still is not.
pub(in crate::update) fn answer(
    model: &mut Model,
    tag: Tag,
    result: Result<Reply, SessionError>,
    was_dirty: bool,
) -> Vec<Effect> {
    let (now, glyphs) = (model.clock, model.ui.glyphs);
    let fits = |about: &Option<About>| match about {
        Some(About::Log) => tag == Tag::Log,
        Some(About::Calls | About::CallTotals) => tag == Tag::Calls,
        Some(About::Hooks) => tag == Tag::Hooks,
        Some(About::Scope(_)) | None => false,
    };
    let document = model.overlays.iter_mut().rev().find_map(|overlay| match overlay {
        Overlay::Document(document) if fits(&document.about) => Some(document),
        _ => None,
    });
    let Some(document) = document else { return Vec::new() };
    let lines = match result {
        Ok(Reply::Log(lines)) if lines.is_empty() => {
            vec![DocLine::fact("", "nothing was written to the log yet", Slot::Dim)]
        }
        Ok(Reply::Log(lines)) => log::lines(&lines),
        Ok(Reply::Calls(records)) => calls::lines(&records, &glyphs),
        Ok(Reply::CallTotals(totals)) => calls::totals(&totals, now, &glyphs),
        Ok(Reply::Hooks(hooks)) => log::hooks(&hooks, now, &glyphs),
        Ok(_) => {
            vec![DocLine::fact("", "the engine answered another question; this is a defect", Slot::Error)]
        }
        Err(error) => vec![DocLine::fact("", error.to_string(), Slot::Error)],
    };
    if document.lines.as_ref() == Some(&lines) {
        model.dirty = was_dirty;
        return Vec::new();
    }
    document.renew(lines);
    Vec::new()
}

/// Whether the log is read.
pub(super) fn follows(model: &Model) -> bool {
    matches!(model.overlays.last(), Some(Overlay::Document(doc)) if doc.about == Some(About::Log))
}

/// Asks for newer lines of the log while it is read.
pub(super) fn tick(model: &mut Model) -> Vec<Effect> {
    if follows(model) && !model.waiting(Tag::Log) { ask(model, &About::Log) } else { Vec::new() }
}
