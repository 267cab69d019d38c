//! What completion offers, and with which counts.

use cloudscope_domain::{Status, StatusClass};

use super::{Snapshot, index, named};

fn offers(s: &Snapshot, text: &str) -> Vec<(String, Option<u64>)> {
    s.complete(text, text.len(), 9).into_iter().map(|p| (p.text, p.count)).collect()
}

fn of(all: &[(&str, u64)]) -> Vec<(String, Option<u64>)> {
    all.iter().map(|(text, n)| ((*text).to_owned(), Some(*n))).collect()
}

#[test]
fn values_that_differ_in_case_are_one_with_all_that_the_term_finds() {
    let mut records = named(&["a", "b", "c", "d", "e", "f"]);
    for (record, (word, class)) in records.iter_mut().zip([
        ("running", StatusClass::Ok),
        ("running", StatusClass::Ok),
        ("Running", StatusClass::Ok),
        ("RUNNING", StatusClass::Unknown),
        ("Error", StatusClass::Error),
        ("failed", StatusClass::Error),
    ]) {
        record.asset.status = Some(Status { word: word.into(), class });
        record.asset.region = if word == "Running" { "EU" } else { "eu" }.into();
        let key = if word == "failed" { "Env" } else { "env" };
        record.asset.tags = [(key.to_owned(), word.to_owned()), ("ENV".to_owned(), "x".to_owned())].into();
    }
    let s = index(&records);
    assert_eq!(offers(&s, "status:run"), of(&[("running", 4)]));
    assert_eq!(offers(&s, "status=err"), of(&[("error", 2)]), "word and class are one");
    assert_eq!(offers(&s, "status:o"), of(&[("ok", 3), ("error", 2), ("unknown", 1)]));
    assert_eq!(offers(&s, "status:warn"), [], "nothing is in this class");
    assert_eq!(offers(&s, "region:e"), of(&[("eu", 6)]));
    assert_eq!(offers(&s, "in:e"), of(&[("eu", 6)]));
    assert_eq!(offers(&s, "tag.e"), of(&[("ENV=", 6)]));
    assert_eq!(offers(&s, "has:tag.e"), of(&[("ENV", 6)]));
    assert_eq!(offers(&s, "tag.env=r"), of(&[("running", 4), ("Error", 1)]));
}

#[test]
fn a_part_of_an_account_counts_all_that_it_finds() {
    let mut records = named(&["a", "b", "c"]);
    for (record, account) in records.iter_mut().zip(["prod", "prod-eu", "prod-eu"]) {
        record.asset.account = account.into();
    }
    let s = index(&records);
    assert_eq!(offers(&s, "account:prod"), of(&[("prod", 3), ("prod-eu", 2)]));
    assert_eq!(offers(&s, "account=prod"), of(&[("prod-eu", 2), ("prod", 1)]));
}

#[test]
fn kinds_are_offered_by_their_ends_and_a_list_by_its_last_value() {
    let mut records = named(&["a", "b", "c"]);
    for (record, kind) in records.iter_mut().zip(["aws.ec2.instance", "aws.ec2.volume", "aws.rds.instance"]) {
        record.asset.kind = kind.parse().unwrap();
        record.asset.provider = "aws".into();
        record.asset.tags = [("env".to_owned(), kind[4..7].to_owned())].into();
    }
    let s = index(&records);
    assert_eq!(
        offers(&s, "kind:ec2."),
        of(&[("ec2.instance", 1), ("ec2.volume", 1), ("aws.ec2.instance", 1), ("aws.ec2.volume", 1),])
    );
    assert_eq!(offers(&s, "kind:ins")[0], ("instance".to_owned(), Some(2)));
    assert_eq!(offers(&s, "kind=ins"), of(&[("aws.ec2.instance", 1), ("aws.rds.instance", 1)]));
    assert_eq!(offers(&s, "kind:rds,ec2.v")[0], ("ec2.volume".to_owned(), Some(1)));
    assert_eq!(offers(&s, "tag.env=rds,e"), of(&[("ec2", 2)]));
    assert_eq!(offers(&s, "provider:gcp, a"), of(&[("aws", 3)]));
    assert_eq!(offers(&s, "kind:vm"), of(&[("vm", 1)]));
    assert_eq!(offers(&s, "kind:sg"), []);
    let text = "kind:rds, ec2.v web";
    for offer in s.complete(text, 15, 9) {
        assert_eq!(&text[offer.span.start..offer.span.end], "ec2.v");
    }
}
