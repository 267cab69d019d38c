//! JSON as one array and NDJSON as one object a line, both streamed. Lossless: what is hostile in a
//! string is escaped as `\uXXXX`, so `raw` changes nothing here.

use std::io::Write as _;

use cloudscope_domain::AssetRow;
use cloudscope_ports::{ExportError, ExportJob, ExportWriter, Exporter, Finished, Manifest};
use serde::{Serialize, Serializer, ser::SerializeMap as _};

use crate::{Column, Field, RowCells, destination::Output, escape::write_json};

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

    fn row(&mut self, row: &AssetRow) -> Result<(), ExportError> {
        let written = if self.columns.is_empty() {
            write_json(&mut self.output, row)
        } else {
            let chosen = Chosen { cells: RowCells::new(row), columns: &self.columns };
            write_json(&mut self.output, &chosen)
        };
        written.map_err(|e| self.output.error(&e.into()))
    }
}

impl ExportWriter for JsonWriter {
    fn write(&mut self, rows: &[AssetRow]) -> Result<(), ExportError> {
        for row in rows {
            self.text(if self.rows == 0 { self.layout.first } else { self.layout.next })?;
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

/// Only the chosen columns of a row, by their names, `null` where the row has no value.
struct Chosen<'a> {
    cells: RowCells<'a>,
    columns: &'a [(String, Column)],
}

impl Serialize for Chosen<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(self.columns.len()))?;
        for (name, column) in self.columns {
            map.serialize_entry(name, &self.cells.get(column))?;
        }
        map.end()
    }
}
