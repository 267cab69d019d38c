//! The collector port for Kubernetes: plans clusters and kinds, lists one scope at a time, and follows what
//! was listed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use cloudscope_catalog::Catalog;
use cloudscope_domain::{Kind, Scope, ScopeKey, SourceName, redact::Redactor};
use cloudscope_ports::{
    CollectContext, Collector, CredentialReport, Fault, FaultKind, KindNames, Left, Operation, Plan,
    SourceSpec,
};

use crate::{
    failure::shown,
    follow::{self, Point},
    identity,
    kubeconfig::{Files, Surroundings},
    list,
    map::known_names,
    news::News,
    options::Options,
    path::{OPERATIONS, WATCH},
    place::Place,
    plan::{Planner, WHOLE},
    policy,
    programs::{Program, Programs},
    session::{Server, Session},
    survey,
};

/// The name of this collector, as `SourceSpec::collector` has it.
pub const COLLECTOR: &str = "k8s";

/// Collects Kubernetes clusters.
pub struct KubernetesCollector {
    catalog: Arc<Catalog>,
    redactor: Redactor,
    programs: Arc<dyn Programs>,
    sessions: Mutex<HashMap<SourceName, Arc<Session>>>,
    /// Plans that were begun.
    plans: AtomicU64,
    /// What is heard of definitions, by source.
    news: Mutex<HashMap<SourceName, Arc<News>>>,
    /// Where scopes were whole last, and of which cluster that was: a context may lead to another one by now.
    points: Mutex<HashMap<ScopeKey, (String, Point)>>,
    names: Mutex<BTreeMap<Kind, KindNames>>,
}

impl KubernetesCollector {
    /// A collector of every kind; the catalog says more of those it knows.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, redactor: Redactor, programs: Arc<dyn Programs>) -> Self {
        Self {
            catalog,
            redactor,
            programs,
            sessions: Mutex::default(),
            plans: AtomicU64::new(0),
            news: Mutex::default(),
            points: Mutex::default(),
            names: Mutex::default(),
        }
    }

    /// The programs that the users of a source's contexts name for their credentials.
    ///
    /// # Errors
    /// When the options are wrong, or no context can be used.
    pub fn programs(source: &SourceSpec) -> Result<Vec<Program>, Fault> {
        let options = Options::read(source)?;
        let files = Files::read(&options, &Surroundings::current());
        let mut found: Vec<Program> = Vec::new();
        for context in files.wanted(&options)? {
            if let Some(program) = program(&files, &context)
                && !found.iter().any(|known| known.hash() == program.hash())
            {
                found.push(program);
            }
        }
        Ok(found)
    }

    /// The least that collecting a source needs, as a ClusterRole and its binding, in YAML. Asks the clusters
    /// what they serve.
    ///
    /// # Errors
    /// When no cluster can be asked.
    pub async fn policy(&self, source: &SourceSpec, context: &CollectContext) -> Result<String, Fault> {
        let news = Arc::default();
        let session = self.planner(source, &news, None, context)?.plan().await?;
        policy::document(&session.plan, &session)
    }

    fn planner<'a>(
        &'a self,
        source: &'a SourceSpec,
        news: &'a Arc<News>,
        again: Option<BTreeSet<String>>,
        context: &'a CollectContext,
    ) -> Result<Planner<'a>, Fault> {
        Ok(Planner {
            source,
            options: Options::read(source)?,
            catalog: &self.catalog,
            redactor: &self.redactor,
            programs: &self.programs,
            context,
            before: self.session(source),
            again,
            news,
        })
    }

    /// The last plan of a source.
    pub(crate) fn session(&self, source: &SourceSpec) -> Option<Arc<Session>> {
        lock(&self.sessions).get(&source.name).cloned()
    }

    /// What is heard of the definitions of a source.
    pub(crate) fn news(&self, source: &SourceSpec) -> Arc<News> {
        Arc::clone(lock(&self.news).entry(source.name.clone()).or_default())
    }

    /// Plans a source: everything anew, or only what is to be looked at `again`.
    ///
    /// # Errors
    /// When the source as a whole cannot be planned.
    pub(crate) async fn look(
        &self,
        source: &SourceSpec,
        again: Option<BTreeSet<String>>,
        context: &CollectContext,
    ) -> Result<Arc<Session>, Fault> {
        let (news, number) = (self.news(source), self.plans.fetch_add(1, Ordering::Relaxed));
        let planned =
            until_cancelled(context, async { self.planner(source, &news, again, context)?.plan().await });
        let session = Arc::new(Session { number, ..planned.await? });
        let mut names = lock(&self.names);
        for (context, server) in &session.servers {
            let namespaces = server.spaces.as_ref().and_then(|spaces| spaces.all.as_ref());
            news.serves(context, &server.served, namespaces);
            for resource in server.resources.values() {
                let found = server.mapper.names(resource);
                names.insert(found.kind.clone(), found);
            }
        }
        drop(names);
        let mut sessions = lock(&self.sessions);
        let before = sessions.get(&source.name);
        if before.is_none_or(|known| known.number < number) {
            for (context, old) in before.iter().flat_map(|known| &known.servers) {
                // Whoever follows the old one would go on to tell of it under the name of the new one.
                if session.servers.get(context).is_none_or(|new| !old.is(new)) {
                    old.over.cancel();
                }
            }
            sessions.insert(source.name.clone(), Arc::clone(&session));
        }
        Ok(session)
    }

    /// Finds what a scope names.
    fn server(&self, source: &SourceSpec, scope: &ScopeKey) -> Result<Arc<Server>, Fault> {
        let wrong = |kind, words: String| Err(Fault::new(kind, scope.listing.as_str(), words));
        let Some(session) = self.session(source) else {
            return wrong(FaultKind::Internal, "the source was not planned".to_owned());
        };
        if let Some(fault) = session.failed.get(&scope.account) {
            return Err(fault.clone());
        }
        let Some(server) = session.servers.get(&scope.account) else {
            return wrong(
                FaultKind::Refused,
                format!("{} is no context of this source", shown(&scope.account)),
            );
        };
        if let Some(fault) = server.broken.get(&scope.listing) {
            return Err(fault.clone());
        }
        let closed = server.spaces.as_ref().and_then(|spaces| spaces.closed.get(&scope.parent));
        if let Some(fault) = closed.filter(|_| scope.listing == WHOLE) {
            return Err(fault.clone());
        }
        if scope.listing == WHOLE || !server.resources.contains_key(&scope.listing) {
            return wrong(
                FaultKind::Refused,
                format!("{} has no kind {} to list", shown(&scope.account), shown(&scope.listing)),
            );
        }
        Ok(Arc::clone(server))
    }

    async fn list(&self, server: &Server, scope: &Scope, context: &CollectContext) -> Result<(), Fault> {
        // Until it is listed whole again there is nothing to go on from.
        lock(&self.points).remove(&scope.key);
        let point = list::list(&place(server, scope, context)?).await?;
        self.keep(server, scope, point);
        Ok(())
    }

    fn keep(&self, server: &Server, scope: &Scope, point: Option<Point>) {
        if let Some(point) = point {
            lock(&self.points).insert(scope.key.clone(), (server.identity.uid.clone(), point));
        }
    }
}

#[async_trait]
impl Collector for KubernetesCollector {
    fn name(&self) -> &'static str {
        COLLECTOR
    }

    fn kinds(&self) -> Vec<Kind> {
        Vec::new()
    }

    fn names(&self) -> Vec<KindNames> {
        let mut names: BTreeMap<Kind, KindNames> =
            known_names(&self.catalog).into_iter().map(|known| (known.kind.clone(), known)).collect();
        // What a server says itself is nearer.
        names.extend(lock(&self.names).iter().map(|(kind, found)| (kind.clone(), found.clone())));
        names.into_values().collect()
    }

    fn operations(&self) -> &'static [Operation] {
        &OPERATIONS
    }

    async fn check(&self, source: &SourceSpec, context: &CollectContext) -> Result<CredentialReport, Fault> {
        let work = async {
            let logins = self.planner(source, &self.news(source), None, context)?.logins().await?;
            let (mut who, mut limits) = (Vec::new(), Vec::new());
            limits.extend(
                logins.unusable.iter().map(|(o, why)| format!("the kubeconfig {o} is not used: {why}")),
            );
            let mut first: Option<Fault> = None;
            for (name, client) in logins.contexts {
                let key = ScopeKey::new(source.name.clone(), "namespaces/kube-system").account(name.as_str());
                let asked = match &client {
                    Ok(client) => identity::identify(client, &*context.gate, &key).await,
                    Err(fault) => Err(fault.clone()),
                };
                match (asked, client) {
                    (Ok(found), Ok(client)) => {
                        let facts = client.login().facts();
                        who.push(format!("{} at {} ({name})", facts.identity, facts.server));
                        if let Some((words, permission)) = found.makeshift {
                            let missing = permission.map(|p| format!("; missing: {p}")).unwrap_or_default();
                            limits.push(format!("{name}: {words}{missing}"));
                        }
                        if facts.unchecked {
                            limits.push(format!(
                                "{name}: the server's certificate is not checked (insecure-skip-tls-verify)"
                            ));
                        }
                    }
                    (Err(fault), _) | (_, Err(fault)) => {
                        limits.push(fault.message.clone());
                        first.get_or_insert(fault);
                    }
                }
            }
            match first {
                Some(fault) if who.is_empty() => Err(fault),
                _ => Ok(CredentialReport { identity: who.join(", "), limits }),
            }
        };
        until_cancelled(context, work).await
    }

    async fn plan(&self, source: &SourceSpec, context: &CollectContext) -> Result<Plan, Fault> {
        Ok(self.look(source, None, context).await?.plan.clone())
    }

    async fn left(
        &self,
        source: &SourceSpec,
        scopes: &[ScopeKey],
        context: &CollectContext,
    ) -> Vec<(ScopeKey, Left)> {
        match self.session(source) {
            Some(session) => survey::left(&session, scopes, context).await,
            None => Vec::new(),
        }
    }

    async fn replan(
        &self,
        source: &SourceSpec,
        known: Option<&Plan>,
        context: &CollectContext,
    ) -> Result<Plan, Fault> {
        let news = self.news(source);
        survey::replan(&Looked { collector: self, source, context }, &news, known).await
    }

    fn renew(&self, source: &SourceSpec) -> Option<String> {
        let programs = Self::programs(source).ok()?;
        programs.iter().find_map(Program::renew)
    }

    async fn collect(
        &self,
        source: &SourceSpec,
        scope: &Scope,
        context: &CollectContext,
    ) -> Result<(), Fault> {
        let server = self.server(source, &scope.key)?;
        until_cancelled(context, self.list(&server, scope, context)).await
    }

    fn follows(&self, _: &SourceSpec) -> bool {
        true
    }

    async fn follow(
        &self,
        source: &SourceSpec,
        scope: &Scope,
        context: &CollectContext,
    ) -> Result<(), Fault> {
        let server = self.server(source, &scope.key)?;
        let context = CollectContext { cancel: context.cancel.child_token(), ..context.clone() };
        let place = place(&server, scope, &context)?;
        let point = lock(&self.points).remove(&scope.key);
        let point = point.filter(|(uid, _)| *uid == server.identity.uid).map(|(_, point)| point);
        let (fault, point) = {
            let mut followed = pin!(follow::follow(&place, point));
            tokio::select! {
                biased;
                ended = &mut followed => ended,
                () = server.over.cancelled() => {
                    context.cancel.cancel();
                    let (_, point) = followed.await;
                    let words = format!("{} leads elsewhere by now; it is followed anew", server.client.context());
                    (Fault::new(FaultKind::Unreachable, WATCH.as_str(), words), point)
                }
            }
        };
        self.keep(&server, scope, point);
        if fault.kind != FaultKind::NotFound {
            return Err(fault);
        }
        // Its definition is gone, or has other versions now, or its API server is down: a look at what is served
        // tells which, and then it is tried again without waiting long.
        server.news.stir(&scope.key.account);
        Err(Fault { kind: FaultKind::Unreachable, ..fault })
    }
}

/// A source that somebody follows.
struct Looked<'a> {
    collector: &'a KubernetesCollector,
    source: &'a SourceSpec,
    context: &'a CollectContext,
}

impl survey::Looking for Looked<'_> {
    fn session(&self) -> Option<Arc<Session>> {
        self.collector.session(self.source)
    }

    async fn look(&self, due: BTreeSet<String>) -> Result<(), Fault> {
        self.collector.look(self.source, Some(due), self.context).await.map(|_| ())
    }
}

fn place<'a>(server: &'a Server, scope: &'a Scope, context: &'a CollectContext) -> Result<Place<'a>, Fault> {
    let key = &scope.key;
    let resource = server.resources.get(&key.listing).ok_or_else(|| {
        Fault::new(FaultKind::Refused, key.listing.as_str(), "there is no such kind to list any more")
    })?;
    Ok(Place {
        server,
        resource,
        namespace: Some(key.parent.as_str()).filter(|n| !n.is_empty()),
        metadata: server.metadata.contains(&key.listing),
        scope: key,
        context,
    })
}

/// The program of a context's user.
fn program(files: &Files, context: &str) -> Option<Program> {
    let user = files.context(context)?.user.as_ref()?;
    let info = files.config.auth_infos.iter().find(|u| u.name == *user)?.auth_info.as_ref()?;
    Program::of(context, user, info.exec.as_ref()?)
}

/// Whatever is under way is dropped when the run is cancelled.
async fn until_cancelled<T>(
    context: &CollectContext,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let cancelled = || Fault::new(FaultKind::Cancelled, "k8s:List", "the run was cancelled");
    context.cancel.run_until_cancelled(work).await.unwrap_or_else(|| Err(cancelled()))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
