//! An exporter whose files are in memory: one JSON object a line. It keeps the promises of the port
//! (whole or not at all, nothing replaced unasked, a manifest beside the data) without a disk.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use cloudscope_domain::{AssetRow, PackedRow, PackedRows};
use cloudscope_ports::{Destination, ExportError, ExportJob, ExportWriter, Exporter, Finished, Manifest};
use sha2::{Digest, Sha256};

use crate::lock;

type Files = Arc<Mutex<BTreeMap<PathBuf, Vec<u8>>>>;

/// Writes JSON lines into files that are in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryExporter {
    files: Files,
}

impl MemoryExporter {
    /// Holds no file yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The content of a file.
    #[must_use]
    pub fn file(&self, path: &Path) -> Option<Vec<u8>> {
        lock(&self.files).get(path).cloned()
    }

    /// Puts a file there, as if another program had.
    pub fn put(&self, path: &Path, content: &[u8]) {
        lock(&self.files).insert(path.to_owned(), content.to_vec());
    }

    /// The names of all files.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        lock(&self.files).keys().cloned().collect()
    }
}

enum Target {
    File { files: Files, path: PathBuf, replace: bool, content: Vec<u8> },
    Stream(Box<dyn Write + Send>),
}

struct Writer {
    target: Target,
    properties: bool,
    hash: Sha256,
    bytes: u64,
}

fn io(path: &str, error: &dyn std::fmt::Display) -> ExportError {
    ExportError::Io { path: path.to_owned(), reason: error.to_string() }
}

fn stream_error(error: &std::io::Error) -> ExportError {
    if error.kind() == std::io::ErrorKind::BrokenPipe { ExportError::Closed } else { io("the stream", error) }
}

impl Exporter for MemoryExporter {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn extension(&self) -> &'static str {
        "ndjson"
    }

    fn begin(&self, job: ExportJob) -> Result<Box<dyn ExportWriter>, ExportError> {
        let target = match job.destination {
            Destination::File { path, replace } => {
                if !replace && lock(&self.files).contains_key(&path) {
                    return Err(ExportError::Exists(path.display().to_string()));
                }
                Target::File { files: Arc::clone(&self.files), path, replace, content: Vec::new() }
            }
            Destination::Stream(stream) => Target::Stream(stream),
        };
        let properties = job.columns.iter().any(|c| c == "properties");
        Ok(Box::new(Writer { target, properties, hash: Sha256::new(), bytes: 0 }))
    }
}

impl ExportWriter for Writer {
    fn write(&mut self, rows: &PackedRows) -> Result<(), ExportError> {
        for mut row in rows.iter().map(PackedRow::to_row) {
            if !self.properties {
                row = AssetRow { properties: None, ..row };
            }
            let mut line = serde_json::to_vec(&row).map_err(|e| io("memory", &e))?;
            line.push(b'\n');
            self.hash.update(&line);
            self.bytes += line.len() as u64;
            match &mut self.target {
                Target::File { content, .. } => content.extend(line),
                Target::Stream(stream) => stream.write_all(&line).map_err(|e| stream_error(&e))?,
            }
        }
        Ok(())
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn finish(self: Box<Self>, mut manifest: Manifest) -> Result<Finished, ExportError> {
        manifest.sha256 = self.hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        let mut finished =
            Finished { path: None, manifest: None, bytes: self.bytes, sha256: manifest.sha256.clone() };
        match self.target {
            Target::Stream(mut stream) => stream.flush().map_err(|e| stream_error(&e))?,
            Target::File { files, path, replace, content } => {
                let beside = PathBuf::from(format!("{}.manifest.json", path.display()));
                let text = serde_json::to_vec_pretty(&manifest).map_err(|e| io("memory", &e))?;
                let mut files = lock(&files);
                if !replace && files.contains_key(&path) {
                    return Err(ExportError::Exists(path.display().to_string()));
                }
                files.insert(path.clone(), content);
                files.insert(beside.clone(), text);
                finished.path = Some(path);
                finished.manifest = Some(beside);
            }
        }
        Ok(finished)
    }
}
