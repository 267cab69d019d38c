//! Webhooks against a TLS server on loopback: signatures, retries, refusals, bounds.

mod server;

use std::{net::IpAddr, sync::Arc, time::Duration};

use cloudscope_memory::ManualClock;
use cloudscope_ports::{HookState, Notice, Notifier};
use serde_json::{Value, json};

use super::{Pace, resolve::Ask};
use crate::{Attached, HookSpec, Hooks, Key, Outside, samples};
use server::{Answer, Request, Server};

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

/// Answers every name with these addresses.
fn names(ips: &[&str]) -> Ask {
    let ips: Vec<IpAddr> = ips.iter().map(|ip| ip.parse().unwrap()).collect();
    Arc::new(move |_| {
        let ips = ips.clone();
        Box::pin(async move { Ok(ips) })
    })
}

fn quick() -> Pace {
    Pace { first: Duration::from_millis(2), longest: Duration::from_millis(5), asked: Duration::from_secs(3) }
}

fn outside() -> Outside {
    Outside { clock: Arc::new(ManualClock::new(samples::at())), home: None }
}

fn hooks(webhook: &Value, ask: &Ask) -> Arc<Hooks> {
    let spec: HookSpec = serde_json::from_value(json!({"name": "chat",
        "events": ["asset-created", "asset-gone"], "webhook": webhook}))
    .unwrap();
    let attached = Attached { spec, held: None, key: Some(Key::parse(KEY).unwrap()) };
    Hooks::start_with(vec![attached], &outside(), ask, quick())
}

/// A hook to the server by the name in its certificate, with these settings besides.
fn to(server: &Server, more: &Value) -> Value {
    let mut webhook = json!({"url": format!("https://hooks.example.com:{}/in", server.port()), "secret": "chat",
        "allow_private": true, "ca_file": server.ca_file(), "timeout": "5s"});
    webhook.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    webhook
}

async fn send(hooks: &Hooks, notices: Vec<Notice>) -> HookState {
    hooks.notify(notices);
    hooks.finish(Duration::from_secs(20)).await;
    hooks.hooks().remove(0)
}

fn verify(request: &Request, key: &[u8]) -> bool {
    let (id, at) = (request.header("webhook-id"), request.header("webhook-timestamp"));
    let at = cloudscope_domain::Timestamp::from_seconds(at.parse().unwrap());
    Key::parse(key).unwrap().sign(id, at, &request.body) == request.header("webhook-signature")
}

#[tokio::test]
async fn a_batch_arrives_whole_and_its_signature_verifies() {
    let server = Server::start(vec![Answer::status(204)]).await;
    let hooks = hooks(&to(&server, &json!({})), &names(&["127.0.0.1"]));
    let state =
        send(&hooks, vec![samples::created("a"), samples::created("b"), samples::all().remove(4)]).await;
    assert_eq!((state.delivered, state.failed, state.dropped), (2, 0, 0), "{state:?}");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.line, "POST /in HTTP/1.1");
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("webhook-timestamp"), "1795600800");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let name = |i: usize| body[i]["asset"]["name"].as_str().unwrap().to_owned();
    assert_eq!((body.as_array().unwrap().len(), name(0), name(1)), (2, "a".into(), "b".into()));
    assert!(verify(request, KEY));
    assert!(!verify(request, b"another key, another signature"));
    assert!(!verify(&Request { body: [&request.body[..], b" "].concat(), ..request.clone() }, KEY));
}

#[test]
fn the_signature_is_that_of_the_standard() {
    // The example of https://github.com/standard-webhooks/standard-webhooks, as its libraries test it.
    let key = Key::parse(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    let at = cloudscope_domain::Timestamp::from_seconds(1_614_265_330);
    assert_eq!(
        key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b"{\"test\": 2432232314}"),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
    assert_eq!(key.written(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    assert_eq!(format!("{key:?}"), "Key(..)");
    for bad in [&b""[..], b"short", b"whsec_!!!!", b"whsec_QUJD"] {
        assert!(Key::parse(bad).is_err());
    }
}

/// What docs/HOOKS.md tells a receiver to do is done here, word for word.
#[tokio::test]
async fn the_check_in_the_documentation_verifies_a_delivery() {
    let text = include_str!("../../../../docs/HOOKS.md");
    let code = text.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let server = Server::start(vec![Answer::status(200)]).await;
    let hooks = hooks(&to(&server, &json!({})), &names(&["127.0.0.1"]));
    send(&hooks, vec![samples::created("a")]).await;
    let request = server.requests().remove(0);
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("body"), &request.body).unwrap();
    let script = format!(
        "{code}\nimport sys\nheaders = dict(zip(['webhook-id', 'webhook-timestamp', 'webhook-signature'], sys.argv[3:]))\n\
         body = open(sys.argv[1], 'rb').read()\nnow = int(headers['webhook-timestamp']) + 10\n\
         print(verify(sys.argv[2], headers, body, now), verify(sys.argv[2], headers, body + b' ', now), \
         verify(sys.argv[2], headers, body, now + 3600))\n"
    );
    let out = tokio::process::Command::new("python3")
        .args(["-c", &script])
        .arg(dir.path().join("body"))
        .arg(Key::parse(KEY).unwrap().written())
        .args(["webhook-id", "webhook-timestamp", "webhook-signature"].map(|h| request.header(h).to_owned()))
        .output()
        .await
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&out.stdout),
        "True False False\n",
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

#[tokio::test]
async fn what_may_pass_is_tried_again_with_the_same_id_and_what_may_not_is_not() {
    let answers = vec![
        Answer::status(500),
        Answer::status(429).header("Retry-After: 0"),
        Answer::cut(),
        Answer::status(200),
    ];
    let server = Server::start(answers).await;
    let state =
        send(&hooks(&to(&server, &json!({})), &names(&["127.0.0.1"])), vec![samples::created("a")]).await;
    assert_eq!((state.delivered, state.failed), (1, 0), "{state:?}");
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|r| r.header("webhook-id") == requests[0].header("webhook-id")));

    let server = Server::start(vec![Answer::status(403).body("no \u{1b}[2J thanks")]).await;
    let state =
        send(&hooks(&to(&server, &json!({})), &names(&["127.0.0.1"])), vec![samples::created("a")]).await;
    assert_eq!((state.delivered, state.failed, server.requests().len()), (0, 1, 1));
    let (at, why) = state.last_error.unwrap();
    assert_eq!(at, samples::at());
    assert!(why.contains("403") && why.contains("no ␛[2J thanks"), "{why}");

    let server = Server::start(vec![Answer::status(503); 3]).await;
    let state = send(
        &hooks(&to(&server, &json!({"attempts": 3})), &names(&["127.0.0.1"])),
        vec![samples::created("a")],
    )
    .await;
    assert_eq!((state.failed, server.requests().len()), (1, 3));
    assert!(state.last_error.unwrap().1.contains("given up after 3 attempts"));
}

#[tokio::test]
async fn a_receiver_is_not_bothered_before_it_asked_to_be() {
    let server = Server::start(vec![Answer::status(429).header("Retry-After: 1"), Answer::status(200)]).await;
    let state =
        send(&hooks(&to(&server, &json!({})), &names(&["127.0.0.1"])), vec![samples::created("a")]).await;
    assert_eq!(state.delivered, 1);
    let requests = server.requests();
    assert!(requests[1].at.duration_since(requests[0].at) >= Duration::from_secs(1));
}

#[tokio::test]
async fn one_that_does_not_answer_is_given_up_in_time() {
    let server = Server::start(vec![Answer::silence(), Answer::status(200)]).await;
    let hook = to(&server, &json!({"timeout": "0.3s"}));
    let state = send(&hooks(&hook, &names(&["127.0.0.1"])), vec![samples::created("a")]).await;
    assert_eq!((state.delivered, server.requests().len()), (1, 2), "{state:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::start(vec![Answer::status(200)]).await;
    let header = format!("Location: https://hooks.example.com:{}/in", other.port());
    let server = Server::start(vec![Answer::status(307).header(&header)]).await;
    let state =
        send(&hooks(&to(&server, &json!({})), &names(&["127.0.0.1"])), vec![samples::created("a")]).await;
    assert_eq!((state.failed, server.requests().len(), other.requests().len()), (1, 1, 0));
    assert!(state.last_error.unwrap().1.contains("redirect"));
}

#[tokio::test]
async fn refused_addresses_are_never_connected_to() {
    let server = Server::start(vec![Answer::status(200)]).await;
    let closed = json!({"allow_private": false});
    for (ips, more, url) in [
        (vec!["127.0.0.1"], closed.clone(), None),
        (vec!["8.8.8.8", "127.0.0.1"], closed.clone(), None),
        (vec!["::ffff:127.0.0.1"], closed.clone(), None),
        (vec!["169.254.169.254"], json!({}), None),
        (vec!["127.0.0.1", "169.254.169.254"], json!({}), None),
        (vec!["127.0.0.1"], json!({"allow_private": false, "allow": ["10.0.0.0/8"]}), None),
        (vec![], closed.clone(), Some("https://127.0.0.1:PORT/in")),
        (vec![], closed.clone(), Some("https://0x7f.1:PORT/in")),
        (vec![], closed, Some("https://[::ffff:7f00:1]:PORT/in")),
        (vec!["10.0.0.1"], json!({}), Some("http://hooks.example.com:PORT/in")),
    ] {
        let mut hook = to(&server, &more);
        if let Some(url) = url {
            hook["url"] = url.replace("PORT", &server.port().to_string()).into();
        }
        let state = send(&hooks(&hook, &names(&ips)), vec![samples::created("a")]).await;
        let why = state.last_error.unwrap_or_else(|| panic!("{ips:?} {hook}")).1;
        assert!(why.contains("refused") || why.contains("http"), "{ips:?} {hook}: {why}");
        assert_eq!((state.delivered, state.failed), (0, 1), "{hook}");
    }
    assert_eq!(server.connections(), 0);
    // Listed, it is reached: the refusals above are not for another reason.
    let hook = to(&server, &json!({"allow_private": false, "allow": ["127.0.0.0/8"]}));
    let state = send(&hooks(&hook, &names(&["127.0.0.1"])), vec![samples::created("a")]).await;
    assert_eq!(state.delivered, 1, "{state:?}");
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_checked() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let server = Server::start(vec![Answer::status(200)]).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    // The second answer would be another address.
    let ask: Ask = Arc::new(move |_| {
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        let ip: IpAddr = if first { "127.0.0.1" } else { "127.0.0.2" }.parse().unwrap();
        Box::pin(async move { Ok(vec![ip]) })
    });
    let state = send(&hooks(&to(&server, &json!({})), &ask), vec![samples::created("a")]).await;
    assert_eq!((state.delivered, asked.load(Ordering::SeqCst)), (1, 1), "{state:?}");
}

#[tokio::test]
async fn only_the_given_certificates_are_trusted_and_the_name_is_checked() {
    let (server, other) = (Server::start(vec![Answer::status(200)]).await, Server::start(vec![]).await);
    let stranger = to(&server, &json!({"ca_file": other.ca_file(), "attempts": 1}));
    let state = send(&hooks(&stranger, &names(&["127.0.0.1"])), vec![samples::created("a")]).await;
    assert!(state.last_error.unwrap().1.contains("certificate"));
    let misnamed =
        to(&server, &json!({"url": format!("https://evil.example.com:{}/in", server.port()), "attempts": 1}));
    let state = send(&hooks(&misnamed, &names(&["127.0.0.1"])), vec![samples::created("a")]).await;
    assert!(state.last_error.unwrap().1.contains("certificate"));
    assert_eq!(server.requests().len(), 0);
    let nowhere = to(&server, &json!({"ca_file": "/nonexistent/ca.pem"}));
    let state = hooks(&nowhere, &names(&["127.0.0.1"])).hooks().remove(0);
    assert!(state.held.unwrap().contains("/nonexistent/ca.pem"));
}

#[tokio::test]
async fn batches_are_bounded_and_come_in_order() {
    let server = Server::start(vec![Answer::status(200); 10]).await;
    let notices = (0..25).map(|i| samples::created(&i.to_string())).collect();
    let state = send(&hooks(&to(&server, &json!({"batch": 10})), &names(&["127.0.0.1"])), notices).await;
    assert_eq!(state.delivered, 25);
    let mut seen = Vec::new();
    for request in server.requests() {
        let body: Vec<Value> = serde_json::from_slice(&request.body).unwrap();
        assert!(body.len() <= 10);
        seen.extend(body.into_iter().map(|n| n["asset"]["name"].as_str().unwrap().parse::<u32>().unwrap()));
    }
    assert_eq!(seen, (0..25).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_notice_larger_than_a_body_may_be_fails_alone() {
    let server = Server::start(vec![Answer::status(200)]).await;
    let hooks = hooks(&to(&server, &json!({})), &names(&["127.0.0.1"]));
    let state = send(&hooks, vec![samples::created(&"x".repeat(2 << 20)), samples::created("b")]).await;
    assert_eq!((state.delivered, state.failed, server.requests().len()), (1, 1, 1));
    assert!(state.last_error.unwrap().1.contains("larger"));
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let server = Server::start(vec![Answer::status(400).endless()]).await;
    let state =
        send(&hooks(&to(&server, &json!({})), &names(&["127.0.0.1"])), vec![samples::created("a")]).await;
    assert_eq!(state.failed, 1);
    assert!(state.last_error.unwrap().1.len() < 1_000);
}

#[tokio::test]
async fn plain_http_reaches_loopback_when_it_is_allowed() {
    let server = Server::start_plain(vec![Answer::status(200)]).await;
    let hook = json!({"url": format!("http://127.0.0.1:{}/in", server.port()), "secret": "chat", "allow_private": true});
    let state = send(&hooks(&hook, &names(&[])), vec![samples::created("a")]).await;
    assert_eq!(state.delivered, 1, "{state:?}");
}

#[tokio::test]
async fn the_end_of_the_program_does_not_wait_for_a_receiver_that_is_away() {
    let server = Server::start(vec![Answer::silence(); 3]).await;
    let hooks = hooks(&to(&server, &json!({"timeout": "60s", "batch": 1})), &names(&["127.0.0.1"]));
    hooks.notify((0..5).map(|i| samples::created(&i.to_string())).collect());
    server.connected().await;
    let began = std::time::Instant::now();
    hooks.finish(Duration::from_millis(50)).await;
    assert!(began.elapsed() < Duration::from_secs(10));
    let state = hooks.hooks().remove(0);
    assert_eq!((state.delivered, state.failed, state.dropped), (0, 1, 4), "{state:?}");
}
