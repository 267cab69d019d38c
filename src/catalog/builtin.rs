//! The spec files that ship with the program.

/// File name and text of each, in the order they are added.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("host.toml", include_str!("specs/host.toml")),
    ("aws/dynamodb.toml", include_str!("specs/aws/dynamodb.toml")),
    ("aws/ec2.toml", include_str!("specs/aws/ec2.toml")),
    ("aws/iam.toml", include_str!("specs/aws/iam.toml")),
    ("aws/kms.toml", include_str!("specs/aws/kms.toml")),
    ("aws/lambda.toml", include_str!("specs/aws/lambda.toml")),
    ("aws/load-balancing.toml", include_str!("specs/aws/load-balancing.toml")),
    ("aws/messaging.toml", include_str!("specs/aws/messaging.toml")),
    ("aws/rds.toml", include_str!("specs/aws/rds.toml")),
    ("aws/s3.toml", include_str!("specs/aws/s3.toml")),
    ("azure.toml", include_str!("specs/azure.toml")),
    ("gcp.toml", include_str!("specs/gcp.toml")),
    ("kubernetes.toml", include_str!("specs/kubernetes.toml")),
    ("terraform.toml", include_str!("specs/terraform.toml")),
];

#[cfg(test)]
mod tests;
