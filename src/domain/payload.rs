//! The provider's own words about an asset: the whole (redacted) JSON object, kept as text.
//!
//! Kept as bytes because compact formats cannot carry a JSON value, and because most payloads are
//! never looked into after they were mapped.

mod written;

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::value::RawValue;

/// Valid JSON text, shared cheaply. Serialises as JSON inside JSON, as a string elsewhere.
#[derive(Clone)]
pub struct Payload {
    text: Arc<str>,
    /// The redactor looked over this very text and found nothing. Only it can say so; it is never read from
    /// anywhere, and makes no difference between two payloads.
    vouched: bool,
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Payload {}

impl Hash for Payload {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Payload {
    /// The text of a value.
    #[must_use]
    pub fn from_value(value: &serde_json::Value) -> Self {
        Self::of(written::text(value))
    }

    fn of(text: Arc<str>) -> Self {
        Self { text, vouched: false }
    }

    /// The same, with the redactor's word that nothing in it looks secret.
    pub(crate) fn vouched(self) -> Self {
        Self { vouched: true, ..self }
    }

    /// Whether the redactor looked over this very text and found nothing in it.
    #[must_use]
    pub fn is_vouched(&self) -> bool {
        self.vouched
    }

    /// Takes text that is JSON already.
    ///
    /// # Errors
    /// When the text is not one JSON value.
    pub fn from_text(text: impl Into<Arc<str>>) -> Result<Self, serde_json::Error> {
        let text = text.into();
        serde_json::from_str::<&RawValue>(&text)?;
        Ok(Self::of(text))
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parsed value; `null` cannot happen unless the payload was `null`.
    #[must_use]
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl Default for Payload {
    fn default() -> Self {
        Self::of("{}".into())
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            serde_json::from_str::<&RawValue>(&self.text).map_err(S::Error::custom)?.serialize(s)
        } else {
            s.serialize_str(&self.text)
        }
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            let raw = Box::<RawValue>::deserialize(d)?;
            Ok(Self::of(String::from(Box::<str>::from(raw)).into()))
        } else {
            Self::from_text(String::deserialize(d)?).map_err(D::Error::custom)
        }
    }
}
