//! The pins: one small value, read when it is asked for.

use cloudscope_domain::Pin;
use cloudscope_ports::StoreError;

use crate::{engine, envelope, layout::PINS, packing::decode};

/// Every pin, by id.
pub(crate) fn read(db: &sled::Db) -> Result<Vec<Pin>, StoreError> {
    let Some(value) = engine::get(db, PINS)? else { return Ok(Vec::new()) };
    envelope::open(PINS, &value)
        .and_then(|opened| decode(&opened.body))
        .map_err(|flaw| StoreError::Damaged(format!("the pins: {flaw}; set them again")))
}
