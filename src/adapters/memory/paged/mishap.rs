//! What can go wrong with a provider: with one scope, with a look-up, with all calls.

use std::time::Duration;

use cloudscope_domain::{AssetKey, Sighting};
use cloudscope_ports::{Fault, FaultKind, Look};
use tokio_util::sync::CancellationToken;

use super::{DESCRIBE, LIST};

/// What goes wrong with the listing of one scope. Pages count from 0.
#[derive(Clone, Debug, Default)]
pub enum Mishap {
    /// Nothing.
    #[default]
    None,
    /// Each page takes so long.
    Slow(Duration),
    /// This page fails, however often it is asked for.
    Fails {
        /// Which.
        page: usize,
        /// How.
        fault: Fault,
    },
    /// This page fails so many times, and is answered then.
    Passes {
        /// Which.
        page: usize,
        /// How often it fails.
        times: u32,
        /// How.
        fault: Fault,
    },
    /// The call for this page is never answered.
    NoAnswer {
        /// Which.
        page: usize,
    },
    /// Before this page the collector does nothing for ever, and does not notice a cancellation.
    Ignores {
        /// Which.
        page: usize,
    },
    /// After this page and every later one the token of page 1 comes again.
    RepeatsToken {
        /// Which.
        page: usize,
    },
    /// The collector panics before this page.
    Panics {
        /// Which.
        page: usize,
    },
    /// Tells the test that it got before this page, and goes on only to be cancelled.
    Reached {
        /// Which.
        page: usize,
        /// Is fired.
        tell: CancellationToken,
    },
    /// An item could not be shown, so the listing is not whole.
    Hides(String),
    /// The credentials see less than before; the permission that is missing.
    Weaker(String),
}

impl Mishap {
    /// What happens before a page is asked for.
    pub(super) async fn before(&self, page: usize, cancel: &CancellationToken) -> Result<(), Fault> {
        match self {
            Self::Slow(time) => tokio::time::sleep(*time).await,
            Self::Ignores { page: at } if *at == page => std::future::pending().await,
            #[expect(clippy::panic, reason = "the test asks for it, to see that the engine survives it")]
            Self::Panics { page: at } if *at == page => panic!("the collector panics"),
            Self::Reached { page: at, tell } if *at == page => {
                tell.cancel();
                cancel.cancelled().await;
                return Err(Fault::new(FaultKind::Cancelled, LIST.as_str(), "the run was cancelled"));
            }
            _ => {}
        }
        Ok(())
    }
}

/// What a targeted look-up answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum LookUp {
    /// This provider cannot look for single things.
    #[default]
    Cannot,
    /// What it holds: these things, and no others.
    Holds(Vec<Sighting>),
    /// It cannot tell.
    Unclear,
    /// It fails.
    Fails(Fault),
    /// The collector panics.
    Panics,
}

impl LookUp {
    pub(super) fn answer(&self, key: &AssetKey) -> Result<Look, Fault> {
        match self {
            Self::Holds(all) => Ok(match all.iter().find(|s| s.asset.key == *key) {
                Some(sighting) => Look::There(Box::new(sighting.clone())),
                None => Look::NotFound,
            }),
            Self::Unclear => Ok(Look::Unclear("the index of the provider is being built".into())),
            Self::Fails(fault) => Err(fault.clone()),
            Self::Cannot => Err(Fault::new(FaultKind::Disabled, DESCRIBE.as_str(), "not supported")),
            #[expect(clippy::panic, reason = "the test asks for it, to see that the engine survives it")]
            Self::Panics => panic!("the look-up panics"),
        }
    }
}

/// Which calls are throttled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    /// None.
    #[default]
    Calm,
    /// Every second one.
    EveryOther,
    /// Half of them, as this seed has it.
    Half(u64),
    /// All of them.
    Always,
}

impl Weather {
    pub(super) fn throttles(self, number: u64) -> bool {
        match self {
            Self::Calm => false,
            Self::EveryOther => number.is_multiple_of(2),
            Self::Half(seed) => {
                let mixed = (number ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) & 1 == 1
            }
            Self::Always => true,
        }
    }
}
