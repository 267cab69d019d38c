//! Everything that the program shows of the relationships of an estate, asked over one connection to the
//! process that holds the store: a process for each question would take an hour.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use cloudscope_application::{
    Command, Reply, Session,
    link::{self, LinkError},
};
use cloudscope_domain::{Relationship, neighbours::Direction};

use crate::home::Home;

/// Edges of one asset that are asked for at once; none has so many.
const MOST: u64 = 100_000;

/// An edge: where it starts, what it means, where it ends.
pub(super) type Edge = (String, String, String);

/// Every edge at these assets, dangling ones among them.
pub(super) fn edges<'a>(home: &Home, ids: impl IntoIterator<Item = &'a str>) -> BTreeSet<Edge> {
    let _held = home.hold();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = connect(home).await;
        let mut all = BTreeSet::new();
        for id in ids {
            let (id, direction) = (id.into(), Direction::Both);
            let ask = Command::Relations { id, direction, depth: 1, limit: MOST, at: None };
            let Reply::Relations(found) = session.ask(ask).await.unwrap() else { panic!("another answer") };
            assert_eq!(found.more, 0, "edges were left out");
            all.extend(found.edges.iter().map(edge));
        }
        all
    })
}

/// Attaches to the process that holds the store: it serves a moment after it has the lock.
async fn connect(home: &Home) -> Arc<dyn Session> {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        match link::connect(&home.data()).await {
            Err(LinkError::Nobody) if Instant::now() < patience => {
                std::thread::park_timeout(Duration::from_millis(5));
            }
            result => return result.unwrap(),
        }
    }
}

fn edge(edge: &Relationship) -> Edge {
    (edge.from.to_string(), edge.relation.to_string(), edge.to.to_string())
}
