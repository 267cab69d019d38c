//! Typed access to one TOML table of a spec file, with the line of everything in it. Knows which keys
//! were asked for, and so which ones nobody knows.

use std::str::FromStr;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{error::SpecError, path::Path, suggest, template::Template};

/// A file and its text, to make errors from byte positions.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn line(&self, at: usize) -> usize {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        before.iter().filter(|b| **b == b'\n').count() + 1
    }

    pub(super) fn error(&self, at: usize, reason: impl Into<String>) -> SpecError {
        SpecError { file: self.file.to_owned(), line: self.line(at), reason: reason.into() }
    }
}

/// A value with its place.
pub(super) type Item<'a> = &'a Spanned<DeValue<'a>>;

/// One table, read key by key.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    source: Source<'a>,
    table: &'a DeTable<'a>,
    at: usize,
    what: &'static str,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(source: Source<'a>, table: &'a DeTable<'a>, at: usize, what: &'static str) -> Self {
        Self { source, table, at, what, asked: Vec::new() }
    }

    /// The fields of a value that has to be a table.
    pub(super) fn of(source: Source<'a>, item: Item<'a>, what: &'static str) -> Result<Self, SpecError> {
        let at = item.span().start;
        match item.get_ref().as_table() {
            Some(table) => Ok(Self::new(source, table, at, what)),
            None => Err(source.error(at, format!("{what} is a table, not a {}", item.get_ref().type_str()))),
        }
    }

    /// The table itself.
    pub(super) fn table(&self) -> &'a DeTable<'a> {
        self.table
    }

    /// The same place with another table in it.
    pub(super) fn over<'b>(&self, table: &'b DeTable<'b>) -> Fields<'b>
    where
        'a: 'b,
    {
        Fields { source: self.source, table, at: self.at, what: self.what, asked: Vec::new() }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn source(&self) -> Source<'a> {
        self.source
    }

    pub(super) fn error(&self, at: usize, reason: impl Into<String>) -> SpecError {
        self.source.error(at, reason)
    }

    /// The value of a key, if it is there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Item<'a>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, v)| v)
    }

    /// The value of a key that has to be there.
    pub(super) fn need(&mut self, key: &'static str) -> Result<Item<'a>, SpecError> {
        self.take(key)
            .ok_or_else(|| self.error(self.at, format!("{} needs `{key}`, which is missing", self.what)))
    }

    /// Refuses the first key that nobody asked for.
    pub(super) fn finish(self) -> Result<(), SpecError> {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if !self.asked.contains(&name) {
                let what = format!("key of {}", self.what);
                return Err(self.error(key.span().start, suggest::unknown(&what, name, &self.asked)));
            }
        }
        Ok(())
    }

    fn mismatch(&self, key: &str, item: Item<'_>, wanted: &str) -> SpecError {
        let got = item.get_ref().type_str();
        self.error(item.span().start, format!("`{key}` is {wanted}, not a {got}"))
    }

    pub(super) fn text_of(&self, key: &str, item: Item<'a>) -> Result<&'a str, SpecError> {
        item.get_ref().as_str().ok_or_else(|| self.mismatch(key, item, "a text in quotes"))
    }

    /// A text, if it is there.
    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<&'a str>, SpecError> {
        self.take(key).map(|item| self.text_of(key, item)).transpose()
    }

    /// A text that has to be there, read into a type.
    pub(super) fn parsed<T: FromStr<Err: ToString>>(&mut self, key: &'static str) -> Result<T, SpecError> {
        let item = self.need(key)?;
        let text = self.text_of(key, item)?;
        text.parse().map_err(|e: T::Err| self.error(item.span().start, e.to_string()))
    }

    /// A text that has to be there and may not be empty.
    pub(super) fn words(&mut self, key: &'static str) -> Result<&'a str, SpecError> {
        let item = self.need(key)?;
        let text = self.text_of(key, item)?;
        if text.trim().is_empty() {
            return Err(self.error(item.span().start, format!("`{key}` is empty")));
        }
        Ok(text)
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Result<bool, SpecError> {
        let Some(item) = self.take(key) else { return Ok(false) };
        item.get_ref().as_bool().ok_or_else(|| self.mismatch(key, item, "`true` or `false`"))
    }

    /// A number between 0 and 1.
    pub(super) fn share(&mut self, key: &'static str, default: f32) -> Result<f32, SpecError> {
        let Some(item) = self.take(key) else { return Ok(default) };
        let number = match item.get_ref() {
            DeValue::Float(f) => f.as_str().parse::<f32>().ok(),
            DeValue::Integer(i) => i.as_str().parse::<f32>().ok(),
            _ => return Err(self.mismatch(key, item, "a number from 0 to 1")),
        };
        number
            .filter(|n| (0.0..=1.0).contains(n))
            .ok_or_else(|| self.error(item.span().start, format!("`{key}` is a number from 0 to 1")))
    }

    /// One value or a list of them.
    pub(super) fn some(&mut self, key: &'static str) -> Vec<Item<'a>> {
        match self.take(key) {
            None => Vec::new(),
            Some(item) => match item.get_ref().as_array() {
                Some(list) => list.iter().collect(),
                None => vec![item],
            },
        }
    }

    /// One text or a list of them.
    pub(super) fn texts(&mut self, key: &'static str) -> Result<Vec<(&'a str, usize)>, SpecError> {
        let items = self.some(key);
        items.into_iter().map(|i| Ok((self.text_of(key, i)?, i.span().start))).collect()
    }

    pub(super) fn templates(&mut self, key: &'static str) -> Result<Vec<Template>, SpecError> {
        let texts = self.texts(key)?;
        texts.into_iter().map(|(text, at)| self.template(text, at)).collect()
    }

    pub(super) fn template(&self, text: &str, at: usize) -> Result<Template, SpecError> {
        let template = Template::parse(text).map_err(|why| self.error(at, why))?;
        if template.uses_match() {
            return Err(self.error(
                at,
                format!("template `{text}`: `{{}}` and `{{./...}}` are the matched value of a reference; a field of the item is `{{/...}}`"),
            ));
        }
        Ok(template)
    }

    pub(super) fn path(&self, text: &str, at: usize) -> Result<Path, SpecError> {
        Path::parse(text).map_err(|why| self.error(at, why))
    }

    pub(super) fn paths(&mut self, key: &'static str) -> Result<Vec<Path>, SpecError> {
        let texts = self.texts(key)?;
        texts.into_iter().map(|(text, at)| self.path(text, at)).collect()
    }

    /// The tables of `[[key]]`.
    pub(super) fn tables(&mut self, key: &'static str, what: &'static str) -> Result<Vec<Self>, SpecError> {
        let Some(item) = self.take(key) else { return Ok(Vec::new()) };
        let Some(list) = item.get_ref().as_array() else {
            let got = item.get_ref().type_str();
            return Err(self.error(
                item.span().start,
                format!("`{key}` is a list of tables, not a {got}; write `[[...{key}]]` with two brackets"),
            ));
        };
        list.iter().map(|table| Fields::of(self.source, table, what)).collect()
    }
}
