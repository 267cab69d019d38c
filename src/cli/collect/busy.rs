//! What a `collect` says while another collection runs, and when it no longer waits for it: one that cannot write comes
//! to no end by itself. Knows what the owner of the data directory says of itself, and nothing else of it.

use std::time::{Duration, Instant};

use cloudscope_application::message::Waiting;
use cloudscope_domain::text::visible;
use miette::{Result, miette};

use super::{MENDED, TROUBLED, output};
use crate::attached::Attached;

/// Before the owner is asked again how it stands.
const LOOK: Duration = Duration::from_secs(1);

/// Another collection runs.
#[derive(Default)]
pub(super) struct Busy {
    told: bool,
    looked: Option<Instant>,
    held_up: Option<Instant>,
}

impl Busy {
    /// Says what there is to say; an error when it was held up for too long.
    pub(super) async fn look(&mut self, attached: &Attached) -> Result<()> {
        if self.looked.is_some_and(|at| at.elapsed() < LOOK) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        match attached.overview().await?.waiting {
            Some(waiting) => self.waits(&waiting),
            None => {
                if self.held_up.take().is_some() {
                    output::note(MENDED);
                } else if !self.told {
                    output::note("another collection is running; waiting for its end");
                }
                self.told = true;
                Ok(())
            }
        }
    }

    fn waits(&mut self, waiting: &Waiting) -> Result<()> {
        let words = held_up(waiting);
        match self.held_up {
            None => {
                output::note(&format!("{words}, and both go on by themselves"));
                self.held_up = Some(Instant::now());
                Ok(())
            }
            Some(since) if since.elapsed() > TROUBLED => {
                Err(miette!("given up after {} s: {words}, then collect again", TROUBLED.as_secs()))
            }
            Some(_) => Ok(()),
        }
    }
}

/// What holds the other one up, and what to do.
fn held_up(waiting: &Waiting) -> String {
    format!(
        "another collection is running and cannot write ({}): {}",
        visible(&waiting.why),
        waiting.obstacle.remedy()
    )
}
