//! An index that keeps the paths of payloads that are asked for often. All indexes of the program are of
//! this kind, so that a question has the same answer from each.

use cloudscope_index::{COMMON_PATHS, IndexWriter};

/// An empty one.
pub(crate) fn index() -> IndexWriter {
    let paths: Vec<String> = COMMON_PATHS.iter().map(|path| (*path).to_owned()).collect();
    IndexWriter::with_paths(&paths)
}

/// Whether a saved one keeps what this program would.
pub(crate) fn fits(index: &IndexWriter) -> bool {
    index.paths().iter().eq(COMMON_PATHS)
}
