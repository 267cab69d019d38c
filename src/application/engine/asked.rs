//! A query as the engine asks it: with the graph, and with what payloads say where the query looks into
//! them.

use std::sync::Arc;

use cloudscope_domain::{Query, Timestamp, declarable::Declarable};
use cloudscope_index::Context;
use cloudscope_ports::AssetStore;

use super::{
    Engine,
    near::Near,
    payloads::{Looked, Payloads},
};
use crate::{
    SessionError,
    hub::{Hub, View},
};

/// A query with everything that its answer depends on, for one place that works it out.
pub(super) struct Asked {
    pub(super) view: Arc<View>,
    pub(super) query: Query,
    /// Ages count from here.
    pub(super) now: Timestamp,
    store: Option<Arc<dyn AssetStore>>,
    hub: Arc<Hub>,
    declarable: Option<Arc<Declarable>>,
    pinned: bool,
}

impl Engine {
    /// `pinned`: it was asked of a moment.
    pub(super) fn asked(&self, view: &Arc<View>, query: &Query, now: Timestamp, pinned: bool) -> Asked {
        Asked {
            view: Arc::clone(view),
            query: query.clone(),
            now,
            store: self.store().ok().cloned(),
            hub: Arc::clone(&self.hub),
            declarable: self.declarable.get().cloned(),
            pinned,
        }
    }
}

impl Asked {
    /// Reads what has to be read, and lets `answer` answer. Blocks.
    pub(super) fn answer<T>(
        &self,
        cancel: &dyn Fn() -> bool,
        answer: impl FnOnce(&Context<'_>, Option<Looked>) -> T,
    ) -> Result<T, SessionError> {
        let near = Near::of(&self.view);
        let context = Context::new(self.now, &near, cancel).declarable(self.declarable.as_ref());
        if !self.query.reads_payloads() {
            return Ok(answer(&context, None));
        }
        let payloads = Payloads {
            view: &self.view,
            store: &**self.store.as_ref().ok_or(SessionError::NotReady)?,
            hub: &self.hub,
            neighbours: &near,
            declarable: self.declarable.as_ref(),
            now: self.now,
            pinned: self.pinned,
            cancel,
        };
        let (told, looked) = payloads.tell(&self.query)?;
        Ok(answer(&context.told(&told), Some(looked)))
    }
}
