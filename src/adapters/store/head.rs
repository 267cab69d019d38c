//! The side file: the last acknowledged revision and what the store contained then. It is what tells
//! that a store was cut, because a store that was cut takes its own account of itself with it.
//!
//! ```text
//! at 0, and at 4096:
//! cloudscope-store 2
//! revision 4711
//! sequence 4733           counts commits and steps of pruning; format 1 did not have it
//! root 6f1c...            32 hex digits
//! directory 2             which of the engine's directories; left out for the first one
//! live 4711               bytes of all names and values in it; left out when not known
//! given 4720              the highest revision that was ever given out, where the store has fewer: it was put back from
//!                         quarantine, and is brought up to that when it is opened
//! checksum 90ab...        blake3 of the lines above, 32 hex digits
//! ```
//! Commits write the two places in turn, so that one of them is whole at any moment; the one with the
//! higher sequence counts. The first line says 3 when there is a `directory`: an older program would look
//! into the first one.
//!
//! Writing a new file and renaming it at every commit took three to ten times
//! as long (10 ms against 1 to 4 ms on a busy disk), because it syncs the directory's metadata too.

use std::{fmt::Write, fs::File, os::unix::fs::FileExt};

use cloudscope_domain::Revision;
use cloudscope_ports::StoreError;

use rustix::fs::OFlags;

use crate::{
    directory::{Directory, HEAD},
    envelope::{FORMAT, Sum},
    error::from_io,
    generation::Generation,
    meta::Meta,
};

/// What was acknowledged last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub revision: Revision,
    /// What is newer has the higher one.
    pub sequence: u64,
    pub root: Sum,
    /// Where the store is.
    pub generation: Generation,
    /// Bytes of all names and values.
    pub live: Option<u64>,
    /// The highest revision that was ever given out, where the store does not go that far.
    pub given: Option<Revision>,
}

/// What the side file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Absent,
    Damaged,
    TooNew(u32),
    Sound(Head),
}

impl Reading {
    /// What was acknowledged, if that is known.
    pub(crate) fn acknowledged(self) -> Option<Head> {
        match self {
            // Even an empty store has a root.
            Self::Sound(head) => (head.root != 0).then_some(head),
            Self::Absent | Self::Damaged | Self::TooNew(_) => None,
        }
    }

    /// The highest revision that was given out, where it says so.
    pub(crate) fn given(self) -> Option<Revision> {
        match self {
            Self::Sound(head) => Some(head.highest()),
            Self::Absent | Self::Damaged | Self::TooNew(_) => None,
        }
    }
}

/// The newest shape of the side file.
pub(crate) const NEWEST: u32 = FORMAT as u32 + 1;

/// Bytes of one place: a block of most disks, so that writing one cannot tear the other.
const PLACE: u64 = 4096;
/// No text is longer.
const TEXT: usize = 512;

/// The open side file.
pub(crate) struct HeadFile(File);

impl HeadFile {
    /// Makes the side file anew, as a whole; whatever it said before is forgotten.
    pub(crate) fn create(directory: &Directory, head: Head) -> Result<Self, StoreError> {
        let mut content = vec![0; 2 * PLACE as usize];
        let text = head.text();
        let at = head.place() as usize;
        content[at..at + text.len()].copy_from_slice(text.as_bytes());
        directory.replace(HEAD, &content)?;
        Ok(Self(directory.file(HEAD, OFlags::RDWR)?))
    }

    /// Has it say that. Where it does so already nothing is written, and where there is no room for a new file the next
    /// place of the one that is there is taken, as every commit does.
    pub(crate) fn settle(directory: &Directory, says: Option<Head>, head: Head) -> Result<Self, StoreError> {
        let there = || directory.file(HEAD, OFlags::RDWR).map(Self);
        if says == Some(head) {
            return there();
        }
        Self::create(directory, head).or_else(|error| {
            let next = says.is_some_and(|says| {
                says.sequence.checked_add(1) == Some(head.sequence) && says.generation == head.generation
            });
            if !next {
                return Err(error);
            }
            let file = there()?;
            file.advance(head).map_err(|_| error)?;
            Ok(file)
        })
    }

    /// Acknowledges the next revision. On failure the file may say either; make it anew.
    pub(crate) fn advance(&self, head: Head) -> Result<(), StoreError> {
        // Over all of what was there, which may have been longer.
        let mut text = head.text().into_bytes();
        text.resize(TEXT, 0);
        let written = self.0.write_all_at(&text, head.place());
        written.and_then(|()| self.0.sync_data()).map_err(|e| from_io(HEAD, &e))
    }

    /// A side file that cannot be written, for tests of what follows.
    #[cfg(test)]
    pub(crate) fn unwritable(directory: &Directory) -> Self {
        Self(directory.file(HEAD, OFlags::RDONLY).unwrap())
    }
}

/// Which of the readings counts. A place that was torn while it was written was never acknowledged.
fn best(readings: impl Iterator<Item = Reading>) -> Reading {
    readings.fold(Reading::Damaged, |best, next| match (best, next) {
        (Reading::TooNew(a), Reading::TooNew(b)) => Reading::TooNew(a.max(b)),
        (new @ Reading::TooNew(_), _) | (_, new @ Reading::TooNew(_)) => new,
        (Reading::Sound(a), Reading::Sound(b)) => Reading::Sound(if b.sequence > a.sequence { b } else { a }),
        (sound @ Reading::Sound(_), _) | (_, sound @ Reading::Sound(_)) => sound,
        (Reading::Absent | Reading::Damaged, Reading::Absent | Reading::Damaged) => Reading::Damaged,
    })
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}

impl Head {
    /// What is said of a store with that account.
    pub(crate) fn of(meta: &Meta, generation: Generation, live: Option<u64>) -> Self {
        let (revision, sequence, root) = (meta.revision, meta.sequence, meta.root());
        Self { revision, sequence, root, generation, live, given: None }
    }

    fn text(&self) -> String {
        let Self { revision, sequence, root, generation, live, given } = self;
        let shape = if generation.0 == 0 { u32::from(FORMAT) } else { NEWEST };
        let mut lines =
            format!("cloudscope-store {shape}\nrevision {revision}\nsequence {sequence}\nroot {root:032x}\n");
        if generation.0 > 0 {
            let _ = writeln!(lines, "directory {}", generation.0);
        }
        if let Some(live) = live {
            let _ = writeln!(lines, "live {live}");
        }
        if let Some(given) = given {
            let _ = writeln!(lines, "given {given}");
        }
        let checksum = hash(&lines);
        format!("{lines}checksum {checksum}\n")
    }

    /// Of a store whose own side file is lost: it says where the store is and what was given out, nothing of what is
    /// in it.
    pub(crate) fn blank(generation: Generation, given: Revision) -> Self {
        Self { generation, given: Some(given), ..Self::default() }
    }

    /// The highest revision that was given out.
    pub(crate) fn highest(&self) -> Revision {
        self.given.map_or(self.revision, |given| given.max(self.revision))
    }

    fn place(self) -> u64 {
        self.sequence % 2 * PLACE
    }

    pub(crate) fn read(directory: &Directory) -> Result<Reading, StoreError> {
        Ok(directory.read(HEAD)?.map_or(Reading::Absent, |content| Self::parse(&content)))
    }

    /// What a side file says.
    pub(crate) fn parse(content: &[u8]) -> Reading {
        best(content.chunks(PLACE as usize).map(parse))
    }
}

/// Reads some bytes; for the fuzzer.
pub(crate) fn look_at(content: &[u8]) {
    if let Reading::Sound(head) = best(content.chunks(PLACE as usize).map(parse)) {
        assert_eq!(parse(head.text().as_bytes()), Reading::Sound(head), "it is read as it is written");
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
        if format > NEWEST {
            return Some(Reading::TooNew(format));
        }
        let revision = Revision(lines.next()?.strip_prefix("revision ")?.parse().ok()?);
        let sequence = match format {
            0 | 1 => revision.0,
            _ => lines.next()?.strip_prefix("sequence ")?.parse().ok()?,
        };
        let root = Sum::from_str_radix(lines.next()?.strip_prefix("root ")?, 16).ok()?;
        let mut head = Head { revision, sequence, root, ..Head::default() };
        for line in lines {
            match line.split_once(' ')? {
                ("directory", number) => head.generation = Generation(number.parse().ok()?),
                ("live", bytes) => head.live = Some(bytes.parse().ok()?),
                ("given", revision) => head.given = Some(Revision(revision.parse().ok()?)),
                _ => {}
            }
        }
        Some(Reading::Sound(head))
    }
    let end = content.iter().position(|b| *b == 0).unwrap_or(content.len());
    std::str::from_utf8(&content[..end]).ok().and_then(sound).unwrap_or(Reading::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_back_and_no_flipped_bit_goes_unnoticed() {
        let plain = Head { revision: Revision(4711), sequence: 4733, root: 0xabcd, ..Head::default() };
        assert_eq!(parse(plain.text().as_bytes()), Reading::Sound(plain));
        assert!(plain.text().starts_with("cloudscope-store 2\n"), "a program of format 2 reads it");
        let head = Head { generation: Generation(3), live: Some(99), given: Some(Revision(4720)), ..plain };
        let text = head.text();
        assert_eq!(parse(text.as_bytes()), Reading::Sound(head));
        assert!(text.starts_with("cloudscope-store 3\n"), "a program of format 2 leaves it alone");
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
    fn the_newer_place_counts_and_a_torn_one_does_not() {
        let root = tempfile::tempdir().unwrap();
        let directory = Directory::open(root.path()).unwrap();
        assert_eq!(Head::read(&directory).unwrap(), Reading::Absent);
        let head = |n| Head { revision: Revision(3), sequence: n, root: n.into(), ..Head::default() };
        let file = HeadFile::create(&directory, head(8)).unwrap();
        assert_eq!(Head::read(&directory).unwrap(), Reading::Sound(head(8)));
        for n in 9..=12 {
            file.advance(head(n)).unwrap();
            assert_eq!(Head::read(&directory).unwrap(), Reading::Sound(head(n)));
        }
        // A shorter text over a longer one.
        let long = |n| Head { live: Some(u64::MAX), ..head(n) };
        for text in [long(13), long(14), head(15), head(16), long(17), head(12)] {
            file.advance(text).unwrap();
            assert_eq!(
                best(
                    [0, PLACE]
                        .map(|at| {
                            let mut place = vec![0; PLACE as usize];
                            let read = file.0.read_at(&mut place, at).unwrap();
                            parse(&place[..read])
                        })
                        .into_iter()
                        .filter(|r| *r == Reading::Sound(text))
                ),
                Reading::Sound(text)
            );
        }
        file.advance(head(11)).unwrap();
        file.0.write_all_at(b"torn", 0).unwrap();
        assert_eq!(Head::read(&directory).unwrap(), Reading::Sound(head(11)));
        file.0.write_all_at(b"torn", PLACE).unwrap();
        assert_eq!(Head::read(&directory).unwrap(), Reading::Damaged);
        drop(HeadFile::create(&directory, head(3)).unwrap());
        assert_eq!(Head::read(&directory).unwrap(), Reading::Sound(head(3)));
    }

    #[test]
    fn the_side_file_of_format_1_is_read() {
        let lines = format!("cloudscope-store 1\nrevision 9\nroot {:032x}\n", 7);
        let text = format!("{lines}checksum {}\n", hash(&lines));
        let head = Head { revision: Revision(9), sequence: 9, root: 7, ..Head::default() };
        assert_eq!(parse(text.as_bytes()), Reading::Sound(head));
    }

    #[test]
    fn a_newer_format_is_told_apart_from_damage() {
        let lines = "cloudscope-store 200\nwhatever that version writes\n";
        let text = format!("{lines}checksum {}\n", hash(lines));
        assert_eq!(parse(text.as_bytes()), Reading::TooNew(200));
    }
}
