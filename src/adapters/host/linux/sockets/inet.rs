//! Reads the tables of TCP and UDP sockets: who waits for others to speak first.
//!
//! Pure text in, plain data out; the form is that of proc_pid_net(5).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Listener;

/// TCP_LISTEN of the kernel's tcp_states.h.
const LISTEN: u8 = 0x0a;
/// TCP_CLOSE: what an unconnected UDP socket is in.
const UNCONNECTED: u8 = 0x07;

/// Adds the listening sockets of a table; returns how many lines were not understood.
pub(super) fn listening(
    table: &[u8],
    protocol: &'static str,
    namespace: &str,
    to: &mut Vec<Listener>,
) -> u64 {
    let mut bad = 0;
    for line in table.split(|b| *b == b'\n').skip(1).filter(|line| !line.trim_ascii().is_empty()) {
        match parse(line) {
            None => bad += 1,
            Some(row) => {
                let wanted = if protocol.starts_with("tcp") {
                    row.state == LISTEN
                } else {
                    row.state == UNCONNECTED && row.remote_port == 0
                };
                if wanted {
                    to.push(Listener {
                        protocol,
                        address: row.address.to_string(),
                        port: Some(row.port),
                        uid: Some(row.uid),
                        inode: row.inode,
                        namespace: namespace.to_owned(),
                    });
                }
            }
        }
    }
    bad
}

struct Row {
    address: IpAddr,
    port: u16,
    remote_port: u16,
    state: u8,
    uid: u32,
    inode: u64,
}

/// `0: 0100007F:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1582 ...`
fn parse(line: &[u8]) -> Option<Row> {
    let line = std::str::from_utf8(line).ok()?;
    let mut fields = line.split_ascii_whitespace();
    let (address, port) = endpoint(fields.nth(1)?)?;
    let (_, remote_port) = endpoint(fields.next()?)?;
    let state = u8::from_str_radix(fields.next()?, 16).ok()?;
    let uid = fields.nth(3)?.parse().ok()?;
    let inode = fields.nth(1)?.parse().ok()?;
    Some(Row { address, port, remote_port, state, uid, inode })
}

fn endpoint(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    // The kernel prints each 32-bit word of the address as a number of its own byte order.
    let word = |hex: &str| u32::from_str_radix(hex, 16).ok().map(u32::to_ne_bytes);
    let ip = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(address)?)),
        32 => {
            let mut bytes = [0; 16];
            for (i, chunk) in bytes.chunks_exact_mut(4).enumerate() {
                chunk.copy_from_slice(&word(address.get(i * 8..i * 8 + 8)?)?);
            }
            IpAddr::V6(Ipv6Addr::from(bytes))
        }
        _ => return None,
    };
    Some((ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(protocol: &'static str, table: &str, expected: &[(&str, u16, u64)], bad: u64) {
        let mut found = Vec::new();
        assert_eq!(listening(table.as_bytes(), protocol, "1", &mut found), bad);
        let found: Vec<_> = found.iter().map(|l| (l.address.as_str(), l.port.unwrap(), l.inode)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn listeners_are_told_from_connections() {
        check(
            "tcp",
            "  sl  local_address rem_address   st\n\
             \x20  0: 0100007F:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1582 1 0 100\n\
             \x20  1: 0100007F:07E8 0100007F:1234 01 00000000:00000000 00:00000000 00000000     0        0 1583 1 0 100\n\
             garbage\n\n",
            &[("127.0.0.1", 2024, 1582)],
            1,
        );
        check(
            "tcp6",
            "head\n 0: 000080FE00000000FF00FC00010000FE:01BB 00000000000000000000000000000000:0000 0A 0:0 00:0 0 7 0 99 1\n",
            &[("fe80::fc:ff:fe00:1", 443, 99)],
            0,
        );
        check(
            "udp",
            "head\n 0: 00000000:0035 00000000:0000 07 0:0 00:0 0 7 0 5 1\n 1: 0100007F:0036 0100007F:0035 01 0:0 00:0 0 7 0 6 1\n",
            &[("0.0.0.0", 53, 5)],
            0,
        );
    }
}
