//! Aligned columns for people. Every cell is made visible first.

use cloudscope_domain::text::visible;
use unicode_width::UnicodeWidthStr;

/// Rows under a header.
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(header: &[&'static str]) -> Self {
        Self::titled(header.iter().map(|h| (*h).to_owned()).collect())
    }

    /// With titles that come from elsewhere.
    pub(crate) fn titled(header: Vec<String>) -> Self {
        Self { header: header.into_iter().map(|h| visible(&h).into_owned()).collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|c| visible(&c).into_owned()).collect());
    }

    /// The text; the last column is not padded.
    pub(crate) fn render(&self) -> String {
        let mut widths: Vec<usize> = self.header.iter().map(|h| h.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let mut out = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            let start = out.len();
            for (cell, width) in cells.zip(&widths) {
                if out.len() > start {
                    out.push_str("  ");
                }
                out.push_str(cell);
                out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width())));
            }
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
        };
        line(&mut self.header.iter().map(String::as_str));
        for row in &self.rows {
            line(&mut row.iter().map(String::as_str));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_controls_show() {
        let mut table = Table::new(&["NAME", "N"]);
        table.row(["名前".to_owned(), "1".to_owned()]);
        table.row(["a\x1b[2J".to_owned(), "22".to_owned()]);
        assert_eq!(table.render(), "NAME   N\n名前   1\na␛[2J  22\n");
    }
}
