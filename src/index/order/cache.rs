//! Hands the newest order on from snapshot to snapshot.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use super::{Order, Seed};
use crate::{fuzzy::LetterCache, parts::Parts};

/// The newest order that any snapshot of one writer has.
#[derive(Debug, Default)]
pub(crate) struct OrderCache {
    snapshots: AtomicU64,
    /// What else they hand on.
    pub(crate) letters: LetterCache,
    newest: Mutex<Newest>,
}

#[derive(Debug, Default)]
enum Newest {
    #[default]
    None,
    /// As it was saved.
    Seed(Seed),
    Order(Arc<Order>),
}

impl OrderCache {
    /// Numbers the snapshots: a later one has a larger number.
    pub(crate) fn number(&self) -> u64 {
        self.snapshots.fetch_add(1, Ordering::Relaxed)
    }

    /// One that begins with the order that an earlier process had. It is checked when it is used.
    pub(crate) fn seeded(seed: Seed) -> Self {
        Self { newest: Mutex::new(Newest::Seed(seed)), ..Self::default() }
    }

    /// Whether an order can be had without sorting everything.
    pub(crate) fn is_near(&self) -> bool {
        !matches!(*self.newest.lock().unwrap_or_else(PoisonError::into_inner), Newest::None)
    }

    /// The order of the snapshot of that number.
    pub(crate) fn order(&self, parts: &Parts, number: u64) -> Arc<Order> {
        let base = {
            let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *newest {
                Newest::Order(order) => Some(Ok(order.clone())),
                Newest::Seed(seed) => Some(Err(std::mem::take(seed))),
                Newest::None => None,
            }
        };
        let order = Arc::new(match base {
            Some(Ok(order)) => order.follow(parts, number),
            Some(Err(seed)) => {
                Order::seeded(parts, number, seed).unwrap_or_else(|| Order::sorted(parts, number))
            }
            None => Order::sorted(parts, number),
        });
        self.put(&order);
        order
    }

    /// Spares those that come after this one what grew with every snapshot before it.
    pub(crate) fn tidy(&self, parts: &Parts, order: &Order) {
        if order.is_long(parts) {
            self.put(&Arc::new(order.folded(parts)));
        }
    }

    fn put(&self, order: &Arc<Order>) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let older = matches!(&*newest, Newest::Order(other) if other.number() > order.number());
        if !older {
            *newest = Newest::Order(order.clone());
        }
    }
}
