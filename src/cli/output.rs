//! Standard output and the exit code: a closed pipe is quiet, JSON never carries a raw control byte.

use std::io::{self, Write};

use miette::{Result, miette};
use serde::Serialize;

use super::{ListFormat, table::Table};
use crate::escape::escape;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: all well.
    Well,
    /// 1: failed.
    Failed,
    /// 2: the command line or a filter is wrong.
    Usage,
    /// 3: something could not be read.
    Gaps,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Well => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Gaps => 3,
        })
    }
}

/// Writes text to standard output; says `false` when nobody reads it any more.
pub(crate) fn print(text: &str) -> Result<bool> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(e) => Err(miette!("cannot write to standard output: {e}")),
    }
}

/// Writes one line to standard error; a closed one is not worth a failure.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", cloudscope_domain::text::visible(text));
}

/// A value as JSON whose text carries no control, BiDi or invisible character as itself.
pub(crate) fn json<T: Serialize>(value: &T, pretty: bool) -> Result<String> {
    let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    Ok(escape(&text.map_err(|e| miette!("cannot write JSON: {e}; this is a defect"))?))
}

/// Prints a list in the format asked for.
pub(crate) fn list<T: Serialize>(
    items: &[T],
    format: ListFormat,
    table: impl FnOnce() -> Table,
) -> Result<()> {
    match format {
        ListFormat::Json => {
            print(&(json(&items, true)? + "\n"))?;
        }
        ListFormat::Ndjson => {
            for item in items {
                if !print(&(json(item, false)? + "\n"))? {
                    break;
                }
            }
        }
        ListFormat::Table => {
            print(&table().render())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_lossless_and_harmless() {
        let hostile = "a\u{202e}b\u{9b}c\x1b[2J\u{e0001}";
        let text = json(&hostile, false).unwrap();
        assert!(text.is_ascii(), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
    }
}
