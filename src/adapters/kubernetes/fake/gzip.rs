//! Gzip as a wrapping only: the bytes as they are, in the form that a client has to unwrap (RFC 1951, stored
//! blocks; RFC 1952). Real servers send large answers so to clients that accept it.

/// A large answer, from which on real servers compress.
pub(crate) const LARGE: usize = 128 << 10;

/// Wraps.
pub(crate) fn wrap(bytes: &[u8]) -> Vec<u8> {
    // Deflate, no flags, no time, no system.
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.reserve(bytes.len() + bytes.len() / 1000 + 64);
    let mut blocks = bytes.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    if bytes.is_empty() {
        out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    }
    out.extend_from_slice(&sum(bytes).to_le_bytes());
    // Modulo 2^32, as the format has it.
    let length = u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or(0);
    out.extend_from_slice(&length.to_le_bytes());
    out
}

/// CRC-32, a byte at a time.
fn sum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    !bytes.iter().fold(!0, |sum: u32, byte| TABLE[((sum ^ u32::from(*byte)) & 0xff) as usize] ^ (sum >> 8))
}

const fn table() -> [u32; 256] {
    let mut table = [0_u32; 256];
    let mut n = 0;
    while n < 256 {
        let mut value = n as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[n] = value;
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standard() {
        assert_eq!(sum(b"123456789"), 0xcbf4_3926);
        assert_eq!(wrap(b"ab").len(), 10 + 5 + 2 + 8);
    }
}
