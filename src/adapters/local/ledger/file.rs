//! The file of the call ledger: opened safely, appended to, rotated by size, read back at the start.
//!
//! Knows nothing of threads. A write that fails half-way is cut off again, so that every line in the
//! file is whole.

use std::{
    fs::{self, File},
    io::{self, BufRead, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use cloudscope_domain::text::visible;
use cloudscope_ports::CallRecord;
use rustix::{
    fs::{FileType, Mode, OFlags, fchmod, fstat, open},
    io::Errno,
};

/// A file that reached this size is put aside.
pub(super) const SIZE_LIMIT: u64 = 8 << 20;
/// So many files are kept aside: `calls.1.ndjson` is the newest of them.
pub(super) const OLD_FILES: u32 = 4;
/// No line is longer; a longer one is none of ours.
const LINE_LIMIT: u64 = 64 << 10;
/// Bytes read back at the start.
const READ_BACK: u64 = 1 << 20;

#[derive(Debug)]
pub(super) struct LedgerFile {
    dir: PathBuf,
    size_limit: u64,
    old_files: u32,
    /// The open file and its length.
    file: Option<(File, u64)>,
}

fn path(dir: &Path, age: u32) -> PathBuf {
    dir.join(if age == 0 { "calls.ndjson".to_owned() } else { format!("calls.{age}.ndjson") })
}

/// Reads every call on disk, oldest first, until `visit` returns `false`, and says whether it did not.
/// What cannot be read is left out. Files that are put aside meanwhile are read once all the same.
pub(super) fn scan(dir: &Path, old_files: u32, visit: &mut dyn FnMut(&CallRecord) -> bool) -> bool {
    let mut files: Vec<(u64, File)> = Vec::new();
    // Newest first: a file that is put aside between two steps is met again, never missed.
    for age in 0..=old_files {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let Ok(fd) = open(path(dir, age), flags, Mode::empty()) else { continue };
        let Ok(stat) = fstat(&fd) else { continue };
        let inode = stat.st_ino;
        if !files.iter().any(|(known, _)| *known == inode) {
            files.push((inode, File::from(fd)));
        }
    }
    for (_, file) in files.into_iter().rev() {
        let mut lines = io::BufReader::with_capacity(256 << 10, file);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut lines).take(LINE_LIMIT).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
            if let Ok(call) = serde_json::from_slice::<CallRecord>(&line)
                && !visit(&call)
            {
                return false;
            }
        }
    }
    true
}

impl LedgerFile {
    pub(super) fn new(dir: &Path, size_limit: u64, old_files: u32) -> Self {
        Self { dir: dir.to_owned(), size_limit, old_files, file: None }
    }

    fn path(&self, age: u32) -> PathBuf {
        path(&self.dir, age)
    }

    /// Opens the file, makes it if need be, and ends a line that a killed process left half written.
    pub(super) fn open(&mut self) -> io::Result<()> {
        if let Some((file, _)) = &self.file
            && fstat(file)?.st_nlink > 0
        {
            return Ok(());
        }
        self.file = None;
        let path = self.path(0);
        let shown = visible(&path.to_string_lossy()).into_owned();
        let flags = OFlags::RDWR
            | OFlags::APPEND
            | OFlags::CREATE
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::CLOEXEC;
        let fd = open(&path, flags, Mode::RUSR | Mode::WUSR).map_err(|e| match e {
            Errno::LOOP => io::Error::other(format!("{shown} is a symbolic link; remove it")),
            other => {
                let e = io::Error::from(other);
                io::Error::new(e.kind(), format!("{shown}: {e}"))
            }
        })?;
        let stat = fstat(&fd)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(io::Error::other(format!("{shown} is not a regular file; remove it")));
        }
        if stat.st_uid != rustix::process::geteuid().as_raw() {
            return Err(io::Error::other(format!("{shown} belongs to user {}; remove it", stat.st_uid)));
        }
        if Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO) {
            fchmod(&fd, Mode::RUSR | Mode::WUSR)?;
        }
        let mut file = File::from(fd);
        let mut length = file.seek(SeekFrom::End(0))?;
        if length > 0 {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
                length += 1;
            }
        }
        self.file = Some((file, length));
        Ok(())
    }

    /// Appends whole lines.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.open()?;
        if let Some((_, length)) = &self.file
            && *length > 0
            && *length + lines.len() as u64 > self.size_limit
        {
            self.rotate()?;
            self.open()?;
        }
        let Some((file, length)) = &mut self.file else {
            return Err(io::Error::other("the file is not open"));
        };
        match file.write_all(lines) {
            Ok(()) => {
                *length += lines.len() as u64;
                Ok(())
            }
            Err(e) => {
                // Whether or not the cut succeeds, `open` ends a half line before the next append.
                let _ = file.set_len(*length);
                self.file = None;
                Err(e)
            }
        }
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.file = None;
        for age in (0..self.old_files).rev() {
            match fs::rename(self.path(age), self.path(age + 1)) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        Ok(())
    }

    /// The newest calls that are on disk, oldest first. What cannot be read is left out: this only
    /// serves a screen.
    pub(super) fn newest(&self, limit: usize) -> Vec<CallRecord> {
        let mut calls = Vec::new();
        for age in [1, 0] {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let Ok(fd) = open(self.path(age), flags, Mode::empty()) else { continue };
            let mut file = File::from(fd);
            let mut bytes = Vec::new();
            let read = file
                .seek(SeekFrom::End(0))
                .and_then(|end| file.seek(SeekFrom::Start(end.saturating_sub(READ_BACK))))
                .and_then(|_| (&mut file).take(READ_BACK).read_to_end(&mut bytes));
            if read.is_err() {
                continue;
            }
            // A first line that was cut in two does not parse, and is left out by that.
            calls.extend(
                bytes
                    .split(|b| *b == b'\n')
                    .filter_map(|line| serde_json::from_slice::<CallRecord>(line).ok()),
            );
        }
        let surplus = calls.len().saturating_sub(limit);
        calls.drain(..surplus);
        calls
    }
}
