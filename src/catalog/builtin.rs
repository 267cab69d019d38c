//! The spec files that ship with the program.

/// File name and text of each, in the order they are added.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("host.toml", include_str!("specs/host.toml")),
    ("aws/acm.toml", include_str!("specs/aws/acm.toml")),
    ("aws/app-platforms.toml", include_str!("specs/aws/app-platforms.toml")),
    ("aws/autoscaling.toml", include_str!("specs/aws/autoscaling.toml")),
    ("aws/batch.toml", include_str!("specs/aws/batch.toml")),
    ("aws/cloudfront.toml", include_str!("specs/aws/cloudfront.toml")),
    ("aws/dynamodb.toml", include_str!("specs/aws/dynamodb.toml")),
    ("aws/ec2.toml", include_str!("specs/aws/ec2.toml")),
    ("aws/ec2-capacity.toml", include_str!("specs/aws/ec2-capacity.toml")),
    ("aws/ecs.toml", include_str!("specs/aws/ecs.toml")),
    ("aws/eks.toml", include_str!("specs/aws/eks.toml")),
    ("aws/gateways.toml", include_str!("specs/aws/gateways.toml")),
    ("aws/global-network.toml", include_str!("specs/aws/global-network.toml")),
    ("aws/iam.toml", include_str!("specs/aws/iam.toml")),
    ("aws/kms.toml", include_str!("specs/aws/kms.toml")),
    ("aws/lambda.toml", include_str!("specs/aws/lambda.toml")),
    ("aws/lightsail.toml", include_str!("specs/aws/lightsail.toml")),
    ("aws/load-balancing.toml", include_str!("specs/aws/load-balancing.toml")),
    ("aws/messaging.toml", include_str!("specs/aws/messaging.toml")),
    ("aws/rds.toml", include_str!("specs/aws/rds.toml")),
    ("aws/route53.toml", include_str!("specs/aws/route53.toml")),
    ("aws/s3.toml", include_str!("specs/aws/s3.toml")),
    ("aws/service-networking.toml", include_str!("specs/aws/service-networking.toml")),
    ("aws/transit.toml", include_str!("specs/aws/transit.toml")),
    ("aws/vpc.toml", include_str!("specs/aws/vpc.toml")),
    ("azure.toml", include_str!("specs/azure.toml")),
    ("gcp.toml", include_str!("specs/gcp.toml")),
    ("kubernetes.toml", include_str!("specs/kubernetes.toml")),
    ("terraform.toml", include_str!("specs/terraform.toml")),
];

#[cfg(test)]
mod tests;
