//! A place beside the store for what can be made anew from it at any time, and is only kept because making
//! it takes time. Nothing on it is ever the only copy of anything.

use std::io::{self, Read, Write};

use crate::StoreError;

/// Writes one thing, from its beginning.
pub type Fill<'a> = &'a mut dyn FnMut(&mut dyn Write) -> io::Result<()>;

/// Keeps things by name. Whether what comes back is whole and fits the store is for the reader to find out.
pub trait Shelf: Send + Sync {
    /// Replaces a thing as a whole: whoever reads it meanwhile, or after a crash, gets the old one or the new
    /// one. Not durable against a power cut: then it may be damaged or gone.
    ///
    /// # Errors
    /// `Full` or `Io` when it could not be written; the old one is still there then.
    fn put(&self, name: &str, fill: Fill<'_>) -> Result<(), StoreError>;

    /// The thing of that name, if there is one.
    ///
    /// # Errors
    /// When it is there but cannot be opened.
    fn get(&self, name: &str) -> Result<Option<Box<dyn Read + Send>>, StoreError>;

    /// Bytes that it takes up.
    fn bytes(&self) -> u64;
}
