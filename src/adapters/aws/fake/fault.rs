//! What goes wrong, for whom, and how each protocol says so.

use std::time::Duration;

use serde_json::json;

use super::{Change, request::Asked};
use crate::{model::Protocol, permission};

/// One way to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too many calls; with `Retry-After` in seconds.
    Throttle(Option<u64>),
    /// No permission.
    Denied,
    /// An error of the service.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// The service's code.
        code: String,
        /// Its words.
        message: String,
    },
    /// A page of some proxy.
    Html(u16),
    /// The answer comes so much later.
    Slow(Duration),
    /// The token of the next page is always the same.
    Repeat,
    /// The tokens of the pages go round in a circle of so many.
    Circle(usize),
    /// The token of the next page is an empty text, whatever there is more.
    NoToken,
    /// Something is sent instead, byte for byte, and the connection ends.
    Raw(Vec<u8>),
    /// The answer comes in pieces, and (when `true`) breaks off in the middle of one.
    Pieces(bool),
    /// The answer is followed by so many blanks.
    Padded(usize),
    /// The answer has fields that no model knows.
    Unknown,
    /// The answer ends half-way, with a length that says so or (when `true`) with one that fits.
    Truncate(bool),
    /// The connection breaks instead of an answer.
    Drop,
    /// The credentials have expired.
    Expired,
    /// AWS's clock is so many seconds ahead; calls signed with another time are refused.
    Skew(i64),
}

impl Fault {
    /// An error of the service.
    #[must_use]
    pub fn refuse(status: u16, code: &str) -> Self {
        Self::Refuse { status, code: code.to_owned(), message: format!("{code}, as scripted") }
    }

    /// A whole answer of somebody else's, with its length.
    #[must_use]
    pub fn answer(status: u16, kind: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} .\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n");
        Self::Raw([head.as_bytes(), body.as_bytes()].concat())
    }
}

/// Whose calls fail how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// botocore's name of the service; every one without.
    pub service: Option<String>,
    /// The operation; every one without.
    pub operation: Option<String>,
    /// The region of the signature; every one without.
    pub region: Option<String>,
    /// The account; every one without.
    pub account: Option<String>,
    /// Only calls with this text among their parameters.
    pub with: Option<String>,
    /// So many calls are let pass before.
    pub after: usize,
    /// So many calls fail; all of them without.
    pub times: Option<usize>,
    /// How.
    pub fault: Fault,
}

impl Rule {
    /// For `service:Operation`, a service alone, or `*`.
    #[must_use]
    pub fn of(what: &str, fault: Fault) -> Self {
        let (service, operation) = what.split_once(':').map_or((what, None), |(s, o)| (s, Some(o)));
        Self {
            service: (service != "*").then(|| service.to_owned()),
            operation: operation.map(str::to_owned),
            region: None,
            account: None,
            with: None,
            after: 0,
            times: None,
            fault,
        }
    }

    /// Only there.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Only that account.
    #[must_use]
    pub fn account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Only calls with this text among their parameters.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        self.with = Some(text.to_owned());
        self
    }

    /// Only so many calls.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Only after so many calls.
    #[must_use]
    pub fn after(mut self, calls: usize) -> Self {
        self.after = calls;
        self
    }

    fn fits(&self, called: &Called<'_>) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|w| w == found);
        let texts = |text: &String| called.input.iter().any(|(_, value)| value.contains(text));
        is(&self.service, called.service)
            && is(&self.operation, called.operation)
            && is(&self.region, called.region)
            && is(&self.account, called.account)
            && self.with.as_ref().is_none_or(texts)
    }
}

/// What the token of the next page leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The next page.
    On,
    /// One of so many pages, for ever.
    Circle(usize),
    /// It is empty.
    Nowhere,
}

impl Turn {
    /// The token after one, where `next` would be the right one.
    pub(super) fn token(self, given: Option<&str>, next: String) -> String {
        match self {
            Self::On => next,
            Self::Nowhere => String::new(),
            Self::Circle(many) => {
                let now = given.and_then(|t| t.strip_prefix("circle")?.parse::<usize>().ok());
                format!("circle{}", now.map_or(0, |n| n + 1) % many.max(1))
            }
        }
    }
}

/// What rules look at.
pub(super) struct Called<'a> {
    pub(super) service: &'a str,
    pub(super) operation: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) input: &'a [(String, String)],
}

impl<'a> From<&'a Asked> for Called<'a> {
    fn from(asked: &'a Asked) -> Self {
        Self {
            service: &asked.service.name,
            operation: &asked.operation,
            region: &asked.region,
            account: &asked.account,
            input: &asked.input,
        }
    }
}

/// Everything scripted.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) rules: Vec<Rule>,
    pub(super) changes: Vec<Change>,
}

impl Script {
    /// What happens to this call, which is counted.
    pub(super) fn fault(&mut self, called: &Called<'_>) -> Option<Fault> {
        for rule in self.rules.iter_mut().filter(|r| r.fits(called)) {
            if rule.after > 0 {
                rule.after -= 1;
                continue;
            }
            match &mut rule.times {
                Some(0) => {}
                Some(left) => {
                    *left -= 1;
                    return Some(rule.fault.clone());
                }
                None => return Some(rule.fault.clone()),
            }
        }
        None
    }
}

/// Status and body of an error.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: String,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// Too many calls.
pub(super) fn throttled(asked: &Asked, after: Option<u64>) -> Refusal {
    let (status, code) = match (&*asked.service.name, asked.service.protocol) {
        ("s3", _) => (503, "SlowDown"),
        (_, Protocol::Ec2) => (503, "RequestLimitExceeded"),
        (_, Protocol::Query | Protocol::RestXml) => (400, "Throttling"),
        (_, Protocol::RestJson) => (429, "TooManyRequestsException"),
        (_, Protocol::Json) => (400, "ThrottlingException"),
    };
    let mut out = refused(asked, status, code, "Rate exceeded");
    out.headers.extend(after.map(|seconds| ("retry-after", seconds.to_string())));
    out
}

/// No permission, in AWS's words.
pub(super) fn denied(asked: &Asked) -> Refusal {
    let (status, code) = match asked.service.protocol {
        Protocol::Ec2 => (403, "UnauthorizedOperation"),
        Protocol::Query | Protocol::RestXml => (403, "AccessDenied"),
        Protocol::Json | Protocol::RestJson => (400, "AccessDeniedException"),
    };
    let permission = permission::of(&asked.service, &asked.operation);
    let words = format!(
        "User: arn:aws:iam::{}:user/reader is not authorized to perform: {permission} on resource: * because no identity-based policy allows the {permission} action",
        asked.account
    );
    refused(asked, status, code, &words)
}

/// An error in the words of the service's protocol.
pub(super) fn refused(asked: &Asked, status: u16, code: &str, message: &str) -> Refusal {
    let id = "00000000-0000-4000-8000-000000000000";
    let body = match asked.service.protocol {
        Protocol::Ec2 => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{id}</RequestID></Response>"
        ),
        Protocol::RestXml if &*asked.service.name == "s3" => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>"
        ),
        Protocol::Query | Protocol::RestXml => format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
        ),
        Protocol::Json => json!({"__type": format!("com.amazonaws#{code}"), "message": message}).to_string(),
        Protocol::RestJson => json!({"message": message}).to_string(),
    };
    let mut headers = vec![("x-amzn-requestid", id.to_owned())];
    if asked.service.protocol == Protocol::RestJson {
        headers.push(("x-amzn-errortype", format!("{code}:http://internal.amazon.com/")));
    }
    Refusal { status, body, headers }
}
