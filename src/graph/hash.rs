//! A keyed hash that stays the same from version to version, because what it hashed is saved; and the
//! checksum of what is saved. Multiply and fold, as in wyhash (<https://github.com/wangyi-fudan/wyhash>).

use std::hash::{BuildHasherDefault, Hasher};

const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
const TWIST: u64 = 0xD1B5_4A32_D192_ED03;

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// What the hashes of one graph depend on, so that nobody can choose names that collide.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    pub(crate) fn hash(self, bytes: &[u8]) -> u64 {
        let secret = fold(self.0 ^ SPREAD, TWIST);
        let mut hash = self.0 ^ fold(bytes.len() as u64 ^ TWIST, SPREAD);
        let (words, rest) = bytes.as_chunks::<16>();
        let mut mix = |word: u128| hash = fold(word as u64 ^ secret, (word >> 64) as u64 ^ hash);
        words.iter().for_each(|w| mix(u128::from_le_bytes(*w)));
        if !rest.is_empty() {
            let mut word = [0; 16];
            word[..rest.len()].copy_from_slice(rest);
            mix(u128::from_le_bytes(word));
        }
        fold(hash ^ SPREAD, secret ^ TWIST)
    }
}

/// Spreads numbers that this program gave out itself: nobody else chooses them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Numbers(u64);

/// For maps by such numbers.
pub(crate) type Quick = BuildHasherDefault<Numbers>;

impl Hasher for Numbers {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = fold(self.0 ^ n ^ SPREAD, TWIST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_stays_what_it_was_and_depends_on_every_bit() {
        let text = b"arn:aws:ec2:eu-west-1:100000000000:instance/i-0abc";
        assert_eq!(Seed(7).hash(text), 18_135_274_984_137_859_079);
        for bit in 0..text.len() * 8 {
            let mut other = *text;
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(Seed(7).hash(text), Seed(7).hash(&other), "bit {bit}");
        }
        assert_ne!(Seed(7).hash(text), Seed(8).hash(text));
        assert_ne!(Seed(7).hash(&[]), Seed(7).hash(&[0]));
    }
}
