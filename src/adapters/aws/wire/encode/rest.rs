//! The REST protocols: members in the path, the query, the headers, and the rest of them in the body.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::{
    at::{At, EncodeError, list, members, object},
    json,
    request::WireRequest,
    value::{bytes, percent, text},
    xml,
};
use crate::model::{Location, Member, Operation, Protocol, Ref, Service, Shape, Structure, TimeFormat};

/// What stands before the host's name, with the labels that the input gives.
pub(super) fn host_prefix(
    service: &Service,
    operation: &Operation,
    given: &Map<String, Value>,
    at: &At<'_>,
) -> Result<Option<String>, EncodeError> {
    let Some(host) = &operation.host else { return Ok(None) };
    let mut out = host.to_string();
    let labels = service.input(operation).into_iter().flat_map(|s| s.members.iter().filter(|m| m.of.host));
    for member in labels {
        let at = at.member(&member.name);
        let value = given.get(&*member.name).and_then(Value::as_str).unwrap_or("");
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if value.is_empty() || !value.chars().all(fits) {
            return Err(at.wrong("a label of a host's name"));
        }
        out = out.replace(&format!("{{{}}}", member.name), value);
    }
    Ok(Some(out))
}

/// Fills a request from the members of its input.
pub(super) fn fill(
    service: &Service,
    operation: &Operation,
    structure: &Structure,
    given: &Map<String, Value>,
    at: &At<'_>,
    request: &mut WireRequest,
) -> Result<(), EncodeError> {
    let rest = Rest { service, structure };
    let mut body = Map::new();
    let mut query = String::new();
    let in_query = |m: &Member| m.of.at == Some(Location::QueryString);
    let named: Vec<_> =
        members(structure, given).filter(|(m, _)| in_query(m)).map(|(m, _)| m.wire()).collect();
    for (member, value) in members(structure, given) {
        let at = at.member(&member.name);
        match member.of.at {
            Some(Location::Uri) => {}
            Some(Location::QueryString) => rest.query(member, value, &named, &at, &mut query)?,
            Some(Location::Header) => {
                if let Some(text) = rest.header(&member.of, value, &at)? {
                    request.header(member.wire(), text);
                }
            }
            Some(Location::Headers) => {
                let prefix = member.of.wire.as_deref().unwrap_or("");
                for (name, value) in object(value, &at)? {
                    let value = value.as_str().ok_or_else(|| at.member(name).wrong("text"))?;
                    request.header(&format!("{prefix}{name}"), value);
                }
            }
            Some(Location::StatusCode) | None => {
                body.insert(member.name.to_string(), value.clone());
            }
        }
    }
    request.path_and_query = rest.path(&operation.uri, given, at)?;
    if !query.is_empty() {
        request.path_and_query.push(if request.path_and_query.contains('?') { '&' } else { '?' });
        request.path_and_query.push_str(&query);
    }
    rest.body(operation, &body, at, request)
}

struct Rest<'a> {
    service: &'a Service,
    structure: &'a Structure,
}

impl Rest<'_> {
    fn plain(
        &self,
        of: &Ref,
        value: &Value,
        default: TimeFormat,
        at: &At<'_>,
    ) -> Result<String, EncodeError> {
        text(self.service.shape(of), value, of.format.unwrap_or(default), at)
    }

    /// `/{Bucket}/{Key+}?fixed`, with the labels filled in. Only a greedy label keeps its slashes.
    fn path(&self, template: &str, given: &Map<String, Value>, at: &At<'_>) -> Result<String, EncodeError> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (label, tail) = after.split_once('}').unwrap_or((after, ""));
            let (name, safe) = label.strip_suffix('+').map_or((label, ""), |name| (name, "/"));
            let is_it = |m: &&Member| m.of.at == Some(Location::Uri) && m.wire() == name;
            let missing = || EncodeError::Missing(at.member(name).to_string());
            let member = self.structure.members.iter().find(is_it).ok_or_else(missing)?;
            let value = given.get(&*member.name).filter(|v| !v.is_null()).ok_or_else(missing)?;
            let at = at.member(&member.name);
            let value = self.plain(&member.of, value, TimeFormat::Iso8601, &at)?;
            if value.is_empty() {
                return Err(at.wrong("text that is not empty, for the path"));
            }
            out.push_str(before);
            percent(&value, safe, &mut out);
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn query(
        &self,
        of: &Member,
        value: &Value,
        named: &[&str],
        at: &At<'_>,
        out: &mut String,
    ) -> Result<(), EncodeError> {
        let (of, name) = (&of.of, of.wire());
        let mut pair = |name: &str, value: &str| {
            if !out.is_empty() {
                out.push('&');
            }
            percent(name, "", out);
            out.push('=');
            percent(value, "", out);
        };
        match self.service.shape(of) {
            Shape::List { member } => {
                for (i, item) in list(value, at)?.iter().enumerate() {
                    pair(name, &self.plain(member, item, TimeFormat::Iso8601, &at.item(i))?);
                }
            }
            // A map's keys are the parameters' names; members of their own come before it.
            Shape::Map { value: of, .. } => {
                for (name, value) in
                    object(value, at)?.iter().filter(|(name, _)| !named.contains(&name.as_str()))
                {
                    let at = at.member(name);
                    match self.service.shape(of) {
                        Shape::List { member } => {
                            for (i, item) in list(value, &at)?.iter().enumerate() {
                                pair(name, &self.plain(member, item, TimeFormat::Iso8601, &at.item(i))?);
                            }
                        }
                        _ => pair(name, &self.plain(of, value, TimeFormat::Iso8601, &at)?),
                    }
                }
            }
            _ => pair(name, &self.plain(of, value, TimeFormat::Iso8601, at)?),
        }
        Ok(())
    }

    fn header(&self, of: &Ref, value: &Value, at: &At<'_>) -> Result<Option<String>, EncodeError> {
        if of.jsonvalue {
            return Ok(Some(STANDARD.encode(value.to_string())));
        }
        let Shape::List { member } = self.service.shape(of) else {
            return self.plain(of, value, TimeFormat::Rfc822, at).map(Some);
        };
        let mut out = Vec::new();
        for (i, item) in list(value, at)?.iter().enumerate().filter(|(_, item)| !item.is_null()) {
            let text = self.plain(member, item, TimeFormat::Rfc822, &at.item(i))?;
            let is_text = matches!(self.service.shape(member), Shape::String);
            let quoted = is_text && text.contains(['"', ',']);
            out.push(if quoted { format!("\"{}\"", text.replace('"', "\\\"")) } else { text });
        }
        Ok((!out.is_empty()).then(|| out.join(",")))
    }

    fn body(
        &self,
        operation: &Operation,
        given: &Map<String, Value>,
        at: &At<'_>,
        request: &mut WireRequest,
    ) -> Result<(), EncodeError> {
        let is_json = self.service.protocol == Protocol::RestJson;
        let Some(input) = &operation.input else { return Ok(()) };
        if let Some(name) = &self.structure.payload {
            let Some(member) = self.structure.member(name) else { return Ok(()) };
            let at = at.member(name);
            match (self.service.shape(&member.of), given.get(&**name)) {
                (Shape::String | Shape::Blob, None) => return Ok(()),
                (Shape::String, Some(value)) => {
                    request.body = self.plain(&member.of, value, TimeFormat::Iso8601, &at)?.into_bytes();
                    return Ok(());
                }
                (Shape::Blob, Some(value)) => {
                    request.body = bytes(value, &at)?;
                    return Ok(());
                }
                (_, None) if is_json => request.body = b"{}".to_vec(),
                (_, None) => {}
                (_, Some(value)) if is_json => {
                    request.body =
                        json::value(self.service, &member.of, value, &at)?.to_string().into_bytes();
                }
                (Shape::Structure(inner), Some(value)) => {
                    let (given, name) = (object(value, &at)?, member.wire());
                    request.body = xml::document(self.service, &member.of, inner, name, given, &at)?;
                }
                (_, Some(_)) => return Err(at.wrong("a structure")),
            }
        } else if is_json {
            let in_body = self.structure.members.iter().any(|m| m.of.at.is_none());
            if in_body {
                let mut out = Map::new();
                for (member, value) in members(self.structure, given) {
                    let value = json::value(self.service, &member.of, value, &at.member(&member.name))?;
                    out.insert(member.wire().to_owned(), value);
                }
                request.body = Value::Object(out).to_string().into_bytes();
            }
        } else if !given.is_empty() {
            let name = input.wire.as_deref().unwrap_or(&operation.name);
            request.body = xml::members_of(self.service, input, self.structure, name, given, at)?;
        }
        let typed = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if is_json && !request.body.is_empty() && !typed {
            request.header("Content-Type", "application/json");
        }
        Ok(())
    }
}
