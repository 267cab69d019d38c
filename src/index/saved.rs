//! A snapshot as bytes, from which a writer goes on without building it anew. Knows nothing of files.

use std::io::{self, Write};

use cloudscope_domain::{AssetId, Category, Revision, Timestamp};

use crate::{
    RowId, Snapshot,
    bits::{Bits, CHUNK},
    bytes::{In, Out},
    chunk::Chunk,
    frames::Writing,
    joins::Named,
    keyed::NameHasher,
    parts::{Parts, Slot, place},
};

impl Snapshot {
    /// Writes it whole. Whoever reads it back has the index of this revision and can go on from it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        let parts = &self.parts;
        let order = self.saved_order();
        let mut file = Writing::new(out)?;
        file.frame(|out| Head::of(parts, order.is_some()).save(out))?;
        file.frame(|out| parts.columns.iter().chain([&parts.tag_keys]).for_each(|c| c.save(out)))?;
        let mut scopes = Out::default();
        parts.scopes.save(&mut scopes).map_err(io::Error::other)?;
        file.frame(|out| *out = scopes)?;
        file.frame(|out| {
            let mut pins: Vec<&AssetId> = parts.pins.iter().collect();
            pins.sort();
            out.len(pins.len());
            pins.iter().for_each(|pin| out.text(pin.as_str()));
        })?;
        file.frame(|out| save_joins(parts, out))?;
        for n in 0..parts.names.count() {
            file.frame(|out| parts.names.save(n, out))?;
        }
        for slot in &parts.slots {
            file.frame(|out| {
                out.number(u64::from(slot.grave));
                out.list(slot.live.words());
                slot.chunk.save(out);
            })?;
        }
        if let Some(rows) = order {
            file.frame(|out| out.list(&rows))?;
        }
        Ok(())
    }
}

fn save_joins(parts: &Parts, out: &mut Out) {
    out.list(&parts.crowded.iter().copied().collect::<Vec<RowId>>());
    for wanted in [Named::Id, Named::Claimed] {
        let mut hashes: Vec<u64> =
            parts.excess.iter().filter(|(named, _)| *named == wanted).map(|(_, hash)| *hash).collect();
        hashes.sort_unstable();
        out.list(&hashes);
    }
    let faces = parts.slots.iter().filter_map(|s| s.joined.as_ref()).flat_map(|joined| joined.faces());
    let groups: Vec<&[RowId]> = faces.map(|(_, group)| &**group).collect();
    out.list(&groups.iter().map(|g| u32::try_from(g.len()).unwrap_or(0)).collect::<Vec<u32>>());
    out.list(&groups.concat());
}

/// The joins of a saved index: crowded rows; names and ids in excess; groups.
pub(crate) struct SavedJoins {
    pub(crate) crowded: Vec<RowId>,
    pub(crate) excess: Vec<(Named, u64)>,
    pub(crate) groups: Vec<Vec<RowId>>,
}

impl SavedJoins {
    pub(crate) fn load(input: &mut In<'_>) -> Option<Self> {
        let crowded = input.list()?;
        let mut excess = Vec::new();
        for named in [Named::Id, Named::Claimed] {
            excess.extend(input.list()?.into_iter().map(|hash: u64| (named, hash)));
        }
        let lengths: Vec<u32> = input.list()?;
        let rows: Vec<RowId> = input.list()?;
        let mut rest = rows.as_slice();
        let mut groups = Vec::new();
        for length in lengths {
            let (group, after) = rest.split_at_checked(length as usize).filter(|(g, _)| g.len() > 1)?;
            groups.push(group.to_vec());
            rest = after;
        }
        rest.is_empty().then_some(Self { crowded, excess, groups })
    }
}

/// What is said first.
pub(crate) struct Head {
    pub(crate) revision: Revision,
    pub(crate) as_of: Timestamp,
    pub(crate) hasher: NameHasher,
    pub(crate) chunks: u64,
    pub(crate) tails: [Option<usize>; 2],
    pub(crate) categories: [u64; Category::ALL.len()],
    pub(crate) paths: Vec<String>,
    pub(crate) names: usize,
    pub(crate) slots: usize,
    /// Whether the order by name is there too.
    pub(crate) order: bool,
}

impl Head {
    fn of(parts: &Parts, order: bool) -> Self {
        Self {
            revision: parts.revision,
            as_of: parts.as_of,
            hasher: parts.hasher,
            chunks: parts.chunks,
            tails: parts.tails,
            categories: parts.categories,
            paths: parts.paths.texts().to_vec(),
            names: parts.names.count(),
            slots: parts.slots.len(),
            order,
        }
    }

    fn save(&self, out: &mut Out) {
        out.number(self.revision.0);
        out.list(&[self.as_of.millis()]);
        out.list(&self.hasher.key());
        out.number(self.chunks);
        for tail in self.tails {
            out.len(tail.map_or(0, |at| at + 1));
        }
        out.list(&self.categories);
        out.len(self.paths.len());
        self.paths.iter().for_each(|path| out.text(path));
        out.len(self.names);
        out.len(self.slots);
        out.number(u64::from(self.order));
    }

    pub(crate) fn load(input: &mut In<'_>) -> Option<Self> {
        let mut size = || usize::try_from(input.number()?).ok();
        let revision = Revision(size()? as u64);
        let [as_of] = input.list()?.try_into().ok()?;
        let hasher = NameHasher::with_key(input.list()?.try_into().ok()?);
        let chunks = input.number()?;
        let mut tails = [None; 2];
        for tail in &mut tails {
            *tail = usize::try_from(input.number()?).ok()?.checked_sub(1);
        }
        let categories = input.list()?.try_into().ok()?;
        let paths = (0..input.len(8)?).map(|_| input.text().map(str::to_owned));
        let paths = paths.collect::<Option<Vec<String>>>()?;
        let mut size = || usize::try_from(input.number()?).ok();
        let (names, slots) = (size()?, size()?);
        let order = size()? == 1;
        // Rows are numbered in 32 bits.
        let fit = slots <= u32::MAX as usize / CHUNK && tails.iter().flatten().all(|at| *at < slots);
        let as_of = Timestamp::from_millis(as_of);
        let head = Self { revision, as_of, hasher, chunks, tails, categories, paths, names, slots, order };
        fit.then_some(head)
    }
}

/// A slot, without what it is joined to.
pub(crate) fn load_slot(input: &mut In<'_>) -> Option<Slot> {
    let grave = input.number()? == 1;
    let live = Bits::from_words(&input.list::<u64>()?)?;
    let chunk = Chunk::load(input)?;
    let inside = live.without(&Bits::first(chunk.len())).is_empty();
    let of_graves = chunk.len() == 0 || chunk.gone(0).is_some() == grave;
    let count = u32::try_from(live.count()).ok()?;
    (inside && of_graves).then(|| Slot { chunk: chunk.into(), live: live.into(), count, grave, joined: None })
}

/// The order by name, if these are the rows that live, tombstones among them. That they stand in order is
/// seen to when it is used.
pub(crate) fn load_order(input: &mut In<'_>, slots: &[Slot]) -> Option<Vec<RowId>> {
    let rows: Vec<RowId> = input.list()?;
    let mut left: Vec<Bits> = slots.iter().map(|s| (*s.live).clone()).collect();
    for row in &rows {
        let (slot, n) = place(*row);
        let of_slot = left.get_mut(slot).filter(|bits| bits.get(n))?;
        of_slot.clear(n);
    }
    left.iter().all(Bits::is_empty).then_some(rows)
}
