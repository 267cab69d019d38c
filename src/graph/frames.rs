//! Items in frames with checksums, to a writer and back from a reader that nobody vouches for. Nothing is
//! read beyond the last frame, and no length is believed before bytes are there.
//!
//! ```text
//! frame: section, 0 the end | bytes of the body, u32 | checksum, u64 | items: length, u32, and so many bytes
//! ```

use std::io::{self, Read, Write};

use crate::hash::Seed;

/// A frame is written when it has this many bytes.
const FRAME: usize = 1 << 20;
/// No frame is longer, whatever it says: an item is a page of names at the most.
const MOST: usize = 1 << 30;
const HEAD: usize = 13;

/// Why a saved graph cannot be used. It is to be built again from the records.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It is none, or one of a program with another format.
    #[error("this is no saved graph of format {0}; it is built again")]
    Foreign(u32),
    /// It was changed or cut after it was saved.
    #[error("the saved graph is damaged ({0}); it is built again")]
    Damaged(&'static str),
    /// It could not be read.
    #[error("the saved graph could not be read: {0}; it is built again")]
    Read(#[from] io::Error),
}

/// The sum of a frame, which depends on how many came before it.
fn sum(number: u64, section: u8, body: &[u8]) -> [u8; 8] {
    let place = Seed(number).hash(&[section]);
    Seed(place).hash(body).to_le_bytes()
}

/// Writes items.
pub(crate) struct Frames<'a> {
    out: &'a mut dyn Write,
    body: Vec<u8>,
    section: u8,
    number: u64,
}

impl<'a> Frames<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, body: Vec::new(), section: 0, number: 0 }
    }

    /// An item of a section. Sections come one after another.
    pub(crate) fn item(&mut self, section: u8, item: &[u8]) -> io::Result<()> {
        if self.body.len() >= FRAME || section != self.section && !self.body.is_empty() {
            self.frame()?;
        }
        self.section = section;
        let len = u32::try_from(item.len()).ok().filter(|n| (*n as usize) < MOST - FRAME - 4);
        let len = len.ok_or_else(|| io::Error::other("a part of the graph is too large to be saved"))?;
        self.body.extend_from_slice(&len.to_le_bytes());
        self.body.extend_from_slice(item);
        Ok(())
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        if !self.body.is_empty() {
            self.frame()?;
        }
        self.section = 0;
        self.frame()
    }

    fn frame(&mut self) -> io::Result<()> {
        let len = u32::try_from(self.body.len()).unwrap_or(u32::MAX);
        self.out.write_all(&[self.section])?;
        self.out.write_all(&len.to_le_bytes())?;
        self.out.write_all(&sum(self.number, self.section, &self.body))?;
        self.out.write_all(&self.body)?;
        self.number += 1;
        self.body.clear();
        Ok(())
    }
}

/// Reads items.
pub(crate) struct Items<'a> {
    input: &'a mut dyn Read,
    body: Vec<u8>,
    at: usize,
    section: u8,
    number: u64,
}

impl<'a> Items<'a> {
    /// Reads the first frame.
    pub(crate) fn new(input: &'a mut dyn Read) -> Result<Self, Unfit> {
        let mut items = Self { input, body: Vec::new(), at: 0, section: 0, number: 0 };
        items.frame()?;
        Ok(items)
    }

    /// The next item, if it belongs to this section.
    pub(crate) fn item(&mut self, section: u8) -> Result<Option<&[u8]>, Unfit> {
        if self.at == self.body.len() && self.section != 0 {
            self.frame()?;
        }
        if self.section != section {
            return Ok(None);
        }
        let cut = Unfit::Damaged("an item is cut");
        let rest = self.body.get(self.at..).unwrap_or_default();
        let Some((len, rest)) = rest.split_first_chunk::<4>() else { return Err(cut) };
        let Some(item) = rest.get(..u32::from_le_bytes(*len) as usize) else { return Err(cut) };
        self.at += 4 + item.len();
        Ok(Some(item))
    }

    /// Nothing is left.
    pub(crate) fn end(mut self) -> Result<(), Unfit> {
        if self.at == self.body.len() && self.section != 0 {
            self.frame()?;
        }
        if self.section == 0 { Ok(()) } else { Err(Unfit::Damaged("there is more than should be")) }
    }

    fn frame(&mut self) -> Result<(), Unfit> {
        let mut head = [0; HEAD];
        self.input.read_exact(&mut head)?;
        let [section, a, b, c, d, given @ ..] = head;
        let len = u32::from_le_bytes([a, b, c, d]) as usize;
        if len > MOST {
            return Err(Unfit::Damaged("a frame is too long"));
        }
        self.body.clear();
        // Grows as bytes come, so that a length that lies costs nothing.
        let got = self.input.take(len as u64).read_to_end(&mut self.body)?;
        if got != len {
            return Err(Unfit::Damaged("it ends too early"));
        }
        if sum(self.number, section, &self.body) != given || (section == 0) != self.body.is_empty() {
            return Err(Unfit::Damaged("a checksum does not fit"));
        }
        (self.section, self.at) = (section, 0);
        self.number += 1;
        Ok(())
    }
}
