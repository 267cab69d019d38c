//! The module tree of one crate, and which module names which. Paths through re-exports are followed to
//! the module that defines the name, as far as `use` declarations show it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::code::{Token, tokens, without_tests};

/// A module's path from the crate root, which is the empty one.
pub(crate) type Name = Vec<String>;

/// One module file.
#[derive(Debug, Default)]
pub(crate) struct Module {
    children: BTreeSet<String>,
    /// What a name that is declared by `use` stands for.
    names: BTreeMap<String, Name>,
    /// Paths that the code names, as written.
    paths: BTreeSet<Name>,
}

/// All modules of a crate.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) modules: BTreeMap<Name, Module>,
}

/// Whether a file holds only tests, by its name.
pub(crate) fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.starts_with("tests/")
}

impl Tree {
    /// Reads the crate whose root file is `entry`.
    pub(crate) fn read(entry: &Path, open: &dyn Fn(&Path) -> Option<String>) -> Self {
        let mut tree = Self::default();
        let mut left: Vec<(Name, PathBuf)> = vec![(Vec::new(), entry.to_owned())];
        while let Some((name, file)) = left.pop() {
            let Some(text) = open(&file) else { continue };
            let module = scan(&text);
            // `lib.rs` and `main.rs` keep their modules beside them, `x.rs` in `x/`.
            let folder = if name.is_empty() { file.with_file_name("") } else { file.with_extension("") };
            for child in &module.children {
                let mut name = name.clone();
                name.push(child.clone());
                left.push((name, folder.join(format!("{child}.rs"))));
            }
            tree.modules.insert(name, module);
        }
        tree
    }

    /// The modules that a module names, each with the path as written.
    pub(crate) fn uses(&self, from: &Name) -> Vec<(Name, String)> {
        let module = &self.modules[from];
        let mut out = Vec::new();
        for path in module.paths.iter().chain(module.names.values()) {
            if let Some(target) = self.resolve(from, path, 8) {
                out.push((target, path.join("::")));
            }
        }
        out
    }

    /// The deepest module that a path leads into; nothing for other crates.
    fn resolve(&self, from: &Name, path: &[String], depth: usize) -> Option<Name> {
        let mut at = from.clone();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => {
                at.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|s| s == "super") {
                    at.pop()?;
                    rest = &rest[1..];
                }
            }
            first if self.modules.get(from)?.children.contains(first) => {}
            _ => return None,
        }
        while let Some(next) = rest.first() {
            let module = self.modules.get(&at)?;
            if module.children.contains(next) {
                at.push(next.clone());
                if !self.modules.contains_key(&at) {
                    at.pop();
                    break;
                }
            } else if let Some(meant) = module.names.get(next).filter(|_| depth > 0) {
                let mut whole = meant.clone();
                whole.extend_from_slice(&rest[1..]);
                return self.resolve(&at, &whole, depth - 1).or(Some(at));
            } else {
                break;
            }
            rest = &rest[1..];
        }
        Some(at)
    }
}

fn scan(text: &str) -> Module {
    let (tokens, tests) = without_tests(&tokens(text));
    let mut module = Module::default();
    let mut i = 0;
    // Inline modules: what `super` means in them is this file.
    let mut inline: Vec<i64> = Vec::new();
    let mut depth = 0_i64;
    while i < tokens.len() {
        match &tokens[i] {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => {
                depth -= 1;
                if inline.last() == Some(&depth) {
                    inline.pop();
                }
            }
            t if t.is("mod") && tokens.get(i + 2) == Some(&Token::Sign(';')) => {
                if let Some(name) = tokens[i + 1].word() {
                    module.children.insert(name.to_owned());
                }
            }
            t if t.is("mod") && tokens.get(i + 2) == Some(&Token::Sign('{')) => inline.push(depth),
            // `impl Trait + use<'a>` declares nothing.
            t if t.is("use") && tokens.get(i + 1) != Some(&Token::Sign('<')) => {
                let mut declared = Vec::new();
                let end = use_tree(&tokens, i + 1, &mut Vec::new(), &mut declared);
                for (path, name) in declared {
                    let path = outside(path, inline.len());
                    match name {
                        Some(name) if inline.is_empty() => {
                            module.names.insert(name, path);
                        }
                        _ => {
                            module.paths.insert(path);
                        }
                    }
                }
                i = end;
                continue;
            }
            Token::Word(_) if begins_path(&tokens, i) => {
                let (path, end) = path_at(&tokens, i);
                module.paths.insert(outside(path, inline.len()));
                i = end;
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    for name in tests {
        module.children.remove(&name);
    }
    module
}

/// A path as it reads from the file's own module, when it stands in so many inline modules.
fn outside(mut path: Name, inline: usize) -> Name {
    let up = path.iter().take_while(|s| *s == "super").count().min(inline);
    path.drain(..up);
    if up > 0 && path.first().is_none_or(|s| s != "super") {
        path.insert(0, "self".to_owned());
    }
    path
}

fn begins_path(tokens: &[Token], i: usize) -> bool {
    let joined = i > 0 && matches!(tokens[i - 1], Token::Path | Token::Sign('.'));
    !joined && tokens.get(i + 1) == Some(&Token::Path)
}

fn path_at(tokens: &[Token], start: usize) -> (Name, usize) {
    let mut path = Vec::new();
    let mut i = start;
    while let Some(word) = tokens.get(i).and_then(Token::word) {
        path.push(word.to_owned());
        if tokens.get(i + 1) != Some(&Token::Path) {
            return (path, i + 1);
        }
        i += 2;
    }
    (path, i)
}

/// Flattens `a::{b, c as d, e::*}` into paths with the names that they declare; returns the end.
fn use_tree(
    tokens: &[Token],
    start: usize,
    prefix: &mut Name,
    out: &mut Vec<(Name, Option<String>)>,
) -> usize {
    let depth = prefix.len();
    let mut i = start;
    loop {
        match tokens.get(i) {
            Some(Token::Word(word)) if word == "as" => {
                let name = tokens.get(i + 1).and_then(Token::word).map(str::to_owned);
                if let Some((_, last)) = out.last_mut() {
                    *last = name;
                }
                i += 2;
            }
            Some(Token::Word(word)) => {
                prefix.push(word.clone());
                if tokens.get(i + 1) == Some(&Token::Path) {
                    i += 2;
                } else {
                    let mut path = prefix.clone();
                    // `use a::{self}` declares `a`.
                    if path.len() > 1 && word == "self" {
                        path.pop();
                    }
                    let name = path.last().cloned();
                    out.push((path, name));
                    prefix.truncate(depth);
                    i += 1;
                }
            }
            Some(Token::Sign('*')) => {
                out.push((prefix.clone(), None));
                prefix.truncate(depth);
                i += 1;
            }
            Some(Token::Sign('{')) => {
                i = use_tree(tokens, i + 1, prefix, out);
                prefix.truncate(depth);
            }
            Some(Token::Sign('}')) => return i + 1,
            Some(Token::Sign(';')) | None => return i,
            Some(_) => i += 1,
        }
    }
}

/// What a source text uses of the standard library that touches the world.
pub(crate) fn impurities(text: &str) -> BTreeSet<String> {
    const WORLD: [&str; 6] = ["fs", "net", "process", "env", "os", "thread"];
    const NAMES: [&str; 5] = ["SystemTime", "stdin", "stdout", "stderr", "Instant"];
    // Addresses are values; sockets are not.
    const VALUES: [&str; 3] = ["IpAddr", "Ipv4Addr", "Ipv6Addr"];
    let module = scan(text);
    let all = module.paths.iter().chain(module.names.values());
    let std = all.filter(|p| p.first().is_some_and(|s| s == "std"));
    // Threads that end before the function returns are nobody's business, nor is how many can run at once.
    let only_scoped = text.contains(".spawn_scoped(") && !text.contains(".spawn(");
    let scoped = |p: &Vec<String>| match p.get(1..3) {
        Some([module, name]) if module == "thread" => match name.as_str() {
            "scope" | "available_parallelism" => true,
            "Builder" => only_scoped,
            _ => false,
        },
        _ => false,
    };
    std.filter(|p| !p.iter().any(|s| VALUES.contains(&s.as_str())) && !scoped(p))
        .filter(|p| {
            p.get(1).is_some_and(|s| WORLD.contains(&s.as_str()))
                || p.iter().any(|s| NAMES.contains(&s.as_str()))
        })
        .map(|p| p.join("::"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_trees_are_flattened() {
        let module = scan("use crate::{a, b::{C, d as e, self}, f::*}; use std::{fs, io::Write as _};");
        let names: Vec<(String, String)> =
            module.names.iter().map(|(name, path)| (name.clone(), path.join("::"))).collect();
        let expected = [
            ("C", "crate::b::C"),
            ("_", "std::io::Write"),
            ("a", "crate::a"),
            ("b", "crate::b"),
            ("e", "crate::b::d"),
            ("fs", "std::fs"),
        ];
        assert_eq!(names, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert!(module.paths.contains(&vec!["crate".to_owned(), "f".to_owned()]));
    }

    #[test]
    fn what_touches_the_world_is_found() {
        let text = "use std::{fs, collections::BTreeMap}; fn f() { std::env::var(\"X\"); std::time::Instant::now(); }
            #[cfg(test)] mod tests { use std::net::TcpStream; }";
        let found: Vec<String> = impurities(text).into_iter().collect();
        assert_eq!(found, ["std::env::var", "std::fs", "std::time::Instant::now"]);
        assert!(impurities("use std::net::{IpAddr, Ipv6Addr};").is_empty());
        assert!(impurities("use std::sync::Arc; let s = \"std::fs\"; // std::net").is_empty());
        assert!(
            impurities("use std::thread::{Builder, scope}; fn f() { Builder::new().spawn_scoped(s, w); }")
                .is_empty()
        );
        assert_eq!(impurities("use std::thread::Builder; fn f() { Builder::new().spawn(w); }").len(), 1);
    }
}
