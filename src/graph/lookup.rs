//! What the graph asks of the inventory. Knows nothing of edges, so that they can be asked about with
//! any inventory.

use cloudscope_domain::{AssetId, Target};

/// The inventory, as far as edges need it.
pub trait Lookup {
    /// Whether an asset with exactly this id is in the inventory.
    fn exists(&self, id: &AssetId) -> bool;
    /// The one asset that a target means, if the inventory has it.
    fn resolve(&self, target: &Target) -> Option<AssetId>;
    /// The short names of an asset.
    fn aliases(&self, id: &AssetId) -> Vec<String>;
}
