//! Whose file may define hooks.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::config::Config;

const TEXT: &str = "version: 1\ntheme: mono\nhooks:\n  - name: page\n    events: [asset-gone]\n    command: {program: /bin/true}\n";

#[test]
fn only_a_file_that_is_closed_to_others_defines_hooks_and_the_rest_of_it_counts() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.yaml");
    std::fs::write(&path, TEXT).unwrap();
    for (mode, refused) in
        [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o620, true), (0o644, true)]
    {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let config = Config::load(&path, true, &Default::default()).unwrap();
        assert_eq!(config.theme.as_deref(), Some("mono"));
        assert_eq!(config.hooks_refused.is_some(), refused, "{mode:o}");
        if let Some(why) = config.hooks_refused {
            assert!(why.contains(&format!("chmod 600 {}", path.display())), "{why}");
        }
    }
}

#[test]
fn a_confirmation_holds_for_the_hook_as_it_stood() {
    let dir = tempfile::tempdir().unwrap();
    let hook = Config::parse(TEXT).unwrap().hooks.remove(0);
    let mut given = confirmed(dir.path()).unwrap();
    assert!(!given.holds(&hook));
    given.confirm(&hook);
    confirm(dir.path(), &given).unwrap();
    let path = dir.path().join(FILE);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let kept = confirmed(dir.path()).unwrap();
    assert!(kept.holds(&hook));
    for (from, to) in
        [("/bin/true", "/bin/false"), ("asset-gone", "asset-created"), ("true}", "true, args: [x]}")]
    {
        let changed = Config::parse(&TEXT.replace(from, to)).unwrap().hooks.remove(0);
        assert!(!kept.holds(&changed) && kept.knew(&changed), "{to}");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(confirmed(dir.path()).unwrap_err().to_string().contains("chmod 600"));
}
