//! Hooks as a user sets them up: nothing runs before it was confirmed, and then what happened arrives.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::mpsc,
    time::Duration,
};

use serde_json::Value;

use crate::home::Home;

/// Writes the configuration with these hooks, closed to others.
fn configure(home: &Home, hooks: &str) -> PathBuf {
    let dir = home.path().join(".config/cloudscope");
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("config.yaml");
    std::fs::write(&file, format!("version: 1\ndiscover: false\nhooks:\n{hooks}")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    file
}

/// A hook that appends what it gets to a file.
fn keeper(home: &Home, events: &str) -> (String, PathBuf) {
    let out = home.path().join("got");
    let hook = format!(
        "  - name: keep\n    events: [{events}]\n    command:\n      program: /bin/sh\n      args: [\"-c\", \"cat >> {}\"]\n",
        out.display()
    );
    (hook, out)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

#[test]
fn a_hook_is_held_until_its_file_is_closed_and_it_is_confirmed_as_it_stands() {
    let home = Home::new();
    let (hook, _) = keeper(&home, "asset-created");
    let file = configure(&home, &hook);
    let held = || home.run(&["hooks", "--format", "json"]).json()[0]["held"].as_str().map(str::to_owned);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(held().unwrap().contains(&format!("chmod 600 {}", file.display())));
    let refused = home.run(&["hooks", "confirm", "keep", "--yes"]);
    assert!(refused.code == Some(1) && refused.err.contains("chmod 600"), "{refused:?}");
    // The rest of the file counts all the same.
    assert_eq!(home.run(&["sources", "list", "--format", "json"]).code, Some(0));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(held().unwrap().contains("cloudscope hooks confirm keep"));
    // Nobody to ask: what it is was shown, and nothing is confirmed.
    let asked = home.run(&["hooks", "confirm", "keep"]);
    assert!(
        asked.code == Some(1) && asked.out.contains("/bin/sh") && asked.err.contains("--yes"),
        "{asked:?}"
    );
    assert!(held().is_some());
    let shown = home.run(&["hooks", "confirm", "keep", "--yes"]).with(0);
    assert!(
        shown.contains("cat >>") && shown.contains("asset-created") && shown.contains("sha256:"),
        "{shown}"
    );
    assert_eq!(held(), None);
    configure(&home, &hook.replace("asset-created", "asset-gone"));
    assert!(held().unwrap().contains("changed since"));
    configure(&home, &hook);
    assert_eq!(held(), None);
    home.run(&["hooks", "revoke", "keep"]).with(0);
    assert!(held().is_some());
    assert_eq!(home.run(&["hooks", "confirm", "kept", "--yes"]).code, Some(1));
}

#[test]
fn a_configuration_of_the_working_directory_or_the_environment_gets_no_further() {
    let home = Home::new();
    let (hook, out) = keeper(&home, "asset-created");
    let theirs = home.file("cloudscope.yaml", format!("version: 1\ndiscover: false\nhooks:\n{hook}"));
    let mut command = home.command(&["collect", "file:in.csv"]);
    home.file("in.csv", "id,name\na,alpha\n");
    std::fs::set_permissions(&theirs, std::fs::Permissions::from_mode(0o644)).unwrap();
    let named = home.run(&["--config", "cloudscope.yaml", "collect", "file:in.csv"]);
    assert!(
        named.code == Some(0) && named.err.contains("does not run") && named.err.contains("chmod 600"),
        "{named:?}"
    );
    // Closed to others, it is still not confirmed.
    std::fs::set_permissions(&theirs, std::fs::Permissions::from_mode(0o600)).unwrap();
    command.env("CLOUDSCOPE_CONFIG", &theirs).stderr(std::process::Stdio::piped());
    let ran = crate::home::wait(command.spawn().unwrap());
    assert!(String::from_utf8_lossy(&ran.stderr).contains("cloudscope hooks confirm keep"), "{ran:?}");
    assert!(!out.exists());
}

#[test]
fn a_key_is_made_once_and_never_in_the_configuration() {
    let home = Home::new();
    let first = home.run(&["hooks", "key", "chat"]).with(0);
    assert!(first.starts_with("whsec_") && first.len() > 40, "{first}");
    assert_eq!(home.run(&["hooks", "key", "chat"]).with(0), first);
    assert_ne!(home.run(&["hooks", "key", "other"]).with(0), first);
    assert_eq!(home.run(&["hooks", "key", "../chat"]).code, Some(1));
}

#[test]
fn what_a_collection_of_a_changing_file_brings_arrives_at_a_command() {
    let home = Home::new();
    let (hook, out) =
        keeper(&home, "asset-created, asset-changed, asset-gone, scope-failed, assets-unknown, run-finished");
    configure(&home, &hook);
    home.run(&["hooks", "confirm", "keep", "--yes"]).with(0);
    let mut told = 0;
    let mut collect = |csv: Option<&str>, code: i32| -> Vec<Value> {
        match csv {
            Some(text) => drop(home.file("in.csv", text)),
            None => std::fs::remove_file(home.work().join("in.csv")).unwrap(),
        }
        home.run(&["collect", "-q", "file:in.csv"]).with(code);
        let all = lines(&std::fs::read_to_string(&out).unwrap_or_default());
        let new = all[told..].to_vec();
        told = all.len();
        new
    };
    let events =
        |new: &[Value]| new.iter().map(|n| n["event"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let hostile = "$(touch owned)";
    let first = collect(Some(&format!("id,name,tag:env\na,{hostile},test\nb,beta,prod\n")), 0);
    assert_eq!(events(&first), ["asset-created", "asset-created", "run-finished"]);
    assert_eq!(first[0]["asset"]["name"], hostile);
    let second = collect(Some(&format!("id,name,tag:env\na,{hostile},prod\nb,beta,prod\n")), 0);
    assert_eq!(events(&second), ["asset-changed", "run-finished"]);
    let difference = &second[0]["differences"][0];
    assert_eq!((difference["path"].as_str(), difference["after"].as_str()), (Some("tags.env"), Some("prod")));
    assert_eq!(
        events(&collect(Some(&format!("id,name,tag:env\na,{hostile},prod\nb,beta,prod\n")), 0)),
        ["run-finished"]
    );
    let third = collect(Some(&format!("id,name,tag:env\na,{hostile},prod\n")), 0);
    assert_eq!(events(&third), ["asset-gone", "run-finished"]);
    assert_eq!(
        (third[0]["asset"]["name"].as_str(), third[0]["proof"].as_str()),
        (Some("beta"), Some("snapshot-listing"))
    );
    let mut failed = events(&collect(None, 3));
    failed.sort();
    assert_eq!(failed, ["assets-unknown", "run-finished", "scope-failed"]);
    assert_eq!(
        events(&collect(None.or(Some("id,name,tag:env\na,x,prod\n")), 0)).last().unwrap(),
        "run-finished"
    );
    assert!(!home.work().join("owned").exists() && !home.path().join("owned").exists());
}

#[test]
fn a_webhook_gets_a_signed_batch_on_loopback_when_that_is_allowed() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let hook = format!(
        "  - name: chat\n    events: [asset-created]\n    webhook:\n      url: http://127.0.0.1:{port}/in\n      secret: chat\n      allow_private: true\n"
    );
    configure(&home, &hook);
    home.run(&["hooks", "confirm", "chat", "--yes"]).with(0);
    let held = home.run(&["hooks", "--format", "json"]).json();
    assert!(held[0]["held"].as_str().unwrap().contains("cloudscope hooks key chat"), "{held}");
    home.run(&["hooks", "key", "chat"]).with(0);
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = n.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
            head += &line.to_ascii_lowercase();
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        (&stream).write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
        tell.send((head, body)).unwrap();
    });
    home.file("in.csv", "id,name\na,alpha\nb,beta\n");
    home.run(&["collect", "-q", "file:in.csv"]).with(0);
    let (head, body) = told.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(head.contains("webhook-signature: v1,") && head.contains("webhook-timestamp:"), "{head}");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body[0]["event"], "asset-created", "{body}");
}
