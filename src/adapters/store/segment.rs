//! The content of a segment: some thirty records of one scope, each as its own run of bytes, so that one
//! can be replaced or read without decoding the others.
//!
//! ```text
//! u32 le                number of entries
//! per entry:  u8        1 when the record is a tombstone
//!             u32 le    length
//!             ...       postcard of the record; begins with the asset's id and incarnation
//! ```

mod payload;

use cloudscope_domain::{AssetKey, Record};
use serde::Deserialize;

use crate::envelope::Flaw;
pub(crate) use payload::payload;

/// A segment is full with this many records,
pub(crate) const FULL_RECORDS: usize = 100;
/// or when its content has this many bytes: compressed some 7 KB. The engine keeps up to 16 of them on a page,
/// and puts a page of more than 128 KB into a file of its own, which its cache does not count.
pub(crate) const FULL_BYTES: usize = 28 << 10;
/// A record stays in its segment when it is written again, until the segment has this many bytes. Segments of
/// older versions, of a hundred records, lose one by one those that change.
pub(crate) const SPLIT_BYTES: usize = 2 * FULL_BYTES;

/// One record as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub gone: bool,
    pub bytes: Vec<u8>,
}

/// The identity at the head of a record's bytes; the source is that of the segment's scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Name<'a> {
    pub id: &'a str,
    pub incarnation: &'a str,
}

impl<'a> From<&'a AssetKey> for Name<'a> {
    fn from(key: &'a AssetKey) -> Self {
        Self { id: key.id.as_str(), incarnation: key.incarnation.as_str() }
    }
}

impl Entry {
    pub(crate) fn new(record: &Record) -> Result<Self, Flaw> {
        // The payload is most of it: with room for it at once nothing is copied while it grows.
        let room = Vec::with_capacity(record.asset.properties.as_str().len() + 640);
        let bytes = postcard::to_extend(record, room).map_err(|_| Flaw::Content)?;
        Ok(Self { gone: record.gone.is_some(), bytes })
    }

    pub(crate) fn name(&self) -> Option<Name<'_>> {
        name(&self.bytes).ok()
    }
}

/// The identity of a record, without decoding the rest.
pub(crate) fn name(bytes: &[u8]) -> Result<Name<'_>, Flaw> {
    postcard::take_from_bytes(bytes).map(|(name, _)| name).map_err(|_| Flaw::Content)
}

/// The record of some bytes.
pub(crate) fn record(bytes: &[u8]) -> Result<Record, Flaw> {
    match postcard::take_from_bytes(bytes) {
        Ok((record, [])) => Ok(record),
        _ => Err(Flaw::Content),
    }
}

/// Bytes that the entries of a segment take.
pub(crate) fn weight(entries: &[Entry]) -> usize {
    entries.iter().map(|e| e.bytes.len() + 5).sum()
}

pub(crate) fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + weight(entries));
    out.extend((entries.len() as u32).to_le_bytes());
    for entry in entries {
        out.push(u8::from(entry.gone));
        out.extend((entry.bytes.len() as u32).to_le_bytes());
        out.extend(&entry.bytes);
    }
    out
}

/// The entries of a segment as borrowed bytes.
pub(crate) fn parts(body: &[u8]) -> Result<Vec<(bool, &[u8])>, Flaw> {
    let number = |at: &[u8]| -> Result<usize, Flaw> {
        let bytes = at.get(..4).and_then(|b| b.try_into().ok()).ok_or(Flaw::Length)?;
        Ok(u32::from_le_bytes(bytes) as usize)
    };
    let count = number(body)?;
    let mut rest = &body[4..];
    let mut out = Vec::with_capacity(count.min(body.len() / 5));
    for _ in 0..count {
        let (flag, after) = rest.split_first().ok_or(Flaw::Length)?;
        let length = number(after)?;
        let bytes = after.get(4..4 + length).ok_or(Flaw::Length)?;
        out.push((*flag != 0, bytes));
        rest = &after[4 + length..];
    }
    if rest.is_empty() { Ok(out) } else { Err(Flaw::Length) }
}

pub(crate) fn unpack(body: &[u8]) -> Result<Vec<Entry>, Flaw> {
    Ok(parts(body)?.into_iter().map(|(gone, bytes)| Entry { gone, bytes: bytes.to_vec() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudscope_domain::ScopeKey;
    use cloudscope_ports::contract::sample;

    #[test]
    fn entries_are_read_back_and_named_without_decoding() {
        let scope = ScopeKey::new("s", "l");
        let records = [sample::record(&scope, "one", 1), sample::tombstone(&scope, "two", 2)];
        let entries: Vec<_> = records.iter().map(|r| Entry::new(r).unwrap()).collect();
        let body = pack(&entries);
        assert_eq!(body.len(), 4 + weight(&entries));
        assert_eq!(unpack(&body).unwrap(), entries);
        for (entry, expected) in entries.iter().zip(&records) {
            assert_eq!(entry.name(), Some(Name::from(&expected.asset.key)));
            assert_eq!(record(&entry.bytes).as_ref(), Ok(expected));
            assert_eq!(payload(&entry.bytes), Ok(expected.asset.properties.as_str()));
            assert_eq!(entry.gone, expected.gone.is_some());
        }
        for cut in 0..body.len() {
            assert!(unpack(&body[..cut]).is_err(), "cut at {cut}");
        }
        assert!(unpack(&[&body[..], b"x"].concat()).is_err());
    }

    /// Records of before there were selections are read as they were: what a target may be is only ever
    /// added to at its end.
    #[test]
    fn references_that_were_stored_before_there_were_selections_are_read() {
        use cloudscope_domain::{Reference, Selection, Target, Test, Want};
        let one: &[u8] = b"\x04uses\x00\x03i-1\x00\x00\x00\x80\x3f\x03$.x";
        let two: &[u8] = b"\x04uses\x01\x01\x0chost.process\x04init\x01\x00\x00\x00\x3f\x03$.y";
        let of = |target, reverse, confidence, rule: &str| Reference {
            relation: "uses".into(),
            target,
            reverse,
            confidence,
            rule: rule.into(),
        };
        let named = Target::Named { kind: Some("host.process".parse().unwrap()), name: "init".into() };
        for (bytes, expected) in
            [(one, of(Target::Id("i-1".into()), false, 1.0, "$.x")), (two, of(named, true, 0.5, "$.y"))]
        {
            assert_eq!(postcard::from_bytes::<Reference>(bytes).unwrap(), expected);
            assert_eq!(postcard::to_stdvec(&expected).unwrap(), bytes);
        }
        let wants = vec![Want { key: "app".into(), test: Test::NotIn(vec!["a".into()]) }];
        let kind = "k8s.core.pod".parse().unwrap();
        let selected =
            Target::Selected(Selection { kind, within: "u/core/Pod/a/".into(), wants, places: None }.into());
        let mut record = sample::record(&ScopeKey::new("s", "l"), "one", 1);
        // As it was written before there were places.
        let bytes = b"\x04uses\x02\x0ck8s.core.pod\x0du/core/Pod/a/\x01\x03app\x01\x01\x01a\0\0\0\x80\x3f\x0f$.spec.selector";
        let selected = of(selected, false, 1.0, "$.spec.selector");
        assert_eq!(postcard::from_bytes::<Reference>(bytes).unwrap(), selected);
        assert_eq!(postcard::to_stdvec(&selected).unwrap(), bytes);
        let Target::Selected(of_namespace) = &selected.target else { panic!() };
        let places = Selection {
            kind: "k8s.core.namespace".parse().unwrap(),
            within: "u/core/Namespace/".into(),
            ..(**of_namespace).clone()
        };
        let selection = Selection {
            within: "u/core/Pod/".into(),
            places: Some(places.into()),
            ..(**of_namespace).clone()
        };
        record.references.push(of(Target::Selected(selection.into()), false, 1.0, "$.spec.ingress"));
        record.references.push(selected);
        assert_eq!(super::record(&Entry::new(&record).unwrap().bytes).as_ref(), Ok(&record));
    }

    /// When this fails, the shape of a record changed: raise `envelope::FORMAT`, and give stores of
    /// the old format a way.
    #[test]
    fn the_shape_of_a_record_is_the_one_of_this_format() {
        let scope = ScopeKey::new("s", "l").account("a").region("r").parent("p");
        let entry = Entry::new(&sample::tombstone(&scope, "one", 1)).unwrap();
        let hash = blake3::hash(&entry.bytes).to_hex();
        assert_eq!(&hash[..16], "6f521b9928c7add0", "{} bytes", entry.bytes.len());
    }
}
