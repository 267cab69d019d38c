//! What a file may cost: bytes, rows, line lengths, problems told verbatim. Every reader takes its
//! bounds from here, so that a hostile or broken file cannot take the program with it.

/// Bounds of reading. The defaults suit a workstation; tests make them small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest CSV or NDJSON file, in bytes.
    pub stream_bytes: u64,
    /// Largest Terraform state or JSON file, in bytes; these are held in memory as text.
    pub whole_bytes: u64,
    /// Up to this size a CSV or NDJSON file is read whole before a row of it is told, so that a file
    /// that changes meanwhile can be read again.
    pub buffered_bytes: u64,
    /// Longest line of NDJSON, and longest CSV record over all its lines, in bytes.
    pub line_bytes: usize,
    /// Most rows of one file.
    pub rows: u64,
    /// Most files that one directory or pattern may stand for.
    pub files: usize,
    /// Sightings sent together.
    pub batch: usize,
    /// Problems told verbatim; the rest is counted by class.
    pub problems: usize,
    /// Distinct kinds that the values of a column may make up; the rest falls back to the default.
    pub kinds: usize,
    /// Edges that one dependency on a whole resource may stand for.
    pub edges: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            stream_bytes: 2 << 30,
            whole_bytes: 512 << 20,
            buffered_bytes: 64 << 20,
            line_bytes: 8 << 20,
            rows: 5_000_000,
            files: 10_000,
            batch: 256,
            problems: 50,
            kinds: 512,
            edges: 64,
        }
    }
}
