//! History through the real binary: a file that changes between runs, and every run a process of its own.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::home::Home;

const FIRST: &str = "id,name,region,status,tag:env\n\
    srv-1,web-1,eu-west-1,running,prod\n\
    srv-2,web-2,eu-west-1,stopped,test\n\
    srv-3,db-1,us-east-1,running,prod\n";
const SECOND: &str = "id,name,region,status,tag:env\n\
    srv-1,web-1,eu-west-1,stopped,prod\n\
    srv-2,web-2,eu-west-1,stopped,live\n\
    srv-3,db-1,us-east-1,running,prod\n";
const THIRD: &str = "id,name,region,status,tag:env\n\
    srv-1,web-1,eu-west-1,stopped,prod\n\
    srv-4,web-4,eu-west-1,running,live\n";

/// Collects; answers with the revision and the time of what is newest then.
fn collect(home: &Home, content: &str) -> (u64, String) {
    home.file("racks.csv", content);
    home.run(&["collect", "file:racks.csv"]).with(0);
    let now = home.run(&["diff", "--from", "r0", "--limit", "0", "--format", "json"]).json();
    (now["to"]["revision"].as_u64().unwrap(), now["to"]["at"].as_str().unwrap().to_owned())
}

/// `NAME STATUS PRESENCE` of everything, tombstones too.
fn rows(home: &Home, at: &[&str]) -> Vec<String> {
    let mut arguments = vec!["query", "presence:present,unknown,gone", "--format", "json", "--sort", "name"];
    arguments.extend(at);
    let rows = home.run(&arguments).json();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let line =
        |r: &Value| format!("{} {} {}", text(&r["name"]), text(&r["status"]), text(&r["presence"]["state"]));
    rows.as_array().unwrap().iter().map(line).collect()
}

#[test]
fn a_file_that_changes_can_be_seen_as_it_was_after_every_run() {
    let home = Home::new();
    let (first, first_at) = collect(&home, FIRST);
    let (second, second_at) = collect(&home, SECOND);
    let (third, _) = collect(&home, THIRD);
    assert!(first < second && second < third);

    let was = ["db-1 running present", "web-1 running present", "web-2 stopped present"];
    let became = ["db-1 running present", "web-1 stopped present", "web-2 stopped present"];
    let is = ["db-1 running gone", "web-1 stopped present", "web-2 stopped gone", "web-4 running present"];
    assert_eq!(rows(&home, &["--at", &format!("r{first}")]), was);
    assert_eq!(rows(&home, &["--at", &second.to_string()]), became);
    assert_eq!(rows(&home, &["--at", &format!("r{third}")]), is);
    assert_eq!(rows(&home, &[]), is);
    assert_eq!(rows(&home, &["--at", &first_at]), was);
    assert_eq!(rows(&home, &["--at", &second_at]), became);
    // The time of a change is one at which it can be seen.
    let change = home.run(&["changes", "change:gone", "--limit", "1", "--format", "json"]).json();
    let gone = rows(&home, &["--at", change[0]["at"].as_str().unwrap()]);
    assert_eq!(gone.iter().filter(|line| line.ends_with("gone")).count(), 2, "{gone:?}");
    assert_eq!(rows(&home, &["--at", "2001-01-01"]), Vec::<String>::new());

    let gone = home.run(&["query", "db-1", "--format", "json"]).json();
    let id = {
        assert_eq!(gone.as_array().unwrap().len(), 0, "what is gone is in no default result");
        let then = home.run(&["query", "db-1", "--at", &format!("r{first}"), "--format", "json"]).json();
        assert_eq!(then[0]["properties"]["status"], "running", "{}", then[0]);
        then[0]["id"].as_str().unwrap().to_owned()
    };
    let detail = home.run(&["get", &id, "--at", &format!("r{second}"), "--format", "json"]).json();
    assert_eq!(detail[0]["presence"]["state"], "present");
    let detail = home.run(&["get", &id, "--format", "json"]).json();
    assert_eq!(detail[0]["presence"]["state"], "gone");
    let health = home.run(&["health", "--at", &format!("r{first}"), "--format", "json"]).json();
    assert_eq!((&health[0]["state"], &health[0]["assets"]), (&Value::from("ok"), &Value::from(3)));

    let export = home.work().join("then.csv");
    let file = export.to_str().unwrap();
    home.run(&["export", "", "--at", &format!("r{first}"), "--columns", "name,status", "-o", file]).with(0);
    assert_eq!(std::fs::read_to_string(&export).unwrap().lines().count(), 4);
    let manifest = home.work().join("then.csv.manifest.json");
    let manifest: Value = serde_json::from_slice(&std::fs::read(manifest).unwrap()).unwrap();
    assert_eq!(manifest["revision"], first, "{manifest}");
}

#[test]
fn changes_and_differences_tell_what_became_of_a_file() {
    let home = Home::new();
    let (first, _) = collect(&home, FIRST);
    let (second, _) = collect(&home, SECOND);
    collect(&home, THIRD);

    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let told = |arguments: &[&str]| {
        let arguments = [&["changes", "--format", "json"], arguments].concat();
        let changes = home.run(&arguments).json();
        let line = |c: &Value| format!("{} {}", text(&c["change"]), text(&c["path"]));
        changes.as_array().unwrap().iter().map(line).collect::<BTreeSet<String>>()
    };
    assert_eq!(told(&["change:gone"]).len(), 1);
    let since = format!("r{first}");
    let second_run = told(&["--since", &since, "--until", &format!("r{second}"), "path:status,tags"]);
    assert_eq!(second_run, ["changed status", "changed tags.env"].map(str::to_owned).into());
    let of_one = home.run(&["changes", "name:web-2 change:changed", "--format", "json"]).json();
    for key in ["revision", "at", "run", "id", "kind", "change", "path", "before", "after"] {
        assert!(of_one[0].get(key).is_some(), "{key} is missing in {}", of_one[0]);
    }
    let groups = home.run(&["changes", "--group", "change", "--format", "json"]).json();
    let created = groups.as_array().unwrap().iter().find(|g| g["name"] == "created").unwrap();
    assert_eq!((created["changes"].as_u64(), created["assets"].as_u64()), (Some(4), Some(4)));

    let whole = home.run(&["diff", "--from", &since, "--format", "json"]).json();
    assert_eq!(whole["totals"], serde_json::json!({"appeared": 1, "vanished": 2, "changed": 1}), "{whole}");
    assert_eq!(whole["appeared"][0]["name"], "web-4");
    let table = home.run(&["diff", "--from", &since, "--filter", "name:web-1"]);
    assert!(table.err.contains("+0 appeared, -0 vanished, ~1 changed"), "{}", table.err);
    assert!(table.with(0).contains("\"stopped\""));
    let id = text(&whole["changed"][0]["asset"]["id"]);
    let one = home.run(&["diff", &id, "--from", &since, "--format", "json"]).json();
    assert!(one.as_array().unwrap().iter().any(|d| d["path"] == "status"), "{one}");
}

#[test]
fn a_moment_that_is_none_is_a_wrong_command_line_and_one_that_is_not_known_fails() {
    let home = Home::new();
    collect(&home, FIRST);
    for arguments in [
        &["query", "--at", "yesterday"][..],
        &["export", "--at", "2x", "-o", "rows.csv"],
        &["get", "srv-1", "--at", "rX"],
        &["relations", "srv-1", "--at", "2026-13-01"],
        &["health", "--at", "-"],
        &["changes", "--since", "soon"],
        &["changes", "change:vanished"],
        &["changes", "(change:gone)"],
        &["query", "change:gone"],
        &["diff"],
        &["diff", "srv-1"],
        &["diff", "--from", "never"],
    ] {
        let ran = home.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}: {}", ran.err);
    }
    let ran = home.run(&["query", "--at", "r999"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("there is no revision 999 yet"), "{}", ran.err);
}
