//! What the graph asks of the inventory. Knows nothing of edges, so that they can be asked about with
//! any inventory.

use cloudscope_domain::{AssetId, Selection, Tags, Target};

/// The inventory, as far as edges need it.
pub trait Lookup {
    /// Whether an asset with exactly this id is in the inventory.
    fn exists(&self, id: &AssetId) -> bool;
    /// The one asset that a target means, if the inventory has it; none that a selection means.
    fn resolve(&self, target: &Target) -> Option<AssetId>;
    /// The short names of an asset.
    fn aliases(&self, id: &AssetId) -> Vec<String>;
    /// Calls `visit` with every asset that a selection means until it returns `false`; with one of which
    /// several records are selected as often.
    fn selected(&self, selection: &Selection, visit: &mut dyn FnMut(AssetId) -> bool);
    /// How many records that is.
    fn count_selected(&self, selection: &Selection) -> usize;
    /// Calls `visit` with the kind and the tags, keys and values, of each record of an asset.
    fn each_record(&self, id: &AssetId, visit: &mut dyn FnMut(&str, &Tags<'_>));
}
