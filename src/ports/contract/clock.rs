//! What every `Clock` promises: a sane instant, and that asking does not change it by much.
#![expect(clippy::panic, reason = "a suite fails by panicking")]

use crate::Clock;

/// The clock tells a time between the years 2000 and 2200, and two readings in a row are close.
pub fn suite(clock: &dyn Clock) {
    let first = clock.now();
    let second = clock.now();
    let year_2000 = 946_684_800_000;
    let year_2200 = 7_258_118_400_000;
    if !(year_2000..year_2200).contains(&first.millis()) {
        panic!("{first} is not a time that a clock should tell");
    }
    if second.since(first).abs() > 60_000 {
        panic!("two readings in a row are {first} and {second}");
    }
}
