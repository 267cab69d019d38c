//! `estate`: writes the seeded estate of the benches as rows, for other tools to load. Hidden: no user needs
//! it.

use std::io::Write as _;

use clap::{Args, ValueEnum};
use cloudscope_estate::{CSV_HEAD, Estate as Made, csv_row, ndjson_row};
use miette::{Result, miette};

use super::output::Exit;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// One JSON object a line, as the collector for files reads it
    Ndjson,
    /// One row of a table a line, the payload in its last column
    Csv,
}

/// A made-up estate of any size, the same for the same seed, on standard output.
#[derive(Debug, Args)]
pub(crate) struct Estate {
    /// How many assets it has
    #[arg(long, default_value_t = 100_000)]
    assets: usize,
    /// Another estate for every number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What it looks like after so many rounds of change
    #[arg(long, default_value_t = 0)]
    round: u64,
    /// How many of 1,000 assets change in a round
    #[arg(long, default_value_t = 10)]
    churn: u64,
    /// How rows are written
    #[arg(long, value_enum, default_value_t = Form::Ndjson)]
    format: Form,
}

impl Estate {
    pub(super) fn run(self) -> Result<Exit> {
        let estate = Made::new(self.seed, self.assets).churn(self.churn);
        let mut out = std::io::BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
        let written = (|| {
            if self.format == Form::Csv {
                writeln!(out, "{CSV_HEAD}")?;
            }
            for n in (0..estate.len()).filter(|n| estate.present(*n, self.round)) {
                let seen = estate.sighting(n, self.round);
                match self.format {
                    Form::Ndjson => writeln!(out, "{}", ndjson_row(&seen))?,
                    Form::Csv => writeln!(out, "{}", csv_row(&seen))?,
                }
            }
            out.flush()
        })();
        match written {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(miette!("cannot write: {e}")),
            _ => Ok(Exit::Well),
        }
    }
}
