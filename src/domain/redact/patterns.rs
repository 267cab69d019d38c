//! What a secret looks like: value patterns (key formats, private keys, URLs with passwords, tokens)
//! and names of fields and flags whose value is always one.

use super::Redactor;
use serde_json::Value;

pub(super) fn redact_text(_redactor: &Redactor, _text: &str) -> Option<String> {
    None
}

pub(super) fn redact_value(_redactor: &Redactor, _value: &mut Value) -> usize {
    0
}

pub(super) fn redact_command_line(_redactor: &Redactor, arguments: &[String]) -> Vec<String> {
    arguments.to_vec()
}

pub(super) fn redact_field(redactor: &Redactor, _name: &str, text: &str) -> Option<String> {
    redactor.text(text)
}
