//! The dice of the made-up estate: every id, name, count and date is a hash of the seed and of what it is
//! for, so any part of the estate can be made alone, in any order, and refer to any other part.
//!
//! Knows the time only as a tick of whole minutes: the same minute gives the same estate, a later one
//! an estate in which a little has happened since.

use std::fmt::{self, Write as _};

use cloudscope_domain::Timestamp;
use serde_json::{Map, Value, json};

/// About so many assets has the estate when nobody asks for another size.
pub const USUAL_SIZE: usize = 2_400;

/// Before this nothing of the estate is younger: 2026-11-01T00:00:00Z.
const EPOCH: i64 = 1_793_491_200_000;
const DAY: i64 = 86_400_000;

/// Services of the made-up company, each with the team that owns it.
pub(crate) const SERVICES: [(&str, &str); 16] = [
    ("checkout", "payments"),
    ("payments", "payments"),
    ("billing", "payments"),
    ("catalog", "storefront"),
    ("search", "storefront"),
    ("cart", "storefront"),
    ("pricing", "storefront"),
    ("recommendations", "data"),
    ("reports", "data"),
    ("warehouse", "data"),
    ("orders", "fulfilment"),
    ("shipping", "fulfilment"),
    ("inventory", "fulfilment"),
    ("identity", "platform"),
    ("gateway", "platform"),
    ("notifications", "platform"),
];

const OWNERS: [&str; 6] = ["ana.demo", "bo.demo", "chen.demo", "divya.demo", "emeka.demo", "fatima.demo"];

/// One estate at one minute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    seed: u64,
    size: usize,
    tick: u64,
}

impl World {
    pub(crate) fn new(seed: u64, size: usize, now: Timestamp) -> Self {
        let minutes = now.millis().max(0).unsigned_abs() / 60_000;
        Self { seed, size, tick: minutes }
    }

    /// 64 bits that stand for something; independent for different words.
    pub(crate) fn hash(&self, what: fmt::Arguments<'_>) -> u64 {
        let mut state = Fnv(0xcbf2_9ce4_8422_2325 ^ self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // Writing into a hash state cannot fail.
        let _ = state.write_fmt(what);
        // The finaliser of splitmix64: FNV alone leaves the low bits of similar words alike.
        let mut z = state.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&self, what: fmt::Arguments<'_>, bound: usize) -> usize {
        usize::try_from(self.hash(what) % bound.max(1) as u64).unwrap_or(0)
    }

    /// True in so many of a hundred cases.
    pub(crate) fn chance(&self, what: fmt::Arguments<'_>, percent: usize) -> bool {
        self.below(what, 100) < percent
    }

    /// One of a list.
    pub(crate) fn pick<T: Copy>(&self, what: fmt::Arguments<'_>, list: &[T]) -> T {
        list[self.below(what, list.len())]
    }

    /// So many hexadecimal digits, at most 32.
    pub(crate) fn hex(&self, what: fmt::Arguments<'_>, digits: usize) -> String {
        let mut text = format!("{:016x}{:016x}", self.hash(what), self.hash(format_args!("more {what}")));
        text.truncate(digits);
        text
    }

    /// Letters and digits as Kubernetes puts behind names.
    pub(crate) fn suffix(&self, what: fmt::Arguments<'_>, length: usize) -> String {
        const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        let mut left = self.hash(what);
        let mut out = String::with_capacity(length);
        for _ in 0..length {
            out.push(char::from(ALPHABET[usize::try_from(left % 27).unwrap_or(0)]));
            left /= 27;
        }
        out
    }

    /// A random-looking UUID.
    pub(crate) fn uuid(&self, what: fmt::Arguments<'_>) -> String {
        let h = self.hex(what, 32);
        format!("{}-{}-4{}-a{}-{}", &h[..8], &h[8..12], &h[13..16], &h[17..20], &h[20..32])
    }

    /// How many, where an estate of the usual size has `usual`.
    pub(crate) fn count(&self, usual: usize) -> usize {
        (usual * self.size).div_ceil(USUAL_SIZE).max(1)
    }

    /// An instant between two and some 900 days before the epoch, as RFC 3339.
    pub(crate) fn created(&self, what: fmt::Arguments<'_>) -> String {
        let days = 2 + i64::try_from(self.hash(what) % 900).unwrap_or(0);
        let within = i64::try_from(self.hash(format_args!("within {what}")) % 86_400).unwrap_or(0) * 1000;
        Timestamp::from_millis(EPOCH - days * DAY + within).to_string()
    }

    /// How many periods of `minutes` have passed; each thing changes at a minute of its own.
    pub(crate) fn turn(&self, what: fmt::Arguments<'_>, minutes: u64) -> u64 {
        (self.tick + self.hash(what) % minutes) / minutes
    }

    /// When the current period of that thing began, as RFC 3339.
    pub(crate) fn turned(&self, what: fmt::Arguments<'_>, minutes: u64) -> String {
        let phase = self.hash(what) % minutes;
        let start = (self.tick + phase) / minutes * minutes;
        let millis = i64::try_from(start.saturating_sub(phase) * 60_000).unwrap_or(0);
        Timestamp::from_millis(millis).to_string()
    }

    /// Which service something belongs to, and the team that owns that.
    pub(crate) fn service(&self, what: fmt::Arguments<'_>) -> (&'static str, &'static str) {
        self.pick(format_args!("service {what}"), &SERVICES)
    }

    /// Tags as that company sets them. Nearly one thing in ten has none: somebody made it by hand.
    pub(crate) fn tags(
        &self,
        what: fmt::Arguments<'_>,
        service: &str,
        env: &str,
    ) -> Vec<(&'static str, String)> {
        if self.chance(format_args!("untagged {what}"), 9) {
            return Vec::new();
        }
        let team = SERVICES.iter().find(|(name, _)| *name == service).map_or("platform", |(_, team)| team);
        let mut tags =
            vec![("env", env.to_owned()), ("team", team.to_owned()), ("service", service.to_owned())];
        if self.chance(format_args!("owned {what}"), 60) {
            tags.push(("owner", self.pick(format_args!("owner {team} {service}"), &OWNERS).to_owned()));
        }
        if self.chance(format_args!("charged {what}"), 75) {
            tags.push((
                "cost-center",
                format!("cc-{}", 4100 + self.below(format_args!("cc {team}"), 8) * 10),
            ));
        }
        tags
    }
}

struct Fnv(u64);

impl fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}

/// Tags as AWS lists them: `[{"Key": .., "Value": ..}]`, with a name where there is one.
pub(crate) fn tag_list(name: Option<&str>, tags: &[(&'static str, String)]) -> Value {
    let name = name.map(|n| json!({"Key": "Name", "Value": n}));
    name.into_iter().chain(tags.iter().map(|(k, v)| json!({"Key": k, "Value": v}))).collect()
}

/// Tags as a JSON object: Azure's tags, and Lambda's.
pub(crate) fn tag_map(tags: &[(&'static str, String)]) -> Value {
    Value::Object(tags.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect::<Map<_, _>>())
}

/// Tags as GCP and Kubernetes allow labels: no dots.
pub(crate) fn label_map(tags: &[(&'static str, String)]) -> Value {
    Value::Object(
        tags.iter().map(|(k, v)| ((*k).to_owned(), json!(v.replace('.', "-")))).collect::<Map<_, _>>(),
    )
}

/// A locally administered hardware address.
pub(crate) fn mac(world: &World, id: &str) -> String {
    let h = world.hex(format_args!("mac {id}"), 10);
    format!("02:{}:{}:{}:{}:{}", &h[..2], &h[2..4], &h[4..6], &h[6..8], &h[8..10])
}
