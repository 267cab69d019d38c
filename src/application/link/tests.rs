//! The owner's socket over a small session: many visitors, wrong versions, dead owners, long paths.

use std::{os::unix::fs::PermissionsExt, sync::Arc};

use async_trait::async_trait;
use cloudscope_domain::query::Query;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    sync::broadcast,
};

use super::{LinkError, Relay, SOCKET, connect, serve};
use crate::{
    Command, Event, Reply, Session, SessionError,
    message::{CursorId, Opened, Overview},
};

struct Echo {
    events: broadcast::Sender<Event>,
    closed: std::sync::Mutex<Vec<CursorId>>,
}

impl Echo {
    fn new() -> Arc<Self> {
        Arc::new(Self { events: broadcast::channel(16).0, closed: std::sync::Mutex::default() })
    }
}

#[async_trait]
impl Session for Echo {
    async fn ask(&self, command: Command) -> Result<Reply, SessionError> {
        match command {
            Command::Overview => Ok(Reply::Overview(Box::new(Overview { total: 42, ..Overview::default() }))),
            Command::Open { query, .. } => {
                let parsed = Query::parse(&query);
                Ok(Reply::Opened(Opened {
                    past: false,
                    cursor: CursorId(query.len() as u64),
                    revision: cloudscope_domain::Revision(1),
                    as_of: cloudscope_domain::Timestamp::from_seconds(1),
                    total: 0,
                    unknown: 0,
                    undecided: 0,
                    chips: parsed.chips,
                    bad: parsed.bad,
                    micros: 0,
                }))
            }
            Command::Close { cursor } => {
                self.closed.lock().unwrap().push(cursor);
                Ok(Reply::Done)
            }
            Command::Cancel => Err(SessionError::Bad("no\x1b[2J".into())),
            Command::StoreInfo => std::future::pending().await,
            _ => Ok(Reply::Done),
        }
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}

#[tokio::test]
async fn visitors_ask_and_hear() {
    let dir = tempfile::tempdir().unwrap();
    let session = Echo::new();
    let _server = serve(dir.path(), session.clone()).unwrap();
    let mode = std::fs::metadata(dir.path().join(SOCKET)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut jobs = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let path = dir.path().to_owned();
        jobs.spawn(async move {
            let visitor = connect(&path).await.unwrap();
            let Reply::Overview(overview) = visitor.ask(Command::Overview).await.unwrap() else { panic!() };
            assert!(overview.remote && overview.total == 42);
            assert_eq!(
                visitor.ask(Command::Cancel).await.unwrap_err(),
                SessionError::Bad("no\x1b[2J".into())
            );
        });
    }
    while let Some(done) = jobs.join_next().await {
        done.unwrap();
    }
    let visitor = connect(dir.path()).await.unwrap();
    let mut heard = visitor.events();
    // Answered means that the owner's side listens to events already.
    visitor.ask(Command::Overview).await.unwrap();
    session.send(Event::Trouble("disk".into()));
    assert_eq!(heard.recv().await.unwrap(), Event::Trouble("disk".into()));
    session.send(Event::Mended(vec!["disk".into()]));
    assert_eq!(heard.recv().await.unwrap(), Event::Mended(vec!["disk".into()]));
}

impl Echo {
    fn send(&self, event: Event) {
        self.events.send(event).unwrap();
    }
}

#[tokio::test]
async fn an_owner_that_goes_away_is_told_to_who_waits() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), Echo::new()).unwrap();
    let visitor = connect(dir.path()).await.unwrap();
    let mut heard = visitor.events();
    let waiting = {
        let visitor = Arc::clone(&visitor);
        tokio::spawn(async move { visitor.ask(Command::StoreInfo).await })
    };
    visitor.ask(Command::Overview).await.unwrap();
    drop(server);
    assert_eq!(heard.recv().await.unwrap(), Event::Closing);
    assert_eq!(waiting.await.unwrap().unwrap_err(), SessionError::Gone);
    assert_eq!(visitor.ask(Command::Overview).await.unwrap_err(), SessionError::Gone);
    assert!(matches!(connect(dir.path()).await, Err(LinkError::Nobody)));
}

#[tokio::test]
async fn a_relay_goes_on_with_the_next_owner() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), Echo::new()).unwrap();
    let relay = Relay::new(connect(dir.path()).await.unwrap());
    let mut heard = relay.events();
    relay.ask(Command::Overview).await.unwrap();
    drop(server);
    relay.parted().await;
    assert_eq!(heard.recv().await.unwrap(), Event::Parted);
    assert_eq!(relay.ask(Command::Overview).await.unwrap_err(), SessionError::Gone);
    let next = Echo::new();
    relay.change(Arc::clone(&next) as Arc<dyn Session>);
    assert_eq!(heard.recv().await.unwrap(), Event::Reattached);
    relay.ask(Command::Overview).await.unwrap();
    next.send(Event::Mended(vec!["disk".into()]));
    assert_eq!(heard.recv().await.unwrap(), Event::Mended(vec!["disk".into()]));
    // Where there is no next one those who listen are told why, and that it is the end.
    relay.give_up("another version holds it".into());
    assert_eq!(heard.recv().await.unwrap(), Event::Trouble("another version holds it".into()));
    assert_eq!(heard.recv().await.unwrap(), Event::Closing);
}

#[tokio::test]
async fn a_relay_notices_an_owner_that_went_away_before_it_listened() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), Echo::new()).unwrap();
    let visitor = connect(dir.path()).await.unwrap();
    drop(server);
    while visitor.ask(Command::Overview).await.is_ok() {}
    Relay::new(visitor).parted().await;
}

#[tokio::test]
async fn a_dead_owners_socket_does_not_block_the_next() {
    let dir = tempfile::tempdir().unwrap();
    drop(std::os::unix::net::UnixListener::bind(dir.path().join(SOCKET)).unwrap());
    assert!(matches!(connect(dir.path()).await, Err(LinkError::Nobody)));
    let _server = serve(dir.path(), Echo::new()).unwrap();
    assert!(connect(dir.path()).await.is_ok());
}

#[tokio::test]
async fn what_is_not_our_socket_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(SOCKET), "").unwrap();
    assert!(matches!(serve(dir.path(), Echo::new()), Err(LinkError::Unsafe(_))));
    assert!(matches!(connect(dir.path()).await, Err(LinkError::Unsafe(_))));
    std::fs::remove_file(dir.path().join(SOCKET)).unwrap();
    std::os::unix::fs::symlink("/dev/null", dir.path().join(SOCKET)).unwrap();
    assert!(matches!(serve(dir.path(), Echo::new()), Err(LinkError::Unsafe(_))));
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_address_works_on_linux() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let long = dir.path().join("d".repeat(120));
    std::fs::create_dir(&long).unwrap();
    let _server = serve(&long, Echo::new()).unwrap();
    assert!(connect(&long).await.unwrap().ask(Command::Overview).await.is_ok());
}

#[tokio::test]
async fn a_visitors_cursors_are_closed_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let session = Echo::new();
    let server = serve(dir.path(), session.clone()).unwrap();
    {
        let visitor = connect(dir.path()).await.unwrap();
        visitor.ask(Command::Open { query: "abc".into(), sort: Vec::new(), at: None }).await.unwrap();
        visitor.ask(Command::Open { query: "abcd".into(), sort: Vec::new(), at: None }).await.unwrap();
        visitor.ask(Command::Close { cursor: CursorId(3) }).await.unwrap();
    }
    // All visitors have left once the server is idle; closing the cursors follows at once.
    server.idle(std::time::Duration::from_secs(10)).await;
    for _ in 0..1000 {
        if session.closed.lock().unwrap().len() >= 2 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(*session.closed.lock().unwrap(), [CursorId(3), CursorId(4)]);
}

#[tokio::test]
async fn garbage_and_other_versions_are_turned_away() {
    let dir = tempfile::tempdir().unwrap();
    let _server = serve(dir.path(), Echo::new()).unwrap();
    let talk = async |bytes: &[u8]| {
        let mut stream = UnixStream::connect(dir.path().join(SOCKET)).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A reset is as good as an end.
        let _ = stream.read_to_end(&mut answer).await;
        answer
    };
    assert!(talk(b"GET / HTTP/1.1\r\n\r\n").await.is_empty());
    assert!(talk(&[0, 0, 0, 3, b'{', b'{', b'{']).await.is_empty());
    let hello = br#"{"Hello":{"protocol":999}}"#;
    let mut frame = (hello.len() as u32).to_be_bytes().to_vec();
    frame.extend_from_slice(hello);
    let answer = talk(&frame).await;
    assert!(String::from_utf8_lossy(&answer).contains("Welcome"), "told its version, then closed");
}
