//! Groups in their order with the cursor on its own, and the filter that a group is.

use cloudscope_application::message::{Group, Grouped};
use cloudscope_domain::{Revision, Timestamp, query::Query};

use super::{GroupOrder, Groups, drill};

fn group(value: &str, count: u64) -> Group {
    let value = (!value.is_empty()).then(|| value.into());
    Group { values: vec![value], count, ..Group::default() }
}

fn answer(groups: &[(&str, u64)]) -> Grouped {
    Grouped {
        by: vec!["region".into()],
        groups: groups.iter().map(|(value, count)| group(value, *count)).collect(),
        total: groups.iter().map(|g| g.1).sum(),
        undecided: 0,
        more: 0,
        bad: Vec::new(),
        as_of: Timestamp::default(),
        revision: Revision(1),
    }
}

fn values(groups: &Groups) -> Vec<&str> {
    let all = groups.shown.iter().flat_map(|shown| &shown.answer.groups);
    all.map(|group| group.values[0].as_deref().unwrap_or("-")).collect()
}

#[test]
fn the_cursor_stays_on_its_group_and_line() {
    let mut groups = Groups::default();
    groups.arrived(answer(&[("a", 9), ("b", 5), ("c", 5), ("", 2)]), 3);
    assert_eq!(values(&groups), ["a", "b", "c", "-"]);
    groups.stand(2, 3);
    groups.arrived(answer(&[("c", 50), ("b", 5), ("a", 9), ("d", 7), ("", 2)]), 3);
    assert_eq!((values(&groups).join(" ").as_str(), groups.index), ("c a d b -", 0));
    groups.grouping.order = GroupOrder::Value;
    groups.order(3);
    assert_eq!((values(&groups).join(" ").as_str(), groups.index), ("a b c d -", 2));
    groups.grouping.inverted = true;
    groups.order(3);
    assert_eq!((values(&groups).join(" ").as_str(), groups.index), ("- d c b a", 2));
    // Its group went away: the cursor stays where it was.
    groups.arrived(answer(&[("a", 9), ("b", 5)]), 3);
    assert_eq!((groups.len(), groups.index), (2, 1));
}

#[test]
fn other_columns_begin_at_the_top() {
    let mut groups = Groups { asking: (String::new(), vec!["region".into()]), ..Groups::default() };
    groups.arrived(answer(&[("a", 9), ("b", 5)]), 5);
    groups.stand(1, 5);
    groups.asking.1 = vec!["kind".into()];
    groups.arrived(answer(&[("b", 9), ("a", 5)]), 5);
    assert_eq!(groups.index, 0);
}

#[test]
fn a_group_is_a_filter_that_reads_back() {
    let check = |filter: &str, columns: &str, group: &[&str], expected: &str| {
        let by: Vec<String> = columns.split('|').map(str::to_owned).collect();
        let values: Vec<_> = group.iter().map(|v| (*v != "-").then(|| (*v).into())).collect();
        let text = drill(filter, &by, &values).unwrap();
        assert_eq!(text, expected);
        assert_eq!(Query::parse(&text).bad, []);
    };
    check("", "kind|region", &["aws.ec2.instance", "eu-west-1"], "kind=aws.ec2.instance region=eu-west-1");
    check(" web,db ", "tag.env", &["prod eu"], "web,db tag.env=\"prod eu\"");
    check("", "tag.my key", &["-"], "!has:tag.\"my key\"");
    check("", "tag.env|region", &["a\"b\\c", "-"], "tag.env=\"a\\\"b\\\\c\" !has:region");
    check(
        "",
        "status|presence|category",
        &["running", "unknown", "database"],
        "status=running presence:unknown category:database",
    );
    let times = "age>=1h age<1d created>=2026-02-28 created<2026-03-01";
    check("", "age|created_at", &["1h to 1d", "2026-02-28"], times);
    check("x", "age|last_seen", &["over 1y", "-"], "x age>=1y !has:seen");
    check("", "age", &["under 1h"], "age<1h");
    check("a,", "region", &["x*,y"], "a region=\"x*,y\"");
    check("", "account", &["/x/"], "account=\"/x/\"");
    assert!(drill("", &["nonsense".into()], &[Some("x".into())]).unwrap_err().contains("no filter term"));
}
