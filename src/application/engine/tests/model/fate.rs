//! What happens to one scope in one run, and what the model makes of it.

use std::time::Duration;

use cloudscope_domain::CoverageState;
use cloudscope_memory::paged::Mishap;
use cloudscope_ports::{Fault, FaultKind};
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

/// What happens to one scope in one run.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    Whole,
    Slow,
    /// One item stands on two pages.
    Twice,
    /// One item moved to a page that was read already, so the listing lacks it.
    Misses,
    Fails(usize, FaultKind),
    Passes(usize, u32, FaultKind),
    NoAnswer(usize),
    Ignores(usize),
    RepeatsToken,
    Panics(usize),
    Hides,
    Weaker,
    LeavesPlan,
    /// Tells the test, which then cancels the run or kills the process.
    Reached(usize, CancellationToken),
}

pub(super) fn fate() -> impl Strategy<Value = Fate> {
    let soon = Some(Duration::from_millis(40));
    let never = prop_oneof![
        Just(FaultKind::Denied),
        Just(FaultKind::Unauthenticated),
        Just(FaultKind::Malformed),
        Just(FaultKind::TooLarge),
        Just(FaultKind::NotFound),
        Just(FaultKind::Throttled { after: None }),
        Just(FaultKind::Throttled { after: soon }),
        Just(FaultKind::Throttled { after: Some(Duration::from_secs(3600)) }),
        Just(FaultKind::Timeout),
        Just(FaultKind::Unreachable),
    ];
    let passing = prop_oneof![
        Just(FaultKind::Throttled { after: None }),
        Just(FaultKind::Throttled { after: soon }),
        Just(FaultKind::Timeout),
        Just(FaultKind::Unreachable),
    ];
    prop_oneof![
        10 => Just(Fate::Whole),
        1 => Just(Fate::Slow),
        1 => Just(Fate::Twice),
        3 => Just(Fate::Misses),
        4 => (0_usize..4, never).prop_map(|(page, kind)| Fate::Fails(page, kind)),
        2 => (0_usize..4, 1_u32..4, passing).prop_map(|(page, times, kind)| Fate::Passes(page, times, kind)),
        1 => (0_usize..4).prop_map(Fate::NoAnswer),
        1 => (0_usize..4).prop_map(Fate::Ignores),
        1 => Just(Fate::RepeatsToken),
        1 => (0_usize..4).prop_map(Fate::Panics),
        1 => Just(Fate::Hides),
        1 => Just(Fate::Weaker),
        1 => Just(Fate::LeavesPlan),
    ]
}

impl Fate {
    /// How many of so many pages are seen before it ends.
    pub(super) fn pages(&self, all: usize) -> usize {
        match self {
            Self::Fails(page, _)
            | Self::NoAnswer(page)
            | Self::Ignores(page)
            | Self::Panics(page)
            | Self::Reached(page, _) => (*page).min(all - 1),
            Self::LeavesPlan => 0,
            _ => all,
        }
    }

    pub(super) fn mishap(&self, pages: usize) -> Mishap {
        let at = |page: &usize| (*page).min(pages - 1);
        let fault = |kind: FaultKind| Fault::new(kind, "faulty:List", "as the schedule has it");
        match self {
            Self::Whole | Self::Twice | Self::Misses | Self::LeavesPlan => Mishap::None,
            Self::Slow => Mishap::Slow(Duration::from_secs(3)),
            Self::Fails(page, kind) => Mishap::Fails { page: at(page), fault: fault(*kind) },
            Self::Passes(page, times, kind) => {
                Mishap::Passes { page: at(page), times: *times, fault: fault(*kind) }
            }
            Self::NoAnswer(page) => Mishap::NoAnswer { page: at(page) },
            Self::Ignores(page) => Mishap::Ignores { page: at(page) },
            Self::RepeatsToken => Mishap::RepeatsToken { page: pages - 1 },
            Self::Panics(page) => Mishap::Panics { page: at(page) },
            Self::Hides => Mishap::Hides("row 7 is torn".into()),
            Self::Weaker => Mishap::Weaker("faulty:ListAll".into()),
            Self::Reached(page, tell) => Mishap::Reached { page: at(page), tell: tell.clone() },
        }
    }

    /// Whether the listing is whole, so that what it lacks means something.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self, Self::Whole | Self::Slow | Self::Twice | Self::Misses | Self::Passes(..))
    }

    /// How the scope stands afterwards, when so many items were seen.
    pub(super) fn state(&self, seen: usize) -> CoverageState {
        let part = if seen == 0 { CoverageState::Unreachable } else { CoverageState::Partial };
        match self {
            Self::Whole | Self::Slow | Self::Twice | Self::Misses | Self::Passes(..) => CoverageState::Ok,
            Self::Fails(_, kind) => match kind {
                FaultKind::Denied | FaultKind::Unauthenticated | FaultKind::Refused => CoverageState::Denied,
                FaultKind::Throttled { .. } => CoverageState::Throttled,
                FaultKind::Timeout => CoverageState::Timeout,
                FaultKind::Unreachable | FaultKind::NotFound => CoverageState::Unreachable,
                FaultKind::Disabled => CoverageState::Disabled,
                FaultKind::Malformed | FaultKind::Cancelled | FaultKind::TooLarge | FaultKind::Internal => {
                    part
                }
            },
            Self::NoAnswer(_) | Self::Ignores(_) => CoverageState::Timeout,
            Self::Hides => CoverageState::Partial,
            Self::RepeatsToken | Self::Panics(_) | Self::Reached(..) => part,
            Self::Weaker => CoverageState::Denied,
            Self::LeavesPlan => CoverageState::Disabled,
        }
    }
}
