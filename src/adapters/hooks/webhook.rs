//! A webhook: notices in batches, signed, posted to one address that was checked. Takes from the queue,
//! retries what may pass, counts how deliveries end.

mod client;
pub(crate) mod key;
pub(crate) mod resolve;
mod retry;

use std::sync::Arc;

use crate::{
    queue::{Item, Queue},
    spec::WebhookSpec,
    state::State,
    stop::Stop,
};
pub(crate) use client::{Attempt, Client};
use key::Key;
pub(crate) use retry::Pace;

/// The largest body.
const BODY: usize = 1 << 20;

/// What the worker of a webhook needs.
pub(crate) struct Worker {
    pub(crate) name: String,
    pub(crate) spec: WebhookSpec,
    pub(crate) key: Key,
    pub(crate) client: Client,
    pub(crate) pace: Pace,
    pub(crate) state: Arc<State>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) stop: Stop,
}

impl Worker {
    /// Runs until the queue is closed and empty, or somebody says stop.
    pub(crate) async fn work(self) {
        let mut sent = 0_u64;
        while let Some(items) = self.queue.take(self.spec.batch, BODY).await {
            sent += 1;
            self.deliver(&items, sent).await;
            if self.stop.is_said() {
                return;
            }
        }
    }

    async fn deliver(&self, items: &[Item], number: u64) {
        let count = items.len() as u64;
        let body = body(items);
        if body.len() > BODY {
            let why = format!("a notice of {} bytes is larger than a body may be, {BODY}", body.len());
            return self.state.failed(count, &why);
        }
        let id = self.id(&body, number);
        let body = bytes(body);
        let mut last = String::new();
        for attempt in 1..=self.spec.attempts {
            let at = self.state.now();
            let signature = self.key.sign(&id, at, &body);
            let outcome = tokio::select! {
                outcome = self.client.post(&id, at, &signature, body.clone()) => outcome,
                () = self.stop.said() => Attempt::Failed("it was under way when the program ended".into()),
            };
            let pause = match outcome {
                Attempt::Delivered => return self.state.delivered(count),
                Attempt::Failed(why) => {
                    last = why;
                    break;
                }
                Attempt::Later { why, after } => {
                    tracing::info!(hook = %self.name, attempt, "a webhook is tried again: {why}");
                    last = why;
                    self.pace.pause(attempt, after)
                }
            };
            if attempt == self.spec.attempts {
                last = format!("{last}; given up after {attempt} attempts");
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stop.said() => {
                    last = format!("{last}; not tried again because the program ended");
                    break;
                }
            }
        }
        self.state.failed(count, &last);
    }

    /// An id by which the receiver knows a delivery that is repeated.
    fn id(&self, body: &str, number: u64) -> String {
        self.key.id(&self.name, self.state.now(), number, body)
    }
}

fn bytes(body: String) -> Arc<[u8]> {
    body.into_bytes().into()
}

/// An array of notices.
fn body(items: &[Item]) -> String {
    let mut out = String::with_capacity(items.iter().map(|i| i.json.len() + 1).sum::<usize>() + 1);
    for (i, item) in items.iter().enumerate() {
        out.push(if i == 0 { '[' } else { ',' });
        out.push_str(&item.json);
    }
    out.push(']');
    out
}

#[cfg(test)]
mod tests;
