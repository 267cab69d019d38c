//! What is different: between two marked assets, between an asset and itself at an earlier time, and
//! between two moments as a whole.

use cloudscope_application::{Command, Reply, SessionError, message::Differences};
use cloudscope_domain::{AssetId, Moment, Timestamp};

use super::{document, moving};
use crate::{
    effect::{Effect, Tag},
    keymap::Action,
    model::{
        Model,
        changes::diff,
        comparison::{Comparing, Line},
        document::{DocLine, Document},
        line,
        message::Message,
        overlay::{Overlay, Prompt},
    },
    theme::Slot,
};

/// What an asset is compared with when nothing else is typed.
const USUAL: &str = "-1d";
/// Rows of each sort that are listed.
const MOST_ROWS: u64 = 1_000;

/// `D`: two marked assets; else one asset against a time, which is asked for.
pub(super) fn marked(model: &mut Model) -> Vec<Effect> {
    let marks = model.assets.marked();
    let at = model.at();
    match marks.as_slice() {
        [left, right] => {
            let title =
                format!("{} against {}", model.assets.name_of(&left.id), model.assets.name_of(&right.id));
            let (left, right) = (left.id.clone(), right.id.clone());
            let document =
                Document { lines: None, asset: Some(right.clone()), ..Document::of(title, Vec::new()) };
            model.overlays.push(Overlay::Document(Box::new(document)));
            vec![model.ask(Tag::Compare, Command::CompareAssets { left: (left, at), right: (right, at) })]
        }
        [one] => prompt(model, one.id.clone()),
        [] => match model.assets.current().map(|row| row.id.clone()) {
            Some(id) => prompt(model, id),
            None => super::nothing::under_cursor(model, " to compare"),
        },
        many => refuse(model, format!("{} rows are marked; two are compared with each other", many.len())),
    }
}

fn refuse(model: &mut Model, text: String) -> Vec<Effect> {
    model.say(Message::warning(text, model.clock));
    Vec::new()
}

fn prompt(model: &mut Model, id: AssetId) -> Vec<Effect> {
    let title = format!("{} against (-1d, r123, 2026-11-20): ", model.assets.name_of(&id));
    let line = line::Line::new(USUAL);
    model.overlays.push(Overlay::Prompt(Prompt { title, line, asset: id }));
    Vec::new()
}

/// What actions mean while the time is typed.
pub(super) fn prompt_action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() else { return None };
    match action {
        Action::Accept => {
            let (id, text) = (prompt.asset.clone(), prompt.line.text().to_owned());
            let text = if text.trim().is_empty() { USUAL.to_owned() } else { text };
            return Some(match Moment::parse(&text, here(model)) {
                Ok(moment) => {
                    model.overlays.pop();
                    against(model, id, moment)
                }
                // The line stays, to be mended.
                Err(bad) => refuse(model, bad.to_string()),
            });
        }
        Action::ClearInput => prompt.line = line::Line::default(),
        _ => {}
    }
    Some(Vec::new())
}

/// The time from which spans are reckoned back.
fn here(model: &Model) -> Timestamp {
    model.past.at.map_or(model.clock, |at| at.meant())
}

fn against(model: &mut Model, id: AssetId, moment: Moment) -> Vec<Effect> {
    let at = model.at();
    let title = format!("{} since {moment}", model.assets.name_of(&id));
    let of = model.past.at;
    let document = Document { lines: None, of, asset: Some(id.clone()), ..Document::of(title, Vec::new()) };
    model.overlays.push(Overlay::Document(Box::new(document)));
    vec![
        model.ask(Tag::Compare, Command::CompareAssets { left: (id.clone(), Some(moment)), right: (id, at) }),
    ]
}

/// `:diff [@-1d] [FILTER]`: everything, between two moments.
pub(super) fn typed(model: &mut Model, rest: &str) -> Vec<Effect> {
    let (first, filter) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let moment = Moment::parse(first, here(model));
    let (from, filter) = match moment {
        Ok(moment) => (moment, filter.trim().to_owned()),
        Err(bad) if first.starts_with('@') => return refuse(model, bad.to_string()),
        // No moment stands there: everything is the filter, and a day is what is usual.
        Err(_) => match Moment::parse(USUAL, here(model)) {
            Ok(moment) => (moment, rest.trim().to_owned()),
            Err(bad) => return refuse(model, bad.to_string()),
        },
    };
    let command = Command::CompareMoments { from, to: model.at(), filter: filter.clone(), limit: MOST_ROWS };
    model.overlays.push(Overlay::Comparison(Box::new(Comparing { from, filter, answer: None, at: 0 })));
    vec![model.ask(Tag::Compare, command)]
}

/// What is different arrived.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let why = |error: &SessionError| match model.estate.known_since() {
        Some((revision, at)) => {
            let age = cloudscope_domain::time::short_span(model.clock.since(at));
            format!("{error}; known since r{revision}, {age} ago")
        }
        None => error.to_string(),
    };
    let result = result.map_err(|error| why(&error));
    for overlay in model.overlays.iter_mut().rev() {
        match overlay {
            Overlay::Document(doc) if doc.lines.is_none() && doc.asset.is_some() => {
                doc.lines = Some(match result {
                    Ok(Reply::Differences(found)) => fields(&found),
                    Ok(_) => vec![defect()],
                    Err(why) => vec![DocLine::fact("", why, Slot::Error)],
                });
                return Vec::new();
            }
            Overlay::Comparison(comparing) if comparing.answer.is_none() => {
                comparing.answer = Some(match result {
                    Ok(Reply::Comparison(found)) => Ok(found),
                    Ok(_) => Err(defect().text),
                    Err(why) => Err(why),
                });
                return Vec::new();
            }
            _ => {}
        }
    }
    Vec::new()
}

fn defect() -> DocLine {
    DocLine::fact("", "the engine answered another question; this is a defect", Slot::Error)
}

fn fields(found: &Differences) -> Vec<DocLine> {
    let mut out = Vec::new();
    let side = |label: &str, row: &Option<cloudscope_domain::AssetRow>| match row {
        Some(row) => {
            let text = format!("{} ({}, {})", row.name, row.kind, row.presence.word());
            DocLine::fact(label, text, Slot::Text)
        }
        None => DocLine::fact(label, "not known then", Slot::Unknown),
    };
    out.push(side("- before", &found.left));
    out.push(side("+ after", &found.right));
    out.push(DocLine::plain(""));
    let both = found.left.is_some() && found.right.is_some();
    if both || !found.differences.is_empty() {
        let all = found.differences.iter();
        let all: Vec<_> =
            all.flat_map(|d| diff::fields(&d.path, d.before.as_ref(), d.after.as_ref())).collect();
        out.extend(diff::lines(&all));
    }
    out.push(DocLine::fact("", "enter: everything about this asset", Slot::Dim));
    out
}

/// What actions mean while a comparison of moments is walked.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let page = model.layout().page_rows();
    let Some(Overlay::Comparison(comparing)) = model.overlays.last_mut() else { return None };
    if let Some(step) = moving::step(action, page) {
        comparing.at = step.apply_usize(comparing.at, comparing.lines().len());
        return Some(Vec::new());
    }
    match action {
        Action::FocusNext | Action::Right => comparing.at = comparing.next_section(true),
        Action::FocusPrevious | Action::Left => comparing.at = comparing.next_section(false),
        Action::Accept => {
            let since = comparing.from;
            let line = comparing.lines().get(comparing.at).copied();
            return Some(match line {
                Some(Line::Asset(_, row, [])) => {
                    let (id, name) = (row.id.clone(), row.name.to_string());
                    document::open_id(model, id, &name)
                }
                Some(Line::Asset(_, row, differences)) => {
                    let all = differences.iter();
                    let all: Vec<_> = all
                        .flat_map(|d| diff::fields(&d.path, d.before.as_ref(), d.after.as_ref()))
                        .collect();
                    let title = format!("{} since {since}", row.name);
                    let document = Document::of_asset(title, diff::lines(&all), row.id.clone());
                    model.overlays.push(Overlay::Document(Box::new(document)));
                    Vec::new()
                }
                _ => Vec::new(),
            });
        }
        _ => {}
    }
    Some(Vec::new())
}
