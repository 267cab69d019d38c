//! Which operation a request asks for, on whose behalf, where, and with which parameters: the inverse of
//! `wire::encode`, as far as answers depend on it.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use crate::model::{Models, Operation, Protocol, Service};

/// The first lines of a request.
pub(super) struct Head {
    pub(super) method: String,
    pub(super) target: String,
    headers: Vec<(String, String)>,
}

impl Head {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
        let header = |line: &str| {
            line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        Some(Self { method, target, headers: lines.filter_map(header).collect() })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// A call.
pub(super) struct Asked {
    pub(super) service: Arc<Service>,
    pub(super) operation: Box<str>,
    pub(super) account: String,
    /// The access key of the signature.
    pub(super) key: String,
    pub(super) region: String,
    /// Parameters by their names on the wire; those of lists and tables as `Names.1`.
    pub(super) input: Vec<(String, String)>,
    date: Option<String>,
}

impl Asked {
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.service.name, self.operation)
    }

    pub(super) fn model(&self) -> Option<&Operation> {
        self.service.operation(&self.operation)
    }

    /// The values of a parameter, by the model's name.
    pub(super) fn values(&self, member: &str) -> Vec<&str> {
        let mut names = vec![member.to_owned()];
        let input = self.model().and_then(|o| self.service.input(o));
        if let Some(found) = input.and_then(|s| s.member(member)) {
            names.extend(found.of.query.as_deref().map(str::to_owned));
            let wire = found.wire();
            names.push(wire.to_owned());
            names.push(wire[..1].to_ascii_uppercase() + &wire[1..]);
        }
        for name in names {
            let is = |key: &str| key.strip_prefix(&name).is_some_and(|r| r.is_empty() || r.starts_with('.'));
            let found: Vec<&str> =
                self.input.iter().filter(|(key, _)| is(key)).map(|(_, v)| v.as_str()).collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// When it was signed, in seconds since 1970.
    pub(super) fn signed_at(&self) -> Option<i64> {
        let time = jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", self.date.as_deref()?).ok()?;
        let time = time.to_datetime().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(time.timestamp().as_second())
    }
}

/// Service, operation, parameters.
type Found = (Arc<Service>, Box<str>, Vec<(String, String)>);

/// A REST operation.
struct Path {
    method: Box<str>,
    parts: Vec<Box<str>>,
    query: Vec<Box<str>>,
    service: Arc<Service>,
    operation: Box<str>,
}

/// All operations, by what tells them apart.
pub(super) struct Operations {
    targets: HashMap<Box<str>, Vec<Arc<Service>>>,
    signing: HashMap<Box<str>, Vec<Arc<Service>>>,
    paths: HashMap<Box<str>, Vec<Path>>,
}

impl Operations {
    pub(super) fn builtin() -> Self {
        let models = Models::builtin();
        let mut out = Self { targets: HashMap::new(), signing: HashMap::new(), paths: HashMap::new() };
        for name in models.services() {
            let Some(service) = models.service(name) else { continue };
            if let Some(target) = &service.target_prefix {
                out.targets.entry(target.clone()).or_default().push(Arc::clone(&service));
            }
            out.signing.entry(service.signing_name.clone()).or_default().push(Arc::clone(&service));
        }
        for name in models.operations().chain(models.credential_operations()) {
            let Some((service, name)) = name.split_once(':') else { continue };
            let Some(service) = models.service(service).filter(|s| s.protocol.is_rest()) else { continue };
            let Some(operation) = service.operation(name) else { continue };
            let (path, query) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
            let found = Path {
                method: operation.method.clone(),
                parts: path.trim_start_matches('/').split('/').map(Into::into).collect(),
                query: query.split('&').filter(|q| !q.is_empty()).map(Into::into).collect(),
                operation: operation.name.clone(),
                service: Arc::clone(&service),
            };
            out.paths.entry(service.signing_name.clone()).or_default().push(found);
        }
        for paths in out.paths.values_mut() {
            let fixed =
                |p: &Path| p.parts.iter().filter(|p| !p.starts_with('{')).count() + p.query.len() * 10;
            paths.sort_by_key(|p| std::cmp::Reverse(fixed(p)));
        }
        out
    }

    /// What a request asks for.
    pub(super) fn asked(&self, head: &Head, body: &[u8]) -> Option<Asked> {
        let scope = head.header("authorization")?.split_once("Credential=")?.1;
        let mut scope = scope.split(',').next()?.split('/');
        let (key, _, region, signing) = (scope.next()?, scope.next()?, scope.next()?, scope.next()?);
        let account = key.get(4..16).filter(|a| a.bytes().all(|b| b.is_ascii_digit()))?;
        let text = std::str::from_utf8(body).ok()?;
        let (service, operation, input) = if let Some(target) = head.header("x-amz-target") {
            let (prefix, operation) = target.rsplit_once('.')?;
            let services = self.targets.get(prefix)?;
            let service = services.iter().find(|s| s.operation(operation).is_some())?;
            (Arc::clone(service), operation.into(), json(text))
        } else if let Some(form) = Some(pairs(text)).filter(|p| p.iter().any(|(k, _)| k == "Action")) {
            let value = |name: &str| form.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str());
            let (operation, version) = (value("Action")?, value("Version")?);
            let fits = |s: &&Arc<Service>| s.operation(operation).is_some() && !s.protocol.is_rest();
            let services = self.signing.get(signing)?;
            let exact = services.iter().find(|s| fits(s) && *s.api_version == *version);
            let service = exact.or_else(|| services.iter().find(fits))?;
            let operation = operation.into();
            let input = form.into_iter().filter(|(k, _)| k != "Action" && k != "Version").collect();
            (Arc::clone(service), operation, input)
        } else {
            self.rest(head, signing, text)?
        };
        Some(Asked {
            service,
            operation,
            account: account.to_owned(),
            key: key.to_owned(),
            region: region.to_owned(),
            input,
            date: head.header("x-amz-date").map(str::to_owned),
        })
    }

    fn rest(&self, head: &Head, signing: &str, body: &str) -> Option<Found> {
        let (path, query) = head.target.split_once('?').unwrap_or((&head.target, ""));
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let query = pairs(query);
        for found in self.paths.get(signing)? {
            let Some(mut input) = found.fits(&head.method, &parts, &query) else { continue };
            input.extend(query);
            if found.service.protocol == Protocol::RestJson && !body.is_empty() {
                input.extend(json(body));
            }
            return Some((Arc::clone(&found.service), found.operation.clone(), input));
        }
        None
    }
}

impl Path {
    fn fits(
        &self,
        method: &str,
        parts: &[&str],
        query: &[(String, String)],
    ) -> Option<Vec<(String, String)>> {
        let fixed = |q: &str| {
            let (name, value) = q.split_once('=').unwrap_or((q, ""));
            query.iter().any(|(n, v)| n == name && v == value)
        };
        if *self.method != *method || !self.query.iter().all(|q| fixed(q)) {
            return None;
        }
        let mut labels = Vec::new();
        for (n, part) in self.parts.iter().enumerate() {
            let given = parts.get(n)?;
            match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                Some(label) => {
                    if let Some(greedy) = label.strip_suffix('+') {
                        labels.push((greedy.to_owned(), decoded(&parts[n..].join("/"))));
                        return Some(labels);
                    }
                    if given.is_empty() {
                        return None;
                    }
                    labels.push((label.to_owned(), decoded(given)));
                }
                None if **part == **given => {}
                None => return None,
            }
        }
        (parts.len() == self.parts.len()).then_some(labels)
    }
}

fn json(text: &str) -> Vec<(String, String)> {
    fn walk(key: &str, value: &Value, out: &mut Vec<(String, String)>) {
        let inner = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
        match value {
            Value::Object(map) => map.iter().for_each(|(name, value)| walk(&inner(name), value, out)),
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(n, value)| walk(&inner(&(n + 1).to_string()), value, out));
            }
            Value::String(text) => out.push((key.to_owned(), text.clone())),
            Value::Null => {}
            other => out.push((key.to_owned(), other.to_string())),
        }
    }
    let mut out = Vec::new();
    walk("", &serde_json::from_str(text).unwrap_or_default(), &mut out);
    out
}

pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |p: &str| {
        let (name, value) = p.split_once('=').unwrap_or((p, ""));
        (decoded(name), decoded(value))
    };
    text.split('&').filter(|p| !p.is_empty()).map(pair).collect()
}

fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        rest = match (first, after) {
            (b'%', [high, low, tail @ ..]) => {
                out.push(digit(high).unwrap_or(0) << 4 | digit(low).unwrap_or(0));
                tail
            }
            (b'+', _) => {
                out.push(b' ');
                after
            }
            _ => {
                out.push(*first);
                after
            }
        };
    }
    String::from_utf8_lossy(&out).into_owned()
}
