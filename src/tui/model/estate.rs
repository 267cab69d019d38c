//! What the engine said of the whole inventory: row 1, and whether anything runs.

use cloudscope_application::message::{Overview, RunProgress};
use cloudscope_domain::{AssetRow, CoverageState, Revision, SourceName, Timestamp};

/// What the engine said of the whole.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Estate {
    /// The newest overview.
    pub(crate) overview: Option<Box<Overview>>,
    /// The run under way, or the one that ended last.
    pub(crate) run: Option<Box<RunProgress>>,
    /// Scopes of it that ended: counted once, not at every frame.
    pub(crate) ended: usize,
    /// The newest revision that was heard of.
    pub(crate) revision: Revision,
    /// Things to mend, as the engine told them, the newest last.
    pub(crate) trouble: Vec<String>,
    /// The owner of the store went away, and there is no next one.
    pub(crate) closed: bool,
    /// It went away, and the next one is looked for, or has not said yet how it stands.
    pub(crate) parted: bool,
}

impl Estate {
    /// News of the run.
    pub(crate) fn progressed(&mut self, run: Box<RunProgress>) {
        self.ended = run.scopes.iter().filter(|scope| scope.ended.is_some()).count();
        self.run = Some(run);
    }

    /// The store is open and can be asked.
    pub(crate) fn ready(&self) -> bool {
        self.overview.as_ref().is_some_and(|o| o.ready)
    }

    /// The oldest revision that is still known; `None` when nothing was let go of.
    pub(crate) fn known_since(&self) -> Option<(Revision, Timestamp)> {
        self.overview
            .as_ref()
            .and_then(|overview| overview.known_since)
            .filter(|(oldest, _)| *oldest > Revision(0))
    }

    /// A row changes as the thing does: all that it comes from is followed.
    pub(crate) fn is_row_live(&self, row: &AssetRow) -> bool {
        self.overview.as_ref().is_some_and(|overview| {
            let mut sources = row.sources.iter().chain([&row.source]);
            sources.all(|source| overview.live.contains(source))
                && !overview.still.iter().any(|still| still.may_hold(row))
        })
    }

    /// All rows of a source change as the things do.
    pub(crate) fn is_all_live(&self, source: &SourceName) -> bool {
        self.overview.as_ref().is_some_and(|overview| {
            overview.live.contains(source) && overview.still.iter().all(|still| still.source != *source)
        })
    }

    /// A collection is under way.
    pub(crate) fn running(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.ended.is_none())
    }

    /// Scopes read whole, and scopes that should be.
    pub(crate) fn coverage(&self) -> (u64, u64) {
        let Some(overview) = &self.overview else { return (0, 0) };
        let of = |state| overview.coverage.iter().filter(|(s, _)| *s == state).map(|(_, n)| n).sum::<u64>();
        let all: u64 = overview.coverage.iter().map(|(_, n)| n).sum();
        (of(CoverageState::Ok), all - of(CoverageState::Disabled))
    }

    /// These troubles are over.
    pub(crate) fn mended(&mut self, over: &[String]) {
        self.trouble.retain(|one| !over.contains(one));
        if let Some(overview) = &mut self.overview {
            overview.trouble.retain(|one| !over.contains(one));
        }
    }

    /// Everything that the user should know and can mend.
    pub(crate) fn troubles(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        if let Some(overview) = &self.overview {
            all.extend(overview.trouble.iter().cloned());
            all.extend(overview.findings.iter().map(|f| format!("{}; {}", f.what, f.remedy)));
        }
        for one in &self.trouble {
            if !all.contains(one) {
                all.push(one.clone());
            }
        }
        all
    }
}
