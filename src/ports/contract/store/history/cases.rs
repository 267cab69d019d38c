//! Cases of the past that a random sequence would seldom meet.

use std::collections::BTreeSet;

use cloudscope_domain::{Pin, Record, Revision, Timestamp};

use super::{
    super::{super::sample, super::sample::Rng, Make, next},
    Timeline,
};
use crate::{AssetStore, ChangeRange, Commit, Retention};

/// Every case.
pub fn suite(make: Make<'_>) {
    an_empty_store_has_no_past(make);
    clocks_that_jump_by_a_day(make);
    pins_keep_tombstones(make);
    the_newest_revision_always_stays(make);
    a_visitor_may_commit(make);
    many_commits(make);
}

fn take(store: &dyn AssetStore, line: &mut Timeline, commit: &Commit) {
    store.apply(commit).unwrap();
    line.apply(commit);
}

fn keep(history_before: Option<Timestamp>) -> Retention {
    Retention { history_before, history_bytes: None, tombstones_before: None }
}

fn an_empty_store_has_no_past(make: Make<'_>) {
    let store = make();
    Timeline::default().assert_equals(&*store, &mut Rng::new(1), "an empty store");
    assert_eq!(store.revision_at(sample::time(9)).unwrap(), None);
    let report = store.prune(&keep(Some(sample::time(9)))).unwrap();
    assert!(!report.more && report.changes == 0 && report.tombstones.is_empty(), "nothing to prune");
}

fn clocks_that_jump_by_a_day(make: Make<'_>) {
    let store = make();
    let mut line = Timeline::default();
    let scope = sample::scope("s", "l").key;
    let hour = |n: i64| sample::time(0).plus_millis(n * 3_600_000);
    // A day back after the third commit, two days ahead after the sixth.
    for (n, at) in [0, 1, 2, -21, -20, -19, 30, 31, 7].into_iter().map(hour).enumerate() {
        let records = vec![sample::record(&scope, "a", n as u64 + 1)];
        let changes = vec![sample::change("a", n as u64 + 1, 0)];
        take(&*store, &mut line, &Commit { at, records, changes, ..next(&*store) });
    }
    let at = |time| store.revision_at(time).unwrap().map(|(revision, _)| revision.0);
    assert_eq!(at(hour(-22)), None, "before everything");
    assert_eq!(at(hour(-20)), Some(5), "the later of those that bear the time");
    assert_eq!(at(hour(3)), Some(6), "a later revision bears an earlier time, and counts");
    assert_eq!(at(hour(8)), Some(9));
    assert_eq!(at(hour(40)), Some(9), "the newest revision, whatever its time");
    assert_eq!(store.first_after(hour(1)).unwrap(), Some(Revision(3)));
    assert_eq!(store.first_after(hour(2)).unwrap(), Some(Revision(7)));
    assert_eq!(store.first_after(hour(31)).unwrap(), None);
    line.assert_equals(&*store, &mut Rng::new(2), "clocks jumped");
    // Pruning by age stops at the first commit that is young enough: order is by revision.
    line.prune(&*store, &keep(Some(hour(2))), "clocks jumped, pruned");
    assert_eq!(line.oldest, Revision(2));
    line.assert_equals(&*store, &mut Rng::new(3), "clocks jumped, pruned");
    assert_eq!(at(hour(-22)), None, "what was before is not known");
}

fn pins_keep_tombstones(make: Make<'_>) {
    let store = make();
    let mut line = Timeline::default();
    let scope = sample::scope("s", "l").key;
    let old = (0..240).map(|n| sample::tombstone(&scope, &format!("old{n}"), 1)).collect();
    let pin = |id: &str| Pin { id: id.into(), at: sample::time(1) };
    let pinned = vec![pin("old3"), pin("old4"), pin("nobody")];
    take(&*store, &mut line, &Commit { records: old, pinned, ..next(&*store) });
    for n in 2..=4 {
        let records = vec![sample::tombstone(&scope, "young", n), sample::record(&scope, "alive", n)];
        take(&*store, &mut line, &Commit { records, ..next(&*store) });
    }
    let retention = |before| Retention { tombstones_before: Some(before), ..keep(None) };
    let report = line.prune(&*store, &retention(sample::time(9)), "nothing of the past is pruned yet");
    assert_eq!(report.tombstones.len(), 0, "a tombstone of the known past stays");
    line.prune(&*store, &keep(Some(sample::time(3))), "history");
    let report = line.prune(&*store, &retention(sample::time(9)), "tombstones");
    assert_eq!(report.tombstones.len(), 238, "all but the pinned and the young one");
    line.assert_equals(&*store, &mut Rng::new(4), "tombstones are pruned");
    let unpinned = vec!["old3".into()];
    take(&*store, &mut line, &Commit { unpinned, ..next(&*store) });
    let report = line.prune(&*store, &retention(sample::time(9)), "no longer pinned");
    assert_eq!(report.tombstones.len(), 1, "the one that is no longer pinned");
    line.assert_equals(&*store, &mut Rng::new(5), "no longer pinned");
    // One that comes back is new.
    let records = vec![sample::record(&scope, "old3", 6)];
    take(&*store, &mut line, &Commit { records, ..next(&*store) });
    line.assert_equals(&*store, &mut Rng::new(6), "one that came back");
}

fn the_newest_revision_always_stays(make: Make<'_>) {
    let store = make();
    let mut line = Timeline::default();
    let scope = sample::scope("s", "l");
    for n in 1..=3 {
        let scopes = vec![sample::scope_state(&scope, n, n, vec![])];
        let records = vec![sample::record(&scope.key, "a", n)];
        take(&*store, &mut line, &Commit { records, scopes, ..next(&*store) });
    }
    line.prune(&*store, &keep(Some(sample::time(1_000_000))), "all of it");
    assert_eq!(line.oldest, Revision(2), "the last commit can still be gone back before");
    line.assert_equals(&*store, &mut Rng::new(7), "all of it pruned");
    take(&*store, &mut line, &next(&*store));
    line.assert_equals(&*store, &mut Rng::new(8), "goes on after all of it was pruned");
}

/// What is handed out of the past does not change while commits go on.
fn a_visitor_may_commit(make: Make<'_>) {
    let store = make();
    let mut line = Timeline::default();
    let scopes: Vec<_> = (0..4).map(|n| sample::scope("s", &format!("l{n}"))).collect();
    let round = |revision: u64, shift: usize| -> Vec<Record> {
        (0..600).map(|n| sample::record(&scopes[(n + shift) % 4].key, &format!("id{n}"), revision)).collect()
    };
    take(&*store, &mut line, &Commit { records: round(1, 0), ..next(&*store) });
    take(&*store, &mut line, &Commit { records: round(2, 1), ..next(&*store) });
    for (revision, step) in [(1, 3), (2, 7), (2, 100)] {
        let mut keys = BTreeSet::new();
        let mut later = Vec::new();
        store
            .load_at(Revision(revision), &mut |record| {
                assert_eq!(record.revision, Revision(revision), "as it was");
                assert!(keys.insert(record.record_key()), "{:?} came twice", record.record_key());
                if keys.len() % step == 0 && later.len() < 4 {
                    let now = store.revision().next();
                    // Some move on, some back, some go.
                    let mut commit = Commit { records: round(now.0, now.0 as usize), ..next(&*store) };
                    let gone = commit.records.split_off(450);
                    commit.forgotten = gone.iter().map(Record::record_key).collect();
                    store.apply(&commit).unwrap();
                    later.push(commit);
                }
                true
            })
            .unwrap();
        assert_eq!(keys.len(), 600, "all that was there, while commits went on");
        for commit in later {
            line.apply(&commit);
        }
        line.assert_equals(&*store, &mut Rng::new(9), "after commits went on");
    }
}

/// Enough commits for several blocks of whatever indexes them.
fn many_commits(make: Make<'_>) {
    let store = make();
    let mut line = Timeline::default();
    let mut rng = Rng::new(10);
    let scope = sample::scope("s", "l");
    let mut clock = sample::time(0);
    for n in 1..=300_u64 {
        clock = clock.plus_millis(match rng.below(20) {
            0 => -86_400_000,
            1 => 86_400_000,
            step => step as i64 * 1000,
        });
        let records = vec![sample::record(&scope.key, &format!("id{}", rng.below(40)), n)];
        let scopes = vec![sample::scope_state(&scope, n, n, vec![])];
        let changes = vec![sample::change("a", n, 0)];
        take(&*store, &mut line, &Commit { at: clock, records, scopes, changes, ..next(&*store) });
    }
    line.assert_equals(&*store, &mut rng, "many commits");
    let middle = line.any_time(&mut rng);
    line.prune(&*store, &keep(Some(middle)), "many commits, pruned");
    line.assert_equals(&*store, &mut rng, "many commits, pruned");
    // From the newest backwards, stopping early.
    let mut last = None;
    let range = ChangeRange { newest_first: true, ..ChangeRange::after(Revision(0)) };
    store
        .changes(&range, &mut |change| {
            last = Some(change.revision);
            false
        })
        .unwrap();
    assert_eq!(last, Some(Revision(300)));
}
