//! Network interfaces of the network namespace that the program runs in, with their addresses.
//!
//! Counters of bytes are not read: they would be stale as soon as they are kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    net::{IpAddr, Ipv6Addr},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::Path,
};

use cloudscope_ports::{Fault, FaultKind};
use serde_json::{Value, json};

use super::root::Root;
use crate::{listing::HostKind, object::Object, output::Output, text::path_text};

const LIMIT: u64 = 8 << 20;
/// IFF_UP of if.h: switched on by the administrator.
const FLAG_UP: u64 = 1;

/// One address of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) ip: IpAddr,
    pub(crate) prefix: u8,
}

impl Address {
    /// Whether another machine could use it.
    pub(crate) fn is_reachable(&self) -> bool {
        match self.ip {
            IpAddr::V4(ip) => !ip.is_loopback() && !ip.is_link_local() && !ip.is_unspecified(),
            IpAddr::V6(ip) => !ip.is_loopback() && !ip.is_unicast_link_local() && !ip.is_unspecified(),
        }
    }
}

/// Addresses by the bytes of the interface's name, and why some are missing.
#[derive(Default)]
pub(crate) struct Addresses {
    pub(crate) of: BTreeMap<Vec<u8>, Vec<Address>>,
    pub(crate) gap: Option<String>,
}

/// The addresses of every interface.
pub(crate) fn addresses(root: &Root) -> Addresses {
    let mut all: BTreeMap<Vec<u8>, Vec<Address>> = BTreeMap::new();
    let mut gap = None;
    if root.is_live() {
        match sysinfo::Networks::new_with_refreshed_list() {
            Ok(networks) => {
                for (name, data) in &networks {
                    let list = all.entry(name.clone().into_vec()).or_default();
                    list.extend(data.ip_networks().iter().map(|n| Address { ip: n.addr, prefix: n.prefix }));
                }
            }
            Err(e) => gap = Some(format!("IPv4 addresses cannot be read: {e}")),
        }
    } else {
        gap = Some("IPv4 addresses are only known of the running system, not of another root".into());
    }
    if let Ok(file) = root.read("/proc/net/if_inet6", LIMIT) {
        for (name, address) in file.bytes.split(|b| *b == b'\n').filter_map(inet6_line) {
            let list = all.entry(name).or_default();
            if !list.iter().any(|a| a.ip == address.ip) {
                list.push(address);
            }
        }
    }
    for list in all.values_mut() {
        list.sort_by_key(|a| (a.ip, a.prefix));
        list.dedup();
    }
    Addresses { of: all, gap }
}

/// `fe8000000000000000fc00fffe000001 04 40 20 80     eth0`
fn inet6_line(line: &[u8]) -> Option<(Vec<u8>, Address)> {
    let mut fields = line.split(|b| *b == b' ').filter(|f| !f.is_empty());
    let hex = |field: &[u8]| u128::from_str_radix(std::str::from_utf8(field).ok()?, 16).ok();
    let ip = hex(fields.next()?)?;
    let prefix = hex(fields.nth(1)?)?;
    let name = fields.nth(2)?.to_vec();
    Some((name, Address { ip: IpAddr::V6(Ipv6Addr::from(ip)), prefix: u8::try_from(prefix).ok()? }))
}

/// The names that /proc/net/dev lists: those of our own namespace, whatever /sys was mounted for.
fn names(root: &Root) -> std::io::Result<Vec<Vec<u8>>> {
    let file = root.read("/proc/net/dev", LIMIT)?;
    Ok(file
        .bytes
        .split(|b| *b == b'\n')
        .skip(2)
        .filter_map(|line| Some(line[..line.iter().position(|b| *b == b':')?].trim_ascii().to_vec()))
        .filter(|name| !name.is_empty())
        .collect())
}

pub(crate) fn list(root: &Root, out: &mut Output) -> Result<(), Fault> {
    let names = names(root)
        .map_err(|e| out.fault(FaultKind::Unreachable, format!("/proc/net/dev cannot be read: {e}")))?;
    // A namespace made without its own /sys sees another namespace's details there, some under the same
    // names. An interface that came or went between both looks is told by looking again.
    let mut names = names;
    let mut foreign = differs(root, &names);
    if foreign {
        names = self::names(root).unwrap_or(names);
        foreign = differs(root, &names);
    }
    let addresses = addresses(root);
    out.expect(names.len())?;
    for name in &names {
        let listed = addresses.of.get(name).map(Vec::as_slice).unwrap_or_default();
        let item = if foreign { bare(name, listed) } else { item(root, name, listed) };
        out.item(HostKind::Interface, item)?;
    }
    if foreign {
        out.limited(
            "type, state, hardware and IPv4 addresses of the interfaces are hidden, because /sys shows another \
             network namespace; mount sysfs in this one",
            None,
        )?;
    }
    if let Some(words) = addresses.gap {
        out.limited(words, None)?;
    }
    Ok(())
}

/// Whether /sys lists other interfaces than these.
fn differs(root: &Root, names: &[Vec<u8>]) -> bool {
    let dir = Path::new("/sys/class/net");
    let listed = root.names(dir).unwrap_or_default();
    let in_sys: BTreeSet<Vec<u8>> = listed
        .into_iter()
        // `bonding_masters` is a file among the directories.
        .filter(|name| root.exists(dir.join(name).join("ifindex")))
        .map(OsStringExt::into_vec)
        .collect();
    in_sys != names.iter().cloned().collect()
}

fn bare(name: &[u8], addresses: &[Address]) -> Object {
    let list: Vec<Value> = addresses
        .iter()
        .map(|a| json!({ "address": a.ip.to_string(), "prefix": a.prefix, "family": if a.ip.is_ipv4() { "inet" } else { "inet6" } }))
        .collect();
    let mut item = Object::new();
    item.put("name", path_text(Path::new(OsStr::from_bytes(name)))).put_full("addresses", list);
    item
}

fn item(root: &Root, name: &[u8], addresses: &[Address]) -> Object {
    let dir = Path::new("/sys/class/net").join(OsStr::from_bytes(name));
    let fact = |path: &str| root.fact(dir.join(path));
    let mut item = bare(name, addresses);
    item.put_some("index", root.number::<u64>(dir.join("ifindex")));
    item.put("type", interface_type(root, &dir));
    item.put_some("mac", fact("address").filter(|mac| mac.bytes().any(|b| b != b'0' && b != b':')));
    item.put_some("mtu", root.number::<u64>(dir.join("mtu")));
    // Reading the speed of an interface that is down fails, and -1 means that it has none.
    item.put_some("speed_mbits", root.number::<u64>(dir.join("speed")));
    item.put_some("duplex", fact("duplex").filter(|d| d != "unknown"));
    item.put_some("driver", root.link_name(dir.join("device/driver")));
    item.put_some("alias", fact("ifalias"));
    item.put_some("member_of", root.link_name(dir.join("master")));
    let children = |prefix: &str| -> Vec<String> {
        let names = root.names(&dir).unwrap_or_default();
        names.iter().filter_map(|n| Some(path_text(Path::new(n)).strip_prefix(prefix)?.to_owned())).collect()
    };
    item.put_full("built_on", children("lower_"));
    let flags = fact("flags").and_then(|f| u64::from_str_radix(f.trim_start_matches("0x"), 16).ok());
    let switched_on = flags.map(|f| f & FLAG_UP != 0);
    item.put_some("switched_on", switched_on);
    let state = match (fact("operstate").as_deref(), switched_on) {
        // Loopback and tunnels have no carrier to speak of: they are up when they are switched on.
        (Some("unknown") | None, Some(true)) => Some("up".to_owned()),
        (Some("unknown") | None, Some(false)) => Some("down".to_owned()),
        (Some("down"), Some(true)) => Some("no-carrier".to_owned()),
        (state, _) => state.map(str::to_owned),
    };
    item.put_some("state", state);
    item
}

/// What kind of interface, by what /sys shows of each kind.
fn interface_type(root: &Root, dir: &Path) -> String {
    let devtype = root
        .fact(dir.join("uevent"))
        .and_then(|text| text.lines().find_map(|line| line.strip_prefix("DEVTYPE=").map(str::to_owned)));
    if let Some(word) = devtype {
        return word;
    }
    for (file, word) in
        [("bridge", "bridge"), ("bonding", "bond"), ("tun_flags", "tun"), ("wireless", "wlan")]
    {
        if root.exists(dir.join(file)) {
            return word.into();
        }
    }
    // ARPHRD_* of if_arp.h.
    match root.number::<u32>(dir.join("type")) {
        Some(772) => "loopback".into(),
        Some(1) if root.exists(dir.join("device")) => "ethernet".into(),
        Some(1) => "virtual".into(),
        Some(32) => "infiniband".into(),
        Some(768 | 769 | 776 | 778) => "tunnel".into(),
        Some(65534) => "tun".into(),
        Some(other) => format!("arphrd-{other}"),
        None => "unknown".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_if_inet6_is_understood() {
        let (name, address) = inet6_line(b"fd000000000000000000000000000002 04 40 00 82     eth0").unwrap();
        assert_eq!(name, b"eth0");
        assert_eq!((address.ip.to_string().as_str(), address.prefix), ("fd00::2", 64));
        assert!(address.is_reachable());
        assert_eq!(inet6_line(b""), None);
        assert_eq!(inet6_line(b"zz 04 40 00 82 eth0"), None);
    }
}
