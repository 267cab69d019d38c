//! What came and went between two snapshots, whatever happened between them.

use std::collections::BTreeMap;

use super::*;

fn living(snapshot: &Snapshot) -> BTreeMap<RowId, (String, Timestamp)> {
    let hits = snapshot.evaluate(&Query::parse(""), &[], now(), &|| false).unwrap();
    let mut rows = BTreeMap::new();
    hits.each(|face| {
        for row in snapshot.together(&face) {
            rows.insert(*row, (format!("{:?}", snapshot.key(*row)), snapshot.row(*row).changed_at));
        }
    });
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_came_and_went_is_the_difference(
        history in prop::collection::vec(prop::collection::vec(step(), 0..60), 2..8),
        pick in any::<prop::sample::Index>(),
    ) {
        let mut writer = IndexWriter::new();
        let mut snapshots = Vec::new();
        for (n, steps) in (1..).zip(&history) {
            steps.iter().for_each(|step| go(&mut writer, step));
            snapshots.push(writer.publish(Revision(n), now()));
        }
        let (old, new) = (&snapshots[pick.index(snapshots.len())], &snapshots[snapshots.len() - 1]);
        for (old, new) in [(old, new), (new, old)] {
            let since = new.since(old).unwrap();
            let mut rows = living(old);
            for row in &since.gone {
                prop_assert!(rows.remove(row).is_some(), "only what lived goes");
            }
            let after = living(new);
            for row in &since.came {
                prop_assert!(rows.insert(*row, after[row].clone()).is_none(), "a place is free before it is taken");
                prop_assert!(*row < new.end());
            }
            prop_assert_eq!(rows, after);
        }
        prop_assert!(IndexWriter::new().publish(Revision(1), now()).since(new).is_none());
    }
}
