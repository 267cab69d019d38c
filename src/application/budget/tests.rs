//! Tests of the estimate and of the one check.

use super::*;

#[test]
fn nothing_is_refused_without_a_limit_or_far_below_it() {
    let free = Budget::new(None, 0);
    assert!(free.admits(u64::MAX - 1) && !free.due(u64::MAX));
    assert!(Budget::new(Some(1 << 30), 64 << 20).admits(10_000));
}

#[test]
fn the_estimate_follows_what_was_measured_and_grows_with_every_record() {
    let mut budget = Budget::new(Some(512 << 20), 64 << 20);
    let guessed = budget.estimate(1_000_000);
    assert!(budget.due(1_001) && !budget.due(1_000));
    // These are three times as large as the usual ones.
    budget.measure(10_000, 10_000 * PER_ASSET * 3);
    assert!(budget.estimate(1_000_000) > guessed * 2);
    assert!(!budget.due(10_500) && budget.due(10_700));
    let mut last = 0;
    for records in (0..5_000_000).step_by(50_000) {
        let now = budget.estimate(records);
        assert!(now > last);
        last = now;
    }
    let most = (0..10_000_000_u64).step_by(1_000).find(|n| !budget.admits(*n)).unwrap();
    assert!(budget.estimate(most) <= (512 << 20) + 2_000_000, "as many as fit are taken");
    let why = budget.refusal(7, most);
    assert!(
        why.starts_with("7 new")
            && why.contains("512.0 MiB")
            && why.contains("memory.limit")
            && why.contains("narrow"),
        "{why}"
    );
}

#[test]
fn what_is_there_already_is_held_against_the_limit() {
    let cache = 16 << 20;
    let budget = Budget::new(Some(100 << 20), cache);
    assert_eq!(budget.exceeded(10_000), None);
    let why = budget.exceeded(50_000).unwrap();
    let needed = size(budget.estimate(50_000));
    for part in ["50000 records", &needed, "100.0 MiB", "memory.limit"] {
        assert!(why.contains(part), "{part} in {why}");
    }
    assert_eq!(Budget::new(None, cache).exceeded(u64::MAX / 1_000), None);
    // The least limit holds the fewest that can be judged by, and hardly more.
    let least = Budget::new(Some(least(cache)), cache);
    assert!(least.admits(LEAST_RECORDS - 1) && !least.admits(LEAST_RECORDS));
    assert_eq!(least.exceeded(LEAST_RECORDS), None);
}

#[test]
fn the_disk_holds_files_that_are_due_to_be_compacted_their_copy_and_the_saved_index() {
    let needs = Needs::of(1_000_000, 0, 0, None);
    assert_eq!(needs.disk_bytes, 1_000_000 * (4 * 285 + 240));
}

#[test]
fn a_hundred_million_assets_are_told_what_they_need() {
    let needs = Needs::of(100_000_000, 300_000_000, 64 << 20, Some(2 << 30));
    assert!(needs.memory_bytes > 20 << 30 && needs.memory_bytes < 100 << 30, "{}", size(needs.memory_bytes));
    assert!(needs.disk_bytes >= 20 << 30 && needs.open_millis < needs.rebuild_millis);
    assert_eq!(Needs::of(u64::MAX, u64::MAX, u64::MAX, None).memory_bytes, u64::MAX);
}

#[test]
fn sizes_are_read_at_a_glance() {
    for (bytes, text) in
        [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1 << 30, "1.0 GiB"), (3 << 39, "1.5 TiB")]
    {
        assert_eq!(size(bytes), text);
    }
}
