//! The spec files that ship with the program.

/// File name and text of each, in the order they are added.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("host.toml", include_str!("specs/host.toml")),
    ("aws/athena.toml", include_str!("specs/aws/athena.toml")),
    ("aws/backup.toml", include_str!("specs/aws/backup.toml")),
    ("aws/comprehend.toml", include_str!("specs/aws/comprehend.toml")),
    ("aws/docdb.toml", include_str!("specs/aws/docdb.toml")),
    ("aws/dynamodb.toml", include_str!("specs/aws/dynamodb.toml")),
    ("aws/ec2.toml", include_str!("specs/aws/ec2.toml")),
    ("aws/ecr.toml", include_str!("specs/aws/ecr.toml")),
    ("aws/efs.toml", include_str!("specs/aws/efs.toml")),
    ("aws/elasticache.toml", include_str!("specs/aws/elasticache.toml")),
    ("aws/emr.toml", include_str!("specs/aws/emr.toml")),
    ("aws/fsx.toml", include_str!("specs/aws/fsx.toml")),
    ("aws/glacier.toml", include_str!("specs/aws/glacier.toml")),
    ("aws/glue.toml", include_str!("specs/aws/glue.toml")),
    ("aws/iam.toml", include_str!("specs/aws/iam.toml")),
    ("aws/kafka.toml", include_str!("specs/aws/kafka.toml")),
    ("aws/kinesis.toml", include_str!("specs/aws/kinesis.toml")),
    ("aws/kms.toml", include_str!("specs/aws/kms.toml")),
    ("aws/lambda.toml", include_str!("specs/aws/lambda.toml")),
    ("aws/load-balancing.toml", include_str!("specs/aws/load-balancing.toml")),
    ("aws/memorydb.toml", include_str!("specs/aws/memorydb.toml")),
    ("aws/messaging.toml", include_str!("specs/aws/messaging.toml")),
    ("aws/neptune.toml", include_str!("specs/aws/neptune.toml")),
    ("aws/opensearch.toml", include_str!("specs/aws/opensearch.toml")),
    ("aws/rds.toml", include_str!("specs/aws/rds.toml")),
    ("aws/redshift.toml", include_str!("specs/aws/redshift.toml")),
    ("aws/rekognition.toml", include_str!("specs/aws/rekognition.toml")),
    ("aws/s3.toml", include_str!("specs/aws/s3.toml")),
    ("aws/sagemaker.toml", include_str!("specs/aws/sagemaker.toml")),
    ("azure.toml", include_str!("specs/azure.toml")),
    ("gcp.toml", include_str!("specs/gcp.toml")),
    ("kubernetes.toml", include_str!("specs/kubernetes.toml")),
    ("terraform.toml", include_str!("specs/terraform.toml")),
];

#[cfg(test)]
mod tests;
