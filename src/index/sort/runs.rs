//! Sorting that can be told to stop: short runs, then two and two of them made one.

use std::cmp::Ordering;

/// Sorted without asking whether to stop; a millisecond or two.
const RUN: usize = if cfg!(test) { 8 } else { 1 << 13 };

/// Sorts, or returns `false` as soon as `cancel` says so; then everything is there in no order.
pub(super) fn sort<T: Copy>(
    all: &mut Vec<T>,
    compare: impl Fn(&T, &T) -> Ordering,
    cancel: &dyn Fn() -> bool,
) -> bool {
    for run in all.chunks_mut(RUN) {
        if cancel() {
            return false;
        }
        run.sort_unstable_by(&compare);
    }
    let mut width = RUN;
    let mut other = Vec::with_capacity(all.len());
    while width < all.len() {
        other.clear();
        for two in all.chunks(width * 2) {
            let (left, right) = two.split_at(width.min(two.len()));
            let (mut a, mut b) = (0, 0);
            while a < left.len() && b < right.len() {
                if (a + b) % RUN == 0 && cancel() {
                    return false;
                }
                if compare(&left[a], &right[b]) == Ordering::Greater {
                    other.push(right[b]);
                    b += 1;
                } else {
                    other.push(left[a]);
                    a += 1;
                }
            }
            other.extend_from_slice(&left[a..]);
            other.extend_from_slice(&right[b..]);
        }
        std::mem::swap(all, &mut other);
        width *= 2;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_is_sorted_and_nothing_is_lost_when_it_is_told_to_stop() {
        for length in 0..200_u32 {
            let mut all: Vec<u32> = (0..length).map(|n| n * 7919 % 101).collect();
            let mut expected = all.clone();
            expected.sort_unstable();
            assert!(sort(&mut all, Ord::cmp, &|| false));
            assert_eq!(all, expected);
            let left = std::cell::Cell::new(length / 16);
            let cancel = || left.replace(left.get().saturating_sub(1)) == 0;
            let mut all: Vec<u32> = (0..length).rev().collect();
            if !sort(&mut all, Ord::cmp, &cancel) {
                all.sort_unstable();
            }
            assert_eq!(all, (0..length).collect::<Vec<_>>());
        }
    }
}
