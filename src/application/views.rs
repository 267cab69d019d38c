//! Saved views: a filter with its columns, order and grouping, under a name and perhaps a letter. Plain
//! data; where they are kept is behind [`ViewShelf`].

use cloudscope_domain::AssetId;
use serde::{Deserialize, Serialize};

use crate::message::SortKey;

/// The version of the file of saved views.
pub const VIEWS_VERSION: u32 = 1;
/// More views than this are refused.
const MOST: usize = 1000;

/// One saved view.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedView {
    /// What it is called; unlike every other.
    pub name: String,
    /// The filter as typed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// The columns that are shown; empty for those of the list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The order, such as `-age`, `name`: a minus puts the largest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<String>,
    /// The columns that it is grouped by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_by: Vec<String>,
    /// The letter that jumps to it, `a` to `z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<char>,
    /// The asset under the cursor when the letter was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetId>,
}

impl SavedView {
    /// The order as commands carry it.
    #[must_use]
    pub fn order(&self) -> Vec<SortKey> {
        self.sort.iter().filter(|w| !w.is_empty()).map(|w| SortKey::from_word(w)).collect()
    }
}

impl SortKey {
    /// From `name` or `-name`: a minus puts the largest first.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word.strip_prefix('-') {
            Some(column) => Self { column: column.to_owned(), descending: true },
            None => Self { column: word.to_owned(), descending: false },
        }
    }

    /// As [`SortKey::from_word`] reads it.
    #[must_use]
    pub fn to_word(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.column)
    }
}

/// Why a view was not kept.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadView {
    /// It has no name, or one that cannot be shown in a line.
    #[error("`{0}` cannot name a view; use 1 to 64 characters in one line")]
    Name(String),
    /// The letter is none.
    #[error("`{0}` cannot mark a view; use a letter from a to z")]
    Mark(char),
    /// There are two of that name or letter.
    #[error("two views have {0}")]
    Twice(String),
    /// There are too many.
    #[error("there are more than {MOST} views; remove some first")]
    TooMany,
    /// It was written by a newer program.
    #[error("the saved views have version {0}, this program reads version {VIEWS_VERSION}")]
    Version(u32),
}

/// Every saved view, in the order in which they were saved. Also the file `views.yaml`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedViews {
    version: u32,
    views: Vec<SavedView>,
}

impl Default for SavedViews {
    fn default() -> Self {
        Self { version: VIEWS_VERSION, views: Vec::new() }
    }
}

impl SavedViews {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &SavedView> {
        self.views.iter()
    }

    /// Whether what was read can be used.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn checked(self) -> Result<Self, BadView> {
        if self.version != VIEWS_VERSION {
            return Err(BadView::Version(self.version));
        }
        let mut kept = Self::default();
        for view in self.views {
            if kept.named(&view.name).is_some() {
                return Err(BadView::Twice(format!("the name `{}`", view.name)));
            }
            if let Some(mark) = view.mark.filter(|m| kept.marked(*m).is_some()) {
                return Err(BadView::Twice(format!("the letter `{mark}`")));
            }
            kept.put(view)?;
        }
        Ok(kept)
    }

    /// The view of this name; case does not matter.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&SavedView> {
        self.views.iter().find(|v| same(&v.name, name))
    }

    /// The view of this letter.
    #[must_use]
    pub fn marked(&self, mark: char) -> Option<&SavedView> {
        self.views.iter().find(|v| v.mark == Some(mark))
    }

    /// Keeps a view in the place of the one of its name. Its letter is taken from the view that had it;
    /// without one it keeps the letter it had.
    ///
    /// # Errors
    /// When its name or letter cannot be one, or there are too many.
    pub fn put(&mut self, view: SavedView) -> Result<(), BadView> {
        let length = view.name.chars().count();
        if view.name.trim() != view.name
            || !(1..=64).contains(&length)
            || view.name.chars().any(char::is_control)
        {
            return Err(BadView::Name(view.name));
        }
        if let Some(mark) = view.mark {
            if !mark.is_ascii_lowercase() {
                return Err(BadView::Mark(mark));
            }
            for other in self.views.iter_mut().filter(|v| v.mark == Some(mark)) {
                other.mark = None;
            }
        }
        if let Some(old) = self.views.iter_mut().find(|v| same(&v.name, &view.name)) {
            let (mark, asset) = match view.mark {
                Some(mark) => (Some(mark), view.asset),
                None => (old.mark, old.asset.take()),
            };
            *old = SavedView { mark, asset, ..view };
        } else if self.views.len() < MOST {
            self.views.push(view);
        } else {
            return Err(BadView::TooMany);
        }
        Ok(())
    }

    /// Takes a view away and hands it out.
    pub fn remove(&mut self, name: &str) -> Option<SavedView> {
        let at = self.views.iter().position(|v| same(&v.name, name))?;
        Some(self.views.remove(at))
    }
}

fn same(a: &str, b: &str) -> bool {
    cloudscope_domain::query::fold(a) == cloudscope_domain::query::fold(b)
}

/// Where saved views are kept. Reading and writing are short; both fail in words for the user.
pub trait ViewShelf: Send + Sync {
    /// All of them; none where nothing was ever saved.
    ///
    /// # Errors
    /// When they are there and cannot be read. Nothing must be saved over them then.
    fn load(&self) -> Result<SavedViews, String>;

    /// Replaces all of them, at once and as a whole.
    ///
    /// # Errors
    /// When they could not be written; those of before are still there.
    fn save(&self, views: &SavedViews) -> Result<(), String>;

    /// Changes what is there now, whoever wrote it last, and hands it out.
    ///
    /// # Errors
    /// As reading and writing; and when `change` does not want it written.
    fn change(
        &self,
        change: &mut dyn FnMut(&mut SavedViews) -> Result<(), String>,
    ) -> Result<SavedViews, String> {
        let mut views = self.load()?;
        change(&mut views)?;
        self.save(&views)?;
        Ok(views)
    }
}

/// A shelf that forgets with the process: for tests, and where there is no configuration directory.
#[derive(Debug, Default)]
pub struct MemoryShelf(std::sync::Mutex<SavedViews>);

impl ViewShelf for MemoryShelf {
    fn load(&self) -> Result<SavedViews, String> {
        Ok(self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone())
    }

    fn save(&self, views: &SavedViews) -> Result<(), String> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = views.clone();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str, mark: Option<char>) -> SavedView {
        SavedView { name: name.into(), query: "kind:rds".into(), mark, ..SavedView::default() }
    }

    #[test]
    fn a_view_replaces_the_one_of_its_name_and_takes_its_letter_from_others() {
        let mut views = SavedViews::default();
        views.put(view("dbs", Some('d'))).unwrap();
        views.put(view("web", Some('w'))).unwrap();
        views.put(SavedView { query: "x".into(), ..view("DBs", None) }).unwrap();
        assert_eq!(views.iter().count(), 2);
        assert_eq!(views.marked('d').map(|v| v.query.as_str()), Some("x"));
        views.put(view("web", Some('d'))).unwrap();
        assert_eq!(views.named("dbs").and_then(|v| v.mark), None);
        assert_eq!(views.remove("WEB").map(|v| v.name), Some("web".into()));
        assert_eq!(views.remove("web"), None);
    }

    #[test]
    fn names_and_letters_that_cannot_be_are_refused() {
        let mut views = SavedViews::default();
        for name in ["", " x", "a\nb", &"x".repeat(65)] {
            assert_eq!(views.put(view(name, None)), Err(BadView::Name(name.into())));
        }
        assert_eq!(views.put(view("a", Some('A'))), Err(BadView::Mark('A')));
        let twice = SavedViews { version: 1, views: vec![view("a", None), view("A", None)] };
        assert!(matches!(twice.checked(), Err(BadView::Twice(_))));
        assert_eq!(SavedViews { version: 2, views: vec![] }.checked(), Err(BadView::Version(2)));
    }

    #[test]
    fn a_shelf_is_changed_as_a_whole_or_not_at_all() {
        let shelf = MemoryShelf::default();
        shelf.change(&mut |v| v.put(view("a", None)).map_err(|e| e.to_string())).unwrap();
        let refused = shelf.change(&mut |v| v.put(view("", None)).map_err(|e| e.to_string()));
        assert!(refused.is_err());
        assert_eq!(shelf.load().unwrap().iter().count(), 1);
    }

    #[test]
    fn an_order_is_written_with_a_minus_for_the_largest_first() {
        let view = SavedView { sort: vec!["-age".into(), "name".into()], ..view("a", None) };
        let words: Vec<String> = view.order().iter().map(SortKey::to_word).collect();
        assert_eq!(words, ["-age", "name"]);
        assert!(view.order()[0].descending);
    }
}
