//! The texts of one row for an export, taken apart once.

use cloudscope_domain::packed::{List, PackedRows, Stretch};

use super::{RowText, Value};

/// Where the texts of a row stand in packed rows.
pub(crate) struct PackedTexts {
    pub(crate) id: Stretch,
    pub(crate) name: Stretch,
    pub(crate) addresses: List,
    pub(crate) incarnation: Stretch,
    pub(crate) declares: Option<Stretch>,
}

impl RowText<'_> {
    /// Takes what an export tells of the row into packed rows.
    pub(crate) fn pack(self, out: &mut PackedRows) -> PackedTexts {
        let mut values = self.values();
        let head = values.head;
        let mut next = |out: &mut PackedRows| {
            let value = values.next();
            value.map(|Value { prefix, body, suffix }| out.joined([prefix, body, suffix])).unwrap_or_default()
        };
        let (name, id) = (next(out), next(out));
        let start = out.items();
        for _ in 0..head.addresses {
            let at = next(out);
            out.item(at);
        }
        let addresses = out.list(start);
        // Most rows have neither, and say so by themselves.
        let incarnation = if head.incarnation { out.text(self.incarnation()) } else { Stretch::default() };
        let declares = if head.declares { self.declares().map(|id| out.text(id)) } else { None };
        PackedTexts { id, name, addresses, incarnation, declares }
    }
}
