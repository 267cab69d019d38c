//! Stores that cannot be looked at, that were put aside, and that are checked: what the real program says and leaves.

use std::path::Path;

use crate::home::Home;

/// A user whose inventory is two racks.
fn with_racks() -> Home {
    let home = Home::new();
    home.file("racks.csv", "id,name\nr1,one\nr2,two\n");
    home.run(&["collect", "file:racks.csv"]).with(0);
    home
}

fn names(home: &Home) -> usize {
    home.run(&["query", "--format", "json"]).json().as_array().unwrap().len()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, target) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}

#[test]
fn what_was_put_aside_is_listed_and_put_back() {
    let home = with_racks();
    let none = home.run(&["store", "quarantine"]);
    assert!(none.err.contains("nothing is in quarantine"), "{none:?}");
    // As it is put aside: with its side file, and why.
    let aside = home.data().join("quarantine/20260102T030405Z");
    copy(&home.data().join("store"), &aside);
    std::fs::copy(home.data().join("store.head"), aside.join("store.head")).unwrap();
    std::fs::write(aside.join("why"), "a defect").unwrap();
    home.file("racks.csv", "id,name\nr1,one\nr2,two\nr3,three\n");
    home.run(&["collect", "file:racks.csv"]).with(0);
    assert_eq!(names(&home), 3);

    let listed = home.run(&["store", "quarantine", "--format", "json"]).json();
    let listed = &listed.as_array().unwrap()[0];
    assert_eq!((&listed["name"], &listed["why"]), (&"20260102T030405Z".into(), &"a defect".into()));
    assert_eq!(listed["at"], "2026-01-02T03:04:05Z");
    assert!(listed["bytes"].as_u64().unwrap() > 0 && listed["revision"].as_u64().unwrap() > 0, "{listed}");
    let table = home.run(&["store", "quarantine"]).with(0);
    assert!(table.contains("20260102T030405Z") && table.contains("a defect"), "{table}");

    let back = home.run(&["store", "quarantine", "--restore", "20260102T030405Z"]);
    assert!(back.err.contains("is the store again"), "{back:?}");
    assert_eq!(back.code, Some(0));
    assert_eq!(names(&home), 2);
    home.run(&["store", "check"]).with(0);
    let other = home.run(&["store", "quarantine", "--format", "json"]).json()[0]["name"].clone();
    let other = other.as_str().unwrap();
    home.run(&["store", "quarantine", "--restore", other]).with(0);
    assert_eq!(names(&home), 3, "that can be undone");

    let last = home.run(&["store", "quarantine", "--format", "json"]).json()[0]["name"].clone();
    let last = last.as_str().unwrap();
    let asked = home.run(&["store", "quarantine", "--remove", last]);
    assert_eq!(asked.code, Some(2), "{asked:?}");
    assert!(asked.err.contains("--yes"), "{asked:?}");
    home.run(&["store", "quarantine", "--remove", last, "--yes"]).with(0);
    let nobody = home.run(&["store", "quarantine", "--remove", last, "--yes"]);
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    assert_eq!(home.run(&["store", "quarantine", "--format", "json"]).json(), serde_json::json!([]));
    assert_eq!(names(&home), 3);
}

/// Spoils what was written in the middle of the store's file.
fn spoil(home: &Home) {
    let db = home.data().join("store/db");
    let mut bytes = std::fs::read(&db).unwrap();
    let middle = bytes.iter().rposition(|b| *b != 0).unwrap() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&db, bytes).unwrap();
}

/// What a check that found something says: each thing once in the JSON, and once on standard error.
fn findings(home: &Home) -> Vec<String> {
    let check = home.run(&["store", "check"]);
    assert_eq!(check.code, Some(3), "{check:?}");
    let json: serde_json::Value = serde_json::from_str(&check.out).unwrap();
    let mut told: Vec<_> =
        json["findings"].as_array().unwrap().iter().map(|f| f["what"].as_str().unwrap().to_owned()).collect();
    assert_eq!(check.err.lines().count(), told.len(), "{check:?}");
    for what in &told {
        assert_eq!(check.err.matches(&**what).count(), 1, "{what}: {check:?}");
    }
    told.sort();
    told
}

#[test]
fn a_check_of_a_damaged_store_tells_each_thing_once_and_replaces_nothing() {
    let home = with_racks();
    let head = std::fs::read(home.data().join("store.head")).unwrap();
    spoil(&home);
    let found = findings(&home);
    assert!(!found.is_empty());
    assert_eq!(findings(&home), found, "it is as it was");
    assert!(!home.data().join("quarantine").exists());
    assert_eq!(std::fs::read(home.data().join("store.head")).unwrap(), head);
    // Opened, it is saved; that is told until everything was collected again.
    assert_eq!(home.run(&["query"]).code, Some(3));
    let saved = findings(&home);
    assert!(saved.iter().all(|what| what.contains("since the last whole collection")), "{saved:#?}");
}
