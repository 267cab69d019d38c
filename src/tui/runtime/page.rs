//! The file of the saved page: read before the first frame, written for the next start. Nothing about it
//! is ever in the way: whatever goes wrong, there is no page.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use cloudscope_domain::Timestamp;

use crate::page::Page;

/// Larger files are neither read nor written.
const LARGEST: u64 = 256 << 10;

/// The page that was kept last, if it is one's own and whole.
pub(super) fn read(path: &Path, now: Timestamp) -> Option<Page> {
    let file = File::open(path).ok()?;
    let about = file.metadata().ok()?;
    let own = about.uid() == rustix::process::geteuid().as_raw();
    if !about.is_file() || !own || about.len() > LARGEST {
        return None;
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).ok()?;
    Page::read(&text, now)
}

/// Keeps a page, readable by its owner only, as a whole or not at all.
pub(super) fn write(path: &Path, page: &Page) {
    if let Err(error) = replace(path, page) {
        tracing::debug!(%error, "the page was not kept for the next start");
    }
}

fn replace(path: &Path, page: &Page) -> io::Result<()> {
    let text = serde_json::to_vec(page)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::other("it is too large"));
    }
    let fresh = path.with_extension(format!("new.{}", std::process::id()));
    // One that a killed process of the same number left.
    let _ = fs::remove_file(&fresh);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| file.write_all(&text))
        .and_then(|()| fs::rename(&fresh, path));
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn page() -> Page {
        let text = r#"{"version":1,"saved_at":"2026-11-21T08:00:00Z","filter":"web","sort":[],
            "columns":["name","kind"],"total":9,"top":2,"line":1,"rows":[
            {"key":{"id":"a","incarnation":"","source":"s"},"cells":["a","k"]},
            {"key":{"id":"b","incarnation":"","source":"s"},"cells":["b","k"]}]}"#;
        Page::read(text, now()).expect("a page")
    }

    fn now() -> Timestamp {
        "2026-11-21T08:05:00Z".parse().unwrap()
    }

    /// A directory of this test alone.
    struct Dir(std::path::PathBuf);

    impl Dir {
        fn new(name: &str) -> Self {
            let dir = std::env::temp_dir().join(format!("cloudscope-page-{name}-{}", std::process::id()));
            fs::create_dir_all(&dir).unwrap();
            Self(dir)
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn comes_back_and_only_its_owner_can_read_it() {
        let dir = Dir::new("own");
        let path = dir.0.join("first-page.json");
        assert_eq!(read(&path, now()), None);
        write(&path, &page());
        write(&path, &page());
        assert_eq!(read(&path, now()), Some(page()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&dir.0).unwrap().count(), 1, "nothing is left beside it");
        // A directory that is not there is no trouble.
        write(&dir.0.join("not-there/first-page.json"), &page());
    }

    #[test]
    fn what_is_damaged_is_no_page() {
        let dir = Dir::new("damaged");
        let path = dir.0.join("first-page.json");
        write(&path, &page());
        let whole = fs::read_to_string(&path).unwrap();
        for cut in 0..whole.len() {
            if let Some(part) = whole.get(..cut) {
                fs::write(&path, part).unwrap();
                assert_eq!(read(&path, now()), None, "cut at {cut}");
            }
        }
        for (from, to) in [
            ("\"version\":1", "\"version\":2"),
            ("\"line\":1", "\"line\":2"),
            ("\"total\":9", "\"total\":3"),
            ("2026-11-21T08:00", "2036-11-21T08:00"),
            ("\"top\":2", "\"top\":18446744073709551615"),
            ("[\"a\",\"k\"]", "[\"a\"]"),
        ] {
            assert!(whole.contains(from), "{from}");
            fs::write(&path, whole.replace(from, to)).unwrap();
            assert_eq!(read(&path, now()), None, "{to}");
        }
        fs::write(&path, " ".repeat(300 << 10)).unwrap();
        assert_eq!(read(&path, now()), None);
    }
}
