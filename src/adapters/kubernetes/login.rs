//! A connection of one context: what its kubeconfig says of server and user, made into a client when it is
//! needed and made anew when the credentials run out.
//!
//! Programs run only when they are confirmed. Knows nothing of what is asked for.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use cloudscope_domain::redact::Redactor;
use cloudscope_ports::{Fault, FaultKind};
use http::{HeaderValue, header::USER_AGENT};
use jiff::Timestamp;
use kube::{
    Config,
    config::{AuthInfo, KubeConfigOptions},
};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{
    failure::{chain, shown},
    kubeconfig::{Files, Surroundings},
    options::Options,
    programs::{self, Credential, Program, Programs},
    proxy,
};

/// To reach a server at all.
const CONNECT: Duration = Duration::from_secs(10);
/// So long before they run out, credentials are made anew.
const EARLY: i64 = 30;
/// Credentials that were refused are not made anew more often than that.
const PAUSE: Duration = Duration::from_secs(20);

/// What is known of a context before anybody is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The address of the server.
    pub(crate) server: String,
    /// Address and authority, so that it is seen when they change.
    pub(crate) mark: [u8; 32],
    /// The user of the kubeconfig, and as whom it acts.
    pub(crate) identity: String,
    /// The namespace of the context.
    pub(crate) namespace: Option<String>,
    /// The certificate of the server is not checked.
    pub(crate) unchecked: bool,
    /// The command that renews the credentials.
    pub(crate) renew: Option<String>,
}

/// How one context is reached.
pub(crate) struct Login {
    context: String,
    options: Options,
    around: Surroundings,
    programs: Arc<dyn Programs>,
    redactor: Redactor,
    facts: Facts,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    made: Option<Made>,
    count: u64,
    refused: Option<Instant>,
    /// Why none could be made, and when.
    failed: Option<(Instant, Fault)>,
}

struct Made {
    client: kube::Client,
    number: u64,
    expires: Option<Timestamp>,
}

impl Login {
    /// Looks at what the files say of a context.
    ///
    /// # Errors
    /// When it cannot be used as it stands.
    pub(crate) async fn new(
        files: &Files,
        context: &str,
        options: &Options,
        around: &Surroundings,
        programs: Arc<dyn Programs>,
        redactor: Redactor,
    ) -> Result<Self, Fault> {
        let config = configuration(files, context).await?;
        let facts = facts(files, context, &config, options);
        Ok(Self {
            context: context.to_owned(),
            options: options.clone(),
            around: around.clone(),
            programs,
            redactor,
            facts,
            state: Mutex::default(),
        })
    }

    pub(crate) fn context(&self) -> &str {
        &self.context
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// A client with credentials that hold, and its number for [`Login::refused`].
    ///
    /// # Errors
    /// Why there is none, and what to do.
    pub(crate) async fn client(&self) -> Result<(kube::Client, u64), Fault> {
        let mut state = self.state.lock().await;
        let now = Timestamp::now().as_second();
        if let Some(made) = &state.made
            && made.expires.is_none_or(|e| now + EARLY < e.as_second())
        {
            return Ok((made.client.clone(), made.number));
        }
        // Many ask at once; they are told the same, and a program that failed runs once.
        if let Some((at, fault)) = &state.failed
            && at.elapsed() < PAUSE
        {
            return Err(fault.clone());
        }
        let (client, expires) = match self.make().await {
            Ok(made) => made,
            Err(fault) => {
                state.failed = Some((Instant::now(), fault.clone()));
                return Err(fault);
            }
        };
        state.failed = None;
        state.count += 1;
        let number = state.count;
        state.made = Some(Made { client: client.clone(), number, expires });
        Ok((client, number))
    }

    /// The server does not know the credentials of that client. Whether it is worth another try: the files
    /// are read and programs run anew, but not all the time.
    pub(crate) async fn refused(&self, number: u64) -> bool {
        let mut state = self.state.lock().await;
        if state.made.as_ref().is_some_and(|made| made.number != number) {
            return true;
        }
        if state.refused.is_some_and(|at| at.elapsed() < PAUSE) {
            return false;
        }
        state.refused = Some(Instant::now());
        state.made = None;
        true
    }

    async fn make(&self) -> Result<(kube::Client, Option<Timestamp>), Fault> {
        let (options, around) = (self.options.clone(), self.around.clone());
        let files = tokio::task::spawn_blocking(move || Files::read(&options, &around))
            .await
            .map_err(|e| wrong(FaultKind::Internal, &self.context, e))?;
        let mut config = configuration(&files, &self.context).await?;
        if facts(&files, &self.context, &config, &self.options).mark != self.facts.mark {
            let words = "it leads to another server than when the run began; collect again";
            return Err(wrong(FaultKind::Refused, &self.context, words));
        }
        let user = files.context(&self.context).and_then(|c| c.user.clone()).unwrap_or_default();
        let expires = self.authenticate(&user, &mut config.auth_info).await?;
        if let Some(user) = &self.options.user {
            config.auth_info.impersonate = Some(user.clone());
            config.auth_info.impersonate_groups = Some(self.options.groups.clone());
            config.auth_info.impersonate_uid = None;
            config.auth_info.impersonate_user_extra = None;
        }
        // Whatever is tried again, the gate decides; what takes too long, the caller.
        config.default_retry = false;
        config.connect_timeout = Some(CONNECT);
        config.read_timeout = None;
        config.write_timeout = Some(CONNECT);
        let agent = HeaderValue::from_static(concat!("cloudscope/", env!("CARGO_PKG_VERSION")));
        config.headers.push((USER_AGENT, agent));
        // Two providers are compiled in, and the library would have to guess.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = kube::Client::try_from(config)
            .map_err(|e| wrong(FaultKind::Malformed, &self.context, unusable(&chain(&e))))?;
        Ok((client, expires))
    }

    /// Leaves in `user` only what the client library can use without asking anybody or running anything.
    async fn authenticate(&self, name: &str, user: &mut AuthInfo) -> Result<Option<Timestamp>, Fault> {
        let (exec, provider) = (user.exec.take(), user.auth_provider.take());
        let basic = user.username.is_some() && user.password.is_some();
        if basic || user.token.is_some() || user.token_file.is_some() {
            return Ok(None);
        }
        if let Some(provider) = provider {
            let id_token = provider.config.get("id-token").filter(|_| provider.name == "oidc");
            let Some(token) = id_token else {
                let words = format!(
                    "the auth-provider `{}` is of the past and not supported; use an exec plugin (kubectl's own documentation says which)",
                    shown(&provider.name)
                );
                return Err(wrong(FaultKind::Unauthenticated, &self.context, words));
            };
            let expires = token_expiry(token);
            if expires.is_some_and(|e| e.as_second() <= Timestamp::now().as_second()) {
                let words = "the OpenID Connect token has expired; kubectl renews it in the kubeconfig when it is used (its \
                             refresh token is not used here, for that may log kubectl out), or use the exec plugin `kubectl oidc-login get-token`";
                let renew =
                    format!("kubectl --context '{}' get --raw /version", self.context.replace('\'', r"'\''"));
                return Err(wrong(FaultKind::Unauthenticated, &self.context, words).renew(renew));
            }
            hold(user, &Credential { token: Some(token.clone()), ..Credential::default() });
            return Ok(expires);
        }
        let Some(exec) = exec else { return Ok(None) };
        let Some(program) = Program::of(&self.context, name, &exec) else {
            let words = "its user has an exec plugin without a command";
            return Err(wrong(FaultKind::Malformed, &self.context, words));
        };
        if !self.programs.confirmed(&program) {
            let words = format!(
                "its user runs a program for credentials that is not confirmed: {}; look at it with `cloudscope sources confirm`",
                program.told(&self.redactor)
            );
            return Err(wrong(FaultKind::Unauthenticated, &self.context, words)
                .renew(format!("cloudscope sources confirm {}", word(&self.context))));
        }
        let credential = programs::run(&program, &exec, &self.redactor).await?;
        hold(user, &credential);
        Ok(credential.expires)
    }
}

/// `k8s:NAME`, as a word of a shell.
fn word(context: &str) -> String {
    let text = format!("k8s:{context}");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+@:=".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Puts a credential where the library takes it from.
fn hold(user: &mut AuthInfo, credential: &Credential) {
    let mut value = json!({});
    if let Some(token) = &credential.token {
        value["token"] = Value::from(token.as_str());
    }
    if let Some((certificate, key)) = &credential.certificate {
        value["client-certificate-data"] = Value::from(STANDARD.encode(certificate));
        value["client-key-data"] = Value::from(STANDARD.encode(key));
    }
    if let Ok(held) = serde_json::from_value::<AuthInfo>(value) {
        user.token = held.token;
        if held.client_certificate_data.is_some() {
            (user.client_certificate, user.client_key) = (None, None);
            user.client_certificate_data = held.client_certificate_data;
            user.client_key_data = held.client_key_data;
        }
    }
}

/// When a JSON Web Token expires. Its signature is the server's to check.
fn token_expiry(token: &str) -> Option<Timestamp> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    Timestamp::from_second(claims.get("exp")?.as_i64()?).ok()
}

/// The library's view of a context. Reads the certificates that it names.
async fn configuration(files: &Files, context: &str) -> Result<Config, Fault> {
    let mut config = if files.is_inside(context) {
        Config::incluster_env().map_err(|e| wrong(FaultKind::Malformed, context, chain(&e)))?
    } else {
        let options = KubeConfigOptions { context: Some(context.to_owned()), ..KubeConfigOptions::default() };
        Config::from_custom_kubeconfig(files.config.clone(), &options)
            .await
            .map_err(|e| wrong(FaultKind::Malformed, context, shown(&chain(&e))))?
    };
    let bad = |words: String| wrong(FaultKind::Malformed, context, words);
    let host = config.cluster_url.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let near = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match config.cluster_url.scheme_str() {
        Some("https") => {}
        Some("http") if near => {}
        _ => {
            let server = shown(&config.cluster_url.to_string());
            return Err(bad(format!("{server} is not encrypted; use https, http is for this machine only")));
        }
    }
    let own = own_proxy(files, context);
    config.proxy_url =
        proxy::proxy(&config.cluster_url, own.as_deref(), |name| std::env::var(name).ok()).map_err(bad)?;
    Ok(config)
}

fn own_proxy(files: &Files, context: &str) -> Option<String> {
    let name = &files.context(context)?.cluster;
    let cluster = files.config.clusters.iter().find(|c| c.name == *name)?.cluster.as_ref()?;
    cluster.proxy_url.clone()
}

fn facts(files: &Files, context: &str, config: &Config, options: &Options) -> Facts {
    let server = config.cluster_url.to_string();
    let mut hasher = blake3::Hasher::new();
    hasher.update(server.trim_end_matches('/').as_bytes());
    for certificate in config.root_cert.iter().flatten() {
        hasher.update(&(certificate.len() as u64).to_le_bytes());
        hasher.update(certificate);
    }
    let named = files.context(context);
    let user = named.and_then(|c| c.user.clone()).unwrap_or_else(|| {
        if files.is_inside(context) { "service account".to_owned() } else { "nobody".to_owned() }
    });
    let acts_as = options.user.as_ref().or(config.auth_info.impersonate.as_ref());
    let identity = match acts_as {
        Some(other) => format!("{user} as {other}"),
        None => user.clone(),
    };
    let program = config.auth_info.exec.as_ref().and_then(|exec| Program::of(context, &user, exec));
    let inside = files.is_inside(context).then(|| config.default_namespace.clone());
    Facts {
        server,
        mark: *hasher.finalize().as_bytes(),
        identity,
        namespace: named.and_then(|c| c.namespace.clone()).filter(|n| !n.is_empty()).or(inside),
        unchecked: config.accept_invalid_certs,
        renew: program.and_then(|p| p.renew()),
    }
}

/// Why no client can be made of what the kubeconfig says. `openssl x509 -req` without extensions makes
/// certificates of version 1; kubectl takes them, rustls does not, and says that the key is not valid.
fn unusable(why: &str) -> String {
    if why.contains("UnsupportedCertVersion") {
        return "its client certificate is of X.509 version 1, which cannot be used here; issue one of \
                version 3, with `extendedKeyUsage=clientAuth`"
            .to_owned();
    }
    why.to_owned()
}

fn wrong(kind: FaultKind, context: &str, words: impl std::fmt::Display) -> Fault {
    Fault::new(kind, "k8s:Configure", format!("the context {}: {words}", shown(context)))
}

#[cfg(test)]
mod tests;
