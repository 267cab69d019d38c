//! Terraform states of the working directory: its own files, not those below it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use cloudscope_domain::text::visible;
use cloudscope_ports::SourceSpec;

use super::{Environment, Found, label};

/// Names that are looked at before a directory counts as too large to look through.
const LOOKED_AT: usize = 20_000;
/// More states than this become one source, the directory.
const SINGLE: usize = 20;

pub(super) fn look(env: &Environment, found: &mut Found) {
    let Ok(cwd) = std::path::absolute(&env.cwd) else { return };
    let origin = env.show(&cwd);
    let entries = match std::fs::read_dir(&cwd) {
        Ok(entries) => entries,
        Err(e) => {
            return found.named(format!("a working directory that cannot be listed: {}", e.kind()), &origin);
        }
    };
    let mut states: Vec<PathBuf> = Vec::new();
    let mut more = false;
    for (at, entry) in entries.flatten().enumerate() {
        if at >= LOOKED_AT {
            more = true;
            break;
        }
        let path = entry.path();
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("tfstate")) && path.is_file() {
            states.push(path);
        }
    }
    states.sort();
    if states.len() > SINGLE && cwd.to_str().is_some() {
        let title = format!("{} Terraform states in this directory", states.len());
        found.source(title, origin.clone(), source(&cwd));
    } else {
        for path in states {
            let name = label(&path.file_name().unwrap_or_default().to_string_lossy());
            if path.to_str().is_some() {
                found.source(format!("{name} in this directory"), origin.clone(), source(&path));
            } else {
                found.named(format!("{name}, whose name is not UTF-8; rename it to collect it"), &origin);
            }
        }
    }
    if more {
        found.named(
            format!("a directory with more than {LOOKED_AT} names, not looked through to its end"),
            &visible(&origin),
        );
    }
}

fn source(path: &Path) -> SourceSpec {
    let path = path.display().to_string();
    SourceSpec {
        name: format!("file:{path}").into(),
        collector: "file".to_owned(),
        options: BTreeMap::from([("path".to_owned(), path)]),
    }
}
