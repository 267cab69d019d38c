//! The payload of a record out of its bytes, without making the rest of it: an export needs nothing else.

use std::fmt;

use cloudscope_domain::{Category, StatusClass, Timestamp};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use crate::envelope::Flaw;

/// An asset as it is written: its fields in their order, texts where they stand.
type Asset<'a> = (
    // Id, incarnation, kind.
    (&'a str, &'a str, &'a str),
    Category,
    // Provider, name.
    (&'a str, &'a str),
    // Account, region, zone.
    (&'a str, &'a str, &'a str),
    Option<(&'a str, StatusClass)>,
    Pairs,
    Option<Timestamp>,
    // Addresses, aliases.
    (Texts, Texts),
    // What it declares.
    Option<&'a str>,
    &'a str,
);

/// The payload of a record. That it is JSON was seen when it was written, and the checksum says that it is the same.
pub(crate) fn payload(bytes: &[u8]) -> Result<&str, Flaw> {
    let (asset, _): (Asset<'_>, _) = postcard::take_from_bytes(bytes).map_err(|_| Flaw::Content)?;
    Ok(asset.9)
}

/// Texts that are passed over.
struct Texts;

/// Pairs of texts that are passed over.
struct Pairs;

struct Pass;

impl<'de> Visitor<'de> for Pass {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("texts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<(), A::Error> {
        while texts.next_element::<&str>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<(), A::Error> {
        while pairs.next_entry::<&str, &str>()?.is_some() {}
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_seq(Pass).map(|()| Self)
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_map(Pass).map(|()| Self)
    }
}
