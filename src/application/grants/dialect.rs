//! What each provider's part of the grants promises. A collector to come needs nothing here: it names the
//! permission that it lacked, and the dialect of its provider knows the rest.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use cloudscope_domain::ScopeKey;

/// A permission that may be asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Need {
    /// The namespace that it is needed in; `None` for everywhere.
    pub(super) namespace: Option<String>,
    /// As its provider writes it; of the dialect's own shape.
    pub(super) permission: String,
}

impl Need {
    pub(super) fn everywhere(permission: impl Into<String>) -> Self {
        Self { namespace: None, permission: permission.into() }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            None => f.write_str(&self.permission),
            Some(namespace) => write!(f, "{} in {namespace}", self.permission),
        }
    }
}

/// What the words of a denial say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// This lists or describes.
    Need(Need),
    /// This is not asked for.
    LeftOut {
        /// As it was named; foreign text.
        permission: String,
        /// Why not.
        reason: &'static str,
    },
}

/// Why a wildcard is left out.
pub(super) const WILDCARD: &str = "a wildcard is never asked for";

/// A document in the making.
pub(super) struct Document {
    pub(super) title: &'static str,
    /// `json` or `yaml`.
    pub(super) format: &'static str,
    pub(super) text: String,
    /// What whoever grants it must do besides.
    pub(super) remark: Option<String>,
}

/// How a provider names permissions, which may be asked for, and in what document.
pub(super) trait Dialect: Sync {
    /// The collectors whose denials are in this dialect.
    fn collectors(&self) -> &'static [&'static str];

    /// The permissions that a denial names: `named` is what the collector took for the permission, alone
    /// or inside a sentence; `words` is the whole message. Empty when it is not of this dialect.
    fn read(&self, named: &str, words: &str) -> Vec<Said>;

    /// Takes out what another need covers already, and credits that with its scopes.
    fn reduce(&self, needs: &mut BTreeMap<Need, BTreeSet<ScopeKey>>) {
        let _ = needs;
    }

    /// The document that grants exactly these, in their order.
    fn document(&self, needs: &[Need], accounts: &BTreeSet<String>) -> Document;
}

/// The word that follows a marker, without the quotes and punctuation around it.
pub(super) fn after<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(marker)?;
    let word = rest.split_whitespace().next()?;
    let word = word.trim_matches(|c: char| "'\"`()[]{}<>,;.".contains(c));
    (!word.is_empty()).then_some(word)
}

/// The words of a bare list, `a:B, a:C`; none of them empty.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c == ',' || c.is_whitespace()).filter(|w| !w.is_empty())
}

/// Whether a word consists of letters and digits of ASCII, and of these besides.
pub(super) fn plain(word: &str, besides: &str) -> bool {
    !word.is_empty()
        && word.len() <= 128
        && word.chars().all(|c| c.is_ascii_alphanumeric() || besides.contains(c))
}
