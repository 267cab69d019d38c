//! Groups in their order with the cursor on its own, and the lines of the screen.

use cloudscope_application::message::{Group, Grouped};
use cloudscope_domain::{Revision, Timestamp};

use super::{GroupOrder, Groups};

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
