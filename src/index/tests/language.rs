//! What a filter finds, said outright for what the naive evaluation and the index once got wrong alike.

use cloudscope_domain::{Payload, Query, Record, Revision};

use super::{Model, estate, joins, model, named, now, tell};
use crate::{Context, Told};

/// The names of what both find, which has to be the same.
fn find(records: &[Record], text: &str) -> Vec<String> {
    let query = Query::parse(text);
    assert_eq!(query.bad, vec![], "{text}");
    let mut writer = estate::writer();
    let mut model = Model::default();
    for record in records {
        let state = estate::seen((*record.scope).clone());
        writer.upsert(record);
        model.upsert(record);
        writer.scope(&state);
        model.scope(&state);
    }
    let snapshot = writer.publish(Revision(1), now());
    let (things, edges) = (joins::things(&model), model.edges());
    let declarable = std::sync::Arc::new(estate::declarable());
    let real = model::Real {
        model: &model,
        things: &things.all,
        edges: &edges,
        unread: &[],
        declarable: &declarable,
    };
    let mut told = Told::default();
    tell(&snapshot, &model, &query.expr, &real, &mut told);
    let context = Context::new(now(), &real, &|| false).told(&told).declarable(Some(&declarable));
    let hits = snapshot.evaluate(&query, &[("name".to_owned(), false)], context, &|| false).unwrap();
    let found: Vec<String> = hits.iter(&snapshot).map(|row| snapshot.row(row).name.to_string()).collect();
    let naive = model.evaluate(&things, &query, &real, now());
    let naive: Vec<String> = naive.rows.iter().map(|row| row.name.to_string()).collect();
    assert_eq!(found, naive, "{text}");
    found
}

fn check(records: &[Record], all: &[(&str, &[&str])]) {
    for (text, expected) in all {
        assert_eq!(find(records, text), *expected, "{text}");
    }
}

fn with_payload(name: &str, payload: &str) -> Record {
    let mut record = estate::record(name);
    record.asset.properties = Payload::from_text(payload).unwrap();
    record
}

#[test]
fn a_tag_in_quotes_is_there_as_one_without() {
    let mut records = named(&["a", "b", "c"]);
    records[0].asset.tags = [("Owner".to_owned(), "ann".to_owned())].into();
    records[1].asset.tags = [("my key".to_owned(), String::new())].into();
    check(
        &records,
        &[
            ("has:tag.\"owner\"", &["a"]),
            ("has:tag.\"my key\"", &["b"]),
            ("!has:tag.\"my key\"", &["a", "c"]),
            ("has!=tag.\"my key\" !has:tag.owner", &["c"]),
            ("has:tag.\"my key\",tag.\"owner\"", &["a", "b"]),
        ],
    );
}

#[test]
fn networks_of_ipv6_hold_no_ipv4_addresses() {
    let mut records = named(&["four", "local", "six"]);
    for (record, address) in records.iter_mut().zip(["10.0.0.1", "fe80::1%eth0", "2001:db8::5"]) {
        record.asset.addresses = vec![address.to_owned()];
        record.asset.tags = [("v".to_owned(), address.to_owned())].into();
        // One at a path that is kept, one at another.
        let payload = format!(r#"{{"Size":"{address}","Ip":"{address}"}}"#);
        record.asset.properties = Payload::from_text(payload).unwrap();
    }
    for field in ["ip:", "tag.v=", "prop.Ip=", "prop.size="] {
        for (net, expected) in [
            ("::/0", &["local", "six"][..]),
            ("::/1", &["six"]),
            ("::/80", &[]),
            ("0.0.0.0/0", &["four"]),
            ("::ffff:0:0/96", &["four"]),
            ("::/0,0.0.0.0/0", &["four", "local", "six"]),
        ] {
            assert_eq!(find(&records, &format!("{field}{net}")), expected, "{field}{net}");
        }
    }
    check(
        &records,
        &[
            ("ip:fe80::1%eth0", &["local"]),
            ("ip:[2001:db8::5]", &["six"]),
            ("ip:[2001:db8::]/32,10.0.0.1", &["four", "six"]),
        ],
    );
}

#[test]
fn numbers_of_payloads_are_found_as_they_are_shown() {
    // One path is kept, the other is not.
    let values = [
        ("exp", "1e21"),
        ("fraction", "1.0"),
        ("huge", "123456789012345678901234567890"),
        ("large", "18446744073709551616"),
        ("small", "1e-7"),
        ("whole", "9007199254740993"),
    ];
    let both =
        |(name, value): &(&str, &str)| with_payload(name, &format!(r#"{{"size":{value},"other":{value}}}"#));
    let records: Vec<Record> = values.iter().map(both).collect();
    for path in ["prop.size", "prop.other"] {
        for (name, value) in values {
            assert_eq!(find(&records, &format!("{path}={value}")), [name], "{path}={value}");
            assert_eq!(find(&records, &format!("{path}!={value}")).len(), 5, "{path}!={value}");
        }
        assert_eq!(find(&records, &format!("{path}=1")), ["fraction"]);
        assert_eq!(find(&records, &format!("{path}=0.0000001,1000000000000000000000")), ["exp", "small"]);
        assert_eq!(find(&records, &format!("{path}=9007199254740992")), [""; 0]);
    }
}

#[test]
fn case_never_matters() {
    let records = named(&["οδος", "ΟΔΟΣ 1", "σ"]);
    check(
        &records,
        &[
            ("ΟΔΟΣ", &["οδος", "ΟΔΟΣ 1"]),
            ("οδοσ", &["οδος", "ΟΔΟΣ 1"]),
            ("name=ΟΔΟΣ", &["οδος"]),
            ("name:*δος*", &["οδος", "ΟΔΟΣ 1"]),
            ("/ος$/", &["οδος"]),
            ("ς$", &["οδος", "σ"]),
            ("FIRST_SEEN<1D", &["οδος", "ΟΔΟΣ 1", "σ"]),
        ],
    );
}

#[test]
fn kinds_have_short_names() {
    let kinds = ["aws.ec2.security-group", "aws.ec2.instance", "k8s.core.pod", "acme.vm"];
    let mut records = named(&["group", "machine", "pod", "vm"]);
    for (record, kind) in records.iter_mut().zip(kinds) {
        record.asset.kind = kind.parse().unwrap();
    }
    check(
        &records,
        &[
            ("kind:sg", &["group"]),
            ("kind:VM", &["machine", "vm"]),
            ("kind:po,sg", &["group", "pod"]),
            ("!kind:vm", &["group", "pod"]),
            ("kind=sg", &[]),
        ],
    );
}
