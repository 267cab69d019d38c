//! Forms: the bodies of the query and EC2 protocols.

use serde_json::{Map, Value};

use super::{
    at::{At, EncodeError, check, list, members, object},
    value::{percent, text},
};
use crate::model::{Member, Operation, Protocol, Ref, Service, Shape, Structure, TimeFormat};

pub(super) fn body(
    service: &Service,
    operation: &Operation,
    given: &Map<String, Value>,
    at: &At<'_>,
) -> Result<Vec<u8>, EncodeError> {
    let mut form = Form { service, out: String::new() };
    form.pair("Action", &operation.name);
    form.pair("Version", &service.api_version);
    if let Some(structure) = service.input(operation) {
        form.structure(structure, given, "", at)?;
    }
    Ok(form.out.into_bytes())
}

struct Form<'a> {
    service: &'a Service,
    out: String,
}

impl Form<'_> {
    fn pair(&mut self, key: &str, value: &str) {
        if !self.out.is_empty() {
            self.out.push('&');
        }
        percent(key, "", &mut self.out);
        self.out.push('=');
        percent(value, "", &mut self.out);
    }

    fn is_ec2(&self) -> bool {
        self.service.protocol == Protocol::Ec2
    }

    fn structure(
        &mut self,
        structure: &Structure,
        given: &Map<String, Value>,
        prefix: &str,
        at: &At<'_>,
    ) -> Result<(), EncodeError> {
        check(structure, given, at)?;
        for (member, value) in members(structure, given) {
            let name = self.name(member);
            let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            self.value(&member.of, value, &key, &at.member(&member.name))?;
        }
        Ok(())
    }

    fn name(&self, member: &Member) -> String {
        let wire = member.of.wire.as_deref();
        match (self.is_ec2(), member.of.query.as_deref(), wire) {
            (true, Some(query), _) => query.to_owned(),
            (true, None, Some(wire)) => {
                let mut letters = wire.chars();
                letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect()
            }
            (_, _, wire) => wire.unwrap_or(&member.name).to_owned(),
        }
    }

    fn value(&mut self, of: &Ref, value: &Value, key: &str, at: &At<'_>) -> Result<(), EncodeError> {
        match self.service.shape(of) {
            Shape::Structure(structure) => self.structure(structure, object(value, at)?, key, at)?,
            Shape::List { member } => {
                let items = list(value, at)?;
                if items.is_empty() && !self.is_ec2() {
                    self.pair(key, "");
                }
                let prefix = self.items(of, member, key);
                for (i, item) in items.iter().enumerate() {
                    self.value(member, item, &format!("{prefix}.{}", i + 1), &at.item(i))?;
                }
            }
            Shape::Map { key: keys, value: values } => {
                let prefix = if of.flat { key.to_owned() } else { format!("{key}.entry") };
                let (key_name, value_name) = (keys.wire.as_deref(), values.wire.as_deref());
                for (i, (name, value)) in object(value, at)?.iter().enumerate() {
                    let place = i + 1;
                    self.pair(&format!("{prefix}.{place}.{}", key_name.unwrap_or("key")), name);
                    let key = format!("{prefix}.{place}.{}", value_name.unwrap_or("value"));
                    self.value(values, value, &key, &at.member(name))?;
                }
            }
            shape => {
                let format = of.format.unwrap_or(TimeFormat::Iso8601);
                self.pair(key, &text(shape, value, format, at)?);
            }
        }
        Ok(())
    }

    /// What stands before the numbers of a list's items.
    fn items(&self, list: &Ref, member: &Ref, key: &str) -> String {
        if self.is_ec2() {
            return key.to_owned();
        }
        match (list.flat, &member.wire) {
            (true, None) => key.to_owned(),
            // The items' name stands in place of the list's.
            (true, Some(name)) => match key.rsplit_once('.') {
                Some((before, _)) => format!("{before}.{name}"),
                None => name.to_string(),
            },
            (false, name) => format!("{key}.{}", name.as_deref().unwrap_or("member")),
        }
    }
}
