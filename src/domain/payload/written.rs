//! A value as JSON text, as `serde_json` writes it, letter by letter the same. Most texts need no escapes, which
//! is seen sixteen letters at a time; every asset's payload is written once, so that it counts.

use std::{cell::RefCell, sync::Arc};

use serde_json::{Map, Value};

thread_local! {
    /// Where texts are written before their length is known: they do not grow step by step.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// More room than that is not kept.
const KEPT: usize = 256 << 10;

/// The text of a value.
pub(super) fn text(value: &Value) -> Arc<str> {
    ROOM.with(|room| {
        // Only this function borrows it, and nothing in between calls it.
        let Ok(mut out) = room.try_borrow_mut() else { return value.to_string().into() };
        out.clear();
        write(value, &mut out);
        let text = std::str::from_utf8(&out).map_or_else(|_| value.to_string().into(), Arc::from);
        if out.capacity() > KEPT {
            *out = Vec::new();
        }
        text
    })
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::String(text) => string(text, out),
        Value::Array(list) => {
            out.push(b'[');
            for (n, value) in list.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write(value, out);
            }
            out.push(b']');
        }
        Value::Object(map) => object(map, out),
        Value::Number(number) => slow(number, out),
    }
}

fn object(map: &Map<String, Value>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (n, (key, value)) in map.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        string(key, out);
        out.push(b':');
        write(value, out);
    }
    out.push(b'}');
}

fn string(text: &str, out: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        slow(text, out);
    }
}

/// Whether nothing in a text has to be escaped. Without a way out before the end, so that it is done many letters
/// at a time.
fn is_plain(text: &[u8]) -> bool {
    text.iter().fold(true, |plain, b| plain & (*b >= 0x20) & (*b != b'"') & (*b != b'\\'))
}

fn slow<T: serde::Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    // Texts and numbers can be written, and a list of bytes takes them.
    let _ = serde_json::to_writer(out, value);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[ -~\u{0}-\u{1f}\"\\\\é\u{2028}]{0,40}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_is_written_as_serde_json_writes_it(value in value()) {
            prop_assert_eq!(&*text(&value), value.to_string());
        }
    }

    #[test]
    fn much_room_is_not_kept() {
        let large = json!("x".repeat(KEPT * 2));
        assert_eq!(text(&large).len(), KEPT * 2 + 2);
        assert!(ROOM.with(|room| room.borrow().capacity()) <= KEPT);
        assert_eq!(&*text(&json!([1, "\n"])), "[1,\"\\n\"]");
    }
}
