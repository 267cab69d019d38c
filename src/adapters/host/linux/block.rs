//! Disks and partitions as /sys/block has them, with what they are built on: device mapper, RAID,
//! loop files.
//!
//! Reads sizes and labels of the kernel, never a byte of a device.

use std::path::{Path, PathBuf};

use cloudscope_ports::{Fault, FaultKind};

use super::root::Root;
use crate::{
    listing::HostKind,
    object::Object,
    output::{Output, Tally},
    text::path_text,
};

/// The unit of `size` in /sys, whatever the device's own sectors are.
const SECTOR: u64 = 512;

pub(crate) fn list(root: &Root, out: &mut Output) -> Result<(), Fault> {
    let names = match root.names("/sys/block") {
        Ok(names) => names,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && root.exists("/sys/kernel") => Vec::new(),
        Err(e) => return Err(out.fault(FaultKind::Unreachable, format!("/sys/block cannot be read: {e}"))),
    };
    let mut unread = Tally::default();
    for name in names {
        out.going_on()?;
        let dir = Path::new("/sys/block").join(&name);
        let name = path_text(Path::new(&name));
        let size = root.number::<u64>(dir.join("size"));
        // The kernel keeps empty slots of loop, ram and zram devices ready; nothing is in them.
        if size == Some(0) && is_slot(&name) {
            continue;
        }
        out.item(HostKind::Disk, disk(root, &dir, &name, size))?;
        match root.names(&dir) {
            Ok(children) => {
                for child in children {
                    let dir = dir.join(&child);
                    if root.exists(dir.join("partition")) {
                        out.item(HostKind::Partition, partition(root, &dir, &name))?;
                    }
                }
            }
            // A disk that was pulled out meanwhile.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => unread.add(format_args!("{name}: {e}")),
        }
    }
    out.problems(&unread, "disks whose partitions could not be read")
}

fn is_slot(name: &str) -> bool {
    ["loop", "ram", "zram", "nbd", "fd", "sr"].into_iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    })
}

fn disk(root: &Root, dir: &Path, name: &str, sectors: Option<u64>) -> Object {
    let fact = |path: &str| root.fact(dir.join(path));
    let mut item = common(root, dir, name, sectors);
    let mapped = fact("dm/uuid").or_else(|| fact("dm/name"));
    let class = if mapped.is_some() {
        "device-mapper"
    } else if root.exists(dir.join("md")) {
        "raid"
    } else {
        let slots = ["loop", "zram", "ram", "nbd"];
        slots.into_iter().find(|p| is_slot(name) && name.starts_with(p)).unwrap_or("disk")
    };
    item.put("type", class);
    item.put_some("model", fact("device/model").or_else(|| fact("device/name")));
    item.put_some("vendor", fact("device/vendor"));
    item.put_some("serial", fact("device/serial").or_else(|| fact("serial")));
    item.put_some("wwid", fact("wwid").or_else(|| fact("device/wwid")));
    item.put_some("firmware", fact("device/firmware_rev").or_else(|| fact("device/rev")));
    item.put_some("rotational", fact("queue/rotational").map(|r| r == "1"));
    item.put_some("removable", fact("removable").map(|r| r == "1"));
    item.put_some("logical_block_bytes", root.number::<u64>(dir.join("queue/logical_block_size")));
    item.put_some("mapped_name", fact("dm/name")).put_some("mapped_uuid", fact("dm/uuid"));
    item.put_some("raid_level", fact("md/level"));
    item.put_some("backing_file", fact("loop/backing_file"));
    // The same name can be given to another disk at the next start.
    let identity = fact("wwid")
        .or_else(|| fact("device/wwid"))
        .or_else(|| fact("dm/uuid"))
        .or_else(|| fact("device/serial"))
        .or_else(|| fact("serial"));
    item.put_some("incarnation", identity);
    let degraded = root.number::<u64>(dir.join("md/degraded")).is_some_and(|missing| missing > 0);
    let state = if degraded {
        Some("degraded".into())
    } else {
        fact("md/array_state").or_else(|| fact("device/state"))
    };
    item.put_some("state", state);
    item
}

fn partition(root: &Root, dir: &Path, disk: &str) -> Object {
    let name = dir.file_name().map(|n| path_text(Path::new(n))).unwrap_or_default();
    let mut item = common(root, dir, &name, root.number(dir.join("size")));
    item.put("disk", disk);
    item.put_some("number", root.number::<u64>(dir.join("partition")));
    item.put_some("start_bytes", root.number::<u64>(dir.join("start")).map(|s| s.saturating_mul(SECTOR)));
    let uevent = root.fact(dir.join("uevent")).unwrap_or_default();
    let value = |key: &str| {
        uevent.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=').map(str::to_owned))
    };
    item.put_some("label", value("PARTNAME")).put_some("uuid", value("PARTUUID"));
    item
}

fn common(root: &Root, dir: &Path, name: &str, sectors: Option<u64>) -> Object {
    let mut item = Object::new();
    // /sys cannot have a slash in a name and writes `!` instead: cciss!c0d0.
    item.put("name", name).put("path", format!("/dev/{}", name.replace('!', "/")));
    item.put_some("device", root.fact(dir.join("dev")));
    item.put_some("size_bytes", sectors.map(|s| s.saturating_mul(SECTOR)));
    item.put_some("read_only", root.fact(dir.join("ro")).map(|r| r == "1"));
    let below = |path: PathBuf| -> Vec<String> {
        root.names(path).unwrap_or_default().iter().map(|n| path_text(Path::new(n))).collect()
    };
    item.put_full("built_on", below(dir.join("slaves")));
    item.put_full("used_by", below(dir.join("holders")));
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbered_slots_may_be_empty() {
        assert!(is_slot("loop0") && is_slot("zram12"));
        assert!(!is_slot("sda") && !is_slot("loop") && !is_slot("loopy1"));
    }
}
