//! The process that the tests of this crate start: `probe ...` looks at a store as the program's hidden
//! command does; `commit DIR SEED` commits known data for ever and prints each acknowledged revision,
//! until it is killed; `compact DIR SEED` does the same and compacts between the commits; `hang` and `abort` do what they say.
#![expect(clippy::unwrap_used, reason = "a defect of the test shows as a panic of its child")]

use std::{ffi::OsString, io::Write, path::Path};

use cloudscope_ports::{
    AssetStore,
    contract::{sample::Rng, store::random_commit},
};
use cloudscope_store::{OpenOptions, ProbeCommand, SledStore, probe_main};

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
        Some("hang") => std::thread::park(),
        Some("abort") => std::process::abort(),
        _ => std::process::exit(64),
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
