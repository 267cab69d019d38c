//! Which rows of a chunk have a character in any text that plain text searches, for those that people type. Answers
//! the first key of a search, and leaves few rows of most others to be read.

use crate::bits::Bits;

/// Characters that are kept; a search for another one looks at the rows.
const KEPT: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-";
/// What stands for a character that is not kept.
const NONE: u8 = u8::MAX;
const PLACES: [u8; 256] = {
    let mut places = [NONE; 256];
    let mut n = 0;
    while n < KEPT.len() {
        #[expect(clippy::cast_possible_truncation, reason = "there are fewer than 64")]
        let place = n as u8;
        places[KEPT[n] as usize] = place;
        n += 1;
    }
    places
};

/// The characters of a text that are kept, a bit each.
pub(super) fn kept(text: &[u8]) -> u64 {
    text.iter().fold(0, |has, byte| match PLACES[*byte as usize] {
        NONE => has,
        place => has | 1 << place,
    })
}

/// The rows with one character. Where a chunk is of one scope, many are in the beginning of every id.
#[derive(Clone, Debug)]
enum Rows {
    All,
    Nothing,
    Some(Box<Bits>),
}

/// The rows by each character that is kept.
#[derive(Clone, Debug)]
pub(super) struct RowsByByte {
    all: Bits,
    rows: Box<[Rows]>,
}

impl RowsByByte {
    /// Of the characters of each row.
    pub(super) fn new(rows: impl Iterator<Item = u64>) -> Self {
        let mut sets = vec![Bits::default(); KEPT.len()];
        let mut count = 0;
        for (n, mut has) in rows.enumerate() {
            while has != 0 {
                sets[has.trailing_zeros() as usize].set(n);
                has &= has - 1;
            }
            count += 1;
        }
        let all = Bits::first(count);
        let of = |set: Bits| match set {
            set if set.is_empty() => Rows::Nothing,
            set if set == all => Rows::All,
            set => Rows::Some(Box::new(set)),
        };
        Self { rows: sets.into_iter().map(of).collect(), all }
    }

    /// The rows with it; `None` when it is not kept.
    pub(super) fn with(&self, byte: u8) -> Option<Bits> {
        Some(match self.rows.get(usize::from(PLACES[byte as usize]))? {
            Rows::All => self.all.clone(),
            Rows::Nothing => Bits::default(),
            Rows::Some(rows) => (**rows).clone(),
        })
    }

    /// Those of some rows that have all of these characters, as far as they are kept.
    pub(super) fn among(&self, rows: &Bits, mut characters: u64) -> Bits {
        let mut left = rows.clone();
        while characters != 0 {
            match self.rows.get(characters.trailing_zeros() as usize) {
                Some(Rows::Nothing) => return Bits::default(),
                Some(Rows::Some(rows)) => left = left.and(rows),
                Some(Rows::All) | None => {}
            }
            characters &= characters - 1;
        }
        left
    }

    pub(super) fn bytes(&self) -> usize {
        let sets = self.rows.iter().filter(|rows| matches!(rows, Rows::Some(_))).count();
        size_of_val::<[Rows]>(&self.rows) + sets * size_of::<Bits>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_the_sets_of_its_characters_alone() {
        let rows: [&[u8]; 4] = [b"web-01q", b"q", b"caf\xc3\xa9_Zq", b"zzzq"];
        let known = RowsByByte::new(rows.into_iter().map(kept));
        let naive = |bytes: &[u8]| -> Vec<usize> {
            (0..rows.len()).filter(|n| bytes.iter().all(|byte| rows[*n].contains(byte))).collect()
        };
        for byte in 0..=u8::MAX {
            let Some(with) = known.with(byte) else {
                assert!(!KEPT.contains(&byte));
                continue;
            };
            assert_eq!(with.iter().collect::<Vec<_>>(), naive(&[byte]), "{byte}");
            for other in [b'z', b'q', b'w', b'y'] {
                let both = known.among(&with, kept(&[other]));
                assert_eq!(both.iter().collect::<Vec<_>>(), naive(&[byte, other]), "{byte} {other}");
            }
        }
        assert_eq!(
            known.among(&Bits::first(4), kept(b"_!")),
            Bits::first(4),
            "what is not kept decides nothing"
        );
    }
}
