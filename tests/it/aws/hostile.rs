//! The real binary against our own fake of AWS while that fails in every way that AWS does: nothing is
//! deleted by mistake, each scope says what happened to it, the policy names what was denied and nothing
//! else, and the ledger holds exactly the calls that were made, all of them from the list.

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_aws::fake::{Became, Change, Estate, Fault, Rule};
use serde_json::Value;

use super::{
    cloud::{Cloud, HERE},
    text,
};

/// One listing of each wire protocol; the last is of a global service.
const EACH: [&str; 5] = [
    "ec2:DescribeVpcs",
    "autoscaling:DescribeLaunchConfigurations",
    "directconnect:DescribeConnections",
    "lambda:ListFunctions",
    "route53:ListHealthChecks",
];
#[test]
fn errors_delete_nothing_and_are_told_as_what_they_are() {
    let refuse = Fault::refuse;
    fails_as(&[
        ("throttling", Fault::Throttle(None), "throttled"),
        ("internal errors", refuse(500, "InternalFailure"), "unreachable"),
        ("an unavailable service", refuse(503, "ServiceUnavailable"), "unreachable"),
        ("no permission", Fault::Denied, "denied"),
        ("no subscription", refuse(403, "OptInRequired"), "disabled"),
    ]);
}

#[test]
fn answers_that_are_none_delete_nothing() {
    fails_as(&[
        ("a proxy's page", Fault::Html(200), "unreachable"),
        ("a proxy's error", Fault::Html(502), "unreachable"),
        ("half an answer", Fault::Truncate(true), "unreachable"),
    ]);
}

#[test]
fn silence_deletes_nothing() {
    fails_as(&[
        ("a slow answer", Fault::Slow(std::time::Duration::from_secs(4)), "timeout"),
        ("a broken connection", Fault::Truncate(false), "unreachable"),
        ("no answer", Fault::Drop, "unreachable"),
    ]);
}

/// A name that nobody has, and that no name server passes on (RFC 6761).
const NOBODY: &str = "no-such-host.invalid";

#[test]
fn a_host_without_an_address_is_named_and_deletes_nothing() {
    let mut cloud = Cloud::usual();
    let before = cloud.alive();
    // Where there is no name server either, that is known soon; a busy one has time to answer.
    cloud.env.insert("RES_OPTIONS", "timeout:1 attempts:1".to_owned());
    cloud.configure(10);
    cloud.env.insert("AWS_ENDPOINT_URL_LAMBDA", format!("https://{NOBODY}"));
    // Twice, so that a second listing that lacks the same would count as proof.
    for _ in 0..2 {
        cloud.collect().with(3);
        for ((listing, region), state) in cloud.states() {
            let wanted = if listing.starts_with("lambda:") { "unreachable" } else { "ok" };
            assert_eq!(state, wanted, "{listing} {region}");
        }
        // After some failures in a row the rest is not sent, and says so instead.
        let health = cloud.health();
        let errors =
            health.iter().filter(|s| text(s, "listing").starts_with("lambda:")).map(|s| text(s, "error"));
        let words = format!("{NOBODY} has no address; look at the endpoint");
        let (named, rest): (Vec<&str>, Vec<&str>) = errors.partition(|error| error.contains(&words));
        assert!(!named.is_empty(), "{rest:?}");
        assert!(
            rest.iter().all(|error| error.contains("not sent: lambda eu-west-1 failed too often")),
            "{rest:?}"
        );
        assert_eq!((cloud.alive(), cloud.gone().len()), (before.clone(), 0));
    }
    // Nothing at all can be asked: who that is neither.
    cloud.env.insert("AWS_ENDPOINT_URL", format!("https://{NOBODY}"));
    let ran = cloud.collect();
    assert_ne!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains(&format!("{NOBODY} has no address")), "{}", ran.err);
    assert_eq!((cloud.alive(), cloud.gone().len()), (before.clone(), 0));
    // It is back.
    cloud.env.remove("AWS_ENDPOINT_URL_LAMBDA");
    cloud.env.insert("AWS_ENDPOINT_URL", cloud.fake.url());
    cloud.collect().with(0);
    assert_eq!((cloud.alive(), cloud.gone().len()), (before, 0));
}

/// What is scripted for a listing of each protocol is what its scope says, all else is ok, and all that was
/// there before is there after.
fn fails_as(faults: &[(&str, Fault, &str)]) {
    let cloud = Cloud::usual();
    let before = cloud.alive();
    assert!(before.len() > 25, "{}", before.len());
    let mut told = Vec::new();
    for (what, fault, wanted) in faults {
        for listing in &EACH[1..] {
            cloud.fake.fail(Rule::of(listing, fault.clone()));
        }
        let ran = cloud.collect();
        // What is not switched on counts as read.
        if ran.code != Some(if *wanted == "disabled" { 0 } else { 3 }) {
            told.push(format!("{what}: exit {:?} {}", ran.code, ran.err));
        }
        for ((listing, region), state) in cloud.states() {
            let scripted = EACH.contains(&listing.as_str());
            let below = listing.starts_with("lambda:");
            let right = if scripted { state == *wanted } else { below || state == "ok" };
            if !right {
                told.push(format!("{what}: {listing} {region} is {state}"));
            }
        }
        let gone = cloud.gone();
        if !gone.is_empty() || cloud.alive() != before {
            told.push(format!("{what}: lost {} of {}", gone.len(), before.len()));
        }
        cloud.fake.heal();
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
    cloud.collect().with(0);
    assert_eq!(cloud.alive(), before);
    assert!(cloud.ids("provider:aws presence:unknown").is_empty());
}

#[test]
fn a_list_that_fails_after_its_first_page_is_partly_known() {
    let cloud = Cloud::usual();
    let before = cloud.alive();
    for fault in [Fault::Repeat, Fault::Denied, Fault::Drop] {
        let after = usize::from(fault != Fault::Repeat);
        for listing in ["autoscaling:DescribeLaunchConfigurations", "lambda:ListFunctions"] {
            cloud.fake.fail(Rule::of(listing, fault.clone()).after(after));
        }
        // Twice, so that a second listing that lacks the same would count as proof.
        for _ in 0..2 {
            cloud.collect().with(3);
            assert_eq!(cloud.alive(), before, "{fault:?}");
            assert!(cloud.gone().is_empty(), "{fault:?}");
        }
        for listing in ["autoscaling:DescribeLaunchConfigurations", "lambda:ListFunctions"] {
            assert_ne!(cloud.state(listing), ["ok"], "{fault:?}");
        }
        cloud.fake.heal();
    }
}

#[test]
fn the_policy_names_what_was_denied_and_nothing_else() {
    let cloud = Cloud::of("autoscaling+kms+lambda+eks", 1, 1);
    for listing in
        ["kms:ListAliases", "lambda:ListFunctions", "autoscaling:DescribePolicies", "eks:DescribeNodegroup"]
    {
        cloud.fake.fail(Rule::of(listing, Fault::Denied));
    }
    cloud.collect().with(3);
    let wanted =
        ["autoscaling:DescribePolicies", "eks:DescribeNodegroup", "kms:ListAliases", "lambda:ListFunctions"];
    let policy: Value = serde_json::from_str(&cloud.run(&["policy"]).with(0)).unwrap();
    let mut actions: Vec<&str> = Vec::new();
    for statement in policy["Statement"].as_array().unwrap() {
        actions.extend(statement["Action"].as_array().unwrap().iter().filter_map(Value::as_str));
    }
    actions.sort_unstable();
    assert_eq!(actions, wanted);
    let denied = cloud.health().into_iter().find(|s| text(s, "listing") == "lambda:ListFunctions").unwrap();
    assert_eq!(
        (text(&denied, "state"), text(&denied, "missing_permission")),
        ("denied", "lambda:ListFunctions")
    );
}

/// Everything that a row needs can be asked for: first the lists are denied, then what is asked about what they
/// found, then what is asked about that.
#[test]
fn the_policy_can_name_every_permission_that_a_row_needs() {
    let estate = Estate { items: 1, ..Estate::new(1, &["us-east-1"]) };
    let cloud = Cloud::new(estate, "regions=us-east-1");
    let catalog = std::sync::Arc::new(cloudscope_catalog::Catalog::builtin().unwrap());
    let lists = || catalog.kinds().filter_map(|kind| kind.list.as_ref());
    let top: BTreeSet<&str> = lists().filter(|l| l.parent.is_none()).map(|l| &*l.operation).collect();
    let below: BTreeSet<&str> = lists().filter(|l| l.parent.is_some()).map(|l| &*l.operation).collect();
    let turn = |operation: &str| match operation {
        // Asked about what another detail told, or below what is below.
        "codepipeline:ListTagsForResource" | "opensearch:ListTags" => 1,
        "elbv2:DescribeRules" => 2,
        _ if top.contains(operation) => 0,
        _ if below.contains(operation) => 1,
        _ => 2,
    };
    let never = ["sts:GetCallerIdentity", "ec2:DescribeRegions"];
    let mut named = BTreeSet::new();
    for now in 0..3 {
        let all = cloudscope_aws::model::Models::builtin().operations();
        for operation in all.filter(|o| turn(o) == now && !never.contains(o)) {
            cloud.fake.fail(Rule::of(operation, Fault::Denied));
        }
        cloud.collect().with(3);
        named.extend(cloud.policy());
        cloud.fake.heal();
    }
    let redactor = cloudscope_domain::redact::Redactor::new([3; 32]);
    let nobody = std::sync::Arc::new(super::page::Nobody);
    let collector = cloudscope_aws::AwsCollector::new(std::sync::Arc::clone(&catalog), redactor, nobody);
    let mut wanted: BTreeSet<String> = collector.rows().flat_map(|row| row.permissions).collect();
    // Asked of buckets without a region, of keys of the user's own, and in another region.
    let not_here = ["s3:GetBucketLocation", "kms:GetKeyRotationStatus"];
    wanted.retain(|p| !not_here.contains(&p.as_str()) && !p.starts_with("globalaccelerator:"));
    let told =
        |of: &BTreeSet<String>, from: &BTreeSet<String>| from.difference(of).cloned().collect::<Vec<_>>();
    assert_eq!((told(&named, &wanted), told(&wanted, &named)), (Vec::new(), Vec::new()));
}

#[test]
fn expired_credentials_are_renewed_once_and_a_wrong_clock_is_learnt() {
    let cloud = Cloud::usual();
    let before = cloud.alive();
    for listing in &EACH[1..] {
        cloud.fake.fail(Rule::of(listing, Fault::Expired).times(1));
    }
    cloud.collect().with(0);
    cloud.fake.heal();
    for ahead in [1_200, -1_200] {
        cloud.fake.fail(Rule::of("*", Fault::Skew(ahead)));
        cloud.collect().with(0);
        cloud.fake.heal();
    }
    // For ever: nobody is let in, nothing is known any more, nothing is gone.
    cloud.fake.fail(Rule::of("*", Fault::Expired).after(3));
    assert_ne!(cloud.collect().code, Some(0));
    assert_eq!(cloud.alive(), before);
    assert!(cloud.gone().is_empty());
    cloud.fake.heal();
    cloud.fake.fail(Rule::of("*", Fault::Expired));
    assert_ne!(cloud.collect().code, Some(0));
    assert_eq!(cloud.alive(), before);
    assert!(cloud.gone().is_empty());
}

#[test]
fn what_was_deleted_is_gone_when_a_second_list_agrees() {
    let cloud = Cloud::of("autoscaling+directconnect+eks", 2, 2);
    let before = cloud.alive();
    let change = |operation: &str, what| {
        let change = Change { operation: operation.to_owned(), region: None, index: 1, what };
        cloud.fake.change(change);
    };
    change("autoscaling:DescribeLaunchConfigurations", Became::Gone);
    change("directconnect:DescribeLags", Became::Gone);
    cloud.collect().with(0);
    assert!(cloud.gone().is_empty(), "a weak list lacked them once");
    cloud.collect().with(0);
    let gone = cloud.gone();
    assert_eq!(gone.len(), 2, "{gone:?}");
    assert!(gone.is_subset(&before));
    assert_eq!(cloud.alive(), before.difference(&gone).cloned().collect());
    // A cluster and all below it.
    change("eks:ListClusters", Became::Gone);
    cloud.collect().with(0);
    assert_eq!(cloud.gone(), gone);
    cloud.collect().with(0);
    assert!(cloud.gone().len() > gone.len());
}

#[test]
fn what_is_below_a_parent_that_was_deleted_meanwhile_is_no_failure() {
    let cloud = Cloud::of("eks", 2, 2);
    let before = cloud.alive();
    cloud.fake.fail(Rule::of("eks:ListNodegroups", Fault::refuse(404, "ResourceNotFoundException")).times(1));
    cloud.collect().with(0);
    assert_eq!(cloud.alive(), before);
    cloud.fake.heal();
    cloud.collect().with(0);
    assert_eq!(cloud.alive(), before);
    assert!(cloud.gone().is_empty());
}

#[test]
fn a_region_that_is_switched_off_is_disabled_and_what_was_there_unknown() {
    let mut estate = Estate { items: 2, ..Estate::new(1, &[HERE, "us-east-1"]) };
    estate.regions.push(("ap-east-1".to_owned(), "not-opted-in".to_owned()));
    let cloud = Cloud::new(estate, &format!("regions={HERE}+ap-east-1,services=kms"));
    cloud.collect();
    let off: Vec<Value> = cloud.health().into_iter().filter(|s| text(s, "region") == "ap-east-1").collect();
    assert_eq!(off.len(), 1, "{off:?}");
    assert_eq!(text(&off[0], "state"), "disabled");
    assert!(cloud.ids("provider:aws region:ap-east-1").is_empty());
    assert!(!cloud.alive().is_empty());
    // Who may not ask for regions still collects those that are named.
    cloud.fake.fail(Rule::of("ec2:DescribeRegions", Fault::Denied));
    cloud.collect();
    assert_eq!(cloud.state("kms:ListAliases").first().map(String::as_str), Some("ok"));
    assert!(cloud.gone().is_empty());
}

#[test]
fn an_account_that_lets_nobody_in_does_not_end_the_others() {
    let estate = Estate { items: 2, ..Estate::new(3, &[HERE, "us-east-1"]) };
    let second = estate.accounts[1].clone();
    let cloud = Cloud::new(estate, &format!("organization=true,role=reader,regions={HERE},services=kms"));
    cloud.collect().with(0);
    let before = cloud.alive();
    let accounts = cloud.fake.estate().accounts.clone();
    for account in &accounts {
        assert!(!cloud.ids(&format!("account:{account}")).is_empty(), "{account}");
    }
    cloud.fake.fail(Rule::of("sts:AssumeRole", Fault::Denied).with(&second));
    cloud.collect().with(3);
    for scope in cloud.health() {
        let wanted = if text(&scope, "account") == second { "denied" } else { "ok" };
        assert_eq!(text(&scope, "state"), wanted, "{scope}");
    }
    assert_eq!(cloud.alive(), before);
    assert!(cloud.gone().is_empty());
    let unknown = cloud.ids("provider:aws presence:unknown");
    assert_eq!(unknown, cloud.ids(&format!("account:{second}")));
}

#[test]
fn the_ledger_holds_every_call_that_aws_saw_and_only_calls_of_the_list() {
    let estate = Estate { items: 1, ..Estate::new(2, &[HERE, "us-east-1"]) };
    let cloud = Cloud::new(estate, &format!("organization=true,role=reader,regions={HERE}"));
    let ran = cloud.collect();
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.err);
    let totals = cloud.run(&["calls", "--totals", "--format", "json"]).json();
    let mut kept: BTreeMap<String, u64> = BTreeMap::new();
    for total in totals.as_array().unwrap() {
        *kept.entry(text(total, "operation").to_owned()).or_default() += total["calls"].as_u64().unwrap();
    }
    let models = cloudscope_aws::model::Models::builtin();
    let listed: BTreeSet<&str> = models.operations().chain(models.credential_operations()).collect();
    let strange: Vec<&String> = kept.keys().filter(|k| !listed.contains(k.as_str())).collect();
    assert!(strange.is_empty(), "{strange:?}");
    assert_eq!(kept, cloud.fake.calls());
    let bad: Vec<String> = cloud
        .health()
        .iter()
        .filter(|s| text(s, "state") != "ok")
        .map(|s| {
            format!("{} {} {}: {}", text(s, "listing"), text(s, "region"), text(s, "state"), text(s, "error"))
        })
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
