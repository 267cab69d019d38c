//! This machine as far as `sysinfo` tells it: for systems without the /proc and /sys of Linux.
//!
//! Makes the same items as the Linux module, with fewer facts. Compiled and run in the tests on Linux
//! too, so that it cannot rot unseen. Never asks for the environment of a process.

use std::{collections::BTreeSet, os::unix::ffi::OsStrExt};

use cloudscope_domain::{Timestamp, text::visible};
use cloudscope_ports::{Fault, FaultKind};
use serde_json::{Value, json};
use sysinfo::{
    CpuRefreshKind, Disks, InterfaceOperationalState, MemoryRefreshKind, Networks, ProcessRefreshKind,
    ProcessStatus, ProcessesToUpdate, Product, RefreshKind, System, UpdateKind, Users,
};

use crate::{
    listing::{HostKind, Listing},
    object::Object,
    output::Output,
    platform::Platform,
    text::{counted, lossless, path_text},
};

/// What is read; nothing has to be remembered.
#[derive(Debug)]
pub(crate) struct Portable;

impl Platform for Portable {
    /// The hardware's id, else one made from the host name.
    fn machine_id(&self) -> String {
        let uuid = Product::uuid().ok().map(|id| id.trim().to_ascii_lowercase());
        uuid.filter(|id| id.len() >= 8 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
            .unwrap_or_else(|| {
                let host = hostname();
                let words: String =
                    host.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect();
                format!("{words}-{}", &blake3::hash(host.as_bytes()).to_hex()[..16])
            })
    }

    fn identity(&self) -> String {
        let uid = rustix::process::geteuid().as_raw();
        let user = Users::new_with_refreshed_list()
            .ok()
            .and_then(|users| {
                users.iter().find(|u| u.id().to_string() == uid.to_string()).map(|u| u.name().to_owned())
            })
            .unwrap_or_else(|| format!("uid-{uid}"));
        visible(&format!("{user}@{}", hostname())).into_owned()
    }

    fn limits(&self) -> Vec<String> {
        let mut limits =
            vec!["this system shows listening sockets and physical disks only to its own tools".into()];
        if !rustix::process::geteuid().is_root() {
            limits.push("not root: command lines of other users' processes are hidden".into());
        }
        limits
    }

    fn disabled(&self, listing: Listing) -> Option<&'static str> {
        match listing {
            Listing::Sockets => Some("listening sockets are only read on Linux in this version"),
            Listing::Disks => {
                Some("physical disks are only read on Linux in this version; see the file systems")
            }
            Listing::Machine | Listing::Filesystems | Listing::Interfaces | Listing::Processes => None,
        }
    }

    fn list(&self, listing: Listing, out: &mut Output) -> Result<(), Fault> {
        match listing {
            Listing::Machine => machine(out),
            Listing::Filesystems => filesystems(out),
            Listing::Interfaces => interfaces(out),
            Listing::Processes => processes(out),
            Listing::Disks | Listing::Sockets => {
                Err(out.fault(FaultKind::Disabled, self.disabled(listing).unwrap_or_default()))
            }
        }
    }
}

fn hostname() -> String {
    System::host_name().ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "localhost".into())
}

fn unread(out: &Output, error: &sysinfo::Error) -> Fault {
    out.fault(FaultKind::Unreachable, format!("the system does not tell: {error}"))
}

/// Seconds since the epoch as the payloads have them.
fn time(seconds: u64) -> String {
    Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX)).to_string()
}

fn machine(out: &mut Output) -> Result<(), Fault> {
    let kind = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::nothing().with_ram().with_swap());
    let system = System::new_with_specifics(kind).map_err(|e| unread(out, &e))?;
    let host = hostname();
    let mut os = Object::new();
    os.put("id", System::distribution_id())
        .put_some("name", System::name().ok())
        .put_some("version", System::os_version().ok())
        .put_some("pretty_name", System::long_os_version().ok());
    let mut kernel = Object::new();
    kernel
        .put("name", rustix::system::uname().sysname().to_string_lossy())
        .put_some("release", System::kernel_version().ok())
        .put("architecture", System::cpu_arch());
    let mut cpu = Object::new();
    cpu.put_some("model", system.cpus().first().map(|c| c.brand().to_owned()).filter(|b| !b.is_empty()))
        .put("processors", system.cpus().len())
        .put_some("cores", System::physical_core_count().ok());
    let mut hardware = Object::new();
    hardware
        .put_some("vendor", Product::vendor_name().ok())
        .put_some("product", Product::name().ok())
        .put_some("serial", Product::serial_number().ok());
    let addresses: Vec<String> = Networks::new_with_refreshed_list()
        .map(|networks| {
            let all = networks.values().flat_map(sysinfo::NetworkData::ip_networks);
            all.filter(|n| !n.addr.is_loopback()).map(|n| n.addr.to_string()).collect()
        })
        .unwrap_or_default();
    let mut item = Object::new();
    item.put("hostname", host.as_str())
        .put("dns_names", vec![host])
        .put_full("os", os)
        .put_full("kernel", kernel)
        .put_some("boot_time", System::boot_time().ok().map(time))
        .put_full("cpu", cpu)
        .put("memory", json!({ "total_bytes": system.total_memory(), "swap_bytes": system.total_swap() }))
        .put_full("hardware", hardware)
        .put_full("addresses", addresses);
    out.expect(1)?;
    out.item(HostKind::Machine, item)
}

fn filesystems(out: &mut Output) -> Result<(), Fault> {
    let disks = Disks::new_with_refreshed_list().map_err(|e| unread(out, &e))?;
    let mut points = BTreeSet::new();
    for disk in &disks {
        let point = path_text(disk.mount_point());
        // The later of two mounts in one place would have the same id.
        if !points.insert(point.clone()) {
            continue;
        }
        let used = disk.total_space().saturating_sub(disk.available_space());
        let percent = (disk.total_space() > 0).then(|| {
            u64::try_from((u128::from(used) * 100).div_ceil(u128::from(disk.total_space()))).unwrap_or(100)
        });
        let full = percent.is_some_and(|p| p > 95) && !disk.is_read_only();
        let mut item = Object::new();
        item.put("mount_point", point)
            .put("fs_type", lossless(disk.file_system().as_bytes()))
            .put("source", lossless(disk.name().as_bytes()))
            .put("read_only", disk.is_read_only())
            .put("removable", disk.is_removable())
            .put("size_bytes", disk.total_space())
            .put("used_bytes", used)
            .put("available_bytes", disk.available_space())
            .put_some("used_percent", percent)
            .put("status", if full { "nearly-full" } else { "mounted" });
        out.item(HostKind::Filesystem, item)?;
    }
    Ok(())
}

fn interfaces(out: &mut Output) -> Result<(), Fault> {
    let networks = Networks::new_with_refreshed_list().map_err(|e| unread(out, &e))?;
    out.expect(networks.len())?;
    for (name, data) in &networks {
        let mut networks: Vec<_> = data.ip_networks().iter().collect();
        networks.sort_by_key(|n| (n.addr, n.prefix));
        networks.dedup();
        let addresses: Vec<Value> = networks
            .iter()
            .map(|n| {
                let family = if n.addr.is_ipv4() { "inet" } else { "inet6" };
                json!({ "address": n.addr.to_string(), "prefix": n.prefix, "family": family })
            })
            .collect();
        let mac = data.mac_address();
        let state = match data.operational_state() {
            InterfaceOperationalState::Up => Some("up"),
            InterfaceOperationalState::Down => Some("down"),
            InterfaceOperationalState::Testing => Some("testing"),
            _ => None,
        };
        let mut item = Object::new();
        item.put("name", lossless(name.as_bytes()))
            .put_full("addresses", addresses)
            .put_some("mac", (!mac.is_unspecified()).then(|| mac.to_string()))
            .put("mtu", data.mtu())
            .put_some("state", state);
        out.item(HostKind::Interface, item)?;
    }
    Ok(())
}

fn processes(out: &mut Output) -> Result<(), Fault> {
    let mut system = System::new().map_err(|e| unread(out, &e))?;
    let kind = ProcessRefreshKind::nothing()
        .with_memory()
        .with_cpu()
        .with_user(UpdateKind::Always)
        .with_cmd(UpdateKind::Always)
        .with_exe(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    let users = Users::new_with_refreshed_list().map_err(|e| unread(out, &e))?;
    if system.processes().is_empty() {
        return Err(out.fault(FaultKind::Unreachable, "the system lists no process, not even this one"));
    }
    out.expect(system.processes().len())?;
    let mut hidden = 0_u64;
    for (pid, process) in system.processes() {
        let arguments: Vec<String> = process.cmd().iter().map(|a| lossless(a.as_bytes())).collect();
        let exe = process.exe().map(path_text).filter(|exe| !exe.is_empty());
        if arguments.is_empty() && exe.is_none() {
            hidden += 1;
        }
        let state = match process.status() {
            ProcessStatus::Zombie => "zombie",
            ProcessStatus::Stop => "stopped",
            ProcessStatus::Tracing => "traced",
            ProcessStatus::Dead => "dead",
            ProcessStatus::Parked => "parked",
            ProcessStatus::Unknown(_) => "unknown",
            _ => "running",
        };
        let uid = process.effective_user_id().or_else(|| process.user_id());
        let number = |id: String| id.parse::<u32>().ok();
        let parent = process.parent().map(sysinfo::Pid::as_u32).filter(|pid| *pid > 0);
        let mut item = Object::new();
        item.put("pid", pid.as_u32())
            .put_some("ppid", parent)
            .put("name", lossless(process.name().as_bytes()))
            // Recorded by the kernel when the process began; setting the clock later does not move it.
            .put("incarnation", process.start_time().to_string())
            .put("started_at", time(process.start_time()))
            .put_full("argv", out.redactor.command_line(&arguments))
            .put_some("exe", exe)
            .put("state", state)
            .put_some("session", process.session_id().map(sysinfo::Pid::as_u32))
            .put("cpu_ticks", process.accumulated_cpu_time() / 10)
            .put_some("uid", process.user_id().and_then(|id| number(id.to_string())))
            .put_some("effective_uid", uid.and_then(|id| number(id.to_string())))
            .put_some("gid", process.group_id().and_then(|id| number(id.to_string())))
            .put_some("user", uid.and_then(|id| users.get_user_by_id(id)).map(|user| user.name().to_owned()))
            .put("memory_bytes", process.memory());
        out.item(HostKind::Process, item)?;
    }
    if hidden > 0 && !rustix::process::geteuid().is_root() {
        out.limited(
            format!(
                "the command lines of {} are hidden from this user",
                counted(hidden, "process", "processes")
            ),
            Some("root"),
        )?;
    }
    Ok(())
}
