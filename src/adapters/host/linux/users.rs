//! Names of users by number, from the passwd file of the tree that is read.
//!
//! Users that only a directory service knows have no name here; the number is always told as well.

use std::collections::HashMap;

use super::root::Root;
use crate::text::lossless;

const LIMIT: u64 = 8 << 20;

#[derive(Debug, Default)]
pub(crate) struct Users(HashMap<u32, String>);

impl Users {
    pub(crate) fn read(root: &Root) -> Self {
        root.read("/etc/passwd", LIMIT).map(|file| Self::parse(&file.bytes)).unwrap_or_default()
    }

    fn parse(bytes: &[u8]) -> Self {
        let mut users = HashMap::new();
        for line in bytes.split(|b| *b == b'\n') {
            let mut fields = line.split(|b| *b == b':');
            let (Some(name), Some(_), Some(uid)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            if name.is_empty() || matches!(name[0], b'#' | b'+' | b'-') {
                continue;
            }
            if let Some(uid) = std::str::from_utf8(uid).ok().and_then(|uid| uid.parse().ok()) {
                // The first name of a number is the one that `id` and `ps` show.
                users.entry(uid).or_insert_with(|| lossless(name));
            }
        }
        Self(users)
    }

    pub(crate) fn name(&self, uid: u32) -> Option<&str> {
        self.0.get(&uid).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_of_a_number_counts() {
        let users = Users::parse(b"root:x:0:0::/:\n#c:x:1:\n+:::\nbad\ntoor:x:0:0\nb\xffd:x:9:9::\nx:y:z:\n");
        assert_eq!(users.name(0), Some("root"));
        assert_eq!(users.name(9), Some("b\\xffd"));
        assert_eq!(users.name(1), None);
    }
}
