//! How things stand to what declares them: managed, unmanaged, ghost. Found once for a snapshot from the
//! declarations in it, which are few beside everything else; kept per row is nothing, so that whatever comes
//! or goes tells itself with the next snapshot.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use cloudscope_domain::{
    Presence, ScopeState, Timestamp,
    declarable::{Declarable, cloud, hides_declarations, read_since},
    query::Mark,
};

use crate::{
    RowId, Snapshot,
    bits::Bits,
    declared::{Cloud, Standing},
    parts::{place, row_id},
    symbols::Col,
    truth::Truth,
};

/// What is looked up again and again while declarations are gone through.
struct Work<'a> {
    snapshot: &'a Snapshot,
    known: &'a Declarable,
    /// The scopes that may yield what is declared, by kind.
    scopes: HashMap<&'a str, Vec<&'a ScopeState>>,
    /// Since when it is known what there is of a kind in an account and region.
    since: HashMap<(&'a str, u32, u32), Option<Timestamp>>,
}

impl Snapshot {
    /// How everything stands; worked out when it is asked for the first time.
    pub(crate) fn standing(&self, known: &Arc<Declarable>) -> Arc<Standing> {
        let (of, standing) =
            self.standing.get_or_init(|| (Arc::clone(known), Arc::new(Standing::of(self, known))));
        if Arc::ptr_eq(of, known) { Arc::clone(standing) } else { Arc::new(Standing::of(self, known)) }
    }
}

impl Standing {
    fn of(snapshot: &Snapshot, known: &Declarable) -> Self {
        let kinds = snapshot.parts.columns[Col::Kind as usize].values();
        let mut all = Self {
            clouds: clouds(snapshot, known),
            hidden: snapshot.parts.scopes.states().any(hides_declarations),
            ..Self::default()
        };
        let declarations: Vec<bool> = kinds.iter().map(|kind| Declarable::is_declaration(kind)).collect();
        let mut work = Work { snapshot, known, scopes: HashMap::new(), since: HashMap::new() };
        for kind in kinds.iter().filter_map(|kind| known.looked_for(kind)) {
            work.scopes.insert(kind, Vec::new());
        }
        for state in snapshot.parts.scopes.states() {
            let mut met: HashSet<&str> = HashSet::new();
            for kind in state.scope.kinds.iter().map(|kind| kind.as_str()).filter(|kind| met.insert(kind)) {
                if let Some(scopes) = work.scopes.get_mut(kind) {
                    scopes.push(state);
                }
            }
        }
        let mut ghosts: HashMap<RowId, Option<bool>> = HashMap::new();
        for (at, slot) in snapshot.parts.slots.iter().enumerate().filter(|(_, slot)| !slot.grave) {
            let is_one = |kind: u32| declarations.get(kind as usize) == Some(&true);
            for n in slot.chunk.symbols(Col::Kind).select(is_one).and(&slot.live).iter() {
                let Some(name) = slot.chunk.text(n).declares() else { continue };
                all.take(&mut work, row_id(at, n), name, &mut ghosts);
            }
        }
        all.ghosts = ghosts.iter().filter(|(_, is)| **is == Some(true)).map(|(row, _)| *row).collect();
        all.maybe_ghosts = ghosts.iter().filter(|(_, is)| is.is_none()).map(|(row, _)| *row).collect();
        let rows =
            [&mut all.managed, &mut all.ghosts, &mut all.maybe_ghosts, &mut all.declared, &mut all.meant];
        for rows in rows {
            rows.sort_unstable();
            rows.dedup();
        }
        all
    }

    /// One declaration.
    fn take<'a>(
        &mut self,
        work: &mut Work<'a>,
        row: RowId,
        name: &str,
        ghosts: &mut HashMap<RowId, Option<bool>>,
    ) {
        let (snapshot, known) = (work.snapshot, work.known);
        let group = snapshot.together(&row);
        let face = group[0];
        self.declared.push(face);
        let kind = snapshot.kind_at(row);
        let Some(of) = known.cloud_of(kind) else {
            let is = ghosts.entry(face).or_insert(None);
            *is = is.filter(|is| *is);
            return;
        };
        if let Some(cloud) = self.clouds.iter_mut().find(|cloud| cloud.name == of) {
            let account = snapshot.symbol_at(row, Col::Account);
            if !snapshot.parts.columns[Col::Account as usize].text(account).is_empty()
                && let Some(covered) = cloud.accounts.get_mut(account as usize)
            {
                *covered = true;
            }
        }
        let mut elsewhere = false;
        for other in snapshot.bearing(name).filter(|other| snapshot.is_own(*other, of)) {
            if !group.contains(&other) {
                elsewhere = true;
                self.meant.push(snapshot.face(other));
            }
        }
        let one = if group.iter().any(|other| snapshot.is_own(*other, of)) {
            self.managed.push(face);
            Some(false)
        } else if elsewhere {
            None
        } else {
            work.is_ghost(row, kind)
        };
        // One that is there makes the thing a ghost, one that cannot be told leaves it open.
        ghosts
            .entry(face)
            .and_modify(|is| {
                *is = match (*is, one) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (None, _) | (_, None) => None,
                    _ => Some(false),
                };
            })
            .or_insert(one);
    }

    /// What is true of rows of a slot.
    pub(crate) fn truth(&self, mark: Mark, snapshot: &Snapshot, at: usize, mask: &Bits) -> Truth {
        if snapshot.parts.slots[at].grave {
            return Truth::default();
        }
        let of = |rows: &[RowId]| bits_of(rows, at).and(mask);
        match mark {
            Mark::Managed => Truth { yes: of(&self.managed), unclear: Bits::default() },
            Mark::Ghost => Truth { yes: of(&self.ghosts), unclear: of(&self.maybe_ghosts) },
            Mark::Unmanaged => self.unmanaged(snapshot, at, mask),
            Mark::Pinned | Mark::Joined => Truth::default(),
        }
    }

    fn unmanaged(&self, snapshot: &Snapshot, at: usize, mask: &Bits) -> Truth {
        let slot = &snapshot.parts.slots[at];
        let chunk = &*slot.chunk;
        let passes = |table: &[bool], n: u32| table.get(n as usize).copied().unwrap_or(false);
        let mut truth = Truth::default();
        for cloud in &self.clouds {
            let rows = chunk.symbols(Col::Kind).select(|kind| passes(&cloud.kinds, kind)).and(mask);
            let covered = chunk.symbols(Col::Account).select(|account| passes(&cloud.accounts, account));
            truth.yes.add(&rows.and(&covered));
            truth.unclear.add(&rows.without(&covered));
        }
        if chunk.texts.any_claims() {
            for n in truth.yes.or(&truth.unclear).iter() {
                if chunk.text(n).declares().is_some() {
                    truth.yes.clear(n);
                    truth.unclear.clear(n);
                }
            }
        }
        for (n, group) in slot.joined.iter().flat_map(|joined| joined.faces()).filter(|(n, _)| mask.get(*n)) {
            truth.yes.clear(n);
            truth.unclear.clear(n);
            match self.of_group(snapshot, group) {
                Some(true) => truth.yes.set(n),
                Some(false) => {}
                None => truth.unclear.set(n),
            }
        }
        let declared = bits_of(&self.declared, at);
        let unsure = if self.hidden { truth.yes.clone() } else { bits_of(&self.meant, at).and(&truth.yes) };
        Truth {
            yes: truth.yes.without(&unsure).without(&declared),
            unclear: truth.unclear.or(&unsure).without(&declared),
        }
    }

    /// Whether one of several records is of what can be declared, in an account of which something is.
    fn of_group(&self, snapshot: &Snapshot, group: &[RowId]) -> Option<bool> {
        let mut answer = Some(false);
        for row in group {
            let (slot, n) = place(*row);
            let chunk = &snapshot.parts.slots[slot].chunk;
            let (kind, account) = (chunk.symbols(Col::Kind)[n], chunk.symbols(Col::Account)[n]);
            let can = |cloud: &&Cloud| cloud.kinds.get(kind as usize) == Some(&true);
            let Some(cloud) = self.clouds.iter().find(can) else { continue };
            if chunk.text(n).declares().is_none() {
                if cloud.accounts.get(account as usize) == Some(&true) {
                    return Some(true);
                }
                answer = None;
            }
        }
        answer
    }
}

impl<'a> Work<'a> {
    /// Whether what a declaration stands for is not there, when nothing that is known is.
    fn is_ghost(&mut self, row: RowId, kind: &str) -> Option<bool> {
        let snapshot = self.snapshot;
        let (slot, n) = place(row);
        let chunk = &snapshot.parts.slots[slot].chunk;
        if snapshot.parts.presence(chunk, n) != Presence::Present {
            return None;
        }
        let kind = self.known.looked_for(kind)?;
        let (account, region) = (snapshot.symbol_at(row, Col::Account), snapshot.symbol_at(row, Col::Region));
        let since = self.since.entry((kind, account, region)).or_insert_with(|| {
            let text = |col: Col, symbol| snapshot.parts.columns[col as usize].text(symbol);
            let scopes = self.scopes.get(kind).into_iter().flatten().copied();
            read_since(scopes, text(Col::Account, account), text(Col::Region, region))
        });
        (since.as_ref()?.millis() >= chunk.changed_at.get(n)).then_some(true)
    }
}

/// The clouds of which something can be declared, with their kinds; their accounts are not known yet.
fn clouds(snapshot: &Snapshot, known: &Declarable) -> Vec<Cloud> {
    let kinds = snapshot.parts.columns[Col::Kind as usize].values();
    let accounts = snapshot.parts.columns[Col::Account as usize].values().len();
    let mut names: Vec<&str> = kinds.iter().filter(|k| known.is_declarable(k)).map(|k| cloud(k)).collect();
    names.sort_unstable();
    names.dedup();
    let of = |name: &str| Cloud {
        name: name.to_owned(),
        kinds: kinds.iter().map(|k| known.is_declarable(k) && cloud(k) == name).collect(),
        accounts: vec![false; accounts],
    };
    names.into_iter().map(of).collect()
}

/// Those of a slot.
fn bits_of(rows: &[RowId], at: usize) -> Bits {
    let (first, last) = (row_id(at, 0), row_id(at + 1, 0));
    let mut bits = Bits::default();
    for row in rows[rows.partition_point(|row| *row < first)..].iter().take_while(|row| **row < last) {
        bits.set(place(*row).1);
    }
    bits
}

impl Snapshot {
    fn symbol_at(&self, row: RowId, col: Col) -> u32 {
        let (slot, n) = place(row);
        self.parts.slots[slot].chunk.symbols(col)[n]
    }

    fn kind_at(&self, row: RowId) -> &str {
        self.parts.columns[Col::Kind as usize].text(self.symbol_at(row, Col::Kind))
    }

    /// Whether a record is one of this cloud's own, and not just something that somebody says of it.
    fn is_own(&self, row: RowId, of: &str) -> bool {
        let (slot, n) = place(row);
        cloud(self.kind_at(row)) == of && self.parts.slots[slot].chunk.text(n).declares().is_none()
    }
}
