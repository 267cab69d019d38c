//! The side file: the last acknowledged revision and what the store contained then. It is what tells
//! that a store was cut, because a store that was cut takes its own account of itself with it.
//!
//! ```text
//! cloudscope-store 1
//! revision 4711
//! root 6f1c...            32 hex digits
//! checksum 90ab...        blake3 of the lines above, 32 hex digits
//! ```

use cloudscope_domain::Revision;
use cloudscope_ports::StoreError;

use crate::{
    directory::{Directory, HEAD},
    envelope::{FORMAT, Sum},
    meta::Meta,
};

/// What was acknowledged last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub revision: Revision,
    pub root: Sum,
}

/// What the side file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Absent,
    Damaged,
    TooNew(u32),
    Sound(Head),
}

impl From<&Meta> for Head {
    fn from(meta: &Meta) -> Self {
        Self { revision: meta.revision, root: meta.root() }
    }
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}

impl Head {
    fn text(&self) -> String {
        let lines =
            format!("cloudscope-store {FORMAT}\nrevision {}\nroot {:032x}\n", self.revision, self.root);
        let checksum = hash(&lines);
        format!("{lines}checksum {checksum}\n")
    }

    pub(crate) fn write(&self, directory: &Directory) -> Result<(), StoreError> {
        directory.replace(HEAD, self.text().as_bytes())
    }

    pub(crate) fn read(directory: &Directory) -> Result<Reading, StoreError> {
        Ok(match directory.read(HEAD)? {
            None => Reading::Absent,
            Some(content) => parse(&content),
        })
    }
}

fn parse(content: &[u8]) -> Reading {
    fn sound(text: &str) -> Option<Reading> {
        let (lines, checksum) = text.split_at_checked(text.rfind("checksum ")?)?;
        if checksum.strip_prefix("checksum ")?.strip_suffix('\n')? != hash(lines) {
            return None;
        }
        let mut lines = lines.lines();
        let format: u32 = lines.next()?.strip_prefix("cloudscope-store ")?.parse().ok()?;
        if format > u32::from(FORMAT) {
            return Some(Reading::TooNew(format));
        }
        let revision = Revision(lines.next()?.strip_prefix("revision ")?.parse().ok()?);
        let root = Sum::from_str_radix(lines.next()?.strip_prefix("root ")?, 16).ok()?;
        Some(Reading::Sound(Head { revision, root }))
    }
    std::str::from_utf8(content).ok().and_then(sound).unwrap_or(Reading::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_back_and_no_flipped_bit_goes_unnoticed() {
        let head = Head { revision: Revision(4711), root: 0xabcd };
        let text = head.text();
        assert_eq!(parse(text.as_bytes()), Reading::Sound(head));
        for bit in 0..text.len() * 8 {
            let mut bad = text.clone().into_bytes();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&bad), Reading::Damaged, "bit {bit}");
        }
        for cut in 0..text.len() {
            assert_eq!(parse(&text.as_bytes()[..cut]), Reading::Damaged, "cut at {cut}");
        }
    }

    #[test]
    fn a_newer_format_is_told_apart_from_damage() {
        let lines = "cloudscope-store 200\nwhatever that version writes\n";
        let text = format!("{lines}checksum {}\n", hash(lines));
        assert_eq!(parse(text.as_bytes()), Reading::TooNew(200));
    }
}
