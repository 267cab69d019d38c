//! Organizations and roles: which accounts are found, as whom they are read, and what one account that lets
//! nobody in does to the others.

use std::collections::BTreeSet;

use cloudscope_aws::fake::{Estate, Fault, Rule};

use super::{
    cloud::{Cloud, HERE},
    text,
};

fn organization(accounts: usize, change: impl FnOnce(&mut Estate), options: &str) -> Cloud {
    let mut estate = Estate { items: 2, page: 2, ..Estate::new(accounts, &[HERE, "us-east-1"]) };
    change(&mut estate);
    Cloud::new(estate, &format!("organization=true,role=reader,regions={HERE},services=kms{options}"))
}

/// The accounts that something of is there.
fn read(cloud: &Cloud) -> BTreeSet<String> {
    let accounts = cloud.fake.estate().accounts.iter();
    accounts.filter(|a| !cloud.ids(&format!("account:{a}")).is_empty()).cloned().collect()
}

#[test]
fn every_page_of_accounts_is_read_and_a_closed_account_is_disabled() {
    let cloud = organization(5, |estate| estate.suspended = vec![estate.accounts[3].clone()], "");
    cloud.collect().with(0);
    let accounts = cloud.fake.estate().accounts.clone();
    let closed = &accounts[3];
    assert_eq!(cloud.fake.calls()["organizations:ListAccounts"], 3);
    assert_eq!(read(&cloud), accounts.iter().filter(|a| *a != closed).cloned().collect());
    let scopes: Vec<_> = cloud.health().into_iter().filter(|s| text(s, "account") == closed).collect();
    assert_eq!(scopes.len(), 1, "{scopes:?}");
    assert_eq!(text(&scopes[0], "state"), "disabled");
    assert!(text(&scopes[0], "error").contains("suspended"), "{scopes:?}");
    // Nobody asked for a role in it.
    let assumed = cloud.fake.keys("kms:ListAliases");
    assert_eq!(assumed.len(), 4, "{assumed:?}");
    assert!(assumed.iter().all(|key| !key.contains(closed.as_str())), "{assumed:?}");
}

/// Of these a second run is measured (`benches/aws.rs`): were two of the fake's things called alike, each run would
/// tell of both as changed.
#[test]
fn a_second_run_changes_nothing() {
    let services =
        "+ec2+cloudwatch+logs+elb+autoscaling+ssm+secretsmanager+lightsail+kafka+cloudfront+route53";
    let cloud = organization(2, |_| {}, services);
    cloud.collect().with(0);
    let before = cloud.alive();
    assert!(before.len() > 200, "{}", before.len());
    // Of both sorts of alarms as many as of anything else: four in each account.
    let alarms = before.iter().filter(|id| id.contains(":monitoring:")).count();
    assert_eq!(alarms, 8, "{before:?}");
    cloud.collect().with(0);
    assert_eq!(cloud.alive(), before);
    let changes = cloud.run(&["changes", "--format", "json", "--since", "1h", "--limit", "1000000"]).with(0);
    let changes: Vec<serde_json::Value> = serde_json::from_str(&changes).unwrap();
    assert!(changes.len() >= before.len(), "{} changes", changes.len());
    let not_created: Vec<_> = changes.iter().filter(|c| text(c, "change") != "created").collect();
    assert!(not_created.is_empty(), "{} such as {}", not_created.len(), not_created[0]);
}

#[test]
fn an_account_list_that_goes_in_a_circle_ends_and_loses_nothing() {
    let cloud = organization(5, |_| {}, "");
    cloud.collect().with(0);
    let before = cloud.alive();
    cloud.fake.fail(Rule::of("organizations:ListAccounts", Fault::Circle(2)));
    let ran = cloud.collect();
    assert!(matches!(ran.code, Some(1 | 3)), "{ran:?}");
    assert!(ran.err.contains("the same page token came twice"), "{}", ran.err);
    assert!(cloud.fake.calls()["organizations:ListAccounts"] < 10);
    assert_eq!(cloud.alive(), before);
    assert!(cloud.gone().is_empty());
}

#[test]
fn only_the_accounts_that_are_named_are_read_with_the_external_id() {
    let cloud = organization(4, |_| {}, ",external_id=secret-42,accounts=100000000003");
    // Whoever comes without it is let in nowhere.
    cloud.fake.fail(Rule::of("sts:AssumeRole", Fault::Throttle(None)).with("secret-42").times(1));
    cloud.collect().with(0);
    assert_eq!(read(&cloud), ["100000000001".to_owned(), "100000000003".to_owned()].into());
    assert!(cloud.fake.calls()["sts:AssumeRole"] >= 2, "the rule met a call that named it");
}

#[test]
fn a_role_with_a_path_is_assumed_by_its_whole_name() {
    let estate = Estate { items: 2, ..Estate::new(2, &[HERE, "us-east-1"]) };
    let role = format!("arn:aws:iam::{}:role/teams/ops/reader", estate.accounts[1]);
    let cloud = Cloud::new(estate, &format!("role={role},regions={HERE},services=kms"));
    cloud.fake.fail(Rule::of("sts:AssumeRole", Fault::Throttle(None)).with("role/teams/ops/reader").times(1));
    cloud.collect().with(0);
    assert_eq!(read(&cloud), ["100000000002".to_owned()].into());
    assert!(cloud.fake.calls()["sts:AssumeRole"] >= 2, "the rule met a call that named it");
}

#[test]
fn a_session_that_was_refused_in_the_middle_of_a_run_is_made_again_once() {
    let cloud = organization(2, |_| {}, "");
    cloud.collect().with(0);
    let before = (cloud.alive(), cloud.fake.calls()["sts:AssumeRole"]);
    let other = cloud.fake.estate().accounts[1].clone();
    cloud.fake.fail(Rule::of("kms:ListAliases", Fault::Expired).account(&other).times(1));
    cloud.collect().with(0);
    let after = cloud.fake.calls()["sts:AssumeRole"];
    assert_eq!(after - before.1, before.1 + 1, "as many as before, and one for what was refused");
    // For ever: that account's scopes say so, and nobody else's.
    cloud.fake.fail(Rule::of("kms", Fault::Expired).account(&other));
    cloud.collect().with(3);
    for scope in cloud.health() {
        let wanted = if text(&scope, "account") == other { "denied" } else { "ok" };
        assert_eq!(text(&scope, "state"), wanted, "{scope}");
        assert!(wanted == "ok" || text(&scope, "error").contains("have expired"), "{scope}");
    }
    assert_eq!(cloud.alive(), before.0);
    assert!(cloud.gone().is_empty());
}

#[test]
fn who_may_not_list_the_accounts_is_told_so_and_nothing_is_gone() {
    let cloud = organization(3, |_| {}, "");
    cloud.collect().with(0);
    let before = cloud.alive();
    cloud.fake.fail(Rule::of("organizations:ListAccounts", Fault::Denied));
    let ran = cloud.collect();
    assert_ne!(ran.code, Some(0));
    assert!(ran.err.contains("organizations:ListAccounts"), "{}", ran.err);
    assert_eq!(cloud.alive(), before);
    assert!(cloud.gone().is_empty());
}
