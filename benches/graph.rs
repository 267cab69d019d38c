//! The bars of the graph: neighbourhoods of ordinary assets and of a hub, paths, and publication.
//!
//! `CLOUDSCOPE_BENCH_ROWS=1000000 cargo bench -p cloudscope-benches --bench graph`

use std::{collections::HashSet, hint::black_box, sync::Arc};

use cloudscope_benches::{record, rows};
use cloudscope_domain::{AssetId, Revision, Target, Timestamp, neighbours::Direction};
use cloudscope_graph::{GraphWriter, Lookup};
use cloudscope_index::{IndexWriter, Snapshot};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

struct Names(Arc<Snapshot>);

impl Lookup for Names {
    fn exists(&self, id: &AssetId) -> bool {
        self.0.exists(id)
    }

    fn resolve(&self, target: &Target) -> Option<AssetId> {
        self.0.resolve(target)
    }

    fn aliases(&self, id: &AssetId) -> Vec<String> {
        self.0.aliases(id)
    }
}

fn neighbourhoods(c: &mut Criterion) {
    let rows = rows();
    let (mut index, mut writer) = (IndexWriter::new(), GraphWriter::new());
    let mut ids = Vec::new();
    let mut seen = HashSet::new();
    for n in 0..rows {
        let record = record(n, 0);
        index.upsert(&record);
        writer.upsert(&record);
        if n % (rows / 256).max(1) == 0 && seen.insert(record.asset.key.id.clone()) {
            ids.push(record.asset.key.id.clone());
        }
    }
    let lookup = Names(index.publish(Revision(1), Timestamp::default()));
    let graph = writer.publish();
    let mut group = c.benchmark_group(format!("graph/{rows}"));
    for depth in 1..=3 {
        let mut next = ids.iter().cycle();
        group.bench_function(format!("what it uses, {depth} deep"), |b| {
            b.iter(|| next.next().map(|id| graph.around(black_box(id), Direction::Out, depth, 500, &lookup)));
        });
    }
    let hub = AssetId::from("arn:net:0");
    group.bench_function("a hub", |b| b.iter(|| graph.around(&hub, Direction::In, 1, 500, &lookup)));
    group.sample_size(10);
    let mut version = 1;
    group.bench_function("publish 1,000 records all over", |b| {
        b.iter_batched(
            || {
                version += 1;
                (0..1000).map(|n| record(n * 997 % rows.max(1), version)).collect::<Vec<_>>()
            },
            |records| {
                records.iter().for_each(|r| writer.upsert(r));
                writer.publish()
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, neighbourhoods);
criterion_main!(benches);
