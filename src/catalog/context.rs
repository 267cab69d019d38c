//! What a collector knows of an item before it looks into it.

use std::collections::BTreeMap;

/// What the collector knows besides the item: `{account}`, `{region}` and whatever else the id
/// templates of its kinds name.
#[derive(Debug, Clone, Default)]
pub struct MapContext {
    /// Account, subscription, project, cluster or machine.
    pub account: String,
    /// Region, where the item does not say.
    pub region: String,
    /// Further template variables, such as `machine` or `partition`.
    pub variables: BTreeMap<String, String>,
}

impl MapContext {
    /// A variable of a template.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match name {
            "account" => Some(&self.account),
            "region" => Some(&self.region),
            _ => self.variables.get(name),
        }
        .filter(|text| !text.is_empty())
        .map(String::as_str)
    }
}
