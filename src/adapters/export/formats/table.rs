//! The plain table of the command line: columns aligned by display width, cut where they are too long.
//! Text only: no colour, no drawing, nothing that a terminal would act on.
//!
//! Widths come from the first rows, so that the rest can stream past in bounded memory.

use std::{borrow::Cow, io::Write as _};

use cloudscope_domain::{PackedRows, text::visible};
use cloudscope_ports::{ExportError, ExportJob, ExportWriter, Exporter, Finished, Manifest};
use unicode_width::UnicodeWidthChar as _;

use crate::{Column, RowCells, destination::Output};

/// Rows that are looked at before the widths are settled.
const SAMPLE: usize = 500;
/// Cells a column may take when nobody gave a width for the line.
const WIDEST: usize = 96;
/// Below this a column says nothing; lines rather grow too long.
const NARROWEST: usize = 6;
const GAP: &str = "  ";

/// Writes aligned text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Table {
    line: Option<usize>,
}

impl Table {
    /// A table whose lines fit into so many terminal columns, as far as its own columns allow.
    #[must_use]
    pub fn with_line_width(columns: usize) -> Self {
        Self { line: Some(columns) }
    }
}

impl Exporter for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn extension(&self) -> &'static str {
        "txt"
    }

    fn begin(&self, job: ExportJob) -> Result<Box<dyn ExportWriter>, ExportError> {
        let columns = Column::list(&job.columns, self.name())?;
        let output = Output::open(job.destination)?;
        let header = columns.iter().map(|c| visible(&c.to_string()).into_owned()).collect();
        Ok(Box::new(TableWriter {
            output,
            columns,
            line: self.line,
            layout: Layout::Open(vec![header]),
            rows: 0,
        }))
    }
}

/// Whether the widths are settled.
enum Layout {
    /// Not yet: the lines so far, the header first.
    Open(Vec<Vec<String>>),
    /// Width of each column.
    Settled(Vec<usize>),
}

struct TableWriter {
    output: Output,
    columns: Vec<Column>,
    line: Option<usize>,
    layout: Layout,
    rows: u64,
}

impl TableWriter {
    fn settle(&mut self) -> Result<(), ExportError> {
        let Layout::Open(lines) = &mut self.layout else { return Ok(()) };
        let lines = std::mem::take(lines);
        let widths = settled(&lines, self.line);
        let result = lines.iter().try_for_each(|line| put(&mut self.output, line, &widths));
        self.layout = Layout::Settled(widths);
        result.map_err(|e| self.output.error(&e))
    }
}

impl ExportWriter for TableWriter {
    fn write(&mut self, rows: &PackedRows) -> Result<(), ExportError> {
        let mut room = Vec::new();
        for row in rows.iter() {
            let cells = RowCells::new(row);
            let mut text = |column| {
                room.clear();
                cells.get(column).map_or(String::new(), |c| visible(c.flat(&mut room)).into_owned())
            };
            let line: Vec<String> = self.columns.iter().map(&mut text).collect();
            self.rows += 1;
            match &mut self.layout {
                Layout::Open(lines) => {
                    lines.push(line);
                    if lines.len() > SAMPLE {
                        self.settle()?;
                    }
                }
                Layout::Settled(widths) => {
                    let written = put(&mut self.output, &line, widths);
                    written.map_err(|e| self.output.error(&e))?;
                }
            }
        }
        Ok(())
    }

    fn bytes(&self) -> u64 {
        self.output.bytes()
    }

    fn finish(mut self: Box<Self>, mut manifest: Manifest) -> Result<Finished, ExportError> {
        self.settle()?;
        manifest.format = "table".to_owned();
        manifest.columns = self.columns.iter().map(Column::to_string).collect();
        manifest.rows = self.rows;
        self.output.finish(manifest)
    }
}

/// As wide as the widest cell, within bounds; then the widest column gives way until the line fits.
fn settled(lines: &[Vec<String>], line: Option<usize>) -> Vec<usize> {
    let count = lines.first().map_or(0, Vec::len);
    let mut widths = vec![0; count];
    for cells in lines {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(width_of(cell)).min(WIDEST);
        }
    }
    if let Some(line) = line {
        let room = line.saturating_sub(GAP.len() * count.saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            match widths.iter_mut().max() {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
            }
        }
    }
    widths
}

fn put(output: &mut Output, cells: &[String], widths: &[usize]) -> std::io::Result<()> {
    let mut line = String::new();
    for (i, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        if i > 0 {
            line.push_str(GAP);
        }
        let cell = cut(cell, width);
        line.push_str(&cell);
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(width_of(&cell))));
    }
    line.truncate(line.trim_end_matches(' ').len());
    line.push('\n');
    output.write_all(line.as_bytes())
}

fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if width_of(text) <= width {
        return Cow::Borrowed(text);
    }
    let mut used = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used < width
        })
        .collect();
    Cow::Owned(kept + "…")
}

/// Terminal columns, character by character: what joins characters into one is hostile and was made
/// visible before.
fn width_of(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_cut_by_display_width() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("名名名名", 6), "名名…");
        assert_eq!(width_of("名a"), 3);
    }

    #[test]
    fn the_widest_column_gives_way_first() {
        let lines = vec![vec!["name".to_owned(), "id".to_owned()], vec!["web".to_owned(), "x".repeat(50)]];
        assert_eq!(settled(&lines, None), [4, 50]);
        assert_eq!(settled(&lines, Some(30)), [4, 24]);
        assert_eq!(settled(&lines, Some(3)), [4, NARROWEST]);
    }
}
