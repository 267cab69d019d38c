//! Screen 6: what to export, where to, and how far it is.
//!
//! Holds what was chosen; which rows that means is asked of the engine, and writing is an effect.

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use cloudscope_application::export::{ExportPhase, ExportProgress, ExportWhat, FormatInfo};
use cloudscope_domain::{Moment, Timestamp, query::BadTerm};

use super::{assets::Assets, columns::Column};
use crate::effect::ExportOrder;

/// Exports kept in the list of this session.
const MOST_PAST: usize = 50;

/// Screen 6.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Export {
    /// The formats on offer.
    pub(crate) formats: Vec<FormatInfo>,
    /// The export that runs, or ended last.
    pub(crate) progress: Option<ExportProgress>,
    /// What was chosen.
    pub(crate) form: Form,
    /// The field under the cursor.
    pub(crate) field: Field,
    /// How many rows that would be.
    pub(crate) size: Size,
    /// What was exported since the program began, the newest first.
    pub(crate) past: Vec<Past>,
    /// The order that runs, or waits for a word about an existing file.
    pending: Option<(ExportOrder, String)>,
}

/// What was chosen.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Form {
    /// Place of the format among those on offer.
    pub(crate) format: usize,
    /// Which rows.
    pub(crate) what: What,
    /// Which columns.
    pub(crate) columns: Columns,
    /// The columns as typed.
    pub(crate) typed: String,
    /// The file.
    pub(crate) path: String,
    /// The user typed the file; the program no longer thinks of names.
    pub(crate) own_path: bool,
    /// Leave cells as they are even where a spreadsheet would run them.
    pub(crate) raw: bool,
}

/// A field of the form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    /// The format.
    Format,
    /// Which rows.
    What,
    /// Which columns.
    Columns,
    /// The file.
    Path,
    /// Whether cells stay as they are.
    Raw,
}

impl Field {
    /// Every field, in the order of the form.
    pub(crate) const ALL: [Self; 5] = [Self::Format, Self::What, Self::Columns, Self::Path, Self::Raw];

    /// Its label.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::What => "rows",
            Self::Columns => "columns",
            Self::Path => "file",
            Self::Raw => "raw cells",
        }
    }
}

/// Which rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    /// The marked ones.
    Marks,
    /// What the filter shows.
    Filter,
    /// All.
    All,
}

impl What {
    /// Every choice.
    pub(crate) const ALL: [Self; 3] = [Self::Marks, Self::Filter, Self::All];

    /// The words for it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Marks => "marked",
            Self::Filter => "filter",
            Self::All => "all",
        }
    }
}

/// Which columns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Columns {
    /// The usual ones of the format.
    Usual,
    /// Those that the table shows, and the id.
    Shown,
    /// As typed.
    Typed,
}

impl Columns {
    /// Every choice.
    pub(crate) const ALL: [Self; 3] = [Self::Usual, Self::Shown, Self::Typed];

    /// The words for it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Usual => "all",
            Self::Shown => "as shown",
            Self::Typed => "own choice",
        }
    }
}

/// How many rows there would be.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) enum Size {
    /// Not asked, or the answer is on its way.
    #[default]
    Asking,
    /// So many.
    Rows {
        /// Rows.
        rows: u64,
        /// Of which presence is unknown.
        unknown: u64,
        /// Rows of which it is not known whether they match.
        undecided: u64,
        /// Terms that are not understood: then nothing is exported.
        bad: Vec<BadTerm>,
    },
    /// It could not be asked.
    Failed(String),
}

/// An export that ended.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Past {
    /// What was ordered.
    pub(crate) order: ExportOrder,
    /// Which rows, in words.
    pub(crate) what: String,
    /// How it ended.
    pub(crate) end: ExportProgress,
    /// When.
    pub(crate) at: Timestamp,
}

impl Export {
    /// A form with these formats on offer.
    pub(crate) fn new(formats: Vec<FormatInfo>) -> Self {
        let form = Form {
            format: 0,
            what: What::Filter,
            columns: Columns::Usual,
            typed: String::new(),
            path: String::new(),
            own_path: false,
            raw: false,
        };
        Self {
            formats,
            progress: None,
            form,
            field: Field::Format,
            size: Size::default(),
            past: Vec::new(),
            pending: None,
        }
    }

    /// An export is under way.
    pub(crate) fn running(&self) -> bool {
        self.progress.as_ref().is_some_and(|p| p.phase == ExportPhase::Running)
    }

    /// The chosen format.
    pub(crate) fn format(&self) -> Option<&FormatInfo> {
        self.formats.get(self.form.format)
    }

    /// Chooses a format; a file name that bears the end of another format gets the end of this one.
    pub(crate) fn choose_format(&mut self, format: usize) {
        let Some(chosen) = self.formats.get(format) else { return };
        let path = &self.form.path;
        if let Some((stem, end)) = path.rsplit_once('.')
            && self.formats.iter().any(|known| known.extension == end)
        {
            self.form.path = format!("{stem}.{}", chosen.extension);
        }
        self.form.format = format;
    }

    /// Thinks of a file name, unless the user typed one.
    pub(crate) fn name_file(&mut self, now: Timestamp) {
        if self.form.own_path {
            return;
        }
        let extension = self.format().map_or("txt", |format| &format.extension);
        let time: String = now.to_string().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
        self.form.path = format!("assets-{}.{extension}", time.replace('T', "-"));
    }

    /// The columns to write; empty for the usual ones.
    pub(crate) fn columns(&self, assets: &Assets) -> Vec<String> {
        match self.form.columns {
            Columns::Usual => Vec::new(),
            Columns::Shown => shown_columns(&assets.columns),
            Columns::Typed => {
                let names = self.form.typed.split([',', ' ']).filter(|name| !name.is_empty());
                names.map(str::to_owned).collect()
            }
        }
    }

    /// Which rows, for the exporter.
    pub(crate) fn what(&self, assets: &Assets) -> ExportWhat {
        let filter = |query: &str| ExportWhat::Filter { query: query.to_owned(), sort: assets.sort.clone() };
        match self.form.what {
            What::Marks => ExportWhat::Rows(assets.marked()),
            What::Filter => filter(&assets.filter),
            What::All => filter(""),
        }
    }

    /// Which rows, for people.
    pub(crate) fn what_in_words(&self, assets: &Assets) -> String {
        match self.form.what {
            What::Marks => "the marked rows".to_owned(),
            What::Filter if assets.filter.is_empty() => "everything: there is no filter".to_owned(),
            What::Filter => format!("filter {}", assets.filter),
            What::All => "everything".to_owned(),
        }
    }

    /// The order, or why there can be none.
    pub(crate) fn order(&self, assets: &Assets, at: Option<Moment>) -> Result<ExportOrder, String> {
        if self.running() {
            return Err("an export is running already; stop it first, or wait".into());
        }
        let Some(format) = self.format() else { return Err("this program was built without formats".into()) };
        if self.form.path.trim().is_empty() {
            return Err("no file is named; edit the field `file`".into());
        }
        if self.form.path.trim_start().starts_with('~') {
            return Err(
                "`~` means nothing here; write the whole path, or one from the working directory".into()
            );
        }
        if self.form.what == What::Marks && assets.marks.is_empty() {
            return Err("no row is marked; choose other rows".into());
        }
        if let (What::Filter, Size::Rows { bad, .. }) = (self.form.what, &self.size)
            && let Some(bad) = bad.first()
        {
            return Err(format!("{}; nothing is exported until the filter is mended", bad_in_words(bad)));
        }
        Ok(ExportOrder {
            format: format.name.clone(),
            columns: self.columns(assets),
            what: self.what(assets),
            path: PathBuf::from(self.form.path.trim()),
            replace: false,
            raw: self.form.raw,
            at,
        })
    }

    /// An order was given.
    pub(crate) fn started(&mut self, order: ExportOrder, what: String) {
        self.pending = Some((order, what));
        self.progress = Some(ExportProgress::begun());
    }

    /// It stands so. Where a file exists already, the order that would replace it.
    pub(crate) fn progressed(&mut self, progress: ExportProgress, now: Timestamp) -> Option<ExportOrder> {
        let ended = progress.phase != ExportPhase::Running;
        let exists = matches!(progress.phase, ExportPhase::Exists(_));
        self.progress = Some(progress.clone());
        if exists {
            let (order, _) = self.pending.as_ref()?;
            return Some(ExportOrder { replace: true, ..order.clone() });
        }
        if ended && let Some((order, what)) = self.pending.take() {
            self.past.insert(0, Past { order, what, end: progress, at: now });
            self.past.truncate(MOST_PAST);
        }
        None
    }

    /// About how many bytes there will be, from the last export of the same format and columns.
    pub(crate) fn estimate(&self, rows: u64, assets: &Assets) -> Option<u64> {
        let format = &self.format()?.name;
        let columns = self.columns(assets);
        let like = self.past.iter().find(|past| {
            past.order.format == *format
                && past.order.columns == columns
                && past.end.rows > 0
                && matches!(past.end.phase, ExportPhase::Finished(_))
        })?;
        u64::try_from(u128::from(like.end.bytes) * u128::from(rows) / u128::from(like.end.rows)).ok()
    }
}

/// A term that is not understood, with the reason and what was probably meant.
pub(crate) fn bad_in_words(bad: &BadTerm) -> String {
    let hint = bad.suggestion.as_ref().map_or_else(String::new, |s| format!(" (did you mean `{s}`?)"));
    format!("`{}`: {}{hint}", bad.text, bad.reason)
}

/// The names under which an export has what a table shows. Ages depend on when they are read, so the
/// time itself is written.
fn shown_columns(columns: &[Column]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for column in columns.iter().chain([&Column::Id]) {
        let name = match column {
            Column::Age => "created_at".to_owned(),
            Column::Prop(name) => name.replacen("prop.", "properties.", 1),
            Column::Tag(name) => name.replacen("tag.", "tags.", 1),
            other => other.name().to_owned(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The choice after or before one, round at the ends.
pub(crate) fn beside<T: Copy + PartialEq>(all: &[T], now: T, forward: bool) -> T {
    let n = all.len();
    let Some(at) = all.iter().position(|one| *one == now) else { return now };
    all[if forward { (at + 1) % n } else { (at + n - 1) % n }]
}
