//! One value from text: the content of an XML element, or of a header.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Number, Value};

use super::{
    bounds::{DecodeError, short},
    time,
};
use crate::model::Shape;

/// What a text stands for. Nothing when it is empty and an empty text is no value of that shape.
pub(super) fn read(shape: &Shape, text: &str) -> Result<Option<Value>, DecodeError> {
    let wrong = |expected| DecodeError::Shape { expected, found: format!("{:?}", short(text)) };
    Ok(Some(match shape {
        Shape::String | Shape::Document => Value::String(text.to_owned()),
        Shape::Policy => policy(text),
        Shape::Boolean => Value::Bool(text == "true"),
        Shape::Blob => Value::String(blob(text)?),
        Shape::Integer | Shape::Float | Shape::Timestamp if text.trim().is_empty() => return Ok(None),
        Shape::Integer => integer(text).ok_or_else(|| wrong("a whole number"))?,
        Shape::Float => float(text).ok_or_else(|| wrong("a number"))?,
        Shape::Timestamp => Value::String(time::read(text).ok_or_else(|| wrong("a time"))?),
        Shape::Structure(_) => return Err(wrong("a structure")),
        Shape::List { .. } => return Err(wrong("a list")),
        Shape::Map { .. } => return Err(wrong("a map")),
    }))
}

pub(super) fn integer(text: &str) -> Option<Value> {
    let text = text.trim();
    let signed = text.parse::<i64>().map(Value::from);
    signed.or_else(|_| text.parse::<u64>().map(Value::from)).ok()
}

/// A number; the words for those that JSON has none for stay words.
pub(super) fn float(text: &str) -> Option<Value> {
    let text = text.trim();
    match text {
        "NaN" | "Infinity" | "-Infinity" => Some(Value::String(text.to_owned())),
        _ => Number::from_f64(text.parse().ok()?).map(Value::Number),
    }
}

/// Base64 without white space. The text is checked, not decoded.
pub(super) fn blob(text: &str) -> Result<String, DecodeError> {
    let mut out = text.to_owned();
    if out.bytes().any(|b| b.is_ascii_whitespace()) {
        out.retain(|c| !c.is_ascii_whitespace());
    }
    match STANDARD.decode(&out) {
        Ok(_) => Ok(out),
        Err(e) => Err(DecodeError::Shape { expected: "base64", found: e.to_string() }),
    }
}

/// IAM's policy documents: percent-encoded JSON. What is not that stays text.
pub(super) fn policy(text: &str) -> Value {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        match (first, after) {
            (b'%', [high, low, tail @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                bytes.push(hex(*high).unwrap_or(0) << 4 | hex(*low).unwrap_or(0));
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(text.to_owned()))
}
