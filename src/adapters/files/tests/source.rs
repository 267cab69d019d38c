//! The source as a whole: the contract of collectors, what is planned, files that are missing,
//! forbidden, no files at all, or change while they are read.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use cloudscope_domain::{SourceName, Timestamp};
use cloudscope_memory::{ManualClock, NOW};
use cloudscope_ports::{Batch, Collector, Fault, FaultKind, Item, Plan, Sink, SinkError, contract};

use super::{Bench, block_on};
use crate::Limits;

#[test]
fn keeps_the_contract() {
    for limits in [Limits::default(), Limits { batch: 1, buffered_bytes: 0, ..Limits::default() }] {
        let bench = Bench::with(limits);
        bench.write("a.tfstate", include_str!("../fixtures/clouds.tfstate"));
        bench.write("b.tfstate", "torn");
        let many: String = (0..2000).map(|n| format!("{{\"id\":\"{n}\"}}\n")).collect();
        bench.write("c.ndjson", many);
        bench.write("d.csv", "id,name\n1,a\n2\n");
        bench.write("e.json", r#"[{"id":"1"}]"#);
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
        for (name, scopes, faults) in
            [(".", 2, 1), ("c.ndjson", 1, 0), ("d.csv", 1, 0), ("e.json", 1, 0), ("none.csv", 1, 1)]
        {
            let source = bench.source(name, &[]);
            let seen = block_on(contract::collector::suite(&bench.collector, &source, clock.clone()));
            assert_eq!((seen.items.len(), seen.faults.len()), (scopes, faults), "{name}: {:?}", seen.faults);
            assert!(seen.calls.iter().all(|c| c.operation.as_str() == "file:Read"));
        }
    }
}

fn plan(bench: &Bench, name: &str, options: &[(&str, &str)]) -> Result<Plan, Fault> {
    let (context, _) = cloudscope_memory::context(bench.collector.operations());
    block_on(bench.collector.plan(&bench.source(name, options), &context))
}

#[test]
fn one_scope_per_file() {
    let bench = Bench::new();
    bench.write("a.tfstate", "{}");
    bench.write("b.tfstate", "{}");
    bench.write("pulled.json", r#"{"version":4,"serial":1,"lineage":"l","resources":[]}"#);
    bench.write("x", "id,name\n");
    let scopes = |name: &str, options: &[(&str, &str)]| -> Vec<String> {
        plan(&bench, name, options)
            .unwrap()
            .scopes
            .iter()
            .map(|s| {
                let file = PathBuf::from(&s.key.parent);
                format!("{} {}", s.key.listing, file.file_name().unwrap().to_string_lossy())
            })
            .collect()
    };
    assert_eq!(scopes("", &[]), ["terraform-state a.tfstate", "terraform-state b.tfstate"]);
    assert_eq!(scopes("*.json", &[]), ["terraform-state pulled.json"]);
    assert_eq!(scopes("pulled.json", &[("format", "json")]), ["json pulled.json"]);
    assert_eq!(scopes("x", &[]), ["csv x"]);
    assert_eq!(scopes("missing.tfstate", &[]), ["terraform-state missing.tfstate"]);
    assert_eq!(scopes("missing", &[]), ["file missing"]);
    assert_eq!(plan(&bench, "*.none", &[]).unwrap_err().kind, FaultKind::NotFound);
}

#[test]
fn a_bad_option_is_named() {
    let bench = Bench::new();
    for (option, words) in [
        (("formt", "csv"), "unknown option `formt`; known are path, format"),
        (("format", "xml"), "`xml` is not one of auto"),
        (("map.color", "x"), "unknown option `map.color`"),
        (("delimiter", "ab"), "option delimiter"),
        (("kind", "Not A Kind"), "option kind"),
        (("path", "relative.csv"), "is not absolute"),
    ] {
        let fault = plan(&bench, "x.csv", &[option]).unwrap_err();
        assert!(fault.message.contains(words), "{}", fault.message);
    }
}

#[test]
fn what_is_no_readable_file_is_named() {
    let bench = Bench::new();
    let missing = bench.collect("missing.csv", &[]);
    missing.failed("no such file");
    assert_eq!(missing.result.unwrap_err().kind, FaultKind::Unreachable);
    bench.collect("missing", &[]).failed("no such file");
    bench.write("what", "just words");
    bench.collect("what", &[]).failed("cannot tell the format");
    let pipe = bench.path("pipe.csv");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
    bench.collect("pipe.csv", &[]).failed("a pipe, socket or device, not a regular file");
    std::os::unix::fs::symlink("/dev/zero", bench.path("zero.csv")).unwrap();
    bench.collect("zero.csv", &[]).failed("not a regular file");
    let small = Bench::with(Limits { whole_bytes: 10, stream_bytes: 10, ..Limits::default() });
    small.read("x.json", r#"[{"id":"1"}]"#, &[]).failed("more than the 10 that are read");
    small.read("x.csv", "id,name\n1,b\n", &[]).failed("more than the 10 that are read");
    let few = Bench::with(Limits { rows: 2, ..Limits::default() });
    few.read("x.csv", "id\n1\n2\n3\n", &[]).failed("more than 2 rows");
    few.read("x.ndjson", "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n", &[]).failed("more than 2 lines");
}

/// Appends to the file as soon as the first row of it arrives.
struct Meddler {
    path: PathBuf,
    items: std::sync::Mutex<Vec<Item>>,
}

#[async_trait]
impl Sink for Meddler {
    async fn send(&self, batch: Batch) -> Result<(), SinkError> {
        use std::io::Write as _;
        let mut items = self.items.lock().unwrap();
        if items.is_empty() {
            let mut file = std::fs::OpenOptions::new().append(true).open(&self.path).unwrap();
            file.write_all(b"{\"id\":\"late\"}\n").unwrap();
        }
        items.extend(batch);
        Ok(())
    }
}

#[test]
fn a_file_that_changes_while_it_is_streamed_is_never_whole() {
    // One row a batch and more rows than the channel holds: the reader waits for the sink, which
    // meddles before the reader is through.
    let bench = Bench::with(Limits { batch: 1, buffered_bytes: 0, ..Limits::default() });
    let many: String = (0..100).map(|n| format!("{{\"id\":\"{n}\"}}\n")).collect();
    bench.write("x.ndjson", many);
    let source = bench.source("x.ndjson", &[]);
    let meddler = Arc::new(Meddler { path: bench.path("x.ndjson"), items: std::sync::Mutex::default() });
    let fault = block_on(async {
        let (mut context, _) = cloudscope_memory::context(bench.collector.operations());
        context.sink = meddler.clone();
        let plan = bench.collector.plan(&source, &context).await.unwrap();
        bench.collector.collect(&source, &plan.scopes[0], &context).await.unwrap_err()
    });
    assert!(fault.message.contains("changed while it was read"), "{}", fault.message);
    assert_eq!(fault.kind, FaultKind::Malformed);
    assert!(!meddler.items.lock().unwrap().contains(&Item::Done));
}

#[test]
fn a_change_between_open_and_end_is_noticed() {
    let bench = Bench::new();
    let path = bench.path("x");
    bench.write("x", "one");
    let mut opened = crate::open::open(&path, 100).unwrap();
    assert_eq!(crate::open::read_steady(&path, &mut opened, 100).unwrap(), Some(b"one".to_vec()));
    let mut opened = crate::open::open(&path, 100).unwrap();
    bench.write("x", "longer");
    assert_eq!(crate::open::read_steady(&path, &mut opened, 100).unwrap(), None);
    let mut opened = crate::open::open(&path, 100).unwrap();
    std::fs::rename(bench.path("x"), bench.path("y")).unwrap();
    bench.write("x", "replaced");
    // A file that was replaced whole was read whole; but its place has another one now, so look again.
    assert_eq!(crate::open::read_steady(&path, &mut opened, 100).unwrap(), None);
}

#[test]
fn check_says_who_reads_and_what_is_missing() {
    let bench = Bench::new();
    bench.write("x.csv", "id\n1\n");
    let (context, _) = cloudscope_memory::context(bench.collector.operations());
    let report = |name| block_on(bench.collector.check(&bench.source(name, &[]), &context)).unwrap();
    assert!(report("x.csv").identity.starts_with("uid "));
    assert!(report("x.csv").limits.is_empty());
    assert!(report("y.csv").limits[0].contains("no such file"));
    assert_eq!(bench.source("x", &[]).name, SourceName::from(format!("file:{}", bench.path("x").display())));
}
