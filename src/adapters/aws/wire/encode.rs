//! A request from JSON input, for each protocol. The input has the model's member names; blobs are base64
//! text and times RFC 3339 text or seconds, as they come out of `decode`.

mod at;
mod form;
mod json;
mod request;
mod rest;
mod value;
mod xml;

use http::Method;
use serde_json::{Map, Value};

use crate::model::{Operation, Protocol, Service};
use at::At;
pub use at::EncodeError;
pub use request::WireRequest;

/// Encodes a call. A null member is one that is not given.
///
/// # Errors
/// The input does not fit the model: it names the member. Trying again does not help.
pub fn encode(service: &Service, operation: &Operation, input: &Value) -> Result<WireRequest, EncodeError> {
    let root = At::Root { service: &service.name, operation: &operation.name };
    let none = Map::new();
    let given = match input {
        Value::Null => &none,
        Value::Object(given) => given,
        _ => return Err(root.wrong("an object")),
    };
    let structure = service.input(operation);
    match structure {
        Some(structure) => at::check(structure, given, &root)?,
        None => {
            if let Some(name) = given.keys().next() {
                return Err(root.member(name).unknown());
            }
        }
    }
    let method = Method::from_bytes(operation.method.as_bytes());
    let mut request = WireRequest {
        method: method.map_err(|_| root.wrong("another method"))?,
        path_and_query: "/".to_owned(),
        host_prefix: rest::host_prefix(service, operation, given, &root)?,
        headers: Vec::new(),
        body: Vec::new(),
    };
    match service.protocol {
        Protocol::Ec2 | Protocol::Query => {
            request.header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
            request.body = form::body(service, operation, given, &root)?;
        }
        Protocol::Json => {
            let target = service.target_prefix.as_deref().unwrap_or("");
            request.header("X-Amz-Target", format!("{target}.{}", operation.name));
            let version = service.json_version.as_deref().unwrap_or("1.0");
            request.header("Content-Type", format!("application/x-amz-json-{version}"));
            if service.query_errors {
                request.header("x-amzn-query-mode", "true");
            }
            let body = match structure {
                Some(structure) => json::structure(service, structure, given, &root)?,
                None => Value::Object(Map::new()),
            };
            request.body = body.to_string().into_bytes();
        }
        Protocol::RestJson | Protocol::RestXml => match structure {
            Some(structure) => rest::fill(service, operation, structure, given, &root, &mut request)?,
            None => request.path_and_query = operation.uri.to_string(),
        },
    }
    Ok(request)
}
