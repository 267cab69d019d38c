//! Reads the table of Unix sockets: who waits for connections, and on which path.
//!
//! Pure text in, plain data out. The kernel prints paths as they are, so a path may hold anything but
//! a zero byte, line ends too: a line that does not look like a row goes on with the row before. A path
//! that imitates a whole row is listed as a socket of its own, which nobody holds.

use super::Listener;
use crate::text::lossless;

/// SO_ACCEPTCON: `listen` was called.
const ACCEPTS: u64 = 0x1_0000;

/// Adds the listening sockets that have a name; returns how many lines were not understood.
pub(super) fn listening(table: &[u8], namespace: &str, to: &mut Vec<Listener>) -> u64 {
    let mut rows: Vec<Row> = Vec::new();
    let mut bad = 0;
    let mut lines = table.split(|b| *b == b'\n').skip(1).peekable();
    while let Some(line) = lines.next() {
        if let Some(row) = parse(line) {
            rows.push(row);
        } else if lines.peek().is_none() && line.is_empty() {
            // What follows the last line end.
        } else if let Some(row) = rows.last_mut().filter(|row| !row.path.is_empty()) {
            row.path.push(b'\n');
            row.path.extend_from_slice(line);
        } else {
            bad += 1;
        }
    }
    for row in rows.into_iter().filter(|row| row.flags & ACCEPTS != 0 && !row.path.is_empty()) {
        to.push(Listener {
            protocol: row.protocol,
            address: lossless(&row.path),
            port: None,
            uid: None,
            inode: row.inode,
            namespace: namespace.to_owned(),
        });
    }
    bad
}

struct Row {
    flags: u64,
    protocol: &'static str,
    inode: u64,
    path: Vec<u8>,
}

/// `00000000e4ebe448: 00000002 00000000 00010000 0001 01  1578 /run/x.sock`
fn parse(line: &[u8]) -> Option<Row> {
    let mut rest = line;
    let mut field = || -> Option<&[u8]> {
        let start = rest.iter().position(|b| *b != b' ')?;
        let trimmed = &rest[start..];
        let end = trimmed.iter().position(|b| *b == b' ').unwrap_or(trimmed.len());
        rest = &trimmed[end..];
        Some(&trimmed[..end])
    };
    let address = field()?.strip_suffix(b":")?;
    if !(8..=16).contains(&address.len()) {
        return None;
    }
    let hex = |field: &[u8]| u64::from_str_radix(std::str::from_utf8(field).ok()?, 16).ok();
    hex(address)?;
    let (_references, _protocol) = (hex(field()?)?, hex(field()?)?);
    let flags = hex(field()?)?;
    let protocol = match hex(field()?)? {
        1 => "unix",
        2 => "unix-dgram",
        5 => "unix-seqpacket",
        _ => return None,
    };
    hex(field()?)?;
    let inode = std::str::from_utf8(field()?).ok()?.parse().ok()?;
    // One blank, and then the path as it is, which may begin with a blank of its own.
    let path = rest.strip_prefix(b" ").unwrap_or(rest).to_vec();
    Some(Row { flags, protocol, inode, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_stay_whole_and_apart() {
        let table = b"Num       RefCount Protocol Flags    Type St Inode Path\n\
            00000000e4ebe448: 00000002 00000000 00010000 0001 01  1 /run/plain.sock\n\
            00000000e4ebe448: 00000002 00000000 00000000 0001 03  2 /run/connected.sock\n\
            00000000e4ebe448: 00000002 00000000 00010000 0001 01  3\n\
            00000000e4ebe448: 00000002 00000000 00010000 0005 01  4 @abstract\n\
            00000000e4ebe448: 00000002 00000000 00010000 0001 01  5  two  blanks\n\
            00000000e4ebe448: 00000002 00000000 00010000 0001 01  6 /run/a\nb\n\n\x1b[2J\xff\n\
            00000000e4ebe448: 00000002 00000000 00010000 0001 01 700 /run/last\n";
        let mut found = Vec::new();
        assert_eq!(listening(table, "9", &mut found), 0);
        let found: Vec<_> = found.iter().map(|l| (l.inode, l.protocol, l.address.as_str())).collect();
        assert_eq!(
            found,
            [
                (1, "unix", "/run/plain.sock"),
                (4, "unix-seqpacket", "@abstract"),
                (5, "unix", " two  blanks"),
                (6, "unix", "/run/a\nb\n\n\x1b[2J\\xff"),
                (700, "unix", "/run/last"),
            ]
        );
    }
}
