//! Many records into index and graph, each on a thread of its own, while they are still being read. Knows
//! nothing of where they come from.

use std::sync::{
    Arc,
    mpsc::{Receiver, sync_channel},
};

use cloudscope_domain::Record;
use cloudscope_graph::GraphWriter;
use cloudscope_index::IndexWriter;

/// Records that are handed over together,
const TOGETHER: usize = 512;
/// and how often that may wait.
const WAITING: usize = 4;

type Together = Arc<Vec<Record>>;

/// Enters everything that `read` hands out; returns what it does, when all of it was entered. Until then the
/// order in which records came is kept.
pub(super) fn all<R>(
    index: &mut IndexWriter,
    graph: &mut GraphWriter,
    read: impl FnOnce(&mut dyn FnMut(Record)) -> R,
) -> R {
    std::thread::scope(|threads| {
        let (to_index, indexed) = sync_channel::<Together>(WAITING);
        let (to_graph, graphed) = sync_channel::<Together>(WAITING);
        threads.spawn(move || each(&indexed, |record| index.upsert(record)));
        threads.spawn(move || each(&graphed, |record| graph.upsert(record)));
        let mut some: Vec<Record> = Vec::new();
        let send = |some: &mut Vec<Record>| {
            let all = Arc::new(std::mem::take(some));
            // A thread that is not there any more failed, which is told when it is joined.
            let _ = to_index.send(Arc::clone(&all));
            let _ = to_graph.send(all);
        };
        let done = read(&mut |record| {
            some.push(record);
            if some.len() == TOGETHER {
                send(&mut some);
            }
        });
        send(&mut some);
        done
    })
}

fn each(from: &Receiver<Together>, mut take: impl FnMut(&Record)) {
    for some in from {
        some.iter().for_each(&mut take);
    }
}
