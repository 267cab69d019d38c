//! The log: JSON lines in a rotated file of the data directory. Never on the screen, never a secret,
//! never a raw control character.

pub(crate) mod tail;

use std::{io, path::Path, sync::Arc};

use cloudscope_domain::redact::Redactor;
use miette::{Result, miette};
use tracing_appender::{
    non_blocking::WorkerGuard,
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, layer::SubscriberExt};

use tail::{Feed, Tail};

/// The folder of the log files in a data directory.
pub(crate) const FOLDER: &str = "logs";

/// Starts logging; the guard writes out what waits when it is dropped.
pub(crate) fn start(
    data_dir: &Path,
    level: &str,
    keep_days: usize,
    redactor: Redactor,
    tail: Arc<Tail>,
) -> Result<WorkerGuard> {
    let filter = EnvFilter::builder()
        // What a Kubernetes client has to say of its connections is said by the scope that failed.
        .parse(format!("{level},sled=warn,kube_client=off"))
        .map_err(|e| miette!("`{level}` is not a log level: {e}"))?;
    let dir = data_dir.join(FOLDER);
    make_private(data_dir).and_then(|()| make_private(&dir)).map_err(|e| {
        miette!(
            help = "choose another directory with --data-dir, or make this one writable",
            "cannot create {}: {e}",
            dir.display()
        )
    })?;
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("cloudscope")
        .filename_suffix("jsonl")
        .max_log_files(keep_days.clamp(1, 365))
        .build(&dir)
        .map_err(|e| miette!("cannot write a log in {}: {e}", dir.display()))?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let file = tracing_subscriber::fmt::layer().json().with_writer(Clean { inner: writer, redactor });
    let subscriber = tracing_subscriber::registry().with(filter).with(file).with(Feed(tail));
    tracing::subscriber::set_global_default(subscriber).map_err(|e| miette!("cannot start the log: {e}"))?;
    Ok(guard)
}

/// Creates a directory that only its owner may enter; refuses a symlink in its place.
fn make_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    match std::fs::symlink_metadata(dir) {
        // Nothing is made in a directory that the store is going to refuse.
        Ok(meta)
            if meta.is_dir()
                && (meta.mode() & 0o022 != 0 || meta.uid() != rustix::process::geteuid().as_raw()) =>
        {
            Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "others may write into it, or it is not yours",
            ))
        }
        Ok(meta) if meta.is_dir() => Ok(()),
        Ok(meta) if meta.is_symlink() => Err(io::Error::new(
            io::ErrorKind::NotADirectory,
            "it is a symbolic link; name the directory itself",
        )),
        Ok(_) => {
            Err(io::Error::new(io::ErrorKind::NotADirectory, "something else than a directory is there"))
        }
        Err(_) => std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir),
    }
}

/// Cleans each line before it is written.
struct Clean<W> {
    inner: W,
    redactor: Redactor,
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Clean<W> {
    type Writer = Line<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { out: self.inner.make_writer(), redactor: self.redactor.clone(), text: Vec::new() }
    }
}

/// One line: gathered, cleaned, written whole when dropped.
struct Line<W: io::Write> {
    out: W,
    redactor: Redactor,
    text: Vec<u8>,
}

impl<W: io::Write> io::Write for Line<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: io::Write> Drop for Line<W> {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        let clean = self.redactor.text(&text).map_or(text, Into::into);
        // A log that cannot be written is no reason to fail.
        let _ = self.out.write_all(crate::escape::escape(&clean).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use io::Write;

    #[test]
    fn a_line_loses_secrets_and_controls() {
        let mut out = Vec::new();
        {
            let mut line = Line { out: &mut out, redactor: Redactor::new([7; 32]), text: Vec::new() };
            line.write_all("{\"message\":\"key AKIAIOSFODNN7EXAMPLE a\u{202e}b\"}\n".as_bytes()).unwrap();
        }
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains("AKIAIOSFODNN7EXAMPLE") && !text.contains('\u{202e}'), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    }
}
