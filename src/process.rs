//! This process: no core dumps, files for their owner only, signals that end a command.

use std::collections::BTreeMap;

use rustix::process::{Resource, Rlimit};

/// Done before anything is read: nothing of an inventory may end in a core file or be readable by others.
pub(crate) fn harden() {
    // On Linux a limit of 0 still runs a core handler named by `core_pattern`; a limit of 1 byte stops
    // both the handler and the file.
    let bytes = if cfg!(target_os = "linux") { 1 } else { 0 };
    let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
    // Refused only where the limit is lower already.
    let _ = rustix::process::setrlimit(Resource::Core, limit);
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// What the GNU allocator reads at the start. Two heaps: where threads hand each other records, eight a processor
/// keep half as much again. Blocks from 64 KiB on, of which there are few, come from the system and go back to it:
/// in a heap they leave holes that small ones settle in, a third of all memory under a stream of changes. By itself
/// the allocator raises that bound with every larger block that is freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HEAP: [(&str, &str); 4] = [
    ("MALLOC_ARENA_MAX", "2"),
    ("MALLOC_MMAP_THRESHOLD_", "65536"),
    ("MALLOC_TRIM_THRESHOLD_", "4194304"),
    ("MALLOC_TOP_PAD_", "1048576"),
];

/// Begins again as the same process, with an allocator that gives back what is free. It has no other way to be
/// told that is safe. Whoever set a variable keeps what he set; where it cannot be done, things go on as they are.
pub(crate) fn with_a_small_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        use std::os::unix::process::CommandExt as _;
        let missing: Vec<_> = HEAP.into_iter().filter(|(name, _)| std::env::var_os(name).is_none()).collect();
        let Ok(program) = std::env::current_exe() else { return };
        if missing.is_empty() {
            return;
        }
        let mut words = std::env::args_os();
        let mut again = std::process::Command::new(program);
        if let Some(name) = words.next() {
            again.arg0(name);
        }
        // Only returns when it failed.
        let _ = again.args(words).envs(missing).exec();
    }
}

/// The environment, without what is not UTF-8.
pub(crate) fn environment() -> BTreeMap<String, String> {
    std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect()
}

/// Returns when somebody asks this command to stop: ctrl-c, a termination signal, a closed terminal.
pub(crate) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let hear = |kind| signal(kind).ok();
    let (mut term, mut hup) = (hear(SignalKind::terminate()), hear(SignalKind::hangup()));
    let of = async |s: &mut Option<tokio::signal::unix::Signal>| match s {
        Some(s) => {
            s.recv().await;
        }
        None => std::future::pending().await,
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = of(&mut term) => {}
        () = of(&mut hup) => {}
    }
}
