//! What could be collected here without any set-up: this machine, the Terraform states of the working
//! directory, and the cloud and cluster credentials that are named in their usual places.
//!
//! Reads names, never keys or tokens; opens no connection and runs no program. What cannot be read is
//! an entry that says so, never an error.

mod aws;
mod azure;
mod gcp;
mod ini;
mod kubernetes;
mod read;
mod states;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use cloudscope_domain::text::visible;
use cloudscope_ports::{Discovered, SourceSpec};

/// The variables that are looked at. Of those that hold a secret only the presence is used.
const VARIABLES: &[&str] = &[
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "KUBECONFIG",
    "KUBERNETES_SERVICE_HOST",
    "AZURE_CONFIG_DIR",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_SUBSCRIPTION_ID",
    "CLOUDSDK_CONFIG",
    "CLOUDSDK_ACTIVE_CONFIG_NAME",
    "CLOUDSDK_CORE_PROJECT",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
];

/// Entries of one sort that are named one by one; the rest is counted.
const NAMED: usize = 100;

/// Where to look. Injected, so that a test is not at the mercy of the machine it runs on.
#[derive(Clone, Default)]
pub struct Environment {
    /// The user's home directory, if there is one.
    pub home: Option<PathBuf>,
    /// The working directory.
    pub cwd: PathBuf,
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
}

impl Environment {
    /// The environment of this process: only the variables that are looked at are taken.
    #[must_use]
    pub fn current() -> Self {
        let variables = VARIABLES
            .iter()
            .filter_map(|name| std::env::var(name).ok().map(|value| ((*name).to_owned(), value)))
            .collect();
        Self {
            home: std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute()),
            cwd: std::env::current_dir().unwrap_or_default(),
            variables,
        }
    }

    /// A variable that is set to something.
    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The file that a variable names, else the one at its usual place below the home directory.
    fn file(&self, variable: &str, usual: &str) -> Option<PathBuf> {
        match self.get(variable) {
            Some(path) => Some(self.expand(path)),
            None => self.home.as_ref().map(|home| home.join(usual)),
        }
    }

    fn expand(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.cwd.join(path),
        }
    }

    /// A path as people write it.
    fn show(&self, path: &Path) -> String {
        let text = match self.home.as_ref().and_then(|home| path.strip_prefix(home).ok()) {
            Some(rest) => format!("~/{}", rest.display()),
            None => path.display().to_string(),
        };
        visible(&text).into_owned()
    }
}

impl fmt::Debug for Environment {
    /// Names the variables; their values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("home", &self.home)
            .field("cwd", &self.cwd)
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// Everything that was found, this machine first. Blocks on a few small files.
#[must_use]
pub fn discover(env: &Environment) -> Vec<Discovered> {
    let mut found = Found { entries: Vec::new() };
    found.entries.push(Discovered {
        title: "this machine".to_owned(),
        origin: "always there".to_owned(),
        source: Some(SourceSpec {
            name: "host".into(),
            collector: "host".to_owned(),
            options: BTreeMap::new(),
        }),
        add: None,
    });
    states::look(env, &mut found);
    aws::look(env, &mut found);
    kubernetes::look(env, &mut found);
    azure::look(env, &mut found);
    gcp::look(env, &mut found);
    found.entries
}

/// What was found so far.
struct Found {
    entries: Vec<Discovered>,
}

impl Found {
    fn source(&mut self, title: String, origin: String, source: SourceSpec) {
        self.entries.push(Discovered { title, origin, source: Some(source), add: None });
    }

    /// Something that no collector of this version reads.
    fn named(&mut self, title: String, origin: &str) {
        self.addable(title, origin, None);
    }

    /// Something that is collected once the user names it so.
    fn addable(&mut self, title: String, origin: &str, add: Option<String>) {
        let entry = Discovered { title, origin: origin.to_owned(), source: None, add };
        if !self.entries.contains(&entry) {
            self.entries.push(entry);
        }
    }

    /// Several of one sort, the first of them by name.
    fn several(&mut self, titles: Vec<String>, sort: &str, origin: &str) {
        self.several_addable(titles.into_iter().map(|title| (title, None)).collect(), sort, origin);
    }

    fn several_addable(&mut self, titles: Vec<(String, Option<String>)>, sort: &str, origin: &str) {
        let rest = titles.len().saturating_sub(NAMED);
        // Not through `named`: two long names may look alike once they are cut, and are two all the same.
        let first = titles.into_iter().take(NAMED);
        let origin_of = || origin.to_owned();
        let entry = |(title, add)| Discovered { title, origin: origin_of(), source: None, add };
        self.entries.extend(first.map(entry));
        if rest > 0 {
            self.named(format!("{rest} more {sort}"), origin);
        }
    }

    /// A file that is there and cannot be used.
    fn unusable(&mut self, what: &str, origin: &str, reason: &str) {
        self.named(format!("{what} that cannot be read: {reason}"), origin);
    }
}

/// A foreign name, made visible and short enough for a list.
fn label(text: &str) -> String {
    const MOST: usize = 80;
    let text = visible(text.trim());
    match text.char_indices().nth(MOST) {
        None => text.into_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// A region or location, if the text can be one. Anything else was put there by mistake and could be
/// a secret.
fn place(text: &str) -> Option<&str> {
    let text = text.trim();
    let good = (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    good.then_some(text)
}

#[cfg(test)]
mod tests;
