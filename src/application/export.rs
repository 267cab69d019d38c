//! The export use case: a query's rows, streamed from a pinned cursor into an exporter.
//!
//! Runs beside whoever asked, so that a visitor writes its own files; the rows come through the
//! session like everything else.

use std::{path::PathBuf, sync::Arc};

use cloudscope_domain::{CoverageState, Moment, PackedRows, Presence, query::BadTerm};
use cloudscope_ports::{Destination, ExportError, ExportJob, ExportWriter, Exporter, Finished, Manifest};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    Command, Reply, Session, SessionError,
    message::{CursorId, Opened, Overview, RowKey, ScopeHealth, SortKey},
};

/// Rows fetched at a time: bounds memory whatever the size of the export.
const PAGE: u64 = 1_024;

/// A format on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatInfo {
    /// `csv`, `json`, ...
    pub name: String,
    /// The usual end of a file name, without the dot.
    pub extension: String,
}

/// Which rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportWhat {
    /// What a filter shows, in an order. Empty filter: everything.
    Filter {
        /// The filter as typed.
        query: String,
        /// The order.
        sort: Vec<SortKey>,
    },
    /// Marked rows.
    Rows(Vec<RowKey>),
}

/// Where the rows go.
pub enum ExportTarget {
    /// A file.
    File {
        /// Where.
        path: PathBuf,
        /// An existing file may be replaced.
        replace: bool,
    },
    /// A stream, such as standard output.
    Stream(Box<dyn std::io::Write + Send>),
}

/// One export.
pub struct ExportRequest {
    /// Format name.
    pub format: String,
    /// Columns; empty for the format's own default.
    pub columns: Vec<String>,
    /// Which rows.
    pub what: ExportWhat,
    /// As of then, instead of now: rows, payloads and coverage gaps as they were known.
    pub at: Option<Moment>,
    /// At most so many rows.
    pub limit: Option<u64>,
    /// Where to.
    pub target: ExportTarget,
    /// Leave cells as they are even where a spreadsheet would run them.
    pub raw: bool,
}

/// Where an export is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportPhase {
    /// Rows are being written.
    Running,
    /// The file is there, whole.
    Finished(Finished),
    /// A file of that name exists; ask, then start again with `replace`.
    Exists(PathBuf),
    /// Nothing was exported because the filter has bad terms.
    BadFilter(Vec<BadTerm>),
    /// Nothing was exported because what was asked for cannot be, such as an order by a column that there is not.
    Refused(String),
    /// It failed; no file is left.
    Failed(String),
    /// It was cancelled; no file is left.
    Cancelled,
    /// The reader of the stream went away.
    Closed,
}

/// How far an export is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportProgress {
    /// Where it is in its life.
    pub phase: ExportPhase,
    /// Rows written.
    pub rows: u64,
    /// Rows in all, once known.
    pub total: Option<u64>,
    /// Of the rows written, those of unknown presence.
    pub unknown: u64,
    /// Further rows of which it is not known whether they match.
    pub undecided: u64,
    /// Bytes written.
    pub bytes: u64,
}

impl ExportProgress {
    /// Of one that has just begun.
    #[must_use]
    pub fn begun() -> Self {
        Self { phase: ExportPhase::Running, rows: 0, total: None, unknown: 0, undecided: 0, bytes: 0 }
    }
}

/// An export under way; dropping it does not stop it.
#[derive(Clone, Debug)]
pub struct ExportHandle {
    /// Changes as it goes on.
    pub progress: watch::Receiver<ExportProgress>,
    /// Stops it.
    pub cancel: CancellationToken,
}

impl ExportHandle {
    /// Waits until it ended, however.
    pub async fn ended(&mut self) -> ExportProgress {
        let ended = self.progress.wait_for(|p| p.phase != ExportPhase::Running).await.map(|p| p.clone());
        ended.unwrap_or_else(|_| {
            let mut last = self.progress.borrow().clone();
            last.phase = ExportPhase::Failed("the export stopped without a word; this is a defect".into());
            last
        })
    }
}

/// Starts exports.
pub trait ExportRunner: Send + Sync + 'static {
    /// The formats on offer.
    fn formats(&self) -> Vec<FormatInfo>;

    /// Starts one in the background.
    fn start(&self, request: ExportRequest) -> ExportHandle;
}

/// Exports from a session through the exporters that the program was wired with.
pub struct ExportService {
    session: Arc<dyn Session>,
    exporters: Vec<Arc<dyn Exporter>>,
    identity: String,
}

impl ExportService {
    /// A service that exports as `identity`.
    pub fn new(session: Arc<dyn Session>, exporters: Vec<Arc<dyn Exporter>>, identity: String) -> Self {
        Self { session, exporters, identity }
    }
}

impl ExportRunner for ExportService {
    fn formats(&self) -> Vec<FormatInfo> {
        self.exporters
            .iter()
            .map(|e| FormatInfo { name: e.name().to_owned(), extension: e.extension().to_owned() })
            .collect()
    }

    fn start(&self, request: ExportRequest) -> ExportHandle {
        let (report, progress) = watch::channel(ExportProgress::begun());
        let cancel = CancellationToken::new();
        let exporter = self.exporters.iter().find(|e| e.name() == request.format).cloned();
        let task = Task {
            session: Arc::clone(&self.session),
            identity: self.identity.clone(),
            cancel: cancel.clone(),
            report,
        };
        tokio::spawn(async move {
            let Some(exporter) = exporter else {
                return task.end(ExportPhase::Failed(format!("there is no format `{}`", request.format)));
            };
            let phase = task.run(exporter, request).await;
            task.end(phase);
        });
        ExportHandle { progress, cancel }
    }
}

struct Task {
    session: Arc<dyn Session>,
    identity: String,
    cancel: CancellationToken,
    report: watch::Sender<ExportProgress>,
}

/// What is exported of an open cursor.
struct Rows {
    /// The filter, for the manifest.
    query: String,
    opened: Opened,
    /// Of when the coverage gaps are told; now, when there is none.
    coverage: Option<Moment>,
    limit: Option<u64>,
    columns: Vec<String>,
}

/// Why an export ends early.
enum Stop {
    Phase(ExportPhase),
}

impl From<SessionError> for Stop {
    fn from(e: SessionError) -> Self {
        Self::Phase(match e {
            SessionError::Column(why) => ExportPhase::Refused(why),
            other => ExportPhase::Failed(other.to_string()),
        })
    }
}

impl From<ExportError> for Stop {
    fn from(e: ExportError) -> Self {
        Self::Phase(match e {
            ExportError::Exists(path) => ExportPhase::Exists(path.into()),
            ExportError::Closed => ExportPhase::Closed,
            ExportError::Cancelled => ExportPhase::Cancelled,
            other => ExportPhase::Failed(other.to_string()),
        })
    }
}

impl Task {
    fn end(&self, phase: ExportPhase) {
        self.report.send_modify(|p| p.phase = phase);
    }

    async fn run(&self, exporter: Arc<dyn Exporter>, request: ExportRequest) -> ExportPhase {
        match self.stream(exporter, request).await {
            Ok(finished) => ExportPhase::Finished(finished),
            Err(Stop::Phase(phase)) => phase,
        }
    }

    async fn stream(&self, exporter: Arc<dyn Exporter>, request: ExportRequest) -> Result<Finished, Stop> {
        let at = request.at;
        let (open, query) = match request.what {
            ExportWhat::Filter { query, sort } => (Command::Open { query: query.clone(), sort, at }, query),
            ExportWhat::Rows(rows) => {
                let text = format!("{} marked rows", rows.len());
                (Command::OpenRows { rows, at }, text)
            }
        };
        let Reply::Opened(opened) = self.session.ask(open).await? else { return Err(unexpected()) };
        let cursor = opened.cursor;
        // The gaps that belong to the rows: those of the revision that the moment stood for.
        let coverage = at.map(|_| Moment::Revision(opened.revision));
        let rows = Rows { query, opened, coverage, limit: request.limit, columns: request.columns };
        let outcome = self.pages(exporter, request.target, request.raw, rows);
        let outcome = outcome.await;
        // Best effort: a session that is gone has no cursor to close.
        let _ = self.session.ask(Command::Close { cursor }).await;
        outcome
    }

    async fn pages(
        &self,
        exporter: Arc<dyn Exporter>,
        target: ExportTarget,
        raw: bool,
        asked: Rows,
    ) -> Result<Finished, Stop> {
        let (opened, columns) = (&asked.opened, &asked.columns);
        if !opened.bad.is_empty() {
            return Err(Stop::Phase(ExportPhase::BadFilter(opened.bad.clone())));
        }
        self.report.send_modify(|p| p.undecided = opened.undecided);
        let total = asked.limit.map_or(opened.total, |l| l.min(opened.total));
        self.report.send_modify(|p| p.total = Some(total));
        let destination = match target {
            ExportTarget::File { path, replace } => Destination::File { path, replace },
            ExportTarget::Stream(out) => Destination::Stream(out),
        };
        let properties = columns.is_empty() && exporter.name() != "csv" && exporter.name() != "table"
            || columns.iter().any(|c| {
                let payload = ["properties.", "property.", "prop."];
                c == "properties" || payload.iter().any(|head| c.starts_with(head))
            });
        let job = ExportJob { destination, columns: columns.clone(), raw };
        let format = exporter.name().to_owned();
        let mut writer = blocking(move || exporter.begin(job)).await??;
        let page =
            |start: u64, room| self.page(opened.cursor, start, PAGE.min(total - start), properties, room);
        let (mut start, mut unknown) = (0, 0);
        // Two batches take turns: one is read while the other one is written.
        let mut room = PackedRows::default();
        let mut rows = if total > 0 { page(0, PackedRows::default()).await? } else { PackedRows::default() };
        while start < total {
            if self.cancel.is_cancelled() {
                return Err(Stop::Phase(ExportPhase::Cancelled));
            }
            if rows.is_empty() {
                return Err(Stop::Phase(ExportPhase::Failed(format!(
                    "row {start} of {total} could not be read; nothing was exported"
                ))));
            }
            start += rows.len() as u64;
            unknown +=
                rows.iter().filter(|r| matches!(r.presence(), Presence::Unknown { .. })).count() as u64;
            let next =
                async { if start < total { page(start, room).await } else { Ok(PackedRows::default()) } };
            let written = blocking(move || write_page(writer, rows));
            let (next, written) = tokio::join!(next, written);
            (writer, room) = written??;
            rows = next?;
            let bytes = writer.bytes();
            self.report.send_modify(|p| {
                p.rows = start;
                p.unknown = unknown;
                p.bytes = bytes;
            });
        }
        let manifest = self.manifest(format, asked, start, unknown).await?;
        if self.cancel.is_cancelled() {
            return Err(Stop::Phase(ExportPhase::Cancelled));
        }
        Ok(blocking(move || writer.finish(manifest)).await??)
    }

    async fn page(
        &self,
        cursor: CursorId,
        start: u64,
        len: u64,
        properties: bool,
        room: PackedRows,
    ) -> Result<PackedRows, Stop> {
        let ask = self.session.ask(Command::Batch { cursor, start, len, properties, room });
        let reply = tokio::select! {
            reply = ask => reply?,
            () = self.cancel.cancelled() => return Err(Stop::Phase(ExportPhase::Cancelled)),
        };
        let Reply::Batch(rows) = reply else { return Err(unexpected()) };
        Ok(rows)
    }

    async fn manifest(&self, format: String, asked: Rows, rows: u64, unknown: u64) -> Result<Manifest, Stop> {
        let Reply::Health(health) =
            self.session.ask(Command::Health { at: asked.coverage, attempts: false }).await?
        else {
            return Err(unexpected());
        };
        let Reply::Overview(overview) = self.session.ask(Command::Overview).await? else {
            return Err(unexpected());
        };
        Ok(Manifest {
            query: asked.query,
            revision: asked.opened.revision,
            as_of: asked.opened.as_of,
            identity: self.identity.clone(),
            program: concat!("cloudscope ", env!("CARGO_PKG_VERSION")).to_owned(),
            format,
            columns: asked.columns,
            rows,
            unknown,
            undecided: asked.opened.undecided,
            gaps: gaps(&health),
            sha256: String::new(),
            demo: demo(&overview),
        })
    }
}

fn demo(overview: &Overview) -> bool {
    overview.demo
}

/// The scopes that were not read whole, each with its state and reason.
#[must_use]
pub fn gaps(health: &[ScopeHealth]) -> Vec<String> {
    health
        .iter()
        .filter(|h| h.coverage.state != CoverageState::Ok)
        .map(|h| match &h.coverage.error {
            Some(error) => format!("{}: {}: {error}", h.key, h.coverage.state),
            None => format!("{}: {}", h.key, h.coverage.state),
        })
        .collect()
}

fn write_page(
    mut writer: Box<dyn ExportWriter>,
    rows: PackedRows,
) -> Result<(Box<dyn ExportWriter>, PackedRows), ExportError> {
    writer.write(&rows)?;
    Ok((writer, rows))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Stop> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Stop::Phase(ExportPhase::Failed("the exporter failed; this is a defect".into())))
}

fn unexpected() -> Stop {
    Stop::Phase(ExportPhase::Failed("the engine gave an answer to another question; this is a defect".into()))
}
