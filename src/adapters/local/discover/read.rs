//! Reads one small foreign file: regular files only, bounded, never waiting for a pipe's writer.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::OFlags;

/// Configuration files are small; the profile list of a large Azure tenant is a few hundred kilobytes.
const MOST: u64 = 4 << 20;

/// What became of it.
pub(super) enum Text {
    Absent,
    Unusable(String),
    There(String),
}

pub(super) fn text(path: &Path) -> Text {
    match read(path) {
        Ok(Some(text)) => Text::There(text),
        Ok(None) => Text::Absent,
        Err(reason) => Text::Unusable(reason),
    }
}

fn read(path: &Path) -> Result<Option<String>, String> {
    // By name first: opening a device can already act on it.
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_file() => {}
        Ok(_) => return Err("not a regular file".to_owned()),
        Err(e) => return missing(&e),
    }
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path) {
        Ok(file) => file,
        Err(e) => return missing(&e),
    };
    if !file.metadata().is_ok_and(|meta| meta.is_file()) {
        return Err("not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|e| e.kind().to_string())?;
    if bytes.len() as u64 > MOST {
        return Err(format!("larger than {} MiB", MOST >> 20));
    }
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
    // The Azure command line writes a byte order mark.
    Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}

fn missing(error: &std::io::Error) -> Result<Option<String>, String> {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Ok(None),
        kind => Err(kind.to_string()),
    }
}
