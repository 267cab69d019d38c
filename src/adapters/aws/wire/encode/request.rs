//! What a call looks like on the wire.

use http::Method;

/// A request without host and signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireRequest {
    /// The method.
    pub method: Method,
    /// The path, percent-encoded, with the query behind a `?`.
    pub path_and_query: String,
    /// What stands before the host's name.
    pub host_prefix: Option<String>,
    /// Headers that the protocol wants.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl WireRequest {
    pub(super) fn header(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }
}
