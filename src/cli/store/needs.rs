//! What an inventory of some size would need, beside what this machine has.

use cloudscope_application::{Needs, budget::size};
use cloudscope_ports::StoreInfo;
use miette::Result;
use serde::Serialize;

use crate::{cli::output, wiring::Wiring};

/// The facts about the store with the answer.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    info: StoreInfo,
    needs: Needs,
    has: Has,
}

/// What there is. `None` where the system does not tell.
#[derive(Serialize)]
struct Has {
    memory_bytes: Option<u64>,
    /// What the inventory may take of it.
    memory_limit: Option<u64>,
    disk_free_bytes: Option<u64>,
    enough_memory: Option<bool>,
    enough_disk: Option<bool>,
}

/// Prints the facts, and says the answer in words.
pub(super) fn tell(info: StoreInfo, assets: u64, relationships: u64, wiring: &Wiring) -> Result<()> {
    let (machine, limits, history) = wiring.bounds();
    let needs = Needs::of(assets, relationships, limits.cache, history);
    let free = wiring.free_disk();
    let disk = needs.disk_bytes.saturating_add(needs.history_bytes.unwrap_or(0));
    let has = Has {
        memory_bytes: machine,
        memory_limit: limits.memory,
        disk_free_bytes: free,
        enough_memory: limits.memory.map(|limit| needs.memory_bytes <= limit),
        enough_disk: free.map(|free| disk <= free.saturating_add(info.bytes)),
    };
    let verdict = |enough: Option<bool>, there: Option<u64>| match (enough, there) {
        (Some(true), Some(there)) => format!("there are {}", size(there)),
        (Some(false), Some(there)) => format!("there are only {}", size(there)),
        _ => "what there is cannot be told".to_owned(),
    };
    output::note(&format!(
        "{assets} assets with {relationships} relationships need about {} of memory ({}) and {} on disk ({}); \
         opening them takes about {:.1} s, {:.1} s when the index has to be made anew",
        size(needs.memory_bytes),
        verdict(has.enough_memory, has.memory_limit),
        size(disk),
        verdict(has.enough_disk, free),
        needs.open_millis as f64 / 1e3,
        needs.rebuild_millis as f64 / 1e3,
    ));
    output::print(&(output::json(&Told { info, needs, has }, true)? + "\n")).map(drop)
}
