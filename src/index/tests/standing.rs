//! How things stand to the Terraform states that were read: managed, unmanaged, ghost, or nobody knows.

use std::sync::Arc;

use cloudscope_domain::{
    CoverageState, Gone, Proof, Query, Record, Revision, RunId, ScopeKey, ScopeState, Timestamp, Unseen,
};

use super::{NOW, estate, now, record};
use crate::{Context, IndexWriter, Snapshot};

const HERE: &str = "arn:aws:ec2:eu:1:instance/i-here";
const LOST: &str = "arn:aws:ec2:eu:1:instance/i-lost";

fn listed(account: &str, region: &str) -> ScopeKey {
    ScopeKey::new("aws", "ec2:DescribeInstances").account(account).region(region)
}

fn state_file() -> ScopeKey {
    ScopeKey::new("file:/s", "terraform-state").parent("/s")
}

fn cloud(id: &str, account: &str) -> Record {
    let mut r = record(id);
    r.scope = listed(account, "eu").into();
    r.asset.kind = "aws.ec2.instance".parse().unwrap();
    r.asset.account = account.into();
    r.asset.region = "eu".into();
    r
}

fn address(name: &str, declares: &str) -> Record {
    let mut r = record(name);
    r.scope = state_file().into();
    r.asset.kind = "terraform.aws_instance".parse().unwrap();
    r.asset.account = "1".into();
    r.asset.region = "eu".into();
    r.asset.declares = Some(declares.into());
    r.changed_at = Timestamp::from_millis(NOW - 100_000);
    r
}

/// A scope that was listed whole after the state was read.
fn whole(key: ScopeKey) -> ScopeState {
    let mut state = estate::seen(key);
    state.scope.kinds = vec!["aws.ec2.instance".parse().unwrap()];
    state.coverage.last_attempt = Some(Timestamp::from_millis(NOW - 50_000));
    state.coverage.effort.millis = 1_000;
    state
}

/// One that is there and has an address, one address whose instance is not there, two without an address.
fn estate() -> Vec<Record> {
    vec![
        cloud(HERE, "1"),
        cloud("arn:aws:ec2:eu:1:instance/i-made-by-hand", "1"),
        cloud("arn:aws:ec2:eu:2:instance/i-of-another", "2"),
        address("t#here", HERE),
        address("t#lost", LOST),
    ]
}

fn states() -> Vec<ScopeState> {
    vec![whole(listed("1", "eu")), whole(listed("2", "eu")), estate::seen(state_file())]
}

fn snapshot(records: &[Record], states: &[ScopeState]) -> Arc<Snapshot> {
    let mut writer = IndexWriter::new();
    records.iter().for_each(|r| writer.upsert(r));
    states.iter().for_each(|s| writer.scope(s));
    writer.publish(Revision(1), now())
}

/// What matches, by the ends of ids, and how many are undecided.
fn ask(snapshot: &Snapshot, query: &str) -> (Vec<String>, u64) {
    let known = Arc::new(estate::declarable());
    let context = Context::from(now()).declarable(Some(&known));
    let hits = snapshot.evaluate(&Query::parse(query), &[], context, &|| false).unwrap();
    let end = |id: &str| id.rsplit(['/', '#']).next().unwrap_or_default().to_owned();
    (hits.iter(snapshot).map(|row| end(snapshot.row(row).id.as_str())).collect(), hits.undecided)
}

#[track_caller]
fn check(records: &[Record], states: &[ScopeState], query: &str, found: &[&str], undecided: u64) {
    let (rows, open) = ask(&snapshot(records, states), query);
    assert_eq!(
        (rows.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), open),
        (found, undecided),
        "{query}"
    );
}

#[test]
fn what_has_an_address_is_managed_and_an_address_without_anything_is_a_ghost() {
    check(&estate(), &states(), "is:managed", &["i-here"], 0);
    check(&estate(), &states(), "is:ghost", &["lost"], 0);
    // Of the other account no address was read, so nobody looked there.
    check(&estate(), &states(), "is:unmanaged", &["i-made-by-hand"], 1);
    check(&estate(), &states(), "!is:unmanaged", &["i-here", "lost"], 1);
    check(&estate(), &states(), "is:managed,ghost", &["i-here", "lost"], 0);
    let nobody = snapshot(&estate(), &states());
    let hits = nobody.evaluate(&Query::parse("is:ghost"), &[], now(), &|| false).unwrap();
    assert_eq!((hits.len(), hits.undecided), (0, 4), "who does not know what can be declared cannot tell");
}

#[test]
fn nothing_is_a_ghost_that_was_not_looked_for() {
    let with = |change: &dyn Fn(&mut ScopeState)| {
        let mut all = states();
        change(&mut all[0]);
        all
    };
    for state in
        [CoverageState::Denied, CoverageState::Partial, CoverageState::Disabled, CoverageState::Never]
    {
        let all = with(&|s| s.coverage.state = state);
        check(&estate(), &all, "is:ghost", &[], 1);
        check(&estate(), &all, "is:managed", &["i-here"], 0);
    }
    // Listed whole, but before the state was read: it may have been made since.
    let before = with(&|s| s.coverage.last_attempt = Some(Timestamp::from_millis(NOW - 99_500)));
    check(&estate(), &before, "is:ghost", &[], 1);
    // Only another region was read, or another account.
    check(&estate(), &with(&|s| s.scope.key.region = "us".into()), "is:ghost", &[], 1);
    check(&estate(), &with(&|s| s.scope.key.account = "3".into()), "is:ghost", &[], 1);
    check(&estate(), &with(&|s| s.scope.key.region = "".into()), "is:ghost", &["lost"], 0);
    // The state itself cannot be read any more.
    let mut lost = states();
    lost[2].unseen = Unseen::All;
    lost[2].coverage.state = CoverageState::Unreachable;
    check(&estate(), &lost, "is:ghost", &[], 1);
    check(&estate(), &lost, "is:unmanaged", &[], 2);
    // A type of which nobody knows what it stands for.
    let mut other = estate();
    other[4].asset.kind = "terraform.aws_other".parse().unwrap();
    check(&other, &states(), "is:ghost", &[], 1);
}

#[test]
fn what_is_gone_leaves_a_ghost_and_its_return_takes_it_away() {
    let mut records = estate();
    let mut writer = IndexWriter::new();
    records.iter().for_each(|r| writer.upsert(r));
    states().iter().for_each(|s| writer.scope(s));
    assert_eq!(ask(&writer.publish(Revision(1), now()), "is:ghost").0, ["lost"]);
    records[0].gone =
        Some(Gone { at: now(), proof: Proof::SecondListing, run: RunId(1), revision: Revision(2) });
    writer.upsert(&records[0]);
    let after = writer.publish(Revision(2), now());
    assert_eq!(ask(&after, "is:ghost").0, ["here", "lost"]);
    assert_eq!(ask(&after, "is:managed").0.len(), 0);
    assert_eq!(ask(&after, "presence:gone is:managed").0.len(), 0, "what is gone is none of them");
    records[0].gone = None;
    writer.upsert(&records[0]);
    writer.upsert(&cloud(LOST, "1"));
    let again = writer.publish(Revision(3), now());
    assert_eq!(ask(&again, "is:managed").0, ["i-here", "i-lost"]);
    assert_eq!(ask(&again, "is:ghost"), (vec![], 0));
}

#[test]
fn what_an_address_may_mean_is_neither_unmanaged_nor_is_the_address_a_ghost() {
    let mut twins = estate();
    for (incarnation, source) in [("1", "aws"), ("2", "other")] {
        let mut twin = cloud(LOST, "1");
        twin.asset.key.incarnation = incarnation.into();
        std::sync::Arc::make_mut(&mut twin.scope).source = source.into();
        twins.push(twin);
    }
    let mut all = states();
    all.push(whole(ScopeKey { source: "other".into(), ..listed("1", "eu") }));
    check(&twins, &all, "is:ghost", &[], 1);
    check(&twins, &all, "is:unmanaged", &["i-made-by-hand"], 3);
}

#[test]
fn a_row_of_a_sheet_is_no_address_and_is_not_there() {
    let mut sheet = record("row:1");
    sheet.scope = ScopeKey::new("file:/x.csv", "csv").into();
    sheet.asset.declares = Some("arn:aws:ec2:eu:1:instance/i-made-by-hand".into());
    let mut records = estate();
    records.push(sheet.clone());
    check(&records, &states(), "is:unmanaged", &["i-made-by-hand"], 1);
    sheet.asset.declares = Some(LOST.into());
    records.pop();
    records.push(sheet);
    check(&records, &states(), "is:ghost", &["lost"], 0);
}
