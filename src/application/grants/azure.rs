//! Azure: `Microsoft.Compute/virtualMachines/read`, alone or in `... does not have authorization to
//! perform action '...' over scope '/subscriptions/...'`; granted by a custom role.
//! <https://learn.microsoft.com/azure/role-based-access-control/custom-roles>

use std::collections::BTreeSet;

use serde_json::json;

use super::dialect::{Dialect, Document, Need, Said, WILDCARD, after, plain};

pub(super) struct Azure;

/// Parts of a path that stand for secrets, contents or what runs inside, whatever the verb.
const TOUCHY: &[&str] = &[
    "secret",
    "key",
    "password",
    "credential",
    "token",
    "connectionstring",
    "certificate",
    "blob",
    "message",
    "entities",
    "query",
    "log",
    "config",
    "setting",
    "variable",
    "data",
    "content",
    "artifact",
    "publish",
];

impl Dialect for Azure {
    fn collectors(&self) -> &'static [&'static str] {
        &["azure"]
    }

    fn read(&self, named: &str, _: &str) -> Vec<Said> {
        let action = after(named, "perform action ").unwrap_or(named);
        if !is_action(action) {
            return Vec::new();
        }
        vec![match judge(action) {
            Ok(()) => Said::Need(Need::everywhere(action)),
            Err(reason) => Said::LeftOut { permission: action.to_owned(), reason },
        }]
    }

    fn document(&self, needs: &[Need], accounts: &BTreeSet<String>) -> Document {
        let actions: Vec<&str> = needs.iter().map(|n| n.permission.as_str()).collect();
        let subscriptions: Vec<String> =
            accounts.iter().filter(|a| is_guid(a)).map(|a| format!("/subscriptions/{a}")).collect();
        let remark = (subscriptions.len() < accounts.len()).then(|| {
            "AssignableScopes: not every subscription is known by its id; add those that are missing"
                .to_owned()
        });
        let role = json!({
            "Name": "CloudScope reader",
            "IsCustom": true,
            "Description": "What CloudScope was denied: reads the control plane only",
            "Actions": actions,
            "NotActions": [],
            "DataActions": [],
            "NotDataActions": [],
            "AssignableScopes": subscriptions,
        });
        Document { title: "Azure custom role", format: "json", text: format!("{role:#}\n"), remark }
    }
}

fn is_action(word: &str) -> bool {
    let mut parts = word.split('/');
    let namespace = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    namespace.contains('.')
        && plain(namespace, ".")
        && namespace.split('.').all(|p| !p.is_empty())
        && (2..=10).contains(&rest.len())
        && rest.iter().all(|part| plain(part, "*-_."))
}

fn judge(action: &str) -> Result<(), &'static str> {
    if action.contains('*') {
        return Err(WILDCARD);
    }
    let lower = action.to_ascii_lowercase();
    let Some(path) = lower.strip_suffix("/read") else {
        return Err("it does not read the control plane");
    };
    // The namespace may well be called Microsoft.KeyVault or Microsoft.Logic; what is under it counts.
    let under = path.split_once('/').map_or("", |(_, under)| under);
    if TOUCHY.iter().any(|word| under.contains(word)) {
        return Err("it may read secrets, contents or settings; add it by hand if it does not");
    }
    Ok(())
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}
