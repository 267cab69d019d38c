//! What happens when the process that looks at the store does not come back with an answer.

use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use cloudscope_ports::{
    AssetStore, StoreError,
    contract::{
        sample::Rng,
        store::{Model, random_commit},
    },
};
use cloudscope_store::{OpenOptions, ProbeCommand, SledStore};

use crate::{child, options, sound};

pub(crate) fn doubtful(dir: &Path) -> Model {
    let store = sound(dir);
    let mut model = Model::default();
    let commit = random_commit(&mut Rng::new(9), model.revision.next());
    store.apply(&commit).unwrap();
    model.apply(&commit);
    drop(store);
    std::fs::remove_file(dir.join("store.clean")).unwrap();
    model
}

pub(crate) fn with(words: &[&str]) -> OpenOptions {
    let arguments = words.iter().map(Into::into).collect();
    OpenOptions { probe: Some(ProbeCommand { program: child(), arguments }), ..options() }
}

/// Takes the second half of what was written to a file.
pub(crate) fn cut(file: &Path) {
    let content = std::fs::read(file).unwrap();
    let written = content.iter().rposition(|b| *b != 0).unwrap() as u64;
    std::fs::File::options().write(true).open(file).unwrap().set_len(written / 2).unwrap();
}

/// Every file with its content, but for the lock.
pub(crate) fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if !path.ends_with("lock") {
            all.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    all
}

/// Opening fails, nothing is changed, and afterwards everything is there.
fn refuses(dir: &Path, options: OpenOptions, model: &Model, context: &str) -> StoreError {
    let before = files(dir);
    let error = match SledStore::open(dir, options) {
        Ok((_, report)) => panic!("{context}: opened, {report:?}"),
        Err(error) => error,
    };
    assert_eq!(files(dir), before, "{context}: something was changed");
    assert!(!dir.join("quarantine").exists() && !dir.join("store.new").exists(), "{context}");
    model.assert_equals(&sound(dir), context);
    error
}

#[test]
fn a_probe_that_dies_or_hangs_costs_the_store_but_not_the_program() {
    for (word, why) in [("abort", "killed by a signal"), ("hang", "did not end"), ("panic", "code 101")] {
        let dir = tempfile::tempdir().unwrap();
        let model = doubtful(dir.path());
        let limits = OpenOptions { probe_limit: Some(Duration::from_millis(300)), ..with(&[word]) };
        let (store, report) = SledStore::open(dir.path(), limits).unwrap();
        assert!(report.findings[0].what.contains(why), "{word}: {:?}", report.findings);
        let aside = report.quarantine.unwrap();
        assert!(report.findings[0].remedy.contains(aside.to_str().unwrap()), "{word}: it says where");
        assert!(aside.join("db").exists(), "{word}: nothing is thrown away");
        assert!(store.revision() > model.revision, "{word}: no number is given out twice");
        // The engine gave nothing before it died, in both of its lives.
        assert_eq!(store.info().records, 0);
        let commit = random_commit(&mut Rng::new(10), store.revision().next());
        store.apply(&commit).unwrap();
        drop(store);
        assert_eq!(sound(dir.path()).info().records, commit.records.len() as u64);
    }
}

#[test]
fn a_probe_that_somebody_ends_costs_nothing() {
    for signal in ["TERM", "KILL", "HUP", "INT"] {
        let dir = tempfile::tempdir().unwrap();
        let model = doubtful(dir.path());
        let error = refuses(dir.path(), with(&["killed", signal]), &model, signal);
        assert!(matches!(error, StoreError::Io(_)), "{signal}: {error:?}");
        let told = error.to_string();
        assert!(told.contains("from outside twice") && told.contains("left as it is"), "{told}");
        // Once may happen.
        let dir = tempfile::tempdir().unwrap();
        let model = doubtful(dir.path());
        let mark = dir.path().join("once").display().to_string();
        let (store, report) = SledStore::open(dir.path(), with(&["killed-once", signal, &mark])).unwrap();
        assert_eq!((report.findings, report.quarantine), (vec![], None), "{signal}");
        model.assert_equals(&store, signal);
    }
}

/// The look says that it is damaged, and then what is sound in it cannot be had.
#[test]
fn a_salvage_that_somebody_ends_replaces_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let model = doubtful(dir.path());
    let error = refuses(dir.path(), with(&["salvage-killed"]), &model, "killed");
    assert!(error.to_string().contains("from outside twice"), "{error}");
    // It claims to be well and has not sent its last frame.
    std::fs::remove_file(dir.path().join("store.clean")).unwrap();
    let error = refuses(dir.path(), with(&["salvage-cut"]), &model, "cut");
    assert!(error.to_string().contains("code 0"), "{error}");
}

#[test]
fn what_is_no_probe_says_nothing_of_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let model = doubtful(dir.path());
    let error = refuses(dir.path(), with(&["nonsense"]), &model, "nonsense");
    assert!(error.to_string().contains("code 64"), "{error}");
}

/// What a process that is not root's says when it opens the store.
fn opened_by_anybody(dir: &Path) -> String {
    let mut command = std::process::Command::new(child());
    if rustix::process::geteuid().is_root() {
        // Root may read what is forbidden, so it asks as somebody else, to whom everything there belongs.
        let program = dir.join("program");
        std::fs::copy(child(), &program).unwrap();
        for path in [dir.to_owned()].into_iter().chain(files(dir).into_keys()).chain([dir.join("store")]) {
            std::os::unix::fs::chown(path, Some(65534), Some(65534)).unwrap();
        }
        for path in ["lock", "store/blobs"] {
            std::os::unix::fs::chown(dir.join(path), Some(65534), Some(65534)).unwrap();
        }
        command = std::process::Command::new(program);
        std::os::unix::process::CommandExt::uid(&mut command, 65534);
    }
    let output = command.arg("open").arg(dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_store_that_may_not_be_read_is_no_damaged_one() {
    let dir = tempfile::tempdir().unwrap();
    let model = doubtful(dir.path());
    let there = files(&dir.path().join("store"));
    let db = dir.path().join("store/db");
    let mode = |mode| std::fs::set_permissions(&db, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o400);
    let told = opened_by_anybody(dir.path());
    assert!(told.contains(&format!("{}: Permission denied", db.display())), "{told}");
    assert!(told.contains("was left as it is") && told.contains("make it writable"), "{told}");
    assert_eq!(files(&dir.path().join("store")), there);
    assert!(!dir.path().join("quarantine").exists());
    mode(0o600);
    let told = opened_by_anybody(dir.path());
    assert_eq!(told.trim(), format!("{} []", model.records.len()));
}

#[test]
fn a_store_that_something_else_has_open_is_no_damaged_one() {
    let dir = tempfile::tempdir().unwrap();
    let model = doubtful(dir.path());
    let db = std::fs::File::open(dir.path().join("store/db")).unwrap();
    rustix::fs::flock(&db, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let error = SledStore::open(dir.path(), options()).map(|(_, report)| report).unwrap_err();
    assert!(matches!(error, StoreError::Held { .. }), "{error:?}");
    assert!(error.to_string().contains("store/db open"), "{error}");
    drop(db);
    model.assert_equals(&sound(dir.path()), "as it was");
}

/// Looked at in this process, too, an error of the system is passed on.
#[test]
fn a_file_that_cannot_be_read_is_no_damage() {
    for probe in [options().probe, None] {
        let dir = tempfile::tempdir().unwrap();
        let model = doubtful(dir.path());
        // Nobody may read a directory as a file.
        let db = dir.path().join("store/db");
        let away = dir.path().join("away");
        std::fs::rename(&db, &away).unwrap();
        std::fs::create_dir(&db).unwrap();
        let error = SledStore::open(dir.path(), OpenOptions { probe, ..options() });
        let error = error.map(|(_, report)| report).unwrap_err();
        assert!(matches!(error, StoreError::Io(_)), "{error:?}");
        assert!(error.to_string().contains("was left as it is"), "{error}");
        std::fs::remove_dir(&db).unwrap();
        std::fs::rename(&away, &db).unwrap();
        model.assert_equals(&sound(dir.path()), "as it was");
    }
}

#[test]
fn without_a_probe_that_starts_the_store_is_looked_at_here() {
    let nowhere = ProbeCommand { program: "/nonexistent/program".into(), arguments: vec![] };
    for probe in [None, Some(nowhere)] {
        let dir = tempfile::tempdir().unwrap();
        let model = doubtful(dir.path());
        let (store, report) = SledStore::open(dir.path(), OpenOptions { probe, ..options() }).unwrap();
        assert!(report.probed);
        assert_eq!(report.findings, []);
        model.assert_equals(&store, "looked at here");
    }
}
