//! What a kubeconfig says, as far as a client is made of it without calling anybody.

use std::path::Path;

use super::*;

struct All(bool);

impl Programs for All {
    fn confirmed(&self, _: &Program) -> bool {
        self.0
    }
}

fn write(dir: &Path, user: &str, server: &str) -> Options {
    let path = dir.join("config");
    let text = format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {{server: \"{server}\"}}\ncontexts:\n- name: ctx\n  context: {{cluster: c, user: u, namespace: team}}\nusers:\n- name: u\n  user: {user}\n"
    );
    std::fs::write(&path, text).unwrap();
    Options { kubeconfig: vec![path], ..Options::default() }
}

async fn login(options: &Options, confirmed: bool) -> Result<Login, Fault> {
    let around = Surroundings::default();
    let files = Files::read(options, &around);
    let redactor = Redactor::new([1; 32]);
    Login::new(&files, "ctx", options, &around, Arc::new(All(confirmed)), redactor).await
}

async fn fault(user: &str, confirmed: bool) -> Fault {
    let dir = tempfile::tempdir().unwrap();
    let options = write(dir.path(), user, "https://127.0.0.1:1");
    login(&options, confirmed).await.unwrap().client().await.map(|_| ()).unwrap_err()
}

const EXEC: &str = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: [-c, \"touch FILE; echo '{\\\"status\\\":{\\\"token\\\":\\\"t\\\"}}'\"]}}";

#[tokio::test]
async fn a_program_runs_only_when_it_is_confirmed() {
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("it-ran");
    let user = EXEC.replace("FILE", &mark.display().to_string());
    let options = write(dir.path(), &user, "https://127.0.0.1:1");
    let refused = login(&options, false).await.unwrap().client().await.map(|_| ()).unwrap_err();
    assert_eq!(refused.kind, FaultKind::Unauthenticated);
    assert!(refused.message.contains("touch") && refused.message.contains("not confirmed"), "{refused}");
    assert_eq!(refused.renew.as_deref(), Some("cloudscope sources confirm k8s:ctx"));
    assert!(!mark.exists());
    let login = login(&options, true).await.unwrap();
    assert!(!mark.exists(), "nothing runs before a client is needed");
    login.client().await.unwrap();
    assert!(mark.exists());
    // Credentials without an end are not asked for again.
    std::fs::remove_file(&mark).unwrap();
    login.client().await.unwrap();
    assert!(!mark.exists());
    // Those that the server refuses are, once in a while.
    assert!(login.refused(1).await);
    login.client().await.unwrap();
    assert!(mark.exists());
    assert!(!login.refused(2).await);
}

#[tokio::test]
async fn providers_of_the_past_are_refused_with_words_and_never_run() {
    let told = fault("{auth-provider: {name: gcp, config: {cmd-path: /bin/false}}}", true).await;
    assert!(told.message.contains("exec plugin"), "{told}");
}

#[tokio::test]
async fn tokens_of_open_id_connect_hold_until_they_expire() {
    let token = |exp: i64| format!("h.{}.s", URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{exp}}}")));
    let user = |exp| format!("{{auth-provider: {{name: oidc, config: {{id-token: {}}}}}}}", token(exp));
    let told = fault(&user(1_000), true).await;
    assert!(told.message.contains("oidc-login"), "{told}");
    assert!(told.message.contains("expired") && told.renew.unwrap().starts_with("kubectl --context 'ctx'"));
    let dir = tempfile::tempdir().unwrap();
    let options = write(dir.path(), &user(4_000_000_000), "https://127.0.0.1:1");
    login(&options, false).await.unwrap().client().await.unwrap();
}

#[tokio::test]
async fn only_this_machine_is_spoken_to_without_encryption() {
    let dir = tempfile::tempdir().unwrap();
    let options = write(dir.path(), "{token: t}", "http://10.0.0.1:8080");
    let Err(told) = login(&options, true).await else { panic!() };
    assert!(told.message.contains("not encrypted"));
    let options = write(dir.path(), "{token: t}", "http://127.0.0.1:8001");
    assert!(login(&options, true).await.is_ok());
}

/// `openssl x509 -req -in r.csr -signkey k.pem -days 36500`, made for this test alone.
const OF_VERSION_1: (&str, &str) = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJHakNCd1FJVUxyR0piUHJJUmFZeHFJWG10eUdxL2V2UUNNY3dDZ1lJS29aSXpqMEVBd0l3RHpFTk1Bc0cKQTFVRUF3d0VhbUZ1WlRBZ0Z3MHlOakV4TWpZd056RXpNekJhR0E4eU1USTJNVEV3TWpBM01UTXpNRm93RHpFTgpNQXNHQTFVRUF3d0VhbUZ1WlRCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OUF3RUhBMElBQkJtak1mT21LNXBYClFtVXlnZE5SWURBbVpCTzJFN1lkd1ZwdzFISWpFUlVieFNVSUFpTmlZQ2xIejRxVjFVNUZ1MU1ySDNzNmR5cGsKMy9CZVBUdjNCc3d3Q2dZSUtvWkl6ajBFQXdJRFNBQXdSUUlnWnV1dzU1WTBMSDRhdEtSM0xhVXhIYVFselhvVApIZ253U3dtZzVHRGhnRElDSVFENlBzbkUzRTFQUFh0bXRlRTFGL0cxVE4vT3U0K0w4RmpjSDFDaDkwdlBvQT09Ci0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K",
    "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JR0hBZ0VBTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSEJHMHdhd0lCQVFRZ1k2cGdJR0hoTmQ2cUgraXAKQ2M1dHRVMHRtSFJZZXpOMFRkcnhrNy9TbWVtaFJBTkNBQVFab3pIenBpdWFWMEpsTW9IVFVXQXdKbVFUdGhPMgpIY0ZhY05SeUl4RVZHOFVsQ0FJalltQXBSOCtLbGRWT1JidFRLeDk3T25jcVpOL3dYajA3OXdiTQotLS0tLUVORCBQUklWQVRFIEtFWS0tLS0tCg==",
);

#[tokio::test]
async fn a_certificate_of_version_1_is_said_to_be_one() {
    let (certificate, key) = OF_VERSION_1;
    let user = format!("{{client-certificate-data: {certificate}, client-key-data: {key}}}");
    let told = fault(&user, true).await;
    assert!(told.message.contains("version 1") && told.message.contains("version 3"), "{told}");
}

#[tokio::test]
async fn another_server_under_the_same_name_is_not_spoken_to() {
    let dir = tempfile::tempdir().unwrap();
    let options = write(dir.path(), "{token: t}", "https://127.0.0.1:1");
    let login = login(&options, true).await.unwrap();
    write(dir.path(), "{token: t}", "https://127.0.0.1:2");
    let told = login.client().await.map(|_| ()).unwrap_err();
    assert!(told.message.contains("another server"), "{told}");
}

#[tokio::test]
async fn what_is_known_is_known_without_a_call() {
    let dir = tempfile::tempdir().unwrap();
    let user = "{as: jane, exec: {command: aws, args: [--profile, prod]}}";
    let options = write(dir.path(), user, "https://k.example.com");
    let login = login(&options, true).await.unwrap();
    let facts = login.facts();
    assert_eq!((facts.identity.as_str(), facts.namespace.as_deref()), ("u as jane", Some("team")));
    assert_eq!(facts.renew.as_deref(), Some("aws sso login --profile prod"));
    assert_eq!(facts.server, "https://k.example.com/");
}
