//! A request as text: its head, its parameters, and what it asks for.

use std::collections::BTreeMap;

use super::kinds::Served;

/// The head of a request.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    headers: Vec<(String, String)>,
}

impl Head {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers = lines.filter_map(header).collect();
        Some(Self { method, path: path.to_owned(), query: query.to_owned(), headers })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ").map(str::trim)
    }

    /// The parameters behind the question mark.
    pub(crate) fn parameters(&self) -> BTreeMap<String, String> {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        };
        self.query.split('&').filter(|p| !p.is_empty()).map(pair).collect()
    }
}

/// Percent signs and plus signs.
fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
        match (bytes[at], hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    Version,
    /// `/healthz` and its like.
    Health,
    /// `/api`.
    Core,
    /// `/apis`.
    Groups,
    /// `/apis/apps`.
    Group(String),
    /// `/apis/apps/v1`, `/api/v1`.
    Resources {
        group: String,
        version: String,
    },
    /// Objects.
    Objects(Address),
    Unknown,
}

/// Objects, by their path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) plural: String,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    /// `log`, `status`.
    pub(crate) part: Option<String>,
}

impl Address {
    /// All objects of a resource, everywhere.
    pub(crate) fn of(served: &Served) -> Self {
        Self {
            group: served.group.clone(),
            version: served.version.clone(),
            plural: served.plural.clone(),
            namespace: None,
            name: None,
            part: None,
        }
    }

    /// `deployments.apps`.
    pub(crate) fn resource(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }
}

impl Asks {
    pub(crate) fn of(path: &str) -> Self {
        let words: Vec<String> = path.split('/').filter(|w| !w.is_empty()).map(decode).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["version"] => Self::Version,
            ["healthz" | "livez" | "readyz", ..] => Self::Health,
            ["api"] => Self::Core,
            ["apis"] => Self::Groups,
            ["apis", group] => Self::Group(group.to_owned()),
            ["api", version] => Self::Resources { group: String::new(), version: version.to_owned() },
            ["apis", group, version] => {
                Self::Resources { group: group.to_owned(), version: version.to_owned() }
            }
            ["api", version, ref rest @ ..] => objects("", version, rest),
            ["apis", group, version, ref rest @ ..] => objects(group, version, rest),
            _ => Self::Unknown,
        }
    }
}

fn objects(group: &str, version: &str, rest: &[&str]) -> Asks {
    let address = |namespace: Option<&str>, plural: &str, name: Option<&str>, part: Option<String>| {
        Asks::Objects(Address {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: plural.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.map(str::to_owned),
            part,
        })
    };
    match rest {
        ["namespaces", name, part @ ("status" | "finalize")] => {
            address(None, "namespaces", Some(name), Some((*part).to_owned()))
        }
        ["namespaces", namespace, plural] => address(Some(namespace), plural, None, None),
        ["namespaces", namespace, plural, name] => address(Some(namespace), plural, Some(name), None),
        ["namespaces", namespace, plural, name, part @ ..] if !part.is_empty() => {
            address(Some(namespace), plural, Some(name), Some(part.join("/")))
        }
        [plural] => address(None, plural, None, None),
        [plural, name] => address(None, plural, Some(name), None),
        [plural, name, part @ ..] => address(None, plural, Some(name), Some(part.join("/"))),
        [] => Asks::Unknown,
    }
}
