//! Listening sockets of every network namespace that can be seen, with the processes that hold them.
//!
//! Sees who listens and where; never who is connected, and never what is sent.

use std::collections::{BTreeMap, HashMap};

use cloudscope_ports::{Fault, FaultKind};

use super::{
    PTRACE,
    procdir::{Miss, ProcDir, pids},
    root::{Bounded, Root},
    users::Users,
};
use crate::{
    listing::HostKind,
    object::Object,
    output::{Output, Tally},
    text::counted,
};

mod inet;
mod unix;

/// Bytes read of one table: about 400,000 sockets.
const LIMIT: u64 = 64 << 20;

/// The tables of /proc/net. A kernel without a protocol has no table for it.
const INET: [(&str, &str); 6] = [
    ("tcp", "tcp"),
    ("tcp6", "tcp6"),
    ("udp", "udp"),
    ("udp6", "udp6"),
    ("udplite", "udplite"),
    ("udplite6", "udplite6"),
];

/// A listening socket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Listener {
    protocol: &'static str,
    /// An IP address, or the path of a Unix socket.
    address: String,
    port: Option<u16>,
    uid: Option<u32>,
    inode: u64,
    namespace: String,
}

pub(crate) fn list(root: &Root, out: &mut Output) -> Result<(), Fault> {
    let mut listeners = Vec::new();
    let mut unread = Tally::default();

    // Our own namespace, as the process that reads.
    let own = ProcDir::open_self(root).and_then(|dir| dir.network_namespace()).ok();
    let own_name = own.map_or_else(|| "unknown".to_owned(), |inode| inode.to_string());
    let mut tables = 0;
    read_tables(&own_name, &mut listeners, &mut unread, |name| {
        let table = root.read(format!("/proc/net/{name}"), LIMIT).map_err(Miss::from);
        tables += usize::from(table.is_ok());
        table
    });
    if tables == 0 {
        return Err(out.fault(
            FaultKind::Unreachable,
            "none of the tables in /proc/net can be read; is /proc mounted and of this kernel?",
        ));
    }

    let pids =
        pids(root).map_err(|e| out.fault(FaultKind::Unreachable, format!("/proc cannot be read: {e}")))?;
    let others = other_namespaces(root, &pids, own, out)?;
    for (namespace, dir) in &others.seen {
        out.going_on()?;
        read_tables(&namespace.to_string(), &mut listeners, &mut unread, |name| {
            dir.read(&format!("net/{name}"), LIMIT)
        });
    }

    let mut owners: HashMap<u64, Vec<u32>> = listeners.iter().map(|l| (l.inode, Vec::new())).collect();
    let mut closed_doors = 0_u64;
    for pid in &pids {
        out.going_on()?;
        match ProcDir::open(root, *pid).and_then(|dir| dir.sockets()) {
            Ok(inodes) => {
                for inode in inodes {
                    if let Some(pids) = owners.get_mut(&inode)
                        && !pids.contains(pid)
                    {
                        pids.push(*pid);
                    }
                }
            }
            Err(Miss::Denied) => closed_doors += 1,
            Err(Miss::Vanished) => {}
            Err(Miss::Failed(e)) => unread.add(format_args!("/proc/{pid}/fd: {e}")),
        }
    }

    let users = Users::read(root);
    listeners.sort();
    // A table that changes while it is read can show a row twice.
    listeners.dedup();
    out.expect(listeners.len())?;
    let mut ownerless = 0_u64;
    for listener in &listeners {
        let holders = owners.get(&listener.inode).map(Vec::as_slice).unwrap_or_default();
        ownerless += u64::from(holders.is_empty());
        out.item(HostKind::Socket, item(listener, holders, &users))?;
    }

    out.problems(&unread, "tables of sockets that could not be read whole")?;
    // Without closed doors a socket that nobody holds is the kernel's own (NFS, for example).
    if ownerless > 0 && closed_doors > 0 {
        out.limited(
            format!(
                "the owners of {} are hidden, because the open files of {} may not be read",
                counted(ownerless, "listening socket", "listening sockets"),
                counted(closed_doors, "process", "processes")
            ),
            Some(&format!("{PTRACE} to see the owners of {}", counted(ownerless, "socket", "sockets"))),
        )?;
    }
    if others.hidden > 0 {
        out.problem(
            format!(
                "listening sockets inside {} are hidden, because the network namespace may not be read",
                counted(others.hidden, "container or sandbox", "containers or sandboxes")
            ),
            Some(PTRACE),
        )?;
    }
    Ok(())
}

fn read_tables(
    namespace: &str,
    listeners: &mut Vec<Listener>,
    unread: &mut Tally,
    mut read: impl FnMut(&str) -> Result<Bounded, Miss>,
) {
    for (name, protocol) in INET {
        match read(name) {
            Ok(table) => {
                let bad = inet::listening(&table.bytes, protocol, namespace, listeners);
                note(unread, name, &table, bad);
            }
            Err(Miss::Vanished) => {}
            Err(Miss::Denied) => unread.add(format_args!("/proc/net/{name} may not be read")),
            Err(Miss::Failed(e)) => unread.add(format_args!("/proc/net/{name}: {e}")),
        }
    }
    match read("unix") {
        Ok(table) => {
            let bad = unix::listening(&table.bytes, namespace, listeners);
            note(unread, "unix", &table, bad);
        }
        Err(Miss::Vanished) => {}
        Err(Miss::Denied) => unread.add("/proc/net/unix may not be read"),
        Err(Miss::Failed(e)) => unread.add(format_args!("/proc/net/unix: {e}")),
    }
}

fn note(unread: &mut Tally, name: &str, table: &Bounded, bad: u64) {
    // The last line of a table that was cut is cut as well, and says nothing of its own.
    if table.cut {
        unread.add(format_args!("/proc/net/{name} has more than {LIMIT} bytes"));
    } else if bad > 0 {
        unread.add(format_args!("{bad} lines of /proc/net/{name} are not understood"));
    }
}

/// The network namespaces besides our own.
struct Others {
    /// One process of each, held open.
    seen: BTreeMap<u64, ProcDir>,
    /// Process namespaces whose network namespace may not be read.
    hidden: u64,
}

fn other_namespaces(root: &Root, pids: &[u32], own: Option<u64>, out: &Output) -> Result<Others, Fault> {
    let mut others = Others { seen: BTreeMap::new(), hidden: 0 };
    for pid in pids {
        out.going_on()?;
        let Ok(dir) = ProcDir::open(root, *pid) else { continue };
        match dir.network_namespace() {
            Ok(inode) if Some(inode) != own => {
                others.seen.entry(inode).or_insert(dir);
            }
            // Other users' daemons are nearly always in our namespace. The first process of a process
            // namespace of its own is the sign of a container, which seldom is.
            Err(Miss::Denied) if is_first_of_namespace(&dir) => others.hidden += 1,
            Ok(_) | Err(_) => {}
        }
    }
    Ok(others)
}

/// Whether the process is number 1 of a process namespace below ours.
fn is_first_of_namespace(dir: &ProcDir) -> bool {
    let Ok(status) = dir.read("status", 64 << 10) else { return false };
    let numbers = status.bytes.split(|b| *b == b'\n').find_map(|line| line.strip_prefix(b"NSpid:"));
    let Some(numbers) = numbers.and_then(|n| std::str::from_utf8(n).ok()) else { return false };
    let numbers: Vec<&str> = numbers.split_ascii_whitespace().collect();
    numbers.len() > 1 && numbers.last() == Some(&"1")
}

fn item(listener: &Listener, holders: &[u32], users: &Users) -> Object {
    let mut item = Object::new();
    let name = match listener.port {
        Some(port) if listener.address.contains(':') => format!("[{}]:{port}", listener.address),
        Some(port) => format!("{}:{port}", listener.address),
        None => listener.address.clone(),
    };
    item.put("protocol", listener.protocol).put("endpoint", name).put("address", listener.address.as_str());
    item.put_some("port", listener.port);
    item.put("namespace", listener.namespace.as_str()).put("inode", listener.inode);
    item.put_some("uid", listener.uid);
    item.put_some("user", listener.uid.and_then(|uid| users.name(uid)));
    item.put("pids", holders);
    item
}
