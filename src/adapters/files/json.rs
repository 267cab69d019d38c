//! Reads JSON: an array of objects, an object that holds one, or one object. The text is kept as it
//! is and only one item at a time is taken apart, so a large file costs its own size and little more.

mod find;
pub(crate) use find::fields as find_fields;
pub(crate) mod lines;

use std::path::Path;

use cloudscope_domain::text::Visible;
use cloudscope_ports::{Fault, FaultKind};
use serde_json::{Value, value::RawValue};

use crate::{
    emit::Emitter,
    open::{fault, read_whole, show, text_bytes},
    rows::RowMapper,
    tools::Tools,
};

pub(crate) fn read(
    path: &Path,
    items: Option<&str>,
    tools: &Tools,
    rows: &mut RowMapper<'_>,
    emitter: &mut Emitter,
) -> Result<(), Fault> {
    let bytes = read_whole(path, tools.limits.whole_bytes)?;
    let text = utf8(path, text_bytes(path, &bytes)?)?;
    let root: &RawValue = serde_json::from_str(text).map_err(|e| json_fault(path, &e))?;
    let found = find::items(root, items)
        .map_err(|reason| fault(FaultKind::Malformed, format!("{}: {reason}", show(path))))?;
    if found.len() as u64 > tools.limits.rows {
        return Err(fault(
            FaultKind::TooLarge,
            format!("{} has {} items, more than {}; split it", show(path), found.len(), tools.limits.rows),
        ));
    }
    emitter.expect(found.len() as u64)?;
    let mut lines = Lines::new(text);
    for item in found {
        let line = lines.of(item.get());
        match serde_json::from_str::<Value>(item.get()) {
            Ok(Value::Object(row)) => match rows.map(row, line) {
                Ok(Some(sighting)) => emitter.upsert(sighting)?,
                Ok(None) => emitter.step()?,
                Err(refused) => {
                    emitter.problem(refused.class, &format!("{}:{line}: {}", show(path), refused.message))?;
                }
            },
            Ok(_) => emitter.problem(
                "not an object",
                &format!("{}:{line}: the item is not an object; only objects become assets", show(path)),
            )?,
            Err(e) => emitter.problem(
                "an object that cannot be read",
                &format!("{}:{line}: {}", show(path), reason(&e)),
            )?,
        }
    }
    Ok(())
}

/// Line numbers of parts of one text, asked for from front to back.
pub(crate) struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line on which `part` of the text starts.
    pub(crate) fn of(&mut self, part: &str) -> u64 {
        let start = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize).min(self.text.len());
        if start < self.at {
            (self.at, self.line) = (0, 1);
        }
        self.line += memchr::memchr_iter(b'\n', &self.text.as_bytes()[self.at..start]).count() as u64;
        self.at = start;
        self.line
    }
}

pub(crate) fn utf8<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, Fault> {
    std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..e.valid_up_to()]).count();
        fault(
            FaultKind::Malformed,
            format!("{}:{line}: the text is not UTF-8; save the file as UTF-8", show(path)),
        )
    })
}

/// What is wrong with a text that is not JSON, without the text itself: it may hold secrets.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let what = words.split(" at line ").next().unwrap_or_default();
    Visible(what).to_string()
}

pub(crate) fn json_fault(path: &Path, error: &serde_json::Error) -> Fault {
    let (line, column) = (error.line(), error.column());
    let path = show(path);
    let message = if error.is_eof() {
        format!(
            "{path} ends in the middle (line {line}, column {column}): it was cut off or is being written; nothing is concluded from it"
        )
    } else if reason(error) == "trailing characters" {
        format!(
            "{path} goes on behind its first JSON value (line {line}, column {column}); for one object a line set format=ndjson"
        )
    } else {
        format!("{path} is not JSON: {} (line {line}, column {column})", reason(error))
    };
    fault(FaultKind::Malformed, message)
}
