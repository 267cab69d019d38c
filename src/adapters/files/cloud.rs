//! Recognises a cloud provider's own id in a text and brings it to its canonical form: ARN as it
//! is, ARM id in lower case, GCP full resource name. What it does not recognise it leaves alone.

use cloudscope_domain::AssetId;

/// A canonical cloud id and what it says by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CloudId {
    pub(crate) id: AssetId,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) zone: String,
}

/// The canonical form, if the text is a cloud id.
pub(crate) fn parse(text: &str) -> Option<CloudId> {
    let text = text.trim();
    if text.len() > 2048 || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    arn(text).or_else(|| arm(text)).or_else(|| gcp(text))
}

/// What a text names in a cloud, if it does: by its id, or by the short name that AWS gives (`i-0ab12cd3`,
/// `vpc-`, `subnet-`: a word, then 8 or 17 hexadecimal digits), which is an alias there.
pub(crate) fn named(text: &str) -> Option<AssetId> {
    if let Some(cloud) = parse(text) {
        return Some(cloud.id);
    }
    let text = text.trim();
    let (word, digits) = text.rsplit_once('-')?;
    let hex = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let wordy = word.len() <= 24 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    (hex && wordy && !word.is_empty() && matches!(digits.len(), 8 | 17)).then(|| text.into())
}

/// `arn:partition:service:region:account:resource`
fn arn(text: &str) -> Option<CloudId> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [scheme, partition, service, region, account, resource] = parts.as_slice() else { return None };
    if *scheme != "arn" || !partition.starts_with("aws") || service.is_empty() || resource.is_empty() {
        return None;
    }
    Some(CloudId {
        id: text.into(),
        account: (*account).to_owned(),
        region: (*region).to_owned(),
        zone: String::new(),
    })
}

/// `/subscriptions/ID/resourceGroups/G/providers/P/T/N`; ARM compares ids without case.
fn arm(text: &str) -> Option<CloudId> {
    let lower = text.trim_end_matches('/').to_lowercase();
    let subscription = lower.strip_prefix("/subscriptions/")?.split('/').next()?;
    if subscription.is_empty() {
        return None;
    }
    let account = subscription.to_owned();
    Some(CloudId { id: lower.into(), account, region: String::new(), zone: String::new() })
}

/// `//compute.googleapis.com/projects/P/zones/Z/instances/I`, or the self link that means the same.
fn gcp(text: &str) -> Option<CloudId> {
    let full = if let Some(rest) = text.strip_prefix("//") {
        let (host, _) = rest.split_once('/')?;
        host.strip_suffix(".googleapis.com")?;
        text.to_owned()
    } else {
        let rest = text.strip_prefix("https://")?;
        let (host, path) = rest.split_once('/')?;
        let service = host.strip_suffix(".googleapis.com")?;
        let mut parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
        let service = if service == "www" && !parts.is_empty() { parts.remove(0) } else { service };
        // `compute.googleapis.com/compute/v1/projects/...` names the service twice.
        if parts.first() == Some(&service) {
            parts.remove(0);
        }
        if parts.first().is_some_and(|p| is_version(p)) {
            parts.remove(0);
        }
        if parts.len() < 2 || !matches!(parts[0], "projects" | "organizations" | "folders") {
            return None;
        }
        format!("//{service}.googleapis.com/{}", parts.join("/"))
    };
    let after = |word: &str| {
        let mut parts = full.split('/');
        parts.by_ref().find(|p| *p == word)?;
        parts.next().map(str::to_owned)
    };
    let location = after("locations").unwrap_or_default();
    let zone = after("zones").or_else(|| is_zone(&location).then(|| location.clone())).unwrap_or_default();
    let region = after("regions")
        .unwrap_or_else(|| if zone.is_empty() { location } else { region_of_zone(&zone).to_owned() });
    Some(CloudId { account: after("projects").unwrap_or_default(), region, zone, id: full.into() })
}

/// `v1`, `v2beta1`, `beta`, `alpha`
fn is_version(part: &str) -> bool {
    matches!(part, "beta" | "alpha")
        || part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// GCP zones are a region, a dash and one letter: `us-central1-a`.
pub(crate) fn is_zone(text: &str) -> bool {
    let mut parts = text.rsplit('-');
    let letter = parts.next().is_some_and(|p| p.len() == 1 && p.bytes().all(|b| b.is_ascii_lowercase()));
    letter && parts.next().is_some_and(|p| p.ends_with(|c: char| c.is_ascii_digit()))
}

/// The region of an AWS (`us-east-1a`) or GCP (`us-central1-a`) zone.
pub(crate) fn region_of_zone(zone: &str) -> &str {
    if is_zone(zone) {
        return zone.rsplit_once('-').map_or(zone, |(region, _)| region);
    }
    zone.trim_end_matches(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str, &str, &str)>) {
        let found = parse(text);
        let found =
            found.as_ref().map(|c| (c.id.as_str(), c.account.as_str(), c.region.as_str(), c.zone.as_str()));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn cloud_ids_are_canonical() {
        let arn = "arn:aws:ec2:eu-west-1:123456789012:instance/i-0ab1";
        check(arn, Some((arn, "123456789012", "eu-west-1", "")));
        check(
            "/subscriptions/AB-1/resourceGroups/Rg/providers/Microsoft.Compute/virtualMachines/VM/",
            Some((
                "/subscriptions/ab-1/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm",
                "ab-1",
                "",
                "",
            )),
        );
        let full = "//compute.googleapis.com/projects/p/zones/us-central1-a/instances/i";
        for text in [
            full,
            "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/instances/i",
            "https://compute.googleapis.com/compute/v1/projects/p/zones/us-central1-a/instances/i",
        ] {
            check(text, Some((full, "p", "us-central1", "us-central1-a")));
        }
        check("i-0ab1", None);
        check("arn:aws:iam", None);
        check("https://example.com/projects/p/x", None);
        check("//evil.example/projects/p", None);
    }

    proptest! {
        #[test]
        fn canonical_is_a_fixed_point(text in "(arn:aws:|/subscriptions/|https://www.googleapis.com/|//x.googleapis.com/)[ -~]{0,40}") {
            if let Some(once) = parse(&text) {
                prop_assert_eq!(parse(once.id.as_str()), Some(once));
            }
        }
    }
}
