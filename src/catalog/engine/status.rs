//! The provider's word for how an asset is, and what it means.

use cloudscope_domain::{Status, StatusClass};

use crate::{engine::first, spec::StatusSpec, template::Environment};

/// What the collector gave, where the row takes it; else the first word found, with its meaning; words are compared without case.
pub(super) fn read(
    spec: &StatusSpec,
    given: Option<Status>,
    environment: &Environment<'_>,
) -> Option<Status> {
    if spec.given.is_some() && given.is_some() {
        return given;
    }
    let word = first(&spec.path, environment)?;
    let lower = word.to_lowercase();
    let class = spec.words.iter().find(|(w, _)| *w == lower).map(|(_, c)| *c);
    let counted = || if spec.counts { counted(&word) } else { None };
    let class = class.or_else(counted).unwrap_or(spec.default);
    Some(Status { word: word.into(), class })
}

/// What `2/3` or `2/3 ready` means.
fn counted(word: &str) -> Option<StatusClass> {
    let (have, want) = word.split(' ').next()?.split_once('/')?;
    let (have, want): (u64, u64) = (have.parse().ok()?, want.parse().ok()?);
    Some(match (have, want) {
        (_, 0) => StatusClass::Stopped,
        (0, _) => StatusClass::Error,
        (have, want) if have < want => StatusClass::Warning,
        _ => StatusClass::Ok,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_mean_how_much_of_it_works() {
        assert_eq!(counted("3/3"), Some(StatusClass::Ok));
        assert_eq!(counted("2/3 ready"), Some(StatusClass::Warning));
        assert_eq!(counted("0/3"), Some(StatusClass::Error));
        assert_eq!(counted("0/0"), Some(StatusClass::Stopped));
        assert_eq!(counted("4/3"), Some(StatusClass::Ok));
        assert_eq!(counted("a/3"), None);
        assert_eq!(counted("Ready"), None);
    }
}
