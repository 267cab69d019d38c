//! The collector of files: turns a source into scopes, one per file, and reads each through the
//! reader of its format on a thread that may block. Knows no format itself.

use std::{
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use cloudscope_catalog::Catalog;
use cloudscope_domain::{Kind, ListingMode, Scope, ScopeKey, redact::Redactor};
use cloudscope_ports::{
    CallResult, CollectContext, Collector, CredentialReport, Fault, FaultKind, Operation, Plan, SourceSpec,
};
use tokio::sync::mpsc;

use crate::{
    emit::{Emitter, cancelled},
    json,
    limits::Limits,
    locate,
    open::{fault, foreign_encoding, open, read_head, show},
    options::FileOptions,
    rows::RowMapper,
    sniff::{self, Format},
    table, terraform,
    tools::{READ, Tools},
};

const OPERATIONS: &[Operation] = &[READ];
const HEAD: usize = 64 << 10;
/// The listing of a file whose format nobody can tell yet, because it is not there.
const UNKNOWN_FORMAT: &str = "file";

/// Collects files.
#[derive(Clone, Debug)]
pub struct FileCollector {
    tools: Tools,
}

impl FileCollector {
    /// A collector that maps through `catalog` and takes secrets out with `redactor`.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, redactor: Redactor, limits: Limits) -> Self {
        Self { tools: Tools { catalog, redactor, limits } }
    }
}

#[async_trait]
impl Collector for FileCollector {
    fn name(&self) -> &'static str {
        "file"
    }

    fn kinds(&self) -> Vec<Kind> {
        Vec::new()
    }

    fn operations(&self) -> &'static [Operation] {
        OPERATIONS
    }

    async fn check(&self, source: &SourceSpec, context: &CollectContext) -> Result<CredentialReport, Fault> {
        let options = FileOptions::parse(source)?;
        let limits = self.tools.limits;
        let identity = identity();
        let wanted = options.clone();
        let files = blocking(context, move || locate::files(&wanted.path, wanted.format, &limits)).await?;
        let mut limits = Vec::new();
        if let Some(first) = files.first() {
            // One file stands for all: a check makes at most one call.
            let scope = scope_key(source, first, UNKNOWN_FORMAT);
            let path = first.clone();
            if let Err(fault) = gated(context, &identity, &scope, async {
                blocking(context, move || read_head(&path, 1)).await
            })
            .await
            {
                if fault.kind == FaultKind::Cancelled {
                    return Err(fault);
                }
                limits.push(fault.message);
            }
        }
        Ok(CredentialReport { identity, limits })
    }

    async fn plan(&self, source: &SourceSpec, context: &CollectContext) -> Result<Plan, Fault> {
        let options = FileOptions::parse(source)?;
        let limits = self.tools.limits;
        let wanted = options.clone();
        let files = blocking(context, move || locate::files(&wanted.path, wanted.format, &limits)).await?;
        let mut plan = Plan::default();
        for path in files {
            let by_name = options.format.or_else(|| sniff::by_name(&path));
            let listing = match by_name {
                Some(format) => Some(format),
                None => {
                    let key = scope_key(source, &path, UNKNOWN_FORMAT);
                    let file = path.clone();
                    gated(context, &identity(), &key, async { blocking(context, move || look(&file)).await })
                        .await
                        .or_else(
                            |fault| if fault.kind == FaultKind::Cancelled { Err(fault) } else { Ok(None) },
                        )?
                }
            };
            let scope = Scope {
                key: scope_key(source, &path, listing.map_or(UNKNOWN_FORMAT, Format::listing)),
                mode: ListingMode::Snapshot,
                kinds: Vec::new(),
            };
            if path.to_str().is_some() {
                plan.scopes.push(scope);
            } else {
                let why = "its path is not UTF-8, so no scope can be named by it; rename it".to_owned();
                plan.disabled.push((scope, why));
            }
        }
        Ok(plan)
    }

    async fn collect(
        &self,
        source: &SourceSpec,
        scope: &Scope,
        context: &CollectContext,
    ) -> Result<(), Fault> {
        let options = FileOptions::parse(source)?;
        let path = PathBuf::from(&scope.key.parent);
        if !path.is_absolute() {
            return Err(fault(
                FaultKind::Malformed,
                format!("the scope `{}` names no absolute path; plan the source again", scope.key),
            ));
        }
        let format = Format::from_listing(&scope.key.listing);
        let tools = self.tools.clone();
        gated(context, &identity(), &scope.key, async {
            let (to, mut from) = mpsc::channel(4);
            let mut emitter = Emitter::new(to, context.cancel.clone(), tools.limits);
            let worker = blocking(context, move || {
                emitter.begin();
                read(&path, format, &options, &tools, emitter)
            });
            let mut worker = std::pin::pin!(worker);
            let mut ended = None;
            loop {
                tokio::select! {
                    biased;
                    batch = from.recv() => match batch {
                        Some(batch) => context.sink.send(batch).await.map_err(|_| cancelled())?,
                        None => break,
                    },
                    result = &mut worker, if ended.is_none() => {
                        if result.as_ref().is_err_and(|fault| fault.kind == FaultKind::Cancelled) {
                            // The thread may hang in a read and hold the channel open.
                            return result;
                        }
                        ended = Some(result);
                    }
                }
            }
            match ended {
                Some(result) => result,
                None => worker.await,
            }
        })
        .await
    }
}

/// Reads one file to its end and tells the emitter how that ended.
fn read(
    path: &Path,
    format: Option<Format>,
    options: &FileOptions,
    tools: &Tools,
    mut emitter: Emitter,
) -> Result<(), Fault> {
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let Some(format) = (match format {
            Some(format) => Some(format),
            None => look(path)?,
        }) else {
            return Err(untold(path));
        };
        let mut rows = RowMapper::new(path, format, &options.mapping, tools);
        match format {
            Format::Terraform => terraform::read(path, tools, &mut emitter),
            Format::Csv => table::read(path, options.delimiter, tools, &mut rows, &mut emitter),
            Format::Json => json::read(path, options.items.as_deref(), tools, &mut rows, &mut emitter),
            Format::Ndjson => json::lines::read(path, tools, &mut rows, &mut emitter),
        }
    }));
    match result {
        Ok(Ok(())) => emitter.done(),
        Ok(Err(fault)) => {
            emitter.give_up();
            Err(fault)
        }
        Err(_) => {
            emitter.give_up();
            let message =
                format!("a defect of this program ended the reading of {}; please report it", show(path));
            Err(fault(FaultKind::Internal, message))
        }
    }
}

/// The format of a file by its first bytes.
fn look(path: &Path) -> Result<Option<Format>, Fault> {
    let head = read_head(path, HEAD)?;
    if let Some(reason) = foreign_encoding(&head) {
        return Err(fault(FaultKind::Malformed, format!("{} {reason}", show(path))));
    }
    Ok(sniff::by_content(path, &head))
}

fn untold(path: &Path) -> Fault {
    // A file that is not there has no content to guess by: say that first.
    if let Err(fault) = open(path, u64::MAX) {
        return fault;
    }
    fault(
        FaultKind::Malformed,
        format!("cannot tell the format of {}; set the option format=terraform|csv|json|ndjson", show(path)),
    )
}

fn scope_key(source: &SourceSpec, path: &Path, listing: &str) -> ScopeKey {
    ScopeKey::new(source.name.clone(), listing).parent(path.to_string_lossy())
}

/// Who reads: files have no credentials but the user of this process.
fn identity() -> String {
    #[cfg(unix)]
    return format!("uid {}", rustix::process::geteuid().as_raw());
    #[cfg(not(unix))]
    return "this user".to_owned();
}

/// Asks the gate before the work and tells it how the work ended.
async fn gated<T>(
    context: &CollectContext,
    identity: &str,
    scope: &ScopeKey,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let permit = context.gate.admit(identity, &READ, scope).await?;
    let result = work.await;
    permit.finish(match &result {
        Ok(_) => CallResult::Ok,
        Err(fault) => match fault.kind {
            FaultKind::Denied => CallResult::Denied,
            FaultKind::Cancelled => CallResult::Abandoned,
            _ => CallResult::Failed(fault.message.clone()),
        },
    });
    result
}

/// Runs file work on a thread that may block; returns at once when the run is cancelled, even while
/// a dead network file system still holds that thread.
async fn blocking<T: Send + 'static>(
    context: &CollectContext,
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::select! {
        biased;
        () = context.cancel.cancelled() => Err(cancelled()),
        joined = tokio::task::spawn_blocking(work) => joined.unwrap_or_else(|e| {
            Err(fault(FaultKind::Internal, format!("a defect of this program ended the reading: {e}")))
        }),
    }
}
