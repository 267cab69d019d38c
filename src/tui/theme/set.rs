//! The themes that can be chosen: those compiled in, and the user's, which go before them.

use std::collections::BTreeMap;

use super::{Depth, Theme, parse, parse::Sheet};
use crate::data_file::{DataError, bearing, did_you_mean};

const BUILT_IN: [(&str, &str); 11] = [
    ("default-dark", include_str!("../../../themes/default-dark.toml")),
    ("default-light", include_str!("../../../themes/default-light.toml")),
    ("ansi16", include_str!("../../../themes/ansi16.toml")),
    ("ansi16-light", include_str!("../../../themes/ansi16-light.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("deuteranopia", include_str!("../../../themes/deuteranopia.toml")),
    ("tritanopia", include_str!("../../../themes/tritanopia.toml")),
    ("catppuccin", include_str!("../../../themes/catppuccin.toml")),
    ("gruvbox", include_str!("../../../themes/gruvbox.toml")),
    ("nord", include_str!("../../../themes/nord.toml")),
];

/// Every theme that can be chosen, by name.
#[derive(Clone, Debug)]
pub struct Themes {
    themes: BTreeMap<String, Theme>,
}

impl Themes {
    /// The built-in ones and the user's, given as (file name without `.toml`, text). A user's file goes
    /// before a built-in one of the same name, and may have that one as its parent. Files with mistakes
    /// are left out and their mistakes returned.
    #[must_use]
    pub fn load(user: &[(String, String)]) -> (Self, Vec<DataError>) {
        let mut loader = Loader { user, sheets: BTreeMap::new(), open: Vec::new(), errors: Vec::new() };
        let mut themes = BTreeMap::new();
        for name in BUILT_IN.iter().map(|(name, _)| *name).chain(user.iter().map(|(name, _)| name.as_str())) {
            let theme = loader.theme(name, false).or_else(|| loader.theme(name, true));
            themes.extend(theme.map(|theme| (name.to_owned(), theme)));
        }
        (Self { themes }, loader.errors)
    }

    /// The theme of that name, in all its colours.
    ///
    /// # Errors
    /// What names there are, and which was probably meant.
    pub fn get(&self, name: &str) -> Result<&Theme, String> {
        self.themes.get(name).ok_or_else(|| {
            let hint = did_you_mean(name, self.names())
                .or_else(|| bearing(name, self.names()))
                .unwrap_or_else(|| format!("one of {}", self.names().collect::<Vec<_>>().join(", ")));
            format!("there is no theme `{name}`; {hint}")
        })
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.themes.keys().map(String::as_str)
    }

    /// The theme to begin with, and what to tell the user when the wanted one does not exist.
    ///
    /// Without colours (`no_color`, or a terminal that has none) it is `mono`, whatever was wanted.
    /// `wanted` of `None` or `auto` follows the terminal's background; an unknown one counts as dark.
    #[must_use]
    pub fn pick(
        &self,
        background_dark: Option<bool>,
        depth: Depth,
        no_color: bool,
        wanted: Option<&str>,
    ) -> (Theme, Option<String>) {
        if no_color || depth == Depth::None {
            return (self.built_in("mono").at(Depth::None), None);
        }
        let wanted = wanted.filter(|name| !name.is_empty() && *name != "auto");
        let (found, trouble) = match wanted.map(|name| self.get(name)) {
            Some(Ok(theme)) => (Some(theme), None),
            Some(Err(trouble)) => (None, Some(trouble)),
            None => (None, None),
        };
        let usual = match (depth, background_dark.unwrap_or(true)) {
            (Depth::Ansi16, true) => "ansi16",
            (Depth::Ansi16, false) => "ansi16-light",
            (_, true) => "default-dark",
            (_, false) => "default-light",
        };
        (found.unwrap_or_else(|| self.built_in(usual)).at(depth), trouble)
    }

    fn built_in(&self, name: &str) -> &Theme {
        // Built-in files are read by a test, and a broken one of the user's never takes their place.
        &self.themes[name]
    }
}

/// Reads files in the order in which they need each other. Keys are (name, built in only): `mono` of
/// the user may stand on the built-in `mono`.
struct Loader<'a> {
    user: &'a [(String, String)],
    sheets: BTreeMap<(String, bool), Option<Sheet>>,
    open: Vec<(String, bool)>,
    errors: Vec<DataError>,
}

impl Loader<'_> {
    fn theme(&mut self, name: &str, built_in: bool) -> Option<Theme> {
        let sheet = self.sheet(name, built_in)?;
        match sheet.resolve(&format!("{name}.toml")) {
            Ok(resolved) => Some(Theme::new(name, &sheet, resolved)),
            Err(errors) => {
                self.note(errors);
                None
            }
        }
    }

    fn sheet(&mut self, name: &str, built_in: bool) -> Option<Sheet> {
        let key = (name.to_owned(), built_in);
        if let Some(sheet) = self.sheets.get(&key) {
            return sheet.clone();
        }
        let own = self.user.iter().find(|(file, _)| file == name && !built_in);
        let text = match own {
            Some((_, text)) => text.as_str(),
            None => BUILT_IN.iter().find(|(file, _)| *file == name)?.1,
        };
        let file = format!("{name}.toml");
        let mut parent_sheet = None;
        if let Some(parent) = parse::parent_name(text) {
            // What is compiled in stands on what is compiled in, whatever the user changes.
            let below = (parent.clone(), parent == name || own.is_none());
            if self.open.contains(&below) || below == key {
                let reason = format!("the parents go in a circle: `{name}` and `{parent}`");
                self.note(vec![DataError { file, line: 0, reason, suggestion: None }]);
                return None;
            }
            self.open.push(key.clone());
            parent_sheet = self.sheet(&below.0, below.1);
            self.open.pop();
        }
        let sheet = parse::parse(&file, text, parent_sheet.as_ref()).map_err(|errors| self.note(errors)).ok();
        self.sheets.insert(key, sheet.clone());
        sheet
    }

    fn note(&mut self, errors: Vec<DataError>) {
        for error in errors {
            if !self.errors.contains(&error) {
                self.errors.push(error);
            }
        }
    }
}
