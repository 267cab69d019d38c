//! A session on a data directory, whoever holds it, and what keeps it alive. Knows how to ask and how to let go, not how
//! a session comes about.

use std::{sync::Arc, time::Duration};

use cloudscope_application::{
    Command, Engine, Reply, Session, export::ExportRunner, link::Server, message::Overview,
};
use miette::{Result, miette};

/// A session, and what keeps it alive.
pub(crate) struct Attached {
    pub(crate) session: Arc<dyn Session>,
    pub(crate) exports: Arc<dyn ExportRunner>,
    pub(crate) owner: Option<(Arc<Engine>, Option<Server>)>,
}

/// An answer of the wrong sort.
pub(crate) fn unexpected() -> miette::Report {
    miette!("the engine gave an answer to another question; this is a defect, please report it")
}

impl Attached {
    /// Asks, with the failure in words.
    pub(crate) async fn ask(&self, command: Command) -> Result<Reply> {
        self.session
            .ask(command)
            .await
            .map_err(|e| miette!("{}", cloudscope_domain::text::visible(&e.to_string())))
    }

    /// The same, where what was asked for may not be possible: that is handed back by itself.
    pub(crate) async fn ask_or_refuse(
        &self,
        command: Command,
    ) -> Result<std::result::Result<Reply, miette::Report>> {
        let told = |text: &str| miette!("{}", cloudscope_domain::text::visible(text));
        match self.session.ask(command).await {
            Ok(reply) => Ok(Ok(reply)),
            Err(cloudscope_application::SessionError::Column(why)) => Ok(Err(told(&why))),
            Err(e) => Err(told(&e.to_string())),
        }
    }

    /// The engine, when it is in this process.
    pub(crate) fn engine(&self) -> Option<&Arc<Engine>> {
        self.owner.as_ref().map(|(engine, _)| engine)
    }

    /// Whether the engine is in this process.
    pub(crate) fn is_owner(&self) -> bool {
        self.owner.is_some()
    }

    /// Row 1 of every screen.
    pub(crate) async fn overview(&self) -> Result<Overview> {
        match self.ask(Command::Overview).await? {
            Reply::Overview(overview) => Ok(*overview),
            _ => Err(unexpected()),
        }
    }

    /// Lets go: visitors of ours are served to their end, then the store is closed.
    pub(crate) async fn close(self) {
        if let Some((engine, server)) = self.owner {
            if let Some(server) = &server {
                server.idle(Duration::from_secs(30)).await;
            }
            drop(server);
            engine.shutdown().await;
        }
    }
}
