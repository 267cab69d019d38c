//! The owner's side: one task per visitor, a bounded number of commands under way for each.

use std::{
    collections::HashSet,
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{BufReader, BufWriter},
    net::{UnixListener, UnixStream},
    sync::{Semaphore, broadcast::error::RecvError, mpsc},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Asked, LinkError, SOCKET, Told, frame, socket};
use crate::{
    Command, Event, Reply, Session,
    message::{CursorId, PROTOCOL_VERSION},
};

/// Visitors served at a time.
const VISITORS: usize = 128;
/// Commands of one visitor under way at a time.
const COMMANDS: usize = 32;
/// Messages that may wait for a slow visitor.
const OUTBOX: usize = 64;
/// A visitor that does not greet within this time is dropped.
const GREETING: Duration = Duration::from_secs(5);

/// Serves until dropped; then the socket is removed.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    places: Arc<Semaphore>,
    _stop: DropGuard,
}

impl Server {
    /// Waits until the visitors that are served now have left, so that an owner with nothing more to do
    /// does not cut them off; no new ones are served meanwhile. Gives up after `patience`.
    pub async fn idle(&self, patience: Duration) {
        let all = u32::try_from(VISITORS).unwrap_or(u32::MAX);
        // Given up or not: the caller goes away next.
        let _ = tokio::time::timeout(patience, self.places.acquire_many(all)).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only the holder of the store's lock serves, so what is there is ours to remove.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Serves `session` on the socket in `data_dir`. Call it only while holding the store's lock: a
/// socket that is there already is a dead owner's and is replaced.
///
/// # Errors
/// `Unsafe` when something other than our socket stands in its place.
pub fn serve(data_dir: &Path, session: Arc<dyn Session>) -> Result<Server, LinkError> {
    let path = data_dir.join(SOCKET);
    if socket::is_ours(data_dir)? {
        std::fs::remove_file(&path)?;
    }
    let address = socket::address(data_dir)?;
    let listener = UnixListener::bind(&address.path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let stop = CancellationToken::new();
    let places = Arc::new(Semaphore::new(VISITORS));
    tokio::spawn(accept(listener, session, Arc::clone(&places), stop.clone()));
    Ok(Server { path, places, _stop: stop.drop_guard() })
}

async fn accept(
    listener: UnixListener,
    session: Arc<dyn Session>,
    places: Arc<Semaphore>,
    stop: CancellationToken,
) {
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of descriptors, most likely: some will be given back.
                tracing::warn!(%error, "a visitor could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let ours = rustix::process::geteuid().as_raw();
        if !stream.peer_cred().is_ok_and(|peer| peer.uid() == ours || peer.uid() == 0) {
            tracing::warn!("a visitor of another user was turned away");
            continue;
        }
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (session, stop) = (Arc::clone(&session), stop.clone());
        tokio::spawn(async move {
            if let Some(Err(error)) = stop.run_until_cancelled(visit(stream, session)).await
                && error.kind() != io::ErrorKind::BrokenPipe
            {
                tracing::info!(%error, "a visitor left");
            }
            drop(place);
        });
    }
}

async fn visit(stream: UnixStream, session: Arc<dyn Session>) -> io::Result<()> {
    let (read, write) = stream.into_split();
    let (mut read, mut write) = (BufReader::new(read), BufWriter::new(write));
    let hello = tokio::time::timeout(GREETING, frame::read(&mut read)).await;
    let Ok(Some(Asked::Hello { protocol })) = hello.map_err(|_| io::ErrorKind::TimedOut)? else {
        return Ok(());
    };
    frame::write(&mut write, &Told::Welcome { protocol: PROTOCOL_VERSION, pid: std::process::id() }).await?;
    if protocol != PROTOCOL_VERSION {
        return Ok(());
    }
    let (outbox, mut messages) = mpsc::channel::<Told>(OUTBOX);
    let mut events = session.events();
    let cursors = Arc::new(Cursors { session: Arc::clone(&session), open: Mutex::new(HashSet::new()) });
    let places = Arc::new(Semaphore::new(COMMANDS));
    // Dropping the future of `visit` stops both halves and closes the visitor's cursors.
    let answers = async {
        loop {
            tokio::select! {
                message = messages.recv() => match message {
                    Some(message) => frame::write(&mut write, &message).await?,
                    None => return Ok(()),
                },
                event = events.recv() => match event {
                    Ok(event) => frame::write(&mut write, &Told::Event(event)).await?,
                    Err(RecvError::Lagged(_)) => frame::write(&mut write, &Told::Event(Event::Lagged)).await?,
                    Err(RecvError::Closed) => return Ok(()),
                },
            }
        }
    };
    let questions = async {
        while let Some(asked) = frame::read(&mut read).await? {
            let Asked::Ask { id, command } = asked else { continue };
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
            let (session, outbox, cursors) = (Arc::clone(&session), outbox.clone(), Arc::clone(&cursors));
            tokio::spawn(async move {
                let closing = if let Command::Close { cursor } = &command { Some(*cursor) } else { None };
                let result = session.ask(command).await;
                match &result {
                    Ok(Reply::Opened(opened)) => cursors.note(opened.cursor, true),
                    _ => closing.into_iter().for_each(|c| cursors.note(c, false)),
                }
                // A visitor that left meanwhile does not need the answer.
                let _ = outbox.send(Told::Answer { id, result }).await;
                drop(place);
            });
        }
        io::Result::Ok(())
    };
    tokio::select! {
        ended = answers => ended,
        ended = questions => ended,
    }
}

/// The cursors that a visitor opened; closed with it.
struct Cursors {
    session: Arc<dyn Session>,
    open: Mutex<HashSet<CursorId>>,
}

impl Cursors {
    fn note(&self, cursor: CursorId, open: bool) {
        let mut all = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open {
            all.insert(cursor)
        } else {
            all.remove(&cursor)
        };
    }
}

impl Drop for Cursors {
    fn drop(&mut self) {
        let open = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        let session = Arc::clone(&self.session);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                for cursor in open {
                    let _ = session.ask(Command::Close { cursor }).await;
                }
            });
        }
    }
}
