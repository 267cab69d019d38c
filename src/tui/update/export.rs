//! What actions and progress mean for exports.

use cloudscope_application::export::{ExportPhase, ExportProgress};

use super::{copy, moving, screen, size};
use crate::{
    effect::Effect,
    keymap::{Action, Screen},
    model::{
        Model,
        export::{Columns, Field, What, beside},
        line::Line,
        message::Message,
        overlay::{self, Confirm, Overlay},
    },
    text::plural,
};

/// Goes to the form, filled with what shows: the marked rows where there are any, else the filter's,
/// with the columns of the table.
pub(super) fn prefill(model: &mut Model) -> Vec<Effect> {
    let form = &mut model.export.form;
    form.what = if model.assets.marks.is_empty() { What::Filter } else { What::Marks };
    form.columns = Columns::Shown;
    form.own_path = false;
    screen::go(model, Screen::Export)
}

/// `:export`, `:export csv`, `:export out.csv`, `:export csv out.csv`: the form, filled with what was
/// typed; with a file it runs at once. An existing file is asked about all the same.
pub(super) fn typed(model: &mut Model, rest: &str) -> Vec<Effect> {
    let formats = &model.export.formats;
    let (first, file) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (format, file) = match formats.iter().position(|format| format.name == first) {
        Some(format) => (Some(format), file.trim()),
        None => {
            let end = rest.rsplit_once('.').map(|(_, end)| end);
            (formats.iter().position(|format| Some(format.extension.as_str()) == end), rest)
        }
    };
    if format.is_none() && !rest.is_empty() {
        let names: Vec<&str> = formats.iter().map(|format| format.name.as_str()).collect();
        let text = format!("`{first}` is not a format; write `export {} FILE`", names.join("|"));
        model.say(Message::warning(text, model.clock));
        return Vec::new();
    }
    let file = file.to_owned();
    let mut effects = prefill(model);
    model.export.form.columns = Columns::Usual;
    if let Some(format) = format {
        model.export.choose_format(format);
    }
    if !file.is_empty() {
        model.export.form.path = file;
        model.export.form.own_path = true;
        effects.extend(run(model));
    }
    effects
}

/// Runs an action here; `None` when it has no meaning here.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let at = Field::ALL.iter().position(|field| *field == model.export.field).unwrap_or(0);
    if let Some(step) = moving::step(action, Field::ALL.len() as u64) {
        model.export.field = Field::ALL[step.apply_usize(at, Field::ALL.len())];
        return Some(Vec::new());
    }
    Some(match action {
        Action::FocusNext => go(model, true),
        Action::FocusPrevious => go(model, false),
        Action::Left => turn(model, false),
        Action::Right => turn(model, true),
        Action::ToggleField => turn(model, true),
        Action::EditField => edit(model),
        Action::RunExport | Action::Drill => run(model),
        Action::Refresh => size::entered(model),
        Action::CopyId | Action::CopyRows => {
            let path = model.export.form.path.clone();
            copy::plain(model, &path, "the file name")
        }
        _ => return None,
    })
}

fn go(model: &mut Model, forward: bool) -> Vec<Effect> {
    model.export.field = beside(&Field::ALL, model.export.field, forward);
    Vec::new()
}

/// The next choice of the field, or the one before. Where text is typed, it is edited.
fn turn(model: &mut Model, forward: bool) -> Vec<Effect> {
    let export = &mut model.export;
    match export.field {
        Field::Format => {
            let all: Vec<usize> = (0..export.formats.len()).collect();
            export.choose_format(beside(&all, export.form.format, forward));
        }
        Field::What => {
            let mut next = beside(&What::ALL, export.form.what, forward);
            if next == What::Marks && model.assets.marks.is_empty() {
                next = beside(&What::ALL, next, forward);
            }
            export.form.what = next;
            return size::ask(model);
        }
        Field::Columns => export.form.columns = beside(&Columns::ALL, export.form.columns, forward),
        Field::Raw => export.form.raw = !export.form.raw,
        Field::Path => return edit(model),
    }
    Vec::new()
}

/// Opens the line in which a field is typed; other fields go to their next choice.
fn edit(model: &mut Model) -> Vec<Effect> {
    let export = &model.export;
    let text = match export.field {
        Field::Path => export.form.path.clone(),
        Field::Columns if export.form.columns == Columns::Typed => export.form.typed.clone(),
        Field::Columns => export.columns(&model.assets).join(","),
        Field::Format | Field::What | Field::Raw => return turn(model, true),
    };
    let field = Field::ALL.iter().position(|field| *field == export.field).unwrap_or(0);
    let title = export.field.title().to_owned();
    model.overlays.push(Overlay::Field(overlay::Field { field, title, line: Line::new(text) }));
    Vec::new()
}

/// Runs an action while a field is typed.
pub(super) fn field_action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Accept => {
            let Some(Overlay::Field(typed)) = model.overlays.pop() else { return None };
            let text = typed.line.text().trim().to_owned();
            let form = &mut model.export.form;
            match Field::ALL.get(typed.field) {
                Some(Field::Path) => {
                    form.own_path = !text.is_empty();
                    form.path = text;
                    model.export.name_file(model.clock);
                }
                Some(Field::Columns) => {
                    form.columns = if text.is_empty() { Columns::Usual } else { Columns::Typed };
                    form.typed = text;
                }
                Some(Field::Format | Field::What | Field::Raw) | None => {}
            }
        }
        Action::ClearInput => {
            if let Some(Overlay::Field(typed)) = model.overlays.last_mut() {
                typed.line = Line::default();
            }
        }
        _ => {}
    }
    Some(Vec::new())
}

/// Starts the export, or says why not.
fn run(model: &mut Model) -> Vec<Effect> {
    match model.export.order(&model.assets, model.at()) {
        Ok(order) => {
            let what = model.export.what_in_words(&model.assets);
            model.message = None;
            model.export.started(order.clone(), what);
            vec![Effect::StartExport(order)]
        }
        Err(why) => {
            model.say(Message::warning(why, model.clock));
            Vec::new()
        }
    }
}

/// The export that runs stands so.
pub(super) fn progress(model: &mut Model, progress: ExportProgress) -> Vec<Effect> {
    let now = model.clock;
    let said = match &progress.phase {
        ExportPhase::Finished(done) => {
            let to = done.path.as_ref().map_or_else(String::new, |p| format!(" to {}", p.display()));
            Some(Message::info(format!("exported {}{to}", plural(progress.rows, "row", "rows")), now))
        }
        ExportPhase::Failed(why) | ExportPhase::Refused(why) => {
            Some(Message::error(format!("nothing was exported: {why}"), now))
        }
        ExportPhase::BadFilter(bad) => {
            let why = bad.first().map(crate::model::export::bad_in_words).unwrap_or_default();
            Some(Message::error(format!("nothing was exported: {why}"), now))
        }
        ExportPhase::Cancelled => Some(Message::warning("export stopped; no file was written", now)),
        ExportPhase::Closed => Some(Message::warning("the reader of the export went away", now)),
        ExportPhase::Running | ExportPhase::Exists(_) => None,
    };
    if let Some(order) = model.export.progressed(progress, now) {
        let question = format!("{} exists already. Replace it?", order.path.display());
        let yes = vec![Effect::StartExport(order)];
        model.overlays.push(Overlay::Confirm(Confirm { question, yes, done: None }));
    }
    if let Some(said) = said {
        model.say(said);
    }
    Vec::new()
}

/// Stops the export that runs.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    model.say(Message::info("stopping the export", model.clock));
    vec![Effect::CancelExport]
}
