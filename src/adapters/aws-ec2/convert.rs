//! What the written functions are made of: parameters out of JSON, values into JSON, errors into words.

use std::fmt::Display;

use aws_sdk_ec2::types::Filter;
use aws_smithy_types::{DateTime, error::display::DisplayErrorContext};
use serde_json::{Number, Value};

/// Refuses parameters that no setter is made for: a call with less than was asked answers something else.
pub(crate) fn only(input: &Value, known: &[&str]) -> Result<(), String> {
    let names = input.as_object().into_iter().flatten().map(|(name, _)| name);
    match names.into_iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("the typed client is not made for the parameter {name}")),
        None => Ok(()),
    }
}

fn parameter<'a, T>(
    input: &'a Value,
    name: &str,
    read: impl Fn(&'a Value) -> Option<T>,
) -> Result<Option<T>, String> {
    match input.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| format!("{name} cannot be {value}")),
    }
}

pub(crate) fn text<'a>(input: &'a Value, name: &str) -> Result<Option<&'a str>, String> {
    parameter(input, name, Value::as_str)
}

pub(crate) fn flag(input: &Value, name: &str) -> Result<Option<bool>, String> {
    parameter(input, name, Value::as_bool)
}

pub(crate) fn number(input: &Value, name: &str) -> Result<Option<i64>, String> {
    parameter(input, name, Value::as_i64)
}

pub(crate) fn texts<'a>(input: &'a Value, name: &str) -> Result<Option<Vec<&'a str>>, String> {
    parameter(input, name, |v| v.as_array()?.iter().map(Value::as_str).collect())
}

pub(crate) fn filters(input: &Value, name: &str) -> Result<Option<Vec<Filter>>, String> {
    parameter(input, name, |v| v.as_array()?.iter().map(filter).collect())
}

fn filter(value: &Value) -> Option<Filter> {
    let values = texts(value, "Values").ok()?;
    let values = values.map(|list| list.into_iter().map(str::to_owned).collect());
    Some(Filter::builder().name(value.get("Name")?.as_str()?).set_values(values).build())
}

pub(crate) fn odd(error: impl Display) -> String {
    format!("a parameter cannot be that: {error}")
}

/// The number that its shortest decimal says, whatever its precision.
pub(crate) fn float(value: impl Display) -> Value {
    let text = value.to_string();
    match text.parse().ok().and_then(Number::from_f64) {
        Some(number) => Value::Number(number),
        None => Value::String(text),
    }
}

/// A time as EC2 writes it: with milliseconds, or with more where there is more.
pub(crate) fn time(value: &DateTime) -> Result<Value, String> {
    let nanos = i32::try_from(value.subsec_nanos()).map_err(odd)?;
    let time = jiff::Timestamp::new(value.secs(), nanos).map_err(odd)?;
    let digits = match nanos {
        n if n % 1_000_000 == 0 => 3,
        n if n % 1_000 == 0 => 6,
        _ => 9,
    };
    Ok(Value::String(format!("{time:.digits$}")))
}

pub(crate) fn failed(error: &dyn std::error::Error) -> String {
    DisplayErrorContext(error).to_string()
}
