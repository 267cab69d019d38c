//! Who owns whom in a place: pods below their deployment, static pods below no node, circles, filters.

use cloudscope_domain::{
    Asset, AssetId, Category, ListingMode, Reference, Sighting, Status, StatusClass, Target,
};
use cloudscope_memory::listing;

use super::harness::{Bench, asset, scope};
use crate::{
    Command, Reply,
    message::{Owned, OwnedAsk, Under},
};

fn owned_by(uid: &str) -> Reference {
    Reference {
        relation: "owned-by".into(),
        target: Target::Named { kind: None, name: uid.into() },
        reverse: false,
        confidence: 1.0,
        rule: "/metadata/ownerReferences/*/uid".into(),
    }
}

fn thing(kind: &str, place: &str, name: &str, class: StatusClass, owner: Option<&str>) -> Sighting {
    let sighting = asset(name, "1");
    let category = if kind.ends_with("slice") { Category::Network } else { Category::Container };
    Sighting {
        asset: Asset {
            kind: kind.parse().unwrap(),
            category,
            account: place.into(),
            aliases: vec![format!("uid-{name}")],
            status: Some(Status { word: class.as_str().into(), class }),
            ..sighting.asset
        },
        references: owner.into_iter().map(owned_by).collect(),
        ..sighting
    }
}

async fn estate() -> Bench {
    use StatusClass::{Error, Ok, Warning};
    let all = [
        thing("t.deployment", "shop", "web", Warning, None),
        thing("t.deployment", "shop", "idle", Ok, None),
        thing("t.replica-set", "shop", "web-1", Ok, Some("uid-web")),
        thing("t.replica-set", "shop", "web-0", Ok, Some("uid-web")),
        thing("t.replica-set", "shop", "web-00", Ok, Some("uid-web")),
        thing("t.pod", "shop", "web-1-a", Ok, Some("uid-web-1")),
        thing("t.pod", "shop", "web-1-b", Error, Some("uid-web-1")),
        thing("t.pod", "shop", "bare", Ok, None),
        thing("t.service", "shop", "front", Ok, None),
        thing("t.slice", "shop", "front-x", Ok, Some("uid-front")),
        thing("t.pod", "shop", "lost", Ok, Some("uid-nobody")),
        thing("t.node", "", "node-1", Ok, None),
        thing("t.pod", "system", "proxy", Ok, Some("uid-node-1")),
        thing("t.pod", "system", "one", Ok, Some("uid-two")),
        thing("t.pod", "system", "two", Ok, Some("uid-one")),
    ];
    let bench = Bench::new(&[(scope("a", ListingMode::Snapshot), listing(all))]).await;
    bench.collect().await;
    bench
}

async fn ask(bench: &Bench, place: &str, query: &str, under: Under) -> Owned {
    let ask = OwnedAsk {
        place: place.into(),
        query: format!("{place} {query}"),
        under,
        limit: 100,
        find: Some("id:web-1-b".into()),
        at: None,
    };
    let Reply::Owned(owned) = bench.ask(Command::Owned(ask)).await else { panic!("{place}") };
    *owned
}

fn heads(owned: &Owned) -> Vec<String> {
    let word = |h: &crate::message::Head| {
        format!("{} {}/{} {}e{}w", h.row.name, h.count, h.owns, h.errors, h.warnings)
    };
    owned.heads.iter().map(word).collect()
}

fn kinds(owned: &Owned) -> Vec<String> {
    owned.kinds.iter().map(|g| format!("{} {}", g.values[0].as_deref().unwrap(), g.count)).collect()
}

#[tokio::test]
async fn what_runs_stands_by_itself_and_the_rest_by_kind() {
    let bench = estate().await;
    let all = ask(&bench, "account=shop", "", Under::Place).await;
    assert_eq!(
        heads(&all),
        ["idle 1/0 0e0w", "web 6/5 1e1w"],
        "a deployment of nothing is beside the others"
    );
    assert_eq!(kinds(&all), ["t.pod 2", "t.service 2"], "the owner of `lost` is nowhere");
    assert_eq!((all.total, all.more), (11, 0));
    assert_eq!(all.found, Some(("id:web".into(), "t.deployment".parse().unwrap())));

    let below = ask(&bench, "account=shop", "", Under::Asset("id:web".into())).await;
    assert_eq!(heads(&below), ["web-1 3/2 1e0w"], "the replica set, and in it its pods");
    assert_eq!(kinds(&below), ["t.replica-set 2"], "those of earlier rollouts stand together");
    assert_eq!(
        (below.total, &below.found),
        (5, &Some(("id:web-1".into(), "t.replica-set".parse().unwrap())))
    );
    let old = Under::Rest { asset: "id:web".into(), kind: "t.replica-set".parse().unwrap() };
    let old = ask(&bench, "account=shop", "", old).await;
    assert_eq!(heads(&old), ["web-0 1/0 0e0w", "web-00 1/0 0e0w"]);
    // What the front end asks of the list of them.
    let query = "account=shop kind=t.replica-set rel(out, owned-by, id=id:web) !rel(in, owned-by)";
    let opened = bench.ask(Command::Open { query: query.into(), sort: Vec::new(), at: None }).await;
    let Reply::Opened(opened) = opened else { panic!("{opened:?}") };
    assert_eq!((opened.total, opened.undecided), (2, 0));
    let pods = ask(&bench, "account=shop", "", Under::Asset("id:web-1".into())).await;
    assert_eq!(heads(&pods), ["web-1-a 1/0 0e0w", "web-1-b 1/0 1e0w"]);
    let services = ask(&bench, "account=shop", "", Under::Kind("t.service".parse().unwrap())).await;
    assert_eq!(heads(&services), ["front 2/1 0e0w"]);
    let bare = ask(&bench, "account=shop", "", Under::Kind("t.pod".parse().unwrap())).await;
    assert_eq!(heads(&bare), ["bare 1/0 0e0w", "lost 1/0 0e0w"]);
}

#[tokio::test]
async fn a_filter_counts_what_matches_below_owners_that_need_not() {
    let bench = estate().await;
    let pods = ask(&bench, "account=shop", "kind=t.pod", Under::Place).await;
    assert_eq!(heads(&pods), ["web 2/5 1e0w"]);
    assert_eq!(kinds(&pods), ["t.pod 2"]);
    let broken = ask(&bench, "account=shop", "status:error", Under::Place).await;
    assert_eq!((heads(&broken), broken.kinds.len()), (vec!["web 1/5 1e0w".to_owned()], 0));
    let below = ask(&bench, "account=shop", "status:error", Under::Asset("id:web".into())).await;
    assert_eq!(heads(&below), ["web-1 1/2 1e0w"], "what is wrong is below it");
    assert_eq!(kinds(&below), [] as [&str; 0]);
}

#[tokio::test]
async fn an_owner_elsewhere_owns_nothing_here_and_a_circle_is_not_lost() {
    let bench = estate().await;
    let system = ask(&bench, "account=system", "", Under::Place).await;
    assert_eq!(system.total, 3, "{system:?}");
    let shown: u64 = system.heads.iter().map(|h| h.count).chain(system.kinds.iter().map(|g| g.count)).sum();
    assert_eq!(shown, 3, "{system:?}");
    let below: AssetId = "id:one".into();
    let circle = ask(&bench, "account=system", "", Under::Asset(below)).await;
    assert_eq!(kinds(&circle), ["t.pod 1"], "of a kind of which one owns something");
}

#[tokio::test]
async fn what_says_nothing_of_how_it_is_stands_together_beside_what_does() {
    use StatusClass::Ok;
    let silent = |name: &str| {
        let mut thing = thing("t.revision", "shop", name, Ok, Some("uid-db"));
        thing.asset.status = None;
        thing
    };
    let all = [
        thing("t.set", "shop", "db", Ok, None),
        thing("t.pod", "shop", "db-0", Ok, Some("uid-db")),
        silent("db-r1"),
        silent("db-r2"),
    ];
    let bench = Bench::new(&[(scope("a", ListingMode::Snapshot), listing(all))]).await;
    bench.collect().await;
    let below = ask(&bench, "account=shop", "", Under::Asset("id:db".into())).await;
    assert_eq!((heads(&below), kinds(&below)), (vec!["db-0 1/0 0e0w".into()], vec!["t.revision 2".into()]));
}

#[tokio::test]
async fn kinds_are_told_with_their_counts() {
    let bench = estate().await;
    let Reply::Kinds(kinds) = bench.ask(Command::Kinds).await else { panic!() };
    let pods = kinds.iter().find(|words| words.kind.as_str() == "t.pod").unwrap();
    assert_eq!((pods.count, pods.names.as_slice()), (7, &[] as &[String]));
}
