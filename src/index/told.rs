//! What payloads said of some rows: the index holds none, so whoever reads them tells it here, term by
//! term and record by record, and asks again.

use cloudscope_domain::query::Term;

use crate::{RowId, bits::Bits, parts::place, truth::Truth};

/// Answers of records to terms on their payloads.
#[derive(Clone, Debug, Default)]
pub struct Told {
    terms: Vec<(Term, Vec<Known>)>,
}

/// What is known of the rows of one slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    yes: Bits,
    no: Bits,
}

impl Known {
    pub(crate) fn row(&self, n: usize) -> Option<bool> {
        if self.yes.get(n) { Some(true) } else { self.no.get(n).then_some(false) }
    }

    pub(crate) fn truth(&self, mask: &Bits) -> Truth {
        Truth { yes: self.yes.and(mask), unclear: mask.without(&self.yes).without(&self.no) }
    }
}

impl Told {
    /// Keeps what a record says to a term; `None` is not worth keeping.
    pub fn put(&mut self, term: &Term, row: RowId, holds: Option<bool>) {
        let at = self.terms.iter().position(|(t, _)| t == term).unwrap_or_else(|| {
            self.terms.push((term.clone(), Vec::new()));
            self.terms.len() - 1
        });
        let (slot, n) = place(row);
        let slots = &mut self.terms[at].1;
        if slots.len() <= slot {
            slots.resize(slot + 1, Known::default());
        }
        match holds {
            Some(true) => slots[slot].yes.set(n),
            Some(false) => slots[slot].no.set(n),
            None => {}
        }
    }

    pub(crate) fn of(&self, term: &Term) -> Option<Vec<Known>> {
        self.terms.iter().find(|(t, _)| t == term).map(|(_, slots)| slots.clone())
    }
}
