//! Policies and renewing commands: read first, copied by a key, never run.

use cloudscope_application::{
    Command, Reply,
    message::{Grant, Grants},
};
use cloudscope_domain::ScopeKey;
use insta::assert_snapshot;

use super::{estate, key};
use crate::{effect::Effect, model::overlay::Overlay, tests::harness::Bench};

const POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["ec2:DescribeVolumes", "s3:ListAllMyBuckets"],
      "Resource": "*"
    }
  ]
}
"#;

pub(in crate::tests) fn grants() -> Grants {
    let volumes = key("aws-prod", "eu-west-1", "ec2:DescribeVolumes");
    Grants {
        grants: vec![
            Grant {
                title: "AWS policy".into(),
                format: "json".into(),
                text: POLICY.into(),
                permissions: vec!["ec2:DescribeVolumes".into(), "s3:ListAllMyBuckets".into()],
                scopes: vec![volumes.clone(), key("aws-prod", "", "s3:ListBuckets")],
                left_out: vec!["secretsmanager:GetSecretValue reads secrets, which are never read".into()],
            },
            Grant {
                title: "Kubernetes ClusterRole".into(),
                format: "yaml".into(),
                text: "kind: ClusterRole\nrules: []\u{1b}[2J\n".into(),
                permissions: vec!["list pods".into()],
                scopes: vec![ScopeKey::new("k8s-prod\u{1b}[31m", "k8s:v1/pods")],
                left_out: Vec::new(),
            },
        ],
        unexplained: vec![(ScopeKey::new("gcp-data", "compute.instances.list"), "forbidden\u{202e}".into())],
        renew: vec![("aws sso login --profile prod".into(), vec![volumes])],
    }
}

fn bench(size: (u16, u16), grants: Grants) -> Bench {
    let mut bench = estate(size);
    bench.script = Some(Box::new(move |command| match command {
        Command::Grants => Some(Ok(Reply::Grants(grants.clone()))),
        _ => None,
    }));
    bench
}

#[test]
fn the_policy_is_shown_before_it_is_copied() {
    let mut bench = bench((120, 32), grants());
    assert_snapshot!(bench.keys("4 a").screen());
    assert_eq!(bench.done, [], "showing copies nothing");
    bench.keys("enter");
    assert_eq!(bench.done, [Effect::Copy(POLICY.into())]);
    assert_eq!(
        bench.message(),
        format!("copied the AWS policy: 2 permissions (10 lines, {} bytes)", POLICY.len())
    );
    assert!(bench.model.overlays.is_empty());
}

#[test]
fn of_several_one_is_chosen_and_hostile_text_is_copied_visibly() {
    let mut bench = bench((80, 24), grants());
    bench.keys("4 a right");
    let screen = bench.screen();
    assert!(screen.contains("[Kubernetes ClusterRole]") && screen.contains("k8s-prod␛[31m"), "{screen}");
    bench.keys("right left enter");
    assert_eq!(bench.done, [Effect::Copy("kind: ClusterRole\nrules: []␛[2J\n".into())]);
    assert!(bench.message().ends_with("its control characters made visible"), "{}", bench.message());
}

#[test]
fn a_long_policy_scrolls_on_a_small_screen() {
    let mut bench = bench((80, 20), grants());
    let screen = bench.keys("4 a").screen();
    assert!(screen.contains("j k scroll") && !screen.contains("secretsmanager"), "{screen}");
    let screen = bench.keys("G").screen();
    assert!(screen.contains("forbidden") && screen.contains("enter copy it"), "{screen}");
}

#[test]
fn without_a_policy_it_says_why() {
    let unexplained = Grants { grants: Vec::new(), ..grants() };
    let mut bench = bench((120, 32), unexplained);
    let screen = bench.keys("4 a").screen();
    assert!(screen.contains("denied without naming the permission"), "{screen}");
    let mut bench = super::grants::bench((120, 32), Grants::default());
    bench.keys("4 a");
    assert_eq!(bench.message(), "nothing is denied: there is nothing to grant");
    assert!(bench.model.overlays.is_empty());
}

#[test]
fn login_shows_the_command_and_copies_it() {
    let mut bench = bench((120, 32), grants());
    let screen = bench.keys(": 'login' enter").screen();
    assert!(screen.contains("aws sso login --profile prod") && screen.contains("never runs it"), "{screen}");
    bench.keys("enter");
    assert_eq!(bench.done, [Effect::Copy("aws sso login --profile prod".into())]);
    assert_eq!(bench.message(), "copied the command `aws sso login --profile prod`");
    let mut bench = super::grants::bench((120, 32), Grants::default());
    bench.keys(": 'login' enter");
    assert_eq!(bench.message(), "no credentials are known to have expired");
}

#[test]
fn a_policy_that_comes_late_takes_no_letter_that_is_typed() {
    let mut bench = bench((120, 32), grants());
    bench.keys("4").hold().keys("a / 'web'");
    while !bench.waiting.is_empty() {
        bench.answer_one();
    }
    assert!(matches!(bench.model.overlays.last(), Some(Overlay::Filter(_))));
    bench.keys("enter");
    assert_eq!(bench.done, [], "the enter of the filter copies nothing");
}
