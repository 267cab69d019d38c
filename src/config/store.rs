//! How the store is kept, and how much memory the inventory may take, as it is written.

use cloudscope_application::budget;
use serde::Deserialize;

use super::history::Size;

/// How the store is kept.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Store {
    pub(crate) compact: Compact,
}

/// When the store is compacted without being asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Compact {
    /// When its files are more than some three times what is in them and nothing is collected.
    #[default]
    Auto,
    /// Not at all.
    Never,
}

/// How much memory the inventory may take.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Memory {
    /// `None`: a share of what there is.
    pub(crate) limit: Option<Size>,
}

/// Of what the machine, or the container, has.
const SHARE: (u64, u64) = (3, 4);
/// What the store's engine gets of it, within bounds.
const CACHE: u64 = 32;
const CACHES: std::ops::RangeInclusive<u64> = 16 << 20..=32 << 20;

impl Memory {
    /// Bytes that the inventory may take; `None` when nothing is known to judge by.
    pub(crate) fn limit(&self, machine: Option<u64>) -> Option<u64> {
        self.limit.map(Size::bytes).or_else(|| machine.map(|bytes| bytes / SHARE.1 * SHARE.0))
    }

    /// Bytes of it that are for the cache of the store's engine.
    pub(crate) fn cache(&self, machine: Option<u64>) -> u64 {
        self.limit(machine).map_or(*CACHES.end(), |limit| limit / CACHE).clamp(*CACHES.start(), *CACHES.end())
    }
}

impl Memory {
    /// What was written, and the least that makes sense, in words, where it is less.
    pub(crate) fn too_small(&self) -> Option<(String, String)> {
        let limit = self.limit?.bytes();
        let least = budget::least(self.cache(None)).next_multiple_of(1 << 20);
        (limit < least).then(|| (budget::size(limit), format!("{} MiB", least >> 20)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_limit_in_which_nothing_fits_is_refused_with_the_least_one() {
        let memory =
            |text: &str| Config::parse(&format!("version: 1\nmemory: {{limit: {text}}}")).unwrap().memory;
        let (limit, least) = memory("10 MiB").too_small().unwrap();
        assert_eq!(limit, "10.0 MiB");
        assert_eq!(memory(&least).too_small(), None, "{least}");
        let bytes = least.trim_end_matches(" MiB").parse::<u64>().unwrap() - 1;
        assert_eq!(memory(&format!("{bytes} MiB")).too_small(), Some((format!("{bytes}.0 MiB"), least)));
        assert_eq!(Memory::default().too_small(), None);
    }

    #[test]
    fn without_a_word_it_is_a_share_of_what_there_is() {
        let auto = Memory::default();
        assert_eq!((auto.limit(None), auto.cache(None)), (None, 32 << 20));
        assert_eq!((auto.limit(Some(1 << 30)), auto.cache(Some(1 << 30))), (Some(768 << 20), 24 << 20));
        assert_eq!(auto.cache(Some(1 << 20)), 16 << 20);
    }
}
