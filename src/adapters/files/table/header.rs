//! The first line of a table: which delimiter it speaks for, and the names of the columns, made
//! usable where they are empty or come twice.

use std::{collections::BTreeSet, path::Path};

use cloudscope_ports::{Fault, FaultKind};

use crate::open::{fault, show};

const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
const COLUMNS: usize = 4096;

/// The delimiter that the first lines speak for: it splits the header in most columns, and the lines
/// after it in as many.
pub(crate) fn delimiter(head: &[u8]) -> u8 {
    let lines: Vec<&[u8]> =
        head.split(|b| *b == b'\n').filter(|l| !l.iter().all(u8::is_ascii_whitespace)).take(20).collect();
    let Some((header, rest)) = lines.split_first() else { return b',' };
    let score = |candidate: u8| {
        let columns = count(header, candidate);
        let agree = rest.iter().filter(|line| count(line, candidate) == columns).count();
        (columns > 0, agree * 4 >= rest.len() * 3, columns)
    };
    let mut best = b',';
    for candidate in CANDIDATES {
        if score(candidate) > score(best) {
            best = candidate;
        }
    }
    best
}

/// Delimiters outside quotes.
fn count(line: &[u8], delimiter: u8) -> usize {
    let mut quoted = false;
    let mut found = 0;
    for byte in line {
        match *byte {
            b'"' => quoted = !quoted,
            b if b == delimiter && !quoted => found += 1,
            _ => {}
        }
    }
    found
}

/// The names of the columns. An empty name becomes `column_3`; a name that comes again `name_2`.
pub(crate) fn names(path: &Path, record: &csv::ByteRecord) -> Result<Vec<String>, Fault> {
    if record.len() > COLUMNS {
        return Err(fault(
            FaultKind::TooLarge,
            format!("{} has {} columns, more than {COLUMNS}; check the delimiter", show(path), record.len()),
        ));
    }
    let mut taken = BTreeSet::new();
    let mut names = Vec::with_capacity(record.len());
    for (at, cell) in record.iter().enumerate() {
        let text = std::str::from_utf8(cell).map_err(|_| {
            fault(
                FaultKind::Malformed,
                format!(
                    "{}: the header is not UTF-8 in column {}; save the file as UTF-8",
                    show(path),
                    at + 1
                ),
            )
        })?;
        let text = text.trim();
        let name = if text.is_empty() { format!("column_{}", at + 1) } else { text.to_owned() };
        let mut unique = name.clone();
        let mut copy = 1;
        while !taken.insert(unique.clone()) {
            copy += 1;
            unique = format!("{name}_{copy}");
        }
        names.push(unique);
    }
    Ok(names)
}
