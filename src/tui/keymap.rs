//! What keys do: the files in keymaps/ and the user's own, checked when they are read, so that no
//! two rows fight over a key.
//!
//! Knows keys, contexts and the names of actions; knows nothing of what an action does.

mod action;
mod chord;
mod context;
mod parse;
mod set;
#[cfg(test)]
mod tests;
mod when;

pub use action::{Action, Group};
pub use chord::{BadKey, KeyChord};
pub use context::{Context, Focus, Mode, Screen};
pub use set::Keymaps;

use crate::data_file::DataError;
use when::Places;

/// What keys do, everywhere.
#[derive(Clone, Debug)]
pub struct Keymap {
    name: String,
    about: String,
    rows: Vec<Row>,
}

/// One row, with every place where it acts.
#[derive(Clone, PartialEq, Debug)]
struct Row {
    on: Vec<KeyChord>,
    action: Action,
    places: Places,
    desc: String,
    hint: bool,
    line: usize,
}

/// What the keys pressed so far mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lookup {
    /// They are an action.
    Action(Action),
    /// They begin one; the next keys and what each leads to, in the order of the file.
    Prefix(Vec<(KeyChord, String)>),
    /// They mean nothing here.
    None,
}

/// One line of the help.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HelpRow {
    /// The keys that do it, the file's first one first: `["g g", "home"]`.
    pub keys: Vec<String>,
    /// What they do.
    pub action: Action,
    /// What they do, in words.
    pub desc: String,
    /// Under which heading.
    pub group: Group,
}

impl Keymap {
    /// Reads a file; its rows go before those of its parent.
    ///
    /// # Errors
    /// Every mistake in the file, by line.
    pub fn parse(file: &str, text: &str, parent: Option<&Self>) -> Result<Self, Vec<DataError>> {
        parse::parse(file, text, parent)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// For whom it is, in a few words.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// What the keys pressed so far mean here.
    #[must_use]
    pub fn lookup(&self, pressed: &[KeyChord], context: &Context) -> Lookup {
        if pressed.is_empty() {
            return Lookup::None;
        }
        let mut next: Vec<(KeyChord, String)> = Vec::new();
        for row in self.active(context).filter(|row| row.on.starts_with(pressed)) {
            let Some(chord) = row.on.get(pressed.len()) else { return Lookup::Action(row.action) };
            let desc = if row.on.len() == pressed.len() + 1 { row.desc.as_str() } else { "..." };
            if !next.iter().any(|(known, _)| known == chord) {
                next.push((*chord, desc.to_owned()));
            }
        }
        if next.is_empty() { Lookup::None } else { Lookup::Prefix(next) }
    }

    /// Every key that acts here, one line per action and wording, by heading. `acts` says of an action whether
    /// it does anything for what shows: no context is as fine as that.
    #[must_use]
    pub fn help(&self, context: &Context, acts: impl Fn(Action) -> bool) -> Vec<HelpRow> {
        let mut rows = Self::grouped(self.active(context).filter(|row| acts(row.action)));
        rows.sort_by_key(|row| row.group);
        rows
    }

    /// The lines worth showing at the bottom of the screen: those of this place before those of every
    /// place. `acts` as for [`Self::help`].
    #[must_use]
    pub fn hints(&self, context: &Context, most: usize, acts: impl Fn(Action) -> bool) -> Vec<HelpRow> {
        let mut rows: Vec<&Row> = self.active(context).filter(|row| row.hint && acts(row.action)).collect();
        rows.sort_by_key(|row| row.places.count());
        let mut hints = Self::grouped(rows.into_iter());
        let help = hints.iter().position(|hint| hint.action == Action::Help).map(|at| hints.remove(at));
        hints.truncate(most.saturating_sub(usize::from(help.is_some())));
        hints.extend(help);
        hints
    }

    /// The first key of an action here, for texts that name one ("press r to retry").
    #[must_use]
    pub fn key_of(&self, action: Action, context: &Context) -> Option<String> {
        self.active(context).find(|row| row.action == action).map(|row| parse::show(&row.on))
    }

    fn active<'a>(&'a self, context: &Context) -> impl Iterator<Item = &'a Row> + use<'a> {
        let context = *context;
        self.rows.iter().filter(move |row| row.places.has(context))
    }

    fn grouped<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<HelpRow> {
        let mut lines: Vec<HelpRow> = Vec::new();
        for row in rows {
            let keys = parse::show(&row.on);
            match lines.iter_mut().find(|line| line.action == row.action && line.desc == row.desc) {
                Some(line) => line.keys.push(keys),
                None => lines.push(HelpRow {
                    keys: vec![keys],
                    action: row.action,
                    desc: row.desc.clone(),
                    group: row.action.group(),
                }),
            }
        }
        lines
    }
}
