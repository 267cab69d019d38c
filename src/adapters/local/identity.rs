//! Who runs the program, as `user@host`, for the call ledger and for the manifests of exports.
//!
//! Asks the operating system by user id; an environment variable is only the fall-back, because
//! anybody can set one.

use std::{fs::File, io::Read};

use cloudscope_domain::text::visible;

/// A passwd file beyond this is not read to its end.
const PASSWD_LIMIT: u64 = 8 << 20;

/// `user@host`, safe to show. Never empty: `uid-1000@localhost` when nothing better is known.
#[must_use]
pub fn identity() -> String {
    let uid = rustix::process::geteuid().as_raw();
    let user = passwd()
        .and_then(|text| user_of(&text, uid))
        .or_else(|| environment("USER"))
        .or_else(|| environment("LOGNAME"))
        .unwrap_or_else(|| format!("uid-{uid}"));
    let names = rustix::system::uname();
    let host = names.nodename().to_string_lossy();
    let host = if host.is_empty() { "localhost".into() } else { host };
    visible(&format!("{user}@{host}")).into_owned()
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn passwd() -> Option<String> {
    let mut bytes = Vec::new();
    File::open("/etc/passwd").ok()?.take(PASSWD_LIMIT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The first name that a passwd file gives to a user id.
fn user_of(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|n| !n.is_empty() && !n.starts_with(['#', '+', '-']))?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_by_the_number() {
        let passwd = "# users\n+::::::\nroot:x:0:0:root:/root:/bin/sh\n\nbroken\nann:x:1000:1000::/:/bin/sh\ntwin:x:0:0::/:\n";
        assert_eq!(user_of(passwd, 0).as_deref(), Some("root"));
        assert_eq!(user_of(passwd, 1000).as_deref(), Some("ann"));
        assert_eq!(user_of(passwd, 7), None);
    }

    #[test]
    fn the_identity_has_both_parts() {
        let identity = identity();
        let (user, host) = identity.split_once('@').unwrap();
        assert!(!user.is_empty() && !host.is_empty(), "{identity}");
    }
}
