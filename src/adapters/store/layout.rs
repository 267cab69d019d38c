//! The names of values in the tree. One tree holds everything, so that one batch is one atomic commit.
//!
//! ```text
//! m                             what the whole store should contain (one value)
//! s scope:u32                   what a scope should contain
//! t scope:u32                   how a scope stands
//! g scope:u32 segment:u32       about a hundred records of one scope
//! r run:u64                     a run
//! c revision:u64 chunk:u32      the changes of one commit
//! ```
//! Numbers are big-endian, so that the order of keys is the order of numbers.

/// Where a segment is. Also what a segment is called in messages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Place {
    /// The scope's number.
    pub scope: u32,
    /// The segment's number within the scope.
    pub segment: u32,
}

/// The name of a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Key {
    Meta,
    Manifest(u32),
    State(u32),
    Segment(Place),
    Run(u64),
    Changes { revision: u64, chunk: u32 },
}

pub(crate) const META: &[u8] = b"m";
pub(crate) const MANIFESTS: &[u8] = b"s";
pub(crate) const STATES: &[u8] = b"t";
pub(crate) const SEGMENTS: &[u8] = b"g";
pub(crate) const RUNS: &[u8] = b"r";
pub(crate) const CHANGES: &[u8] = b"c";

impl Key {
    pub(crate) fn encode(self) -> Vec<u8> {
        let (prefix, parts): (&[u8], [&[u8]; 2]) = match &self {
            Self::Meta => (META, [&[], &[]]),
            Self::Manifest(n) => (MANIFESTS, [&n.to_be_bytes(), &[]]),
            Self::State(n) => (STATES, [&n.to_be_bytes(), &[]]),
            Self::Segment(p) => (SEGMENTS, [&p.scope.to_be_bytes(), &p.segment.to_be_bytes()]),
            Self::Run(n) => (RUNS, [&n.to_be_bytes(), &[]]),
            Self::Changes { revision, chunk } => (CHANGES, [&revision.to_be_bytes(), &chunk.to_be_bytes()]),
        };
        [prefix, parts[0], parts[1]].concat()
    }

    /// `None` when these bytes are not a name that this program writes.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (prefix, rest) = bytes.split_at_checked(1)?;
        match prefix {
            META => rest.is_empty().then_some(Self::Meta),
            MANIFESTS => Some(Self::Manifest(u32::from_be_bytes(rest.try_into().ok()?))),
            STATES => Some(Self::State(u32::from_be_bytes(rest.try_into().ok()?))),
            SEGMENTS => {
                let (scope, segment) = rest.split_at_checked(4)?;
                Some(Self::Segment(Place {
                    scope: u32::from_be_bytes(scope.try_into().ok()?),
                    segment: u32::from_be_bytes(segment.try_into().ok()?),
                }))
            }
            RUNS => Some(Self::Run(u64::from_be_bytes(rest.try_into().ok()?))),
            CHANGES => {
                let (revision, chunk) = rest.split_at_checked(8)?;
                Some(Self::Changes {
                    revision: u64::from_be_bytes(revision.try_into().ok()?),
                    chunk: u32::from_be_bytes(chunk.try_into().ok()?),
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_sort_like_their_numbers() {
        let mut keys = vec![Key::Meta, Key::Manifest(0), Key::State(u32::MAX), Key::Run(7)];
        for scope in [0, 255, 256, u32::MAX] {
            keys.extend([1, 70_000].map(|segment| Key::Segment(Place { scope, segment })));
        }
        keys.extend([1, 256, u64::MAX].map(|revision| Key::Changes { revision, chunk: 3 }));
        for key in keys {
            let bytes = key.encode();
            assert_eq!(Key::decode(&bytes), Some(key));
            assert_eq!(Key::decode(&[&bytes[..], b"x"].concat()), None);
        }
        let a = Key::Segment(Place { scope: 255, segment: 9 }).encode();
        let b = Key::Segment(Place { scope: 256, segment: 0 }).encode();
        assert!(a < b);
        assert_eq!(Key::decode(b""), None);
        assert_eq!(Key::decode(b"z1234"), None);
    }
}
