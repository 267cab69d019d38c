//! What is taken out, what stays, and the laws: idempotent, stable, linear.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Redactor;

fn redactor() -> Redactor {
    Redactor::new([42; 32])
}

/// The text with every fingerprint written as `#`, so that expectations can be read.
fn readable(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("«redacted:") {
        out.push_str(&rest[..at]);
        let mark = &rest[at..];
        let end = mark.find('»').expect("a mark is closed") + '»'.len_utf8();
        let why = mark[..end].trim_start_matches("«redacted:").split(':').next().unwrap_or_default();
        out.push_str(&format!("«{why}»"));
        rest = &mark[end..];
    }
    out + rest
}

fn text(text: &str) -> String {
    let redactor = redactor();
    let got = redactor.text(text).unwrap_or_else(|| text.to_owned());
    assert_eq!(redactor.text(&got), None, "not idempotent: {got}");
    readable(&got)
}

#[track_caller]
fn check(input: &str, expected: &str) {
    assert_eq!(text(input), expected);
}

#[track_caller]
fn keeps(input: &str) {
    assert_eq!(redactor().text(input), None, "{input}");
}

fn value(mut value: Value) -> String {
    let redactor = redactor();
    redactor.value(&mut value);
    let once = value.clone();
    assert_eq!(redactor.value(&mut value), 0, "not idempotent: {once}");
    assert_eq!(value, once);
    readable(&once.to_string())
}

fn command(line: &[&str]) -> String {
    let redactor = redactor();
    let arguments: Vec<String> = line.iter().map(|a| (*a).to_owned()).collect();
    let once = redactor.command_line(&arguments);
    assert_eq!(redactor.command_line(&once), once, "not idempotent");
    assert_eq!(once.len(), arguments.len());
    readable(&once.join(" "))
}

#[test]
fn tokens_are_known_by_their_form() {
    let a = |n: usize| "a1B2".repeat(n);
    for (secret, why) in [
        ("AKIAIOSFODNN7EXAMPLE".to_owned(), "aws-access-key"),
        ("ASIAIOSFODNN7EXAMPLE".to_owned(), "aws-access-key"),
        (format!("ghp_{}", a(9)), "github-token"),
        (format!("github_pat_{}", a(10)), "github-token"),
        (format!("glpat-{}", a(5)), "gitlab-token"),
        (format!("xoxb-1234567890-{}", a(5)), "slack-token"),
        (format!("sk_live_{}", a(6)), "stripe-key"),
        (format!("rk_test_{}", a(6)), "stripe-key"),
        (format!("AIza{}abc", a(8)), "google-key"),
        (format!("ya29.{}", a(10)), "google-token"),
        (format!("npm_{}", a(9)), "npm-token"),
        (format!("pypi-{}", a(15)), "pypi-token"),
        (format!("sk-proj-{}", a(10)), "model-api-key"),
        (format!("sk-{}", a(12)), "model-api-key"),
        (format!("hvs.{}", a(8)), "vault-token"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9".to_owned(), "jwt"),
    ] {
        check(&secret, &format!("«{why}»"));
        check(&format!("see '{secret}', there"), &format!("see '«{why}»', there"));
    }
}

#[test]
fn a_secret_key_beside_its_id() {
    check(
        "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "«aws-access-key»:«aws-secret-key»",
    );
    check(
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        "aws_access_key_id = «aws-access-key»\naws_secret_access_key = «key»\n",
    );
}

#[test]
fn private_keys_go_and_certificates_stay() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7\n";
    for kind in
        ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "PGP PRIVATE KEY BLOCK"]
    {
        check(
            &format!("a -----BEGIN {kind}-----\n{body}-----END {kind}----- b"),
            &format!("a -----BEGIN {kind}-----«private-key»-----END {kind}----- b"),
        );
    }
    check(&format!("-----BEGIN PRIVATE KEY-----\n{body}"), "-----BEGIN PRIVATE KEY-----«private-key»");
    keeps(&format!("-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----"));
    keeps(&format!("-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----"));
}

#[test]
fn passwords_in_urls() {
    check("postgres://app:s3cr3t@db:5432/orders", "postgres://app:«password»@db:5432/orders");
    check("redis://:pw@cache:6379/0", "redis://:«password»@cache:6379/0");
    check("amqp://u:p@ss@h1,amqp://u:q@h2", "amqp://u:«password»@h1,amqp://u:«password»@h2");
    check("mysql://u:p/w#x@db/x", "mysql://u:«password»@db/x");
    check(
        "jdbc:postgresql://h/db?user=a&password=b&ssl=true",
        "jdbc:postgresql://h/db?user=a&password=«password»&ssl=true",
    );
    check("https://h/x?access_token=abc&y=1", "https://h/x?access_token=«token»&y=1");
    check(
        "https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=0123456789abcdef0123456789abcdef&z=1",
        "https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=«signature»&z=1",
    );
    keeps("https://example.com:8080/a@b");
    keeps("https://user@example.com/x");
    keeps("http://[::1]:8080/");
    keeps("git@github.com:org/repo.git");
    keeps("postgres://app:${DB_PASSWORD}@db/x");
}

#[test]
fn connection_strings() {
    check(
        "Server=tcp:db.example.net,1433;User ID=sa;Password=Pa,ss{1};Encrypt=True",
        "Server=tcp:db.example.net,1433;User ID=sa;Password=«password»;Encrypt=True",
    );
    check("Server=h;Uid=sa;Pwd=x1;", "Server=h;Uid=sa;Pwd=«password»;");
    check(
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abcd1234ABCD/+==;EndpointSuffix=core.windows.net",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=«key»;EndpointSuffix=core.windows.net",
    );
    check(
        "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=abcd1234=",
        "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=«key»",
    );
    check(
        "SharedAccessSignature=sv=2022-11-02&sig=abcdefghij0123456789%3D&se=1",
        "SharedAccessSignature=sv=2022-11-02&sig=«signature»&se=1",
    );
}

#[test]
fn headers() {
    check("Authorization: Bearer abc.def-1", "Authorization: Bearer «authorization»");
    check("authorization: basic dXNlcjpwYXNz", "authorization: basic «authorization»");
    check("curl -H \"Authorization: token abc\" x", "curl -H \"Authorization: token «authorization»\" x");
    check("X-Api-Key: abcdef", "X-Api-Key: «key»");
    check("Cookie: a=b; session=c", "Cookie: «cookie»");
    check("got bearer abcdefgh12345678.x", "got bearer «token»");
    keeps("Authorization: AWS_IAM");
    keeps("bearer authentication-is-required");
    keeps("authorization = required");
}

#[test]
fn names_with_values() {
    check("password=a", "password=«password»");
    check("DB_PASSWORD='a b' x=1", "DB_PASSWORD='«password»' x=1");
    check("{\"user\": \"a\", \"password\": \"b\\\"c\"", "{\"user\": \"a\", \"password\": \"«password»\"");
    check("say {\\\"token\\\":\\\"abc\\\",\\\"n\\\":1}", "say {\\\"token\\\":\\\"«token»\\\",\\\"n\\\":1}");
    check("db:\n  password: hunter\n  host: h", "db:\n  password: «password»\n  host: h");
    check("export API_KEY=abc; run", "export API_KEY=«key»; run");
    check("a.password=x,b.tag=1", "a.password=«password»,b.tag=1");
    check("client_secret => 'x'", "client_secret => '«secret»'");
    keeps("error: invalid token: expected a string");
    keeps("arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf");
    keeps("token_type=bearer secret_name=db password_policy=strict kms_key_id=abc");
    keeps("password=${PASSWORD} token=$TOKEN secret=<secret> passwd=*** api_key=null");
    keeps("SharedAccessKeyName=Root");
    check("password=${A}hunter2 x", "password=«password» x");
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    for harmless in [
        "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:iam::123456789012:role/token-service",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "9b2d1c1e-7a4c-4f0e-8d8a-0a8b5b1a2c3d",
        "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJRTES",
        "/subscriptions/0000/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v/secrets/s",
        "projects/p/secrets/s/versions/1",
        "AROAIOSFODNN7EXAMPLE1",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBfakefakefakefakefakefakefakefakefakefakefake a@b",
        "i-0123456789abcdef0",
        "https://www.googleapis.com/compute/v1/projects/p/zones/z/instances/i",
        "kubernetes.io/service-account-token",
        "task-definition-with-a-rather-long-name-and-numbers-1234567890",
        "this key: is a word",
    ] {
        keeps(harmless);
    }
}

#[test]
fn fields_whose_name_says_it() {
    assert_eq!(
        value(json!({
            "password": "hunter2", "client_secret": "x", "tokens": "kept", "SecretArn": "arn:aws:secretsmanager:x",
            "secret": "arn:aws:secretsmanager:eu:1:secret:x", "password_enabled": "yes", "token": true,
            "api_key": 12, "kms_key_id": "k", "access_token": "", "PasswordLastUsed": "2026-01-01",
        })),
        "{\"password\":\"«password»\",\"client_secret\":\"«secret»\",\"tokens\":\"kept\",\"SecretArn\":\"arn:aws:secretsmanager:x\",\"secret\":\"arn:aws:secretsmanager:eu:1:secret:x\",\"password_enabled\":\"yes\",\"token\":true,\"api_key\":12,\"kms_key_id\":\"k\",\"access_token\":\"\",\"PasswordLastUsed\":\"2026-01-01\"}"
    );
    assert_eq!(
        value(json!({"env": [{"name": "DB_PASSWORD", "value": "x"}, {"name": "PATH", "value": "/bin"}]})),
        "{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"«password»\"},{\"name\":\"PATH\",\"value\":\"/bin\"}]}"
    );
    assert_eq!(
        value(json!({"adminPassword": {"value": "x"}, "Authorization": "Basic dXNlcjpw", "api_key": ["a"]})),
        "{\"adminPassword\":{\"value\":\"«password»\"},\"Authorization\":\"Basic «authorization»\",\"api_key\":[\"«key»\"]}"
    );
    assert_eq!(
        value(json!({"args": ["mysql", "-psecret", "--user", "u"], "cmd": ["--token", "abc"]})),
        "{\"args\":[\"mysql\",\"-p«password»\",\"--user\",\"u\"],\"cmd\":[\"--token\",\"«secret»\"]}"
    );
    assert_eq!(
        value(json!({"last": "{\"env\":[{\"name\":\"A_TOKEN\",\"value\":\"x\"}],\"n\":1}"})),
        "{\"last\":\"{\\\"env\\\":[{\\\"name\\\":\\\"A_TOKEN\\\",\\\"value\\\":\\\"«token»\\\"}],\\\"n\\\":1}\"}"
    );
    assert_eq!(value(json!({"AKIAIOSFODNN7EXAMPLE": {"a": 1}})), "{\"«aws-access-key»\":{\"a\":1}}");
}

#[test]
fn a_very_deep_value_is_not_walked() {
    let mut deep = json!({"password": "hunter2"});
    for _ in 0..400 {
        deep = json!([deep]);
    }
    let got = value(deep);
    assert!(!got.contains("hunter2") && got.contains("«too-deep»"), "{got}");
}

#[test]
fn command_lines() {
    for (line, expected) in [
        (&["app", "--password", "x y", "-v"][..], "app --password «secret» -v"),
        (&["app", "--password=x y"], "app --password=«secret»"),
        (&["app", "--token", "--verbose"], "app --token --verbose"),
        (&["app", "--password-file", "/x", "--no-password", "x"], "app --password-file /x --no-password x"),
        (&["/usr/bin/mysql", "-uroot", "-psecret", "db"], "/usr/bin/mysql -uroot -p«password» db"),
        (&["mysql", "-p", "db"], "mysql -p db"),
        (&["docker", "run", "-p3306:3306", "mysql"], "docker run -p3306:3306 mysql"),
        (&["curl", "-u", "user:pass", "https://h"], "curl -u user:«password» https://h"),
        (&["curl", "-sSu", "user:pass", "h"], "curl -sSu user:«password» h"),
        (&["curl", "--user=user:pass", "h"], "curl --user=user:«password» h"),
        (&["curl", "-H", "Authorization: Bearer x", "h"], "curl -H Authorization: Bearer «authorization» h"),
        (&["curl", "-H", "X-Api-Key: x", "h"], "curl -H X-Api-Key: «key» h"),
        (&["env", "PGPASSWORD=a b", "psql"], "env PGPASSWORD=«secret» psql"),
        (&["sshpass", "-p", "x", "ssh", "-p", "22", "h"], "sshpass -p «password» ssh -p «password» h"),
        (&["sudo", "sshpass", "-px", "ssh", "h"], "sudo sshpass -p«password» ssh h"),
        (&["redis-cli", "-h", "h", "-a", "x"], "redis-cli -h h -a «password»"),
        (
            &["docker", "run", "-e", "KEY_SECRET=x", "-eA_TOKEN=y", "i"],
            "docker run -e KEY_SECRET=«secret» -eA_TOKEN=«secret» i",
        ),
        (&["docker", "login", "-u", "u", "-p", "x"], "docker login -u u -p «password»"),
        (&["docker", "run", "-p", "80:80", "i"], "docker run -p 80:80 i"),
        (&["java", "-Ddb.password=x", "-jar", "a.jar"], "java -Ddb.password=«secret» -jar a.jar"),
        (&["keytool", "-storepass", "changeit"], "keytool -storepass «secret»"),
        (&["openssl", "rsa", "-passin", "pass:x"], "openssl rsa -passin pass:«password»"),
        (
            &["aws", "configure", "set", "aws_secret_access_key", "x/y"],
            "aws configure set aws_secret_access_key «secret»",
        ),
        (
            &["kubectl", "create", "secret", "generic", "a", "--from-literal=k=v"],
            "kubectl create secret generic a --from-literal=k=«password»",
        ),
        (&["smbclient", "-U", "u%p", "//h/s"], "smbclient -U u%«password» //h/s"),
        (&["psql", "postgres://u:p@h/d"], "psql postgres://u:«password»@h/d"),
        (&["xfreerdp", "/u:a", "/p:b", "/v:h"], "xfreerdp /u:a /p:«password» /v:h"),
        (&["sh", "-c", "mysql -psecret -e 'x' && echo ok"], "sh -c mysql -p«password» -e 'x' && echo ok"),
        (
            &["bash", "-c", "ssh h 'mysqldump -p\"a b\" db' | gzip"],
            "bash -c ssh h 'mysqldump -p«password» db' | gzip",
        ),
        (
            &["sh", "-c", "curl -u 'a:b c' h; app --token t"],
            "sh -c curl -u 'a:«password»' h; app --token «secret»",
        ),
        (
            &["git", "clone", "https://x-access-token:abc@github.com/o/r"],
            "git clone https://x-access-token:«password»@github.com/o/r",
        ),
    ] {
        assert_eq!(command(line), expected, "{line:?}");
    }
}

#[test]
fn command_lines_in_one_text() {
    check("/usr/bin/app --password hunter2 --port 1", "/usr/bin/app --password «secret» --port 1");
    check("@daily root mysqldump -psecret db > /tmp/x", "@daily root mysqldump -p«password» db > /tmp/x");
    check("sshpass -p 'x y' ssh h", "sshpass -p '«password»' ssh h");
    keeps("don't use --password on the command line, won't work");
}

#[test]
fn a_mark_is_stable_and_keyed() {
    let one = Redactor::new([1; 32]);
    let two = Redactor::new([2; 32]);
    assert_eq!(one.text("password=a"), one.text("password=a"));
    assert_ne!(one.text("password=a"), one.text("password=b"));
    assert_ne!(one.text("password=a"), two.text("password=a"));
}

#[test]
fn something_like_a_mark_protects_nothing() {
    let got = value(json!({"password": "«redacted:x:0123456789ab» hunter2"}));
    assert!(!got.contains("hunter2"), "{got}");
    let mut whole = json!("«redacted:x:zz»hunter2");
    redactor().replace(&mut whole, "secret");
    assert!(!whole.to_string().contains("hunter2"), "{whole}");
}

#[test]
fn a_short_secret_in_a_long_text_is_found() {
    let long = format!("{}password=hunter2 {}", "lorem ipsum ".repeat(200_000), "x".repeat(1_000_000));
    let got = redactor().text(&long).expect("the password is found");
    assert!(!got.contains("hunter2"));
}

/// Each of these made a pattern look at the whole rest of the text again and again, once: 100 kB then
/// took minutes.
#[test]
fn mean_texts_take_linear_time() {
    for piece in [
        "token: abcd ",
        "token=${ ",
        "a://b:",
        "a://b:@c",
        "mysql -",
        "password=\"a ",
        "\\\"",
        "--token ",
        "key ",
        "-----BEGIN PRIVATE KEY-----",
        "«redacted:",
        "bearer ",
        "secret=",
        "' ",
    ] {
        let text = piece.repeat(100_000 / piece.len());
        let redactor = redactor();
        if let Some(clean) = redactor.text(&text) {
            assert_eq!(redactor.text(&clean), None, "{piece}");
        }
    }
}

#[test]
fn the_redactor_vouches_for_a_payload_only_where_it_found_nothing() {
    let clean = redactor().payload(&json!({"InstanceId": "i-1", "State": {"Name": "running"}}));
    assert!(clean.is_vouched());
    let secret = redactor().payload(&json!({"InstanceId": "i-1", "Password": "hunter2"}));
    assert!(!secret.is_vouched());
    // Nobody else can: not by making the same text, nor by writing it and reading it again.
    let own = crate::Payload::from_text(clean.as_str()).unwrap();
    assert!(!own.is_vouched() && !crate::Payload::from_value(&clean.value()).is_vouched());
    assert_eq!(own, clean);
    let text = serde_json::to_string(&clean).unwrap();
    assert!(!serde_json::from_str::<crate::Payload>(&text).unwrap().is_vouched());
    let bytes = postcard::to_allocvec(&clean).unwrap();
    assert_eq!(bytes, postcard::to_allocvec(&own).unwrap());
    assert!(!postcard::from_bytes::<crate::Payload>(&bytes).unwrap().is_vouched());
}

#[test]
fn an_ordinary_payload_is_clean_at_a_glance() {
    let payload = json!({
        "InstanceId": "i-0ab1", "KeyName": "ops", "MetadataOptions": {"HttpTokens": "required"},
        "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1f2e", "Tags": [{"Key": "env", "Value": "prod"}],
        "Description": "the web server of the shop", "Size": 8, "Labels": {"token-bucket/size": "5"},
        "Owner": "ana@example.com", "Url": "https://example.com/a-b/c",
        "args": ["serve", "--port=8080", "--verbose", "-v"],
        "serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}
    });
    assert!(redactor().is_clean(&payload.to_string()));
    for (name, value) in [
        ("password", json!("hunter22")),
        ("x", json!("AKIAIOSFODNN7EXAMPLE")),
        ("x", json!("https://ana:hunter22@example.com/")),
        ("x", json!("{\"password\":\"hunter22\"}")),
        ("args", json!(["serve", "--password", "hunter22"])),
        ("args", json!(["mysql", "--host=db", "-phunter22"])),
        ("args", json!(["aws", "configure", "set", "aws_secret_access_key", "hunter22", "--profile=x"])),
        ("args", json!(["curl", "--user", "ana:hunter22", "http://x"])),
        ("serviceAccountToken", json!({"path": "token", "value": "hunter22"})),
        ("token", json!({"a": "}", "value": "hunter22"})),
        ("env", json!([{"name": "DB_PASSWORD", "value": "hunter22"}])),
        ("adminPassword", json!({"value": "hunter22"})),
        ("Authorization", json!("Basic YW5hOmh1bnRlcjIy")),
    ] {
        let mut payload = payload.clone();
        payload[name] = value;
        let text = payload.to_string();
        assert!(!redactor().is_clean(&text), "{text}");
        assert!(redactor().value(&mut payload) > 0, "{text}");
    }
}

/// Pieces that secrets are made of, so that random texts come near them.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("password".to_owned()),
        Just("=".to_owned()),
        Just(": ".to_owned()),
        Just("\"".to_owned()),
        Just("'".to_owned()),
        Just("\\".to_owned()),
        Just("token".to_owned()),
        Just("https://u:".to_owned()),
        Just("@".to_owned()),
        Just("AKIAIOSFODNN7EXAMPLE".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----".to_owned()),
        Just("-----END PRIVATE KEY-----".to_owned()),
        Just("«redacted:token:0123456789ab»".to_owned()),
        Just("«redacted:".to_owned()),
        Just("»".to_owned()),
        Just(" ".to_owned()),
        Just("\n".to_owned()),
        Just(";".to_owned()),
        Just("&sig=".to_owned()),
        Just("Authorization: Bearer ".to_owned()),
        Just("mysql -p".to_owned()),
        Just("--token ".to_owned()),
        Just("sh -c ".to_owned()),
        Just("{\"secret\":".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just(",".to_owned()),
        Just("eyJhbGciOiJI.eyJzdWIi.x".to_owned()),
        "[a-zA-Z0-9/+=]{1,40}",
        "\\PC{0,8}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|p| p.concat())
}

proptest! {
    #[test]
    fn twice_is_once_for_texts(input in pieces()) {
        let redactor = redactor();
        if let Some(once) = redactor.text(&input) {
            prop_assert_eq!(redactor.text(&once), None, "once: {}", once);
        }
    }

    #[test]
    fn twice_is_once_for_values(a in pieces(), b in pieces(), key in "(password|name|value|env|args|Authorization|x)") {
        let redactor = redactor();
        let mut value = json!({key: &a, "list": [b, {"name": "X_TOKEN", "value": &a}], "deep": {"secret": [&a]}});
        redactor.value(&mut value);
        let once = value.clone();
        prop_assert_eq!(redactor.value(&mut value), 0, "once: {}", once);
        prop_assert_eq!(value, once);
    }

    #[test]
    fn what_is_said_to_be_clean_needs_no_redaction(
        a in pieces(),
        b in pieces(),
        key in "(password|name|value|Key|env|args|Authorization|tokens|HttpTokens|a-name-of-16-or-more|x)",
        escape in any::<bool>(),
    ) {
        let redactor = redactor();
        let mut value = json!({
            key.clone(): &a, "list": [&b, {"name": key, "value": &a}], "deep": {"n": 1, "secret": [&b], a: true}
        });
        let mut text = value.to_string();
        if escape {
            text = text.replace('k', "\\u006b").replace('/', "\\/");
            prop_assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), &value);
        }
        prop_assert_eq!(redactor.payload(&value).is_vouched(), redactor.is_clean(&value.to_string()));
        if redactor.is_clean(&text) {
            prop_assert_eq!(redactor.value(&mut value), 0, "{} -> {}", text, value);
        }
    }

    #[test]
    fn what_is_plain_needs_no_closer_look(
        text in prop_oneof![pieces(), "[ -~é\u{b}\n]{0,24}", any::<String>()],
        other in pieces(),
        name in "(password|name|Key|Value|Authorization|HttpTokens|a-name-of-16-or-more|x)",
    ) {
        let redactor = redactor();
        if super::quick::is_plain(&text) {
            prop_assert_eq!(super::patterns::redact_text(&redactor, &text), None);
        }
        if redactor.are_plain([(name.as_str(), text.as_str()), ("Value", &other)].into_iter()) {
            let mut value = json!({name: &text, "Value": &other});
            prop_assert_eq!(redactor.value(&mut value), 0, "{}", value);
        }
    }

    #[test]
    fn twice_is_once_for_command_lines(arguments in prop::collection::vec(pieces(), 0..6)) {
        let redactor = redactor();
        let once = redactor.command_line(&arguments);
        prop_assert_eq!(redactor.command_line(&once), once);
    }

    #[test]
    fn a_password_behind_its_name_never_stays(secret in "[A-Za-z0-9!%+/_.-]{6,24}", before in "[a-z ]{0,10}") {
        prop_assume!(!super::names::harmless(&secret) && !secret.starts_with('-'));
        let redactor = redactor();
        for text in [
            format!("{before} password={secret}"),
            format!("{before} \"password\": \"{secret}\""),
            format!("{before}\npassword: {secret}\n"),
            format!("{before} https://user:{}@host/", secret.replace('/', "_")),
            format!("{before} app --password {secret}"),
        ] {
            let got = redactor.text(&text).unwrap_or_default();
            prop_assert!(!got.is_empty() && !got.contains(&secret), "{} -> {}", text, got);
        }
    }

    #[test]
    fn plain_texts_stay(text in "[a-z0-9 ./_]{0,80}") {
        prop_assert_eq!(redactor().text(&text), None);
    }
}
