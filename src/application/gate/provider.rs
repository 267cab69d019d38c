//! What is known of providers before the first call: which are this machine itself, and how many calls a
//! second the others are asked for at the most. Knows nothing of any single call.

use std::num::NonZeroU32;

/// So many calls a second to one endpoint of one account, and so many at once after a pause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    pub(crate) burst: NonZeroU32,
}

/// Providers whose calls do not leave this machine: nothing there is rationed, and one file that cannot
/// be read says nothing about the next.
const LOCAL: [&str; 3] = ["host", "file", "demo"];

/// Below what these providers publish for read calls, so that other tools of the same account have room:
/// EC2 grants most Describe calls 20 a second after a burst of 100, Azure Resource Manager 25 a second
/// per principal, Google Compute 20 a second per project; the API server queues fairly by itself.
/// Any other provider is not rationed until it throttles.
const KNOWN: [(&str, f64, u32); 4] =
    [("aws", 10.0, 50), ("azure", 10.0, 50), ("gcp", 10.0, 50), ("k8s", 50.0, 100)];

pub(crate) fn is_local(provider: &str) -> bool {
    LOCAL.contains(&provider)
}

pub(super) fn rate_of(provider: &str) -> Option<Rate> {
    let (_, per_second, burst) = KNOWN.iter().find(|(name, ..)| *name == provider)?;
    Some(Rate { per_second: *per_second, burst: NonZeroU32::new(*burst)? })
}
