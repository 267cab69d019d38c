//! What is waited for, and what shows meanwhile: the rows of before, never a blank, and after a moment a
//! word that says so.

use cloudscope_domain::Timestamp;

use super::Model;
use crate::{effect::Tag, keymap::Screen, text::count};

/// What takes no longer than this, in milliseconds, is not spoken of.
pub(crate) const PATIENCE: i64 = 100;

/// A filter that the index cannot answer by itself looks into payloads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Looking {
    /// The filter.
    pub(crate) query: String,
    /// Payloads that were read.
    pub(crate) looked: u64,
    /// Payloads that have to be.
    pub(crate) of: u64,
}

impl Model {
    /// How far the filter is that is waited for, where that takes a while: `looked at 3 of 9`.
    pub(crate) fn looked(&self) -> Option<String> {
        let looking = self.looking.as_ref()?;
        let waits = match self.screen {
            Screen::Groups => self.waiting(Tag::Groups) && self.groups.asking.0 == looking.query,
            Screen::Assets => self.waiting(Tag::Open) && self.assets.asking.filter == looking.query,
            _ => false,
        };
        waits.then(|| format!("looked at {} of {}", count(looking.looked), count(looking.of)))
    }

    /// Work that a key asked for and that is not done: since when, and what it is.
    pub(crate) fn under_way(&self) -> Option<(Timestamp, &'static str)> {
        match self.screen {
            Screen::Assets => {
                let assets = &self.assets;
                let of = assets.of.as_ref()?;
                let waits = self.waiting(Tag::Open) || assets.staged.is_some();
                if !waits || *of == assets.asking {
                    return None;
                }
                let word = if of.filter == assets.asking.filter { "ordering" } else { "filtering" };
                Some((assets.asked_at, word))
            }
            Screen::Groups => {
                let shown = self.groups.shown.as_ref()?;
                let since = self.waiting_since(Tag::Groups)?;
                (shown.of != self.groups.asking).then_some((since, "counting"))
            }
            _ => None,
        }
    }

    /// The same, once it takes so long that one wonders.
    pub(crate) fn busy(&self) -> Option<&'static str> {
        let (since, word) = self.under_way()?;
        (self.clock.since(since) >= PATIENCE).then_some(word)
    }

    /// The moments at which what shows changes although nothing happens: something takes long.
    pub(crate) fn patience_ends(&self) -> impl Iterator<Item = Timestamp> {
        let work = self.under_way().map(|(since, _)| since);
        let rows = self.assets.lacking;
        work.into_iter().chain(rows).map(|since| since.plus_millis(PATIENCE))
    }

    /// The first row that shows and the one under the cursor. Where rows are not here yet, for a moment
    /// those of before; then the place itself, with signs for the rows.
    pub(crate) fn table_place(&self) -> (u64, u64) {
        let assets = &self.assets;
        match (assets.lacking, assets.steady) {
            (Some(since), Some(steady)) if self.clock.since(since) < PATIENCE => steady,
            _ => (assets.top, assets.index),
        }
    }
}
