//! One source as it stands in a run: its accounts, their regions, and what was already listed of parents.
//! Made anew by each plan.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use cloudscope_domain::Kind;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{
    account::Account,
    client::Client,
    listing::{Listing, Listings},
    notes::Notes,
};

/// A source in a run.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) accounts: BTreeMap<String, Arc<Account>>,
    /// Kinds that are listed once for each account.
    pub(crate) globals: HashSet<Kind>,
    parents: Mutex<HashMap<ParentKey, Arc<OnceCell<Arc<Whole>>>>>,
}

/// Account, region, listing.
type ParentKey = (String, String, usize);

/// Everything that a listing found, kept because other listings are called for each item.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    /// By kind, in the order of the listing's.
    pub(crate) items: Vec<Vec<Value>>,
    pub(crate) notes: Notes,
}

impl Session {
    pub(crate) fn new(
        client: Client,
        accounts: impl IntoIterator<Item = Arc<Account>>,
        listings: &Listings,
    ) -> Self {
        let accounts: BTreeMap<String, Arc<Account>> =
            accounts.into_iter().map(|a| (a.id.clone(), a)).collect();
        let home = accounts.values().next().map_or("", |a| &a.home);
        let global = listings.all.iter().filter(|l| l.is_global(home));
        let globals = global.flat_map(Listing::kind_names).collect();
        Self { client, accounts, globals, parents: Mutex::default() }
    }

    /// The place where the items of a parent are kept.
    pub(crate) fn whole(&self, account: &str, region: &str, listing: usize) -> Arc<OnceCell<Arc<Whole>>> {
        let mut parents = self.parents.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(parents.entry((account.to_owned(), region.to_owned(), listing)).or_default())
    }
}
