//! The objects, by resource, with one growing version over all of them and a log of what became of them.
//! Objects are kept as they are sent, so that a list is copied, not written. Knows nothing of requests.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::{kinds::Served, select::Selector};

/// An object in one of its versions.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) version: u64,
    /// `{"metadata":{...},...}`: neither apiVersion nor kind.
    pub(crate) text: Box<str>,
    /// Where in it the metadata ends; they begin at [`METADATA`].
    end: usize,
}

/// `{"metadata":`.
const METADATA: usize = 12;

impl Stored {
    fn new(version: u64, mut object: Value) -> Self {
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        let metadata = object["metadata"].to_string();
        let mut text = String::with_capacity(metadata.len() * 3);
        text.push_str("{\"metadata\":");
        text.push_str(&metadata);
        let end = text.len();
        for (key, value) in object.as_object().into_iter().flatten() {
            if !["metadata", "apiVersion", "kind"].contains(&key.as_str()) {
                text.push_str(&format!(",{}:{value}", json!(key)));
            }
        }
        text.push('}');
        Self { version, text: text.into_boxed_str(), end }
    }

    /// The metadata alone.
    pub(crate) fn metadata(&self) -> &str {
        &self.text[METADATA..self.end]
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Became {
    Added,
    Modified,
    Deleted,
}

/// An entry of the log.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) version: u64,
    pub(crate) became: Became,
    pub(crate) namespace: Arc<str>,
    pub(crate) now: Arc<Stored>,
    /// Before a modification.
    pub(crate) before: Option<Arc<Stored>>,
}

/// The objects of one resource.
pub(crate) struct Shelf {
    pub(crate) served: Served,
    objects: BTreeMap<(Arc<str>, Arc<str>), Arc<Stored>>,
    log: VecDeque<Event>,
    /// Events up to this version are forgotten.
    pub(crate) floor: u64,
    news: watch::Sender<u64>,
}

/// An object in a list, with its place in the order.
pub(crate) type Listed = ((Arc<str>, Arc<str>), Arc<Stored>);

/// A list as it was at one version, for those who ask for it page by page.
pub(crate) struct Frozen {
    pub(crate) items: Arc<Vec<Listed>>,
}

/// All objects.
pub(crate) struct Objects {
    pub(crate) version: u64,
    pub(crate) shelves: BTreeMap<String, Shelf>,
    /// Lists that are being paged through: by version, resource, namespace, selectors.
    frozen: VecDeque<(String, Frozen)>,
    /// How many events each resource remembers.
    log: usize,
    uids: u64,
}

/// That many lists can be paged through at the same time.
const FROZEN: usize = 512;

impl Objects {
    pub(crate) fn new(served: Vec<Served>, log: usize) -> Self {
        let shelf = |served: Served| (served.name(), Shelf::new(served));
        Self {
            version: 1000,
            shelves: served.into_iter().map(shelf).collect(),
            frozen: VecDeque::new(),
            log,
            uids: 0,
        }
    }

    /// There is a place for objects of that sort, if there was none.
    pub(crate) fn shelve(&mut self, served: Served) {
        self.shelves.entry(served.name()).or_insert_with(|| Shelf::new(served));
    }

    /// Nothing of that sort is left.
    pub(crate) fn drop_shelf(&mut self, name: &str) {
        self.shelves.remove(name);
    }

    /// Creates or replaces an object; what a server adds is added where it lacks. Returns the version.
    pub(crate) fn put(&mut self, resource: &str, mut object: Value) -> Option<u64> {
        let version = self.version + 1;
        self.uids += 1;
        let uid = uid(self.uids);
        let shelf = self.shelves.get_mut(resource)?;
        let name: Arc<str> = object["metadata"]["name"].as_str()?.into();
        let namespace: Arc<str> = object["metadata"]["namespace"].as_str().unwrap_or_default().into();
        let key = (Arc::clone(&namespace), name);
        let before = shelf.objects.get(&key).cloned();
        let known = before.as_ref().map(|b| b.value());
        for (field, fresh) in [("uid", uid), ("creationTimestamp", jiff::Timestamp::now().to_string())] {
            if object["metadata"][field].is_null() {
                let kept = known.as_ref().map(|k| k["metadata"][field].clone());
                object["metadata"][field] = kept.unwrap_or_else(|| json!(second(&fresh)));
            }
        }
        let now = Arc::new(Stored::new(version, object));
        shelf.objects.insert(key, Arc::clone(&now));
        let became = if before.is_some() { Became::Modified } else { Became::Added };
        let event = Event { version, became, namespace, now, before };
        shelf.tell(event, self.log);
        self.version = version;
        Some(version)
    }

    /// Deletes an object; its last state is told with the version of the deletion.
    pub(crate) fn remove(&mut self, resource: &str, namespace: &str, name: &str) -> Option<u64> {
        let version = self.version + 1;
        let shelf = self.shelves.get_mut(resource)?;
        let namespace: Arc<str> = namespace.into();
        let last = shelf.objects.remove(&(Arc::clone(&namespace), name.into()))?;
        let now = Arc::new(Stored::new(version, last.value()));
        shelf.tell(Event { version, became: Became::Deleted, namespace, now, before: Some(last) }, self.log);
        self.version = version;
        Some(version)
    }

    /// Forgets all events and all lists that are being paged through, as a compaction does.
    pub(crate) fn compact(&mut self) {
        self.frozen.clear();
        for shelf in self.shelves.values_mut() {
            shelf.log.clear();
            shelf.floor = self.version;
        }
    }

    /// Keeps a list for its further pages.
    pub(crate) fn freeze(&mut self, key: String, list: Frozen) {
        if self.frozen.len() >= FROZEN {
            self.frozen.pop_front();
        }
        self.frozen.push_back((key, list));
    }

    /// A list that was kept.
    pub(crate) fn frozen(&self, key: &str) -> Option<&Frozen> {
        self.frozen.iter().rev().find(|(k, _)| k == key).map(|(_, list)| list)
    }

    /// Forgets lists that are being paged through.
    pub(crate) fn forget_pages(&mut self) {
        self.frozen.clear();
    }
}

impl Shelf {
    fn new(served: Served) -> Self {
        let news = watch::Sender::new(0);
        Self { served, objects: BTreeMap::new(), log: VecDeque::new(), floor: 0, news }
    }

    fn tell(&mut self, event: Event, most: usize) {
        let version = event.version;
        self.log.push_back(event);
        while self.log.len() > most {
            self.floor = self.log.pop_front().map_or(self.floor, |e| e.version);
        }
        self.news.send_replace(version);
    }

    /// Wakes when something happened.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    pub(crate) fn get(&self, namespace: &str, name: &str) -> Option<Arc<Stored>> {
        self.objects.get(&(namespace.into(), name.into())).cloned()
    }

    /// Everything in a namespace, or everywhere, in order.
    pub(crate) fn list(&self, namespace: Option<&str>, selector: &Selector) -> Vec<Listed> {
        let from: Arc<str> = namespace.unwrap_or_default().into();
        let here = |key: &(Arc<str>, Arc<str>)| namespace.is_none_or(|n| &*key.0 == n);
        self.objects
            .range((from, Arc::from(""))..)
            .take_while(|(key, _)| here(key))
            .filter(|(_, o)| selector.is_everything() || selector.takes(&o.value()))
            .map(|(key, object)| (key.clone(), Arc::clone(object)))
            .collect()
    }

    /// What happened after a version.
    pub(crate) fn since(&self, version: u64) -> Vec<Event> {
        let from = self.log.partition_point(|e| e.version <= version);
        self.log.range(from..).cloned().collect()
    }
}

/// Made up, in the form of a uid.
fn uid(number: u64) -> String {
    let a = number.wrapping_add(0x51).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let b = a.rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let (low, high) = (a & 0xffff, b >> 48);
    format!(
        "{:08x}-{low:04x}-4{:03x}-8{:03x}-{:012x}",
        a >> 32,
        b & 0xfff,
        high & 0xfff,
        b >> 16 & 0xffff_ffff_ffff
    )
}

/// Times without fractions, as servers write them.
fn second(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, _)) if text.ends_with('Z') && text.contains('T') => format!("{whole}Z"),
        _ => text.to_owned(),
    }
}
