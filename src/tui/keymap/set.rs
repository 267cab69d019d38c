//! The keymaps that can be chosen: those compiled in, and the user's, which go before them.

use std::collections::BTreeMap;

use super::{Keymap, parse};
use crate::data_file::{DataError, did_you_mean};

const BUILT_IN: [(&str, &str); 5] = [
    ("default", include_str!("../../../keymaps/default.toml")),
    ("k9s", include_str!("../../../keymaps/k9s.toml")),
    ("vim", include_str!("../../../keymaps/vim.toml")),
    ("emacs", include_str!("../../../keymaps/emacs.toml")),
    ("arrows", include_str!("../../../keymaps/arrows.toml")),
];

/// Every keymap that can be chosen, by name.
#[derive(Clone, Debug)]
pub struct Keymaps {
    maps: BTreeMap<String, Keymap>,
}

impl Keymaps {
    /// The built-in ones and the user's, given as (file name without `.toml`, text). A user's file goes
    /// before a built-in one of the same name, and may have that one as its parent. Files with mistakes
    /// are left out and their mistakes returned.
    #[must_use]
    pub fn load(user: &[(String, String)]) -> (Self, Vec<DataError>) {
        let mut loader = Loader { user, maps: BTreeMap::new(), open: Vec::new(), errors: Vec::new() };
        let names = BUILT_IN.iter().map(|(name, _)| *name).chain(user.iter().map(|(name, _)| name.as_str()));
        for name in names {
            loader.resolve(name, false);
        }
        let maps = loader.maps.into_iter().filter(|((_, built_in), _)| !built_in);
        let maps = maps.map(|((name, _), map)| (name, map)).collect();
        (Self { maps }, loader.errors)
    }

    /// The keymap of that name.
    ///
    /// # Errors
    /// What names there are, and which was probably meant.
    pub fn get(&self, name: &str) -> Result<&Keymap, String> {
        self.maps.get(name).ok_or_else(|| {
            let hint = did_you_mean(name, self.names())
                .unwrap_or_else(|| format!("one of {}", self.names().collect::<Vec<_>>().join(", ")));
            format!("there is no keymap `{name}`; {hint}")
        })
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.maps.keys().map(String::as_str)
    }
}

/// Reads files in the order in which they need each other. Keys are (name, built in only): `default`
/// of the user may stand on the built-in `default`.
struct Loader<'a> {
    user: &'a [(String, String)],
    maps: BTreeMap<(String, bool), Keymap>,
    open: Vec<(String, bool)>,
    errors: Vec<DataError>,
}

impl Loader<'_> {
    fn resolve(&mut self, name: &str, built_in: bool) -> Option<Keymap> {
        let key = (name.to_owned(), built_in);
        if let Some(map) = self.maps.get(&key) {
            return Some(map.clone());
        }
        let own = self.user.iter().find(|(file, _)| file == name && !built_in);
        let (file, text) = match own {
            Some((file, text)) => (format!("{file}.toml"), text.as_str()),
            None => {
                let (file, text) = BUILT_IN.iter().find(|(file, _)| *file == name)?;
                (format!("{file}.toml"), *text)
            }
        };
        let parent_name = parse::parent_name(text);
        let parent = match &parent_name {
            None => None,
            Some(parent) => {
                // What is compiled in stands on what is compiled in, whatever the user changes.
                let below = (parent.clone(), parent == name || own.is_none());
                if self.open.contains(&below) || below == key {
                    self.fail(&file, format!("the parents go in a circle: `{name}` and `{parent}`"));
                    return None;
                }
                self.open.push(key.clone());
                let found = self.resolve(&below.0, below.1);
                self.open.pop();
                found
            }
        };
        match Keymap::parse(&file, text, parent.as_ref()) {
            Ok(map) => {
                self.maps.insert(key, map.clone());
                Some(map)
            }
            Err(errors) => {
                for error in errors {
                    if !self.errors.contains(&error) {
                        self.errors.push(error);
                    }
                }
                // A broken file of the user's must not take the built-in one of that name away.
                (own.is_some() && self.open.is_empty()).then(|| self.resolve(name, true)).flatten().inspect(
                    |map| {
                        self.maps.insert(key, map.clone());
                    },
                )
            }
        }
    }

    fn fail(&mut self, file: &str, reason: String) {
        let error = DataError { file: file.to_owned(), line: 0, reason, suggestion: None };
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}
