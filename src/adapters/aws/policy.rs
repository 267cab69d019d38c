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

/// Characters without white space that AWS takes in one managed policy.
pub const LONGEST: usize = 6_144;

/// What stands around the statements of a document.
const AROUND: usize = 64;

/// Characters that count.
#[must_use]
pub fn length(policy: &str) -> usize {
    policy.chars().filter(|c| !c.is_whitespace()).count()
}

/// A policy in pieces, each of which AWS takes; attached together they allow the same.
#[must_use]
pub fn parts(policy: &str) -> Vec<String> {
    let Ok(whole) = serde_json::from_str::<Value>(policy) else { return vec![policy.to_owned()] };
    if length(policy) <= LONGEST {
        return vec![policy.to_owned()];
    }
    let mut pieces: Vec<Vec<Value>> = vec![Vec::new()];
    let mut room = LONGEST - AROUND;
    for statement in whole["Statement"].as_array().into_iter().flatten() {
        let with = |actions: &[Value]| {
            let mut part = statement.clone();
            part["Action"] = Value::Array(actions.to_vec());
            part
        };
        let bare = length(&with(&[]).to_string()) + 1;
        let mut taken: Vec<Value> = Vec::new();
        room = room.saturating_sub(bare);
        for action in statement["Action"].as_array().into_iter().flatten() {
            // Quotes and a comma.
            let cost = action.as_str().map_or(0, str::len) + 3;
            if cost > room {
                if !taken.is_empty() {
                    pieces.last_mut().into_iter().for_each(|last| last.push(with(&taken)));
                    taken.clear();
                }
                pieces.push(Vec::new());
                room = (LONGEST - AROUND).saturating_sub(bare);
            }
            room = room.saturating_sub(cost);
            taken.push(action.clone());
        }
        if !taken.is_empty() {
            pieces.last_mut().into_iter().for_each(|last| last.push(with(&taken)));
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    let version = &whole["Version"];
    let document = |statements: Vec<Value>| json!({"Version": version, "Statement": statements});
    pieces.into_iter().map(|s| serde_json::to_string_pretty(&document(s)).unwrap_or_default()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_is_too_long_comes_in_pieces_that_allow_the_same() {
        let actions: Vec<String> = (0..700).map(|n| format!("service{}:Describe{n}", n % 40)).collect();
        let roles: Vec<String> =
            (0..40).map(|n| format!("arn:aws:iam::1234567890{n:02}:role/inventory")).collect();
        let whole = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": actions, "Resource": "*"},
            {"Sid": "B", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": roles},
        ]});
        let pieces = parts(&whole.to_string());
        assert!(pieces.len() > 2);
        let mut allowed = Vec::new();
        for piece in &pieces {
            assert!(length(piece) <= LONGEST, "{}", length(piece));
            let piece: Value = serde_json::from_str(piece).unwrap();
            assert_eq!(piece["Version"], whole["Version"]);
            for statement in piece["Statement"].as_array().unwrap() {
                let of = whole["Statement"].as_array().unwrap().iter().find(|s| s["Sid"] == statement["Sid"]);
                assert_eq!(statement["Resource"], of.unwrap()["Resource"]);
                allowed.extend(statement["Action"].as_array().unwrap().iter().cloned());
            }
        }
        let wanted: Vec<Value> =
            actions.into_iter().map(Value::from).chain([json!("sts:AssumeRole")]).collect();
        assert_eq!(allowed, wanted);
        let short = json!({"Version": "2012-10-17", "Statement": []}).to_string();
        assert_eq!(parts(&short), [short]);
    }
}
