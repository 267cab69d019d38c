//! The built-in kinds against items as the providers return them.

use std::{fmt::Write as _, path::Path};

use cloudscope_domain::{Kind, Sighting, Target, redact::Redactor};
use serde_json::{Value, json};

use crate::{Catalog, MapContext, spec::TargetSpec};

fn context() -> MapContext {
    let variables = [("machine", "9f86d081884c7d65"), ("cluster", "c1u5-7e2")];
    MapContext {
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        variables: variables.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
    }
}

fn map(kind: &str, item: Value) -> Sighting {
    let catalog = Catalog::builtin().unwrap();
    catalog.map(&kind.parse().unwrap(), item, &context(), &Redactor::new([3; 32])).unwrap()
}

/// Everything that was derived, a line each.
fn shown(kind: &str, item: Value) -> String {
    let Sighting { asset, references, volatile, sets } = map(kind, item);
    let mut out = String::new();
    let mut line = |what: &str, text: &dyn std::fmt::Display| {
        let text = text.to_string();
        if !text.is_empty() {
            writeln!(out, "{what:<12} {text}").unwrap();
        }
    };
    line("id", &asset.key.id);
    line("incarnation", &asset.key.incarnation);
    line("kind", &format_args!("{} ({}, {})", asset.kind, asset.category, asset.provider));
    line("name", &asset.name);
    line("place", &format_args!("{} / {} / {}", asset.account, asset.region, asset.zone));
    if let Some(status) = &asset.status {
        line("status", &format_args!("{} = {}", status.word, status.class));
    }
    if let Some(created) = &asset.created_at {
        line("created", created);
    }
    for (key, value) in &asset.tags {
        line("tag", &format_args!("{key}={value}"));
    }
    line("addresses", &asset.addresses.join(" "));
    line("aliases", &asset.aliases.join(" "));
    for r in &references {
        let arrow = if r.reverse { "<-" } else { "->" };
        let target = match &r.target {
            Target::Id(id) => id.to_string(),
            Target::Named { kind, name } => {
                format!("{name} ({})", kind.as_ref().map_or("any kind", Kind::as_str))
            }
            Target::Selected(selection) => format!("{selection} (every {})", selection.kind),
        };
        line("edge", &format_args!("{arrow} {} {target}", r.relation));
    }
    line("volatile", &volatile.join(" "));
    line("sets", &sets.join(" "));
    if asset.properties.as_str().contains("redacted") {
        line("properties", &asset.properties.as_str());
    }
    out
}

fn item(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("builtin/items").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Each file in `items/` is named after the kind that its item is of.
#[test]
fn items_as_providers_return_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("builtin/items");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert!(files.len() >= 20, "{files:?}");
    for file in files {
        let kind = file.strip_suffix(".json").unwrap();
        insta::assert_snapshot!(kind, shown(kind, item(&file)));
    }
}

#[test]
fn nothing_secret_of_an_item_is_left() {
    for (kind, file) in [
        ("aws.lambda.function", "aws.lambda.function.json"),
        ("k8s.core.secret", "k8s.core.secret.json"),
        ("k8s.core.pod", "k8s.core.pod.json"),
        ("azure.compute.virtual-machine", "azure.compute.virtual-machine.json"),
        ("gcp.compute.instance", "gcp.compute.instance.json"),
    ] {
        let before = item(file).to_string();
        assert!(before.contains("hunter2"), "{file} has no secret to lose");
        let after = format!("{:?}", map(kind, item(file)));
        // The same word in base64, as Kubernetes writes it.
        assert!(!after.contains("hunter2") && !after.contains("aHVudGVyMg"), "{after}");
    }
}

#[test]
fn every_kind_has_what_a_list_needs() {
    let catalog = Catalog::builtin().unwrap();
    for spec in catalog.kinds() {
        assert_eq!(spec.columns.first().map(String::as_str), Some("name"), "{}", spec.kind);
        assert!(spec.kind.as_str().starts_with(&format!("{}.", spec.provider)), "{}", spec.kind);
        for reference in &spec.references {
            if let TargetSpec::Named { kind: Some(kind), .. } = &reference.target {
                let service: Vec<&str> = kind.parts().take(2).collect();
                let known = catalog.kinds().any(|k| k.kind.parts().take(1).eq(service[..1].iter().copied()));
                assert!(known, "{}: a reference to {kind}, of a provider that nobody knows", spec.kind);
            }
        }
    }
}

#[test]
fn a_sick_node_and_a_failing_pod_say_so() {
    let node = |ready: &str, more: Value| {
        let item = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": "n", "uid": "u"}, "spec": more,
            "status": {"conditions": [{"type": "DiskPressure", "status": "False"}, {"type": "Ready", "status": ready}]}
        });
        let status = map("k8s.core.node", item).asset.status.unwrap();
        format!("{} {}", status.word, status.class)
    };
    assert_eq!(node("True", json!({})), "Ready ok");
    assert_eq!(node("True", json!({"unschedulable": true})), "SchedulingDisabled warning");
    assert_eq!(node("False", json!({})), "NotReady error");
    assert_eq!(node("Unknown", json!({})), "Unreachable unknown");
    let pod = |status: Value, gone: Value| {
        let item = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n", "uid": "u", "deletionTimestamp": gone}, "status": status});
        let status = map("k8s.core.pod", item).asset.status.unwrap();
        format!("{} {}", status.word, status.class)
    };
    let waiting = json!({"phase": "Running", "containerStatuses": [{"state": {"running": {}}}, {"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]});
    assert_eq!(pod(waiting, Value::Null), "CrashLoopBackOff error");
    assert_eq!(pod(json!({"phase": "Running"}), Value::Null), "Running ok");
    assert_eq!(pod(json!({"phase": "Running"}), json!("2026-11-21T08:00:00Z")), "Terminating pending");
    assert_eq!(pod(json!({"phase": "Failed", "reason": "Evicted"}), Value::Null), "Evicted error");
}

#[test]
fn terraform_attributes_give_the_id_of_the_cloud_asset() {
    let catalog = Catalog::builtin().unwrap();
    #[track_caller]
    fn check(catalog: &Catalog, type_name: &str, attributes: &Value, kind: &str, id: Option<&str>) {
        let found = catalog.terraform(type_name).unwrap_or_else(|| panic!("{type_name} is not known"));
        assert_eq!(found.kind.as_ref().map_or("", Kind::as_str), kind, "{type_name}");
        let got = found.declared(attributes, &context());
        assert_eq!(got.as_ref().map(AsRef::as_ref), id, "{type_name}");
    }
    let arn = "arn:aws:ec2:eu-west-1:123456789012:instance/i-0ab1";
    check(&catalog, "aws_instance", &json!({"arn": arn, "id": "i-0ab1"}), "aws.ec2.instance", Some(arn));
    check(&catalog, "aws_instance", &json!({"arn": null}), "aws.ec2.instance", None);
    check(
        &catalog,
        "aws_nat_gateway",
        &json!({"id": "nat-1"}),
        "aws.ec2.nat-gateway",
        Some("arn:aws:ec2:eu-west-1:123456789012:natgateway/nat-1"),
    );
    check(
        &catalog,
        "aws_ecs_service",
        &json!({"id": "arn:aws:ecs:eu-west-1:1:service/c/s"}),
        "aws.ecs.service",
        Some("arn:aws:ecs:eu-west-1:1:service/c/s"),
    );
    check(&catalog, "aws_iam_role_policy_attachment", &json!({"id": "x", "arn": "arn:x"}), "", None);
    check(&catalog, "aws_new_thing", &json!({"arn": "arn:aws:new:::x"}), "", Some("arn:aws:new:::x"));
    check(
        &catalog,
        "azurerm_storage_account",
        &json!({"id": "/subscriptions/S-1/resourceGroups/RG/providers/Microsoft.Storage/storageAccounts/Sa"}),
        "azure.storage.account",
        Some("/subscriptions/s-1/resourcegroups/rg/providers/microsoft.storage/storageaccounts/sa"),
    );
    check(&catalog, "azurerm_storage_blob", &json!({"id": "https://sa.blob.core.windows.net/c/b"}), "", None);
    check(
        &catalog,
        "google_compute_instance",
        &json!({"self_link": "https://www.googleapis.com/compute/v1/projects/p/zones/z/instances/i", "id": "projects/p/zones/z/instances/i"}),
        "gcp.compute.instance",
        Some("//compute.googleapis.com/projects/p/zones/z/instances/i"),
    );
    check(
        &catalog,
        "google_storage_bucket",
        &json!({"name": "b"}),
        "gcp.storage.bucket",
        Some("//storage.googleapis.com/b"),
    );
    check(
        &catalog,
        "google_pubsub_topic",
        &json!({"id": "projects/p/topics/t"}),
        "gcp.pubsub.topic",
        Some("//pubsub.googleapis.com/projects/p/topics/t"),
    );
    check(
        &catalog,
        "kubernetes_deployment_v1",
        &json!({"metadata": [{"name": "web", "namespace": "shop"}]}),
        "k8s.apps.deployment",
        Some("c1u5-7e2/apps/Deployment/shop/web"),
    );
    assert!(catalog.terraform("random_password").is_none());
    let elsewhere = MapContext::default();
    let gateway = catalog.terraform("aws_nat_gateway").unwrap();
    assert_eq!(gateway.declared(&json!({"id": "nat-1"}), &elsewhere), None, "without account and region");
}

#[test]
fn every_kind_of_aws_that_terraform_declares_is_one_that_is_listed() {
    let catalog = Catalog::builtin().unwrap();
    let rows: Vec<_> = catalog.terraform_types().filter(|t| t.type_name.starts_with("aws_")).collect();
    assert!(rows.len() > 200, "{}", rows.len());
    for row in rows {
        let Some(kind) = &row.kind else { continue };
        let spec = catalog.spec(kind).unwrap_or_else(|| panic!("{}: there is no {kind}", row.type_name));
        assert!(spec.list.is_some(), "{}: {kind} is not listed", row.type_name);
        assert_eq!(spec.category, row.category, "{}", row.type_name);
        assert!(!row.id.is_empty(), "{} says no id", row.type_name);
    }
    let known = catalog.declarable();
    assert_eq!(known.looked_for("terraform.aws_s3_bucket"), Some("aws.s3.bucket"));
    assert_eq!(
        known.looked_for("terraform.aws_ecs_task_definition"),
        None,
        "only the newest revision is listed"
    );
    assert!(!known.is_declarable("aws.ecs.task"), "no address stands for a running task");
}

#[test]
fn what_terraform_declares_is_what_the_cloud_collector_lists() {
    let catalog = Catalog::builtin().unwrap();
    let declared = |type_name: &str, attributes: Value| {
        catalog.terraform(type_name).unwrap().declared(&attributes, &context()).unwrap()
    };
    let vm = item("azure.compute.virtual-machine.json");
    assert_eq!(
        declared("azurerm_linux_virtual_machine", json!({"id": vm["id"]})),
        map("azure.compute.virtual-machine", vm).asset.key.id
    );
    let instance = item("gcp.compute.instance.json");
    assert_eq!(
        declared("google_compute_instance", json!({"self_link": instance["selfLink"]})),
        map("gcp.compute.instance", instance).asset.key.id
    );
    let bucket = item("gcp.storage.bucket.json");
    assert_eq!(
        declared("google_storage_bucket", json!({"name": bucket["name"]})),
        map("gcp.storage.bucket", bucket).asset.key.id
    );
    let account = item("gcp.iam.service-account.json");
    assert_eq!(
        declared("google_service_account", json!({"name": account["name"]})),
        map("gcp.iam.service-account", account).asset.key.id
    );
    let instance = item("aws.ec2.instance.json");
    let arn =
        format!("arn:aws:ec2:eu-west-1:123456789012:instance/{}", instance["InstanceId"].as_str().unwrap());
    assert_eq!(
        declared("aws_instance", json!({ "arn": arn })),
        map("aws.ec2.instance", instance).asset.key.id
    );
}
