//! States as Terraform wrote them (`builtin`: by Terraform itself; `clouds`: accepted by it; `marks`:
//! older ways to mark secrets), and what is told of files that are no such state.

use cloudscope_domain::{StatusClass, Target};

use super::{Bench, Seen};

const BUILTIN: &str = include_str!("../fixtures/builtin.tfstate");
const CLOUDS: &str = include_str!("../fixtures/clouds.tfstate");
const MARKS: &str = include_str!("../fixtures/marks.tfstate");

fn state(text: &str) -> Seen {
    Bench::new().read("s.tfstate", text, &[]).whole()
}

#[track_caller]
fn edges(seen: &Seen, of: &str, relation: &str) -> Vec<String> {
    let sighting = seen.one(&format!("#{of}"));
    let mut found: Vec<String> = sighting
        .references
        .iter()
        .filter(|r| r.relation.as_str() == relation)
        .map(|r| {
            r.target.to_string().rsplit_once(".tfstate#").map_or(r.target.to_string(), |(_, a)| a.to_owned())
        })
        .collect();
    found.sort();
    found
}

/// The addresses are those that `terraform state list` printed for the same file.
#[track_caller]
fn check_addresses(text: &str, list: &str) {
    let mut found: Vec<String> = state(text)
        .ids()
        .into_iter()
        .filter_map(|id| id.split_once(".tfstate#").map(|(_, address)| address.to_owned()))
        .filter(|address| !address.contains(" (deposed "))
        .collect();
    found.sort();
    let mut expected: Vec<&str> = list.lines().collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn addresses_are_terraforms_own() {
    check_addresses(BUILTIN, include_str!("../fixtures/builtin.list"));
    check_addresses(CLOUDS, include_str!("../fixtures/clouds.list"));
}

#[test]
fn no_secret_of_a_state_is_told() {
    for text in [BUILTIN, CLOUDS, MARKS] {
        let seen = state(text);
        let told = format!("{:?}", seen.sink.items());
        assert!(text.to_lowercase().contains("canary"), "the fixture has secrets to find");
        let at = told.to_lowercase().find("canary");
        assert_eq!(at, None, "{}", at.map_or("", |at| &told[at.saturating_sub(300)..at + 40]));
        assert!(!told.contains("Q0FOQVJZ"), "the provider's private data is not told");
        assert!(told.contains("«redacted:sensitive:"));
    }
}

#[test]
fn an_instance_declares_its_cloud_asset() {
    let seen = state(CLOUDS);
    let web = seen.one("#aws_instance.web[0]").asset;
    let arn = "arn:aws:ec2:eu-west-1:123456789012:instance/i-0aa1";
    assert_eq!(web.declares.as_ref().map(|id| id.as_str()), Some(arn));
    assert_eq!(
        (web.kind.as_str(), web.provider.as_str(), &*web.name, &*web.account, &*web.region, &*web.zone),
        ("terraform.aws_instance", "terraform", "web-1", "123456789012", "eu-west-1", "eu-west-1a")
    );
    assert_eq!(web.tags.get("team").map(String::as_str), Some("ops"));
    assert_eq!(web.addresses, ["10.0.0.11", "ip-10-0-0-11.eu-west-1.compute.internal"]);
    assert_eq!(edges(&seen, "aws_instance.web[0]", "declares"), [arn]);
    assert_eq!(web.status, None);

    let azure = seen.one("#azurerm_linux_virtual_machine.vm").asset;
    assert_eq!(
        azure.declares.as_ref().map(|id| id.as_str()),
        Some("/subscriptions/aaaa-1/resourcegroups/rg-prod/providers/microsoft.compute/virtualmachines/vm-1")
    );
    assert_eq!((&*azure.account, &*azure.region, &*azure.zone), ("aaaa-1", "westeurope", "2"));

    let google = seen.one("#google_compute_instance.vm").asset;
    assert_eq!(
        google.declares.as_ref().map(|id| id.as_str()),
        Some("//compute.googleapis.com/projects/my-proj/zones/us-central1-a/instances/vm")
    );
    assert_eq!(
        (&*google.account, &*google.region, &*google.zone),
        ("my-proj", "us-central1", "us-central1-a")
    );

    let db = seen.one("#aws_db_instance.main").asset;
    assert_eq!(db.addresses, ["main.abc.eu-west-1.rds.amazonaws.com"]);
    // A data source reads what somebody else owns.
    let ami = seen.one("#data.aws_ami.ubuntu").asset;
    assert_eq!(ami.declares, None);
    assert_eq!(edges(&seen, "data.aws_ami.ubuntu", "reads"), ["arn:aws:ec2:eu-west-1::image/ami-0c1"]);
    assert_eq!(ami.created_at.map(|t| t.to_string()), Some("2026-01-02T03:04:05Z".to_owned()));
}

/// A bucket's ARN says no account, but everything else of its provider configuration does.
#[test]
fn what_says_no_account_is_of_the_account_of_its_provider_configuration() {
    let resource = |provider: &str, type_: &str, name: &str, arn: &str| {
        format!(
            r#"{{"mode":"managed","type":"{type_}","name":"{name}","provider":"{provider}","instances":[{{"attributes":{{"arn":"{arn}"}}}}]}}"#
        )
    };
    let all = [
        resource("p", "aws_vpc", "v", "arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-1"),
        resource("p", "aws_iam_policy_of_aws", "a", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        resource("p", "aws_s3_bucket", "sure", "arn:aws:s3:::sure"),
        resource("q", "aws_vpc", "v", "arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-2"),
        resource("q", "aws_vpc", "w", "arn:aws:ec2:eu-west-1:222222222222:vpc/vpc-3"),
        resource("q", "aws_vpc", "x", "arn:aws:ec2:eu-west-1:222222222222:vpc/vpc-4"),
        resource("q", "aws_s3_bucket", "of_two", "arn:aws:s3:::of-two"),
        resource("r", "aws_s3_bucket", "alone", "arn:aws:s3:::alone"),
        resource("p", "random_pet", "pet", ""),
    ];
    let seen = state(&format!(r#"{{"version":4,"serial":1,"resources":[{}]}}"#, all.join(",")));
    let account = |address: &str| seen.one(address).asset.account.to_string();
    assert_eq!(account("#aws_s3_bucket.sure"), "111111111111");
    assert_eq!(account("#aws_s3_bucket.of_two"), "", "that may be either");
    assert_eq!(account("#aws_s3_bucket.alone"), "");
    assert_eq!(account("#random_pet.pet"), "");
    assert_eq!(account("#aws_iam_policy_of_aws.a"), "aws");
}

#[test]
fn tainted_and_deposed_want_a_look() {
    let seen = state(CLOUDS);
    for (address, word) in
        [("aws_instance.web[1]", "tainted"), ("aws_instance.web[1] (deposed 00000001)", "deposed")]
    {
        let status = seen.one(&format!("#{address}")).asset.status.unwrap();
        assert_eq!((&*status.word, status.class), (word, StatusClass::Warning), "{address}");
    }
    assert_eq!(state(BUILTIN).one("#terraform_data.plain").asset.status.unwrap().class, StatusClass::Warning);
}

#[test]
fn dependencies_mean_instances() {
    let seen = state(BUILTIN);
    assert_eq!(edges(&seen, "terraform_data.counted[1]", "depends-on"), ["terraform_data.plain"]);
    // Within a module: the instance of the same key.
    assert_eq!(
        edges(&seen, r#"module.m["eu.west"].terraform_data.top"#, "depends-on"),
        [r#"module.m["eu.west"].terraform_data.base"#]
    );
    let after = edges(&seen, "terraform_data.after", "depends-on");
    for address in [
        r#"module.m["eu.west"].module.inner[0].terraform_data.leaf"#,
        r#"module.m["q\"q"].terraform_data.top"#,
        "terraform_data.counted[0]",
        "terraform_data.counted[1]",
    ] {
        assert!(after.iter().any(|a| a == address), "{address} is not in {after:?}");
    }
    assert_eq!(after.len(), 11, "{after:?}");

    let clouds = state(CLOUDS);
    assert_eq!(
        edges(&clouds, r#"module.net["a.b"].aws_security_group_rule.in["443"]"#, "depends-on"),
        [r#"module.net["a.b"].aws_security_group.web"#]
    );
    // A key in the dependency means that instance only.
    assert!(
        edges(&clouds, "aws_instance.web[0]", "depends-on")
            .contains(&r#"module.net["a.b"].aws_security_group.web"#.to_owned())
    );
    assert!(!edges(&clouds, "aws_instance.web[0]", "depends-on").iter().any(|a| a.contains("say")));
}

#[test]
fn many_times_many_edges_are_bounded() {
    use serde_json::json;
    let instances = |deps: &[&str]| -> Vec<_> {
        (0..100)
            .map(|n| json!({"index_key": n, "attributes": {"id": n.to_string()}, "dependencies": deps}))
            .collect()
    };
    let text = json!({"version": 4, "serial": 1, "lineage": "l", "outputs": {}, "resources": [
        {"mode": "managed", "type": "t", "name": "a", "provider": "p", "instances": instances(&[])},
        {"mode": "managed", "type": "t", "name": "b", "provider": "p", "instances": instances(&["t.a", "t.gone"])},
    ]});
    let seen = state(&text.to_string());
    let one = seen.one("#t.b[7]");
    let on: Vec<_> = one.references.iter().filter(|r| r.relation.as_str() == "depends-on").collect();
    assert_eq!(on.len(), 65);
    assert!(on[0].rule.contains("64 of 100"), "{}", on[0].rule);
    assert!(matches!(&on[64].target, Target::Id(id) if id.as_str().ends_with("#t.gone")));
}

#[test]
fn the_state_itself_is_a_record() {
    let seen = state(CLOUDS);
    let state = seen.sightings().remove(0);
    assert_eq!(state.asset.kind.as_str(), "terraform.state");
    let properties = state.asset.properties.value();
    assert_eq!(properties["serial"], 41);
    assert_eq!(properties["outputs"]["url"]["value"], "https://web.example.com");
    assert!(
        properties["outputs"]["db_password"]["value"].as_str().unwrap().starts_with("«redacted:sensitive:")
    );
    assert_eq!(*state.volatile, ["/serial".to_owned()]);
}

#[test]
fn a_broken_part_costs_that_part() {
    let text = r#"{"version":4,"serial":1,"lineage":"l","resources":[
      {"type":"t","name":"a","instances":[{"attributes":{"id":"1"}}]},
      {"type":7},
      {"type":"t","name":"b","instances":[{"index_key":0,"attributes":{"id":"2"}},{"index_key":1,"deposed":9},
        {"index_key":0}]}
    ]}"#;
    let seen = state(text);
    assert_eq!(seen.ids().len(), 3, "the state, a and b[0]");
    let problems = seen.problems();
    assert!(problems[0].contains("s.tfstate:3: not a resource"), "{problems:?}");
    assert!(problems[1].contains("s.tfstate:4: an instance of t.b"), "{problems:?}");
    assert!(problems[2].contains("s.tfstate:5: t.b[0] stands twice"), "{problems:?}");
}

#[test]
fn a_state_cut_anywhere_is_never_whole() {
    let bench = Bench::new();
    for cut in (0..CLOUDS.trim_end().len() - 1).step_by(97) {
        let seen = bench.read("s.tfstate", &CLOUDS.as_bytes()[..cut], &[]);
        assert!(seen.result.is_err(), "cut at {cut}");
        assert!(seen.sightings().is_empty(), "nothing is told of a torn state");
    }
}

#[track_caller]
fn check_refused(text: impl AsRef<[u8]>, words: &str) {
    Bench::new().read("s.tfstate", text, &[]).failed(words);
}

#[test]
fn what_is_no_version_4_state_is_named() {
    check_refused(
        r#"{"version":3,"serial":1,"lineage":"l","modules":[]}"#,
        "version 3, this program reads version 4",
    );
    check_refused(r#"{"version":9}"#, "version 9, newer than");
    check_refused(r#"{"version":"x"}"#, "which no Terraform state has");
    check_refused(
        r#"{"version":3,"serial":1,"backend":{"type":"s3","config":{"secret_key":"canary"}},"modules":[]}"#,
        "only names the backend `s3`",
    );
    check_refused(
        r#"{"serial":1,"lineage":"l","encrypted_data":"AA","encryption_version":"v0"}"#,
        "encrypted OpenTofu",
    );
    check_refused(r#"{"format_version":"1.0","values":{}}"#, "terraform show -json");
    check_refused(b"PK\x03\x04....", "saved plan");
    check_refused("not json", "is not JSON: expected ident (line 1, column 2)");
    check_refused("{\n \"version\": 4,\n x", "line 3, column 2");
    check_refused("", "is empty");
    check_refused("  \n", "only white space");
    check_refused("[]", "not an object");
    check_refused(r#"{"version":4}"#, "not a Terraform state");
    check_refused(b"\xff\xfe{\0}\0", "UTF-16");
    check_refused(b"{\"a\": \"\xff\"}", ":1: the text is not UTF-8");
    check_refused(r#"{"version":4,"resources":7}"#, "the state is damaged");
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    assert_eq!(state(&format!("\u{feff}{CLOUDS}")).ids().len(), state(CLOUDS).ids().len());
}
