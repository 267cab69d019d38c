//! HTTP: one client for the wire and for the official credential chain, with the user's proxy and
//! certificates, bounded answers, no redirects and no retries of its own.
//!
//! Knows nothing of services; who asks for credentials is told to the gate.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::HttpRequest,
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::{Response, StatusCode},
};
use aws_smithy_types::body::SdkBody;
use cloudscope_domain::ScopeKey;
use cloudscope_ports::{Aside, Fault, FaultKind, Gate, Operation, call};

/// No answer is larger.
pub(crate) const MAX_BODY: usize = 64 << 20;
/// Room for an answer before it came.
const ROOM: usize = 1 << 20;
/// To reach an endpoint at all.
const CONNECT: Duration = Duration::from_secs(10);
/// Between two pieces of an answer.
const READ: Duration = Duration::from_secs(30);

/// An answer, whole.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Whether it is no error.
    pub(crate) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of a name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// When it was answered by the other side's clock.
    pub(crate) fn date(&self) -> Option<SystemTime> {
        let date = jiff::fmt::rfc2822::parse(self.header("date")?).ok()?;
        Some(SystemTime::from(date.timestamp()))
    }
}

/// The HTTP client. Clones share connections.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
}

impl Transport {
    /// A client with the certificates of `AWS_CA_BUNDLE` besides the usual ones.
    ///
    /// # Errors
    /// When the bundle cannot be read, or TLS cannot be set up.
    pub(crate) fn new(bundle: Option<&str>) -> Result<Self, Fault> {
        let wrong = |message: String| Fault::new(FaultKind::Malformed, "aws:Configure", message);
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(READ)
            .pool_max_idle_per_host(256)
            .tcp_nodelay(true)
            .user_agent(concat!("cloudscope/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = bundle {
            let text = std::fs::read(path).map_err(|e| {
                wrong(format!("cannot read the certificates that AWS_CA_BUNDLE names, {path}: {e}"))
            })?;
            let certificates = reqwest::Certificate::from_pem_bundle(&text).map_err(|e| {
                wrong(format!("AWS_CA_BUNDLE names {path}, which holds no certificates: {e}"))
            })?;
            if certificates.is_empty() {
                return Err(wrong(format!("AWS_CA_BUNDLE names {path}, which holds no certificates")));
            }
            for certificate in certificates {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let http = builder.build().map_err(|e| wrong(format!("cannot set up TLS: {}", chain(&e))))?;
        Ok(Self { http })
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// `Timeout`, `Unreachable` or `TooLarge`.
    pub(crate) async fn send(&self, request: reqwest::Request, operation: &str) -> Result<Answer, Fault> {
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let failed = |e: reqwest::Error| {
            let why = chain(&e);
            let (kind, words) = if e.is_timeout() {
                (FaultKind::Timeout, "did not answer in time")
            } else if e.is_connect() && why.contains("dns error") {
                let words = "has no address; look at the endpoint, the region's name, the network and its name servers";
                (FaultKind::Unreachable, words)
            } else if e.is_connect() {
                (FaultKind::Unreachable, "cannot be reached")
            } else {
                (FaultKind::Unreachable, "broke the connection off")
            };
            Fault::new(kind, operation, format!("{host} {words}: {why}"))
        };
        let mut response = self.http.execute(request).await.map_err(failed)?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        // What it says of its length is only believed as far as room goes.
        let length = response.content_length().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let mut body = Vec::with_capacity(length.min(ROOM));
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            if body.len() + piece.len() > MAX_BODY {
                let words = format!("{host} answers with more than {} MB", MAX_BODY >> 20);
                return Err(Fault::new(FaultKind::TooLarge, operation, words));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer { status, headers, body })
    }
}

/// An error with what caused it; reqwest tells only the outermost.
fn chain(error: &dyn std::error::Error) -> String {
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

tokio::task_local! {
    /// On whose behalf the credential chain calls.
    static CALLER: Caller;
}

/// Who is asked for leave before the credential chain calls anybody.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) gate: Arc<dyn Gate>,
    pub(crate) scope: ScopeKey,
    pub(crate) identity: String,
}

impl Caller {
    /// Runs something that may obtain credentials.
    pub(crate) async fn within<T>(self, work: impl Future<Output = T>) -> T {
        CALLER.scope(self, work).await
    }
}

/// Calls that obtain credentials; nothing else may be asked for by the chain.
pub(crate) const CREDENTIAL_OPERATIONS: [Operation; 9] = [
    Operation::new("sts:AssumeRole"),
    Operation::new("sts:AssumeRoleWithWebIdentity"),
    Operation::new("sso:GetRoleCredentials"),
    Operation::new("sso-oidc:CreateToken"),
    Operation::new("signin:CreateOAuth2Token"),
    Operation::new("imds:GetToken"),
    Operation::new("imds:GetMetadata"),
    Operation::new("container:GetCredentials"),
    Operation::new("aws:UnknownCredentialCall"),
];

/// Which of them a request of the chain is. The last one is never let through.
fn credential_operation(host: &str, path: &str, body: &str) -> usize {
    match () {
        () if body.contains("Action=AssumeRoleWithWebIdentity") => 1,
        () if body.contains("Action=AssumeRole&") || body.ends_with("Action=AssumeRole") => 0,
        () if path.starts_with("/federation/credentials") => 2,
        () if path == "/token" && (host.starts_with("oidc.") || body.contains("\"grantType\"")) => 3,
        () if host.contains("signin") && path.starts_with("/v1/token") => 4,
        () if path == "/latest/api/token" => 5,
        () if path.starts_with("/latest/meta-data/") || path.starts_with("/latest/dynamic/") => 6,
        () if is_container_host(host) => 7,
        () => 8,
    }
}

fn is_container_host(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| {
            ip.is_loopback()
                || ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"].iter().any(|a| *a == ip.to_string())
        })
}

/// The addresses at which an instance is told about itself.
fn is_metadata_host(host: &str) -> bool {
    ["169.254.169.254", "fd00:ec2::254"].contains(&host.trim_matches(['[', ']']))
}

/// The same client, as the official credential chain wants it.
#[derive(Clone, Debug)]
pub(crate) struct ChainTransport(pub(crate) Transport);

impl HttpClient for ChainTransport {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for ChainTransport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.0.clone();
        HttpConnectorFuture::new(async move { ask(&transport, request).await })
    }
}

async fn ask(transport: &Transport, request: HttpRequest) -> Result<Response<SdkBody>, ConnectorError> {
    let other = |words: String| ConnectorError::other(words.into(), None);
    let Ok(caller) = CALLER.try_with(Clone::clone) else {
        return Err(other("credentials were asked for outside of a collection".into()));
    };
    let url = reqwest::Url::parse(request.uri()).map_err(|e| other(e.to_string()))?;
    let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
    let host = url.host_str().unwrap_or_default();
    let which = credential_operation(host, url.path(), &body);
    if which + 1 == CREDENTIAL_OPERATIONS.len() {
        return Err(other(format!("the call to {host} is on no list of what may be called")));
    }
    // What is handed out here opens everything else, so it goes to nobody in the open but this machine.
    if url.scheme() != "https" && !is_container_host(host) && !is_metadata_host(host) {
        return Err(other(format!("credentials would be asked of {host} without encryption; use https")));
    }
    let operation = &CREDENTIAL_OPERATIONS[which];
    let answer = call(&*caller.gate, &caller.identity, operation, &caller.scope, |_: Aside| {
        let out = outgoing(&request, url.clone(), operation.as_str());
        async { transport.send(out?, operation.as_str()).await }
    })
    .await
    .map_err(|fault| match fault.kind {
        FaultKind::Timeout => ConnectorError::timeout(fault.into()),
        FaultKind::Unreachable => ConnectorError::io(fault.into()),
        _ => ConnectorError::other(fault.into(), None),
    })?;
    incoming(&answer)
}

/// A request of the official libraries, as ours. Their bodies are in memory.
///
/// # Errors
/// When its method is none.
pub(crate) fn outgoing(
    request: &HttpRequest,
    url: reqwest::Url,
    operation: &str,
) -> Result<reqwest::Request, Fault> {
    let odd = |_| Fault::new(FaultKind::Internal, operation, "odd HTTP method");
    let mut out = reqwest::Request::new(request.method().parse().map_err(odd)?, url);
    for (name, value) in request.headers() {
        let name = reqwest::header::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value.parse()) {
            out.headers_mut().insert(name, value);
        }
    }
    *out.body_mut() = Some(request.body().bytes().map(<[u8]>::to_vec).unwrap_or_default().into());
    Ok(out)
}

/// An answer, as the official libraries want it.
pub(crate) fn incoming(answer: &Answer) -> Result<Response<SdkBody>, ConnectorError> {
    let status =
        StatusCode::try_from(answer.status).map_err(|e| ConnectorError::other(e.to_string().into(), None))?;
    let mut response = Response::new(status, SdkBody::from(answer.body.clone()));
    for (name, value) in &answer.headers {
        if let Ok(value) = value.to_str() {
            let _ = response.headers_mut().try_append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_chain_asks_for_is_known_by_name() {
        let check = |host: &str, path: &str, body: &str, name: &str| {
            assert_eq!(CREDENTIAL_OPERATIONS[credential_operation(host, path, body)].as_str(), name);
        };
        check("sts.eu-west-1.amazonaws.com", "/", "Action=AssumeRole&Version=2011-06-15", "sts:AssumeRole");
        check(
            "sts.amazonaws.com",
            "/",
            "Action=AssumeRoleWithWebIdentity&x=1",
            "sts:AssumeRoleWithWebIdentity",
        );
        check("portal.sso.eu-west-1.amazonaws.com", "/federation/credentials", "", "sso:GetRoleCredentials");
        check("oidc.eu-west-1.amazonaws.com", "/token", "{}", "sso-oidc:CreateToken");
        check("127.0.0.1", "/token", "{\"grantType\":\"refresh_token\"}", "sso-oidc:CreateToken");
        check("169.254.169.254", "/latest/api/token", "", "imds:GetToken");
        check("169.254.169.254", "/latest/meta-data/iam/security-credentials/x", "", "imds:GetMetadata");
        check("169.254.170.2", "/v2/credentials/x", "", "container:GetCredentials");
        check("sts.amazonaws.com", "/", "Action=GetFederationToken", "aws:UnknownCredentialCall");
        check("example.com", "/", "", "aws:UnknownCredentialCall");
    }
}
