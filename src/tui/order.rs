//! What is to be done to the saved views. It goes out as an effect and the whole list comes back, so that two
//! front ends do not overwrite each other.
//!
//! Knows nothing of where views are kept or how they show.

use cloudscope_application::views::{SavedView, SavedViews};

/// Something to be done to the saved views.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    /// Read them.
    Load,
    /// Keep one, in the place of the one of its name.
    Put(SavedView),
    /// Take one away.
    Remove(String),
    /// Call one otherwise.
    Rename {
        /// What it is called.
        from: String,
        /// What it is to be called.
        to: String,
    },
}

impl Order {
    /// Does it to the list; whoever keeps the list writes it then.
    ///
    /// # Errors
    /// Why not, in words for the user.
    pub(crate) fn apply(&self, views: &mut SavedViews) -> Result<(), String> {
        match self {
            Self::Load => Ok(()),
            Self::Put(view) => views.put(view.clone()).map_err(|e| e.to_string()),
            Self::Remove(name) => {
                views.remove(name).map(|_| ()).ok_or_else(|| format!("there is no view `{name}` any more"))
            }
            Self::Rename { from, to } => {
                let taken = views.named(to).filter(|view| !view.name.eq_ignore_ascii_case(from));
                if taken.is_some() {
                    return Err(format!(
                        "there is a view `{to}` already; delete it first, or choose another name"
                    ));
                }
                // Put back at its own place, so that the list does not move under the hand.
                let mut all: Vec<SavedView> = views.iter().cloned().collect();
                let Some(view) = all.iter_mut().find(|view| view.name == *from) else {
                    return Err(format!("there is no view `{from}` any more"));
                };
                view.name.clone_from(to);
                let mut renamed = SavedViews::default();
                for view in all {
                    renamed.put(view).map_err(|e| e.to_string())?;
                }
                *views = renamed;
                Ok(())
            }
        }
    }

    /// What is said when it was done.
    pub(crate) fn done(&self) -> Option<String> {
        match self {
            Self::Load => None,
            Self::Put(SavedView { name, mark: Some(mark), .. }) => {
                Some(format!("`{mark}` leads to the view `{name}`"))
            }
            Self::Put(view) => Some(format!("saved the view `{}`", view.name)),
            Self::Remove(name) => Some(format!("deleted the view `{name}`")),
            Self::Rename { from, to } => Some(format!("the view `{from}` is called `{to}` now")),
        }
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
    fn a_renamed_view_keeps_its_place_and_takes_nobodys_name() {
        let mut list = views(&["a", "b", "c"]);
        Order::Rename { from: "b".into(), to: "B".into() }.apply(&mut list).unwrap();
        Order::Rename { from: "B".into(), to: "z".into() }.apply(&mut list).unwrap();
        let names: Vec<_> = list.iter().map(|view| (view.name.as_str(), view.query.as_str())).collect();
        assert_eq!(names, [("a", "kind:a"), ("z", "kind:b"), ("c", "kind:c")]);
        let before = list.clone();
        assert!(Order::Rename { from: "z".into(), to: "C".into() }.apply(&mut list).is_err());
        assert!(Order::Rename { from: "x".into(), to: "y".into() }.apply(&mut list).is_err());
        assert!(Order::Rename { from: "z".into(), to: "".into() }.apply(&mut list).is_err());
        assert!(Order::Remove("x".into()).apply(&mut list).is_err());
        assert_eq!(list, before);
    }
}
