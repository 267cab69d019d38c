//! How a saved index lies in a file, so that a flip or a cut anywhere in it is seen.
//!
//! ```text
//! magic, format    8 + 4 bytes
//! length, sum      8 + 16 bytes     the sum is of the number of the frame and its bytes
//! bytes            so many
//! ...              and so on, until the frame that the head says is the last
//! ```

use std::io::{self, Read, Write};

use crate::bytes::{In, Out};

const MAGIC: [u8; 8] = *b"CSINDEX\n";
/// Counts up whenever anything of the layout or of folding changes: what is saved can always be made anew.
/// 2: both small sigmas fold to one.
const FORMAT: u32 = 2;
/// No frame is longer: that of a chunk with the longest text takes less.
const MOST: u64 = 1 << 31;

/// Why a saved index cannot be used. It is to be built again from the records.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It is none, or one of a program with another format.
    #[error("this is no saved index of format {0}; it is built again")]
    Foreign(u32),
    /// It was changed or cut after it was saved.
    #[error("the saved index is damaged ({0}); it is built again")]
    Damaged(&'static str),
    /// It could not be read.
    #[error("the saved index could not be read: {0}; it is built again")]
    Read(#[from] io::Error),
}

pub(crate) fn sum(number: u64, bytes: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(bytes);
    let mut sum = [0; 16];
    sum.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    sum
}

pub(crate) struct Writing<'a> {
    out: &'a mut dyn Write,
    number: u64,
    frame: Out,
}

impl<'a> Writing<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        out.write_all(&MAGIC)?;
        out.write_all(&FORMAT.to_le_bytes())?;
        Ok(Self { out, number: 0, frame: Out::default() })
    }

    /// Writes one frame.
    pub(crate) fn frame(&mut self, fill: impl FnOnce(&mut Out)) -> io::Result<()> {
        self.frame.bytes.clear();
        fill(&mut self.frame);
        let bytes = &self.frame.bytes;
        self.out.write_all(&(bytes.len() as u64).to_le_bytes())?;
        self.out.write_all(&sum(self.number, bytes))?;
        self.out.write_all(bytes)?;
        self.number += 1;
        Ok(())
    }
}

pub(crate) struct Reading<'a> {
    input: &'a mut dyn Read,
    number: u64,
    frame: Vec<u8>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(input: &'a mut dyn Read) -> Result<Self, Unfit> {
        let mut head = [0; 12];
        input.read_exact(&mut head)?;
        if head[..8] != MAGIC || head[8..] != FORMAT.to_le_bytes() {
            return Err(Unfit::Foreign(FORMAT));
        }
        Ok(Self { input, number: 0, frame: Vec::new() })
    }

    /// Reads one frame, which has to be taken whole.
    pub(crate) fn frame<T>(
        &mut self,
        what: &'static str,
        take: impl FnOnce(&mut In<'_>) -> Option<T>,
    ) -> Result<T, Unfit> {
        let mut head = [0; 24];
        self.input.read_exact(&mut head)?;
        let [a, b, c, d, e, f, g, h, given @ ..] = head;
        let length = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        if length > MOST {
            return Err(Unfit::Damaged("a part is too long"));
        }
        self.frame.clear();
        // Grows as bytes come, so that a length that lies costs nothing.
        let got = (&mut *self.input).take(length).read_to_end(&mut self.frame)?;
        if got as u64 != length {
            return Err(Unfit::Damaged("it ends too early"));
        }
        if sum(self.number, &self.frame) != given {
            return Err(Unfit::Damaged("a checksum does not fit"));
        }
        self.number += 1;
        let mut input = In::new(&self.frame);
        take(&mut input).filter(|_| input.is_at_end()).ok_or(Unfit::Damaged(what))
    }

    /// Nothing is left.
    pub(crate) fn end(self) -> Result<(), Unfit> {
        match self.input.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(Unfit::Damaged("there is more than should be")),
        }
    }
}
