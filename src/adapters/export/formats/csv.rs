//! CSV as RFC 4180 has it: a header, quoted where needed, one row an asset. Unless `raw`, no cell holds
//! a hostile character and none is a formula to a spreadsheet; tags and payloads are JSON in a cell.

use std::borrow::Cow;

use cloudscope_domain::{PackedRow, PackedRows};
use cloudscope_ports::{ExportError, ExportJob, ExportWriter, Exporter, Finished, Manifest};

use crate::{
    Column, RowCells,
    destination::{BUFFER, Output},
    escape::neutralise,
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
        let csv = ::csv::WriterBuilder::new().buffer_capacity(BUFFER).from_writer(output);
        let mut writer = CsvWriter { csv, columns, raw: job.raw, rows: 0, room: Vec::new() };
        let header: Vec<String> = writer.columns.iter().map(Column::to_string).collect();
        header.iter().try_for_each(|name| writer.field(name)).and_then(|()| writer.end())?;
        Ok(Box::new(writer))
    }
}

struct CsvWriter {
    csv: ::csv::Writer<Output>,
    columns: Vec<Column>,
    raw: bool,
    rows: u64,
    /// Where cells are written that are not text already.
    room: Vec<u8>,
}

impl CsvWriter {
    fn field(&mut self, cell: &str) -> Result<(), ExportError> {
        let safe = if self.raw { Cow::Borrowed(cell) } else { neutralise(cell) };
        let written = self.csv.write_field(safe.as_bytes());
        written.map_err(|e| self.failure(e))
    }

    fn end(&mut self) -> Result<(), ExportError> {
        let ended = self.csv.write_record(None::<&[u8]>);
        ended.map_err(|e| self.failure(e))
    }

    fn row(&mut self, columns: &[Column], room: &mut Vec<u8>, row: PackedRow<'_>) -> Result<(), ExportError> {
        let row = RowCells::new(row);
        for column in columns {
            room.clear();
            let cell = row.get(column);
            let text = match &cell {
                Some(cell) => cell.flat(room),
                None => "",
            };
            self.field(text)?;
        }
        self.rows += 1;
        self.end()
    }

    fn failure(&self, error: ::csv::Error) -> ExportError {
        let error = match error.into_kind() {
            ::csv::ErrorKind::Io(e) => e,
            other => std::io::Error::other(format!("{other:?}")),
        };
        self.csv.get_ref().error(&error)
    }
}

impl ExportWriter for CsvWriter {
    fn write(&mut self, rows: &PackedRows) -> Result<(), ExportError> {
        let (columns, mut room) = (std::mem::take(&mut self.columns), std::mem::take(&mut self.room));
        let result = rows.iter().try_for_each(|row| self.row(&columns, &mut room, row));
        (self.columns, self.room) = (columns, room);
        result?;
        let flushed = self.csv.flush();
        flushed.map_err(|e| self.csv.get_ref().error(&e))
    }

    fn bytes(&self) -> u64 {
        self.csv.get_ref().bytes()
    }

    fn finish(mut self: Box<Self>, mut manifest: Manifest) -> Result<Finished, ExportError> {
        let flushed = self.csv.flush();
        flushed.map_err(|e| self.csv.get_ref().error(&e))?;
        manifest.format = "csv".to_owned();
        manifest.columns = self.columns.iter().map(Column::to_string).collect();
        manifest.rows = self.rows;
        match self.csv.into_inner() {
            Ok(output) => output.finish(manifest),
            Err(e) => Err(ExportError::Io { path: "the export".to_owned(), reason: e.error().to_string() }),
        }
    }
}
