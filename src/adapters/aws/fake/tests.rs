//! What the fake says is what the collector reads.

use std::collections::BTreeSet;

use cloudscope_catalog::{Catalog, MapContext};
use cloudscope_domain::redact::Redactor;
use http::HeaderMap;
use serde_json::{Value, json};

use super::*;
use crate::{
    client::Target,
    extract,
    listing::{Listing, Listings},
    pages::Pager,
    wire,
};

fn shared(items: usize, page: usize) -> Shared {
    let estate = Estate { items, page, ..Estate::new(2, &["eu-west-1", "us-east-1"]) };
    Shared {
        estate,
        operations: Operations::builtin(),
        uses: Uses::builtin(),
        pages: Pages::default(),
        script: Mutex::default(),
        calls: Mutex::default(),
        keys: Mutex::default(),
        logins: Default::default(),
        stop: Notify::new(),
    }
}

/// Asks as the collector does, up to the wire and back.
fn ask(fake: &Shared, target: &Target, input: &Value) -> Result<Value, String> {
    let operation = target.operation().map_err(|f| f.to_string())?;
    let service = &target.service;
    let request = wire::encode(service, operation, input).map_err(|e| e.to_string())?;
    let mut text = format!("{} {} HTTP/1.1\r\n", request.method, request.path_and_query);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let key = fake.estate.key(0);
    text.push_str(&format!(
        "authorization: AWS4-HMAC-SHA256 Credential={key}/20261125/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=0",
        service.signing_name
    ));
    let head = request::Head::parse(&text).ok_or("no head")?;
    let asked = fake.operations.asked(&head, &request.body).ok_or("no operation")?;
    let same = format!("{}:{}", asked.service.name, asked.operation);
    if same != target.gated.as_str() {
        return Err(format!("was taken for {same}"));
    }
    let body = fake.page(&asked, fault::Turn::On);
    let bounds = wire::Bounds { depth: 64, bytes: 1 << 26, items: 1_000_000, unknown: wire::Unknown::Keep };
    wire::decode(service, operation, 200, &HeaderMap::new(), body.as_bytes(), bounds)
        .map_err(|e| format!("{e}: {}", body.chars().take(400).collect::<String>()))
}

/// All items of a listing, by kind; the parents' first items stand in for its parents.
fn list(
    fake: &Shared,
    listings: &Listings,
    listing: &Listing,
    parent: &Value,
) -> Result<Vec<Vec<Value>>, String> {
    let context = context();
    let input = listing.spec.input.render(parent, &context)?;
    let pager = Pager::new(
        listing.target.operation().map_err(|f| f.to_string())?.pages.as_ref(),
        listing.spec.pages.as_ref(),
    );
    let mut out = vec![Vec::new(); listing.kinds.len()];
    let mut tokens = serde_json::Map::new();
    for _ in 0..20 {
        let mut input = input.clone();
        input.extend(tokens);
        let mut page = ask(fake, &listing.target, &Value::Object(input))?;
        for (found, out) in listing.kinds.iter().zip(&mut out) {
            out.extend(extract::items(&found.spec, &mut page, parent, &context, true));
        }
        tokens = pager.next(&page);
        if tokens.is_empty() {
            for (found, items) in listing.kinds.iter().zip(&mut out) {
                for detail in &found.details {
                    let target = &detail.target;
                    for item in items.iter_mut() {
                        let Ok(input) = detail.spec.input.render(item, &context) else { continue };
                        ask(fake, target, &Value::Object(input))
                            .map_err(|e| format!("{} of {}: {e}", target.gated.as_str(), found.kind))?;
                    }
                }
            }
            let _ = listings;
            return Ok(out);
        }
    }
    Err("the pages do not end".to_owned())
}

fn context() -> MapContext {
    MapContext {
        account: "100000000001".to_owned(),
        region: "eu-west-1".to_owned(),
        variables: [("partition".to_owned(), "aws".to_owned())].into(),
    }
}

fn of_listing(fake: &Shared, listings: &Listings, at: usize) -> Result<Vec<Vec<Value>>, String> {
    let listing = &listings.all[at];
    let parent = match listing.parent {
        None => Value::Null,
        Some((above, kind)) => {
            let parents = of_listing(fake, listings, above)?;
            parents[kind].first().cloned().ok_or("no parent")?
        }
    };
    list(fake, listings, listing, &parent)
}

#[test]
fn every_listing_of_the_catalog_is_answered_with_items_of_its_kinds() {
    let fake = shared(7, 3);
    let catalog = Catalog::builtin().unwrap();
    let listings = Listings::of(&catalog);
    let redactor = Redactor::new(*b"key of a test, 32 bytes long, ok");
    let mut told = Vec::new();
    let (mut bytes, mut count) = (0, 0);
    let mut kinds = std::collections::BTreeMap::new();
    for at in 0..listings.all.len() {
        let listing = &listings.all[at];
        let items = match of_listing(&fake, &listings, at) {
            Ok(items) => items,
            Err(why) => {
                told.push(format!("{}: {why}", listing.name));
                continue;
            }
        };
        for (found, items) in listing.kinds.iter().zip(items) {
            let mut ids = BTreeSet::new();
            let many = items.len();
            if many == 0 {
                told.push(format!("{}: no items", found.kind));
            }
            for item in items {
                bytes += item.to_string().len();
                count += 1;
                // What its id is made of comes with a detail.
                let later = !found.details.is_empty();
                match catalog.map(&found.kind, item, &context(), &redactor) {
                    Ok(sighting) => {
                        let id = sighting.asset.key.id.to_string();
                        let kind = kinds.entry(id.clone()).or_insert(&found.kind);
                        if *kind != &found.kind {
                            told.push(format!("{} and {kind} have the same id, {id}", found.kind));
                        }
                        ids.insert(id);
                    }
                    Err(_) if later => drop(ids.insert(ids.len().to_string())),
                    Err(why) => told.push(format!("{}: {why}", found.kind)),
                }
            }
            // There is one recorder in a region, and an account is one.
            let one = ["aws.config.recorder", "aws.iam.account"].contains(&found.kind.as_str());
            if ids.len() != many && !one {
                told.push(format!("{}: {} ids of {many} items", found.kind, ids.len()));
            }
        }
    }
    told.dedup();
    assert!(told.is_empty(), "{} of {}\n{}", told.len(), listings.all.len(), told.join("\n"));
    let usual = bytes / count;
    assert!((600..1_200).contains(&usual), "items have {usual} bytes");
}

#[test]
fn what_is_asked_while_planning_is_answered() {
    let fake = shared(1, 2);
    let ask = |name: &str, input: Value| ask(&fake, &Target::find(name, &[]).unwrap(), &input).unwrap();
    assert_eq!(ask("sts:GetCallerIdentity", json!({}))["Account"], "100000000001");
    assert_eq!(
        ask("ec2:DescribeRegions", json!({"AllRegions": true}))["Regions"][0]["RegionName"],
        "eu-west-1"
    );
    assert_eq!(ask("organizations:ListAccounts", json!({}))["Accounts"][1]["Id"], "100000000002");
    let role = json!({"RoleArn": "arn:aws:iam::100000000002:role/x", "RoleSessionName": "cloudscope"});
    assert_eq!(ask("sts:AssumeRole", role)["Credentials"]["AccessKeyId"], "ASIA100000000002");
}
