//! Exports read rows in batches that are bounded by bytes, and miss none.

use std::{path::Path, sync::Arc};

use cloudscope_domain::ListingMode;
use cloudscope_memory::{MemoryExporter, listing};

use super::harness::{Bench, asset, scope};
use crate::{
    Command, Reply,
    export::{ExportPhase, ExportRequest, ExportRunner, ExportService, ExportTarget, ExportWhat},
};

#[tokio::test]
async fn large_payloads_make_a_batch_shorter_and_an_export_has_every_row() {
    let heavy = "x".repeat(9_000);
    let assets: Vec<_> = (0..700).map(|n| asset(&format!("n{n:03}"), &heavy)).collect();
    let bench = Bench::new(&[(scope("a", ListingMode::Snapshot), listing(assets))]).await;
    bench.collect().await;
    let open = Command::Open { query: String::new(), sort: Vec::new(), at: None };
    let Reply::Opened(opened) = bench.ask(open).await else { panic!() };
    let batch = async |start, properties| {
        let ask = Command::Batch {
            cursor: opened.cursor,
            start,
            len: 10_000,
            properties,
            room: cloudscope_domain::PackedRows::default(),
        };
        let Reply::Batch(rows) = bench.ask(ask).await else { panic!() };
        rows
    };
    let first = batch(0, true).await;
    assert!(first.len() < 700 && first.bytes() >= 4 << 20, "{} rows, {} bytes", first.len(), first.bytes());
    let rest = batch(first.len() as u64, true).await;
    assert_eq!(first.len() + rest.len(), 700);
    assert_eq!(batch(0, false).await.len(), 700);
    let names: Vec<&str> = first.iter().chain(rest.iter()).map(cloudscope_domain::PackedRow::name).collect();
    assert!(names.is_sorted() && names.len() == 700);
    let payloads = first.iter().chain(rest.iter()).filter_map(cloudscope_domain::PackedRow::properties);
    assert!(payloads.clone().all(|p| p.len() > heavy.len()) && payloads.count() == 700);

    let exporter = MemoryExporter::new();
    let session: Arc<dyn crate::Session> = bench.engine.clone();
    let service = ExportService::new(session, vec![Arc::new(exporter.clone())], "tester".into());
    let mut export = service.start(ExportRequest {
        format: "memory".into(),
        columns: vec!["properties".into()],
        what: ExportWhat::Filter { query: String::new(), sort: Vec::new() },
        at: None,
        limit: Some(650),
        target: ExportTarget::File { path: "all".into(), replace: false },
        raw: false,
    });
    let ended = export.ended().await;
    assert!(matches!(ended.phase, ExportPhase::Finished(_)), "{:?}", ended.phase);
    assert_eq!((ended.rows, ended.total), (650, Some(650)));
    let written = exporter.file(Path::new("all")).unwrap();
    assert_eq!(written.iter().filter(|b| **b == b'\n').count(), 650);
}
