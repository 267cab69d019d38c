//! How much memory an inventory takes, and whether one more record may come in. Pure: it is told what was
//! measured, and never looks at the machine.

use serde::{Deserialize, Serialize};

/// What a program with nothing in it takes: its code, threads and buffers.
const BASE: u64 = 64 << 20;
/// Of what is counted by index, graph and writer, this much more is taken: the allocator's share, the old
/// and the new of what is being published, and commits under way. In percent.
const MORE: u64 = 30;
/// Bytes that the store's own table takes for a record (`adapters/store/index.rs`).
const STORE_TABLE: u64 = 34;
/// Below this there is nothing to judge by; nobody has so little.
const LEAST_RECORDS: u64 = 1_000;

/// Bytes of memory per asset and relationship, and microseconds to open per asset: well above what
/// docs/PERFORMANCE.md has of a million assets and two million relationships (391 MB resident with the front end
/// open, 540 MB after half a minute of changes, 0.4 s to take the saved index over).
const PER_ASSET: u64 = 550;
const PER_RELATIONSHIP: u64 = 32;
/// Bytes on disk that an asset of the present takes, and what was saved of index and graph besides (there too).
const LIVE_PER_ASSET: u64 = 285;
const SAVED_PER_ASSET: u64 = 240;
/// The store's files may be so many times what is in them before they are compacted, which writes what is in them
/// once more before the old ones go.
const FILES: u64 = 3;
const COPY: u64 = 1;
const DISK_PER_ASSET: u64 = LIVE_PER_ASSET * (FILES + COPY) + SAVED_PER_ASSET;
const OPEN_PER_ASSET_MICROS: u64 = 1;
/// Without an index that was saved.
const REBUILD_PER_ASSET_MICROS: u64 = 8;
/// Where these figures come from.
const BASIS: &str = "rounded up from 1,000,000 assets with 2,000,000 relationships, measured \
                     (docs/PERFORMANCE.md); more are extrapolated";

/// What an inventory of some size needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// Assets of all sources.
    pub assets: u64,
    /// Relationships between them.
    pub relationships: u64,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Bytes on disk for the present: three times what is in it, which its files may be before they are compacted,
    /// room for the copy that compacting makes, and the saved index.
    pub disk_bytes: u64,
    /// Bytes that history may take besides, as configured; `None` when it is not bounded.
    pub history_bytes: Option<u64>,
    /// Milliseconds until everything is searchable, with an index that was saved.
    pub open_millis: u64,
    /// The same when the index has to be made from the records.
    pub rebuild_millis: u64,
    /// Where these figures come from.
    pub basis: String,
}

impl Needs {
    /// What so many need. `cache` is what the store's engine may take, `history` what the past may.
    #[must_use]
    pub fn of(assets: u64, relationships: u64, cache: u64, history: Option<u64>) -> Self {
        let parts =
            assets.saturating_mul(PER_ASSET).saturating_add(relationships.saturating_mul(PER_RELATIONSHIP));
        Self {
            assets,
            relationships,
            memory_bytes: parts.saturating_add(BASE).saturating_add(cache),
            disk_bytes: assets.saturating_mul(DISK_PER_ASSET),
            history_bytes: history,
            open_millis: assets.saturating_mul(OPEN_PER_ASSET_MICROS) / 1_000,
            rebuild_millis: assets.saturating_mul(REBUILD_PER_ASSET_MICROS) / 1_000,
            basis: BASIS.into(),
        }
    }
}

/// The least that may be said to be the limit: with less not even so many records would be taken as there is
/// nothing to judge by.
#[must_use]
pub fn least(cache: u64) -> u64 {
    Budget::new(None, cache).estimate(LEAST_RECORDS)
}

/// A size as people read it: `1.5 GiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut scaled = bytes as f64 / 1024.0;
    let mut unit = 0;
    while scaled >= 1023.95 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{scaled:.1} {}", UNITS[unit])
}

/// What keeps the inventory within the memory that it may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Budget {
    /// `None`: any.
    limit: Option<u64>,
    /// What the store's engine may take besides.
    cache: u64,
    /// Bytes that index, graph and writer took when they had so many records.
    measured: Option<(u64, u64)>,
}

impl Budget {
    pub(crate) fn new(limit: Option<u64>, cache: u64) -> Self {
        Self { limit, cache, measured: None }
    }

    /// Whether it grew enough since it was measured to be measured again.
    pub(crate) fn due(&self, records: u64) -> bool {
        let then = self.measured.map_or(0, |(records, _)| records);
        self.limit.is_some() && records > then.saturating_add(then / 16).max(LEAST_RECORDS)
    }

    /// Takes over what so many records take.
    pub(crate) fn measure(&mut self, records: u64, bytes: u64) {
        self.measured = Some((records, bytes));
    }

    /// What so many records take, by what was measured of these very ones.
    pub(crate) fn estimate(&self, records: u64) -> u64 {
        let of_parts = match self.measured {
            Some((then, bytes)) if then >= LEAST_RECORDS => {
                u64::try_from(u128::from(bytes) * u128::from(records) / u128::from(then)).unwrap_or(u64::MAX)
            }
            _ => records.saturating_mul(PER_ASSET),
        };
        let of_store = records.saturating_mul(STORE_TABLE);
        let of_parts = of_parts.saturating_add(of_store);
        of_parts.saturating_add(of_parts / 100 * MORE).saturating_add(BASE).saturating_add(self.cache)
    }

    /// Whether one more record may be taken.
    pub(crate) fn admits(&self, records: u64) -> bool {
        self.limit.is_none_or(|limit| self.estimate(records.saturating_add(1)) <= limit)
    }

    /// What to say of so many records that are there already, where they need more than may be taken.
    pub(crate) fn exceeded(&self, records: u64) -> Option<String> {
        let limit = self.limit.filter(|limit| self.estimate(records) > *limit)?;
        Some(format!(
            "{records} records need about {} of memory, and the inventory may take {}: no new assets are taken; \
             raise memory.limit in the configuration, or narrow the sources",
            size(self.estimate(records)),
            size(limit)
        ))
    }

    /// Why so many further records were not taken, and what to do.
    pub(crate) fn refusal(&self, refused: u64, records: u64) -> String {
        format!(
            "{refused} new assets were not taken: {records} fill the {} of memory that the inventory may take; \
             raise memory.limit in the configuration, or narrow the sources",
            size(self.limit.unwrap_or(u64::MAX))
        )
    }
}

#[cfg(test)]
mod tests;
