//! One value as text, and percent-encoding.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::at::{At, EncodeError};
use crate::{
    model::{Shape, TimeFormat},
    wire::time,
};

/// A value that is neither structure, list nor map, as the text that forms, XML, paths and headers carry.
pub(super) fn text(
    shape: &Shape,
    value: &Value,
    format: TimeFormat,
    at: &At<'_>,
) -> Result<String, EncodeError> {
    let fail = |expected| Err(at.wrong(expected));
    match (shape, value) {
        (Shape::String | Shape::Policy, Value::String(text)) => Ok(text.clone()),
        (Shape::String | Shape::Policy, _) => fail("text"),
        (Shape::Boolean, Value::Bool(flag)) => Ok(flag.to_string()),
        (Shape::Boolean, _) => fail("true or false"),
        (Shape::Integer, Value::Number(number)) if !number.is_f64() => Ok(number.to_string()),
        (Shape::Integer, _) => fail("a whole number"),
        (Shape::Float, Value::Number(number)) => Ok(number.to_string()),
        (Shape::Float, Value::String(word)) if is_special(word) => Ok(word.clone()),
        (Shape::Float, _) => fail("a number"),
        (Shape::Timestamp, value) => Ok(time::write(moment(value, at)?, format)),
        (Shape::Blob, Value::String(text)) => match STANDARD.decode(text) {
            Ok(_) => Ok(text.clone()),
            Err(_) => fail("base64 text"),
        },
        (Shape::Blob, _) => fail("base64 text"),
        (Shape::Structure(_) | Shape::List { .. } | Shape::Map { .. } | Shape::Document, _) => {
            fail("a plain value")
        }
    }
}

/// The numbers that JSON has none for.
pub(super) fn is_special(word: &str) -> bool {
    matches!(word, "NaN" | "Infinity" | "-Infinity")
}

/// The bytes that base64 text stands for.
pub(super) fn bytes(value: &Value, at: &At<'_>) -> Result<Vec<u8>, EncodeError> {
    let text = value.as_str().ok_or_else(|| at.wrong("base64 text"))?;
    STANDARD.decode(text).map_err(|_| at.wrong("base64 text"))
}

pub(super) fn moment(value: &Value, at: &At<'_>) -> Result<jiff::Timestamp, EncodeError> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(at.wrong("a time")),
    };
    time::parse(&text).ok_or_else(|| at.wrong("a time"))
}

/// Percent-encodes all but the unreserved characters and those in `safe`.
pub(super) fn percent(text: &str, safe: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        let plain = char::from(byte);
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') || safe.contains(plain) {
            out.push(plain);
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}
