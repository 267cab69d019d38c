//! The only one that sends: each question passes the gate, is a GET, and its answer has a bound.
//!
//! Knows no kind and no document.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use cloudscope_domain::ScopeKey;
use cloudscope_ports::{CallResult, Fault, FaultKind, Gate, call};
use http::{Method, Request, Response, header::ACCEPT};
use kube::client::Body;

use crate::{
    body::{self, Lines, Lost},
    failure::{self, Asked, Status, shown},
    login::Login,
    path::{Objects, Target},
};

/// Errors are no larger.
const MOST_ERROR: usize = 256 << 10;
/// Until a watch is open.
const OPEN: Duration = Duration::from_secs(30);

/// A client of one context. Clones share connections.
#[derive(Clone)]
pub(crate) struct Client {
    login: Arc<Login>,
    /// Other contexts of this source may still work.
    among: bool,
}

/// What came of a question.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The answer.
    Good(Bytes),
    /// What it goes on from is forgotten (410).
    Expired,
    /// The server does not take the question; as a fault, where that is one.
    Unsupported(Fault),
}

impl Answer {
    /// The answer, where nothing else can be dealt with.
    ///
    /// # Errors
    /// The fault that the rest is then.
    pub(crate) fn good(self, target: &Target<'_>) -> Result<Bytes, Fault> {
        match self {
            Self::Good(bytes) => Ok(bytes),
            Self::Unsupported(fault) => Err(fault),
            Self::Expired => {
                let words = "the server says that the answer is no longer there; collect again";
                Err(Fault::new(FaultKind::Malformed, target.operation().as_str(), words))
            }
        }
    }
}

/// What came of a watch.
pub(crate) enum Opened {
    /// It is open.
    Lines(Lines),
    /// The version is forgotten (410).
    Expired,
    /// The server does not take the question.
    Unsupported(Fault),
}

impl Client {
    pub(crate) fn new(login: Arc<Login>, among: bool) -> Self {
        Self { login, among }
    }

    /// The context, fit to be shown.
    pub(crate) fn context(&self) -> String {
        shown(self.login.context())
    }

    pub(crate) fn login(&self) -> &Login {
        &self.login
    }

    /// Asks, and reads the whole answer.
    ///
    /// # Errors
    /// Everything that is not an [`Answer`].
    pub(crate) async fn get(
        &self,
        gate: &dyn Gate,
        scope: &ScopeKey,
        target: &Target<'_>,
        most: usize,
    ) -> Result<Answer, Fault> {
        let mut renewed = false;
        loop {
            let (client, number) = self.login.client().await.map_err(|fault| self.told(fault))?;
            let identity = self.login.facts().identity.as_str();
            let answer = call(gate, identity, target.operation(), scope, |aside| {
                let client = client.clone();
                async move {
                    let response = self.send(&client, target).await?;
                    if let Some(after) = seconds(&response) {
                        aside.retry_after(after);
                    }
                    self.read(target, response, most).await
                }
            })
            .await;
            let Err(fault) = answer else { return answer };
            if renewed || !is_unknown(&fault) || !self.login.refused(number).await {
                return Err(self.told(fault));
            }
            renewed = true;
        }
    }

    /// Opens a watch. The call ends, for the gate, when it is open.
    ///
    /// # Errors
    /// Everything that is not [`Opened`].
    pub(crate) async fn watch(
        &self,
        gate: &dyn Gate,
        scope: &ScopeKey,
        target: &Target<'_>,
    ) -> Result<Opened, Fault> {
        let mut renewed = false;
        loop {
            let (client, number) = self.login.client().await.map_err(|fault| self.told(fault))?;
            let mut permit = gate.admit(&self.login.facts().identity, target.operation(), scope).await?;
            let give_up = permit.give_up();
            let opened = tokio::select! {
                opened = tokio::time::timeout(OPEN, self.open(&client, target)) => opened.unwrap_or_else(|_| {
                    let words = format!("{}: the watch did not open within {} s", self.context(), OPEN.as_secs());
                    Err(Fault::new(FaultKind::Timeout, target.operation().as_str(), words))
                }),
                fault = give_up => Err(fault),
            };
            let fault = match opened {
                Ok(opened) => {
                    permit.finish(CallResult::Ok);
                    return Ok(opened);
                }
                Err(fault) => fault,
            };
            if let FaultKind::Throttled { after: Some(after) } = fault.kind {
                permit.retry_after(after);
            }
            permit.finish(CallResult::from(&fault));
            if renewed || !is_unknown(&fault) || !self.login.refused(number).await {
                return Err(self.told(fault));
            }
            renewed = true;
        }
    }

    async fn open(&self, client: &kube::Client, target: &Target<'_>) -> Result<Opened, Fault> {
        let response = self.send(client, target).await?;
        if response.status().is_success() {
            return Ok(Opened::Lines(Lines::new(response.into_body())));
        }
        match self.read(target, response, MOST_ERROR).await? {
            Answer::Expired => Ok(Opened::Expired),
            Answer::Unsupported(fault) => Ok(Opened::Unsupported(fault)),
            // A status that is no error was dealt with before.
            Answer::Good(_) => Ok(Opened::Expired),
        }
    }

    async fn send(&self, client: &kube::Client, target: &Target<'_>) -> Result<Response<Body>, Fault> {
        let operation = target.operation().as_str();
        let request = Request::builder()
            .method(Method::GET)
            .uri(target.uri()?)
            .header(ACCEPT, target.accept())
            .body(Body::empty())
            .map_err(|e| Fault::new(FaultKind::Internal, operation, format!("odd request: {e}")))?;
        client
            .send(request)
            .await
            .map_err(|e| failure::unreachable(&e, &self.login.facts().server, &self.asked(target)))
    }

    async fn read(
        &self,
        target: &Target<'_>,
        response: Response<Body>,
        most: usize,
    ) -> Result<Answer, Fault> {
        let status = response.status();
        let after = response.headers().get("retry-after").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let most = if status.is_success() { most } else { MOST_ERROR };
        let bytes = body::whole(response.into_body(), most).await.map_err(|lost| {
            let context = self.context();
            let (kind, words) = match lost {
                Lost::Broken(why) => {
                    (FaultKind::Unreachable, format!("{context} broke the answer off: {}", shown(&why)))
                }
                Lost::TooLarge => (
                    FaultKind::TooLarge,
                    format!(
                        "{context} answers with more than {} MB; ask for smaller pages with page=N",
                        most >> 20
                    ),
                ),
            };
            Fault::new(kind, target.operation().as_str(), words)
        })?;
        if status.is_success() {
            return Ok(Answer::Good(bytes));
        }
        let status = Status::read(status.as_u16(), &bytes);
        if status.is_expired() {
            return Ok(Answer::Expired);
        }
        if let Target::Version { group, .. } = target
            && !group.is_empty()
            && status.code >= 500
        {
            // One API server of its own that is down is not waited for: the plan has other groups.
            let words = format!(
                "the API server of its own that serves the group {} does not answer ({}); see `kubectl get apiservices`",
                shown(group),
                status.code
            );
            return Err(Fault::new(FaultKind::NotFound, target.operation().as_str(), words));
        }
        let fault = failure::fault(&status, after.as_deref(), &self.asked(target));
        if status.is_unsupported() { Ok(Answer::Unsupported(fault)) } else { Err(fault) }
    }

    /// A fault that an event of a watch carries.
    pub(crate) fn fault(&self, status: &Status, target: &Target<'_>) -> Fault {
        self.told(failure::fault(status, None, &self.asked(target)))
    }

    /// Nobody else's run ends because this context cannot log in.
    fn told(&self, fault: Fault) -> Fault {
        if self.among && fault.kind == FaultKind::Unauthenticated {
            return Fault { kind: FaultKind::Denied, ..fault };
        }
        fault
    }

    fn asked<'a>(&'a self, target: &Target<'a>) -> Asked<'a> {
        let (verb, of) = match target {
            Target::Core | Target::Groups | Target::Version { .. } | Target::KubeSystem => ("get", None),
            Target::List { of, .. } => ("list", Some(of)),
            Target::Watch { of, .. } => ("watch", Some(of)),
        };
        Asked {
            operation: target.operation().as_str(),
            verb,
            resource: of.map(|of: &Objects<'a>| of.resource),
            namespace: of.and_then(|of| of.namespace),
            context: self.login.context(),
            renew: self.login.facts().renew.as_deref(),
        }
    }
}

fn is_unknown(fault: &Fault) -> bool {
    fault.kind == FaultKind::Unauthenticated
}

fn seconds(response: &Response<Body>) -> Option<Duration> {
    if !matches!(response.status().as_u16(), 429 | 503) {
        return None;
    }
    let text = response.headers().get("retry-after")?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}
