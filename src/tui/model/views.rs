//! Saved views: the list that screen 8 shows.
//!
//! Knows nothing of where views are kept, nor how they are changed.

use cloudscope_application::views::{SavedView, SavedViews};

/// Saved views as far as the front end knows.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Views {
    /// The list as it was read last; `None` until then.
    pub(crate) saved: Option<SavedViews>,
    /// Why it could not be read. Nothing is written over it then.
    pub(crate) failed: Option<String>,
    /// Number of the view under the cursor.
    pub(crate) index: usize,
    /// Number of the first view on the screen.
    pub(crate) top: usize,
}

impl Views {
    /// The views, those with a letter as the others in the order of their saving.
    pub(crate) fn list(&self) -> Vec<&SavedView> {
        self.saved.iter().flat_map(SavedViews::iter).collect()
    }

    /// The view under the cursor.
    pub(crate) fn current(&self) -> Option<&SavedView> {
        self.list().get(self.index).copied()
    }

    /// The list was read, or changed.
    pub(crate) fn arrived(&mut self, saved: SavedViews, visible: usize) {
        let current = self.current().map(|view| view.name.clone());
        self.saved = Some(saved);
        self.failed = None;
        let list = self.list();
        let at = current.and_then(|name| list.iter().position(|view| view.name == name));
        let at = at.unwrap_or(self.index);
        self.stand(at, visible);
    }

    /// The cursor stands on that view, and the screen shows it.
    pub(crate) fn stand(&mut self, index: usize, visible: usize) {
        let len = self.list().len();
        self.index = index.min(len.saturating_sub(1));
        let most = len.saturating_sub(visible.max(1));
        self.top = self.top.min(self.index).min(most).max((self.index + 1).saturating_sub(visible.max(1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn views(names: &[&str]) -> SavedViews {
        let mut views = SavedViews::default();
        for name in names {
            views
                .put(SavedView {
                    name: (*name).into(),
                    query: format!("kind:{name}"),
                    ..SavedView::default()
                })
                .unwrap();
        }
        views
    }

    #[test]
    fn the_cursor_stays_on_its_view() {
        let mut state = Views::default();
        state.arrived(views(&["a", "b", "c"]), 2);
        state.stand(2, 2);
        assert_eq!(state.top, 1);
        state.arrived(views(&["c", "d"]), 2);
        assert_eq!((state.index, state.top), (0, 0));
        state.arrived(views(&[]), 2);
        assert_eq!((state.index, state.current()), (0, None));
    }
}
