//! Processes, with what started them, what they run and as whom. The environment of a process is
//! never read, and its command line is redacted before it leaves this module.
//!
//! A process that ends while it is read is left out without a word: it is not there.

use std::io;

use cloudscope_ports::{Fault, FaultKind};

use super::{
    PTRACE,
    boot::Boot,
    mounts,
    procdir::{Miss, ProcDir, pids},
    root::Root,
    users::Users,
};
use crate::{
    listing::HostKind,
    object::Object,
    output::{Output, Tally},
    text::{counted, lossless},
};

mod cgroup;
mod stat;
mod status;

use stat::Stat;
use status::Status;

/// Bytes kept of a command line. A kernel allows megabytes; nobody reads them.
const ARGUMENTS: u64 = 32 << 10;
const SMALL: u64 = 64 << 10;

/// Why whole processes are hidden from this user, if they are.
pub(crate) fn hidden(root: &Root) -> Option<String> {
    let table = root.read("/proc/self/mountinfo", 32 << 20).ok()?;
    let (mounts, _) = mounts::parse(&table.bytes);
    let proc = mounts.iter().find(|m| m.fs_type == "proc" && m.point.as_os_str() == "/proc")?;
    let mode = proc.options.iter().find_map(|o| o.strip_prefix("hidepid="))?;
    // Process 1 is always there and always root's: who sees it is exempt (root, or the group `gid=`).
    let exempt = match mode {
        "0" | "off" => true,
        "1" | "noaccess" => root.read("/proc/1/stat", SMALL).is_ok(),
        _ => root.exists("/proc/1"),
    };
    (!exempt).then(|| format!("processes of other users are hidden: /proc is mounted with hidepid={mode}"))
}

/// What this user could not see, by class.
#[derive(Default)]
struct Shut {
    executables: u64,
    processes: u64,
    failed: Tally,
}

pub(crate) fn list(root: &Root, out: &mut Output) -> Result<(), Fault> {
    let pids =
        pids(root).map_err(|e| out.fault(FaultKind::Unreachable, format!("/proc cannot be read: {e}")))?;
    if pids.is_empty() {
        return Err(
            out.fault(FaultKind::Unreachable, "/proc lists no process, not even this one; is it mounted?")
        );
    }
    out.expect(pids.len())?;
    let facts = Facts { boot: Boot::read(root), users: Users::read(root) };
    if !facts.boot.named {
        // The same process would bear another name than the last time, which proves nothing.
        let words = "the kernel's id of this boot cannot be read (/proc/sys/kernel/random/boot_id), so processes cannot be told from earlier ones of the same number";
        out.problem(words, None)?;
    }
    let mut shut = Shut::default();
    for pid in pids {
        out.going_on()?;
        match read(root, pid, &facts, &mut shut, out) {
            Ok(item) => out.item(HostKind::Process, item)?,
            Err(Miss::Vanished) => {}
            Err(Miss::Denied) => shut.processes += 1,
            Err(Miss::Failed(e)) => shut.failed.add(format_args!("process {pid}: {e}")),
        }
    }
    report(root, &shut, out)
}

fn report(root: &Root, shut: &Shut, out: &mut Output) -> Result<(), Fault> {
    let hidden = hidden(root);
    let remedy = format!("{PTRACE}, or the group that /proc is mounted for with gid=");
    if let Some(words) = &hidden {
        out.problem(words.clone(), Some(&remedy))?;
    }
    if shut.processes > 0 {
        let words = format!("{} may not be read at all", counted(shut.processes, "process", "processes"));
        out.problem(words, Some(&remedy))?;
    }
    out.problems(&shut.failed, "processes that could not be read")?;
    if shut.executables > 0 {
        out.limited(
            format!(
                "the executable files of {} are hidden",
                counted(shut.executables, "process", "processes")
            ),
            Some(PTRACE),
        )?;
    }
    Ok(())
}

struct Facts {
    boot: Boot,
    users: Users,
}

fn read(root: &Root, pid: u32, facts: &Facts, shut: &mut Shut, out: &Output) -> Result<Object, Miss> {
    let dir = ProcDir::open(root, pid)?;
    let stat = dir.read("stat", SMALL)?.bytes;
    let stat = Stat::parse(&stat).ok_or_else(|| {
        Miss::Failed(io::Error::new(io::ErrorKind::InvalidData, "its stat file is not understood"))
    })?;
    let status = Status::parse(&dir.read("status", SMALL)?.bytes);
    let command = dir.read("cmdline", ARGUMENTS)?;
    let arguments = arguments(&command.bytes, command.cut);

    let mut item = Object::new();
    item.put("pid", pid);
    // Process 0 is the kernel's own and in no list.
    item.put_some("ppid", (stat.parent > 0).then_some(stat.parent));
    item.put("name", stat.name());
    item.put("incarnation", facts.boot.incarnation(stat.start_ticks));
    item.put_some("started_at", facts.boot.plus_ticks(stat.start_ticks).map(|t| t.to_string()));
    item.put_full("argv", out.redactor.command_line(&arguments));
    item.put_some("argv_cut", command.cut.then_some(true));
    if stat.kernel_thread {
        item.put("kernel_thread", true);
    } else {
        match dir.link("exe") {
            Ok(path) => {
                item.put("exe", lossless(&path));
            }
            // A zombie has none.
            Err(Miss::Vanished) => {}
            Err(Miss::Denied) => shut.executables += 1,
            Err(Miss::Failed(e)) => shut.failed.add(format_args!("/proc/{pid}/exe: {e}")),
        }
    }
    item.put("state", stat.state_word()).put("state_code", stat.state.to_string());
    item.put("process_group", stat.group).put("session", stat.session);
    item.put("threads", stat.threads).put("cpu_ticks", stat.cpu_ticks);
    item.put_some("uid", status.uid)
        .put_some("effective_uid", status.effective_uid)
        .put_some("gid", status.gid);
    item.put_some("user", status.effective_uid.or(status.uid).and_then(|uid| facts.users.name(uid)));
    item.put_some("memory_bytes", status.memory_bytes);
    item.put_full("pids_in_namespaces", status.inner_pids);
    if let Ok(file) = dir.read("cgroup", SMALL) {
        let path = cgroup::path(&file.bytes);
        item.put_some("container_id", path.as_deref().and_then(cgroup::container_id));
        item.put_some("cgroup", path);
    }
    Ok(item)
}

/// The arguments of a command line. Of one that was cut the last is dropped: half a secret looks like
/// none and would not be found.
fn arguments(bytes: &[u8], cut: bool) -> Vec<String> {
    if bytes.is_empty() {
        return Vec::new();
    }
    let whole = bytes.strip_suffix(b"\0").filter(|_| !cut).unwrap_or(bytes);
    let mut arguments: Vec<String> = whole.split(|b| *b == 0).map(lossless).collect();
    if cut {
        arguments.pop();
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_keep_empty_ones_and_lose_half_ones() {
        let check = |bytes: &[u8], cut, expected: &[&str]| assert_eq!(arguments(bytes, cut), expected);
        check(b"", false, &[]);
        check(b"a\0", false, &["a"]);
        check(b"a\0\0b c\0\0", false, &["a", "", "b c", ""]);
        check(b"nginx: master", false, &["nginx: master"]);
        check(b"a\0--password=hun", true, &["a"]);
        check(b"a\xff\0", false, &["a\\xff"]);
    }
}
