//! The directory of secrets: what is kept comes back, and nothing unsafe is read or followed.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
};

use super::*;

struct Home {
    root: tempfile::TempDir,
    secrets: FileSecrets,
}

fn home() -> Home {
    let root = tempfile::tempdir().unwrap();
    let secrets = FileSecrets::new(root.path().join("config/secrets"));
    Home { root, secrets }
}

impl Home {
    fn dir(&self) -> PathBuf {
        self.root.path().join("config/secrets")
    }

    fn refused(&self, name: &str) -> String {
        match self.secrets.get(name) {
            Err(SecretError::Unsafe(words)) => words,
            other => panic!("not refused: {other:?}"),
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn the_contract_holds() {
    let home = home();
    cloudscope_ports::contract::secrets::suite(&home.secrets);
    assert!(!home.root.path().join("config/contract-outside").exists());
}

#[test]
fn what_is_kept_comes_back_and_only_its_owner_may_read_it() {
    let home = home();
    assert!(matches!(home.secrets.get("token"), Err(SecretError::Missing(n)) if n == "token"));
    home.secrets.put("token", b"\x00one\xff").unwrap();
    home.secrets.put("token", b"two").unwrap();
    home.secrets.put("empty", b"").unwrap();
    assert_eq!(home.secrets.get("token").unwrap(), b"two");
    assert_eq!(home.secrets.get("empty").unwrap(), b"");
    assert!(matches!(home.secrets.get("other"), Err(SecretError::Missing(_))));
    assert_eq!(mode(&home.dir()), 0o700);
    assert_eq!(mode(&home.dir().join("token")), 0o600);
    let names: Vec<_> = fs::read_dir(home.dir()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "a temporary file was left: {names:?}");
}

#[test]
fn put_new_never_replaces() {
    let home = home();
    assert!(home.secrets.put_new("key", b"first").unwrap());
    assert!(!home.secrets.put_new("key", b"second").unwrap());
    assert_eq!(home.secrets.get("key").unwrap(), b"first");
    assert_eq!(fs::read_dir(home.dir()).unwrap().count(), 1);
}

#[test]
fn every_name_stays_inside_and_apart() {
    let home = home();
    let long = "x".repeat(5000);
    let names = ["", ".", "..", "../escape", "a/b", "a%2fb", "A", "a", "nul\0", "ümlaut", &long, "%"];
    for (i, name) in names.iter().enumerate() {
        home.secrets.put(name, &[u8::try_from(i).unwrap()]).unwrap();
    }
    for (i, name) in names.iter().enumerate() {
        assert_eq!(home.secrets.get(name).unwrap(), [u8::try_from(i).unwrap()], "{name:?}");
    }
    let outside: Vec<_> = fs::read_dir(home.root.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(outside, ["config"]);
}

#[test]
fn a_directory_open_to_others_is_refused() {
    let home = home();
    home.secrets.put("token", b"x").unwrap();
    fs::set_permissions(home.dir(), Permissions::from_mode(0o750)).unwrap();
    let words = home.refused("token");
    assert!(words.contains("mode 750") && words.contains("chmod 700"), "{words}");
    assert!(matches!(home.secrets.put("token", b"y"), Err(SecretError::Unsafe(_))));
}

#[test]
fn a_file_open_to_others_is_refused() {
    let home = home();
    home.secrets.put("token", b"x").unwrap();
    fs::set_permissions(home.dir().join("token"), Permissions::from_mode(0o604)).unwrap();
    let words = home.refused("token");
    assert!(words.contains("mode 604") && words.contains("chmod 600"), "{words}");
}

#[test]
fn links_are_not_followed() {
    let home = home();
    home.secrets.put("token", b"x").unwrap();
    let target = home.root.path().join("target");
    fs::write(&target, "stolen").unwrap();
    fs::set_permissions(&target, Permissions::from_mode(0o600)).unwrap();
    symlink(&target, home.dir().join("linked")).unwrap();
    assert!(home.refused("linked").contains("symbolic link"));
    // Writing replaces the link itself and leaves what it led to alone.
    home.secrets.put("linked", b"new").unwrap();
    assert_eq!(home.secrets.get("linked").unwrap(), b"new");
    assert_eq!(fs::read(&target).unwrap(), b"stolen");

    let moved = home.root.path().join("moved");
    fs::rename(home.dir(), &moved).unwrap();
    symlink(&moved, home.dir()).unwrap();
    assert!(home.refused("token").contains("symbolic link"));
    assert!(matches!(home.secrets.put("token", b"y"), Err(SecretError::Unsafe(_))));
}

#[test]
fn what_is_no_small_file_is_refused() {
    let home = home();
    home.secrets.put("token", b"x").unwrap();
    fs::create_dir(home.dir().join("folder")).unwrap();
    assert!(home.refused("folder").contains("not a regular file"));
    let pipe = home.dir().join("pipe");
    let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap();
    assert!(made.success());
    assert!(home.refused("pipe").contains("not a regular file"));
    fs::write(home.dir().join("huge"), vec![0; 100_000]).unwrap();
    fs::set_permissions(home.dir().join("huge"), Permissions::from_mode(0o600)).unwrap();
    assert!(home.refused("huge").contains("more than"));
    assert!(home.secrets.put("big", &vec![0; 100_000]).is_err());
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    if !rustix::process::geteuid().is_root() {
        // Only root can give a file away.
        return;
    }
    let home = home();
    home.secrets.put("token", b"x").unwrap();
    std::os::unix::fs::chown(home.dir().join("token"), Some(4711), None).unwrap();
    assert!(home.refused("token").contains("belongs to user 4711"));
}
