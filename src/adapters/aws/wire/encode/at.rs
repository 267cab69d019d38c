//! Where in the input something stands, what can be wrong with it there, and the checks that every
//! structure goes through.

use std::fmt;

use serde_json::{Map, Value};

use crate::model::Structure;

/// Why an input is no input of the operation. Each says where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The model has no such member.
    #[error("{0}: the operation takes no such member")]
    Unknown(String),
    /// The model requires it.
    #[error("{0}: it is required, and missing")]
    Missing(String),
    /// It is of another type.
    #[error("{at}: {expected} belongs there")]
    WrongType {
        /// Where.
        at: String,
        /// What the model says.
        expected: &'static str,
    },
}

/// A place in the input.
pub(super) enum At<'a> {
    Root { service: &'a str, operation: &'a str },
    Member { of: &'a At<'a>, name: &'a str },
    Item { of: &'a At<'a>, index: usize },
}

impl At<'_> {
    pub(super) fn member<'a>(&'a self, name: &'a str) -> At<'a> {
        At::Member { of: self, name }
    }

    pub(super) fn item(&self, index: usize) -> At<'_> {
        At::Item { of: self, index }
    }

    pub(super) fn unknown(&self) -> EncodeError {
        EncodeError::Unknown(self.to_string())
    }

    pub(super) fn wrong(&self, expected: &'static str) -> EncodeError {
        EncodeError::WrongType { at: self.to_string(), expected }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root { service, operation } => write!(out, "{service}:{operation}"),
            Self::Member { of: root @ Self::Root { .. }, name } => write!(out, "{root} {name}"),
            Self::Member { of, name } => write!(out, "{of}.{name}"),
            Self::Item { of, index } => write!(out, "{of}[{index}]"),
        }
    }
}

/// Every given member is known, and every required one given.
pub(super) fn check(
    structure: &Structure,
    given: &Map<String, Value>,
    at: &At<'_>,
) -> Result<(), EncodeError> {
    if let Some(name) = given.keys().find(|name| structure.member(name).is_none()) {
        return Err(at.member(name).unknown());
    }
    let missing = |name: &&str| given.get(*name).is_none_or(Value::is_null);
    match structure.required.iter().map(|name| &**name).find(missing) {
        Some(name) => Err(EncodeError::Missing(at.member(name).to_string())),
        None => Ok(()),
    }
}

/// The given members, in the order given, with their places in the model.
pub(super) fn members<'a>(
    structure: &'a Structure,
    given: &'a Map<String, Value>,
) -> impl Iterator<Item = (&'a crate::model::Member, &'a Value)> {
    let present = given.iter().filter(|(_, value)| !value.is_null());
    present.filter_map(|(name, value)| Some((structure.member(name)?, value)))
}

pub(super) fn object<'v>(value: &'v Value, at: &At<'_>) -> Result<&'v Map<String, Value>, EncodeError> {
    value.as_object().ok_or_else(|| at.wrong("an object"))
}

pub(super) fn list<'v>(value: &'v Value, at: &At<'_>) -> Result<&'v [Value], EncodeError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| at.wrong("a list"))
}
