//! A session that outlives the process that answers it. Where the owner of the store goes away, whoever holds the
//! relay gives it another session (of the next owner, or of an engine of its own), and whoever asks goes on.
//!
//! Knows nothing of how the next one is found.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use tokio::sync::{
    Notify,
    broadcast::{self, error::RecvError},
};

use crate::{Command, Event, Reply, Session, SessionError};

/// Events that a slow reader may be behind before it loses some.
const EVENTS: usize = 256;

/// Answers with the session that it was given last.
pub struct Relay {
    now: RwLock<Arc<dyn Session>>,
    events: broadcast::Sender<Event>,
    parted: Notify,
}

impl Relay {
    /// Over a first session.
    #[must_use]
    pub fn new(session: Arc<dyn Session>) -> Arc<Self> {
        let relay = Self {
            now: RwLock::new(Arc::clone(&session)),
            events: broadcast::channel(EVENTS).0,
            parted: Notify::new(),
        };
        let relay = Arc::new(relay);
        relay.hear(session);
        relay
    }

    /// Returns when the session went away: it is time for the next one.
    pub async fn parted(&self) {
        self.parted.notified().await;
    }

    /// Asks this session from now on. Cursors of the one before mean nothing to it.
    pub fn change(self: &Arc<Self>, session: Arc<dyn Session>) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&session);
        self.tell(Event::Reattached);
        self.hear(session);
    }

    /// There will be no next one, for this reason.
    pub fn give_up(&self, why: String) {
        self.tell(Event::Trouble(why));
        self.tell(Event::Closing);
    }

    fn tell(&self, event: Event) {
        // Nobody may listen yet.
        let _ = self.events.send(event);
    }

    fn hear(self: &Arc<Self>, session: Arc<dyn Session>) {
        let (mut said, relay) = (session.events(), Arc::downgrade(self));
        tokio::spawn(async move {
            // Whoever went away before we listened says nothing any more.
            let mut gone = session.ask(Command::Overview).await == Err(SessionError::Gone);
            drop(session);
            loop {
                let event = if gone { Err(RecvError::Closed) } else { said.recv().await };
                let Some(relay) = relay.upgrade() else { return };
                match event {
                    Ok(Event::Closing) | Err(RecvError::Closed) => {
                        relay.tell(Event::Parted);
                        relay.parted.notify_one();
                        return;
                    }
                    Ok(event) => relay.tell(event),
                    Err(RecvError::Lagged(_)) => relay.tell(Event::Lagged),
                }
                gone = false;
            }
        });
    }
}

#[async_trait]
impl Session for Relay {
    async fn ask(&self, command: Command) -> Result<Reply, SessionError> {
        let session = Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner));
        session.ask(command).await
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}
