//! The configuration as it is written: defaults, mistakes, environment.

use super::*;

#[test]
fn the_example_is_the_default_and_names_every_key() {
    let text = include_str!("../../docs/config.example.yaml");
    let example = Config::parse(text).unwrap();
    assert_eq!(
        Config { sources: Vec::new(), hooks: Vec::new(), schedule: Default::default(), ..example },
        Config::default()
    );
    for key in [
        "theme",
        "keymap",
        "mouse",
        "ascii",
        "first_page",
        "discover",
        "on_start",
        "concurrent_scopes",
        "concurrent_calls",
        "attempts",
        "stall_seconds",
        "call_seconds",
        "call_tries",
        "sources",
        "collector",
        "options",
        "catalog",
        "level",
        "keep_days",
        "history",
        "max_size",
        "tombstone_days",
        "schedule",
        "default",
        "every",
        "cron",
        "hooks",
        "events",
        "only",
        "kinds",
        "providers",
        "command",
        "program",
        "args",
        "timeout",
        "concurrency",
        "webhook",
        "url",
        "secret",
        "batch",
        "allow_private",
        "allow",
        "ca_file",
    ] {
        assert!(text.contains(&format!("{key}:")), "{key} is not in the example");
    }
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let error = Config::parse("version: 1\ncollect:\n  on_strat: true\n").unwrap_err().to_string();
    assert!(error.contains("on_strat") && error.contains("on_start"), "{error}");
    assert!(error.contains('3'), "{error}");
}

#[test]
fn versions_are_checked() {
    assert!(Config::parse("theme: mono\n").unwrap_err().to_string().contains("version"));
    assert!(Config::parse("version: 9\n").unwrap_err().to_string().contains("version 9"));
    assert_eq!(Config::parse("").unwrap(), Config::default());
}

#[test]
fn the_environment_has_the_last_word() {
    let env =
        BTreeMap::from([("CLOUDSCOPE_THEME".into(), "mono".into()), ("CLOUDSCOPE_MOUSE".into(), "1".into())]);
    let config = Config::load(Path::new("/nonexistent/config.yaml"), false, &env).unwrap();
    assert_eq!((config.theme.as_deref(), config.mouse), (Some("mono"), true));
    let env = BTreeMap::from([("CLOUDSCOPE_MOUSE".into(), "perhaps".into())]);
    assert!(Config::load(Path::new("/nonexistent/config.yaml"), false, &env).is_err());
    assert!(Config::load(Path::new("/nonexistent/config.yaml"), true, &BTreeMap::new()).is_err());
}

/// The error for a text, after the line with the version.
fn error(text: &str) -> String {
    format!("{:?}", Config::parse(&format!("version: 1\n{text}")).expect_err(text))
}

#[test]
fn schedules_are_read_in_both_forms() {
    let text = "version: 1\nschedule:\n  default: 6h\n  sources:\n    host: {every: 15m}\n    racks: {cron: \"0 7 * * 1-5\"}\n    lab: never\n";
    let schedule = Config::parse(text).unwrap().schedule.entries();
    let rule = |name: &str| schedule.rule(&name.into()).map(ToString::to_string);
    assert_eq!(rule("host").as_deref(), Some("every 15m"));
    assert_eq!(rule("racks").as_deref(), Some("cron 0 7 * * 1-5"));
    assert_eq!(rule("lab"), None);
    assert_eq!(rule("other").as_deref(), Some("every 6h"));
}

#[test]
fn a_bad_rule_is_named_with_its_line_and_key() {
    for (text, line, part) in [
        ("schedule:\n  sources:\n    host: {every: 1s}\n", "4", "shortest"),
        ("schedule:\n  sources:\n    host: {cron: \"61 * * * *\"}\n", "4", "cron"),
        ("schedule:\n  sources:\n    host: {evry: 15m}\n", "4", "evry"),
        ("schedule:\n  sources:\n    host: hourly\n", "4", "hourly"),
        ("schedule:\n  default: {every: 15m, cron: \"0 * * * *\"}\n", "3", "one key"),
        ("history:\n  keep_days: 0\n", "3", "nonzero"),
        ("history:\n  max_size: 3 pounds\n", "3", "2 GiB"),
        ("history:\n  max_size: 12\n", "3", "1 MiB"),
    ] {
        let error = error(text);
        assert!(error.contains(part) && error.contains(line), "{text}: {error}");
    }
}

#[test]
fn sizes_and_days_become_the_policy() {
    let config =
        Config::parse("version: 1\nhistory:\n  keep_days: null\n  max_size: 500 MiB\n  tombstone_days: 7\n");
    let policy = config.unwrap().history.policy();
    assert_eq!((policy.history, policy.history_bytes), (None, Some(500 << 20)));
    assert_eq!(policy.tombstones, Some(Duration::from_secs(7 * 86_400)));
}

#[test]
fn a_bad_hook_is_named_with_its_line_and_key() {
    let command =
        "hooks:\n  - name: page\n    events: [asset-gone]\n    command:\n      program: /bin/true\n";
    assert_eq!(Config::parse(&format!("version: 1\n{command}")).unwrap().hooks.len(), 1);
    for (from, to, line, part) in [
        ("asset-gone", "asset-went", "4", "asset-went"),
        ("/bin/true", "true", "6", "absolute"),
        ("/bin/true\n", "/bin/true\n      timeout: forever\n", "7", "forever"),
        ("/bin/true\n", "/bin/true\n      shell: true\n", "7", "shell"),
        ("/bin/true\n", "/bin/true\n      concurrency: 99\n", "", "concurrency"),
        ("name: page", "name: a b", "3", "a b"),
        ("    command:", "    only: {kinds: [AWS]}\n    command:", "5", "AWS"),
        (
            "/bin/true\n",
            "/bin/true\n  - name: page\n    events: [asset-gone]\n    command: {program: /bin/true}\n",
            "",
            "two hooks",
        ),
        (
            "    command:\n      program: /bin/true",
            "    webhook: {url: \"http://example.com/\", secret: a}",
            "",
            "loopback",
        ),
        (
            "    command:\n      program: /bin/true",
            "    webhook: {url: \"https://u:p@example.com/\", secret: a}",
            "5",
            "password",
        ),
    ] {
        let error = error(&command.replace(from, to));
        assert!(error.contains(part) && error.contains(line), "{to}: {error}");
    }
}
