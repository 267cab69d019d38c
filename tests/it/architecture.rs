//! Holds the layers: who may use whom (manifests), what pure crates must not touch (sources), and that
//! no crate has a cycle among its modules. The rows stand in `manifest.rs`, and for people in
//! CONTRIBUTING.md; change both together.

pub(crate) mod code;
mod cycles;
mod manifest;
mod modules;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder, in order.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The folders of the workspace's members, as the root manifest lists them.
fn members() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    manifest::members(&manifest)
}

#[test]
fn crates_use_only_what_their_layer_may() {
    let mut wrong = Vec::new();
    for member in members() {
        let path = root().join(&member).join("Cargo.toml");
        let text = fs::read_to_string(&path).unwrap();
        wrong.extend(manifest::violations(&member, &text));
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn pure_crates_do_no_input_or_output() {
    let mut wrong = Vec::new();
    for member in ["src/domain", "src/catalog", "src/index", "src/graph"] {
        for file in rust_files(&root().join(member)) {
            let text = fs::read_to_string(&file).unwrap();
            let name = file.strip_prefix(root()).unwrap().display().to_string();
            if modules::is_test_file(&name) {
                continue;
            }
            wrong.extend(modules::impurities(&text).into_iter().map(|what| format!("{name} uses {what}")));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn no_crate_has_a_cycle_among_its_modules() {
    let mut wrong = Vec::new();
    let libraries = members().into_iter().map(|m| root().join(m).join("lib.rs"));
    for entry in libraries.chain([root().join("src/main.rs")]) {
        let tree = modules::Tree::read(&entry, &|path: &Path| fs::read_to_string(path).ok());
        let name = entry.strip_prefix(root()).unwrap().display().to_string();
        wrong.extend(cycles::find(&tree).into_iter().map(|cycle| format!("{name}: {cycle}")));
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
