//! Completion on a command line: what the scripts ask, and a shell that completes with them.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::home::{Home, Ran, wait};

const CSV: &str = "id,name,region,status,tag:env,tag:note\n\
    srv-1,web-1,eu-west-1,running,prod,$(touch pwned)\n\
    srv-2,web-2,us east,stopped,test,plain\n\
    srv-3,web-3,eu-west-1,running,prod,a!b\n";

fn with_csv() -> Home {
    let home = Home::new();
    home.file("racks.csv", CSV);
    home.run(&["collect", "file:racks.csv"]).with(0);
    home
}

/// What is found, where a slow machine does not matter.
fn complete(home: &Home, shell: &str, line: &str) -> String {
    let mut command = home.command(&["complete", shell, "--", line]);
    command.env("CLOUDSCOPE_COMPLETION_MS", "60000").stdout(Stdio::piped()).stderr(Stdio::piped());
    let ran = Ran::of(wait(command.spawn().unwrap()), &[line]);
    assert_eq!(ran.err, "", "{line}");
    ran.with(0)
}

fn installed(shell: &str) -> bool {
    Command::new(shell).arg("-c").arg("exit 0").stdin(Stdio::null()).status().is_ok_and(|s| s.success())
}

#[test]
fn completion_offers_the_values_of_the_store_with_counts_and_leaves_it_closed() {
    let home = with_csv();
    assert_eq!(
        complete(&home, "fish", "cloudscope query tag.env="),
        "tag.env=prod\t2 assets\ntag.env=test\t1 asset\n"
    );
    // The store was closed well by whoever opened it for that: nobody has to look at it now.
    let ran = home.run(&["query", "tag.env=test", "--format", "csv", "--columns", "name"]);
    assert_eq!((ran.err.as_str(), ran.out.as_str()), ("", "name\nweb-2\n"));
    assert_eq!(complete(&home, "bash", "cloudscope query tag.env=p"), "prod\t2 assets\n");
    let spaced = complete(&home, "bash", "cloudscope query region:u");
    assert_eq!(spaced, "\\\"us\\ east\\\"\t1 asset\n");
    assert_eq!(complete(&home, "zsh", "cloudscope export 'web tag.env=t"), "web tag.env=test\t1 asset\n");
    assert!(complete(&home, "fish", "cloudscope changes chan").contains("change:\t"));
    assert_eq!(complete(&home, "fish", "cloudscope query --group-by tags.e"), "tags.env\t3 assets\n");
    assert!(complete(&home, "bash", "cloudscope query --sort -las").starts_with("-last_seen\t"));
    assert_eq!(complete(&home, "bash", "cloudscope query tag.note=$(id"), "");
}

#[test]
fn completion_asks_whoever_holds_the_store() {
    let home = with_csv();
    let holder = home.hold();
    let found = complete(&home, "bash", "cloudscope query tag.env=");
    drop(holder);
    assert_eq!(found, "prod\t2 assets\ntest\t1 asset\n");
}

#[test]
fn completion_without_a_store_says_nothing_and_makes_none() {
    let home = Home::new();
    let entries = |at: &Path| std::fs::read_dir(at).unwrap().count();
    let before = entries(home.path());
    for line in ["cloudscope query tag.env=", "cloudscope query ", "cloudscope query --view ", "'", ""] {
        assert_eq!(complete(&home, "bash", line), "", "{line}");
    }
    assert!(!home.data().exists());
    assert_eq!(entries(home.path()), before);
    // A store that cannot be opened is nothing to speak of in the middle of a prompt.
    std::fs::create_dir(home.data()).unwrap();
    std::fs::write(home.data().join("store.clean"), "cloudscope-clean 1\nhead x\n3 y store/db\n").unwrap();
    std::fs::write(home.data().join("store.head"), "garbage").unwrap();
    assert_eq!(complete(&home, "bash", "cloudscope query tag.env="), "");
}

#[test]
fn a_bash_completes_filters_with_the_script() {
    if !installed("bash") {
        return;
    }
    let home = with_csv();
    let program = Path::new(env!("CARGO_BIN_EXE_cloudscope"));
    let path =
        format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    let bash = |line: &str, words: &str| {
        // As readline calls it: the words are cut at `:` and `=`, too.
        let script = format!(
            "source <(cloudscope completions bash)\n\
             COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))\n\
             COMP_LINE=$1; COMP_POINT=${{#COMP_LINE}}\n\
             _cloudscope cloudscope \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let mut command = Command::new("bash");
        command.args(["--norc", "--noprofile", "-c", &script, "bash", line]).env_clear();
        command.envs(home.environment()).env("PATH", &path).env("CLOUDSCOPE_COMPLETION_MS", "60000");
        command.current_dir(home.work()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let ran = Ran::of(wait(command.spawn().unwrap()), &[line]);
        assert_eq!(ran.err, "", "{line}");
        ran.with(0)
    };
    assert_eq!(bash("cloudscope query tag.env=", "cloudscope query tag.env = ''"), "prod\ntest\n");
    assert_eq!(bash("cloudscope query tag.e", "cloudscope query tag.e"), "tag.env=\n");
    assert_eq!(
        bash("cloudscope query 'web region:e", "cloudscope query \"'web region:e\""),
        "web region:eu-west-1\n"
    );
    // What is foreign is put in so that it stays text.
    let mean = bash("cloudscope query tag.note=", "cloudscope query tag.note = ''");
    let mut lines: Vec<&str> = mean.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, [r#"\"\$\(touch\ pwned\)\""#, r#"\"a\!b\""#, "plain"]);
    assert!(!home.work().join("pwned").exists());
    // Commands and options are completed as before.
    assert_eq!(bash("cloudscope que", "cloudscope que"), "query\n");
    assert_eq!(bash("cloudscope query --gro", "cloudscope query --gro"), "--group-by\n");
}

#[test]
fn completion_scripts_are_well_formed_for_the_shells_that_are_here() {
    let home = Home::new();
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        let script = home.run(&["completions", shell]).with(0);
        assert!(script.contains("command cloudscope complete"), "{shell}");
        if installed(shell) {
            let file = home.file(&format!("script.{shell}"), &script);
            let out = Command::new(shell).arg(check).arg(file).stdin(Stdio::null()).output().unwrap();
            assert!(out.status.success(), "{shell}: {}", String::from_utf8_lossy(&out.stderr));
        }
    }
}
