//! Where the image of a container comes from: the repository of a cloud, in the words in which its provider names it.
//!
//! Pure functions of a text.

/// `registry:5000/name` of `registry:5000/name:tag@sha256:...`.
pub(super) fn untagged(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// The id of the repository of AWS or GCP that holds an image; nothing where its host is none of theirs.
pub(super) fn repository(image: &str) -> Option<String> {
    let (host, path) = untagged(image).split_once('/')?;
    ecr(host, path).or_else(|| artifacts(host, path))
}

/// The host of the Azure registry that holds an image, which is its name; nothing where it is none.
pub(super) fn registry(image: &str) -> Option<&str> {
    let (host, _) = image.split_once('/')?;
    let ends = [".azurecr.io", ".azurecr.cn", ".azurecr.us"];
    ends.iter().any(|end| host.len() > end.len() && host.ends_with(end)).then_some(host)
}

/// <https://docs.aws.amazon.com/general/latest/gr/ecr.html>: `ACCOUNT.dkr.ecr.REGION.amazonaws.com`, the same with
/// `ecr-fips`, and `ACCOUNT.dkr-ecr.REGION.on.aws` where IPv6 is spoken as well.
fn ecr(host: &str, path: &str) -> Option<String> {
    let (account, rest) = host.split_once('.')?;
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let forms = ["dkr.ecr.", "dkr.ecr-fips.", "dkr-ecr.", "dkr-ecr-fips."];
    let rest = forms.iter().find_map(|form| rest.strip_prefix(form))?;
    let (region, domain) = rest.split_once('.')?;
    let partition = match domain {
        "amazonaws.com" | "on.aws" if region.starts_with("us-gov-") => "aws-us-gov",
        "amazonaws.com" | "on.aws" => "aws",
        "amazonaws.com.cn" | "on.amazonwebservices.com.cn" => "aws-cn",
        _ => return None,
    };
    (!path.is_empty()).then(|| format!("arn:{partition}:ecr:{region}:{account}:repository/{path}"))
}

/// <https://cloud.google.com/artifact-registry/docs/docker/names>. Artifact Registry serves the `gcr.io` hosts as well:
/// each is a repository of that name, in a fixed location.
fn artifacts(host: &str, path: &str) -> Option<String> {
    let old = match host {
        "gcr.io" | "us.gcr.io" => Some("us"),
        "eu.gcr.io" => Some("europe"),
        "asia.gcr.io" => Some("asia"),
        _ => None,
    };
    let location = old.or_else(|| host.strip_suffix("-docker.pkg.dev"))?;
    let (first, rest) = path.split_once('/')?;
    // A project of an organization's domain is two parts of a path.
    let (project, rest) = match rest.split_once('/') {
        Some((project, rest)) if first.contains('.') => (format!("{first}:{project}"), rest),
        _ => (first.to_owned(), rest),
    };
    let repository = if old.is_some() { host } else { rest.split('/').next()? };
    if location.is_empty() || project.is_empty() || repository.is_empty() {
        return None;
    }
    Some(format!(
        "//artifactregistry.googleapis.com/projects/{project}/locations/{location}/repositories/{repository}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_and_a_digest_are_no_part_of_a_name() {
        for (image, name) in [
            ("r:5000/a/b:1.2@sha256:ab", "r:5000/a/b"),
            ("r:5000/a/b", "r:5000/a/b"),
            ("a:1", "a"),
            ("a@sha256:ab", "a"),
        ] {
            assert_eq!(untagged(image), name);
        }
    }

    #[test]
    fn repositories_of_aws() {
        let check = |image: &str, expected: Option<&str>| {
            let expected = expected.map(|rest| format!("arn:{rest}"));
            assert_eq!(repository(image), expected, "{image}");
        };
        let in_eu = Some("aws:ecr:eu-west-1:123456789012:repository/a/b");
        check("123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b:2", in_eu);
        check("123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b@sha256:ab", in_eu);
        check("123456789012.dkr-ecr.eu-west-1.on.aws/a/b:2", in_eu);
        let in_us = Some("aws:ecr:us-east-2:123456789012:repository/a");
        check("123456789012.dkr.ecr-fips.us-east-2.amazonaws.com/a", in_us);
        check("123456789012.dkr-ecr-fips.us-east-2.on.aws/a", in_us);
        let of_government = Some("aws-us-gov:ecr:us-gov-west-1:123456789012:repository/a");
        check("123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/a", of_government);
        check("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a:1", of_government);
        let in_china = Some("aws-cn:ecr:cn-north-1:123456789012:repository/a");
        check("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a", in_china);
        for other in [
            "public.ecr.aws/eks-distro/kubernetes/pause:3.9",
            "12345.dkr.ecr.eu-west-1.amazonaws.com/a",
            "123456789012.dkr.ecr.eu-west-1.example.com/a",
            "example.com/123456789012.dkr.ecr.eu-west-1.amazonaws.com/a",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/",
            "nginx",
        ] {
            check(other, None);
        }
    }

    #[test]
    fn repositories_of_gcp() {
        let check = |image: &str, expected: Option<(&str, &str, &str)>| {
            let expected = expected.map(|(project, location, repository)| {
                format!("//artifactregistry.googleapis.com/projects/{project}/locations/{location}/repositories/{repository}")
            });
            assert_eq!(repository(image), expected, "{image}");
        };
        check("us-east1-docker.pkg.dev/acme/r/a/b:2", Some(("acme", "us-east1", "r")));
        check("europe-docker.pkg.dev/example.com/acme/r/a", Some(("example.com:acme", "europe", "r")));
        check("gcr.io/acme/team/api:1", Some(("acme", "us", "gcr.io")));
        check("eu.gcr.io/example.com/acme/api@sha256:ab", Some(("example.com:acme", "europe", "eu.gcr.io")));
        check("asia.gcr.io/acme/api", Some(("acme", "asia", "asia.gcr.io")));
        check("mirror.gcr.io/library/nginx:1", None);
        check("example.com/gcr.io/acme/api:1", None);
        check("-docker.pkg.dev/acme/r/a", None);
        check("us-docker.pkg.dev/acme", None);
    }

    #[test]
    fn registries_of_azure() {
        for (image, expected) in [
            ("acme.azurecr.io/a/b:2", Some("acme.azurecr.io")),
            ("acme.azurecr.cn/a", Some("acme.azurecr.cn")),
            ("acme.azurecr.us/a", Some("acme.azurecr.us")),
            (".azurecr.io/a", None),
            ("mcr.microsoft.com/a", None),
            ("example.com/acme.azurecr.io/a", None),
        ] {
            assert_eq!(registry(image), expected, "{image}");
        }
    }
}
