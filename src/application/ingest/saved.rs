//! What the writer makes of the records, kept beside the store so that opening need not make it anew: the
//! index, the graph, and what is known in brief. Each of the three names the revision that it is of and bears
//! the stamp of that revision's commit; what was committed since is read from the store and entered. The store
//! has a table of its own put beside them.
//!
//! Whatever does not fit is left, and everything is made from the records: it is never the only copy.

use std::{
    io::{self, BufReader, Read, Write},
    sync::Arc,
    thread::JoinHandle,
    time::Instant,
};

use cloudscope_domain::Revision;
use cloudscope_graph::GraphWriter;
use cloudscope_index::IndexWriter;
use cloudscope_ports::{AssetStore, Keep, Shelf, StoreError};

use super::known::{Frozen, Known};
use crate::hub::View;

/// Fewer records are read as fast from the store.
pub(super) const WORTH: usize = 1_000;

/// While so many keep coming it is saved again and again: after a kill they have to be entered anew.
pub(super) const MANY: usize = 50_000;
/// The same when they are such a part of all: saving all of it has its price.
pub(super) const PART: usize = 10;

const MAGIC: &[u8; 16] = b"cloudscope saved";
/// Grows with what any of the parts means; each also has a format of its own.
const FORMAT: u32 = 1;
const HEADER: usize = 16 + 4 + 8 + 32;
/// Bytes that are read at a time.
const BUFFER: usize = 256 << 10;

/// The three of them, and the revision from which on they have to catch up.
pub(super) struct Saved {
    pub(super) revision: Revision,
    pub(super) index: IndexWriter,
    pub(super) graph: GraphWriter,
    pub(super) known: Known,
}

fn header(revision: Revision, stamp: &[u8; 32]) -> [u8; HEADER] {
    let mut out = [0; HEADER];
    out[..16].copy_from_slice(MAGIC);
    out[16..20].copy_from_slice(&FORMAT.to_le_bytes());
    out[20..28].copy_from_slice(&revision.0.to_le_bytes());
    out[28..].copy_from_slice(stamp);
    out
}

/// One of them as it was read, and what it says of itself.
struct Piece<T> {
    head: [u8; HEADER],
    value: T,
}

/// What lies on the shelf, read before it is known whether the store is the one that it was made of.
pub(crate) struct Kept {
    index: Result<Piece<IndexWriter>, String>,
    graph: Result<Piece<GraphWriter>, String>,
    known: Result<Piece<Known>, String>,
    millis: u128,
}

/// Reads one of them.
fn piece<T>(
    shelf: &dyn Shelf,
    name: &str,
    read: impl FnOnce(&mut dyn Read) -> Result<T, String>,
) -> Result<Piece<T>, String> {
    let found = shelf.get(name).map_err(|e| e.to_string())?.ok_or("nothing was saved")?;
    let mut input = BufReader::with_capacity(BUFFER, found);
    let mut head = [0; HEADER];
    input.read_exact(&mut head).map_err(|e| e.to_string())?;
    if head[..20] != header(Revision(0), &[0; 32])[..20] {
        return Err("another version saved it".to_owned());
    }
    Ok(Piece { head, value: read(&mut input)? })
}

impl<T> Piece<T> {
    /// The revision that it is of, once that is known to be one of this store.
    fn revision(&self, store: &dyn AssetStore) -> Result<Revision, String> {
        let revision = Revision(self.head[20..28].first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b)));
        match store.stamp(revision).map_err(|e| e.to_string())? {
            Some(stamp) if header(revision, &stamp) == self.head => Ok(revision),
            _ => Err(format!("revision {revision} is none of this store any more")),
        }
    }
}

impl Kept {
    /// Reads all of it, each piece on a thread of its own.
    pub(crate) fn read(shelf: &dyn Shelf) -> Self {
        let begun = Instant::now();
        let (index, graph, known) = std::thread::scope(|threads| {
            let index = threads.spawn(|| {
                piece(shelf, "index", |input| {
                    let index = IndexWriter::restore(input).map_err(|e| e.to_string())?;
                    if !crate::kept::fits(&index) {
                        return Err("it keeps other paths of the payloads".to_owned());
                    }
                    Ok(index)
                })
            });
            let graph = threads.spawn(|| {
                piece(shelf, "graph", |input| GraphWriter::restore(input).map_err(|e| e.to_string()))
            });
            let known = piece(shelf, "known", |input| Known::restore(input).map_err(|e| e.to_string()));
            let failed = || "the thread that read it failed; this is a defect".to_owned();
            let index = index.join().map_err(|_| failed()).and_then(|read| read);
            let graph = graph.join().map_err(|_| failed()).and_then(|read| read);
            (index, graph, known)
        });
        Self { index, graph, known, millis: begun.elapsed().as_millis() }
    }

    /// What was read, if all of it is there and fits the store.
    pub(super) fn of(self, store: &dyn AssetStore) -> Option<Saved> {
        let Self { index, graph, known, millis } = self;
        let fit = || -> Result<Saved, String> {
            let (index, graph, known) = (index?, graph?, known?);
            let revisions = [index.revision(store)?, graph.revision(store)?, known.revision(store)?];
            let revision = revisions.into_iter().min().unwrap_or_default();
            Ok(Saved { revision, index: index.value, graph: graph.value, known: known.value })
        };
        match fit() {
            Ok(saved) => {
                tracing::info!(revision = %saved.revision, millis, "took over the saved index");
                Some(saved)
            }
            Err(why) => {
                tracing::info!(why, "no saved index is used; it is made from the records");
                None
            }
        }
    }
}

/// Saves what is there, beside the work of the writer.
#[derive(Default)]
pub(super) struct Saver {
    /// Of the last save that was begun or taken over.
    pub(super) revision: Revision,
    under_way: Option<JoinHandle<()>>,
}

impl Saver {
    /// Whether one is still being written.
    pub(super) fn is_busy(&self) -> bool {
        self.under_way.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Begins to save a view with what was known when it was published.
    pub(super) fn begin(&mut self, store: &Arc<dyn AssetStore>, view: Arc<View>, known: Frozen) {
        self.wait();
        self.revision = view.snapshot.revision();
        let (store, keep) = (Arc::clone(store), store.keep());
        let work = move || {
            if let Err(error) = save(&*store, &view, &known, keep) {
                tracing::warn!(%error, "the index could not be saved; the next start takes longer");
            }
        };
        self.under_way = std::thread::Builder::new().name("save index".into()).spawn(work).ok();
    }

    /// Waits for the one that is being written.
    pub(super) fn wait(&mut self) {
        if let Some(thread) = self.under_way.take()
            && thread.join().is_err()
        {
            tracing::error!("saving the index failed; this is a defect");
        }
    }
}

fn save(store: &dyn AssetStore, view: &View, known: &Frozen, keep: Option<Keep>) -> Result<(), StoreError> {
    let revision = view.snapshot.revision();
    let (Some(shelf), Some(stamp)) = (store.shelf(), store.stamp(revision)?) else { return Ok(()) };
    let head = header(revision, &stamp);
    let put = |name: &str, part: &dyn Fn(&mut dyn Write) -> io::Result<()>| {
        shelf.put(name, &mut |out| {
            out.write_all(&head)?;
            part(out)
        })
    };
    let begun = Instant::now();
    put("known", &|out| known.save(out))?;
    put("graph", &|out| view.graph.save(out))?;
    put("index", &|out| view.snapshot.save(out))?;
    // Last: it may be of an older commit than the others, not of a newer one.
    if let Some(keep) = keep {
        shelf.put("places", &mut |out| keep(out))?;
    }
    tracing::info!(%revision, millis = begun.elapsed().as_millis(), bytes = shelf.bytes(), "saved the index");
    Ok(())
}
