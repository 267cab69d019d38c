//! Which addresses a webhook may connect to. A name of the public Internet that resolves to an address
//! inside (DNS rebinding, a metadata service) must not be reached from here. Pure.
//!
//! The tables are those of the IANA special-purpose address registries (IPv4 and IPv6), and the metadata
//! services of the large clouds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::spec::WebhookSpec;

/// What sort of address it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sort {
    /// Of the public Internet.
    Public,
    /// This machine.
    Loopback,
    /// A network of somebody's own: RFC 1918, shared (CGNAT), unique local.
    Private(&'static str),
    /// Nothing that a webhook could be at; only listing it by itself lets it through.
    Never(&'static str),
}

/// What a webhook may connect to.
#[derive(Clone, Debug)]
pub(crate) struct Allow {
    private: bool,
    listed: Vec<crate::spec::Allowed>,
    /// Plain http: loopback and nothing else.
    loopback_only: bool,
}

impl Allow {
    pub(crate) fn of(spec: &WebhookSpec) -> Self {
        Self { private: spec.allow_private, listed: spec.allow.clone(), loopback_only: !spec.url.is_https() }
    }

    /// Refuses an address in words that say what to do.
    pub(crate) fn check(&self, ip: IpAddr) -> Result<(), String> {
        let sort = sort(ip);
        if self.loopback_only {
            return match sort {
                Sort::Loopback => Ok(()),
                _ => Err(format!("{ip} is not loopback, and plain http goes nowhere else; use https")),
            };
        }
        if self.listed.iter().any(|net| net.holds(ip)) {
            return Ok(());
        }
        match sort {
            Sort::Public => Ok(()),
            Sort::Loopback | Sort::Private(_) if self.private => Ok(()),
            Sort::Loopback => Err(format!("{ip} is this machine; `allow_private: true` permits it")),
            Sort::Private(what) => {
                Err(format!("{ip} is {what}; `allow_private: true`, or listing it under `allow`, permits it"))
            }
            Sort::Never(what) => Err(format!("{ip} is {what}; it is refused unless listed under `allow`")),
        }
    }
}

/// The sort of an address. IPv4 inside IPv6 (mapped, NAT64, 6to4) counts as the IPv4 address it leads to.
pub(crate) fn sort(ip: IpAddr) -> Sort {
    match ip {
        IpAddr::V4(v4) => of_v4(v4),
        IpAddr::V6(v6) => of_v6(v6),
    }
}

fn of_v4(ip: Ipv4Addr) -> Sort {
    let [a, b, c, d] = ip.octets();
    match (a, b, c, d) {
        (169, 254, 169, 254) | (169, 254, 170, 2 | 23) | (100, 100, 100, 200) | (168, 63, 129, 16) => {
            Sort::Never("a metadata service")
        }
        (0, ..) => Sort::Never("of \"this network\", 0.0.0.0/8"),
        (127, ..) => Sort::Loopback,
        (10, ..) | (172, 16..=31, ..) | (192, 168, ..) => Sort::Private("private"),
        (100, 64..=127, ..) => Sort::Private("shared by a carrier (CGNAT)"),
        (169, 254, ..) => Sort::Never("link-local"),
        (192, 0, 0, _) => Sort::Never("reserved for protocols"),
        (192, 0, 2, _) | (198, 51, 100, _) | (203, 0, 113, _) => Sort::Never("for documentation"),
        (192, 88, 99, _) => Sort::Never("a 6to4 relay"),
        (198, 18 | 19, ..) => Sort::Never("for benchmarks"),
        (224..=239, ..) => Sort::Never("multicast"),
        (240..=255, ..) => Sort::Never("reserved or broadcast"),
        _ => Sort::Public,
    }
}

fn of_v6(ip: Ipv6Addr) -> Sort {
    let s = ip.segments();
    let inside = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        of_v4(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        [0, 0, 0, 0, 0, 0, 0, 0] => Sort::Never("the unspecified address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Sort::Loopback,
        // IPv4-mapped, IPv4-translated and NAT64 lead to the IPv4 address in the last 32 bits.
        [0, 0, 0, 0, 0, 0xffff, h, l] | [0, 0, 0, 0, 0xffff, 0, h, l] | [0x64, 0xff9b, 0, 0, 0, 0, h, l] => {
            inside(h, l)
        }
        [0x64, 0xff9b, 1, ..] => Sort::Never("a local translation to IPv4 (NAT64)"),
        [0x2002, h, l, ..] => inside(h, l),
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254] => {
            Sort::Never("a metadata service")
        }
        [0xfc00..=0xfdff, ..] => Sort::Private("unique local"),
        [0xfe80..=0xfebf, ..] => Sort::Never("link-local"),
        [0xfec0..=0xfeff, ..] => Sort::Never("site-local"),
        [0xff00..=0xffff, ..] => Sort::Never("multicast"),
        [0x2001, 0..=0x1ff, ..] => Sort::Never("reserved for protocols (Teredo, ORCHID and others)"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Sort::Never("for documentation"),
        // All that is routed today is of 2000::/3.
        [0x2000..=0x3fff, ..] => Sort::Public,
        _ => Sort::Never("of no network that is routed"),
    }
}

#[cfg(test)]
mod tests;
