//! Who owns a row, as far as somebody asked, kept while revisions go by. What is known stays known until a
//! record comes, goes or is called otherwise that it depends on, so that a new revision costs what changed.
//!
//! A row is known by its number, which means the same record for as long as it lives; owners have numbers of
//! their own, so that an owner that changes all the time costs none of those that it owns.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use cloudscope_domain::{AssetId, neighbours::Direction};
use cloudscope_index::{RowId, Since, Snapshot};

use crate::{engine::near::Names, hub::View};

/// The relation that is followed.
const OWNED_BY: &str = "owned-by";

/// Nobody asked yet.
const UNASKED: u32 = 0;
/// Nothing in the inventory owns it.
const NOBODY: u32 = 1;
/// Several own it, which stand beside.
const SEVERAL: u32 = 2;
/// The first number of an owner.
const FIRST: u32 = 3;

/// After more rows than this came or went it is cheaper to ask anew.
const MANY: usize = if cfg!(test) { 24 } else { 1 << 16 };
/// Owners that may be known beyond the rows that there are: those that are gone are forgotten now and then.
const SPARE: usize = if cfg!(test) { 4 } else { 4096 };

/// The owners of rows of one view.
#[derive(Default)]
pub(super) struct Kin {
    view: Option<Arc<View>>,
    /// By row.
    known: Vec<u32>,
    several: HashMap<RowId, Box<[u32]>>,
    numbers: HashMap<AssetId, u32>,
    /// By number, the row of the owner in the view.
    owners: Vec<Option<RowId>>,
}

impl Kin {
    /// Goes on to another view, keeping what is still true.
    pub(super) fn turn(&mut self, view: &Arc<View>) {
        let Some(old) = self.view.replace(Arc::clone(view)) else { return self.begin(view) };
        if Arc::ptr_eq(&old.snapshot, &view.snapshot) {
            return;
        }
        let crowded = self.owners.len() > view.snapshot.len() + SPARE;
        match view.snapshot.since(&old.snapshot) {
            Some(since) if !crowded && since.came.len() + since.gone.len() <= MANY => {
                self.known.resize(view.snapshot.end() as usize, UNASKED);
                self.follow(&old, view, &since);
            }
            _ => self.begin(view),
        }
    }

    fn begin(&mut self, view: &Arc<View>) {
        *self = Self { view: Some(Arc::clone(view)), ..Self::default() };
        self.known.resize(view.snapshot.end() as usize, UNASKED);
    }

    fn follow(&mut self, old: &View, new: &View, since: &Since) {
        let mut gone: HashMap<u128, RowId> =
            since.gone.iter().map(|row| (old.snapshot.hash(*row), *row)).collect();
        let ends_state = new.graph.is_stated_by_ends(OWNED_BY);
        let mut touched: HashSet<AssetId> = HashSet::new();
        // What is called by these names may be something else now.
        let mut names: HashSet<String> = HashSet::new();
        for row in &since.gone {
            self.forget(*row);
        }
        for row in &since.came {
            self.forget(*row);
            touched.insert(new.snapshot.id(*row));
            let before = gone.remove(&new.snapshot.hash(*row));
            let same = before.is_some_and(|before| new.snapshot.is_called_like(*row, &old.snapshot, before));
            if same {
                // Only what the record itself states may be otherwise, and that is about its own asset.
                let id = new.snapshot.id(*row);
                self.forget_all(&new.snapshot, id.as_str());
                if ends_state {
                    self.forget_owned(old, new, id.as_str());
                }
            } else {
                names.extend(new.snapshot.names(*row));
                names.extend(before.into_iter().flat_map(|before| old.snapshot.names(before)));
            }
        }
        for row in gone.values() {
            touched.insert(old.snapshot.id(*row));
            names.extend(old.snapshot.names(*row));
        }
        for name in &names {
            self.forget_all(&new.snapshot, name);
            self.forget_owned(old, new, name);
        }
        for id in touched {
            if let Some(number) = self.numbers.get(&id) {
                self.owners[*number as usize] = standing(&new.snapshot, &id);
            }
        }
    }

    fn forget(&mut self, row: RowId) {
        if let Some(known) = self.known.get_mut(row as usize) {
            if *known == SEVERAL {
                self.several.remove(&row);
            }
            *known = UNASKED;
        }
    }

    /// What bears a name has to be asked anew: all records of those assets, as each tells of its asset.
    fn forget_all(&mut self, snapshot: &Snapshot, name: &str) {
        for row in snapshot.bearing(name) {
            for record in snapshot.bearing(snapshot.id(row).as_str()) {
                self.forget(record);
            }
        }
    }

    /// What says that something of that name owns it has to be asked anew.
    fn forget_owned(&mut self, old: &View, new: &View, name: &str) {
        for graph in [&old.graph, &new.graph] {
            graph.each_start(name, OWNED_BY, &mut |start| self.forget_all(&new.snapshot, start));
        }
    }

    /// Calls `visit` with the rows of the owners of a row, those that are stated first before others, until it
    /// returns `false`.
    pub(super) fn owners(&mut self, row: RowId, visit: &mut dyn FnMut(RowId) -> bool) {
        if self.known.get(row as usize) == Some(&UNASKED) {
            self.ask(row);
        }
        let row_of = |number: u32| self.owners.get(number as usize).copied().flatten();
        match self.known.get(row as usize) {
            None | Some(&(UNASKED | NOBODY)) => {}
            Some(&SEVERAL) => {
                let all = self.several.get(&row).into_iter().flatten();
                all.filter_map(|number| row_of(*number)).take_while(|row| visit(*row)).for_each(drop);
            }
            Some(&one) => {
                row_of(one - FIRST).into_iter().for_each(|row| {
                    visit(row);
                });
            }
        }
    }

    fn ask(&mut self, row: RowId) {
        let Some(view) = self.view.clone() else { return };
        let id = view.snapshot.id(row);
        let mut found: Vec<u32> = Vec::new();
        let names = Names(&view.snapshot);
        view.graph.each_named(&id, OWNED_BY, Direction::Out, &names, &mut |owner, known| {
            if known {
                let number = self.number(&view.snapshot, owner);
                if !found.contains(&number) {
                    found.push(number);
                }
            }
            true
        });
        self.known[row as usize] = match found.as_slice() {
            [] => NOBODY,
            [one] => one + FIRST,
            _ => {
                self.several.insert(row, found.into_boxed_slice());
                SEVERAL
            }
        };
    }

    fn number(&mut self, snapshot: &Snapshot, id: &AssetId) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.owners.len()).unwrap_or(u32::MAX - FIRST);
        self.owners.push(standing(snapshot, id));
        self.numbers.insert(id.clone(), number);
        number
    }
}

/// The row of an asset that lives.
fn standing(snapshot: &Snapshot, id: &AssetId) -> Option<RowId> {
    snapshot.exists(id).then(|| snapshot.find(id)).and_then(|rows| rows.first().copied())
}
