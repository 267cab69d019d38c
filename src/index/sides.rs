//! Which record of a thing is shown. That is its face, unless the query asks for another side of it: what asks
//! for `kind:node` means the node, also where the node is one row with the machine that it runs on. The thing
//! stays one row; its values, its order and its group are those of the record that was asked for.

use cloudscope_domain::query::{Expr, Pattern, Term, TextField, fold};

use crate::{
    RowId, Snapshot,
    bits::Bits,
    parts::{Parts, place, row_id},
    symbols::Col,
    truth::Matches,
};

/// What tells the sides of a thing apart, what decides first first.
const SIDES: [(TextField, Col); 3] =
    [(TextField::Kind, Col::Kind), (TextField::Provider, Col::Provider), (TextField::Account, Col::Account)];

/// By symbol of a column, whether that is what was asked for.
pub(crate) type Asked = (Col, Vec<bool>);

/// What a query asks of a field in so many words: in every one of its hits it is so.
fn asked_of<'a>(expr: &'a Expr, field: TextField, found: &mut Vec<&'a [Pattern]>) {
    match expr {
        Expr::Term(Term::Field(of, patterns)) if *of == field => found.push(patterns),
        Expr::And(parts) => parts.iter().for_each(|part| asked_of(part, field, found)),
        _ => {}
    }
}

pub(crate) fn asked(expr: &Expr, parts: &Parts) -> Vec<Asked> {
    let mut all = Vec::new();
    for (field, col) in SIDES {
        let mut found = Vec::new();
        asked_of(expr, field, &mut found);
        for patterns in found {
            let fits = |value: &str| patterns.iter().any(|pattern| pattern.matches(&fold(value)));
            all.push((col, parts.columns[col as usize].values().iter().map(|v| fits(v)).collect()));
        }
    }
    all
}

/// Those of a group that are what was asked for, as far as any of them is.
pub(crate) fn sides(parts: &Parts, group: &[RowId], asked: &[Asked]) -> Vec<RowId> {
    let mut left = group.to_vec();
    for (col, fits) in asked {
        let is_asked = |row: &RowId| {
            let (slot, n) = place(*row);
            let symbol = parts.slots[slot].chunk.symbols(*col)[n];
            fits.get(symbol as usize) == Some(&true)
        };
        if left.iter().any(is_asked) {
            left.retain(is_asked);
        }
    }
    left
}

impl Snapshot {
    /// Puts the record that is shown in the place of each face that matches. `unknown`: the rows whose presence
    /// is not known.
    pub(crate) fn turn_sides(&self, expr: &Expr, unknown: &[Bits], found: &mut Matches) {
        let parts = &self.parts;
        if parts.folded == 0 {
            return;
        }
        let asked = asked(expr, parts);
        if asked.is_empty() {
            return;
        }
        let mut turned = Vec::new();
        for (at, slot) in parts.slots.iter().enumerate() {
            let faces = slot.joined.iter().flat_map(|joined| joined.faces());
            for (n, group) in faces.filter(|(n, _)| found.sets[at].get(*n)) {
                let face = row_id(at, n);
                turned.extend(
                    sides(parts, group, &asked)
                        .first()
                        .copied()
                        .filter(|row| *row != face)
                        .map(|row| (face, row)),
                );
            }
        }
        let is_unknown = |row| {
            let (slot, n) = place(row);
            u64::from(unknown[slot].get(n))
        };
        for (face, row) in turned {
            let ((from, n), (to, m)) = (place(face), place(row));
            found.sets[from].clear(n);
            found.sets[to].set(m);
            found.unknown = found.unknown + is_unknown(row) - is_unknown(face);
        }
    }
}
