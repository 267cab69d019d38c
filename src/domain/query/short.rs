//! Short names of kinds, as people and `kubectl` say them: what `kind:sg` means. Listed in docs/QUERY.md.

/// Words, and the dotted parts of kinds that each of them stands for. What is a part of a kind itself, such as
/// `ec2`, `rds` or `pod`, needs no line.
const SHORT: &[(&[&str], &[&str])] = &[
    (&["vm", "vms"], &["ec2.instance", "compute.instance", "virtual-machine"]),
    (&["sg"], &["ec2.security-group", "network-security-group"]),
    (&["nsg"], &["network-security-group"]),
    (&["lb"], &["load-balancer"]),
    (&["tg"], &["target-group"]),
    (&["asg"], &["autoscaling.group"]),
    (&["ami"], &["ec2.image"]),
    (&["ebs"], &["ec2.volume"]),
    (&["eip"], &["ec2.address"]),
    (&["eni", "nic"], &["network-interface"]),
    (&["igw"], &["internet-gateway"]),
    (&["nat"], &["nat-gateway"]),
    (&["tgw"], &["transit-gateway"]),
    (&["nacl"], &["network-acl"]),
    (&["vnet"], &["virtual-network"]),
    (&["vmss"], &["virtual-machine-scale-set"]),
    (&["aks"], &["container-service.managed-cluster"]),
    (&["gke"], &["gcp.container.cluster"]),
    (&["po", "pods"], &["core.pod"]),
    (&["no", "nodes"], &["core.node"]),
    (&["ns", "namespaces"], &["core.namespace"]),
    (&["svc", "services"], &["core.service"]),
    (&["ep"], &["core.endpoints"]),
    (&["cm", "configmap", "configmaps"], &["core.config-map"]),
    (&["sa", "serviceaccount", "serviceaccounts"], &["core.service-account"]),
    (&["pv"], &["core.persistent-volume"]),
    (&["pvc"], &["core.persistent-volume-claim"]),
    (&["rc"], &["core.replication-controller"]),
    (&["deploy", "deployments"], &["apps.deployment"]),
    (&["rs", "replicaset", "replicasets"], &["apps.replica-set"]),
    (&["sts", "statefulset", "statefulsets"], &["apps.stateful-set"]),
    (&["ds", "daemonset", "daemonsets"], &["apps.daemon-set"]),
    (&["jobs"], &["batch.job"]),
    (&["cj", "cronjob", "cronjobs"], &["batch.cron-job"]),
    (&["hpa"], &["horizontal-pod-autoscaler"]),
    (&["pdb"], &["pod-disruption-budget"]),
    (&["ing", "ingresses"], &["networking.k8s.io.ingress"]),
    (&["netpol"], &["network-policy"]),
    (&["sc"], &["storage-class"]),
    (&["crd", "crds"], &["custom-resource-definition"]),
];

/// The parts of kinds that a folded word stands for besides itself; none for most words.
pub(super) fn of(word: &str) -> &'static [&'static str] {
    SHORT.iter().find(|(words, _)| words.contains(&word)).map_or(&[], |(_, parts)| parts)
}

/// The short names to offer: one of those that mean the same.
pub fn words() -> impl Iterator<Item = &'static str> {
    SHORT.iter().filter_map(|(words, _)| words.first().copied())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::query::Query;

    #[test]
    fn each_word_stands_once_is_listed_and_none_stands_for_another() {
        let listed = include_str!("../../../docs/QUERY.md");
        let mut met = HashSet::new();
        for (words, parts) in SHORT {
            for word in *words {
                assert!(met.insert(*word), "{word} stands twice");
                assert!(listed.contains(&format!("`{word}`")), "{word} is not in docs/QUERY.md");
            }
            for part in *parts {
                assert!(part.contains(['.', '-']) && of(part).is_empty(), "{part}");
                assert!(listed.contains(&format!("`{part}`")), "{part} is not in docs/QUERY.md");
            }
        }
    }

    #[test]
    fn a_short_name_finds_its_kinds_and_what_has_it_as_a_part() {
        let finds = |filter: &str, kind: &str| match Query::parse(filter).expr {
            crate::query::Expr::Term(crate::query::Term::Field(_, patterns)) => {
                patterns.iter().any(|p| p.matches(kind))
            }
            other => panic!("{filter}: {other:?}"),
        };
        for (filter, kind) in [
            ("kind:sg", "aws.ec2.security-group"),
            ("kind:SG", "azure.network.network-security-group"),
            ("kind:vm", "gcp.compute.instance"),
            ("kind:vm", "azure.compute.virtual-machine"),
            ("kind:vm", "acme.vm"),
            ("kind:po", "k8s.core.pod"),
            ("kind:deploy,svc", "k8s.core.service"),
            ("kind:ds", "aws.ds.directory"),
            ("kind:ds", "k8s.apps.daemon-set"),
        ] {
            assert!(finds(filter, kind), "{filter} {kind}");
        }
        for (filter, kind) in [
            ("kind:sg", "aws.ec2.security-group-rule"),
            ("kind:vm", "aws.rds.instance"),
            ("kind:vm", "azure.compute.virtual-machine-scale-set"),
            ("kind=sg", "aws.ec2.security-group"),
            ("kind:s*g", "aws.ec2.volume"),
        ] {
            assert!(!finds(filter, kind), "{filter} {kind}");
        }
        assert_eq!(Query::parse("kind:sg").chips[0].1, "kind:sg");
    }
}
