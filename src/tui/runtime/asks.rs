//! Questions to the engine: of each sort at most one is under way, and of those that come meanwhile
//! only the newest waits. So a fast typist costs the engine no more than it can answer.

use std::{collections::HashMap, sync::Arc};

use cloudscope_application::{Command, Session};
use tokio::sync::mpsc;

use crate::{effect::Tag, event::Event};

/// Commands told, not asked, that may wait.
const BOUND: usize = 256;

/// Asks the engine.
pub(super) struct Asks {
    session: Arc<dyn Session>,
    events: mpsc::Sender<Event>,
    under_way: HashMap<Tag, Option<(u64, Command)>>,
    told: mpsc::Sender<Command>,
}

impl Asks {
    /// Nothing is asked yet.
    pub(super) fn new(session: Arc<dyn Session>, events: mpsc::Sender<Event>) -> Self {
        let (told, mut waiting) = mpsc::channel(BOUND);
        let teller = Arc::clone(&session);
        tokio::spawn(async move {
            while let Some(command) = waiting.recv().await {
                if let Err(error) = teller.ask(command).await {
                    tracing::debug!(%error, "a command that nobody waits for failed");
                }
            }
        });
        Self { session, events, under_way: HashMap::new(), told }
    }

    /// Asks, now or as soon as what is under way is answered.
    pub(super) fn ask(&mut self, tag: Tag, generation: u64, command: Command) {
        match self.under_way.get_mut(&tag) {
            Some(next) => *next = Some((generation, command)),
            None => {
                self.under_way.insert(tag, None);
                self.start(tag, generation, command);
            }
        }
    }

    /// An answer was taken in: what waits may go.
    pub(super) fn answered(&mut self, tag: Tag) {
        if let Some(Some((generation, command))) = self.under_way.remove(&tag) {
            self.under_way.insert(tag, None);
            self.start(tag, generation, command);
        }
    }

    /// Tells; nobody waits for the answer.
    pub(super) fn tell(&self, command: Command) {
        if self.told.try_send(command).is_err() {
            tracing::warn!("the engine does not keep up; a command was dropped");
        }
    }

    fn start(&self, tag: Tag, generation: u64, command: Command) {
        let (session, events) = (Arc::clone(&self.session), self.events.clone());
        tokio::spawn(async move {
            let result = session.ask(command).await;
            // When nobody listens the front end has ended.
            let _ = events.send(Event::Answer { tag, generation, result }).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use cloudscope_application::{Event as SessionEvent, Reply, SessionError};
    use tokio::sync::{Semaphore, broadcast};

    struct Slow {
        may: Semaphore,
    }

    #[async_trait]
    impl Session for Slow {
        async fn ask(&self, command: Command) -> Result<Reply, SessionError> {
            self.may.acquire().await.map_err(|_| SessionError::Gone)?.forget();
            Err(SessionError::Bad(format!("{command:?}")))
        }

        fn events(&self) -> broadcast::Receiver<SessionEvent> {
            broadcast::channel(1).1
        }
    }

    #[tokio::test]
    async fn of_many_questions_the_first_and_the_newest_are_asked() {
        let session = Arc::new(Slow { may: Semaphore::new(0) });
        let (events, mut inbox) = mpsc::channel(8);
        let mut asks = Asks::new(Arc::clone(&session) as Arc<dyn Session>, events);
        for generation in 1..=50 {
            asks.ask(Tag::Open, generation, Command::Overview);
        }
        session.may.add_permits(50);
        let mut answered = Vec::new();
        for _ in 0..2 {
            let Some(Event::Answer { tag, generation, .. }) = inbox.recv().await else { panic!("an answer") };
            answered.push(generation);
            asks.answered(tag);
        }
        assert_eq!(answered, [1, 50]);
        assert!(asks.under_way.is_empty());
        assert!(inbox.try_recv().is_err());
    }
}
