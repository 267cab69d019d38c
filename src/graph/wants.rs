//! What a selection wants, as bytes: the same bytes only for the same wants.
//!
//! ```text
//! how many | each: what is asked of it, its key, how many values, the values; texts with their length before them
//! ```
//!
//! Where only what lies in some places is selected, those follow: their kind, how their ids begin, what is wanted.

use std::sync::Arc;

use cloudscope_domain::{Selection, Test, Want};

use crate::varint;

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn put(out: &mut Vec<u8>, text: &str) {
    varint::put(out, number(text.len()));
    out.extend_from_slice(text.as_bytes());
}

fn take(bytes: &mut &[u8]) -> Option<Arc<str>> {
    let len = varint::take(bytes)?;
    let (text, rest) = bytes.split_at_checked(len as usize)?;
    *bytes = rest;
    Some(std::str::from_utf8(text).ok()?.into())
}

/// What a selection wants, and where; its own kind and place are not among it.
pub(crate) fn encode(selection: &Selection, out: &mut Vec<u8>) {
    encode_wants(&selection.wants, out);
    if let Some(places) = &selection.places {
        put(out, places.kind.as_str());
        put(out, &places.within);
        encode_wants(&places.wants, out);
    }
}

fn encode_wants(wants: &[Want], out: &mut Vec<u8>) {
    varint::put(out, number(wants.len()));
    for Want { key, test } in wants {
        let (asked, values) = match test {
            Test::In(values) => (0, values.as_slice()),
            Test::NotIn(values) => (1, values.as_slice()),
            Test::Exists => (2, &[][..]),
            Test::Missing => (3, &[][..]),
        };
        out.push(asked);
        put(out, key);
        varint::put(out, number(values.len()));
        values.iter().for_each(|value| put(out, value));
    }
}

/// What some bytes say that is wanted, and where; `None` when they say nothing.
pub(crate) fn decode(mut bytes: &[u8]) -> Option<(Vec<Want>, Option<Arc<Selection>>)> {
    let wants = decode_wants(&mut bytes)?;
    if bytes.is_empty() {
        return Some((wants, None));
    }
    let kind = take(&mut bytes)?.parse().ok()?;
    let within = take(&mut bytes)?;
    let places = Selection { kind, within, wants: decode_wants(&mut bytes)?, places: None };
    bytes.is_empty().then(|| (wants, Some(places.into())))
}

fn decode_wants(bytes: &mut &[u8]) -> Option<Vec<Want>> {
    // Grows as wants come, so that a number that lies costs nothing.
    let mut wants = Vec::new();
    for _ in 0..varint::take(bytes)? {
        let asked = *bytes.split_off_first()?;
        let key = take(bytes)?;
        let values = (0..varint::take(bytes)?).map(|_| take(bytes)).collect::<Option<Vec<_>>>()?;
        let test = match asked {
            0 => Test::In(values),
            1 => Test::NotIn(values),
            2 if values.is_empty() => Test::Exists,
            3 if values.is_empty() => Test::Missing,
            _ => return None,
        };
        wants.push(Want { key, test });
    }
    Some(wants)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_want() -> impl Strategy<Value = Want> {
        let values = || prop::collection::vec("[a=,()]{0,3}".prop_map(Arc::from), 0..3);
        let test = prop_oneof![
            values().prop_map(Test::In),
            values().prop_map(Test::NotIn),
            Just(Test::Exists),
            Just(Test::Missing),
        ];
        ("[a=,!]{0,3}", test).prop_map(|(key, test)| Want { key: key.into(), test })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn wants_are_read_back_and_no_cut_bytes_are(
            wants in prop::collection::vec(any_want(), 0..4),
            places in prop::option::of(prop::collection::vec(any_want(), 0..3)),
            at in any::<prop::sample::Index>(),
        ) {
            let of = |wants, within: &str, places| Selection { kind: "k.x".parse().unwrap(), within: within.into(), wants, places };
            let selection = of(wants, "p/", places.map(|wants| of(wants, "n/", None).into()));
            let (mut bytes, mut short) = (Vec::new(), Vec::new());
            encode(&selection, &mut bytes);
            encode_wants(&selection.wants, &mut short);
            let cut = &bytes[..at.index(bytes.len())];
            prop_assert_eq!(decode(&bytes), Some((selection.wants.clone(), selection.places)));
            // Without its places it says what it said before there were any.
            prop_assert_eq!(decode(cut), (cut == short).then_some((selection.wants, None)));
        }

        #[test]
        fn bytes_that_are_none_panic_nowhere(bytes in prop::collection::vec(any::<u8>(), 0..30)) {
            decode(&bytes);
        }
    }
}
