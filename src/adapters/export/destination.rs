//! Where the bytes of an export go: a file that appears whole beside its manifest, or a stream. Every
//! format writes here; buffering, counting and the SHA-256 happen once, on the way. Knows no format.

mod staged;
mod temp;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use cloudscope_ports::{Destination, ExportError, Finished, Manifest};
use sha2::{Digest, Sha256};

use staged::Staged;

/// Bytes held back before they are hashed and written: large enough that a call costs nothing.
pub(crate) const BUFFER: usize = 64 * 1024;

/// The bytes of one export on their way. Dropping it leaves no file.
pub(crate) struct Output {
    raw: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    hasher: Sha256,
    bytes: u64,
    /// Set by the first failed write: what follows can only be wrong.
    failed: bool,
    file: Option<Staged>,
}

impl Output {
    /// Opens the destination: for a file, a hidden one beside it that only this user may read.
    pub(crate) fn open(destination: Destination) -> Result<Self, ExportError> {
        match destination {
            Destination::Stream(raw) => Ok(Self::new(raw, None)),
            Destination::File { path, replace } => {
                let (staged, file) = Staged::begin(path, replace)?;
                Ok(Self::new(Box::new(file), Some(staged)))
            }
        }
    }

    fn new(raw: Box<dyn Write + Send>, file: Option<Staged>) -> Self {
        let buffer = Vec::with_capacity(BUFFER + 4096);
        Self { raw, buffer, hasher: Sha256::new(), bytes: 0, failed: false, file }
    }

    /// Bytes taken so far, those that still wait in the buffer included.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The failure of a write, in words.
    pub(crate) fn error(&self, error: &io::Error) -> ExportError {
        match &self.file {
            Some(staged) => staged.error(error),
            None if error.kind() == io::ErrorKind::BrokenPipe => ExportError::Closed,
            None => ExportError::Io { path: "the output stream".to_owned(), reason: staged::reason(error) },
        }
    }

    fn drain(&mut self) -> io::Result<()> {
        if self.failed {
            return Err(io::Error::other("an earlier write failed"));
        }
        self.hasher.update(&self.buffer);
        let written = self.raw.write_all(&self.buffer);
        self.failed = written.is_err();
        self.buffer.clear();
        written
    }

    /// Lets somebody append, without a copy in between.
    pub(crate) fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let before = self.buffer.len();
        write(&mut self.buffer);
        self.bytes += self.buffer.len().saturating_sub(before) as u64;
        if self.buffer.len() >= BUFFER { self.drain() } else { Ok(()) }
    }

    /// Ends it. For a file: data and manifest are made durable, then the manifest gets its name, then
    /// the data gets its own (see [`Staged::commit`]). `manifest.sha256` is filled in here.
    pub(crate) fn finish(mut self, mut manifest: Manifest) -> Result<Finished, ExportError> {
        let flushed = self.drain().and_then(|()| self.raw.flush());
        flushed.map_err(|e| self.error(&e))?;
        let sha256 = hex(&std::mem::take(&mut self.hasher).finalize());
        manifest.sha256.clone_from(&sha256);
        let bytes = self.bytes;
        let Some(staged) = self.file.take() else {
            return Ok(Finished { path: None, manifest: None, bytes, sha256 });
        };
        let path = staged.path().to_owned();
        let manifest = staged.commit(&manifest)?;
        Ok(Finished { path: Some(path), manifest: Some(manifest), bytes, sha256 })
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(|buffer| buffer.extend_from_slice(bytes))?;
        Ok(bytes.len())
    }

    /// Does nothing: what is buffered leaves when there is enough of it, or at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
