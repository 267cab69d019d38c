//! A store that was not closed, on a disk that is full: opening says what to do, and loses nothing.

use std::{path::Path, process::Command};

use cloudscope_ports::{AssetStore, contract::sample::Rng};

use crate::{child, kill::commit_and_kill, open, probe::doubtful};

/// In a namespace of its own, on a small disk in memory: opens the store with no room, then with as much as it asked
/// for. `$1` is a directory that has it in `data`, `$2` the program.
const SCRIPT: &str = r#"
mkdir "$1/disk" && mount -t tmpfs -o size=64m tmpfs "$1/disk" || exit 90
cp -a "$1/data" "$1/disk/data" || exit 90
cat /dev/zero > "$1/disk/filler" 2>/dev/null
"$2" open "$1/disk/data" > "$1/first"
"$2" open "$1/disk/data" > "$1/second"
needed=$(sed 's/.*: make \([0-9]*\) bytes free.*/\1/' "$1/first")
truncate -s "-$needed" "$1/disk/filler" || exit 91
"$2" open "$1/disk/data" > "$1/third"
"#;

/// Whether this system lets one mount something in a namespace of one's own.
fn mounts(dir: &Path) -> bool {
    let script = "mount -t tmpfs tmpfs \"$0\"";
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", script]).arg(dir).stderr(std::process::Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[test]
fn without_any_room_opening_says_how_much_it_needs_and_leaves_the_store_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut rng = Rng::new(8);
    while commit_and_kill(&data, "commit", 4, &mut rng).is_none() {}
    let probe = tempfile::tempdir().unwrap();
    if !mounts(probe.path()) {
        return;
    }
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", SCRIPT, "sh"]).arg(dir.path()).arg(child());
    assert_eq!(command.status().unwrap().code(), Some(0));
    let told = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    for told in [told("first"), told("second")] {
        for words in ["no space left", "was left as it is", "bytes free on that disk and start again"] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
    assert_eq!(told("third"), format!("{} []\n", open(&data).0.info().records));
}

/// As the engine leaves it when the disk is full, or when it is killed, while it writes a list of its pages.
#[test]
fn an_unfinished_list_of_pages_is_no_damage() {
    for content in ["", "cut"] {
        let dir = tempfile::tempdir().unwrap();
        let model = doubtful(dir.path());
        let list = dir.path().join("store").join("snap.00FFFFFFFFFFFFFF.generating");
        std::fs::write(&list, content).unwrap();
        let (store, report) = open(dir.path());
        assert_eq!((&report.findings[..], report.quarantine), (&[][..], None));
        model.assert_equals(&store, content);
        assert!(!list.exists());
    }
}
