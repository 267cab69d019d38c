//! Collects real files from a directory of the test's own and looks at what reached the sink.

mod hostile;
mod json;
mod source;
mod table;
mod terraform;

use std::{path::PathBuf, sync::Arc};

use cloudscope_catalog::Catalog;
use cloudscope_domain::{Sighting, redact::Redactor};
use cloudscope_memory::MemorySink;
use cloudscope_ports::{Collector, Fault, Item, SourceSpec};
use tempfile::TempDir;

use crate::{FileCollector, Limits};

/// A directory with one collector over it.
struct Bench {
    dir: TempDir,
    collector: FileCollector,
}

/// What one collection of one source gave.
struct Seen {
    sink: Arc<MemorySink>,
    result: Result<(), Fault>,
}

impl Seen {
    fn sightings(&self) -> Vec<Sighting> {
        self.sink.sightings()
    }

    /// The one whose id ends so.
    #[track_caller]
    fn one(&self, end: &str) -> Sighting {
        let mut all = self.sightings();
        all.retain(|s| s.asset.key.id.as_str().ends_with(end));
        assert_eq!(all.len(), 1, "sightings that end in {end}");
        all.remove(0)
    }

    fn ids(&self) -> Vec<String> {
        self.sightings().iter().map(|s| s.asset.key.id.to_string()).collect()
    }

    fn problems(&self) -> Vec<String> {
        self.sink.problems()
    }

    #[track_caller]
    fn whole(self) -> Self {
        assert_eq!(self.result, Ok(()), "problems: {:?}", self.problems());
        assert!(self.sink.is_done());
        self
    }

    /// It failed, implied nothing, and said so in these words.
    #[track_caller]
    fn failed(&self, words: &str) {
        let fault = self.result.as_ref().expect_err("it must not succeed");
        assert!(fault.message.contains(words), "`{}` lacks `{words}`", fault.message);
        assert!(!self.sink.items().contains(&Item::Done));
    }
}

impl Bench {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let catalog = Arc::new(Catalog::builtin().unwrap());
        let collector = FileCollector::new(catalog, Redactor::new([7; 32]), limits);
        Self { dir: tempfile::tempdir().unwrap(), collector }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn source(&self, name: &str, options: &[(&str, &str)]) -> SourceSpec {
        SourceSpec {
            name: format!("file:{}", self.path(name).display()).into(),
            collector: "file".to_owned(),
            options: options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        }
    }

    /// Plans and collects a source of one file.
    fn collect(&self, name: &str, options: &[(&str, &str)]) -> Seen {
        let source = self.source(name, options);
        block_on(async {
            let (context, sink) = cloudscope_memory::context(self.collector.operations());
            let plan = self.collector.plan(&source, &context).await;
            let result = match plan {
                Ok(plan) => {
                    assert_eq!(plan.scopes.len(), 1, "one file is one scope");
                    self.collector.collect(&source, &plan.scopes[0], &context).await
                }
                Err(fault) => Err(fault),
            };
            Seen { sink, result }
        })
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// Writes a file and collects it.
    fn read(&self, name: &str, bytes: impl AsRef<[u8]>, options: &[(&str, &str)]) -> Seen {
        self.write(name, bytes);
        self.collect(name, options)
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
