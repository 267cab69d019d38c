//! A call ledger that is forgotten with the process, and that can be told to fail.

use std::sync::Mutex;

use cloudscope_ports::{CallLedger, CallRecord};

use crate::lock;

/// Keeps every call of one test.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    calls: Mutex<Vec<CallRecord>>,
    trouble: Mutex<Option<String>>,
}

impl MemoryLedger {
    /// Holds nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on the ledger is "unwritable" for this reason, until it is `None` again.
    pub fn break_down(&self, why: Option<String>) {
        *lock(&self.trouble) = why;
    }

    /// Every call, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<CallRecord> {
        lock(&self.calls).clone()
    }
}

impl CallLedger for MemoryLedger {
    fn append(&self, call: &CallRecord) {
        if lock(&self.trouble).is_none() {
            lock(&self.calls).push(call.clone());
        }
    }

    fn recent(&self, limit: usize) -> Vec<CallRecord> {
        lock(&self.calls).iter().rev().take(limit).cloned().collect()
    }

    fn trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }
}
