//! Opening: who owns the directory, what was acknowledged, whether the files are the ones that were
//! closed; and only then the engine.

use std::path::{Path, PathBuf};

use cloudscope_ports::{Finding, StoreError};

use crate::{
    clean,
    directory::{Directory, STORE},
    engine,
    envelope::{self, FORMAT, Sum},
    former,
    head::{Head, HeadFile, Reading},
    layout::{Key, MANIFESTS, META},
    lock::Lock,
    meta::{Manifest, Meta},
    migrate::migrate,
    options::{OpenOptions, OpenReport},
    packing::decode,
    probe::{self, Look},
    restore::{Restored, restore, resume},
    scopes::Scopes,
    times::Times,
};

/// Everything that an open store consists of.
pub(crate) struct Opened {
    pub db: sled::Db,
    pub meta: Meta,
    pub scopes: Scopes,
    pub times: Times,
    pub head: HeadFile,
    pub directory: Directory,
    pub lock: Lock,
}

pub(crate) fn open(dir: &Path, options: &OpenOptions) -> Result<(Opened, OpenReport), StoreError> {
    let directory = Directory::open(dir)?;
    let lock = Lock::take(&directory)?;
    let reading = Head::read(&directory)?;
    let head = match reading {
        Reading::TooNew(found) => {
            return Err(StoreError::TooNew { found, supported: u32::from(FORMAT) });
        }
        Reading::Sound(head) => Some(head),
        Reading::Absent | Reading::Damaged => None,
    };
    resume(&directory)?;
    let there = directory.exists(STORE)?;
    if !there && reading == Reading::Absent {
        // Before the store itself, so that a store without a side file is never an ordinary thing.
        HeadFile::create(&directory, Head::from(&Meta::default()))?;
    }
    let clean = clean::take(&directory)? && head.is_some();
    let mut report = OpenReport::default();
    if head.is_none() && (there || reading == Reading::Damaged) {
        report.findings.push(no_head());
    }

    let Taken { db, meta, scopes, times } = match doubt(&directory, options, head, there, clean, &mut report)?
    {
        Some(why) => anew(&directory, options, head, &why, &mut report)?,
        None => match take_up(&directory, options, head) {
            Ok(taken) => taken,
            // Clean, or looked at and found sound, and still not what it should be.
            Err(StoreError::Damaged(why)) => anew(&directory, options, head, &why, &mut report)?,
            Err(error) => return Err(error),
        },
    };
    directory.tighten(STORE)?;
    // What came after the last acknowledgement, and is whole, is acknowledged now.
    let head_file = HeadFile::create(&directory, Head::from(&meta))?;
    report.revision = meta.revision;
    for finding in &report.findings {
        tracing::warn!(what = finding.what, remedy = finding.remedy, "the store was not as it should be");
    }
    Ok((Opened { db, meta, scopes, times, head: head_file, directory, lock }, report))
}

/// What is said when the side file cannot be read.
pub(crate) fn no_head() -> Finding {
    Finding {
        what: "the side file with the last acknowledged revision is missing or damaged".into(),
        scope: None,
        records: None,
        remedy: "it is written anew; whether the last commits are missing cannot be told".into(),
    }
}

/// Why the store cannot be taken as it is, if so.
fn doubt(
    directory: &Directory,
    options: &OpenOptions,
    head: Option<Head>,
    there: bool,
    clean: bool,
    report: &mut OpenReport,
) -> Result<Option<String>, StoreError> {
    if !there {
        let acknowledged = head.map_or(0, |h| h.revision.0);
        return Ok((acknowledged > 0).then(|| {
            format!("revision {acknowledged} was acknowledged, but the store's directory is not there")
        }));
    }
    if clean {
        return Ok(None);
    }
    report.probed = true;
    Ok(match probe::look(options, &path(directory), head)? {
        Look::Intact => None,
        Look::Damaged => Some("values are missing or are not what was written".into()),
        Look::Died(why) => Some(format!("the storage engine cannot read it ({why})")),
    })
}

fn path(directory: &Directory) -> PathBuf {
    directory.path().join(STORE)
}

struct Taken {
    db: sled::Db,
    meta: Meta,
    scopes: Scopes,
    times: Times,
}

/// Opens the store that is there, or makes the first one.
fn take_up(directory: &Directory, options: &OpenOptions, head: Option<Head>) -> Result<Taken, StoreError> {
    let db = engine::open(&path(directory), options.cache_bytes)?;
    let (mut meta, root, former) = read_meta(&db)?;
    if let Some(head) = head
        && (meta.sequence < head.sequence || meta.sequence == head.sequence && root != head.root)
    {
        return Err(StoreError::Damaged(format!(
            "it ends at revision {}, revision {} was acknowledged",
            meta.revision, head.revision
        )));
    }
    if former {
        migrate(&db, directory, head)?;
        (meta, ..) = read_meta(&db)?;
    }
    let scopes = read_scopes(&db, &meta)?;
    let times = Times::load(&db, (meta.oldest, meta.oldest_at), meta.revision)?;
    Ok(Taken { db, meta, scopes, times })
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("{what} cannot be read"))
}

/// The account, its root, and whether it is one of format 1.
fn read_meta(db: &sled::Db) -> Result<(Meta, Sum, bool), StoreError> {
    let Some(value) = engine::get(db, META)? else {
        let meta = Meta::default();
        return Ok((meta, meta.root(), false));
    };
    let opened = envelope::open(META, &value).map_err(|_| damaged("the account of the store"))?;
    let (meta, root) = former::meta(&opened).map_err(|_| damaged("the account of the store"))?;
    Ok((meta, root, opened.format == 1))
}

fn read_scopes(db: &sled::Db, meta: &Meta) -> Result<Scopes, StoreError> {
    let mut scopes = Scopes::default();
    let mut total: Sum = 0;
    for pair in engine::scan(db, MANIFESTS) {
        let (key, value) = pair?;
        let Some(Key::Manifest(number)) = Key::decode(&key) else {
            return Err(damaged("the account of a scope"));
        };
        let opened = envelope::open(&key, &value).map_err(|_| damaged("the account of a scope"))?;
        let manifest: Manifest = decode(&opened.body).map_err(|_| damaged("the account of a scope"))?;
        total = total.wrapping_add(opened.sum);
        scopes.set(number, manifest, opened.sum);
    }
    if total != meta.manifests {
        return Err(damaged("the account of at least one scope"));
    }
    Ok(scopes)
}

/// Puts the damaged store aside and goes on with what is sound in it.
fn anew(
    directory: &Directory,
    options: &OpenOptions,
    head: Option<Head>,
    why: &str,
    report: &mut OpenReport,
) -> Result<Taken, StoreError> {
    let Restored { quarantine, findings } = restore(directory, options, head, why)?;
    report.quarantine = quarantine;
    report.findings.extend(findings);
    take_up(directory, options, head)
}
