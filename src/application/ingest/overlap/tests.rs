//! Only what contradicts is told.

use cloudscope_domain::{Asset, AssetKey, Category, Kind, Payload, Status, StatusClass};
use serde_json::{Value, json};

use super::overlap;

fn asset(payload: &Value) -> Asset {
    Asset {
        key: AssetKey::new("x", ""),
        kind: "test.thing".parse::<Kind>().unwrap(),
        category: Category::Other,
        provider: "test".into(),
        name: "web".into(),
        account: "".into(),
        region: "".into(),
        zone: "".into(),
        status: None,
        tags: std::collections::BTreeMap::new(),
        created_at: None,
        addresses: Vec::new(),
        aliases: Vec::new(),
        declares: None,
        properties: Payload::from_value(payload),
    }
}

fn told(left: &Asset, right: &Asset) -> Vec<String> {
    let text = |p: Option<Payload>| p.map_or_else(String::new, |p| p.as_str().to_owned());
    overlap(left, right)
        .into_iter()
        .map(|d| format!("{} {} {}", d.path, text(d.before), text(d.after)))
        .collect()
}

fn status(word: &str, class: StatusClass) -> Option<Status> {
    Some(Status { word: word.into(), class })
}

#[test]
fn what_only_one_speaks_of_is_no_difference() {
    let mut cloud = asset(&json!({"InstanceType": "m5.large", "State": {"Name": "running"}}));
    cloud.region = "eu-west-1".into();
    cloud.tags = [("env", "prod"), ("team", "a")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    cloud.addresses = vec!["10.0.0.1".into(), "1.2.3.4".into()];
    cloud.status = status("running", StatusClass::Ok);
    let mut sheet = asset(&json!({"owner": "ann", "State": null}));
    sheet.kind = "csv.row".parse().unwrap();
    sheet.tags = [("owner".to_owned(), "ann".to_owned())].into();
    sheet.addresses = vec!["10.0.0.1".into()];
    assert_eq!(told(&cloud, &sheet), [] as [&str; 0]);
    sheet.name = "web-old".into();
    sheet.region = "us-east-1".into();
    sheet.tags.insert("env".into(), "test".into());
    sheet.addresses = vec!["10.0.0.9".into(), "1.2.3.4".into()];
    sheet.status = status("retired", StatusClass::Stopped);
    assert_eq!(
        told(&cloud, &sheet),
        [
            r#"name "web" "web-old""#,
            r#"region "eu-west-1" "us-east-1""#,
            r#"tags.env "prod" "test""#,
            r#"status "running" "retired""#,
            r#"addresses ["10.0.0.1"] ["10.0.0.9"]"#,
        ]
    );
}

#[test]
fn words_of_one_meaning_and_names_of_one_spelling_are_the_same() {
    let mut instance = asset(&json!({"InstanceType": "m5.large", "EbsOptimized": true, "Id": 7, "a_b": 1}));
    instance.status = status("running", StatusClass::Ok);
    let mut state = asset(&json!({"attributes": {
        "instance_type": "m5.xlarge", "ebs_optimized": "true", "id": "7", "ab": 2, "aB": 3
    }}));
    state.status = status("Ready", StatusClass::Ok);
    assert_eq!(told(&instance, &state), [r#"properties.InstanceType "m5.large" "m5.xlarge""#]);
    state.status = status("NotReady", StatusClass::Error);
    assert_eq!(told(&instance, &state)[0], r#"status "running" "NotReady""#);
    let twice = asset(&json!({"attributes": {"v": 1, "w": 2}}));
    let other = asset(&json!({"attributes": {"v": 3, "w": 2}}));
    assert_eq!(told(&twice, &other), ["properties.attributes.v 1 3"], "told once");
}
