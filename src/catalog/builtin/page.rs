//! `docs/k8s-kinds.md` is what the rows say. `CLOUDSCOPE_WRITE_DOCS=1 cargo nextest run -p cloudscope-catalog
//! page` writes it.

use std::{fmt::Write as _, path::Path};

use crate::{Catalog, KindSpec, spec::TargetSpec};

/// A template with a star for each of its holes.
fn stars(template: &str) -> String {
    let mut out = String::new();
    for (n, part) in template.split('{').enumerate() {
        if n > 0 {
            out.push('*');
        }
        out.push_str(part.rsplit_once('}').map_or(if n > 0 { "" } else { part }, |(_, rest)| rest));
    }
    out
}

/// What an edge leads to, in short.
fn target(spec: &TargetSpec) -> String {
    match spec {
        TargetSpec::Id(id) if id.as_str() == "{value|repository}" => {
            "its repository (ECR, Artifact Registry)".to_owned()
        }
        TargetSpec::Id(id) => {
            let id = stars(id.as_str());
            match id.strip_prefix("*/") {
                // `group/Kind/...`: the kind is what counts.
                Some(rest) => match rest.split('/').nth(1) {
                    Some(kind) if !kind.contains('*') => kind.to_owned(),
                    _ => "any kind".to_owned(),
                },
                None if id == "*" => "by id".to_owned(),
                None => format!("`{id}`"),
            }
        }
        TargetSpec::Named { kind: Some(kind), .. } => kind.to_string(),
        TargetSpec::Named { kind: None, .. } => "by name".to_owned(),
        TargetSpec::Selected { kind, .. } => format!("every fitting {kind}"),
    }
}

fn references(spec: &KindSpec) -> String {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    let common = ["part-of", "owned-by", "instance-of"];
    for reference in &spec.references {
        let (relation, target) = (reference.relation.to_string(), target(&reference.target));
        if common.contains(&&*relation)
            && matches!(&*target, "Namespace" | "by name" | "CustomResourceDefinition")
        {
            continue;
        }
        match all.iter_mut().find(|(r, _)| *r == relation) {
            Some((_, targets)) if targets.contains(&target) => {}
            Some((_, targets)) => targets.push(target),
            None => all.push((relation, vec![target])),
        }
    }
    let each = all.iter().map(|(relation, targets)| format!("{relation} {}", targets.join(", ")));
    each.collect::<Vec<_>>().join("; ")
}

fn redactions(spec: &KindSpec) -> String {
    let mut words: Vec<&str> = Vec::new();
    for secret in &spec.redact {
        if !words.contains(&secret.why.as_str()) {
            words.push(&secret.why);
        }
    }
    words.join(", ")
}

fn page(catalog: &Catalog) -> String {
    let rows: Vec<&KindSpec> = catalog.kinds().filter(|k| k.provider.as_str() == "k8s").collect();
    let mut out = format!(
        "# What is known of Kubernetes\n\n\
         Written from the rows in `src/catalog/specs/kubernetes/` by a test (`src/catalog/builtin/page.rs`); do\n\
         not edit. Every kind that a cluster serves is collected; {} of them have a row of their own. All others,\n\
         custom resources mostly, are mapped by the row `k8s.*`: name, labels, owners, definition, and a status\n\
         from their conditions, phase or state. A row of yours for such a kind counts instead (docs/CATALOG.md).\n\n\
         Every object is part of its namespace and owned by its owners, and a custom resource is an instance of its\n\
         definition; that is not repeated below.\n\n\
         Of every object are dropped: `managedFields` and the annotations that repeat the whole object. Value\n\
         patterns run over everything besides the redactions named here. Secrets are listed as metadata only.\n\n\
         | kind | called | status from | references | redacted |\n| --- | --- | --- | --- | --- |\n",
        rows.len()
    );
    for row in rows {
        let status = row.status.as_ref().and_then(|s| s.given.as_deref()).unwrap_or_default();
        let _ = writeln!(
            out,
            "| {} | {} | {status} | {} | {} |",
            row.kind,
            row.names.join(", "),
            references(row),
            redactions(row),
        );
    }
    out
}

#[test]
fn the_page_about_kinds_is_what_the_rows_say() {
    let page = page(&Catalog::builtin().unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/k8s-kinds.md");
    if std::env::var_os("CLOUDSCOPE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == page,
        "docs/k8s-kinds.md is not what the rows say; see the head of src/catalog/builtin/page.rs"
    );
}
