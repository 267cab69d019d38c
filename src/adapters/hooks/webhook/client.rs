//! One attempt at a delivery. TLS by rustls; no redirects, no proxy, no cookies, no retries of the
//! library's own; the answer is read only so far as it helps to say what went wrong.

use std::{error::Error as _, sync::Arc, time::Duration};

use cloudscope_domain::{Timestamp, text::visible};
use reqwest::{Certificate, StatusCode, header, redirect::Policy};

use super::{
    key::seconds,
    resolve::{Ask, Checked, Refused},
    retry::retry_after,
};
use crate::{address::Allow, spec::WebhookSpec, state::short};

/// Bytes of an answer that are read.
const ANSWER: usize = 4 << 10;
/// The largest file of certificates.
const CERTIFICATES: u64 = 1 << 20;

/// How an attempt ended.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// The receiver took it.
    Delivered,
    /// It may pass.
    Later {
        /// What happened.
        why: String,
        /// The wait that the receiver asked for.
        after: Option<Duration>,
    },
    /// It will not.
    Failed(String),
}

/// Posts to one URL.
pub(crate) struct Client {
    http: reqwest::Client,
    spec: WebhookSpec,
    allow: Allow,
}

impl Client {
    /// A client for this hook; connects to nothing yet.
    ///
    /// # Errors
    /// When the certificates cannot be read, in words.
    pub(crate) fn new(spec: &WebhookSpec, ask: Ask) -> Result<Self, String> {
        // The first one wins, and every part of the program installs the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let allow = Allow::of(spec);
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("cloudscope/", env!("CARGO_PKG_VERSION")))
            .https_only(spec.url.is_https())
            .redirect(Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .no_proxy()
            .timeout(spec.timeout.get())
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(30))
            .dns_resolver(Arc::new(Checked { ask, allow: allow.clone() }));
        if let Some(file) = &spec.ca_file {
            let fail = |e: String| format!("cannot use the certificates in {}: {e}", file.shown());
            let size = std::fs::metadata(file.path()).map_err(|e| fail(e.to_string()))?.len();
            if size > CERTIFICATES {
                return Err(fail(format!("it has {size} bytes")));
            }
            let pem = std::fs::read(file.path()).map_err(|e| fail(e.to_string()))?;
            let certificates = Certificate::from_pem_bundle(&pem).map_err(|e| fail(causes(&e)))?;
            if certificates.is_empty() {
                return Err(fail("there is none".into()));
            }
            builder = builder.tls_certs_only(certificates);
        }
        let http = builder.build().map_err(|e| format!("cannot set up TLS: {}", causes(&e)))?;
        Ok(Self { http, spec: spec.clone(), allow })
    }

    /// Posts one body.
    pub(crate) async fn post(&self, id: &str, at: Timestamp, signature: &str, body: Arc<[u8]>) -> Attempt {
        // A host that is written as an address never reaches the resolver.
        if let Some(Err(why)) = self.spec.url.literal().map(|ip| self.allow.check(ip)) {
            return Attempt::Failed(format!("the address is refused: {why}"));
        }
        let request = self
            .http
            .post(self.spec.url.url().clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds(at))
            .header("webhook-signature", signature)
            .body(body.to_vec());
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return failure(error),
        };
        let status = response.status();
        if status.is_success() {
            return Attempt::Delivered;
        }
        let after = response.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok());
        let after = after.and_then(|text| retry_after(text, seconds(at)));
        if status.is_redirection() {
            return Attempt::Failed(format!(
                "the receiver answers {status}, a redirect, which is not followed; write the final URL"
            ));
        }
        let said = beginning(response).await;
        let why = format!("the receiver answers {status}{said}");
        let passes = status.is_server_error()
            || status == StatusCode::TOO_MANY_REQUESTS
            || status == StatusCode::REQUEST_TIMEOUT;
        if passes { Attempt::Later { why, after } } else { Attempt::Failed(why) }
    }
}

/// The beginning of an answer, for people.
async fn beginning(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER
        && let Ok(Some(chunk)) = response.chunk().await
    {
        bytes.extend_from_slice(&chunk[..chunk.len().min(ANSWER - bytes.len())]);
    }
    let text = String::from_utf8_lossy(&bytes);
    let text: String = text.trim().chars().take(200).collect();
    if text.is_empty() { String::new() } else { format!(": {}", visible(&text)) }
}

/// An attempt that got no answer. The URL is left out: its path may be as good as a password.
fn failure(error: reqwest::Error) -> Attempt {
    let error = error.without_url();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<Refused>() {
            return Attempt::Failed(format!("the address is refused: {refused}"));
        }
        cause = inner.source();
    }
    if error.is_builder() {
        return Attempt::Failed(causes(&error));
    }
    let why = if error.is_timeout() { "no answer in time".to_owned() } else { causes(&error) };
    Attempt::Later { why, after: None }
}

/// An error with what caused it, innermost last.
fn causes(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !out.contains(&text) {
            out = format!("{out}: {text}");
        }
        cause = inner.source();
    }
    short(&out)
}
