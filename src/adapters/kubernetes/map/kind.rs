//! The kind of a resource: `k8s.`, its group, and its Kind in kebab case.

use cloudscope_domain::Kind;

use crate::resource::Resource;

/// No kind is longer; see [`Kind`].
const LONGEST: usize = 128;

/// The kind of the objects of a resource.
pub(super) fn of(resource: &Resource) -> Kind {
    let group = if resource.group.is_empty() { "core" } else { &resource.group };
    let word = kebab(&resource.kind);
    let words =
        |group: &str, word: &str| Kind::from_words(["k8s"].into_iter().chain(group.split('.')).chain([word]));
    let whole = words(group, &word);
    if whole.as_str().len() <= LONGEST {
        return whole;
    }
    // A name that no real group has; what is cut off is told apart by its hash.
    let print = blake3::hash(whole.as_str().as_bytes()).to_hex();
    let cut = |text: &str, most: usize| text.chars().filter(char::is_ascii).take(most).collect::<String>();
    words(&format!("{}.{}", cut(group, 40), &print[..12]), &cut(&word, 48))
}

/// Whether a resource is of a custom resource definition, as far as its group says.
pub(super) fn is_defined(resource: &Resource) -> bool {
    const DEFINED: [&str; 2] = ["gateway.networking.k8s.io", "snapshot.storage.k8s.io"];
    let group = resource.group.as_str();
    if DEFINED.contains(&group) || !group.contains('.') {
        return group.contains('.');
    }
    // Of `k8s.io` the server has its own groups; metrics come from servers behind it.
    let own = group.strip_suffix(".k8s.io").is_some_and(|g| {
        matches!(
            g,
            "admissionregistration"
                | "apiextensions"
                | "apiregistration"
                | "authentication"
                | "authorization"
                | "certificates"
                | "coordination"
                | "discovery"
                | "events"
                | "flowcontrol.apiserver"
                | "internal.apiserver"
                | "metrics"
                | "custom.metrics"
                | "external.metrics"
                | "networking"
                | "node"
                | "rbac.authorization"
                | "resource"
                | "scheduling"
                | "storage"
                | "storagemigration"
        )
    });
    !own
}

/// `ReplicaSet` as `replica-set`, `HTTPRoute` as `http-route`, `CSINode` as `csi-node`.
pub(super) fn kebab(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 4);
    let mut before: Option<char> = None;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_uppercase()
            && let Some(before) = before
        {
            let starts = before.is_lowercase() || before.is_ascii_digit();
            let ends_capitals = before.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase());
            if starts || ends_capitals {
                out.push('-');
            }
        }
        out.extend(c.to_lowercase());
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(group: &str, kind: &str) -> Resource {
        Resource {
            group: group.into(),
            version: "v1".into(),
            kind: kind.into(),
            plural: String::new(),
            singular: String::new(),
            short_names: Vec::new(),
            namespaced: true,
            watchable: true,
        }
    }

    fn check(group: &str, kind: &str, expected: &str) {
        let kind = of(&resource(group, kind));
        assert_eq!(kind.as_str(), expected);
        assert_eq!(kind.as_str().parse::<Kind>().unwrap(), kind);
    }

    #[test]
    fn kinds_are_groups_and_words() {
        check("", "Pod", "k8s.core.pod");
        check("", "ConfigMap", "k8s.core.config-map");
        check("apps", "ReplicaSet", "k8s.apps.replica-set");
        check("gateway.networking.k8s.io", "HTTPRoute", "k8s.gateway.networking.k8s.io.http-route");
        check("gateway.networking.k8s.io", "GRPCRoute", "k8s.gateway.networking.k8s.io.grpc-route");
        check("storage.k8s.io", "CSINode", "k8s.storage.k8s.io.csi-node");
        check("networking.k8s.io", "IPAddress", "k8s.networking.k8s.io.ip-address");
        check("networking.k8s.io", "ServiceCIDR", "k8s.networking.k8s.io.service-cidr");
        check("apiregistration.k8s.io", "APIService", "k8s.apiregistration.k8s.io.api-service");
        check("karpenter.k8s.aws", "EC2NodeClass", "k8s.karpenter.k8s.aws.ec2-node-class");
        check("cert-manager.io", "Certificate", "k8s.cert-manager.io.certificate");
    }

    #[test]
    fn custom_resources_are_told_from_built_in_ones() {
        for group in ["cert-manager.io", "gateway.networking.k8s.io", "cluster.x-k8s.io", "karpenter.k8s.aws"]
        {
            assert!(is_defined(&resource(group, "X")), "{group}");
        }
        for group in ["", "apps", "rbac.authorization.k8s.io", "metrics.k8s.io", "storage.k8s.io"] {
            assert!(!is_defined(&resource(group, "X")), "{group}");
        }
    }

    #[test]
    fn a_long_kind_is_cut_and_stays_its_own() {
        let group = format!("{}.example.com", "a".repeat(120));
        let kind = |kind: &str| of(&resource(&group, kind));
        assert!(kind("Thing").as_str().len() <= LONGEST);
        assert!(kind("Thing").as_str().parse::<Kind>().is_ok());
        assert_ne!(kind("Thing"), kind("Things"));
    }
}
