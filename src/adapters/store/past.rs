//! Reading as of an old revision: the present state, with what later commits replaced put back.
//!
//! Commits go on meanwhile. Each segment says which commit wrote it, so a segment that is younger than
//! what was looked through makes the overlay be extended before anything of it is handed out; what was
//! handed out before the commit that replaced it is not handed out again.

use std::{collections::HashMap, ops::ControlFlow};

use cloudscope_domain::{Record, RecordKey, Revision, SourceName, Timestamp};
use cloudscope_ports::{Finding, LoadReport, StoreError};

use crate::{
    envelope::Flaw,
    layout::Place,
    overlay::{self, Failure, Overlay, Spot, read_spots},
    piles::Piles,
    read::Pass,
    segment,
    store::{Broken, SledStore},
};

/// Overlays of more records are made anew each time.
const RECENT_RECORDS: usize = 2 << 20;

impl SledStore {
    /// The oldest revision that can be asked for.
    pub(crate) fn oldest_known(&self) -> (Revision, Timestamp) {
        let oldest = self.tables().times.oldest();
        match &*self.broken() {
            Some(broken) if broken.revision > oldest.0 => (broken.revision, broken.at),
            _ => oldest,
        }
    }

    /// Refuses what is not known any more.
    pub(crate) fn within(&self, revision: Revision) -> Result<(), StoreError> {
        let (oldest, oldest_at) = self.tables().times.oldest();
        if revision < oldest {
            return Err(StoreError::Forgotten { asked: revision.0, oldest: oldest.0, oldest_at });
        }
        match &*self.broken() {
            Some(broken) if revision < broken.revision => Err(StoreError::Damaged(broken.why.clone())),
            _ => Ok(()),
        }
    }

    /// Notes damage of the history; nothing before that revision is told any more.
    pub(crate) fn broke(&self, failure: Failure) -> StoreError {
        let (revision, flaw) = match failure {
            Failure::Store(error) => return error,
            Failure::Broken { revision, why } => (Revision(revision), why),
        };
        let (oldest, oldest_at) = self.tables().times.oldest();
        if revision <= oldest {
            // Retention took it while it was read.
            return StoreError::Forgotten {
                asked: revision.0.saturating_sub(1),
                oldest: oldest.0,
                oldest_at,
            };
        }
        let at = self.reading().and_then(|db| self.tables().times.of(&db, revision));
        let at = at.ok().flatten().unwrap_or(oldest_at);
        let why = format!(
            "the history of revision {revision} cannot be read ({flaw}); what was before it is not known any more"
        );
        let finding = Finding {
            what: why.clone(),
            scope: None,
            records: None,
            remedy:
                "no asset of today is affected; the damaged part is set aside when the store is opened next"
                    .into(),
        };
        self.writer().note_finding(finding);
        let mut known = self.broken();
        if known.as_ref().is_none_or(|b| b.revision < revision) {
            *known = Some(Broken { revision, at, why: why.clone() });
        }
        StoreError::Damaged(why)
    }

    pub(crate) fn load_past(
        &self,
        revision: Revision,
        visit: &mut dyn FnMut(Record) -> bool,
    ) -> Result<LoadReport, StoreError> {
        self.within(revision)?;
        let db = self.reading()?;
        let before = (self.current(), self.moving());
        let at = revision.min(before.0);
        let mut out = HandOut {
            store: self,
            db: &db,
            overlay: Overlay::new(at.0),
            piles: Piles::default(),
            read: HashMap::new(),
            source: None,
            visit,
            records: 0,
            going: true,
            failure: None,
        };
        out.extend(before.0.0).map_err(|failure| self.broke(failure))?;
        let (pass, whole) = Pass::run(&db, &mut |place, revision, bytes| {
            let step = out.offer(place, revision, bytes);
            out.settle(step)
        })?;
        if out.going {
            let step = out.close(None).map(|()| ControlFlow::Continue(()));
            // A flaw of a record cannot come from here.
            let _ = out.settle(step.map_err(Trouble::Past));
        }
        let HandOut { overlay, records, failure, .. } = out;
        if let Some(failure) = failure {
            return Err(self.broke(failure));
        }
        self.remember(overlay);
        let mut writer = self.writer();
        if whole && before == (self.current(), self.moving()) {
            self.settle(&mut writer, pass);
        } else {
            self.note_flaws(&mut writer, &pass);
        }
        Ok(LoadReport { records, findings: writer.findings.clone() })
    }

    pub(crate) fn find_past(
        &self,
        revision: Revision,
        keys: &[RecordKey],
    ) -> Result<Vec<Option<Record>>, StoreError> {
        self.within(revision)?;
        let db = self.reading()?;
        let at = revision.min(self.current());
        let remembered = self.recent().take().filter(|overlay| overlay.at == at.0);
        let mut overlay = remembered.unwrap_or_else(|| Overlay::new(at.0));
        let extend = |overlay: &mut Overlay| {
            let to = self.current().0;
            overlay.extend(&db, to).map_err(|failure| self.broke(failure))
        };
        extend(&mut overlay)?;
        let hashes: Vec<u128> = keys.iter().map(RecordKey::hash128).collect();
        let present: Vec<usize> = (0..keys.len()).filter(|n| overlay.find(hashes[*n]).is_none()).collect();
        let wanted: Vec<RecordKey> = present.iter().map(|n| keys[*n].clone()).collect();
        let mut found: Vec<Option<Record>> = vec![None; keys.len()];
        for (n, record) in present.into_iter().zip(self.find_many(&wanted)?) {
            found[n] = record;
        }
        // What no commit touched up to now was the same then.
        extend(&mut overlay)?;
        let mut spots: Vec<(Spot, usize)> = Vec::new();
        for (n, hash) in hashes.iter().enumerate() {
            match overlay.find(*hash) {
                None => {}
                Some(None) => found[n] = None,
                Some(Some(spot)) => spots.push((spot, n)),
            }
        }
        spots.sort_by_key(|(s, _)| (s.revision, s.chunk, s.index));
        let mut order = spots.iter().map(|(_, n)| *n);
        let spots: Vec<Spot> = spots.iter().map(|(spot, _)| *spot).collect();
        read_spots(&db, &spots, &mut |spot, bytes| {
            let record = overlay::record(spot.revision, bytes)?;
            if let Some(n) = order.next() {
                found[n] = Some(record);
            }
            Ok(())
        })
        .map_err(|failure| self.broke(failure))?;
        self.remember(overlay);
        Ok(found)
    }

    fn remember(&self, overlay: Overlay) {
        *self.recent() = (overlay.len() <= RECENT_RECORDS).then_some(overlay);
    }
}

/// Why a record was not handed out.
enum Trouble {
    /// The present segment is damaged.
    Present(Flaw),
    Past(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Past(failure)
    }
}

/// The state of handing out.
struct HandOut<'a> {
    store: &'a SledStore,
    db: &'a sled::Db,
    overlay: Overlay,
    piles: Piles,
    /// The segments that were gone through, with the commits that wrote them.
    read: HashMap<Place, u64>,
    /// The segment that is gone through, and its source.
    source: Option<(Place, Option<SourceName>)>,
    visit: &'a mut dyn FnMut(Record) -> bool,
    records: u64,
    going: bool,
    failure: Option<Failure>,
}

impl HandOut<'_> {
    /// Takes a record of the present state.
    fn offer(&mut self, place: Place, revision: u64, bytes: &[u8]) -> Result<ControlFlow<()>, Trouble> {
        if self.source.as_ref().is_none_or(|(p, _)| *p != place) {
            self.begin(place, revision)?;
        }
        let name = segment::name(bytes).map_err(Trouble::Present)?;
        let source = self.source.as_ref().and_then(|(_, source)| source.as_ref());
        let record = || segment::record(bytes).map_err(Trouble::Present);
        let hash = match source {
            Some(source) => RecordKey::hash128_of(source.as_str(), name.id, name.incarnation),
            None => record()?.record_key().hash128(),
        };
        if self.overlay.find(hash).is_none() {
            self.hand(record()?);
        }
        Ok(if self.going { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    }

    fn begin(&mut self, place: Place, revision: u64) -> Result<(), Failure> {
        if self.source.as_ref().is_some_and(|(p, _)| p.scope != place.scope) {
            self.close(Some(place.scope))?;
        }
        if revision > self.overlay.upto() {
            self.extend(revision)?;
        }
        self.read.insert(place, revision);
        let source = self.store.tables().scopes.get(place.scope).map(|s| s.manifest.key.source.clone());
        self.source = Some((place, source));
        Ok(())
    }

    /// Hands out what scopes before this one held that is there no more.
    fn close(&mut self, before: Option<u32>) -> Result<(), Failure> {
        self.extend(self.store.current().0)?;
        let mut piles = std::mem::take(&mut self.piles);
        while self.going
            && piles.pop(before, &mut |bytes| {
                if self.going {
                    // The chunk that it came from was verified.
                    let record = segment::record(bytes)
                        .map_err(|flaw| StoreError::Damaged(format!("a record of the history: {flaw}")))?;
                    self.hand(record);
                }
                Ok(())
            })?
        {}
        self.piles = piles;
        Ok(())
    }

    fn hand(&mut self, record: Record) {
        self.records += 1;
        self.going = (self.visit)(record);
    }

    fn extend(&mut self, to: u64) -> Result<(), Failure> {
        let mut spots = self.overlay.extend(self.db, to)?;
        // What a segment held when it was gone through was handed out from there.
        spots.retain(|spot| self.read.get(&spot.place).is_none_or(|written| *written >= spot.revision));
        let piles = &mut self.piles;
        read_spots(self.db, &spots, &mut |spot, bytes| Ok(piles.push(spot.place.scope, bytes)?))
    }

    /// Keeps what ends the whole; gives back what only damages a segment.
    fn settle(&mut self, step: Result<ControlFlow<()>, Trouble>) -> Result<ControlFlow<()>, Flaw> {
        match step {
            Ok(flow) => Ok(flow),
            Err(Trouble::Present(flaw)) => Err(flaw),
            Err(Trouble::Past(failure)) => {
                self.failure = Some(failure);
                self.going = false;
                Ok(ControlFlow::Break(()))
            }
        }
    }
}
