//! Listings as they are written, and what their templates give.

use serde_json::{Value, json};

use super::*;
use crate::{Catalog, KindSpec};

const HEAD: &str = r#"version = 1
[[kind]]
kind = "acme.box"
category = "compute"
provider = "acme"
title = "Box"
id = "{/Arn}"
columns = ["name"]
[kind.list]
operation = "acme:ListBoxes"
items = "/Boxes/*"
"#;

fn spec(rest: &str) -> Result<ListSpec, String> {
    let mut catalog = Catalog::default();
    catalog.add("own.toml", &format!("{HEAD}{rest}")).map_err(|e| e.to_string())?;
    let kind: Option<&KindSpec> = catalog.spec(&"acme.box".parse().unwrap());
    Ok((**kind.unwrap().list.as_ref().unwrap()).clone())
}

fn context() -> MapContext {
    MapContext { account: "1".into(), region: "eu".into(), ..MapContext::default() }
}

#[test]
fn a_listing_says_what_to_call_and_where_the_items_are() {
    let list = spec(
        r#"input = { Max = 100, Path = "/", Owners = ["self"], Filters = [{ Name = "a", Values = ["{account}"] }] }
parent = "acme.rack"
set = { Rack = "{/Name}" }
when = [{ path = "/Engine", is = "x" }, { path = "/State", not = ["gone"] }]
pages = { token = "Next", from = "NextToken" }
verified = "moto"
[[kind.list.detail]]
operation = "acme:DescribeBoxes"
input = { rack = "{/Rack}", ids = ["{/Id}"], full = true }
batch = 2
items = "/Boxes/*"
key = "/Id"
drop = true
"#,
    )
    .unwrap();
    assert_eq!(&*list.operation, "acme:ListBoxes");
    let input = list.input.render(&json!({}), &context()).unwrap();
    assert_eq!(
        Value::Object(input),
        json!({"Max": 100, "Path": "/", "Owners": ["self"], "Filters": [{"Name": "a", "Values": ["1"]}]})
    );
    let holds = |item: Value| list.when.iter().all(|w| w.holds(&item));
    assert!(holds(json!({"Engine": "x"})) && holds(json!({"Engine": "x", "State": "up"})));
    assert!(!holds(json!({"Engine": "x", "State": "gone"})) && !holds(json!({})));

    let detail = &list.details[0];
    let (a, b) = (json!({"Rack": "r", "Id": "1"}), json!({"Rack": "r", "Id": "2"}));
    let both = detail.input.render_all(&[&a, &b], &context()).unwrap();
    assert_eq!(Value::Object(both), json!({"rack": "r", "ids": ["1", "2"], "full": true}));
    assert_eq!(detail.input.common(&a, &context()), detail.input.common(&b, &context()));
    let other = json!({"Rack": "s", "Id": "3"});
    assert_ne!(detail.input.common(&a, &context()), detail.input.common(&other, &context()));
    assert_eq!(detail.input.render(&json!({"Id": "1"}), &context()), Err("rack".to_owned()));
}

#[test]
fn mistakes_say_the_line_and_what_would_be_right() {
    let check = |rest: &str, part: &str| {
        let error = spec(rest).unwrap_err();
        assert!(error.contains(part), "{error}");
    };
    check("itmes = 1", "own.toml:12");
    check("input = 5", "a table of parameters");
    check("input = { a = 1.5 }", "whole number");
    check("when = { path = \"/a\" }", "`is` or in `not`");
    check("[[kind.list.detail]]\noperation = \"Describe\"", "`ec2:DescribeInstances`");
    check(
        "[[kind.list.detail]]\noperation = \"a:B\"\nbatch = 0\nitems = \"/a\"\nkey = \"/a\"",
        "from 1 to 1000",
    );
    check("[[kind.list.detail]]\noperation = \"a:B\"\ndrop = true", "belongs to a `batch`");
    check("[[kind.list.detail]]\noperation = \"a:B\"\njoin = true\nresult = \"/a\"", "`items`");
    check("[[kind.list.detail]]\noperation = \"a:B\"\njoin = true\nitems = \"/a\"", "`key`");
}
