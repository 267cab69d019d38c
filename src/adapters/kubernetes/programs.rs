//! Programs that a kubeconfig's user names for its credentials (`exec`): what each is, whether it was
//! confirmed, and how it is run.
//!
//! None runs before the user saw and confirmed it ([`Programs`]). Knows no network.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>

use std::{path::PathBuf, process::Stdio, time::Duration};

use cloudscope_domain::redact::Redactor;
use cloudscope_ports::{Fault, FaultKind};
use jiff::Timestamp;
use kube::config::{ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::failure::shown;

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Its answer is no longer.
const LONGEST: u64 = 1 << 20;

/// Which programs the user confirmed, by the hash of the configuration that names them.
pub trait Programs: Send + Sync {
    /// Whether this one may run.
    fn confirmed(&self, program: &Program) -> bool;
}

/// A program that a kubeconfig names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The context that it is run for.
    pub context: String,
    /// The user of the kubeconfig that names it.
    pub user: String,
    /// The program: a name that is looked for in `PATH`, or an absolute path.
    pub command: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The variables that it is given besides, by name. Their values are part of the hash.
    pub variables: Vec<String>,
    hash: String,
}

impl Program {
    /// The program of a user, if it names one.
    pub(crate) fn of(context: &str, user: &str, exec: &ExecConfig) -> Option<Self> {
        let command = exec.command.clone().filter(|c| !c.is_empty())?;
        let arguments = exec.args.clone().unwrap_or_default();
        let mut hasher = blake3::Hasher::new();
        let mut part = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        part("kubeconfig exec");
        part(user);
        part(&command);
        part(exec.api_version.as_deref().unwrap_or_default());
        part(if exec.provide_cluster_info { "cluster" } else { "" });
        part(&arguments.len().to_string());
        arguments.iter().for_each(|argument| part(argument));
        let variables = variables(exec);
        for (name, value) in &variables {
            part(name);
            part(value);
        }
        Some(Self {
            context: context.to_owned(),
            user: user.to_owned(),
            command,
            arguments,
            variables: variables.into_iter().map(|(name, _)| name).collect(),
            hash: hasher.finalize().to_hex().to_string(),
        })
    }

    /// Pins user, program, arguments and variables; anything else is another hash.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The command line, for messages that are kept: what looks secret in it is not shown.
    pub(crate) fn told(&self, redactor: &Redactor) -> String {
        let words: Vec<String> = std::iter::once(&self.command).chain(&self.arguments).cloned().collect();
        let mut words = redactor.command_line(&words).into_iter();
        let command = words.next().unwrap_or_default();
        shown(&Self { command, arguments: words.collect(), ..self.clone() }.line())
    }

    /// The command line as it is, for whoever is to confirm it.
    #[must_use]
    pub fn line(&self) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+@:=,%".contains(c);
        let quoted = |word: &String| {
            let bare = !word.is_empty() && word.chars().all(plain);
            if bare { word.clone() } else { format!("'{}'", word.replace('\'', r"'\''")) }
        };
        std::iter::once(&self.command).chain(&self.arguments).map(quoted).collect::<Vec<_>>().join(" ")
    }

    /// The command that usually helps when such a program fails.
    pub(crate) fn renew(&self) -> Option<String> {
        let name = self.command.rsplit('/').next().unwrap_or_default();
        let after = |flag: &str| {
            let at = self.arguments.iter().position(|a| a == flag)?;
            self.arguments
                .get(at + 1)
                .filter(|v| v.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)))
        };
        Some(match name {
            "aws" => match after("--profile") {
                Some(profile) => format!("aws sso login --profile {profile}"),
                None => "aws sso login".to_owned(),
            },
            "aws-iam-authenticator" => "aws sso login".to_owned(),
            "gke-gcloud-auth-plugin" | "gcloud" => "gcloud auth login".to_owned(),
            "kubelogin" | "az" => "az login".to_owned(),
            "doctl" => "doctl auth init".to_owned(),
            "tsh" => "tsh login".to_owned(),
            "oc" => "oc login".to_owned(),
            _ => return None,
        })
    }
}

fn variables(exec: &ExecConfig) -> Vec<(String, String)> {
    let entries = exec.env.iter().flatten();
    entries.filter_map(|e| Some((e.get("name")?.clone(), e.get("value")?.clone()))).collect()
}

/// What a program answered.
#[derive(Clone, Default)]
pub(crate) struct Credential {
    pub(crate) token: Option<String>,
    /// Certificate and key, PEM.
    pub(crate) certificate: Option<(String, String)>,
    pub(crate) expires: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    status: Option<AnswerStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerStatus {
    #[serde(default)]
    expiration_timestamp: Option<String>,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    client_certificate_data: Option<String>,
    #[serde(default)]
    client_key_data: Option<String>,
}

/// Runs a program that was confirmed. It gets no terminal, and the home directory to stand in.
///
/// # Errors
/// `Unauthenticated` with what the program said of it.
pub(crate) async fn run(
    program: &Program,
    exec: &ExecConfig,
    redactor: &Redactor,
) -> Result<Credential, Fault> {
    let wrong = |words: String| {
        let words = format!("the program of the context {}: {words}", shown(&program.context));
        let fault = Fault::new(FaultKind::Unauthenticated, "k8s:Configure", words);
        match program.renew() {
            Some(command) => fault.renew(command),
            None => fault,
        }
    };
    if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
        return Err(wrong(format!(
            "`{}` wants to ask at a terminal; log in with it first, and set interactiveMode: IfAvailable",
            program.told(redactor)
        )));
    }
    let version = exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1");
    let mut spec = json!({"interactive": false});
    if exec.provide_cluster_info {
        spec["cluster"] = serde_json::to_value(&exec.cluster).unwrap_or(Value::Null);
    }
    let info = json!({"apiVersion": version, "kind": "ExecCredential", "spec": spec});
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|h| h.is_absolute());
    let mut child = tokio::process::Command::new(&program.command)
        .args(&program.arguments)
        .envs(variables(exec))
        .env("KUBERNETES_EXEC_INFO", info.to_string())
        .current_dir(home.unwrap_or_else(|| PathBuf::from("/")))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| {
            let hint = exec.install_hint.as_deref().map(|h| format!("; {}", shown(h))).unwrap_or_default();
            wrong(format!("cannot run `{}`: {e}{hint}", shown(&program.command)))
        })?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let reading = async {
        let (out, err) = futures::join!(drain(out), drain(err));
        (child.wait().await, out, err)
    };
    let Ok((status, out, err)) = tokio::time::timeout(PATIENCE, reading).await else {
        return Err(wrong(format!("gave no answer within {} s", PATIENCE.as_secs())));
    };
    let good = status.as_ref().is_ok_and(std::process::ExitStatus::success);
    if !good {
        let how = status.map_or_else(|e| e.to_string(), |s| s.to_string());
        let text = String::from_utf8_lossy(&err);
        let line = text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or_default().to_owned();
        let line = redactor.text(&line).unwrap_or(line);
        return Err(wrong(format!("it failed ({how}): {}", shown(&line))));
    }
    // Its answer is a secret, and so is whatever of it cannot be read.
    let answer: Answer = serde_json::from_slice(&out)
        .map_err(|_| wrong("its answer is no ExecCredential; try it by hand".to_owned()))?;
    let status = answer.status.ok_or_else(|| wrong("its answer has no status".to_owned()))?;
    let expires = match &status.expiration_timestamp {
        None => None,
        Some(text) => Some(
            text.parse().map_err(|_| wrong("its answer expires at something that is no time".to_owned()))?,
        ),
    };
    let certificate = status.client_certificate_data.zip(status.client_key_data);
    let token = status.token.filter(|t| !t.is_empty());
    if token.is_none() && certificate.is_none() {
        return Err(wrong("its answer has neither a token nor a certificate".to_owned()));
    }
    Ok(Credential { token, certificate, expires })
}

async fn drain(pipe: Option<impl tokio::io::AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What comes after that is left in the pipe; a program that writes so much is given up in time.
        let _ = pipe.take(LONGEST).read_to_end(&mut bytes).await;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(command: &str, arguments: &[&str]) -> ExecConfig {
        ExecConfig {
            api_version: Some("client.authentication.k8s.io/v1".into()),
            command: Some(command.into()),
            args: Some(arguments.iter().map(|a| (*a).to_owned()).collect()),
            env: Some(vec![
                [("name".to_owned(), "AWS_PROFILE".to_owned()), ("value".to_owned(), "p".to_owned())].into(),
            ]),
            ..ExecConfig::default()
        }
    }

    fn sh(script: &str) -> (Program, ExecConfig) {
        let exec = exec("/bin/sh", &["-c", script]);
        (Program::of("c", "u", &exec).unwrap(), exec)
    }

    fn redactor() -> Redactor {
        Redactor::new([7; 32])
    }

    #[test]
    fn another_configuration_is_another_hash() {
        let one = Program::of("c", "u", &exec("aws", &["eks", "get-token"])).unwrap();
        assert_eq!(one.line(), "aws eks get-token");
        assert_eq!(one.variables, ["AWS_PROFILE"]);
        let hash = |user: &str, exec: &ExecConfig| Program::of("c", user, exec).unwrap().hash().to_owned();
        let mut others = vec![
            hash("v", &exec("aws", &["eks", "get-token"])),
            hash("u", &exec("aws2", &["eks", "get-token"])),
            hash("u", &exec("aws", &["eksget-token"])),
            hash("u", &exec("aws", &["eks get-token"])),
        ];
        let mut changed = exec("aws", &["eks", "get-token"]);
        changed.env = None;
        others.push(hash("u", &changed));
        changed = exec("aws", &["eks", "get-token"]);
        changed.provide_cluster_info = true;
        others.push(hash("u", &changed));
        assert!(others.iter().all(|o| o != one.hash()));
        // The same user in another context is the same program.
        assert_eq!(Program::of("d", "u", &exec("aws", &["eks", "get-token"])).unwrap().hash(), one.hash());
    }

    #[tokio::test]
    async fn a_program_answers() {
        let answer =
            r#"{"status":{"token":"t-'$AWS_PROFILE'","expirationTimestamp":"2030-01-01T00:00:00Z"}}"#;
        let (program, exec) = sh(&format!("test -z \"$(cat)\" && echo '{answer}'"));
        let credential = run(&program, &exec, &redactor()).await.map_err(|f| f.message).unwrap();
        assert_eq!(credential.token.as_deref(), Some("t-p"));
        assert!(credential.expires.is_some());
    }

    #[tokio::test]
    async fn a_program_that_fails_says_why_without_secrets() {
        let told = async |script: &str| {
            let (program, exec) = sh(script);
            let Err(fault) = run(&program, &exec, &redactor()).await else { panic!() };
            assert_eq!(fault.kind, FaultKind::Unauthenticated);
            fault.message
        };
        let words = told("echo secret-on-stdout; echo 'session expired' >&2; exit 3").await;
        assert!(words.contains("session expired") && !words.contains("secret-on-stdout"), "{words}");
        let words = told("echo '{\"status\":{\"token\":7, \"s3cret\"'").await;
        assert!(!words.contains("s3cret"), "{words}");
        assert!(told("echo '{\"status\":{}}'").await.contains("neither"));
        assert!(told("echo '{}'").await.contains("no status"));
    }

    #[tokio::test]
    async fn a_program_that_wants_a_terminal_is_not_run() {
        let (program, mut exec) = sh("echo '{\"status\":{\"token\":\"t\"}}'");
        exec.interactive_mode = Some(ExecInteractiveMode::Always);
        assert!(run(&program, &exec, &redactor()).await.is_err());
    }

    #[test]
    fn messages_do_not_show_what_looks_secret() {
        let program =
            Program::of("c", "u", &exec("get-token", &["--password", "hunter2hunter2", "-v"])).unwrap();
        let told = program.told(&redactor());
        assert!(told.starts_with("get-token --password") && !told.contains("hunter2"), "{told}");
        assert!(program.line().contains("hunter2"));
    }

    #[test]
    fn what_helps_is_known() {
        let renew = |command: &str, arguments: &[&str]| {
            Program::of("c", "u", &exec(command, arguments)).unwrap().renew()
        };
        assert_eq!(renew("aws", &["--profile", "prod"]).as_deref(), Some("aws sso login --profile prod"));
        assert_eq!(renew("/usr/bin/gke-gcloud-auth-plugin", &[]).as_deref(), Some("gcloud auth login"));
        assert_eq!(renew("own", &[]), None);
    }
}
