//! Which of the events a hook is attached to it really wants: by source, kind and provider. All that are
//! given must fit; of each, one of the list.

use cloudscope_domain::{SourceName, asset::Provider, text::visible};
use cloudscope_ports::Happening;
use serde::{Deserialize, Serialize};

use super::BadHook;

/// A filter on events; an empty list lets everything through.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Sources that speak of it.
    pub sources: Vec<SourceName>,
    /// Kinds of the asset.
    pub kinds: Vec<KindPattern>,
    /// Providers of the asset.
    pub providers: Vec<Provider>,
}

impl Filter {
    /// Whether it asks for what only an event about one asset has.
    pub(super) fn needs_an_asset(&self) -> bool {
        !self.kinds.is_empty() || !self.providers.is_empty()
    }

    /// Whether an event comes through.
    #[must_use]
    pub fn lets(&self, happening: &Happening) -> bool {
        let source = |name: &SourceName| self.sources.is_empty() || self.sources.contains(name);
        match happening {
            Happening::AssetCreated { asset }
            | Happening::AssetChanged { asset, .. }
            | Happening::AssetGone { asset, .. } => {
                (source(&asset.source) || asset.sources.iter().any(source))
                    && (self.kinds.is_empty() || self.kinds.iter().any(|k| k.fits(asset.kind.as_str())))
                    && (self.providers.is_empty() || self.providers.contains(&asset.provider))
            }
            Happening::AssetsUnknown { scope, .. } | Happening::ScopeFailed { scope, .. } => {
                !self.needs_an_asset() && source(&scope.source)
            }
            Happening::RunFinished { run } => {
                !self.needs_an_asset() && (self.sources.is_empty() || run.sources.iter().any(source))
            }
        }
    }
}

/// A dotted kind in which `*` stands for any characters: `aws.ec2.*`, `*.instance`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct KindPattern(String);

impl TryFrom<String> for KindPattern {
    type Error = BadHook;

    fn try_from(text: String) -> Result<Self, BadHook> {
        let good = !text.is_empty()
            && text.len() <= 128
            && text.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_' | b'*')
            });
        if good {
            return Ok(Self(text));
        }
        Err(BadHook(format!("`{}` is no kind; write aws.ec2.instance or aws.ec2.*", visible(&text))))
    }
}

impl KindPattern {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole of a kind fits.
    #[must_use]
    pub fn fits(&self, kind: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = kind.strip_prefix(first) else { return false };
        let mut parts: Vec<&str> = parts.collect();
        // Without a `*` there is nothing left to fit.
        let Some(last) = parts.pop() else { return rest.is_empty() };
        for part in parts {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }
}
