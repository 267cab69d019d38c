//! The machine itself: system, kernel, processors, memory, hardware, and what it runs in.
//!
//! Facts that change by themselves (load, free memory, uptime) are not read: they would be stale as
//! soon as they are kept.

use std::{collections::BTreeSet, io, path::Path};

use cloudscope_ports::Fault;
use serde_json::Value;

use super::{boot::Boot, interfaces, root::Root, virtualization};
use crate::{listing::HostKind, object::Object, output::Output};

/// Bytes read of /proc/cpuinfo: 4,096 processors of 2 kB.
const CPUINFO: u64 = 8 << 20;

pub(crate) fn hostname(root: &Root) -> String {
    root.fact("/proc/sys/kernel/hostname")
        .or_else(|| root.fact("/etc/hostname"))
        .unwrap_or_else(|| "localhost".into())
}

pub(crate) fn list(root: &Root, out: &mut Output) -> Result<(), Fault> {
    let mut item = Object::new();
    let host = hostname(root);
    let mut names = vec![host.clone()];
    // The kernel's own idea of a domain; asking DNS would be a call to somebody else.
    if let Some(domain) = root.fact("/proc/sys/kernel/domainname").filter(|d| d != "(none)") {
        names.push(format!("{host}.{domain}"));
    }
    item.put("hostname", host).put("dns_names", names);
    item.put_full("os", os(root)).put_full("kernel", kernel(root));
    let boot = Boot::read(root);
    item.put_full("boot_id", boot.id.clone()).put_some("boot_time", boot.time().map(|t| t.to_string()));
    let cpu = Cpu::read(root);
    let virt = virtualization::detect(root, &cpu.flags);
    item.put_full("cpu", cpu).put_full("memory", memory(root));
    item.put("virtualization", virt.word());
    item.put_some("hypervisor", virt.hypervisor).put_some("container", virt.container);
    let (hardware, hidden) = hardware(root);
    item.put_full("hardware", hardware);
    let addresses = interfaces::addresses(root);
    let reachable: Vec<String> =
        addresses.of.into_values().flatten().filter(|a| a.is_reachable()).map(|a| a.ip.to_string()).collect();
    item.put_full("addresses", reachable);
    out.expect(1)?;
    out.item(HostKind::Machine, item)?;
    if let Some(words) = addresses.gap {
        out.limited(words, None)?;
    }
    if !hidden.is_empty() {
        out.limited(format!("{} of the hardware may only be read by root", hidden.join(", ")), Some("root"))?;
    }
    Ok(())
}

fn os(root: &Root) -> Value {
    let text = root.fact("/etc/os-release").or_else(|| root.fact("/usr/lib/os-release")).unwrap_or_default();
    let mut os = Object::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = match key.trim() {
            "ID" => "id",
            "NAME" => "name",
            "VERSION_ID" => "version",
            "PRETTY_NAME" => "pretty_name",
            "VERSION_CODENAME" => "codename",
            "VARIANT" => "variant",
            _ => continue,
        };
        os.put_full(key, unquoted(value.trim()));
    }
    os.into()
}

/// A value of os-release: shell quoting without substitution.
fn unquoted(value: &str) -> String {
    let inner = match value.as_bytes() {
        [b'"', .., b'"'] | [b'\'', .., b'\''] => &value[1..value.len() - 1],
        _ => value,
    };
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if !value.starts_with('\'') => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

fn kernel(root: &Root) -> Value {
    let mut kernel = Object::new();
    kernel.put("name", "Linux");
    kernel.put_some("release", root.fact("/proc/sys/kernel/osrelease"));
    kernel.put_some("version", root.fact("/proc/sys/kernel/version"));
    let arch = root
        .fact("/proc/sys/kernel/arch")
        .or_else(|| root.is_live().then(|| rustix::system::uname().machine().to_string_lossy().into_owned()));
    kernel.put_some("architecture", arch);
    kernel.into()
}

#[derive(Debug, Default)]
struct Cpu {
    model: Option<String>,
    vendor: Option<String>,
    processors: usize,
    sockets: usize,
    cores: usize,
    flags: String,
}

impl Cpu {
    fn read(root: &Root) -> Self {
        root.read("/proc/cpuinfo", CPUINFO)
            .map(|file| Self::parse(&String::from_utf8_lossy(&file.bytes)))
            .unwrap_or_default()
    }

    /// The fields have other names on each architecture; what is not found is left out.
    fn parse(text: &str) -> Self {
        let mut cpu = Self::default();
        let (mut sockets, mut cores) = (BTreeSet::new(), BTreeSet::new());
        let mut socket = String::new();
        for line in text.lines() {
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match key.trim() {
                "processor" => cpu.processors += 1,
                "model name" | "Processor" | "cpu model" | "cpu" if cpu.model.is_none() => {
                    cpu.model = Some(value.to_owned());
                }
                "vendor_id" | "CPU implementer" if cpu.vendor.is_none() => {
                    cpu.vendor = Some(value.to_owned());
                }
                "physical id" => {
                    sockets.insert(value.to_owned());
                    value.clone_into(&mut socket);
                }
                "core id" => {
                    cores.insert((socket.clone(), value.to_owned()));
                }
                "flags" | "Features" if cpu.flags.is_empty() => value.clone_into(&mut cpu.flags),
                _ => {}
            }
        }
        cpu.sockets = sockets.len();
        cpu.cores = cores.len();
        cpu
    }
}

impl From<Cpu> for Value {
    fn from(cpu: Cpu) -> Self {
        let mut item = Object::new();
        item.put_some("model", cpu.model).put_some("vendor", cpu.vendor);
        for (key, count) in [("processors", cpu.processors), ("cores", cpu.cores), ("sockets", cpu.sockets)] {
            item.put_some(key, (count > 0).then_some(count));
        }
        item.into()
    }
}

fn memory(root: &Root) -> Value {
    let text = root.fact("/proc/meminfo").unwrap_or_default();
    let mut memory = Object::new();
    for (field, key) in [("MemTotal:", "total_bytes"), ("SwapTotal:", "swap_bytes")] {
        let kilobytes = text.lines().find_map(|line| {
            line.strip_prefix(field)?.trim().trim_end_matches("kB").trim().parse::<u64>().ok()
        });
        memory.put_some(key, kilobytes.map(|k| k.saturating_mul(1024)));
    }
    memory.into()
}

/// What the firmware says, and the facts that it keeps from this user.
fn hardware(root: &Root) -> (Value, Vec<&'static str>) {
    const FACTS: [(&str, &str); 9] = [
        ("sys_vendor", "vendor"),
        ("product_name", "product"),
        ("product_version", "product_version"),
        ("product_serial", "serial"),
        ("product_uuid", "uuid"),
        ("board_name", "board"),
        ("bios_vendor", "firmware_vendor"),
        ("bios_version", "firmware_version"),
        ("chassis_asset_tag", "asset_tag"),
    ];
    let (mut item, mut hidden) = (Object::new(), Vec::new());
    for (file, key) in FACTS {
        let path = Path::new("/sys/class/dmi/id").join(file);
        match root.read(&path, 4096) {
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => hidden.push(key),
            _ => {
                item.put_some(key, root.fact(&path));
            }
        }
    }
    // Boards without such firmware have a device tree, whose texts end in a zero byte.
    if let Ok(file) = root.read("/proc/device-tree/model", 4096) {
        let model = crate::text::lossless(file.bytes.strip_suffix(b"\0").unwrap_or(&file.bytes));
        item.put_full("model", model);
    }
    (item.into(), hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_cores_and_sockets_are_counted() {
        let block = |p: u32, s: u32, c: u32| {
            format!(
                "processor\t: {p}\nvendor_id\t: V\nmodel name\t: M: 3\nphysical id\t: {s}\ncore id\t\t: {c}\nflags\t: fpu hypervisor\n\n"
            )
        };
        let cpu = Cpu::parse(&[block(0, 0, 0), block(1, 0, 0), block(2, 1, 0), block(3, 1, 1)].concat());
        assert_eq!((cpu.processors, cpu.sockets, cpu.cores), (4, 2, 3));
        assert_eq!(cpu.model.as_deref(), Some("M: 3"));
        assert_eq!(cpu.flags, "fpu hypervisor");
    }

    #[test]
    fn quotes_of_os_release_are_taken_off() {
        assert_eq!(unquoted("debian"), "debian");
        assert_eq!(unquoted("\"A \\\"B\\\" \\$C\""), "A \"B\" $C");
        assert_eq!(unquoted("'a\\b'"), "a\\b");
        assert_eq!(unquoted("\""), "\"");
    }
}
