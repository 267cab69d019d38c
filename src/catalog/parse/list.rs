//! Reads a `[kind.list]` table and its `[[kind.list.detail]]` tables.

use serde_json::{Map, Value};
use toml::de::DeValue;

use crate::{
    error::SpecError,
    list::{DetailSpec, Input, Inputs, ListSpec, Matching, PageSpec, Way},
    parse::{
        condition,
        fields::{Fields, Item},
    },
    path::Path,
    template::Template,
};

/// No provider takes more at once.
const MOST: usize = 1000;

/// A listing.
pub(super) fn read(mut fields: Fields<'_>) -> Result<ListSpec, SpecError> {
    let operation = operation(&mut fields)?;
    let items = path(&mut fields, "items")?;
    let at = fields.at();
    let descend = match fields.take("descend") {
        Some(item) => size(&fields, item, "descend")?,
        None => 0,
    };
    let decode = words(&mut fields, "decode")?;
    let decode = decode.iter().map(|text| fields.path(text, at)).collect::<Result<_, _>>()?;
    let details = fields.tables("detail", "a detail")?;
    let details = details.into_iter().map(detail).collect::<Result<_, _>>()?;
    let spec = ListSpec {
        operation,
        input: inputs(&mut fields)?,
        parent: match fields.take("parent") {
            Some(_) => Some(fields.parsed("parent")?),
            None => None,
        },
        descend,
        items,
        decode,
        wrap: fields.text("wrap")?.map(str::to_owned),
        outer: words(&mut fields, "outer")?,
        set: set(&mut fields)?,
        when: condition::all(&mut fields)?,
        regions: words(&mut fields, "regions")?,
        global: match fields.take("global") {
            Some(_) => Some(fields.flag("global")?),
            None => None,
        },
        region: template(&mut fields, "region")?,
        pages: pages(&mut fields)?,
        absent: words(&mut fields, "absent")?,
        disabled: words(&mut fields, "disabled")?,
        permissions: words(&mut fields, "permissions")?,
        details,
        verified: fields.text("verified")?.map(Into::into),
    };
    fields.finish()?;
    Ok(spec)
}

fn detail(mut fields: Fields<'_>) -> Result<DetailSpec, SpecError> {
    let at = fields.at();
    let operation = operation(&mut fields)?;
    let batch = fields.take("batch");
    let join = fields.flag("join")?;
    let drop = fields.flag("drop")?;
    let result = match fields.text("result")? {
        Some(text) => Some(fields.path(text, at)?),
        None => None,
    };
    let matched = batch.is_some() || join;
    if matched && result.is_some() {
        return Err(
            fields.error(at, "`result` is for one item at a time; with `batch` or `join` it is `items`")
        );
    }
    if drop && batch.is_none() {
        return Err(fields.error(at, "`drop` belongs to a `batch`"));
    }
    let way = if matched {
        let items = path(&mut fields, "items")?;
        let key = path(&mut fields, "key")?;
        let of = match template(&mut fields, "of")? {
            Some(of) => of,
            None => fields.template(key.as_str(), at)?,
        };
        let matching = Matching { items, key, of };
        match batch {
            Some(_) if join => return Err(fields.error(at, "a detail is a `batch` or a `join`, not both")),
            Some(item) => Way::Batch { size: size(&fields, item, "batch")?, matching, drop },
            None => Way::Join { matching },
        }
    } else {
        Way::Each { result }
    };
    let spec = DetailSpec {
        operation,
        input: inputs(&mut fields)?,
        way,
        into: fields.text("into")?.map(str::to_owned),
        when: condition::all(&mut fields)?,
        region: template(&mut fields, "region")?,
        pages: pages(&mut fields)?,
        absent: words(&mut fields, "absent")?,
        permissions: words(&mut fields, "permissions")?,
    };
    fields.finish()?;
    Ok(spec)
}

fn operation(fields: &mut Fields<'_>) -> Result<std::sync::Arc<str>, SpecError> {
    let at = fields.need("operation")?.span().start;
    let text = fields.words("operation")?;
    match text.split_once(':') {
        Some((service, name)) if !service.is_empty() && !name.is_empty() => Ok(text.into()),
        _ => Err(fields.error(at, format!("`{text}` is no operation such as `ec2:DescribeInstances`"))),
    }
}

fn size(fields: &Fields<'_>, item: Item<'_>, name: &str) -> Result<usize, SpecError> {
    let number = item.get_ref().as_integer().and_then(|i| i.as_str().parse().ok());
    number
        .filter(|n| (1..=MOST).contains(n))
        .ok_or_else(|| fields.error(item.span().start, format!("`{name}` is a number from 1 to {MOST}")))
}

fn path(fields: &mut Fields<'_>, key: &'static str) -> Result<Path, SpecError> {
    let at = fields.need(key)?.span().start;
    let text = fields.words(key)?;
    fields.path(text, at)
}

fn template(fields: &mut Fields<'_>, key: &'static str) -> Result<Option<Template>, SpecError> {
    let Some(item) = fields.take(key) else { return Ok(None) };
    let text = fields.words(key)?;
    fields.template(text, item.span().start).map(Some)
}

fn words(fields: &mut Fields<'_>, key: &'static str) -> Result<Vec<String>, SpecError> {
    Ok(fields.texts(key)?.into_iter().map(|(text, _)| text.to_owned()).collect())
}

fn pages(fields: &mut Fields<'_>) -> Result<Option<PageSpec>, SpecError> {
    let Some(item) = fields.take("pages") else { return Ok(None) };
    let mut inner = Fields::of(fields.source(), item, "`pages`")?;
    let token = inner.words("token")?.to_owned();
    let from = inner.words("from")?.trim_start_matches('/').replace('/', ".");
    inner.finish()?;
    Ok(Some(PageSpec { token, from }))
}

fn set(fields: &mut Fields<'_>) -> Result<Vec<(String, Template)>, SpecError> {
    let Some(item) = fields.take("set") else { return Ok(Vec::new()) };
    let at = item.span().start;
    let Some(table) = item.get_ref().as_table() else {
        return Err(fields.error(at, "`set` is a table of fields and templates"));
    };
    table
        .iter()
        .map(|(key, value)| {
            let text = fields.text_of("set", value)?;
            Ok((key.get_ref().to_string(), fields.template(text, value.span().start)?))
        })
        .collect()
}

fn inputs(fields: &mut Fields<'_>) -> Result<Inputs, SpecError> {
    let Some(item) = fields.take("input") else { return Ok(Inputs::default()) };
    match input(fields, item)? {
        Input::Table(table) => Ok(Inputs(table)),
        Input::Fixed(Value::Object(map)) => {
            Ok(Inputs(map.into_iter().map(|(k, v)| (k, Input::Fixed(v))).collect()))
        }
        _ => Err(fields.error(item.span().start, "`input` is a table of parameters")),
    }
}

/// A value; a text is a template only when it has a brace, because many parameters begin with a slash.
fn input(fields: &Fields<'_>, item: Item<'_>) -> Result<Input, SpecError> {
    let at = item.span().start;
    Ok(match item.get_ref() {
        DeValue::String(text) if text.contains(['{', '}']) => Input::Template(fields.template(text, at)?),
        DeValue::String(text) => Input::Fixed(Value::String(text.to_string())),
        DeValue::Integer(i) => {
            let number: i64 = i
                .as_str()
                .parse()
                .map_err(|_| fields.error(at, format!("`{}` is too large a number", i.as_str())))?;
            Input::Fixed(number.into())
        }
        DeValue::Boolean(b) => Input::Fixed((*b).into()),
        DeValue::Array(list) => {
            let list: Vec<Input> = list.iter().map(|i| input(fields, i)).collect::<Result<_, _>>()?;
            fixed_list(list)
        }
        DeValue::Table(table) => {
            let entries: Vec<(String, Input)> = table
                .iter()
                .map(|(key, value)| Ok((key.get_ref().to_string(), input(fields, value)?)))
                .collect::<Result<_, SpecError>>()?;
            fixed_table(entries)
        }
        DeValue::Float(_) | DeValue::Datetime(_) => {
            return Err(
                fields.error(at, "a parameter is a text, a whole number, true, false, a list or a table")
            );
        }
    })
}

fn fixed_list(list: Vec<Input>) -> Input {
    if list.iter().all(|i| matches!(i, Input::Fixed(_))) {
        let values = list.into_iter().filter_map(|i| if let Input::Fixed(v) = i { Some(v) } else { None });
        return Input::Fixed(values.collect());
    }
    Input::List(list)
}

fn fixed_table(entries: Vec<(String, Input)>) -> Input {
    if entries.iter().all(|(_, i)| matches!(i, Input::Fixed(_))) {
        let mut map = Map::new();
        for (key, input) in entries {
            if let Input::Fixed(value) = input {
                map.insert(key, value);
            }
        }
        return Input::Fixed(Value::Object(map));
    }
    Input::Table(entries)
}
