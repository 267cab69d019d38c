//! What an operator asks for: the grant that mends a denial, the end of a source, the state of a scope.

use serde_json::Value;

use crate::{home::Home, terminal::Terminal};

fn with_racks() -> Home {
    let home = Home::new();
    let path = home.file("racks.csv", "id,name\nsrv-1,web-1\nsrv-2,web-2\n");
    home.run(&["sources", "add", &format!("file:{}", path.display()), "--name", "racks"]).with(0);
    home.run(&["collect", "racks"]).with(0);
    home
}

fn names(home: &Home, filter: &str) -> Vec<String> {
    let rows = home.run(&["query", filter, "--format", "json"]).json();
    rows.as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_denied_scope_is_mended_by_the_policy_that_is_printed() {
    let home = Home::new();
    home.run(&["--demo", "collect", "--quiet"]).with(3);
    let ran = home.run(&["--demo", "policy"]);
    let policy: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    assert_eq!(policy["Statement"].as_array().unwrap().len(), 1);
    assert_eq!(policy["Statement"][0]["Action"], serde_json::json!(["kms:ListKeys"]));
    assert!(ran.err.contains("AWS policy: would open 3 scopes"), "{}", ran.err);
    let all = home.run(&["--demo", "policy", "--format", "json"]).json();
    assert_eq!(all["grants"][0]["permissions"], serde_json::json!(["kms:ListKeys"]));
    assert_eq!(all["grants"][0]["text"].as_str(), Some(ran.out.as_str()));
    assert_eq!(home.run(&["--demo", "login"]).with(0), "");
    // How a scope fares: never read whole, so that nobody knows how much of it was seen.
    let health =
        home.run(&["--demo", "health", "kms:ListKeys", "444455556666", "us-east-1", "--format", "json"]);
    let health: Value = serde_json::from_str(&health.with(3)).unwrap();
    assert_eq!((&health[0]["state"], &health[0]["percent"]), (&"denied".into(), &Value::Null));
    assert_eq!(health[0]["collector"], "demo");
    assert_eq!(health[0]["missing_permission"], "kms:ListKeys");
}

#[test]
fn removing_a_source_says_what_becomes_of_its_records() {
    let home = with_racks();
    let unclear = home.run(&["sources", "remove", "racks"]);
    assert_eq!(unclear.code, Some(2), "{unclear:?}");
    assert!(unclear.err.contains("--records keep"), "{}", unclear.err);
    assert_eq!(names(&home, "presence:present").len(), 2, "nothing became of them");
    let kept = home.run(&["sources", "remove", "racks", "--records", "keep"]);
    assert_eq!(kept.code, Some(0), "{kept:?}");
    assert!(kept.err.contains("2 records stay, as unknown"), "{}", kept.err);
    assert_eq!(names(&home, "source:racks presence:unknown"), ["web-1", "web-2"]);
    let health: Value =
        serde_json::from_str(&home.run(&["health", "racks", "--format", "json"]).with(0)).unwrap();
    assert_eq!((&health[0]["state"], &health[0]["unknown"]), (&"disabled".into(), &2.into()));
    let forgotten = home.run(&["sources", "remove", "racks", "--records", "forget"]);
    assert_eq!(forgotten.code, Some(0), "{forgotten:?}");
    assert!(names(&home, "source:racks").is_empty());
    let nobody = home.run(&["sources", "remove", "racks", "--records", "forget"]);
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    assert!(nobody.err.contains("no source is called `racks`"), "{}", nobody.err);
}

#[test]
fn a_person_at_the_terminal_is_asked_what_becomes_of_the_records() {
    let home = with_racks();
    let mut terminal = Terminal::start(&home, &["sources", "remove", "racks"], 100, 20);
    terminal.wait_for("(k)eep");
    terminal.keys("what?\n");
    terminal.wait("the question again", |s| s.matches("(k)eep").count() == 2);
    terminal.keys("q\n");
    assert_eq!(terminal.ended().1, 1);
    assert!(terminal.screen().contains("nothing was removed"), "{}", terminal.screen());
    assert_eq!(names(&home, "presence:present").len(), 2);
    let mut terminal = Terminal::start(&home, &["sources", "remove", "racks"], 100, 20);
    terminal.wait_for("(k)eep");
    terminal.keys("f\n");
    assert_eq!(terminal.ended().1, 0);
    assert!(terminal.screen().contains("2 records left"), "{}", terminal.screen());
    assert!(names(&home, "").is_empty());
}

#[test]
fn a_pinned_asset_is_found_after_it_is_gone() {
    let home = with_racks();
    home.run(&["pin", "srv-1"]).with(0);
    assert_eq!(names(&home, "is:pinned"), ["web-1"]);
    home.file("racks.csv", "id,name\nsrv-2,web-2\n");
    home.run(&["collect", "racks"]).with(0);
    assert_eq!(names(&home, ""), ["web-2"]);
    assert_eq!(names(&home, "presence:gone is:pinned"), ["web-1"]);
    let nobody = home.run(&["pin", "nobody"]);
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    home.run(&["unpin", "srv-1"]).with(0);
    assert!(names(&home, "presence:gone is:pinned").is_empty());
    let attempts = home.run(&["health", "racks", "--attempts", "5", "--format", "json"]).json();
    let runs: Vec<_> = attempts.as_array().unwrap().iter().map(|a| a["run"].as_u64().unwrap()).collect();
    assert_eq!(runs, [2, 1]);
    home.run(&["store", "prune"]).with(0);
}

#[test]
fn calls_are_summed_up_per_identity_and_operation() {
    let home = with_racks();
    home.run(&["collect", "racks"]).with(0);
    let totals = home.run(&["calls", "--totals", "--format", "json"]).json();
    let read = &totals.as_array().unwrap()[0];
    assert_eq!(
        (&read["operation"], &read["calls"], &read["ok"]),
        (&"file:Read".into(), &2.into(), &2.into())
    );
    let none = home.run(&["calls", "--totals", "--since", "now", "--format", "json"]).json();
    assert_eq!(none, serde_json::json!([]));
    assert_eq!(home.run(&["calls", "--totals", "--since", "whenever"]).code, Some(2));
}

/// It begins again with that in its environment, because nothing else is read early enough: as the same process
/// (the holder is known by its number) with the same words.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn the_program_has_a_small_heap_unless_somebody_says_otherwise() {
    let usual = [
        "MALLOC_ARENA_MAX=2",
        "MALLOC_MMAP_THRESHOLD_=65536",
        "MALLOC_TOP_PAD_=1048576",
        "MALLOC_TRIM_THRESHOLD_=4194304",
    ];
    let own = ["MALLOC_ARENA_MAX=5", usual[1], usual[2], usual[3]];
    for (set, has) in [(&[][..], usual), (&[("MALLOC_ARENA_MAX", "5")][..], own)] {
        let home = Home::new();
        let holder = home.hold_with(set);
        let mut heap: Vec<String> = (holder.told("environ").split('\0'))
            .filter(|set| set.starts_with("MALLOC_"))
            .map(str::to_owned)
            .collect();
        heap.sort();
        assert_eq!(heap, has);
        let words = holder.told("cmdline");
        assert!(words.ends_with("\0collect\0--watch\0--quiet\0"), "{words:?}");
    }
}
