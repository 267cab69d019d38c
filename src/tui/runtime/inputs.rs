//! Everything that comes in by itself: keys, signals, the engine's events, the end of the terminal.
//! Each has a task of its own that waits while the loop is busy, so nothing grows without bound.

use std::{io, sync::Arc, time::Duration};

use cloudscope_application::{Event as SessionEvent, Session};
use crossterm::event::{Event as TermEvent, EventStream};
use futures::StreamExt;
use tokio::{
    signal::unix::{Signal as UnixSignal, SignalKind, signal},
    sync::{broadcast, mpsc},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    event::{Event, Signal},
    terminal::{
        background,
        escape::{Assembler, Input},
        hangup::Watch,
    },
};

/// Runs the inputs while it lives.
pub(super) struct Inputs {
    _tasks: JoinSet<()>,
    _watch: Watch,
}

/// Starts everything that comes in by itself.
pub(super) fn start(
    events: &mpsc::Sender<Event>,
    session: &Arc<dyn Session>,
    ssh: bool,
) -> io::Result<Inputs> {
    let mut tasks = JoinSet::new();
    // A split arrow key arrives within a network round's jitter, a lone escape does not end.
    let hold = if ssh { Duration::from_millis(75) } else { Duration::from_millis(15) };
    tasks.spawn(keys(events.clone(), hold));
    tasks.spawn(engine(events.clone(), session.events()));
    for (kind, wanted) in [
        (SignalKind::terminate(), Event::Signal(Signal::Terminate)),
        (SignalKind::interrupt(), Event::Signal(Signal::Terminate)),
        (SignalKind::hangup(), Event::Signal(Signal::HangUp)),
        (SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()), Event::Signal(Signal::Suspend)),
        (SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()), Event::Resumed),
    ] {
        tasks.spawn(forward(events.clone(), signal(kind)?, wanted));
    }
    let gone = events.clone();
    let watch = Watch::start(move || {
        let _ = gone.blocking_send(Event::Signal(Signal::HangUp));
    })?;
    Ok(Inputs { _tasks: tasks, _watch: watch })
}

async fn forward(events: mpsc::Sender<Event>, mut signals: UnixSignal, wanted: Event) {
    while signals.recv().await.is_some() {
        if events.send(wanted.clone()).await.is_err() {
            return;
        }
    }
}

pub(super) async fn engine(events: mpsc::Sender<Event>, mut said: broadcast::Receiver<SessionEvent>) {
    loop {
        let event = match said.recv().await {
            Ok(event) => event,
            Err(broadcast::error::RecvError::Lagged(_)) => SessionEvent::Lagged,
            Err(broadcast::error::RecvError::Closed) => SessionEvent::Closing,
        };
        let last = event == SessionEvent::Closing;
        if events.send(Event::Session(event)).await.is_err() || last {
            return;
        }
    }
}

async fn keys(events: mpsc::Sender<Event>, hold: Duration) {
    let mut stream = EventStream::new();
    let mut assembler = Assembler::default();
    let mut due = Instant::now();
    loop {
        let read = tokio::select! {
            read = stream.next() => Some(read),
            () = sleep_until(due), if assembler.holds() => None,
        };
        let out = match read {
            None => assembler.flush().into_iter().filter_map(of_input).collect(),
            Some(Some(Ok(event))) => {
                let out = of_terminal(&mut assembler, event);
                due = Instant::now() + hold;
                out
            }
            Some(Some(Err(_)) | None) => {
                let _ = events.send(Event::Signal(Signal::HangUp)).await;
                return;
            }
        };
        for event in out {
            if events.send(event).await.is_err() {
                return;
            }
        }
    }
}

fn of_terminal(assembler: &mut Assembler, event: TermEvent) -> Vec<Event> {
    let whole = match event {
        TermEvent::Key(key) => return assembler.push(key).into_iter().filter_map(of_input).collect(),
        TermEvent::Paste(text) => Event::Paste(text),
        TermEvent::Resize(width, height) => Event::Resize(width, height),
        TermEvent::Mouse(mouse) => Event::Mouse(mouse),
        TermEvent::FocusGained | TermEvent::FocusLost => return Vec::new(),
    };
    vec![whole]
}

fn of_input(input: Input) -> Option<Event> {
    match input {
        Input::Key(key) => Some(Event::Key(key)),
        Input::Paste(text) => Some(Event::Paste(text)),
        Input::Answer(text) => background::is_dark(&text).map(Event::Background),
    }
}
