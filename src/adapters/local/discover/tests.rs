//! A home and a working directory of the test's own, with the files that people have, and with
//! files that nobody should have.

use std::{collections::BTreeMap, path::PathBuf};

use cloudscope_ports::Discovered;
use tempfile::TempDir;

use super::{Environment, discover};

struct Home {
    dir: TempDir,
    variables: BTreeMap<String, String>,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("work")).unwrap();
        Self { dir, variables: BTreeMap::new() }
    }

    fn write(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn env(&self) -> Environment {
        Environment {
            home: Some(self.dir.path().to_owned()),
            cwd: self.dir.path().join("work"),
            variables: self.variables.clone(),
        }
    }

    fn found(&self) -> Vec<Discovered> {
        let found = discover(&self.env());
        assert_eq!(found[0].title, "this machine");
        assert_eq!(found[0].source.as_ref().unwrap().collector, "host");
        found[1..].to_vec()
    }

    /// Titles with origins, as a person reads them.
    fn titles(&self) -> Vec<String> {
        self.found().iter().map(|d| format!("{} | {}", d.title, d.origin)).collect()
    }
}

#[test]
fn an_empty_machine_has_itself() {
    assert_eq!(Home::new().titles(), [] as [&str; 0]);
    let nowhere = Environment { home: None, cwd: PathBuf::from("/no/such/place"), ..Environment::default() };
    let found = discover(&nowhere);
    assert_eq!(found.len(), 2);
    assert!(found[1].title.contains("cannot be listed"), "{found:?}");
}

#[test]
fn states_of_the_working_directory_are_sources() {
    let home = Home::new()
        .write("work/terraform.tfstate", "{}")
        .write("work/terraform.tfstate.backup", "{}")
        .write("work/below/x.tfstate", "{}")
        .write("work/note.txt", "");
    std::fs::create_dir(home.dir.path().join("work/dir.tfstate")).unwrap();
    let found = home.found();
    assert_eq!(home.titles(), ["terraform.tfstate in this directory | ~/work"]);
    let source = found[0].source.clone().unwrap();
    let path = home.dir.path().join("work/terraform.tfstate").display().to_string();
    assert_eq!((source.name.to_string(), source.collector), (format!("file:{path}"), "file".to_owned()));
    assert_eq!(source.options["path"], path);

    let mut many = Home::new();
    for n in 0..30 {
        many = many.write(&format!("work/{n}.tfstate"), "{}");
    }
    let found = many.found();
    assert_eq!(many.titles(), ["30 Terraform states in this directory | ~/work"]);
    assert_eq!(
        found[0].source.clone().unwrap().name.to_string(),
        format!("file:{}", many.dir.path().join("work").display())
    );
}

#[test]
fn aws_profiles_are_named() {
    let home = Home::new()
        .write(
            ".aws/config",
            "# mine\n[default]\nregion = eu-west-1\n[profile prod]\nsso_session = corp\nregion=us-east-1\n\
             [profile \"two words\"]\nrole_arn = arn:aws:iam::1:role/x\ns3 =\n  max_concurrent_requests = 20\n\
             [sso-session corp]\nsso_start_url = https://canary.example\n[profile ext]\ncredential_process = /bin/canary\n",
        )
        .write(
            ".aws/credentials",
            "[default]\naws_access_key_id = CANARYKEY\naws_secret_access_key = canary\n\
             [old]\naws_access_key_id=CANARYKEY\nregion = canary/secret+in+the+wrong+place\n",
        )
        .set("AWS_PROFILE", "prod")
        .set("AWS_ACCESS_KEY_ID", "CANARYKEY")
        .set("AWS_REGION", "eu-north-1");
    assert_eq!(
        home.titles(),
        [
            "AWS profile default (eu-west-1, access key) | ~/.aws/config",
            "AWS profile ext (runs a program) | ~/.aws/config",
            "AWS profile prod (us-east-1, single sign-on, chosen by AWS_PROFILE) | ~/.aws/config",
            "AWS profile two words (assumed role) | ~/.aws/config",
            "AWS profile old (access key) | ~/.aws/credentials",
            "AWS access key of the environment (eu-north-1) | AWS_ACCESS_KEY_ID",
        ]
    );
    assert!(home.found().iter().all(|d| d.source.is_none()));
}

#[test]
fn kubernetes_contexts_are_named() {
    let home = Home::new()
        .write(
            "k/one",
            "apiVersion: v1\nkind: Config\ncurrent-context: b\ncontexts:\n- name: a\n  context: {cluster: c, user: u}\n\
             - name: b\nusers:\n- name: u\n  user:\n    token: canary\n    exec: {command: canary}\n",
        )
        .write("k/two", "current-context: a\ncontexts: [{name: b}, {name: c}]\n")
        .write("k/bad", "contexts: [{token: canary\n");
    let list = ["one", "two", "bad", "none"].map(|n| home.dir.path().join("k").join(n).display().to_string());
    let home = home.set("KUBECONFIG", &list.join(":"));
    assert_eq!(
        home.titles(),
        [
            "a kubeconfig that cannot be read: not YAML of the expected form | ~/k/bad",
            "a kubeconfig that cannot be read: no such file, though KUBECONFIG names it | ~/k/none",
            "Kubernetes context a | ~/k/one",
            "Kubernetes context b (current) | ~/k/one",
            "Kubernetes context c | ~/k/two",
        ]
    );
    let add: Vec<_> = home.found().into_iter().filter_map(|f| f.add).collect();
    assert_eq!(add, ["k8s:context=a", "k8s:context=b", "k8s:context=c"]);
    let near = Home::new().write("config", "contexts:\n- name: near\n").set("KUBECONFIG", "config");
    assert!(near.titles()[0].contains("relative path"), "{:?}", near.titles());
    let usual = Home::new().write(".kube/config", "contexts:\n- name: home\n");
    assert_eq!(usual.titles(), ["Kubernetes context home | ~/.kube/config"]);
    assert!(Home::new().write(".kube/config", "").titles().is_empty());
}

#[test]
fn azure_and_google_are_named() {
    let home = Home::new()
        .write(
            ".azure/azureProfile.json",
            "\u{feff}{\"subscriptions\":[{\"id\":\"1\",\"name\":\"Prod\",\"state\":\"Enabled\",\"isDefault\":true},\
             {\"id\":\"2\",\"name\":\"Old\",\"state\":\"Disabled\",\"user\":{\"name\":\"canary\"}},{\"id\":\"3\"},7]}",
        )
        .set("AZURE_CLIENT_ID", "canary")
        .set("AZURE_CLIENT_SECRET", "canary")
        .write(".config/gcloud/active_config", "work\n")
        .write(".config/gcloud/configurations/config_work", "[core]\naccount = canary@x\nproject = my-project\n")
        .write(".config/gcloud/configurations/config_default", "[core]\nproject = CANARY secret\n")
        .write(
            ".config/gcloud/application_default_credentials.json",
            "{\"type\":\"authorized_user\",\"refresh_token\":\"canary\",\"quota_project_id\":\"q-1\"}",
        )
        .write("key.json", "{\"type\":\"service_account\",\"private_key\":\"canary\",\"project_id\":\"p-1\"}")
        .set("GOOGLE_APPLICATION_CREDENTIALS", "~/key.json");
    assert_eq!(
        home.titles(),
        [
            "Azure subscription Prod (default) | ~/.azure/azureProfile.json",
            "Azure subscription Old (disabled) | ~/.azure/azureProfile.json",
            "Azure subscription 3 | ~/.azure/azureProfile.json",
            "Azure service principal of the environment (client secret) | AZURE_CLIENT_ID",
            "Google Cloud configuration default | ~/.config/gcloud/configurations",
            "Google Cloud configuration work (project my-project, active) | ~/.config/gcloud/configurations",
            "Google Cloud default credentials of a user (project q-1) | ~/.config/gcloud/application_default_credentials.json",
            "Google Cloud default credentials of a service account (project p-1) | ~/key.json",
        ]
    );
    assert!(!format!("{:?}", home.env()).contains("canary"));
}

#[test]
fn what_cannot_be_used_is_said_and_nothing_of_it_is_told() {
    let hostile: [&[u8]; 6] = [
        b"\xff\xfec\0a\0n\0a\0r\0y\0",
        b"canary canary\n",
        b"[\ncanary",
        b"{\"type\": canary}",
        b"a: &a [canary]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\ncontexts: [*c,*c,*c,*c]\n",
        &[b'['; 100_000],
    ];
    let files = [
        ".aws/config",
        ".aws/credentials",
        ".kube/config",
        ".azure/azureProfile.json",
        ".config/gcloud/configurations/config_x",
        ".config/gcloud/application_default_credentials.json",
    ];
    for content in hostile {
        for file in files {
            let home = Home::new().write(file, content);
            let titles = home.titles();
            if file == ".kube/config" && content.starts_with(b"{") {
                assert!(titles.is_empty(), "YAML without contexts names none: {titles:?}");
                continue;
            }
            assert_eq!(titles.len(), 1, "{file}: {titles:?}");
            assert!(titles[0].contains("cannot be read"), "{titles:?}");
            assert!(!titles[0].contains("canary"), "{titles:?}");
        }
    }
    let huge = vec![b'#'; 5 << 20];
    for file in files {
        assert!(Home::new().write(file, &huge).titles()[0].contains("larger than 4 MiB"), "{file}");
        let home = Home::new();
        let path = home.dir.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).unwrap();
        assert!(home.titles()[0].contains("not a regular file"), "{file}");
    }
    let missing = Home::new()
        .set("AWS_CONFIG_FILE", "/no/such")
        .set("GOOGLE_APPLICATION_CREDENTIALS", "/no/such")
        .set("AWS_PROFILE", "x");
    assert_eq!(missing.titles().len(), 3, "{:?}", missing.titles());
}

#[test]
fn hostile_names_are_visible_and_bounded() {
    let mut config = String::from("[profile a\u{1b}[2J\u{202e}b]\n");
    for n in 0..150 {
        config.push_str(&format!("[profile {}{n}]\n", "x".repeat(100)));
    }
    let home = Home::new().write(".aws/config", &config);
    let titles = home.titles();
    assert_eq!(titles.len(), 101);
    assert!(titles[0].starts_with("AWS profile a␛[2"), "{}", titles[0]);
    assert!(titles[100].starts_with("51 more AWS profiles"), "{}", titles[100]);
    assert!(
        titles.iter().all(|t| t.chars().count() < 130 && !t.chars().any(cloudscope_domain::text::is_hostile))
    );
}
