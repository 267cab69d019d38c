//! Checking a store that nobody has open: everything is read and verified, by a process of its own where there is one,
//! and nothing is restored, whatever is found.

use std::{path::Path, time::SystemTime};

use cloudscope_domain::Revision;
use cloudscope_ports::{CheckReport, StoreError};

use crate::{
    clean,
    directory::{Directory, STORE_NEW},
    engine,
    generation::Generation,
    head::{Head, NEWEST, Reading},
    lock::Lock,
    options::OpenOptions,
    probe,
    verdict::found,
};

/// Reads and verifies every value. The engine writes to its own files when it opens them; beyond that the only thing
/// that changes is the mark of a clean close: it is taken away when something is wrong, so that the store is looked at,
/// and saved, when it is opened next.
///
/// # Errors
/// `Held` while somebody uses the store; else when it could not be looked at, which tells nothing of it.
pub fn examine(dir: &Path, options: &OpenOptions) -> Result<CheckReport, StoreError> {
    if !dir.exists() {
        return Ok(CheckReport::default());
    }
    let since = SystemTime::now();
    let directory = Directory::open(dir)?;
    let _lock = Lock::take(&directory)?;
    let reading = Head::read(&directory)?;
    if let Reading::TooNew(found) = reading {
        return Err(StoreError::TooNew { found, supported: NEWEST });
    }
    let head = reading.acknowledged();
    let generation = Generation::current(&directory, reading)?;
    let mut name = generation.name();
    if !directory.exists(&name)? && directory.exists(STORE_NEW)? {
        // A restoration that was interrupted at its end; opening goes on with it.
        STORE_NEW.clone_into(&mut name);
    }
    let acknowledged = head.map_or(Revision(0), |head| head.revision);
    let mut report = CheckReport::default();
    let mut closed = false;
    if directory.exists(&name)? {
        closed = head.is_some() && clean::holds(&directory, generation)?;
        let path = dir.join(&name);
        report = match probe::verify(options, &path, head)? {
            Ok(report) => report,
            Err(why) => {
                let mut report = CheckReport::default();
                report.findings.push(found(
                    format!("the storage engine cannot read it ({why})"),
                    "when it is opened what is sound is taken over, and the store as it is put aside",
                ));
                report
            }
        };
        engine::wait_until_closed(&path);
    } else if acknowledged > Revision(0) {
        report.findings.push(found(
            format!("revision {acknowledged} was acknowledged, but the store's directory is not there"),
            "put it back from a copy; opened as it is everything is collected again",
        ));
    }
    if head.is_none() && (report.values > 0 || reading == Reading::Damaged) {
        report.findings.push(found(
            crate::open::no_head().what,
            "it is written anew when the store is opened; whether the last commits are missing cannot be told",
        ));
    }
    report.acknowledged = acknowledged;
    if !report.findings.is_empty() {
        clean::discard(&directory)?;
    } else if closed {
        // What the engine wrote bears other times than those in the mark.
        directory.tighten(&name)?;
        clean::mark(&directory, generation, since)?;
    }
    Ok(report)
}
