//! The small words of a hook: a name, a program, a span of time, the name of a secret.

use std::{path::Path, time::Duration};

use cloudscope_domain::{query::duration, text::visible};
use serde::{Deserialize, Serialize};

/// What is wrong with a hook, naming the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadHook(pub(crate) String);

/// A word of letters, digits, `-` and `_`, at most 64 of them.
fn word(text: &str, what: &str) -> Result<(), BadHook> {
    let good = !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if good {
        return Ok(());
    }
    Err(BadHook(format!("`{}` is not the name of a {what}; use letters, digits, - and _", visible(text))))
}

macro_rules! word_type {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadHook;

            fn try_from(text: String) -> Result<Self, BadHook> {
                word(&text, $what).map(|()| Self(text))
            }
        }
    };
}

word_type! {
    /// The name of a hook.
    HookName, "hook"
}

word_type! {
    /// The name of a key among the program's secrets.
    SecretName, "secret"
}

/// The absolute path of a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct AbsolutePath(String);

impl AbsolutePath {
    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        Path::new(&self.0)
    }

    /// The path for people.
    #[must_use]
    pub fn shown(&self) -> String {
        visible(&self.0).into_owned()
    }
}

impl TryFrom<String> for AbsolutePath {
    type Error = BadHook;

    fn try_from(text: String) -> Result<Self, BadHook> {
        if !text.starts_with('/') || text.ends_with('/') || text.contains('\0') || text.len() > 4_096 {
            return Err(BadHook(format!(
                "`{}` is not the absolute path of a file; nothing is searched for, so write it from / on",
                visible(&text)
            )));
        }
        Ok(Self(text))
    }
}

/// How long something may take: 100 ms to an hour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(Duration);

impl Span {
    pub(super) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The time.
    #[must_use]
    pub fn get(self) -> Duration {
        self.0
    }
}

impl TryFrom<String> for Span {
    type Error = BadHook;

    fn try_from(text: String) -> Result<Self, BadHook> {
        let millis = duration(text.trim())
            .and_then(|m| u64::try_from(m).ok())
            .filter(|m| (100..=3_600_000).contains(m));
        let millis = millis.ok_or_else(|| {
            BadHook(format!("`{}` is not a time limit; write 30s or 2m, from 0.1s to 1h", visible(&text)))
        })?;
        Ok(Self(Duration::from_millis(millis)))
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        format!("{}s", span.0.as_secs_f64())
    }
}
