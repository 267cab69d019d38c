//! Up to 4,096 rows, column by column. Rows are only ever appended; a row that is replaced is marked
//! dead beside the chunk and written anew elsewhere, so that sealed chunks are shared by every snapshot.
//!
//! Every column keeps its values once per chunk and holds narrow codes a row. A full chunk is sealed:
//! what is left over is given back, and the values get the sets of their rows.

mod saved;

use cloudscope_domain::{Proof, StatusClass, query::address};

use crate::{
    column::Column,
    ips::Ips,
    pairs::{PairFinder, Pairs, Tags},
    row::NewRow,
    symbols::{COLS, Col},
    texts::{RowText, TextFinder, Texts},
    times::Times,
};

/// A chunk is sealed early when its text is this long, so that offsets stay far inside 32 bits.
pub(crate) const MAX_TEXT: usize = 64 << 20;

pub(crate) const CLASSES: [StatusClass; 6] = [
    StatusClass::Ok,
    StatusClass::Warning,
    StatusClass::Error,
    StatusClass::Pending,
    StatusClass::Stopped,
    StatusClass::Unknown,
];

/// What a chunk is found in while rows come; beside it, so that a snapshot need not have it.
#[derive(Debug, Default)]
pub(crate) struct Finders {
    texts: TextFinder,
    tags: PairFinder,
    props: PairFinder,
}

impl Finders {
    /// Those that know what is there.
    pub(crate) fn of(chunk: &Chunk) -> Self {
        Self {
            texts: TextFinder::of(&chunk.texts),
            tags: PairFinder::of(&chunk.tags),
            props: PairFinder::of(&chunk.props),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Chunk {
    /// Never given to two chunks.
    pub(crate) id: u64,
    /// No row will come any more.
    sealed: bool,
    pub(crate) hash: Vec<u128>,
    symbols: [Column<u32>; COLS],
    pub(crate) category: Column<u8>,
    pub(crate) class: Column<u8>,
    pub(crate) scope: Column<u32>,
    pub(crate) first_seen: Times,
    pub(crate) changed_at: Times,
    pub(crate) created_at: Times,
    pub(crate) texts: Texts,
    pub(crate) tags: Pairs,
    /// What stands at the paths that are kept, by the numbers of the paths.
    pub(crate) props: Pairs,
    pub(crate) ips: Ips,
    /// Of a chunk of tombstones, one for each; else empty. No chunk holds both.
    gone: Vec<(i64, Proof)>,
}

impl Chunk {
    pub(crate) fn new(id: u64) -> Self {
        Self { id, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.hash.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() >= crate::bits::CHUNK
            || self.texts.text_bytes() + self.tags.text_bytes() + self.props.text_bytes() >= MAX_TEXT
    }

    /// A column; its rows are read by index.
    pub(crate) fn symbols(&self, col: Col) -> &Column<u32> {
        &self.symbols[col as usize]
    }

    pub(crate) fn push(&mut self, row: &NewRow<'_>, finders: &mut Finders) {
        let n = u16::try_from(self.len()).unwrap_or(u16::MAX);
        self.hash.push(row.hash);
        for (column, symbol) in self.symbols.iter_mut().zip(row.symbols) {
            column.push(symbol);
        }
        self.category.push(row.category);
        self.class.push(row.class);
        self.scope.push(row.scope);
        self.first_seen.push(row.first_seen);
        self.changed_at.push(row.changed_at);
        self.created_at.push(row.created_at);
        self.texts.push(row, &mut finders.texts);
        self.tags.push(&row.name, row.tags.iter().copied(), &mut finders.tags);
        self.props.push("", row.props.iter().map(|(path, value)| (*path, &**value)), &mut finders.props);
        self.gone.extend(row.gone);
        for ip in row.addresses.iter().filter_map(|a| address(a)) {
            self.ips.push(n, ip);
        }
    }

    /// No row will come any more.
    pub(crate) fn seal(&mut self) {
        self.sealed = true;
        self.hash.shrink_to_fit();
        self.symbols.iter_mut().for_each(Column::seal);
        self.category.seal();
        self.class.seal();
        self.scope.seal();
        for times in [&mut self.first_seen, &mut self.changed_at, &mut self.created_at] {
            times.seal();
        }
        self.texts.seal();
        self.tags.seal();
        self.props.seal();
        self.ips.seal();
        self.gone.shrink_to_fit();
    }

    pub(crate) fn column_bytes(&self) -> usize {
        let symbols: usize = self.symbols.iter().map(Column::bytes).sum();
        symbols + self.category.bytes() + self.class.bytes() + self.scope.bytes()
    }

    pub(crate) fn time_bytes(&self) -> usize {
        let times = [&self.first_seen, &self.changed_at, &self.created_at];
        let gone = self.gone.capacity() * size_of::<(i64, Proof)>();
        times.into_iter().map(Times::bytes).sum::<usize>() + gone
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// When a tombstone was proved gone, and how.
    pub(crate) fn gone(&self, n: usize) -> Option<(i64, Proof)> {
        self.gone.get(n).copied()
    }

    /// The row as it could be appended to another chunk.
    pub(crate) fn copy(&self, n: usize) -> NewRow<'_> {
        let text = self.text(n);
        NewRow {
            hash: self.hash[n],
            symbols: self.copy_symbols(n),
            category: self.category[n],
            class: self.class[n],
            scope: self.scope[n],
            first_seen: self.first_seen.get(n),
            changed_at: self.changed_at.get(n),
            created_at: self.created_at.get(n),
            name: text.name().into(),
            id: text.id(),
            incarnation: text.incarnation().into(),
            declares: text.declares().map(Into::into),
            addresses: text.addresses().collect(),
            aliases: text.aliases().collect(),
            same: text.same().map(Into::into).collect(),
            tags: self.tags(n).iter().map(|t| (t.key, t.value)).collect(),
            props: self.props(n).iter().map(|p| (p.key, p.value.into())).collect(),
            gone: self.gone(n),
        }
    }

    pub(crate) fn copy_symbols(&self, n: usize) -> [u32; COLS] {
        std::array::from_fn(|c| self.symbols[c][n])
    }

    /// The texts of a row as the source wrote them.
    pub(crate) fn text(&self, n: usize) -> RowText<'_> {
        self.texts.row(n)
    }

    pub(crate) fn tags(&self, n: usize) -> Tags<'_> {
        self.tags.of(n, &self.texts)
    }

    /// What stands at the paths that are kept; see [`crate::paths::found`].
    pub(crate) fn props(&self, n: usize) -> Tags<'_> {
        self.props.of(n, &self.texts)
    }

    /// The folded name of a row.
    pub(crate) fn low_name(&self, n: usize) -> &str {
        self.texts.low_name(n)
    }

    /// Whether that begins with a text.
    pub(crate) fn low_name_starts(&self, n: usize, text: &[u8]) -> bool {
        self.texts.low_name_starts(n, text)
    }

    /// The own folded texts of a row, the name first, each with what stands after it.
    pub(crate) fn low_own(&self, n: usize) -> &[u8] {
        self.texts.low_row(n)
    }

    /// The name as bytes, which compare just so.
    pub(crate) fn low_name_bytes(&self, n: usize) -> &[u8] {
        self.texts.low_name_bytes(n)
    }
}
