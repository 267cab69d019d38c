//! What a row of an export costs: put side by side out of the index, written as CSV, as NDJSON, and as NDJSON with
//! payloads; beside it the naive way, a row by itself and serde_json. What the whole program needs, and its peers, is
//! in `peers.py`.
//!
//! `CLOUDSCOPE_BENCH_ROWS=1000000 cargo bench -p cloudscope-benches --bench export`

use std::{collections::HashSet, hint::black_box, io::Write, sync::Arc};

use cloudscope_benches::{NOW, in_scope_order, record, scope_of};
use cloudscope_domain::{PackedRows, Payload, Query, Revision, Timestamp};
use cloudscope_export::{Csv, Ndjson};
use cloudscope_index::{IndexWriter, RowId, Snapshot};
use cloudscope_ports::{Destination, ExportJob, Exporter};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Rows that are put side by side, as the engine does it.
const BATCH: usize = 1024;

/// A snapshot, rows of it that stand together, and their payloads.
fn build() -> (Arc<Snapshot>, Vec<RowId>, Vec<Payload>) {
    let mut writer = IndexWriter::new();
    let mut scopes = HashSet::new();
    for n in in_scope_order() {
        let record = record(n, 0);
        writer.upsert(&record);
        if scopes.insert(record.scope.clone()) {
            writer.scope(&scope_of(&record));
        }
    }
    let snapshot = writer.publish(Revision(1), Timestamp::from_millis(NOW));
    let unordered = [("none".to_owned(), false)];
    let now = Timestamp::from_millis(NOW);
    let hits = snapshot.evaluate(&Query::parse(""), &unordered, now, &|| false).unwrap_or_default();
    let rows = hits.window(&snapshot, hits.len() / 3, BATCH);
    let payloads = in_scope_order().into_iter().skip(hits.len() / 3).take(rows.len());
    let payloads = payloads.map(|n| record(n, 0).asset.properties).collect();
    (snapshot, rows, payloads)
}

fn packed(snapshot: &Snapshot, rows: &[RowId], payloads: &[Payload]) -> PackedRows {
    let mut packed = PackedRows::default();
    snapshot.pack(rows, &mut packed);
    let filled = packed.fill(0, |_, visit| {
        payloads.iter().enumerate().for_each(|(n, payload)| visit(n, payload.as_str()));
        Ok::<(), std::convert::Infallible>(())
    });
    let Ok(()) = filled;
    packed
}

/// Counts bytes, so that nothing is left out.
struct Nowhere(u64);

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn exports(c: &mut Criterion) {
    let (snapshot, rows, payloads) = build();
    let (bare, whole) = (packed(&snapshot, &rows, &[]), packed(&snapshot, &rows, &payloads));
    let mut group = c.benchmark_group("export");
    group.throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function("rows side by side", |b| b.iter(|| packed(&snapshot, black_box(&rows), &[])));
    group.bench_function("the same with payloads at hand", |b| {
        b.iter(|| packed(&snapshot, black_box(&rows), &payloads));
    });
    let formats: [(&str, &dyn Exporter, &PackedRows); 3] =
        [("csv", &Csv, &bare), ("ndjson", &Ndjson, &bare), ("ndjson with payloads", &Ndjson, &whole)];
    for (name, exporter, rows) in formats {
        let destination = Destination::Stream(Box::new(Nowhere(0)));
        let job = ExportJob { destination, columns: Vec::new(), raw: false };
        let Ok(mut writer) = exporter.begin(job) else { continue };
        group.bench_function(name, |b| b.iter(|| writer.write(black_box(rows))));
    }
    group.bench_function("naive: rows by themselves, serde_json", |b| {
        let mut out = Vec::new();
        b.iter(|| {
            out.clear();
            for (row, payload) in rows.iter().zip(&payloads) {
                let mut row = snapshot.row(*row);
                row.properties = Some(payload.clone());
                let written = serde_json::to_writer(&mut out, black_box(&row));
                written.map(|()| out.push(b'\n')).unwrap_or_default();
            }
            out.len()
        });
    });
    group.finish();
}

criterion_group!(benches, exports);
criterion_main!(benches);
