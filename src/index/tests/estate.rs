//! Random records, histories and queries.

use std::sync::Arc;

use cloudscope_domain::{
    Asset, AssetId, AssetKey, Category, Coverage, CoverageState, Gone, Kind, ListingMode, Payload, Proof,
    Record, RecordKey, Reference, Revision, RunId, Scope, ScopeKey, ScopeState, Selection, Status,
    StatusClass, Target, Test, Timestamp, Unseen, Want, declarable::Declarable, neighbours::Unread,
};
use proptest::prelude::*;

use super::NOW;
use crate::IndexWriter;

/// One event in the life of an index.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Upsert(Box<Record>),
    Scope(Box<ScopeState>),
    Pin(AssetId, bool),
    Forget(Box<RecordKey>),
}

/// What declarations of this estate can stand for.
pub(super) fn declarable() -> Declarable {
    let pairs = [
        ("terraform.aws_instance", "aws.ec2.instance"),
        ("terraform.google_compute", "gcp.compute.instance"),
    ];
    Declarable::new(pairs.map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap(), true)))
}

/// Ids that mean the same everywhere, and some that only mean something within their source.
pub(super) fn id(n: u32) -> String {
    match n % 8 {
        0 | 4 => format!("id-{n}"),
        // It lies in another one.
        7 => format!("y/id-{}/{n}", [1, 2, 3, 5, 6][n as usize / 8 % 5]),
        _ => format!("x/id-{n}"),
    }
}

/// A plain record; its id is its name.
pub(super) fn record(name: &str) -> Record {
    Record {
        asset: Asset {
            key: AssetKey::new(name, ""),
            kind: "host.process".parse::<Kind>().unwrap(),
            category: Category::Compute,
            provider: "host".into(),
            name: name.into(),
            account: "".into(),
            region: "".into(),
            zone: "".into(),
            status: None,
            tags: [].into(),
            created_at: None,
            addresses: Vec::new(),
            aliases: Vec::new(),
            declares: None,
            properties: Payload::default(),
        },
        references: Vec::new(),
        scope: ScopeKey::new("host", "processes").into(),
        first_seen: Timestamp::from_millis(NOW),
        changed_at: Timestamp::from_millis(NOW),
        revision: Revision(1),
        run: RunId(1),
        gone: None,
    }
}

/// The state of a scope that was just listed whole.
pub(super) fn seen(key: ScopeKey) -> ScopeState {
    ScopeState {
        scope: Scope { key, mode: ListingMode::Snapshot, kinds: Vec::new() },
        coverage: Coverage {
            state: CoverageState::Ok,
            last_good: Some(Timestamp::from_millis(NOW - 7_200_000)),
            ..Coverage::default()
        },
        run: RunId(1),
        unseen: Unseen::None,
        failing_since: None,
        last_seen: Some(Timestamp::from_millis(NOW - 60_000)),
    }
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(words).prop_map(str::to_owned)
}

fn scope() -> impl Strategy<Value = ScopeKey> {
    (one_of(&["aws", "host", "file:/x"]), one_of(&["a", "b"])).prop_map(|(s, l)| {
        let parent = if l == "a" { "" } else { "Folder/x" };
        match (s.as_str(), l.as_str()) {
            ("file:/x", "b") => ScopeKey::new(s.as_str(), "terraform-state").parent(parent),
            ("aws", "b") => ScopeKey::new(s.as_str(), l).parent(parent).account("prod").region("eu-west-1"),
            _ => ScopeKey::new(s.as_str(), l).parent(parent),
        }
    })
}

fn tags() -> impl Strategy<Value = std::collections::BTreeMap<String, String>> {
    let key = one_of(&["env", "Env", "owner", "size"]);
    let value = prop_oneof![one_of(&["prod", "Staging", "", "5", "12.5"]), "[a-cÄ ]{0,4}"];
    prop::collection::btree_map(key, value, 0..4)
}

/// An index that keeps some paths of the payloads.
pub(super) fn writer() -> IndexWriter {
    IndexWriter::with_paths(&["State.Name", "size", "tags", "Tags.Key", "size", ".", ""].map(str::to_owned))
}

fn payload() -> impl Strategy<Value = Payload> {
    one_of(&[
        "{}",
        "null",
        r#"{"State":{"Name":"running"},"Size":12}"#,
        r#"{"state":{"NAME":"Stopped","Code":80},"size":"12"}"#,
        r#"{"Tags":[{"Key":"a"},{"Key":"B","Value":1},{"Key":"a"}],"Size":-3}"#,
        r#"{"Tags":[],"Size":null,"State":{}}"#,
        r#"{"Size":1.5,"Tags":{"Key":true},"State":[{"Name":"x"},{"Name":["running",[]]}]}"#,
        r#"{"Size":[1,20,"x"],"State":"running"}"#,
        r#"{"other":{"Size":30},"Tags":"web-1","size":170141183460469231731687303715884105727}"#,
        r#"{"State":{"Name":"«redacted:0123456789abcdef»"},"Tags":[{"Key":"x «redacted:1»"}],"Size":"3GiB"}"#,
    ])
    .prop_map(|text| Payload::from_text(text).unwrap())
}

/// A name that another record may be known by, or many claim.
fn elsewhere() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0..40_u32).prop_map(id),
        2 => (0..60).prop_map(|n| format!("alias-{n}")),
        2 => (0..6).prop_map(|n| format!("nowhere-{n}")),
        1 => one_of(&["common", "alias-0", "Alias-2"]),
    ]
}

fn reference() -> impl Strategy<Value = Reference> {
    let kind = prop::option::of(one_of(&["aws.ec2.instance", "host.process"]));
    let sure = prop::sample::select(&[0.5_f32, 0.9, 1.0][..]);
    let relation = prop::sample::select(&["same-as", "same-as", "uses"][..]);
    let selections: Vec<Selection> = selections().collect();
    let selected = prop::option::weighted(0.2, prop::sample::select(selections));
    (elsewhere(), kind, any::<bool>(), selected, sure, relation, any::<bool>()).prop_map(
        |(name, kind, by_id, selected, confidence, relation, reverse)| Reference {
            relation: relation.into(),
            target: match selected {
                Some(selection) => Target::Selected(selection.into()),
                None if by_id => Target::Id(name.as_str().into()),
                None => Target::Named { kind: kind.map(|k| k.parse().unwrap()), name: name.into() },
            },
            reverse,
            confidence,
            rule: "$.it".into(),
        },
    )
}

/// Selections of every sort: narrow and wide, some that nothing can fit.
pub(super) fn selections() -> impl Iterator<Item = Selection> {
    let values = |values: &[&str]| values.iter().map(|v| Arc::from(*v)).collect::<Vec<Arc<str>>>();
    let want = |key: &str, test: Test| Want { key: key.into(), test };
    let wants = [
        vec![],
        vec![want("env", Test::In(values(&["prod"])))],
        vec![want("env", Test::In(values(&["prod", "", "Staging"]))), want("owner", Test::Missing)],
        vec![want("size", Test::Exists), want("Env", Test::NotIn(values(&["prod"])))],
        vec![want("owner", Test::In(values(&["5"]))), want("size", Test::Exists)],
        vec![want("nobody-has-it", Test::Missing), want("env", Test::Exists)],
        vec![want("nobody-has-it", Test::Exists)],
        vec![want("env", Test::In(vec![]))],
    ];
    ["aws.ec2.instance", "host.process", "no.such.kind"].into_iter().flat_map(move |kind| {
        let wants = wants.clone();
        ["", "x", "x/", "x/id-1", "x/id-13", "id-", "id-1", "y/", "y/id-1/"].into_iter().flat_map(
            move |within| {
                let of = move |wants| Selection {
                    kind: kind.parse().unwrap(),
                    within: within.into(),
                    wants,
                    places: (within == "y/").then(|| places_of(kind)),
                };
                wants.clone().into_iter().map(of)
            },
        )
    })
}

/// Where something is selected: everywhere, or in the places that bear a tag.
fn places_of(kind: &str) -> std::sync::Arc<Selection> {
    let exists = Want { key: "env".into(), test: Test::Exists };
    let (kind, wants) = match kind {
        "host.process" => ("host.process", vec![exists]),
        _ => ("aws.ec2.instance", Vec::new()),
    };
    Selection { kind: kind.parse().unwrap(), within: "x/".into(), wants, places: None }.into()
}

fn any_record() -> impl Strategy<Value = Record> {
    let who = (0..160_u32, one_of(&["", "1", "2"]), scope());
    let what = (
        one_of(&[
            "aws.ec2.instance",
            "aws.ec2.instance",
            "aws.rds.db-instance",
            "host.process",
            "gcp.compute.instance",
            "terraform.aws_instance",
            "terraform.aws_instance",
            "terraform.aws_other",
            "terraform.helm_release",
        ]),
        prop::sample::select(&Category::ALL[..4]),
        one_of(&["aws", "gcp", "host"]),
        prop_oneof![one_of(&["web-1", "Web-2", "db", "WEB", "a b"]), "[a-dÄΣς*./-]{1,6}"],
    );
    let place =
        (one_of(&["", "prod", "Dev"]), one_of(&["", "eu-west-1", "us-east-1"]), one_of(&["", "eu-west-1a"]));
    let status = prop::option::of((
        one_of(&["running", "Stopped", "weird"]),
        prop::sample::select(
            &[StatusClass::Ok, StatusClass::Stopped, StatusClass::Unknown, StatusClass::Error][..],
        ),
    ));
    let time = || (0..200_i64).prop_map(|d| Timestamp::from_millis(NOW - d * 43_200_000));
    let names = (
        prop::collection::vec(
            one_of(&[
                "10.0.0.1",
                "10.1.2.3/24",
                "fe80::1%eth0",
                "db.example.com",
                "web-1.eu.Example.com",
                "Web-2.eu.Example.com",
                "web-1",
                "a:b/c.d",
                ".x",
                "Ä.é.x",
            ]),
            0..3,
        ),
        prop::collection::vec(
            prop_oneof![
                one_of(&[
                    "alias-0",
                    "alias-1",
                    "Alias-2",
                    "x/id-3",
                    "X/y:web-1",
                    "x/y:Web-2",
                    "web-1",
                    "x/",
                    ":",
                    "account:prod",
                    "account:Dev"
                ]),
                (0..60).prop_map(|n| format!("alias-{n}"))
            ],
            0..3,
        ),
        prop::option::weighted(0.4, elsewhere()),
        prop::collection::vec(reference(), 0..2),
        (tags(), prop_oneof![payload(), unkept()]),
    );
    let times = (prop::option::of(time()), time(), time(), prop::bool::weighted(0.25));
    (who, what, place, status, names, times).prop_map(
        |((n, incarnation, scope), (kind, category, provider, name), place, status, names, times)| {
            let mut r = record(&name);
            r.scope = scope.into();
            let a = &mut r.asset;
            a.key = AssetKey::new(id(n), incarnation.as_str());
            a.kind = kind.parse().unwrap();
            a.category = category;
            a.provider = provider.as_str().into();
            (a.account, a.region, a.zone) = (place.0.into(), place.1.into(), place.2.into());
            a.status = status.map(|(w, class)| Status { word: w.into(), class });
            (a.addresses, a.aliases) = (names.0, names.1);
            a.declares = names.2.map(|d| d.as_str().into());
            r.references = names.3;
            let a = &mut r.asset;
            (a.tags, a.properties) = names.4;
            a.created_at = times.0;
            (r.first_seen, r.changed_at) = (times.1, times.2);
            r.gone = times.3.then_some(Gone {
                at: r.changed_at,
                proof: if n % 2 == 0 { Proof::NotFound } else { Proof::SnapshotListing },
                run: RunId(1),
                revision: Revision(1),
            });
            r
        },
    )
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let unseen = prop_oneof![
        Just(Unseen::None),
        Just(Unseen::All),
        prop::collection::vec((0..160_u32, one_of(&["", "1", "2"])), 0..60).prop_map(|keys| Unseen::Some(
            keys.into_iter()
                .flat_map(|(n, i)| {
                    let key = AssetKey::new(id(n), i.as_str());
                    ["aws", "host", "file:/x"].map(|s| {
                        cloudscope_domain::RecordKey { source: s.into(), key: key.clone() }.hash128()
                    })
                })
                .collect()
        )),
    ];
    let coverage =
        prop::sample::select(&[CoverageState::Ok, CoverageState::Denied, CoverageState::Partial][..]);
    let yields =
        prop::sample::select(vec![&[][..], &["aws.ec2.instance"], &["aws.ec2.instance", "host.process"]]);
    let attempt = (yields, 0..100_i64, any::<bool>());
    let cancelled = prop::bool::weighted(0.3);
    let state = (scope(), unseen, coverage, cancelled, attempt).prop_map(
        |(key, mut unseen, coverage, cancelled, attempt)| {
            if let Unseen::Some(keys) = &mut unseen {
                keys.sort_unstable();
                keys.dedup();
            }
            let mut s = seen(key);
            s.unseen = unseen;
            s.coverage.state = coverage;
            s.scope.kinds = attempt.0.iter().map(|kind| kind.parse().unwrap()).collect();
            s.coverage.last_attempt = Some(Timestamp::from_millis(NOW - attempt.1 * 43_200_000));
            s.coverage.whole = attempt.2;
            s.coverage.effort.millis = 1000;
            s.coverage.cancelled = cancelled;
            if cancelled {
                s.coverage.last_good = None;
            }
            s
        },
    );
    prop_oneof![
        12 => any_record().prop_map(|r| Step::Upsert(Box::new(r))),
        1 => state.prop_map(|s| Step::Scope(Box::new(s))),
        1 => (0..160_u32, any::<bool>()).prop_map(|(n, pin)| Step::Pin(id(n).as_str().into(), pin)),
        1 => any_record().prop_map(|r| Step::Forget(Box::new(r.record_key()))),
    ]
}

/// What may not have been read while a query is asked: something else for each, but always the same.
pub(super) fn unread(query: &str) -> Vec<Unread> {
    let kinds = |kinds: &[&str]| kinds.iter().map(|k| k.parse().unwrap()).collect();
    let of = |kinds| Unread { scope: ScopeKey::new("aws", "a"), kinds };
    match query.len() % 4 {
        0 => vec![],
        1 => vec![of(kinds(&["aws.ec2.instance"]))],
        2 => vec![of(kinds(&["host.process", "gcp.compute.instance"])), of(kinds(&["aws.ec2.instance"]))],
        _ => vec![of(vec![])],
    }
}

/// Payloads with values at paths that no index keeps.
fn unkept() -> impl Strategy<Value = Payload> {
    let n = one_of(&["null", "0", "4", "5.5", "9", "\"12\""]);
    let list = one_of(&["[]", r#"[{"X":"a"}]"#, r#"[{"x":"Abc"},{"X":"b"}]"#, r#"["a","b"]"#]);
    let version = one_of(&["1.9", "1.10.2", "v1.10-rc1", "soon"]);
    (n, list, version).prop_map(|(n, list, version)| {
        Payload::from_text(format!(r#"{{"N":{n},"List":{list},"Version":"{version}"}}"#)).unwrap()
    })
}

fn term() -> impl Strategy<Value = String> {
    prop_oneof![
        one_of(&[
            "web",
            "id-1",
            "-",
            "a",
            "\"web\"",
            "^we",
            "1$",
            "/^w.b/",
            "/[0-9]{2}$/",
            "~wb",
            "w*1",
            "ΣΆ",
            "aς",
            "10.0",
            "example",
            "x/id-1",
            "x/",
            "/id",
            "/",
            "1.e",
            "db.exam",
            "-1.eu.ex",
            ".eu",
            "Y:web-",
            "x/Y:WEB-1",
            "\":\"",
            "\"y:w\"",
            "b/c.d",
            "address:1.eu",
            "alias:y:w",
            "/x.y:/",
            "alias-0",
            "provider:aws,gcp",
            "provider!=aws",
            "account:r",
            "account=prod",
            "account:web",
            "account=web-1",
            "account!=web-2",
            "in=web-1",
            "region:eu-*",
            "region=\"\"",
            "zone:eu-west-1a",
            "kind:ec2",
            "kind:aws.ec2",
            "kind:vm",
            "rel(out, *, kind:vm)",
            "kind=host.process",
            "kind:*.instance",
            "kind:inst*",
            "category:compute",
            "category:c*,storage",
            "status:running",
            "status!=running",
            "status:ok",
            "status:error,stopped",
            "status:unknown",
            "status_word=stopped,ok",
            "status_class:ok,error",
            "status_class!=unknown",
            "name:web-?",
            "name=web",
            "name:b",
            "id:-1",
            "id=id-7",
            "source:file",
            "source=aws",
            "address:*.example.com",
            "alias=ALIAS-2",
            "alias:alias",
            "declares:id-1",
            "ip:10.0.0.0/8",
            "ip:10.0.0.1,fe80::/10",
            "ip:::/0",
            "ip:0.0.0.0/0",
            "ip:[fe80::1%eth0]",
            "presence:present",
            "presence:unknown",
            "presence:denied,cancelled",
            "presence:missed-once,never",
            "presence:gone",
            "presence:gone,unknown",
            "presence:not-found",
            "presence:snapshot-listing,present",
            "gone:20d",
            "gone>30d",
            "is:pinned",
            "is:joined",
            "is:joined,pinned",
            "is:managed",
            "is:unmanaged",
            "is:ghost",
            "is:ghost,pinned",
            "is:managed,unmanaged,joined",
            "rel(out, *, is:managed)",
            "source:aws source:host",
            "has:seen",
            "tag.env=prod",
            "tag.env:a",
            "tag.env!=staging",
            "tag.size>6",
            "tag.size<=5",
            "has:tag.env",
            "has:tag.\"env\"",
            "tag.size>1KiB",
            "tag.size<v2.0",
            "tag.env=10.0.0.0/8",
            "in:prod",
            "in=aws,eu-west-1",
            "in!=dev",
            "in:folder",
            "cost>100",
            "prop.n>4",
            "prop.n<=9",
            "prop.list.x=a,b",
            "prop.list:a",
            "prop.list[1].x!=a",
            "has:prop.n",
            "has:prop.list",
            "prop.version>=1.10",
            "rel(in)",
            "rel(out)",
            "rel(any, same-as)",
            "rel(out, uses, kind:ec2)",
            "rel(in, *, web)",
            "rel(any, u*|x, !age>30d)",
            "rel(out 3, *, tag.env=prod)",
            "rel(in 2, uses, kind:host.process)",
            "rel(any 2, *, prop.n>4)",
            "rel(out, *, presence:gone)",
            "rel(out, *, rel(in, uses, account=prod))",
            "rel(out, *, status:ok)",
            "has:tag",
            "has:status",
            "has:region",
            "has:zone",
            "has:address",
            "has:alias",
            "has:declares",
            "has:created",
            "has:seen",
            "age>30d",
            "age<=12h",
            "created<2026-11-01",
            "changed:20d",
            "changed>40d",
            "seen<1h",
            "seen>1h",
            "first_seen<10d",
            "nothing-like-it",
            "prop.State.Name=running",
            "prop.state.name:sto,x",
            "prop.state.name!=running",
            "prop.size>5",
            "prop.size<=12",
            "prop.size=12",
            "prop.size=12.0,1.50",
            "prop.n=5.50",
            "prop.size>2GiB",
            "prop.tags.key=b",
            "prop.tags:web",
            "has:prop.size",
            "has:prop.tags",
            "has:prop.state.name",
            "prop.other.size>1",
            "has:prop.other",
        ]),
        "[a-d1-3-]{1,3}",
        "[bcdeimuwx1./-]{1,4}".prop_map(|t| format!("\"{t}\"")),
    ]
}

/// Filters of every kind of term, combined.
pub(super) fn query() -> impl Strategy<Value = String> {
    let leaf = (any::<bool>(), term()).prop_map(|(not, t)| if not { format!("!{t}") } else { t });
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|p| format!("({})", p.join(" "))),
            prop::collection::vec(inner.clone().prop_map(|p| format!("({p})")), 1..4)
                .prop_map(|p| p.join(",")),
            inner.prop_map(|p| format!("!({p})")),
        ]
    })
}
