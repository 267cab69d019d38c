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
/// per principal, Google Compute 20 a second per project. A Kubernetes API server queues fairly by itself; kubectl
/// asks for no more than 50 a second after a burst of 300. AWS's other
/// services publish little and bear more; S3 answers thousands a second, and wants ten calls for each bucket.
/// Whoever throttles is asked less at once. Any other provider is not rationed until it throttles.
const KNOWN: [(&str, f64, u32); 4] =
    [("aws", 20.0, 100), ("azure", 10.0, 50), ("gcp", 10.0, 50), ("k8s", 50.0, 300)];

/// The same for single services.
const SERVICES: [(&str, &str, f64, u32); 2] = [("aws", "ec2", 10.0, 50), ("aws", "s3", 100.0, 200)];

pub(crate) fn is_local(provider: &str) -> bool {
    LOCAL.contains(&provider)
}

/// Calls that may be under way to one endpoint at least: all kinds of a cluster are behind one.
const WIDE: [(&str, usize); 1] = [("k8s", 20)];

/// How many calls may be under way to one endpoint, of so many that are usual.
pub(super) fn places_of(provider: &str, usual: usize) -> usize {
    let wide = WIDE.iter().find(|(p, _)| *p == provider);
    wide.map_or(usual, |(_, places)| usual.max(*places))
}

pub(super) fn rate_of(provider: &str, service: &str) -> Option<Rate> {
    let own = SERVICES.iter().find(|(p, s, ..)| *p == provider && *s == service);
    let (per_second, burst) = match own {
        Some((.., per_second, burst)) => (*per_second, *burst),
        None => {
            KNOWN.iter().find(|(p, ..)| *p == provider).map(|(_, per_second, burst)| (*per_second, *burst))?
        }
    };
    Some(Rate { per_second, burst: NonZeroU32::new(burst)? })
}
