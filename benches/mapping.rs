//! What mapping one item costs, step by step, of an instance and of a pod: processor time of this thread, which
//! other work on the machine does not lengthen as it does the time on the clock.
//!
//! ```text
//! cargo bench -p cloudscope-benches --bench mapping [-- COUNT]
//! ```

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "prints its figures, and stops at a defect")]

use std::{hint::black_box, time::Duration};

use cloudscope_catalog::{Catalog, MapContext};
use cloudscope_domain::redact::Redactor;
use serde_json::{Value, json};

/// An instance as `DescribeInstances` describes it, decoded.
fn instance(i: usize) -> Value {
    let tags: Vec<Value> =
        (0..8).map(|t| json!({"Key": format!("team:{t}"), "Value": format!("value {t} of {i}")})).collect();
    json!({
        "InstanceId": format!("i-{i:017x}"), "ImageId": "ami-0abcdef1234567890",
        "State": {"Code": 16, "Name": "running"},
        "PrivateDnsName": format!("ip-10-0-0-{i}.eu-west-1.compute.internal"), "PublicDnsName": "",
        "StateTransitionReason": "", "KeyName": "ops", "AmiLaunchIndex": 0, "ProductCodes": [],
        "InstanceType": "m5.large", "LaunchTime": "2026-01-02T03:04:05Z",
        "Placement": {"AvailabilityZone": "eu-west-1a", "GroupName": "", "Tenancy": "default"},
        "Monitoring": {"State": "disabled"}, "SubnetId": "subnet-0123456789abcdef0",
        "VpcId": "vpc-0123456789abcdef0", "PrivateIpAddress": "10.0.0.1", "SourceDestCheck": true,
        "SecurityGroups": [{"GroupId": "sg-0123456789abcdef0", "GroupName": "web & more"}],
        "Architecture": "x86_64", "RootDeviceType": "ebs", "RootDeviceName": "/dev/xvda",
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-0123456789abcdef0",
            "Status": "attached", "AttachTime": "2026-01-02T03:04:06Z", "DeleteOnTermination": true}}],
        "VirtualizationType": "hvm", "ClientToken": "", "Tags": tags, "Hypervisor": "xen",
        "NetworkInterfaces": [{"NetworkInterfaceId": "eni-0123456789abcdef0", "SubnetId": "subnet-0123456789abcdef0",
            "VpcId": "vpc-0123456789abcdef0", "Status": "in-use", "MacAddress": "02:00:00:00:00:01",
            "PrivateIpAddress": "10.0.0.1", "Groups": [{"GroupId": "sg-0123456789abcdef0", "GroupName": "web & more"}],
            "Attachment": {"AttachmentId": "eni-attach-0123456789", "DeviceIndex": 0, "Status": "attached"}}],
        "EbsOptimized": false, "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
        "OwnerId": "123456789012", "ReservationId": format!("r-{i:017x}"),
    })
}

/// A pod as a cluster has thousands of them.
fn pod(i: usize) -> Value {
    let name = format!("checkout-7d9c5b8f6d-{i:05x}");
    let condition = |kind: &str| json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-20T08:00:04Z"});
    let probe = |path: &str| json!({"httpGet": {"path": path, "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3});
    let conditions: Vec<Value> =
        ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
            .map(condition)
            .into();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "generateName": "checkout-7d9c5b8f6d-", "namespace": "shop",
            "uid": format!("0b0c1d7e-6a0f-4f0e-9a53-{i:012x}"), "resourceVersion": "18734512",
            "creationTimestamp": "2026-11-20T08:00:00Z",
            "labels": {"app.kubernetes.io/name": "checkout", "app.kubernetes.io/part-of": "shop", "pod-template-hash": "7d9c5b8f6d"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "checkout-7d9c5b8f6d",
                "uid": "5d2a3f7e-9d0c-4a53-8c1c-1a2b3c4d5e6f", "controller": true, "blockOwnerDeletion": true}]
        },
        "spec": {
            "volumes": [
                {"name": "config", "configMap": {"name": "checkout-config", "defaultMode": 420}},
                {"name": "kube-api-access-8zk2x", "projected": {"defaultMode": 420, "sources": [
                    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                    {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}}]}}
            ],
            "containers": [{
                "name": "checkout", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/checkout:1.14.2",
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "DB_URL", "valueFrom": {"secretKeyRef": {"name": "checkout-db", "key": "url"}}}],
                "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
                "volumeMounts": [{"name": "config", "mountPath": "/etc/checkout"}, {"name": "kube-api-access-8zk2x", "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
                "livenessProbe": probe("/live"), "readinessProbe": probe("/ready"),
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent"
            }],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "checkout", "serviceAccount": "checkout", "nodeName": "ip-10-0-1-17.eu-west-1.compute.internal",
            "securityContext": {}, "schedulerName": "default-scheduler",
            "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
            "priority": 0, "enableServiceLinks": true, "preemptionPolicy": "PreemptLowerPriority"
        },
        "status": {
            "phase": "Running",
            "conditions": conditions,
            "hostIP": "10.0.1.17", "hostIPs": [{"ip": "10.0.1.17"}], "podIP": "10.0.1.30", "podIPs": [{"ip": "10.0.1.30"}],
            "startTime": "2026-11-20T08:00:00Z",
            "containerStatuses": [{
                "name": "checkout", "state": {"running": {"startedAt": "2026-11-20T08:00:03Z"}}, "lastState": {}, "ready": true, "restartCount": 0,
                "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/checkout:1.14.2",
                "imageID": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/checkout@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "containerID": "containerd://9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "started": true}],
            "qosClass": "Burstable"
        }
    })
}

/// The time that this thread has had of a core.
fn spent() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|n| n.parse().ok()).map(Duration::from_nanos).unwrap_or_default()
}

/// Prints what one of many took.
fn each<T>(what: &str, many: usize, work: impl FnOnce() -> T) -> T {
    let start = spent();
    let out = work();
    let each = (spent() - start) / u32::try_from(many).unwrap();
    println!("  {what:<28} {each:>10.1?}");
    out
}

fn measure(catalog: &Catalog, kind: &str, many: usize, item: fn(usize) -> Value) {
    let kind = kind.parse().unwrap();
    let redactor = Redactor::new([3; 32]);
    let context = MapContext {
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        variables: [("cluster".to_owned(), "c1".to_owned()), ("partition".to_owned(), "aws".to_owned())]
            .into(),
    };
    let texts: Vec<String> = (0..many).map(|i| item(i).to_string()).collect();
    println!("{kind} of {} bytes:", texts[0].len());
    let parse = |text: &String| serde_json::from_str::<Value>(text).unwrap();
    let items: Vec<Value> = each("parsed", many, || texts.iter().map(parse).collect());
    each("written", many, || items.iter().for_each(|item| drop(black_box(item.to_string()))));
    let clean = each("looked over", many, || texts.iter().filter(|text| redactor.is_clean(text)).count());
    println!("  ({clean} of {many} need no closer look)");
    let mut copies = each("copied", many, || items.clone());
    each("patterns over values", many, || copies.iter_mut().for_each(|i| _ = black_box(redactor.value(i))));
    each("freed", many, || drop(copies));
    let map = |item| catalog.map(&kind, item, &context, &redactor).unwrap();
    let mapped: Vec<_> = each("mapped, all of it", many, || items.into_iter().map(map).collect());
    each("freed", many, || drop(mapped));
}

fn main() {
    let many = std::env::args().find_map(|n| n.parse().ok()).unwrap_or(4_000);
    let catalog = each("the built-in rows", 1, || Catalog::builtin().unwrap());
    measure(&catalog, "aws.ec2.instance", many, instance);
    measure(&catalog, "k8s.core.pod", many, pod);
}
