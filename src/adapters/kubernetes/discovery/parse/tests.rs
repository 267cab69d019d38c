//! Discovery, from documents as servers write them.

use super::*;

const AGGREGATED: &str = r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[
 {"metadata":{"name":"apps","creationTimestamp":null},"versions":[{"version":"v1","freshness":"Current","resources":[
  {"resource":"deployments","responseKind":{"group":"","version":"","kind":"Deployment"},"scope":"Namespaced","singularResource":"deployment","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["deploy"],"categories":["all"],
   "subresources":[{"subresource":"scale","responseKind":{"group":"autoscaling","version":"v1","kind":"Scale"},"verbs":["get","patch","update"]}]}]}]},
 {"metadata":{"name":"cert-manager.io"},"versions":[
  {"version":"v1","freshness":"Current","resources":[{"resource":"certificates","responseKind":{"group":"cert-manager.io","version":"v1","kind":"Certificate"},"scope":"Namespaced","singularResource":"certificate","verbs":["get","list","watch"],"shortNames":["cert","certs"]}]},
  {"version":"v1alpha2","resources":[
   {"resource":"certificates","responseKind":{"kind":"Certificate"},"scope":"Namespaced","verbs":["get","list","watch"]},
   {"resource":"orders","responseKind":{"kind":"Order"},"scope":"Namespaced","verbs":["get","list"]}]}]},
 {"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale","resources":[]}]},
 {"metadata":{"name":"authorization.k8s.io"},"versions":[{"version":"v1","resources":[{"resource":"subjectaccessreviews","responseKind":{"kind":"SubjectAccessReview"},"scope":"Cluster","verbs":["create"]}]}]},
 {"metadata":{"name":"events.k8s.io"},"versions":[{"version":"v1","resources":[{"resource":"events","responseKind":{"kind":"Event"},"scope":"Namespaced","verbs":["list","watch"]}]}]}
]}"#;

const CORE: &str = r#"{"kind":"APIResourceList","groupVersion":"v1","resources":[
 {"name":"events","singularName":"event","namespaced":true,"kind":"Event","verbs":["get","list","watch"],"shortNames":["ev"]},
 {"name":"nodes","singularName":"node","namespaced":false,"kind":"Node","verbs":["get","list","watch"],"shortNames":["no"]},
 {"name":"nodes/proxy","singularName":"","namespaced":false,"kind":"NodeProxyOptions","verbs":["get"]},
 {"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["get","list","watch"],"shortNames":["po"],"categories":["all"]},
 {"name":"pods/log","singularName":"","namespaced":true,"kind":"Pod","verbs":["get","list"]},
 {"name":"bindings","singularName":"binding","namespaced":true,"kind":"Binding","verbs":["create"]}]}"#;

fn names(resources: &[Resource]) -> Vec<String> {
    resources.iter().map(Resource::name).collect()
}

#[test]
fn both_sorts_lead_to_the_same_list() {
    let mut served = Served::default();
    let Ok(Document::Everything(groups)) = document(AGGREGATED.as_bytes()) else { panic!() };
    served.aggregated(groups);
    let Ok(Document::Resources(core)) = document(CORE.as_bytes()) else { panic!() };
    served.version("", "v1", core);
    assert_eq!(served.stale().collect::<Vec<_>>(), ["metrics.k8s.io"]);
    let found = served.resources();
    let expected = [
        "events",
        "nodes",
        "pods",
        "deployments.apps",
        "certificates.cert-manager.io",
        "orders.cert-manager.io",
    ];
    assert_eq!(names(&found), expected);
    let certificate = &found[4];
    assert_eq!((certificate.version.as_str(), certificate.watchable), ("v1", true));
    assert_eq!(certificate.short_names, ["cert", "certs"]);
    assert_eq!((found[5].version.as_str(), found[5].watchable), ("v1alpha2", false));
    assert!(found[3].namespaced && !found[1].namespaced);
}

#[test]
fn the_preferred_version_comes_first() {
    let body = br#"{"kind":"APIGroupList","groups":[{"name":"a","versions":[{"groupVersion":"a/v2","version":"v2"},{"groupVersion":"a/v1","version":"v1"}],"preferredVersion":{"groupVersion":"a/v1","version":"v1"}}]}"#;
    let Ok(Document::Groups(groups)) = document(body) else { panic!() };
    assert_eq!(groups, [("a".into(), "v1".into()), ("a".into(), "v2".into())]);
    let core = document(br#"{"kind":"APIVersions","versions":["v1"]}"#).unwrap();
    assert!(matches!(core, Document::CoreVersions(v) if v == ["v1"]));
}

#[test]
fn nothing_below_an_object_is_taken() {
    let mut served = Served::default();
    let Ok(Document::Resources(core)) = document(CORE.as_bytes()) else { panic!() };
    served.version("", "v1", core);
    assert!(served.resources().iter().all(|r| !r.plural.contains('/')));
}

#[test]
fn the_same_objects_are_listed_once() {
    let serve = |groups: &[(&str, &str)]| {
        let mut served = Served::default();
        for (group, plural) in groups {
            let entry = format!(
                r#"{{"kind":"APIResourceList","resources":[{{"name":"{plural}","kind":"X","verbs":["list"]}}]}}"#
            );
            let Ok(Document::Resources(entries)) = document(entry.as_bytes()) else { panic!() };
            served.version(group, "v1", entries);
        }
        names(&served.resources())
    };
    assert_eq!(
        serve(&[("extensions", "ingresses"), ("networking.k8s.io", "ingresses")]),
        ["ingresses.networking.k8s.io"]
    );
    assert_eq!(serve(&[("extensions", "ingresses")]), ["ingresses.extensions"]);
    assert_eq!(serve(&[("a.io", "things"), ("b.io", "things")]), ["things.a.io", "things.b.io"]);
}

#[test]
fn something_else_is_told() {
    assert!(document(b"<html>").is_err());
    assert!(document(br#"{"kind":"Status"}"#).unwrap_err().contains("Status"));
    assert!(
        matches!(document(br#"{"kind":"APIGroupList","groups":null}"#), Ok(Document::Groups(g)) if g.is_empty())
    );
}
