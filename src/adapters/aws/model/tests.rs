//! Every line is read; endpoints of the usual and of the odd services.

use super::*;

#[test]
fn every_listed_operation_has_a_model_and_every_model_is_listed() {
    let models = Models::builtin();
    let mut listed: Vec<_> = models.operations().chain(models.credential_operations()).collect();
    assert!(models.operations().is_sorted());
    listed.sort_unstable();
    for name in &listed {
        let (service, operation) = name.split_once(':').unwrap();
        let service = models.service(service).unwrap_or_else(|| panic!("no model of {name}"));
        assert!(service.operation(operation).is_some(), "no model of {name}");
    }
    let written: usize = LINES.lines().skip(1).map(|l| l.matches("\"method\":").count()).sum();
    assert_eq!(written, listed.len());
    assert!(models.service("nothing").is_none());
    assert!(models.service("ec2").unwrap().operation("TerminateInstances").is_none());
}

fn check(service: &str, region: &str, options: EndpointOptions, expected: Option<(&str, &str)>) {
    let found = Models::builtin().service(service).unwrap().endpoint(region, options);
    let found = found.as_ref().map(|e| (e.url.as_str(), e.signing_region.as_str()));
    assert_eq!(found, expected, "{service} {region} {options:?}");
}

#[test]
fn endpoints_are_those_of_botocore() {
    let plain = EndpointOptions::default();
    let fips = EndpointOptions { fips: true, dualstack: false };
    let dual = EndpointOptions { fips: false, dualstack: true };
    check("ec2", "eu-west-1", plain, Some(("https://ec2.eu-west-1.amazonaws.com", "eu-west-1")));
    check("ec2", "cn-north-1", plain, Some(("https://ec2.cn-north-1.amazonaws.com.cn", "cn-north-1")));
    check("ec2", "us-east-1", fips, Some(("https://ec2-fips.us-east-1.amazonaws.com", "us-east-1")));
    check("s3", "eu-west-1", dual, Some(("https://s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1")));
    check("iam", "eu-west-1", plain, Some(("https://iam.amazonaws.com", "us-east-1")));
    check("iam", "us-gov-west-1", plain, Some(("https://iam.us-gov.amazonaws.com", "us-gov-west-1")));
    check("route53", "ap-south-1", plain, Some(("https://route53.amazonaws.com", "us-east-1")));
    check("cloudfront", "us-gov-west-1", plain, None);
    check(
        "cloudwatch",
        "eu-west-1",
        plain,
        Some(("https://monitoring.eu-west-1.amazonaws.com", "eu-west-1")),
    );
    // Newer than the models.
    check("sqs", "eu-west-9", plain, Some(("https://sqs.eu-west-9.amazonaws.com", "eu-west-9")));
    check("sqs", "nowhere", plain, None);
}

#[test]
fn global_services_are_known() {
    let is = |service: &str| Models::builtin().service(service).unwrap().is_global("eu-west-1");
    assert!(is("iam") && is("route53") && is("cloudfront") && is("organizations") && is("account"));
    assert!(!is("ec2") && !is("s3") && !is("sts"));
}

#[test]
fn the_partition_is_found_from_the_region() {
    let of = |region: &str| Models::builtin().partition(region).map(|p| (&*p.name, &*p.dns_suffix));
    assert_eq!(of("us-east-1"), Some(("aws", "amazonaws.com")));
    assert_eq!(of("us-gov-east-1"), Some(("aws-us-gov", "amazonaws.com")));
    assert_eq!(of("cn-northwest-1"), Some(("aws-cn", "amazonaws.com.cn")));
    assert_eq!(of("us-isob-east-9").map(|p| p.0), Some("aws-iso-b"));
    assert_eq!(of("mars"), None);
}

#[test]
fn pages_are_as_botocore_has_them() {
    let service = Models::builtin().service("ec2").unwrap();
    let pages = service.operation("DescribeInstances").unwrap().pages.as_ref().unwrap();
    assert_eq!(*pages.input_tokens, [Box::<str>::from("NextToken")]);
    assert_eq!(*pages.output_tokens, [Box::<str>::from("NextToken")]);
    assert_eq!(pages.limit_key.as_deref(), Some("MaxResults"));
    assert_eq!(*pages.result_keys, [Box::<str>::from("Reservations")]);
    let service = Models::builtin().service("route53").unwrap();
    let pages = service.operation("ListResourceRecordSets").unwrap().pages.as_ref().unwrap();
    assert_eq!(pages.input_tokens.len(), 3);
    assert_eq!(pages.more_results.as_deref(), Some("IsTruncated"));
}
