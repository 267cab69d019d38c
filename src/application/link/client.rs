//! A visitor's side: a session whose engine is in the owner's process.

use std::{
    collections::HashMap,
    io,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    io::{BufReader, BufWriter},
    net::{UnixStream, unix::OwnedReadHalf},
    sync::{broadcast, mpsc, oneshot},
};

use super::{Asked, LinkError, Told, frame, socket};
use crate::{Command, Event, Reply, Session, SessionError, message::PROTOCOL_VERSION};

/// An owner that does not greet within this time is taken for stuck.
const GREETING: Duration = Duration::from_secs(5);
/// Commands that may wait to be sent.
const OUTBOX: usize = 64;
/// Events that a slow reader may be behind before it loses some.
const EVENTS: usize = 256;

type Waiting = HashMap<u64, oneshot::Sender<Result<Reply, SessionError>>>;

struct RemoteSession {
    outbox: mpsc::Sender<Asked>,
    shared: Arc<Shared>,
    next: AtomicU64,
}

struct Shared {
    /// `None` once the owner went away.
    waiting: Mutex<Option<Waiting>>,
    events: broadcast::Sender<Event>,
}

/// Attaches to the process that holds `data_dir`.
///
/// # Errors
/// `Nobody` when there is none (a dead owner's socket included): the caller may open the store.
pub async fn connect(data_dir: &Path) -> Result<Arc<dyn Session>, LinkError> {
    if !socket::is_ours(data_dir)? {
        return Err(LinkError::Nobody);
    }
    let address = socket::address(data_dir)?;
    let stream = match UnixStream::connect(&address.path).await {
        Ok(stream) => stream,
        Err(e)
            if matches!(e.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound)
                || is_parting(e.kind()) =>
        {
            return Err(LinkError::Nobody);
        }
        Err(e) => return Err(e.into()),
    };
    let peer = stream.peer_cred()?;
    if peer.uid() != rustix::process::geteuid().as_raw() {
        return Err(LinkError::Unsafe(
            "the owner's socket is served by another user; it was not used".into(),
        ));
    }
    let (read, write) = stream.into_split();
    let (mut read, mut write) = (BufReader::new(read), BufWriter::new(write));
    let greet = async {
        frame::write(&mut write, &Asked::Hello { protocol: PROTOCOL_VERSION }).await?;
        frame::read(&mut read).await
    };
    let told = match tokio::time::timeout(GREETING, greet).await {
        Err(_) => {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it does not answer; is it stopped?").into());
        }
        Ok(Ok(told)) => told,
        // It was just leaving.
        Ok(Err(e)) if is_parting(e.kind()) => return Err(LinkError::Nobody),
        Ok(Err(e)) => return Err(e.into()),
    };
    match told {
        Some(Told::Welcome { protocol, .. }) if protocol == PROTOCOL_VERSION => {}
        Some(Told::Welcome { protocol, pid }) => {
            return Err(LinkError::Version { pid, theirs: protocol, ours: PROTOCOL_VERSION });
        }
        Some(_) => return Err(io::Error::new(io::ErrorKind::InvalidData, "it did not greet").into()),
        None => return Err(LinkError::Nobody),
    }
    let (outbox, mut messages) = mpsc::channel::<Asked>(OUTBOX);
    let shared =
        Arc::new(Shared { waiting: Mutex::new(Some(HashMap::new())), events: broadcast::channel(EVENTS).0 });
    let writer = Arc::clone(&shared);
    tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            if frame::write(&mut write, &message).await.is_err() {
                writer.gone();
                return;
            }
        }
    });
    tokio::spawn(listen(read, Arc::clone(&shared)));
    Ok(Arc::new(RemoteSession { outbox, shared, next: AtomicU64::new(1) }))
}

/// How a socket fails whose other side goes away while it is greeted.
fn is_parting(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

async fn listen(mut read: BufReader<OwnedReadHalf>, shared: Arc<Shared>) {
    loop {
        match frame::read(&mut read).await {
            Ok(Some(Told::Answer { id, result })) => {
                let waiting = shared.lock().as_mut().and_then(|w| w.remove(&id));
                if let Some(waiting) = waiting {
                    // Whoever asked may have lost interest.
                    let _ = waiting.send(result);
                }
            }
            Ok(Some(Told::Event(event))) => {
                let _ = shared.events.send(event);
            }
            Ok(Some(Told::Welcome { .. })) => {}
            Ok(None) => break,
            Err(error) => {
                tracing::warn!(%error, "the link to the owner broke");
                break;
            }
        }
    }
    shared.gone();
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody who waits that no answer will come.
    fn gone(&self) {
        if self.lock().take().is_some() {
            let _ = self.events.send(Event::Closing);
        }
    }
}

#[async_trait]
impl Session for RemoteSession {
    async fn ask(&self, command: Command) -> Result<Reply, SessionError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (tell, answer) = oneshot::channel();
        match &mut *self.shared.lock() {
            Some(waiting) => waiting.insert(id, tell),
            None => return Err(SessionError::Gone),
        };
        let asked = Asked::Ask { id, command };
        self.outbox.send(asked).await.map_err(|_| SessionError::Gone)?;
        let mut reply = answer.await.map_err(|_| SessionError::Gone)??;
        if let Reply::Overview(overview) = &mut reply {
            overview.remote = true;
        }
        Ok(reply)
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.shared.events.subscribe()
    }
}
