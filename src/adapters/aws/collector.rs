//! The collector port for AWS: plans accounts, regions and listings, and lists one scope at a time.
//!
//! Knows no service and no kind; those are rows of the catalog and lines of the models.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use async_trait::async_trait;
use cloudscope_catalog::Catalog;
use cloudscope_domain::{Kind, Scope, SourceName, redact::Redactor};
use cloudscope_ports::{
    CollectContext, Collector, CredentialReport, Fault, FaultKind, Operation, Plan, SourceSpec,
};

use crate::{
    collect::Scoped,
    discover::Discovery,
    listing::Listings,
    login::{self, Program, Programs},
    model::Models,
    options::Options,
    policy,
    session::Session,
    transport::CREDENTIAL_OPERATIONS,
    typed::TypedClient,
};

/// The name of this collector, as `SourceSpec::collector` has it.
pub const COLLECTOR: &str = "aws";

/// Every operation that may be asked for: the reviewed list of the models, and those that obtain
/// credentials.
static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let mut all: Vec<Operation> = Models::builtin().operations().map(Operation::new).collect();
    let credentials = &CREDENTIAL_OPERATIONS[..CREDENTIAL_OPERATIONS.len() - 1];
    all.extend(credentials.iter().filter(|o| !all.contains(o)).cloned().collect::<Vec<_>>());
    all
});

/// Collects AWS accounts.
pub struct AwsCollector {
    catalog: Arc<Catalog>,
    redactor: Redactor,
    listings: Listings,
    programs: Arc<dyn Programs>,
    typed: Option<Arc<dyn TypedClient>>,
    sessions: Mutex<HashMap<SourceName, Arc<Session>>>,
}

impl AwsCollector {
    /// A collector of the kinds of a catalog that say how they are listed.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, redactor: Redactor, programs: Arc<dyn Programs>) -> Self {
        let listings = Listings::of(&catalog);
        for (kind, why) in &listings.refused {
            tracing::warn!("{kind} is not collected: {why}");
        }
        Self { catalog, redactor, listings, programs, typed: None, sessions: Mutex::default() }
    }

    /// Has another client make the calls of its service.
    #[must_use]
    pub fn with_typed(self, client: Arc<dyn TypedClient>) -> Self {
        Self { typed: Some(client), ..self }
    }

    /// The smallest IAM policy that lets everything be collected that a source asks for, as JSON.
    ///
    /// # Errors
    /// When the source's options are wrong.
    pub fn policy(&self, source: &SourceSpec) -> Result<String, Fault> {
        let options = Options::read(source)?;
        Ok(policy::document(&self.listings, &options))
    }

    /// The kinds that are listed, with what each calls and needs: for the page about them.
    pub fn rows(&self) -> impl Iterator<Item = policy::Row> {
        policy::rows(&self.listings)
    }

    /// The programs that the credentials of a source would run.
    ///
    /// # Errors
    /// When the AWS configuration cannot be read.
    pub async fn programs(source: &SourceSpec) -> Result<Vec<Program>, Fault> {
        let options = Options::read(source)?;
        let files = login::files().await?;
        let mut names: Vec<String> = options.profiles.clone();
        if options.all_profiles {
            names.extend(files.profiles().map(str::to_owned));
        }
        if names.is_empty() {
            names.push(files.selected_profile().to_owned());
        }
        let mut found: Vec<Program> = Vec::new();
        for program in names.iter().flat_map(|name| login::programs(&files, name)) {
            if !found.contains(&program) {
                found.push(program);
            }
        }
        Ok(found)
    }

    fn discovery<'a>(
        &'a self,
        source: &'a SourceSpec,
        context: &'a CollectContext,
    ) -> Result<Discovery<'a>, Fault> {
        let options = Options::read(source)?;
        Ok(Discovery {
            source,
            options,
            listings: &self.listings,
            programs: &*self.programs,
            typed: self.typed.as_ref(),
            context,
        })
    }

    fn session(&self, source: &SourceSpec) -> Option<Arc<Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(&source.name).cloned()
    }
}

#[async_trait]
impl Collector for AwsCollector {
    fn name(&self) -> &'static str {
        COLLECTOR
    }

    fn kinds(&self) -> Vec<Kind> {
        self.listings.kinds()
    }

    fn unverified(&self) -> Vec<Kind> {
        let found = self.listings.all.iter().flat_map(|l| &l.kinds);
        found.filter(|k| k.spec.verified.is_none()).map(|k| k.kind.clone()).collect()
    }

    fn operations(&self) -> &'static [Operation] {
        &OPERATIONS
    }

    async fn ways(&self, source: &SourceSpec) -> Vec<String> {
        match Options::read(source) {
            Ok(options) => Discovery::ways(&options).await,
            Err(_) => Vec::new(),
        }
    }

    async fn check(&self, source: &SourceSpec, context: &CollectContext) -> Result<CredentialReport, Fault> {
        let who = self.discovery(source, context)?.who().await?;
        Ok(CredentialReport { identity: who.join(", "), limits: Vec::new() })
    }

    async fn plan(&self, source: &SourceSpec, context: &CollectContext) -> Result<Plan, Fault> {
        let found = self.discovery(source, context)?.plan().await?;
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(source.name.clone(), Arc::new(found.session));
        Ok(found.plan)
    }

    fn renew(&self, _: &SourceSpec) -> Option<String> {
        None
    }

    async fn collect(
        &self,
        source: &SourceSpec,
        scope: &Scope,
        context: &CollectContext,
    ) -> Result<(), Fault> {
        let wrong = |kind, words: String| Err(Fault::new(kind, scope.key.listing.as_str(), words));
        let Some(at) = self.listings.named(&scope.key.listing) else {
            return wrong(FaultKind::Refused, format!("AWS has no listing `{}` here", scope.key.listing));
        };
        let Some(session) = self.session(source) else {
            return wrong(FaultKind::Internal, "the source was not planned".to_owned());
        };
        let Some(account) = session.accounts.get(&scope.key.account) else {
            return wrong(FaultKind::Refused, format!("{} is no account of this source", scope.key.account));
        };
        let scoped = Scoped {
            catalog: &self.catalog,
            redactor: &self.redactor,
            listings: &self.listings,
            session: &session,
            account,
            scope: &scope.key,
            context,
        };
        scoped.run(at).await
    }
}
