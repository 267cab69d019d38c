//! Reads CSV: tells the delimiter, takes the first record as the header, and makes one row of each
//! record. A record with a wrong number of fields or broken text costs that record, named with its line.

mod header;
mod split;

use std::{
    io::{BufRead, BufReader, Cursor},
    path::Path,
};

use cloudscope_ports::{Fault, FaultKind};
use serde_json::{Map, Value};

use crate::{
    emit::Emitter,
    open::{changed, fault, io_fault, open, read_steady, show, text_bytes},
    rows::RowMapper,
    tools::Tools,
};

pub(crate) use split::{Chunk, Splitter};

pub(crate) fn read(
    path: &Path,
    delimiter: Option<u8>,
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
            let text = text_bytes(path, head)?;
            let mark = head.len() - text.len();
            let delimiter = delimiter.unwrap_or_else(|| header::delimiter(text));
            reader.consume(mark);
            let mut splitter = Splitter::new(reader, delimiter, limits.line_bytes);
            table(path, &mut splitter, delimiter, rows, emitter)?;
            let read = mark as u64 + splitter.read();
            return if opened.held_still(read) { Ok(()) } else { Err(changed(path)) };
        }
        match read_steady(path, &mut opened, limits.stream_bytes)? {
            Some(bytes) => {
                let text = text_bytes(path, &bytes)?;
                let delimiter = delimiter.unwrap_or_else(|| header::delimiter(text));
                let mut splitter = Splitter::new(Cursor::new(text), delimiter, limits.line_bytes);
                return table(path, &mut splitter, delimiter, rows, emitter);
            }
            None if last_try => break,
            None => {}
        }
    }
    Err(changed(path))
}

fn table<R: BufRead>(
    path: &Path,
    splitter: &mut Splitter<R>,
    delimiter: u8,
    rows: &mut RowMapper<'_>,
    emitter: &mut Emitter,
) -> Result<(), Fault> {
    let mut names: Option<Vec<String>> = None;
    let mut count = 0_u64;
    loop {
        let (chunk, first_line, torn) = match splitter.advance().map_err(|e| io_fault(path, &e))? {
            Chunk::End => break,
            Chunk::TooLong { line } => {
                emitter.problem(
                    "a quote that is never closed, or a record that is too long",
                    &format!(
                        "{}:{line}: the record does not end; check for a quote that is never closed",
                        show(path)
                    ),
                )?;
                continue;
            }
            Chunk::Open { line } => {
                return Err(fault(
                    FaultKind::Malformed,
                    format!(
                        "{}: the quote opened in the record of line {line} is never closed: the file was cut off or is being written; nothing is concluded from it",
                        show(path)
                    ),
                ));
            }
            Chunk::Records { bytes, first_line, torn } => (bytes, first_line, torn),
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(chunk.len().max(64))
            .from_reader(chunk);
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(|e| csv_fault(path, &e))? {
            let line = first_line + record.position().map_or(0, |p| p.line().saturating_sub(1));
            let Some(names) = &names else {
                names = Some(header::names(path, &record)?);
                continue;
            };
            count += 1;
            if count > rows.limits().rows {
                return Err(fault(
                    FaultKind::TooLarge,
                    format!("{} has more than {} rows; split it", show(path), rows.limits().rows),
                ));
            }
            let last = torn && reader.position().byte() >= chunk.len() as u64;
            if last && record.len() < names.len() {
                return Err(fault(
                    FaultKind::Malformed,
                    format!(
                        "{}:{line}: the last row has {} of {} columns and no line end: the file was cut off or is being written; nothing is concluded from it",
                        show(path),
                        record.len(),
                        names.len()
                    ),
                ));
            }
            one(path, line, names, &record, rows, emitter)?;
        }
    }
    if names.is_none() {
        return Err(fault(FaultKind::Malformed, format!("{} has no header line", show(path))));
    }
    Ok(())
}

fn one(
    path: &Path,
    line: u64,
    names: &[String],
    record: &csv::ByteRecord,
    rows: &mut RowMapper<'_>,
    emitter: &mut Emitter,
) -> Result<(), Fault> {
    if record.len() != names.len() {
        return emitter.problem(
            "a wrong number of columns",
            &format!(
                "{}:{line}: the row has {} columns, the header {}; quote values that hold the delimiter",
                show(path),
                record.len(),
                names.len()
            ),
        );
    }
    let mut row = Map::new();
    for (name, cell) in names.iter().zip(record) {
        let Ok(cell) = std::str::from_utf8(cell) else {
            return emitter.problem(
                "text that is not UTF-8",
                &format!("{}:{line}: column `{name}` is not UTF-8; save the file as UTF-8", show(path)),
            );
        };
        row.insert(name.clone(), Value::String(cell.to_owned()));
    }
    match rows.map(row, line) {
        Ok(Some(sighting)) => emitter.upsert(sighting),
        Ok(None) => emitter.step(),
        Err(refused) => {
            emitter.problem(refused.class, &format!("{}:{line}: {}", show(path), refused.message))
        }
    }
}

fn csv_fault(path: &Path, error: &csv::Error) -> Fault {
    // Reading from memory with flexible records leaves no error to happen.
    fault(FaultKind::Internal, format!("{}: {error}", show(path)))
}
