//! `docs/aws-kinds.md` is what the rows say. `CLOUDSCOPE_WRITE_DOCS=1 cargo nextest run aws::page` writes it.

use std::{fmt::Write as _, path::Path, sync::Arc};

use cloudscope_aws::{AwsCollector, Program, Programs, Row};
use cloudscope_catalog::Catalog;
use cloudscope_domain::redact::Redactor;

/// No program was confirmed.
pub(super) struct Nobody;

impl Programs for Nobody {
    fn confirmed(&self, _: &Program) -> bool {
        false
    }
}

fn page(rows: &[Row]) -> String {
    let verified = rows.iter().filter(|r| r.verified.is_some()).count();
    let mut out = format!(
        "# What is collected of AWS\n\n\
         Written from the rows in `src/catalog/specs/aws/` by a test (`tests/it/aws/page.rs`); do not edit.\n\n\
         {} kinds, {verified} of them verified. *moto*: the collected assets equal what boto3 lists of a server\n\
         that moto plays, in two accounts and three regions (`tests/it/aws.rs`). *No*: the row follows AWS's\n\
         published models and documentation; no server has answered it yet, and it has not been run against AWS.\n\n\
         A listing is called once for each account and region, or for each item of the kind in the column *for\n\
         each*; further operations ask about the items it found.\n\n\
         | kind | for each | operations | permissions | verified |\n| --- | --- | --- | --- | --- |\n",
        rows.len()
    );
    for row in rows {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            row.kind,
            row.parent.as_deref().unwrap_or(""),
            row.operations.join(", "),
            row.permissions.join(", "),
            row.verified.as_deref().unwrap_or("no"),
        );
    }
    out
}

#[test]
fn the_page_about_kinds_is_what_the_rows_say() {
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let collector = AwsCollector::new(catalog, Redactor::new([3; 32]), Arc::new(Nobody));
    let rows: Vec<Row> = collector.rows().collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/aws-kinds.md");
    let page = page(&rows);
    if std::env::var_os("CLOUDSCOPE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == page,
        "docs/aws-kinds.md is not what the rows say; see the head of tests/it/aws/page.rs"
    );
}

/// Nothing that ships is refused: every row can be listed.
#[test]
fn every_built_in_row_can_be_listed() {
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let with_list = catalog.kinds().filter(|k| k.list.is_some() && k.provider.as_str() == "aws").count();
    let collector = AwsCollector::new(catalog, Redactor::new([3; 32]), Arc::new(Nobody));
    assert_eq!(collector.rows().count(), with_list);
    assert!(with_list > 200, "{with_list}");
}
