//! The pace of an endpoint: as fast as it may until the provider throttles, half of that from then on, and
//! slowly back.

use super::*;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// How many calls pass from one time to another, asking again each time a wait is over.
fn calls(pace: &mut Pace, from: Duration, to: Duration) -> u32 {
    let (mut now, mut passed) = (from, 0);
    while now < to {
        match pace.take(now) {
            Ok(()) => {
                passed += 1;
                now += MS(1);
            }
            Err(wait) => now += wait.time,
        }
    }
    passed
}

fn rated(per_second: f64, burst: u32) -> Pace {
    Pace::new(Some(Rate { per_second, burst: NonZeroU32::new(burst).unwrap() }))
}

#[test]
fn without_a_known_rate_nothing_waits() {
    assert_eq!(calls(&mut Pace::new(None), MS(0), MS(1_000)), 1_000);
}

#[test]
fn a_known_rate_is_kept_after_its_burst() {
    let mut pace = rated(10.0, 20);
    let first = calls(&mut pace, MS(0), MS(1_000));
    assert!((29..=31).contains(&first), "{first}");
    let second = calls(&mut pace, MS(1_000), MS(3_000));
    assert!((19..=21).contains(&second), "{second}");
}

#[test]
fn throttling_cuts_the_rate_by_half_and_it_grows_back_slowly() {
    let mut pace = Pace::new(None);
    calls(&mut pace, MS(0), MS(1_000));
    pace.throttled(MS(1_000), None);
    assert!((pace.rate(MS(1_000)).unwrap() - 500.0).abs() < 1.0);
    // Those that were under way at the same time count once.
    (0..20).for_each(|n| pace.throttled(MS(1_000 + n), None));
    assert!((pace.rate(MS(1_100)).unwrap() - 500.0).abs() < 1.0);
    pace.throttled(MS(2_100), None);
    assert!((pace.rate(MS(2_100)).unwrap() - 250.0).abs() < 1.0);
    let passed = calls(&mut pace, MS(2_100), MS(4_100));
    assert!((480..=505).contains(&passed), "{passed}");
    // One step a second, and only by answers.
    pace.answered(MS(4_200));
    pace.answered(MS(4_300));
    assert!((pace.rate(MS(4_300)).unwrap() - 300.0).abs() < 1.0);
    (5..60).for_each(|s| pace.answered(MS(s * 1_000 + 300)));
    assert_eq!(pace.rate(MS(60_000)), None, "twice the old rate went well: nothing is cut any more");
}

#[test]
fn a_rate_is_never_cut_to_nothing_nor_grown_above_the_known_one() {
    let mut pace = rated(10.0, 10);
    (0..100).for_each(|s| pace.throttled(Duration::from_secs(s), None));
    assert!((pace.rate(MS(100_000)).unwrap() - SLOWEST).abs() < 1e-9);
    (101..400).for_each(|s| pace.answered(Duration::from_secs(s)));
    assert_eq!(pace.rate(MS(400_000)), Some(10.0));
}

#[test]
fn retry_after_holds_every_call_of_the_endpoint() {
    let mut pace = Pace::new(None);
    pace.throttled(MS(100), Some(MS(5_000)));
    assert_eq!(pace.take(MS(200)), Err(Wait { time: MS(4_900), told: true }));
    assert_eq!(pace.take(MS(5_100)), Ok(()));
}

#[test]
fn a_quota_that_runs_low_is_spread_over_what_is_left_of_its_window() {
    let mut pace = Pace::new(None);
    let quota = |left, limit| Quota {
        remaining: Some(left),
        limit: Some(limit),
        reset: Some(Duration::from_secs(10)),
    };
    pace.quota(MS(0), quota(900, 1_000));
    assert_eq!(pace.rate(MS(0)), None, "plenty is left");
    pace.quota(MS(0), quota(20, 1_000));
    assert_eq!(pace.rate(MS(0)), Some(2.0));
    let passed = calls(&mut pace, MS(0), MS(10_000));
    assert!((19..=20).contains(&passed), "{passed}");
    assert_eq!(pace.rate(MS(10_000)), None, "the window began anew");
    pace.quota(MS(10_000), quota(0, 1_000));
    assert_eq!(pace.take(MS(10_000)), Err(Wait { time: MS(10_000), told: true }));
}
