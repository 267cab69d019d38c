//! The command line as a script uses it.

use std::process::Stdio;

use serde_json::Value;

use crate::home::{Home, Ran, wait};

const CSV: &str = "id,name,region,status,tag:env\n\
    srv-1,web-1,eu-west-1,running,prod\n\
    srv-2,web-2,eu-west-1,stopped,test\n\
    srv-3,=HYPERLINK(\"http://x\"),us-east-1,running,prod\n";

fn with_csv() -> Home {
    let home = Home::new();
    home.file("racks.csv", CSV);
    home.run(&["collect", "file:racks.csv"]).with(0);
    home
}

#[test]
fn a_collected_file_can_be_queried_in_every_format() {
    let home = with_csv();
    let rows = home.run(&["query", "--format", "json", "--sort", "name"]).json();
    assert_eq!(rows.as_array().unwrap().len(), 3);
    for key in [
        "id",
        "kind",
        "category",
        "provider",
        "account",
        "region",
        "name",
        "status",
        "tags",
        "presence",
        "first_seen",
        "last_seen",
        "created_at",
        "source",
        "incarnation",
        "properties",
    ] {
        assert!(rows[0].get(key).is_some(), "{key} is missing in {}", rows[0]);
    }
    assert_eq!(rows[1]["presence"]["state"], "present");
    let lines = home.run(&["query", "region:eu-west-1", "--format", "ndjson"]).with(0);
    assert_eq!(lines.lines().filter(|l| serde_json::from_str::<Value>(l).is_ok()).count(), 2);
    assert_eq!(lines.lines().count(), 2);
    let csv = home.run(&["query", "tag.env=prod", "--format", "csv", "--columns", "name,tags.env"]).with(0);
    assert_eq!(csv, "name,tags.env\n\"'=HYPERLINK(\"\"http://x\"\")\",prod\nweb-1,prod\n");
    let raw = home.run(&["query", "srv-3", "--format", "csv", "--columns", "name", "--raw"]).with(0);
    assert!(raw.contains("\"=HYPERLINK"), "{raw}");
    let table = home.run(&["query", "status=stopped"]).with(0);
    assert!(table.contains("web-2") && !table.contains("web-1"), "{table}");
}

#[test]
fn a_bad_filter_is_an_error_and_exports_nothing() {
    let home = with_csv();
    let ran = home.run(&["export", "regoin:eu", "-o", "out.csv"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("region:"), "{}", ran.err);
    assert!(!home.work().join("out.csv").exists());
    assert_eq!(home.run(&["query", "--nonsense"]).code, Some(2));
}

#[test]
fn an_export_is_whole_private_has_a_manifest_and_never_overwrites_unasked() {
    use std::os::unix::fs::PermissionsExt;
    let home = with_csv();
    home.run(&["export", "tag.env=prod", "-o", "out.ndjson"]).with(0);
    let out = home.work().join("out.ndjson");
    assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    let manifest = std::fs::read_to_string(home.work().join("out.ndjson.manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!((manifest["query"].as_str(), manifest["rows"].as_u64()), (Some("tag.env=prod"), Some(2)));
    let before = std::fs::read(&out).unwrap();
    let again = home.run(&["export", "", "-o", "out.ndjson"]);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("--replace"), "{}", again.err);
    assert_eq!(std::fs::read(&out).unwrap(), before);
    home.run(&["export", "", "-o", "out.ndjson", "--replace"]).with(0);
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 3);
}

#[test]
fn a_whole_export_is_in_no_order_unless_one_is_asked_for_and_has_the_same_rows() {
    let home = with_csv();
    let ids = |file: &str| {
        let text = std::fs::read_to_string(home.work().join(file)).unwrap();
        let row = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        text.lines().map(|line| row(line)["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    home.run(&["export", "", "-o", "kept.ndjson"]).with(0);
    home.run(&["export", "", "--sort", "none", "-o", "none.ndjson"]).with(0);
    home.run(&["export", "", "--sort", "-name", "-o", "last.ndjson"]).with(0);
    home.run(&["export", "", "--limit", "2", "-o", "first.ndjson"]).with(0);
    let (mut kept, last) = (ids("kept.ndjson"), ids("last.ndjson"));
    assert_eq!(kept, ids("none.ndjson"));
    assert!(last.is_sorted_by(|a, b| a >= b), "{last:?}");
    kept.sort_unstable();
    assert_eq!(ids("first.ndjson"), kept[..2], "the first so many rows are those of an order");
    kept.reverse();
    assert_eq!(kept, last);
    let wrong = home.run(&["query", "--sort", "none,name"]);
    assert_ne!(wrong.code, Some(0), "{wrong:?}");
}

#[test]
fn this_host_is_collected_with_its_processes() {
    let home = Home::new();
    let ran = home.run(&["collect", "host"]);
    assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
    let rows = home.run(&["query", "kind:host.process", "--format", "json", "--limit", "100000"]).json();
    let me = rows.as_array().unwrap().iter().any(|r| r["properties"]["pid"] == std::process::id());
    assert!(me, "this test's own process is not in the inventory");
    let machine = home.run(&["query", "kind:host.machine", "--format", "json"]).json();
    let id = machine[0]["id"].as_str().unwrap();
    let got = home.run(&["get", id, "--format", "json"]).json();
    assert_eq!(got[0]["kind"], "host.machine");
    let edges = home.run(&["relations", id, "--format", "json"]).json();
    assert!(!edges.as_array().unwrap().is_empty());
    for key in ["from", "to", "relation", "confidence", "evidence", "dangling"] {
        assert!(edges[0].get(key).is_some(), "{key}");
    }
}

#[test]
fn health_names_every_gap_and_says_so_in_its_exit_code() {
    let home = Home::new();
    home.file("torn.csv", "id,name\na,one\nb,two,three\n");
    let ran = home.run(&["collect", "file:torn.csv"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.err.contains('3'), "the line is named: {}", ran.err);
    let ran = home.run(&["health", "--format", "json"]);
    assert_eq!(ran.code, Some(3));
    let scopes: Value = serde_json::from_str(&ran.out).unwrap();
    for key in [
        "source",
        "account",
        "region",
        "listing",
        "parent",
        "state",
        "last_attempt",
        "last_good",
        "assets",
        "error",
        "missing_permission",
    ] {
        assert!(scopes[0].get(key).is_some(), "{key} is missing in {}", scopes[0]);
    }
    assert_eq!(scopes[0]["state"], "partial");
    home.run(&["collect", "file:missing.csv"]).with(3);
    let gone = home.run(&["collect", "file:/no/such/file.csv"]);
    assert_eq!(gone.code, Some(3));
    assert!(gone.err.contains("no such file"), "{}", gone.err);
}

#[test]
fn a_file_that_lost_a_row_proves_it_gone_and_history_tells() {
    let home = with_csv();
    home.file("racks.csv", CSV.lines().take(3).collect::<Vec<_>>().join("\n"));
    home.run(&["collect", "file:racks.csv"]).with(0);
    assert_eq!(home.run(&["query", "--format", "json"]).json().as_array().unwrap().len(), 2);
    let got = home.run(&["get", "srv-3", "--format", "json"]).json();
    assert_eq!(got[0]["presence"]["state"], "gone");
    assert_eq!(got[0]["presence"]["why"], "snapshot-listing");
    let changes = home.run(&["changes", "--format", "json"]).json();
    let last = changes.as_array().unwrap().last().unwrap();
    assert_eq!((last["id"].as_str(), last["change"].as_str()), (Some("srv-3"), Some("gone")));
    std::fs::remove_file(home.work().join("racks.csv")).unwrap();
    home.run(&["collect", "file:racks.csv"]).with(3);
    let got = home.run(&["get", "srv-1", "--format", "json"]).json();
    assert_eq!(got[0]["presence"]["state"], "unknown");
}

/// What a filter asks about is not known of these rows: they are neither listed nor passed over in silence.
#[test]
fn what_may_match_is_told_of() {
    let home = with_csv();
    for format in ["table", "ndjson"] {
        let ran = home.run(&["query", "cost>100", "--format", format]);
        assert_eq!(ran.code, Some(0));
        assert!(ran.err.contains("0 assets match, of 3 it is not known whether they do"), "{}", ran.err);
    }
    let ran = home.run(&["query", "srv", "--format", "ndjson"]);
    assert!(!ran.err.contains("not known"), "{}", ran.err);
    let ran = home.run(&["export", "cost>100", "-o", "may.csv"]);
    assert!(ran.err.contains("0 rows, 3 more of which it is not known whether they match, "), "{}", ran.err);
    let manifest = std::fs::read_to_string(home.work().join("may.csv.manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!((manifest["rows"].as_u64(), manifest["undecided"].as_u64()), (Some(0), Some(3)));
}

/// An empty answer may come from a slip: what nothing bears is named, and what was probably meant.
#[test]
fn what_nothing_bears_is_named_where_nothing_matches() {
    let home = with_csv();
    for (filter, told) in [
        ("region:eu-west1", "no asset has the region `eu-west1`; did you mean `eu-west-1`?"),
        ("tag.nothing-like-it=x", "no asset bears the tag `nothing-like-it`"),
        ("rel(out, usez)", "no edge is a `usez`"),
    ] {
        for more in [&["--format", "ndjson"][..], &["--group-by", "kind"]] {
            let ran = home.run(&[&["query", filter], more].concat());
            assert_eq!(ran.code, Some(0), "{}", ran.err);
            assert!(ran.err.contains(told), "{filter}: {}", ran.err);
        }
    }
    let ran = home.run(&["query", "web,region:eu-west1"]);
    assert!(!ran.err.contains("no asset has"), "something was found: {}", ran.err);
    let ran = home.run(&["query", "--", "-1$"]);
    assert!(ran.out.contains("web-1") && !ran.out.contains("web-2"), "{}", ran.out);
}

#[test]
fn hostile_text_is_lossless_in_json_and_visible_in_tables() {
    let home = Home::new();
    let name = "a\u{202e}b\u{1b}[2J\u{9b}31m";
    let line = serde_json::json!({"id": "x", "name": name}).to_string();
    home.file("in.ndjson", line);
    home.run(&["collect", "file:in.ndjson"]).with(0);
    for format in ["json", "ndjson", "csv", "table"] {
        let out = home.run(&["query", "--format", format]).with(0);
        let hostile = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!out.contains(hostile), "{format}: {out:?}");
    }
    assert_eq!(home.run(&["query", "--format", "json"]).json()[0]["name"], name);
    let yaml = home.run(&["get", "x"]).with(0);
    assert!(!yaml.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{yaml:?}");
}

#[test]
fn a_closed_pipe_is_quiet() {
    let home = Home::new();
    let many: String = (0..20_000).map(|i| format!("{{\"id\":\"n{i}\",\"name\":\"name {i}\"}}\n")).collect();
    home.file("many.ndjson", many);
    home.run(&["collect", "file:many.ndjson"]).with(0);
    let mut child = home
        .command(&["query", "--format", "ndjson"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ran = Ran::of(wait(child), &["query"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

#[test]
fn twenty_at_once_without_an_owner_all_answer() {
    let home = with_csv();
    let children: Vec<_> = (0..20)
        .map(|_| {
            let mut command = home.command(&["query", "--format", "ndjson"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let out = Ran::of(wait(child), &["query"]).with(0);
        assert_eq!(out.lines().count(), 3, "{out}");
    }
}

#[test]
fn the_demo_has_a_store_of_its_own() {
    let home = with_csv();
    home.run(&["--demo", "collect", "--quiet"]).with(3);
    let clouds = home.run(&["--demo", "query", "provider:aws", "--limit", "5", "--format", "json"]).json();
    assert_eq!(clouds.as_array().unwrap().len(), 5);
    assert_eq!(home.run(&["query", "--format", "json"]).json().as_array().unwrap().len(), 3);
    // A node, its machine and what the state file says of it are one row.
    let joined = |query: &str| {
        let columns = "id,kind,sources";
        home.run(&["--demo", "query", query, "--columns", columns, "--format", "json"]).json()
    };
    let rows = joined("is:joined provider:terraform kind:ec2.instance");
    let rows = rows.as_array().unwrap();
    assert!(!rows.is_empty(), "what Terraform declares is joined with what the cloud has");
    let all = home.run(&["--demo", "get", rows[0]["id"].as_str().unwrap(), "--format", "json"]).json();
    assert_eq!(all[0]["id"], rows[0]["id"], "the face first");
    assert!(all.as_array().unwrap().iter().any(|r| r["declares"] == rows[0]["id"]), "every record is told");
    // Whoever asks for nodes is shown nodes, and the machine is told with them.
    let nodes = joined("kind:k8s.core.node is:joined");
    let nodes = nodes.as_array().unwrap();
    assert!(!nodes.is_empty() && nodes.iter().all(|n| n["kind"] == "k8s.core.node"), "{nodes:?}");
    let all = home.run(&["--demo", "get", nodes[0]["id"].as_str().unwrap(), "--format", "json"]).json();
    let kinds: Vec<&str> = all.as_array().unwrap().iter().filter_map(|r| r["kind"].as_str()).collect();
    assert!(kinds.contains(&"k8s.core.node") && kinds.contains(&"aws.ec2.instance"), "{kinds:?}");
}

#[test]
fn secrets_on_a_command_line_or_in_a_state_are_nowhere_on_disk() {
    let home = Home::new();
    let canary = "canary-7f3e91-hunter2";
    let state = serde_json::json!({
        "version": 4, "terraform_version": "1.9.0", "serial": 3, "lineage": "l", "outputs": {},
        "resources": [{"mode": "managed", "type": "aws_db_instance", "name": "db",
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{"attributes": {"id": "db-1", "arn": "arn:aws:rds:eu-west-1:111122223333:db:db-1",
                "password": canary, "tags": {"Name": "orders"}}, "sensitive_attributes": []}]}]
    });
    home.file("terraform.tfstate", state.to_string());
    let mut helper = std::process::Command::new("python3")
        .args(["-c", "import sys; sys.stdin.read()", "--password", canary])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let ran = home.run(&["collect"]);
    drop(helper.stdin.take());
    helper.wait().unwrap();
    assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
    let rows = home.run(&["query", "aws_db_instance", "--format", "json"]).json();
    assert_eq!(rows[0]["name"], "orders", "{rows}");
    assert_eq!(rows[0]["declares"], "arn:aws:rds:eu-west-1:111122223333:db:db-1");
    let mut looked = 0;
    let mut folders = vec![home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|e| e != "tfstate") && entry.file_type().unwrap().is_file()
            {
                let bytes = std::fs::read(&path).unwrap();
                let found = bytes.windows(canary.len()).any(|w| w == canary.as_bytes());
                assert!(!found, "the secret is in {}", path.display());
                looked += 1;
            }
        }
    }
    assert!(looked > 3);
    let text = home.run(&["query", "--format", "json", "--limit", "100000"]).with(0);
    assert!(!text.contains(canary) && text.contains("redacted"));
}

#[test]
fn files_of_the_data_directory_are_their_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let home = with_csv();
    let mut folders = vec![home.data()];
    while let Some(folder) = folders.pop() {
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                assert_eq!(mode, 0o600, "{}", entry.path().display());
            }
        }
    }
}

#[test]
fn sources_are_remembered_listed_tested_and_forgotten() {
    let home = with_csv();
    home.run(&["sources", "add", "file:racks.csv,map.name=id", "--name", "racks"]).with(0);
    let listed = home.run(&["sources", "list", "--format", "json"]).json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|s| s["source"]["name"].as_str()).collect();
    assert!(names.contains(&Some("racks")) && names.contains(&Some("host")), "{names:?}");
    home.run(&["sources", "test", "racks"]).with(0);
    home.run(&["collect", "racks"]).with(0);
    // Nobody is there to be asked what becomes of the records.
    let unasked = home.run(&["sources", "remove", "racks"]);
    assert_eq!(unasked.code, Some(2));
    assert!(unasked.err.contains("--records"), "{}", unasked.err);
    home.run(&["sources", "remove", "racks", "--records", "forget"]).with(0);
    assert_eq!(home.run(&["sources", "remove", "racks", "--records", "forget"]).code, Some(1));
    assert_eq!(home.run(&["collect", "gcp:project=prod"]).code, Some(2));
    assert_eq!(home.run(&["query", "--columns", "nope"]).code, Some(2));
}

#[test]
fn help_doctor_and_completions_speak() {
    let home = Home::new();
    let help = home.run(&["--help"]).with(0);
    for word in ["collect", "query", "export", "health", "relations", "demo", "completions"] {
        assert!(help.contains(word), "{word}");
    }
    // What every command takes stands apart from what this one takes.
    let own = home.run(&["query", "--help"]).with(0);
    let (own, every) = own.split_once("Options of every command:").unwrap();
    assert!(own.contains("--limit") && !own.contains("--data-dir") && every.contains("--data-dir"), "{own}");
    assert!(home.run(&["doctor"]).with(0).contains("data directory"));
    assert!(home.run(&["completions", "bash"]).with(0).contains("cloudscope"));
    assert!(home.run(&["store", "info"]).with(0).contains("sled"));
    home.run(&["store", "check"]).with(0);
    let none = home.run(&[]);
    assert_eq!(none.code, Some(1));
    assert!(none.err.contains("terminal"), "{}", none.err);
}

#[test]
fn a_store_is_compacted_with_an_owner_and_without_one_and_a_newer_one_is_left_alone() {
    let home = with_csv();
    let before = home.run(&["query", "--format", "json"]).json();
    let ran = home.run(&["store", "compact"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("copied and verified; the copy was no smaller"), "{}", ran.err);
    assert!(home.data().join("store").exists() && !home.data().join("store-1").exists());
    assert_eq!(home.run(&["query", "--format", "json"]).json(), before);
    // Of many that were written again and again there is something to gain.
    for round in 1..=4_u64 {
        let noise = |n: u64| {
            (1..9).map(move |k| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(k * 7) ^ round << 40)
        };
        let line = |n| format!("m{n},{}\n", noise(n).map(|w| format!("{w:016x}")).collect::<String>());
        home.file("many.csv", format!("id,noise\n{}", (0..6_000).map(line).collect::<String>()));
        home.run(&["collect", "file:many.csv"]).with(0);
    }
    let ran = home.run(&["store", "compact"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("copied and verified; the store had"), "{}", ran.err);
    assert!(home.data().join("store-1").exists() && !home.data().join("store").exists());
    home.run(&["store", "check"]).with(0);
    // Again, through whoever has it open.
    let owner = home.hold();
    let ran = home.run(&["store", "compact"]);
    assert!(ran.err.contains("copied and verified"), "{}", ran.err);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    drop(owner);
    assert_eq!(home.run(&["query", "--format", "json"]).json().as_array().unwrap().len(), 6_003);
    home.run(&["store", "check"]).with(0);
    // What a later version wrote is refused, by every command, and left as it is.
    let head = "cloudscope-store 9\nanything\nchecksum 1c591638b0eb1c6a9928f7bf3f092862\n";
    std::fs::write(home.data().join("store.head"), head).unwrap();
    for command in [&["query"][..], &["store", "info"], &["store", "compact"], &["collect", "file:racks.csv"]]
    {
        let ran = home.run(command);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains("newer"), "{}", ran.err);
    }
    assert_eq!(std::fs::read_to_string(home.data().join("store.head")).unwrap(), head);
}

#[test]
fn a_collection_killed_at_any_point_leaves_a_store_that_opens_and_goes_on() {
    let home = Home::new();
    let many: String = (0..6_000).map(|i| format!("{{\"id\":\"n{i}\",\"name\":\"name {i}\"}}\n")).collect();
    home.file("many.ndjson", many);
    let mut seen = 0;
    for round in 0..12_u64 {
        let mut child =
            home.command(&["collect", "-q", "file:many.ndjson"]).stderr(Stdio::null()).spawn().unwrap();
        // Spread over the whole of a collection: the opening, the commits, the end.
        std::thread::park_timeout(std::time::Duration::from_millis(10 + round * 37 % 400));
        child.kill().unwrap();
        child.wait().unwrap();
        let check: Value = serde_json::from_str(&home.run(&["store", "check"]).with(0)).unwrap();
        assert!(check["findings"].as_array().unwrap().is_empty(), "{check}");
        let records = check["records"].as_u64().unwrap();
        assert!(records >= seen, "{records} records after {seen}: an acknowledged one is lost");
        seen = records;
    }
    home.run(&["collect", "-q", "file:many.ndjson"]).with(0);
    let out = home.run(&["query", "--format", "ndjson", "--columns", "id"]).with(0);
    assert_eq!(out.lines().collect::<std::collections::HashSet<_>>().len(), 6_000);
}

#[test]
fn damage_is_told_by_every_command_until_everything_was_collected_again() {
    let home = with_csv();
    let db = home.data().join("store").join("db");
    let mut bytes = std::fs::read(&db).unwrap();
    let middle = bytes.iter().rposition(|b| *b != 0).unwrap() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&db, bytes).unwrap();
    let first = home.run(&["query", "--format", "ndjson"]);
    assert_eq!(first.code, Some(3), "{first:?}");
    assert!(first.err.contains("damage"), "{}", first.err);
    let health = home.run(&["health", "--format", "json"]);
    assert_eq!(health.code, Some(3));
    assert!(health.out.contains("integrity"), "{}", health.out);
    assert_eq!(home.run(&["store", "check"]).code, Some(3));
    home.run(&["export", "", "-o", "out.csv"]);
    let manifest = std::fs::read_to_string(home.work().join("out.csv.manifest.json")).unwrap();
    assert!(manifest.contains("integrity"), "{manifest}");
    home.run(&["collect", "file:racks.csv"]);
    assert_eq!(home.run(&["query", "--format", "json"]).json().as_array().unwrap().len(), 3);
    assert!(home.run(&["health"]).out.contains("integrity"));
    home.run(&["collect"]);
    let health: Value = serde_json::from_str(&home.run(&["health", "--format", "json"]).out).unwrap();
    let store = health.as_array().unwrap().iter().find(|h| h["source"] == "store").unwrap();
    assert_eq!(store["state"], "ok", "{store}");
}

#[test]
fn doctor_names_the_mistakes_in_themes_and_keymaps() {
    let home = Home::new();
    let own = home.path().join(".config/cloudscope");
    for (folder, name, text) in [
        ("themes", "sunny", "name = \"sunny\"\n[slots]\nfoo = 1\n"),
        ("keymaps", "mine", "key = [ { on = \"j\", run = \"fly\" } ]\n"),
    ] {
        std::fs::create_dir_all(own.join(folder)).unwrap();
        std::fs::write(own.join(folder).join(format!("{name}.toml")), text).unwrap();
    }
    let ran = home.run(&["doctor", "--theme", "dusk"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for word in ["theme sunny.toml", "keymap mine.toml:1", "there is no theme `dusk`"] {
        assert!(ran.out.contains(word), "{word} in {}", ran.out);
    }
}

#[test]
fn an_empty_inventory_says_what_fills_it() {
    let home = Home::new();
    let ran = home.run(&["query"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("cloudscope collect"), "{}", ran.err);
    // Scripts are left alone, and what merely matches nothing is no empty inventory.
    assert_eq!(home.run(&["query", "--format", "json"]).err, "");
    let home = with_csv();
    assert_eq!(home.run(&["query", "nothing-like-this"]).err, "");
}

#[test]
fn a_screen_is_printed_as_text() {
    let home = with_csv();
    let screen = home.run(&["--snapshot", "assets", "--size", "100x20"]).with(0);
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(lines.len(), 20, "{screen}");
    assert!(lines[0].starts_with("CloudScope") && lines[0].ends_with("3 assets"), "{screen}");
    assert!(screen.contains("web-1") && screen.contains("stopped"), "{screen}");
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{screen}");
    for (name, word) in [
        ("tree", "by provider, account, region, kind: 3 assets"),
        ("collectors", "racks.csv"),
        ("changes", "created"),
        ("export", "3 rows"),
        ("views", "0 saved views"),
        ("relationships", "0 in"),
    ] {
        let screen = home.run(&["--snapshot", name]).with(0);
        assert!(screen.contains(word), "{name}: {screen}");
    }
    // The process that holds the store is asked, and collects nothing because of it.
    let owner = home.hold();
    assert!(home.run(&["--snapshot", "assets"]).with(0).contains("web-2"));
    drop(owner);
    assert_eq!(home.run(&["--snapshot", "pulse"]).code, Some(2));
    assert_eq!(home.run(&["--snapshot", "assets", "--size", "big"]).code, Some(2));
    assert_eq!(home.run(&["--snapshot", "assets", "query"]).code, Some(2));
}
