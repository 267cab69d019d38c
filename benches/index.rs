//! The bars of the index: from key to result, and what a batch of changes costs to publish.
//!
//! `CLOUDSCOPE_BENCH_ROWS=1000000 cargo bench -p cloudscope-benches --bench index`

use std::{collections::HashSet, hint::black_box, sync::Arc};

use cloudscope_benches::{NOW, in_scope_order, record, rows, scope_of};
use cloudscope_domain::{Query, Revision, Timestamp};
use cloudscope_index::{IndexWriter, Snapshot};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

fn build() -> (IndexWriter, Arc<Snapshot>) {
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
    (writer, snapshot)
}

fn queries(c: &mut Criterion) {
    let rows = rows();
    let (_writer, snapshot) = build();
    let now = Timestamp::from_millis(NOW);
    let ask = |text: &str, sort: &[(String, bool)]| {
        let hits = snapshot.evaluate(&Query::parse(text), sort, now, &|| false);
        hits.map_or(0, |h| h.len() + h.window(&snapshot, 0, 50).len())
    };
    snapshot.warm();
    let mut group = c.benchmark_group(format!("index/{rows}"));
    for (name, text) in [
        ("substring, rare", "prod-volume-00123"),
        ("substring, common", "payments"),
        ("structured", "provider:aws region:eu-* status!=running"),
        ("structured and text", "category:compute tag.env=prod web"),
        ("address", "ip:10.20.0.0/16"),
        ("regular expression", "/pay.*-prod-volume-0+1/"),
        ("everything", ""),
    ] {
        group.bench_function(name, |b| b.iter(|| ask(black_box(text), &[])));
    }
    let age = [("age".to_owned(), true)];
    group.bench_function("everything by age", |b| b.iter(|| ask("", &age)));
    group.bench_function("first page of rows", |b| {
        let hits = snapshot.evaluate(&Query::parse("payments"), &[], now, &|| false).unwrap_or_default();
        b.iter(|| hits.window(&snapshot, 0, 50).iter().map(|r| snapshot.row(*r)).collect::<Vec<_>>());
    });
    group.bench_function("complete", |b| b.iter(|| snapshot.complete("tag.env=", 8, 20)));
    group.finish();
}

fn publication(c: &mut Criterion) {
    let rows = rows();
    let (mut writer, _) = build();
    let now = Timestamp::from_millis(NOW);
    let mut group = c.benchmark_group(format!("publish/{rows}"));
    group.sample_size(20);
    let mut version = 1;
    let mut batch = |spread: usize| {
        version += 1;
        (0..1000).map(|n| record(n * spread % rows.max(1), version)).collect::<Vec<_>>()
    };
    group.bench_function("1,000 rows of one scope", |b| {
        b.iter_batched(
            || batch(1),
            |records| {
                records.iter().for_each(|r| writer.upsert(r));
                writer.publish(Revision(2), now)
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("1,000 rows all over, and the next answer", |b| {
        b.iter_batched(
            || batch(997),
            |records| {
                records.iter().for_each(|r| writer.upsert(r));
                let snapshot = writer.publish(Revision(2), now);
                let hits = snapshot.evaluate(&Query::parse(""), &[], now, &|| false);
                hits.map(|h| h.window(&snapshot, 0, 50))
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, queries, publication);
criterion_main!(benches);
