//! Documents: opening one about the selected asset, reading, searching.

use cloudscope_application::{Command, Reply, SessionError, message::RowKey};
use cloudscope_domain::{AssetId, Incarnation};

use super::{collectors::papers, copy, detail, moving, nothing, past, screen};
use crate::{
    effect::{Effect, Tag},
    keymap::{Action, Screen},
    model::{
        Model,
        document::{DocLine, Document, Form},
        facts,
        line::Line,
        message::Message,
        overlay::Overlay,
    },
    theme::Slot,
};

/// Columns that a document scrolls sideways at once.
const SIDEWAYS: usize = 8;

/// Opens a document about the selected asset of this screen.
pub(super) fn open(model: &mut Model, form: Form) -> Vec<Effect> {
    let row = match model.screen {
        Screen::Assets => model.assets.current().map(|row| (RowKey::from(row), row.name.to_string())),
        _ => None,
    };
    match row {
        Some((key, name)) => open_on(model, form, key, &name),
        None => nothing::under_cursor(model, ""),
    }
}

/// Opens a document about some asset.
pub(super) fn open_on(model: &mut Model, form: Form, key: RowKey, name: &str) -> Vec<Effect> {
    let title = format!("{} of {name}", form.word());
    let id = key.id.clone();
    model.overlays.push(Overlay::Document(Box::new(Document::waiting(title, form, key))));
    let at = model.at();
    vec![model.ask(Tag::Document, Command::Get { id, at })]
}

/// Everything about an asset of which only the id is known here.
pub(super) fn open_id(model: &mut Model, id: AssetId, name: &str) -> Vec<Effect> {
    let key = RowKey { id, incarnation: Incarnation::default(), source: String::new().into() };
    open_on(model, Form::Describe, key, name)
}

/// The asset arrived.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let (now, glyphs, of) = (model.clock, model.ui.glyphs, model.past.at);
    let waiting = model.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Document(doc) if doc.lines.is_none() && doc.subject.is_some() => Some(doc),
        _ => None,
    });
    let Some(doc) = waiting else { return Vec::new() };
    let Some((form, key)) = doc.subject.clone() else { return Vec::new() };
    let lines = match result {
        Ok(Reply::Details(records)) if records.is_empty() => {
            vec![DocLine::fact("", "the inventory holds nothing of this id any more", Slot::Warning)]
        }
        Ok(Reply::Details(records)) => facts::document(form, &detail::own_first(records, &key), now, &glyphs),
        Ok(_) => {
            vec![DocLine::fact("", "the engine answered another question; this is a defect", Slot::Error)]
        }
        Err(e) => vec![DocLine::fact("", e.to_string(), Slot::Error)],
    };
    doc.lines = Some(lines);
    doc.of = of;
    Vec::new()
}

/// What actions mean while a document is read.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let page = usize::try_from(model.layout().page_rows()).unwrap_or(1);
    let Some(Overlay::Document(doc)) = model.overlays.last_mut() else { return None };
    if let Some(step) = moving::step(action, page as u64) {
        let line = step.apply_usize(doc.first(page), doc.len());
        doc.scroll_to(line, page);
        return Some(Vec::new());
    }
    match action {
        Action::ScrollRight => doc.left += SIDEWAYS,
        Action::ScrollLeft => doc.left = doc.left.saturating_sub(SIDEWAYS),
        Action::ToggleWrap => {
            doc.wrap = !doc.wrap;
            doc.left = 0;
        }
        Action::Search => {
            model.overlays.push(Overlay::Search(Line::default()));
        }
        Action::SearchNext => doc.next_hit(true, page),
        Action::SearchPrevious => doc.next_hit(false, page),
        Action::CopyId => {
            let id = doc.subject.as_ref().map(|(_, key)| &key.id).or(doc.asset.as_ref());
            let id = id.map(ToString::to_string);
            return Some(match id {
                Some(id) => copy::plain(model, &id, "the id"),
                None => Vec::new(),
            });
        }
        Action::CopyRows => return Some(copy_all(model)),
        Action::Refresh if doc.about.is_some() => {
            let about = doc.about.clone();
            return Some(about.map(|about| papers::ask(model, &about)).unwrap_or_default());
        }
        Action::OtherForm => return Some(papers::other_form(model)),
        Action::Refresh => {
            let Some((_, key)) = doc.subject.clone() else { return Some(Vec::new()) };
            doc.lines = None;
            let at = model.at();
            return Some(vec![model.ask(Tag::Document, Command::Get { id: key.id, at })]);
        }
        Action::ShowAsset => return Some(show_asset(model)),
        // Screens and the command line are reached from a document too.
        _ => return screen_action(model, action),
    }
    Some(Vec::new())
}

/// The asset that a document about differences is of.
fn show_asset(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Document(doc)) = model.overlays.last() else { return Vec::new() };
    match doc.asset.clone() {
        Some(id) => {
            let name = model.assets.name_of(&id);
            open_id(model, id, &name)
        }
        None => {
            model.say(Message::info("there is no other asset behind this document", model.clock));
            Vec::new()
        }
    }
}

fn screen_action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if let Some(effects) = past::action(model, action) {
        return Some(effects);
    }
    let to = match action {
        Action::Assets => Screen::Assets,
        Action::Tree => Screen::Tree,
        Action::Relationships => Screen::Relationships,
        Action::Collectors => Screen::Collectors,
        Action::Changes => Screen::Changes,
        Action::ExportScreen => Screen::Export,
        Action::Pulse => Screen::Pulse,
        Action::Views => Screen::Views,
        _ => return None,
    };
    Some(screen::go(model, to))
}

/// Copies the whole document, its foreign characters visible.
fn copy_all(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Document(doc)) = model.overlays.last() else { return Vec::new() };
    let mut out = String::new();
    for line in doc.lines.iter().flatten() {
        if !line.label.is_empty() {
            out.push_str(&cloudscope_domain::text::visible(&line.label));
            out.push_str(": ");
        }
        out.push_str(&cloudscope_domain::text::visible(&line.text));
        out.push('\n');
    }
    let text = format!("copied the document, {} lines", doc.len());
    copy::effect(model, out, text)
}

/// What actions mean while the text to find is typed.
pub(super) fn search_action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let page = usize::try_from(model.layout().page_rows()).unwrap_or(1);
    match action {
        Action::Accept => {
            let Some(Overlay::Search(line)) = model.overlays.pop() else { return None };
            let Some(Overlay::Document(doc)) = model.overlays.last_mut() else { return Some(Vec::new()) };
            if line.text().is_empty() {
                // As in vi: nothing typed means the last search again.
                doc.next_hit(true, page);
                return Some(Vec::new());
            }
            let text = line.text().to_owned();
            doc.find(&text, page);
            if doc.hits.is_empty() {
                model.say(Message::warning(format!("`{text}` is not in this document"), model.clock));
            }
        }
        Action::ClearInput => {
            if let Some(Overlay::Search(line)) = model.overlays.last_mut() {
                *line = Line::default();
            }
        }
        _ => {}
    }
    Some(Vec::new())
}
