//! JSON answers, read by their shape straight into the values that are kept: no second tree.

use std::{borrow::Cow, cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{
    bounds::{Budget, DecodeError, short},
    scalar, time,
};
use crate::model::{Ref, Shape, Shapes, Structure};

/// What stands for a shape where the model has none.
static ANYTHING: Shape = Shape::Document;

/// Reads a body as a value of that shape.
pub(super) fn read(body: &[u8], of: &Ref, shapes: &Shapes, budget: Budget) -> Result<Value, DecodeError> {
    read_as(body, shapes.get(of.shape), shapes, budget)
}

/// Reads a body without a shape.
pub(super) fn anything(body: &[u8], shapes: &Shapes, budget: Budget) -> Result<Value, DecodeError> {
    read_as(body, &ANYTHING, shapes, budget)
}

fn read_as(body: &[u8], shape: &Shape, shapes: &Shapes, budget: Budget) -> Result<Value, DecodeError> {
    let context = Context { shapes, budget, wrong: RefCell::new(None) };
    let mut from = serde_json::Deserializer::from_slice(body);
    let seed = Seed { context: &context, shape, depth: 1 };
    let read = seed.deserialize(&mut from).and_then(|value| from.end().map(|()| value));
    read.map_err(|e| {
        if let Some(wrong) = context.wrong.take() {
            wrong
        } else if body.trim_ascii_start().starts_with(b"<") {
            DecodeError::Html
        } else if e.is_eof() {
            DecodeError::Truncated(body.len())
        } else {
            DecodeError::Malformed(e.to_string())
        }
    })
}

struct Context<'m> {
    shapes: &'m Shapes,
    budget: Budget,
    /// What serde's errors cannot carry.
    wrong: RefCell<Option<DecodeError>>,
}

impl Context<'_> {
    fn fail<E: serde::de::Error>(&self, error: DecodeError) -> E {
        let out = E::custom(&error);
        self.wrong.replace(Some(error));
        out
    }
}

#[derive(Clone, Copy)]
struct Seed<'c, 'm> {
    context: &'c Context<'m>,
    shape: &'m Shape,
    depth: usize,
}

impl<'c, 'm> Seed<'c, 'm> {
    fn inner(self, shape: &'m Shape) -> Seed<'c, 'm> {
        Seed { shape, depth: self.depth + 1, ..self }
    }

    fn of(self, of: &Ref) -> Seed<'c, 'm> {
        self.inner(self.context.shapes.get(of.shape))
    }

    fn wrong<E: serde::de::Error>(&self, found: String) -> E {
        let expected = match self.shape {
            Shape::Structure(_) | Shape::Map { .. } => "an object",
            Shape::List { .. } => "a list",
            Shape::Timestamp => "a time",
            Shape::Blob => "base64",
            _ => "another value",
        };
        self.context.fail(DecodeError::Shape { expected, found })
    }

    fn is_scalar(&self) -> bool {
        !matches!(self.shape, Shape::Structure(_) | Shape::Map { .. } | Shape::List { .. })
    }

    /// Where the model has a plain value, whatever else comes is kept as it came.
    fn takes_anything(&self) -> bool {
        self.is_scalar() && !matches!(self.shape, Shape::Timestamp | Shape::Blob)
    }

    fn number<E: serde::de::Error>(self, number: Number) -> Result<Value, E> {
        match self.shape {
            Shape::Timestamp => {
                let seconds = number.as_f64().and_then(time::from_seconds);
                seconds.map(Value::String).ok_or_else(|| self.wrong(number.to_string()))
            }
            Shape::Float => Ok(number.as_f64().and_then(Number::from_f64).unwrap_or(number).into()),
            Shape::Integer => Ok(whole(&number).unwrap_or(Value::Number(number))),
            _ if self.is_scalar() => Ok(Value::Number(number)),
            _ => Err(self.wrong(number.to_string())),
        }
    }
}

/// `5.0` as `5`.
fn whole(number: &Number) -> Option<Value> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    format!("{float:.0}").parse::<i64>().ok().filter(|_| float.fract() == 0.0).map(Value::from)
}

impl<'de> DeserializeSeed<'de> for Seed<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        self.context.budget.take(self.depth).map_err(|e| self.context.fail(e))?;
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_, '_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("what the model says")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        if self.is_scalar() { Ok(Value::Bool(value)) } else { Err(self.wrong(value.to_string())) }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.number(value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.number(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("no finite number"))?;
        self.number(number)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        let found = || format!("{:?}", short(text));
        Ok(match self.shape {
            Shape::String | Shape::Document => Value::String(text.to_owned()),
            Shape::Policy => scalar::policy(text),
            Shape::Timestamp => Value::String(time::read(text).ok_or_else(|| self.wrong(found()))?),
            Shape::Blob => Value::String(scalar::blob(text).map_err(|e| self.context.fail(e))?),
            // Some services quote their numbers; what is none stays as it came.
            Shape::Integer => scalar::integer(text).unwrap_or_else(|| Value::String(text.to_owned())),
            Shape::Float => scalar::float(text).unwrap_or_else(|| Value::String(text.to_owned())),
            Shape::Boolean => match text {
                _ if text.eq_ignore_ascii_case("true") => Value::Bool(true),
                _ if text.eq_ignore_ascii_case("false") => Value::Bool(false),
                _ => Value::String(text.to_owned()),
            },
            Shape::Structure(_) | Shape::List { .. } | Shape::Map { .. } => return Err(self.wrong(found())),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = match self.shape {
            Shape::List { member } => self.of(member),
            _ if self.takes_anything() => self.inner(&ANYTHING),
            _ => return Err(self.wrong("a list".to_owned())),
        };
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = match self.shape {
            Shape::Structure(structure) => return self.structure(structure, entries),
            Shape::Map { value, .. } => self.of(value),
            _ if self.takes_anything() => self.inner(&ANYTHING),
            _ => return Err(self.wrong("an object".to_owned())),
        };
        let mut out = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            out.insert(key, entries.next_value_seed(inner)?);
        }
        Ok(Value::Object(out))
    }
}

impl<'m> Seed<'_, 'm> {
    fn structure<'de, A: MapAccess<'de>>(self, of: &'m Structure, mut entries: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        let mut strange = None;
        while let Some(key) = entries.next_key_seed(KeySeed(of))? {
            match key {
                Key::Member(at) => {
                    let member = &of.members[at];
                    let value = entries.next_value_seed(self.of(&member.of))?;
                    if !value.is_null() {
                        out.insert(member.name.to_string(), value);
                    }
                }
                Key::Unknown(name) => {
                    let value = entries.next_value_seed(self.inner(&ANYTHING))?;
                    if self.context.budget.keeps_unknown() {
                        out.insert(name, value);
                    } else if of.union && name != "__type" && !value.is_null() {
                        strange = Some(name);
                    }
                }
            }
        }
        if let (true, Some(name)) = (out.is_empty(), strange) {
            out.insert("SDK_UNKNOWN_MEMBER".to_owned(), serde_json::json!({ "name": name }));
        }
        Ok(Value::Object(out))
    }
}

enum Key {
    Member(usize),
    Unknown(String),
}

/// Looks a key up without keeping it.
struct KeySeed<'m>(&'m Structure);

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Key, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Key;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        let unknown = || Key::Unknown(Cow::Borrowed(name).into_owned());
        Ok(self.0.on_wire(name).map_or_else(unknown, Key::Member))
    }
}
