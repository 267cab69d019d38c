//! XML bodies.

use quick_xml::escape::escape;
use serde_json::{Map, Value};

use super::{
    at::{At, EncodeError, check, list, members, object},
    value::text,
};
use crate::model::{Ref, Service, Shape, Space, Structure, TimeFormat};

/// The members of an input that stand in the body, as a document whose root has that name. The input as a
/// whole was checked before.
pub(super) fn members_of(
    service: &Service,
    of: &Ref,
    structure: &Structure,
    name: &str,
    given: &Map<String, Value>,
    at: &At<'_>,
) -> Result<Vec<u8>, EncodeError> {
    let mut xml = Xml { service, out: String::new() };
    xml.element(structure, name, of.space.as_ref(), given, at)?;
    Ok(xml.out.into_bytes())
}

/// A structure as a document whose root has that name.
pub(super) fn document(
    service: &Service,
    of: &Ref,
    structure: &Structure,
    name: &str,
    given: &Map<String, Value>,
    at: &At<'_>,
) -> Result<Vec<u8>, EncodeError> {
    let mut xml = Xml { service, out: String::new() };
    xml.structure(structure, name, of.space.as_ref(), given, at)?;
    Ok(xml.out.into_bytes())
}

struct Xml<'a> {
    service: &'a Service,
    out: String,
}

impl Xml<'_> {
    fn open(&mut self, name: &str, space: Option<&Space>) {
        self.out.push('<');
        self.out.push_str(name);
        if let Some(space) = space {
            let name = match &space.prefix {
                Some(prefix) => format!("xmlns:{prefix}"),
                None => "xmlns".to_owned(),
            };
            self.attribute(&name, &space.uri);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push_str(&format!(" {name}=\"{}\"", escape(value)));
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn structure(
        &mut self,
        of: &Structure,
        name: &str,
        space: Option<&Space>,
        given: &Map<String, Value>,
        at: &At<'_>,
    ) -> Result<(), EncodeError> {
        check(of, given, at)?;
        self.element(of, name, space, given, at)
    }

    fn element(
        &mut self,
        of: &Structure,
        name: &str,
        space: Option<&Space>,
        given: &Map<String, Value>,
        at: &At<'_>,
    ) -> Result<(), EncodeError> {
        self.open(name, space);
        for (member, given) in members(of, given).filter(|(m, _)| m.of.attribute) {
            let shape = self.service.shape(&member.of);
            let value = text(shape, given, TimeFormat::Iso8601, &at.member(&member.name))?;
            self.attribute(member.wire(), &value);
        }
        self.out.push('>');
        for (member, given) in members(of, given).filter(|(m, _)| !m.of.attribute && m.of.at.is_none()) {
            self.value(&member.of, member.wire(), given, &at.member(&member.name))?;
        }
        self.close(name);
        Ok(())
    }

    fn value(&mut self, of: &Ref, name: &str, given: &Value, at: &At<'_>) -> Result<(), EncodeError> {
        let space = of.space.as_ref();
        match self.service.shape(of) {
            Shape::Structure(structure) => self.structure(structure, name, space, object(given, at)?, at)?,
            Shape::List { member } => {
                let inner = if of.flat { name } else { member.wire.as_deref().unwrap_or("member") };
                if !of.flat {
                    self.open(name, space);
                    self.out.push('>');
                }
                for (i, item) in list(given, at)?.iter().enumerate() {
                    self.value(member, inner, item, &at.item(i))?;
                }
                if !of.flat {
                    self.close(name);
                }
            }
            Shape::Map { key, value } => {
                let entry = if of.flat { name } else { "entry" };
                if !of.flat {
                    self.open(name, space);
                    self.out.push('>');
                }
                for (given_key, given) in object(given, at)? {
                    let at = at.member(given_key);
                    self.open(entry, None);
                    self.out.push('>');
                    let as_text = Value::String(given_key.clone());
                    self.value(key, key.wire.as_deref().unwrap_or("key"), &as_text, &at)?;
                    self.value(value, value.wire.as_deref().unwrap_or("value"), given, &at)?;
                    self.close(entry);
                }
                if !of.flat {
                    self.close(name);
                }
            }
            shape => {
                let text = text(shape, given, of.format.unwrap_or(TimeFormat::Iso8601), at)?;
                self.open(name, space);
                self.out.push('>');
                self.out.push_str(&escape(text));
                self.close(name);
            }
        }
        Ok(())
    }
}
