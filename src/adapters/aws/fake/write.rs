//! An answer in the service's own wire format: the inverse of `wire::decode`.

use serde_json::{Map, Value, json};

use crate::model::{Member, Operation, Protocol, Ref, Service, Shape, Structure, TimeFormat};

/// The body of an answer.
pub(super) fn body(service: &Service, operation: &Operation, output: &Map<String, Value>) -> String {
    let Some(structure) = service.output(operation) else { return String::new() };
    let payload = structure.payload.as_deref().and_then(|name| structure.member(name));
    match service.protocol {
        Protocol::Json => Json(service).structure(structure, output).to_string(),
        Protocol::RestJson => match payload {
            Some(member) => {
                let value = output.get(&*member.name).unwrap_or(&Value::Null);
                Json(service).value(&member.of, value).to_string()
            }
            None => Json(service).structure(structure, output).to_string(),
        },
        Protocol::Ec2 => {
            let mut xml = Xml::new(service);
            xml.open(&format!("{}Response", operation.name));
            xml.element("requestId", "00000000-0000-4000-8000-000000000000");
            xml.members(structure, output);
            xml.close(&format!("{}Response", operation.name));
            xml.out
        }
        Protocol::Query => {
            let mut xml = Xml::new(service);
            xml.open(&format!("{}Response", operation.name));
            if let Some(wrapper) = &operation.wrapper {
                xml.open(wrapper);
                xml.members(structure, output);
                xml.close(wrapper);
            } else {
                xml.members(structure, output);
            }
            xml.out.push_str("<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>");
            xml.close(&format!("{}Response", operation.name));
            xml.out
        }
        Protocol::RestXml => {
            let mut xml = Xml::new(service);
            let none = Map::new();
            let (root, structure, given) = match payload {
                Some(member) => match service.shape(&member.of) {
                    Shape::Structure(inner) => {
                        let given = output.get(&*member.name).and_then(Value::as_object).unwrap_or(&none);
                        (member.wire().to_owned(), inner, given)
                    }
                    _ => return output.get(&*member.name).and_then(Value::as_str).unwrap_or("").to_owned(),
                },
                None => (format!("{}Result", operation.name), structure, output),
            };
            // GetBucketLocation: the root is the member.
            if let ([only], true) = (&*structure.members, payload.is_none())
                && matches!(service.shape(&only.of), Shape::String)
                && only.of.at.is_none()
            {
                xml.member(only, given.get(&*only.name).unwrap_or(&json!("")));
                return xml.out;
            }
            xml.open(&root);
            xml.members(structure, given);
            xml.close(&root);
            xml.out
        }
    }
}

fn seconds(value: &Value) -> i64 {
    let time = value.as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok());
    time.unwrap_or_default().as_second()
}

fn time(value: &Value, format: TimeFormat) -> String {
    let time = jiff::Timestamp::from_second(seconds(value)).unwrap_or_default();
    match format {
        TimeFormat::Iso8601 => time.to_string(),
        TimeFormat::Rfc822 => time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        TimeFormat::Unix => seconds(value).to_string(),
    }
}

struct Json<'a>(&'a Service);

impl Json<'_> {
    fn structure(&self, of: &Structure, given: &Map<String, Value>) -> Value {
        let mut out = Map::new();
        for member in of.members.iter().filter(|m| m.of.at.is_none()) {
            if let Some(value) = given.get(&*member.name).filter(|v| !v.is_null()) {
                out.insert(member.wire().to_owned(), self.value(&member.of, value));
            }
        }
        Value::Object(out)
    }

    fn value(&self, of: &Ref, value: &Value) -> Value {
        match (self.0.shape(of), value) {
            (Shape::Structure(structure), Value::Object(given)) => self.structure(structure, given),
            (Shape::List { member }, Value::Array(list)) => {
                list.iter().map(|item| self.value(member, item)).collect()
            }
            (Shape::Map { value: inner, .. }, Value::Object(map)) => {
                map.iter().map(|(key, item)| (key.clone(), self.value(inner, item))).collect()
            }
            (Shape::Timestamp, value) => match of.format {
                None | Some(TimeFormat::Unix) => json!(seconds(value)),
                Some(format) => json!(time(value, format)),
            },
            (Shape::Policy, value) => json!(value.to_string()),
            (Shape::String, value) if of.jsonvalue => json!(value.to_string()),
            (_, value) => value.clone(),
        }
    }
}

struct Xml<'a> {
    service: &'a Service,
    out: String,
}

impl<'a> Xml<'a> {
    fn new(service: &'a Service) -> Self {
        Self { service, out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned() }
    }

    fn open(&mut self, name: &str) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn element(&mut self, name: &str, text: &str) {
        self.open(name);
        for c in text.chars() {
            match c {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                _ => self.out.push(c),
            }
        }
        self.close(name);
    }

    fn members(&mut self, of: &Structure, given: &Map<String, Value>) {
        for member in
            of.members.iter().filter(|m| m.of.at.is_none() || self.service.protocol == Protocol::Ec2)
        {
            if let Some(value) = given.get(&*member.name).filter(|v| !v.is_null()) {
                self.member(member, value);
            }
        }
    }

    fn member(&mut self, member: &Member, value: &Value) {
        match (self.service.shape(&member.of), value) {
            (Shape::List { member: items }, Value::Array(list)) if member.of.flat => {
                let name = items.wire.as_deref().unwrap_or_else(|| member.wire()).to_owned();
                for item in list {
                    self.value(items, &name, item);
                }
            }
            (Shape::Map { key, value: inner }, Value::Object(map)) if member.of.flat => {
                for (name, item) in map {
                    self.entry(member.wire(), key, inner, name, item);
                }
            }
            _ => self.value(&member.of, member.wire(), value),
        }
    }

    fn entry(&mut self, around: &str, key: &Ref, inner: &Ref, name: &str, item: &Value) {
        self.open(around);
        self.element(key.wire.as_deref().unwrap_or("key"), name);
        self.value(inner, inner.wire.as_deref().unwrap_or("value"), item);
        self.close(around);
    }

    fn value(&mut self, of: &Ref, name: &str, value: &Value) {
        match (self.service.shape(of), value) {
            (Shape::Structure(structure), Value::Object(given)) => {
                self.open(name);
                self.members(structure, given);
                self.close(name);
            }
            (Shape::List { member }, Value::Array(list)) => {
                self.open(name);
                let usual = if self.service.protocol == Protocol::Ec2 { "item" } else { "member" };
                let each = member.wire.as_deref().unwrap_or(usual).to_owned();
                for item in list {
                    self.value(member, &each, item);
                }
                self.close(name);
            }
            (Shape::Map { key, value: inner }, Value::Object(map)) => {
                self.open(name);
                for (k, item) in map {
                    self.entry("entry", key, inner, k, item);
                }
                self.close(name);
            }
            (Shape::Timestamp, value) => {
                self.element(name, &time(value, of.format.unwrap_or(TimeFormat::Iso8601)));
            }
            (Shape::Policy, value) => {
                let text: String = value.to_string().bytes().map(|b| format!("%{b:02X}")).collect();
                self.element(name, &text);
            }
            (_, Value::String(text)) => self.element(name, text),
            (_, value) => self.element(name, &value.to_string()),
        }
    }
}
