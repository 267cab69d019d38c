//! CSV as RFC 4180 has it: a header, quoted where needed, one row an asset. Unless `raw`, no cell holds
//! a hostile character and none is a formula to a spreadsheet; tags and payloads are JSON in a cell.

use std::borrow::Cow;

use cloudscope_domain::AssetRow;
use cloudscope_ports::{ExportError, ExportJob, ExportWriter, Exporter, Finished, Manifest};

use crate::{Cell, Column, RowCells, destination::Output, escape::neutralise};

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
        let mut writer =
            CsvWriter { csv: ::csv::Writer::from_writer(output), columns, raw: job.raw, rows: 0 };
        let header: Vec<String> = writer.columns.iter().map(Column::to_string).collect();
        writer.record(header.iter().map(|name| Cow::Borrowed(name.as_str())))?;
        Ok(Box::new(writer))
    }
}

struct CsvWriter {
    csv: ::csv::Writer<Output>,
    columns: Vec<Column>,
    raw: bool,
    rows: u64,
}

impl CsvWriter {
    fn record<'a>(&mut self, cells: impl Iterator<Item = Cow<'a, str>>) -> Result<(), ExportError> {
        for cell in cells {
            let safe = if self.raw { Cow::Borrowed(&*cell) } else { neutralise(&cell) };
            let written = self.csv.write_field(safe.as_bytes());
            written.map_err(|e| self.failure(e))?;
        }
        let ended = self.csv.write_record(None::<&[u8]>);
        ended.map_err(|e| self.failure(e))
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
    fn write(&mut self, rows: &[AssetRow]) -> Result<(), ExportError> {
        let columns = std::mem::take(&mut self.columns);
        let result = rows.iter().try_for_each(|row| {
            let row = RowCells::new(row);
            self.record(columns.iter().map(|c| row.get(c).map_or(Cow::Borrowed(""), Cell::flat)))?;
            self.rows += 1;
            Ok(())
        });
        self.columns = columns;
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
