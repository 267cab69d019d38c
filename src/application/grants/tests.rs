//! The grants cover what was denied and no more, whatever the order, and whatever the words.

use std::collections::BTreeSet;

use cloudscope_domain::ScopeKey;
use proptest::prelude::*;
use serde_json::Value;

use super::{Denial, Grants, grants};

fn denial(collector: Option<&str>, account: &str, listing: &str, words: &str) -> Denial {
    Denial {
        scope: ScopeKey::new("s", listing).account(account),
        collector: collector.map(str::to_owned),
        denied: true,
        permission: Some(words.to_owned()),
        words: format!("{listing}: {words}"),
        renew: None,
    }
}

fn only(collector: &str, words: &str) -> Grants {
    grants([denial(Some(collector), "1", "listing", words)])
}

/// What one denial asks for, or why not.
fn asked(collector: &str, words: &str) -> Result<String, String> {
    let found = only(collector, words);
    match (found.grants.as_slice(), found.unexplained.as_slice()) {
        ([grant], []) => Ok(grant.permissions.join(" + ")),
        ([], [(_, why)]) => Err(why.clone()),
        other => panic!("{other:?}"),
    }
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn aws_permissions_are_read_alone_and_inside_a_sentence() {
    let sentence = "AccessDenied: User: arn:aws:sts::1:assumed-role/ReadOnly/me is not authorized to perform: \
         ec2:DescribeInstances on resource: arn:aws:ec2:::* because no identity-based policy allows the \
         ec2:DescribeInstances action";
    for words in ["ec2:DescribeInstances", sentence] {
        assert_eq!(asked("aws", words), Ok("ec2:DescribeInstances".into()), "{words}");
    }
    assert_eq!(asked("aws", "s3:GetBucketTagging"), Ok("s3:GetBucketTagging".into()));
    assert_eq!(
        asked("aws", "s3:ListAllMyBuckets, iam:ListRoles"),
        Ok("iam:ListRoles + s3:ListAllMyBuckets".into())
    );
    let mut unnamed = denial(Some("aws"), "1", "l", "");
    unnamed.permission = None;
    unnamed.words = sentence.into();
    assert_eq!(grants([unnamed]).grants[0].permissions, ["ec2:DescribeInstances"]);
}

#[test]
fn aws_never_asks_for_secrets_contents_writes_or_wildcards() {
    for (words, why) in [
        ("secretsmanager:GetSecretValue", "Get"),
        ("secretsmanager:BatchGetSecretValue", "Get"),
        ("s3:GetObject", "Get"),
        ("s3:ListBucket", "objects"),
        ("ssm:GetParameters", "Get"),
        ("dynamodb:Scan", "does not list"),
        ("ec2:RunInstances", "does not list"),
        ("ec2:DescribeInstanceAttribute", "user data"),
        ("ec2:Describe*", "wildcard"),
        ("*:*", "wildcard"),
        ("iam:*", "wildcard"),
        ("rds-data:ListThings", "stored"),
        ("iam:ListServiceSpecificCredentials", "secrets"),
        ("iam:Listen", "does not list"),
        ("kms:Decrypt", "does not list"),
        ("sts:AssumeRole", "does not list"),
    ] {
        let told = asked("aws", words).expect_err(words);
        assert!(told.contains(why) && told.contains(words), "{words}: {told}");
    }
    let wall = "User: u is not authorized to perform: ec2:DescribeVpcs with an explicit deny in a service control policy";
    assert!(asked("aws", wall).unwrap_err().contains("no grant helps"));
}

#[test]
fn an_aws_policy_is_one_statement_of_sorted_actions() {
    let found = grants([
        denial(Some("aws"), "1", "b", "iam:ListRoles"),
        denial(Some("aws"), "1", "a", "ec2:DescribeVpcs"),
        denial(Some("aws"), "1", "c", "ec2:DescribeVpcs"),
        denial(Some("aws"), "1", "d", "s3:GetObject"),
    ]);
    let [grant] = found.grants.as_slice() else { panic!("{found:?}") };
    let policy: Value = serde_json::from_str(&grant.text).unwrap();
    let want = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "CloudScopeRead",
            "Effect": "Allow",
            "Action": ["ec2:DescribeVpcs", "iam:ListRoles"],
            "Resource": "*",
        }],
    });
    assert_eq!(policy, want);
    assert_eq!((grant.title.as_str(), grant.format.as_str()), ("AWS policy", "json"));
    assert_eq!(grant.scopes.len(), 3);
    assert!(grant.left_out[0].starts_with("s3:GetObject: "), "{:?}", grant.left_out);
}

#[test]
fn accounts_are_asked_for_what_they_lack_and_no_more() {
    let found = grants([
        denial(Some("aws"), "1", "a", "ec2:DescribeVpcs"),
        denial(Some("aws"), "2", "a", "ec2:DescribeVpcs"),
        denial(Some("aws"), "3", "a", "iam:ListRoles"),
    ]);
    let titles: Vec<_> = found.grants.iter().map(|g| (g.title.as_str(), g.scopes.len())).collect();
    assert_eq!(titles, [("AWS policy for 2 accounts", 2), ("AWS policy for 3", 1)]);
}

#[test]
fn kubernetes_permissions_are_read_from_the_servers_words_and_in_brief() {
    for (words, want) in [
        (
            "deployments.apps is forbidden: User \"x\" cannot list resource \"deployments\" in API group \"apps\" at the \
             cluster scope",
            "apps/deployments list",
        ),
        (
            "pods is forbidden: User \"system:serviceaccount:a:b\" cannot watch resource \"pods\" in API group \"\" in the \
             namespace \"kube-system\": RBAC: role not found",
            "pods watch in kube-system",
        ),
        ("apps/deployments list", "apps/deployments list"),
        ("deployments.apps list", "apps/deployments list"),
        ("core/nodes list", "nodes list"),
        ("pods list in web", "pods list in web"),
    ] {
        assert_eq!(asked("k8s", words), Ok(want.into()), "{words}");
    }
    for (words, why) in [
        ("secrets list", "secrets"),
        ("configmaps list", "configuration"),
        ("pods/exec create", "subresources"),
        ("pods/log get", "subresources"),
        ("apps/deployments/scale get", "subresources"),
        ("nodes/proxy get", "subresources"),
        ("serviceaccounts/token create", "subresources"),
        ("pods delete", "does not list"),
        ("pods *", "wildcard"),
        ("*/* list", "wildcard"),
        ("vault.example.com/vaults list", "extension"),
        ("x is forbidden: User \"u\" cannot get path \"/metrics\"", "path"),
        (
            "secrets is forbidden: User \"u\" cannot list resource \"pods\" in API group \"\" at the cluster scope \
             cannot list resource \"secrets\" in API group \"\" at the cluster scope",
            "secrets",
        ),
    ] {
        assert!(asked("k8s", words).expect_err(words).contains(why), "{words}");
    }
}

#[test]
fn kubernetes_roles_have_the_fewest_rules_that_grant_no_more() {
    let found = grants(
        [
            "pods list",
            "pods watch",
            "nodes list",
            "services list",
            "services watch",
            "apps/deployments list",
            "pods list in web",
            "batch/jobs list in web",
        ]
        .map(|words| denial(Some("k8s"), "c", words, words)),
    );
    let [grant] = found.grants.as_slice() else { panic!("{found:?}") };
    assert_eq!(grant.title, "Kubernetes ClusterRole");
    let parts: Vec<Value> = grant.text.split("---\n").map(yaml).collect();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0]["kind"], "ClusterRole");
    assert_eq!(
        parts[0]["rules"],
        serde_json::json!([
            {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]},
            {"apiGroups": [""], "resources": ["pods", "services"], "verbs": ["list", "watch"]},
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]},
        ])
    );
    assert_eq!((&parts[1]["kind"], &parts[1]["metadata"]["namespace"]), (&"Role".into(), &"web".into()));
    assert_eq!(
        parts[1]["rules"],
        serde_json::json!([{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["list"]}]),
        "what is granted everywhere is not granted again"
    );
    assert_eq!(grant.scopes.len(), 8);
}

#[test]
fn gcp_and_azure_name_their_permissions_too() {
    assert_eq!(asked("gcp", "compute.instances.list"), Ok("compute.instances.list".into()));
    let sentence = "me@p.iam.gserviceaccount.com does not have storage.buckets.list access to the project";
    assert_eq!(asked("gcp", sentence), Ok("storage.buckets.list".into()));
    let sentence = "Required 'compute.disks.list' permission for 'projects/p'";
    let found = only("gcp", sentence);
    assert_eq!(yaml(&found.grants[0].text)["includedPermissions"], serde_json::json!(["compute.disks.list"]));
    for words in [
        "storage.objects.get",
        "secretmanager.versions.access",
        "secretmanager.versions.get",
        "bigquery.tables.getData",
        "compute.instances.delete",
        "container.secrets.list",
        "healthcare.patients.list",
        "compute.*.list",
        "logging.logEntries.list",
    ] {
        assert!(asked("gcp", words).unwrap_err().contains("not asked for"), "{words}");
    }
    let account = "00000000-1111-2222-3333-444444444444";
    let words = "The client 'x' does not have authorization to perform action \
         'Microsoft.Compute/virtualMachines/read' over scope '/subscriptions/s'";
    let found = grants([denial(Some("azure"), account, "l", words)]);
    let role: Value = serde_json::from_str(&found.grants[0].text).unwrap();
    assert_eq!(role["Actions"], serde_json::json!(["Microsoft.Compute/virtualMachines/read"]));
    assert_eq!(role["AssignableScopes"], serde_json::json!([format!("/subscriptions/{account}")]));
    for words in [
        "Microsoft.Storage/storageAccounts/listKeys/action",
        "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
        "Microsoft.KeyVault/vaults/secrets/read",
        "Microsoft.DocumentDB/databaseAccounts/readonlykeys/read",
        "Microsoft.Compute/virtualMachines/write",
        "Microsoft.Compute/*/read",
    ] {
        assert!(asked("azure", words).unwrap_err().contains("not asked for"), "{words}");
    }
}

#[test]
fn what_nobody_names_is_said_in_its_own_words_and_credentials_are_renewed() {
    let mut nameless = denial(Some("aws"), "1", "a", "");
    nameless.permission = None;
    nameless.words = "no\u{1b}[2J way".into();
    let mut expired = denial(Some("aws"), "1", "b", "sso:token expired");
    expired.renew = Some("aws sso login --profile prod".into());
    let mut also = expired.clone();
    also.scope = ScopeKey::new("s", "c");
    let local = denial(Some("file"), "", "file", "read /etc/shadow");
    let mut partly = denial(Some("host"), "", "sockets", "root");
    partly.denied = false;
    let found = grants([nameless, expired, also, local, partly]);
    assert!(found.grants.is_empty());
    let words: Vec<_> = found.unexplained.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(words.len(), 2, "{words:?}");
    assert!(words.iter().all(|w| !w.contains('\u{1b}')), "{words:?}");
    assert_eq!(found.renew.len(), 1);
    assert_eq!((found.renew[0].0.as_str(), found.renew[0].1.len()), ("aws sso login --profile prod", 2));
}

const ALLOWED: [&str; 12] = [
    "ec2:DescribeInstances",
    "iam:ListRoles",
    "s3:GetBucketLocation",
    "pods list",
    "apps/deployments watch",
    "pods list in web",
    "batch/jobs list in web",
    "compute.instances.list",
    "cloudsql.instances.get",
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.Network/virtualNetworks/subnets/read",
    "rbac.authorization.k8s.io/roles list",
];

const FORBIDDEN: [&str; 8] = [
    "s3:GetObject",
    "secrets list",
    "ec2:*",
    "pods/exec create",
    "storage.objects.get",
    "Microsoft.KeyVault/vaults/secrets/read",
    "iam:CreateUser",
    "* *",
];

/// Quotes, line breaks, YAML and JSON syntax around and inside what looks like a permission.
fn hostile() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "\"",
        "'",
        "\n",
        "\r\n",
        "---",
        "]",
        "}",
        "\\",
        ": ",
        "- ",
        "#",
        "\u{1b}[2J",
        "\u{202e}",
        "*",
        "!!python",
        "perform: ",
        " cannot list resource \"",
        "\" in API group \"",
        "\" at the cluster scope",
        "list",
        "ec2:DescribeVpcs",
        "pods",
        "apps/",
        " in ",
        "Required '",
        "compute.disks.list",
        "Microsoft.A/b/read",
        "{\"Effect\":\"Allow\"}",
        "kind: ClusterRole",
        "\0",
    ]);
    prop::collection::vec(bits, 0..12).prop_map(|bits| bits.concat())
}

fn any_words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(ALLOWED.to_vec()).prop_map(str::to_owned),
        2 => prop::sample::select(FORBIDDEN.to_vec()).prop_map(str::to_owned),
        2 => hostile(),
        1 => any::<String>(),
    ]
}

/// Everything that the documents grant, read back from their text.
fn granted(found: &Grants) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for grant in &found.grants {
        let mut here = BTreeSet::new();
        let words = |v: &Value| -> Vec<String> {
            v.as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned()).collect()
        };
        if grant.title.starts_with("Kubernetes") {
            for part in grant.text.split("---\n") {
                let role = yaml(part);
                let namespace = role["metadata"]["namespace"].as_str().map(str::to_owned);
                for rule in role["rules"].as_array().unwrap() {
                    for group in words(&rule["apiGroups"]) {
                        for resource in words(&rule["resources"]) {
                            for verb in words(&rule["verbs"]) {
                                let path = if group.is_empty() {
                                    resource.clone()
                                } else {
                                    format!("{group}/{resource}")
                                };
                                let place =
                                    namespace.as_ref().map(|n| format!(" in {n}")).unwrap_or_default();
                                assert!(here.insert(format!("{path} {verb}{place}")), "granted twice");
                            }
                        }
                    }
                }
            }
        } else if grant.format == "yaml" {
            here.extend(words(&yaml(&grant.text)["includedPermissions"]));
        } else {
            let role: Value = serde_json::from_str(&grant.text).unwrap();
            let actions = role.get("Actions").unwrap_or_else(|| &role["Statement"][0]["Action"]);
            let actions = words(actions);
            assert!(actions.is_sorted_by(|a, b| a < b), "{actions:?}");
            here.extend(actions);
        }
        assert_eq!(here, grant.permissions.iter().cloned().collect(), "the document says what it grants");
        out.extend(here);
    }
    out
}

proptest! {
    #[test]
    fn the_grants_cover_the_denials_and_no_more_in_any_order(
        said in prop::collection::vec((any_words(), 0_u8..3), 0..24),
        seed in any::<u64>(),
    ) {
        let denials: Vec<Denial> = said
            .iter()
            .enumerate()
            .map(|(n, (words, account))| denial(None, &account.to_string(), &format!("l{n}"), words))
            .collect();
        let found = grants(denials.clone());
        let granted = granted(&found);
        // Covered: of what is known to be harmless all, unless a wider one covers it.
        for (words, _) in said.iter().filter(|(w, _)| ALLOWED.contains(&w.as_str())) {
            let wide = words.split(" in ").next().unwrap();
            prop_assert!(granted.contains(words) || granted.contains(wide), "{} is missing", words);
        }
        // No more: every permission is what some denial says by itself.
        let own: BTreeSet<String> = denials
            .iter()
            .flat_map(|d| grants([d.clone()]).grants)
            .flat_map(|g| g.permissions)
            .collect();
        prop_assert!(granted.is_subset(&own), "{:?}", granted.difference(&own));
        for word in FORBIDDEN {
            prop_assert!(!granted.contains(word));
        }
        prop_assert!(!granted.iter().any(|p| p.contains(['*', '"', '\n', '\\'])));
        // Every denial is accounted for.
        let told: BTreeSet<&ScopeKey> = found
            .grants
            .iter()
            .flat_map(|g| &g.scopes)
            .chain(found.unexplained.iter().map(|(scope, _)| scope))
            .collect();
        for denial in &denials {
            let left_out = found.grants.iter().any(|g| !g.left_out.is_empty());
            prop_assert!(told.contains(&denial.scope) || left_out, "{:?} vanished", denial);
        }
        // Order and repetition make no difference.
        let mut shuffled = [denials.clone(), denials].concat();
        let turn = usize::try_from(seed % (shuffled.len().max(1) as u64)).unwrap();
        shuffled.rotate_left(turn);
        if seed % 2 == 0 {
            shuffled.reverse();
        }
        prop_assert_eq!(grants(shuffled), found);
    }

    #[test]
    fn hostile_words_reach_no_document(words in hostile(), permission in prop::sample::select(ALLOWED.to_vec())) {
        for collector in [None, Some("aws"), Some("k8s"), Some("gcp"), Some("azure")] {
            let found = grants([
                denial(collector, "1", "a", &words),
                denial(collector, "1\"\n- x", "b", permission),
                denial(collector, "1", "c", &format!("{words}{permission}")),
            ]);
            granted(&found);
            for grant in &found.grants {
                let raw = |text: &str| text.contains(['\u{1b}', '\u{202e}', '\0', '\r']);
                prop_assert!(!raw(&grant.text));
                let line = |text: &str| !raw(text) && !text.contains('\n');
                prop_assert!(line(&grant.title) && grant.left_out.iter().all(|l| line(l)));
            }
        }
    }
}
