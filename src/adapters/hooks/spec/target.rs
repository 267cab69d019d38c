//! Where a webhook goes: an https URL without credentials in it, and what may be connected to besides
//! public addresses.

use std::net::IpAddr;

use cloudscope_domain::{query::Net, text::visible};
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::BadHook;

/// A URL that a POST may go to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Target(Url);

impl Target {
    /// The URL. Not logged: its path may be as good as a password.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// The whole of it, for the one who confirms it.
    #[must_use]
    pub fn whole(&self) -> String {
        self.0.as_str().to_owned()
    }

    /// Host and port for people.
    #[must_use]
    pub fn host(&self) -> String {
        let host = visible(self.0.host_str().unwrap_or_default()).into_owned();
        self.0.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
    }

    /// Whether it is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The address, if the host is written as one. Whatever form it was written in (`0x7f.1`,
    /// `2130706433`): the URL parser has made it a plain one.
    pub(crate) fn literal(&self) -> Option<IpAddr> {
        let host = self.0.host_str()?;
        host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

impl TryFrom<String> for Target {
    type Error = BadHook;

    fn try_from(text: String) -> Result<Self, BadHook> {
        let bad = |why: &str| Err(BadHook(format!("this is not the URL of a webhook: {why}")));
        let Ok(url) = Url::parse(&text) else { return bad("write https://HOST/PATH") };
        match url.scheme() {
            "https" | "http" => {}
            other => return bad(&format!("`{}` cannot be used, only https", visible(other))),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return bad("it has a user or a password in it; the receiver knows us by the signature");
        }
        if url.fragment().is_some() {
            return bad("the part after # is never sent; leave it out");
        }
        if url.host_str().is_none_or(str::is_empty) || text.len() > 2_048 {
            return bad("write https://HOST/PATH, of at most 2048 bytes");
        }
        Ok(Self(url))
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.0.into()
    }
}

/// An address or a network that may be connected to although it is not public.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Allowed(Net);

impl Allowed {
    pub(crate) fn holds(self, ip: IpAddr) -> bool {
        let v6 = match ip {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        self.0.contains(v6.to_bits())
    }
}

impl TryFrom<String> for Allowed {
    type Error = BadHook;

    fn try_from(text: String) -> Result<Self, BadHook> {
        Net::parse(&text).map(Self).ok_or_else(|| {
            BadHook(format!(
                "`{}` is no address and no network; write 10.1.2.3 or 10.1.0.0/16",
                visible(&text)
            ))
        })
    }
}

impl From<Allowed> for String {
    fn from(allowed: Allowed) -> Self {
        allowed.0.to_string()
    }
}
