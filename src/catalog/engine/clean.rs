//! Takes secrets out of the texts that are derived from an item, where there may be any.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::redact::Redactor;

/// What to do with derived texts.
#[derive(Clone, Copy)]
pub(super) struct Clean<'r> {
    pub(super) redactor: &'r Redactor,
    /// Something in the item may look secret.
    pub(super) needed: bool,
}

impl Clean<'_> {
    pub(super) fn text(self, text: String) -> String {
        if !self.needed {
            return text;
        }
        self.redactor.text(&text).unwrap_or(text)
    }

    pub(super) fn shared(self, text: &str) -> Arc<str> {
        let clean = if self.needed { self.redactor.text(text) } else { None };
        clean.map_or_else(|| text.into(), Into::into)
    }

    pub(super) fn tags(self, tags: BTreeMap<String, String>) -> BTreeMap<String, String> {
        tags.into_iter()
            .map(|(key, value)| {
                let value = self.redactor.field(&key, &value).unwrap_or(value);
                (self.text(key), value)
            })
            .collect()
    }
}
