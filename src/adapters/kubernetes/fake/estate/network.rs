//! How traffic comes in, and what may speak to what.

use serde_json::json;

use super::{Size, sheet::Sheet};

pub(crate) fn fill(sheet: &mut Sheet<'_>, namespace: &str, n: usize, size: Size) {
    if size.deployments == 0 {
        return;
    }
    let service = format!("core/Service/{namespace}/app-0");
    let host = format!("{namespace}.example.com");
    sheet.put(
        "ingresses.networking.k8s.io",
        json!({
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {"ingressClassName": "nginx", "tls": [{"hosts": [host], "secretName": "credentials"}],
                "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix",
                    "backend": {"service": {"name": "app-0", "port": {"number": 80}}}}]}}]},
            "status": {"loadBalancer": {"ingress": [{"hostname": format!("{namespace}-1.elb.eu-west-1.amazonaws.com")}]}},
        }),
    );
    let ingress = format!("networking.k8s.io/Ingress/{namespace}/web");
    for to in
        [&service, &format!("core/Secret/{namespace}/credentials"), "networking.k8s.io/IngressClass/nginx"]
    {
        sheet.plan.link(&ingress, to, "");
    }
    sheet.put(
        "gateways.gateway.networking.k8s.io",
        json!({
            "metadata": {"name": "edge", "namespace": namespace},
            "spec": {"gatewayClassName": "envoy", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]},
            "status": {"conditions": [{"type": "Programmed", "status": "True"}]},
        }),
    );
    sheet.put(
        "httproutes.gateway.networking.k8s.io",
        json!({
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {"parentRefs": [{"name": "edge"}], "hostnames": [host],
                "rules": [{"backendRefs": [{"name": "app-0", "port": 80}]}]},
        }),
    );
    let route = format!("gateway.networking.k8s.io/HTTPRoute/{namespace}/web");
    sheet.plan.link(&route, &service, "");
    sheet.plan.link(&route, &format!("gateway.networking.k8s.io/Gateway/{namespace}/edge"), "");
    sheet.put(
        "services",
        json!({
            "metadata": {"name": "public", "namespace": namespace},
            "spec": {"type": "LoadBalancer", "selector": {"app": "app-0"}, "clusterIP": "10.96.0.11",
                "ports": [{"port": 443, "targetPort": 8080}]},
            "status": {"loadBalancer": {"ingress": [{"hostname": format!("lb-{n}.elb.eu-west-1.amazonaws.com")}]}},
        }),
    );
    sheet.put(
        "networkpolicies.networking.k8s.io",
        json!({
            "metadata": {"name": "deny-all", "namespace": namespace},
            "spec": {"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Ingress"]},
        }),
    );
    sheet.put(
        "poddisruptionbudgets.policy",
        json!({
            "metadata": {"name": "db", "namespace": namespace},
            "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "db"}}},
            "status": {"currentHealthy": 2, "desiredHealthy": 1, "disruptionsAllowed": 1, "expectedPods": 2},
        }),
    );
    for pod in ["db-0", "db-1"] {
        let pod = format!("core/Pod/{namespace}/{pod}");
        sheet.plan.link(&format!("networking.k8s.io/NetworkPolicy/{namespace}/deny-all"), &pod, "");
        sheet.plan.link(&format!("policy/PodDisruptionBudget/{namespace}/db"), &pod, "");
    }
}
