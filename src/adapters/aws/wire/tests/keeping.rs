//! Fields that are newer than the models, and the odd forms that botocore's client undoes.

use http::HeaderMap;
use serde_json::{Value, json};

use crate::{
    model::Models,
    wire::{Bounds, Unknown, decode},
};

fn check(service: &str, operation: &str, body: &str, unknown: Unknown, expected: &Value) {
    let service = Models::builtin().service(service).unwrap();
    let bounds = Bounds { unknown, ..Bounds::default() };
    let operation = service.operation(operation).unwrap();
    let found = decode(&service, operation, 200, &HeaderMap::new(), body.as_bytes(), bounds);
    assert_eq!(found.as_ref(), Ok(expected), "{body}");
}

#[test]
fn unknown_fields_are_kept_under_their_name_on_the_wire() {
    let body = "<DescribeVolumesResponse><requestId>r</requestId><volumeSet><item><volumeId>v</volumeId>\
        <brandNew>1</brandNew><group><a>x</a><b/><b>2</b></group></item></volumeSet></DescribeVolumesResponse>";
    let kept = json!({"Volumes": [{"VolumeId": "v", "brandNew": "1", "group": {"a": "x", "b": ["", "2"]}}]});
    check("ec2", "DescribeVolumes", body, Unknown::Keep, &kept);
    check("ec2", "DescribeVolumes", body, Unknown::Drop, &json!({"Volumes": [{"VolumeId": "v"}]}));
    let body = r#"{"clusters":["a"],"brandNew":{"x":[1,null]},"nextToken":null}"#;
    let kept = json!({"clusters": ["a"], "brandNew": {"x": [1, null]}});
    check("eks", "ListClusters", body, Unknown::Keep, &kept);
    check("eks", "ListClusters", body, Unknown::Drop, &json!({"clusters": ["a"]}));
}

#[test]
fn what_belongs_to_the_protocol_is_no_field() {
    let body = "<ListAccountAliasesResponse><ListAccountAliasesResult><IsTruncated>false</IsTruncated>\
        <AccountAliases/></ListAccountAliasesResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\
        </ListAccountAliasesResponse>";
    let expected = json!({"IsTruncated": false, "AccountAliases": []});
    check("iam", "ListAccountAliases", body, Unknown::Keep, &expected);
}

#[test]
fn a_bucket_location_is_the_root_itself() {
    let xml = |inner: &str| format!("<LocationConstraint xmlns=\"x\">{inner}</LocationConstraint>");
    let expected = json!({"LocationConstraint": "eu-west-1"});
    check("s3", "GetBucketLocation", &xml("eu-west-1"), Unknown::Keep, &expected);
    // us-east-1 has no name there.
    check("s3", "GetBucketLocation", &xml(""), Unknown::Keep, &json!({}));
}

#[test]
fn policies_of_iam_are_decoded() {
    let body = "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult><RoleDetailList><member>\
        <RoleName>r</RoleName><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D\
        </AssumeRolePolicyDocument></member></RoleDetailList></GetAccountAuthorizationDetailsResult>\
        </GetAccountAuthorizationDetailsResponse>";
    let role = json!({"RoleName": "r", "AssumeRolePolicyDocument": {"Version": "2012-10-17"}});
    let expected = json!({"RoleDetailList": [role]});
    check("iam", "GetAccountAuthorizationDetails", body, Unknown::Keep, &expected);
}

#[test]
fn an_empty_number_is_an_absent_one() {
    let body = "<DescribeVolumesResponse><volumeSet><item><size/><iops></iops><createTime/><volumeId/></item>\
        </volumeSet></DescribeVolumesResponse>";
    check("ec2", "DescribeVolumes", body, Unknown::Keep, &json!({"Volumes": [{"VolumeId": ""}]}));
}
