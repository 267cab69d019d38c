//! Switches following on and off: whether scopes are followed after they were listed.

use super::Engine;
use crate::{Reply, SessionError};

impl Engine {
    /// From now on scopes are followed once they were listed, or no longer.
    pub(super) fn follow(&self, on: bool) -> Result<Reply, SessionError> {
        let _ = on;
        self.store()?;
        Err(SessionError::Bad("following is not built into this version yet; collect again instead".into()))
    }
}
