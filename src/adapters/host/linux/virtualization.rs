//! Whether this machine is hardware, a virtual machine or a container, told from what anybody may
//! read. Runs no program and asks no hypervisor.

use super::root::Root;

/// What the machine runs in. Both can be set: a container in a virtual machine.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Virtualization {
    /// The hypervisor: `kvm`, `vmware`, ..., or `unknown` when the processor only says that there is one.
    pub(crate) hypervisor: Option<&'static str>,
    /// The container runtime: `docker`, `podman`, `lxc`, ...
    pub(crate) container: Option<String>,
}

impl Virtualization {
    /// One word for both; `none` on hardware.
    pub(crate) fn word(&self) -> &str {
        self.container.as_deref().or(self.hypervisor).unwrap_or("none")
    }
}

/// Words of the firmware's vendor and product that name a hypervisor, as systemd-detect-virt knows
/// them (<https://github.com/systemd/systemd/blob/main/src/basic/virt.c>).
const FIRMWARE: &[(&str, &str)] = &[
    ("KVM", "kvm"),
    ("OpenStack", "kvm"),
    ("KubeVirt", "kvm"),
    ("Amazon EC2", "amazon"),
    ("Google Compute Engine", "google"),
    ("QEMU", "qemu"),
    ("VMware", "vmware"),
    ("VMW", "vmware"),
    ("innotek GmbH", "virtualbox"),
    ("VirtualBox", "virtualbox"),
    ("Xen", "xen"),
    ("Bochs", "bochs"),
    ("Parallels", "parallels"),
    ("BHYVE", "bhyve"),
    ("Hyper-V", "microsoft"),
    ("Apple Virtualization", "apple"),
];

pub(crate) fn detect(root: &Root, cpu_flags: &str) -> Virtualization {
    Virtualization { hypervisor: hypervisor(root, cpu_flags), container: container(root) }
}

fn hypervisor(root: &Root, cpu_flags: &str) -> Option<&'static str> {
    let firmware: Vec<String> =
        ["product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"]
            .into_iter()
            .filter_map(|name| root.fact(format!("/sys/class/dmi/id/{name}")))
            .collect();
    let named = firmware.iter().find_map(|text| {
        FIRMWARE.iter().find(|(word, _)| text.starts_with(word) || text.contains(word)).map(|(_, name)| *name)
    });
    // Hyper-V's firmware says only `Microsoft Corporation`, which a Surface laptop says as well.
    let microsoft = firmware.iter().any(|t| t == "Virtual Machine").then_some("microsoft");
    let xen = (root.fact("/sys/hypervisor/type").as_deref() == Some("xen")).then_some("xen");
    let flagged = cpu_flags.split_ascii_whitespace().any(|flag| flag == "hypervisor");
    // EC2's own hardware has the same firmware words as its virtual machines, without the flag.
    if matches!(named, Some("amazon")) && !flagged && root.exists("/proc/cpuinfo") && !cpu_flags.is_empty() {
        return None;
    }
    xen.or(named).or(microsoft).or(flagged.then_some("unknown"))
}

fn container(root: &Root) -> Option<String> {
    if root.exists("/.dockerenv") {
        return Some("docker".into());
    }
    if root.exists("/run/.containerenv") {
        return Some("podman".into());
    }
    // Written by container managers for their guests; the environment of process 1 would say the same,
    // but environments are never read.
    if let Some(name) = root.fact("/run/systemd/container") {
        return Some(name);
    }
    if root.exists("/var/run/secrets/kubernetes.io") {
        return Some("kubernetes".into());
    }
    let cgroup = root.fact("/proc/1/cgroup")?;
    [
        ("docker", "docker"),
        ("kubepods", "kubernetes"),
        ("libpod", "podman"),
        ("/lxc", "lxc"),
        ("containerd", "containerd"),
    ]
    .into_iter()
    .find(|(word, _)| cgroup.contains(word))
    .map(|(_, name)| name.to_owned())
}
