//! The value of a column in a row, still typed: each format decides how it is written.

use std::cell::OnceCell;

use cloudscope_domain::{PackedRow, Presence, Timestamp};
use serde_json::Value;

use crate::{Column, Field, escape};

/// How deep `properties.PATH` may look. Payloads are bounded at ingest; this bounds the path.
const MAX_STEPS: usize = 64;

/// One value.
#[derive(Clone, Debug)]
pub enum Cell<'a> {
    /// Text, not yet made safe to show.
    Text(&'a str),
    /// An instant.
    Time(Timestamp),
    /// All tags of the row.
    Tags(PackedRow<'a>),
    /// The addresses of the row.
    Addresses(PackedRow<'a>),
    /// The names of its sources.
    Sources(PackedRow<'a>),
    /// Yes or no.
    Flag(bool),
    /// Presence as a whole.
    Presence(&'a Presence),
    /// The payload as a whole: JSON text.
    Payload(&'a str),
    /// A part of the payload.
    Value(Value),
}

/// The sources of a row; one that tells of no others has the one.
pub(crate) fn sources(row: PackedRow<'_>) -> impl Iterator<Item = &str> + Clone {
    let only = row.sources().next().is_none().then(|| row.source());
    row.sources().chain(only)
}

impl<'a> Cell<'a> {
    /// The value as one flat text, as a spreadsheet or a table shows it. Foreign characters are still as
    /// they came, except inside JSON, where hostile ones are escaped. What is not text already is written into
    /// `room`, which is empty.
    #[must_use]
    pub fn flat<'r>(&self, room: &'r mut Vec<u8>) -> &'r str
    where
        'a: 'r,
    {
        match self {
            Self::Text(text) => return text,
            Self::Flag(yes) => return if *yes { "true" } else { "false" },
            Self::Presence(presence) => return presence.word(),
            Self::Value(Value::Null) => return "",
            Self::Time(time) => room.extend_from_slice(time.rfc3339().as_str().as_bytes()),
            Self::Value(Value::String(text)) => room.extend_from_slice(text.as_bytes()),
            // JSON, because `k=v;k=v` cannot tell a `;` in a value from one between two tags.
            Self::Tags(row) if row.tags().next().is_none() => return "",
            Self::Addresses(row) => join(row.addresses(), room),
            Self::Sources(row) => join(sources(*row), room),
            Self::Tags(_) | Self::Payload(_) | Self::Value(_) => self.json(room),
        }
        // Texts and JSON, whole.
        std::str::from_utf8(room).unwrap_or_default()
    }

    /// Appends the value as safe JSON.
    pub(crate) fn json(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => escape::text(out, text),
            Self::Time(time) => {
                out.push(b'"');
                out.extend_from_slice(time.rfc3339().as_bytes());
                out.push(b'"');
            }
            Self::Tags(row) => {
                out.push(b'{');
                for (n, (key, value)) in row.tags().enumerate() {
                    if n > 0 {
                        out.push(b',');
                    }
                    escape::text(out, key);
                    out.push(b':');
                    escape::text(out, value);
                }
                out.push(b'}');
            }
            Self::Addresses(row) => list(row.addresses(), out),
            Self::Sources(row) => list(sources(*row), out),
            Self::Flag(yes) => out.extend_from_slice(if *yes { b"true" } else { b"false" }),
            Self::Presence(Presence::Present) => out.extend_from_slice(br#"{"state":"present"}"#),
            Self::Presence(presence) => escape::value(out, presence),
            Self::Payload(text) => escape::json(out, text),
            Self::Value(value) => escape::value(out, value),
        }
    }
}

/// Appends a list of texts as JSON.
pub(crate) fn list<'t>(texts: impl Iterator<Item = &'t str>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (n, text) in texts.enumerate() {
        if n > 0 {
            out.push(b',');
        }
        escape::text(out, text);
    }
    out.push(b']');
}

/// A row whose payload is parsed at most once, however many columns look into it.
#[derive(Debug)]
pub struct RowCells<'a> {
    row: PackedRow<'a>,
    payload: OnceCell<Value>,
}

impl<'a> RowCells<'a> {
    /// The cells of a row.
    #[must_use]
    pub fn new(row: PackedRow<'a>) -> Self {
        Self { row, payload: OnceCell::new() }
    }

    /// The value in a column; `None` when the row has none.
    #[must_use]
    pub fn get(&self, column: &Column) -> Option<Cell<'a>> {
        match column {
            Column::Field(field) => field_of(self.row, *field),
            Column::Tag(key) => self.row.tags().find(|(k, _)| k == key).map(|(_, value)| Cell::Text(value)),
            Column::Property(path) => {
                let payload = self.row.properties()?;
                let value = self.payload.get_or_init(|| serde_json::from_str(payload).unwrap_or_default());
                property(value, path, MAX_STEPS).map(Cell::Value)
            }
        }
    }
}

fn field_of(row: PackedRow<'_>, field: Field) -> Option<Cell<'_>> {
    let text = |s| Some(Cell::Text(s));
    match field {
        Field::Name => text(row.name()),
        Field::Kind => text(row.kind()),
        Field::Id => text(row.id()),
        Field::Category => text(row.category().as_str()),
        Field::Provider => text(row.provider()),
        Field::Account => text(row.account()),
        Field::AccountLabel => text(row.account_label()?),
        Field::Region => text(row.region()),
        Field::Zone => text(row.zone()),
        Field::Status => text(row.status()?),
        Field::StatusClass => text(row.status_class().as_str()),
        Field::Presence => Some(Cell::Presence(row.presence())),
        Field::PresenceSince => match row.presence() {
            Presence::Present => None,
            Presence::Unknown { since, .. } => since.map(Cell::Time),
            Presence::Gone { at, .. } => Some(Cell::Time(*at)),
        },
        Field::PresenceWhy => match row.presence() {
            Presence::Present => None,
            Presence::Unknown { why, .. } => text(why.as_str()),
            Presence::Gone { why, .. } => text(why.as_str()),
        },
        Field::CreatedAt => row.created_at().map(Cell::Time),
        Field::FirstSeen => Some(Cell::Time(row.first_seen())),
        Field::LastSeen => row.last_seen().map(Cell::Time),
        Field::ChangedAt => Some(Cell::Time(row.changed_at())),
        Field::Source => text(row.source()),
        Field::Sources => Some(Cell::Sources(row)),
        Field::Pinned => Some(Cell::Flag(row.pinned())),
        Field::Incarnation => text(row.incarnation()),
        Field::Declares => text(row.declares()?),
        Field::Addresses => Some(Cell::Addresses(row)),
        Field::Tags => Some(Cell::Tags(row)),
        Field::Properties => row.properties().map(Cell::Payload),
    }
}

/// Follows a dotted path. A name may itself hold dots (`labels.app.kubernetes.io/name`), so the longest
/// key that is there wins; a list is entered by position, or by a name that its elements have.
fn property(value: &Value, path: &str, steps: usize) -> Option<Value> {
    if path.is_empty() {
        return Some(value.clone());
    }
    if steps == 0 {
        return None;
    }
    match value {
        Value::Object(map) => {
            let mut end = path.len();
            loop {
                if let Some(inner) = map.get(&path[..end])
                    && let Some(found) = property(inner, path.get(end + 1..).unwrap_or(""), steps - 1)
                {
                    return Some(found);
                }
                end = path[..end].rfind('.')?;
            }
        }
        Value::Array(list) => {
            let (head, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Ok(position) = head.parse::<usize>() {
                return property(list.get(position)?, rest, steps - 1);
            }
            let found: Vec<Value> = list.iter().filter_map(|v| property(v, path, steps - 1)).collect();
            (!found.is_empty()).then_some(Value::Array(found))
        }
        _ => None,
    }
}

/// `a;b`, with `\` before a `;` or `\` that belongs to an element, so that it can be taken apart again.
fn join<'t>(texts: impl Iterator<Item = &'t str>, out: &mut Vec<u8>) {
    for (n, text) in texts.enumerate() {
        if n > 0 {
            out.push(b';');
        }
        for byte in text.bytes() {
            if matches!(byte, b';' | b'\\') {
                out.push(b'\\');
            }
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_is_followed_through_names_with_dots_and_through_lists() {
        let payload = json!({
            "State": {"Name": "running"},
            "labels": {"app.kubernetes.io/name": "shop", "app": {"tier": "web"}},
            "Groups": [{"Id": "sg-1"}, {"Id": "sg-2"}, {}],
            "deep": [[1, 2], [3]]
        });
        let check = |path: &str, expected: Option<Value>| {
            assert_eq!(property(&payload, path, MAX_STEPS), expected, "{path}");
        };
        check("State.Name", Some(json!("running")));
        check("labels.app.kubernetes.io/name", Some(json!("shop")));
        check("labels.app.tier", Some(json!("web")));
        check("Groups.Id", Some(json!(["sg-1", "sg-2"])));
        check("Groups.1.Id", Some(json!("sg-2")));
        check("Groups.9.Id", None);
        check("deep.0.1", Some(json!(2)));
        check("State.Name.more", None);
        check("nothing", None);
    }

    #[test]
    fn joined_lists_can_be_taken_apart() {
        let mut out = Vec::new();
        join(["10.0.0.1", "a;b\\c"].into_iter(), &mut out);
        assert_eq!(out, b"10.0.0.1;a\\;b\\\\c");
    }
}
