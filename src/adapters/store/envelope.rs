//! The wrapping of every value: a checksum that binds the content to its name, the version of the
//! format, and the length that decompression may not exceed.
//!
//! ```text
//! 0  "Cs"       magic
//! 2  u8         format version
//! 3  u8         codec: 0 as is, 1 zstd
//! 4  [u8; 16]   blake3 over name, codec and everything that follows, cut to 128 bits
//! 20 u32 le     length of the content when decompressed
//! 24 u64 le     the revision that wrote it
//! 32 ...        content
//! ```
//! The store's engine keeps checksums of its own, but a file that was cut opens without error and
//! misses what it missed; so nothing here trusts what lies below.

use std::{cell::RefCell, fmt};

use cloudscope_ports::StoreError;

/// The newest format that this program reads, and the one it writes.
pub(crate) const FORMAT: u8 = 2;

/// The oldest format that this program reads. What a record, a manifest and a change look like is the
/// same in both; `former` knows what differs.
pub(crate) const OLDEST_FORMAT: u8 = 1;

/// No value may become larger than this.
pub(crate) const MAX_BYTES: usize = 256 << 20;

const MAGIC: &[u8; 2] = b"Cs";
const HEADER: usize = 32;
const RAW: u8 = 0;
const ZSTD: u8 = 1;

/// Why a value is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Missing,
    Short,
    Magic,
    Format(u8),
    Checksum,
    Length,
    Content,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("it is missing"),
            Self::Short => f.write_str("it is cut"),
            Self::Magic => f.write_str("it is not a value of this program"),
            Self::Format(n) => write!(f, "it has the unknown format {n}"),
            Self::Checksum => f.write_str("its checksum differs"),
            Self::Length => f.write_str("its length differs from what it declares"),
            Self::Content => f.write_str("its content cannot be understood"),
        }
    }
}

/// The checksum of a value; sums of them stand for sets of values.
pub(crate) type Sum = u128;

/// A value that was verified.
pub(crate) struct Opened {
    pub sum: Sum,
    pub format: u8,
    pub revision: u64,
    pub body: Vec<u8>,
}

/// Wraps values; keeps the compressor's buffers from one to the next.
pub(crate) struct Sealer {
    compressor: zstd::bulk::Compressor<'static>,
}

impl Sealer {
    pub(crate) fn new() -> Result<Self, StoreError> {
        // Level 1 is what was measured: a third of the size at a tenth of the cost of level 3 and up.
        let compressor = zstd::bulk::Compressor::new(1).map_err(|e| StoreError::Io(format!("zstd: {e}")))?;
        Ok(Self { compressor })
    }

    /// The value that holds `body` under `key`, and its checksum.
    pub(crate) fn seal(
        &mut self,
        key: &[u8],
        revision: u64,
        body: &[u8],
    ) -> Result<(Vec<u8>, Sum), StoreError> {
        if body.len() > MAX_BYTES {
            return Err(StoreError::Io(format!(
                "one value would have {} bytes, more than the {MAX_BYTES} that the store takes",
                body.len()
            )));
        }
        let squeezed = self.compressor.compress(body).map_err(|e| StoreError::Io(format!("zstd: {e}")))?;
        let (codec, content) = if squeezed.len() < body.len() { (ZSTD, &*squeezed) } else { (RAW, body) };
        let mut value = Vec::with_capacity(HEADER + content.len());
        value.extend(MAGIC);
        value.extend([FORMAT, codec]);
        value.extend([0; 16]);
        // At most MAX_BYTES, which fits.
        value.extend((body.len() as u32).to_le_bytes());
        value.extend(revision.to_le_bytes());
        value.extend(content);
        let sum = checksum(key, &value);
        value[4..20].copy_from_slice(&sum.to_le_bytes());
        Ok((value, sum))
    }
}

/// Bytes of a value that are kept for the next one.
const ROOM: usize = 1 << 20;

/// Unwraps values; keeps the decompressor and its room from one to the next.
pub(crate) struct Unsealer {
    decompressor: zstd::bulk::Decompressor<'static>,
    body: Vec<u8>,
}

impl Unsealer {
    pub(crate) fn new() -> Result<Self, StoreError> {
        let decompressor =
            zstd::bulk::Decompressor::new().map_err(|e| StoreError::Io(format!("zstd: {e}")))?;
        Ok(Self { decompressor, body: Vec::new() })
    }

    /// Lets somebody have the one of this thread, which needs to be made only once.
    pub(crate) fn with<T>(work: impl FnOnce(&mut Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        thread_local! {
            static KEPT: RefCell<Option<Unsealer>> = const { RefCell::new(None) };
        }
        let kept = KEPT.take();
        let mut unsealer = kept.map_or_else(Self::new, Ok)?;
        let done = work(&mut unsealer);
        // One that failed is not used again, and a large value is not kept for as long as the thread lives.
        if done.is_ok() && unsealer.body.capacity() <= ROOM {
            KEPT.set(Some(unsealer));
        }
        done
    }

    /// Verifies and unwraps a value.
    pub(crate) fn open(&mut self, key: &[u8], value: &[u8]) -> Result<&[u8], Flaw> {
        verify(key, value)?;
        let length = declared(value)?;
        let content = &value[HEADER..];
        self.body.clear();
        match value[3] {
            RAW => self.body.extend_from_slice(content),
            ZSTD => {
                self.body.reserve(length);
                let done = self.decompressor.decompress_to_buffer(content, &mut self.body);
                done.map_err(|_| Flaw::Content)?;
            }
            _ => return Err(Flaw::Content),
        }
        if self.body.len() == length { Ok(&self.body) } else { Err(Flaw::Length) }
    }
}

fn checksum(key: &[u8], value: &[u8]) -> Sum {
    let mut hash = blake3::Hasher::new();
    hash.update(&(key.len() as u64).to_le_bytes());
    hash.update(key);
    hash.update(&value[..4]);
    hash.update(&value[20..]);
    let mut out = [0; 16];
    out.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    Sum::from_le_bytes(out)
}

fn bytes<const N: usize>(value: &[u8], at: usize) -> Result<[u8; N], Flaw> {
    value.get(at..at + N).and_then(|b| b.try_into().ok()).ok_or(Flaw::Short)
}

/// The checksum that a value claims, without verifying it.
pub(crate) fn claimed(value: &[u8]) -> Option<Sum> {
    bytes(value, 4).ok().map(Sum::from_le_bytes)
}

/// Checks that `value` is what was written under `key`; returns its checksum.
pub(crate) fn verify(key: &[u8], value: &[u8]) -> Result<Sum, Flaw> {
    if value.len() < HEADER {
        return Err(Flaw::Short);
    }
    if value[..2] != MAGIC[..] {
        return Err(Flaw::Magic);
    }
    if !(OLDEST_FORMAT..=FORMAT).contains(&value[2]) {
        return Err(Flaw::Format(value[2]));
    }
    let sum = checksum(key, value);
    if claimed(value) == Some(sum) { Ok(sum) } else { Err(Flaw::Checksum) }
}

/// The checksum of a value that is what was written, and the revision that wrote it.
pub(crate) fn verified(key: &[u8], value: &[u8]) -> Result<(Sum, u64), Flaw> {
    let sum = verify(key, value)?;
    Ok((sum, u64::from_le_bytes(bytes(value, 24)?)))
}

thread_local! {
    /// What decompressing needs is larger than most values, and made once in each thread.
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

fn decompress(content: &[u8], length: usize) -> Result<Vec<u8>, Flaw> {
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let fresh = || zstd::bulk::Decompressor::new().map_err(|_| Flaw::Content);
        let mut decompressor = kept.take().map_or_else(fresh, Ok)?;
        let body = decompressor.decompress(content, length).map_err(|_| Flaw::Content)?;
        // One that failed is not used again.
        *kept = Some(decompressor);
        Ok(body)
    })
}

/// How long the content of a value is.
fn declared(value: &[u8]) -> Result<usize, Flaw> {
    let length = u32::from_le_bytes(bytes(value, 20)?) as usize;
    if length > MAX_BYTES { Err(Flaw::Length) } else { Ok(length) }
}

/// Verifies and unwraps a value.
pub(crate) fn open(key: &[u8], value: &[u8]) -> Result<Opened, Flaw> {
    let sum = verify(key, value)?;
    let length = declared(value)?;
    let content = &value[HEADER..];
    let body = match value[3] {
        RAW => content.to_vec(),
        ZSTD => decompress(content, length)?,
        _ => return Err(Flaw::Content),
    };
    if body.len() != length {
        return Err(Flaw::Length);
    }
    Ok(Opened { sum, format: value[2], revision: u64::from_le_bytes(bytes(value, 24)?), body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_back_under_its_own_name_only() {
        let mut sealer = Sealer::new().unwrap();
        let mut unsealer = Unsealer::new().unwrap();
        for body in [&b""[..], b"x", &[7; 100_000]] {
            let (value, sum) = sealer.seal(b"key", 9, body).unwrap();
            let opened = open(b"key", &value).unwrap();
            assert_eq!((opened.sum, opened.revision, &*opened.body), (sum, 9, body));
            assert_eq!(unsealer.open(b"key", &value), Ok(body));
            assert_eq!(unsealer.open(b"kez", &value), Err(Flaw::Checksum));
            assert_eq!(claimed(&value), Some(sum));
            assert_eq!(open(b"kez", &value).err(), Some(Flaw::Checksum));
        }
    }

    #[test]
    fn no_flipped_bit_and_no_cut_goes_unnoticed() {
        let mut sealer = Sealer::new().unwrap();
        let (value, _) = sealer.seal(b"key", 9, b"some content, some content, some content").unwrap();
        let mut unsealer = Unsealer::new().unwrap();
        for bit in 0..value.len() * 8 {
            let mut bad = value.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(open(b"key", &bad).is_err(), "bit {bit}");
            assert!(unsealer.open(b"key", &bad).is_err(), "bit {bit}");
        }
        for cut in 0..value.len() {
            assert!(open(b"key", &value[..cut]).is_err(), "cut at {cut}");
        }
    }
}
