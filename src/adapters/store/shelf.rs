//! Files beside the tree for what can be made from the records: `saved.NAME`.

use std::io::Read;

use cloudscope_ports::{Shelf, StoreError, shelf::Fill};
use rustix::fs::OFlags;

use crate::directory::Directory;

/// The names that are in use; nothing else is opened or counted.
const NAMES: [&str; 4] = ["index", "graph", "known", crate::places::NAME];

fn file(name: &str) -> Result<String, StoreError> {
    if NAMES.contains(&name) {
        return Ok(format!("saved.{name}"));
    }
    Err(StoreError::Io(format!("nothing called {name} is kept beside the store; this is a defect")))
}

impl Shelf for Directory {
    fn put(&self, name: &str, fill: Fill<'_>) -> Result<(), StoreError> {
        self.replace_with(&file(name)?, fill)
    }

    fn get(&self, name: &str) -> Result<Option<Box<dyn Read + Send>>, StoreError> {
        let name = file(name)?;
        if !self.exists(&name)? {
            return Ok(None);
        }
        Ok(Some(Box::new(self.file(&name, OFlags::RDONLY)?)))
    }

    fn bytes(&self) -> u64 {
        NAMES.iter().filter_map(|n| self.size(&format!("saved.{n}"))).sum()
    }
}
