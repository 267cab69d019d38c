//! Reads mountinfo: what is mounted where, from what, and how.
//!
//! Pure text in, plain data out; the form is that of proc_pid_mountinfo(5).

use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf};

use crate::text::lossless;

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    /// `major:minor` of the file system.
    pub(crate) device: String,
    /// Which directory of that file system is mounted.
    pub(crate) root: String,
    /// Where, as the kernel has it.
    pub(crate) point: PathBuf,
    /// Options of the mount and of the file system, each once.
    pub(crate) options: Vec<String>,
    pub(crate) fs_type: String,
    /// A device, a remote directory, or any word.
    pub(crate) source: String,
    /// Mounts that this one covers.
    pub(crate) covers: usize,
}

/// The mounts that can be seen, in order of their place; of several in one place the last, which
/// covers the others. Also the lines that are not understood.
pub(crate) fn parse(text: &[u8]) -> (Vec<Mount>, Vec<String>) {
    let mut mounts: Vec<Mount> = Vec::new();
    let mut bad = Vec::new();
    for line in text.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        match parse_line(line) {
            Some(mount) => mounts.push(mount),
            None => bad.push(lossless(line)),
        }
    }
    // A stable sort keeps the order of mounting within one place.
    mounts.sort_by(|a, b| a.point.cmp(&b.point));
    let mut seen: Vec<Mount> = Vec::with_capacity(mounts.len());
    for mut mount in mounts {
        match seen.last_mut() {
            Some(last) if last.point == mount.point => {
                mount.covers = last.covers + 1;
                *last = mount;
            }
            _ => seen.push(mount),
        }
    }
    (seen, bad)
}

fn parse_line(line: &[u8]) -> Option<Mount> {
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
    let mut fields = line.split(|b| *b == b' ');
    let device = text_of(fields.nth(2)?);
    let root = text_of(fields.next()?);
    let point = PathBuf::from(OsString::from_vec(unescaped(fields.next()?)));
    let own = text_of(fields.next()?);
    fields.find(|field| *field == b"-")?;
    let fs_type = text_of(fields.next()?);
    let source = text_of(fields.next()?);
    let super_options = text_of(fields.next().unwrap_or_default());
    let mut options: Vec<String> = Vec::new();
    for option in own.split(',').chain(super_options.split(',')).filter(|o| !o.is_empty()) {
        if !options.iter().any(|o| o == option) {
            options.push(option.to_owned());
        }
    }
    // The file system may be writable while this mount of it is not.
    if own.split(',').any(|o| o == "ro") {
        options.retain(|o| o != "rw");
    }
    Some(Mount { device, root, point, options, fs_type, source, covers: 0 })
}

fn text_of(field: &[u8]) -> String {
    lossless(&unescaped(field))
}

/// Takes the kernel's octal escapes (`\040` is a blank) back.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, tail)) = rest.split_first() {
        match tail {
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..] if first == b'\\' => {
                out.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                rest = after;
            }
            _ => {
                out.push(first);
                rest = tail;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn escapes_optional_fields_and_options_are_understood() {
        let (mounts, bad) = parse(
            b"36 35 98:0 /sub\\040dir /mnt/a\\040b\\134c\\012d\\777 ro,noatime master:1 shared:7 - ext4 /dev/my\\011disk rw,errors=continue\n",
        );
        assert!(bad.is_empty());
        let mount = &mounts[0];
        assert_eq!(mount.device, "98:0");
        assert_eq!(mount.root, "/sub dir");
        assert_eq!(mount.point.as_os_str().as_bytes(), b"/mnt/a b\\c\nd\\777");
        assert_eq!(mount.source, "/dev/my\tdisk");
        assert_eq!(mount.options, ["ro", "noatime", "errors=continue"]);
    }

    #[test]
    fn of_several_mounts_in_one_place_the_last_is_seen() {
        let (mounts, bad) = parse(
            b"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /dev rw - tmpfs a rw\n3 1 0:6 / /dev/x rw - tmpfs x rw\n4 1 0:7 / /dev rw - tmpfs b rw\n\nnonsense\n5 1 0:8 / /y rw - tmpfs  rw\n",
        );
        assert_eq!(bad, ["nonsense"]);
        let seen: Vec<_> =
            mounts.iter().map(|m| (m.point.to_str().unwrap(), m.source.as_str(), m.covers)).collect();
        assert_eq!(seen, [("/", "/dev/sda1", 0), ("/dev", "b", 1), ("/dev/x", "x", 0), ("/y", "", 0)]);
    }
}
