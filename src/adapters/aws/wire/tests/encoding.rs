//! Requests: what the formats look like, and which inputs are refused.

use serde_json::{Value, json};

use crate::{
    model::Models,
    wire::{WireRequest, encode},
};

fn write(name: &str, input: &Value) -> Result<WireRequest, String> {
    let (service, operation) = name.split_once(':').unwrap();
    let service = Models::builtin().service(service).unwrap();
    encode(&service, service.operation(operation).unwrap(), input).map_err(|e| e.to_string())
}

fn check(name: &str, input: &Value, path: &str, body: &str) {
    let request = write(name, input).unwrap();
    assert_eq!(request.path_and_query, path);
    assert_eq!(String::from_utf8(request.body).unwrap(), body);
}

#[test]
fn each_protocol_writes_its_form() {
    let filters = json!({"Filters": [{"Name": "a b", "Values": ["ü", "x"]}], "DryRun": true, "MaxResults": 5,
        "NextToken": null});
    check(
        "ec2:DescribeInstances",
        &filters,
        "/",
        "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=a%20b&Filter.1.Value.1=%C3%BC&Filter.1.Value.2=x\
         &DryRun=true&MaxResults=5",
    );
    check(
        "iam:GetAccountAuthorizationDetails",
        &json!({"Filter": ["Role", "User"], "MaxItems": 3}),
        "/",
        "Action=GetAccountAuthorizationDetails&Version=2010-05-08&Filter.member.1=Role&Filter.member.2=User&MaxItems=3",
    );
    check("sqs:ListQueues", &json!({"MaxResults": 3}), "/", "{\"MaxResults\":3}");
    check("s3:GetBucketTagging", &json!({"Bucket": "a.b"}), "/a.b?tagging", "");
    check("eks:DescribeCluster", &json!({"name": "a/b c"}), "/clusters/a%2Fb%20c", "");
    check("lambda:ListFunctions", &json!({"MaxItems": 50}), "/2015-03-31/functions?MaxItems=50", "");
    let zones = json!({"ResourceType": "hostedzone", "ResourceIds": ["Z<1>"]});
    check(
        "route53:ListTagsForResources",
        &zones,
        "/2013-04-01/tags/hostedzone",
        "<ListTagsForResourcesRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ResourceIds>\
         <ResourceId>Z&lt;1&gt;</ResourceId></ResourceIds></ListTagsForResourcesRequest>",
    );
    let target = write("sqs:ListQueues", &json!({})).unwrap().headers;
    let expected = [
        ("X-Amz-Target", "AmazonSQS.ListQueues"),
        ("Content-Type", "application/x-amz-json-1.0"),
        ("x-amzn-query-mode", "true"),
    ];
    assert_eq!(target, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
}

#[test]
fn an_input_that_does_not_fit_is_refused_by_name() {
    let check =
        |name: &str, input: Value, expected: &str| assert_eq!(write(name, &input).unwrap_err(), expected);
    check(
        "ec2:DescribeInstances",
        json!({"MaxResult": 5}),
        "ec2:DescribeInstances MaxResult: the operation takes no such member",
    );
    check(
        "ec2:DescribeInstances",
        json!({"Filters": [{"Name": "x"}, {"Nam": "y"}]}),
        "ec2:DescribeInstances Filters[1].Nam: the operation takes no such member",
    );
    check("s3:GetBucketTagging", json!({}), "s3:GetBucketTagging Bucket: it is required, and missing");
    check(
        "s3:GetBucketTagging",
        json!({"Bucket": ""}),
        "s3:GetBucketTagging Bucket: text that is not empty, for the path belongs there",
    );
    check(
        "sqs:ListQueues",
        json!({"MaxResults": "5"}),
        "sqs:ListQueues MaxResults: a whole number belongs there",
    );
    check(
        "ecs:DescribeClusters",
        json!({"clusters": ["a", 5]}),
        "ecs:DescribeClusters clusters[1]: text belongs there",
    );
    check(
        "ecs:DescribeClusters",
        json!({"clusters": "a"}),
        "ecs:DescribeClusters clusters: a list belongs there",
    );
    check("ecs:DescribeClusters", json!(5), "ecs:DescribeClusters: an object belongs there");
}
