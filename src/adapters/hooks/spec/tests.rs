//! What a hook may say, and which events its filter lets through.

use cloudscope_ports::Happening;
use serde_json::{Value, json};

use super::*;
use crate::samples;

fn read(value: Value) -> Result<HookSpec, String> {
    serde_json::from_value(value).map_err(|e| e.to_string())
}

fn hook(key: &str, value: &Value) -> Value {
    let mut hook = json!({"name": "page", "events": ["asset-gone"], "command": {"program": "/bin/true"}});
    hook[key] = value.clone();
    hook
}

fn webhook(key: &str, value: &Value) -> Value {
    let mut action = json!({"url": "https://hooks.example.com/a?b=c", "secret": "chat"});
    action[key] = value.clone();
    json!({"name": "chat", "events": ["run-finished"], "webhook": action})
}

#[test]
fn events_have_the_names_of_happenings() {
    let all = [
        Event::AssetCreated,
        Event::AssetChanged,
        Event::AssetGone,
        Event::AssetsUnknown,
        Event::RunFinished,
        Event::ScopeFailed,
    ];
    assert_eq!(all.map(Event::name), Happening::NAMES);
    for event in all {
        assert_eq!(serde_json::to_value(event).unwrap(), event.name());
    }
}

#[test]
fn what_cannot_be_meant_is_refused_in_words() {
    for (value, part) in [
        (hook("name", &json!("")), "name of a hook"),
        (hook("name", &json!("a/b")), "name of a hook"),
        (hook("events", &json!([])), "at least one event"),
        (hook("events", &json!(["asset-went"])), "asset-went"),
        (hook("shell", &json!("true")), "shell"),
        (hook("command", &json!(null)), "either"),
        (hook("webhook", &json!({"url": "https://a.example/", "secret": "s"})), "either"),
        (hook("command", &json!({"program": "true"})), "absolute"),
        (hook("command", &json!({"program": "./true"})), "absolute"),
        (hook("command", &json!({"program": "/bin/"})), "absolute"),
        (hook("command", &json!({"program": "/bin/true", "args": "x"})), "expected a sequence"),
        (hook("command", &json!({"program": "/bin/true", "args": ["a\u{0}"]})), "NUL"),
        (hook("command", &json!({"program": "/bin/true", "timeout": "2h"})), "time limit"),
        (hook("command", &json!({"program": "/bin/true", "concurrency": 0})), "concurrency"),
        (hook("only", &json!({"kinds": ["AWS"]})), "no kind"),
        (hook("only", &json!({"kind": ["aws"]})), "kind"),
        (webhook("only", &json!({})), "only"),
        (webhook("url", &json!("http://hooks.example.com/")), "loopback"),
        (webhook("url", &json!("ftp://hooks.example.com/")), "ftp"),
        (webhook("url", &json!("https://u@hooks.example.com/")), "password"),
        (webhook("url", &json!("https://hooks.example.com/#x")), "#"),
        (webhook("url", &json!("hooks.example.com")), "https://HOST"),
        (webhook("secret", &json!("../key")), "name of a secret"),
        (webhook("attempts", &json!(0)), "attempts"),
        (webhook("batch", &json!(0)), "batch"),
        (webhook("allow", &json!(["inside"])), "10.1.0.0/16"),
        (webhook("proxy", &json!("http://p/")), "proxy"),
    ] {
        let error = read(value.clone()).expect_err(&value.to_string());
        assert!(error.contains(part), "{value}: {error}");
    }
    let mut both = hook("events", &json!(["asset-gone", "run-finished"]));
    both["only"] = json!({"providers": ["aws"]});
    assert!(read(both).unwrap_err().contains("run-finished"));
}

#[test]
fn nothing_but_the_host_of_a_url_is_told_and_addresses_are_seen_through() {
    let spec = read(webhook("url", &json!("https://hooks.example.com:8443/s3cret?token=x"))).unwrap();
    assert_eq!(spec.what(), "webhook hooks.example.com:8443");
    for (url, ip) in [
        ("https://0x7f.1/", "127.0.0.1"),
        ("https://2130706433/", "127.0.0.1"),
        ("https://0251.0376.0251.0376/", "169.254.169.254"),
        ("https://[::ffff:a9fe:a9fe]/", "::ffff:169.254.169.254"),
    ] {
        let target = Target::try_from(url.to_owned()).unwrap();
        assert_eq!(target.literal(), Some(ip.parse().unwrap()), "{url}");
    }
    assert_eq!(Target::try_from("https://127.example.com/".to_owned()).unwrap().literal(), None);
}

#[test]
fn every_word_of_a_hook_is_in_its_pin() {
    let pin = |value: Value| read(value).unwrap().pin();
    let (command, web) = (hook("name", &json!("page")), webhook("secret", &json!("chat")));
    let base = pin(command.clone());
    assert_eq!(base, pin(command));
    assert_eq!(base.len(), 64);
    for other in [
        hook("name", &json!("pager")),
        hook("events", &json!(["asset-gone", "asset-created"])),
        hook("only", &json!({"kinds": ["aws.*"]})),
        hook("command", &json!({"program": "/bin/false"})),
        hook("command", &json!({"program": "/bin/true", "args": ["x"]})),
        hook("command", &json!({"program": "/bin/true", "timeout": "31s"})),
        hook("command", &json!({"program": "/bin/true", "concurrency": 2})),
    ] {
        assert_ne!(base, pin(other.clone()), "{other}");
    }
    let base = pin(web);
    for (key, value) in [
        ("url", json!("https://hooks.example.com/a?b=d")),
        ("secret", json!("other")),
        ("allow_private", json!(true)),
        ("allow", json!(["10.0.0.1"])),
        ("ca_file", json!("/etc/ca.pem")),
        ("batch", json!(5)),
    ] {
        assert_ne!(base, pin(webhook(key, &value)), "{key}");
    }
}

#[test]
fn kinds_fit_with_stars() {
    for (pattern, kind, fits) in [
        ("aws.ec2.instance", "aws.ec2.instance", true),
        ("aws.ec2.instance", "aws.ec2.instances", false),
        ("aws.*", "aws.ec2.instance", true),
        ("aws.*", "awsome.x", false),
        ("*.instance", "gcp.compute.instance", true),
        ("*.instance", "gcp.compute.instance-group", false),
        ("aws.*.in*ce", "aws.ec2.instance", true),
        ("*", "host.process", true),
        ("a*a", "a", false),
        ("*ab*ab*", "xabyabz", true),
        ("*ab*ab*", "xabz", false),
    ] {
        let pattern = KindPattern::try_from(pattern.to_owned()).unwrap();
        assert_eq!(pattern.fits(kind), fits, "{pattern:?} {kind}");
    }
}

#[test]
fn a_filter_lets_through_what_fits_all_of_it() {
    for (filter, let_through) in [
        (json!({}), vec![true; 6]),
        (json!({"sources": ["aws-prod"]}), vec![true; 6]),
        (json!({"sources": ["aws-test"]}), vec![false; 6]),
        (json!({"sources": ["aws-test", "aws-prod"]}), vec![true; 6]),
        (json!({"kinds": ["aws.*"]}), vec![true, true, true, false, false, false]),
        (json!({"kinds": ["gcp.*"]}), vec![false; 6]),
        (json!({"providers": ["aws"]}), vec![true, true, true, false, false, false]),
        (json!({"providers": ["aws"], "kinds": ["*.volume"]}), vec![false; 6]),
    ] {
        let only: Filter = serde_json::from_value(filter.clone()).unwrap();
        let got: Vec<bool> = samples::all().iter().map(|n| only.lets(&n.happening)).collect();
        assert_eq!(got, let_through, "{filter}");
    }
    // Joined records: any source that speaks of the asset counts.
    let only: Filter = serde_json::from_value(json!({"sources": ["state"]})).unwrap();
    let mut asset = samples::asset("web-1");
    asset.sources = vec!["aws-prod".into(), "state".into()];
    assert!(only.lets(&Happening::AssetCreated { asset: Box::new(asset) }));
}
