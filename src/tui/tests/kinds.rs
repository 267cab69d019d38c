//! Kinds by what people call them, the columns of a list of one kind, and what is live.

use cloudscope_application::{
    Command, Event as SessionEvent,
    message::{KindWords, Still},
};
use cloudscope_domain::{AssetRow, Payload, StatusClass};
use insta::assert_snapshot;

use super::harness::{Bench, numbered, row};
use crate::{
    event::Event,
    keymap::Screen,
    model::overlay::{MenuKind, Overlay},
};

fn pod(name: &str, namespace: &str, restarts: u32, node: &str) -> AssetRow {
    let payload = serde_json::json!({
        "metadata": { "namespace": namespace },
        "spec": { "nodeName": node },
        "derived": { "ready": "1/1", "restarts": restarts },
    });
    AssetRow {
        id: format!("uid/core/Pod/{namespace}/{name}").into(),
        kind: "k8s.core.pod".parse().unwrap(),
        provider: "k8s".into(),
        account: "prod-eu".into(),
        account_label: None,
        region: "".into(),
        source: "k8s".into(),
        status: Some("Running".into()),
        status_class: StatusClass::Ok,
        addresses: Vec::new(),
        properties: Some(Payload::from_value(&payload)),
        ..row(name)
    }
}

fn words(kind: &str, names: &str, columns: &str, count: u64) -> KindWords {
    let list = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    let kind = kind.parse().unwrap();
    KindWords { kind, title: String::new(), names: list(names), columns: list(columns), count }
}

const COLUMNS: &str = "name properties.metadata.namespace properties.derived.ready status \
     properties.derived.restarts properties.spec.nodeName addresses account age";

fn bench(size: (u16, u16)) -> Bench {
    let mut rows = numbered(4);
    rows.extend([
        pod("web-a", "shop", 0, "ip-10-0-0-1"),
        pod("web-b", "shop", 12, "ip-10-0-0-2"),
        pod("dns-x", "kube-system", 3, "ip-10-0-0-1"),
    ]);
    let mut bench = Bench::opening(size);
    bench.kinds = vec![
        words("k8s.core.pod", "pods po pod", COLUMNS, 3),
        words("k8s.core.service", "services svc service", "name age", 2),
        words("k8s.serving.knative.dev.service", "services ksvc service", "name age", 1),
        words("k8s.core.namespace", "namespaces ns namespace", "name status age", 0),
        words("aws.ec2.instance", "", "", 4),
        words("aws.ec2.image", "", "", 9),
    ];
    bench.become_ready(rows);
    bench
}

fn columns(bench: &Bench) -> String {
    bench.model.assets.columns.iter().map(|c| c.name()).collect::<Vec<_>>().join(" ")
}

#[test]
fn pods_have_the_columns_of_pods_and_what_was_there_comes_back() {
    let mut bench = bench((120, 32));
    let before = columns(&bench);
    bench.keys(": 'po' enter");
    assert_eq!(bench.model.assets.filter, "kind=k8s.core.pod");
    assert_eq!(bench.model.assets.total(), 3);
    assert_snapshot!("pods", bench.screen());
    let asked = bench.asked.iter().rev().find(|c| matches!(c, Command::Window { .. }));
    assert!(matches!(asked, Some(Command::Window { properties: true, .. })), "{asked:?}");
    bench.keys("esc");
    assert_eq!((bench.model.assets.filter.as_str(), columns(&bench)), ("", before));
    let asked = bench.asked.iter().rev().find(|c| matches!(c, Command::Window { .. }));
    assert!(matches!(asked, Some(Command::Window { properties: false, .. })), "{asked:?}");
}

#[test]
fn columns_of_payloads_are_ordered_by_and_widened() {
    let mut bench = bench((200, 50));
    bench.keys(": 'pods' enter");
    assert_snapshot!("pods_wide", bench.screen());
    bench.keys(": 'sort -prop.derived.restarts' enter");
    assert_eq!(bench.model.assets.sort[0].column, "prop.derived.restarts");
    assert!(bench.screen().contains("RESTARTS↓"), "{}", bench.screen());
    bench.keys("w");
    assert!(columns(&bench).contains("prop.spec.nodeName") && columns(&bench).contains("provider"));
    bench.keys("w : 'cols -prop.spec.nodeName,+tag.env' enter");
    assert!(
        !columns(&bench).contains("nodeName") && columns(&bench).ends_with("tag.env"),
        "{}",
        columns(&bench)
    );
    bench.keys("C");
    let Some(Overlay::Menu(menu)) = bench.model.overlays.last() else { panic!("a list") };
    assert!(menu.items.iter().any(|item| item == "prop.spec.nodeName"), "{menu:?}");
}

#[test]
fn one_word_after_a_kind_is_a_namespace_where_there_is_one() {
    let mut bench = bench((120, 32));
    bench.keys(": 'pods kube-system' enter");
    assert_eq!(bench.model.assets.filter, "kind=k8s.core.pod prop.metadata.namespace=kube-system");
    assert_eq!(bench.selected(), "dns-x");
    bench.keys(": 'pods web' enter");
    assert_eq!(bench.model.assets.filter, "kind=k8s.core.pod web");
    bench.keys(": 'po status:error' enter");
    assert_eq!(bench.model.assets.filter, "kind=k8s.core.pod status:error");
}

#[test]
fn a_name_of_several_kinds_is_asked_about_and_a_part_means_all_of_them() {
    let mut bench = bench((120, 32));
    bench.keys(": 'service' enter");
    let Some(Overlay::Menu(menu)) = bench.model.overlays.last() else { panic!("{}", bench.screen()) };
    assert_eq!((menu.kind, menu.items.len()), (MenuKind::Kind, 2));
    assert!(bench.screen().contains("which kind"), "{}", bench.screen());
    bench.keys("j enter");
    assert_eq!(bench.model.assets.filter, "kind=k8s.serving.knative.dev.service");
    bench.keys(": 'svc' enter");
    assert_eq!(bench.model.assets.filter, "kind=k8s.core.service");
    bench.keys(": 'ec2 web' enter");
    assert_eq!(bench.model.assets.filter, "kind=aws.ec2.instance,aws.ec2.image web");
}

#[test]
fn the_palette_lists_kinds_by_their_names_with_their_counts() {
    let mut bench = bench((120, 32));
    bench.keys(": 'pod'");
    let screen = bench.screen();
    assert!(screen.contains("pods") && screen.contains("k8s.core.pod, 3 assets"), "{screen}");
    bench.keys("enter");
    assert_eq!(bench.model.assets.filter, "kind=k8s.core.pod");
    // From the tree a list is gone to.
    bench.keys("2 : 'ns' enter");
    assert_eq!(
        (bench.model.screen, bench.model.assets.filter.as_str()),
        (Screen::Assets, "kind=k8s.core.namespace")
    );
}

#[test]
fn live_is_said_where_everything_that_shows_is_followed() {
    let mut bench = bench((120, 32));
    assert!(bench.told.contains(&Command::Follow { on: true }), "{:?}", bench.told);
    assert!(!bench.screen().contains("live"), "{}", bench.screen());
    bench.overview.live = vec!["k8s".into()];
    bench.send(Event::Session(SessionEvent::Lagged));
    assert!(!bench.screen().contains("live"), "the instances are not: {}", bench.screen());
    bench.keys(": 'pods' enter");
    assert!(bench.screen().contains("◉ live"), "{}", bench.screen());
    // A watch that is down takes the word from what it is of: a kind of a cluster, or a namespace.
    let live_while = |bench: &mut Bench, account: &str, kind: &str, parent: &str| {
        bench.overview.still = vec![Still {
            source: "k8s".into(),
            account: account.into(),
            kinds: vec![kind.parse().unwrap()],
            parent: parent.into(),
        }];
        bench.send(Event::Session(SessionEvent::Lagged));
        bench.screen().contains("◉ live")
    };
    assert!(live_while(&mut bench, "prod-eu", "k8s.core.service", ""));
    assert!(!live_while(&mut bench, "prod-eu", "k8s.core.pod", ""));
    assert!(live_while(&mut bench, "staging", "k8s.core.pod", ""));
    assert!(live_while(&mut bench, "prod-eu", "k8s.core.pod", "no-such-namespace"));
    assert!(!live_while(&mut bench, "prod-eu", "k8s.core.pod", "kube-system"));
    bench.keys(": 'pods web' enter");
    assert!(live_while(&mut bench, "prod-eu", "k8s.core.pod", "kube-system"), "{}", bench.screen());
}
