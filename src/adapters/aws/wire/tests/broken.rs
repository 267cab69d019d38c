//! Answers that are no answers: each is an error that says so, and never an empty result.

use http::HeaderMap;
use proptest::prelude::*;
use serde_json::Value;

use crate::{
    model::Models,
    wire::{Bounds, DecodeError, ServiceError, Unknown, decode, error},
};

fn read(service: &str, operation: &str, body: &[u8], bounds: Bounds) -> Result<Value, DecodeError> {
    let service = Models::builtin().service(service).unwrap();
    decode(&service, service.operation(operation).unwrap(), 200, &HeaderMap::new(), body, bounds)
}

const EC2: &str = "<?xml version=\"1.0\"?><DescribeInstancesResponse xmlns=\"http://ec2\"><requestId>r</requestId>\
    <reservationSet><item><reservationId>r-1</reservationId><instancesSet><item><instanceId>i-1</instanceId>\
    <launchTime>2026-01-02T03:04:05.000Z</launchTime></item></instancesSet></item></reservationSet>\
    </DescribeInstancesResponse>";
const SQS: &str = r#"{"QueueUrls":["https://sqs/1/a","https://sqs/1/b"],"NextToken":"n"}"#;

#[test]
fn every_truncation_is_noticed() {
    for (service, operation, body) in [("ec2", "DescribeInstances", EC2), ("sqs", "ListQueues", SQS)] {
        assert!(read(service, operation, body.as_bytes(), Bounds::default()).is_ok());
        for end in 0..body.len() {
            let found = read(service, operation, &body.as_bytes()[..end], Bounds::default());
            let good = matches!(found, Err(DecodeError::Truncated(_) | DecodeError::Empty));
            assert!(good, "{service} {end}: {found:?}");
        }
    }
}

#[test]
fn a_character_that_is_cut_is_a_truncation() {
    let body = EC2.replace("r-1", "東").into_bytes();
    let at = body.windows(3).position(|w| w == "東".as_bytes()).unwrap();
    let found = read("ec2", "DescribeInstances", &body[..at + 2], Bounds::default());
    assert!(matches!(found, Err(DecodeError::Truncated(_))), "{found:?}");
}

#[test]
fn a_web_page_is_no_answer() {
    for page in [
        "<html><body>Sign in</body></html>",
        "<!DOCTYPE html><html><head></head></html>",
        "\n<!doctype HTML PUBLIC \"x\">\n<HTML></HTML>",
    ] {
        for (service, operation) in [
            ("ec2", "DescribeInstances"),
            ("iam", "ListAccountAliases"),
            ("s3", "ListBuckets"),
            ("sqs", "ListQueues"),
            ("eks", "ListClusters"),
        ] {
            let found = read(service, operation, page.as_bytes(), Bounds::default());
            assert_eq!(found, Err(DecodeError::Html), "{service} {page}");
        }
    }
}

#[test]
fn an_error_under_a_good_status_is_no_answer() {
    let body = b"<Error><Code>InternalError</Code><Message>We</Message></Error>";
    let found = read("s3", "ListBuckets", body, Bounds::default());
    assert_eq!(found, Err(DecodeError::Refused("InternalError: We".to_owned())));
    let body = b"<Response><Errors><Error><Code>Unavailable</Code></Error></Errors></Response>";
    let found = read("ec2", "DescribeInstances", body, Bounds::default());
    assert_eq!(found, Err(DecodeError::Refused("Unavailable".to_owned())));
}

#[test]
fn what_is_malformed_says_so() {
    let check = |service: &str, operation: &str, body: &str, expected: &str| {
        let found = read(service, operation, body.as_bytes(), Bounds::default()).unwrap_err().to_string();
        assert!(found.contains(expected), "{body}: {found}");
    };
    check("ec2", "DescribeInstances", "nothing", "text before the XML");
    check("ec2", "DescribeInstances", "<a><b></a></b>", "malformed");
    check("ec2", "DescribeInstances", &format!("{EC2}<more/>"), "second root");
    check("ec2", "DescribeInstances", &format!("{EC2}text"), "text after");
    check("ec2", "DescribeInstances", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "a document type");
    check("ec2", "DescribeInstances", &EC2.replace("i-1", "&x;"), "an entity: &x;");
    check("ec2", "DescribeInstances", &EC2.replace("2026-01-02T", "soon"), "where a time belongs");
    check(
        "iam",
        "ListAccountAliases",
        "<ListAccountAliasesResponse></ListAccountAliasesResponse>",
        "no ListAccountAliasesResult",
    );
    check("sqs", "ListQueues", "{\"QueueUrls\": x}", "malformed");
    check("sqs", "ListQueues", "{\"QueueUrls\": 5}", "has 5 where a list belongs");
    check("sqs", "ListQueues", "{} {}", "malformed");
    check("sqs", "ListQueues", "[]", "a list where an object belongs");
}

#[test]
fn bounds_hold() {
    let tight = |depth, bytes, items| Bounds { depth, bytes, items, unknown: Unknown::Keep };
    let too_large = |service: &str, operation: &str, body: &str, bounds| {
        let found = read(service, operation, body.as_bytes(), bounds);
        assert!(matches!(found, Err(DecodeError::TooLarge { .. })), "{found:?}");
    };
    too_large("ec2", "DescribeInstances", EC2, tight(64, 100, 1000));
    too_large("ec2", "DescribeInstances", EC2, tight(4, 1000, 1000));
    too_large("ec2", "DescribeInstances", EC2, tight(64, 1000, 5));
    too_large("sqs", "ListQueues", SQS, tight(64, 1000, 3));
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    too_large("sqs", "ListQueues", &deep, tight(64, 1000, 1000));
    let deep = format!("<aResponse>{}{}</aResponse>", "<b>".repeat(100_000), "</b>".repeat(100_000));
    too_large("ec2", "DescribeInstances", &deep, Bounds::default());
}

#[test]
fn somebody_else_s_answer_is_no_empty_one() {
    let read = |service, operation, body: &str| read(service, operation, body.as_bytes(), Bounds::default());
    let refused = |found| matches!(found, Err(DecodeError::Refused(_)));
    let malformed = |found| matches!(found, Err(DecodeError::Malformed(_)));
    for (service, operation) in [("sqs", "ListQueues"), ("lambda", "ListFunctions")] {
        assert!(refused(read(service, operation, r#"{"__type":"a.b#SlowException"}"#)));
        assert!(refused(read(service, operation, r#"{"code":"Slow","message":"down"}"#)));
        assert!(refused(read(service, operation, r#"{"Message":"down"}"#)));
        assert!(malformed(read(service, operation, r#"{"status":"ok"}"#)));
        assert!(read(service, operation, "{}").is_ok());
        assert!(read(service, operation, r#"{"__type":"a.b#ListResponse"}"#).is_ok());
    }
    assert!(read("sqs", "ListQueues", r#"{"QueueUrls":null,"message":"x"}"#).is_err(), "null is no field");
    assert!(read("sqs", "ListQueues", r#"{"QueueUrls":[],"message":"x"}"#).is_ok());
    assert!(malformed(read("ec2", "DescribeInstances", "<sorry/>")));
    assert!(refused(read("route53", "ListHealthChecks", "<AccessDeniedException/>")));
}

fn refusal(service: &str, status: u16, headers: &[(&'static str, &str)], body: &str) -> ServiceError {
    let service = Models::builtin().service(service).unwrap();
    let headers = headers.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect();
    error(&service, status, &headers, body.as_bytes())
}

#[test]
fn refusals_have_code_message_and_request() {
    let check = |service, status, headers: &[_], body, expected: (&str, &str, Option<&str>)| {
        let e = refusal(service, status, headers, body);
        assert_eq!(
            (e.code.as_str(), e.message.as_str(), e.request_id.as_deref()),
            expected,
            "{service} {body}"
        );
    };
    check(
        "ec2",
        403,
        &[],
        "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>No.</Message></Error></Errors>\
         <RequestID>r</RequestID></Response>",
        ("UnauthorizedOperation", "No.", Some("r")),
    );
    check(
        "iam",
        403,
        &[],
        "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>No</Message></Error>\
         <RequestId>r</RequestId></ErrorResponse>",
        ("AccessDenied", "No", Some("r")),
    );
    check(
        "s3",
        404,
        &[("x-amz-request-id", "h")],
        "<Error><Code>NoSuchTagSet</Code><Message>None</Message><RequestId>r</RequestId></Error>",
        ("NoSuchTagSet", "None", Some("r")),
    );
    check(
        "dynamodb",
        400,
        &[("x-amzn-requestid", "r")],
        r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"No"}"#,
        ("AccessDeniedException", "No", Some("r")),
    );
    check(
        "eks",
        404,
        &[("x-amzn-errortype", "ResourceNotFoundException:http://internal.amazon.com/coral/")],
        r#"{"message":"No"}"#,
        ("ResourceNotFoundException", "No", None),
    );
    check(
        "sqs",
        400,
        &[("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")],
        r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"No"}"#,
        ("AWS.SimpleQueueService.NonExistentQueue", "No", None),
    );
    for service in ["ec2", "iam", "s3", "sqs", "eks"] {
        check(service, 503, &[], "<html><body>busy</body></html>", ("503", "Service Unavailable", None));
        check(service, 503, &[], "", ("503", "Service Unavailable", None));
        check(service, 502, &[], "upstream", ("502", "upstream", None));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), at in 0..400_usize) {
        for (service, operation, whole) in [("ec2", "DescribeInstances", EC2), ("sqs", "ListQueues", SQS)] {
            let mut mixed = whole.as_bytes().to_vec();
            let at = at.min(mixed.len());
            mixed.splice(at..at, body.iter().copied());
            for body in [&body, &mixed] {
                let _ = read(service, operation, body, Bounds::default());
                let service = Models::builtin().service(service).unwrap();
                let _ = error(&service, 500, &HeaderMap::new(), body);
            }
        }
    }
}
