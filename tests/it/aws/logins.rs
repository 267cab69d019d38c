//! Every way to credentials, through the real binary against our own fake on this machine, which hands them out
//! as AWS's own services do: what works, as whom, what is renewed, and what is said when it does not work.

use std::{collections::BTreeSet, path::PathBuf};

use cloudscope_aws::fake::{
    CONTAINER_PATH, CONTAINER_TOKEN, Estate, FakeAws, Fault, Rule, SSO_REFRESH, SSO_TOKEN, WEB_TOKEN,
};

use super::cloud::{Cloud, HERE};
use crate::home::Ran;

/// A user without keys.
fn nobody(estate: Estate) -> Cloud {
    let mut cloud = Cloud::new(estate, &format!("regions={HERE},services=kms"));
    cloud.env.remove("AWS_ACCESS_KEY_ID");
    cloud.env.remove("AWS_SECRET_ACCESS_KEY");
    cloud
}

fn estate() -> Estate {
    Estate { items: 2, ..Estate::new(2, &[HERE, "us-east-1"]) }
}

/// The same with a configuration file, and `profile` of it.
fn with_profile(config: &str, profile: &str) -> Cloud {
    let mut cloud = nobody(estate());
    write(&cloud, ".aws/config", config);
    cloud.source = format!("aws:profile={profile},regions={HERE},services=kms");
    cloud
}

fn write(cloud: &Cloud, name: &str, text: &str) -> PathBuf {
    let path = cloud.home.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

/// The keys that the listing was signed with.
fn keys(cloud: &Cloud) -> BTreeSet<String> {
    cloud.fake.keys("kms:ListAliases")
}

/// It is not let in, says why, and does so soon.
fn fails(cloud: &Cloud, words: &[&str]) -> Ran {
    let begun = std::time::Instant::now();
    let ran = cloud.collect();
    assert_eq!(ran.code, Some(3), "{ran:?}");
    for part in words {
        assert!(ran.err.contains(part), "no {part:?} in {}", ran.err);
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
    ran
}

#[test]
fn a_profile_of_a_role_takes_the_keys_of_another_profile() {
    let config = "[profile base]\naws_access_key_id = AKIA100000000001\naws_secret_access_key = x\n[profile mid]\nrole_arn = arn:aws:iam::100000000001:role/a/hop\nsource_profile = base\n[profile last]\nrole_arn = arn:aws:iam::100000000002:role/reader\nsource_profile = mid\nexternal_id = secret-42\n";
    let cloud = with_profile(config, "last");
    cloud
        .fake
        .fail(Rule::of("sts:AssumeRole", Fault::refuse(403, "AccessDenied")).with("role/a/hop").times(0));
    cloud.collect().with(0);
    assert_eq!(keys(&cloud), ["ASIA100000000002".to_owned()].into());
    assert_eq!(cloud.fake.keys("sts:AssumeRole").len(), 2, "each hop signs the next");
    assert!(cloud.ids("account:100000000001").is_empty());
    // The last role does not trust: it is named, with AWS's own words.
    cloud.fake.fail(Rule::of("sts:AssumeRole", Fault::Denied).with("secret-42"));
    fails(&cloud, &["no usable AWS credentials", "is not authorized to perform: sts:AssumeRole"]);
    assert!(cloud.gone().is_empty());
}

/// `test` by SHA-1, as the cache of single sign-on names its files.
const OF_SESSION: &str = ".aws/sso/cache/a94a8fe5ccb19ba61c4c0873d391e987982fbbd3.json";
const SSO: &str = "[sso-session test]\nsso_region = eu-west-1\nsso_start_url = https://sso.invalid/start\nsso_registration_scopes = sso:account:access\n[profile sso]\nsso_session = test\nsso_account_id = 100000000002\nsso_role_name = reader\n";

#[test]
fn single_sign_on_gives_keys_for_the_token_in_its_cache() {
    let cloud = with_profile(SSO, "sso");
    fails(&cloud, &["no usable AWS credentials", "run `aws sso login --profile sso`"]);
    let token = format!(r#"{{"accessToken":"{SSO_TOKEN}","expiresAt":"2099-01-01T00:00:00Z"}}"#);
    write(&cloud, OF_SESSION, &token);
    cloud.collect().with(0);
    assert_eq!(keys(&cloud), ["ASIA100000000002N1".to_owned()].into());
    assert_eq!(cloud.fake.calls()["sso:GetRoleCredentials"], 1);
    // Somebody logged out.
    write(&cloud, OF_SESSION, &token.replace(SSO_TOKEN, "another"));
    fails(&cloud, &["Session token not found or invalid", "run `aws sso login --profile sso`"]);
    // It ran out, and nothing can renew it.
    write(&cloud, OF_SESSION, &token.replace("2099", "2020"));
    fails(&cloud, &["expired", "run `aws sso login --profile sso`"]);
    assert!(cloud.gone().is_empty());
}

#[test]
fn a_single_sign_on_that_ran_out_is_refreshed_where_it_can_be() {
    let cloud = with_profile(SSO, "sso");
    let token = format!(
        r#"{{"accessToken":"old","expiresAt":"2020-01-01T00:00:00Z","refreshToken":"{SSO_REFRESH}","clientId":"c","clientSecret":"s","registrationExpiresAt":"2099-01-01T00:00:00Z","region":"eu-west-1","startUrl":"https://sso.invalid/start"}}"#
    );
    write(&cloud, OF_SESSION, &token);
    cloud.collect().with(0);
    assert_eq!(cloud.fake.calls()["sso-oidc:CreateToken"], 1);
    assert_eq!(keys(&cloud), ["ASIA100000000002N1".to_owned()].into());
}

#[test]
fn a_web_identity_is_read_from_its_file() {
    let mut cloud = nobody(estate());
    let file = write(&cloud, "token", WEB_TOKEN);
    cloud.env.insert("AWS_WEB_IDENTITY_TOKEN_FILE", file.display().to_string());
    cloud.env.insert("AWS_ROLE_ARN", "arn:aws:iam::100000000002:role/pods/reader".to_owned());
    cloud.collect().with(0);
    assert_eq!(keys(&cloud), ["ASIA100000000002N1".to_owned()].into());
    std::fs::write(&file, "forged").unwrap();
    fails(&cloud, &["InvalidIdentityTokenException", "No OpenIDConnect provider found"]);
    std::fs::remove_file(&file).unwrap();
    let name = file.display().to_string();
    fails(&cloud, &["no usable AWS credentials", "AWS_WEB_IDENTITY_TOKEN_FILE", &name]);
    assert!(cloud.gone().is_empty());
}

fn on_an_instance() -> Cloud {
    let mut cloud = nobody(estate());
    cloud.env.remove("AWS_EC2_METADATA_DISABLED");
    cloud.env.insert("AWS_EC2_METADATA_SERVICE_ENDPOINT", cloud.fake.url());
    cloud
}

#[test]
fn an_instance_s_role_is_asked_for_with_a_session_and_renewed() {
    let cloud = on_an_instance();
    cloud.collect().with(0);
    assert_eq!(keys(&cloud), ["ASIA100000000001N1".to_owned()].into());
    assert!(cloud.fake.calls()["imds:GetToken"] >= 1);
    // The keys are refused in the middle of a run: new ones are asked for, once.
    cloud.fake.fail(Rule::of("kms:ListAliases", Fault::Expired).times(1));
    cloud.collect().with(0);
    assert_eq!(keys(&cloud).len(), 3, "{:?}", keys(&cloud));
    cloud.fake.heal();
    // An instance without a role, and one without metadata.
    cloud.fake.fail(Rule::of("imds:GetMetadata", Fault::refuse(404, "")));
    fails(&cloud, &["no usable AWS credentials", "set up a profile"]);
    cloud.fake.heal();
    cloud.fake.fail(Rule::of("imds", Fault::Drop));
    fails(&cloud, &["no usable AWS credentials", "set up a profile"]);
    assert!(cloud.gone().is_empty());
}

#[test]
fn a_container_s_credentials_are_renewed_in_the_middle_of_a_run() {
    // Good for less than the time that is left for renewing early: each look asks again.
    let mut cloud = nobody(Estate { session: 200, ..estate() });
    cloud.env.insert("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}{CONTAINER_PATH}", cloud.fake.url()));
    let file = write(&cloud, "agent", CONTAINER_TOKEN);
    cloud.env.insert("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.display().to_string());
    cloud.collect().with(0);
    assert!(cloud.fake.calls()["container:GetCredentials"] > 1);
    // The agent falls silent: what is left is told, and nothing is lost.
    let before = cloud.alive();
    cloud.fake.fail(Rule::of("container", Fault::Drop).after(2));
    assert_ne!(cloud.collect().code, Some(0));
    assert_eq!(cloud.alive(), before);
    assert!(cloud.gone().is_empty());
    cloud.fake.heal();
    std::fs::write(&file, "another").unwrap();
    fails(&cloud, &["no usable AWS credentials", "401"]);
}

#[test]
fn a_program_gives_keys_once_it_was_looked_at() {
    let cloud = with_profile("", "tool");
    let script = write(
        &cloud,
        "give",
        "#!/bin/sh\necho run >> \"$HOME/runs\"\necho '{\"Version\":1,\"AccessKeyId\":\"AKIA100000000001\",\"SecretAccessKey\":\"x\"}'\n",
    );
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let runs = || std::fs::read_to_string(cloud.home.path().join("runs")).unwrap_or_default().lines().count();
    write(&cloud, ".aws/config", &format!("[profile tool]\ncredential_process = {}\n", script.display()));
    fails(&cloud, &["would run a program for its credentials", "sources confirm"]);
    assert_eq!(runs(), 0);
    cloud.run(&["sources", "confirm", "--yes", &cloud.source]).with(0);
    cloud.collect().with(0);
    assert!(runs() >= 1);
    // What it gave has expired: it is asked once more for each call.
    let before = runs();
    cloud.fake.fail(Rule::of("*", Fault::Expired));
    fails(&cloud, &["the credentials for", "have expired"]);
    assert_eq!(runs(), before + 2);
    cloud.fake.heal();
    // It fails.
    std::fs::write(&script, "#!/bin/sh\necho 'no card in the reader' >&2\nexit 3\n").unwrap();
    fails(&cloud, &["no usable AWS credentials", "no card in the reader"]);
    assert!(cloud.gone().is_empty());
}

#[test]
fn a_profile_that_wants_a_one_time_code_says_what_to_do() {
    let config = "[profile base]\naws_access_key_id = AKIA100000000001\naws_secret_access_key = x\n[profile mfa]\nrole_arn = arn:aws:iam::100000000002:role/reader\nsource_profile = base\nmfa_serial = arn:aws:iam::100000000001:mfa/ann\n";
    let cloud = with_profile(config, "mfa");
    cloud.fake.fail(Rule::of("sts:AssumeRole", Fault::Denied));
    fails(&cloud, &["the profile `mfa` has `mfa_serial`", "aws sts get-session-token"]);
}

#[test]
fn mistakes_in_the_configuration_are_told_by_name() {
    let cloud = with_profile("[profile a]\nregion = eu-west-1\n[profile b]\nregion = eu-west-1\n", "c");
    fails(&cloud, &["the profile `c`, which no AWS configuration file defines", "a, b"]);
    write(&cloud, ".aws/config", "[profile c]\nregion = eu-west-1\n");
    fails(&cloud, &["no usable AWS credentials"]);
    write(&cloud, ".aws/config", "[profile c\nregion eu-west-1\n");
    fails(&cloud, &["cannot read the AWS configuration", ".aws/config"]);
    write(
        &cloud,
        ".aws/config",
        "[profile c]\nrole_arn = arn:aws:iam::100000000002:role/x\nsource_profile = d\n",
    );
    fails(&cloud, &["no usable AWS credentials", "d"]);
    let circle = "[profile c]\nrole_arn = arn:aws:iam::100000000002:role/x\nsource_profile = d\n[profile d]\nrole_arn = arn:aws:iam::100000000002:role/y\nsource_profile = c\n";
    write(&cloud, ".aws/config", circle);
    fails(&cloud, &["no usable AWS credentials"]);
}

/// Two profiles with keys of their own.
const TWO: &str = "[profile a]\naws_access_key_id = AKIA100000000001\naws_secret_access_key = x\n[profile b]\naws_access_key_id = AKIA100000000002\naws_secret_access_key = x\n";

#[test]
fn one_profile_that_does_not_work_leaves_the_others() {
    let mut cloud = with_profile(TWO, "a");
    cloud.source = format!("aws:profiles=a+b,regions={HERE},services=kms");
    cloud.collect().with(0);
    let before = cloud.alive();
    cloud.fake.fail(Rule::of("*", Fault::refuse(403, "InvalidClientTokenId")).account("100000000002"));
    cloud.collect().with(3);
    assert_eq!(cloud.alive(), before);
    assert_eq!(cloud.ids("provider:aws presence:unknown"), cloud.ids("account:100000000002"));
    // Every scope of the account says why, not that somebody switched it off.
    for scope in cloud.health() {
        let good = scope["account"] == "100000000001";
        assert_eq!(scope["state"], if good { "ok" } else { "denied" }, "{scope}");
        assert!(good || scope["error"].as_str().unwrap().contains("InvalidClientTokenId"), "{scope}");
    }
    cloud.fake.heal();
    cloud.collect().with(0);
    assert!(cloud.ids("provider:aws presence:unknown").is_empty());
}

#[test]
fn each_profile_goes_its_own_way_and_says_so() {
    let mut cloud = with_profile(TWO, "a");
    let other = FakeAws::start(estate()).unwrap();
    cloud.env.remove("AWS_ENDPOINT_URL");
    let config = TWO.replace("[profile b]", &format!("endpoint_url = {}\n[profile b]", cloud.fake.url()));
    write(&cloud, ".aws/config", &format!("{config}endpoint_url = {}\n", other.url()));
    cloud.source = format!("aws:profiles=a+b,regions={HERE},services=kms");
    cloud.collect().with(0);
    assert_eq!(cloud.fake.keys("kms:ListAliases"), ["AKIA100000000001".to_owned()].into());
    assert_eq!(other.keys("kms:ListAliases"), ["AKIA100000000002".to_owned()].into());
    let ran = cloud.run(&["sources", "test", &cloud.source]);
    let told = format!("{}{}", ran.out, ran.err);
    for (profile, url) in [("a", cloud.fake.url()), ("b", other.url())] {
        assert!(told.contains(&format!("profile {profile}: endpoint {url} for every service")), "{told}");
    }
}
