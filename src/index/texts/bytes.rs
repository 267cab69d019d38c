//! Which rows of a chunk have a character, for those that people begin to type with.

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

/// A set of rows for each character that is kept.
#[derive(Clone, Debug)]
pub(super) struct RowsByByte(Box<[Bits]>);

impl RowsByByte {
    pub(super) fn new<'a>(rows: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut sets = vec![Bits::default(); KEPT.len()];
        for (n, row) in rows.enumerate() {
            let mut has = row.iter().fold(0_u64, |has, byte| match PLACES[*byte as usize] {
                NONE => has,
                place => has | 1 << place,
            });
            while has != 0 {
                sets[has.trailing_zeros() as usize].set(n);
                has &= has - 1;
            }
        }
        Self(sets.into_boxed_slice())
    }

    /// The rows with it; `None` when it is not kept.
    pub(super) fn with(&self, byte: u8) -> Option<&Bits> {
        self.0.get(usize::from(PLACES[byte as usize]))
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val::<[Bits]>(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_the_sets_of_its_characters_alone() {
        let rows: [&[u8]; 4] = [b"web-01", b"", b"caf\xc3\xa9_Z", b"zzz"];
        let known = RowsByByte::new(rows.into_iter());
        for byte in 0..=u8::MAX {
            let Some(with) = known.with(byte) else {
                assert!(!KEPT.contains(&byte));
                continue;
            };
            let naive: Vec<usize> = (0..rows.len()).filter(|n| rows[*n].contains(&byte)).collect();
            assert_eq!(with.iter().collect::<Vec<_>>(), naive, "{byte}");
        }
    }
}
