//! Reads /proc/PID/cgroup, and the container's id from the path in it.
//!
//! Pure text in, plain data out; the form is that of cgroups(7).

use crate::text::lossless;

/// The control group: the unified one, else systemd's, else the first that is not the root.
pub(super) fn path(bytes: &[u8]) -> Option<String> {
    let mut fallback = None;
    for line in bytes.split(|b| *b == b'\n') {
        let mut parts = line.splitn(3, |b| *b == b':');
        let (Some(number), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        if path.is_empty() || path == b"/" {
            continue;
        }
        if number == b"0" || controllers == b"name=systemd" {
            return Some(lossless(path));
        }
        fallback.get_or_insert(path);
    }
    fallback.map(lossless)
}

/// The 64 hexadecimal digits that container runtimes name their groups after.
pub(super) fn container_id(path: &str) -> Option<String> {
    path.rsplit('/').find_map(|part| {
        let part = part.strip_suffix(".scope").unwrap_or(part);
        let id = part.rsplit(['-', ':']).next()?;
        (id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit())).then(|| id.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_that_says_most_is_taken() {
        assert_eq!(path(b"0::/\n").as_deref(), None);
        assert_eq!(path(b"5:cpu:/a\n1:name=systemd:/b:c\n").as_deref(), Some("/b:c"));
        assert_eq!(path(b"5:cpu:/a\n0::/u\xff\n").as_deref(), Some("/u\\xff"));
        assert_eq!(path(b"9:name=systemd:/\n5:cpu:/a\n0::/\n").as_deref(), Some("/a"));
        assert_eq!(path(b"nonsense").as_deref(), None);
    }

    #[test]
    fn containers_are_known_by_their_id() {
        let id = "0123456789abcdef".repeat(4);
        for good in [
            format!("/docker/{id}"),
            format!("/system.slice/docker-{id}.scope"),
            format!("/kubepods/burstable/pod1/{id}/init.scope"),
            format!("/kubepods.slice/cri-containerd-{id}.scope"),
            format!("/system.slice/x:cri-containerd:{id}"),
        ] {
            assert_eq!(container_id(&good).as_deref(), Some(id.as_str()), "{good}");
        }
        for bad in ["/", "/user.slice/user-0.slice", "/docker/123"] {
            assert_eq!(container_id(bad), None, "{bad}");
        }
    }
}
