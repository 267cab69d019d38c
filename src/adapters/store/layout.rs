//! The names of values in the tree. One tree holds everything, so that one batch is one atomic commit.
//!
//! ```text
//! m                             what the whole store should contain (one value)
//! n                             the pins (one value)
//! s scope:u32                   what a scope should contain
//! p page:u32                    how 32 scopes stand
//! g scope:u32 segment:u32       some thirty records of one scope; older versions wrote about a hundred
//! r run:u64                     a run
//! c revision:u64 chunk:u32      the changes of one commit
//! k revision:u64                the step of one commit: when, and which records it touched
//! u revision:u64 chunk:u32      the records that the commit replaced, as they were before
//! w revision:u64 scope:u32      the scope states that it replaced; the first is that scope's
//! i block:u64                   when 128 revisions were recorded
//! t scope:u32                   how a scope stands; only format 1 wrote it
//! ```
//! Numbers are big-endian, so that the order of keys is the order of numbers. `c`, `k`, `u` and `w` are
//! the history: they are written once, with their commit, and go with it when retention takes it.

/// Where a segment is. Also what a segment is called in messages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
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
    Pins,
    Manifest(u32),
    Page(u32),
    Segment(Place),
    Run(u64),
    Changes {
        revision: u64,
        chunk: u32,
    },
    Step(u64),
    Records {
        revision: u64,
        chunk: u32,
    },
    States {
        revision: u64,
        first: u32,
    },
    Times(u64),
    /// Only format 1 wrote it.
    FormerState(u32),
}

pub(crate) const META: &[u8] = b"m";
pub(crate) const MANIFESTS: &[u8] = b"s";
pub(crate) const PINS: &[u8] = b"n";
pub(crate) const PAGES: &[u8] = b"p";
pub(crate) const SEGMENTS: &[u8] = b"g";
pub(crate) const RUNS: &[u8] = b"r";
pub(crate) const CHANGES: &[u8] = b"c";
pub(crate) const STEPS: &[u8] = b"k";
pub(crate) const RECORDS: &[u8] = b"u";
pub(crate) const STATES: &[u8] = b"w";
pub(crate) const TIMES: &[u8] = b"i";
pub(crate) const FORMER_STATES: &[u8] = b"t";

impl Key {
    pub(crate) fn encode(self) -> Vec<u8> {
        let (prefix, parts): (&[u8], [&[u8]; 2]) = match &self {
            Self::Meta => (META, [&[], &[]]),
            Self::Pins => (PINS, [&[], &[]]),
            Self::Manifest(n) => (MANIFESTS, [&n.to_be_bytes(), &[]]),
            Self::Page(n) => (PAGES, [&n.to_be_bytes(), &[]]),
            Self::Segment(p) => (SEGMENTS, [&p.scope.to_be_bytes(), &p.segment.to_be_bytes()]),
            Self::Run(n) => (RUNS, [&n.to_be_bytes(), &[]]),
            Self::Changes { revision, chunk } => (CHANGES, [&revision.to_be_bytes(), &chunk.to_be_bytes()]),
            Self::Step(revision) => (STEPS, [&revision.to_be_bytes(), &[]]),
            Self::Records { revision, chunk } => (RECORDS, [&revision.to_be_bytes(), &chunk.to_be_bytes()]),
            Self::States { revision, first } => (STATES, [&revision.to_be_bytes(), &first.to_be_bytes()]),
            Self::Times(block) => (TIMES, [&block.to_be_bytes(), &[]]),
            Self::FormerState(n) => (FORMER_STATES, [&n.to_be_bytes(), &[]]),
        };
        [prefix, parts[0], parts[1]].concat()
    }

    /// `None` when these bytes are not a name that this program writes.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (prefix, rest) = bytes.split_at_checked(1)?;
        let short = || Some(u32::from_be_bytes(rest.try_into().ok()?));
        let long = || Some(u64::from_be_bytes(rest.try_into().ok()?));
        let two = || {
            let (revision, n) = rest.split_at_checked(8)?;
            Some((u64::from_be_bytes(revision.try_into().ok()?), u32::from_be_bytes(n.try_into().ok()?)))
        };
        match prefix {
            META => rest.is_empty().then_some(Self::Meta),
            PINS => rest.is_empty().then_some(Self::Pins),
            MANIFESTS => short().map(Self::Manifest),
            PAGES => short().map(Self::Page),
            SEGMENTS => {
                let (scope, segment) = rest.split_at_checked(4)?;
                Some(Self::Segment(Place {
                    scope: u32::from_be_bytes(scope.try_into().ok()?),
                    segment: u32::from_be_bytes(segment.try_into().ok()?),
                }))
            }
            RUNS => long().map(Self::Run),
            CHANGES => two().map(|(revision, chunk)| Self::Changes { revision, chunk }),
            STEPS => long().map(Self::Step),
            RECORDS => two().map(|(revision, chunk)| Self::Records { revision, chunk }),
            STATES => two().map(|(revision, first)| Self::States { revision, first }),
            TIMES => long().map(Self::Times),
            FORMER_STATES => short().map(Self::FormerState),
            _ => None,
        }
    }

    /// The commit that a value of the history belongs to.
    pub(crate) fn of_commit(self) -> Option<u64> {
        match self {
            Self::Changes { revision, .. }
            | Self::Step(revision)
            | Self::Records { revision, .. }
            | Self::States { revision, .. } => Some(revision),
            Self::Meta
            | Self::Pins
            | Self::Manifest(_)
            | Self::Page(_)
            | Self::Segment(_)
            | Self::Run(_)
            | Self::Times(_)
            | Self::FormerState(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_sort_like_their_numbers() {
        let mut keys = vec![Key::Meta, Key::Pins, Key::Manifest(0), Key::Page(u32::MAX), Key::Run(7)];
        keys.extend([Key::Step(7), Key::Times(u64::MAX), Key::FormerState(3)]);
        keys.extend([0, 256].map(|first| Key::States { revision: 5, first }));
        keys.extend([0, 256].map(|chunk| Key::Records { revision: u64::MAX, chunk }));
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
