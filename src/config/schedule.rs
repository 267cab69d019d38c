//! When sources are collected by themselves, as it is written: `15m`, `cron 0 7 * * 1-5`, or as a key and
//! a value (`every: 15m`, `cron: "0 7 * * 1-5"`).

use std::{collections::BTreeMap, fmt};

use cloudscope_application::{Rule, ScheduleEntry};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};

/// The rules of sources.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Schedule {
    /// Of every source that has none of its own.
    pub(crate) default: Option<Written>,
    /// By the name of the source.
    pub(crate) sources: BTreeMap<String, Written>,
}

impl Schedule {
    /// As the engine takes it.
    pub(crate) fn entries(&self) -> cloudscope_application::Schedule {
        let entries = self
            .sources
            .iter()
            .map(|(name, w)| ScheduleEntry { source: name.as_str().into(), rule: w.0.clone() });
        cloudscope_application::Schedule {
            entries: entries.collect(),
            default: self.default.as_ref().map(|w| w.0.clone()),
        }
    }
}

/// A rule that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written(pub(crate) Rule);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a schedule such as `every: 15m`, `cron: \"0 7 * * 1-5\"` or `never`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
        Rule::parse(text).map(Written).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Written, A::Error> {
        let bad = || de::Error::custom("give it one key, `every` or `cron`");
        let key: String = map.next_key()?.ok_or_else(bad)?;
        let text: String = match key.as_str() {
            "every" | "cron" => map.next_value()?,
            other => return Err(de::Error::unknown_field(other, &["every", "cron"])),
        };
        if map.next_key::<String>()?.is_some() {
            return Err(bad());
        }
        let rule = Rule::parse(&format!("{key} {text}"));
        rule.map(Written).map_err(|e| de::Error::custom(format!("{key}: {e}")))
    }
}
