//! The mark of a clean close: how large every file of the engine is and when the system last saw it written to.
//! While it matches, the files are the ones that were closed, and the store may be opened without looking at it
//! first. It does not look into the files, so that opening costs the same however large they are; what rots on the
//! disk without the system's knowledge is found by the checksum of each value when it is read.

use std::{
    fmt::Write,
    os::unix::fs::MetadataExt,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use cloudscope_ports::StoreError;

use crate::{
    directory::{CLEAN, Directory, HEAD, files_below},
    error::from_io,
    generation::Generation,
};

/// The first line of the mark.
const FIRST: &str = "cloudscope-clean 3";
/// Two changes of a file this far apart never bear the same time: the system's clock for files ticks more often.
const TICK: Duration = Duration::from_millis(20);

/// What the system says of the files.
struct Files {
    text: String,
    /// When the newest of them changed, in nanoseconds since 1970.
    newest: i128,
    /// Times have parts of a second.
    fine: bool,
}

/// More files than this that were written are flushed with the whole file system.
const FEW: usize = 16;

/// Has what was written to the files since then on the disk: the engine does not flush all of them, and after a power
/// cut their times would still be those of the mark.
fn flush(root: &Path, since: SystemTime) -> std::io::Result<()> {
    let mut written = Vec::new();
    for (path, _) in files_below(root)? {
        let path = root.join(path);
        if std::fs::symlink_metadata(&path)?.modified()? >= since {
            written.push(path);
        }
    }
    if written.len() > FEW {
        #[cfg(target_os = "linux")]
        return Ok(rustix::fs::syncfs(std::fs::File::open(root)?)?);
    }
    written.iter().try_for_each(|path| std::fs::File::open(path)?.sync_data())
}

/// Leaves the mark, when what was written since then is on the disk. Where the file system tells whole seconds only,
/// none is left: a change within the same second would not be seen.
pub(crate) fn mark(
    directory: &Directory,
    generation: Generation,
    since: SystemTime,
) -> Result<(), StoreError> {
    let name = generation.name();
    flush(&directory.path().join(&name), since).map_err(|e| from_io(&name, &e))?;
    let files = describe(directory, generation)?;
    if !files.fine {
        return Ok(());
    }
    // Whoever changes a file from here on leaves another time than the one in the mark.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let passed = i128::try_from(now).unwrap_or(i128::MAX) - files.newest;
    let tick = i128::try_from(TICK.as_nanos()).unwrap_or(0);
    if (-tick..tick).contains(&passed) {
        std::thread::sleep(TICK);
    }
    directory.replace(CLEAN, files.text.as_bytes())
}

/// Takes the mark away, and says whether the files are the ones that were closed.
pub(crate) fn take(directory: &Directory, generation: Generation) -> Result<bool, StoreError> {
    let same = holds(directory, generation)?;
    directory.remove(CLEAN)?;
    Ok(same)
}

/// Whether the files are the ones that were closed.
pub(crate) fn holds(directory: &Directory, generation: Generation) -> Result<bool, StoreError> {
    let Some(content) = directory.read(CLEAN)? else { return Ok(false) };
    Ok(describe(directory, generation).is_ok_and(|files| files.text.as_bytes() == content))
}

/// Takes the mark away.
pub(crate) fn discard(directory: &Directory) -> Result<(), StoreError> {
    directory.remove(CLEAN)
}

/// How many bytes a store has that was closed cleanly; `None` where there is none, somebody has it open, or
/// it was not closed so. Only looks, and does not look into the files.
#[must_use]
pub fn at_rest(dir: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(dir.join(CLEAN)).ok()?;
    let sizes = text.lines().skip(2).filter_map(|line| line.split(' ').next()?.parse::<u64>().ok());
    text.starts_with(FIRST).then(|| sizes.sum())
}

fn describe(directory: &Directory, generation: Generation) -> Result<Files, StoreError> {
    let name = generation.name();
    let root = directory.path().join(&name);
    let head = directory.read(HEAD)?.unwrap_or_default();
    let mut files = Files {
        text: format!("{FIRST}\nhead {}\n", blake3::hash(&head).to_hex()),
        newest: i128::MIN,
        fine: false,
    };
    for (path, size) in files_below(&root).map_err(|e| from_io(&name, &e))? {
        let file = std::fs::symlink_metadata(root.join(&path)).map_err(|e| from_io(&name, &e))?;
        let written = (file.mtime(), file.mtime_nsec());
        let changed = (file.ctime(), file.ctime_nsec());
        for (seconds, nanos) in [written, changed] {
            files.newest = files.newest.max(i128::from(seconds) * 1_000_000_000 + i128::from(nanos));
            files.fine |= nanos != 0;
        }
        let _ = writeln!(
            files.text,
            "{size} {}.{:09} {}.{:09} {} {}",
            written.0,
            written.1,
            changed.0,
            changed.1,
            file.ino(),
            path.display()
        );
    }
    let sum = blake3::hash(files.text.as_bytes()).to_hex();
    let _ = writeln!(files.text, "checksum {sum}");
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    /// A change right after the mark bears another time, however soon it comes and whatever it leaves as it was.
    #[test]
    fn what_is_changed_after_the_mark_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::open(dir.path()).unwrap();
        let (generation, db) =
            (Generation::default(), dir.path().join(Generation::default().name()).join("db"));
        std::fs::create_dir_all(db.parent().unwrap()).unwrap();
        for n in 0..20_u8 {
            std::fs::write(&db, [n; 64]).unwrap();
            let others = db.with_file_name("blobs");
            std::fs::create_dir_all(&others).unwrap();
            std::fs::write(others.join(n.to_string()), []).unwrap();
            mark(&directory, generation, UNIX_EPOCH).unwrap();
            assert_eq!(at_rest(dir.path()), Some(64));
            if n % 2 == 0 {
                assert!(take(&directory, generation).unwrap(), "nothing changed");
                assert!(!take(&directory, generation).unwrap(), "the mark was taken");
                continue;
            }
            let written = std::fs::metadata(&db).unwrap().modified().unwrap();
            let file = std::fs::File::options().write(true).open(&db).unwrap();
            file.write_all_at(b"x", 7).unwrap();
            // Even one who puts the time back.
            file.set_modified(written).unwrap();
            assert!(!take(&directory, generation).unwrap(), "it was changed");
        }
    }
}
