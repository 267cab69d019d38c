//! Questions to the engine: of each sort at most one is under way. A newer question stops the one before
//! where that is work that nobody wants any more (a key was pressed since); of the others only the newest
//! waits. So a fast typist costs the engine no more than it can answer.

use std::{collections::HashMap, sync::Arc};

use cloudscope_application::{Command, Session};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{effect::Tag, event::Event};

/// Commands told, not asked, that may wait.
const BOUND: usize = 256;

/// Asks the engine.
pub(super) struct Asks {
    session: Arc<dyn Session>,
    events: mpsc::Sender<Event>,
    under_way: HashMap<Tag, UnderWay>,
    told: mpsc::Sender<Command>,
}

/// A question whose answer was not taken in yet.
struct UnderWay {
    generation: u64,
    stop: CancellationToken,
    next: Option<(u64, Command)>,
}

/// Whether a newer question of this sort makes the one under way useless. Rows of a window do not: where
/// one scrolls faster than they are read, each that comes shows how far one is.
fn replaces(tag: Tag) -> bool {
    match tag {
        Tag::Open
        | Tag::Find
        | Tag::Groups
        | Tag::Tree
        | Tag::TreeSeek
        | Tag::Namespace
        | Tag::Complete
        | Tag::Kinds
        | Tag::Strays
        | Tag::ExportSize => true,
        Tag::Overview
        | Tag::Words
        | Tag::Window
        | Tag::Range
        | Tag::Detail
        | Tag::Document
        | Tag::Collect
        | Tag::Cancel
        | Tag::Relations
        | Tag::Health
        | Tag::Attempts
        | Tag::ScopeCalls
        | Tag::Calls
        | Tag::Log
        | Tag::Hooks
        | Tag::Policy
        | Tag::Login
        | Tag::Estimate
        | Tag::Resolve
        | Tag::Runs
        | Tag::Changes
        | Tag::Newer
        | Tag::Compare
        | Tag::Pin => false,
    }
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

    /// Asks, now or as soon as what is under way is answered or stopped.
    pub(super) fn ask(&mut self, tag: Tag, generation: u64, command: Command) {
        if replaces(tag) {
            self.drop(tag);
        }
        match self.under_way.get_mut(&tag) {
            Some(under_way) => under_way.next = Some((generation, command)),
            None => self.start(tag, generation, command),
        }
    }

    /// Nobody waits for the answer any more.
    pub(super) fn drop(&mut self, tag: Tag) {
        if let Some(under_way) = self.under_way.remove(&tag) {
            under_way.stop.cancel();
        }
    }

    /// An answer was taken in: what waits may go.
    pub(super) fn answered(&mut self, tag: Tag, generation: u64) {
        if self.under_way.get(&tag).is_none_or(|under_way| under_way.generation != generation) {
            return;
        }
        if let Some(UnderWay { next: Some((generation, command)), .. }) = self.under_way.remove(&tag) {
            self.start(tag, generation, command);
        }
    }

    /// Tells; nobody waits for the answer.
    pub(super) fn tell(&self, command: Command) {
        if self.told.try_send(command).is_err() {
            tracing::warn!("the engine does not keep up; a command was dropped");
        }
    }

    fn start(&mut self, tag: Tag, generation: u64, command: Command) {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        self.under_way.insert(tag, UnderWay { generation, stop, next: None });
        let (session, events) = (Arc::clone(&self.session), self.events.clone());
        tokio::spawn(async move {
            // Dropping the question stops the engine's work. An answer that is here already is handed on
            // even so: it may name a cursor that has to be closed.
            let result = tokio::select! {
                biased;
                result = session.ask(command) => result,
                () = stopped.cancelled() => return,
            };
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
    use std::{collections::BTreeSet, sync::Mutex};
    use tokio::sync::{Semaphore, broadcast};

    /// Answers when it may, and knows what it works on.
    struct Slow {
        may: Semaphore,
        under_way: Arc<Mutex<BTreeSet<u64>>>,
    }

    /// Takes its question from what is worked on, also where it is dropped.
    struct Guard(u64, Arc<Mutex<BTreeSet<u64>>>);

    impl Drop for Guard {
        fn drop(&mut self) {
            self.1.lock().unwrap().remove(&self.0);
        }
    }

    #[async_trait]
    impl Session for Slow {
        async fn ask(&self, command: Command) -> Result<Reply, SessionError> {
            let Command::Runs { limit } = command else { panic!("another question") };
            self.under_way.lock().unwrap().insert(limit);
            let _guard = Guard(limit, Arc::clone(&self.under_way));
            self.may.acquire().await.map_err(|_| SessionError::Gone)?.forget();
            Err(SessionError::Bad(format!("{limit}")))
        }

        fn events(&self) -> broadcast::Receiver<SessionEvent> {
            broadcast::channel(1).1
        }
    }

    fn slow() -> (Arc<Slow>, Asks, mpsc::Receiver<Event>) {
        let session = Arc::new(Slow { may: Semaphore::new(0), under_way: Arc::default() });
        let (events, inbox) = mpsc::channel(64);
        let asks = Asks::new(Arc::clone(&session) as Arc<dyn Session>, events);
        (session, asks, inbox)
    }

    /// Waits until exactly this is worked on.
    async fn settled(session: &Slow, expected: &[u64]) {
        while !session.under_way.lock().unwrap().iter().eq(expected) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn of_many_questions_the_first_and_the_newest_are_asked() {
        let (session, mut asks, mut inbox) = slow();
        for generation in 1..=50 {
            asks.ask(Tag::Window, generation, Command::Runs { limit: generation });
        }
        session.may.add_permits(50);
        let mut answered = Vec::new();
        for _ in 0..2 {
            let Some(Event::Answer { tag, generation, .. }) = inbox.recv().await else { panic!("an answer") };
            answered.push(generation);
            asks.answered(tag, generation);
        }
        assert_eq!(answered, [1, 50]);
        assert!(asks.under_way.is_empty());
        assert!(inbox.try_recv().is_err());
    }

    #[tokio::test]
    async fn the_next_key_stops_the_work_of_the_one_before() {
        let (session, mut asks, mut inbox) = slow();
        for generation in 1..=50 {
            asks.ask(Tag::Open, generation, Command::Runs { limit: generation });
            settled(&session, &[generation]).await;
        }
        session.may.add_permits(50);
        let Some(Event::Answer { generation, .. }) = inbox.recv().await else { panic!("an answer") };
        assert_eq!(generation, 50);
        settled(&session, &[]).await;
        // An answer to what was stopped frees nothing of the newest.
        asks.answered(Tag::Open, 49);
        assert_eq!(asks.under_way.len(), 1);
        asks.answered(Tag::Open, 50);
        assert!(asks.under_way.is_empty() && inbox.try_recv().is_err());
    }

    #[tokio::test]
    async fn what_nobody_wants_is_stopped() {
        let (session, mut asks, mut inbox) = slow();
        asks.ask(Tag::Groups, 1, Command::Runs { limit: 1 });
        settled(&session, &[1]).await;
        asks.drop(Tag::Groups);
        settled(&session, &[]).await;
        assert!(asks.under_way.is_empty() && inbox.try_recv().is_err());
    }
}
