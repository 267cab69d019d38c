//! AWS: profiles of the configuration and credentials files by name, region and sort, and whether the
//! environment bears keys. No key is read out.

use std::collections::BTreeMap;

use super::{
    Environment, Found,
    ini::{Section, sections},
    label, place,
    read::{Text, text},
};

#[derive(Default)]
struct Profile {
    region: Option<String>,
    sort: Option<&'static str>,
    origin: String,
}

pub(super) fn look(env: &Environment, found: &mut Found) {
    let mut profiles: BTreeMap<String, Profile> = BTreeMap::new();
    let files = [
        ("AWS_CONFIG_FILE", ".aws/config", "an AWS configuration"),
        ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", "an AWS credentials file"),
    ];
    for (at, (variable, usual, what)) in files.into_iter().enumerate() {
        let Some(path) = env.file(variable, usual) else { continue };
        let origin = env.show(&path);
        let content = match text(&path) {
            Text::There(content) => content,
            Text::Unusable(reason) => {
                found.unusable(what, &origin, &reason);
                continue;
            }
            Text::Absent => {
                if env.get(variable).is_some() {
                    found.unusable(what, &origin, &format!("no such file, though {variable} names it"));
                }
                continue;
            }
        };
        let sections = match sections(&content) {
            Ok(sections) => sections,
            Err(line) => {
                found.unusable(what, &origin, &format!("line {line} is no section and no `key = value`"));
                continue;
            }
        };
        for section in sections {
            let Some(name) = profile_name(&section.name, at == 0) else { continue };
            let profile = profiles.entry(name.to_owned()).or_default();
            profile.region =
                profile.region.take().or_else(|| section.get("region").and_then(place).map(str::to_owned));
            profile.sort = profile.sort.or_else(|| sort(&section));
            if profile.origin.is_empty() {
                profile.origin.clone_from(&origin);
            }
        }
    }
    let chosen = env.get("AWS_PROFILE").or_else(|| env.get("AWS_DEFAULT_PROFILE"));
    if let Some(name) = chosen
        && !profiles.contains_key(name)
    {
        found.named(format!("AWS profile {}, which no file defines", label(name)), "AWS_PROFILE");
    }
    let mut by_origin: BTreeMap<String, Vec<(String, Option<String>)>> = BTreeMap::new();
    for (name, profile) in profiles {
        let mut facts = Vec::new();
        facts.extend(profile.region.as_deref());
        facts.extend(profile.sort);
        facts.extend((chosen == Some(&name)).then_some("chosen by AWS_PROFILE"));
        let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
        by_origin
            .entry(profile.origin)
            .or_default()
            .push((format!("AWS profile {}{facts}", label(&name)), Some(source(&name))));
    }
    for (origin, titles) in by_origin {
        found.several_addable(titles, "AWS profiles", &origin);
    }
    environment(env, found);
}

fn environment(env: &Environment, found: &mut Found) {
    let region = env.get("AWS_REGION").or_else(|| env.get("AWS_DEFAULT_REGION")).and_then(place);
    let region = region.map(|r| format!(" ({r})")).unwrap_or_default();
    if env.get("AWS_ACCESS_KEY_ID").is_some() {
        let title = format!("AWS access key of the environment{region}");
        found.addable(title, "AWS_ACCESS_KEY_ID", Some("aws".to_owned()));
    }
    for variable in [
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ] {
        if env.get(variable).is_some() {
            found.addable(format!("AWS role of this workload{region}"), variable, Some("aws".to_owned()));
        }
    }
}

/// How a source of that profile is written; a name that does not fit into one goes with all the others.
fn source(profile: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@".contains(c);
    match profile {
        "default" => "aws".to_owned(),
        name if !name.is_empty() && name.chars().all(plain) => format!("aws:{name}"),
        _ => "aws:profiles=all".to_owned(),
    }
}

/// `[profile x]` and `[default]` of the configuration, `[x]` of the credentials.
fn profile_name(section: &str, is_config: bool) -> Option<&str> {
    let name = if is_config {
        match section.strip_prefix("profile") {
            Some(rest) if rest.starts_with([' ', '\t']) => rest,
            _ if section == "default" => section,
            _ => return None,
        }
    } else {
        section
    };
    let name = name.trim().trim_matches(['"', '\'']);
    (!name.is_empty()).then_some(name)
}

/// How a profile gets its credentials.
fn sort(section: &Section) -> Option<&'static str> {
    if section.has("sso_session") || section.has("sso_start_url") {
        Some("single sign-on")
    } else if section.has("web_identity_token_file") {
        Some("web identity")
    } else if section.has("role_arn") {
        Some("assumed role")
    } else if section.has("credential_process") {
        Some("runs a program")
    } else if section.has("login_session") {
        Some("console login")
    } else if section.has("aws_access_key_id") {
        Some("access key")
    } else {
        None
    }
}
