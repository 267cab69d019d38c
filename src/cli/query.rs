//! `query` and `export`: the same rows, to standard output or to a file with a manifest.

mod answers;
mod filter;

use std::{io::Write, path::PathBuf};

use clap::{Args, ValueEnum};
use cloudscope_application::{
    Command, Reply, SavedView,
    export::{ExportPhase, ExportProgress, ExportRequest, ExportTarget, ExportWhat},
    message::{Grouped, SortKey},
};
use cloudscope_domain::{Moment, query::BadTerm, text::visible};
use miette::{LabeledSpan, Result, miette};

use super::{
    at::{self, At},
    output::{self, Exit},
};
use crate::{
    attached::{Attached, unexpected},
    wiring::Wiring,
};

/// List the assets that match a filter.
#[derive(Debug, Args)]
pub(crate) struct Query {
    #[command(flatten)]
    rows: Rows,
    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Count what matches by the values of these columns, such as region,tags.env, most frequent first
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS", conflicts_with_all = ["columns", "sort", "explain"])]
    group_by: Vec<String>,
    /// Say how the filter is answered, step by step, instead of listing what matches
    #[arg(long, conflicts_with_all = ["columns", "limit"])]
    explain: bool,
    /// A saved view: its filter, which one that is given here narrows further; its columns, order and grouping,
    /// as far as they are not given here
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
}

/// Write the assets that match a filter to a file.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    rows: Rows,
    /// The file's format [default: by the end of its name]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Args)]
struct Rows {
    /// The filter, such as `web provider:aws status!=running`; all assets when left out (docs/QUERY.md). One that
    /// begins with a minus stands after `--`: `query -- '-db-1$'`
    #[arg(value_name = "FILTER", default_value = "")]
    filter: String,
    /// Read the filter from a file instead (`-` is standard input), which spares the shell's quoting; it may have
    /// several lines
    #[arg(long, value_name = "FILE", conflicts_with = "filter")]
    filter_file: Option<PathBuf>,
    /// Columns, such as name,kind,tags.env
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    columns: Vec<String>,
    /// Order, such as -age,name; a minus puts the largest first. `none` leaves the rows as they are kept, which
    /// is several times faster for many rows with payloads. By name when left out, but a whole `export` of json,
    /// ndjson or csv as they are kept
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS", allow_hyphen_values = true)]
    sort: Vec<String>,
    /// At most so many rows
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    #[command(flatten)]
    at: At,
    /// Leave cells of a CSV as they are, even where a spreadsheet would run them
    #[arg(long)]
    raw: bool,
}

/// The formats of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned columns for people
    Table,
    /// One JSON array
    Json,
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values
    Csv,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}

impl Rows {
    /// Reads the filter where it is in a file.
    fn read(&mut self) -> Result<()> {
        if let Some(path) = self.filter_file.take() {
            self.filter = filter::read(&path)?;
        }
        Ok(())
    }

    /// A mistake in the command line, told before anything is opened.
    fn wrong(&self, wiring: &Wiring) -> Option<Exit> {
        let columns = cloudscope_export::check_columns(&self.columns).err().map(|error| miette!("{error}"));
        let report = columns.or_else(|| self.at.moment(wiring.now()).err())?;
        super::report(&report);
        Some(Exit::Usage)
    }
}

/// `-age,name` as keys of an order.
pub(super) fn sort_keys(words: &[String]) -> Vec<SortKey> {
    words.iter().filter(|w| !w.is_empty()).map(|w| SortKey::from_word(w)).collect()
}

impl Query {
    pub(super) async fn run(mut self, wiring: &Wiring) -> Result<Exit> {
        let view = match &self.view {
            Some(name) => match super::views::find(wiring, name)? {
                Ok(view) => Some(view),
                Err(exit) => return Ok(exit),
            },
            None => None,
        };
        self.rows.read()?;
        if let Some(view) = view
            && let Err(wrong) = self.take(view)
        {
            super::report(&wrong);
            return Ok(Exit::Usage);
        }
        if let Some(exit) = self.rows.wrong(wiring) {
            return Ok(exit);
        }
        let at = self.rows.at.moment(wiring.now())?;
        let filter = self.rows.filter.clone();
        let attached = wiring.attach_once().await?;
        if self.explain || !self.group_by.is_empty() {
            let answered = self.answer(&attached, at).await;
            if self.format == Format::Table && answered.is_ok() {
                at::note(&attached, at).await;
            }
            attached.close().await;
            return answered;
        }
        let out = Box::new(std::io::stdout());
        let target = ExportTarget::Stream(out);
        let ended = export(&attached, self.rows, at, self.format, target, "listed").await;
        if self.format == Format::Table
            && let Ok(ended) = &ended
        {
            at::note(&attached, at).await;
            if at.is_none() && ended.rows == 0 && matches!(ended.phase, ExportPhase::Finished(_)) {
                note_empty(wiring, &attached).await;
            }
        }
        let empty = ended.as_ref().is_ok_and(|e| e.rows == 0 && matches!(e.phase, ExportPhase::Finished(_)));
        let strays = if empty { answers::strays(&attached, filter, at).await } else { Vec::new() };
        attached.close().await;
        verdict(&ended?, |p| {
            // What is listed is true; what is left out may be, too.
            if p.undecided > 0 {
                output::note(&format!("{} assets match{}", p.rows, answers::undecided(p.undecided)));
            }
            strays.iter().for_each(|stray| output::note(stray));
        })
    }
}

impl Query {
    /// What the view says, where the command line says nothing.
    fn take(&mut self, view: SavedView) -> Result<()> {
        let rows = &mut self.rows;
        // A view may be narrowed further.
        rows.filter = filter::narrowed(&view, &rows.filter)?;
        // One asks for rows or for groups; what was asked for here counts.
        let for_rows = !rows.columns.is_empty() || !rows.sort.is_empty() || self.explain;
        if self.group_by.is_empty() && !for_rows {
            self.group_by = view.group_by;
        }
        if rows.columns.is_empty() && self.group_by.is_empty() && !self.explain {
            let (columns, left_out) = cloudscope_export::columns_of_view(&view.columns);
            rows.columns = columns;
            if !left_out.is_empty() {
                let columns = left_out.join("`, `");
                output::note(&format!(
                    "the view `{}` has columns that are not known: `{columns}`",
                    view.name
                ));
            }
        }
        if rows.sort.is_empty() {
            rows.sort = view.sort;
        }
        Ok(())
    }

    /// Groups, or how it is answered.
    async fn answer(&self, attached: &Attached, at: Option<Moment>) -> Result<Exit> {
        let query = self.rows.filter.clone();
        let command = if self.explain {
            Command::Explain { query: query.clone(), sort: sort_keys(&self.rows.sort), at }
        } else {
            let limit = self.rows.limit.unwrap_or(u64::MAX);
            Command::Groups { query: query.clone(), by: self.group_by.clone(), limit, at }
        };
        let reply = match attached.ask_or_refuse(command).await? {
            Ok(reply) => reply,
            Err(refused) => {
                super::report(&refused);
                return Ok(Exit::Usage);
            }
        };
        match reply {
            Reply::Groups(grouped) if grouped.bad.is_empty() => {
                let exit = answers::groups(&grouped, self.format, self.rows.raw)?;
                if grouped.total == 0 {
                    answers::strays(attached, query, at).await.iter().for_each(|stray| output::note(stray));
                }
                Ok(exit)
            }
            Reply::Explained(how) if how.bad.is_empty() => {
                answers::explanation(&how, self.format, self.rows.raw)
            }
            Reply::Groups(Grouped { bad, .. }) => {
                super::report(&bad_filter(&query, &bad, "counted"));
                Ok(Exit::Usage)
            }
            Reply::Explained(how) => {
                super::report(&bad_filter(&query, &how.bad, "explained"));
                Ok(Exit::Usage)
            }
            _ => Err(unexpected()),
        }
    }
}

impl Export {
    pub(super) async fn run(mut self, wiring: &Wiring) -> Result<Exit> {
        self.rows.read()?;
        if let Some(exit) = self.rows.wrong(wiring) {
            return Ok(exit);
        }
        let format = match self.format.map_or_else(|| by_name(&self.output), Ok) {
            Ok(format) => format,
            Err(report) => {
                super::report(&report);
                return Ok(Exit::Usage);
            }
        };
        let target = if self.output.as_os_str() == "-" {
            ExportTarget::Stream(Box::new(std::io::stdout()) as Box<dyn Write + Send>)
        } else {
            ExportTarget::File { path: self.output, replace: self.replace }
        };
        let at = self.rows.at.moment(wiring.now())?;
        let mut rows = self.rows;
        // The first so many rows are those of an order; a whole file needs none.
        if rows.sort.is_empty() && rows.limit.is_none() && format != Format::Table {
            rows.sort.push("none".to_owned());
        }
        let attached = wiring.attach_once().await?;
        let ended = export(&attached, rows, at, format, target, "exported").await;
        attached.close().await;
        verdict(&ended?, |p| {
            if let ExportPhase::Finished(f) = &p.phase
                && let Some(path) = &f.path
            {
                let unknown = if p.unknown > 0 {
                    format!(", {} of unknown presence", p.unknown)
                } else {
                    String::new()
                };
                let undecided = if p.undecided > 0 {
                    format!(", {} more of which it is not known whether they match", p.undecided)
                } else {
                    String::new()
                };
                output::note(&format!(
                    "{} rows{unknown}{undecided}, {} bytes: {}",
                    p.rows,
                    f.bytes,
                    path.display()
                ));
                if let Some(manifest) = &f.manifest {
                    output::note(&format!("manifest: {}", manifest.display()));
                }
            }
        })
    }
}

fn by_name(path: &std::path::Path) -> Result<Format> {
    let end = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    Ok(match end.as_str() {
        "csv" => Format::Csv,
        "json" => Format::Json,
        "ndjson" | "jsonl" => Format::Ndjson,
        "txt" => Format::Table,
        _ => {
            return Err(miette!(
                help = "add --format csv, json or ndjson",
                "the file's name does not say its format"
            ));
        }
    })
}

async fn export(
    attached: &Attached,
    rows: Rows,
    at: Option<Moment>,
    format: Format,
    target: ExportTarget,
    done: &str,
) -> Result<ExportProgress> {
    let filter = rows.filter;
    let request = ExportRequest {
        format: format.name().to_owned(),
        columns: rows.columns,
        what: ExportWhat::Filter { query: filter.clone(), sort: sort_keys(&rows.sort) },
        at,
        limit: rows.limit,
        target,
        raw: rows.raw,
    };
    let mut handle = attached.exports.start(request);
    let cancel = handle.cancel.clone();
    let ended = tokio::select! {
        ended = handle.ended() => ended,
        () = crate::process::interrupted() => {
            cancel.cancel();
            handle.ended().await
        }
    };
    if let ExportPhase::BadFilter(bad) = &ended.phase {
        super::report(&bad_filter(&filter, bad, done));
    }
    Ok(ended)
}

/// Nothing was listed: where nothing was collected that is the reason, and can be mended.
async fn note_empty(wiring: &Wiring, attached: &Attached) {
    if let Ok(overview) = attached.overview().await
        && overview.total == 0
    {
        output::note(if wiring.demo() {
            "the made-up estate is not collected yet; `cloudscope --demo collect` does"
        } else {
            "the inventory is empty; `cloudscope collect` reads this host and what is configured"
        });
    }
}

/// The filter with its bad terms underlined.
pub(super) fn bad_filter(filter: &str, bad: &[BadTerm], what: &str) -> miette::Report {
    // Only a text without hostile characters keeps its positions when shown; lines and tabs may be in a file.
    let lines = filter.replace("\r\n", " \n");
    let plain = lines.split(['\n', '\t']).all(|part| visible(part) == part);
    let labels = bad
        .iter()
        .filter(|_| plain)
        .map(|b| LabeledSpan::at(b.span.start..b.span.end.min(filter.len()), b.reason.clone()));
    let hints: Vec<String> = bad
        .iter()
        .map(|b| match &b.suggestion {
            Some(s) => format!("`{}`: {}; did you mean `{s}`?", visible(&b.text), b.reason),
            None => format!("`{}`: {}", visible(&b.text), b.reason),
        })
        .collect();
    miette!(
        labels = labels.collect::<Vec<_>>(),
        help = hints.join("\n"),
        "the filter is wrong; nothing was {}",
        what
    )
    .with_source_code(if plain { lines } else { visible(filter).into_owned() })
}

fn verdict(ended: &ExportProgress, finished: impl FnOnce(&ExportProgress)) -> Result<Exit> {
    match &ended.phase {
        ExportPhase::Finished(_) => {
            finished(ended);
            Ok(Exit::Well)
        }
        ExportPhase::Closed => Ok(Exit::Well),
        ExportPhase::BadFilter(_) => Ok(Exit::Usage),
        ExportPhase::Refused(reason) => {
            super::report(&miette!("{}", visible(reason)));
            Ok(Exit::Usage)
        }
        ExportPhase::Exists(path) => {
            Err(miette!(help = "choose another name, or add --replace", "{} exists already", path.display()))
        }
        ExportPhase::Cancelled => Err(miette!("cancelled; no file was written")),
        ExportPhase::Failed(reason) => Err(miette!("{}", visible(reason))),
        ExportPhase::Running => Err(miette!("the export stopped without a word; this is a defect")),
    }
}
