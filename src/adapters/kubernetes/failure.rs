//! From what an API server or the way to it answers to a fault: what it means, whether to try again, what to
//! do next.
//!
//! Knows the Status object and the words of TLS and DNS; knows no connection.

use std::time::Duration;

use cloudscope_domain::text::visible;
use cloudscope_ports::{Fault, FaultKind};
use serde::Deserialize;

use crate::resource::Resource;

/// No foreign word in a message is longer.
const LONGEST: usize = 500;

/// A Status object, as far as it is needed.
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/>
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Status {
    #[serde(default)]
    pub(crate) code: u16,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Details {
    #[serde(default, rename = "retryAfterSeconds")]
    retry_after: Option<u64>,
}

impl Status {
    /// The Status of a body, or the body's own words where a proxy or an old server answers with a text.
    pub(crate) fn read(code: u16, body: &[u8]) -> Self {
        let read = serde_json::from_slice::<Self>(body).ok();
        let mut status =
            read.filter(|s| !s.reason.is_empty() || !s.message.is_empty()).unwrap_or_else(|| {
                let text = String::from_utf8_lossy(&body[..body.len().min(LONGEST)]);
                let text = if text.trim_start().starts_with(['<', '{']) { "" } else { text.trim() };
                Self { message: text.to_owned(), ..Self::default() }
            });
        status.code = code;
        status
    }

    /// Whether the version or the token that was asked for is too old to go on from.
    pub(crate) fn is_expired(&self) -> bool {
        self.code == 410 || self.reason == "Expired" || self.reason == "Gone"
    }

    /// Whether the server does not take the question.
    pub(crate) fn is_unsupported(&self) -> bool {
        matches!(self.code, 400 | 406 | 422)
    }
}

/// What was asked for, for the message.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) operation: &'a str,
    /// `get`, `list` or `watch`.
    pub(crate) verb: &'a str,
    pub(crate) resource: Option<&'a Resource>,
    pub(crate) namespace: Option<&'a str>,
    /// The context.
    pub(crate) context: &'a str,
    /// The command that renews the credentials.
    pub(crate) renew: Option<&'a str>,
}

impl Asked<'_> {
    /// The permission that it needs: `pods list`, `apps/deployments watch in kube-system`.
    pub(crate) fn permission(&self) -> Option<String> {
        let resource = self.resource?;
        let path = match resource.group.as_str() {
            "" => resource.plural.clone(),
            group => format!("{group}/{}", resource.plural),
        };
        Some(match self.namespace {
            None => format!("{path} {}", self.verb),
            Some(namespace) => format!("{path} {} in {namespace}", self.verb),
        })
    }

    fn unauthenticated(&self, words: String) -> Fault {
        let fault = Fault::new(FaultKind::Unauthenticated, self.operation, words);
        match self.renew {
            Some(command) => fault.renew(command),
            None => fault,
        }
    }

    fn what(&self) -> String {
        let place = self.namespace.map(|n| format!(" in {n}")).unwrap_or_default();
        match self.resource {
            Some(resource) => format!("{}{place}", resource.name()),
            None => "what it serves".to_owned(),
        }
    }
}

/// The fault of an answer that is an error.
pub(crate) fn fault(status: &Status, retry_after: Option<&str>, asked: &Asked<'_>) -> Fault {
    let context = shown(asked.context);
    let told = told(status);
    let new = |kind, words: String| Fault::new(kind, asked.operation, words);
    let after = retry_after
        .and_then(|text| text.trim().parse().ok())
        .or(status.details.as_ref().and_then(|d| d.retry_after))
        .map(Duration::from_secs);
    // Kinds of an API server of its own, behind the main one: it may be down while all else works.
    let aside = asked.resource.is_some_and(|r| r.group.contains('.') && !r.group.ends_with(".k8s.io"))
        || asked
            .resource
            .is_some_and(|r| r.group == "metrics.k8s.io" || r.group.ends_with(".metrics.k8s.io"));
    match status.code {
        401 => asked.unauthenticated(format!(
            "{context} does not know the credentials ({told}); renew them, or see what `kubectl config view` says of the user"
        )),
        403 => {
            let denied = new(
                FaultKind::Denied,
                format!("{context} does not allow to {} {}: {told}", asked.verb, asked.what()),
            );
            match asked.permission() {
                Some(permission) => denied.missing(permission),
                None => denied.missing(status.message.chars().take(LONGEST).collect::<String>()),
            }
        }
        404 if asked.resource.is_some() => new(
            FaultKind::NotFound,
            format!(
                "{context} does not serve {} any more; a definition was removed, or its API server is gone; collect again",
                asked.what()
            ),
        ),
        404 => new(FaultKind::NotFound, format!("{context}: {told}")),
        406 => new(
            FaultKind::Disabled,
            format!("{context} cannot answer for {} with the metadata alone, so it is not read", asked.what()),
        ),
        429 => new(FaultKind::Throttled { after }, format!("{context} asks for fewer calls: {told}")),
        503 if aside => new(
            FaultKind::NotFound,
            format!(
                "the API server of its own that serves {} does not answer ({told}); see `kubectl get apiservices`",
                asked.what()
            ),
        ),
        503 if after.is_some() => {
            new(FaultKind::Throttled { after }, format!("{context} asks to come later: {told}"))
        }
        504 => new(FaultKind::Timeout, format!("{context} did not answer in time: {told}")),
        500.. => new(FaultKind::Unreachable, format!("{context} failed ({}): {told}", status.code)),
        code => new(
            FaultKind::Malformed,
            format!("{context} refuses to {} {} ({code}): {told}", asked.verb, asked.what()),
        ),
    }
}

/// The fault of a connection that failed. Names no address but the server's own.
pub(crate) fn unreachable(error: &dyn std::error::Error, server: &str, asked: &Asked<'_>) -> Fault {
    let chain = chain(error);
    let low = chain.to_ascii_lowercase();
    let (kind, words) = match () {
        () if low.contains("unknownissuer") || low.contains("unknown issuer") => (
            FaultKind::Unreachable,
            "shows a certificate of an authority that the kubeconfig does not name; check certificate-authority-data",
        ),
        () if low.contains("notvalidforname") || low.contains("not valid for name") => (
            FaultKind::Unreachable,
            "shows a certificate for another name; check server and tls-server-name in the kubeconfig",
        ),
        () if low.contains("expired") && low.contains("certificate") => {
            (FaultKind::Unreachable, "has, or was shown, a certificate that has expired")
        }
        () if low.contains("certificaterequired")
            || low.contains("received fatal alert")
            || low.contains("badcertificate") =>
        {
            (FaultKind::Unreachable, "does not take the client certificate of the kubeconfig")
        }
        () if low.contains("invalid peer certificate") => {
            (FaultKind::Unreachable, "shows a certificate that is not valid")
        }
        () if low.contains("dns error") || low.contains("failed to lookup") => {
            (FaultKind::Unreachable, "has no address; is the name right, and is there a network or VPN?")
        }
        () if low.contains("connection refused") => {
            (FaultKind::Unreachable, "refuses the connection; is the cluster running?")
        }
        () if low.contains("timed out") || low.contains("deadline has elapsed") => {
            (FaultKind::Timeout, "did not answer in time; is there a network or VPN?")
        }
        () => (FaultKind::Unreachable, "cannot be reached"),
    };
    let words = format!("{}: {} {words} ({})", shown(asked.context), shown(server), shown(&chain));
    Fault::new(kind, asked.operation, words)
}

/// An error with what caused it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        let more = error.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        inner = error.source();
    }
    words
}

/// A foreign word, fit to be shown.
pub(crate) fn shown(text: &str) -> String {
    visible(text.trim()).chars().take(LONGEST).collect()
}

fn told(status: &Status) -> String {
    match (status.message.trim(), status.reason.as_str()) {
        ("", "") => format!("status {}", status.code),
        ("", reason) => shown(reason),
        (message, _) => shown(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pods() -> Resource {
        Resource {
            group: String::new(),
            version: "v1".into(),
            kind: "Pod".into(),
            plural: "pods".into(),
            singular: "pod".into(),
            short_names: vec!["po".into()],
            namespaced: true,
            watchable: true,
        }
    }

    fn of(resource: &Resource, code: u16, body: &str, after: Option<&str>) -> Fault {
        let asked = Asked {
            operation: "k8s:List",
            verb: "list",
            resource: Some(resource),
            namespace: Some("kube-system"),
            context: "prod",
            renew: Some("aws sso login"),
        };
        fault(&Status::read(code, body.as_bytes()), after, &asked)
    }

    #[test]
    fn a_refusal_names_the_permission() {
        let body = r#"{"kind":"Status","reason":"Forbidden","code":403,"message":"pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"kube-system\""}"#;
        let denied = of(&pods(), 403, body, None);
        assert_eq!(denied.kind, FaultKind::Denied);
        assert_eq!(denied.missing_permission.as_deref(), Some("pods list in kube-system"));
        assert!(denied.message.contains("jane"));
        let deployments = Resource { group: "apps".into(), plural: "deployments".into(), ..pods() };
        let denied = of(&deployments, 403, body, None);
        assert_eq!(denied.missing_permission.as_deref(), Some("apps/deployments list in kube-system"));
    }

    #[test]
    fn codes_are_what_they_mean() {
        let kind = |code, body: &str, after| of(&pods(), code, body, after).kind;
        let unknown = of(&pods(), 401, r#"{"reason":"Unauthorized","message":"Unauthorized"}"#, None);
        assert_eq!(unknown.kind, FaultKind::Unauthenticated);
        assert_eq!(unknown.renew.as_deref(), Some("aws sso login"));
        assert_eq!(kind(404, "404 page not found\n", None), FaultKind::NotFound);
        assert_eq!(kind(429, "", Some("3")), FaultKind::Throttled { after: Some(Duration::from_secs(3)) });
        let body = r#"{"reason":"TooManyRequests","message":"x","details":{"retryAfterSeconds":7}}"#;
        assert_eq!(kind(429, body, None), FaultKind::Throttled { after: Some(Duration::from_secs(7)) });
        assert_eq!(kind(503, "<html>", None), FaultKind::Unreachable);
        assert_eq!(kind(504, "", None), FaultKind::Timeout);
        assert_eq!(kind(500, "", None), FaultKind::Unreachable);
        assert_eq!(kind(406, "", None), FaultKind::Disabled);
        assert_eq!(kind(418, "", None), FaultKind::Malformed);
        assert!(Status::read(200, br#"{"reason":"Expired","message":"x"}"#).is_expired());
        assert!(Status::read(410, b"").is_expired());
        assert!(Status::read(422, b"").is_unsupported());
    }

    #[test]
    fn an_api_server_of_its_own_that_is_down_stops_nothing_else() {
        let metrics = Resource { group: "metrics.k8s.io".into(), ..pods() };
        let down = of(&metrics, 503, "service unavailable\n", None);
        assert_eq!(down.disposition(), cloudscope_ports::Disposition::SkipScope);
        assert_eq!(down.coverage(), cloudscope_domain::CoverageState::Unreachable);
        assert!(down.message.contains("kubectl get apiservices"));
    }

    #[test]
    fn foreign_text_is_made_visible_and_short() {
        let body = format!(r#"{{"message":"a\u001b[2J{}","reason":"x"}}"#, "b".repeat(5000));
        let told = of(&pods(), 500, &body, None).message;
        assert!(!told.contains('\u{1b}') && told.len() < 1000, "{}", told.len());
    }
}
