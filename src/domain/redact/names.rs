//! Names whose value is always a secret: of fields, of environment variables, of flags. Also the
//! values that are none although their name says so: references to a secret, placeholders, masks.
//!
//! Looks at names and values only; how they are written next to each other is the caller's matter.

/// A name ends in one of these once case and separators are dropped. The end decides, because
/// `secret_arn`, `token_type`, `password_policy` and `kms_key_id` speak about a secret without being one.
const SECRET_ENDS: [(&str, &str); 33] = [
    ("password", "password"),
    ("passwd", "password"),
    ("passphrase", "password"),
    ("passwordhash", "password"),
    ("connectionstring", "connection-string"),
    ("connstring", "connection-string"),
    ("connstr", "connection-string"),
    ("secret", "secret"),
    ("secretvalue", "secret"),
    ("secretstring", "secret"),
    ("secretdata", "secret"),
    ("secretbinary", "secret"),
    ("credential", "secret"),
    ("token", "token"),
    ("oauth2bearer", "token"),
    ("tokenvalue", "token"),
    ("apikey", "key"),
    ("accesskey", "key"),
    ("secretkey", "key"),
    ("secretaccesskey", "key"),
    ("privatekey", "key"),
    ("privatekeypem", "key"),
    ("privatekeydata", "key"),
    ("accountkey", "key"),
    ("sharedkey", "key"),
    ("presharedkey", "key"),
    ("signingkey", "key"),
    ("masterkey", "key"),
    ("authkey", "key"),
    ("storagekey", "key"),
    ("functionkey", "key"),
    ("subscriptionkey", "key"),
    ("licensekey", "key"),
];

/// Names that end like a secret and are none: page marks, idempotency marks, switches.
const HARMLESS_ENDS: [&str; 14] = [
    "nexttoken",
    "pagetoken",
    "continuationtoken",
    "continuetoken",
    "clienttoken",
    "requesttoken",
    "idempotencytoken",
    "locktoken",
    "changetoken",
    "synctoken",
    "invalidpassword",
    "forgotpassword",
    "resetpassword",
    "nopassword",
];

/// The last two letters of every word above and of `short_word`.
const ENDINGS: [[u8; 2]; 17] = [
    *b"rd", *b"wd", *b"se", *b"sh", *b"ng", *b"tr", *b"et", *b"ue", *b"ta", *b"ry", *b"al", *b"en", *b"er",
    *b"ey", *b"em", *b"ss", *b"sk",
];

/// Longer names are cut from the front: the end decides.
const LONGEST: usize = 64;

/// Why a name is secret, as the word for the mark; `None` when it is not.
pub(super) fn secret(name: &str) -> Option<&'static str> {
    // Cheapest test first: most names end in other letters.
    let mut letters = name.bytes().rev().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase());
    let last = letters.next()?;
    if !ENDINGS.contains(&[letters.next()?, last]) {
        return None;
    }
    let mut buffer = [0_u8; LONGEST];
    let mut start = LONGEST;
    for byte in name.bytes().rev().filter(u8::is_ascii_alphanumeric).take(LONGEST) {
        start -= 1;
        buffer[start] = byte.to_ascii_lowercase();
    }
    let plain = std::str::from_utf8(&buffer[start..]).unwrap_or_default();
    if HARMLESS_ENDS.iter().any(|end| plain.ends_with(end)) {
        return None;
    }
    if let Some((_, why)) = SECRET_ENDS.iter().find(|(end, _)| plain.ends_with(end)) {
        return Some(why);
    }
    short_word(name)
}

/// Words too short to be the end of any word: they count as a word of their own, behind another one
/// (`DB_PASS`, `dbPwd`), because `PWD` alone is a directory and `pass` alone a verdict.
fn short_word(name: &str) -> Option<&'static str> {
    let name = name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    for word in ["pass", "pwd", "psk"] {
        let Some(cut) = name.len().checked_sub(word.len()).filter(|c| name.is_char_boundary(*c)) else {
            continue;
        };
        let (before, end) = name.split_at(cut);
        if before.is_empty() || !end.eq_ignore_ascii_case(word) {
            continue;
        }
        let separated = before.ends_with(['_', '-', '.', ' ', ':', '/']);
        let hump = end.starts_with(|c: char| c.is_ascii_uppercase())
            && before.ends_with(|c: char| c.is_ascii_lowercase());
        if separated || hump {
            return Some("password");
        }
    }
    None
}

/// Whether a flag (with or without its dashes) is followed by a secret.
pub(super) fn secret_flag(flag: &str) -> Option<&'static str> {
    let name = flag.trim_start_matches('-');
    // `--pass`, `-storepass`, `--proxy-pass`; but not `--bypass`, `--askpass`.
    let passes = ["pass", "pw", "storepass", "keypass", "proxypass", "dbpass", "userpass"];
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    if passes.contains(&plain.as_str()) {
        return Some("password");
    }
    secret(name)
}

/// Whether a field is an HTTP header that carries credentials.
pub(super) fn is_header(name: &str) -> bool {
    ["authorization", "proxy-authorization", "cookie", "set-cookie"]
        .iter()
        .any(|h| name.eq_ignore_ascii_case(h))
}

/// Whether a value is no secret although its name says so.
pub(super) fn harmless(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || super::is_whole_mark(value) || placeholder(value) || reference(value)
}

fn placeholder(value: &str) -> bool {
    const WORDS: [&str; 17] = [
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "none",
        "null",
        "nil",
        "required",
        "optional",
        "enabled",
        "disabled",
        "default",
        "redacted",
        "(sensitive)",
        "(sensitive value)",
    ];
    let bytes = value.as_bytes();
    let wrapped = |open: &str, close: &str| value.starts_with(open) && value.ends_with(close);
    WORDS.iter().any(|w| value.eq_ignore_ascii_case(w))
        || (bytes.len() > 2 && bytes.iter().all(|b| matches!(b, b'*' | b'.' | b'x' | b'X' | b'-')))
        || wrapped("${", "}")
        || wrapped("$(", ")")
        || wrapped("{{", "}}")
        || wrapped("<", ">")
        || (value.len() == 2 && bytes[0] == b'%')
        || variable(value)
}

/// `$NAME`: the shell puts the value in; `$ecret1` with its lower-case letters may be the value.
fn variable(value: &str) -> bool {
    value.strip_prefix('$').is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    })
}

/// Where a secret is kept, not the secret.
fn reference(value: &str) -> bool {
    const STARTS: [&str; 14] = [
        "arn:",
        "{{resolve:",
        "vault:",
        "op://",
        "ref+",
        "ssm:",
        "secretsmanager:",
        "sm://",
        "/run/",
        "/var/",
        "/etc/",
        "/home/",
        "/opt/",
        "/mnt/",
    ];
    if value.contains(char::is_whitespace) {
        return false;
    }
    STARTS.iter().any(|s| value.starts_with(s))
        || (value.starts_with("projects/") && value.contains("/secrets/"))
        || (value.starts_with("https://") && value.contains(".vault.azure.net/"))
        || (value.starts_with("@Microsoft.KeyVault(") && value.ends_with(')'))
        || (value.starts_with("/subscriptions/") && value.contains("/providers/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_always_hold_a_secret() {
        for name in [
            "password",
            "Password",
            "passwd",
            "secret",
            "client_secret",
            "clientSecret",
            "ClientSecret",
            "private_key",
            "privateKey",
            "api_key",
            "apiKey",
            "x-api-key",
            "access_token",
            "refresh_token",
            "auth_token",
            "connection_string",
            "primaryConnectionString",
            "AWS_SECRET_ACCESS_KEY",
            "SecretAccessKey",
            "SecretString",
            "DB_PASS",
            "dbPwd",
            "MYSQL_PWD",
            "PGPASSWORD",
            "MasterUserPassword",
            "admin_password",
            "sas_token",
            "primary_access_key",
            "spring.datasource.password",
            "wifi_psk",
            "GITHUB_TOKEN",
            "webhook-secret",
            "X-Vault-Token",
        ] {
            assert!(secret(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_word_passes_the_quick_test() {
        for (word, _) in SECRET_ENDS {
            let end: [u8; 2] = word.as_bytes()[word.len() - 2..].try_into().unwrap();
            assert!(ENDINGS.contains(&end), "{word}");
        }
    }

    #[test]
    fn names_that_speak_about_a_secret() {
        for name in [
            "secret_arn",
            "SecretArn",
            "secret_name",
            "secretName",
            "key_id",
            "AccessKeyId",
            "token_type",
            "TokenType",
            "password_last_used",
            "PasswordLastUsed",
            "kms_key_id",
            "KmsKeyId",
            "public_key",
            "publicKey",
            "password_policy",
            "NextToken",
            "nextPageToken",
            "ClientToken",
            "primary_key",
            "KeyName",
            "HttpTokens",
            "PWD",
            "OLDPWD",
            "pass",
            "bypass",
            "compass",
            "secrets",
            "imagePullSecrets",
            "tokens",
            "automount_service_account_token_enabled",
            "sort_key",
            "key",
            "host_key_alias",
            "encryption_key",
            "",
            "-",
            "é",
        ] {
            assert_eq!(secret(name), None, "{name}");
        }
    }

    #[test]
    fn flags() {
        for flag in
            ["--password", "-password", "--pass", "--token", "--api-key", "-storepass", "--client-secret"]
        {
            assert!(secret_flag(flag).is_some(), "{flag}");
        }
        for flag in
            ["--password-file", "--password-stdin", "--bypass", "--token-ttl", "-p", "--key", "--no-password"]
        {
            assert_eq!(secret_flag(flag), None, "{flag}");
        }
    }

    #[test]
    fn values_that_are_no_secret() {
        for value in [
            "",
            "true",
            "None",
            "***",
            "xxxx",
            "${DB_PASSWORD}",
            "$DB_PASSWORD",
            "$(cat f)",
            "{{ .Values.pw }}",
            "<password>",
            "%s",
            "arn:aws:secretsmanager:eu-west-1:1:secret:x-Ab",
            "projects/p/secrets/s/versions/1",
            "https://v.vault.azure.net/secrets/x",
            "/run/secrets/db",
            "«redacted:token:0123456789ab»",
        ] {
            assert!(harmless(value), "{value}");
        }
        for value in ["hunter2", "$ecret", "/K7MDENG+bPxRfiCY", "123456", "a", "arn: but not", "«redacted»x"]
        {
            assert!(!harmless(value), "{value}");
        }
    }
}
