//! Secrets that are forgotten with the process.

use std::{collections::BTreeMap, sync::Mutex};

use cloudscope_ports::{SecretError, Secrets};

use crate::lock;

/// Secrets that are forgotten with the process.
#[derive(Default)]
pub struct MemorySecrets(Mutex<BTreeMap<String, Vec<u8>>>);

impl MemorySecrets {
    /// Holds nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Secrets for MemorySecrets {
    fn get(&self, name: &str) -> Result<Vec<u8>, SecretError> {
        lock(&self.0).get(name).cloned().ok_or_else(|| SecretError::Missing(name.to_owned()))
    }

    fn put(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        lock(&self.0).insert(name.to_owned(), secret.to_vec());
        Ok(())
    }
}
