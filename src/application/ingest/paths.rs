//! Sets of paths into a payload (RFC 6901 pointers in which `*` stands for any one step), to name
//! what is volatile and which arrays are sets.

/// Paths to match against.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct PathSet(Vec<Vec<String>>);

impl PathSet {
    /// Parses pointers such as `/cpu/*/ticks`.
    pub(super) fn parse(pointers: &[String]) -> Self {
        Self(
            pointers
                .iter()
                .map(|p| {
                    p.trim_start_matches('/')
                        .split('/')
                        .map(|step| step.replace("~1", "/").replace("~0", "~"))
                        .collect()
                })
                .collect(),
        )
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this path is one of them.
    pub(super) fn matches<S: AsRef<str>>(&self, path: &[S]) -> bool {
        self.0.iter().any(|p| {
            p.len() == path.len()
                && p.iter().zip(path).all(|(want, have)| want == "*" || want == have.as_ref())
        })
    }
}
