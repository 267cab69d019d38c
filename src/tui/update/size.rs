//! How many rows an export would have: asked for when the form is entered and when other rows are
//! chosen, taken in when the answer arrives.

use cloudscope_application::{Command, Reply, SessionError, export::ExportWhat};

use crate::{
    effect::{Effect, Tag},
    model::{
        Model,
        export::{Size, What},
    },
};

/// The screen shows from now on.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    if model.export.form.what == What::Marks && model.assets.marks.is_empty() {
        model.export.form.what = What::Filter;
    }
    model.export.name_file(model.clock);
    ask(model)
}

/// Asks how many rows there would be.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    let at = model.at();
    let command = match model.export.what(&model.assets) {
        ExportWhat::Filter { query, sort } => Command::Open { query, sort, at },
        ExportWhat::Rows(rows) => Command::OpenRows { rows, at },
    };
    model.export.size = Size::Asking;
    vec![model.ask(Tag::ExportSize, command)]
}

/// How many rows there would be.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    match result {
        Ok(Reply::Opened(opened)) => {
            let close = Effect::close(opened.cursor);
            model.export.size = Size::Rows {
                rows: opened.total,
                unknown: opened.unknown,
                undecided: opened.undecided,
                bad: opened.bad,
            };
            return vec![close];
        }
        // Asked again when the screen is entered; until then the form says that it does not know.
        Err(SessionError::NotReady) => {}
        Ok(_) => {
            model.export.size = Size::Failed("the engine answered another question; this is a defect".into());
        }
        Err(e) => model.export.size = Size::Failed(e.to_string()),
    }
    Vec::new()
}
