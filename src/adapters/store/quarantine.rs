//! What was found damaged and put aside: each as it was, with the side file of that time and why. Nothing is thrown
//! away by itself, and what turns out to be whole after all (a defect of ours, a disk that recovered) is put back.

use std::{path::Path, time::SystemTime};

use cloudscope_domain::{Revision, Timestamp, text::visible};
use cloudscope_ports::StoreError;
use rustix::fs::OFlags;
use serde::Serialize;

use crate::{
    clean,
    directory::{Directory, HEAD, QUARANTINE, files_below},
    engine,
    error::from_io,
    generation::Generation,
    head::{Head, HeadFile, NEWEST, Reading},
    lock::Lock,
    options::OpenOptions,
    probe::{self, Look},
};

/// Beside the engine's files: why they were put aside.
const WHY: &str = "why";

/// A store that was put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Aside {
    /// What it is called.
    pub name: String,
    /// When it was put aside.
    pub at: Option<Timestamp>,
    /// Bytes on disk.
    pub bytes: u64,
    /// The revision that was acknowledged last then, where its side file is there.
    pub revision: Option<Revision>,
    /// Why it was put aside, where that is known.
    pub why: Option<String>,
}

/// What came of putting one back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// The revision that was acknowledged last in what was put back. Without one it had no side file of its own, and
    /// whether its last commits are missing cannot be told.
    pub revision: Option<Revision>,
    /// What the store that was there until now is called in quarantine, if one was.
    pub aside: Option<String>,
}

/// Puts the store aside, with its side file and why. Returns where.
pub(crate) fn set_aside(
    directory: &Directory,
    generation: Generation,
    why: &str,
) -> Result<std::path::PathBuf, StoreError> {
    let store = generation.name();
    if let Some(head) = directory.read(HEAD)? {
        directory.replace(&format!("{store}/{HEAD}"), &head)?;
    }
    directory.replace(&format!("{store}/{WHY}"), why.as_bytes())?;
    sync(directory, &store)?;
    directory.set_aside(&store, QUARANTINE, &stem())
}

fn sync(directory: &Directory, name: &str) -> Result<(), StoreError> {
    let opened = directory.file(name, OFlags::RDONLY | OFlags::DIRECTORY)?;
    opened.sync_all().map_err(|e| from_io(name, &e))
}

/// A name that tells when.
fn stem() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp::from_seconds(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    now.to_string().chars().filter(char::is_ascii_alphanumeric).collect()
}

/// When a name was given.
fn told_by(name: &str) -> Option<Timestamp> {
    let (year, rest) = name.split_at_checked(4)?;
    let (month, rest) = rest.split_at_checked(2)?;
    let (day, rest) = rest.split_at_checked(2)?;
    let (hour, rest) = rest.strip_prefix('T')?.split_at_checked(2)?;
    let (minute, rest) = rest.split_at_checked(2)?;
    let second = rest.split_once('Z')?.0;
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok()
}

/// What lies in quarantine, oldest first. Changes nothing, and may be asked while the store is in use.
///
/// # Errors
/// When it cannot be read.
pub fn quarantined(dir: &Path) -> Result<Vec<Aside>, StoreError> {
    let root = dir.join(QUARANTINE);
    let fail = |e: std::io::Error| from_io(&visible(&root.to_string_lossy()), &e);
    let entries = match std::fs::read_dir(&root) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(fail)?,
    };
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry.map_err(fail)?;
        // Whatever else somebody put there is none of ours.
        let (Ok(name), true) = (entry.file_name().into_string(), entry.file_type().is_ok_and(|t| t.is_dir()))
        else {
            continue;
        };
        let path = entry.path();
        let revision = side_file(&path).and_then(Reading::acknowledged).map(|head| head.revision);
        all.push(Aside {
            at: told_by(&name),
            bytes: files_below(&path).map_err(fail)?.iter().map(|(_, size)| size).sum(),
            revision,
            why: std::fs::read_to_string(path.join(WHY)).ok(),
            name,
        });
    }
    all.sort_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
    Ok(all)
}

/// What the side file of one says, if it has one.
fn side_file(path: &Path) -> Option<Reading> {
    std::fs::read(path.join(HEAD)).ok().map(|content| Head::parse(&content))
}

/// The highest revision that was ever given out, as far as the store that is there and those in quarantine say.
fn highest(dir: &Path, there: Option<Revision>) -> Result<Revision, StoreError> {
    let aside = quarantined(dir)?;
    let given = aside.iter().filter_map(|a| side_file(&dir.join(QUARANTINE).join(&a.name))?.given());
    Ok(given.chain(there).max().unwrap_or_default())
}

/// The path of one below the data directory; only what is listed has one.
fn named(dir: &Path, name: &str) -> Result<String, StoreError> {
    if quarantined(dir)?.iter().any(|aside| aside.name == name) {
        return Ok(format!("{QUARANTINE}/{name}"));
    }
    Err(StoreError::Unsafe(format!("there is no `{}` in quarantine", visible(name))))
}

/// Makes one the store again, if every value of it is there and as it was acknowledged then. What is the store now goes
/// to quarantine itself. It can be interrupted at any moment: both are kept. Its next revision is higher than any that
/// was given out meanwhile: it is brought up to that when it is opened.
///
/// # Errors
/// `Held` while somebody uses the store; `Damaged` when it is not whole; `Unsafe` when it cannot be told which revisions
/// were given out since. Then nothing was changed.
pub fn put_back(dir: &Path, options: &OpenOptions, name: &str) -> Result<PutBack, StoreError> {
    let from = named(dir, name)?;
    let directory = Directory::open(dir)?;
    let _lock = Lock::take(&directory)?;
    let content = directory.read(&format!("{from}/{HEAD}"))?;
    let own = match content.as_deref().map(Head::parse) {
        Some(Reading::TooNew(found)) => return Err(StoreError::TooNew { found, supported: NEWEST }),
        reading => reading.and_then(Reading::acknowledged),
    };
    let reading = Head::read(&directory)?;
    let generation = Generation::current(&directory, reading)?;
    if reading.given().is_none() && directory.exists(&generation.name())? {
        return Err(StoreError::Unsafe(
            "which revisions the present store gave out cannot be told, because its side file is missing or damaged, \
             and none may be given out twice: open it once (`cloudscope store info`), then put the other one back"
                .into(),
        ));
    }
    let given = highest(dir, reading.given())?;
    let why = match probe::look(options, &dir.join(&from), own)? {
        Look::Intact => None,
        Look::Damaged => Some("values are missing or are not what was written".to_owned()),
        Look::Died(why) => Some(format!("the storage engine cannot read it ({why})")),
    };
    if let Some(why) = why {
        return Err(StoreError::Damaged(format!(
            "{from} is not whole: {why}; it was left there, and the store was left as it is"
        )));
    }
    engine::wait_until_closed(&dir.join(&from));

    generation.resume(&directory)?;
    clean::discard(&directory)?;
    let store = generation.name();
    let there = directory.exists(&store)?;
    // Its own side file goes with it, before another one takes that place.
    let aside =
        there.then(|| set_aside(&directory, generation, &format!("{name} was put back"))).transpose()?;
    let head = match own {
        Some(head) => Head { generation, given: (given > head.revision).then_some(given), ..head },
        None => Head::blank(generation, given),
    };
    drop(HeadFile::create(&directory, head)?);
    directory.rename(&from, &store)?;
    for file in [HEAD, WHY] {
        directory.remove(&format!("{store}/{file}"))?;
    }
    if generation != Generation::default() {
        generation.finish(&directory)?;
    }
    let aside = aside.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    Ok(PutBack { revision: own.map(|head| head.revision), aside })
}

/// Removes one for good.
///
/// # Errors
/// When there is none of that name, or it cannot be removed.
pub fn remove(dir: &Path, name: &str) -> Result<(), StoreError> {
    let from = named(dir, name)?;
    Directory::open(dir)?.remove_all(&from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_when() {
        let stem = stem();
        let at = told_by(&stem).unwrap();
        assert_eq!(told_by(&format!("{stem}-3")), Some(at));
        assert_eq!(told_by("20261126T190016Z").unwrap().to_string(), "2026-11-26T19:00:16Z");
        for other in ["", "store", "20261126", "20269926T190016Z", "2026é126T190016Z"] {
            assert_eq!(told_by(other), None, "{other}");
        }
    }
}
