//! The value of a column in a row, still typed: each format decides how it is written.

use std::{borrow::Cow, cell::OnceCell, collections::BTreeMap};

use cloudscope_domain::{AssetRow, Payload, Presence, SourceName, Timestamp};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{Column, Field, escape};

/// How deep `properties.PATH` may look. Payloads are bounded at ingest; this bounds the path.
const MAX_STEPS: usize = 64;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Text, not yet made safe to show.
    Text(Cow<'a, str>),
    /// An instant.
    Time(Timestamp),
    /// All tags.
    Tags(&'a BTreeMap<String, String>),
    /// Addresses.
    List(&'a [String]),
    /// Names of sources.
    Sources(&'a [SourceName]),
    /// Yes or no.
    Flag(bool),
    /// Presence as a whole.
    Presence(&'a Presence),
    /// The payload as a whole.
    Payload(&'a Payload),
    /// A part of the payload.
    Value(Value),
}

impl<'a> Cell<'a> {
    /// The value as one flat text, as a spreadsheet or a table shows it. Foreign characters are still as
    /// they came, except inside JSON, where hostile ones are escaped.
    #[must_use]
    pub fn flat(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Time(time) => Cow::Owned(time.to_string()),
            // JSON, because `k=v;k=v` cannot tell a `;` in a value from one between two tags.
            Self::Tags(tags) if tags.is_empty() => Cow::Borrowed(""),
            Self::Tags(tags) => Cow::Owned(escape::json_text(tags)),
            Self::List(list) => Cow::Owned(joined(list)),
            Self::Sources(names) => Cow::Owned(joined(names)),
            Self::Flag(yes) => Cow::Borrowed(if yes { "true" } else { "false" }),
            Self::Presence(presence) => Cow::Borrowed(presence.word()),
            Self::Payload(payload) => Cow::Owned(escape::json_text(payload)),
            Self::Value(Value::Null) => Cow::Borrowed(""),
            Self::Value(Value::String(text)) => Cow::Owned(text),
            Self::Value(value) => Cow::Owned(escape::json_text(&value)),
        }
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => s.serialize_str(text),
            Self::Time(time) => time.serialize(s),
            Self::Tags(tags) => tags.serialize(s),
            Self::List(list) => list.serialize(s),
            Self::Sources(names) => names.serialize(s),
            Self::Flag(yes) => yes.serialize(s),
            Self::Presence(presence) => presence.serialize(s),
            Self::Payload(payload) => payload.serialize(s),
            Self::Value(value) => value.serialize(s),
        }
    }
}

/// A row whose payload is parsed at most once, however many columns look into it.
#[derive(Debug)]
pub struct RowCells<'a> {
    row: &'a AssetRow,
    payload: OnceCell<Value>,
}

impl<'a> RowCells<'a> {
    /// The cells of a row.
    #[must_use]
    pub fn new(row: &'a AssetRow) -> Self {
        Self { row, payload: OnceCell::new() }
    }

    /// The value in a column; `None` when the row has none.
    #[must_use]
    pub fn get(&self, column: &Column) -> Option<Cell<'a>> {
        match column {
            Column::Field(field) => field_of(self.row, *field),
            Column::Tag(key) => self.row.tags.get(key).map(|v| Cell::Text(Cow::Borrowed(v))),
            Column::Property(path) => {
                let payload = self.row.properties.as_ref()?;
                let value = self.payload.get_or_init(|| payload.value());
                property(value, path, MAX_STEPS).map(Cell::Value)
            }
        }
    }
}

/// The value of one column in a row; `None` when the row has none. For several columns of a row use
/// [`RowCells`], which parses the payload once.
#[must_use]
pub fn value_of<'a>(row: &'a AssetRow, column: &Column) -> Option<Cell<'a>> {
    RowCells::new(row).get(column)
}

fn field_of(row: &AssetRow, field: Field) -> Option<Cell<'_>> {
    let text = |s| Some(Cell::Text(Cow::Borrowed(s)));
    match field {
        Field::Name => text(&row.name),
        Field::Kind => text(row.kind.as_str()),
        Field::Id => text(row.id.as_str()),
        Field::Category => text(row.category.as_str()),
        Field::Provider => text(row.provider.as_str()),
        Field::Account => text(&row.account),
        Field::AccountLabel => text(row.account_label.as_deref()?),
        Field::Region => text(&row.region),
        Field::Zone => text(&row.zone),
        Field::Status => text(row.status.as_deref()?),
        Field::StatusClass => text(row.status_class.as_str()),
        Field::Presence => Some(Cell::Presence(&row.presence)),
        Field::PresenceSince => match &row.presence {
            Presence::Present => None,
            Presence::Unknown { since, .. } => since.map(Cell::Time),
            Presence::Gone { at, .. } => Some(Cell::Time(*at)),
        },
        Field::PresenceWhy => match &row.presence {
            Presence::Present => None,
            Presence::Unknown { why, .. } => text(why.as_str()),
            Presence::Gone { why, .. } => text(why.as_str()),
        },
        Field::CreatedAt => row.created_at.map(Cell::Time),
        Field::FirstSeen => Some(Cell::Time(row.first_seen)),
        Field::LastSeen => row.last_seen.map(Cell::Time),
        Field::ChangedAt => Some(Cell::Time(row.changed_at)),
        Field::Source => text(row.source.as_str()),
        // A row that tells of no others has the one.
        Field::Sources if row.sources.is_empty() => Some(Cell::Sources(std::slice::from_ref(&row.source))),
        Field::Sources => Some(Cell::Sources(&row.sources)),
        Field::Pinned => Some(Cell::Flag(row.pinned)),
        Field::Incarnation => text(row.incarnation.as_str()),
        Field::Declares => text(row.declares.as_ref()?.as_str()),
        Field::Addresses => Some(Cell::List(&row.addresses)),
        Field::Tags => Some(Cell::Tags(&row.tags)),
        Field::Properties => row.properties.as_ref().map(Cell::Payload),
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
fn joined<T: AsRef<str>>(list: &[T]) -> String {
    let mut out = String::with_capacity(list.iter().map(|s| s.as_ref().len() + 1).sum());
    for (i, text) in list.iter().enumerate() {
        if i > 0 {
            out.push(';');
        }
        for c in text.as_ref().chars() {
            if matches!(c, ';' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
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
        assert_eq!(joined(&["10.0.0.1", "a;b\\c"]), "10.0.0.1;a\\;b\\\\c");
    }
}
