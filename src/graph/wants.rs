//! What a selection wants, as bytes: the same bytes only for the same wants.
//!
//! ```text
//! how many | each: what is asked of it, its key, how many values, the values; texts with their length before them
//! ```

use std::sync::Arc;

use cloudscope_domain::{Test, Want};

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

pub(crate) fn encode(wants: &[Want], out: &mut Vec<u8>) {
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

/// The wants of some bytes; `None` when they are none.
pub(crate) fn decode(mut bytes: &[u8]) -> Option<Vec<Want>> {
    // Grows as wants come, so that a number that lies costs nothing.
    let mut wants = Vec::new();
    for _ in 0..varint::take(&mut bytes)? {
        let asked = *bytes.split_off_first()?;
        let key = take(&mut bytes)?;
        let values = (0..varint::take(&mut bytes)?).map(|_| take(&mut bytes)).collect::<Option<Vec<_>>>()?;
        let test = match asked {
            0 => Test::In(values),
            1 => Test::NotIn(values),
            2 if values.is_empty() => Test::Exists,
            3 if values.is_empty() => Test::Missing,
            _ => return None,
        };
        wants.push(Want { key, test });
    }
    bytes.is_empty().then_some(wants)
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
        fn wants_are_read_back_and_no_cut_bytes_are(wants in prop::collection::vec(any_want(), 0..4), at in any::<prop::sample::Index>()) {
            let mut bytes = Vec::new();
            encode(&wants, &mut bytes);
            prop_assert_eq!(decode(&bytes), Some(wants));
            prop_assert_eq!(decode(&bytes[..at.index(bytes.len())]), None);
        }

        #[test]
        fn bytes_that_are_none_panic_nowhere(bytes in prop::collection::vec(any::<u8>(), 0..30)) {
            decode(&bytes);
        }
    }
}
