//! Where the user was: each place with filter, order, cursor and scroll, to go back and forth.

use cloudscope_application::message::SortKey;
use cloudscope_domain::AssetId;

use super::{assets::Aim, changes::View, groups::Grouping, past::Then, tree::way::Way};
use crate::keymap::Screen;

/// Places kept.
const BOUND: usize = 100;

/// A place that can be gone back to.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Place {
    /// The screen.
    pub(crate) screen: Screen,
    /// The filter.
    pub(crate) filter: String,
    /// The order.
    pub(crate) sort: Vec<SortKey>,
    /// The cursor and its line on the screen.
    pub(crate) aim: Aim,
    /// The asset in the middle of the Relationships screen, where that is the screen.
    pub(crate) focus: Option<AssetId>,
    /// The moment that was looked at; `None` for now.
    pub(crate) at: Option<Then>,
    /// How the assets are grouped, where the Groups screen is the screen.
    pub(crate) grouping: Option<Grouping>,
    /// What the tree branches by, where the Tree screen is the screen.
    pub(crate) tree: Option<Way>,
    /// Which changes, where the Changes screen is the screen.
    pub(crate) changes: Option<View>,
}

impl Place {
    fn same_view(&self, other: &Self) -> bool {
        self.screen == other.screen
            && self.focus == other.focus
            && self.at == other.at
            && self.changes == other.changes
            && self.grouping == other.grouping
            && self.tree == other.tree
            && self.filter == other.filter
            && self.sort == other.sort
    }
}

/// Where the user was, and went back from.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct History {
    past: Vec<Place>,
    future: Vec<Place>,
}

impl History {
    /// Remembers a place that is left for a new one.
    pub(crate) fn leave(&mut self, place: Place) {
        self.future.clear();
        if self.past.last().is_some_and(|last| last.same_view(&place)) {
            self.past.pop();
        }
        if self.past.len() == BOUND {
            self.past.remove(0);
        }
        self.past.push(place);
    }

    /// The place before `here`.
    pub(crate) fn back(&mut self, here: Place) -> Option<Place> {
        let place = self.past.pop()?;
        self.future.push(here);
        Some(place)
    }

    /// The place that was gone back from.
    pub(crate) fn forward(&mut self, here: Place) -> Option<Place> {
        let place = self.future.pop()?;
        self.past.push(here);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(filter: &str) -> Place {
        Place {
            screen: Screen::Assets,
            filter: filter.into(),
            sort: Vec::new(),
            aim: Aim::default(),
            focus: None,
            at: None,
            grouping: None,
            tree: None,
            changes: None,
        }
    }

    #[test]
    fn back_and_forth_and_a_new_way_forgets_the_old() {
        let mut history = History::default();
        history.leave(place("a"));
        history.leave(place("b"));
        assert_eq!(history.back(place("c")), Some(place("b")));
        assert_eq!(history.back(place("b")), Some(place("a")));
        assert_eq!(history.back(place("a")), None);
        assert_eq!(history.forward(place("a")), Some(place("b")));
        history.leave(place("b"));
        assert_eq!(history.forward(place("d")), None);
    }
}
