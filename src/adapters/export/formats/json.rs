//! JSON as one array and NDJSON as one object a line, both streamed. Lossless: what is hostile in a
//! string is escaped as `\uXXXX`, so `raw` changes nothing here.

use std::io::Write as _;

use cloudscope_domain::{PackedRow, PackedRows};
use cloudscope_ports::{ExportError, ExportJob, ExportWriter, Exporter, Finished, Manifest};

use crate::{Cell, Column, Field, RowCells, cell, destination::Output, escape};

/// Writes one JSON array.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

/// Writes one JSON object a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ndjson;

impl Exporter for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn extension(&self) -> &'static str {
        "json"
    }

    fn begin(&self, job: ExportJob) -> Result<Box<dyn ExportWriter>, ExportError> {
        JsonWriter::begin(job, self.name(), Layout { first: "[\n", next: ",\n", none: "[]\n", last: "\n]\n" })
    }
}

impl Exporter for Ndjson {
    fn name(&self) -> &'static str {
        "ndjson"
    }

    fn extension(&self) -> &'static str {
        "ndjson"
    }

    fn begin(&self, job: ExportJob) -> Result<Box<dyn ExportWriter>, ExportError> {
        JsonWriter::begin(job, self.name(), Layout { first: "", next: "\n", none: "", last: "\n" })
    }
}

/// What stands before the first row, before each further one, for no row at all, and after the last.
#[derive(Clone, Copy)]
struct Layout {
    first: &'static str,
    next: &'static str,
    none: &'static str,
    last: &'static str,
}

struct JsonWriter {
    output: Output,
    columns: Vec<(String, Column)>,
    format: &'static str,
    layout: Layout,
    rows: u64,
}

impl JsonWriter {
    fn begin(
        job: ExportJob,
        format: &'static str,
        layout: Layout,
    ) -> Result<Box<dyn ExportWriter>, ExportError> {
        let columns = Column::list(&job.columns, format)?;
        let columns = columns.into_iter().map(|c| (c.to_string(), c)).collect();
        let output = Output::open(job.destination)?;
        Ok(Box::new(Self { output, columns, format, layout, rows: 0 }))
    }

    fn text(&mut self, text: &str) -> Result<(), ExportError> {
        let written = self.output.write_all(text.as_bytes());
        written.map_err(|e| self.output.error(&e))
    }

    fn row(&mut self, row: PackedRow<'_>) -> Result<(), ExportError> {
        let before = if self.rows == 0 { self.layout.first } else { self.layout.next };
        let columns = &self.columns;
        let written = self.output.append(|out| {
            out.extend_from_slice(before.as_bytes());
            if columns.is_empty() { whole(row, out) } else { chosen(row, columns, out) }
        });
        written.map_err(|e| self.output.error(&e))
    }
}

impl ExportWriter for JsonWriter {
    fn write(&mut self, rows: &PackedRows) -> Result<(), ExportError> {
        for row in rows.iter() {
            self.row(row)?;
            self.rows += 1;
        }
        Ok(())
    }

    fn bytes(&self) -> u64 {
        self.output.bytes()
    }

    fn finish(mut self: Box<Self>, mut manifest: Manifest) -> Result<Finished, ExportError> {
        self.text(if self.rows == 0 { self.layout.none } else { self.layout.last })?;
        manifest.format = self.format.to_owned();
        manifest.columns = if self.columns.is_empty() {
            Field::ALL.iter().filter(|f| f.is_top_level()).map(|f| f.as_str().to_owned()).collect()
        } else {
            self.columns.iter().map(|(name, _)| name.clone()).collect()
        };
        manifest.rows = self.rows;
        self.output.finish(manifest)
    }
}

/// A whole row, as [`cloudscope_domain::AssetRow`] is written: a contract.
fn whole(row: PackedRow<'_>, out: &mut Vec<u8>) {
    let texts = |out: &mut Vec<u8>, texts: &[(&str, &str)]| {
        for (name, value) in texts {
            out.extend_from_slice(name.as_bytes());
            escape::text(out, value);
        }
    };
    let value = |out: &mut Vec<u8>, name: &str, value: Option<Cell<'_>>| {
        out.extend_from_slice(name.as_bytes());
        match value {
            Some(value) => value.json(out),
            None => out.extend_from_slice(b"null"),
        }
    };
    texts(
        out,
        &[
            ("{\"id\":", row.id()),
            (",\"kind\":", row.kind()),
            (",\"category\":", row.category().as_str()),
            (",\"provider\":", row.provider()),
            (",\"account\":", row.account()),
        ],
    );
    if let Some(label) = row.account_label() {
        texts(out, &[(",\"account_label\":", label)]);
    }
    texts(out, &[(",\"region\":", row.region()), (",\"zone\":", row.zone()), (",\"name\":", row.name())]);
    value(out, ",\"status\":", row.status().map(Cell::Text));
    texts(out, &[(",\"status_class\":", row.status_class().as_str())]);
    value(out, ",\"tags\":", Some(Cell::Tags(row)));
    value(out, ",\"addresses\":", Some(Cell::Addresses(row)));
    value(out, ",\"presence\":", Some(Cell::Presence(row.presence())));
    value(out, ",\"first_seen\":", Some(Cell::Time(row.first_seen())));
    value(out, ",\"last_seen\":", row.last_seen().map(Cell::Time));
    value(out, ",\"changed_at\":", Some(Cell::Time(row.changed_at())));
    value(out, ",\"created_at\":", row.created_at().map(Cell::Time));
    texts(out, &[(",\"source\":", row.source())]);
    out.extend_from_slice(b",\"sources\":");
    cell::list(row.sources(), out);
    value(out, ",\"pinned\":", Some(Cell::Flag(row.pinned())));
    texts(out, &[(",\"incarnation\":", row.incarnation())]);
    if let Some(id) = row.declares() {
        texts(out, &[(",\"declares\":", id)]);
    }
    if let Some(payload) = row.properties() {
        value(out, ",\"properties\":", Some(Cell::Payload(payload)));
    }
    out.push(b'}');
}

/// Only the chosen columns of a row, by their names, `null` where the row has no value.
fn chosen(row: PackedRow<'_>, columns: &[(String, Column)], out: &mut Vec<u8>) {
    let cells = RowCells::new(row);
    for (n, (name, column)) in columns.iter().enumerate() {
        out.push(if n == 0 { b'{' } else { b',' });
        escape::text(out, name);
        out.push(b':');
        match cells.get(column) {
            Some(cell) => cell.json(out),
            None => out.extend_from_slice(b"null"),
        }
    }
    out.push(b'}');
}
