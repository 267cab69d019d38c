//! Small numbers in few bytes: seven bits a byte, the lowest first (LEB128).

pub(crate) fn put(out: &mut Vec<u8>, mut n: u32) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Takes a number off the front; `None` when it is cut or too large.
#[inline]
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u32> {
    let mut n = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        if shift == 28 && *first > 0x0F {
            return None;
        }
        n |= u32::from(first & 0x7F) << shift;
        if *first < 0x80 {
            return Some(n);
        }
    }
    None
}

/// The step from one number to another, small when they are near.
pub(crate) fn step(from: u32, to: u32) -> u32 {
    let step = to.wrapping_sub(from).cast_signed();
    (step.wrapping_shl(1) ^ step.wrapping_shr(31)).cast_unsigned()
}

/// Where a step leads.
#[inline]
pub(crate) fn after(from: u32, step: u32) -> u32 {
    from.wrapping_add((step >> 1) ^ (step & 1).wrapping_neg())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_put_is_taken(numbers in prop::collection::vec(any::<u32>(), 0..20), cut in 0_usize..100) {
            let mut bytes = Vec::new();
            let mut from = 0;
            for n in &numbers {
                put(&mut bytes, step(from, *n));
                from = *n;
            }
            let (mut rest, mut from) = (bytes.as_slice(), 0);
            for n in &numbers {
                from = after(from, take(&mut rest).unwrap());
                prop_assert_eq!(from, *n);
            }
            prop_assert!(take(&mut rest).is_none());
            let mut short = &bytes[..cut.min(bytes.len())];
            while take(&mut short).is_some() {}
        }
    }
}
