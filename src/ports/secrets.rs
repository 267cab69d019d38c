//! Where the program's own secrets are kept: outside the data directory, never in a log.

use crate::SecretError;

/// Keeps small secrets by name.
pub trait Secrets: Send + Sync + 'static {
    /// The secret of that name.
    ///
    /// # Errors
    /// `Missing` when there is none; `Unsafe` when others could read it.
    fn get(&self, name: &str) -> Result<Vec<u8>, SecretError>;

    /// Keeps a secret; replaces an older one at once and as a whole.
    ///
    /// # Errors
    /// When it cannot be kept so that only this user reads it.
    fn put(&self, name: &str, secret: &[u8]) -> Result<(), SecretError>;

    /// Keeps a secret unless there is one of that name; `false` when there was. Adapters that several
    /// processes share make this atomic, so that the first one wins.
    ///
    /// # Errors
    /// When it cannot be kept so that only this user reads it.
    fn put_new(&self, name: &str, secret: &[u8]) -> Result<bool, SecretError> {
        match self.get(name) {
            Ok(_) => Ok(false),
            Err(SecretError::Missing(_)) => self.put(name, secret).map(|()| true),
            Err(other) => Err(other),
        }
    }
}
