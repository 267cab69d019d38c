//! A collector: reads one kind of source and says what it sees.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use cloudscope_domain::{AssetKey, Kind, Scope, ScopeKey, Sighting, SourceName};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{Clock, Fault, Gate, Operation, Sink};

/// A source to collect: the name that its records bear, and options from the configuration or the
/// command line (`regions=eu-west-1+us-east-1`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSpec {
    /// Names its records.
    pub name: SourceName,
    /// Which collector: `host`, `file`, `demo`, `aws`, ...
    pub collector: String,
    /// Options as text; the collector checks them.
    pub options: BTreeMap<String, String>,
}

/// Something that could be collected, found without any set-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovered {
    /// What it is, for people: `AWS profile prod`, `terraform.tfstate in this directory`.
    pub title: String,
    /// Where it was seen.
    pub origin: String,
    /// The source to collect, or `None` when it has to be named first, or no collector for it exists in
    /// this program yet.
    pub source: Option<SourceSpec>,
    /// How it is named to be collected (`aws:profile=prod`), where that is not done unasked.
    #[serde(default)]
    pub add: Option<String>,
}

/// Who the credentials are, when they work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialReport {
    /// As the provider names it.
    pub identity: String,
    /// What is limited, if known: "not root: other users' sockets are hidden".
    pub limits: Vec<String>,
}

/// What a source consists of now.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Plan {
    /// Scopes to collect.
    pub scopes: Vec<Scope>,
    /// Scopes that exist but are switched off, with the reason.
    pub disabled: Vec<(Scope, String)>,
    /// Why a part of the source could not be planned, such as one profile of several that lets nobody in:
    /// what is known of the source and in neither list may be of that part, and was not read.
    pub unread: Option<Fault>,
}

/// What became of a scope that is in no plan of its source any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// The provider has no such listing any more, and nothing that could be in it: the assets of the scope
    /// whose ids begin so are gone. Those of others it says nothing about.
    Gone {
        /// Names the provider as well, so that another one under the same name proves nothing.
        ids: String,
        /// In words.
        why: String,
    },
    /// It may still be there, but nobody could tell.
    Unread(Fault),
    /// It stood for a failure that has passed; it never held anything.
    Mended,
}

/// What people call a kind, besides its own name: `po`, `pod` and `pods` are `k8s.core.pod`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindNames {
    /// Which kind.
    pub kind: Kind,
    /// Its other names, the usual one first.
    pub names: Vec<String>,
}

/// What a targeted look-up of one asset found.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// It is there after all.
    There(Box<Sighting>),
    /// The provider says that there is no such thing.
    NotFound,
    /// It could not be told; in words.
    Unclear(String),
}

/// All that a collector may use of the program.
#[derive(Clone)]
pub struct CollectContext {
    /// Ask before each outgoing call.
    pub gate: Arc<dyn Gate>,
    /// Put what you see here.
    pub sink: Arc<dyn Sink>,
    /// Stop when this fires.
    pub cancel: CancellationToken,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Reads sources of one kind.
#[async_trait]
pub trait Collector: Send + Sync + 'static {
    /// `host`, `file`, ...: what `SourceSpec::collector` names.
    fn name(&self) -> &'static str;

    /// The version of this collector.
    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// The port version that it was written against.
    fn port_version(&self) -> u32 {
        crate::PORT_VERSION
    }

    /// The kinds that it may yield; empty when they are only known from the data.
    fn kinds(&self) -> Vec<Kind>;

    /// Those of its kinds that nothing was held against yet: no test, no server.
    fn unverified(&self) -> Vec<Kind> {
        Vec::new()
    }

    /// What people call its kinds, as far as it is known by now; grows with what a provider tells.
    fn names(&self) -> Vec<KindNames> {
        Vec::new()
    }

    /// The exact operations that it may ask the gate for.
    fn operations(&self) -> &'static [Operation];

    /// Where the source's calls go and by which way, as far as that is not the provider's usual one: another
    /// endpoint, a proxy, certificates of one's own. A line each, for the screen; makes no call.
    async fn ways(&self, source: &SourceSpec) -> Vec<String> {
        let _ = source;
        Vec::new()
    }

    /// Who the credentials of this source are; makes at most one call.
    ///
    /// # Errors
    /// `Unauthenticated` with what to do, or why nobody could be asked.
    async fn check(&self, source: &SourceSpec, context: &CollectContext) -> Result<CredentialReport, Fault>;

    /// The scopes of this source.
    ///
    /// # Errors
    /// When the source as a whole cannot be planned: bad option, no credentials.
    async fn plan(&self, source: &SourceSpec, context: &CollectContext) -> Result<Plan, Fault>;

    /// What became of these scopes, which its last plan lacks, as far as that can be told. Of the others nothing
    /// is known but that they are not read any more.
    async fn left(
        &self,
        source: &SourceSpec,
        scopes: &[ScopeKey],
        context: &CollectContext,
    ) -> Vec<(ScopeKey, Left)> {
        let _ = (source, scopes, context);
        Vec::new()
    }

    /// Waits until the source consists of something else than `known`, and returns what it consists of then:
    /// the whole plan, which counts as its last one. Asked for as long as the source is followed: first with
    /// none, then each time with what it returned last. A plan that was made meanwhile for a run
    /// counts as well. What could not be looked at is as it was: that is no reason to leave it out.
    ///
    /// How often it looks, and how soon again after a failure, it decides by itself. By default it never
    /// returns: only runs find out.
    ///
    /// # Errors
    /// When it cannot even wait (bad option); it is asked again after a while.
    async fn replan(
        &self,
        source: &SourceSpec,
        known: Option<&Plan>,
        context: &CollectContext,
    ) -> Result<Plan, Fault> {
        let _ = (source, known, context);
        std::future::pending().await
    }

    /// Looks for single assets that a weak listing of `scope` lacked, so that one listing is enough of a
    /// proof. Answers for as many of `keys` as it can; an empty answer means that it cannot look.
    ///
    /// # Errors
    /// When nobody could be asked; nothing follows from it.
    async fn look_up(
        &self,
        source: &SourceSpec,
        scope: &Scope,
        keys: &[AssetKey],
        context: &CollectContext,
    ) -> Result<Vec<(AssetKey, Look)>, Fault> {
        let _ = (source, scope, keys, context);
        Ok(Vec::new())
    }

    /// The command that renews the credentials of this source (`aws sso login --profile prod`).
    fn renew(&self, source: &SourceSpec) -> Option<String> {
        let _ = source;
        None
    }

    /// Lists one scope: `Begin`, what is seen, `Done`. Problems with single items go to the sink.
    ///
    /// # Errors
    /// The failure that ended the listing; what was sent before it stays.
    async fn collect(
        &self,
        source: &SourceSpec,
        scope: &Scope,
        context: &CollectContext,
    ) -> Result<(), Fault>;

    /// Whether scopes of this source can be followed after they were listed. Only those whose listing is a
    /// snapshot are: of a weak one there is no point to go on from.
    fn follows(&self, source: &SourceSpec) -> bool {
        let _ = source;
        false
    }

    /// Goes on from where the last whole listing of a scope by this collector ended, or from where its last
    /// follow said `Resume`, and says what happens as it happens: `Upsert` and `Delete` as they come, and
    /// `Resume` whenever everything up to there was said, at least once after it began and then at least every
    /// minute or so, also when nothing happened. Said twice, or out of order, a thing ends as it was said last.
    /// Where it cannot go on (the provider forgot that point, nothing was listed whole yet), it lists the scope
    /// anew: `Begin`, everything, `Resume`, never `Done`; what such a listing lacks is gone. A `Problem` stays
    /// with the scope until it is listed anew, so it is not repeated.
    ///
    /// Short interruptions are its own business. Each call asks the gate as any other does, and its permit
    /// ends when the answer begins: a stream that goes on for hours holds none. Nothing of a follow may be sent
    /// once it was cancelled; until then the engine lists that scope in no other way.
    ///
    /// Ends only when it is cancelled or with the failure that it cannot mend, never with `Ok`: from then on
    /// the records of the scope are unknown, and the engine follows it anew after a while: in a second, then
    /// two, up to a minute where the failure may pass, else in five minutes.
    ///
    /// # Errors
    /// The failure; what was sent before it stays.
    async fn follow(
        &self,
        source: &SourceSpec,
        scope: &Scope,
        context: &CollectContext,
    ) -> Result<(), Fault> {
        let _ = (source, context);
        Err(Fault::new(
            crate::FaultKind::Disabled,
            scope.key.listing.clone(),
            "this source can be listed, not followed",
        ))
    }
}
