//! The arithmetic of moving in lists and texts, shared by all that have one.

use crate::keymap::Action;

/// A movement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// So many down; up when negative.
    By(i64),
    /// To the first.
    First,
    /// To the last.
    Last,
}

/// The movement that an action is, where a page has so many rows.
pub(crate) fn step(action: Action, page: u64) -> Option<Step> {
    let page = i64::try_from(page.max(1)).unwrap_or(i64::MAX);
    Some(match action {
        Action::Down => Step::By(1),
        Action::Up => Step::By(-1),
        Action::PageDown => Step::By(page),
        Action::PageUp => Step::By(-page),
        Action::HalfPageDown => Step::By((page / 2).max(1)),
        Action::HalfPageUp => Step::By(-(page / 2).max(1)),
        Action::Top => Step::First,
        Action::Bottom => Step::Last,
        _ => return None,
    })
}

impl Step {
    /// Where it leads in a list of so many.
    pub(crate) fn apply(self, at: u64, total: u64) -> u64 {
        let last = total.saturating_sub(1);
        match self {
            Self::By(by) => at.saturating_add_signed(by).min(last),
            Self::First => 0,
            Self::Last => last,
        }
    }

    /// The same, for positions in memory.
    pub(crate) fn apply_usize(self, at: usize, total: usize) -> usize {
        usize::try_from(self.apply(at as u64, total as u64)).unwrap_or(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within() {
        for (step, at, total, expected) in [
            (Step::By(1), 0, 3, 1),
            (Step::By(1), 2, 3, 2),
            (Step::By(-5), 2, 3, 0),
            (Step::By(20), 0, 3, 2),
            (Step::Last, 0, 0, 0),
            (Step::Last, 0, 9, 8),
            (Step::First, 5, 9, 0),
        ] {
            assert_eq!(step.apply(at, total), expected, "{step:?} from {at} of {total}");
        }
    }
}
