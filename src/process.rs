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
