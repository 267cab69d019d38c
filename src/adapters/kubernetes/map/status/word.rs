//! Words of a status, with what they mean.

use std::sync::Arc;

use cloudscope_domain::{Status, StatusClass};

/// No reason is longer; the API itself allows 1,024 bytes.
const LONGEST: usize = 128;

pub(super) fn ok(word: impl Into<Arc<str>>) -> Status {
    Status { word: word.into(), class: StatusClass::Ok }
}

pub(super) fn warning(word: impl Into<Arc<str>>) -> Status {
    Status { word: word.into(), class: StatusClass::Warning }
}

pub(super) fn error(word: impl Into<Arc<str>>) -> Status {
    Status { word: word.into(), class: StatusClass::Error }
}

pub(super) fn pending(word: impl Into<Arc<str>>) -> Status {
    Status { word: word.into(), class: StatusClass::Pending }
}

pub(super) fn stopped(word: impl Into<Arc<str>>) -> Status {
    Status { word: word.into(), class: StatusClass::Stopped }
}

pub(super) fn unknown(word: impl Into<Arc<str>>) -> Status {
    Status { word: word.into(), class: StatusClass::Unknown }
}

/// Whether a word is as short as words are.
pub(super) fn is_short(word: &str) -> bool {
    word.len() <= LONGEST
}

/// The beginning of a long one.
pub(super) fn cut(status: &Status) -> Status {
    let end = status.word.floor_char_boundary(LONGEST);
    Status { word: status.word[..end].into(), class: status.class }
}
