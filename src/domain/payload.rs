//! The provider's own words about an asset: the whole (redacted) JSON object, kept as text.
//!
//! Kept as bytes because compact formats cannot carry a JSON value, and because most payloads are
//! never looked into after they were mapped.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::value::RawValue;

/// Valid JSON text, shared cheaply. Serialises as JSON inside JSON, as a string elsewhere.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Payload(Arc<str>);

impl Payload {
    /// The text of a value.
    #[must_use]
    pub fn from_value(value: &serde_json::Value) -> Self {
        Self(value.to_string().into())
    }

    /// Takes text that is JSON already.
    ///
    /// # Errors
    /// When the text is not one JSON value.
    pub fn from_text(text: impl Into<Arc<str>>) -> Result<Self, serde_json::Error> {
        let text = text.into();
        serde_json::from_str::<&RawValue>(&text)?;
        Ok(Self(text))
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parsed value; `null` cannot happen unless the payload was `null`.
    #[must_use]
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl Default for Payload {
    fn default() -> Self {
        Self("{}".into())
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            serde_json::from_str::<&RawValue>(&self.0).map_err(S::Error::custom)?.serialize(s)
        } else {
            s.serialize_str(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            let raw = Box::<RawValue>::deserialize(d)?;
            Ok(Self(String::from(Box::<str>::from(raw)).into()))
        } else {
            Self::from_text(String::deserialize(d)?).map_err(D::Error::custom)
        }
    }
}
