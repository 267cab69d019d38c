//! Where another client makes and reads the calls of a service instead of ours.
//!
//! Rows, pages, credentials, the gate, the connections and what an error means stay the same: only who
//! writes the request and who reads the answer differ.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use cloudscope_ports::Fault;
use serde_json::Value;

use crate::transport::{Answer, Transport, incoming, outgoing};

/// A client for the calls of one service.
#[async_trait]
pub trait TypedClient: Debug + Send + Sync {
    /// The service, by botocore's folder name.
    fn service(&self) -> &'static str;

    /// Makes one call: one request through `TypedCall::http`, tried once. The output has the model's names.
    ///
    /// # Errors
    /// In words. What the service or the network answered is judged by the caller, who saw it pass.
    async fn call(&self, call: TypedCall<'_>) -> Result<Value, String>;
}

/// One call.
#[derive(Debug)]
pub struct TypedCall<'a> {
    /// Its name.
    pub operation: &'a str,
    /// Its parameters, by the model's names.
    pub input: &'a Value,
    /// Where it goes.
    pub endpoint: &'a str,
    /// The region to sign for.
    pub region: &'a str,
    /// What to sign with.
    pub credentials: Credentials,
    /// The time of the signature.
    pub time: SystemTime,
    /// The connections to use.
    pub http: SharedHttpClient,
}

/// Our connections, for one call; keeps what was answered.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    transport: Transport,
    operation: String,
    seen: Arc<Mutex<Option<Result<Answer, Fault>>>>,
}

impl Witness {
    pub(crate) fn new(transport: Transport, operation: &str) -> Self {
        Self { transport, operation: operation.to_owned(), seen: Arc::default() }
    }

    /// What was answered last.
    pub(crate) fn seen(&self) -> Option<Result<Answer, Fault>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl HttpClient for Witness {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Witness {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let own = self.clone();
        HttpConnectorFuture::new(async move {
            let other = |words: String| ConnectorError::other(words.into(), None);
            let url = reqwest::Url::parse(request.uri()).map_err(|e| other(e.to_string()))?;
            let answer = match outgoing(&request, url, &own.operation) {
                Ok(request) => own.transport.send(request, &own.operation).await,
                Err(fault) => Err(fault),
            };
            let response = match &answer {
                Ok(answer) => incoming(answer),
                Err(fault) => Err(other(fault.message.clone())),
            };
            *own.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            response
        })
    }
}
