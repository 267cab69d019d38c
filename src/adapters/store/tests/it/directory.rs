//! The data directory is this user's alone, nothing in it is followed, one process owns it.

use std::{
    fs::Permissions,
    io::{BufRead, BufReader},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::Path,
    process::{Command, Stdio},
};

use cloudscope_domain::Revision;
use cloudscope_ports::{AssetStore, Commit, StoreError};
use cloudscope_store::SledStore;

use crate::{child, open, options, sound};

fn modes(dir: &Path, wrong: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let meta = std::fs::symlink_metadata(&path).unwrap();
        let expected = if meta.is_dir() { 0o700 } else { 0o600 };
        if meta.mode() & 0o777 != expected {
            wrong.push(format!("{} has {:o}", path.display(), meta.mode() & 0o777));
        }
        if meta.is_dir() {
            modes(&path, wrong);
        }
    }
}

fn refused(dir: &Path) -> String {
    match SledStore::open(dir, options()) {
        Err(StoreError::Unsafe(why)) => why,
        Err(other) => panic!("not `Unsafe` but {other}"),
        Ok(_) => panic!("opened"),
    }
}

#[test]
fn directories_are_0700_and_files_0600() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("deep").join("data");
    for round in 1..=2 {
        let store = sound(&dir);
        store.apply(&Commit { revision: Revision(round), ..Commit::default() }).unwrap();
        drop(store);
        let mut wrong = Vec::new();
        modes(root.path(), &mut wrong);
        assert_eq!(wrong, [""; 0], "round {round}");
        // What somebody opened up is closed again.
        std::fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        std::fs::set_permissions(dir.join("store.head"), Permissions::from_mode(0o644)).unwrap();
        std::fs::set_permissions(dir.join("store/db"), Permissions::from_mode(0o666)).unwrap();
    }
}

#[test]
fn what_others_could_have_planted_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("data");
    drop(sound(&dir));
    std::fs::set_permissions(&dir, Permissions::from_mode(0o777)).unwrap();
    assert!(refused(&dir).contains("others may write"));
    std::fs::set_permissions(&dir, Permissions::from_mode(0o700)).unwrap();
    drop(sound(&dir));

    let link = root.path().join("link");
    symlink(&dir, &link).unwrap();
    assert!(refused(&link).contains("symbolic link"));

    for name in ["lock", "store.head", "store.clean", "store", "store/db"] {
        let path = dir.join(name);
        let away = root.path().join("away");
        std::fs::rename(&path, &away).unwrap();
        symlink(&away, &path).unwrap();
        assert!(refused(&dir).contains("symbolic link"), "{name}");
        std::fs::remove_file(&path).unwrap();
        std::fs::rename(&away, &path).unwrap();
    }
    drop(open(&dir));
}

#[test]
fn one_process_owns_it_and_a_dead_owner_does_not_block() {
    let dir = tempfile::tempdir().unwrap();
    let mut owner = Command::new(child())
        .args(["commit".as_ref(), dir.path().as_os_str(), "1".as_ref()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    match SledStore::open(dir.path(), options()) {
        Err(StoreError::Held { holder }) => assert_eq!(holder, format!("{} (child)", owner.id())),
        other => panic!("not held: {:?}", other.map(|(_, report)| report)),
    }
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(sound(dir.path()).revision() >= Revision(1));
}

#[test]
fn a_store_of_a_newer_program_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(sound(dir.path()));
    let lines = "cloudscope-store 4\nrevision 0\n";
    let checksum = blake3::hash(lines.as_bytes()).to_hex();
    std::fs::write(dir.path().join("store.head"), format!("{lines}checksum {}\n", &checksum[..32])).unwrap();
    let before = std::fs::read(dir.path().join("store/db")).unwrap();
    assert!(matches!(
        SledStore::open(dir.path(), options()),
        Err(StoreError::TooNew { found: 4, supported: 3 })
    ));
    assert_eq!(std::fs::read(dir.path().join("store/db")).unwrap(), before);
}
