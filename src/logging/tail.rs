//! The newest lines of the log: of this process, in a bounded ring; of an earlier one, from its files.
//! Secrets are taken out and foreign text is made visible before a line is kept.

use std::{
    collections::VecDeque,
    fmt::{self, Write as _},
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use cloudscope_application::message::LogLine;
use cloudscope_domain::{Timestamp, redact::Redactor, text::visible};
use cloudscope_ports::Clock;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

/// Lines that are kept.
const LINES: usize = 2_000;
/// Characters of a line that are kept.
const CHARS: usize = 2_000;
/// Bytes at the end of a log file that are looked at.
const BYTES: u64 = 4 << 20;

/// The newest lines of this process.
pub(crate) struct Tail {
    lines: Mutex<VecDeque<LogLine>>,
    redactor: Redactor,
    clock: Arc<dyn Clock>,
}

impl Tail {
    pub(crate) fn new(redactor: Redactor, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { lines: Mutex::default(), redactor, clock })
    }

    /// The newest lines, oldest first, at most so many.
    pub(crate) fn newest(&self, limit: usize) -> Vec<LogLine> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.range(lines.len().saturating_sub(limit)..).cloned().collect()
    }

    fn keep(&self, line: LogLine) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

/// Fills the ring.
pub(super) struct Feed(pub(super) Arc<Tail>);

impl<S: Subscriber> Layer<S> for Feed {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let meta = event.metadata();
        self.0.keep(LogLine {
            at: self.0.clock.now(),
            level: meta.level().to_string(),
            target: clean(meta.target(), &self.0.redactor),
            text: clean(&text.whole(), &self.0.redactor),
        });
    }
}

fn clean(text: &str, redactor: &Redactor) -> String {
    let cut: String = text.chars().take(CHARS).collect();
    visible(&redactor.text(&cut).map_or_else(|| cut.clone(), Into::into)).into_owned()
}

/// The message, then the fields.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn add(&mut self, name: &str, value: fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = if name == "message" {
            write!(self.message, "{value}")
        } else {
            write!(self.fields, " {name}={value}")
        };
    }

    fn whole(self) -> String {
        (self.message + &self.fields).trim_start().to_owned()
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field.name(), format_args!("{value:?}"));
    }
}

/// The newest lines of the log files in a directory, oldest first, at most so many. A line that is no
/// line of ours is left out.
///
/// # Errors
/// When a file cannot be read; a directory that is not there has no lines.
pub(crate) fn of_files(dir: &Path, limit: usize) -> io::Result<Vec<LogLine>> {
    let mut files: Vec<_> = match std::fs::read_dir(dir) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?.into_iter().map(|e| e.path()).collect(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(e),
    };
    files.retain(|p| p.extension().is_some_and(|e| e == "jsonl"));
    // The date is in the name.
    files.sort();
    let mut lines: Vec<LogLine> = Vec::new();
    for path in files.iter().rev() {
        if lines.len() >= limit {
            break;
        }
        let mut older = end_of(path)?;
        older.extend(lines);
        lines = older;
    }
    Ok(lines.split_off(lines.len().saturating_sub(limit)))
}

fn end_of(path: &Path) -> io::Result<Vec<LogLine>> {
    let mut file = File::open(path)?;
    let from = file.metadata()?.len().saturating_sub(BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // What was cut in two at the beginning is no JSON, and falls out.
    Ok(text.lines().filter_map(parse).collect())
}

/// One line as the log's writer writes it.
fn parse(line: &str) -> Option<LogLine> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    let word = |key: &str| value.get(key)?.as_str();
    let mut text = Text::default();
    for (name, field) in value.get("fields")?.as_object()? {
        match field {
            serde_json::Value::String(s) => text.add(name, format_args!("{s}")),
            other => text.add(name, format_args!("{other}")),
        }
    }
    let shown = |text: &str| visible(&text.chars().take(CHARS).collect::<String>()).into_owned();
    Some(LogLine {
        at: word("timestamp")?.parse::<Timestamp>().ok()?,
        level: shown(word("level")?),
        target: shown(word("target").unwrap_or_default()),
        text: shown(&text.whole()),
    })
}

#[cfg(test)]
mod tests;
