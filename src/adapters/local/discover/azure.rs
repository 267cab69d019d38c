//! Azure: the subscriptions that its command line remembers, by name, and whether the environment
//! bears a service principal. Tokens are kept elsewhere by that command line and are not looked at.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Environment, Found, label,
    read::{Text, text},
};

#[derive(Deserialize)]
struct Profile {
    #[serde(default)]
    subscriptions: Option<Vec<Value>>,
}

pub(super) fn look(env: &Environment, found: &mut Found) {
    let directory = env.file("AZURE_CONFIG_DIR", ".azure");
    if let Some(path) = directory.map(|d| d.join("azureProfile.json")) {
        let origin = env.show(&path);
        match text(&path) {
            Text::Absent => {}
            Text::Unusable(reason) => found.unusable("an Azure profile", &origin, &reason),
            Text::There(content) => match serde_json::from_str::<Profile>(&content) {
                Err(e) => {
                    let reason = format!("not JSON of the expected form (line {})", e.line());
                    found.unusable("an Azure profile", &origin, &reason);
                }
                Ok(profile) => {
                    let titles =
                        profile.subscriptions.unwrap_or_default().iter().filter_map(subscription).collect();
                    found.several(titles, "Azure subscriptions", &origin);
                }
            },
        }
    }
    if env.get("AZURE_CLIENT_ID").is_some() {
        let sort = if env.get("AZURE_FEDERATED_TOKEN_FILE").is_some() {
            " (workload identity)"
        } else if env.get("AZURE_CLIENT_SECRET").is_some() {
            " (client secret)"
        } else if env.get("AZURE_CLIENT_CERTIFICATE_PATH").is_some() {
            " (certificate)"
        } else {
            ""
        };
        found.named(format!("Azure service principal of the environment{sort}"), "AZURE_CLIENT_ID");
    } else if env.get("AZURE_SUBSCRIPTION_ID").is_some() {
        found.named("Azure subscription of the environment".to_owned(), "AZURE_SUBSCRIPTION_ID");
    }
}

fn subscription(entry: &Value) -> Option<String> {
    let name =
        ["name", "id"].iter().find_map(|key| entry.get(*key)?.as_str().filter(|t| !t.trim().is_empty()))?;
    let mut facts = Vec::new();
    if let Some(state) = entry.get("state").and_then(Value::as_str)
        && state != "Enabled"
    {
        facts.push(label(state).to_lowercase());
    }
    if entry.get("isDefault").and_then(Value::as_bool) == Some(true) {
        facts.push("default".to_owned());
    }
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    Some(format!("Azure subscription {}{facts}", label(name)))
}
