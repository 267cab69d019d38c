//! Reads one `[[kind]]` table.

use cloudscope_domain::{Kind, StatusClass, asset::Provider, kind::BadKind};

use crate::{
    error::SpecError,
    parse::{
        fields::{Fields, Item},
        list, reference,
    },
    spec::{KindSpec, Paths, RedactSpec, StatusSpec, TagShape, TagSpec},
    suggest,
    template::Template,
};

/// The columns that are not `tags.KEY` or `properties.FIELD`.
const COLUMNS: [&str; 18] = [
    "name",
    "kind",
    "category",
    "provider",
    "account",
    "region",
    "zone",
    "status",
    "tags",
    "addresses",
    "id",
    "age",
    "created_at",
    "changed_at",
    "first_seen",
    "last_seen",
    "presence",
    "source",
];

/// A kind, and where it stands in the file.
pub(super) fn read(mut fields: Fields<'_>) -> Result<(KindSpec, usize), SpecError> {
    let at = fields.at();
    let (kind, every) = word(&mut fields)?;
    let category = fields.parsed("category")?;
    let provider = Provider::from(fields.words("provider")?);
    let title = fields.words("title")?.into();
    let id = id(&mut fields)?;
    let incarnation = incarnation(&mut fields)?;
    let status = match fields.take("status") {
        Some(item) => Some(status(Fields::of(fields.source(), item, "a status")?)?),
        None => None,
    };
    let tags = fields.some("tags");
    let tags = tags.into_iter().map(|i| tag(&fields, i)).collect::<Result<_, _>>()?;
    let redact = fields.some("redact");
    let redact = redact.into_iter().map(|i| secret(&fields, i)).collect::<Result<_, _>>()?;
    let references = fields.tables("reference", "a reference")?;
    let references = references.into_iter().map(reference::read).collect::<Result<_, _>>()?;
    let list = match fields.take("list") {
        Some(item) => Some(list::read(Fields::of(fields.source(), item, "a listing")?)?.into()),
        None => None,
    };
    let spec = KindSpec {
        kind,
        every,
        names: names(&mut fields)?,
        list,
        category,
        provider,
        title,
        id,
        identifier: fields.flag("identifier")?,
        incarnation,
        name: fields.templates("name")?,
        account: fields.templates("account")?,
        region: fields.templates("region")?,
        zone: fields.templates("zone")?,
        status,
        tags,
        created: fields.templates("created")?,
        addresses: fields.templates("addresses")?,
        aliases: fields.templates("aliases")?,
        declares: fields.templates("declares")?,
        references,
        volatile: Paths::new(fields.paths("volatile")?),
        sets: Paths::new(fields.paths("sets")?),
        drop: fields.paths("drop")?,
        redact,
        columns: columns(&mut fields)?,
    };
    fields.finish()?;
    Ok((spec, at))
}

/// The kind, and whether it stands for every kind below it: `k8s.*`.
fn word(fields: &mut Fields<'_>) -> Result<(Kind, bool), SpecError> {
    let at = fields.need("kind")?.span().start;
    let text = fields.words("kind")?;
    let start = text.strip_suffix(".*");
    let kind = start.unwrap_or(text).parse();
    Ok((kind.map_err(|why: BadKind| fields.error(at, why.to_string()))?, start.is_some()))
}

fn names(fields: &mut Fields<'_>) -> Result<Vec<String>, SpecError> {
    let texts = fields.texts("names")?;
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if let Some((name, at)) = texts.iter().find(|(t, _)| t.is_empty() || !t.chars().all(good)) {
        return Err(fields.error(*at, format!("`{name}` is not a name such as `pods`: lower-case letters")));
    }
    Ok(texts.into_iter().map(|(text, _)| text.to_owned()).collect())
}

fn id(fields: &mut Fields<'_>) -> Result<Template, SpecError> {
    let at = fields.need("id")?.span().start;
    let text = fields.words("id")?;
    let id = fields.template(text, at)?;
    one(fields, &id, at)?;
    Ok(id)
}

fn incarnation(fields: &mut Fields<'_>) -> Result<Vec<Template>, SpecError> {
    let templates = fields.templates("incarnation")?;
    if let Some(item) = fields.take("incarnation") {
        for template in &templates {
            one(fields, template, item.span().start)?;
        }
    }
    Ok(templates)
}

/// An id that a wildcard makes would depend on the order of a list.
fn one(fields: &Fields<'_>, template: &Template, at: usize) -> Result<(), SpecError> {
    match template.wildcard() {
        Some(hole) => Err(fields.error(
            at,
            format!("`{hole}` may match more than once; an id is made of fields that are there once"),
        )),
        None => Ok(()),
    }
}

fn status(mut fields: Fields<'_>) -> Result<StatusSpec, SpecError> {
    let at = fields.at();
    let given = fields.text("given")?.map(Into::into);
    if given.is_none() {
        fields.need("path")?;
    }
    let path = fields.templates("path")?;
    let mut words: Vec<(String, StatusClass)> = Vec::new();
    for (key, class) in CLASSES {
        for (word, at) in fields.texts(key)? {
            let word = word.to_lowercase();
            if let Some((_, other)) = words.iter().find(|(w, _)| *w == word) {
                return Err(fields.error(
                    at,
                    format!("the status word `{word}` is `{class}` here and `{other}` elsewhere; keep one"),
                ));
            }
            words.push((word, class));
        }
    }
    let default = match fields.text("default")? {
        None => StatusClass::Unknown,
        Some(word) => CLASSES.iter().find(|(k, _)| *k == word).map(|(_, c)| *c).ok_or_else(|| {
            fields.error(at, suggest::unknown("status class", word, &CLASSES.map(|(k, _)| k)))
        })?,
    };
    let counts = fields.flag("counts")?;
    fields.finish()?;
    Ok(StatusSpec { given, path, words, default, counts })
}

const CLASSES: [(&str, StatusClass); 6] = [
    ("ok", StatusClass::Ok),
    ("warning", StatusClass::Warning),
    ("error", StatusClass::Error),
    ("pending", StatusClass::Pending),
    ("stopped", StatusClass::Stopped),
    ("unknown", StatusClass::Unknown),
];

fn tag(outer: &Fields<'_>, item: Item<'_>) -> Result<TagSpec, SpecError> {
    if item.get_ref().is_str() {
        let path = outer.path(outer.text_of("tags", item)?, item.span().start)?;
        return Ok(TagSpec { path, shape: TagShape::Auto, prefix: String::new() });
    }
    let mut fields = Fields::of(outer.source(), item, "a place of tags")?;
    let at = fields.at();
    let path = fields.words("path")?;
    let path = fields.path(path, at)?;
    let word = fields.text("shape")?;
    let key = fields.text("key")?;
    let value = fields.text("value")?;
    let prefix = fields.text("prefix")?.unwrap_or_default().to_owned();
    let named = key.is_some() || value.is_some();
    let shape = match word {
        Some("list") | None if named => TagShape::List {
            key: key.unwrap_or("Key").to_owned(),
            value: value.unwrap_or("Value").to_owned(),
        },
        Some(word) if named => {
            return Err(
                fields.error(at, format!("`key` and `value` belong to the shape `list`, not to `{word}`"))
            );
        }
        None => TagShape::Auto,
        Some("map" | "labels") => TagShape::Map,
        Some("list") => TagShape::List { key: "Key".to_owned(), value: "Value".to_owned() },
        Some("pairs") => TagShape::Pairs,
        Some(word) => {
            let known = ["map", "labels", "list", "pairs"];
            return Err(fields.error(at, suggest::unknown("shape of tags", word, &known)));
        }
    };
    fields.finish()?;
    Ok(TagSpec { path, shape, prefix })
}

fn secret(outer: &Fields<'_>, item: Item<'_>) -> Result<RedactSpec, SpecError> {
    if item.get_ref().is_str() {
        let path = outer.path(outer.text_of("redact", item)?, item.span().start)?;
        return Ok(RedactSpec { path, why: "secret".to_owned() });
    }
    let mut fields = Fields::of(outer.source(), item, "a redaction")?;
    let at = fields.at();
    let path = fields.words("path")?;
    let path = fields.path(path, at)?;
    let why = fields.text("why")?.unwrap_or("secret").to_owned();
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if why.is_empty() || why.len() > 32 || !why.chars().all(good) {
        return Err(
            fields.error(at, format!("`why` is one lower-case word such as `user-data`, not `{why}`"))
        );
    }
    fields.finish()?;
    Ok(RedactSpec { path, why })
}

fn columns(fields: &mut Fields<'_>) -> Result<Vec<String>, SpecError> {
    let mut columns = Vec::new();
    for (column, at) in fields.texts("columns")? {
        let free = ["tags.", "prop.", "properties."]
            .iter()
            .any(|p| column.strip_prefix(p).is_some_and(|k| !k.is_empty()));
        if !free && !COLUMNS.contains(&column) {
            let reason = suggest::unknown("column", column, &COLUMNS);
            return Err(fields.error(at, format!("{reason} (also `tags.KEY` and `prop.FIELD`)")));
        }
        columns.push(column.to_owned());
    }
    Ok(columns)
}
