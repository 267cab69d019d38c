//! From a source to its scopes: contexts, clusters, kinds, and namespaces where not everything may be listed.
//!
//! One context that cannot be used is a scope that says so; the others go on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use cloudscope_catalog::Catalog;
use cloudscope_domain::{ListingMode, Scope, ScopeKey, redact::Redactor};
use cloudscope_ports::{CollectContext, Fault, FaultKind, Plan, SourceSpec};
use futures::{StreamExt, stream};

use crate::{
    absence::{self, Claims},
    client::Client,
    discovery,
    failure::shown,
    identity::{self, Identity},
    kubeconfig::{Files, Surroundings},
    login::Login,
    map::{Cluster, Mapper},
    namespaces,
    news::{self, News},
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
    /// Only these contexts are looked at, and those that are new; the others are as they were before. Of what
    /// cannot be looked at the same is so. Without it everything is asked for anew.
    pub(crate) again: Option<BTreeSet<String>>,
    pub(crate) news: &'a Arc<News>,
}

/// One context that answers, or did.
enum Looked {
    /// As it was before.
    Known(Arc<Server>),
    Fresh {
        client: Client,
        identity: Identity,
    },
}

impl Looked {
    fn uid(&self) -> &str {
        match self {
            Self::Known(server) => &server.identity.uid,
            Self::Fresh { identity, .. } => &identity.uid,
        }
    }
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

    /// What the source consists of.
    ///
    /// # Errors
    /// When the source as a whole cannot be planned.
    pub(crate) async fn plan(&self) -> Result<Session, Fault> {
        let logins = self.logins().await?;
        let alone = logins.contexts.len() == 1;
        let mut session = Session::default();
        for (origin, why) in &logins.unusable {
            let scope = self.whole(origin);
            session.plan.disabled.push((scope, format!("the kubeconfig {origin} is not used: {why}")));
        }
        let looked = stream::iter(logins.contexts)
            .map(|(context, client)| async {
                let looked = self.look(&context, client).await;
                (context, looked)
            })
            .buffered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        // The first context of a cluster stands for it, but for one that does already.
        let mut clusters: BTreeMap<String, String> = BTreeMap::new();
        for (context, looked) in &looked {
            if let Ok(looked @ Looked::Known(_)) = looked {
                clusters.entry(looked.uid().to_owned()).or_insert_with(|| context.clone());
            }
        }
        let mut chosen = Vec::new();
        for (context, looked) in looked {
            match looked {
                Err(fault) if alone || fault.kind == FaultKind::Cancelled => return Err(fault),
                Err(fault) => self.failed(&mut session, context, fault),
                Ok(looked) => match clusters.get(looked.uid()) {
                    Some(first) if *first != context => {
                        let why = format!("same cluster as {}", shown(first));
                        session.plan.disabled.push((self.whole(&context), why));
                    }
                    _ => {
                        clusters.insert(looked.uid().to_owned(), context.clone());
                        chosen.push((context, looked));
                    }
                },
            }
        }
        let servers = stream::iter(chosen)
            .map(|(context, looked)| async {
                let server = match looked {
                    Looked::Known(server) => Ok(server),
                    Looked::Fresh { client, identity } => self.fresh(&context, client, identity).await,
                };
                (context, server)
            })
            .buffered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        for (context, one) in servers {
            match one {
                Err(fault) if alone || fault.kind == FaultKind::Cancelled => return Err(fault),
                Err(fault) => self.failed(&mut session, context, fault),
                Ok(server) => {
                    session.plan.scopes.extend(server.plan.scopes.iter().cloned());
                    session.plan.disabled.extend(server.plan.disabled.iter().cloned());
                    session.servers.insert(context, server);
                }
            }
        }
        Ok(session)
    }

    /// The server that a context led to before, when not everything is asked for anew.
    fn known(&self, context: &str) -> Option<&Arc<Server>> {
        self.again.as_ref().and(self.before.as_ref())?.servers.get(context)
    }

    async fn look(&self, context: &str, client: Result<Client, Fault>) -> Result<Looked, Fault> {
        // A kubeconfig that is just being written does not take away what works.
        let same = |server: &&Arc<Server>| {
            client.as_ref().map_or(true, |client| client.login().facts() == server.client.login().facts())
        };
        let known = self.known(context).filter(same);
        let due = self.again.as_ref().is_none_or(|again| again.contains(context));
        let client = match known {
            Some(server) if !due => return Ok(Looked::Known(Arc::clone(server))),
            Some(server) => server.client.clone(),
            None => client?,
        };
        let failed = || self.again.as_ref().and(self.before.as_ref())?.failed.get(context);
        if !due && let Some(fault) = failed() {
            return Err(fault.clone());
        }
        let key = self.key(context, "namespaces/kube-system");
        match (identity::identify(&client, &*self.context.gate, &key).await, known) {
            (Ok(identity), _) => Ok(Looked::Fresh { client, identity }),
            (Err(fault), Some(server)) if fault.kind != FaultKind::Cancelled => {
                tracing::debug!(context, error = %fault, "what it serves could not be looked at");
                Ok(Looked::Known(Arc::clone(server)))
            }
            (Err(fault), _) => Err(fault),
        }
    }

    async fn fresh(&self, context: &str, client: Client, identity: Identity) -> Result<Arc<Server>, Fault> {
        match (self.server(context, client, identity).await, self.known(context)) {
            (Ok(server), _) => Ok(Arc::new(server)),
            (Err(fault), Some(server)) if fault.kind != FaultKind::Cancelled => {
                tracing::debug!(context, error = %fault, "what it serves could not be looked at");
                Ok(Arc::clone(server))
            }
            (Err(fault), _) => Err(fault),
        }
    }

    /// A context that cannot be used is a scope whose collection says so.
    fn failed(&self, session: &mut Session, context: String, fault: Fault) {
        session.plan.scopes.push(self.whole(&context));
        let kind = match fault.kind {
            FaultKind::Unauthenticated => FaultKind::Denied,
            other => other,
        };
        session.failed.insert(context, Fault { kind, ..fault });
    }

    /// What one cluster serves, as scopes.
    async fn server(&self, context: &str, client: Client, identity: Identity) -> Result<Server, Fault> {
        let key = self.key(context, "discovery");
        let found = discovery::discover(&client, &*self.context.gate, &key).await?;
        let cluster = Cluster { uid: identity.uid.clone(), name: context.to_owned() };
        let mapper = Mapper::new(Arc::clone(self.catalog), self.redactor.clone(), cluster);
        let before = self.before.as_ref().and_then(|s| s.servers.get(context));
        let same = before.filter(|b| b.identity == identity && b.limit == self.options.watches);
        let claim = |name: &str| found.resources.iter().find(|r| r.name() == name).cloned();
        let claims = Claims { definitions: claim(news::DEFINITIONS), services: claim(news::SERVICES) };
        let mut plan = Plan::default();
        let mut wanted: Vec<Resource> = Vec::new();
        for resource in &found.resources {
            match self.options.leaves_out(resource) {
                None => wanted.push(resource.clone()),
                Some(why) => plan.disabled.push((self.scope(context, resource, None, &mapper), why)),
            }
        }
        if let Some(before) = self.known(context).filter(|b| b.identity == identity) {
            wanted.extend(self.held(context, before, &found, &claims).await?);
            // A plan that says the same is the same.
            wanted.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
        }
        let words: BTreeSet<&str> = self.options.kind_words().collect();
        for word in words {
            if !found.resources.iter().any(|r| is_named(word, r)) {
                let why = format!("{} serves no kind called {}", shown(context), shown(word));
                plan.disabled.push((self.bare(context, word), why));
            }
        }
        let (source, options, run) = (self.source, &self.options, self.context);
        let ask = namespaces::Ask { source, context, options, client: &client, run, wanted: &wanted };
        let known = self.known(context).filter(|b| b.identity == identity);
        let spaces = match known.map(|before| before.spaces.as_ref()) {
            Some(Some(spaces)) => Some(ask.again(spaces).await?),
            Some(None) => None,
            None => ask.first().await?,
        };
        for resource in &wanted {
            match &spaces {
                Some(spaces) if resource.namespaced => plan
                    .scopes
                    .extend(spaces.open.iter().map(|n| self.scope(context, resource, Some(n), &mapper))),
                _ => plan.scopes.push(self.scope(context, resource, None, &mapper)),
            }
        }
        // So that it is seen that they are closed.
        let closed = spaces.iter().flat_map(|spaces| spaces.closed.keys());
        plan.scopes.extend(closed.map(|namespace| {
            let whole = self.whole(context);
            Scope { key: whole.key.parent(namespace.as_str()), ..whole }
        }));
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
        // Who follows it since an earlier look is told as well when it is over.
        let reached =
            |b: &&Arc<Server>| b.identity == identity && b.client.login().facts() == client.login().facts();
        let over = before.filter(reached).map(|b| b.over.clone()).filter(|over| !over.is_cancelled());
        let over = over.unwrap_or_default();
        let streams = self.known(context).is_none_or(|b| b.streams.load(Ordering::Relaxed));
        Ok(Server {
            metadata: wanted.iter().filter(|r| self.options.only_metadata(r)).map(Resource::name).collect(),
            resources: wanted.into_iter().map(|r| (r.name(), r)).collect(),
            broken: broken.into_iter().map(|(group, fault)| (all_of(&group), fault)).collect(),
            doubtful: found.doubtful,
            served: found.names,
            claims,
            spaces,
            plan,
            news: Arc::clone(self.news),
            streams: AtomicBool::new(streams),
            watches: same.map_or_else(|| Arc::new(Watches::new(&self.options)), |b| Arc::clone(&b.watches)),
            limit: self.options.watches,
            page: self.options.page,
            identified: Mutex::new(Instant::now()),
            over,
            client,
            mapper,
            identity,
        })
    }

    /// The kinds that a server served before and does not serve now, though nothing proves that they are not
    /// there: what is to be said of each, its own listing says.
    async fn held(
        &self,
        context: &str,
        before: &Server,
        found: &discovery::Found,
        claims: &Claims,
    ) -> Result<Vec<Resource>, Fault> {
        let lacks = |r: &&Resource| !found.names.contains(&r.name());
        let lacked: Vec<&Resource> = before.resources.values().filter(lacks).collect();
        if lacked.iter().any(|r| r.group.is_empty()) {
            let words =
                format!("{} serves less than any API server does; it is looked at again", shown(context));
            return Err(Fault::new(FaultKind::Malformed, "k8s:Discover", words));
        }
        let (held, lacked): (Vec<_>, Vec<_>) =
            lacked.into_iter().partition(|r| found.doubtful.contains_key(&r.group));
        let names: Vec<String> = lacked.iter().map(|r| r.name()).collect();
        let scope = |listing: &str| self.key(context, listing);
        let gate = &*self.context.gate;
        let names = names.iter().map(String::as_str);
        let absent = match absence::unclaimed(&before.client, gate, scope, claims, names).await {
            Ok(absent) => absent,
            Err(fault) if fault.kind == FaultKind::Cancelled => return Err(fault),
            Err(fault) => {
                tracing::info!(context, error = %fault, "whether kinds were removed could not be told");
                BTreeSet::new()
            }
        };
        let lacked = lacked.into_iter().filter(|r| !absent.contains(&r.name()));
        Ok(held.into_iter().chain(lacked).cloned().collect())
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
