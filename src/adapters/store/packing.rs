//! Values of the domain as bytes, in postcard. Knows nothing of where they are kept.

use cloudscope_ports::StoreError;
use serde::{Serialize, de::DeserializeOwned};

use crate::envelope::Flaw;

/// The bytes of a value.
pub(crate) fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    // Every type of the domain has a known length when it is serialised, which is all that postcard asks.
    postcard::to_stdvec(value).map_err(|e| StoreError::Io(format!("cannot encode a value: {e}")))
}

/// Decodes all of some bytes.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Flaw> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        _ => Err(Flaw::Content),
    }
}
