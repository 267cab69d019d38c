//! The hooks of one program: hands notices to those that want them, and never waits for any.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use cloudscope_ports::{Clock, HookState, Notice, Notifier};
use tokio::{sync::Semaphore, task::JoinHandle, time::Instant};

use crate::{
    Action, HookSpec, Key, command,
    queue::{Item, Queue},
    spec::Filter,
    state::State,
    stop::{Stop, Stopper, stop},
    webhook::{self, Client, Pace, resolve::Ask},
};

/// Processes of all hooks together.
const PROCESSES: usize = 16;
/// How often the end of what waits is looked for.
const LOOK: Duration = Duration::from_millis(10);
/// How long workers may take to stop; a process has its grace within it.
const STOPPING: Duration = Duration::from_secs(8);

/// One hook and whether it may run.
pub struct Attached {
    /// What the configuration says.
    pub spec: HookSpec,
    /// Why it does not run, with what to do.
    pub held: Option<String>,
    /// The key of a webhook.
    pub key: Option<Key>,
}

/// What the hooks take from outside.
pub struct Outside {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The home directory that commands see.
    pub home: Option<PathBuf>,
}

/// All hooks.
pub struct Hooks {
    hooks: Vec<Hook>,
    stopper: Stopper,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

struct Hook {
    events: Vec<&'static str>,
    only: Filter,
    state: Arc<State>,
    queue: Arc<Queue>,
    runs: bool,
}

impl Hooks {
    /// Starts the workers; has to be called within a runtime.
    #[must_use]
    pub fn start(hooks: Vec<Attached>, outside: &Outside) -> Arc<Self> {
        Self::start_with(hooks, outside, &webhook::resolve::system(), Pace::default())
    }

    pub(crate) fn start_with(hooks: Vec<Attached>, outside: &Outside, ask: &Ask, pace: Pace) -> Arc<Self> {
        let (stopper, stop) = stop();
        let all = Arc::new(Semaphore::new(PROCESSES));
        let mut workers = Vec::new();
        let hooks = hooks.into_iter().map(|attached| {
            let parts = Parts { outside, ask, pace, stop: &stop, all: &all };
            parts.hook(attached, &mut workers)
        });
        let hooks = hooks.collect();
        Arc::new(Self { hooks, stopper, workers: Mutex::new(workers) })
    }
}

/// What every hook is started with.
struct Parts<'a> {
    outside: &'a Outside,
    ask: &'a Ask,
    pace: Pace,
    stop: &'a Stop,
    all: &'a Arc<Semaphore>,
}

impl Parts<'_> {
    fn hook(&self, attached: Attached, workers: &mut Vec<JoinHandle<()>>) -> Hook {
        let Attached { spec, mut held, key } = attached;
        let name = spec.name.as_str().to_owned();
        let client = match (&held, &spec.action) {
            (None, Action::Webhook(w)) => {
                Client::new(w, Arc::clone(self.ask)).map_err(|e| held = Some(e)).ok()
            }
            _ => None,
        };
        if held.is_none() && matches!(spec.action, Action::Webhook(_)) && key.is_none() {
            held = Some("it has no key to sign with".to_owned());
        }
        let state = Arc::new(State::new(
            HookState {
                name: name.clone(),
                what: spec.what(),
                events: spec.event_names(),
                held: held.clone(),
                ..HookState::default()
            },
            Arc::clone(&self.outside.clock),
        ));
        let queue = Arc::new(Queue::default());
        let runs = held.is_none();
        if let Some(why) = held {
            tracing::warn!(hook = %name, "a hook does not run: {why}");
        } else {
            match (&spec.action, client, key) {
                (Action::Command(c), ..) => workers.extend((0..c.concurrency).map(|_| {
                    let worker = command::Worker {
                        name: name.clone(),
                        spec: c.clone(),
                        home: self.outside.home.clone(),
                        state: Arc::clone(&state),
                        queue: Arc::clone(&queue),
                        stop: self.stop.clone(),
                        all: Arc::clone(self.all),
                    };
                    tokio::spawn(worker.work())
                })),
                (Action::Webhook(w), Some(client), Some(key)) => {
                    let worker = webhook::Worker {
                        name,
                        spec: w.clone(),
                        key,
                        client,
                        pace: self.pace,
                        state: Arc::clone(&state),
                        queue: Arc::clone(&queue),
                        stop: self.stop.clone(),
                    };
                    workers.push(tokio::spawn(worker.work()));
                }
                (Action::Webhook(_), ..) => {}
            }
        }
        Hook { events: spec.events.iter().map(|e| e.name()).collect(), only: spec.only, state, queue, runs }
    }
}

#[async_trait]
impl Notifier for Hooks {
    fn wants(&self) -> Vec<&'static str> {
        let running = self.hooks.iter().filter(|h| h.runs);
        let wanted: BTreeSet<&'static str> = running.flat_map(|h| h.events.iter().copied()).collect();
        wanted.into_iter().collect()
    }

    fn notify(&self, notices: Vec<Notice>) {
        let mut dropped = vec![0_u64; self.hooks.len()];
        for notice in notices {
            let event = notice.happening.name();
            // Written once for all, and only when somebody has room for it.
            let mut json: Option<Arc<str>> = None;
            for (hook, dropped) in self.hooks.iter().zip(&mut dropped) {
                if !hook.runs || !hook.events.contains(&event) || !hook.only.lets(&notice.happening) {
                    continue;
                }
                if !hook.queue.has_room() {
                    *dropped += 1;
                    continue;
                }
                let json = match &json {
                    Some(json) => Arc::clone(json),
                    None => match serde_json::to_string(&notice) {
                        Ok(text) => Arc::clone(json.insert(text.into())),
                        Err(error) => {
                            hook.state.failed(1, &format!("the notice cannot be written as JSON: {error}"));
                            continue;
                        }
                    },
                };
                if !hook.queue.push(Item { event, json }) {
                    *dropped += 1;
                }
            }
        }
        for (hook, dropped) in self.hooks.iter().zip(dropped) {
            if dropped > 0 {
                hook.state.dropped(dropped);
            }
        }
    }

    fn hooks(&self) -> Vec<HookState> {
        self.hooks.iter().map(|h| h.state.get()).collect()
    }

    async fn finish(&self, within: Duration) {
        let workers: Vec<JoinHandle<()>> =
            self.workers.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        for hook in &self.hooks {
            hook.queue.close();
        }
        let deadline = Instant::now() + within;
        while workers.iter().any(|w| !w.is_finished()) && Instant::now() < deadline {
            tokio::time::sleep(LOOK).await;
        }
        for hook in &self.hooks {
            let left = hook.queue.clear() as u64;
            if left > 0 {
                hook.state.dropped(left);
            }
        }
        self.stopper.say();
        let last = Instant::now() + STOPPING;
        for worker in workers {
            let stop = worker.abort_handle();
            if tokio::time::timeout_at(last, worker).await.is_err() {
                // Dropping a run kills its process group.
                stop.abort();
            }
        }
    }
}

#[cfg(test)]
mod tests;
