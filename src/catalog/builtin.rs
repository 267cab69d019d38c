//! The spec files that ship with the program.

/// File name and text of each, in the order they are added.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("host.toml", include_str!("specs/host.toml")),
    ("aws/api-gateway.toml", include_str!("specs/aws/api-gateway.toml")),
    ("aws/cloudformation.toml", include_str!("specs/aws/cloudformation.toml")),
    ("aws/cognito.toml", include_str!("specs/aws/cognito.toml")),
    ("aws/detection.toml", include_str!("specs/aws/detection.toml")),
    ("aws/developer.toml", include_str!("specs/aws/developer.toml")),
    ("aws/dynamodb.toml", include_str!("specs/aws/dynamodb.toml")),
    ("aws/ec2.toml", include_str!("specs/aws/ec2.toml")),
    ("aws/events.toml", include_str!("specs/aws/events.toml")),
    ("aws/iam.toml", include_str!("specs/aws/iam.toml")),
    ("aws/identity-center.toml", include_str!("specs/aws/identity-center.toml")),
    ("aws/integration.toml", include_str!("specs/aws/integration.toml")),
    ("aws/kms.toml", include_str!("specs/aws/kms.toml")),
    ("aws/lambda.toml", include_str!("specs/aws/lambda.toml")),
    ("aws/load-balancing.toml", include_str!("specs/aws/load-balancing.toml")),
    ("aws/messaging.toml", include_str!("specs/aws/messaging.toml")),
    ("aws/monitoring.toml", include_str!("specs/aws/monitoring.toml")),
    ("aws/organizations.toml", include_str!("specs/aws/organizations.toml")),
    ("aws/rds.toml", include_str!("specs/aws/rds.toml")),
    ("aws/s3.toml", include_str!("specs/aws/s3.toml")),
    ("aws/scheduling.toml", include_str!("specs/aws/scheduling.toml")),
    ("aws/secrets.toml", include_str!("specs/aws/secrets.toml")),
    ("aws/service-catalog.toml", include_str!("specs/aws/service-catalog.toml")),
    ("aws/waf.toml", include_str!("specs/aws/waf.toml")),
    ("azure.toml", include_str!("specs/azure.toml")),
    ("gcp.toml", include_str!("specs/gcp.toml")),
    ("kubernetes.toml", include_str!("specs/kubernetes.toml")),
    ("terraform.toml", include_str!("specs/terraform.toml")),
];

#[cfg(test)]
mod tests;
