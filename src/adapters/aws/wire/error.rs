//! An answer with a bad status: the service's code for it, its message, and the request's id, from the
//! forms that the protocols have. Whatever cannot be read has the status for its code.

use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::{
    bounds::{Bounds, Budget, DecodeError, Unknown, short},
    json,
    xml::{Xml, local},
};
use crate::model::Service;

/// What a service refused with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ServiceError {
    /// The HTTP status.
    pub status: u16,
    /// The service's code, such as `AccessDenied`; the status in digits when it gave none.
    pub code: String,
    /// The service's words.
    pub message: String,
    /// What AWS support asks for.
    pub request_id: Option<String>,
}

/// Reads a refusal.
#[must_use]
pub fn error(service: &Service, status: u16, headers: &HeaderMap, body: &[u8]) -> ServiceError {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let bounds = Bounds { depth: 16, bytes: 1 << 20, items: 10_000, unknown: Unknown::Keep };
    let budget = Budget::new(bounds);
    let body = if body.len() > bounds.bytes { &[] } else { body };
    // What stands in front of a service answers in another form than the service's own.
    let is_xml = match body.trim_ascii_start().first() {
        Some(b'<') => true,
        Some(b'{') => false,
        _ => service.protocol.is_xml(),
    };
    let mut root = None;
    let parsed = if is_xml {
        str::from_utf8(body).ok().and_then(|text| {
            let mut xml = Xml::new(text.trim_start_matches('\u{feff}'), &service.shapes, budget);
            root = Some(local(&xml.root().ok()?).to_owned());
            xml.anything().ok()
        })
    } else {
        json::anything(body, &service.shapes, budget).ok()
    };
    let parsed = parsed.unwrap_or(Value::Null);
    let typed = header("x-amzn-errortype").as_deref().map(bare);
    let (mut code, message) = if is_xml {
        let inner = inner(&parsed);
        // `<UnknownOperationException/>`, with nothing in it.
        let named = root.filter(|name| name.ends_with("Exception"));
        let code = text(inner, &["Code", "code"]).or(typed).or(named);
        (code, text(inner, &["Message", "message"]))
    } else {
        let typed = typed.or_else(|| text(&parsed, &CODES).as_deref().map(bare));
        (typed, text(&parsed, &["message", "Message", "errorMessage"]))
    };
    // The code of the service's former query protocol, which its documentation still uses.
    if let Some((query, _)) = header("x-amzn-query-error").as_deref().and_then(|h| h.split_once(';'))
        && !query.is_empty()
    {
        code = Some(query.to_owned());
    }
    let ids = ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"];
    ServiceError {
        status,
        code: code.filter(|c| !c.is_empty()).unwrap_or_else(|| status.to_string()),
        message: message.unwrap_or_else(|| reason(status, body)),
        request_id: text(&parsed, &["RequestId", "RequestID", "requestId"])
            .or_else(|| text(inner(&parsed), &["RequestId"]))
            .or_else(|| ids.into_iter().find_map(header)),
    }
}

/// Where JSON refusals have their code.
const CODES: [&str; 3] = ["__type", "code", "Code"];

/// Why a JSON answer under a status that says success is none: it has fields, and none of them is one of the
/// output's. An answer without any field is empty, as some services write it.
pub(super) fn stranger(found: &Map<String, Value>, is_member: impl Fn(&str) -> bool) -> Option<DecodeError> {
    if found.keys().any(|key| is_member(key)) || found.keys().all(|key| key == "__type") {
        let typed = found.get("__type").and_then(Value::as_str).map(bare)?;
        let error =
            found.len() == 1 && ["Exception", "Error", "Fault"].iter().any(|end| typed.ends_with(end));
        return error.then_some(DecodeError::Refused(typed));
    }
    let whole = Value::Object(found.clone());
    let code = text(&whole, &CODES).as_deref().map(bare);
    Some(match (code, text(&whole, &["message", "Message", "errorMessage"])) {
        (Some(code), message) => {
            DecodeError::Refused(format!("{code}: {}", short(message.as_deref().unwrap_or_default())))
        }
        (None, Some(message)) => DecodeError::Refused(short(&message)),
        (None, None) => DecodeError::Malformed("none of its fields belongs there".to_owned()),
    })
}

/// The code in an XML refusal, for messages.
pub(super) fn code_of(parsed: &Value) -> String {
    let inner = inner(parsed);
    let code = text(inner, &["Code", "code"]).unwrap_or_else(|| "no code".to_owned());
    match text(inner, &["Message", "message"]) {
        Some(message) => format!("{code}: {}", short(&message)),
        None => code,
    }
}

/// `<Error>` by itself (S3), `<ErrorResponse><Error>` (query), `<Response><Errors><Error>` (EC2).
fn inner(parsed: &Value) -> &Value {
    let first = |value: &'static str, of| match Value::get(of, value) {
        Some(Value::Array(list)) => list.first(),
        other => other,
    };
    let errors = first("Errors", parsed).unwrap_or(parsed);
    first("Error", errors).unwrap_or(parsed)
}

fn text(of: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match of.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// `com.amazon.coral#Code:http://...` as `Code`.
fn bare(code: &str) -> String {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code).trim().to_owned()
}

fn reason(status: u16, body: &[u8]) -> String {
    let known = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("");
    match str::from_utf8(body.trim_ascii()) {
        Ok(text) if !text.is_empty() && !text.starts_with(['<', '{']) => short(text),
        _ => known.to_owned(),
    }
}
