//! Answers as they arrive: whole ones up to a bound, and streams line by line.
//!
//! Knows no meaning of what is read.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use kube::client::Body;

/// Between two pieces of a whole answer.
const PIECE: Duration = Duration::from_secs(30);
/// No line is longer.
const LONGEST_LINE: usize = 32 << 20;

/// Why an answer is not there.
#[derive(Debug)]
pub(crate) enum Lost {
    /// The connection broke or stood still.
    Broken(String),
    /// It is larger than the bound.
    TooLarge,
}

/// A whole answer of at most so many bytes.
pub(crate) async fn whole(mut body: Body, most: usize) -> Result<Bytes, Lost> {
    let mut bytes = BytesMut::new();
    loop {
        let Ok(frame) = tokio::time::timeout(PIECE, body.frame()).await else {
            return Err(Lost::Broken(format!("nothing more came for {} s", PIECE.as_secs())));
        };
        let Some(frame) = frame else { return Ok(bytes.freeze()) };
        let frame = frame.map_err(|e| Lost::Broken(crate::failure::chain(&e)))?;
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > most {
                return Err(Lost::TooLarge);
            }
            bytes.extend_from_slice(&data);
        }
    }
}

/// A stream of lines. What is half sent when it ends is never handed out.
pub(crate) struct Lines {
    body: Body,
    rest: BytesMut,
    /// How far `rest` was looked through.
    scanned: usize,
}

impl Lines {
    pub(crate) fn new(body: Body) -> Self {
        Self { body, rest: BytesMut::new(), scanned: 0 }
    }

    /// The lines that the next piece completes; `None` at the end. Dropping the future loses nothing.
    pub(crate) async fn more(&mut self) -> Option<Result<Vec<Bytes>, Lost>> {
        let frame = match self.body.frame().await? {
            Ok(frame) => frame,
            Err(e) => return Some(Err(Lost::Broken(crate::failure::chain(&e)))),
        };
        let mut lines = Vec::new();
        if let Ok(data) = frame.into_data() {
            self.rest.extend_from_slice(&data);
            while let Some(at) = self.rest[self.scanned..].iter().position(|b| *b == b'\n') {
                let line = self.rest.split_to(self.scanned + at + 1).freeze();
                self.scanned = 0;
                let line = line.slice(..line.len() - 1);
                if !line.iter().all(u8::is_ascii_whitespace) {
                    lines.push(line);
                }
            }
            self.scanned = self.rest.len();
            if self.rest.len() > LONGEST_LINE {
                return Some(Err(Lost::TooLarge));
            }
        }
        Some(Ok(lines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_whole_lines_are_handed_out() {
        let mut lines = Lines::new(Body::from(b"{\"a\":1}\n\n{\"b\":2}\n{\"c\":".to_vec()));
        let found = lines.more().await.unwrap().unwrap();
        assert_eq!(found, [Bytes::from_static(b"{\"a\":1}"), Bytes::from_static(b"{\"b\":2}")]);
        assert!(lines.more().await.is_none());
    }

    #[tokio::test]
    async fn an_answer_has_a_bound() {
        assert!(matches!(whole(Body::from(vec![0; 10]), 9).await, Err(Lost::TooLarge)));
        assert_eq!(whole(Body::from(vec![0; 9]), 9).await.unwrap().len(), 9);
    }
}
