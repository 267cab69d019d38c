//! Everything that the program shows of the relationships of an estate, asked over one connection to the
//! process that holds the store: a process for each question would take an hour.

use std::collections::BTreeSet;

use cloudscope_application::{Command, Reply, link};
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
        let session = link::connect(&home.data()).await.unwrap();
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

fn edge(edge: &Relationship) -> Edge {
    (edge.from.to_string(), edge.relation.to_string(), edge.to.to_string())
}
