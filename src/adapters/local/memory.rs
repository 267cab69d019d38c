//! How much memory this process may use: what the machine has, or what a container leaves of it.

use std::path::{Path, PathBuf};

/// Bytes of memory, where the system tells.
#[must_use]
pub fn memory() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let machine = read("/proc/meminfo").as_deref().and_then(total);
    let group = read("/proc/self/cgroup").as_deref().and_then(|text| {
        groups(text).filter_map(|path| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok()).min()
    });
    // A limit that is none is a very large number in version 1.
    machine.into_iter().chain(group).min()
}

/// The first line of `/proc/meminfo`: `MemTotal:       24633292 kB`.
fn total(text: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The files that may hold a limit: of the process's own group and of all that it is in.
fn groups(text: &str) -> impl Iterator<Item = PathBuf> + '_ {
    text.lines().flat_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let (root, file) = if controllers.is_empty() {
            ("/sys/fs/cgroup", "memory.max")
        } else if controllers.split(',').any(|c| c == "memory") {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        } else {
            ("", "")
        };
        let inside = path.trim_start_matches('/').to_owned();
        let up: Vec<PathBuf> =
            Path::new(&inside).ancestors().map(|p| Path::new(root).join(p).join(file)).collect();
        if root.is_empty() { Vec::new() } else { up }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_has_is_read() {
        assert_eq!(total("MemTotal:       24633292 kB\nMemFree: 1 kB\n"), Some(24_633_292 * 1024));
        assert_eq!(total("nothing"), None);
    }

    #[test]
    fn limits_are_looked_for_in_every_group_above() {
        let of = |text: &str| groups(text).map(|p| p.display().to_string()).collect::<Vec<_>>();
        assert_eq!(
            of("0::/a/b\n"),
            ["/sys/fs/cgroup/a/b/memory.max", "/sys/fs/cgroup/a/memory.max", "/sys/fs/cgroup/memory.max"]
        );
        assert_eq!(of("5:cpu,memory:/\n3:pids:/x\n"), ["/sys/fs/cgroup/memory/memory.limit_in_bytes"]);
    }
}
