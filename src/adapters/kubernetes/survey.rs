//! What a source consists of while it is followed: looked at again when something is heard of it and now and then,
//! and what became of scopes that its plan lacks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use cloudscope_domain::ScopeKey;
use cloudscope_ports::{CollectContext, Fault, FaultKind, Left, Plan};

use crate::{
    absence,
    failure::shown,
    news::News,
    plan::WHOLE,
    session::{Server, Session},
};

/// Without any context there may still be one in the kubeconfig later.
const NOTHING: Duration = Duration::from_secs(300);

/// A source that can be looked at.
pub(crate) trait Looking: Sync {
    /// The last plan, whoever made it.
    fn session(&self) -> Option<Arc<Session>>;

    /// Plans it anew, as far as these contexts are concerned.
    fn look(&self, due: BTreeSet<String>) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// See [`cloudscope_ports::Collector::replan`].
///
/// # Errors
/// `Cancelled`.
pub(crate) async fn replan(source: &impl Looking, news: &News, known: Option<&Plan>) -> Result<Plan, Fault> {
    let (begun, mut turns) = news.pace();
    let mut unplanned: Option<Fault> = None;
    loop {
        let session = source.session();
        if let Some(session) = session.as_ref().filter(|session| Some(&session.plan) != known) {
            // What was heard is looked at more than once: a server needs a while, and so does who allows something.
            news.keep_pace((begun, turns));
            return Ok(session.plan.clone());
        }
        match (&session, &unplanned) {
            (Some(session), _) => turns.stand(begun.elapsed(), contexts(session)),
            // The run that comes before this said why.
            (None, None) => {
                let unknown = Fault::new(FaultKind::Unreachable, "k8s:Configure", "it is not planned yet");
                turns.stand(begun.elapsed(), std::iter::once(("", Some(&unknown))));
            }
            (None, Some(fault)) => turns.stand(begun.elapsed(), std::iter::once(("", Some(fault)))),
        }
        let last = begun.elapsed() + NOTHING;
        loop {
            let due = turns.soonest().unwrap_or(last).min(last + NOTHING);
            tokio::select! {
                heard = news.come() => {
                    let now = begun.elapsed();
                    heard.iter().for_each(|context| turns.heard(now, context));
                }
                () = tokio::time::sleep_until(begun + due) => break,
            }
        }
        let due = turns.due(begun.elapsed());
        match source.look(due).await {
            Ok(()) => unplanned = None,
            Err(fault) if fault.kind == FaultKind::Cancelled => return Err(fault),
            Err(fault) => {
                tracing::info!(error = %fault, "what a source serves was looked at in vain");
                unplanned = Some(fault);
            }
        }
    }
}

fn contexts(session: &Session) -> impl Iterator<Item = (&str, Option<&Fault>)> {
    let servers = session.servers.keys().map(|context| (context.as_str(), None));
    servers.chain(session.failed.iter().map(|(context, fault)| (context.as_str(), Some(fault))))
}

/// See [`cloudscope_ports::Collector::left`].
pub(crate) async fn left(
    session: &Session,
    scopes: &[ScopeKey],
    context: &CollectContext,
) -> Vec<(ScopeKey, Left)> {
    let mut by_context: BTreeMap<&str, Vec<&ScopeKey>> = BTreeMap::new();
    for scope in scopes {
        by_context.entry(&scope.account).or_default().push(scope);
    }
    let mut all = Vec::new();
    for (account, scopes) in by_context {
        if let Some(fault) = session.failed.get(account) {
            let unread = |scope: &ScopeKey| (scope.clone(), Left::Unread(fault.clone()));
            all.extend(scopes.into_iter().map(unread));
        } else if let Some(server) = session.servers.get(account) {
            all.extend(of_server(server, &scopes, context).await);
        }
    }
    all
}

async fn of_server(server: &Server, scopes: &[&ScopeKey], context: &CollectContext) -> Vec<(ScopeKey, Left)> {
    let mut told = Vec::new();
    let mut lacked: BTreeSet<&str> = BTreeSet::new();
    for scope in scopes {
        let listing = scope.listing.as_str();
        if listing == WHOLE || listing.starts_with("*.") {
            told.push(((*scope).clone(), Left::Mended));
        } else if let Some(fault) = server.doubtful.get(absence::group(listing)) {
            told.push(((*scope).clone(), Left::Unread(fault.clone())));
        } else if let Some(ids) = of_namespace_gone(server, scope) {
            let why = format!(
                "{} does not have the namespace {} any more",
                server.client.context(),
                shown(&scope.parent)
            );
            told.push(((*scope).clone(), Left::Gone { ids, why }));
        } else if !server.served.contains(listing) {
            lacked.insert(listing);
        }
    }
    let Some(first) = scopes.first() else { return told };
    let key = |listing: &str| ScopeKey::new(first.source.clone(), listing).account(first.account.as_str());
    let absent = absence::unclaimed(&server.client, &*context.gate, key, &server.claims, lacked).await;
    let absent = absent.unwrap_or_else(|fault| {
        tracing::info!(error = %fault, "whether kinds were removed could not be told");
        BTreeSet::new()
    });
    let gone = scopes.iter().filter(|scope| absent.contains(&scope.listing)).map(|scope| {
        let ids = format!("{}/{}/", server.identity.uid, absence::group(&scope.listing));
        let why = format!(
            "{} does not have the kind {} any more: its definition was removed",
            server.client.context(),
            shown(&scope.listing)
        );
        ((*scope).clone(), Left::Gone { ids, why })
    });
    told.extend(gone);
    told
}

/// What the ids of a kind begin with in a namespace that is there no more: a namespace goes when nothing is in it.
fn of_namespace_gone(server: &Server, scope: &ScopeKey) -> Option<String> {
    let all = server.spaces.as_ref()?.all.as_ref()?;
    let resource = server.resources.get(&scope.listing).filter(|r| r.namespaced)?;
    let gone = !scope.parent.is_empty() && !all.contains(&scope.parent);
    gone.then(|| server.mapper.within(resource, &scope.parent))
}
