//! A hook as the configuration defines it, read once into types that cannot be wrong. Knows the form,
//! nothing of running it.

mod filter;
mod leaf;
mod target;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use filter::{Filter, KindPattern};
pub use leaf::{AbsolutePath, BadHook, HookName, SecretName, Span};
pub use target::{Allowed, Target};

/// What a hook can be attached to. The names are those of `Happening`; a test holds the two together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "`Happening` explains each of them")]
pub enum Event {
    AssetCreated,
    AssetChanged,
    AssetGone,
    AssetsUnknown,
    RunFinished,
    ScopeFailed,
}

impl Event {
    /// Its name, as in a notice.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AssetCreated => "asset-created",
            Self::AssetChanged => "asset-changed",
            Self::AssetGone => "asset-gone",
            Self::AssetsUnknown => "assets-unknown",
            Self::RunFinished => "run-finished",
            Self::ScopeFailed => "scope-failed",
        }
    }

    /// Whether it speaks of one asset, which has a kind and a provider.
    #[must_use]
    pub fn has_asset(self) -> bool {
        matches!(self, Self::AssetCreated | Self::AssetChanged | Self::AssetGone)
    }
}

/// One hook: on these events, if the filter lets them through, do that.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct HookSpec {
    /// Its name.
    pub name: HookName,
    /// What it is attached to.
    pub events: Vec<Event>,
    /// Which of them.
    pub only: Filter,
    /// What is done.
    pub action: Action,
}

/// What a hook does.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Runs a program.
    Command(CommandSpec),
    /// Sends a POST.
    Webhook(WebhookSpec),
}

/// A program with its arguments; never a shell, never a word of an asset in them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSpec {
    /// The absolute path of the program.
    pub program: AbsolutePath,
    /// Its arguments, as they are.
    #[serde(default)]
    pub args: Vec<String>,
    /// How long one run may take.
    #[serde(default = "half_a_minute")]
    pub timeout: Span,
    /// How many runs may be under way at a time.
    #[serde(default = "one")]
    pub concurrency: usize,
}

/// A POST of notices, signed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSpec {
    /// Where to.
    pub url: Target,
    /// The name of the key among the program's secrets.
    pub secret: SecretName,
    /// How long one attempt may take.
    #[serde(default = "ten_seconds")]
    pub timeout: Span,
    /// How often a delivery is attempted.
    #[serde(default = "five")]
    pub attempts: u32,
    /// How many notices one POST may carry.
    #[serde(default = "hundred")]
    pub batch: usize,
    /// Private and loopback addresses may be connected to as well.
    #[serde(default)]
    pub allow_private: bool,
    /// Addresses and networks that may be connected to although they are not public.
    #[serde(default)]
    pub allow: Vec<Allowed>,
    /// Trust the certificates in this PEM file, and no others.
    #[serde(default)]
    pub ca_file: Option<AbsolutePath>,
}

fn half_a_minute() -> Span {
    Span::seconds(30)
}

fn ten_seconds() -> Span {
    Span::seconds(10)
}

fn one() -> usize {
    1
}

fn five() -> u32 {
    5
}

fn hundred() -> usize {
    100
}

/// The form in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: HookName,
    events: Vec<Event>,
    #[serde(default)]
    only: Filter,
    #[serde(default)]
    command: Option<CommandSpec>,
    #[serde(default)]
    webhook: Option<WebhookSpec>,
}

/// The most that one hook may run at a time.
pub(crate) const CONCURRENCY: usize = 8;
/// The most notices in one POST.
const BATCH: usize = 1_000;
/// The most attempts at one delivery.
const ATTEMPTS: u32 = 10;

impl TryFrom<Written> for HookSpec {
    type Error = BadHook;

    fn try_from(w: Written) -> Result<Self, BadHook> {
        let bad =
            |key: &str, what: String| Err(BadHook(format!("the hook `{}`: {key}: {what}", w.name.as_str())));
        if w.events.is_empty() {
            return bad("events", "it is attached to nothing; name at least one event".into());
        }
        if let Some(event) = w.events.iter().find(|e| !e.has_asset())
            && w.only.needs_an_asset()
        {
            return bad(
                "only",
                format!("`{}` has no kind and no provider; make a hook of its own for it", event.name()),
            );
        }
        let action = match (w.command, w.webhook) {
            (Some(command), None) => {
                if command.args.len() > 64 || command.args.iter().any(|a| a.len() > 4_096 || a.contains('\0'))
                {
                    return bad("args", "at most 64 arguments of 4096 bytes, without NUL".into());
                }
                if !(1..=CONCURRENCY).contains(&command.concurrency) {
                    return bad("concurrency", format!("use 1 to {CONCURRENCY}"));
                }
                Action::Command(command)
            }
            (None, Some(webhook)) => {
                if !(1..=ATTEMPTS).contains(&webhook.attempts) {
                    return bad("attempts", format!("use 1 to {ATTEMPTS}"));
                }
                if !(1..=BATCH).contains(&webhook.batch) {
                    return bad("batch", format!("use 1 to {BATCH}"));
                }
                if !webhook.url.is_https() && !webhook.allow_private {
                    return bad(
                        "url",
                        "plain http is for loopback only, and needs `allow_private: true`".into(),
                    );
                }
                Action::Webhook(webhook)
            }
            _ => return bad("action", "give it either a `command` or a `webhook`".into()),
        };
        Ok(Self { name: w.name, events: w.events, only: w.only, action })
    }
}

impl HookSpec {
    /// What it does, in words. Of a URL only the host: its path may be as good as a password.
    #[must_use]
    pub fn what(&self) -> String {
        match &self.action {
            Action::Command(c) => format!("command {}", c.program.shown()),
            Action::Webhook(w) => format!("webhook {}", w.url.host()),
        }
    }

    /// The names of its events.
    #[must_use]
    pub fn event_names(&self) -> Vec<String> {
        self.events.iter().map(|e| e.name().to_owned()).collect()
    }

    /// The hash that a confirmation is pinned to: SHA-256 over everything that the configuration says
    /// of this hook. Whatever is changed in it has to be confirmed again.
    #[must_use]
    pub fn pin(&self) -> String {
        use std::fmt::Write as _;
        let mut hash = Sha256::new();
        hash.update(b"cloudscope hook 1\n");
        // Plain data in the order of its fields; writing it to memory cannot fail.
        hash.update(serde_json::to_vec(self).unwrap_or_default());
        hash.finalize().iter().fold(String::new(), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
    }
}

#[cfg(test)]
mod tests;
