//! Which records speak of the same thing: from the ids and names that records bear, and what others
//! claim to be the same as. A pure function of the records that live, whatever the order they came in.
//! Never through a name that may mean two things.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
};

use crate::{
    RowId,
    keyed::NameHasher,
    parts::{Slot, place},
    row::{Claim, is_global},
    runs::Runs,
    symbols::{COLS, Col, Interner},
    texts::RowText,
};

/// So many records speak of one thing at the most. Where more seem to, something else is wrong (a column
/// that says `yes` in every row), and none of them is joined.
pub(crate) const MOST: usize = 16;
/// A name that more living records bear than this means nothing in particular.
const BEARERS: usize = 64;

/// What is looked at: the rows of the writer, by name and by what they claim.
pub(crate) struct Links<'a> {
    pub(crate) slots: &'a [Slot],
    pub(crate) names: &'a Runs,
    pub(crate) hasher: NameHasher,
    pub(crate) columns: &'a [Interner; COLS],
    /// Hashes of the names that living rows claim, each with the row.
    pub(crate) claims: &'a BTreeSet<(u64, RowId)>,
}

/// What a name means to one who claims it.
enum Meaning {
    /// Records of one thing.
    Rows(Vec<RowId>),
    /// Nothing bears it. Those that claim it still speak of the same.
    Nothing,
    /// Several things, or too many.
    Unclear,
}

/// Everything that is linked to a record, itself among it, or as much of it as shows that it is too much.
pub(crate) struct Component {
    pub(crate) rows: Vec<RowId>,
    pub(crate) whole: bool,
    /// Those of the rows that claim a name which too many claim.
    pub(crate) crowded: Vec<RowId>,
}

impl<'a> Links<'a> {
    pub(crate) fn text(&self, row: RowId) -> RowText<'a> {
        let (slot, n) = place(row);
        self.slots[slot].chunk.text(n)
    }

    pub(crate) fn value(&self, row: RowId, col: Col) -> &'a str {
        let (slot, n) = place(row);
        self.columns[col as usize].text(self.slots[slot].chunk.symbols(col)[n])
    }

    /// Living rows that bear a name of this hash, each once, up to one more than asked for.
    fn bearers(&self, hash: u64, most: usize, wanted: impl Fn(RowText<'a>) -> bool) -> Vec<RowId> {
        let mut rows = Vec::new();
        for row in self.names.get(hash) {
            let (slot, n) = place(row);
            let lives = self.slots.get(slot).is_some_and(|s| !s.grave && s.live.get(n));
            if lives && !rows.contains(&row) && wanted(self.text(row)) {
                rows.push(row);
                if rows.len() > most {
                    break;
                }
            }
        }
        rows
    }

    /// Rows that claim a name of this hash, up to one more than asked for.
    fn claimed(&self, hash: u64, most: usize) -> Vec<RowId> {
        let all = self.claims.range((hash, RowId::MIN)..=(hash, RowId::MAX));
        all.map(|(_, row)| *row).take(most.saturating_add(1)).collect()
    }

    /// Whether too many claim a name of this hash, so that it joins nothing.
    fn crowd(&self, hash: u64) -> bool {
        !self.claims.is_empty() && self.claimed(hash, MOST).len() > MOST
    }

    /// Whether a name of this hash joins nothing, as too many bear or claim it.
    pub(crate) fn excess(&self, hash: u64) -> bool {
        self.crowd(hash) || self.bearers(hash, BEARERS, |_| true).len() > BEARERS
    }

    /// Whether an id of this hash joins nothing, as it has too many records.
    pub(crate) fn id_excess(&self, hash: u64) -> bool {
        self.bearers(hash, BEARERS, |t| self.hasher.hash_one(&t.id()) == hash).len() > BEARERS
    }

    /// All that bear or claim a name of this hash.
    pub(crate) fn concerned(&self, hash: u64) -> Vec<RowId> {
        let mut rows = self.bearers(hash, usize::MAX, |_| true);
        rows.extend(self.claimed(hash, usize::MAX));
        rows
    }

    /// All whose id has this hash.
    pub(crate) fn with_id(&self, hash: u64) -> Vec<RowId> {
        self.bearers(hash, usize::MAX, |t| self.hasher.hash_one(&t.id()) == hash)
    }

    /// All that is linked to a row by any number of steps.
    pub(crate) fn component(&self, row: RowId) -> Component {
        let mut all = Component { rows: vec![row], whole: true, crowded: Vec::new() };
        let mut met = HashSet::from([row]);
        let mut next = 0;
        while let Some(row) = all.rows.get(next).copied() {
            next += 1;
            let text = self.text(row);
            if text.claims().any(|c| self.crowd(self.hasher.hash_one(c.name))) {
                all.crowded.push(row);
            }
            all.rows.extend(self.neighbours(row, text).into_iter().filter(|r| met.insert(*r)));
            if all.rows.len() > MOST {
                all.whole = false;
                break;
            }
        }
        all
    }

    fn neighbours(&self, row: RowId, text: RowText<'a>) -> Vec<RowId> {
        let mut out = self.same_id(text);
        for claim in text.claims() {
            match self.meaning(claim) {
                Meaning::Rows(rows) => out.extend(rows),
                Meaning::Nothing => out.extend(self.claimers(claim)),
                Meaning::Unclear => {}
            }
        }
        if self.claims.is_empty() {
            return out;
        }
        for name in std::iter::once(text.id()).chain(text.aliases()) {
            let name = &*name;
            let mut kinds: Vec<&str> = Vec::new();
            for other in self.claimed(self.hasher.hash_one(name), MOST) {
                let claims = self.text(other).claims().filter(|c| c.name == name);
                kinds.extend(claims.map(|c| c.kind));
            }
            kinds.sort_unstable();
            kinds.dedup();
            for claim in kinds.into_iter().map(|kind| Claim { kind, name }) {
                if matches!(self.meaning(claim), Meaning::Rows(rows) if rows.contains(&row)) {
                    out.extend(self.claimers(claim));
                }
            }
        }
        out
    }

    /// Those that make this very claim; none where there are too many.
    fn claimers(&self, claim: Claim<'_>) -> Vec<RowId> {
        let hash = self.hasher.hash_one(claim.name);
        let mut rows = self.claimed(hash, MOST);
        if rows.len() > MOST {
            return Vec::new();
        }
        rows.retain(|row| self.text(*row).claims().any(|c| c == claim));
        rows
    }

    /// What other sources say of the same id, unless they mean another incarnation.
    fn same_id(&self, text: RowText<'a>) -> Vec<RowId> {
        let id = text.id();
        if !is_global(&id) {
            return Vec::new();
        }
        let mut rows = self.bearers(self.hasher.hash_one(&id), BEARERS, |t| t.id_is(&id));
        if rows.len() > BEARERS {
            return Vec::new();
        }
        if !self.of_one_incarnation(&rows) {
            rows.retain(|row| self.text(*row).incarnation() == text.incarnation());
        }
        rows
    }

    /// Whether records of one id can all be of one thing: those that name an incarnation name the same
    /// one, and no source knows it beside one without a name.
    fn of_one_incarnation(&self, rows: &[RowId]) -> bool {
        let mut all: Vec<(&str, &str)> =
            rows.iter().map(|r| (self.value(*r, Col::Source), self.text(*r).incarnation())).collect();
        all.sort_unstable();
        let mut named: Vec<&str> = all.iter().map(|(_, i)| *i).filter(|i| !i.is_empty()).collect();
        named.sort_unstable();
        named.dedup();
        named.len() <= 1 && all.windows(2).all(|two| two[0].0 != two[1].0)
    }

    fn meaning(&self, claim: Claim<'_>) -> Meaning {
        let hash = self.hasher.hash_one(claim.name);
        let mut rows = self.bearers(hash, BEARERS, |_| true);
        if rows.len() > BEARERS || self.crowd(hash) {
            return Meaning::Unclear;
        }
        // Who makes the same claim is on this side of it.
        rows.retain(|row| {
            let fits = claim.kind.is_empty() || self.value(*row, Col::Kind) == claim.kind;
            let text = self.text(*row);
            let bears = text.id_is(claim.name) || text.bears_alias(claim.name);
            fits && bears && text.claims().all(|c| c != claim)
        });
        let by_id: Vec<RowId> = rows.iter().copied().filter(|r| self.text(*r).id_is(claim.name)).collect();
        if !by_id.is_empty() {
            return self.one_thing(by_id);
        }
        if rows.is_empty() {
            return Meaning::Nothing;
        }
        let (declared, firm): (Vec<RowId>, Vec<RowId>) =
            rows.into_iter().partition(|row| self.text(*row).declares().is_some());
        let agree = |rows: &[RowId], what: &dyn Fn(RowText<'a>) -> Option<Cow<'a, str>>| {
            rows.windows(2).all(|two| what(self.text(two[0])) == what(self.text(two[1])))
        };
        if firm.is_empty() {
            // Several declarations of one thing bear its short name; what they declare says that it is one.
            if agree(&declared, &|t| t.declares().map(Cow::from)) {
                Meaning::Rows(declared)
            } else {
                Meaning::Unclear
            }
        } else if agree(&firm, &|t| Some(t.id())) {
            self.one_thing(firm)
        } else {
            Meaning::Unclear
        }
    }

    /// Records of one id, as one means them who knows no incarnation.
    fn one_thing(&self, mut rows: Vec<RowId>) -> Meaning {
        if rows.len() > 1 && !is_global(&self.text(rows[0]).id()) {
            return Meaning::Unclear;
        }
        if !self.of_one_incarnation(&rows) {
            rows.retain(|row| self.text(*row).incarnation().is_empty());
        }
        if rows.is_empty() { Meaning::Unclear } else { Meaning::Rows(rows) }
    }
}
