//! Who may depend on whom, read from the manifests. One row per layer; a crate without a row is wrong.

use toml::{Table, Value};

/// What crates of one layer may not do.
struct Layer {
    /// The other crates of this workspace that it may use.
    own: &'static [&'static str],
    /// Those that its tests may use besides.
    own_in_tests: &'static [&'static str],
    /// Families of foreign crates that it may not use; see [`FAMILIES`].
    never: &'static [&'static str],
}

/// Foreign crates by what they bring. A `*` at the end stands for any rest.
const FAMILIES: &[(&str, &[&str])] = &[
    ("an async runtime", &["tokio", "tokio-*", "async-std", "smol", "async-io", "futures*"]),
    ("tokio", &["tokio", "async-std", "smol"]),
    (
        "a database",
        &["sled", "redb", "fjall", "rusqlite", "rocksdb", "sqlx", "tokio-postgres*", "neo4rs", "heed"],
    ),
    ("a terminal", &["ratatui*", "crossterm", "tui-*", "termion", "console", "indicatif"]),
    ("the network", &["reqwest", "hyper*", "ureq", "tonic", "axum", "warp", "rustls*", "native-tls"]),
    ("a provider's SDK", &["aws-*", "azure_*", "google-cloud-*", "kube*", "k8s-openapi", "octocrab"]),
    (
        "the operating system",
        &["rustix", "nix", "libc", "sysinfo", "procfs", "tempfile", "walkdir", "notify"],
    ),
];

const PURE: &[&str] = &[
    "an async runtime",
    "a database",
    "a terminal",
    "the network",
    "a provider's SDK",
    "the operating system",
];

/// Crates that only test code may use, whatever the layer.
const ONLY_IN_TESTS: &[&str] =
    &["proptest", "insta", "criterion", "assert_cmd", "portable-pty", "vt100", "wiremock", "quickcheck"];

fn layer(folder: &str) -> Option<Layer> {
    let layer = |own, own_in_tests, never| Some(Layer { own, own_in_tests, never });
    match folder {
        "src/domain" => layer(&[], &[], PURE),
        // tokio-util's cancellation token is part of the collector's port; its runtime is not.
        "src/ports" => layer(
            &["domain"],
            &["memory"],
            &["tokio", "a database", "a terminal", "the network", "a provider's SDK", "the operating system"],
        ),
        "src/catalog" | "src/index" | "src/graph" => layer(&["domain"], &[], PURE),
        "src/application" => layer(
            &["domain", "ports", "catalog", "index", "graph"],
            &["memory"],
            &["a database", "a terminal", "a provider's SDK"],
        ),
        "src/tui" => layer(
            &["domain", "application"],
            &["ports", "memory"],
            &["a database", "the network", "a provider's SDK"],
        ),
        "benches" => layer(
            &[
                "domain",
                "ports",
                "catalog",
                "index",
                "graph",
                "application",
                "tui",
                "store",
                "memory",
                "export",
                "demo",
                "estate",
                "aws",
                "kubernetes",
            ],
            &[],
            &[],
        ),
        // It is the AWS adapter with another client, and is held against it.
        "src/adapters/aws-ec2" => layer(
            &["aws"],
            &["domain", "ports", "catalog", "memory"],
            &["a database", "a terminal", "the network"],
        ),
        _ if folder.starts_with("src/adapters/") => {
            layer(&["domain", "ports", "catalog"], &["memory"], &["a terminal"])
        }
        _ => None,
    }
}

/// The members that a root manifest lists.
pub(super) fn members(root: &str) -> Vec<String> {
    list(root, "members")
}

/// A list of the `[workspace]` table.
pub(crate) fn list(root: &str, name: &str) -> Vec<String> {
    let table: Table = root.parse().unwrap_or_else(|e| panic!("the root manifest: {e}"));
    let list = table["workspace"].get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// What is wrong with the dependencies of the crate in `folder`, one line each.
pub(super) fn violations(folder: &str, manifest: &str) -> Vec<String> {
    let Some(layer) = layer(folder) else {
        return vec![format!(
            "{folder} has no row in the table of layers (tests/it/architecture/manifest.rs)"
        )];
    };
    let table: Table = manifest.parse().unwrap_or_else(|e| panic!("{folder}/Cargo.toml: {e}"));
    let mut wrong = Vec::new();
    for (name, in_tests) in dependencies(&table) {
        let where_to = if in_tests { "its tests" } else { folder };
        if let Some(own) = name.strip_prefix("cloudscope-") {
            let allowed = layer.own.contains(&own) || (in_tests && layer.own_in_tests.contains(&own));
            if !allowed {
                wrong.push(format!("{folder}: {where_to} may not use {name}"));
            }
        } else if !in_tests {
            for (family, patterns) in FAMILIES {
                if layer.never.contains(family) && patterns.iter().any(|p| fits(p, &name)) {
                    wrong.push(format!("{folder} may not use {family}: {name}"));
                }
            }
            if ONLY_IN_TESTS.contains(&name.as_str()) && folder != "benches" {
                wrong.push(format!("{folder}: {name} belongs under dev-dependencies"));
            }
        }
    }
    wrong
}

fn fits(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

/// Every dependency by its real name, also those of single targets and renamed ones, and whether only
/// tests have it.
fn dependencies(manifest: &Table) -> Vec<(String, bool)> {
    let mut out = Vec::new();
    let mut tables = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(Value::as_table) {
        tables.extend(targets.values().filter_map(Value::as_table));
    }
    for table in tables {
        for (section, in_tests) in
            [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
        {
            let Some(section) = table.get(section).and_then(Value::as_table) else { continue };
            for (name, value) in section {
                let real = value.get("package").and_then(Value::as_str).unwrap_or(name);
                out.push((real.to_owned(), in_tests));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(folder: &str, manifest: &str, expected: &[&str]) {
        assert_eq!(violations(folder, manifest), expected);
    }

    #[test]
    fn a_layer_that_uses_a_higher_one_is_found() {
        check(
            "src/domain",
            "[dependencies]\ncloudscope-ports.workspace = true",
            &["src/domain: src/domain may not use cloudscope-ports"],
        );
        check(
            "src/index",
            "[dependencies]\ncloudscope-graph.workspace = true",
            &["src/index: src/index may not use cloudscope-graph"],
        );
        check(
            "src/tui",
            "[dependencies]\ncloudscope-ports.workspace = true",
            &["src/tui: src/tui may not use cloudscope-ports"],
        );
        check(
            "src/adapters/host",
            "[dependencies]\ncloudscope-files.workspace = true",
            &["src/adapters/host: src/adapters/host may not use cloudscope-files"],
        );
    }

    #[test]
    fn a_forbidden_foreign_crate_is_found_wherever_it_hides() {
        check(
            "src/catalog",
            "[dependencies]\ntokio = \"1\"",
            &["src/catalog may not use an async runtime: tokio"],
        );
        check(
            "src/application",
            "[target.'cfg(unix)'.dependencies]\naws-config = \"1\"",
            &["src/application may not use a provider's SDK: aws-config"],
        );
        check(
            "src/domain",
            "[dependencies]\nstore = { package = \"sled\", version = \"0.34\" }",
            &["src/domain may not use a database: sled"],
        );
        check(
            "src/adapters/store",
            "[build-dependencies]\nratatui = \"1\"",
            &["src/adapters/store may not use a terminal: ratatui"],
        );
        check(
            "src/index",
            "[dependencies]\nproptest = \"1\"",
            &["src/index: proptest belongs under dev-dependencies"],
        );
    }

    #[test]
    fn tests_may_use_the_in_memory_adapter_and_tools_only() {
        let good = "[dependencies]\ncloudscope-ports.workspace = true\n[dev-dependencies]\n\
                    cloudscope-memory.workspace = true\ntempfile.workspace = true\ntokio = \"1\"";
        check("src/adapters/export", good, &[]);
        check(
            "src/adapters/export",
            "[dev-dependencies]\ncloudscope-store.workspace = true",
            &["src/adapters/export: its tests may not use cloudscope-store"],
        );
    }

    #[test]
    fn a_crate_without_a_row_is_wrong() {
        assert!(violations("src/daemon", "")[0].contains("no row"));
    }
}
