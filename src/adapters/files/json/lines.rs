//! Reads NDJSON: one object a line, streamed. A line that is broken or too long costs that line; a
//! last line that breaks off says that the file is not whole.

use std::{
    io::{BufRead, BufReader, Cursor, Read},
    path::Path,
};

use cloudscope_ports::{Fault, FaultKind};
use serde_json::Value;

use crate::{
    emit::Emitter,
    open::{changed, fault, io_fault, open, read_steady, show, text_bytes},
    rows::RowMapper,
    tools::Tools,
};

use super::reason;

pub(crate) fn read(
    path: &Path,
    tools: &Tools,
    rows: &mut RowMapper<'_>,
    emitter: &mut Emitter,
) -> Result<(), Fault> {
    let limits = tools.limits;
    for last_try in [false, true] {
        let mut opened = open(path, limits.stream_bytes)?;
        if opened.len() > limits.buffered_bytes {
            let mut reader = BufReader::with_capacity(1 << 20, &opened.file);
            let head = reader.fill_buf().map_err(|e| io_fault(path, &e))?;
            let mark = head.len() - text_bytes(path, head)?.len();
            reader.consume(mark);
            let read = mark as u64 + lines(path, reader, rows, emitter)?;
            return if opened.held_still(read) { Ok(()) } else { Err(changed(path)) };
        }
        match read_steady(path, &mut opened, limits.stream_bytes)? {
            Some(bytes) => {
                let text = text_bytes(path, &bytes)?;
                emitter.expect(text.split(|b| *b == b'\n').filter(|l| !blank(l)).count() as u64)?;
                return lines(path, Cursor::new(text), rows, emitter).map(|_| ());
            }
            None if last_try => break,
            None => {}
        }
    }
    Err(changed(path))
}

/// Reads every line and returns how many bytes that were.
fn lines(
    path: &Path,
    mut from: impl BufRead,
    rows: &mut RowMapper<'_>,
    emitter: &mut Emitter,
) -> Result<u64, Fault> {
    let most = rows.limits().line_bytes;
    let mut read = 0;
    let mut number = 0_u64;
    let mut line = Vec::new();
    loop {
        line.clear();
        let taken =
            (&mut from).take(most as u64 + 1).read_until(b'\n', &mut line).map_err(|e| io_fault(path, &e))?;
        if taken == 0 {
            return Ok(read);
        }
        read += taken as u64;
        number += 1;
        if number > rows.limits().rows {
            return Err(fault(
                FaultKind::TooLarge,
                format!("{} has more than {} lines; split it", show(path), rows.limits().rows),
            ));
        }
        let ended = line.last() == Some(&b'\n');
        if !ended && taken > most {
            read += skip(&mut from).map_err(|e| io_fault(path, &e))?;
            emitter.problem(
                "a line that is too long",
                &format!("{}:{number}: the line has more than {most} bytes", show(path)),
            )?;
            continue;
        }
        if blank(&line) {
            continue;
        }
        match serde_json::from_slice::<Value>(&line) {
            Ok(Value::Object(row)) => match rows.map(row, number) {
                Ok(Some(sighting)) => emitter.upsert(sighting)?,
                Ok(None) => emitter.step()?,
                Err(refused) => {
                    emitter
                        .problem(refused.class, &format!("{}:{number}: {}", show(path), refused.message))?;
                }
            },
            Ok(_) => emitter.problem(
                "not an object",
                &format!("{}:{number}: the line is not a JSON object", show(path)),
            )?,
            Err(e) if !ended && e.is_eof() => {
                return Err(fault(
                    FaultKind::Malformed,
                    format!(
                        "{}:{number}: the last line breaks off: the file was cut off or is being written; nothing is concluded from it",
                        show(path)
                    ),
                ));
            }
            Err(e) => emitter.problem(
                "a line that is not JSON",
                &format!("{}:{number}: {} (column {})", show(path), reason(&e), e.column()),
            )?,
        }
    }
}

/// Drops the rest of a line; how many bytes that were.
fn skip(from: &mut impl BufRead) -> std::io::Result<u64> {
    let mut dropped = 0;
    loop {
        let buffer = from.fill_buf()?;
        let found = memchr::memchr(b'\n', buffer);
        let used = found.map_or(buffer.len(), |at| at + 1);
        from.consume(used);
        dropped += used as u64;
        if found.is_some() || used == 0 {
            return Ok(dropped);
        }
    }
}

fn blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}
