//! The resources that the server serves, as a table of words: those that every API server has, and those of
//! a few extensions. Knows nothing of objects.

use serde_json::{Value, json};

/// A resource, as discovery tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// Empty for the core group.
    pub group: String,
    /// `v1`.
    pub version: String,
    /// `pods`.
    pub plural: String,
    /// `Pod`.
    pub kind: String,
    /// `pod`.
    pub singular: String,
    /// `po`.
    pub short_names: Vec<String>,
    /// Objects of it lie in namespaces.
    pub namespaced: bool,
    /// What may be done with it.
    pub verbs: Vec<String>,
    /// `status`, `log`: parts of it with addresses of their own, with their verbs.
    pub parts: Vec<(String, Vec<String>)>,
    /// From an extension: its objects in lists bear their kind.
    pub custom: bool,
}

impl Served {
    /// A kind of an extension whose objects lie in namespaces and can be listed and watched: `widgets`, `Widget`.
    #[must_use]
    pub fn custom(group: &str, version: &str, plural: &str, kind: &str) -> Self {
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: plural.to_owned(),
            kind: kind.to_owned(),
            singular: kind.to_lowercase(),
            short_names: Vec::new(),
            namespaced: true,
            verbs: ALL.split(',').map(str::to_owned).collect(),
            parts: Vec::new(),
            custom: true,
        }
    }

    /// `deployments.apps`, `pods`.
    #[must_use]
    pub fn name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `apps/v1`, `v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether a verb is among its own.
    #[must_use]
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|v| v == verb)
    }
}

const ALL: &str = "create,delete,deletecollection,get,list,patch,update,watch";

/// group/version, plural, kind, short names, scope, verbs (`*` for all), subresources with their verbs.
/// The order is the server's.
const BUILT_IN: &str = "
core/v1 bindings Binding - ns create -
core/v1 componentstatuses ComponentStatus cs - get,list -
core/v1 configmaps ConfigMap cm ns * -
core/v1 endpoints Endpoints ep ns * -
core/v1 events Event ev ns * -
core/v1 limitranges LimitRange limits ns * -
core/v1 namespaces Namespace ns - create,delete,get,list,patch,update,watch finalize:update;status:get+patch+update
core/v1 nodes Node no - * proxy:get+create;status:get+patch+update
core/v1 persistentvolumeclaims PersistentVolumeClaim pvc ns * status:get+patch+update
core/v1 persistentvolumes PersistentVolume pv - * status:get+patch+update
core/v1 pods Pod po ns * attach:create+get;binding:create;ephemeralcontainers:get+patch+update;eviction:create;exec:create+get;log:get;portforward:create+get;proxy:create+get;resize:get+patch+update;status:get+patch+update
core/v1 podtemplates PodTemplate - ns * -
core/v1 replicationcontrollers ReplicationController rc ns * scale:get+patch+update;status:get+patch+update
core/v1 resourcequotas ResourceQuota quota ns * status:get+patch+update
core/v1 secrets Secret - ns * -
core/v1 serviceaccounts ServiceAccount sa ns * token:create
core/v1 services Service svc ns * proxy:create+get;status:get+patch+update
apiregistration.k8s.io/v1 apiservices APIService - - * status:get+patch+update
apps/v1 controllerrevisions ControllerRevision - ns * -
apps/v1 daemonsets DaemonSet ds ns * status:get+patch+update
apps/v1 deployments Deployment deploy ns * scale:get+patch+update;status:get+patch+update
apps/v1 replicasets ReplicaSet rs ns * scale:get+patch+update;status:get+patch+update
apps/v1 statefulsets StatefulSet sts ns * scale:get+patch+update;status:get+patch+update
events.k8s.io/v1 events Event ev ns * -
authentication.k8s.io/v1 selfsubjectreviews SelfSubjectReview - - create -
authentication.k8s.io/v1 tokenreviews TokenReview - - create -
authorization.k8s.io/v1 localsubjectaccessreviews LocalSubjectAccessReview - ns create -
authorization.k8s.io/v1 selfsubjectaccessreviews SelfSubjectAccessReview - - create -
authorization.k8s.io/v1 selfsubjectrulesreviews SelfSubjectRulesReview - - create -
authorization.k8s.io/v1 subjectaccessreviews SubjectAccessReview - - create -
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler hpa ns * status:get+patch+update
batch/v1 cronjobs CronJob cj ns * status:get+patch+update
batch/v1 jobs Job - ns * status:get+patch+update
certificates.k8s.io/v1 certificatesigningrequests CertificateSigningRequest csr - * approval:get+patch+update;status:get+patch+update
networking.k8s.io/v1 ingressclasses IngressClass - - * -
networking.k8s.io/v1 ingresses Ingress ing ns * status:get+patch+update
networking.k8s.io/v1 networkpolicies NetworkPolicy netpol ns * -
policy/v1 poddisruptionbudgets PodDisruptionBudget pdb ns * status:get+patch+update
rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding - - * -
rbac.authorization.k8s.io/v1 clusterroles ClusterRole - - * -
rbac.authorization.k8s.io/v1 rolebindings RoleBinding - ns * -
rbac.authorization.k8s.io/v1 roles Role - ns * -
storage.k8s.io/v1 csidrivers CSIDriver - - * -
storage.k8s.io/v1 csinodes CSINode - - * -
storage.k8s.io/v1 csistoragecapacities CSIStorageCapacity - ns * -
storage.k8s.io/v1 storageclasses StorageClass sc - * -
storage.k8s.io/v1 volumeattachments VolumeAttachment - - * status:get+patch+update
admissionregistration.k8s.io/v1 mutatingwebhookconfigurations MutatingWebhookConfiguration - - * -
admissionregistration.k8s.io/v1 validatingadmissionpolicies ValidatingAdmissionPolicy - - * status:get+patch+update
admissionregistration.k8s.io/v1 validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding - - * -
admissionregistration.k8s.io/v1 validatingwebhookconfigurations ValidatingWebhookConfiguration - - * -
apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition crd,crds - * status:get+patch+update
scheduling.k8s.io/v1 priorityclasses PriorityClass pc - * -
coordination.k8s.io/v1 leases Lease - ns * -
node.k8s.io/v1 runtimeclasses RuntimeClass - - * -
discovery.k8s.io/v1 endpointslices EndpointSlice - ns * -
flowcontrol.apiserver.k8s.io/v1 flowschemas FlowSchema - - * status:get+patch+update
flowcontrol.apiserver.k8s.io/v1 prioritylevelconfigurations PriorityLevelConfiguration - - * status:get+patch+update
";

/// Of extensions, by their definitions.
const CUSTOM: &str = "
cert-manager.io/v1 certificates Certificate cert,certs ns * status:get+patch+update
cert-manager.io/v1 clusterissuers ClusterIssuer - - * status:get+patch+update
gateway.networking.k8s.io/v1 gatewayclasses GatewayClass gc - * status:get+patch+update
gateway.networking.k8s.io/v1 gateways Gateway gtw ns * status:get+patch+update
gateway.networking.k8s.io/v1 httproutes HTTPRoute - ns * status:get+patch+update
argoproj.io/v1alpha1 applications Application app,apps ns * -
monitoring.coreos.com/v1 servicemonitors ServiceMonitor smon ns * -
db.example.com/v1beta1 databases Database - ns * scale:get+patch+update
";

/// Of an API that another server answers for.
const AGGREGATED: &str = "
metrics.k8s.io/v1beta1 nodes NodeMetrics - - get,list -
metrics.k8s.io/v1beta1 pods PodMetrics - ns get,list -
";

/// Everything that is served.
#[must_use]
pub fn served() -> Vec<Served> {
    let built_in = BUILT_IN.lines().filter_map(|line| row(line, false));
    let custom = CUSTOM.lines().filter_map(|line| row(line, true));
    built_in.chain(custom).chain(AGGREGATED.lines().filter_map(|line| row(line, true))).collect()
}

/// The definitions of kinds of extensions.
pub(crate) const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// The definition of a kind.
pub(crate) fn definition(of: &Served) -> Value {
    let version = json!({"name": of.version, "served": true, "storage": true,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}});
    json!({
        "metadata": {"name": of.name()},
        "spec": {"group": of.group, "scope": if of.namespaced { "Namespaced" } else { "Cluster" },
            "names": {"plural": of.plural, "singular": of.singular, "kind": of.kind, "shortNames": of.short_names},
            "versions": [version]},
        "status": {"conditions": [{"type": "Established", "status": "True"}]},
    })
}

/// The groups whose APIs are answered for by another server.
pub(crate) const AGGREGATED_GROUPS: [&str; 1] = ["metrics.k8s.io"];

fn row(line: &str, custom: bool) -> Option<Served> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [address, plural, kind, short, scope, verbs, parts] = words[..] else { return None };
    let (group, version) = address.split_once('/')?;
    let some = |text: &str| text != "-";
    let parts = parts.split(';').filter_map(|part| part.split_once(':'));
    let verbs = if verbs == "*" { ALL } else { verbs };
    Some(Served {
        group: if group == "core" { String::new() } else { group.to_owned() },
        version: version.to_owned(),
        plural: plural.to_owned(),
        kind: kind.to_owned(),
        singular: kind.to_lowercase(),
        short_names: short.split(',').filter(|s| some(s)).map(str::to_owned).collect(),
        namespaced: some(scope),
        verbs: verbs.split(',').map(str::to_owned).collect(),
        parts: parts.map(|(name, v)| (name.to_owned(), v.split('+').map(str::to_owned).collect())).collect(),
        custom,
    })
}
