//! Carries effects out: questions, exports, the clipboard, stopping.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use cloudscope_application::{
    Session,
    export::{ExportPhase, ExportRequest, ExportRunner, ExportTarget},
    views::ViewShelf,
};
use rustix::process::{Signal, getpgrp, getpid, kill_current_process_group, kill_process};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{asks::Asks, page};
use crate::{
    effect::{Effect, ExitReason, ExportOrder, Tag},
    event::Event,
    order::Order,
    terminal::{clipboard, guard::Guard, output, surroundings::Surroundings},
};

/// The progress of an export is told at most this often.
const PROGRESS: Duration = Duration::from_millis(100);

/// What the loop has to do itself.
pub(super) enum Done {
    /// Nothing.
    Well,
    /// End.
    Quit(ExitReason),
    /// Draw everything anew.
    Repaint,
    /// Stop the process until it is continued.
    Suspend,
}

/// Everything outside.
pub(super) struct World {
    asks: Asks,
    exports: Arc<dyn ExportRunner>,
    shelf: Arc<dyn ViewShelf>,
    page: Option<PathBuf>,
    events: mpsc::Sender<Event>,
    around: Surroundings,
    export: Option<CancellationToken>,
    bytes: Vec<u8>,
}

impl World {
    pub(super) fn new(
        session: Arc<dyn Session>,
        exports: Arc<dyn ExportRunner>,
        shelf: Arc<dyn ViewShelf>,
        page: Option<PathBuf>,
        events: mpsc::Sender<Event>,
        around: Surroundings,
    ) -> Self {
        let asks = Asks::new(session, events.clone());
        Self { asks, exports, shelf, page, events, around, export: None, bytes: Vec::new() }
    }

    /// An answer was taken in.
    pub(super) fn answered(&mut self, tag: Tag, generation: u64) {
        self.asks.answered(tag, generation);
    }

    /// Bytes wait for the next frame.
    pub(super) fn has_bytes(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Bytes to go before the next frame.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The bytes that go before the next frame.
    pub(super) fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Carries one effect out.
    pub(super) fn carry_out(&mut self, effect: Effect) -> Done {
        match effect {
            Effect::Ask { tag, generation, command } => self.asks.ask(tag, generation, command),
            Effect::Drop(tag) => self.asks.drop(tag),
            Effect::Tell(command) => self.asks.tell(command),
            Effect::Views(order) => self.views(order),
            Effect::KeepPage(page) => {
                if let Some(path) = self.page.clone() {
                    tokio::task::spawn_blocking(move || page::write(&path, &page));
                }
            }
            Effect::StartExport(order) => self.start_export(order),
            Effect::CancelExport => {
                if let Some(cancel) = &self.export {
                    cancel.cancel();
                }
            }
            Effect::Copy(text) => self.bytes.extend(clipboard::copy(&text, self.around)),
            Effect::SetMouse(on) => self.bytes.extend_from_slice(Guard::mouse(on)),
            Effect::Suspend => return Done::Suspend,
            Effect::Repaint => return Done::Repaint,
            Effect::Quit(reason) => return Done::Quit(reason),
        }
        Done::Well
    }

    /// Reads or changes the saved views, away from the loop.
    fn views(&self, order: Order) {
        let (shelf, events) = (Arc::clone(&self.shelf), self.events.clone());
        tokio::task::spawn_blocking(move || {
            let result = match &order {
                Order::Load => shelf.load(),
                order => shelf.change(&mut |views| order.apply(views)),
            };
            // When nobody listens the front end has ended.
            let _ = events.blocking_send(Event::Views { order, result });
        });
    }

    fn start_export(&mut self, order: ExportOrder) {
        let request = ExportRequest {
            format: order.format,
            columns: order.columns,
            what: order.what,
            at: order.at,
            limit: None,
            target: ExportTarget::File { path: order.path, replace: order.replace },
            raw: order.raw,
        };
        let mut handle = self.exports.start(request);
        self.export = Some(handle.cancel.clone());
        let events = self.events.clone();
        tokio::spawn(async move {
            loop {
                let progress = handle.progress.borrow_and_update().clone();
                let ended = progress.phase != ExportPhase::Running;
                if events.send(Event::Export(progress)).await.is_err() || ended {
                    return;
                }
                tokio::time::sleep(PROGRESS).await;
                if handle.progress.changed().await.is_err() {
                    let last = handle.ended().await;
                    let _ = events.send(Event::Export(last)).await;
                    return;
                }
            }
        });
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(cancel) = &self.export {
            cancel.cancel();
        }
    }
}

/// Stops this process, as ctrl-z would: with its process group where a shell waits for the whole group
/// (`cargo run`), alone where it leads one.
pub(super) fn stop_self() -> io::Result<()> {
    let foreground = output::tty().ok().and_then(|tty| rustix::termios::tcgetpgrp(tty).ok());
    if getpgrp() != getpid() && foreground == Some(getpgrp()) {
        kill_current_process_group(Signal::STOP)?;
    } else {
        kill_process(getpid(), Signal::STOP)?;
    }
    Ok(())
}
