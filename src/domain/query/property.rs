//! Paths into payloads, and what is found there. Payloads are walked as text: what the path does not
//! name is skipped without being built.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{Payload, Timestamp, redact::is_mark};

use super::{Cmp, Operand, Pattern, fold, operand, quote::quoted_if_needed};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// The value of this key, folded; of every element where a list stands in between.
    Key(String),
    /// Every value of an object, every element of a list.
    Any,
    /// One element of a list, from 0.
    Index(usize),
}

/// Where in a payload to look. Keys ignore case, and lists are looked through: `SecurityGroups.GroupId`
/// is that of each of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropPath {
    segments: Vec<Segment>,
}

/// What stands at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'a> {
    /// Text.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// A whole number, as text has it.
    Whole(i128),
    /// True or false.
    Bool(bool),
    /// An object that has something in it.
    Object,
    /// `null`, or a list or an object with nothing in it.
    Nothing,
}

impl PropPath {
    /// From its steps; `None` when there are none, or more than can be.
    #[must_use]
    pub fn new(segments: Vec<Segment>) -> Option<Self> {
        (1..=32).contains(&segments.len()).then_some(Self { segments })
    }

    /// The last key, which may say what its values are.
    #[must_use]
    pub fn last_key(&self) -> &str {
        let last =
            self.segments.iter().rev().find_map(|s| if let Segment::Key(k) = s { Some(&**k) } else { None });
        last.unwrap_or_default()
    }

    /// The steps.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Calls `visit` with everything that stands at the path.
    pub fn each(&self, payload: &Payload, visit: &mut dyn FnMut(Found<'_>)) {
        let mut reader = serde_json::Deserializer::from_str(payload.as_str());
        // A payload is valid JSON; one that is nested deeper than can be read ends here.
        let _ = Walk { rest: &self.segments, visit }.deserialize(&mut reader);
    }
}

impl fmt::Display for PropPath {
    /// As it stands after `prop.`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, segment) in self.segments.iter().enumerate() {
            let dot = if n == 0 { "" } else { "." };
            match segment {
                // A dot inside a key separates nothing.
                Segment::Key(key) if key.contains('.') => {
                    write!(f, "{dot}\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))?;
                }
                Segment::Key(key) => write!(f, "{dot}{}", quoted_if_needed(key))?,
                Segment::Any => write!(f, "{dot}*")?,
                Segment::Index(at) => write!(f, "[{at}]")?,
            }
        }
        Ok(())
    }
}

/// What is asked of the values at a path.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueTest {
    /// One of them matches one of the patterns. Nothing there is known not to match.
    Any(Vec<Pattern>),
    /// One of them stands so; undecided where none can be compared.
    Compare(Cmp, Operand),
    /// Something is there.
    There,
}

impl ValueTest {
    /// Whether what stands at a path of a payload passes; `None` when that cannot be told.
    #[must_use]
    pub fn holds(&self, path: &PropPath, payload: &Payload, now: Timestamp) -> Option<bool> {
        let mut heard = Heard::new(self);
        path.each(payload, &mut |found| heard.hear(self, found, now));
        heard.answer()
    }

    /// The same of values that were found before.
    pub fn holds_of<'a>(&self, found: impl IntoIterator<Item = Found<'a>>, now: Timestamp) -> Option<bool> {
        let mut heard = Heard::new(self);
        for one in found {
            heard.hear(self, one, now);
        }
        heard.answer()
    }

    fn one(&self, found: Found<'_>, now: Timestamp) -> Option<bool> {
        let any = |patterns: &[Pattern], folded: &str| Some(patterns.iter().any(|p| p.matches(folded)));
        match (self, found) {
            (Self::There, Found::Nothing) | (Self::Any(_), Found::Nothing | Found::Object) => Some(false),
            (Self::There, _) => Some(true),
            // A secret that was taken out could be anything.
            (_, Found::Text(text)) if is_mark(text) => None,
            (Self::Any(patterns), Found::Text(text)) => any(patterns, &fold(text)),
            (Self::Any(patterns), Found::Number(n)) => Some(
                patterns.iter().any(|p| operand::is_number(p, n) || written(n).any(|text| p.matches(&text))),
            ),
            (Self::Any(patterns), Found::Whole(n)) => {
                let text = n.to_string();
                Some(patterns.iter().any(|p| p.matches(&text) || operand::is_whole(p, n)))
            }
            (Self::Any(patterns), Found::Bool(b)) => any(patterns, if b { "true" } else { "false" }),
            (Self::Compare(cmp, operand), Found::Text(text)) => operand.text(*cmp, text, now),
            (Self::Compare(cmp, operand), Found::Number(n)) => operand.number(*cmp, n, now),
            #[expect(clippy::cast_precision_loss, reason = "comparisons are those of 64-bit floats")]
            (Self::Compare(cmp, operand), Found::Whole(n)) => operand.number(*cmp, n as f64, now),
            (Self::Compare(..), Found::Bool(_) | Found::Object | Found::Nothing) => None,
        }
    }
}

/// A number as text may have it: with all its digits, and as JSON writes it (`1.0`, `1e21`).
fn written(n: f64) -> impl Iterator<Item = String> {
    let json = serde_json::Number::from_f64(n).map(|n| n.to_string());
    std::iter::once(n.to_string()).chain(json)
}

/// What the values so far make of a test: true once one passes; undecided when one could.
struct Heard {
    passed: bool,
    failed: bool,
    unclear: bool,
    compares: bool,
}

impl Heard {
    fn new(test: &ValueTest) -> Self {
        let compares = matches!(test, ValueTest::Compare(..));
        Self { passed: false, failed: false, unclear: false, compares }
    }

    fn hear(&mut self, test: &ValueTest, found: Found<'_>, now: Timestamp) {
        match test.one(found, now) {
            Some(true) => self.passed = true,
            Some(false) => self.failed = true,
            None => self.unclear = true,
        }
    }

    fn answer(&self) -> Option<bool> {
        if self.passed {
            return Some(true);
        }
        // Of several values those that cannot be compared say nothing; a hidden one may be the one.
        let known = if self.compares { self.failed } else { !self.unclear };
        known.then_some(false)
    }
}

struct Walk<'a, 'f> {
    rest: &'a [Segment],
    visit: &'f mut dyn FnMut(Found<'_>),
}

impl Walk<'_, '_> {
    fn end<E>(self, found: Found<'_>) -> Result<(), E> {
        if self.rest.is_empty() {
            (self.visit)(found);
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, v: bool) -> Result<(), E> {
        self.end(Found::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<(), E> {
        self.end(Found::Whole(v.into()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<(), E> {
        self.end(Found::Whole(v.into()))
    }

    fn visit_f64<E>(self, v: f64) -> Result<(), E> {
        self.end(Found::Number(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<(), E> {
        self.end(Found::Text(v))
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.end(Found::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let (only, rest) = match self.rest.split_first() {
            Some((Segment::Index(at), rest)) => (Some(*at), rest),
            Some((Segment::Any, rest)) => (None, rest),
            _ => (None, self.rest),
        };
        let mut at = 0;
        loop {
            let more = if only.is_none_or(|only| only == at) {
                seq.next_element_seed(Walk { rest, visit: self.visit })?.is_some()
            } else {
                seq.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                break;
            }
            at += 1;
        }
        if at == 0 && self.rest.is_empty() {
            (self.visit)(Found::Nothing);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((first, rest)) = self.rest.split_first() else {
            let mut empty = true;
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                empty = false;
            }
            (self.visit)(if empty { Found::Nothing } else { Found::Object });
            return Ok(());
        };
        while let Some(wanted) = map.next_key_seed(Wanted(first))? {
            if wanted {
                map.next_value_seed(Walk { rest, visit: self.visit })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Whether a key is the one that a step names.
struct Wanted<'a>(&'a Segment);

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<bool, D::Error> {
        d.deserialize_str(self)
    }
}

impl Visitor<'_> for Wanted<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(match self.0 {
            Segment::Any => true,
            Segment::Index(_) => false,
            Segment::Key(wanted) if key.is_ascii() => wanted.eq_ignore_ascii_case(key),
            Segment::Key(wanted) => *wanted == fold(key),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(steps: &str) -> PropPath {
        let step = |s: &str| match s {
            "*" => Segment::Any,
            s => s.parse().map_or_else(|_| Segment::Key(s.to_owned()), Segment::Index),
        };
        PropPath::new(steps.split('/').map(step).collect()).unwrap()
    }

    fn payload() -> Payload {
        let text = r#"{"InstanceType":"m5.large","Cpu":{"Cores":4,"Load":0.5},"Encrypted":true,"KmsKey":null,
            "SecurityGroups":[{"GroupId":"sg-1","Ports":[22,443]},{"GroupId":"sg-2","Ports":[]}],
            "Tags":[],"Meta":{},"Odd":{"a.b/c":"x","a.b/C":"y"},"Password":"«redacted:secret:0123456789ab»",
            "Id":123456789012345678,"Nested":[[{"x":1}],[{"x":2}]]}"#;
        Payload::from_text(text).unwrap()
    }

    #[test]
    fn a_path_leads_through_lists_and_ignores_case() {
        for (steps, expected) in [
            ("instancetype", "text m5.large"),
            ("cpu/cores", "whole 4"),
            ("cpu/load", "number 0.5"),
            ("cpu/*", "whole 4, number 0.5"),
            ("cpu", "object"),
            ("encrypted", "bool true"),
            ("kmskey", "nothing"),
            ("tags", "nothing"),
            ("meta", "nothing"),
            ("securitygroups/groupid", "text sg-1, text sg-2"),
            ("securitygroups/*/groupid", "text sg-1, text sg-2"),
            ("securitygroups/1/groupid", "text sg-2"),
            ("securitygroups/7/groupid", ""),
            ("securitygroups/ports", "whole 22, whole 443, nothing"),
            ("securitygroups/ports/1", "whole 443"),
            ("odd/a.b/c", ""),
            ("nested/x", "whole 1, whole 2"),
            ("instancetype/x", ""),
            ("cpu/0", ""),
            ("missing", ""),
        ] {
            let mut found = Vec::new();
            path(steps).each(&payload(), &mut |f| {
                found.push(match f {
                    Found::Text(t) => format!("text {t}"),
                    Found::Number(n) => format!("number {n}"),
                    Found::Whole(n) => format!("whole {n}"),
                    Found::Bool(b) => format!("bool {b}"),
                    Found::Object => "object".to_owned(),
                    Found::Nothing => "nothing".to_owned(),
                });
            });
            assert_eq!(found.join(", "), expected, "{steps}");
        }
        let odd = PropPath::new(vec![Segment::Key("odd".into()), Segment::Key("a.b/c".into())]).unwrap();
        let mut found = 0;
        odd.each(&payload(), &mut |_| found += 1);
        assert_eq!((found, odd.to_string().as_str()), (2, "odd.\"a.b/c\""));
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        let now = Timestamp::from_millis(0);
        let holds = |value: &str, pattern: Pattern| {
            let payload = Payload::from_text(format!(r#"{{"p":{value}}}"#)).unwrap();
            ValueTest::Any(vec![pattern]).holds(&path("p"), &payload, now).unwrap()
        };
        let is = |value: &str, text: &str| holds(value, Pattern::Is(text.into()));
        for (value, text) in [
            ("1.0", "1.0"),
            ("1.0", "1"),
            ("1", "1.0"),
            ("1", "+1"),
            ("1000", "1e3"),
            ("-0.0", "0"),
            ("1e21", "1e21"),
            ("1e21", "1e+21"),
            ("1e21", "1000000000000000000000"),
            ("1e-7", "1e-7"),
            ("1e-7", "0.0000001"),
            ("18446744073709551616", "18446744073709551616"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("123456789.123456789e-30", "123456789.123456789e-30"),
        ] {
            assert!(is(value, text), "{value}={text}");
        }
        for (value, text) in [
            ("1.0", "1.1"),
            ("1", "one"),
            ("1", ""),
            ("9007199254740993", "9007199254740992"),
            ("9007199254740992", "9007199254740993"),
            ("18446744073709551615", "18446744073709551616"),
            ("1e21", "inf"),
            // What is text is no number.
            ("\"1.0\"", "1"),
        ] {
            assert!(!is(value, text), "{value}={text}");
        }
        assert!(
            holds("1e21", Pattern::Contains("e+21".into())) || holds("1e21", Pattern::Contains("e21".into()))
        );
        assert!(holds("1.0", Pattern::Contains("1.0".into())));
        assert!(!holds("21", Pattern::Contains("2.".into())));
    }

    #[test]
    fn a_test_is_true_of_any_value_and_undecided_where_none_can_say() {
        let now = Timestamp::from_millis(0);
        let holds = |steps: &str, test: &ValueTest| test.holds(&path(steps), &payload(), now);
        let is = |t: &str| ValueTest::Any(vec![Pattern::Is(t.into())]);
        let above = |t: &str| ValueTest::Compare(Cmp::Greater, Operand::parse(t, false).unwrap());
        assert_eq!(holds("instancetype", &is("m5.large")), Some(true));
        assert_eq!(holds("securitygroups/groupid", &is("sg-2")), Some(true));
        assert_eq!(holds("securitygroups/groupid", &is("sg-3")), Some(false));
        assert_eq!(holds("missing", &is("x")), Some(false));
        assert_eq!(holds("encrypted", &is("true")), Some(true));
        assert_eq!(holds("id", &is("123456789012345678")), Some(true));
        assert_eq!(holds("password", &is("hunter2")), None);
        assert_eq!(holds("cpu/cores", &above("3")), Some(true));
        assert_eq!(holds("cpu/*", &above("4")), Some(false));
        assert_eq!(holds("instancetype", &above("4")), None);
        assert_eq!(holds("missing", &above("4")), None);
        assert_eq!(holds("securitygroups/ports", &above("400")), Some(true));
        assert_eq!(holds("securitygroups/ports", &above("500")), Some(false));
        for (steps, there) in
            [("kmskey", false), ("tags", false), ("meta", false), ("cpu", true), ("password", true)]
        {
            assert_eq!(holds(steps, &ValueTest::There), Some(there), "{steps}");
        }
        assert_eq!(holds("missing", &ValueTest::There), Some(false));
    }
}
