//! Files appear whole or not at all, never over another, never through a link, readable by one user.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use cloudscope_ports::{
    Destination, ExportError, ExportJob, ExportWriter, Exporter as _, Finished, Manifest,
};
use sha2::{Digest as _, Sha256};

use super::{Output, hex, staged::Staged};
use crate::{
    Ndjson, exporters,
    formats::tests::{manifest, row},
};

fn begin(path: &Path, replace: bool) -> Result<Box<dyn ExportWriter>, ExportError> {
    Ndjson.begin(ExportJob {
        destination: Destination::File { path: path.to_owned(), replace },
        columns: Vec::new(),
        raw: false,
    })
}

fn export(path: &Path, replace: bool) -> Result<Finished, ExportError> {
    let mut writer = begin(path, replace)?;
    writer.write(&[row("a"), row("b")].iter().collect())?;
    writer.finish(manifest())
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_format_leaves_data_and_a_manifest_that_fits_it() {
    let dir = tempfile::tempdir().unwrap();
    for exporter in exporters() {
        let path = dir.path().join(format!("out.{}", exporter.extension()));
        let job = ExportJob {
            destination: Destination::File { path: path.clone(), replace: false },
            columns: Vec::new(),
            raw: false,
        };
        let mut writer = exporter.begin(job).unwrap();
        for i in 0..2_000 {
            writer.write(&[row(&format!("n{i}"))].iter().collect()).unwrap();
        }
        let done = writer.finish(manifest()).unwrap();
        let data = fs::read(&path).unwrap();
        assert_eq!(done.path.as_deref(), Some(path.as_path()));
        assert_eq!(done.bytes, data.len() as u64);
        assert_eq!(done.sha256, hex(&Sha256::digest(&data)));
        let beside = done.manifest.unwrap();
        assert_eq!(beside, dir.path().join(format!("out.{}.manifest.json", exporter.extension())));
        let text = fs::read_to_string(&beside).unwrap();
        assert!(!text.contains('\u{202e}'));
        let read: Manifest = serde_json::from_str(&text).unwrap();
        assert_eq!((read.sha256, read.rows, read.format), (done.sha256, 2_000, exporter.name().to_owned()));
        assert_eq!(read.query, manifest().query);
        assert!(!read.columns.is_empty());
        for file in [&path, &beside] {
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    assert_eq!(names(dir.path()).len(), exporters().len() * 2);
}

#[test]
fn dropped_it_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = begin(&dir.path().join("x.ndjson"), false).unwrap();
    writer.write(&vec![row("a"); 1_000].iter().collect()).unwrap();
    assert_eq!(names(dir.path()).len(), 1, "the hidden file only");
    drop(writer);
    assert_eq!(names(dir.path()), [""; 0]);
}

#[test]
fn a_panic_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.ndjson");
    let result = std::thread::spawn(move || {
        let _writer = begin(&path, false).unwrap();
        std::panic::resume_unwind(Box::new("boom"));
    })
    .join();
    assert!(result.is_err());
    assert_eq!(names(dir.path()), [""; 0]);
}

#[test]
fn nothing_is_overwritten_unasked() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.ndjson");
    fs::write(&path, "mine").unwrap();
    assert!(matches!(export(&path, false), Err(ExportError::Exists(_))));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    export(&path, true).unwrap();
    assert!(fs::read_to_string(&path).unwrap().starts_with('{'));
    assert_eq!(names(dir.path()), ["x.ndjson", "x.ndjson.manifest.json"]);
}

#[test]
fn a_file_that_appears_meanwhile_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.ndjson");
    for late in ["x.ndjson", "x.ndjson.manifest.json"] {
        let writer = begin(&path, false).unwrap();
        fs::write(dir.path().join(late), "mine").unwrap();
        assert!(matches!(writer.finish(manifest()), Err(ExportError::Exists(_))), "{late}");
        assert_eq!(names(dir.path()), [late]);
        assert_eq!(fs::read_to_string(dir.path().join(late)).unwrap(), "mine");
        fs::remove_file(dir.path().join(late)).unwrap();
    }
}

#[test]
fn a_manifest_of_another_export_is_not_overwritten_unasked() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("x.ndjson.manifest.json"), "mine").unwrap();
    assert!(matches!(export(&dir.path().join("x.ndjson"), false), Err(ExportError::Exists(_))));
    assert_eq!(names(dir.path()), ["x.ndjson.manifest.json"]);
}

#[test]
fn when_the_data_cannot_be_named_the_old_manifest_is_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.ndjson");
    export(&path, false).unwrap();
    let before = fs::read(dir.path().join("x.ndjson.manifest.json")).unwrap();
    let mut writer = begin(&path, true).unwrap();
    writer.write(&[row("other")].iter().collect()).unwrap();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(writer.finish(manifest()), Err(ExportError::Io { .. })));
    assert_eq!(fs::read(dir.path().join("x.ndjson.manifest.json")).unwrap(), before);
    assert_eq!(names(dir.path()), ["x.ndjson", "x.ndjson.manifest.json"]);
}

#[test]
fn a_link_is_neither_followed_nor_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let victim = dir.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let path = dir.path().join("x.ndjson");
    for trap in [path.clone(), dir.path().join("x.ndjson.manifest.json")] {
        symlink(&victim, &trap).unwrap();
        assert!(matches!(export(&path, false), Err(ExportError::Exists(_))));
        let refused = export(&path, true).unwrap_err().to_string();
        assert!(refused.contains("symbolic link"), "{refused}");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert!(fs::symlink_metadata(&trap).unwrap().is_symlink());
        fs::remove_file(&trap).unwrap();
    }
    // A link that appears once writing began is replaced at most, never written through.
    let writer = begin(&path, true).unwrap();
    symlink(&victim, &path).unwrap();
    writer.finish(manifest()).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
}

#[test]
fn what_is_wrong_with_the_place_is_said() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let check = |path: &str, expected: &str| {
        let message = export(&dir.path().join(path), true).unwrap_err().to_string();
        assert!(message.contains(expected), "{path}: {message}");
    };
    check("none/x.csv", "the directory does not exist");
    check("file/x.csv", "is not one");
    check("", "directory");
    check("..", "not the name of a file");
    check("new/", "directory");
    check(&"n".repeat(300), "too long");
    rustix::fs::mkfifoat(rustix::fs::CWD, dir.path().join("pipe"), rustix::fs::Mode::RWXU).unwrap();
    check("pipe", "not a regular file");
    assert_eq!(names(dir.path()), ["file", "pipe"]);
}

struct Failing {
    room: usize,
    kind: io::ErrorKind,
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return Err(self.kind.into());
        }
        let taken = bytes.len().min(self.room);
        self.room -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_said_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (staged, _file) = Staged::begin(dir.path().join("x.csv"), false).unwrap();
    let full = Failing { room: 100, kind: io::ErrorKind::StorageFull };
    let mut output = Output::new(Box::new(full), Some(staged));
    let error = output.write_all(&vec![b'x'; super::BUFFER * 2]).unwrap_err();
    let message = output.error(&error).to_string();
    assert!(message.contains("x.csv: no space is left"), "{message}");
    assert!(output.finish(manifest()).is_err(), "what failed once never becomes a file");
    assert_eq!(names(dir.path()), [""; 0]);
}

#[test]
fn a_reader_that_went_away_is_not_an_error_to_report() {
    for exporter in exporters() {
        for room in [0, 10, 100_000] {
            let closed = Failing { room, kind: io::ErrorKind::BrokenPipe };
            let job = ExportJob {
                destination: Destination::Stream(Box::new(closed)),
                columns: Vec::new(),
                raw: false,
            };
            let result = exporter.begin(job).and_then(|mut writer| {
                for i in 0..2_000 {
                    writer.write(&[row(&format!("n{i}"))].iter().collect())?;
                }
                writer.finish(manifest())
            });
            assert!(matches!(result, Err(ExportError::Closed)), "{} {room} {result:?}", exporter.name());
        }
    }
}
