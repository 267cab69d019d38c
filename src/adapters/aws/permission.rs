//! What IAM calls the permission that an operation needs: mostly the signing name and the operation.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use crate::model::Service;

/// Services whose permissions begin with another word than the name in their signatures.
const PREFIXES: [(&str, &str); 9] = [
    ("cloudwatch", "cloudwatch"),
    ("resourcegroupstaggingapi", "tag"),
    ("ses", "ses"),
    ("sesv2", "ses"),
    ("s3control", "s3"),
    ("pinpoint", "mobiletargeting"),
    ("iot", "iot"),
    ("mq", "mq"),
    ("servicecatalog-appregistry", "servicecatalog"),
];

/// Operations whose permission has a name of its own.
const RENAMED: [(&str, &str); 7] = [
    ("s3:ListBuckets", "s3:ListAllMyBuckets"),
    ("s3:GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    ("s3:GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ("s3:GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
    ("s3:GetBucketReplication", "s3:GetReplicationConfiguration"),
    ("s3:GetBucketNotificationConfiguration", "s3:GetBucketNotification"),
    ("s3:GetBucketCors", "s3:GetBucketCORS"),
];

/// The permission of an operation, where its row does not say otherwise.
pub(crate) fn of(service: &Service, operation: &str) -> String {
    let prefix =
        PREFIXES.iter().find(|(name, _)| *name == &*service.name).map_or(&*service.signing_name, |(_, p)| p);
    let name = format!("{}:{operation}", service.name);
    if let Some((_, renamed)) = RENAMED.iter().find(|(from, _)| *from == name) {
        return (*renamed).to_owned();
    }
    match prefix {
        // Its permissions are HTTP methods.
        "apigateway" => "apigateway:GET".to_owned(),
        _ => format!("{prefix}:{operation}"),
    }
}
