//! Brings a store of format 1 to this format, in its place. Records stay as they are; the history begins
//! with the last commit of the old format.
//!
//! It can be interrupted at any moment. First the side file is written in the new format, with the
//! content that it has: from then on an older program refuses the store instead of taking it for damaged.
//! Then one atomic batch turns it into a store of this format, as a commit of its own that the side file
//! follows.

use cloudscope_ports::StoreError;

use crate::{
    directory::Directory,
    head::{Head, HeadFile},
    rebuild::rebuild,
    survey::survey,
};

/// Migrates, if the store is whole; else it is `Damaged`, and restored into the new format.
pub(crate) fn migrate(db: &sled::Db, directory: &Directory, head: Option<Head>) -> Result<(), StoreError> {
    let tally = survey(db)?;
    let verdict = tally.judge(head);
    if !verdict.intact {
        return Err(StoreError::Damaged("it is of an older format, and not whole".into()));
    }
    if let Some(head) = head {
        HeadFile::create(directory, head)?;
    }
    rebuild(db, &tally, &verdict, head)?;
    tracing::info!(records = tally.records, "the store was brought to the present format");
    Ok(())
}
