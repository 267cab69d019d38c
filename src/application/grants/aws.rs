//! AWS: `service:Action`, alone or in `... is not authorized to perform: ec2:DescribeInstances on
//! resource: ...`; granted by an identity-based policy.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use std::collections::BTreeSet;

use serde_json::json;

use super::dialect::{Dialect, Document, Need, Said, WILDCARD, after, plain, words};

pub(super) struct Aws;

/// Calls of other names that are known to describe: all that the collector makes (held by
/// `tests/it/aws/hostile.rs`) and their like. What carries secrets besides, such as the user data of launch
/// templates, is redacted when it is taken in; API Gateway knows no finer permission.
const DESCRIBING: &[&str] = &[
    "acm-pca:GetPolicy",
    "apigateway:GET",
    "athena:GetWorkGroup",
    "backup:GetBackupPlan",
    "backup:GetBackupSelection",
    "cloudfront:GetDistribution",
    "cloudfront:GetDistributionConfig",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrail",
    "cloudtrail:GetTrailStatus",
    "codebuild:BatchGetProjects",
    "codecommit:BatchGetRepositories",
    "codedeploy:BatchGetApplications",
    "codepipeline:GetPipeline",
    "cognito-identity:GetIdentityPoolRoles",
    "ec2:DescribeLaunchTemplateVersions",
    "ecr:GetLifecyclePolicy",
    "ecr:GetRepositoryPolicy",
    "elasticloadbalancing:GetResourcePolicy",
    "emr-serverless:GetApplication",
    "glacier:GetVaultNotifications",
    "glue:BatchGetWorkflows",
    "glue:GetConnections",
    "glue:GetCrawlers",
    "glue:GetDatabases",
    "glue:GetJobs",
    "glue:GetSecurityConfigurations",
    "glue:GetTags",
    "glue:GetTriggers",
    "guardduty:GetDetector",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountSummary",
    "iam:GetGroup",
    "iam:GetInstanceProfile",
    "iam:GetOpenIDConnectProvider",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:GetUser",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "lambda:GetPolicy",
    "lightsail:GetInstances",
    "lightsail:GetLoadBalancers",
    "lightsail:GetRelationalDatabases",
    "organizations:GetOrganization",
    "resource-groups:GetGroup",
    "route53:GetHealthCheck",
    "route53:GetHostedZone",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketNotification",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "sagemaker:Search",
    "scheduler:GetSchedule",
    "servicecatalog:SearchProductsAsAdmin",
    "servicediscovery:GetService",
    "sns:GetSubscriptionAttributes",
    "sns:GetTopicAttributes",
    "sqs:GetQueueAttributes",
    "tag:GetResources",
    "tag:GetTagKeys",
    "wafv2:GetWebACL",
];

/// Calls that are named like a listing and are not one of an inventory.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("cognito-idp:ListDevices", "it reads what people entered about themselves"),
    ("cognito-idp:ListUsers", "it reads what people entered about themselves"),
    ("cognito-idp:ListUsersInGroup", "it reads what people entered about themselves"),
    ("ec2:DescribeInstanceAttribute", "it reads user data, which often holds secrets"),
    ("s3:ListBucket", "it lists the objects in buckets, which is data"),
    ("s3:ListBucketMultipartUploads", "it lists the objects in buckets, which is data"),
    ("s3:ListBucketVersions", "it lists the objects in buckets, which is data"),
    ("s3:ListMultipartUploadParts", "it lists the objects in buckets, which is data"),
];

/// Services whose every call reads what is stored.
const DATA: &[&str] =
    &["appconfig-data", "dax", "execute-api", "rds-data", "redshift-data", "sdb", "ssmmessages"];

/// Policies that an identity-based one cannot make up for, in AWS's words.
const WALLS: &[(&str, &str)] = &[
    ("explicit deny", "an explicit deny stands against it; no grant helps, ask whoever owns that policy"),
    (
        "no service control policy allows",
        "a service control policy does not allow it; a grant alone does not help",
    ),
    (
        "no permissions boundary allows",
        "a permissions boundary does not allow it; a grant alone does not help",
    ),
    ("no session policy allows", "the session's own policy does not allow it; a grant alone does not help"),
    ("no VPC endpoint policy allows", "a VPC endpoint policy does not allow it; a grant alone does not help"),
];

impl Dialect for Aws {
    fn collectors(&self) -> &'static [&'static str] {
        &["aws"]
    }

    fn read(&self, named: &str, words_of_provider: &str) -> Vec<Said> {
        let wall = WALLS.iter().find(|(mark, _)| named.contains(mark) || words_of_provider.contains(mark));
        let actions: Vec<&str> = match after(named, "perform:") {
            Some(action) => Some(action).filter(|a| is_action(a)).into_iter().collect(),
            None if words(named).all(|w| is_action(w) && named_alone(w)) => words(named).collect(),
            None => Vec::new(),
        };
        let judge = |action: &str| {
            let left_out = |reason| Said::LeftOut { permission: action.to_owned(), reason };
            match (judge(action), wall) {
                (Err(reason), _) => left_out(reason),
                (Ok(()), Some((_, reason))) => left_out(*reason),
                (Ok(()), None) => Said::Need(Need::everywhere(action)),
            }
        };
        actions.into_iter().map(judge).collect()
    }

    fn document(&self, needs: &[Need], _: &BTreeSet<String>) -> Document {
        let actions: Vec<&str> = needs.iter().map(|n| n.permission.as_str()).collect();
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "CloudScopeRead",
                "Effect": "Allow",
                "Action": actions,
                "Resource": "*",
            }],
        });
        Document { title: "AWS policy", format: "json", text: format!("{policy:#}\n"), remark: None }
    }
}

/// Whether a word has the shape of an action, wildcards included.
fn is_action(word: &str) -> bool {
    word.split_once(':').is_some_and(|(service, action)| {
        let of_service = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-*".contains(c);
        (1..=64).contains(&service.len()) && service.chars().all(of_service) && plain(action, "*")
    })
}

/// Without a sentence around it, only what is written as AWS writes actions: `file:read` is none.
fn named_alone(word: &str) -> bool {
    word.split_once(':')
        .is_some_and(|(_, action)| action.starts_with(|c: char| c.is_ascii_uppercase() || c == '*'))
}

/// Whether an action lists or describes; why it is not asked for, if not.
fn judge(action: &str) -> Result<(), &'static str> {
    if action.contains('*') {
        return Err(WILDCARD);
    }
    if let Some((_, reason)) = EXCEPTIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(action)) {
        return Err(reason);
    }
    if DESCRIBING.contains(&action) {
        return Ok(());
    }
    let (service, name) = action.split_once(':').unwrap_or_default();
    if DATA.contains(&service) {
        return Err("that service reads what is stored, not what there is");
    }
    let begins = |verb: &str| {
        name.strip_prefix(verb).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    if begins("List") || begins("Describe") {
        if ["Password", "SecretValue", "Credential"].iter().any(|word| name.contains(word)) {
            return Err("it may carry secrets");
        }
        return Ok(());
    }
    if ["Get", "BatchGet"].iter().any(|verb| begins(verb)) {
        return Err(
            "a Get may read secrets or contents, and this one is not known to be harmless; add it by hand if it is",
        );
    }
    Err("it does not list or describe")
}
