//! Rows for an export: the same as [`Snapshot::row`], side by side and without a text of its own for each value.

use cloudscope_domain::{
    Category, Timestamp,
    packed::{Packed, PackedRows, Stretch},
};

use crate::{
    RowId, Snapshot,
    chunk::CLASSES,
    parts::place,
    symbols::{COLS, Col, NONE},
    times::NO_TIME,
};

/// Of each column the value that was packed last: neighbours share most.
#[derive(Default)]
struct Recent {
    columns: [Option<(u32, Stretch)>; COLS],
    label: Option<(u32, Option<Stretch>)>,
}

impl Snapshot {
    /// Appends rows with everything but their payloads, as [`Snapshot::row`] tells them.
    ///
    /// # Panics
    /// When a row is not of this snapshot.
    pub fn pack(&self, rows: &[RowId], out: &mut PackedRows) {
        let mut recent = Recent::default();
        for row in rows {
            let packed = self.packed(*row, &mut recent, out);
            out.push(packed);
        }
    }

    fn packed(&self, row: RowId, recent: &mut Recent, out: &mut PackedRows) -> Packed {
        let (slot, n) = place(row);
        let chunk = &self.parts.slots[slot].chunk;
        let texts = chunk.text(n).pack(out);
        let start = out.items();
        for tag in chunk.tags(n).iter() {
            for text in [self.parts.tag_keys.text(tag.key), tag.value] {
                let at = out.text(text);
                out.item(at);
            }
        }
        let tags = out.tag_list(start);
        let mut value = |col: Col, out: &mut PackedRows| {
            let symbol = chunk.symbols(col)[n];
            let known = &mut recent.columns[col as usize];
            match known {
                Some((last, at)) if *last == symbol => *at,
                _ => {
                    let at = out.text(self.parts.columns[col as usize].text(symbol));
                    *known = Some((symbol, at));
                    at
                }
            }
        };
        let (kind, provider) = (value(Col::Kind, out), value(Col::Provider, out));
        let account = value(Col::Account, out);
        let (region, zone) = (value(Col::Region, out), value(Col::Zone, out));
        let source = value(Col::Source, out);
        let has_status = chunk.symbols(Col::Status)[n] != NONE;
        let status = has_status.then(|| value(Col::Status, out));
        let number = chunk.symbols(Col::Account)[n];
        let account_label = match recent.label {
            Some((last, at)) if last == number => at,
            _ => {
                let at = self.label_of(number).map(|label| out.text(&label));
                recent.label = Some((number, at));
                at
            }
        };
        let sources = out.items();
        let together = self.together(&row);
        if let [_] = together {
            out.item(source);
        } else {
            for other in self.sources(row) {
                let at = out.text(other.as_str());
                out.item(at);
            }
        }
        let created = chunk.created_at.get(n);
        let pins = !self.parts.pins.is_empty();
        Packed {
            id: texts.id,
            kind,
            category: Category::ALL.get(usize::from(chunk.category[n])).copied().unwrap_or_default(),
            provider,
            account,
            account_label,
            region,
            zone,
            name: texts.name,
            status,
            status_class: CLASSES.get(usize::from(chunk.class[n])).copied().unwrap_or_default(),
            tags,
            addresses: texts.addresses,
            presence: self.parts.presence(chunk, n),
            first_seen: Timestamp::from_millis(chunk.first_seen.get(n)),
            last_seen: self.parts.last_seen(chunk, n),
            changed_at: Timestamp::from_millis(chunk.changed_at.get(n)),
            created_at: (created != NO_TIME).then(|| Timestamp::from_millis(created)),
            source,
            sources: out.list(sources),
            pinned: pins && together.iter().any(|row| self.is_pinned(*row)),
            incarnation: texts.incarnation,
            declares: texts.declares,
        }
    }
}
