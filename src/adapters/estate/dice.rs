//! Numbers from numbers: the same for the same input, unlike for inputs that are alike.

/// The finaliser of splitmix64 over two words.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let mut z = a ^ b.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number below `bound`.
pub(crate) fn below(hash: u64, bound: usize) -> usize {
    usize::try_from(hash % bound.max(1) as u64).unwrap_or(0)
}

/// Appends so many hexadecimal digits, at most 16.
pub(crate) fn hex(out: &mut String, n: u64, digits: u32) {
    for place in (0..digits.min(16)).rev() {
        let digit = u32::try_from(n >> (4 * place) & 15).unwrap_or(0);
        out.push(char::from_digit(digit, 16).unwrap_or('0'));
    }
}

/// So many letters and digits as Kubernetes puts behind names, at most 12.
pub(crate) fn suffix(out: &mut String, mut n: u64, length: usize) {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    for _ in 0..length.min(12) {
        out.push(char::from(ALPHABET[below(n, ALPHABET.len())]));
        n /= ALPHABET.len() as u64;
    }
}
