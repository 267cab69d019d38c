//! What an asset is called: the provider's own canonical id, and the incarnation that tells two
//! things of one name apart. Ids are canonicalised where they enter (the catalog and the collectors);
//! nothing behind that border changes a letter of them.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{SourceName, name::name_type};

name_type! {
    /// The provider's canonical id: an ARN, an ARM id in lower case, a GCP full resource name, a
    /// Kubernetes `cluster-uid/group/kind/namespace/name`, a host's `machine-id/path`.
    AssetId
}

name_type! {
    /// The provider's uid, creation or start time where names are reused; empty where they are not.
    Incarnation
}

impl Default for Incarnation {
    fn default() -> Self {
        Self("".into())
    }
}

/// What makes two sightings the same asset.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct AssetKey {
    /// Canonical id.
    pub id: AssetId,
    /// Which bearer of that id.
    pub incarnation: Incarnation,
}

impl AssetKey {
    /// A key from its two parts.
    pub fn new(id: impl Into<AssetId>, incarnation: impl Into<Incarnation>) -> Self {
        Self { id: id.into(), incarnation: incarnation.into() }
    }
}

/// What makes two sightings the same record: one source's word about one asset.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct RecordKey {
    /// Which source speaks.
    pub source: SourceName,
    /// About which asset.
    pub key: AssetKey,
}

impl RecordKey {
    /// 128 bits that stand for this key in seen-sets and look-up tables; stable across versions.
    #[must_use]
    pub fn hash128(&self) -> u128 {
        Self::hash128_of(self.source.as_str(), self.key.id.as_str(), self.key.incarnation.as_str())
    }

    /// The same of the parts of a key.
    #[must_use]
    pub fn hash128_of(source: &str, id: &str, incarnation: &str) -> u128 {
        let parts = [source, id, incarnation];
        // Nearly every key is short: then it is hashed in one piece, which is several times as fast.
        let mut short = [0_u8; SHORT];
        let length: usize = parts.iter().map(|part| 8 + part.len()).sum();
        let hash = if length <= SHORT {
            let mut at = 0;
            for part in parts {
                short[at..at + 8].copy_from_slice(&(part.len() as u64).to_le_bytes());
                short[at + 8..at + 8 + part.len()].copy_from_slice(part.as_bytes());
                at += 8 + part.len();
            }
            blake3::hash(&short[..length])
        } else {
            let mut h = blake3::Hasher::new();
            for part in parts {
                h.update(&(part.len() as u64).to_le_bytes());
                h.update(part.as_bytes());
            }
            h.finalize()
        };
        let mut out = [0; 16];
        out.copy_from_slice(&hash.as_bytes()[..16]);
        u128::from_le_bytes(out)
    }
}

/// The parts of a [`RecordKey`], borrowed: for looking up very many.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RecordName<'a> {
    /// Which source speaks.
    pub source: &'a str,
    /// About which asset.
    pub id: &'a str,
    /// Which bearer of that id.
    pub incarnation: &'a str,
}

impl RecordName<'_> {
    /// The key by itself.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        RecordKey { source: self.source.into(), key: AssetKey::new(self.id, self.incarnation) }
    }
}

impl<'a> From<&'a RecordKey> for RecordName<'a> {
    fn from(key: &'a RecordKey) -> Self {
        Self {
            source: key.source.as_str(),
            id: key.key.id.as_str(),
            incarnation: key.key.incarnation.as_str(),
        }
    }
}

/// Bytes of a key that is hashed in one piece.
const SHORT: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    /// Stores and saved tables hold these numbers: they never change.
    #[test]
    fn the_hash_of_a_key_is_that_of_its_parts_with_their_lengths() {
        for length in [0, 1, 80, SHORT - 30, SHORT - 29, SHORT - 28, SHORT, 3_000] {
            let (source, id) = ("aws", "x".repeat(length));
            let mut whole = Vec::new();
            for part in [source, &id, "é"] {
                whole.extend((part.len() as u64).to_le_bytes());
                whole.extend(part.as_bytes());
            }
            let expected = u128::from_le_bytes(blake3::hash(&whole).as_bytes()[..16].try_into().unwrap());
            assert_eq!(RecordKey::hash128_of(source, &id, "é"), expected, "{length}");
        }
    }
}
