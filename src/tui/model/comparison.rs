//! What is different between two moments as a whole, as a list that is walked: what appeared, what
//! vanished, what changed, and how much went out of sight or came back into it.
//!
//! Knows the engine's answer; neither how it is asked nor how it is drawn.

use cloudscope_application::message::Comparison;
use cloudscope_domain::{AssetRow, Difference, Moment};

/// A comparison that is looked at.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Comparing {
    /// The earlier moment, as it was asked for.
    pub(crate) from: Moment,
    /// Only assets that match this.
    pub(crate) filter: String,
    /// The answer, or why there is none; `None` while it is on its way.
    pub(crate) answer: Option<Result<Box<Comparison>, String>>,
    /// The line under the cursor.
    pub(crate) at: usize,
}

/// A part of the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Section {
    /// There later, not before.
    Appeared,
    /// There before, not later.
    Vanished,
    /// There at both, and different.
    Changed,
    /// Present before, unknown later.
    LostSight,
    /// Unknown before, present later.
    SeenAgain,
}

/// One line of the list.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Line<'a> {
    /// The heading of a part, with how many there are.
    Heading(Section, u64),
    /// An asset, with what is different where that is known.
    Asset(Section, &'a AssetRow, &'a [Difference]),
    /// So many are not listed.
    More(u64),
}

impl Comparing {
    /// The lines of the list; none until the answer is here.
    pub(crate) fn lines(&self) -> Vec<Line<'_>> {
        let Some(Ok(found)) = &self.answer else { return Vec::new() };
        let (appeared, vanished, changed) = found.totals;
        let mut out = Vec::new();
        part(&mut out, Section::Appeared, appeared, found.appeared.iter().map(alone));
        part(&mut out, Section::Vanished, vanished, found.vanished.iter().map(alone));
        let different = found.changed.iter().map(|(row, differences)| (row, differences.as_slice()));
        part(&mut out, Section::Changed, changed, different);
        out.push(Line::Heading(Section::LostSight, found.lost_sight));
        out.push(Line::Heading(Section::SeenAgain, found.seen_again));
        out
    }

    /// The heading after the cursor, or before it; round at the ends.
    pub(crate) fn next_section(&self, forward: bool) -> usize {
        let lines = self.lines();
        let headings = (0..lines.len()).filter(|i| matches!(lines[*i], Line::Heading(..)));
        let mut headings: Vec<usize> = headings.collect();
        if forward {
            headings.iter().copied().find(|i| *i > self.at).or(headings.first().copied()).unwrap_or(0)
        } else {
            headings.reverse();
            headings.iter().copied().find(|i| *i < self.at).or(headings.first().copied()).unwrap_or(0)
        }
    }
}

/// An asset of which nothing is told but that it is there.
fn alone(row: &AssetRow) -> (&AssetRow, &[Difference]) {
    (row, &[])
}

/// A heading, its assets, and how many are not listed.
fn part<'a>(
    out: &mut Vec<Line<'a>>,
    section: Section,
    total: u64,
    rows: impl ExactSizeIterator<Item = (&'a AssetRow, &'a [Difference])>,
) {
    let here = rows.len() as u64;
    out.push(Line::Heading(section, total.max(here)));
    out.extend(rows.map(|(row, differences)| Line::Asset(section, row, differences)));
    if total > here {
        out.push(Line::More(total - here));
    }
}
