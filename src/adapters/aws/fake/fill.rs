//! A made-up value of a shape: every member that matters, and as many others as make an item of usual size.
//! The same for the same item; texts have the holes of `stamp`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::stamp::{ACCOUNT, REGION};
use crate::model::{Location, Member, Ref, Service, Shape, Structure};

/// About so many bytes of text an item has.
const SIZE: i64 = 1_200;
/// Nothing is nested deeper.
const DEPTH: usize = 4;

/// Fills the items of one answer.
pub(super) struct Filler<'a> {
    pub(super) service: &'a Service,
    pub(super) thing: &'a str,
    pub(super) needs: &'a BTreeSet<String>,
    /// Nine hexadecimal digits, or a hole for them.
    pub(super) place: String,
    /// Which item.
    pub(super) index: usize,
    /// How often it was made again.
    pub(super) made: usize,
}

impl Filler<'_> {
    /// An item.
    pub(super) fn item(&self, of: &Ref, name: &str) -> Value {
        let mut left = SIZE;
        self.value(of, name, 0, &mut left).unwrap_or_default()
    }

    fn structure(&self, of: &Structure, depth: usize, left: &mut i64) -> Map<String, Value> {
        let mut out = Map::new();
        let in_body = |m: &&Member| {
            !m.of.attribute
                && !matches!(m.of.at, Some(Location::Header | Location::Headers | Location::StatusCode))
        };
        for first in [true, false] {
            for member in of.members.iter().filter(in_body) {
                if self.matters(member, depth) != first || (!first && *left <= 0) {
                    continue;
                }
                if of.union && !out.is_empty() {
                    break;
                }
                if let Some(value) = self.value(&member.of, &member.name, depth + 1, left) {
                    out.insert(member.name.to_string(), value);
                }
            }
        }
        out
    }

    fn matters(&self, member: &Member, depth: usize) -> bool {
        let name = &*member.name;
        if depth == 0 && self.needs.contains(name) {
            return true;
        }
        let ends = ["Arn", "ARN", "arn", "Id", "id", "Name", "name", "State", "Status", "state", "status"];
        let plain = !matches!(
            self.service.shape(&member.of),
            Shape::Structure(_) | Shape::List { .. } | Shape::Map { .. }
        );
        plain
            && (self.needs.contains(name)
                || (depth < 2 && ends.iter().any(|e| name.ends_with(e)) && depth == 0))
            || (depth == 0 && is_tags(name))
    }

    /// A value; nothing where it would be too deep.
    pub(super) fn value(&self, of: &Ref, name: &str, depth: usize, left: &mut i64) -> Option<Value> {
        *left -= i64::try_from(name.len()).unwrap_or(0) + 6;
        Some(match self.service.shape(of) {
            Shape::Structure(_) | Shape::List { .. } | Shape::Map { .. } if depth > DEPTH => return None,
            Shape::Structure(structure) => {
                let mut own = if depth == 0 { *left } else { (*left).max(60) };
                let before = own;
                let out = self.structure(structure, depth, &mut own);
                *left -= before - own;
                Value::Object(out)
            }
            Shape::List { member } if is_tags(name) => self.tags(member, left)?,
            Shape::List { member } => {
                let name = name.strip_suffix('s').unwrap_or(name);
                Value::Array(self.value(member, name, depth + 1, left).into_iter().collect())
            }
            Shape::Map { value, .. }
                if is_tags(name) && matches!(self.service.shape(value), Shape::String) =>
            {
                *left -= 60;
                json!({"Name": self.name(), "env": self.env(), "team": "plätform"})
            }
            Shape::Map { value, .. } => {
                let inner = self.value(value, "value", depth + 1, left)?;
                json!({ "key": inner })
            }
            Shape::String => {
                let text = self.text(name);
                *left -= i64::try_from(text.len()).unwrap_or(0);
                Value::String(text)
            }
            Shape::Policy => json!({"Version": "2012-10-17", "Statement": []}),
            Shape::Boolean => Value::Bool(self.index.is_multiple_of(2)),
            Shape::Integer => json!(self.index % 100),
            Shape::Float => json!(0.5),
            Shape::Timestamp => {
                *left -= 20;
                json!(jiff::Timestamp::from_second(self.born()).unwrap_or_default().to_string())
            }
            Shape::Blob => json!("aGVsbG8="),
            Shape::Document => json!({}),
        })
    }

    fn born(&self) -> i64 {
        let seconds = |n: usize| i64::try_from(n).unwrap_or(0);
        1_767_225_600 + seconds(self.index) * 60 + seconds(self.made) * 86_400
    }

    fn tags(&self, member: &Ref, left: &mut i64) -> Option<Value> {
        let Shape::Structure(tag) = self.service.shape(member) else {
            return Some(json!([format!("env={}", self.env())]));
        };
        let named = |ends: &str| tag.members.iter().find(|m| m.name.to_ascii_lowercase().ends_with(ends));
        let (key, value) = (named("key")?, named("value")?);
        let pairs = [("Name", self.name()), ("env", self.env().to_owned()), ("team", "plätform".to_owned())];
        *left -= 120;
        let pair = |(k, v): (&str, String)| json!({ &*key.name: k, &*value.name: v });
        Some(pairs.into_iter().map(pair).collect())
    }

    fn env(&self) -> &'static str {
        ["prod", "staging", "test"][self.index % 3]
    }

    /// Two texts that no other item has.
    fn number(&self) -> String {
        format!("{}{:08x}", self.place, self.index)
    }

    fn name(&self) -> String {
        format!("{}-{}", self.thing, self.number())
    }

    /// A text for a member of that name.
    pub(super) fn text(&self, name: &str) -> String {
        let low = name.to_ascii_lowercase();
        let ends = |word: &str| low.ends_with(word);
        match () {
            () if ends("arn") => {
                let stem = low.trim_end_matches("arn").trim_end_matches('_');
                let what = if stem.is_empty() || low == "resourcearn" { self.thing } else { stem };
                let service = &self.service.signing_name;
                format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{what}/{}", self.number())
            }
            () if ends("ownerid") || ends("accountid") || low == "owner" || ends("account") => {
                ACCOUNT.to_string()
            }
            () if ends("region") || ends("regionname") => REGION.to_string(),
            () if ends("availabilityzone") => format!("{REGION}a"),
            () if ends("url") => format!("https://{REGION}.example.com/{ACCOUNT}/{}", self.number()),
            () if ends("id") => format!("{}-{}", prefix(&low[..low.len() - 2], self.thing), self.number()),
            () if ends("name") || ends("identifier") || ends("alias") || ends("key") => {
                let stem = low.trim_end_matches("name");
                let stem = if stem.is_empty() { self.thing } else { stem };
                format!("{stem}-{}", self.number())
            }
            () if low == "state" || ends("status") || ends("state") => "available".to_owned(),
            () if low.contains("cidr") => format!("10.{}.0.0/16", self.index % 256),
            () if ends("ipaddress") || ends("publicip") || ends("address") => {
                format!("10.{}.{}.{}", self.index / 65_536 % 256, self.index / 256 % 256, self.index % 256)
            }
            () if ends("date") || ends("time") || ends("at") => {
                jiff::Timestamp::from_second(self.born()).unwrap_or_default().to_string()
            }
            // Bare texts of a list become the item itself.
            () if self.needs.contains(name) => self.name(),
            () => format!("{low}-{}", self.index % 7),
        }
    }
}

fn is_tags(name: &str) -> bool {
    name.ends_with("Tags") || name == "tags" || name.ends_with("TagList") || name.ends_with("TagSet")
}

/// `i-`, `vpc-` and the like.
fn prefix<'a>(stem: &'a str, thing: &'a str) -> &'a str {
    match stem {
        "" | "resource" => thing,
        "instance" => "i",
        "volume" => "vol",
        "snapshot" => "snap",
        "networkinterface" => "eni",
        "group" => "sg",
        "image" => "ami",
        other => other,
    }
}
