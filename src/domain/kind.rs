//! Kinds (`aws.ec2.instance`) and the twelve categories they fall into.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// A dotted, lower-case kind such as `host.process`. Each part has letters, digits, `-` and `_`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Kind(Arc<str>);

/// The text was not a kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind; write dotted lower-case words such as `aws.ec2.instance`")]
pub struct BadKind(pub String);

impl Kind {
    /// The dotted text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The dotted parts, first to last.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }

    /// A kind made from foreign words: whatever may not stand in one becomes `-`.
    #[must_use]
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut out = String::new();
        for word in words {
            let word: String = word
                .chars()
                .flat_map(char::to_lowercase)
                .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' { c } else { '-' })
                .collect();
            let word = word.trim_matches('-');
            if word.is_empty() {
                continue;
            }
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(word);
        }
        if out.is_empty() {
            out.push_str("other");
        }
        Self(out.into())
    }
}

impl FromStr for Kind {
    type Err = BadKind;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let good = !s.is_empty()
            && s.len() <= 128
            && s.split('.').all(|p| {
                !p.is_empty()
                    && p.bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
            });
        if good { Ok(Self(s.into())) } else { Err(BadKind(s.to_owned())) }
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let s = std::borrow::Cow::<'_, str>::deserialize(d)?;
        s.parse().map_err(D::Error::custom)
    }
}

impl Borrow<str> for Kind {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// What an asset is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Category {
    Compute,
    Container,
    Serverless,
    Storage,
    Database,
    Network,
    Analytics,
    Ai,
    Identity,
    Security,
    Integration,
    Management,
    #[default]
    Other,
}

impl Category {
    /// Every category, in the order screens list them.
    pub const ALL: [Self; 13] = [
        Self::Compute,
        Self::Container,
        Self::Serverless,
        Self::Storage,
        Self::Database,
        Self::Network,
        Self::Analytics,
        Self::Ai,
        Self::Identity,
        Self::Security,
        Self::Integration,
        Self::Management,
        Self::Other,
    ];

    /// The word that stands for it everywhere.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Container => "container",
            Self::Serverless => "serverless",
            Self::Storage => "storage",
            Self::Database => "database",
            Self::Network => "network",
            Self::Analytics => "analytics",
            Self::Ai => "ai",
            Self::Identity => "identity",
            Self::Security => "security",
            Self::Integration => "integration",
            Self::Management => "management",
            Self::Other => "other",
        }
    }
}

impl FromStr for Category {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|c| c.as_str() == s).ok_or_else(|| {
            format!("`{s}` is not a category; one of {}", Self::ALL.map(Self::as_str).join(", "))
        })
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
