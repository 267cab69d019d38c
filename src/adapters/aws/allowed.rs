//! The reviewed list of operations, held to its rules: listing and describing only, nothing of a data plane,
//! nothing that hands out secrets, and nothing that no row asks for.

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_catalog::Catalog;

use crate::{listing::Listings, model::Models, transport::CREDENTIAL_OPERATIONS};

/// Operations that are named otherwise than `List`, `Describe` and `BatchDescribe`, and what each tells.
const REVIEWED: [(&str, &str); 59] = [
    ("apigateway:GetResources", "paths and methods of an API's definition"),
    ("apigateway:GetRestApis", "the list of REST APIs; the service has no other verb"),
    ("apigateway:GetStages", "stages of an API; their variables are redacted"),
    ("apigatewayv2:GetApis", "the list of HTTP APIs"),
    ("apigatewayv2:GetDomainNames", "the list of domain names"),
    ("apigatewayv2:GetIntegrations", "what routes lead to"),
    ("apigatewayv2:GetStages", "stages of an API; their variables are redacted"),
    ("apigatewayv2:GetVpcLinks", "the list of VPC links"),
    ("athena:GetWorkGroup", "settings of a workgroup; no query and no result"),
    ("backup:GetBackupPlan", "rules of a plan"),
    ("backup:GetBackupSelection", "which resources a plan is for"),
    ("cloudfront:GetDistributionConfig", "settings of a distribution; headers for origins are redacted"),
    ("cloudtrail:GetTrailStatus", "whether a trail records; no events"),
    ("codebuild:BatchGetProjects", "settings of projects; environments are redacted"),
    ("codecommit:BatchGetRepositories", "settings of repositories; no contents"),
    ("codedeploy:BatchGetApplications", "names of applications; no revisions"),
    ("codepipeline:GetPipeline", "stages of a pipeline; AWS itself masks OAuth tokens"),
    ("cognito-identity:GetIdentityPoolRoles", "which roles a pool gives; no identities, no credentials"),
    ("emr-serverless:GetApplication", "settings of an application"),
    ("glacier:GetVaultNotifications", "where a vault notifies"),
    ("glue:BatchGetWorkflows", "settings of workflows"),
    ("glue:GetConnections", "settings of connections, asked for without their passwords"),
    ("glue:GetCrawlers", "settings of crawlers"),
    ("glue:GetDatabases", "names of databases; no data"),
    ("glue:GetJobs", "settings of jobs; arguments are redacted"),
    ("glue:GetSecurityConfigurations", "how data is encrypted; no keys"),
    ("glue:GetTags", "tags of a resource"),
    ("glue:GetTriggers", "when jobs start"),
    ("guardduty:GetDetector", "settings of a detector; no findings"),
    ("iam:GetAccountAuthorizationDetails", "users, groups, roles and their policies; no credentials"),
    ("iam:GetInstanceProfile", "the roles of an instance profile"),
    ("iam:GetOpenIDConnectProvider", "settings of a provider; thumbprints are no secrets"),
    ("kms:GetKeyRotationStatus", "whether a key is rotated; no key material"),
    ("lightsail:GetInstances", "the list of instances; not their access details"),
    ("lightsail:GetLoadBalancers", "the list of load balancers"),
    ("lightsail:GetRelationalDatabases", "the list of databases; not their master passwords"),
    ("resourcegroupstaggingapi:GetResources", "tags of resources"),
    ("route53:GetHostedZone", "name servers and networks of a zone"),
    ("s3:GetBucketEncryption", "how a bucket encrypts"),
    ("s3:GetBucketLifecycleConfiguration", "when objects expire"),
    ("s3:GetBucketLocation", "the region of a bucket"),
    ("s3:GetBucketLogging", "where a bucket logs"),
    ("s3:GetBucketNotificationConfiguration", "whom a bucket tells"),
    ("s3:GetBucketOwnershipControls", "who owns objects"),
    ("s3:GetBucketPolicyStatus", "whether a bucket is public"),
    ("s3:GetBucketReplication", "where a bucket is copied"),
    ("s3:GetBucketTagging", "tags of a bucket"),
    ("s3:GetBucketVersioning", "whether versions are kept"),
    ("s3:GetPublicAccessBlock", "what blocks public access"),
    ("sagemaker:Search", "tags of jobs and models, which no list has"),
    ("scheduler:GetSchedule", "when a schedule calls what; the input is redacted"),
    ("servicecatalog:SearchProductsAsAdmin", "the list of products, under another word"),
    ("servicediscovery:GetService", "settings of a service; no instances"),
    ("sns:GetSubscriptionAttributes", "settings of a subscription"),
    ("sns:GetTopicAttributes", "settings of a topic"),
    ("sqs:GetQueueAttributes", "settings of a queue; no messages"),
    ("sts:AssumeRole", "credentials of a role that the user named; on the list of credential calls"),
    ("sts:GetCallerIdentity", "who we are"),
    ("wafv2:GetWebACL", "rules of an access list"),
];

/// Operations that hand out secrets, contents or credentials. `*` ends a beginning.
const FORBIDDEN: [&str; 43] = [
    "secretsmanager:GetSecretValue",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetRandomPassword",
    "ssm:GetParameter*",
    "s3:GetObject*",
    "s3:SelectObjectContent",
    "ec2:GetPasswordData",
    "ec2:DescribeInstanceAttribute",
    "ec2:GetConsole*",
    "lambda:GetFunction",
    "lambda:GetLayerVersion*",
    "logs:GetLog*",
    "logs:FilterLogEvents",
    "logs:StartQuery",
    "logs:GetQueryResults",
    "sqs:ReceiveMessage",
    "dynamodb:Scan",
    "dynamodb:Query",
    "dynamodb:*GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:ExecuteStatement",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "codeartifact:GetAuthorizationToken",
    "codecommit:GetBlob",
    "codecommit:GetFile",
    "sts:GetSessionToken",
    "sts:GetFederationToken",
    "cognito-idp:ListUsers*",
    "cognito-idp:AdminGetUser",
    "cognito-identity:GetId",
    "cognito-identity:GetCredentialsForIdentity",
    "apigateway:GetApiKey*",
    "appsync:ListApiKeys",
    "kms:Decrypt",
    "athena:GetQueryResults",
    "rds-data:*",
    "lightsail:GetInstanceAccessDetails",
    "lightsail:GetRelationalDatabaseMasterUserPassword",
    "acm:ExportCertificate",
];
/// Services that are nothing but a data plane.
const DATA_PLANES: [&str; 17] = [
    "appconfigdata",
    "cloudsearchdomain",
    "ebs",
    "forecastquery",
    "iot-data",
    "iot-jobs-data",
    "kinesis-video-media",
    "kinesis-video-archived-media",
    "lex-runtime",
    "lexv2-runtime",
    "bedrock-runtime",
    "dynamodbstreams",
    "mediastore-data",
    "personalize-runtime",
    "rds-data",
    "redshift-data",
    "sagemaker-runtime",
];

fn is_forbidden(operation: &str) -> bool {
    let service = operation.split(':').next().unwrap_or_default();
    let fits = |rule: &&str| match rule.split_once('*') {
        Some((before, after)) => operation.starts_with(before) && operation.ends_with(after),
        None => *operation == **rule,
    };
    DATA_PLANES.contains(&service) || FORBIDDEN.iter().any(fits)
}

#[test]
fn operations_list_or_describe_or_were_reviewed_one_by_one() {
    let reviewed: BTreeMap<&str, &str> = REVIEWED.into();
    let models = Models::builtin();
    let all: BTreeSet<&str> = models.operations().chain(models.credential_operations()).collect();
    let usual = |operation: &str| {
        let verb = operation.split_once(':').map_or("", |(_, verb)| verb);
        ["List", "Describe", "BatchDescribe"].iter().any(|v| verb.starts_with(v))
    };
    let odd: BTreeSet<&str> = all.iter().copied().filter(|o| !usual(o)).collect();
    let unreviewed: Vec<&&str> = odd.iter().filter(|o| !reviewed.contains_key(**o)).collect();
    assert!(unreviewed.is_empty(), "not reviewed: {unreviewed:?}");
    let stale: Vec<&&str> = reviewed.keys().filter(|o| !odd.contains(**o)).collect();
    assert!(stale.is_empty(), "reviewed, but not called: {stale:?}");
    assert!(reviewed.values().all(|why| why.len() > 5));
}

#[test]
fn nothing_of_a_data_plane_or_with_secrets_is_called() {
    for bad in [
        "secretsmanager:GetSecretValue",
        "ssm:GetParametersByPath",
        "s3:GetObject",
        "ebs:ListSnapshotBlocks",
        "dynamodb:GetItem",
    ] {
        assert!(is_forbidden(bad), "{bad}");
    }
    for good in ["ssm:DescribeParameters", "lambda:ListFunctions", "dynamodb:DescribeTable"] {
        assert!(!is_forbidden(good), "{good}");
    }
    let catalog = Catalog::builtin().unwrap();
    let named = catalog.kinds().filter_map(|kind| kind.list.as_ref()).flat_map(|list| {
        let details = list.details.iter().map(|d| d.operation.to_string());
        std::iter::once(list.operation.to_string()).chain(details)
    });
    let models = Models::builtin();
    let listed = models.operations().chain(models.credential_operations()).map(str::to_owned);
    let chain = CREDENTIAL_OPERATIONS.into_iter().map(|o| o.as_str().to_owned());
    let bad: Vec<String> = named.chain(listed).chain(chain).filter(|o| is_forbidden(o)).collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn rows_and_the_list_name_the_same_operations() {
    let catalog = Catalog::builtin().unwrap();
    let listings = Listings::of(&catalog);
    assert!(listings.refused.is_empty(), "{:?}", listings.refused);
    let base = include_str!("data/base.txt").lines();
    let mut named: BTreeSet<String> = base.filter(|l| !l.is_empty()).map(str::to_owned).collect();
    for list in catalog.kinds().filter(|k| k.provider.as_str() == "aws").filter_map(|k| k.list.as_ref()) {
        named.insert(list.operation.to_string());
        named.extend(list.details.iter().map(|d| d.operation.to_string()));
    }
    let listed: BTreeSet<String> = Models::builtin().operations().map(str::to_owned).collect();
    let unlisted: Vec<&String> = named.difference(&listed).collect();
    assert!(unlisted.is_empty(), "rows call what is not on the list: {unlisted:?}");
    let unused: Vec<&String> = listed.difference(&named).collect();
    assert!(unused.is_empty(), "on the list, but no row calls it: {unused:?}");
    let sorted: Vec<&str> = Models::builtin().operations().collect();
    assert!(sorted.is_sorted(), "operations.txt is sorted");
}
