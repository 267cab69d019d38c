//! An answer with a good status, as JSON under the model's names, as botocore's parser gives it: status and
//! headers first, then the body by the protocol.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;
use serde_json::{Map, Value};

use super::{
    bounds::{Bounds, Budget, DecodeError, short},
    json, scalar,
    xml::{Xml, local},
};
use crate::model::{Location, Member, Operation, Protocol, Ref, Service, Shape, Structure};

/// Decodes an answer. Times become RFC 3339 UTC text, blobs base64 text; absent members stay absent.
///
/// # Errors
/// The body is not a whole answer of that operation. It never becomes an empty result instead.
pub fn decode(
    service: &Service,
    operation: &Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    bounds: Bounds,
) -> Result<Value, DecodeError> {
    if body.len() > bounds.bytes {
        return Err(DecodeError::TooLarge { what: "bytes", limit: bounds.bytes });
    }
    let Some(output) = &operation.output else { return Ok(Value::Object(Map::new())) };
    let Some(structure) = service.output(operation) else {
        return Err(DecodeError::Shape { expected: "a structure", found: "another output".to_owned() });
    };
    let budget = Budget::new(bounds);
    let body = Body { service, bytes: body, blank: body.trim_ascii().is_empty() };
    match service.protocol {
        Protocol::Json if body.blank && !structure.has_body() => Ok(Value::Object(Map::new())),
        Protocol::Json if body.blank => Err(DecodeError::Empty),
        Protocol::Json => body.object(output, budget).map(Value::Object),
        Protocol::Ec2 | Protocol::Query => {
            body.xml(structure, operation.wrapper.as_deref(), budget).map(Value::Object)
        }
        Protocol::RestJson | Protocol::RestXml => {
            let mut out = Map::new();
            outside(service, structure, status, headers, &mut out)?;
            body.rest(output, structure, budget, &mut out)?;
            Ok(Value::Object(out))
        }
    }
}

struct Body<'a> {
    service: &'a Service,
    bytes: &'a [u8],
    blank: bool,
}

impl<'a> Body<'a> {
    fn text(&self) -> Result<&'a str, DecodeError> {
        str::from_utf8(self.bytes).map_err(|e| match e.error_len() {
            None => DecodeError::Truncated(self.bytes.len()),
            Some(_) => DecodeError::Malformed(e.to_string()),
        })
    }

    fn object(&self, of: &Ref, budget: Budget) -> Result<Map<String, Value>, DecodeError> {
        match json::read(self.bytes, of, &self.service.shapes, budget)? {
            Value::Object(object) => {
                let Shape::Structure(structure) = self.service.shape(of) else { return Ok(object) };
                let is_member = |key: &str| structure.member(key).is_some();
                match super::error::stranger(&object, is_member) {
                    Some(why) if structure.has_body() => Err(why),
                    _ => Ok(object),
                }
            }
            other => Err(DecodeError::Shape { expected: "an object", found: other.to_string() }),
        }
    }

    fn xml(
        &self,
        structure: &'a Structure,
        wrapper: Option<&str>,
        budget: Budget,
    ) -> Result<Map<String, Value>, DecodeError> {
        let mut xml = Xml::new(self.text()?, &self.service.shapes, budget);
        let root = xml.root()?;
        let name = local(&root);
        if matches!(name, "Error" | "ErrorResponse")
            || name.ends_with("Exception")
            || (name == "Response" && self.service.protocol == Protocol::Ec2)
        {
            return Err(DecodeError::Refused(super::error::code_of(&xml.anything()?)));
        }
        // EC2 wraps nothing, so that whatever else is well-formed would be an empty answer.
        if self.service.protocol == Protocol::Ec2 && !name.ends_with("Response") {
            return Err(DecodeError::Malformed(format!("the root element is {:?}", short(name))));
        }
        // S3's GetBucketLocation: the root is the member.
        if let [only] = &*structure.members
            && self.service.protocol == Protocol::RestXml
            && only.wire() == name
            && matches!(self.service.shape(&only.of), Shape::String)
        {
            let text = xml.text()?;
            xml.finish()?;
            let value = (!text.is_empty()).then(|| (only.name.to_string(), Value::from(text)));
            return Ok(value.into_iter().collect());
        }
        let not: &[&str] = match self.service.protocol {
            Protocol::Ec2 => &["requestId"],
            Protocol::Query => &["ResponseMetadata"],
            _ => &[],
        };
        let start = match wrapper {
            Some(wrapper) => xml.find(wrapper)?,
            None => root,
        };
        let out = xml.structure(structure, &start, not)?;
        xml.finish()?;
        Ok(out)
    }

    fn rest(
        &self,
        output: &Ref,
        structure: &'a Structure,
        budget: Budget,
        out: &mut Map<String, Value>,
    ) -> Result<(), DecodeError> {
        let is_xml = self.service.protocol == Protocol::RestXml;
        if let Some(name) = &structure.payload {
            let Some(member) = structure.member(name) else { return Ok(()) };
            let value = match self.service.shape(&member.of) {
                Shape::String => Value::String(self.text()?.to_owned()),
                Shape::Blob => Value::String(STANDARD.encode(self.bytes)),
                _ if self.blank => return Err(DecodeError::Empty),
                Shape::Structure(inner) if is_xml => Value::Object(self.xml(inner, None, budget)?),
                _ if is_xml => return Err(DecodeError::Malformed("a payload of no structure".to_owned())),
                _ => json::read(self.bytes, &member.of, &self.service.shapes, budget)?,
            };
            if !value.is_null() {
                out.insert(name.to_string(), value);
            }
        } else if self.blank {
            if structure.has_body() {
                return Err(DecodeError::Empty);
            }
        } else if !structure.has_body() && !budget.keeps_unknown() {
            // Nothing of it is asked for.
        } else if is_xml {
            out.extend(self.xml(structure, None, budget)?);
        } else {
            out.extend(self.object(output, budget)?);
        }
        Ok(())
    }
}

/// The members that stand in the status and the headers.
fn outside(
    service: &Service,
    structure: &Structure,
    status: u16,
    headers: &HeaderMap,
    out: &mut Map<String, Value>,
) -> Result<(), DecodeError> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    for member in &structure.members {
        let value = match member.of.at {
            Some(Location::StatusCode) => Some(Value::from(status)),
            Some(Location::Header) => match headers.get(member.wire()) {
                Some(value) => header(service, member, &text(value))?,
                None => None,
            },
            Some(Location::Headers) => {
                let prefix = member.of.wire.as_deref().unwrap_or("").to_ascii_lowercase();
                let rest = |name: &http::HeaderName| name.as_str().strip_prefix(&prefix).map(str::to_owned);
                let all = headers.iter().filter_map(|(name, value)| Some((rest(name)?, text(value).into())));
                Some(Value::Object(all.collect()))
            }
            _ => None,
        };
        if let Some(value) = value {
            out.insert(member.name.to_string(), value);
        }
    }
    Ok(())
}

fn header(service: &Service, member: &Member, text: &str) -> Result<Option<Value>, DecodeError> {
    if member.of.jsonvalue {
        let bytes = STANDARD.decode(text).map_err(|e| DecodeError::Malformed(e.to_string()))?;
        return serde_json::from_slice(&bytes).map(Some).map_err(|e| DecodeError::Malformed(e.to_string()));
    }
    match service.shape(&member.of) {
        Shape::List { member } => {
            let shape = service.shape(member);
            // `Mon, 16 Dec 2019 23:48:18 GMT` has a comma of its own.
            let dates = matches!(shape, Shape::Timestamp) && text.contains("GMT");
            let mut commas = text.match_indices(',').skip(usize::from(dates)).step_by(1 + usize::from(dates));
            let mut out = Vec::new();
            let mut start = 0;
            loop {
                let end = commas.next().map(|(at, _)| at);
                out.extend(scalar::read(shape, text[start..end.unwrap_or(text.len())].trim())?);
                let Some(end) = end else { return Ok(Some(Value::Array(out))) };
                start = end + 1;
            }
        }
        Shape::Boolean => Ok(Some(Value::Bool(text.eq_ignore_ascii_case("true")))),
        shape => scalar::read(shape, text),
    }
}
