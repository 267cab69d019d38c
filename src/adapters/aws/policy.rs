//! The least that collecting needs, as an IAM policy, and the rows for the page about kinds.

use serde_json::{Value, json};

use crate::{
    listing::{Listing, Listings},
    options::Options,
};

/// One kind for the page about kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub kind: String,
    /// The list, then what is asked about each item.
    pub operations: Vec<String>,
    /// What IAM has to allow.
    pub permissions: Vec<String>,
    /// The kind whose items it is called for.
    pub parent: Option<String>,
    /// What a test held it against.
    pub verified: Option<String>,
}

pub(crate) fn rows(listings: &Listings) -> impl Iterator<Item = Row> {
    let mut rows: Vec<Row> = listings
        .all
        .iter()
        .flat_map(|listing| {
            listing.kinds.iter().map(move |found| {
                let mut operations = vec![listing.target.gated.as_str().to_owned()];
                let mut permissions = listing.target.permissions.clone();
                for detail in &found.details {
                    operations.push(detail.target.gated.as_str().to_owned());
                    permissions.extend(detail.target.permissions.iter().cloned());
                }
                operations.dedup();
                permissions.sort();
                permissions.dedup();
                Row {
                    kind: found.kind.to_string(),
                    operations,
                    permissions,
                    parent: listing.spec.parent.as_ref().map(ToString::to_string),
                    verified: found.spec.verified.as_deref().map(str::to_owned),
                }
            })
        })
        .collect();
    rows.sort_by(|a, b| a.kind.cmp(&b.kind));
    rows.into_iter()
}

/// The policy for what a source asks for.
pub(crate) fn document(listings: &Listings, options: &Options) -> String {
    let wanted = |listing: &Listing| options.wants(&listing.target.service.name);
    let mut statements: Vec<Value> = vec![json!({
        "Sid": "CloudScopeInventory",
        "Effect": "Allow",
        "Action": listings.permissions(wanted),
        "Resource": "*",
    })];
    let mut assume: Vec<String> = options.roles.clone();
    if let Some(role) = &options.organization_role {
        assume.push(format!("arn:*:iam::*:role/{role}"));
        statements.push(json!({
            "Sid": "CloudScopeAccounts",
            "Effect": "Allow",
            "Action": ["organizations:ListAccounts"],
            "Resource": "*",
        }));
    }
    if !assume.is_empty() {
        statements.push(json!({
            "Sid": "CloudScopeRoles",
            "Effect": "Allow",
            "Action": ["sts:AssumeRole"],
            "Resource": assume,
        }));
    }
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    serde_json::to_string_pretty(&policy).unwrap_or_default()
}
