//! Which files a path stands for: itself, the state files of a directory, or what matches a
//! pattern. Follows no symlinked directory under `**`, and stops at a bound instead of walking for ever.

use std::path::{Component, Path, PathBuf};

use cloudscope_ports::{Fault, FaultKind};

use crate::{
    limits::Limits,
    open::{fault, io_fault, show},
    sniff::Format,
};

const DEPTH: usize = 16;
const VISITS: usize = 200_000;

/// The files that `path` stands for, in order. A named file that is not there is named all the same,
/// so that collecting it says so.
///
/// # Errors
/// When a directory cannot be listed, a pattern matches nothing, or too much.
pub(crate) fn files(path: &Path, format: Option<Format>, limits: &Limits) -> Result<Vec<PathBuf>, Fault> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => directory(path, format, limits),
        Ok(_) => Ok(vec![path.to_owned()]),
        Err(_) if is_pattern(path) => pattern(path, limits),
        Err(_) => Ok(vec![path.to_owned()]),
    }
}

fn directory(path: &Path, format: Option<Format>, limits: &Limits) -> Result<Vec<PathBuf>, Fault> {
    let endings = format.unwrap_or(Format::Terraform).endings();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|e| io_fault(path, &e))? {
        let entry = entry.map_err(|e| io_fault(path, &e))?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        let file = entry.path();
        if endings.iter().any(|end| name.ends_with(end)) && file.is_file() {
            push(&mut found, file, path, limits)?;
        }
    }
    if found.is_empty() {
        return Err(fault(
            FaultKind::NotFound,
            format!("no {} file in the directory {}; name the files by a pattern", endings[0], show(path)),
        ));
    }
    found.sort();
    Ok(found)
}

fn push(found: &mut Vec<PathBuf>, file: PathBuf, of: &Path, limits: &Limits) -> Result<(), Fault> {
    if found.len() >= limits.files {
        return Err(fault(
            FaultKind::TooLarge,
            format!(
                "{} stands for more than {} files; name fewer, in several sources",
                show(of),
                limits.files
            ),
        ));
    }
    found.push(file);
    Ok(())
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

fn pattern(path: &Path, limits: &Limits) -> Result<Vec<PathBuf>, Fault> {
    let parts: Vec<String> = path
        .components()
        .filter(|c| !matches!(c, Component::RootDir | Component::CurDir | Component::Prefix(_)))
        .map(|c| c.as_os_str().to_string_lossy().into_owned())
        .collect();
    let mut walk = Walk { of: path, limits, visits: 0, found: Vec::new() };
    walk.step(Path::new("/"), &parts, 0)?;
    let mut found = walk.found;
    found.sort();
    found.dedup();
    if found.is_empty() {
        return Err(fault(FaultKind::NotFound, format!("no file matches {}; check the pattern", show(path))));
    }
    Ok(found)
}

struct Walk<'a> {
    of: &'a Path,
    limits: &'a Limits,
    visits: usize,
    found: Vec<PathBuf>,
}

impl Walk<'_> {
    fn step(&mut self, at: &Path, parts: &[String], depth: usize) -> Result<(), Fault> {
        let Some((part, rest)) = parts.split_first() else {
            if at.is_file() {
                push(&mut self.found, at.to_owned(), self.of, self.limits)?;
            }
            return Ok(());
        };
        if part == "**" {
            self.step(at, rest, depth)?;
            if depth < DEPTH {
                for child in self.children(at)? {
                    // symlink_metadata: a link to a directory above would never end.
                    if std::fs::symlink_metadata(&child).is_ok_and(|m| m.is_dir()) {
                        self.step(&child, parts, depth + 1)?;
                    }
                }
            }
            return Ok(());
        }
        if !part.contains(['*', '?', '[']) {
            return self.step(&at.join(part), rest, depth);
        }
        for child in self.children(at)? {
            let name = child.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if (!name.starts_with('.') || part.starts_with('.')) && matches(part, &name) {
                self.step(&child, rest, depth)?;
            }
        }
        Ok(())
    }

    fn children(&mut self, of: &Path) -> Result<Vec<PathBuf>, Fault> {
        let Ok(entries) = std::fs::read_dir(of) else { return Ok(Vec::new()) };
        let mut children = Vec::new();
        for entry in entries.flatten() {
            self.visits += 1;
            if self.visits > VISITS {
                return Err(fault(
                    FaultKind::TooLarge,
                    format!("{} looks at more than {VISITS} names; make it narrower", show(self.of)),
                ));
            }
            children.push(entry.path());
        }
        Ok(children)
    }
}

/// Whether a name matches one part of a pattern. Linear in the name for each `*`, never exponential.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            retry = Some((p + 1, n));
            p += 1;
        } else if let Some(next) = one(&pattern, p, name[n]) {
            p = next;
            n += 1;
        } else if let Some((after, from)) = retry {
            p = after;
            n = from + 1;
            retry = Some((after, from + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Where the pattern goes on when the element at `p` takes `c`.
fn one(pattern: &[char], p: usize, c: char) -> Option<usize> {
    match pattern.get(p)? {
        '?' => Some(p + 1),
        '[' => {
            let Some(close) = pattern[p + 1..].iter().skip(1).position(|c| *c == ']').map(|i| p + 2 + i)
            else {
                return (c == '[').then_some(p + 1);
            };
            let negated = matches!(pattern[p + 1], '!' | '^');
            let set = &pattern[p + 1 + usize::from(negated)..close];
            let mut inside = false;
            let mut i = 0;
            while i < set.len() {
                if i + 2 < set.len() && set[i + 1] == '-' {
                    inside |= (set[i]..=set[i + 2]).contains(&c);
                    i += 3;
                } else {
                    inside |= set[i] == c;
                    i += 1;
                }
            }
            (inside != negated).then_some(close + 1)
        }
        other => (*other == c).then_some(p + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_part_matches_like_a_shell() {
        assert!(matches("*.tfstate", "a.tfstate"));
        assert!(!matches("*.tfstate", "a.tfstate.backup"));
        assert!(matches("a?c[0-9][!x]", "abc7y"));
        assert!(!matches("a?c[0-9][!x]", "abc7x"));
        assert!(matches("[", "["));
        assert!(matches("a*b*c", "a-b-b-c"));
        assert!(!matches("a*b*c", "a-c-b"));
    }

    #[test]
    fn patterns_and_directories_name_their_files() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for name in ["a/x.tfstate", "a/b/y.tfstate", "z.csv", "a/.hidden.tfstate"] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let limits = Limits::default();
        let names = |path: PathBuf, format| -> Vec<String> {
            let found = files(&path, format, &limits).unwrap();
            found.iter().map(|p| p.strip_prefix(root).unwrap().display().to_string()).collect()
        };
        assert_eq!(names(root.join("**/*.tfstate"), None), ["a/b/y.tfstate", "a/x.tfstate"]);
        assert_eq!(names(root.join("*/x.tf*"), None), ["a/x.tfstate"]);
        assert_eq!(names(root.join("a"), None), ["a/.hidden.tfstate", "a/x.tfstate"]);
        assert_eq!(names(root.to_owned(), Some(Format::Csv)), ["z.csv"]);
        assert_eq!(names(root.join("missing.csv"), None), ["missing.csv"]);
        let few = Limits { files: 1, ..limits };
        assert_eq!(files(&root.join("**/*.tfstate"), None, &few).unwrap_err().kind, FaultKind::TooLarge);
        assert_eq!(files(&root.join("*.none"), None, &limits).unwrap_err().kind, FaultKind::NotFound);
    }

    proptest! {
        #[test]
        fn any_pattern_ends(pattern in "[a\\[\\]*?!^-]{0,12}", name in "[a\\[\\]-]{0,12}") {
            let _ = matches(&pattern, &name);
        }

        #[test]
        fn a_name_matches_itself(name in "[a-z.]{0,12}") {
            prop_assert!(matches(&name, &name));
        }
    }
}
