//! The one writer of the graph: takes records, publishes graphs.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::Record;

use crate::Graph;

/// Owned by one thread; readers hold the graphs that it publishes.
#[derive(Debug, Default)]
pub struct GraphWriter {
    records: BTreeMap<u128, Arc<Record>>,
}

impl GraphWriter {
    /// A graph without edges.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces all edges that this record states; a record that is gone states none.
    pub fn upsert(&mut self, record: &Record) {
        let key = record.record_key().hash128();
        if record.gone.is_some() || record.references.is_empty() {
            self.records.remove(&key);
        } else {
            self.records.insert(key, Arc::new(record.clone()));
        }
    }

    /// Everything so far as one immutable graph.
    pub fn publish(&mut self) -> Arc<Graph> {
        Arc::new(Graph { records: self.records.values().cloned().collect() })
    }
}
