//! By which way sources are reached, as their collectors tell it: learned when the engine starts and when a
//! source is collected, so that a screen need not wait for files to be read.

use cloudscope_ports::SourceSpec;

use super::Engine;

impl Engine {
    /// Asks the collectors of these sources, in the background.
    pub(super) fn learn_ways(&self, sources: &[SourceSpec]) {
        let find = |source: &SourceSpec| {
            let collector = self.collectors.iter().find(|c| c.name() == source.collector)?;
            Some((collector.clone(), source.clone()))
        };
        let asked: Vec<_> = sources.iter().filter_map(find).collect();
        let hub = self.hub.clone();
        self.background.spawn(async move {
            for (collector, source) in asked {
                let ways = collector.ways(&source).await;
                hub.ways(source.name, ways);
            }
        });
    }
}
