//! Reads many segments, several at a time: each is read, verified and taken apart by one of some threads, and
//! what is wanted of it is handed out in the order of the places, by the thread that asked.

use std::{
    num::NonZero,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use cloudscope_ports::StoreError;

use crate::{
    engine,
    envelope::{self, Flaw},
    index::IdHash,
    layout::{Key, Place},
    segment,
};

/// Threads that read at most: somebody waits for it, but what is handed out is worked on meanwhile.
const READERS: usize = 4;
/// Segments that a thread reads before it hands over,
const TOGETHER: usize = 32;
/// and how often it may be ahead by so many.
const AHEAD: usize = 2;

/// Makes of the records of a segment, with the revision that wrote it, what is wanted of them.
pub(crate) type Sift<'a, T> =
    &'a (dyn Fn(Place, u64, &[(bool, &[u8])], &mut Vec<T>) -> Result<(), Flaw> + Sync);

/// What some segments held.
struct Sifted<T> {
    ids: Vec<(IdHash, Place)>,
    wanted: Vec<T>,
}

impl<T> Sifted<T> {
    /// Reads some segments; one that is not there has no records. `None` when one cannot be read.
    fn read(db: &sled::Db, places: &[Place], sift: Sift<'_, T>) -> Result<Option<Self>, StoreError> {
        let mut read = Self { ids: Vec::new(), wanted: Vec::new() };
        for place in places {
            let key = Key::Segment(*place).encode();
            let Some(value) = engine::get(db, &key)? else { continue };
            if read.segment(*place, &key, &value, sift).is_err() {
                return Ok(None);
            }
        }
        Ok(Some(read))
    }

    fn segment(&mut self, place: Place, key: &[u8], value: &[u8], sift: Sift<'_, T>) -> Result<(), Flaw> {
        let opened = envelope::open(key, value)?;
        let parts = segment::parts(&opened.body)?;
        for (_, bytes) in &parts {
            self.ids.push((IdHash::of(segment::name(bytes)?.id), place));
        }
        sift(place, opened.revision, &parts, &mut self.wanted)
    }
}

type Read<T> = Result<Option<Sifted<T>>, StoreError>;

/// Where the records of these segments are; `take` gets what is wanted of them. `None` when one of them cannot be
/// read, or `stop` says so.
pub(crate) fn each<T: Send>(
    db: &sled::Db,
    places: &[Place],
    sift: Sift<'_, T>,
    stop: &dyn Fn() -> bool,
    take: &mut dyn FnMut(T),
) -> Result<Option<Vec<(IdHash, Place)>>, StoreError> {
    let pieces: Vec<&[Place]> = places.chunks(TOGETHER).collect();
    let readers = thread::available_parallelism().map_or(1, NonZero::get).min(READERS).min(pieces.len());
    let mut ids = Vec::new();
    thread::scope(|threads| {
        let pieces = &pieces;
        let from: Vec<Receiver<Read<T>>> = (0..readers)
            .map(|reader| {
                let (to, from) = sync_channel(AHEAD);
                let mine = pieces.iter().skip(reader).step_by(readers);
                threads.spawn(move || read(db, mine.copied(), sift, &to));
                from
            })
            .collect();
        for from in from.iter().cycle().take(pieces.len()) {
            if stop() {
                return Ok(None);
            }
            // A thread that hands over nothing more failed, which is told when it is joined.
            let Ok(read) = from.recv() else { return Ok(None) };
            let Some(Sifted { ids: some, wanted }) = read? else { return Ok(None) };
            ids.extend(some);
            wanted.into_iter().for_each(&mut *take);
        }
        Ok(Some(ids))
    })
}

/// Reads every piece in turn, until nobody wants more.
fn read<'a, T>(
    db: &sled::Db,
    pieces: impl Iterator<Item = &'a [Place]>,
    sift: Sift<'_, T>,
    to: &SyncSender<Read<T>>,
) {
    for piece in pieces {
        let read = Sifted::read(db, piece, sift);
        let last = !matches!(read, Ok(Some(_)));
        if to.send(read).is_err() || last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use cloudscope_domain::ScopeKey;
    use cloudscope_ports::{
        AssetStore, Commit,
        contract::{sample, store as suite},
    };

    use super::*;
    use crate::{OpenOptions, SledStore, layout::SEGMENTS};

    /// Many small segments, so that several threads read them.
    fn store(dir: &std::path::Path) -> (SledStore, Vec<Place>) {
        let (store, _) = SledStore::open(dir, OpenOptions::default()).unwrap();
        let scopes = (0..300).map(|n| sample::scope("s", &format!("listing {n}")));
        let of = |scope: &ScopeKey| {
            (0..3).map(|n| sample::record(scope, &format!("{scope} {n}"), 1)).collect::<Vec<_>>()
        };
        let records = scopes.flat_map(|scope| of(&scope.key)).collect();
        store.apply(&Commit { records, ..suite::next(&store) }).unwrap();
        let db = store.reading().unwrap();
        let places = engine::scan(&db, SEGMENTS).map(|pair| match Key::decode(&pair.unwrap().0) {
            Some(Key::Segment(place)) => place,
            other => panic!("{other:?}"),
        });
        let places: Vec<Place> = places.collect();
        assert!(places.len() > TOGETHER * READERS, "{} segments", places.len());
        (store, places)
    }

    fn names(_: Place, _: u64, parts: &[(bool, &[u8])], out: &mut Vec<String>) -> Result<(), Flaw> {
        for (_, bytes) in parts {
            out.push(segment::name(bytes)?.id.to_owned());
        }
        Ok(())
    }

    #[test]
    fn everything_is_handed_out_in_the_order_of_the_places() {
        let dir = tempfile::tempdir().unwrap();
        let (store, mut places) = store(dir.path());
        let db = store.reading().unwrap();
        let mut serial = Vec::new();
        for place in &places {
            let key = Key::Segment(*place).encode();
            let value = engine::get(&db, &key).unwrap().unwrap();
            let opened = envelope::open(&key, &value).unwrap();
            names(*place, 1, &segment::parts(&opened.body).unwrap(), &mut serial).unwrap();
        }
        assert_eq!(serial.len(), 900);
        // One that is not there has no records.
        places.insert(7, Place { scope: 9_999, segment: 0 });
        let mut told = Vec::new();
        let ids = each(&db, &places, &names, &|| false, &mut |id| told.push(id)).unwrap().unwrap();
        assert_eq!(told, serial);
        assert_eq!(ids.iter().map(|(id, _)| *id).collect::<Vec<_>>(), {
            serial.iter().map(|id| IdHash::of(id)).collect::<Vec<_>>()
        });
        let none = each(&db, &[], &names, &|| false, &mut |_| panic!("nothing is there")).unwrap();
        assert_eq!(none, Some(Vec::new()));
    }

    #[test]
    fn it_ends_where_it_is_stopped_and_where_a_segment_cannot_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let (store, places) = store(dir.path());
        let db = store.reading().unwrap();
        let asked = std::cell::Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        };
        let mut told = 0;
        assert_eq!(each(&db, &places, &names, &stop, &mut |_| told += 1).unwrap(), None);
        assert_eq!(told, TOGETHER * 3 * 3, "three pieces of segments with three records");

        let key = Key::Segment(places[200]).encode();
        let mut value = engine::get(&db, &key).unwrap().unwrap().to_vec();
        let middle = value.len() / 2;
        value[middle] ^= 1;
        db.insert(key, value).unwrap();
        let mut told = 0;
        assert_eq!(each(&db, &places, &names, &|| false, &mut |_| told += 1).unwrap(), None);
        assert_eq!(told, (200 / TOGETHER) * TOGETHER * 3, "what comes before its piece");
    }
}
