//! Screen 6: what to export, where to, and how far it is.

use cloudscope_application::export::{ExportPhase, ExportProgress, FormatInfo};

/// Screen 6.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Export {
    /// The formats on offer.
    pub(crate) formats: Vec<FormatInfo>,
    /// The export that runs, or ended last.
    pub(crate) progress: Option<ExportProgress>,
}

impl Export {
    /// A form with these formats on offer.
    pub(crate) fn new(formats: Vec<FormatInfo>) -> Self {
        Self { formats, progress: None }
    }

    /// An export is under way.
    pub(crate) fn running(&self) -> bool {
        self.progress.as_ref().is_some_and(|p| p.phase == ExportPhase::Running)
    }
}
