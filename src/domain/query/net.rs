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
        let (width, before) = if ip.is_ipv4() { (32, 96) } else { (128, 0) };
        let bits = bits.unwrap_or(width);
        if bits > width {
            return None;
        }
        let mut net = Self { addr: 0, bits: bits + before };
        net.addr = number(ip) & net.mask();
        Some(net)
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

    /// Whether an address, as [`address`] gives it, lies in this network.
    #[must_use]
    pub fn contains(self, addr: u128) -> bool {
        addr & self.mask() == self.addr
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v6 = std::net::Ipv6Addr::from_bits(self.addr);
        let (ip, bits, width) = match v6.to_ipv4_mapped() {
            Some(v4) if self.bits >= 96 => (IpAddr::V4(v4), self.bits - 96, 32),
            _ => (IpAddr::V6(v6), self.bits, 128),
        };
        if bits == width { write!(f, "{ip}") } else { write!(f, "{ip}/{bits}") }
    }
}
