//! One notice of each sort, as the tests and docs/HOOKS.md show them.

use cloudscope_domain::{
    AssetRow, Category, CoverageState, Difference, Effort, Payload, Presence, Proof, Revision, RunId,
    RunRecord, ScopeKey, StatusClass, Timestamp, UnknownWhy,
};
use cloudscope_ports::{Happening, Notice};

pub(crate) fn at() -> Timestamp {
    "2026-11-25T10:00:00Z".parse().unwrap()
}

pub(crate) fn asset(name: &str) -> AssetRow {
    AssetRow {
        id: "arn:aws:ec2:eu-west-1:123456789012:instance/i-0a1".into(),
        kind: "aws.ec2.instance".parse().unwrap(),
        category: Category::Compute,
        provider: "aws".into(),
        account: "123456789012".into(),
        account_label: Some("payments-prod".into()),
        region: "eu-west-1".into(),
        zone: "eu-west-1a".into(),
        name: name.into(),
        status: Some("running".into()),
        status_class: StatusClass::Ok,
        tags: [("env".to_owned(), "prod".to_owned())].into(),
        addresses: vec!["10.0.3.7".into()],
        presence: Presence::Present,
        first_seen: at(),
        last_seen: Some(at()),
        changed_at: at(),
        created_at: None,
        source: "aws-prod".into(),
        sources: vec!["aws-prod".into()],
        pinned: false,
        incarnation: cloudscope_domain::Incarnation::default(),
        declares: None,
        properties: Payload::from_text("{\"InstanceType\":\"t3.small\"}").ok(),
    }
}

pub(crate) fn scope() -> ScopeKey {
    ScopeKey {
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        ..ScopeKey::new("aws-prod", "ec2:DescribeInstances")
    }
}

pub(crate) fn notice(happening: Happening) -> Notice {
    Notice { at: at(), revision: Revision(42), happening }
}

pub(crate) fn created(name: &str) -> Notice {
    notice(Happening::AssetCreated { asset: Box::new(asset(name)) })
}

/// One of each, in the order of [`Happening::NAMES`].
pub(crate) fn all() -> Vec<Notice> {
    let asset = || Box::new(asset("web-1"));
    let value = |text: &str| Payload::from_text(text).ok();
    let gone = Presence::Gone { at: at(), why: Proof::NotFound };
    vec![
        notice(Happening::AssetCreated { asset: asset() }),
        notice(Happening::AssetChanged {
            asset: asset(),
            differences: vec![Difference {
                path: "tags.env".into(),
                before: value("\"test\""),
                after: value("\"prod\""),
            }],
        }),
        notice(Happening::AssetGone {
            asset: Box::new(AssetRow { presence: gone, ..*asset() }),
            proof: Proof::NotFound,
        }),
        notice(Happening::AssetsUnknown {
            scope: scope(),
            account_label: Some("payments-prod".into()),
            count: 1,
            ids: vec![asset().id],
            why: UnknownWhy::Denied,
        }),
        notice(Happening::RunFinished {
            run: RunRecord {
                id: RunId(7),
                started: at(),
                ended: Some(at().plus_millis(1_500)),
                revision: Revision(42),
                sources: vec!["aws-prod".into()],
                scheduled: true,
                cancelled: false,
                states: vec![(CoverageState::Ok, 30), (CoverageState::Denied, 1)],
                assets: 1_234,
                unknown: 1,
                effort: Effort { millis: 1_500, calls: 61, ..Effort::default() },
            },
        }),
        notice(Happening::ScopeFailed {
            scope: scope(),
            account_label: Some("payments-prod".into()),
            state: CoverageState::Denied,
            error: Some("not authorized to perform: ec2:DescribeInstances".into()),
            missing_permission: Some("ec2:DescribeInstances".into()),
        }),
    ]
}
