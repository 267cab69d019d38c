//! Opening: who owns the directory, what was acknowledged, whether the files are the ones that were
//! closed; and only then the engine.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use cloudscope_domain::Revision;
use cloudscope_ports::{Finding, Shelf, StoreError};

use crate::{
    backup, clean,
    directory::Directory,
    engine,
    envelope::{self, OLDEST_FORMAT, Sum},
    former,
    generation::Generation,
    head::{Head, HeadFile, NEWEST, Reading},
    layout::{Key, MANIFESTS, META},
    lock::Lock,
    meta::{Manifest, Meta},
    migrate::migrate,
    options::{OpenOptions, OpenReport},
    packing::decode,
    probe::{self, Look},
    quarantine,
    raise::raise,
    restore::{Restored, restore},
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
    pub generation: Generation,
    /// Bytes of all names and values, if known.
    pub live: Option<u64>,
    pub directory: Arc<Directory>,
    pub lock: Lock,
}

pub(crate) fn open(
    dir: &Path,
    options: &OpenOptions,
    meanwhile: &mut dyn FnMut(Arc<dyn Shelf>),
) -> Result<(Opened, OpenReport), StoreError> {
    let directory = Arc::new(Directory::open(dir)?);
    let lock = Lock::take(&directory)?;
    let reading = Head::read(&directory)?;
    if let Reading::TooNew(found) = reading {
        return Err(StoreError::TooNew { found, supported: NEWEST });
    }
    let head = reading.acknowledged();
    let generation = Generation::current(&directory, reading)?;
    generation.resume(&directory)?;
    let there = directory.exists(&generation.name())?;
    if !there && reading == Reading::Absent {
        // Before the store itself, so that a store without a side file is never an ordinary thing.
        let head = Head { live: Some(0), ..Head::of(&Meta::default(), generation, None) };
        HeadFile::create(&directory, head)?;
    }
    if there && head.is_some() {
        meanwhile(Arc::clone(&directory) as Arc<dyn Shelf>);
    }
    let clean = clean::take(&directory, generation)? && head.is_some();
    let mut report = OpenReport::default();
    if head.is_none() && (there || reading == Reading::Damaged) {
        report.findings.push(no_head());
    }

    let given = reading.given().unwrap_or_default();
    let mut seat = Seat { directory: &directory, options, head, given, generation };
    let mut doubt = seat.doubt(there, clean, &mut report)?;
    if let Some(why) = &doubt
        && seat.fall_back(why, &mut report)?
    {
        doubt = None;
    }
    let taken = match doubt {
        Some(why) => seat.anew(&why, &mut report)?,
        None => match seat.take_up() {
            Ok(taken) => taken,
            // Clean, or looked at and found sound, and still not what it should be.
            Err(StoreError::Damaged(why)) => seat.anew(&why, &mut report)?,
            Err(error) => return Err(error),
        },
    };
    let generation = seat.generation;
    let Taken { db, meta, scopes, times } = taken;
    directory.tighten(&generation.name())?;
    // A commit that was not acknowledged, or damage: then it is not known.
    let live = head
        .filter(|h| h.sequence == meta.sequence && h.root == meta.root())
        .map_or_else(|| (meta.sequence == 0).then_some(0), |head| head.live);
    // What came after the last acknowledgement, and is whole, is acknowledged now.
    let head_file = HeadFile::settle(&directory, head, Head::of(&meta, generation, live))?;
    generation.clear_others(&directory);
    backup::clear(&directory, false);
    report.revision = meta.revision;
    for finding in &report.findings {
        tracing::warn!(what = finding.what, remedy = finding.remedy, "the store was not as it should be");
    }
    let opened = Opened { db, meta, scopes, times, head: head_file, generation, live, directory, lock };
    Ok((opened, report))
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

struct Taken {
    db: sled::Db,
    meta: Meta,
    scopes: Scopes,
    times: Times,
}

/// What is opened.
struct Seat<'a> {
    directory: &'a Directory,
    options: &'a OpenOptions,
    head: Option<Head>,
    /// The highest revision that was given out, as far as that is known.
    given: Revision,
    generation: Generation,
}

impl Seat<'_> {
    fn path(&self, generation: Generation) -> PathBuf {
        self.directory.path().join(generation.name())
    }

    /// Why the store cannot be taken as it is, if so.
    fn doubt(&self, there: bool, clean: bool, report: &mut OpenReport) -> Result<Option<String>, StoreError> {
        if !there {
            let acknowledged = self.head.map_or(0, |h| h.revision.0);
            return Ok((acknowledged > 0).then(|| {
                format!("revision {acknowledged} was acknowledged, but the store's directory is not there")
            }));
        }
        if clean {
            return Ok(None);
        }
        report.probed = true;
        Ok(match probe::look(self.options, &self.path(self.generation), self.head)? {
            Look::Intact => None,
            Look::Damaged => Some("values are missing or are not what was written".into()),
            Look::Died(why) => Some(format!("the storage engine cannot read it ({why})")),
        })
    }

    /// Goes back to the store before a compaction, when that is still there and has everything that was
    /// acknowledged. Says whether it did.
    fn fall_back(&mut self, why: &str, report: &mut OpenReport) -> Result<bool, StoreError> {
        let Some(head) = self.head else { return Ok(false) };
        for other in Generation::all(self.directory)?.into_iter().rev().filter(|g| *g < self.generation) {
            if probe::look(self.options, &self.path(other), Some(head))? != Look::Intact {
                continue;
            }
            if self.directory.exists(&self.generation.name())? {
                report.quarantine = Some(quarantine::set_aside(self.directory, self.generation, why)?);
            }
            report.findings.push(Finding {
                what: format!("the compacted store was damaged: {why}"),
                scope: None,
                records: None,
                remedy: "the store from before the compaction was still there and whole; nothing is lost"
                    .into(),
            });
            self.generation = other;
            return Ok(true);
        }
        Ok(false)
    }

    /// Opens the store that is there, or makes the first one.
    fn take_up(&self) -> Result<Taken, StoreError> {
        let open = || engine::open(&self.path(self.generation), self.options.cache_bytes);
        let mut db = open()?;
        let (mut meta, root, former) = read_meta(&db)?;
        if let Some(head) = self.head
            && (meta.sequence < head.sequence || meta.sequence == head.sequence && root != head.root)
        {
            return Err(StoreError::Damaged(format!(
                "it ends at revision {}, revision {} was acknowledged",
                meta.revision, head.revision
            )));
        }
        if former {
            // Its files are copied while nobody has them open.
            crate::error::guard("closing", || {
                drop(db);
                Ok(())
            })?;
            backup::keep(self.directory, self.generation, OLDEST_FORMAT, self.options.reserve_bytes)?;
            db = open()?;
            migrate(&db, self.directory, self.head)?;
            (meta, ..) = read_meta(&db)?;
        }
        let scopes = read_scopes(&db, &meta)?;
        let mut times = Times::load(&db, (meta.oldest, meta.oldest_at), meta.revision)?;
        raise(&db, &mut meta, &mut times, self.given)?;
        Ok(Taken { db, meta, scopes, times })
    }

    /// Puts the damaged store aside and goes on with what is sound in it.
    fn anew(&self, why: &str, report: &mut OpenReport) -> Result<Taken, StoreError> {
        let Restored { quarantine, findings } =
            restore(self.directory, self.options, self.generation, self.head, why)?;
        report.findings.extend(findings);
        let aside = quarantine.as_ref().map(|path| path.display().to_string());
        report.quarantine = quarantine;
        self.take_up().map_err(|error| match (error, aside) {
            (StoreError::Damaged(why), Some(aside)) => {
                StoreError::Damaged(format!("{why}; the store as it was is in {aside}"))
            }
            (error, _) => error,
        })
    }
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
