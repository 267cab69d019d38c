//! JSON bodies.

use serde_json::{Map, Number, Value};

use super::{
    at::{At, EncodeError, check, list, members, object},
    value::{moment, text},
};
use crate::{
    model::{Ref, Service, Shape, Structure, TimeFormat},
    wire::time,
};

/// The members of a structure that stand in the body.
pub(super) fn structure(
    service: &Service,
    of: &Structure,
    given: &Map<String, Value>,
    at: &At<'_>,
) -> Result<Value, EncodeError> {
    check(of, given, at)?;
    let mut out = Map::new();
    for (member, given) in members(of, given) {
        let inner = value(service, &member.of, given, &at.member(&member.name))?;
        out.insert(member.wire().to_owned(), inner);
    }
    Ok(Value::Object(out))
}

/// A value of that shape.
pub(super) fn value(service: &Service, of: &Ref, given: &Value, at: &At<'_>) -> Result<Value, EncodeError> {
    Ok(match service.shape(of) {
        Shape::Structure(inner) => structure(service, inner, object(given, at)?, at)?,
        Shape::List { member } => {
            let items = list(given, at)?.iter().enumerate();
            Value::Array(
                items.map(|(i, v)| value(service, member, v, &at.item(i))).collect::<Result<_, _>>()?,
            )
        }
        Shape::Map { value: of, .. } => {
            let mut out = Map::new();
            for (key, given) in object(given, at)? {
                out.insert(key.clone(), value(service, of, given, &at.member(key))?);
            }
            Value::Object(out)
        }
        Shape::Document => given.clone(),
        Shape::Timestamp => {
            let moment = moment(given, at)?;
            match of.format.unwrap_or(TimeFormat::Unix) {
                TimeFormat::Unix => Value::Number(Number::from(time::whole_seconds(moment))),
                format => Value::String(time::write(moment, format)),
            }
        }
        shape => {
            text(shape, given, TimeFormat::Unix, at)?;
            given.clone()
        }
    })
}
