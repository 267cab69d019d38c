//! What became different, and what is different: filtered, counted, near an asset, of one asset, of two,
//! of everything.

use cloudscope_domain::{AssetRow, Moment, Revision};

use super::{
    harness::Bench,
    history::{Deed, Fate, History, compare},
};
use crate::{
    Command, Reply, SessionError,
    message::{ChangeGroup, ChangesAsk, ChangesPage},
};

/// Three runs on one asset that changes, one that goes and one that is left alone.
async fn three() -> (History, [Revision; 3]) {
    let mut history = History::new().await;
    for fates in [
        (Fate::Whole(vec![(0, 0, 1, 1), (1, 0, 0, 7), (2, 0, 2, 7)]), Fate::Whole(vec![])),
        (Fate::Whole(vec![(0, 1, 2, 7), (2, 0, 2, 7)]), Fate::Whole(vec![(3, 0, 0, 7)])),
        (Fate::Denied(vec![]), Fate::Whole(vec![(3, 0, 0, 7)])),
    ] {
        history = history.act(&Deed::Run(fates.0, fates.1)).await;
    }
    let revisions: Vec<_> = history.looks.iter().map(|(r, ..)| *r).collect();
    (history, revisions.try_into().unwrap())
}

async fn changes(bench: &Bench, ask: ChangesAsk) -> ChangesPage {
    let Reply::Changes(page) = bench.ask(Command::Changes(ask)).await else { panic!() };
    *page
}

/// `CHANGE ID PATH` of each.
fn told(page: &ChangesPage) -> Vec<String> {
    page.changes.iter().map(|c| format!("{} {} {}", c.change.as_str(), c.id, c.path)).collect()
}

fn ask(filter: &str) -> ChangesAsk {
    ChangesAsk { filter: filter.into(), limit: 100, ..ChangesAsk::default() }
}

#[tokio::test]
async fn changes_are_filtered_by_asset_and_by_what_happened() {
    let (History { bench, .. }, [first, second, _]) = three().await;
    let told = async |a| told(&changes(&bench, a).await);
    assert_eq!(told(ask("change:gone")).await, ["gone id:1 "]);
    assert_eq!(told(ask("path:tags")).await, ["changed id:0 tags.env"]);
    assert_eq!(
        told(ask("path:relationships.*")).await,
        ["changed id:0 relationships.uses->id:1"],
        "a relationship that went is a change"
    );
    assert_eq!(told(ask("name:1")).await, ["created id:1 ", "gone id:1 "], "as it was when it was there");
    assert_eq!(told(ask("tag.env=2 change:created")).await, ["created id:0 ", "created id:2 "]);
    let after = ChangesAsk { since: Some(Moment::Revision(first)), ..ask("change:created,gone") };
    assert_eq!(told(after.clone()).await.len(), 2);
    let until = ChangesAsk { until: Some(Moment::Revision(first)), ..ask("change:created,gone") };
    assert_eq!(told(until).await.len(), 3);
    let nothing = ChangesAsk { since: Some(Moment::Revision(Revision(u64::MAX))), ..ask("") };
    assert_eq!(told(nothing).await.len(), 0);
    let newest = changes(&bench, ChangesAsk { newest_first: true, limit: 1, ..ask("") }).await;
    assert!(newest.changes[0].revision <= second);
    assert_eq!(newest.total, Some(4 + 1 + 4), "four created, one gone, four fields of one");
    let page = changes(&bench, ChangesAsk { start: 1, limit: 2, ..ask("change:created") }).await;
    assert_eq!(
        (page.changes.len(), page.total, page.names.as_slice()),
        (2, Some(4), &["1".to_owned(), "2".to_owned()][..])
    );
    let bad = changes(&bench, ask("change:goone web")).await;
    assert_eq!(bad.bad[0].text, "change:goone");
}

#[tokio::test]
async fn what_is_near_is_near_now_or_was_at_the_beginning() {
    let (History { bench, .. }, [first, ..]) = three().await;
    let near = |since| ChangesAsk { around: Some(("id:1".into(), 1)), since, ..ask("") };
    // The edge from 0 to 1 went with the second run, and 1 itself.
    let then = changes(&bench, near(Some(Moment::Revision(first)))).await;
    assert!(told(&then).contains(&"changed id:0 tags.env".to_owned()), "{:?}", told(&then));
    assert!(told(&then).contains(&"gone id:1 ".to_owned()));
    let alone = changes(&bench, ChangesAsk { around: Some(("id:1".into(), 0)), ..ask("") }).await;
    assert_eq!(told(&alone), ["created id:1 ", "gone id:1 "]);
}

#[tokio::test]
async fn changes_are_counted_by_what_they_have_in_common() {
    let (History { bench, .. }, _) = three().await;
    let by = async |group| {
        let page = changes(&bench, ChangesAsk { group: Some(group), limit: 0, ..ask("") }).await;
        assert_eq!(page.total, Some(9));
        page.groups.into_iter().map(|g| (g.name, g.changes, g.assets)).collect::<Vec<_>>()
    };
    let own = |name: &str, changes, assets| (name.to_owned(), changes, assets);
    let kinds = by(ChangeGroup::Change).await;
    assert_eq!(kinds.iter().map(|g| g.1).sum::<u64>(), 9);
    assert!(kinds.contains(&own("created", 4, 4)) && kinds.contains(&own("changed", 4, 1)));
    assert_eq!(by(ChangeGroup::Asset).await[0], own("id:0", 5, 1));
    assert_eq!(by(ChangeGroup::Kind).await, [own("test.thing", 9, 4)]);
    assert_eq!(by(ChangeGroup::Run).await.len(), 2);
    assert_eq!(by(ChangeGroup::Day).await.len(), 1);
    assert!(by(ChangeGroup::Hour).await[0].0.ends_with(":00Z"));
    assert!(by(ChangeGroup::Path).await.contains(&own("tags.env", 1, 1)));
}

#[tokio::test]
async fn an_asset_is_compared_with_itself_and_with_another() {
    let (History { bench, .. }, [first, second, third]) = three().await;
    let compare = async |left: (&str, Option<Revision>), right: (&str, Option<Revision>)| {
        let side = |(id, at): (&str, Option<Revision>)| (id.into(), at.map(Moment::Revision));
        let ask = Command::CompareAssets { left: side(left), right: side(right) };
        let Reply::Differences(found) = bench.ask(ask).await else { panic!() };
        let paths = found.differences.iter().map(|d| d.path.clone()).collect::<Vec<_>>();
        (found, paths)
    };
    let (found, paths) = compare(("id:0", Some(first)), ("id:0", Some(second))).await;
    assert_eq!(paths, ["tags.env", "properties.deep.even", "properties.v", "relationships.uses->id:1"]);
    assert_eq!(found.differences[0].before.as_ref().unwrap().as_str(), r#""1""#);
    let (_, back) = compare(("id:0", Some(second)), ("id:0", Some(first))).await;
    assert_eq!(back.len(), 4, "either way round");
    assert_eq!(compare(("id:1", Some(first)), ("id:1", None)).await.1, ["presence"]);
    assert_eq!(compare(("id:2", Some(first)), ("id:2", Some(second))).await.1, Vec::<String>::new());
    assert_eq!(compare(("id:2", Some(second)), ("id:2", Some(third))).await.1, ["presence"]);
    let (found, _) = compare(("id:3", Some(first)), ("id:3", None)).await;
    assert!(found.left.is_none() && found.right.is_some());
    let (_, paths) = compare(("id:0", None), ("id:2", None)).await;
    assert!(paths.contains(&"name".to_owned()) && paths.contains(&"properties.v".to_owned()), "{paths:?}");
}

#[tokio::test]
async fn moments_are_compared_within_a_filter_and_a_limit() {
    let (History { bench, .. }, [first, second, third]) = three().await;
    let ids = |rows: &[AssetRow]| rows.iter().map(|r| r.id.to_string()).collect::<Vec<_>>();
    let all = compare(&bench, first, second, "").await;
    assert_eq!((ids(&all.appeared), ids(&all.vanished)), (vec!["id:3".to_owned()], vec!["id:1".to_owned()]));
    assert_eq!(all.vanished[0].presence.word(), "gone");
    assert_eq!((all.totals, all.changed[0].1.len()), ((1, 1, 1), 4));
    // `tag.env=1` was true of it before, and is not any more.
    assert_eq!(compare(&bench, first, second, "tag.env=1").await.totals, (0, 0, 1));
    assert_eq!(compare(&bench, first, second, "name:1").await.totals, (0, 1, 0));
    assert_eq!(compare(&bench, second, third, "").await.lost_sight, 2);
    assert_eq!(compare(&bench, second, third, "name:0").await.lost_sight, 1);
    let swapped = Command::CompareMoments {
        from: Moment::Revision(second),
        to: Some(Moment::Revision(first)),
        filter: String::new(),
        limit: 1,
    };
    let Err(SessionError::Bad(text)) = bench.engine_ask(swapped).await else { panic!() };
    assert!(text.contains("swap them"), "{text}");
}
