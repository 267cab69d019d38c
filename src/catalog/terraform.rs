//! Terraform resource types: which cloud kind a type stands for, and how the attributes of an
//! instance give the id of the cloud asset that it declares.
//!
//! Knows nothing of state files; the file collector reads those.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::{AssetId, Category, Kind};
use serde_json::Value;

use crate::{
    context::MapContext,
    template::{Environment, Template},
};

/// One Terraform resource type, or a family of them (`aws_*`).
#[derive(Clone, Debug, PartialEq)]
pub struct TerraformType {
    /// `aws_instance`, or a family's start with `*` behind it.
    pub type_name: String,
    /// The cloud kind that it declares, where there is one.
    pub kind: Option<Kind>,
    /// What it is for.
    pub category: Category,
    /// What people call it.
    pub title: Arc<str>,
    /// The alternatives that give the cloud asset's id, over the attributes.
    pub id: Vec<Template>,
    /// Whether the listing of the kind names every one, so that one which it lacks is not there.
    pub whole: bool,
}

impl TerraformType {
    /// The id of the cloud asset that these attributes declare; nothing when they do not say, as
    /// before the first apply. `account`, `region` and further variables of the context may fill
    /// holes; empty ones count as unknown.
    #[must_use]
    pub fn declared(&self, attributes: &Value, context: &MapContext) -> Option<AssetId> {
        let tags = BTreeMap::new();
        let variable = |name: &str| {
            let value = match name {
                "account" => Some(context.account.as_str()),
                "region" => Some(context.region.as_str()),
                _ => context.variables.get(name).map(String::as_str),
            };
            value.filter(|v| !v.is_empty())
        };
        let with = Environment { item: attributes, matched: None, tags: &tags, variable: &variable };
        self.id.iter().find_map(|t| t.text(&with)).map(AssetId::from)
    }
}
