//! Kubeconfigs that lead to the server, in the ways that real ones do.

use serde_json::{Value, json};

/// How a context proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A bearer token.
    Token(String),
    /// A certificate and its key, in PEM.
    Certificate(String, String),
    /// A program that prints an ExecCredential, with its arguments.
    Program(String, Vec<String>),
    /// Nothing.
    Nothing,
}

/// A context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The name of its cluster entry.
    pub cluster: String,
    /// `https://127.0.0.1:6443`.
    pub server: String,
    /// The authority's certificate, in PEM.
    pub authority: String,
    /// How it proves who it is.
    pub proof: Proof,
    /// The namespace that it is set to.
    pub namespace: Option<String>,
    /// Whom it acts as.
    pub impersonate: Option<String>,
}

/// A kubeconfig with these contexts; the first is the current one. JSON is YAML too.
#[must_use]
pub fn kubeconfig(contexts: &[Context]) -> String {
    let base64 = |text: &str| encode(text.as_bytes());
    let mut clusters: Vec<Value> = Vec::new();
    for c in contexts {
        if clusters.iter().all(|known| known["name"] != json!(c.cluster)) {
            let body = json!({"server": c.server, "certificate-authority-data": base64(&c.authority)});
            clusters.push(json!({"name": c.cluster, "cluster": body}));
        }
    }
    let user = |c: &Context| {
        let mut user = match &c.proof {
            Proof::Token(token) => json!({"token": token}),
            Proof::Certificate(certificate, key) => json!({
                "client-certificate-data": base64(certificate), "client-key-data": base64(key),
            }),
            Proof::Program(command, arguments) => json!({"exec": {
                "apiVersion": "client.authentication.k8s.io/v1", "command": command, "args": arguments,
                "interactiveMode": "Never", "env": null, "provideClusterInfo": false,
            }}),
            Proof::Nothing => json!({}),
        };
        if let Some(other) = &c.impersonate {
            user["as"] = json!(other);
        }
        json!({"name": format!("{}-user", c.name), "user": user})
    };
    let users: Vec<Value> = contexts.iter().map(user).collect();
    let context = |c: &Context| {
        let mut body = json!({"cluster": c.cluster, "user": format!("{}-user", c.name)});
        if let Some(namespace) = &c.namespace {
            body["namespace"] = json!(namespace);
        }
        json!({"name": c.name, "context": body})
    };
    let listed: Vec<Value> = contexts.iter().map(context).collect();
    let whole = json!({
        "apiVersion": "v1", "kind": "Config", "preferences": {}, "clusters": clusters, "users": users,
        "contexts": listed, "current-context": contexts.first().map(|c| c.name.clone()).unwrap_or_default(),
    });
    format!("{whole:#}\n")
}

/// Base64 with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + 4);
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(n >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}
