//! Which hooks the user has confirmed: by name, pinned to the hash of what the configuration said then.
//! A hook that was changed since is not confirmed. Plain data; knows not where it is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::HookSpec;

/// Names and pins.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confirmed(BTreeMap<String, String>);

impl Confirmed {
    /// Whether the hook is confirmed as it stands.
    #[must_use]
    pub fn holds(&self, hook: &HookSpec) -> bool {
        self.0.get(hook.name.as_str()).is_some_and(|pin| *pin == hook.pin())
    }

    /// Whether a hook of that name was confirmed once, as it stood then.
    #[must_use]
    pub fn knew(&self, hook: &HookSpec) -> bool {
        self.0.contains_key(hook.name.as_str())
    }

    /// Confirms it as it stands.
    pub fn confirm(&mut self, hook: &HookSpec) {
        self.0.insert(hook.name.as_str().to_owned(), hook.pin());
    }

    /// Takes a confirmation back; says whether there was one.
    pub fn revoke(&mut self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }
}
