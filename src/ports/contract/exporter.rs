//! What every `Exporter` promises: whole or not at all, nothing replaced unasked, no leftovers, a
//! manifest that tells the truth, and rows that can be read back.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite fails by panicking")]

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use cloudscope_domain::{AssetRow, PackedRows, Revision};

use super::sample;
use crate::{Destination, ExportError, ExportJob, Exporter, Manifest};

/// The place where an exporter's files are.
pub trait Place {
    /// Every file there, also hidden and temporary ones.
    fn list(&self) -> Vec<PathBuf>;
    /// The content of a file.
    fn read(&self, path: &Path) -> Option<Vec<u8>>;
    /// Puts a file there.
    fn put(&self, path: &Path, content: &[u8]);
    /// The name of a file in this place.
    fn path(&self, name: &str) -> PathBuf;
}

/// An empty directory of this machine.
pub struct Directory(pub PathBuf);

impl Place for Directory {
    fn list(&self) -> Vec<PathBuf> {
        let mut all: Vec<_> = std::fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().path()).collect();
        all.sort();
        all
    }

    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        std::fs::read(path).ok()
    }

    fn put(&self, path: &Path, content: &[u8]) {
        std::fs::write(path, content).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// The `id` and `name` cells of each row, in order.
pub type Cells = Vec<(String, String)>;

/// An exporter to try.
pub struct Subject<'a> {
    /// The exporter.
    pub exporter: &'a dyn Exporter,
    /// Where its files go; empty.
    pub place: &'a dyn Place,
    /// Reads back the `id` and `name` cells of the data, in order.
    pub parse: &'a dyn Fn(&[u8]) -> Cells,
    /// SHA-256 of some bytes in lower-case hex.
    pub sha256: &'a dyn Fn(&[u8]) -> String,
}

/// Round trip, atomic appearance, refusal to overwrite, truth of the manifest, streams.
pub fn suite(subject: &Subject<'_>) {
    round_trip(subject);
    nothing_left_when_dropped(subject);
    never_overwrites_unasked(subject);
    streams(subject);
}

fn job(destination: Destination) -> ExportJob {
    let columns = ["id", "name", "kind", "tags.env"].map(str::to_owned).to_vec();
    ExportJob { destination, columns, raw: true }
}

fn manifest(exporter: &dyn Exporter, rows: u64) -> Manifest {
    Manifest {
        query: "kind:test.sample \"quoted\"".into(),
        revision: Revision(7),
        as_of: sample::time(7),
        identity: "someone@here".into(),
        program: "cloudscope 0".into(),
        format: exporter.name().into(),
        columns: job(Destination::Stream(Box::new(io::sink()))).columns,
        rows,
        unknown: 2,
        undecided: 5,
        gaps: vec!["aws denied".into()],
        sha256: String::new(),
        demo: false,
    }
}

fn rows(from: usize, to: usize) -> Vec<AssetRow> {
    let names = ["plain", "comma, \"quote\"", "tab\tand space ", "ü名", "semi;colon", "'single'", "pipe|"];
    (from..to).map(|n| sample::row(&format!("id-{n:05}"), names[n % names.len()])).collect()
}

fn packed(from: usize, to: usize) -> PackedRows {
    rows(from, to).iter().collect()
}

fn cells(rows: &[AssetRow]) -> Cells {
    rows.iter().map(|r| (r.id.to_string(), r.name.to_string())).collect()
}

fn round_trip(s: &Subject<'_>) {
    for (name, count) in [("none", 0), ("one", 1), ("many", 2500)] {
        let path = s.place.path(&format!("{name}.{}", s.exporter.extension()));
        let mut writer =
            s.exporter.begin(job(Destination::File { path: path.clone(), replace: false })).unwrap();
        let all = rows(0, count);
        for chunk in all.chunks(700) {
            writer.write(&chunk.iter().collect()).unwrap();
            assert_eq!(s.place.read(&path), None, "the file appears only when it is whole");
        }
        let finished = writer.finish(manifest(s.exporter, count as u64)).unwrap();
        let data = s.place.read(&path).unwrap();
        assert_eq!((s.parse)(&data), cells(&all), "{name}: the rows can be read back");
        assert_eq!(finished.path.as_deref(), Some(&*path), "{name}: the file has its name");
        assert_eq!(finished.bytes, data.len() as u64, "{name}: the bytes are counted");
        assert_eq!(finished.sha256, (s.sha256)(&data), "{name}: the hash is of the data");
        let beside = PathBuf::from(format!("{}.manifest.json", path.display()));
        assert_eq!(finished.manifest.as_deref(), Some(&*beside), "{name}: the manifest is beside it");
        let written: Manifest = serde_json::from_slice(&s.place.read(&beside).unwrap()).unwrap();
        let expected = Manifest { sha256: finished.sha256, ..manifest(s.exporter, count as u64) };
        assert_eq!(written, expected, "{name}: the manifest says what was exported");
    }
    assert_eq!(s.place.list().len(), 6, "three files, three manifests, nothing else: {:?}", s.place.list());
}

fn nothing_left_when_dropped(s: &Subject<'_>) {
    let before = s.place.list();
    let path = s.place.path("dropped");
    for count in [0, 3000] {
        let mut writer =
            s.exporter.begin(job(Destination::File { path: path.clone(), replace: true })).unwrap();
        writer.write(&packed(0, count)).unwrap();
        drop(writer);
        assert_eq!(s.place.list(), before, "an export that was dropped leaves nothing behind");
    }
}

fn never_overwrites_unasked(s: &Subject<'_>) {
    let path = s.place.path("precious");
    s.place.put(&path, b"precious");
    let refused = s.exporter.begin(job(Destination::File { path: path.clone(), replace: false }));
    assert!(matches!(refused, Err(ExportError::Exists(_))), "an existing file is not overwritten unasked");
    assert_eq!(s.place.read(&path).unwrap(), b"precious");

    // The file comes into being while the export runs.
    let late = s.place.path("late");
    let mut writer = s.exporter.begin(job(Destination::File { path: late.clone(), replace: false })).unwrap();
    writer.write(&packed(0, 2)).unwrap();
    s.place.put(&late, b"somebody else's");
    match writer.finish(manifest(s.exporter, 2)) {
        Err(ExportError::Exists(_)) => {}
        other => panic!("a file that appeared meanwhile must not be overwritten, not {other:?}"),
    }
    assert_eq!(s.place.read(&late).unwrap(), b"somebody else's");

    let mut writer = s.exporter.begin(job(Destination::File { path: path.clone(), replace: true })).unwrap();
    writer.write(&packed(0, 2)).unwrap();
    assert_eq!(s.place.read(&path).unwrap(), b"precious", "the old file stays until the new one is whole");
    writer.finish(manifest(s.exporter, 2)).unwrap();
    assert_eq!((s.parse)(&s.place.read(&path).unwrap()), cells(&rows(0, 2)));
}

#[derive(Clone, Default)]
struct Pipe {
    data: Arc<Mutex<Vec<u8>>>,
    closed_after: Option<usize>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        if self.closed_after.is_some_and(|n| data.len() >= n) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        data.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn streams(s: &Subject<'_>) {
    let before = s.place.list();
    let pipe = Pipe::default();
    let mut writer = s.exporter.begin(job(Destination::Stream(Box::new(pipe.clone())))).unwrap();
    writer.write(&packed(0, 900)).unwrap();
    let finished = writer.finish(manifest(s.exporter, 900)).unwrap();
    let data = pipe.data.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!((s.parse)(&data), cells(&rows(0, 900)), "a stream carries the same rows");
    assert_eq!((finished.path, finished.manifest), (None, None), "a stream has no file and no manifest");
    assert_eq!(finished.sha256, (s.sha256)(&data));

    let closed = Pipe { closed_after: Some(1000), ..Pipe::default() };
    let mut writer = s.exporter.begin(job(Destination::Stream(Box::new(closed)))).unwrap();
    let mut result = Ok(());
    for n in 0..50 {
        result = writer.write(&packed(n * 1000, (n + 1) * 1000));
        if result.is_err() {
            break;
        }
    }
    let outcome = result.and_then(|()| writer.finish(manifest(s.exporter, 1)).map(drop));
    assert!(
        matches!(outcome, Err(ExportError::Closed)),
        "a reader that went away is told apart: {outcome:?}"
    );
    assert_eq!(s.place.list(), before, "a stream touches no file");
}
