//! CSV as RFC 4180 has it: a header, quoted where needed, one row an asset. Unless `raw`, no cell holds
//! a hostile character and none is a formula to a spreadsheet; tags and payloads are JSON in a cell.

use std::borrow::Cow;

use cloudscope_domain::{PackedRow, PackedRows, text::all};
use cloudscope_ports::{ExportError, ExportJob, ExportWriter, Exporter, Finished, Manifest};

use crate::{
    Cell, Column, RowCells,
    cell::sources,
    destination::Output,
    escape::{is_bare, neutralise},
};

/// Writes CSV.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csv;

impl Exporter for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extension(&self) -> &'static str {
        "csv"
    }

    fn begin(&self, job: ExportJob) -> Result<Box<dyn ExportWriter>, ExportError> {
        let columns = Column::list(&job.columns, self.name())?;
        let output = Output::open(job.destination)?;
        let mut writer = CsvWriter { output, columns, raw: job.raw, rows: 0, room: Vec::new() };
        let header: Vec<String> = writer.columns.iter().map(Column::to_string).collect();
        let written = writer.output.append(|out| {
            line(out, &header, |out, name| field(out, name, job.raw));
        });
        written.map_err(|e| writer.output.error(&e))?;
        Ok(Box::new(writer))
    }
}

struct CsvWriter {
    output: Output,
    columns: Vec<Column>,
    raw: bool,
    rows: u64,
    /// Where cells are written first that are not text already.
    room: Vec<u8>,
}

impl CsvWriter {
    fn row(&mut self, row: PackedRow<'_>) -> Result<(), ExportError> {
        let Self { output, columns, raw, room, .. } = self;
        let cells = RowCells::new(row);
        let written = output.append(|out| {
            line(out, columns, |out, column| {
                if let Some(value) = cells.get(column) {
                    cell(out, &value, *raw, room);
                }
            });
        });
        self.rows += 1;
        written.map_err(|e| self.output.error(&e))
    }
}

impl ExportWriter for CsvWriter {
    fn write(&mut self, rows: &PackedRows) -> Result<(), ExportError> {
        rows.iter().try_for_each(|row| self.row(row))
    }

    fn bytes(&self) -> u64 {
        self.output.bytes()
    }

    fn finish(self: Box<Self>, mut manifest: Manifest) -> Result<Finished, ExportError> {
        manifest.format = "csv".to_owned();
        manifest.columns = self.columns.iter().map(Column::to_string).collect();
        manifest.rows = self.rows;
        self.output.finish(manifest)
    }
}

/// Appends a line of cells.
fn line<T>(out: &mut Vec<u8>, cells: &[T], mut cell: impl FnMut(&mut Vec<u8>, &T)) {
    let start = out.len();
    for (n, value) in cells.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        cell(out, value);
    }
    // An empty line would be no row.
    if out.len() == start {
        out.extend_from_slice(b"\"\"");
    }
    out.push(b'\n');
}

fn cell(out: &mut Vec<u8>, cell: &Cell<'_>, raw: bool, room: &mut Vec<u8>) {
    match cell {
        Cell::Tags(row) if row.tags().all(|(key, value)| is_bare(key) && is_bare(value)) => {
            bare_tags(out, *row);
        }
        // Digits and words of our own.
        Cell::Time(time) => out.extend_from_slice(time.rfc3339().as_bytes()),
        Cell::Presence(presence) => out.extend_from_slice(presence.word().as_bytes()),
        Cell::Flag(_) => out.extend_from_slice(cell.flat(room).as_bytes()),
        // A single one is most often text that needs nothing.
        Cell::Addresses(row) => joined(out, row.addresses(), cell, raw, room),
        Cell::Sources(row) => joined(out, sources(*row), cell, raw, room),
        _ => whole(out, cell, raw, room),
    }
}

fn joined<'t>(
    out: &mut Vec<u8>,
    mut texts: impl Iterator<Item = &'t str>,
    cell: &Cell<'_>,
    raw: bool,
    room: &mut Vec<u8>,
) {
    match (texts.next(), texts.next()) {
        (None, _) => {}
        (Some(only), None) if all(only, |b| (b != b';') & (b != b'\\')) => field(out, only, raw),
        _ => whole(out, cell, raw, room),
    }
}

fn whole(out: &mut Vec<u8>, cell: &Cell<'_>, raw: bool, room: &mut Vec<u8>) {
    room.clear();
    field(out, cell.flat(room), raw);
}

/// Tags of which JSON escapes nothing: what a quoted cell of them is.
fn bare_tags(out: &mut Vec<u8>, row: PackedRow<'_>) {
    for (n, (key, value)) in row.tags().enumerate() {
        out.extend_from_slice(if n == 0 { b"\"{\"\"" } else { b",\"\"" });
        out.extend_from_slice(key.as_bytes());
        out.extend_from_slice(b"\"\":\"\"");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\"\"");
    }
    if row.tags().next().is_some() {
        out.extend_from_slice(b"}\"");
    }
}

/// Appends a cell, quoted where it has to be, and harmless unless it is wanted raw.
fn field(out: &mut Vec<u8>, text: &str, raw: bool) {
    // Nearly all cells are plain ASCII that no spreadsheet runs and that needs no quotes.
    let plain = all(text, |b| (0x20..0x7f).contains(&b) & (b != b'"') & (b != b','));
    if plain && text.bytes().next().is_none_or(|b| b.is_ascii_alphanumeric()) {
        return out.extend_from_slice(text.as_bytes());
    }
    let safe = if raw { Cow::Borrowed(text) } else { neutralise(text) };
    if !safe.bytes().any(|b| matches!(b, b',' | b'"' | b'\r' | b'\n')) {
        return out.extend_from_slice(safe.as_bytes());
    }
    out.push(b'"');
    for (n, part) in safe.split('"').enumerate() {
        if n > 0 {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(part.as_bytes());
    }
    out.push(b'"');
}
