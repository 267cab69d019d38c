//! `collect --follow` beside another process that holds the data directory: when that one ends, this one opens the
//! store itself and goes on, until somebody interrupts.

use std::{pin::pin, time::Duration};

use cloudscope_ports::SourceSpec;
use miette::Result;
use tokio_util::sync::CancellationToken;

use super::{
    super::output::{self, Exit},
    Collect, OwnerLeft, tidy,
};
use crate::wiring::Wiring;

/// Before the store is asked for again; doubles with each time that it is not to be had.
const FIRST: Duration = Duration::from_millis(200);
/// So often it is asked for in a row: one and a half minutes.
const TRIES: u32 = 9;

/// Collects and follows, here or in whoever holds the data directory.
pub(super) async fn stay(wiring: &Wiring, command: &Collect, sources: Vec<SourceSpec>) -> Result<Exit> {
    // One listener for all of it: a signal that comes while nobody waits for it is not lost.
    let stop = CancellationToken::new();
    let heard = stop.clone().drop_guard();
    tokio::spawn(async move {
        crate::process::interrupted().await;
        drop(heard);
    });
    let mut interrupted = pin!(stop.cancelled());
    let (mut tries, mut taking_over) = (0, false);
    loop {
        let attached = tokio::select! {
            biased;
            () = &mut interrupted => return Ok(Exit::Well),
            attached = wiring.attach() => attached,
        };
        match attached {
            Ok(attached) => {
                if taking_over && attached.is_owner() {
                    output::note("this process holds the data directory now, and follows");
                }
                tries = 0;
                let ended = command.collect(&attached, sources.clone(), interrupted.as_mut()).await;
                let left = match &ended {
                    Err(error) if !attached.is_owner() => {
                        // Whoever ends says so, or answers no more.
                        error.downcast_ref::<OwnerLeft>().is_some() || attached.overview().await.is_err()
                    }
                    _ => false,
                };
                tidy(&attached).await;
                attached.close().await;
                if !left || stop.is_cancelled() {
                    return ended;
                }
                output::note("the process that held the data directory ends; taking over");
                taking_over = true;
            }
            Err(error) => {
                tries += 1;
                if !taking_over || tries > TRIES {
                    return Err(error);
                }
                if tries == 1 {
                    output::note(&format!("the store cannot be opened yet, tried again: {error}"));
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(FIRST * 2_u32.pow(tries.min(TRIES))) => {}
            () = &mut interrupted => return Ok(Exit::Well),
        }
    }
}
