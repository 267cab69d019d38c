//! From an error of AWS to a fault: what it means, whether to try again, what to do next.
//!
//! Knows the codes that AWS's services use for the same things; knows no operation.

use std::time::Duration;

use cloudscope_domain::text::visible;
use cloudscope_ports::{Fault, FaultKind};

use crate::{transport::Answer, wire::ServiceError};

/// What an error code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Throttled,
    Denied,
    /// The keys or the token are no longer good.
    Expired,
    /// The keys are not known, in this region at least.
    NotKnown,
    /// The clocks differ too much.
    Skewed,
    NotFound,
    /// The service, or its feature, is not switched on.
    Disabled,
    /// The other side failed; it may pass.
    Broken,
    /// A failure without a word of the protocol: it does not know what was asked.
    Page,
    /// The parameters are wrong.
    Other,
}

const THROTTLED: [&str; 15] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "TooManyRequests",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
    "TransactionInProgressException",
    "LimitExceededException",
];
const DENIED: [&str; 12] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "UnauthorizedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "NotAuthorized",
    "NotAuthorizedException",
    "UnauthorizedAccess",
    "ForbiddenException",
    "Forbidden",
    "AllAccessDisabled",
];
const EXPIRED: [&str; 4] =
    ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "ExpiredTokenError"];
const NOT_KNOWN: [&str; 12] = [
    "InvalidClientTokenId",
    "InvalidToken",
    "InvalidSecurity",
    "IncompleteSignature",
    "UnrecognizedClientException",
    "UnrecognizedClient",
    "AuthFailure",
    "InvalidAccessKeyId",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
];
const SKEWED: [&str; 3] = ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"];
const DISABLED: [&str; 10] = [
    "OptInRequired",
    "NotSignedUp",
    "RegionDisabledException",
    "SubscriptionRequiredException",
    "SubscriptionRequired",
    "AWSOrganizationsNotInUseException",
    "UnknownOperationException",
    "UnknownOperation",
    "InvalidAction",
    "UnsupportedOperationException",
];
/// How services that have no code of their own for it say that nobody switched them on.
const NOT_ON: [&str; 4] = ["is not enabled", "is not subscribed", "not signed up", "has not been enabled"];
const BROKEN: [&str; 12] = [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "InternalServiceError",
    "InternalServiceException",
    "InternalException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
    "RequestTimeout",
    "RequestTimeoutException",
];

impl Meaning {
    /// What the error of an answer means.
    pub(crate) fn of(status: u16, error: &ServiceError) -> Self {
        let code = error.code.as_str();
        let signature = code == "SignatureDoesNotMatch" || code == "InvalidSignatureException";
        let late = ["Signature expired", "not yet current", "is now earlier than"];
        match () {
            () if SKEWED.contains(&code) => Self::Skewed,
            () if signature && late.iter().any(|w| error.message.contains(w)) => Self::Skewed,
            () if THROTTLED.contains(&code) || status == 429 => Self::Throttled,
            () if EXPIRED.contains(&code) => Self::Expired,
            () if NOT_KNOWN.contains(&code) => Self::NotKnown,
            () if error.message.contains("not authorized to perform") => Self::Denied,
            () if DENIED.contains(&code) && NOT_ON.iter().any(|w| error.message.contains(w)) => {
                Self::Disabled
            }
            () if DENIED.contains(&code) => Self::Denied,
            () if DISABLED.contains(&code) => Self::Disabled,
            () if BROKEN.contains(&code) => Self::Broken,
            // Without a code it is somebody else's page, and proves nothing: not that a thing is gone, not
            // that a permission is missing. Gateways in front of AWS answer with 502 to 504.
            () if code == status.to_string() && !matches!(status, 502..=504) => Self::Page,
            () if status == 404 || is_not_found(code) => Self::NotFound,
            () if matches!(status, 500 | 502..=504) => Self::Broken,
            () if status == 403 => Self::Denied,
            () if status == 401 => Self::NotKnown,
            () => Self::Other,
        }
    }
}

/// Whether a code says that there is no such thing: AWS has hundreds of them.
pub(crate) fn is_not_found(code: &str) -> bool {
    ["NotFound", "NoSuch", "DoesNotExist", "NotExist", "UnknownResource"]
        .iter()
        .any(|part| code.contains(part))
}

/// Whether a row's list of codes has this one.
pub(crate) fn is_listed(list: &[String], code: &str) -> bool {
    list.iter().any(|listed| listed == code)
}

/// Where a call went and as whom, for its message.
pub(crate) struct Place<'a> {
    pub(crate) operation: &'a str,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// What the call needs.
    pub(crate) permission: &'a str,
    /// The command that renews the credentials.
    pub(crate) renew: Option<&'a str>,
    /// Other accounts of this source may still work.
    pub(crate) alone: bool,
}

/// The fault of an answer that is an error.
pub(crate) fn fault(answer: &Answer, error: &ServiceError, meaning: Meaning, place: &Place<'_>) -> Fault {
    let told = told(error);
    let at = if place.region.is_empty() {
        place.account.to_owned()
    } else {
        format!("{} in {}", place.account, place.region)
    };
    let new = |kind, words: String| Fault::new(kind, place.operation, words);
    // One account of many that cannot log in does not end the run of the others.
    let unauthenticated = if place.alone { FaultKind::Unauthenticated } else { FaultKind::Denied };
    let renew = |fault: Fault| match place.renew {
        Some(command) => fault.renew(command),
        None => fault,
    };
    match meaning {
        Meaning::Throttled => new(
            FaultKind::Throttled { after: retry_after(answer) },
            format!("AWS asks for fewer calls of {at}: {told}"),
        ),
        Meaning::Denied => {
            let fault = new(FaultKind::Denied, format!("{at} may not: {told}"));
            match missing(error, place.permission) {
                Some(permission) => fault.missing(permission),
                None => fault,
            }
        }
        Meaning::Expired => renew(new(
            unauthenticated,
            format!("the credentials for {at} have expired: {told}; renew them and collect again"),
        )),
        Meaning::NotKnown => renew(new(
            unauthenticated,
            format!(
                "AWS does not know the credentials for {at}: {told}; check them, and whether the region is enabled"
            ),
        )),
        Meaning::Skewed => new(
            unauthenticated,
            format!(
                "the clock of this machine differs too much from AWS's: {told}; set it right and collect again"
            ),
        ),
        Meaning::NotFound => new(FaultKind::NotFound, format!("{at}: {told}")),
        Meaning::Disabled => new(FaultKind::Disabled, format!("not switched on in {at}: {told}")),
        Meaning::Broken => {
            new(FaultKind::Unreachable, format!("AWS failed for {at} ({}): {told}", answer.status))
        }
        Meaning::Page => new(
            FaultKind::Malformed,
            format!(
                "{at}: the answer is status {} without an error of AWS; is this AWS, or a server that does not know the call?",
                answer.status
            ),
        ),
        Meaning::Other => new(FaultKind::Malformed, format!("AWS refuses the call for {at}: {told}")),
    }
}

/// What AWS says, fit to be shown.
pub(crate) fn told(error: &ServiceError) -> String {
    let message = visible(error.message.trim());
    let message: String = message.chars().take(600).collect();
    if message.is_empty() { error.code.clone() } else { format!("{}: {message}", error.code) }
}

/// The permission that a refusal names, else the one that the call is known to need; none when it is not
/// for lack of a permission, such as an account that is blocked.
fn missing(error: &ServiceError, permission: &str) -> Option<String> {
    let named = error.message.split("not authorized to perform:").nth(1).and_then(|rest| {
        let word = rest.split_whitespace().next()?.trim_matches(['"', '\'', ',', '.', ';']);
        (word.contains(':') && !word.starts_with("arn:")).then(|| word.to_owned())
    });
    let of_code = || {
        let known = DENIED.contains(&error.code.as_str()) && error.code != "AllAccessDisabled";
        let like = ["AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden"];
        (known || like.iter().any(|part| error.code.contains(part))).then(|| permission.to_owned())
    };
    named.or_else(of_code)
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let text = answer.header("retry-after")?;
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let from = jiff::Timestamp::try_from(answer.date()?).ok()?;
    u64::try_from(until.duration_since(from).as_secs()).ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
        Answer { status, headers, body: Vec::new() }
    }

    fn error(code: &str, message: &str) -> ServiceError {
        ServiceError { status: 400, code: code.into(), message: message.into(), request_id: None }
    }

    fn told_of(answer: &Answer, error: &ServiceError, place: &Place<'_>) -> Fault {
        fault(answer, error, Meaning::of(answer.status, error), place)
    }

    fn place(alone: bool) -> Place<'static> {
        Place {
            operation: "ec2:DescribeInstances",
            account: "123456789012",
            region: "eu-west-1",
            permission: "ec2:DescribeInstances",
            renew: Some("aws sso login --profile prod"),
            alone,
        }
    }

    #[test]
    fn codes_are_what_they_mean() {
        let check = |status, code: &str, message: &str, meaning| {
            assert_eq!(Meaning::of(status, &error(code, message)), meaning, "{code}");
        };
        check(400, "ThrottlingException", "Rate exceeded", Meaning::Throttled);
        check(429, "Odd", "", Meaning::Throttled);
        check(503, "SlowDown", "", Meaning::Throttled);
        check(403, "UnauthorizedOperation", "", Meaning::Denied);
        check(400, "ValidationError", "User: x is not authorized to perform: a:B", Meaning::Denied);
        check(400, "ExpiredToken", "", Meaning::Expired);
        check(403, "InvalidClientTokenId", "", Meaning::NotKnown);
        check(403, "SignatureDoesNotMatch", "Signature expired: x is now earlier than y", Meaning::Skewed);
        check(403, "SignatureDoesNotMatch", "The request signature we calculated", Meaning::NotKnown);
        check(404, "ResourceNotFoundException", "", Meaning::NotFound);
        check(400, "NoSuchEntity", "", Meaning::NotFound);
        check(400, "InvalidVpcID.NotFound", "", Meaning::NotFound);
        check(400, "SubscriptionRequiredException", "", Meaning::Disabled);
        check(503, "503", "<html>", Meaning::Broken);
        check(500, "500", "<html>", Meaning::Page);
        check(404, "404", "<html>", Meaning::Page);
        check(403, "403", "<html>", Meaning::Page);
        check(400, "400", "", Meaning::Page);
        check(403, "NotSignedUp", "", Meaning::Disabled);
        check(403, "AccessDeniedException", "Macie is not enabled", Meaning::Disabled);
        check(403, "AccessDenied", "is not authorized to perform: a:B; x is not enabled", Meaning::Denied);
        check(400, "InvalidToken", "The provided token is malformed", Meaning::NotKnown);
        check(500, "InternalFailure", "", Meaning::Broken);
        check(400, "ValidationException", "", Meaning::Other);
    }

    #[test]
    fn a_fault_says_what_to_do() {
        let denied = error(
            "UnauthorizedOperation",
            "User: arn:aws:iam::1:user/x is not authorized to perform: ec2:DescribeFleets on resource: *",
        );
        let fault_ = told_of(&answer(403, &[]), &denied, &place(true));
        assert_eq!(fault_.kind, FaultKind::Denied);
        assert_eq!(fault_.missing_permission.as_deref(), Some("ec2:DescribeFleets"));
        let plain = told_of(&answer(403, &[]), &error("AccessDenied", "Access Denied"), &place(true));
        assert_eq!(plain.missing_permission.as_deref(), Some("ec2:DescribeInstances"));
        let blocked = told_of(&answer(403, &[]), &error("AccountProblem", "call us"), &place(true));
        assert_eq!((blocked.kind, blocked.missing_permission), (FaultKind::Denied, None));
        let expired = error("ExpiredToken", "The security token included in the request is expired");
        let alone = told_of(&answer(400, &[]), &expired, &place(true));
        assert_eq!(alone.kind, FaultKind::Unauthenticated);
        assert_eq!(alone.renew.as_deref(), Some("aws sso login --profile prod"));
        assert_eq!(told_of(&answer(400, &[]), &expired, &place(false)).kind, FaultKind::Denied);
    }

    #[test]
    fn a_refusal_for_quota_says_when() {
        let slow = error("SlowDown", "");
        let after = |headers: &[(&str, &str)]| match told_of(&answer(503, headers), &slow, &place(true)).kind
        {
            FaultKind::Throttled { after } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(after(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        let date =
            [("retry-after", "Wed, 25 Nov 2026 21:00:09 GMT"), ("date", "Wed, 25 Nov 2026 21:00:00 GMT")];
        assert_eq!(after(&date), Some(Duration::from_secs(9)));
        assert_eq!(after(&[]), None);
    }

    #[test]
    fn foreign_text_is_made_visible() {
        let nasty = error("Boom", "a\u{1b}[2Jb");
        assert!(!told_of(&answer(400, &[]), &nasty, &place(true)).message.contains('\u{1b}'));
    }
}
