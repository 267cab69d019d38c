//! Small rules that keep the tree readable, as ordinary tests: a header on every file, no stray output,
//! no leftovers, files of a size that can be read. Each rule is a function over text, and is itself
//! tested on text that breaks it.

use std::{fs, path::Path, process::Command};

use crate::architecture::{
    code::{Token, attribute, tokens},
    root, rust_files,
};

/// Longer files are split by idea.
const LINES: usize = 600;

/// What is wrong with a Rust file of that name, one line each.
fn faults(name: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut say = |what: String| wrong.push(format!("{name}: {what}"));
    if !text.starts_with("//!") {
        say("begins without a `//!` header that says what it is for".to_owned());
    }
    if name.ends_with("/mod.rs") {
        say("put it beside its folder, as `foo.rs` beside `foo/`".to_owned());
    }
    let lines = text.lines().count();
    if lines > LINES {
        say(format!("has {lines} lines, more than {LINES}; split it by idea"));
    }
    for (i, line) in text.lines().enumerate() {
        if line.contains('\t') {
            say(format!("line {} has a tab", i + 1));
        }
        if line.trim_end() != line {
            say(format!("line {} ends in white space", i + 1));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        say("does not end with a line break".to_owned());
    }
    let tokens = tokens(text);
    // An example is a program of its own.
    let example = name.contains("/examples/");
    // A build script tells cargo things.
    let build = name.ends_with("/build.rs");
    let speaks = name.starts_with("src/cli") || name == "src/main.rs" || example || build || in_tests(name);
    for pair in tokens.windows(2) {
        let (Some(word), Token::Sign('!')) = (pair[0].word(), &pair[1]) else { continue };
        match word {
            "print" | "println" | "eprint" | "eprintln" if !speaks => {
                say(format!("`{word}!` outside the command line; return it, or log it with tracing"));
            }
            "dbg" | "todo" | "unimplemented" => say(format!("`{word}!` was left in")),
            _ => {}
        }
    }
    if in_tests(name) && tokens.iter().any(|t| t.is("sleep")) {
        say("a test that sleeps; step the loop, pass the clock, or wait for the event".to_owned());
    }
    for i in 0..tokens.len() {
        let start = if tokens.get(i + 1) == Some(&Token::Sign('!')) { i + 1 } else { i };
        if tokens[i] != Token::Sign('#') {
            continue;
        }
        // `#![...]` reads like `#[...]` without its `!`.
        let mut rest = vec![Token::Sign('#')];
        rest.extend_from_slice(&tokens[start + 1..]);
        let Some(end) = attribute(&rest, 0) else { continue };
        let silences = rest.get(2).is_some_and(|t| t.is("allow") || t.is("expect"));
        if silences && !rest[..end].iter().any(|t| t.is("reason")) {
            say("silences a lint without a `reason`".to_owned());
        }
    }
    wrong
}

fn in_tests(name: &str) -> bool {
    name.starts_with("tests/")
        || name.starts_with("benches/")
        || name.ends_with("/tests.rs")
        || name.contains("/tests/")
}

fn name_of(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

#[test]
fn every_source_file_keeps_the_rules() {
    let folders = ["src", "tests", "benches"].map(|f| root().join(f));
    let wrong: Vec<String> = folders
        .iter()
        .flat_map(|folder| rust_files(folder))
        .flat_map(|path| faults(&name_of(&path), &fs::read_to_string(&path).unwrap()))
        .collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_lock_is_committed() {
    assert!(root().join("Cargo.lock").is_file(), "Cargo.lock is missing");
    let ignored = fs::read_to_string(root().join(".gitignore")).unwrap();
    assert!(!ignored.lines().any(|l| l.trim().trim_start_matches('/') == "Cargo.lock"), "it is ignored");
    // An unpacked archive has no history to ask.
    if root().join(".git").exists() {
        let listed = Command::new("git").args(["ls-files", "Cargo.lock"]).current_dir(root()).output();
        assert_eq!(String::from_utf8(listed.unwrap().stdout).unwrap().trim(), "Cargo.lock");
    }
}

#[test]
fn a_bare_cargo_command_means_every_ordinary_crate() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table: toml::Table = manifest.parse().unwrap();
    let list = |name: &str| -> Vec<String> {
        let list = table["workspace"][name].as_array().unwrap();
        list.iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    let default = list("default-members");
    assert!(default.contains(&".".to_owned()), "the program itself");
    for member in list("members") {
        let expected = !["benches", "src/adapters/aws-ec2"].contains(&member.as_str());
        assert_eq!(default.contains(&member), expected, "{member}");
    }
    for folder in fs::read_dir(root().join("src/adapters")).unwrap() {
        let name = name_of(&folder.unwrap().path());
        assert!(list("members").contains(&name), "{name} is no member of the workspace");
    }
}

#[test]
fn each_rule_finds_what_breaks_it() {
    let check = |name: &str, text: &str, expected: &str| {
        let found = faults(name, text).join("\n");
        assert!(found.contains(expected), "{name} {text:?}: {found:?}");
    };
    check("src/a.rs", "fn f() {}\n", "without a `//!` header");
    check("src/a/mod.rs", "//! a\n", "beside its folder");
    check("src/a.rs", &format!("//! a\n{}", "\n".repeat(LINES)), "more than 600");
    check("src/a.rs", "//! a\n\tfn f() {}\n", "line 2 has a tab");
    check("src/a.rs", "//! a \n", "line 1 ends in white space");
    check("src/a.rs", "//! a", "line break");
    check("src/domain/a.rs", "//! a\nfn f() { println!(); }\n", "`println!` outside");
    check("src/main.rs", "//! a\nfn f() { dbg!(1); }\n", "`dbg!` was left in");
    check("src/a.rs", "//! a\nfn f() { todo!() }\n", "`todo!` was left in");
    check("src/a/tests.rs", "//! a\nfn f() { std::thread::sleep(d); }\n", "sleeps");
    check("tests/it/a.rs", "//! a\nfn f() { tokio::time::sleep(d).await; }\n", "sleeps");
    check("src/a.rs", "//! a\n#[allow(dead_code)]\nfn f() {}\n", "without a `reason`");
    check("src/a.rs", "//! a\n#![expect(clippy::all)]\n", "without a `reason`");
}

#[test]
fn what_keeps_the_rules_is_left_alone() {
    let text = "//! a\n// println!(\"x\"); todo!()\nconst S: &str = \"dbg!(1) sleep\";\n\
                #[expect(dead_code, reason = \"shown\")]\nfn f() { if a != b { write!(w, \"x\"); } }\n";
    assert_eq!(faults("src/a.rs", text), [""; 0]);
    assert_eq!(faults("src/cli/a.rs", "//! a\nfn f() { println!(); }\n"), [""; 0]);
}
