//! Comparing texts finds what comparing values finds.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn sets() -> (PathSet, PathSet) {
    let of =
        |pointers: &[&str]| PathSet::parse(&pointers.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>());
    (of(&["/a/b", "/*/*/c"]), of(&["/b", "/a/*"]))
}

fn both(before: &str, after: &str) -> (Vec<Difference>, Vec<Difference>) {
    let (volatile, sets) = sets();
    let of = |text: &str| Payload::from_text(text).unwrap();
    let (a, b) = (of(before), of(after));
    let mut values = Vec::new();
    walk(&a.value(), &b.value(), &mut Vec::new(), &volatile, &sets, &mut values);
    (payloads(&a, &b, &volatile, &sets), values)
}

/// JSON of few keys, so that two have much in common.
fn some() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..4_i64).prop_map(Value::from),
        Just(json!(1.0)),
        "[a-c\"\\\\\u{e9}]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-c\"]{0,2}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn as_comparing_values_does(before in some(), after in some(), pretty in any::<bool>()) {
        let written = if pretty { serde_json::to_string_pretty(&after) } else { serde_json::to_string(&after) };
        let (texts, values) = both(&before.to_string(), &written.unwrap());
        prop_assert_eq!(texts, values);
    }

    #[test]
    fn writing_it_in_another_way_makes_no_difference(value in some()) {
        let (texts, _) = both(&value.to_string(), &serde_json::to_string_pretty(&value).unwrap());
        prop_assert_eq!(texts, vec![]);
    }
}

#[test]
fn of_a_key_that_stands_there_twice_the_last_counts() {
    let (texts, values) = both(r#"{"x":1,"y":2,"x":3}"#, r#"{"y":2,"x":4}"#);
    assert_eq!(texts, values);
    assert_eq!(texts, [Difference { path: "x".into(), before: Some(json!(3)), after: Some(json!(4)) }]);
}

#[test]
fn a_key_with_escapes_is_that_key() {
    assert_eq!(both(r#"{"\u0061\"":1}"#, r#"{"a\"":1}"#).0, []);
}

#[test]
fn depth_without_end_ends() {
    let deep = |inside: &str| format!("{}{inside}{}", "[".repeat(20_000), "]".repeat(20_000));
    let (texts, _) = both(&deep("1"), &deep("2"));
    assert!(texts.len() <= 1);
    let nested = |n: u32, levels: usize| (0..levels).fold(json!(n), |inside, _| json!({"k": inside}));
    let (texts, values) = both(&nested(1, 100).to_string(), &nested(2, 100).to_string());
    assert_eq!((texts.len(), &texts), (1, &values));
}
