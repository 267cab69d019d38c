//! Mounted file systems: where, from what, on which disk, and how full.
//!
//! Asking a file system may hang for ever (a network mount whose server is away), so it is done with
//! a time limit, and never where asking itself would do something (automount points).

use std::{collections::BTreeSet, path::Path};

use cloudscope_ports::{Fault, FaultKind};

use super::{
    mounts::{self, Mount},
    root::Root,
};
use crate::{
    listing::HostKind,
    object::Object,
    output::{Output, Tally},
    text::{counted, lossless, path_text},
};

mod usage;

pub(crate) use usage::Unanswered;
use usage::{Meter, Usage, UsageError};

/// Bytes read of mountinfo.
const LIMIT: u64 = 32 << 20;
/// Fuller than so many percent wants a look.
const NEARLY_FULL: u64 = 95;

/// What stands behind a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Disk,
    Network,
    Memory,
    Overlay,
    /// A program of a user answers for it.
    Fuse,
    /// Shows the kernel's own data and holds none.
    Virtual,
}

impl Class {
    fn of(fs_type: &str) -> Self {
        match fs_type {
            "nfs" | "nfs4" | "cifs" | "smb3" | "smbfs" | "ceph" | "glusterfs" | "9p" | "afs" | "lustre"
            | "beegfs" | "gpfs" | "pvfs2" | "orangefs" | "ncpfs" | "coda" => Self::Network,
            "tmpfs" | "ramfs" | "devtmpfs" => Self::Memory,
            "overlay" | "aufs" | "unionfs" => Self::Overlay,
            "proc" | "sysfs" | "cgroup" | "cgroup2" | "devpts" | "debugfs" | "tracefs" | "securityfs"
            | "pstore" | "bpf" | "mqueue" | "hugetlbfs" | "configfs" | "fusectl" | "binfmt_misc"
            | "autofs" | "rpc_pipefs" | "nfsd" | "nsfs" | "efivarfs" | "selinuxfs" | "smackfs"
            | "resctrl" => Self::Virtual,
            _ if fs_type == "fuse" || fs_type.starts_with("fuse.") => Self::Fuse,
            _ => Self::Disk,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Network => "network",
            Self::Memory => "memory",
            Self::Overlay => "overlay",
            Self::Fuse => "fuse",
            Self::Virtual => "virtual",
        }
    }
}

pub(crate) fn list(
    root: &Root,
    unanswered: &std::sync::Arc<Unanswered>,
    out: &mut Output,
) -> Result<(), Fault> {
    let file = root.read("/proc/self/mountinfo", LIMIT).map_err(|e| {
        out.fault(FaultKind::Unreachable, format!("/proc/self/mountinfo cannot be read: {e}"))
    })?;
    let (mounts, bad) = mounts::parse(&file.bytes);
    out.expect(mounts.len())?;
    let mut meter = Meter::new(std::sync::Arc::clone(unanswered));
    let mut denied = 0_u64;
    let mut failed = Tally::default();
    let mut silent = BTreeSet::new();
    for mount in &mounts {
        out.going_on()?;
        let class = Class::of(&mount.fs_type);
        let usage = match class {
            Class::Virtual => None,
            Class::Disk | Class::Network | Class::Memory | Class::Overlay | Class::Fuse => {
                Some(meter.measure(&root.path(&mount.point)))
            }
        };
        match &usage {
            Some(Err(UsageError::Denied)) => denied += 1,
            Some(Err(UsageError::Failed(error))) => {
                failed.add(format_args!("{}: {error}", path_text(&mount.point)));
            }
            Some(Err(UsageError::Silent)) => {
                silent.insert(path_text(&mount.point));
            }
            Some(Ok(_)) | None => {}
        }
        out.item(HostKind::Filesystem, item(root, mount, class, usage.as_ref()))?;
    }
    let mut unread = Tally::default();
    for line in bad {
        unread.add(format_args!("the line `{line}` is not understood"));
    }
    if file.cut {
        unread.add(format_args!("the table of mounts has more than {LIMIT} bytes"));
    }
    out.problems(&unread, "lines of /proc/self/mountinfo that could not be read")?;
    if denied > 0 {
        out.limited(
            format!(
                "how full {denied} file systems are is hidden, because their directories may not be entered"
            ),
            Some("search permission on the mount points, or root"),
        )?;
    }
    if let Some(first) = silent.first() {
        out.limited(
            format!(
                "{} did not answer within {} s, such as {first}; check the server behind",
                counted(silent.len() as u64, "file system", "file systems"),
                usage::PATIENCE.as_secs()
            ),
            None,
        )?;
    }
    if let Some(words) = failed.words("file systems that could not be measured") {
        out.limited(words, None)?;
    }
    Ok(())
}

fn item(root: &Root, mount: &Mount, class: Class, usage: Option<&Result<Usage, UsageError>>) -> Object {
    let mut item = Object::new();
    let read_only = mount.options.iter().any(|o| o == "ro");
    item.put("mount_point", path_text(&mount.point))
        .put("fs_type", mount.fs_type.as_str())
        .put("class", class.as_str())
        .put_full("source", mount.source.as_str())
        .put("device", mount.device.as_str())
        .put("root", mount.root.as_str())
        .put("options", mount.options.clone())
        .put("read_only", read_only)
        .put_some("covers", (mount.covers > 0).then_some(mount.covers))
        .put_some("block_device", block_device(root, mount));
    match usage {
        Some(Ok(usage)) => {
            item.put("size_bytes", usage.size)
                .put("used_bytes", usage.used)
                .put("available_bytes", usage.available)
                .put_some("used_percent", usage.percent())
                .put_some("inodes", (usage.inodes > 0).then_some(usage.inodes))
                .put_some("inodes_used_percent", usage.inode_percent());
            // What cannot be written is full by nature: images, squashfs.
            let full = usage.percent().max(usage.inode_percent()).is_some_and(|p| p > NEARLY_FULL);
            item.put("status", if full && !read_only { "nearly-full" } else { "mounted" });
        }
        Some(Err(UsageError::Silent)) => {
            item.put("status", "not-responding");
        }
        Some(Err(UsageError::Denied | UsageError::Failed(_))) | None => {
            item.put("status", "mounted");
        }
    }
    item
}

/// The kernel's name of the disk or partition below, if there is one.
fn block_device(root: &Root, mount: &Mount) -> Option<String> {
    if let Some(name) = root.link_name(format!("/sys/dev/block/{}", mount.device)) {
        return Some(name);
    }
    // btrfs and others number themselves; then the source says it, perhaps through links of /dev.
    let mut path = mount.source.strip_prefix("/dev/").map(|_| mount.source.clone())?;
    for _ in 0..4 {
        let Ok(target) = root.link(&path) else { break };
        let target = lossless(&target);
        path = if target.starts_with('/') {
            target
        } else {
            path_text(&Path::new(&path).parent()?.join(target))
        };
    }
    let name = path.rsplit('/').next()?.to_owned();
    root.exists(format!("/sys/class/block/{name}")).then_some(name)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn status(options: &str, usage: &Result<Usage, UsageError>) -> Value {
        let line = format!("1 0 0:9 / /m {options} - ext4 none {options}\n");
        let mount = mounts::parse(line.as_bytes()).0.remove(0);
        let item = item(&Root::new("/no/such/root".into()), &mount, Class::Disk, Some(usage));
        Value::from(item)["status"].clone()
    }

    #[test]
    fn a_full_file_system_wants_a_look_unless_nobody_can_write_to_it() {
        let usage = |used, inodes_free| {
            Ok(Usage { size: 1000, used, available: 1000 - used, inodes: 1000, inodes_free })
        };
        assert_eq!(status("rw", &usage(950, 500)), "mounted");
        assert_eq!(status("rw", &usage(951, 500)), "nearly-full");
        assert_eq!(status("rw", &usage(10, 3)), "nearly-full");
        assert_eq!(status("ro", &usage(1000, 0)), "mounted");
        assert_eq!(status("rw", &Err(UsageError::Silent)), "not-responding");
        assert_eq!(status("rw", &Err(UsageError::Denied)), "mounted");
    }

    #[test]
    fn file_systems_are_told_by_what_stands_behind_them() {
        for (fs_type, class) in [
            ("ext4", "disk"),
            ("zfs", "disk"),
            ("nfs4", "network"),
            ("tmpfs", "memory"),
            ("overlay", "overlay"),
            ("fuse.sshfs", "fuse"),
            ("fuseblk", "disk"),
            ("autofs", "virtual"),
            ("cgroup2", "virtual"),
        ] {
            assert_eq!(Class::of(fs_type).as_str(), class, "{fs_type}");
        }
    }
}
