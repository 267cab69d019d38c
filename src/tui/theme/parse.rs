//! Reads one theme file: palette and slot rows, with what a parent adds. Names are looked up only when
//! the whole family is known, so a child that changes a palette entry re-colours its parent's slots.

use std::{collections::BTreeMap, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    color::{ANSI_NAMES, Paint},
    slot::Slot,
};
use crate::data_file::{DataError, Source, did_you_mean};

/// How a slot looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Look {
    pub(super) fg: Option<Paint>,
    pub(super) bg: Option<Paint>,
    pub(super) bold: bool,
    pub(super) dim: bool,
    pub(super) italic: bool,
    pub(super) underline: bool,
    pub(super) reverse: bool,
}

/// A colour as written, with its place.
#[derive(Clone, Debug)]
struct Named {
    text: String,
    file: String,
    line: usize,
}

/// A slot row as written.
#[derive(Clone, Debug, Default)]
struct SlotRow {
    fg: Option<Named>,
    bg: Option<Named>,
    look: Look,
}

/// A file with what its parents add, before names are looked up.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) about: String,
    pub(super) dark: bool,
    background: Option<Named>,
    palette: BTreeMap<String, Paint>,
    slots: BTreeMap<&'static str, SlotRow>,
}

/// What a sheet comes to.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Resolved {
    pub(super) background: Paint,
    /// In the order of [`Slot::ALL`].
    pub(super) looks: Vec<Look>,
}

/// The name of the parent, if the file is TOML and has one.
pub(super) fn parent_name(text: &str) -> Option<String> {
    let table = DeTable::parse(text).ok()?;
    Some(table.get_ref().get("parent")?.get_ref().as_str()?.to_owned())
}

struct Reader<'a> {
    source: Source<'a>,
    errors: Vec<DataError>,
}

pub(super) fn parse(file: &str, text: &str, parent: Option<&Sheet>) -> Result<Sheet, Vec<DataError>> {
    let mut reader = Reader { source: Source { file, text }, errors: Vec::new() };
    let table = DeTable::parse(text).map_err(|error| vec![reader.source.toml_error(&error)])?;
    let table = table.get_ref();
    reader.unknown(table, &["name", "about", "parent", "dark", "background", "palette", "slots"]);

    match reader.text(table, "name") {
        Some(name) => reader.errors.extend(reader.source.misnamed(&name.text, name.line)),
        None if table.get("name").is_none() => {
            reader.whole("the theme has no name", Some("add `name = \"...\"`".into()));
        }
        None => {}
    }
    let wanted = reader.text(table, "parent");
    if let (Some(wanted), None) = (&wanted, parent) {
        reader.whole(format!("the parent `{}` was not found", wanted.text), None);
    }
    let parent = parent.filter(|_| wanted.is_some());
    let dark = reader.flag(table, "dark").or(parent.map(|parent| parent.dark));
    if dark.is_none() && wanted.is_none() {
        reader.whole(
            "the theme does not say for which ground it is",
            Some("add `dark = true` or `dark = false`".into()),
        );
    }
    let mut sheet = Sheet {
        about: reader.text(table, "about").map(|about| about.text).unwrap_or_default(),
        dark: dark.unwrap_or(true),
        background: reader.text(table, "background").or_else(|| parent?.background.clone()),
        palette: parent.map(|parent| parent.palette.clone()).unwrap_or_default(),
        slots: parent.map(|parent| parent.slots.clone()).unwrap_or_default(),
    };
    if let Some(palette) = reader.table(table, "palette") {
        for (key, value) in palette {
            if let Some(paint) = reader.palette_entry(key.get_ref(), value) {
                sheet.palette.insert(key.get_ref().to_string(), paint);
            }
        }
    }
    if let Some(slots) = reader.table(table, "slots") {
        for (key, value) in slots {
            if let Some((slot, row)) = reader.slot(key.get_ref(), &key.span(), value) {
                sheet.slots.insert(slot.name(), row);
            }
        }
    }
    reader.errors.sort_by_key(|error| error.line);
    if reader.errors.is_empty() { Ok(sheet) } else { Err(reader.errors) }
}

impl Reader<'_> {
    fn whole(&mut self, reason: impl Into<String>, suggestion: Option<String>) {
        self.errors.push(self.source.whole(reason, suggestion));
    }

    fn error(&mut self, at: &Range<usize>, reason: impl Into<String>, suggestion: Option<String>) {
        self.errors.push(self.source.error_with(at, reason, suggestion));
    }

    fn unknown(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys() {
            let word = key.get_ref();
            if !known.contains(&word.as_ref()) {
                let hint = did_you_mean(word, known.iter().copied())
                    .or_else(|| Some(format!("one of {}", known.join(", "))));
                self.error(&key.span(), format!("unknown field `{word}`"), hint);
            }
        }
    }

    fn text(&mut self, table: &DeTable<'_>, key: &str) -> Option<Named> {
        let value = table.get(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.error(&value.span(), format!("`{key}` must be text"), None);
            return None;
        };
        let line = self.source.line(value.span().start);
        Some(Named { text: text.to_owned(), file: self.source.file.to_owned(), line })
    }

    fn flag(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.error(&value.span(), format!("`{key}` must be true or false"), None);
        }
        flag
    }

    fn table<'t>(&mut self, table: &'t DeTable<'_>, key: &str) -> Option<&'t DeTable<'t>> {
        let value = table.get(key)?;
        let found = value.get_ref().as_table();
        if found.is_none() {
            self.error(&value.span(), format!("`{key}` must be a table"), None);
        }
        found
    }

    fn palette_entry(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Paint> {
        if Paint::parse(key).is_some() {
            self.error(
                &value.span(),
                format!("`{key}` is a colour already"),
                Some("choose another name".into()),
            );
            return None;
        }
        let Some(text) = value.get_ref().as_str() else {
            self.error(&value.span(), format!("`{key}` must be a colour such as `#1a2b3c`"), None);
            return None;
        };
        let paint = Paint::parse(text);
        if paint.is_none() {
            self.error(&value.span(), format!("`{text}` is not a colour"), Some(colour_hint(text, None)));
        }
        paint
    }

    fn slot(
        &mut self,
        key: &str,
        at: &Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<(Slot, SlotRow)> {
        let Some(slot) = Slot::from_name(key) else {
            let names = Slot::ALL.iter().map(|slot| slot.name());
            let hint = did_you_mean(key, names.clone())
                .unwrap_or_else(|| format!("one of {}", names.collect::<Vec<_>>().join(", ")));
            self.error(at, format!("unknown slot `{key}`"), Some(hint));
            return None;
        };
        let Some(table) = value.get_ref().as_table() else {
            self.error(
                &value.span(),
                format!("`{key}` must be a row such as {{ fg = \"#1a2b3c\", bold = true }}"),
                None,
            );
            return None;
        };
        self.unknown(table, &["fg", "bg", "bold", "dim", "italic", "underline", "reverse"]);
        let mut flag = |name| self.flag(table, name).unwrap_or(false);
        let look = Look {
            fg: None,
            bg: None,
            bold: flag("bold"),
            dim: flag("dim"),
            italic: flag("italic"),
            underline: flag("underline"),
            reverse: flag("reverse"),
        };
        Some((slot, SlotRow { fg: self.text(table, "fg"), bg: self.text(table, "bg"), look }))
    }
}

fn colour_hint(text: &str, palette: Option<&BTreeMap<String, Paint>>) -> String {
    if text.starts_with('#') {
        return "write `#` and six digits of 0-9 and a-f".into();
    }
    let names = ANSI_NAMES.iter().copied().chain(["default"]);
    let own = palette.into_iter().flat_map(BTreeMap::keys).map(String::as_str);
    did_you_mean(text, names.chain(own)).unwrap_or_else(|| {
        "write `#rrggbb`, `default`, a name such as `bright-red`, or one from [palette]".into()
    })
}

impl Sheet {
    /// Looks every name up.
    pub(super) fn resolve(&self, file: &str) -> Result<Resolved, Vec<DataError>> {
        let mut errors = Vec::new();
        let mut paint = |named: &Option<Named>| -> Option<Paint> {
            let Named { text, file, line } = named.as_ref()?;
            let found = self.palette.get(text).copied().or_else(|| Paint::parse(text));
            if found.is_none() {
                errors.push(DataError {
                    file: file.clone(),
                    line: *line,
                    reason: format!("`{text}` is not a colour"),
                    suggestion: Some(colour_hint(text, Some(&self.palette))),
                });
            }
            found
        };
        let background = paint(&self.background).unwrap_or(Paint::Default);
        let mut missing = Vec::new();
        let mut looks = Vec::with_capacity(Slot::ALL.len());
        for slot in Slot::ALL {
            let Some(row) = self.slots.get(slot.name()) else {
                missing.push(slot.name());
                continue;
            };
            looks.push(Look { fg: paint(&row.fg), bg: paint(&row.bg), ..row.look });
        }
        if !missing.is_empty() {
            errors.push(DataError {
                file: file.to_owned(),
                line: 0,
                reason: format!("not set, here or in a parent: {}", missing.join(", ")),
                suggestion: Some("add them under [slots], or `parent = \"default-dark\"`".into()),
            });
        }
        if errors.is_empty() { Ok(Resolved { background, looks }) } else { Err(errors) }
    }
}
