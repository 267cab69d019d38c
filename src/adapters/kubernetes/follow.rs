//! Follows one scope: watches it from where it was listed, and lists it anew when the server forgot that
//! point. What cannot be watched is listed again every minute.
//!
//! Holds connections and clocks; what follows from what comes is decided by `machine`, which knows neither.

use std::{sync::atomic::Ordering, time::Duration};

use cloudscope_ports::{Disposition, Fault, FaultKind};
use serde_json::Value;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, sleep, timeout},
};

use crate::{
    backoff::{Backoff, around},
    body::Lines,
    client::Opened,
    list::limits,
    machine::{Ask, Input, Machine, Output, seen::Seen},
    object::{self, Line},
    path::{From, Target},
    place::{Place, Whole},
};

/// After so long without a word everything that was sent was said.
const QUIET: Duration = Duration::from_millis(300);
/// A watch that says nothing for so long is opened anew: servers send a bookmark every minute.
const SILENT: Duration = Duration::from_secs(75);
/// One that sends everything at first has less time between two words of that.
const SLOW: Duration = Duration::from_secs(20);
/// The server is asked to end a watch after about so long.
const WATCH: Duration = Duration::from_secs(270);
/// A watch that ended without a word after so long was silent, not cut off.
const LONG: Duration = Duration::from_secs(45);
/// A watch that was refused is asked for again after so long: somebody may have allowed it.
const REFUSAL: Duration = Duration::from_secs(300);
/// So many refusals in a row are not believed of what was allowed before: a server that has just started refuses
/// everybody until it has read its rules.
const DOUBTS: u32 = 5;
/// What cannot be watched is listed again after so long.
const AGAIN: Duration = Duration::from_secs(60);
/// An interruption that lasts longer is not short any more.
const PATIENCE: Duration = Duration::from_secs(90);
/// Questions in a row that the server does not take.
const REFUSED: u32 = 4;

/// Where a scope was whole last: version and what was seen.
pub(crate) type Point = (String, Seen);

/// Follows until it fails or is cancelled; returns where it was whole last, to go on from there.
pub(crate) async fn follow(place: &Place<'_>, point: Option<Point>) -> (Fault, Option<Point>) {
    let streams = place.server.streams.load(Ordering::Relaxed);
    let machine = match point {
        Some((version, seen)) => Machine::from(version, seen, streams),
        None => Machine::new(streams && place.resource.watchable),
    };
    let mut run = Run {
        place,
        machine,
        lines: None,
        unsettled: false,
        opened: None,
        watched: false,
        doubts: 0,
        permit: None,
        denied: None,
        backoff: Backoff::default(),
        contact: Instant::now(),
        refused: 0,
        hasty: false,
        said: false,
        saying: false,
        listing: false,
    };
    let ended = place.context.cancel.run_until_cancelled(run.run()).await;
    let fault = ended.unwrap_or_else(|| place.cancelled("following was stopped"));
    // What was being said may not have been taken in.
    let point = if run.saying { None } else { run.machine.into_point() };
    (fault, point)
}

struct Run<'a> {
    place: &'a Place<'a>,
    machine: Machine,
    lines: Option<Lines>,
    /// Something came that no pause followed yet.
    unsettled: bool,
    /// When the watch was opened, while nothing came of it.
    opened: Option<Instant>,
    /// A watch was open before, so it is, or was, allowed.
    watched: bool,
    /// Refusals in a row that were not believed.
    doubts: u32,
    /// The place among the watches of the cluster.
    permit: Option<OwnedSemaphorePermit>,
    /// It may be listed but not watched, as it was said then.
    denied: Option<(Instant, Fault)>,
    backoff: Backoff,
    /// When the server last answered as it should.
    contact: Instant,
    refused: u32,
    /// The next list is not waited for.
    hasty: bool,
    /// It was said before that this kind is not watched.
    said: bool,
    /// The machine is ahead of what was said.
    saying: bool,
    /// A list has begun and is not whole yet.
    listing: bool,
}

impl Run<'_> {
    async fn run(&mut self) -> Fault {
        let mut ask = self.machine.first();
        loop {
            // A list without a version leaves nothing to watch from.
            let nowhere = matches!(&ask, Ask::Watch { version } if version.is_empty());
            if matches!(ask, Ask::Watch { .. } | Ask::Stream) {
                let listens = !nowhere && self.may_watch();
                self.place.context.sink.only_lists(!listens);
                if !listens {
                    if !std::mem::take(&mut self.hasty) {
                        // Those that begin together do not list together.
                        sleep(around(AGAIN)).await;
                    }
                    ask = self.machine.relist();
                }
            }
            let inputs = match self.answer(&ask).await {
                Ok(inputs) => inputs,
                Err(fault) => match self.overcome(fault).await {
                    Ok(()) => vec![Input::Failed],
                    Err(fault) => return fault,
                },
            };
            match self.take(inputs, ask).await {
                Ok(next) => ask = next,
                Err(fault) => return fault,
            }
        }
    }

    /// Whether this kind can be watched, and there is a place for it.
    fn may_watch(&mut self) -> bool {
        let place = self.place;
        if self.permit.is_some() {
            return true;
        }
        if self.denied.as_ref().is_some_and(|(at, _)| at.elapsed() > REFUSAL) {
            self.denied = None;
        }
        let why = if !place.resource.watchable {
            "the server does not let it be watched"
        } else if self.denied.is_some() {
            "it may not be watched"
        } else {
            self.permit = place.server.watches.take(place.resource);
            if self.permit.is_some() {
                return true;
            }
            "as many watches are open as the option `watches` allows"
        };
        if !std::mem::replace(&mut self.said, true) {
            tracing::info!("{} is listed every minute instead of watched: {why}", place.scope);
        }
        false
    }

    async fn answer(&mut self, ask: &Ask) -> Result<Vec<Input<Value>>, Fault> {
        if *ask != Ask::Read {
            self.lines = None;
        }
        if matches!(ask, Ask::List { token: None, .. } | Ask::Stream) {
            // What everything is compared with has to be of the same cluster.
            self.place.server.recognise(&*self.place.context.gate, self.place.scope).await?;
        }
        match ask {
            Ask::List { paged, token } => Ok(vec![self.place.page(*paged, token.as_deref()).await?]),
            Ask::Watch { version } => self.open(From::Version(version)).await,
            Ask::Stream => self.open(From::Everything).await,
            Ask::Read => self.read().await,
        }
    }

    async fn open(&mut self, from: From<'_>) -> Result<Vec<Input<Value>>, Fault> {
        let place = self.place;
        let seconds = u32::try_from(around(WATCH).as_secs()).unwrap_or(300);
        let target = Target::Watch { of: place.objects(), from, seconds };
        Ok(vec![match place.server.client.watch(&*place.context.gate, place.scope, &target).await? {
            Opened::Lines(lines) => {
                self.lines = Some(lines);
                (self.unsettled, self.watched) = (true, true);
                self.opened = Some(Instant::now());
                self.refused = 0;
                Input::Opened
            }
            Opened::Expired => Input::Expired,
            Opened::Unsupported(fault) => {
                self.refused += 1;
                if self.refused > REFUSED {
                    return Err(fault);
                }
                tracing::debug!("{}: {fault}", place.scope);
                Input::Unsupported
            }
        }])
    }

    /// What the next piece of the stream says, or that there is none.
    async fn read(&mut self) -> Result<Vec<Input<Value>>, Fault> {
        let Some(lines) = &mut self.lines else { return Ok(vec![Input::Ended]) };
        let wait = match (self.unsettled, self.machine.is_streaming()) {
            (true, false) => QUIET,
            (false, false) => SILENT,
            (_, true) => SLOW,
        };
        let Ok(more) = timeout(wait, lines.more()).await else {
            self.unsettled = false;
            return Ok(vec![match wait {
                QUIET => Input::Quiet,
                _ => self.ended(),
            }]);
        };
        let Some(Ok(lines)) = more else { return Ok(vec![self.ended()]) };
        self.opened = None;
        let place = self.place;
        let mut inputs = Vec::with_capacity(lines.len());
        for line in lines {
            match object::line(&line, place.metadata) {
                Ok(Line::Input(input)) => {
                    self.unsettled = true;
                    inputs.push(input);
                }
                Ok(Line::Error(status)) if status.is_expired() => inputs.push(Input::Expired),
                Ok(Line::Error(status)) => {
                    if inputs.is_empty() {
                        let of = place.objects();
                        let target = Target::Watch { of, from: From::Everything, seconds: 0 };
                        return Err(place.server.client.fault(&status, &target));
                    }
                    // What came before it counts; the watch is opened again, and fails again if it must.
                    inputs.push(Input::Ended);
                }
                Err(why) => {
                    tracing::warn!("{}: the watch says {why}", place.scope);
                    inputs.push(Input::Garbled);
                }
            }
        }
        Ok(inputs)
    }

    /// How a watch ended from which nothing comes any more.
    fn ended(&mut self) -> Input<Value> {
        let silent = self.opened.take().is_some_and(|at| at.elapsed() >= LONG);
        if silent { Input::Silent } else { Input::Ended }
    }

    /// Takes what came, says what follows, and returns what to ask next.
    async fn take(&mut self, inputs: Vec<Input<Value>>, mut ask: Ask) -> Result<Ask, Fault> {
        let mut say: Vec<Output<Value>> = Vec::new();
        let mut pause = false;
        self.saying = true;
        for input in inputs {
            let good = !matches!(
                input,
                Input::Failed
                    | Input::Ended
                    | Input::Silent
                    | Input::Garbled
                    | Input::Unsupported
                    | Input::Expired
                    | Input::Quiet
            );
            // A stream of everything that is opened and then fails has answered nothing.
            if good && !(input == Input::Opened && self.machine.is_streaming()) {
                self.contact = Instant::now();
                self.doubts = 0;
            }
            // An opened watch may end at once; only what it says shows that all is well.
            if good && input != Input::Opened {
                self.backoff.reset();
            }
            let failed = input == Input::Failed;
            let step = self.machine.step(input);
            say.extend(step.say);
            pause = step.pause && !failed;
            let reads_on = step.ask == Ask::Read;
            ask = step.ask;
            if !reads_on {
                // The rest belongs to a stream that is given up.
                break;
            }
        }
        self.place.server.streams.fetch_and(self.machine.streams(), Ordering::Relaxed);
        if !say.is_empty() {
            // Said once with each list.
            self.listing |= say.iter().any(|s| matches!(s, Output::Begin));
            let hidden = if self.listing { self.hidden() } else { Vec::new() };
            self.listing &= !say.iter().any(|s| matches!(s, Output::Resume));
            self.place.say(say, Whole::Resume, &hidden).await?;
        }
        self.saying = false;
        if pause {
            sleep(self.backoff.next(None)).await;
        }
        Ok(ask)
    }

    /// What is hidden though everything was listed.
    fn hidden(&self) -> Vec<(String, Option<String>)> {
        let mut hidden = limits(self.place);
        if let Some((_, denied)) = &self.denied {
            let words = format!("{}; it is listed every minute instead", denied.message);
            hidden.push((words, denied.missing_permission.clone()));
        }
        hidden
    }

    /// Waits out what may pass.
    ///
    /// # Errors
    /// What does not, or lasts too long.
    async fn overcome(&mut self, fault: Fault) -> Result<(), Fault> {
        self.lines = None;
        if fault.kind == FaultKind::Denied && self.watched && self.doubts < DOUBTS {
            self.doubts += 1;
            sleep(self.backoff.next(None)).await;
            return Ok(());
        }
        if fault.kind == FaultKind::Denied
            && fault.operation == crate::path::WATCH.as_str()
            && fault.missing_permission.is_some()
        {
            self.permit = None;
            self.denied = Some((Instant::now(), fault));
            self.hasty = true;
            return Ok(());
        }
        let Disposition::Retry { after } = fault.disposition() else { return Err(fault) };
        let wait = self.backoff.next(after);
        if self.contact.elapsed() + wait > PATIENCE {
            return Err(fault);
        }
        tracing::debug!("{}: {fault}; once more in {} ms", self.place.scope, wait.as_millis());
        sleep(wait).await;
        Ok(())
    }
}
