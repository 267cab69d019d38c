//! Steps in time: by runs, by hours, to the ends.

use super::*;
use cloudscope_domain::RunId;

fn run(id: u64, revision: u64) -> RunRecord {
    let ended = Some(Timestamp::from_seconds(1_000 * id as i64));
    RunRecord { id: RunId(id), revision: Revision(revision), ended, ..RunRecord::default() }
}

fn past(at: Option<u64>) -> Past {
    let time = Timestamp::from_seconds(0);
    let at = at.map(|revision| Then { revision: Revision(revision), time, asked: None });
    let mut past = Past { at, ..Past::default() };
    let under_way = RunRecord { ended: None, ..run(9, 41) };
    past.runs_arrived(vec![under_way, run(3, 30), run(2, 20), run(1, 10)]);
    past
}

fn at(revision: u64) -> Stop {
    Stop::At(Moment::Revision(Revision(revision)))
}

#[test]
fn runs_are_stepped_by_and_the_ends_are_told() {
    let newest = Revision(30);
    for (from, steps, expected) in [
        (None, -1, at(20)),
        (None, -2, at(10)),
        (None, -9, at(10)),
        (None, 1, Stop::Now),
        (Some(20), -1, at(10)),
        (Some(20), 1, Stop::Now),
        (Some(15), 1, at(20)),
        (Some(15), -1, at(10)),
        (Some(10), 2, Stop::Now),
        (Some(10), -1, Stop::Oldest),
    ] {
        assert_eq!(past(from).by_runs(steps, newest, None), expected, "{steps} from {from:?}");
    }
}

#[test]
fn what_was_recorded_since_the_last_run_is_a_step_of_its_own() {
    assert_eq!(past(None).by_runs(-1, Revision(33), None), at(30));
}

#[test]
fn nothing_before_what_is_kept_is_gone_to() {
    assert_eq!(past(Some(20)).by_runs(-1, Revision(30), Some(Revision(14))), at(14));
    assert_eq!(past(Some(14)).by_runs(-1, Revision(30), Some(Revision(14))), Stop::Oldest);
    let mut none = Past::default();
    none.runs_arrived(Vec::new());
    assert_eq!(none.by_runs(-1, Revision(30), None), Stop::Oldest);
}

#[test]
fn a_step_that_is_not_answered_yet_counts() {
    let mut past = past(None);
    past.going = Some(Moment::Revision(Revision(20)));
    assert_eq!(past.by_runs(-1, Revision(30), None), at(10));
    past.going = Some(Moment::Time(Timestamp::from_seconds(7_200)));
    let hour_before = Stop::At(Moment::Time(Timestamp::from_seconds(3_600)));
    assert_eq!(past.by_time(-3_600_000, Timestamp::from_seconds(9_000)), hour_before);
}

#[test]
fn hours_are_reckoned_from_what_was_asked_not_from_what_was_recorded() {
    let (time, asked) = (Timestamp::from_seconds(1_000), Some(Timestamp::from_seconds(5_000)));
    let past = Past { at: Some(Then { revision: Revision(4), time, asked }), ..Past::default() };
    let now = Timestamp::from_seconds(10_000);
    assert_eq!(past.by_time(3_600_000, now), Stop::At(Moment::Time(Timestamp::from_seconds(8_600))));
    assert_eq!(past.by_time(7_200_000, now), Stop::Now);
}
