//! From a source to its scopes: contexts, clusters, kinds, and namespaces where not everything may be listed.
//!
//! One context that cannot be used is a scope that says so; the others go on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::AtomicBool},
};

use cloudscope_catalog::Catalog;
use cloudscope_domain::{ListingMode, Scope, ScopeKey, redact::Redactor};
use cloudscope_ports::{CollectContext, Fault, FaultKind, Plan, SourceSpec};
use futures::{StreamExt, stream};

use crate::{
    client::Client,
    discovery,
    failure::shown,
    identity::{self, Identity},
    kubeconfig::{Files, Surroundings},
    login::Login,
    map::{Cluster, Mapper},
    namespaces,
    options::{Options, is_named},
    programs::Programs,
    resource::Resource,
    session::{Server, Session, Watches},
};

/// The scope of a context as a whole.
pub(crate) const WHOLE: &str = "everything";
/// Contexts that are looked at together.
const AT_ONCE: usize = 8;
/// Scopes of one cluster.
const MOST_SCOPES: usize = 20_000;

/// What planning needs.
pub(crate) struct Planner<'a> {
    pub(crate) source: &'a SourceSpec,
    pub(crate) options: Options,
    pub(crate) catalog: &'a Arc<Catalog>,
    pub(crate) redactor: &'a Redactor,
    pub(crate) programs: &'a Arc<dyn Programs>,
    pub(crate) context: &'a CollectContext,
    /// The session of the last plan.
    pub(crate) before: Option<Arc<Session>>,
}

/// What planning found.
#[derive(Default)]
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) session: Session,
}

/// One context that answers.
struct Looked {
    client: Client,
    identity: Identity,
}

impl Planner<'_> {
    /// The contexts of the source, each as far as it can be used.
    ///
    /// # Errors
    /// When there is none, or one that is named does not exist.
    pub(crate) async fn logins(&self) -> Result<Logins, Fault> {
        let around = Surroundings::current();
        let options = self.options.clone();
        let read = {
            let around = around.clone();
            tokio::task::spawn_blocking(move || Files::read(&options, &around)).await
        };
        let files = read.map_err(|e| Fault::new(FaultKind::Internal, "k8s:Configure", e.to_string()))?;
        let wanted = files.wanted(&self.options)?;
        let among = wanted.len() > 1;
        let mut found = Vec::new();
        for context in wanted {
            let (programs, redactor) = (Arc::clone(self.programs), self.redactor.clone());
            let login = Login::new(&files, &context, &self.options, &around, programs, redactor).await;
            found.push((context, login.map(|login| Client::new(Arc::new(login), among))));
        }
        Ok(Logins { contexts: found, unusable: files.unusable })
    }

    /// The scopes.
    ///
    /// # Errors
    /// When the source as a whole cannot be planned.
    pub(crate) async fn plan(&self) -> Result<Planned, Fault> {
        let logins = self.logins().await?;
        let alone = logins.contexts.len() == 1;
        let mut planned = Planned::default();
        for (origin, why) in &logins.unusable {
            let scope = self.whole(origin);
            planned.plan.disabled.push((scope, format!("the kubeconfig {origin} is not used: {why}")));
        }
        let looked = stream::iter(logins.contexts)
            .map(|(context, client)| async {
                let looked = match client {
                    Ok(client) => self.look(&context, client).await,
                    Err(fault) => Err(fault),
                };
                (context, looked)
            })
            .buffered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        // The first context of a cluster stands for it.
        let mut clusters: BTreeMap<String, String> = BTreeMap::new();
        let mut chosen = Vec::new();
        for (context, looked) in looked {
            match looked {
                Err(fault) if alone || fault.kind == FaultKind::Cancelled => return Err(fault),
                Err(fault) => self.failed(&mut planned, context, fault),
                Ok(looked) => match clusters.get(&looked.identity.uid) {
                    Some(first) => {
                        let why = format!("same cluster as {}", shown(first));
                        planned.plan.disabled.push((self.whole(&context), why));
                    }
                    None => {
                        clusters.insert(looked.identity.uid.clone(), context.clone());
                        chosen.push((context, looked));
                    }
                },
            }
        }
        let servers = stream::iter(chosen)
            .map(|(context, looked)| async {
                let planned = self.server(&context, looked).await;
                (context, planned)
            })
            .buffered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        for (context, one) in servers {
            match one {
                Err(fault) if alone || fault.kind == FaultKind::Cancelled => return Err(fault),
                Err(fault) => self.failed(&mut planned, context, fault),
                Ok((plan, server)) => {
                    planned.plan.scopes.extend(plan.scopes);
                    planned.plan.disabled.extend(plan.disabled);
                    planned.session.servers.insert(context, Arc::new(server));
                }
            }
        }
        Ok(planned)
    }

    async fn look(&self, context: &str, client: Client) -> Result<Looked, Fault> {
        let key = self.key(context, "namespaces/kube-system");
        let identity = identity::identify(&client, &*self.context.gate, &key).await?;
        Ok(Looked { client, identity })
    }

    /// A context that cannot be used is a scope whose collection says so.
    fn failed(&self, planned: &mut Planned, context: String, fault: Fault) {
        planned.plan.scopes.push(self.whole(&context));
        let kind = match fault.kind {
            FaultKind::Unauthenticated => FaultKind::Denied,
            other => other,
        };
        planned.session.failed.insert(context, Fault { kind, ..fault });
    }

    /// What one cluster serves, as scopes.
    async fn server(&self, context: &str, looked: Looked) -> Result<(Plan, Server), Fault> {
        let Looked { client, identity } = looked;
        let key = self.key(context, "discovery");
        let found = discovery::discover(&client, &*self.context.gate, &key).await?;
        let cluster = Cluster { uid: identity.uid.clone(), name: context.to_owned() };
        let mapper = Mapper::new(Arc::clone(self.catalog), self.redactor.clone(), cluster);
        let mut plan = Plan::default();
        let mut wanted: Vec<Resource> = Vec::new();
        for resource in &found.resources {
            match self.options.leaves_out(resource) {
                None => wanted.push(resource.clone()),
                Some(why) => plan.disabled.push((self.scope(context, resource, None, &mapper), why)),
            }
        }
        let words: BTreeSet<&str> = self.options.kind_words().collect();
        for word in words {
            if !found.resources.iter().any(|r| is_named(word, r)) {
                let why = format!("{} serves no kind called {}", shown(context), shown(word));
                plan.disabled.push((self.bare(context, word), why));
            }
        }
        let spaces =
            namespaces::find(self.source, context, &self.options, &client, self.context, &wanted).await?;
        for resource in &wanted {
            match &spaces {
                Some(spaces) if resource.namespaced => plan
                    .scopes
                    .extend(spaces.open.iter().map(|n| self.scope(context, resource, Some(n), &mapper))),
                _ => plan.scopes.push(self.scope(context, resource, None, &mapper)),
            }
        }
        // Closed namespaces are looked at once a run each, so that it is seen that they are closed.
        if let (Some(spaces), Some(pods)) = (&spaces, namespaces::probe(&wanted)) {
            plan.scopes.extend(spaces.closed.iter().map(|n| self.scope(context, pods, Some(n), &mapper)));
        }
        let off = |group: &str| {
            group == "metrics.k8s.io" && !self.options.with.iter().any(|w| w.contains("metrics.k8s.io"))
        };
        let broken: BTreeMap<String, Fault> = if self.options.kinds.is_empty() {
            found.broken.into_iter().filter(|(group, _)| !off(group)).collect()
        } else {
            BTreeMap::new()
        };
        plan.scopes.extend(broken.keys().map(|group| self.bare(context, &all_of(group))));
        if plan.scopes.len() > MOST_SCOPES {
            let words = format!(
                "{} has {} kinds in namespaces to list one by one; name fewer with namespaces= or kinds=",
                shown(context),
                plan.scopes.len()
            );
            return Err(Fault::new(FaultKind::TooLarge, "k8s:Configure", words));
        }
        let before = self.before.as_ref().and_then(|s| s.servers.get(context));
        let same = before.filter(|b| b.identity == identity && b.limit == self.options.watches);
        let server = Server {
            metadata: wanted.iter().filter(|r| self.options.only_metadata(r)).map(Resource::name).collect(),
            resources: wanted.into_iter().map(|r| (r.name(), r)).collect(),
            broken: broken.into_iter().map(|(group, fault)| (all_of(&group), fault)).collect(),
            streams: AtomicBool::new(true),
            watches: same.map_or_else(|| Arc::new(Watches::new(&self.options)), |b| Arc::clone(&b.watches)),
            limit: self.options.watches,
            page: self.options.page,
            client,
            mapper,
            identity,
        };
        Ok((plan, server))
    }

    fn key(&self, context: &str, listing: &str) -> ScopeKey {
        ScopeKey::new(self.source.name.clone(), listing).account(context)
    }

    fn bare(&self, context: &str, listing: &str) -> Scope {
        Scope { key: self.key(context, listing), mode: ListingMode::Snapshot, kinds: Vec::new() }
    }

    fn whole(&self, context: &str) -> Scope {
        self.bare(context, WHOLE)
    }

    fn scope(&self, context: &str, resource: &Resource, namespace: Option<&str>, mapper: &Mapper) -> Scope {
        let key = self.key(context, &resource.name()).parent(namespace.unwrap_or_default());
        Scope { key, mode: ListingMode::Snapshot, kinds: vec![mapper.kind(resource)] }
    }
}

/// The contexts of a source, and files that are not used.
pub(crate) struct Logins {
    pub(crate) contexts: Vec<(String, Result<Client, Fault>)>,
    pub(crate) unusable: Vec<(String, String)>,
}

/// The listing of a group that does not say what it serves.
fn all_of(group: &str) -> String {
    format!("*.{group}")
}
