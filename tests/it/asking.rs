//! What the command line asks with, over the made-up estate: filters in files, saved views, groups, explanations.
//! What is expected is counted from the rows that a plain `query` prints.

use std::{collections::BTreeMap, io::Write as _, process::Stdio};

use cloudscope_domain::query::of_group;
use serde_json::Value;

use crate::{
    home::{Home, Ran, wait},
    terminal::Terminal,
};

fn estate() -> Home {
    estate_of(4_000)
}

/// With 12,000 assets there are all providers, and clusters whose nodes are one row with their machines.
fn estate_of(assets: u32) -> Home {
    let home = Home::new();
    home.run(&["collect", "-q", &format!("estate:assets={assets}")]).with(0);
    home
}

/// Rows as objects.
fn rows(home: &Home, arguments: &[&str]) -> Vec<Value> {
    let all = [&["query", "--format", "ndjson"], arguments].concat();
    let out = home.run(&all).with(0);
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_default()
}

fn ids(rows: &[Value]) -> Vec<&str> {
    let mut ids: Vec<&str> = rows.iter().map(|row| text(row, "id")).collect();
    ids.sort_unstable();
    ids
}

fn views(home: &Home, yaml: &str) {
    let dir = home.path().join(".config/cloudscope");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("views.yaml"), format!("version: 1\nviews:\n{yaml}")).unwrap();
}

fn piped(home: &Home, arguments: &[&str], input: &str) -> Ran {
    let mut command = home.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::of(wait(child), arguments)
}

#[test]
fn the_filter_of_a_group_finds_what_the_group_counts() {
    let home = estate_of(12_000);
    let _holder = home.hold();
    let all = rows(&home, &["--columns", "id"]).len() as u64;
    let mut more_than_once = 0;
    for column in [
        "status",
        "status_class",
        "region",
        "account",
        "provider",
        "kind",
        "source",
        "category",
        "zone",
        "presence",
        "tags.env",
        "tags.owner",
    ] {
        let groups = rows(&home, &["--group-by", column, "--limit", "12"]);
        assert!(!groups.is_empty(), "{column}");
        let whole =
            rows(&home, &["--group-by", column]).iter().map(|g| g["count"].as_u64().unwrap()).sum::<u64>();
        assert!(whole >= all, "{column}: {whole} of {all}");
        more_than_once += u64::from(whole > all);
        for group in groups {
            let value = group[column].as_str().map(Into::into);
            let filter = of_group("", &[column.to_owned()], &[value]).unwrap();
            let found = rows(&home, &[&filter, "--columns", "id"]).len() as u64;
            assert_eq!(Some(found), group["count"].as_u64(), "{filter}");
        }
    }
    assert!(more_than_once > 0, "no thing has several records with values of their own");
}

#[test]
fn groups_count_what_the_rows_say() {
    let home = estate_of(12_000);
    // Of these no two records are joined.
    let filter = "provider:gcp,azure status:*";
    let mut expected: BTreeMap<(String, String), u64> = BTreeMap::new();
    let all = rows(&home, &[filter]);
    for row in &all {
        *expected.entry((text(row, "region").into(), text(row, "status").into())).or_default() += 1;
    }
    let groups = rows(&home, &[filter, "--group-by", "region,status"]);
    let found: BTreeMap<_, _> = groups
        .iter()
        .map(|g| ((text(g, "region").to_owned(), text(g, "status").to_owned()), g["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(found, expected);
    assert!(found.len() > 3);
    let ran = home.run(&["query", filter, "--group-by", "region,status", "--limit", "2", "--format", "csv"]);
    assert!(ran.err.contains(&format!("{} more groups", found.len() - 2)), "{}", ran.err);
    assert!(ran.err.contains(&format!("{} assets match", all.len())), "{}", ran.err);
    assert_eq!(ran.out.lines().count(), 3, "{}", ran.out);
}

#[test]
fn groups_in_csv_are_safe_unless_they_are_to_be_raw() {
    let home = Home::new();
    home.file("a.csv", "id,name,tag:x\na,one,=1+1\nb,two,\"p,q\"\n");
    home.run(&["collect", "file:a.csv"]).with(0);
    let csv = |more: &[&str]| {
        home.run(&[&["query", "--group-by", "tag.x", "--format", "csv"], more].concat()).with(0)
    };
    assert_eq!(csv(&[]), "tag.x,count,unknown\n'=1+1,1,0\n\"p,q\",1,0\n");
    assert_eq!(csv(&["--raw"]), "tag.x,count,unknown\n=1+1,1,0\n\"p,q\",1,0\n");
}

#[test]
fn an_explanation_counts_what_the_rows_are() {
    let home = estate();
    let filter = "provider:aws age>90d";
    let matching = rows(&home, &[filter]).len();
    let how = home.run(&["query", filter, "--explain", "--format", "json"]).json();
    assert_eq!(how["total"], matching);
    let steps = how["steps"].as_array().unwrap();
    let term = |name: &str| steps.iter().find(|s| text(s, "term") == name).unwrap_or_else(|| panic!("{how}"));
    // The first term is asked of everything, the second of what the first left.
    let of_aws = rows(&home, &["provider:aws"]).len();
    assert_eq!(term("provider:aws")["rows_out"], of_aws);
    assert_eq!(term("age>90d")["rows_in"], of_aws);
    assert_eq!(term("age>90d")["rows_out"], matching);
    let told = format!("{matching} assets match");
    for format in ["table", "ndjson", "csv"] {
        let ran = home.run(&["query", filter, "--explain", "--format", format]);
        assert!(ran.err.contains(&told), "{format}: {}", ran.err);
    }
    let csv = home.run(&["query", filter, "--explain", "--format", "csv"]).with(0);
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("term,depth,how,rows_in,rows_out,undecided,micros"));
    assert_eq!(lines.count(), steps.len());
    let undecided = home.run(&["query", "cost>100", "--explain", "--format", "ndjson"]);
    assert!(undecided.err.contains("of 4000 it is not known"), "{}", undecided.err);
}

#[test]
fn a_filter_in_a_file_means_what_it_says() {
    let home = estate();
    let (inside, outside): (Vec<Value>, Vec<Value>) = rows(&home, &["provider:aws,gcp"])
        .into_iter()
        .partition(|row| text(row, "region").starts_with("eu-"));
    assert!(!inside.is_empty() && !outside.is_empty());
    let path = home.file("filter", "# nothing\n");
    let path = path.to_str().unwrap();
    let filter = "provider:aws,\n\tgcp\r\n  region:eu-*\n\n";
    std::fs::write(path, filter).unwrap();
    assert_eq!(ids(&rows(&home, &["--filter-file", path])), ids(&inside));
    let ran = piped(&home, &["query", "--filter-file", "-", "--format", "ndjson"], filter);
    let found: Vec<Value> = ran.with(0).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(ids(&found), ids(&inside));
    // White space between quotes is part of the text.
    home.file("spaces.csv", "id,name\nx1,a  b\nx2,a b\n");
    home.run(&["collect", "file:spaces.csv"]).with(0);
    std::fs::write(path, "name=\"a  b\"\n").unwrap();
    assert_eq!(ids(&rows(&home, &["--filter-file", path])), ["x1"]);
    std::fs::write(path, "web\n regoin:eu\n").unwrap();
    let ran = home.run(&["query", "--filter-file", path]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("region:eu"), "{}", ran.err);
    let ran = home.run(&["query", "--filter-file", "no-such-file"]);
    assert!(ran.code == Some(1) && ran.err.contains("cannot read the filter"), "{ran:?}");
}

#[test]
fn a_view_is_narrowed_by_whatever_filter_is_given_with_it() {
    let home = estate();
    views(&home, "- name: eu\n  query: 'region:eu-*,'\n  sort: [-name]\n- name: bad\n  query: 'regoin:x'\n");
    let within = |row: &Value| text(row, "region").starts_with("eu-");
    let expected: Vec<Value> = rows(&home, &["provider:aws"]).into_iter().filter(within).collect();
    assert!(!expected.is_empty());
    assert_eq!(ids(&rows(&home, &["--view", "eu", "provider:aws"])), ids(&expected));
    let path = home.file("filter", "provider:aws\n");
    let path = path.to_str().unwrap();
    assert_eq!(ids(&rows(&home, &["--view", "eu", "--filter-file", path])), ids(&expected));
    let ran =
        piped(&home, &["query", "--view", "eu", "--filter-file", "-", "--format", "ndjson"], "provider:aws");
    assert_eq!(ran.with(0).lines().count(), expected.len());
    let ordered = rows(&home, &["--view", "eu"]);
    let names: Vec<String> = ordered.iter().map(|row| text(row, "name").to_lowercase()).collect();
    assert!(names.is_sorted_by(|a, b| a >= b), "its order is that of the view");
    let ran = home.run(&["query", "--view", "bad"]);
    assert!(ran.code == Some(2) && ran.err.contains("the view `bad`"), "{ran:?}");
    let ran = home.run(&["query", "--view", "ue"]);
    assert!(ran.code == Some(2) && ran.err.contains("did you mean `eu`"), "{ran:?}");
}

#[test]
fn a_view_that_was_saved_on_screen_is_used_on_the_command_line() {
    let home = Home::new();
    home.file(
        "racks.csv",
        "id,name,region,tag:env\na,alpha,eu-1,prod\nb,beta,us-1,test\nc,bravo,us-1,prod\n",
    );
    home.run(&["collect", "file:racks.csv"]).with(0);
    let quiet = [("CLOUDSCOPE_COLLECT_ON_START", "0"), ("CLOUDSCOPE_DISCOVER", "0")];
    let mut terminal = Terminal::start_with(&home, &[], 120, 32, &quiet);
    terminal.wait_for("alpha");
    terminal.keys("/b\r");
    terminal.wait("what has a b", |s| s.contains("beta") && !s.contains("alpha"));
    terminal.keys(":save plain\r");
    terminal.wait_for("saved the view `plain`");
    terminal.keys(":cols +tag.env\r:save tagged\r");
    terminal.wait_for("saved the view `tagged`");
    terminal.keys("/regoin:x\r:save wrong\r");
    terminal.wait_for("no view is saved until the filter is mended");
    terminal.keys(":q\r");
    terminal.ended();
    let csv = home.run(&["query", "--view", "plain", "--format", "csv"]).with(0);
    let head = csv.lines().next().unwrap();
    assert!(head.contains("created_at") && !head.contains("age"), "{head}");
    assert_eq!(csv.lines().count(), 3, "{csv}");
    let table = home.run(&["query", "--view", "plain"]).with(0);
    assert!(table.contains("beta") && table.contains("bravo") && !table.contains("alpha"), "{table}");
    let tagged = home.run(&["query", "--view", "tagged", "--format", "csv"]).with(0);
    assert!(tagged.lines().next().unwrap().contains("tags.env"), "{tagged}");
    let groups = home.run(&["query", "--view", "plain", "--group-by", "region", "--format", "json"]).json();
    assert_eq!((groups[0]["region"].as_str(), groups[0]["count"].as_u64()), (Some("us-1"), Some(2)));
    let how = home.run(&["query", "--view", "plain", "--explain", "--format", "json"]).json();
    assert_eq!(how["total"], 2);
    assert!(!home.run(&["views"]).with(0).contains("wrong"));
}

#[test]
fn a_column_that_there_is_not_is_a_mistake_in_the_command_line() {
    let home = Home::new();
    home.file("a.csv", "id,name\na,one\n");
    home.run(&["collect", "file:a.csv"]).with(0);
    for arguments in [
        &["query", "--columns", "nmae"][..],
        &["query", "--sort", "nmae"],
        &["query", "--sort", "nmae", "--format", "ndjson"],
        &["query", "--group-by", "nmae"],
        &["query", "--explain", "--sort", "nmae"],
        &["query", "--sort", "prop.no.such.path"],
        &["export", "", "--sort", "nmae", "-o", "out.csv"],
        &["export", "", "--columns", "nmae", "-o", "out.csv"],
    ] {
        let ran = home.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains("nmae") || ran.err.contains("no.such.path"), "{}", ran.err);
        assert!(!home.work().join("out.csv").exists());
    }
}
