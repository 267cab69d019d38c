//! Cuts CSV text into runs of whole records without parsing them, so that a quote that is never
//! closed costs one record instead of the rest of the file, and memory stays bounded.
//!
//! The quoting rule is the csv crate's own: a quote opens only at the start of a field; inside, `""`
//! is a quote; behind the closing quote anything goes on unquoted.

use std::{collections::VecDeque, io::BufRead};

const CHUNK: usize = 64 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    QuoteInQuoted,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chunk<'a> {
    /// Whole records. `torn`: the last one is the file's last and has no line end.
    Records {
        bytes: &'a [u8],
        first_line: u64,
        torn: bool,
    },
    /// The record that starts on this line does not end within the bound; its first line was left
    /// out, and what follows is read as records again.
    TooLong {
        line: u64,
    },
    /// The file ends within a quoted field of the record that starts on this line.
    Open {
        line: u64,
    },
    End,
}

pub(crate) struct Splitter<R> {
    from: R,
    delimiter: u8,
    most: usize,
    /// Lines that were read ahead for a record that did not end.
    again: VecDeque<u8>,
    buffer: Vec<u8>,
    /// Of the first byte of `buffer`.
    line: u64,
    lines_told: u64,
    read: u64,
}

impl<R: BufRead> Splitter<R> {
    pub(crate) fn new(from: R, delimiter: u8, most: usize) -> Self {
        Self {
            from,
            delimiter,
            most,
            again: VecDeque::new(),
            buffer: Vec::new(),
            line: 1,
            lines_told: 0,
            read: 0,
        }
    }

    /// Bytes taken from the reader so far.
    pub(crate) fn read(&self) -> u64 {
        self.read
    }

    pub(crate) fn advance(&mut self) -> std::io::Result<Chunk<'_>> {
        self.line += self.lines_told;
        self.lines_told = 0;
        self.buffer.clear();
        let mut state = State::Start;
        // Where the record under way starts in `buffer`, and its line counted from `self.line`.
        let mut record = 0;
        let mut record_line = 0;
        let mut lines = 0;
        loop {
            let before = self.buffer.len();
            let whole = self.push_line(record)?;
            if self.buffer.len() == before {
                return Ok(self.at_end(state, record, record_line, lines));
            }
            state = after(&self.buffer[before..], self.delimiter, state);
            lines += 1;
            if whole && state != State::Quoted {
                state = State::Start;
                record = self.buffer.len();
                record_line = lines;
                if record >= CHUNK {
                    self.lines_told = lines;
                    return Ok(Chunk::Records { bytes: &self.buffer, first_line: self.line, torn: false });
                }
            } else if self.buffer.len() - record > self.most {
                if record > 0 {
                    // Tell the whole records first; this one comes again.
                    self.put_back(record);
                    self.lines_told = record_line;
                    return Ok(Chunk::Records { bytes: &self.buffer, first_line: self.line, torn: false });
                }
                let first = memchr::memchr(b'\n', &self.buffer).map(|at| at + 1);
                let line = self.line;
                match first {
                    Some(end) => self.put_back(end),
                    None => self.skip_line()?,
                }
                self.lines_told = 1;
                return Ok(Chunk::TooLong { line });
            }
        }
    }

    fn at_end(&mut self, state: State, record: usize, record_line: u64, lines: u64) -> Chunk<'_> {
        if self.buffer.is_empty() {
            return Chunk::End;
        }
        if state == State::Quoted {
            if record > 0 {
                self.put_back(record);
                self.lines_told = record_line;
                return Chunk::Records { bytes: &self.buffer, first_line: self.line, torn: false };
            }
            return Chunk::Open { line: self.line };
        }
        self.lines_told = lines;
        let torn = self.buffer.last() != Some(&b'\n');
        Chunk::Records { bytes: &self.buffer, first_line: self.line, torn }
    }

    /// Appends one line, as far as the bound on the record that starts at `record` allows; whether it
    /// came to a line end.
    fn push_line(&mut self, record: usize) -> std::io::Result<bool> {
        loop {
            let room = self.most + 1 - (self.buffer.len() - record).min(self.most);
            if !self.again.is_empty() {
                let (front, _) = self.again.as_slices();
                let take = memchr::memchr(b'\n', front).map_or(front.len(), |at| at + 1).min(room);
                self.buffer.extend(self.again.drain(..take));
            } else {
                let from = self.from.fill_buf()?;
                if from.is_empty() {
                    return Ok(false);
                }
                let take = memchr::memchr(b'\n', from).map_or(from.len(), |at| at + 1).min(room);
                self.buffer.extend_from_slice(&from[..take]);
                self.from.consume(take);
                self.read += take as u64;
            }
            if self.buffer.last() == Some(&b'\n') {
                return Ok(true);
            }
            if self.buffer.len() - record > self.most {
                return Ok(false);
            }
        }
    }

    /// Everything from `start` on is read again.
    fn put_back(&mut self, start: usize) {
        for byte in self.buffer.drain(start..).rev() {
            self.again.push_front(byte);
        }
    }

    /// Drops the rest of a line that is too long to hold.
    fn skip_line(&mut self) -> std::io::Result<()> {
        loop {
            let (found, used) = if self.again.is_empty() {
                let from = self.from.fill_buf()?;
                let found = memchr::memchr(b'\n', from);
                let used = found.map_or(from.len(), |at| at + 1);
                self.from.consume(used);
                self.read += used as u64;
                (found.is_some(), used)
            } else {
                let (front, _) = self.again.as_slices();
                let found = memchr::memchr(b'\n', front);
                let used = found.map_or(front.len(), |at| at + 1);
                self.again.drain(..used);
                (found.is_some(), used)
            };
            if found || used == 0 {
                return Ok(());
            }
        }
    }
}

fn after(bytes: &[u8], delimiter: u8, mut state: State) -> State {
    for byte in bytes {
        state = match (state, *byte) {
            (State::Quoted, b'"') => State::QuoteInQuoted,
            (State::Quoted, _) => State::Quoted,
            (State::QuoteInQuoted, b'"') => State::Quoted,
            (State::Start, b'"') => State::Quoted,
            (_, b) if b == delimiter => State::Start,
            (_, b'\n' | b'\r') => State::Start,
            _ => State::Plain,
        };
    }
    state
}
