//! One call: leave from the gate, endpoint, signature, request, answer, and what an error means.
//!
//! Knows no kinds and no listings. Every call passes the gate; a call that is tried again passes it again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use cloudscope_domain::ScopeKey;
use cloudscope_ports::{Aside, CollectContext, Fault, FaultKind, Operation as Gated, call};
use futures::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};

use crate::{
    account::{Account, Login, Role, is_good},
    failure::{self, Meaning, Place},
    model::{Models, Operation, Service},
    transport::{Answer, Caller, Transport},
    typed::{TypedCall, TypedClient, Witness},
    wire,
};

/// What is asked, of whom, on whose behalf.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) context: &'a CollectContext,
    pub(crate) scope: &'a ScopeKey,
    pub(crate) account: &'a Account,
    /// Where; the account's home for what is global.
    pub(crate) region: &'a str,
    pub(crate) target: &'a Target,
    /// Error codes that mean that there is nothing.
    pub(crate) absent: &'a [String],
    /// Error codes that mean that the service is not switched on.
    pub(crate) disabled: &'a [String],
}

/// An operation, with all that is known of it beforehand.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) service: Arc<Service>,
    /// `service:Operation`, as the gate knows it.
    pub(crate) gated: Gated,
    /// What it needs.
    pub(crate) permissions: Vec<String>,
}

impl Target {
    /// An operation of the compiled-in list.
    ///
    /// # Errors
    /// When it is not on it.
    pub(crate) fn find(name: &str, permissions: &[String]) -> Result<Self, String> {
        let unknown = || format!("`{name}` is not among the operations that this program may call");
        let (service, operation) = name.split_once(':').ok_or_else(unknown)?;
        let service = Models::builtin().service(service).ok_or_else(unknown)?;
        service.operation(operation).ok_or_else(unknown)?;
        let permissions = match permissions {
            [] => vec![crate::permission::of(&service, operation)],
            given => given.to_vec(),
        };
        Ok(Self { gated: Gated(name.to_owned().into()), service, permissions })
    }

    /// How it is called, paged and answered.
    ///
    /// # Errors
    /// Never for a target that was found.
    pub(crate) fn operation(&self) -> Result<&Operation, Fault> {
        let name = self.gated.as_str();
        let name = name.split_once(':').map_or(name, |(_, operation)| operation);
        self.service.operation(name).ok_or_else(|| {
            Fault::new(FaultKind::Internal, self.gated.as_str(), "the operation is not in the model")
        })
    }
}

/// Calls AWS.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) transport: Transport,
    /// Who makes the calls of one service instead.
    pub(crate) typed: Option<Arc<dyn TypedClient>>,
    /// Other accounts of the source may still work when one does not.
    pub(crate) several: std::sync::atomic::AtomicBool,
    /// Seconds that AWS's clock is ahead of ours, when that matters.
    skew: AtomicI64,
}

/// A shorter difference between clocks is none.
const SKEW: i64 = 60;
/// Bounds of one answer; larger ones are faults.
const BOUNDS: wire::Bounds = wire::Bounds {
    depth: 64,
    bytes: crate::transport::MAX_BODY,
    items: 2_000_000,
    unknown: wire::Unknown::Keep,
};

impl Client {
    pub(crate) fn new(transport: Transport, typed: Option<Arc<dyn TypedClient>>) -> Self {
        Self { transport, typed, several: false.into(), skew: AtomicI64::new(0) }
    }

    /// Makes one call. `None` when an error code of `absent` says that there is nothing.
    ///
    /// # Errors
    /// What went wrong, with account, region and what to do.
    pub(crate) async fn call(&self, ask: &Ask<'_>, input: &Value) -> Result<Option<Value>, Fault> {
        let name = ask.target.gated.as_str();
        let operation = ask.target.operation()?;
        let encoded = wire::encode(&ask.target.service, operation, input)
            .map_err(|e| Fault::new(FaultKind::Internal, name, format!("cannot write the call: {e}")))?;
        let (url, signing_region) = self.address(ask)?;
        let mut again = true;
        loop {
            let credentials = self.credentials(ask).await?;
            let skew = self.skew.load(Ordering::Relaxed);
            let ended =
                call(&*ask.context.gate, &ask.account.identity, &ask.target.gated, ask.scope, |aside| {
                    self.once(ask, input, &encoded, &url, &signing_region, credentials.as_ref(), aside)
                })
                .await;
            let (fault, meaning) = match ended {
                Ok(Reply::Output(value)) => return Ok(Some(value)),
                Ok(Reply::Nothing) => return Ok(None),
                Ok(Reply::Refused(fault, meaning)) => (fault, meaning),
                Err(fault) => return Err(fault),
            };
            // Once: with the other side's clock, or with fresh credentials.
            let fresh = match (meaning, &credentials) {
                (Meaning::NotKnown, Some(_)) => return Err(self.not_known(ask, fault).await),
                (Meaning::Skewed, _) => self.skew.load(Ordering::Relaxed) != skew,
                (Meaning::Expired, Some(refused)) => self.forget(ask, refused).await,
                _ => false,
            };
            if !(fresh && std::mem::take(&mut again)) {
                return Err(fault);
            }
        }
    }

    /// One try. A refusal of the credentials is no failure of the call: it may be mended.
    #[expect(clippy::too_many_arguments, reason = "what is made once for all tries")]
    async fn once(
        &self,
        ask: &Ask<'_>,
        input: &Value,
        encoded: &wire::WireRequest,
        url: &str,
        signing_region: &str,
        credentials: Option<&Credentials>,
        _aside: Aside,
    ) -> Result<Reply, Fault> {
        let typed = self.typed.as_deref().filter(|t| t.service() == &*ask.target.service.name);
        if let (Some(typed), Some(credentials)) = (typed, credentials) {
            return self.typed(ask, input, url, signing_region, credentials, typed).await;
        }
        let request = self.request(ask, encoded, url, signing_region, credentials)?;
        let answer = self.transport.send(request, ask.target.gated.as_str()).await?;
        if !answer.is_good() {
            return self.refused(ask, &answer);
        }
        let operation = ask.target.operation()?;
        let output = wire::decode(
            &ask.target.service,
            operation,
            answer.status,
            &answer.headers,
            &answer.body,
            BOUNDS,
        );
        match output {
            Ok(output) => Ok(Reply::Output(output)),
            // An error under a status that says success means the same as under its own.
            Err(wire::DecodeError::Refused(_)) => self.refused(ask, &answer),
            Err(e) => Err(malformed(ask, &answer, &e.to_string())),
        }
    }

    /// One try by another client.
    async fn typed(
        &self,
        ask: &Ask<'_>,
        input: &Value,
        endpoint: &str,
        region: &str,
        credentials: &Credentials,
        typed: &dyn TypedClient,
    ) -> Result<Reply, Fault> {
        let name = ask.target.gated.as_str();
        let witness = Witness::new(self.transport.clone(), name);
        let call = TypedCall {
            operation: &ask.target.operation()?.name,
            input,
            endpoint,
            region,
            credentials: credentials.clone(),
            time: self.time(ask.context),
            http: SharedHttpClient::new(witness.clone()),
        };
        let output = typed.call(call).await;
        match (witness.seen(), output) {
            (Some(Err(fault)), _) => Err(fault),
            (Some(Ok(answer)), _) if !answer.is_good() => self.refused(ask, &answer),
            (Some(Ok(_)), Ok(output)) => Ok(Reply::Output(output)),
            (Some(Ok(answer)), Err(why)) => Err(malformed(ask, &answer, &why)),
            (None, output) => {
                let why = output.err().unwrap_or_else(|| "nothing was sent".to_owned());
                Err(Fault::new(FaultKind::Internal, name, format!("cannot make the call: {why}")))
            }
        }
    }

    /// What an answer means that is an error.
    fn refused(&self, ask: &Ask<'_>, answer: &Answer) -> Result<Reply, Fault> {
        let name = ask.target.gated.as_str();
        let service = &ask.target.service;
        let error = wire::error(service, answer.status, &answer.headers, &answer.body);
        if failure::is_listed(ask.absent, &error.code) {
            return Ok(Reply::Nothing);
        }
        let meaning = match Meaning::of(answer.status, &error) {
            // EC2 says so of a token that has expired as well; the clocks tell which.
            Meaning::Skewed if error.code == "RequestExpired" && !self.differs(ask, answer) => {
                Meaning::Expired
            }
            meaning => meaning,
        };
        let place = self.place(ask);
        let mut fault = failure::fault(answer, &error, meaning, &place);
        if failure::is_listed(ask.disabled, &error.code) {
            let words = format!("not switched on in {}: {}", ask.account.id, failure::told(&error));
            fault = Fault::new(FaultKind::Disabled, name, words);
        }
        if meaning == Meaning::Skewed
            && let Some(date) = answer.date()
        {
            self.learn(ask, date);
        }
        match meaning {
            Meaning::Skewed | Meaning::Expired | Meaning::NotKnown => Ok(Reply::Refused(fault, meaning)),
            _ => Err(fault),
        }
    }

    fn place<'a>(&self, ask: &Ask<'a>) -> Place<'a> {
        Place {
            operation: ask.target.gated.as_str(),
            account: &ask.account.id,
            region: &ask.scope.region,
            permission: ask.target.permissions.first().map_or("", String::as_str),
            renew: ask.account.renew.as_deref(),
            alone: !self.several.load(Ordering::Relaxed),
        }
    }

    /// Whether the other side's clock is not the one that the call was signed by.
    fn differs(&self, ask: &Ask<'_>, answer: &Answer) -> bool {
        answer.date().is_some_and(|theirs| {
            let signed = self.time(ask.context);
            let apart = theirs.duration_since(signed).unwrap_or_else(|e| e.duration());
            apart.as_secs() >= SKEW.unsigned_abs()
        })
    }

    fn learn(&self, ask: &Ask<'_>, theirs: SystemTime) {
        let ours = now(ask.context);
        let ahead = match theirs.duration_since(ours) {
            Ok(ahead) => i64::try_from(ahead.as_secs()).unwrap_or(0),
            Err(behind) => -i64::try_from(behind.duration().as_secs()).unwrap_or(0),
        };
        // A clock that was set right meanwhile counts as well.
        if (ahead - self.skew.load(Ordering::Relaxed)).abs() >= SKEW {
            self.skew.store(ahead, Ordering::Relaxed);
        }
    }

    /// Where the call goes, and the region that its signature names.
    fn address(&self, ask: &Ask<'_>) -> Result<(String, String), Fault> {
        let service = &ask.target.service;
        // What S3 still calls the region of its oldest European buckets.
        let region = if ask.region == "EU" { "eu-west-1" } else { ask.region };
        let endpoint = service.endpoint(region, ask.account.endpoints.options);
        if let Some(own) = ask.account.endpoints.of(service) {
            let region = endpoint.map_or_else(|| region.to_owned(), |e| e.signing_region);
            return Ok((own.to_owned(), region));
        }
        endpoint.map(|e| (e.url, e.signing_region)).ok_or_else(|| {
            let words = format!("{} is not offered in {region}", service.name);
            Fault::new(FaultKind::Disabled, ask.target.gated.as_str(), words)
        })
    }

    fn request(
        &self,
        ask: &Ask<'_>,
        encoded: &wire::WireRequest,
        url: &str,
        signing_region: &str,
        credentials: Option<&Credentials>,
    ) -> Result<reqwest::Request, Fault> {
        let name = ask.target.gated.as_str();
        let wrong =
            |what: &str| Fault::new(FaultKind::Internal, name, format!("cannot make the request: {what}"));
        let url = match &encoded.host_prefix {
            Some(prefix) if ask.account.endpoints.of(&ask.target.service).is_none() => {
                url.replacen("://", &format!("://{prefix}"), 1)
            }
            _ => url.to_owned(),
        };
        let url = format!("{url}{}", encoded.path_and_query);
        let parsed = reqwest::Url::parse(&url).map_err(|e| wrong(&e.to_string()))?;
        let mut host = parsed.host_str().unwrap_or_default().to_owned();
        if let Some(port) = parsed.port() {
            host = format!("{host}:{port}");
        }
        let mut headers = encoded.headers.clone();
        headers.push(("host".to_owned(), host));
        let mut request = reqwest::Request::new(encoded.method.clone(), parsed);
        if let Some(credentials) = credentials {
            let signed =
                self.sign(ask, encoded, request.url().as_str(), &headers, signing_region, credentials);
            headers.extend(signed.map_err(|e| wrong(&e))?);
        }
        for (header, value) in headers {
            let header: reqwest::header::HeaderName = header.parse().map_err(|_| wrong("a header's name"))?;
            request.headers_mut().insert(header, value.parse().map_err(|_| wrong("a header's value"))?);
        }
        if !encoded.body.is_empty() {
            *request.body_mut() = Some(encoded.body.clone().into());
        }
        Ok(request)
    }

    fn sign(
        &self,
        ask: &Ask<'_>,
        encoded: &wire::WireRequest,
        url: &str,
        headers: &[(String, String)],
        region: &str,
        credentials: &Credentials,
    ) -> Result<Vec<(String, String)>, String> {
        let service = &ask.target.service;
        let mut settings = SigningSettings::default();
        if matches!(&*service.signing_name, "s3" | "s3-outposts") {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(&service.signing_name)
            .time(self.time(ask.context))
            .settings(settings)
            .build()
            .map_err(|e| e.to_string())?
            .into();
        let pairs = headers.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        let signable =
            SignableRequest::new(encoded.method.as_str(), url, pairs, SignableBody::Bytes(&encoded.body))
                .map_err(|e| e.to_string())?;
        let (instructions, _) = sign(signable, &parameters).map_err(|e| e.to_string())?.into_parts();
        let (added, _) = instructions.into_parts();
        Ok(added.into_iter().map(|h| (h.name().to_owned(), h.value().to_owned())).collect())
    }

    /// The time by AWS's clock.
    fn time(&self, context: &CollectContext) -> SystemTime {
        let ahead = self.skew.load(Ordering::Relaxed);
        let shift = Duration::from_secs(ahead.unsigned_abs());
        let ours = now(context);
        if ahead < 0 { ours - shift } else { ours + shift }
    }

    /// What a call is signed with; nothing when it takes no signature.
    async fn credentials(&self, ask: &Ask<'_>) -> Result<Option<Credentials>, Fault> {
        if ask.target.operation()?.unsigned {
            return Ok(None);
        }
        let now = now(ask.context);
        match &ask.account.login {
            Login::Chain(chain) => {
                let caller = Caller {
                    gate: Arc::clone(&ask.context.gate),
                    scope: ask.scope.clone(),
                    identity: ask.account.identity.clone(),
                };
                let renew = ask.account.renew.as_deref();
                caller
                    .within(chain.credentials(now, renew))
                    .await
                    .map(Some)
                    .map_err(|fault| self.one_of_many(fault))
            }
            Login::Role(role) => {
                let bundle = role.bundles.of(ask.target.permissions.first().map_or("", String::as_str));
                let (policy, kept) = role.session(bundle)?;
                // Whoever comes second waits for the session of the first.
                let mut kept = kept.lock().await;
                if let Some(good) = kept.as_ref().filter(|c| is_good(c, now)) {
                    return Ok(Some(good.clone()));
                }
                let fresh = self.assume(ask, role, policy).await?;
                *kept = Some(fresh.clone());
                Ok(Some(fresh))
            }
        }
    }

    /// Credentials that one region does not know and the account's home does: then the account has not
    /// enabled the region, unless AWS said that it has. Boxed, because it is itself a call.
    fn not_known<'a>(&'a self, ask: &'a Ask<'_>, fault: Fault) -> BoxFuture<'a, Fault> {
        async move {
            let account = ask.account;
            if ask.region == account.home || account.regions.are_told(ask.region) {
                return fault;
            }
            let place = account.regions.works_at_home(ask.region);
            if !*place.get_or_init(|| self.works_at_home(ask)).await {
                return fault;
            }
            let words = format!(
                "{} has not enabled the region {}: its credentials are good in {} and not there; {}",
                account.id, ask.region, account.home, fault.message
            );
            Fault::new(FaultKind::Disabled, fault.operation, words)
        }
        .boxed()
    }

    async fn works_at_home(&self, ask: &Ask<'_>) -> bool {
        let Ok(target) = Target::find("sts:GetCallerIdentity", &[]) else { return false };
        let ask = Ask { region: &ask.account.home, target: &target, absent: &[], disabled: &[], ..*ask };
        self.call(&ask, &json!({})).await.is_ok()
    }

    /// One account that cannot log in does not end the others.
    fn one_of_many(&self, mut fault: Fault) -> Fault {
        if fault.kind == FaultKind::Unauthenticated && self.several.load(Ordering::Relaxed) {
            fault.kind = FaultKind::Denied;
        }
        fault
    }

    /// Boxed, because it is itself a call.
    fn assume<'a>(
        &'a self,
        ask: &'a Ask<'_>,
        role: &'a Role,
        policy: &'a str,
    ) -> BoxFuture<'a, Result<Credentials, Fault>> {
        self.assume_once(ask, role, policy).boxed()
    }

    async fn assume_once(&self, ask: &Ask<'_>, role: &Role, policy: &str) -> Result<Credentials, Fault> {
        const NAME: &str = "sts:AssumeRole";
        let target = Target::find(NAME, &[]).map_err(|e| Fault::new(FaultKind::Internal, NAME, e))?;
        let mut input = json!({
            "RoleArn": role.arn, "RoleSessionName": "cloudscope", "DurationSeconds": 3600, "Policy": policy,
        });
        if let Some(id) = &role.external_id {
            input["ExternalId"] = id.as_str().into();
        }
        let ask = Ask {
            account: &role.base,
            region: &role.base.home,
            target: &target,
            absent: &[],
            disabled: &[],
            ..*ask
        };
        let answer = self.call(&ask, &input).await.map_err(|mut fault| {
            fault.message = format!("cannot assume {}: {}", role.arn, fault.message);
            self.one_of_many(fault)
        })?;
        let answer = answer.unwrap_or_default();
        let text = |key: &str| answer["Credentials"][key].as_str().map(str::to_owned);
        let (Some(id), Some(secret), Some(token)) =
            (text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken"))
        else {
            return Err(Fault::new(
                FaultKind::Malformed,
                NAME,
                format!("AWS gave no credentials for {}", role.arn),
            ));
        };
        let expiry = text("Expiration").and_then(|t| t.parse::<jiff::Timestamp>().ok()).map(SystemTime::from);
        Ok(Credentials::new(id, secret, Some(token), expiry, "cloudscope-role"))
    }

    /// Whether there may be fresh credentials after these were refused.
    async fn forget(&self, ask: &Ask<'_>, refused: &Credentials) -> bool {
        match &ask.account.login {
            Login::Chain(chain) => chain.forget(refused).await,
            Login::Role(role) => {
                let bundle = role.bundles.of(ask.target.permissions.first().map_or("", String::as_str));
                role.forget(bundle, refused).await;
            }
        }
        true
    }
}

enum Reply {
    Output(Value),
    Nothing,
    Refused(Fault, Meaning),
}

fn malformed(ask: &Ask<'_>, answer: &Answer, why: &str) -> Fault {
    let kind = answer.header("content-type").unwrap_or("no content type");
    let words = format!(
        "the answer for {} cannot be read ({why}; {} bytes, {kind}); is this AWS, or a proxy's page?",
        ask.account.id,
        answer.body.len()
    );
    Fault::new(
        FaultKind::Malformed,
        ask.target.gated.as_str(),
        cloudscope_domain::text::visible(&words).into_owned(),
    )
}

/// The time, as the program has it.
pub(crate) fn now(context: &CollectContext) -> SystemTime {
    let millis = context.clock.now().millis();
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}
