//! Pins: marks of users, written like everything else.

use std::sync::Arc;

use cloudscope_domain::{AssetId, Pin};

use super::Writer;

impl Writer {
    /// Sets a mark, or takes it off. One that is there already keeps its time.
    pub(super) fn pin(&mut self, id: AssetId, on: bool) {
        if self.pins.contains_key(&id) == on {
            return;
        }
        let pins = Arc::make_mut(&mut self.pins);
        if on {
            let pin = Pin { id: id.clone(), at: self.clock.now() };
            pins.insert(id.clone(), pin.clone());
            self.pending.pins.insert(id, Some(pin));
        } else {
            pins.remove(&id);
            self.pending.pins.insert(id, None);
        }
    }
}
