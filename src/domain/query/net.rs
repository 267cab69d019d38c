//! Addresses and networks. IPv4 is kept as IPv4-mapped IPv6, so that one comparison serves both.

use std::{fmt, net::IpAddr};

/// A network: an address and how many of its 128 bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net {
    addr: u128,
    bits: u8,
}

/// The number of an address text, as the estate's sources write them: bare, with a prefix length
/// (`10.0.0.5/24`), in brackets, or with a zone (`fe80::1%eth0`). `None` for host names.
#[must_use]
pub fn address(text: &str) -> Option<u128> {
    let text = text.trim().trim_start_matches('[').split(['/', '%', ']']).next()?;
    let first = text.as_bytes().first()?;
    // Host names are many; most are told from addresses by their first byte.
    if !first.is_ascii_hexdigit() && *first != b':' {
        return None;
    }
    text.parse().ok().map(number)
}

/// How many bits of a mapped address say that it is one.
const MAPPED_BITS: u8 = 96;

fn is_mapped(addr: u128) -> bool {
    addr >> 32 == 0xffff
}

/// The address alone, without brackets (and a port after them) or a zone.
fn bare(text: &str) -> Option<&str> {
    if let Some(inside) = text.strip_prefix('[') {
        let (ip, after) = inside.split_once(']')?;
        let port = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
        let fits = after.is_empty() || after.strip_prefix(':').is_some_and(port);
        return fits.then(|| bare(ip)).flatten();
    }
    let Some((ip, zone)) = text.split_once('%') else { return Some(text) };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (!zone.is_empty() && zone.chars().all(is_name)).then_some(ip)
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Net {
    /// From `10.0.0.0/8`, `10.1.2.3`, `fd00::/8` and the like.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (ip, bits) = match text.split_once('/') {
            Some((ip, bits)) => (ip, Some(bits.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let ip: IpAddr = ip.parse().ok()?;
        let (width, before) = if ip.is_ipv4() { (32, MAPPED_BITS) } else { (128, 0) };
        let bits = bits.unwrap_or(width);
        if bits > width {
            return None;
        }
        let mut net = Self { addr: 0, bits: bits + before };
        net.addr = number(ip) & net.mask();
        Some(net)
    }

    /// The same in brackets or with a zone, as [`address`] takes them: neither counts.
    #[must_use]
    pub fn loose(text: &str) -> Option<Self> {
        let (ip, bits) = text.split_once('/').map_or((text, None), |(ip, bits)| (ip, Some(bits)));
        let ip = bare(ip)?;
        bits.map_or_else(|| Self::parse(ip), |bits| Self::parse(&format!("{ip}/{bits}")))
    }

    /// Whether the text is an address in this network, or a network that lies in it whole. The address of
    /// an interface (`10.0.0.5/24`) is an address.
    #[must_use]
    pub fn holds(self, text: &str) -> bool {
        match Self::parse(text) {
            Some(other) if address(text) == Some(other.addr) => {
                other.bits >= self.bits && self.contains(other.addr)
            }
            _ => address(text).is_some_and(|addr| self.contains(addr)),
        }
    }

    /// With its length, also where that is all of it.
    pub(super) fn written(self) -> String {
        let text = self.to_string();
        if text.contains('/') {
            return text;
        }
        let width = if text.contains(':') { 128 } else { 32 };
        format!("{text}/{width}")
    }

    fn mask(self) -> u128 {
        u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0)
    }

    /// The first of its addresses and the last.
    #[must_use]
    pub fn ends(self) -> (u128, u128) {
        (self.addr, self.addr | !self.mask())
    }

    /// Whether it can hold IPv4 addresses. That they are kept as mapped ones puts none of them into
    /// `::/0`.
    #[must_use]
    pub fn is_v4(self) -> bool {
        self.bits >= MAPPED_BITS && is_mapped(self.addr)
    }

    /// Whether an address, as [`address`] gives it, lies in this network.
    #[must_use]
    pub fn contains(self, addr: u128) -> bool {
        addr & self.mask() == self.addr && (self.is_v4() || !is_mapped(addr))
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v6 = std::net::Ipv6Addr::from_bits(self.addr);
        let (ip, bits, width) = match v6.to_ipv4_mapped() {
            Some(v4) if self.is_v4() => (IpAddr::V4(v4), self.bits - MAPPED_BITS, 32),
            _ => (IpAddr::V6(v6), self.bits, 128),
        };
        if bits == width { write!(f, "{ip}") } else { write!(f, "{ip}/{bits}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(net: &str, text: &str) -> bool {
        let net = Net::parse(net).unwrap_or_else(|| panic!("{net} is no network"));
        let as_number = address(text).is_some_and(|addr| net.contains(addr));
        assert!(!as_number || net.holds(text) || text.contains('/'), "{net} {text}");
        net.holds(text)
    }

    #[test]
    fn a_network_of_one_family_holds_none_of_the_other() {
        for net in ["::/0", "::/1", "::/80", "::/95", "::ffff:0:0/95"] {
            assert!(!holds(net, "10.0.0.1"), "{net}");
            assert!(!holds(net, "10.0.0.0/8"), "{net}");
            assert!(!holds(net, "::ffff:10.0.0.1"), "{net}");
        }
        assert!(holds("::/0", "fe80::1"));
        assert!(holds("::/1", "2001:db8::/32"));
        assert!(holds("::/95", "::1"));
        assert!(holds("0.0.0.0/0", "10.0.0.1"));
        assert!(!holds("0.0.0.0/0", "fe80::1"));
        assert!(!holds("0.0.0.0/0", "::/0"));
        assert!(holds("::ffff:0:0/96", "10.0.0.1"));
        assert_eq!(Net::parse("::ffff:10.0.0.0/104"), Net::parse("10.0.0.0/8"));
    }

    #[test]
    fn brackets_and_zones_are_no_part_of_an_address() {
        for text in ["fe80::1%eth0", "[fe80::1]", "[fe80::1%eth0.1]", "[fe80::1]:443"] {
            assert_eq!(Net::loose(text), Net::parse("fe80::1"), "{text}");
            assert_eq!(Net::parse(text), None, "{text}");
            assert_eq!(address(text), address("fe80::1"), "{text}");
        }
        assert_eq!(Net::loose("[fd00::1]/8"), Net::parse("fd00::/8"));
        for text in
            ["[fe80::1", "fe80::1]", "[fe80::1]x", "[fe80::1]:", "fe80::1%", "fe80::1%e th", "[]", "%"]
        {
            assert_eq!(Net::loose(text), None, "{text}");
        }
    }
}
