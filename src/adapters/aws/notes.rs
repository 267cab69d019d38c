//! What could not be read of a listing that went on: each kind of trouble once, with a count.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use cloudscope_domain::{Kind, text::visible};
use cloudscope_ports::{Fault, Item};

/// Troubles of one scope.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<BTreeMap<(bool, String), Note>>);

#[derive(Debug, Clone)]
struct Note {
    message: String,
    permission: Option<String>,
    count: usize,
}

/// Different troubles that are told; further ones are only counted.
const MOST: usize = 20;

impl Notes {
    /// Items may be missing: what was not seen is not known to be gone.
    pub(crate) fn problem(&self, fault: &Fault) {
        self.add(true, &fault.operation, fault.to_string(), fault.missing_permission.clone());
    }

    /// Every item was seen, but something about them was not told.
    pub(crate) fn limited(&self, fault: &Fault) {
        self.add(false, &fault.operation, fault.to_string(), fault.missing_permission.clone());
    }

    /// An item has no id, or is of another form than its row says.
    pub(crate) fn unmapped(&self, kind: &Kind, why: &str) {
        self.add(true, kind.as_str(), format!("{kind}: {}", visible(why)), None);
    }

    fn add(&self, problem: bool, about: &str, message: String, permission: Option<String>) {
        let mut notes = self.lock();
        let key = (problem, about.to_owned());
        if let Some(note) = notes.get_mut(&key) {
            note.count += 1;
        } else if notes.len() < MOST {
            notes.insert(key, Note { message, permission, count: 1 });
        } else {
            let more = "further troubles were left out".to_owned();
            let note = Note { message: more, permission: None, count: 0 };
            notes.entry((true, String::new())).or_insert(note).count += 1;
        }
    }

    /// Adds those of another listing.
    pub(crate) fn take_over(&self, others: &Self) {
        let others = others.lock().clone();
        self.lock().extend(others);
    }

    /// Only those that make a listing less than whole.
    pub(crate) fn only_problems(&self) -> Self {
        let notes = self
            .lock()
            .iter()
            .filter(|((problem, _), _)| *problem)
            .map(|(k, n)| (k.clone(), n.clone()))
            .collect();
        Self(Mutex::new(notes))
    }

    /// As the sink takes them.
    pub(crate) fn items(&self) -> Vec<Item> {
        let say = |note: &Note| match note.count {
            1 => note.message.clone(),
            n => format!("{} ({n} times)", note.message),
        };
        self.lock()
            .iter()
            .map(|((problem, _), note)| {
                let (message, missing_permission) = (say(note), note.permission.clone());
                if *problem {
                    Item::Problem { message, missing_permission }
                } else {
                    Item::Limited { message, missing_permission }
                }
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(bool, String), Note>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
