//! A command hook: one process per notice, its JSON on standard input. Takes notices from the queue, runs
//! a bounded number at a time, counts how they end.

pub(crate) mod process;

use std::{path::PathBuf, sync::Arc};

use tokio::sync::Semaphore;

use crate::{queue::Queue, spec::CommandSpec, state::State, stop::Stop};
use process::Run;

/// What a worker of a command hook needs.
pub(crate) struct Worker {
    pub(crate) name: String,
    pub(crate) spec: CommandSpec,
    pub(crate) home: Option<PathBuf>,
    pub(crate) state: Arc<State>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) stop: Stop,
    /// Processes of all hooks together.
    pub(crate) all: Arc<Semaphore>,
}

/// The longest notice that is handed to a command; the queue takes no more together.
const MOST: usize = crate::queue::BYTES;

impl Worker {
    /// Runs until the queue is closed and empty, or somebody says stop.
    pub(crate) async fn work(self) {
        while let Some(items) = self.queue.take(1, MOST).await {
            for item in &items {
                self.deliver(item.event, &item.json).await;
            }
            if self.stop.is_said() {
                return;
            }
        }
    }

    async fn deliver(&self, event: &'static str, json: &str) {
        let permit = tokio::select! {
            permit = self.all.acquire() => permit,
            () = self.stop.said() => return self.state.dropped(1),
        };
        let run = Run { spec: &self.spec, event, json, home: self.home.as_deref(), stop: &self.stop };
        let ended = run.to_its_end().await;
        drop(permit);
        for (pipe, text) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
            if !text.is_empty() {
                tracing::info!(hook = %self.name, event, "{pipe} of a hook: {text}");
            }
        }
        match ended.how {
            Ok(()) => self.state.delivered(1),
            Err(why) => self.state.failed(1, &why),
        }
    }
}

#[cfg(test)]
mod tests;
