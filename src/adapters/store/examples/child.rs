//! The process that the tests of this crate start: `probe ...` looks at a store as the program's hidden
//! command does; `commit DIR SEED` commits known data for ever and prints each acknowledged revision,
//! until it is killed; `compact DIR SEED` does the same and compacts between the commits; `open DIR` tells what opening
//! says. `hang`, `abort`, `panic` and `killed SIGNAL` do what they say; `killed-once SIGNAL FILE` is a probe the second
//! time; `salvage-killed` and `salvage-cut` find every store damaged and do not hand out what is in it.
#![expect(clippy::unwrap_used, reason = "a defect of the test shows as a panic of its child")]

use std::{ffi::OsString, io::Write, path::Path};

use cloudscope_ports::{
    AssetStore,
    contract::{sample::Rng, store::random_commit},
};
use cloudscope_store::{OpenOptions, ProbeCommand, SledStore, probe_main};
use rustix::process::{Signal, getpid, kill_process};

fn main() {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|a| a.to_str()) {
        Some("probe") => std::process::exit(probe_main(arguments.into_iter().skip(1))),
        Some(mode @ ("commit" | "compact")) => {
            commit(
                Path::new(&arguments[1]),
                arguments[2].to_str().unwrap().parse().unwrap(),
                mode == "compact",
            );
        }
        Some("open") => open(Path::new(&arguments[1])),
        Some("hang") => std::thread::park(),
        Some("abort") => std::process::abort(),
        Some("panic") => {
            std::panic::set_hook(Box::new(|_| {}));
            panic!("as the engine does");
        }
        Some("killed") => die_of(&arguments[1]),
        Some("killed-once") => {
            if std::fs::File::create_new(&arguments[2]).is_ok() {
                die_of(&arguments[1]);
            }
            std::process::exit(probe_main(arguments.into_iter().skip(3)));
        }
        Some("salvage-killed" | "salvage-cut") if arguments[1] == "check" => std::process::exit(3),
        Some("salvage-killed") => die_of("TERM".as_ref()),
        Some("salvage-cut") => std::process::exit(0),
        _ => std::process::exit(64),
    }
}

/// As if somebody had sent it.
fn die_of(signal: &std::ffi::OsStr) -> ! {
    let signal = match signal.to_str() {
        Some("TERM") => Signal::TERM,
        Some("HUP") => Signal::HUP,
        Some("INT") => Signal::INT,
        _ => Signal::KILL,
    };
    kill_process(getpid(), signal).unwrap();
    loop {
        std::thread::park();
    }
}

/// Prints the records that are there, or why it cannot be opened.
fn open(dir: &Path) {
    let probe = ProbeCommand { program: std::env::current_exe().unwrap(), arguments: vec!["probe".into()] };
    let options = OpenOptions { probe: Some(probe), ..OpenOptions::default() };
    let mut out = std::io::stdout().lock();
    match SledStore::open(dir, options) {
        Ok((store, report)) => writeln!(out, "{} {:?}", store.info().records, report.findings).unwrap(),
        Err(error) => writeln!(out, "{error}").unwrap(),
    }
}

fn commit(dir: &Path, seed: u64, compact: bool) -> ! {
    let probe = ProbeCommand { program: std::env::current_exe().unwrap(), arguments: vec!["probe".into()] };
    let options = OpenOptions { probe: Some(probe), ..OpenOptions::default() };
    let (store, report) = SledStore::open(dir, options).unwrap();
    assert_eq!(report.findings, []);
    let mut out = std::io::stdout().lock();
    loop {
        let revision = store.revision().next();
        let commit = random_commit(&mut Rng::new(seed ^ revision.0 << 20), revision);
        store.apply(&commit).unwrap();
        writeln!(out, "{revision}").unwrap();
        out.flush().unwrap();
        if compact {
            store.compact().unwrap();
        }
    }
}
