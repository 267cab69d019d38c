//! What a server says when it does not answer: Status objects in its own words. Knows nothing of sockets.

use serde_json::{Value, json};

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    /// Seconds, as header and in the details.
    pub(crate) retry_after: Option<u32>,
    /// The resource that it is about: group, kind (the plural, as the server writes it), name.
    pub(crate) about: Option<Box<(String, String, String)>>,
}

impl Refused {
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), retry_after: None, about: None }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(crate) fn expired(oldest: u64, asked: u64) -> Self {
        Self::new(410, "Expired", format!("too old resource version: {asked} ({oldest})"))
    }

    /// A page's token that is too old.
    pub(crate) fn page_expired() -> Self {
        let words = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";
        Self::new(410, "Expired", words)
    }

    pub(crate) fn no_such_path() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
    }

    pub(crate) fn no_such_object(group: &str, plural: &str, name: &str) -> Self {
        let full = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
        let mut out = Self::new(404, "NotFound", format!("{full} \"{name}\" not found"));
        out.about = Some(Box::new((group.to_owned(), plural.to_owned(), name.to_owned())));
        out
    }

    pub(crate) fn forbidden(
        user: &str,
        verb: &str,
        (group, plural): (&str, &str),
        name: &str,
        namespace: Option<&str>,
    ) -> Self {
        let full = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
        let place = match namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        let named = if name.is_empty() { String::new() } else { format!("\"{name}\" ") };
        let words = format!(
            "{full} {named}is forbidden: User \"{user}\" cannot {verb} resource \"{plural}\" in API group \"{group}\" {place}"
        );
        let mut out = Self::new(403, "Forbidden", words);
        out.about = Some(Box::new((group.to_owned(), plural.to_owned(), name.to_owned())));
        out
    }

    pub(crate) fn no_watch_list() -> Self {
        Self::new(
            422,
            "Invalid",
            "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
        )
    }

    /// The object that is sent.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason,
        });
        let mut details = serde_json::Map::new();
        if let Some((group, kind, name)) = self.about.as_deref() {
            for (key, value) in [("name", name), ("group", group), ("kind", kind)] {
                if !value.is_empty() {
                    details.insert(key.to_owned(), json!(value));
                }
            }
        }
        if let Some(seconds) = self.retry_after {
            details.insert("retryAfterSeconds".to_owned(), json!(seconds));
        }
        if !details.is_empty() {
            body["details"] = Value::Object(details);
        }
        body["code"] = json!(self.code);
        body
    }
}
