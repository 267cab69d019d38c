//! The only file that names every adapter: puts them behind the ports and hands out a session.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use cloudscope_application::{
    Engine, EngineParts, Limits, LogTail, Schedule, Session, StoreOpener,
    export::ExportService,
    link::{self, LinkError, Server},
};
use cloudscope_aws::AwsCollector;
use cloudscope_catalog::Catalog;
use cloudscope_domain::{Timestamp, redact::Redactor};
use cloudscope_hooks::{
    Action, Attached as Hook, Confirmed as ConfirmedHooks, HookSpec, Hooks, Key, Outside,
};
use cloudscope_kubernetes::KubernetesCollector;
use cloudscope_ports::{
    AssetStore, Clock, CollectContext, Collector, CredentialReport, Discovered, Fault, Notifier, SecretError,
    Secrets, SourceSpec, StoreError,
};
use cloudscope_store::{OpenOptions, ProbeCommand, SledStore};
use miette::{Result, miette};
use tokio::runtime::Handle;

use crate::{
    attached::Attached,
    config::{Config, hooks as own, places::Places, programs::Confirmed, sources},
    logging::tail::Tail,
    options::Global,
    process,
};

/// How long to try to get at a data directory that another process opens or closes just now.
const PATIENCE: Duration = Duration::from_secs(20);
/// The made-up estate: always the same.
const DEMO_SEED: u64 = 20_261_121;
/// Assets of the made-up estate.
const DEMO_SIZE: usize = 2_400;

/// Everything that is decided before a store is opened.
pub(crate) struct Wiring {
    config: Config,
    config_file: PathBuf,
    places: Places,
    demo: bool,
    catalog: Arc<Catalog>,
    redactor: Redactor,
    clock: Arc<dyn Clock>,
    identity: String,
    environment: BTreeMap<String, String>,
    damage: Mutex<Vec<String>>,
    /// What else was found when the store was opened.
    warnings: Mutex<Vec<String>>,
    log: Arc<Tail>,
    background: Option<Handle>,
    pub(crate) global: Global,
}

/// Tells when the store of an engine is open, or why not.
pub(crate) type Opening = tokio::sync::oneshot::Receiver<Result<(), StoreError>>;

impl Wiring {
    /// Reads the configuration, the catalog and the key of the redaction.
    pub(crate) fn new(global: Global, demo: bool) -> Result<Self> {
        let environment = process::environment();
        let places = Places::find(global.data_dir.clone(), demo, &environment)?;
        let config_file = global.config.clone().unwrap_or_else(|| places.config.join("config.yaml"));
        let config = Config::load(&config_file, global.config.is_some(), &environment)?;
        let mut catalog = Catalog::builtin().map_err(|e| miette!("{e}; this is a defect"))?;
        let mut files = places.own_files("catalog")?;
        for path in &config.catalog {
            let text = std::fs::read_to_string(path)
                .map_err(|e| miette!("cannot read the catalog file {path}: {e}"))?;
            files.push((path.clone(), text));
        }
        for (name, text) in files {
            catalog.add(&name, &text).map_err(|e| miette!("{e}"))?;
        }
        let key = cloudscope_local::fingerprint_key(&secrets(&places)).map_err(|e| miette!("{e}"))?;
        let (redactor, clock) = (Redactor::new(key), Arc::new(cloudscope_local::SystemClock));
        Ok(Self {
            config,
            config_file,
            places,
            demo,
            catalog: Arc::new(catalog),
            log: Tail::new(redactor.clone(), Arc::clone(&clock) as Arc<dyn Clock>),
            redactor,
            clock,
            identity: cloudscope_local::identity(),
            environment,
            damage: Mutex::default(),
            warnings: Mutex::default(),
            background: None,
            global,
        })
    }

    /// Has collectors work there from now on.
    pub(crate) fn collect_on(&mut self, background: Handle) {
        self.background = Some(background);
    }

    /// What else was found when this process opened the store.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Damage of the store, if this process opened it and found some.
    pub(crate) fn damage(&self) -> Vec<String> {
        self.damage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn config_dir(&self) -> &Path {
        &self.places.config
    }

    pub(crate) fn config_file(&self) -> &Path {
        &self.config_file
    }

    /// The estate is made up.
    pub(crate) fn demo(&self) -> bool {
        self.demo
    }

    /// The saved views.
    pub(crate) fn views(&self) -> crate::config::views::ViewFile {
        crate::config::views::ViewFile::new(&self.places.config)
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.places.data
    }

    pub(crate) fn identity(&self) -> &str {
        &self.identity
    }

    pub(crate) fn redactor(&self) -> Redactor {
        self.redactor.clone()
    }

    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The newest lines of the log of this process.
    pub(crate) fn log_tail(&self) -> Arc<Tail> {
        Arc::clone(&self.log)
    }

    /// The program's secrets.
    pub(crate) fn secrets(&self) -> impl Secrets {
        secrets(&self.places)
    }

    /// Each hook of the configuration, and why it does not run.
    pub(crate) fn hooks(&self) -> Vec<Hook> {
        if self.demo {
            // Nobody is to be called for an estate that is made up.
            return Vec::new();
        }
        let confirmed = own::confirmed(&self.places.config).map_err(|e| e.to_string());
        self.config.hooks.iter().map(|spec| self.hook(spec, &confirmed)).collect()
    }

    fn hook(&self, spec: &HookSpec, confirmed: &Result<ConfirmedHooks, String>) -> Hook {
        let name = spec.name.as_str();
        let mut key = None;
        let mut standing = || -> Result<(), String> {
            if let Some(why) = &self.config.hooks_refused {
                return Err(why.clone());
            }
            if !confirmed.as_ref().map_err(Clone::clone)?.holds(spec) {
                let since = confirmed.as_ref().is_ok_and(|c| c.knew(spec));
                let what =
                    if since { "it was changed since it was confirmed" } else { "it is not confirmed" };
                return Err(format!("{what}; look at it and run `cloudscope hooks confirm {name}`"));
            }
            if let Action::Webhook(webhook) = &spec.action {
                let secret = webhook.secret.as_str();
                key = Some(match self.secrets().get(&key_name(secret)) {
                    Ok(bytes) => Key::parse(&bytes).map_err(|e| format!("its key `{secret}`: {e}"))?,
                    Err(SecretError::Missing(_)) => {
                        return Err(format!(
                            "there is no key `{secret}` to sign with; run `cloudscope hooks key {secret}`"
                        ));
                    }
                    Err(e) => return Err(e.to_string()),
                });
            }
            Ok(())
        };
        let held = standing().err();
        Hook { spec: spec.clone(), held, key }
    }

    /// What is collected by itself. The made-up estate stands still.
    pub(crate) fn schedule(&self) -> Schedule {
        if self.demo { Schedule::default() } else { self.config.schedule.entries() }
    }

    fn notifier(&self) -> Option<Arc<dyn Notifier>> {
        let hooks = self.hooks();
        if hooks.is_empty() {
            return None;
        }
        let home = self.environment.get("HOME").map(PathBuf::from).filter(|p| p.is_absolute());
        let outside = Outside { clock: Arc::clone(&self.clock), home };
        Some(Hooks::start(hooks, &outside))
    }

    /// The user's own files of one sort.
    pub(crate) fn own_files(&self, folder: &str) -> Result<Vec<(String, String)>> {
        self.places.own_files(folder)
    }

    /// What was found that could be collected.
    pub(crate) fn discovered(&self) -> Vec<Discovered> {
        if self.demo || !self.config.discover {
            return Vec::new();
        }
        cloudscope_local::discover::discover(&cloudscope_local::discover::Environment::current())
    }

    /// Sources that a name may mean: configured and remembered ones.
    pub(crate) fn known_sources(&self) -> Result<Vec<SourceSpec>> {
        let mut all: Vec<SourceSpec> = self.config.sources.iter().map(SourceSpec::from).collect();
        for source in sources::load(&self.places.config)? {
            if !all.iter().any(|s| s.name == source.name) {
                all.push(source);
            }
        }
        Ok(all)
    }

    /// What is collected when nobody names anything.
    pub(crate) fn sources(&self) -> Result<Vec<SourceSpec>> {
        if self.demo {
            return Ok(vec![sources::parse("demo", &[])?]);
        }
        let mut all = self.known_sources()?;
        for found in self.discovered() {
            if let Some(source) = found.source
                && !all.iter().any(|s| s.name == source.name)
            {
                all.push(source);
            }
        }
        Ok(all)
    }

    fn collectors(&self) -> Vec<Arc<dyn Collector>> {
        let (catalog, redactor) = (|| Arc::clone(&self.catalog), || self.redactor.clone());
        if self.demo {
            return vec![Arc::new(cloudscope_demo::DemoCollector::new(
                catalog(),
                redactor(),
                DEMO_SEED,
                DEMO_SIZE,
            ))];
        }
        vec![
            Arc::new(cloudscope_host::HostCollector::new(catalog(), redactor())),
            Arc::new(cloudscope_files::FileCollector::new(
                catalog(),
                redactor(),
                cloudscope_files::Limits::default(),
            )),
            Arc::new(self.aws()),
            Arc::new(self.kubernetes()),
            // Made up, for measurements; nobody gets it who does not name it.
            Arc::new(cloudscope_estate::EstateCollector::new()),
        ]
    }

    /// What may run for credentials.
    fn confirmed(&self) -> Arc<Confirmed> {
        // A file that others could have written confirms nothing; `sources confirm` says why.
        let confirmed = Confirmed::load(&self.places.config).unwrap_or_else(|e| {
            tracing::warn!("no program may run for credentials: {e}");
            Confirmed::default()
        });
        Arc::new(confirmed.narrowed(self.config.collect.programs.clone()))
    }

    /// The Kubernetes collector.
    pub(crate) fn kubernetes(&self) -> KubernetesCollector {
        KubernetesCollector::new(Arc::clone(&self.catalog), self.redactor.clone(), self.confirmed())
    }

    /// The AWS collector.
    pub(crate) fn aws(&self) -> AwsCollector {
        let aws = AwsCollector::new(Arc::clone(&self.catalog), self.redactor.clone(), self.confirmed());
        #[cfg(feature = "aws-sdk-ec2")]
        let aws = aws.with_typed(Arc::new(cloudscope_aws_ec2::Ec2));
        aws
    }

    /// Who the credentials of a source are; collects nothing and needs no store.
    pub(crate) async fn check(&self, source: &SourceSpec) -> Result<Result<CredentialReport, Fault>> {
        let collectors = self.collectors();
        let collector = collectors
            .iter()
            .find(|c| c.name() == source.collector)
            .ok_or_else(|| miette!("there is no collector `{}` in this version", source.collector))?;
        Ok(collector.check(source, &self.question(&**collector)).await)
    }

    /// Where the calls of a source go and by which way, where that is not the usual one.
    pub(crate) async fn ways(&self, source: &SourceSpec) -> Vec<String> {
        match self.collectors().iter().find(|c| c.name() == source.collector) {
            Some(collector) => collector.ways(source).await,
            None => Vec::new(),
        }
    }

    /// What a collector is asked a single question with, outside a run.
    pub(crate) fn question(&self, collector: &dyn Collector) -> CollectContext {
        let ledger = Arc::new(cloudscope_local::FileLedger::open(&self.places.data));
        CollectContext {
            gate: cloudscope_application::gate(collector.operations(), ledger, Arc::clone(&self.clock)),
            sink: Arc::new(cloudscope_memory::MemorySink::new()),
            cancel: tokio_util::sync::CancellationToken::new(),
            clock: Arc::clone(&self.clock),
        }
    }

    /// How the store is opened.
    pub(crate) fn store_options(&self) -> OpenOptions {
        let probe = std::env::current_exe()
            .ok()
            .map(|program| ProbeCommand { program, arguments: vec!["probe-store".into()] });
        let cache_bytes = self.config.limits(cloudscope_local::memory()).cache;
        OpenOptions { probe, cache_bytes, ..OpenOptions::default() }
    }

    fn opener(&self) -> StoreOpener {
        let dir = self.places.data.clone();
        let options = self.store_options();
        Box::new(move |meanwhile| {
            let (store, report) = SledStore::open_while(&dir, options.clone(), meanwhile)?;
            Ok((Arc::new(store) as Arc<dyn AssetStore>, report.findings))
        })
    }

    /// How much memory there is, the bounds that follow, and how much history may take on disk.
    pub(crate) fn bounds(&self) -> (Option<u64>, Limits, Option<u64>) {
        let machine = cloudscope_local::memory();
        (machine, self.config.limits(machine), self.config.history.policy().history_bytes)
    }

    /// Bytes that may still be written in the data directory.
    pub(crate) fn free_disk(&self) -> Option<u64> {
        cloudscope_local::free_disk(&self.places.data)
    }

    fn log_lines(&self) -> LogTail {
        let tail = Arc::clone(&self.log);
        Arc::new(move |limit| tail.newest(limit))
    }

    /// Starts an engine on the store of this machine. Returns before the store is open.
    pub(crate) fn engine(&self, warm: bool) -> Result<(Arc<Engine>, Opening)> {
        self.started(|parts| Engine::start(EngineParts { warm, ..parts }))
    }

    /// The same for the front end, which tells why a store cannot be opened and goes on when it can.
    pub(crate) fn patient_engine(&self) -> Result<(Arc<Engine>, Opening)> {
        self.started(Engine::start_patiently)
    }

    fn started(
        &self,
        start: impl FnOnce(EngineParts) -> (Arc<Engine>, Opening),
    ) -> Result<(Arc<Engine>, Opening)> {
        let notifier = self.notifier();
        let (engine, opening) = start(EngineParts { notifier, ..self.parts()? });
        engine.know_kinds(&self.catalog);
        Ok((engine, opening))
    }

    fn parts(&self) -> Result<EngineParts> {
        Ok(EngineParts {
            open: self.opener(),
            collectors: self.collectors(),
            ledger: Arc::new(cloudscope_local::FileLedger::open(&self.places.data)),
            clock: Arc::clone(&self.clock),
            redactor: self.redactor.clone(),
            sources: self.sources()?,
            discovered: self.discovered(),
            demo: self.demo,
            data_dir: self.places.data.display().to_string(),
            limits: self.config.limits(cloudscope_local::memory()),
            retention: self.config.history.policy(),
            schedule: self.schedule(),
            notifier: None,
            log: Some(self.log_lines()),
            background: self.background.clone(),
            warm: true,
        })
    }

    /// An engine of our own that only answers: it collects nothing by itself and calls nobody. `None` when
    /// somebody holds the store, or it cannot be opened.
    pub(crate) async fn glimpse(&self) -> Result<Option<Attached>> {
        let limits = self.config.limits(cloudscope_local::memory());
        let (engine, ready) = Engine::start(EngineParts {
            sources: Vec::new(),
            discovered: Vec::new(),
            limits: Limits { compact: false, ..limits },
            schedule: Schedule::default(),
            notifier: None,
            ..self.parts()?
        });
        if let Ok(Ok(())) = ready.await {
            let session = Arc::clone(&engine) as Arc<dyn Session>;
            return Ok(Some(self.attached(session, Some((engine, None)))));
        }
        engine.shutdown().await;
        Ok(None)
    }

    /// Attaches to the process that holds the data directory, if there is one.
    pub(crate) async fn visit(&self) -> Result<Option<Attached>> {
        match link::connect(&self.places.data).await {
            Ok(session) => Ok(Some(self.attached(session, None))),
            Err(LinkError::Nobody) => Ok(None),
            Err(error) => Err(miette!("{error}")),
        }
    }

    /// Serves an engine whose store is open to visitors.
    pub(crate) fn serve(&self, engine: &Arc<Engine>) -> Option<Server> {
        let session: Arc<dyn Session> = Arc::clone(engine) as Arc<dyn Session>;
        match link::serve(&self.places.data, session) {
            Ok(server) => Some(server),
            Err(error) => {
                tracing::error!(%error, "other processes cannot attach");
                None
            }
        }
    }

    /// A session with the exports of this process.
    pub(crate) fn attached(
        &self,
        session: Arc<dyn Session>,
        owner: Option<(Arc<Engine>, Option<Server>)>,
    ) -> Attached {
        let exports =
            ExportService::new(Arc::clone(&session), cloudscope_export::exporters(), self.identity.clone());
        Attached { session, exports: Arc::new(exports), owner }
    }

    /// A session on the data directory: the owner's if there is one, else an engine of our own.
    pub(crate) async fn attach(&self) -> Result<Attached> {
        self.attach_until(Some(tokio::time::Instant::now() + PATIENCE), true).await
    }

    /// The same, for who has time: whoever holds the store serves it, or lets go of it, some day.
    pub(crate) async fn attach_patiently(&self) -> Result<Attached> {
        self.attach_until(None, true).await
    }

    /// The same for a command that asks for one thing and then ends: nothing is made ahead of questions.
    pub(crate) async fn attach_once(&self) -> Result<Attached> {
        self.attach_until(Some(tokio::time::Instant::now() + PATIENCE), false).await
    }

    async fn attach_until(&self, deadline: Option<tokio::time::Instant>, warm: bool) -> Result<Attached> {
        loop {
            if let Some(attached) = self.visit().await? {
                return Ok(attached);
            }
            let (engine, ready) = self.engine(warm)?;
            let opened =
                ready.await.map_err(|_| miette!("the store could not be opened; this is a defect"))?;
            let Err(error) = opened else {
                let server = self.serve(&engine);
                let told = engine.findings().into_iter().map(|f| format!("{}; {}", f.what, f.remedy));
                self.damage.lock().unwrap_or_else(PoisonError::into_inner).extend(told);
                self.warnings.lock().unwrap_or_else(PoisonError::into_inner).extend(engine.warnings());
                return Ok(self.attached(Arc::clone(&engine) as Arc<dyn Session>, Some((engine, server))));
            };
            engine.shutdown().await;
            match error {
                // Somebody opens or closes it just now.
                StoreError::Held { .. } if deadline.is_none_or(|end| tokio::time::Instant::now() < end) => {
                    tokio::time::sleep(Duration::from_millis(if deadline.is_some() { 50 } else { 250 }))
                        .await;
                }
                error => return Err(store_error(&error)),
            }
        }
    }
}

fn secrets(places: &Places) -> cloudscope_local::FileSecrets {
    cloudscope_local::FileSecrets::new(places.config.join("secrets"))
}

/// Under this name the key of a webhook is kept among the secrets.
pub(crate) fn key_name(name: &str) -> String {
    format!("hook-{name}")
}

/// A failure to open the store, with what to do.
pub(crate) fn store_error(error: &StoreError) -> miette::Report {
    let help = match error {
        StoreError::Held { .. } => "wait for that process, or end it; or use another --data-dir",
        StoreError::TooNew { .. } => "use a newer cloudscope, or another --data-dir",
        StoreError::Damaged(_) => {
            "`cloudscope store quarantine` lists what was put aside, and puts back what is whole; else move the directory \
             away and collect again, or use another --data-dir"
        }
        StoreError::Full(_) => "make room on that disk; nothing that was acknowledged is lost",
        StoreError::Io(_) => {
            "check the disk, and that the directory can be written, or use another --data-dir"
        }
        StoreError::Unsafe(_) => "mend its owner or mode, or use another --data-dir",
        StoreError::Forgotten { .. } => {
            "ask for a later time; `history` in the configuration says how much is kept"
        }
        StoreError::OutOfOrder { .. } => "this is a defect, please report it",
    };
    miette!(help = help, "{}", cloudscope_domain::text::visible(&error.to_string()))
}
