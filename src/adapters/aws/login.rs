//! The official credential chain of one profile: what the user's files and environment say, and which
//! programs it would run for that.
//!
//! A `credential_process` runs only after the user saw and confirmed it ([`Programs`]).

use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_runtime::env_config::{file::EnvConfigFiles, section::EnvConfigSections};
use aws_smithy_types::retry::RetryConfig;
use aws_types::os_shim_internal::{Env, Fs};
use cloudscope_ports::{Fault, FaultKind};

use crate::transport::{ChainTransport, Transport};

/// Which programs the user confirmed, by the hash of the configuration that names them.
pub trait Programs: Send + Sync {
    /// Whether this one may run.
    fn confirmed(&self, program: &Program) -> bool;
}

/// A program that a credential configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The profile that names it.
    pub profile: String,
    /// The command line, as it is written.
    pub command: String,
}

impl Program {
    /// Pins profile and command line; another command line is another hash.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"aws credential_process\0");
        hasher.update(self.profile.as_bytes());
        hasher.update(b"\0");
        hasher.update(self.command.as_bytes());
        hasher.finalize().to_hex().to_string()
    }
}

/// The configuration and credentials files, as the official chain reads them.
///
/// # Errors
/// When a file is not in their form.
pub(crate) async fn files() -> Result<EnvConfigSections, Fault> {
    aws_config::profile::load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), None).await.map_err(
        |e| {
            let mut words = e.to_string();
            let mut inner = std::error::Error::source(&e);
            while let Some(error) = inner {
                words = format!("{words}: {error}");
                inner = error.source();
            }
            Fault::new(
                FaultKind::Malformed,
                "aws:Configure",
                format!("cannot read the AWS configuration: {words}"),
            )
        },
    )
}

/// How far a chain of `source_profile` is followed.
const LONGEST_CHAIN: usize = 16;

/// The programs that the credentials of a profile would run.
pub(crate) fn programs(files: &EnvConfigSections, profile: &str) -> Vec<Program> {
    let mut found = Vec::new();
    let mut next = Some(profile.to_owned());
    for _ in 0..LONGEST_CHAIN {
        let Some(name) = next.take() else { break };
        let Some(section) = files.get_profile(&name) else { break };
        if let Some(command) = section.get("credential_process") {
            found.push(Program { profile: name.clone(), command: command.to_owned() });
        }
        next = section.get("source_profile").map(str::to_owned).filter(|other| *other != name);
    }
    found
}

/// What to do where the credentials of a profile need a one-time code, which nobody can be asked for in the
/// middle of a collection. The official chain leaves the code out, so that AWS only says `AccessDenied`.
pub(crate) fn wants_code(files: &EnvConfigSections, profile: &str) -> Option<String> {
    let mut next = Some(profile.to_owned());
    for _ in 0..LONGEST_CHAIN {
        let name = next.take()?;
        let section = files.get_profile(&name)?;
        if let Some(serial) = section.get("mfa_serial") {
            return Some(format!(
                "the profile `{name}` has `mfa_serial`, and a one-time code cannot be asked for here: make a session with `aws sts get-session-token --serial-number {} --token-code CODE`, put its keys into a profile of their own and let `{name}` use that one, without `mfa_serial`",
                quoted(serial)
            ));
        }
        next = section.get("source_profile").map(str::to_owned).filter(|other| *other != name);
    }
    None
}

/// Which file of a web identity cannot be read; the official chain names none.
pub(crate) fn unreadable(files: &EnvConfigSections, profile: &str) -> Option<String> {
    let of_env = Env::real().get(WEB_TOKEN).ok().map(|path| (path, WEB_TOKEN.to_owned()));
    let of_profile = || {
        let path = files.get_profile(profile)?.get("web_identity_token_file")?;
        Some((path.to_owned(), format!("`web_identity_token_file` of the profile `{profile}`")))
    };
    let (path, from) = of_profile().or(of_env)?;
    // A pipe would not be opened before somebody writes to it.
    let opened = std::fs::metadata(&path).map(|m| m.is_file().then(|| std::fs::File::open(&path)));
    let why = opened.and_then(Option::transpose).err()?;
    Some(format!("{from} names {path}, which cannot be read: {why}"))
}

const WEB_TOKEN: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// The command that renews the credentials of a profile, where there is one.
pub(crate) fn renew(files: &EnvConfigSections, profile: &str) -> Option<String> {
    let mut name = profile.to_owned();
    for _ in 0..LONGEST_CHAIN {
        let section = files.get_profile(&name)?;
        if section.get("sso_session").is_some() || section.get("sso_start_url").is_some() {
            return Some(format!("aws sso login --profile {}", quoted(&name)));
        }
        if section.get("login_session").is_some() {
            return Some(format!("aws login --profile {}", quoted(&name)));
        }
        name = section.get("source_profile").map(str::to_owned).filter(|other| *other != name)?;
    }
    None
}

fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+@:".contains(c);
    if name.chars().all(plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

/// Loads a profile's configuration, or the usual chain's; makes no call yet.
pub(crate) async fn load(profile: Option<&str>, transport: &Transport) -> SdkConfig {
    let mut loader: ConfigLoader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(ChainTransport(transport.clone()))
        .retry_config(RetryConfig::disabled());
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    loader.load().await
}

#[cfg(test)]
mod tests {
    use aws_runtime::env_config::file::EnvConfigFileKind;

    use super::*;

    async fn sections(text: &str) -> EnvConfigSections {
        let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, text).build();
        aws_config::profile::load(&Fs::from_slice(&[]), &Env::from_slice(&[]), &files, None).await.unwrap()
    }

    #[tokio::test]
    async fn programs_are_found_along_the_chain() {
        let files = sections(
            "[profile a]\nsource_profile = b\nrole_arn = arn:aws:iam::1:role/x\n[profile b]\ncredential_process = /opt/get keys\n[profile c]\nsource_profile = c\n",
        )
        .await;
        let found = programs(&files, "a");
        assert_eq!(found, [Program { profile: "b".into(), command: "/opt/get keys".into() }]);
        assert_ne!(found[0].hash(), Program { command: "/opt/get  keys".into(), ..found[0].clone() }.hash());
        assert!(programs(&files, "c").is_empty() && programs(&files, "none").is_empty());
    }

    #[tokio::test]
    async fn the_command_that_renews_is_known() {
        let files = sections(
            "[profile a]\nsource_profile = sso%one\nrole_arn = x\n[profile sso%one]\nsso_session = s\n[sso-session s]\nsso_region = eu-west-1\n",
        )
        .await;
        assert_eq!(renew(&files, "a").as_deref(), Some("aws sso login --profile 'sso%one'"));
        assert_eq!(renew(&files, "none"), None);
    }
}
