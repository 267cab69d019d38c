//! The way from a blocking reader to the sink: sightings in batches, problems bounded (the first
//! verbatim, the rest counted by class), and a stop as soon as somebody asked for one.

use std::collections::BTreeMap;

use cloudscope_domain::{Sighting, text::visible};
use cloudscope_ports::{Batch, Fault, FaultKind, Item};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{limits::Limits, tools::READ};

/// Hands items to the sink from a thread that may block.
pub(crate) struct Emitter {
    to: mpsc::Sender<Batch>,
    cancel: CancellationToken,
    batch: Batch,
    limits: Limits,
    told: usize,
    counted: BTreeMap<&'static str, u64>,
    steps: u32,
}

impl Emitter {
    pub(crate) fn new(to: mpsc::Sender<Batch>, cancel: CancellationToken, limits: Limits) -> Self {
        Self { to, cancel, batch: Vec::new(), limits, told: 0, counted: BTreeMap::new(), steps: 0 }
    }

    pub(crate) fn begin(&mut self) {
        self.batch.push(Item::Begin);
    }

    pub(crate) fn expect(&mut self, count: u64) -> Result<(), Fault> {
        self.batch.push(Item::Expect(count));
        self.flush()
    }

    pub(crate) fn upsert(&mut self, sighting: Sighting) -> Result<(), Fault> {
        self.batch.push(Item::Upsert(Box::new(sighting)));
        if self.batch.len() >= self.limits.batch { self.flush() } else { Ok(()) }
    }

    /// One row was refused. `class` names what problems of this sort have in common. Foreign text in
    /// `message` is made visible here.
    pub(crate) fn problem(&mut self, class: &'static str, message: &str) -> Result<(), Fault> {
        if self.told < self.limits.problems {
            self.told += 1;
            self.push_problem(shorten(&visible(message)));
        } else {
            *self.counted.entry(class).or_default() += 1;
        }
        self.step()
    }

    /// Call now and then in loops that may send nothing for long.
    pub(crate) fn step(&mut self) -> Result<(), Fault> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(256) && self.cancel.is_cancelled() {
            return Err(cancelled());
        }
        Ok(())
    }

    /// The listing is whole.
    pub(crate) fn done(mut self) -> Result<(), Fault> {
        self.tell_counted();
        self.batch.push(Item::Done);
        self.flush()
    }

    /// The listing ended early; what was seen so far stays.
    pub(crate) fn give_up(mut self) {
        self.tell_counted();
        // The fault that ended the listing matters more than a sink that closed meanwhile.
        let _ = self.flush();
    }

    fn tell_counted(&mut self) {
        for (class, count) in std::mem::take(&mut self.counted) {
            let noun = if count == 1 { "row" } else { "rows" };
            self.push_problem(format!("{count} more {noun}: {class}"));
        }
    }

    fn push_problem(&mut self, message: String) {
        self.batch.push(Item::Problem { message, missing_permission: None });
    }

    fn flush(&mut self) -> Result<(), Fault> {
        if self.cancel.is_cancelled() {
            return Err(cancelled());
        }
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.to.blocking_send(batch).map_err(|_| cancelled())
    }
}

pub(crate) fn cancelled() -> Fault {
    Fault::new(FaultKind::Cancelled, READ.as_str(), "the run was cancelled")
}

/// Foreign text in a message is of use up to a few hundred characters.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 400;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
