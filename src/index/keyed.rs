//! The hash by which names are found again: keyed, so that nobody can make up names that collide, and
//! the same after a restart, as its key is kept with what was entered under it.

use std::hash::{BuildHasher, Hasher, RandomState};

use siphasher::sip::SipHasher13;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NameHasher {
    key: [u64; 2],
}

impl Default for NameHasher {
    /// With a key that nobody knows.
    fn default() -> Self {
        Self { key: [0, 1].map(|n: u64| RandomState::new().hash_one(n)) }
    }
}

impl NameHasher {
    pub(crate) fn with_key(key: [u64; 2]) -> Self {
        Self { key }
    }

    pub(crate) fn key(self) -> [u64; 2] {
        self.key
    }

    pub(crate) fn hash_one(self, name: &str) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.key[0], self.key[1]);
        hasher.write(name.as_bytes());
        hasher.finish()
    }
}
