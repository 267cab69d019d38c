//! Takes secrets out of payloads before they are stored, and leaves a mark that says so.
//!
//! Two nets: the catalog names paths that hold secrets; value patterns run over every string of every
//! source besides, because paths fail open. The mark carries a keyed fingerprint, so that a changed
//! secret still shows as a change while the store holds nothing to guess against (the key lives
//! outside the data directory).

mod assignments;
mod command;
mod edits;
mod formats;
mod links;
mod names;
mod patterns;
mod programs;
mod quick;
mod strings;
mod words;

use serde_json::Value;

use crate::Payload;

/// Replaces secrets by marks. Cheap to clone and share; no secret is kept in it but the key.
#[derive(Clone)]
pub struct Redactor {
    key: [u8; 32],
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// A redactor whose fingerprints are keyed by `key`.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The mark that stands for a secret: `«redacted:why:1f0c2a9b»`.
    #[must_use]
    pub fn mark(&self, why: &str, secret: &str) -> String {
        let print = blake3::keyed_hash(&self.key, secret.as_bytes()).to_hex();
        format!("«redacted:{why}:{}»", &print[..12])
    }

    /// Replaces a whole value, whatever its shape, by a mark. `null` and text that is one mark already
    /// stay.
    pub fn replace(&self, value: &mut Value, why: &str) {
        let mark = match &*value {
            Value::Null => return,
            Value::String(s) if is_whole_mark(s) => return,
            Value::String(s) => self.mark(why, s),
            other => self.mark(why, &other.to_string()),
        };
        *value = Value::String(mark);
    }

    /// Runs the value patterns over one string; `None` when nothing in it looks secret.
    #[must_use]
    pub fn text(&self, text: &str) -> Option<String> {
        if quick::is_plain(text) { None } else { patterns::redact_text(self, text) }
    }

    /// Whether nothing in the fields of one object (tags, variables) looks secret, neither in their names nor in
    /// their texts. Much cheaper than [`Redactor::value`]; may say `false` of fields that turn out to be clean.
    #[must_use]
    pub fn are_plain<'a>(&self, fields: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
        quick::are_plain(fields)
    }

    /// The text of a named field (a tag, an environment variable) without its secrets: the value as a
    /// whole when the name says that it is one, else as [`Redactor::text`] does. `None` when nothing
    /// looks secret.
    #[must_use]
    pub fn field(&self, name: &str, text: &str) -> Option<String> {
        patterns::redact_field(self, name, text)
    }

    /// Runs the value patterns, and the patterns of field names that always hold secrets, over every
    /// string of a value. Returns how many places were redacted.
    pub fn value(&self, value: &mut Value) -> usize {
        patterns::redact_value(self, value)
    }

    /// Puts the id of an access key back where a redacted payload of the asset of that id bears it alone.
    /// Returns how often. Does nothing for any other id.
    pub fn restore_id(&self, value: &mut Value, id: &str) -> usize {
        if !is_access_key_id(id) {
            return 0;
        }
        match value {
            Value::String(text) if *text == self.mark("aws-access-key", id) => {
                id.clone_into(text);
                1
            }
            Value::Array(list) => list.iter_mut().map(|v| self.restore_id(v, id)).sum(),
            Value::Object(map) => map.values_mut().map(|v| self.restore_id(v, id)).sum(),
            _ => 0,
        }
    }

    /// Whether nothing in a JSON text looks secret: then [`Redactor::value`] would leave it as it is. Much
    /// cheaper than that; may say `false` of a text that turns out to be clean.
    #[must_use]
    pub fn is_clean(&self, json: &str) -> bool {
        quick::is_clean(self, json)
    }

    /// The text of a value. Where nothing in it looks secret it says so ([`Payload::is_vouched`]), and nobody
    /// need look again; where something may, it is for the caller to run [`Redactor::value`].
    #[must_use]
    pub fn payload(&self, value: &Value) -> Payload {
        let payload = Payload::from_value(value);
        if self.is_clean(payload.as_str()) { payload.vouched() } else { payload }
    }

    /// A command line as one list of arguments, with the values of secret-looking flags and
    /// assignments replaced (`--password X`, `--token=X`, `PGPASSWORD=X`, `-pX` of mysql, URLs with
    /// a password).
    #[must_use]
    pub fn command_line(&self, arguments: &[String]) -> Vec<String> {
        patterns::redact_command_line(self, arguments)
    }
}

/// The id of an access key of AWS by itself. The key's secret is another text; the id names it in AWS's own
/// lists and logs. Anywhere else it is taken out all the same, because the secret mostly stands beside it.
#[must_use]
pub fn is_access_key_id(text: &str) -> bool {
    let made = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit();
    text.strip_prefix("AKIA").is_some_and(|rest| rest.len() == 16 && rest.bytes().all(made))
}

/// How every mark begins.
const MARK_START: &str = "«redacted:";

/// Whether a text is, or contains, a mark of ours.
#[must_use]
pub fn is_mark(text: &str) -> bool {
    text.contains(MARK_START)
}

/// Whether a text is one mark of ours and nothing else. Stricter than [`is_mark`], so that nobody can
/// keep a secret readable by writing something like a mark next to it.
fn is_whole_mark(text: &str) -> bool {
    let inside = text.strip_prefix(MARK_START).and_then(|t| t.strip_suffix('»'));
    inside.and_then(|t| t.split_once(':')).is_some_and(|(why, print)| {
        !why.is_empty()
            && why.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && print.len() == 12
            && print.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// At most so many bytes of a text.
fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests;
