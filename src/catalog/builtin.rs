//! The spec files that ship with the program.

/// File name and text of each, in the order they are added.
pub(crate) const FILES: [(&str, &str); 6] = [
    ("host.toml", include_str!("specs/host.toml")),
    ("aws.toml", include_str!("specs/aws.toml")),
    ("azure.toml", include_str!("specs/azure.toml")),
    ("gcp.toml", include_str!("specs/gcp.toml")),
    ("kubernetes.toml", include_str!("specs/kubernetes.toml")),
    ("terraform.toml", include_str!("specs/terraform.toml")),
];

#[cfg(test)]
mod tests;
