//! Fragments: parts that several rows share, put into each of them before it is read.
//!
//! ```toml
//! [[fragment]]
//! fragment = "pod"
//! reference = [{ path = "@/volumes/*/secret/secretName", relation = "mounts", id = "..." }]
//!
//! [[kind]]
//! kind = "k8s.apps.deployment"
//! use = ["object", { fragment = "pod", at = "/spec/template/spec" }]
//! ```
//! What the row says itself comes first: lists that may be added to are joined, all else of the fragment
//! counts only where the row says nothing. `@/` in a text of a fragment stands for `at`.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{error::SpecError, parse::fields::Source, suggest};

/// Fragments by name, each with those that it uses itself put in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fragments<'a>(BTreeMap<String, DeTable<'a>>);

impl Fragments<'static> {
    /// Takes in those of another file.
    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }
}

/// Lists that grow by what a fragment says.
const JOINED: [&str; 8] =
    ["addresses", "aliases", "drop", "names", "redact", "reference", "sets", "volatile"];

/// The fragments of a file.
pub(super) fn all<'a>(
    source: Source<'_>,
    root: &DeTable<'a>,
    known: &Fragments<'static>,
) -> Result<Fragments<'a>, SpecError> {
    let mut own = Fragments::default();
    let Some(item) = get(root, "fragment") else { return Ok(own) };
    let tables = item.get_ref().as_array();
    let tables = tables.ok_or_else(|| {
        source.error(
            item.span().start,
            "`fragment` is a list of tables; write `[[fragment]]` with two brackets",
        )
    })?;
    for table in tables {
        let at = table.span().start;
        let name =
            table.get_ref().as_table().and_then(|t| get(t, "fragment")).and_then(|n| n.get_ref().as_str());
        let (Some(name), Some(fields)) = (name, table.get_ref().as_table()) else {
            return Err(source.error(at, "a fragment needs its name: `fragment = \"NAME\"`"));
        };
        if own.0.contains_key(name) {
            return Err(source.error(at, format!("fragment `{name}` is there already; keep one of them")));
        }
        let mut whole = merged(source, fields, &own, known)?.unwrap_or_else(|| fields.clone());
        whole.remove("fragment");
        own.0.insert(name.to_owned(), whole);
    }
    Ok(own)
}

/// A table with what it uses put in; `None` where it uses nothing.
pub(super) fn merged<'a>(
    source: Source<'_>,
    table: &DeTable<'a>,
    own: &Fragments<'a>,
    known: &Fragments<'static>,
) -> Result<Option<DeTable<'a>>, SpecError> {
    let Some(uses) = get(table, "use") else { return Ok(None) };
    let mut whole = table.clone();
    whole.remove("use");
    let one = [uses.clone()];
    let list = uses.get_ref().as_array();
    for item in list.map_or(&one[..], |list| &list[..]) {
        let (name, at) = used(source, item)?;
        let fragment = own.0.get(name).or_else(|| known.0.get(name)).ok_or_else(|| {
            let names: Vec<&str> = own.0.keys().chain(known.0.keys()).map(String::as_str).collect();
            source.error(item.span().start, suggest::unknown("fragment", name, &names))
        })?;
        for (key, value) in fragment {
            let value = placed(source, value, &item.span(), at)?;
            put(&mut whole, Spanned::new(item.span(), key.get_ref().clone()), value);
        }
    }
    Ok(Some(whole))
}

/// `"object"`, or `{ fragment = "pod", at = "/spec" }`.
fn used<'i>(
    source: Source<'_>,
    item: &'i Spanned<DeValue<'_>>,
) -> Result<(&'i str, Option<&'i str>), SpecError> {
    let wrong = || {
        let reason = "`use` names fragments: `\"object\"`, or `{ fragment = \"pod\", at = \"/spec\" }`";
        source.error(item.span().start, reason)
    };
    match item.get_ref() {
        DeValue::String(name) => Ok((name, None)),
        DeValue::Table(table) => {
            let text = |key| get(table, key).and_then(|v| v.get_ref().as_str());
            let known = |key: &str| matches!(key, "fragment" | "at");
            if table.keys().any(|k| !known(k.get_ref())) {
                return Err(wrong());
            }
            Ok((text("fragment").ok_or_else(wrong)?, text("at")))
        }
        _ => Err(wrong()),
    }
}

/// Adds what a fragment says to what is there.
fn put<'a>(whole: &mut DeTable<'a>, key: Spanned<Cow<'a, str>>, value: Spanned<DeValue<'a>>) {
    let joined = JOINED.contains(&&**key.get_ref());
    let Some((_, there)) = whole.iter_mut().find(|(k, _)| k.get_ref() == key.get_ref()) else {
        whole.insert(key, value);
        return;
    };
    if joined {
        let span = there.span();
        let before = std::mem::replace(there.get_mut(), DeValue::Boolean(false));
        let mut list = elements(Spanned::new(span, before));
        list.extend(elements(value));
        *there.get_mut() = DeValue::Array(list.into_iter().collect());
    }
}

/// One value or a list of them.
fn elements<'a>(value: Spanned<DeValue<'a>>) -> Vec<Spanned<DeValue<'a>>> {
    match value.get_ref() {
        DeValue::Array(list) => list.iter().cloned().collect(),
        _ => vec![value],
    }
}

/// A value of a fragment as it stands in a row: mistakes in it are shown where it is used, because it may
/// be of another file.
fn placed<'a>(
    source: Source<'_>,
    value: &Spanned<DeValue<'a>>,
    span: &Range<usize>,
    at: Option<&str>,
) -> Result<Spanned<DeValue<'a>>, SpecError> {
    let inner = match value.get_ref() {
        DeValue::String(text) if is_open(text) => {
            let at = at.ok_or_else(|| {
                source
                    .error(span.start, format!("`{text}` of a fragment needs to know its place; write `at`"))
            })?;
            DeValue::String(Cow::Owned(text.replace("{@/", &format!("{{{at}/")).replacen(
                "@/",
                &format!("{at}/"),
                usize::from(text.starts_with("@/")),
            )))
        }
        DeValue::Array(list) => {
            DeValue::Array(list.iter().map(|v| placed(source, v, span, at)).collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => {
            let mut out = DeTable::new();
            for (key, value) in table {
                out.insert(key.clone(), placed(source, value, span, at)?);
            }
            DeValue::Table(out)
        }
        other => other.clone(),
    };
    Ok(Spanned::new(span.clone(), inner))
}

/// Whether a text has a place that `at` fills.
fn is_open(text: &str) -> bool {
    text.starts_with("@/") || text.contains("{@/")
}

fn get<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Option<&'t Spanned<DeValue<'a>>> {
    table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, v)| v)
}
