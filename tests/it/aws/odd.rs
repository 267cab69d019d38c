//! Answers that nobody plans for: errors under a status that says success or in another protocol's form, pages
//! that go in circles, somebody else's answers, credentials that only one region does not know. None of them
//! deletes anything, and each scope says what happened to it.

use std::net::TcpListener;

use cloudscope_aws::fake::{Estate, Fault, Rule};
use serde_json::json;

use super::{
    cloud::{Cloud, HERE, here},
    text,
};

const XML: &str = "text/xml";
const JSON: &str = "application/json";
const QUERY: &str = "autoscaling:DescribeLaunchConfigurations";
const JSON_RPC: &str = "directconnect:DescribeConnections";
const REST_JSON: &str = "lambda:ListFunctions";
const REST_XML: &str = "route53:ListHealthChecks";

/// A listing, what happens to it, the state of its scope, and a part of what that says.
type Case<'a> = (&'a str, Fault, &'a str, &'a str);

/// What is scripted is what the scopes say, in two runs, so that a second listing that lacks the same would count
/// as proof; all that was there before is there after.
fn check(cloud: &Cloud, cases: &[Case<'_>]) {
    let before = cloud.alive();
    assert!(before.len() > 8, "{}", before.len());
    for (listing, fault, _, _) in cases {
        cloud.fake.fail(Rule::of(listing, fault.clone()));
    }
    let mut told = Vec::new();
    for _ in 0..2 {
        let ran = cloud.collect();
        assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.err);
        let health = cloud.health();
        for (listing, fault, state, words) in cases {
            let scope = here(&health, listing);
            let error = text(scope, "error");
            if text(scope, "state") != *state || !error.contains(words) {
                let fault: String = format!("{fault:?}").chars().take(80).collect();
                told.push(format!("{listing} {fault}: {} {error:?}", text(scope, "state")));
            }
        }
        let after = cloud.alive();
        if after != before {
            told.push(format!("lost: {:?}", before.difference(&after).collect::<Vec<_>>()));
        }
    }
    cloud.fake.heal();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

fn refused(code: &str, words: &str) -> Fault {
    Fault::Refuse { status: 400, code: code.to_owned(), message: words.to_owned() }
}

#[test]
fn an_error_is_one_whatever_its_status_and_form() {
    let cloud = Cloud::usual();
    let throttled = "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
    let json = r#"{"__type":"com.amazonaws.x#ThrottlingException","message":"Rate exceeded"}"#;
    let denied = r#"{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::1:user/x is not authorized to perform: directconnect:DescribeConnections"}"#;
    // Success, says the status.
    check(
        &cloud,
        &[
            (QUERY, Fault::answer(200, XML, throttled), "throttled", "Rate exceeded"),
            (JSON_RPC, Fault::answer(200, JSON, denied), "denied", "may not"),
            (REST_JSON, Fault::answer(200, JSON, json), "throttled", "Rate exceeded"),
            (
                REST_XML,
                Fault::answer(200, XML, "<ServiceUnavailableException/>"),
                "unreachable",
                "AWS failed",
            ),
        ],
    );
    assert_eq!(cloud.policy(), [JSON_RPC.to_owned()].into());
    // In the form of another protocol.
    check(
        &cloud,
        &[
            (QUERY, Fault::answer(400, JSON, json), "throttled", "Rate exceeded"),
            (JSON_RPC, Fault::answer(400, XML, throttled), "throttled", "Rate exceeded"),
            (
                REST_JSON,
                Fault::answer(503, XML, "<ServiceUnavailableException/>"),
                "unreachable",
                "Unavailable",
            ),
            (REST_XML, Fault::answer(429, JSON, "{}"), "throttled", "fewer calls"),
        ],
    );
}

#[test]
fn what_somebody_else_answers_proves_nothing() {
    let cloud = Cloud::usual();
    let page = "<html><body>Not here</body></html>";
    let zipped = b"HTTP/1.1 200 .\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 14\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\x56\x4a\x03";
    check(
        &cloud,
        &[
            (QUERY, Fault::answer(404, "text/html", page), "unreachable", "is this AWS"),
            (JSON_RPC, Fault::answer(403, "text/html", page), "unreachable", "is this AWS"),
            (REST_JSON, Fault::answer(200, JSON, r#"{"status":"ok"}"#), "unreachable", "is this AWS"),
            (REST_XML, Fault::answer(401, "text/plain", "who are you?"), "unreachable", "is this AWS"),
        ],
    );
    assert_eq!(cloud.policy(), [].into(), "a proxy's refusal is no lack of a permission");
    check(
        &cloud,
        &[
            (QUERY, Fault::answer(200, XML, ""), "unreachable", "no body"),
            (JSON_RPC, Fault::Raw(zipped.to_vec()), "unreachable", "cannot be read"),
            (REST_JSON, Fault::answer(200, JSON, ""), "unreachable", "no body"),
            (REST_XML, Fault::answer(200, XML, "<html><p>x</html>"), "unreachable", "web page"),
        ],
    );
    check(
        &cloud,
        &[
            (QUERY, Fault::Pieces(true), "unreachable", "broke the connection off"),
            (JSON_RPC, Fault::answer(200, JSON, "[]"), "unreachable", "an object"),
            (REST_JSON, Fault::answer(200, JSON, r#"{"Functions":"none"}"#), "unreachable", "a list"),
        ],
    );
}

#[test]
fn an_answer_without_bound_is_not_read_to_its_end() {
    let cloud = Cloud::usual();
    cloud.configure(60);
    check(&cloud, &[(REST_XML, Fault::Padded(66 << 20), "unreachable", "more than 64 MB")]);
}

#[test]
fn what_is_below_a_parent_is_not_gone_because_a_proxy_knows_no_such_page() {
    let cloud = Cloud::of("eks", 2, 2);
    let page = "<html><body>Not here</body></html>";
    check(&cloud, &[("eks:ListNodegroups", Fault::answer(404, "text/html", page), "partial", "is this AWS")]);
}

#[test]
fn odd_answers_that_are_good_are_read() {
    let cloud = Cloud::usual();
    let before = cloud.alive();
    for fault in [Fault::Unknown, Fault::Pieces(false), Fault::Padded(100_000)] {
        cloud.fake.fail(Rule::of("*", fault));
        let ran = cloud.collect();
        assert_eq!(ran.code, Some(0), "{}", cloud.run(&["health", "--problems"]).out);
        cloud.fake.heal();
        assert_eq!(cloud.alive(), before);
        assert!(cloud.ids("provider:aws presence:unknown").is_empty());
    }
}

#[test]
fn pages_that_do_not_end_are_not_followed_for_ever() {
    let cloud = Cloud::of("autoscaling+directconnect+kms+lambda+route53", 5, 1);
    let circle = "the same page token came twice";
    let calls = |cloud: &Cloud| cloud.fake.calls().values().sum::<u64>();
    let first = calls(&cloud);
    check(
        &cloud,
        &[
            // What each page held was seen; of a list that others are made from, nothing counts.
            (QUERY, Fault::Circle(1), "partial", circle),
            ("kms:ListAliases", Fault::Circle(3), "partial", circle),
            (REST_JSON, Fault::Circle(2), "unreachable", circle),
            (REST_XML, Fault::NoToken, "partial", "nothing that asks for them"),
        ],
    );
    assert!(calls(&cloud) < first * 4, "{} after {first}", calls(&cloud));
}

#[test]
fn a_list_that_is_missing_once_deletes_nothing() {
    let cloud = Cloud::usual();
    let before = cloud.alive();
    for (listing, body) in [(REST_JSON, r#"{"Functions":null}"#), (JSON_RPC, "{}")] {
        cloud.fake.fail(Rule::of(listing, Fault::answer(200, JSON, body)).times(1));
    }
    // Without a token the list ends here, as it would for anybody.
    cloud.fake.fail(Rule::of(QUERY, Fault::NoToken).times(1));
    cloud.collect().with(0);
    cloud.fake.heal();
    assert!(cloud.gone().is_empty());
    assert_eq!(cloud.alive(), before);
    assert!(cloud.ids("provider:aws presence:unknown").len() > 3);
    cloud.collect().with(0);
    assert_eq!(cloud.alive(), before);
    assert!(cloud.ids("provider:aws presence:unknown").is_empty());
}

#[test]
fn refusals_of_the_credentials_are_told_from_refusals_of_the_call() {
    let cloud = Cloud::usual();
    let here = format!("in {HERE}");
    check(
        &cloud,
        &[
            (QUERY, refused("InvalidClientTokenId", "The security token is invalid"), "denied", &here),
            (JSON_RPC, refused("UnrecognizedClientException", "No such token"), "denied", &here),
            (REST_JSON, refused("InvalidSignatureException", "It does not match"), "denied", "does not know"),
            (REST_XML, refused("SignatureDoesNotMatch", "It does not match"), "denied", "does not know"),
        ],
    );
    assert_eq!(cloud.policy(), [].into(), "no permission helps against wrong keys");
    let walled = "User: arn:aws:iam::1:user/x is not authorized to perform: directconnect:DescribeConnections on resource: * with an explicit deny in a service control policy";
    check(
        &cloud,
        &[
            (QUERY, refused("ExpiredToken", "The security token is expired"), "denied", "have expired"),
            (JSON_RPC, refused("AccessDeniedException", walled), "denied", "explicit deny"),
            (REST_JSON, refused("RequestTimeTooSkewed", "Too far apart"), "denied", "clock of this machine"),
            (REST_XML, refused("NotSignedUp", "Not signed up"), "disabled", "not switched on"),
        ],
    );
    // Which of the denials a policy mends is known from AWS's own words.
    check(&cloud, &[(JSON_RPC, refused("AccessDeniedException", walled), "denied", "explicit deny")]);
    assert_eq!(cloud.policy(), [].into());
    assert!(cloud.run(&["policy"]).err.contains("an explicit deny stands against it"));
}

#[test]
fn ec2_says_it_in_its_own_words() {
    let cloud = Cloud::of("ec2", 2, 2);
    let slow = "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Slow</Message></Error></Errors></Response>";
    let denied = "You are not authorized to perform this operation. User: arn:aws:iam::1:user/x is not authorized to perform: ec2:DescribeKeyPairs because no identity-based policy allows the ec2:DescribeKeyPairs action. Encoded authorization failure message: Q0FGRQ";
    check(
        &cloud,
        &[
            ("ec2:DescribeVpcs", Fault::answer(200, XML, slow), "throttled", "fewer calls"),
            ("ec2:DescribeSubnets", Fault::answer(200, XML, "<sorry/>"), "unreachable", "the root element"),
            // Of a clock or of a token; the clocks agree.
            (
                "ec2:DescribeVolumes",
                refused("RequestExpired", "Request has expired"),
                "denied",
                "have expired",
            ),
            ("ec2:DescribeKeyPairs", refused("UnauthorizedOperation", denied), "denied", "may not"),
            ("ec2:DescribeRouteTables", refused("AuthFailure", "Not validated"), "denied", "does not know"),
            ("ec2:DescribeNetworkAcls", Fault::Pieces(true), "unreachable", "broke the connection off"),
        ],
    );
    assert_eq!(cloud.policy(), ["ec2:DescribeKeyPairs".to_owned()].into());
}

#[test]
fn a_region_that_does_not_know_the_credentials_is_not_enabled() {
    let cloud = Cloud::of("kms+directconnect", 3, 2);
    let before = cloud.alive();
    let unknown = || Rule::of("*", refused("UnrecognizedClientException", "No such token")).region(HERE);
    // AWS says that the region is enabled: then something else is wrong.
    cloud.fake.fail(unknown());
    cloud.collect().with(3);
    assert_eq!(text(&cloud.scope(JSON_RPC), "state"), "denied");
    // AWS does not say.
    cloud.fake.fail(Rule::of("ec2:DescribeRegions", Fault::Denied));
    cloud.collect();
    let scope = cloud.scope(JSON_RPC);
    assert_eq!(text(&scope, "state"), "disabled", "{scope}");
    assert!(text(&scope, "error").contains("has not enabled the region eu-west-1"), "{scope}");
    assert_eq!(cloud.alive(), before);
    assert!(cloud.gone().is_empty());
    // Nor are the credentials good at home any more.
    cloud.fake.heal();
    cloud.fake.fail(unknown());
    cloud.fake.fail(Rule::of("ec2:DescribeRegions", Fault::Denied));
    cloud.fake.fail(Rule::of("sts", refused("InvalidClientTokenId", "Deleted")).after(1));
    cloud.collect().with(3);
    assert_eq!(text(&cloud.scope(JSON_RPC), "state"), "denied");
    assert!(cloud.gone().is_empty());
}

#[test]
fn what_aws_asks_to_wait_is_waited_within_reason() {
    let cloud = Cloud::usual();
    cloud.fake.fail(Rule::of(QUERY, Fault::Throttle(Some(1))).times(1));
    cloud.collect().with(0);
    let begun = std::time::Instant::now();
    check(&cloud, &[(REST_JSON, Fault::Throttle(Some(3_600)), "throttled", "asks to wait 59 min")]);
    assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn an_endpoint_that_refuses_connections_is_unreachable_and_alone() {
    let mut cloud = Cloud::usual();
    let before = cloud.alive();
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    cloud.env.insert("AWS_ENDPOINT_URL_LAMBDA", format!("http://{closed}"));
    for _ in 0..2 {
        cloud.collect().with(3);
        let scope = cloud.scope(REST_JSON);
        assert_eq!(text(&scope, "state"), "unreachable", "{scope}");
        let error = text(&scope, "error");
        let told = ["127.0.0.1 cannot be reached", "failed too often in a row (unreachable)"];
        assert!(told.iter().any(|part| error.contains(part)), "{scope}");
        assert_eq!(text(&cloud.scope(QUERY), "state"), "ok");
        assert_eq!(cloud.alive(), before);
        assert!(cloud.gone().is_empty());
    }
}

#[test]
fn denials_are_told_for_each_service_and_region() {
    let estate = Estate { items: 3, page: 2, ..Estate::new(1, &[HERE, "us-east-1", "eu-north-1"]) };
    let cloud = Cloud::new(estate, "regions=eu-west-1+eu-north-1,services=autoscaling+directconnect+kms");
    cloud.collect().with(0);
    let before = cloud.alive();
    cloud.fake.fail(Rule::of("autoscaling", Fault::Denied).region(HERE));
    cloud.fake.fail(Rule::of(JSON_RPC, Fault::Denied).region("eu-north-1"));
    for _ in 0..2 {
        cloud.collect().with(3);
    }
    let mut wanted = std::collections::BTreeSet::from([JSON_RPC.to_owned()]);
    for scope in cloud.health() {
        let (listing, region) = (text(&scope, "listing"), text(&scope, "region"));
        let scaling = listing.starts_with("autoscaling:") && region == HERE;
        let denied = scaling || (listing == JSON_RPC && region == "eu-north-1");
        assert_eq!(text(&scope, "state"), if denied { "denied" } else { "ok" }, "{scope}");
        assert_eq!(scope["missing_permission"], if denied { json!(listing) } else { json!(null) }, "{scope}");
        wanted.extend(scaling.then(|| listing.to_owned()));
    }
    assert!(wanted.len() > 3, "{wanted:?}");
    assert_eq!(cloud.policy(), wanted);
    assert_eq!(cloud.alive(), before);
    assert!(cloud.gone().is_empty());
}
