//! The id that all assets of a machine are named after: the same after a restart and for every user,
//! and never empty.

use super::{machine::hostname, root::Root};

/// The id of the installation, else one made from the host name and the hardware addresses.
pub(crate) fn machine_id(root: &Root) -> String {
    ["/etc/machine-id", "/var/lib/dbus/machine-id"]
        .into_iter()
        .filter_map(|path| root.fact(path))
        .find(|id| is_id(id))
        .unwrap_or_else(|| made_up(root))
}

/// An image that is to get its id at the first boot says `uninitialized`; all its clones would be one.
fn is_id(text: &str) -> bool {
    (8..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && text != "uninitialized"
        && text.bytes().any(|b| b != b'0' && b != b'-')
}

/// Made only from what every user may read and what does not change at a restart.
fn made_up(root: &Root) -> String {
    let host = hostname(root);
    let mut hasher = blake3::Hasher::new();
    hasher.update(host.as_bytes());
    for name in root.names("/sys/class/net").unwrap_or_default() {
        let dir = std::path::Path::new("/sys/class/net").join(name);
        // Virtual interfaces have no device, and often a new address at each start.
        if root.exists(dir.join("device"))
            && let Some(address) = root.fact(dir.join("address"))
        {
            hasher.update(b"\0");
            hasher.update(address.as_bytes());
        }
    }
    let words: String = host
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '-' })
        .take(63)
        .collect();
    format!("{words}-{}", &hasher.finalize().to_hex()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_ids_are_taken() {
        assert!(is_id("3d1219c7c4c5404aaa1f6d2a48adfda4"));
        for bad in [
            "",
            "uninitialized",
            "00000000000000000000000000000000",
            "a b c d e f g h",
            "../../../etc",
            "short",
        ] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
