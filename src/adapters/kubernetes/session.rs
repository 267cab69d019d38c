//! A source as it stands in a run: the clusters that its contexts lead to, and what each serves. Made anew by
//! each plan.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::{Duration, Instant},
};

use cloudscope_domain::ScopeKey;
use cloudscope_ports::{Fault, FaultKind, Gate, Plan};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::{
    absence::Claims,
    client::Client,
    identity::{self, Identity},
    map::Mapper,
    namespaces::Spaces,
    news::News,
    options::Options,
    path::LIST,
    resource::Resource,
};

/// Groups whose kinds people look at most; the last free watches are kept for them.
const FIRST: [&str; 6] = ["", "apps", "batch", "autoscaling", "networking.k8s.io", "discovery.k8s.io"];

/// So long after it was asked which cluster it is, it is taken to be the same.
const SAME: Duration = Duration::from_secs(5);

/// A source in a run.
#[derive(Default)]
pub(crate) struct Session {
    /// By context.
    pub(crate) servers: BTreeMap<String, Arc<Server>>,
    /// Contexts that could not be planned, and why.
    pub(crate) failed: BTreeMap<String, Fault>,
    /// What that comes to.
    pub(crate) plan: Plan,
    /// Grows with each plan that is begun, so that none takes the place of one that was begun later.
    pub(crate) number: u64,
}

/// A cluster, reached by one context.
pub(crate) struct Server {
    pub(crate) client: Client,
    pub(crate) mapper: Mapper,
    pub(crate) identity: Identity,
    /// What is listed, by [`Resource::name`].
    pub(crate) resources: BTreeMap<String, Resource>,
    /// Those of which only the metadata is read.
    pub(crate) metadata: BTreeSet<String>,
    /// Groups that could not be asked what they serve.
    pub(crate) broken: BTreeMap<String, Fault>,
    /// Groups of which something may not be seen.
    pub(crate) doubtful: BTreeMap<String, Fault>,
    /// The names of everything that can be listed, wanted or not.
    pub(crate) served: BTreeSet<String>,
    pub(crate) claims: Claims,
    /// The namespaces that are listed one by one, if that is so.
    pub(crate) spaces: Option<Spaces>,
    /// Its part of the plan.
    pub(crate) plan: Plan,
    /// What is heard of definitions goes there.
    pub(crate) news: Arc<News>,
    /// Everything can be had through a watch, as far as is known.
    pub(crate) streams: AtomicBool,
    pub(crate) watches: Arc<Watches>,
    /// How many that are.
    pub(crate) limit: usize,
    pub(crate) page: u32,
    /// When it said last which cluster it is.
    pub(crate) identified: Mutex<Instant>,
    /// Its context leads elsewhere by now, or nowhere.
    pub(crate) over: CancellationToken,
}

impl Server {
    /// Whether that is the same cluster, reached in the same way.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.identity == other.identity && self.client.login().facts() == other.client.login().facts()
    }

    /// Asks whether it still is the cluster that was planned: what another one at the same address lacks proves
    /// nothing. Where nothing but the address names the cluster, nobody can tell.
    ///
    /// # Errors
    /// `NotFound` when it is another one by now, or why it could not be asked.
    pub(crate) async fn recognise(&self, gate: &dyn Gate, scope: &ScopeKey) -> Result<(), Fault> {
        let last = *self.identified.lock().unwrap_or_else(PoisonError::into_inner);
        if self.identity.makeshift.is_some() || last.elapsed() < SAME {
            return Ok(());
        }
        let now = identity::identify(&self.client, gate, scope).await?;
        let fault = |kind, why: &str| {
            Err(Fault::new(kind, LIST.as_str(), format!("{} {why}", self.client.context())))
        };
        if now.makeshift.is_some() {
            return fault(FaultKind::Unreachable, "does not say at the moment which cluster it is");
        }
        if now != self.identity {
            return fault(FaultKind::NotFound, "leads to another cluster than it did; it is planned anew");
        }
        *self.identified.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Ok(())
    }
}

/// Watches that may be open at a time.
pub(crate) struct Watches {
    places: Arc<Semaphore>,
    kept: usize,
}

impl Watches {
    pub(crate) fn new(options: &Options) -> Self {
        Self { places: Arc::new(Semaphore::new(options.watches)), kept: options.watches / 4 }
    }

    /// A place for a watch, if there is one for this kind.
    pub(crate) fn take(&self, resource: &Resource) -> Option<OwnedSemaphorePermit> {
        let kept = if FIRST.contains(&resource.group.as_str()) { 0 } else { self.kept };
        if self.places.available_permits() <= kept {
            return None;
        }
        Arc::clone(&self.places).try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_watches_are_kept_for_what_people_look_at() {
        let of = |group: &str| Resource {
            group: group.into(),
            version: "v1".into(),
            kind: "X".into(),
            plural: "x".into(),
            singular: String::new(),
            short_names: Vec::new(),
            namespaced: true,
            watchable: true,
        };
        let watches = Watches::new(&Options { watches: 8, ..Options::default() });
        let custom: Vec<_> = (0..10).filter_map(|_| watches.take(&of("example.com"))).collect();
        assert_eq!(custom.len(), 6);
        let first: Vec<_> = (0..10).filter_map(|_| watches.take(&of("apps"))).collect();
        assert_eq!(first.len(), 2);
        drop(custom);
        assert!(watches.take(&of("example.com")).is_some());
        assert!(Watches::new(&Options { watches: 0, ..Options::default() }).take(&of("")).is_none());
    }
}
