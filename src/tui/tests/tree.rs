//! The tree: asked for node by node, live under the cursor, opened as a filter, never loaded whole.

use cloudscope_application::{
    Command, Reply,
    message::{Group, Grouped},
};
use cloudscope_domain::{
    AssetRow, Category, Evidence, Payload, Presence, Relationship, Revision, RunId, StatusClass, UnknownWhy,
};
use insta::assert_snapshot;

use super::harness::{Bench, now, numbered, row};
use crate::{
    keymap::Screen,
    model::{overlay::Overlay, tree::node::Step},
    update::next_wake,
};

/// An object of a cluster.
fn object(kind: &str, namespace: &str, name: &str) -> AssetRow {
    let metadata = if namespace.is_empty() {
        serde_json::json!({ "metadata": { "name": name } })
    } else {
        serde_json::json!({ "metadata": { "name": name, "namespace": namespace } })
    };
    AssetRow {
        id: format!("uid/{kind}/{namespace}/{name}").into(),
        kind: kind.parse().unwrap(),
        category: Category::Container,
        provider: "k8s".into(),
        account: "prod-eu".into(),
        account_label: None,
        region: "".into(),
        zone: "".into(),
        source: "k8s".into(),
        properties: Some(Payload::from_value(&metadata)),
        ..row(name)
    }
}

fn owned_by(from: &AssetRow, to: &AssetRow) -> Relationship {
    Relationship {
        from: from.id.clone(),
        to: to.id.clone(),
        relation: "owned-by".into(),
        confidence: 1.0,
        evidence: Evidence { rule: "$".into(), stated_by: from.id.clone(), run: RunId(1) },
        dangling: false,
    }
}

/// Instances, and a cluster with a deployment of three pods, a bare pod, a cron job and config maps.
fn estate() -> (Vec<AssetRow>, Vec<Relationship>) {
    let mut rows = numbered(6);
    rows[1].region = "us-east-1".into();
    rows[2].kind = "aws.rds.db-instance".parse().unwrap();
    rows[3].presence = Presence::Unknown { since: None, why: UnknownWhy::Denied };
    let web = object("k8s.apps.deployment", "shop", "web");
    let set = object("k8s.apps.replica-set", "shop", "web-5d9f");
    let mut edges = vec![owned_by(&set, &web)];
    for name in ["web-0000", "web-0001"] {
        let old = object("k8s.apps.replica-set", "shop", name);
        edges.push(owned_by(&old, &web));
        rows.push(old);
    }
    for n in 0..3 {
        let mut pod = object("k8s.core.pod", "shop", &format!("web-5d9f-{n}"));
        if n == 2 {
            (pod.status, pod.status_class) = (Some("CrashLoopBackOff".into()), StatusClass::Error);
        }
        edges.push(owned_by(&pod, &set));
        rows.push(pod);
    }
    let (cron, job) =
        (object("k8s.batch.cron-job", "shop", "nightly"), object("k8s.batch.job", "shop", "nightly-1"));
    let pod = object("k8s.core.pod", "shop", "nightly-1-x");
    edges.extend([owned_by(&job, &cron), owned_by(&pod, &job)]);
    rows.extend([web, set, cron, job, pod, object("k8s.core.pod", "shop", "debug")]);
    for name in ["settings", "ca"] {
        rows.push(AssetRow { category: Category::Other, ..object("k8s.core.config-map", "shop", name) });
    }
    rows.push(object("k8s.core.node", "", "node-1"));
    (rows, edges)
}

fn bench(size: (u16, u16)) -> Bench {
    let (rows, edges) = estate();
    let mut bench = Bench::opening(size);
    bench.edges = edges;
    bench.become_ready(rows);
    bench
}

fn selected(bench: &Bench) -> String {
    let word = |step: &Step| match step {
        Step::Value(value) => value.as_deref().unwrap_or("-").to_owned(),
        Step::Kind(kind) => kind.to_string(),
        Step::Asset(key) => key.id.as_str().rsplit('/').next().unwrap_or_default().to_owned(),
        Step::More => "more".to_owned(),
    };
    bench.model.tree.selected.iter().map(word).collect::<Vec<_>>().join(" > ")
}

/// The questions for children since so many questions.
fn asked(bench: &Bench, since: usize) -> Vec<String> {
    let word = |command: &Command| match command {
        Command::Groups { query, by, limit, .. } => {
            Some(format!("groups {} of `{query}` {limit}", by.join(",")))
        }
        Command::Owned(ask) => Some(format!("owned {:?} of `{}`", ask.under, ask.query)),
        Command::Open { query, .. } => Some(format!("open `{query}`")),
        Command::Window { start, len, .. } => Some(format!("window {start}+{len}")),
        _ => None,
    };
    bench.asked[since..].iter().filter_map(word).collect()
}

#[test]
fn nothing_is_asked_for_before_it_is_opened() {
    let mut bench = bench((120, 32));
    let before = bench.asked.len();
    bench.keys("2");
    assert_eq!(bench.model.screen, Screen::Tree);
    assert_eq!(asked(&bench, before), ["groups provider of `` 500"]);
    bench.keys("l l");
    assert_eq!(selected(&bench), "aws > prod", "the second key goes to the first below");
    bench.keys("l l l l j");
    assert_eq!(selected(&bench), "aws > prod > eu-west-1 > aws.rds.db-instance");
    bench.keys("l");
    assert_eq!(
        asked(&bench, before)[1..],
        [
            "groups account of `provider=aws` 500",
            "groups region of `provider=aws account=prod` 500",
            "groups kind of `provider=aws account=prod region=eu-west-1` 500",
            "open `provider=aws account=prod region=eu-west-1 kind=aws.rds.db-instance`",
            "window 0+500",
        ]
    );
    assert_eq!(bench.open_cursors(), 1, "only that of the table stays open");
    assert_snapshot!("tree", bench.screen());
    // Folding asks for nothing, and unfolding shows what is here while it is asked for again.
    let before = bench.asked.len();
    bench.keys("h h h");
    assert_eq!(selected(&bench), "aws > prod > eu-west-1");
    assert!(asked(&bench, before).is_empty());
}

#[test]
fn kubernetes_is_cluster_namespace_workload_pod() {
    let mut bench = bench((120, 32));
    bench.keys(": 'tree workloads' enter");
    bench.keys("* j");
    assert_eq!(selected(&bench), "prod-eu > shop", "{}", bench.screen());
    bench.keys("l l l j");
    bench.keys("j j l");
    assert_snapshot!("tree_of_workloads", bench.screen());
    // The only replica set that owns something opened with it; the others stand together.
    let path = ["prod-eu", "shop"].map(|value| Step::Value(Some(value.into())));
    let web = bench.model.tree.node(&path).and_then(|node| node.children.as_ref()).unwrap();
    let web = web.nodes.iter().find(|node| node.row.as_ref().is_some_and(|row| &*row.name == "web")).unwrap();
    let others = [&path[..], &[web.step.clone(), Step::Kind("k8s.apps.replica-set".into())]].concat();
    assert_eq!(
        bench.model.tree.way.filter("", &others).unwrap(),
        "provider=k8s account=prod-eu prop.metadata.namespace=shop kind=k8s.apps.replica-set \
         rel(out, owned-by, id=uid/k8s.apps.deployment/shop/web) !rel(in, owned-by)"
    );
    // In the tree of everything the same is below its provider.
    bench.keys(": 'tree place' enter");
    bench.keys("j l l l l l l");
    assert!(selected(&bench).starts_with("k8s > prod-eu > shop > "), "{}", selected(&bench));
}

#[test]
fn enter_describes_an_asset_and_opens_anything_else_as_a_filter() {
    let mut bench = bench((120, 32));
    bench.keys("2 l j enter");
    assert_eq!(bench.model.screen, Screen::Assets);
    assert_eq!(bench.model.assets.filter, "provider=aws account=prod");
    bench.keys("esc");
    assert_eq!((bench.model.screen, selected(&bench).as_str()), (Screen::Tree, "aws > prod"));
    assert_eq!(bench.model.assets.filter, "");
    bench.keys(": 'tree workloads' enter l l l l l enter");
    assert!(matches!(bench.model.overlays.last(), Some(Overlay::Document(_))), "{}", bench.screen());
    bench.keys("esc x");
    assert_eq!(bench.model.screen, Screen::Relationships);
    bench.keys("q");
    assert_eq!(bench.model.screen, Screen::Tree);
    bench.keys("esc");
    assert_eq!(bench.model.screen, Screen::Assets);
}

#[test]
fn the_place_of_the_selected_asset_is_opened() {
    let mut bench = bench((120, 32));
    bench.keys("/ 'nightly-1-x' enter t");
    assert_eq!(bench.model.screen, Screen::Tree);
    assert_eq!(
        selected(&bench),
        "k8s > prod-eu > shop > nightly > nightly-1 > nightly-1-x",
        "{}",
        bench.screen()
    );
    bench.keys("1 esc / 'web-0001' enter t");
    assert_eq!(selected(&bench), "k8s > prod-eu > shop > web > k8s.apps.replica-set > web-0001");
    bench.keys("1 esc / 'debug' enter t");
    assert_eq!(selected(&bench), "k8s > prod-eu > shop > k8s.core.pod > debug", "{}", bench.screen());
    bench.keys("1 esc / 'web-001' enter t");
    assert_eq!(selected(&bench), "aws > prod > us-east-1 > aws.ec2.instance > web-001");
}

#[test]
fn a_filter_narrows_the_tree_and_what_is_open_stays_open() {
    let mut bench = bench((120, 32));
    bench.keys("2 l j j l");
    bench.keys("/ 'nightly'");
    let screen = bench.screen();
    assert!(screen.contains(": 3 assets") && !screen.contains("▾ aws"), "{screen}");
    bench.keys("esc");
    assert!(bench.screen().contains("▾ aws"), "{}", bench.screen());
    bench.keys("/ 'regoin:x'");
    assert!(bench.screen().contains("did you mean"), "{}", bench.screen());
}

#[test]
fn branches_by_any_columns_and_by_what_is_picked() {
    let mut bench = bench((120, 32));
    bench.keys(": 'tree by tag.env,kind' enter l");
    assert!(bench.screen().contains("by tag.env, kind"), "{}", bench.screen());
    assert_eq!(bench.model.tree.lines().len(), 10, "{}", bench.screen());
    bench.keys("g");
    let Some(Overlay::Menu(menu)) = bench.model.overlays.last() else { panic!("a list") };
    assert_eq!(
        menu.items[..3],
        ["provider, account, region, kind", "cluster, namespace, workload", "account, who owns whom"]
    );
    bench.keys("home j enter");
    assert!(bench.screen().contains("by cluster, namespace, workload"), "{}", bench.screen());
    bench.keys(": 'tree by colour' enter");
    assert!(bench.message().contains("`colour` is not a column"), "{}", bench.message());
    bench.keys(": 'tree colour' enter");
    assert_eq!(
        bench.message(),
        "write `tree place`, `tree workloads`, `tree owners` or `tree by COLUMN,...`"
    );
    bench.keys("H");
    assert!(bench.screen().contains("by tag.env, kind"), "{}", bench.screen());
}

#[test]
fn news_moves_no_cursor_and_says_what_changed_until_it_fades() {
    let mut bench = bench((120, 32));
    bench.keys(": 'tree workloads' enter l l l l l l j").pause(5_000);
    assert_eq!(selected(&bench), "prod-eu > shop > nightly > nightly-1 > nightly-1-x");
    let (mut rows, edges) = estate();
    let (set, mut pod) = (
        rows.iter().find(|row| &*row.name == "web-5d9f").unwrap().clone(),
        object("k8s.core.pod", "shop", "aaa-new"),
    );
    pod.first_seen = bench.model.clock.plus_millis(100);
    bench.edges = edges;
    bench.edges.push(owned_by(&pod, &set));
    rows.insert(0, pod);
    bench.publish(rows.clone());
    bench.pause(600);
    assert_eq!(selected(&bench), "prod-eu > shop > nightly > nightly-1 > nightly-1-x");
    let screen = bench.screen();
    assert!(screen.contains("+1"), "{screen}");
    assert!(next_wake(&bench.model).since(bench.model.clock) <= 30_000);
    bench.pause(31_000);
    assert!(!bench.screen().contains("+1"), "{}", bench.screen());
    // What is open but has no line on the screen is not asked for before it has.
    let mut bench2 = bench_of_few_lines();
    let before = bench2.asked.len();
    bench2.publish(rows.clone());
    bench2.pause(600);
    let round = asked(&bench2, before);
    assert!(
        !round.iter().any(|q| q.contains("nightly")) && round.iter().any(|q| q.contains("Asset(")),
        "{round:?}"
    );
    let before = bench2.asked.len();
    bench2.keys("home");
    let late = asked(&bench2, before);
    assert!(late.iter().all(|q| q.contains("nightly")) && !late.is_empty(), "{late:?}");
    // However often something is published, what is open is asked for twice a second at most.
    let before = bench.asked.len();
    for _ in 0..40 {
        bench.publish(rows.clone());
        bench.pause(10);
    }
    let rounds = asked(&bench, before).iter().filter(|q| q.starts_with("groups account")).count();
    assert!(rounds <= 1, "{rounds}");
}

/// The end of the tree of workloads, with everything open, on a low screen.
fn bench_of_few_lines() -> Bench {
    let mut bench = bench((120, 16));
    bench.keys(": 'tree workloads' enter l l l l * end").pause(5_000);
    bench
}

#[test]
fn a_node_that_went_leaves_the_cursor_where_it_was() {
    let mut bench = bench((120, 32));
    bench.keys("2 j").pause(5_000);
    assert_eq!(selected(&bench), "k8s");
    bench.publish(numbered(3));
    bench.pause(600);
    assert_eq!(selected(&bench), "aws");
    bench.publish(Vec::new());
    bench.pause(600);
    assert!(bench.screen().contains("no asset matches this filter"), "{}", bench.screen());
    bench.keys("l h j k * enter");
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let mut bad = row("x\u{1b}[31mred\u{202e}evil\n");
    bad.region = "\u{1b}]0;title\u{7}".into();
    bad.account = "a\tb\u{85}".into();
    let mut bench = Bench::ready((100, 24), vec![bad]);
    bench.keys("2 l l l l l l l l");
    let screen = bench.screen();
    let hostile = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!screen.chars().any(hostile), "{screen:?}");
    assert!(screen.contains("red") && screen.contains("title"), "{screen}");
    assert!(screen.lines().count() == 24, "{screen}");
}

/// A million assets of which the engine hands out no more than is asked for.
#[test]
fn a_million_assets_are_never_loaded_whole() {
    let mut bench = Bench::ready((120, 32), numbered(3));
    bench.script = Some(Box::new(|command| match command {
        Command::Groups { by, limit, .. } => {
            let all = if by[0] == "kind" { 2_000 } else { 40 };
            let here = (*limit).min(all);
            let groups = (0..here).map(|n| Group {
                values: vec![Some(format!("{}-{n:05}", by[0]).into())],
                count: 1_000_000 / all,
                ..Group::default()
            });
            Some(Ok(Reply::Groups(Grouped {
                by: by.clone(),
                groups: groups.collect(),
                total: 1_000_000,
                more: all - here,
                revision: Revision(1),
                as_of: now(),
                ..Grouped::default()
            })))
        }
        _ => None,
    }));
    bench.keys("2 l j l j l j");
    assert!(selected(&bench).ends_with("kind-00000"), "{}", selected(&bench));
    bench.keys("G");
    while !selected(&bench).ends_with("more") {
        bench.keys("k");
    }
    assert!(bench.screen().contains("+1,500"), "{}", bench.screen());
    let before = bench.asked.len();
    bench.keys("enter");
    assert_eq!(asked(&bench, before).len(), 1);
    assert!(asked(&bench, before)[0].ends_with(" 1000"), "{:?}", asked(&bench, before));
    assert_eq!(bench.model.tree.lines().len(), 40 + 40 + 40 + 1_000 + 1);
    let whole =
        bench.asked.iter().any(|command| matches!(command, Command::Window { len, .. } if *len > 500));
    assert!(!whole, "no page is longer than 500");
    // A key costs no question, however much is open.
    let before = bench.asked.len();
    bench.keys("j j j pagedown home end k");
    assert_eq!(bench.asked.len(), before);
}

#[test]
fn the_next_page_of_assets_follows_the_first() {
    let rows: Vec<AssetRow> = (0..1_200).map(|n| row(&format!("web-{n:05}"))).collect();
    let mut bench = Bench::ready((80, 24), rows);
    bench.keys("2 l l l l l l l end");
    assert!(selected(&bench).ends_with("more"), "{}", bench.screen());
    assert!(bench.screen().contains("+700"), "{}", bench.screen());
    bench.keys("enter");
    assert!(
        selected(&bench).ends_with("more") || selected(&bench).ends_with("web-00500"),
        "{}",
        selected(&bench)
    );
    bench.keys("end");
    assert!(bench.screen().contains("+200"), "{}", bench.screen());
    bench.keys("enter end");
    assert!(selected(&bench).ends_with("web-01199"), "{}", selected(&bench));
    assert_snapshot!("tree_narrow", bench.screen());
    bench.keys("1 / 'web-01100' enter t");
    assert!(selected(&bench).ends_with("web-01100"), "{}", selected(&bench));
}

#[test]
fn wide_and_narrow() {
    let mut bench = bench((200, 50));
    bench.keys("2 l j l j l");
    assert_snapshot!("tree_wide", bench.screen());
    for size in [(80, 24), (60, 15), (40, 10), (20, 5), (1, 1)] {
        bench.send(crate::event::Event::Resize(size.0, size.1));
        bench.screen();
    }
}

#[test]
fn a_time_that_was_is_a_tree_too() {
    let mut bench = bench((120, 32));
    bench.time.rows.insert(Revision(1), numbered(2));
    bench.time.runs.push(super::harness::run(1, 1, 60));
    bench.keys("2");
    let before = bench.asked.len();
    bench.send(crate::event::Event::Tick(now().plus_millis(1_000)));
    bench.keys(": 'at r1' enter");
    assert!(
        bench.asked[before..].iter().any(|c| matches!(c, Command::Groups { at: Some(_), .. })),
        "{:?}",
        &bench.asked[before..]
    );
}

#[test]
fn another_filter_is_no_change() {
    let mut bench = bench((120, 32));
    bench.keys("2 l");
    let before = bench.screen();
    assert!(before.contains("aws"), "{before}");
    bench.keys("/ 'kind:instance' enter");
    let screen = bench.screen();
    let counts = |screen: &str| screen.lines().find(|line| line.contains("aws")).unwrap().to_owned();
    assert_ne!(counts(&before), counts(&screen), "the filter narrows it");
    assert!(!screen.contains(" -") && !screen.contains(" +"), "{screen}");
    bench.keys("/ ctrl-u enter");
    assert_eq!(counts(&bench.screen()), counts(&before), "{}", bench.screen());
    // What is newer under the same filter is one.
    let mut rows = bench.rows.clone();
    rows.extend(numbered(9).split_off(6));
    bench.publish(rows);
    bench.pause(600);
    assert!(bench.screen().contains(" +3"), "{}", bench.screen());
}
