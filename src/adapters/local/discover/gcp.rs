//! Google Cloud: the configurations of its command line by name and project, and application default
//! credentials by sort. Refresh tokens and private keys in those files are not taken out of them.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{
    Environment, Found,
    ini::sections,
    label,
    read::{Text, text},
};

#[derive(Deserialize)]
struct Credentials {
    #[serde(default, rename = "type")]
    sort: Option<String>,
    #[serde(default)]
    project_id: Option<String>,
    #[serde(default)]
    quota_project_id: Option<String>,
}

pub(super) fn look(env: &Environment, found: &mut Found) {
    if let Some(directory) = env.file("CLOUDSDK_CONFIG", ".config/gcloud") {
        configurations(env, &directory, found);
        credentials(env, &directory.join("application_default_credentials.json"), false, found);
    }
    if let Some(path) = env.get("GOOGLE_APPLICATION_CREDENTIALS") {
        credentials(env, &env.expand(path), true, found);
    }
}

fn configurations(env: &Environment, directory: &Path, found: &mut Found) {
    let below = directory.join("configurations");
    let origin = env.show(&below);
    let entries = match std::fs::read_dir(&below) {
        Ok(entries) => entries,
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return;
        }
        Err(e) => return found.unusable("Google Cloud configurations", &origin, &e.kind().to_string()),
    };
    let active = env.get("CLOUDSDK_ACTIVE_CONFIG_NAME").map(str::to_owned).or_else(|| {
        match text(&directory.join("active_config")) {
            Text::There(name) => Some(name.trim().to_owned()),
            Text::Absent | Text::Unusable(_) => None,
        }
    });
    let mut files: Vec<PathBuf> = entries.flatten().take(1000).map(|e| e.path()).collect();
    files.sort();
    let mut titles = Vec::new();
    for path in files {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(name) = file.strip_prefix("config_") else { continue };
        let content = match text(&path) {
            Text::There(content) => content,
            Text::Absent => continue,
            Text::Unusable(reason) => {
                found.unusable("a Google Cloud configuration", &env.show(&path), &reason);
                continue;
            }
        };
        let sections = match sections(&content) {
            Ok(sections) => sections,
            Err(line) => {
                let reason = format!("line {line} is no section and no `key = value`");
                found.unusable("a Google Cloud configuration", &env.show(&path), &reason);
                continue;
            }
        };
        let project = sections.iter().find(|s| s.name == "core").and_then(|s| s.get("project"));
        let mut facts: Vec<String> =
            project.and_then(project_id).map(|p| format!("project {p}")).into_iter().collect();
        if active.as_deref() == Some(name) {
            facts.push("active".to_owned());
        }
        let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
        titles.push(format!("Google Cloud configuration {}{facts}", label(name)));
    }
    found.several(titles, "Google Cloud configurations", &origin);
}

fn credentials(env: &Environment, path: &Path, named: bool, found: &mut Found) {
    const WHAT: &str = "Google Cloud credentials";
    let origin = env.show(path);
    let content = match text(path) {
        Text::There(content) => content,
        Text::Unusable(reason) => return found.unusable(WHAT, &origin, &reason),
        Text::Absent => {
            if named {
                let reason = "no such file, though GOOGLE_APPLICATION_CREDENTIALS names it";
                found.unusable(WHAT, &origin, reason);
            }
            return;
        }
    };
    // Only the place of a mistake is told: the text may be a key.
    let credentials = match serde_json::from_str::<Credentials>(&content) {
        Ok(credentials) => credentials,
        Err(e) => {
            let reason = format!("not JSON of the expected form (line {})", e.line());
            return found.unusable(WHAT, &origin, &reason);
        }
    };
    let sort = match credentials.sort.as_deref() {
        Some("authorized_user") => "of a user",
        Some("service_account") => "of a service account",
        Some("external_account" | "external_account_authorized_user") => "of an external identity",
        Some("impersonated_service_account") => "of an impersonated service account",
        Some("gdch_service_account") => "of a GDC service account",
        _ => "of an unknown sort",
    };
    let project = [credentials.project_id, credentials.quota_project_id]
        .into_iter()
        .flatten()
        .find_map(|p| project_id(&p).map(str::to_owned));
    let project = project.map(|p| format!(" (project {p})")).unwrap_or_default();
    found.named(format!("Google Cloud default credentials {sort}{project}"), &origin);
}

/// A project id, if the text can be one (`example.com:` may stand before it).
fn project_id(text: &str) -> Option<&str> {
    let good = (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b':'));
    good.then_some(text)
}
