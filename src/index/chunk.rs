//! Up to 4,096 rows, column by column. Rows are only ever appended; a row that is replaced is marked
//! dead beside the chunk and written anew elsewhere, so that sealed chunks are shared by every snapshot.

use cloudscope_domain::{
    Proof, StatusClass,
    query::{address, fold},
};

use crate::symbols::{COLS, Col};

/// Ends each value of the searchable text. Not a byte of UTF-8, so no search text reaches across it.
pub(crate) const END: u8 = 0xff;
/// A time that is missing.
pub(crate) const NO_TIME: i64 = i64::MIN;
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

/// One tag of a row: the symbol of its name, and where its value stands in `raw`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag {
    pub(crate) key: u32,
    start: u32,
    end: u32,
}

/// What a row is made of, before it is appended.
#[derive(Debug)]
pub(crate) struct NewRow<'a> {
    pub(crate) hash: u128,
    pub(crate) symbols: [u32; COLS],
    pub(crate) category: u8,
    pub(crate) class: u8,
    pub(crate) scope: u32,
    pub(crate) first_seen: i64,
    pub(crate) changed_at: i64,
    pub(crate) created_at: i64,
    pub(crate) name: &'a str,
    pub(crate) id: &'a str,
    pub(crate) incarnation: &'a str,
    pub(crate) declares: Option<&'a str>,
    pub(crate) addresses: Vec<&'a str>,
    pub(crate) aliases: Vec<&'a str>,
    /// What it says that it is the same as: kinds, empty where any will do, and names by turns.
    pub(crate) same: Vec<&'a str>,
    pub(crate) tags: Vec<(u32, &'a str)>,
    /// Of a tombstone: when it was proved gone, and how.
    pub(crate) gone: Option<(i64, Proof)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Chunk {
    /// Never given to two chunks.
    pub(crate) id: u64,
    pub(crate) hash: Vec<u128>,
    symbols: [Vec<u32>; COLS],
    pub(crate) category: Vec<u8>,
    pub(crate) class: Vec<u8>,
    pub(crate) scope: Vec<u32>,
    pub(crate) first_seen: Vec<i64>,
    pub(crate) changed_at: Vec<i64>,
    pub(crate) created_at: Vec<i64>,
    /// name, id, incarnation, declares, addresses, aliases, what it is the same as, with their lengths
    /// before them; tag values.
    raw: String,
    raw_start: Vec<u32>,
    /// Folded name, id, addresses and aliases, each with [`END`] after it.
    low: Vec<u8>,
    low_start: Vec<u32>,
    tags: Vec<Tag>,
    tag_start: Vec<u32>,
    /// Addresses that are IP addresses, with their rows in order.
    pub(crate) ips: Vec<(u16, u128)>,
    /// Of a chunk of tombstones, one for each; else empty. No chunk holds both.
    gone: Vec<(i64, Proof)>,
}

fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Chunk {
    pub(crate) fn new(id: u64) -> Self {
        Self { id, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.hash.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() >= crate::bits::CHUNK || self.raw.len() + self.low.len() >= MAX_TEXT
    }

    pub(crate) fn symbols(&self, col: Col) -> &[u32] {
        &self.symbols[col as usize]
    }

    pub(crate) fn push(&mut self, row: &NewRow<'_>) {
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

        self.raw_start.push(offset(self.raw.len()));
        let texts = [row.name, row.id, row.incarnation, row.declares.unwrap_or("")];
        for text in texts {
            self.put(text);
        }
        for list in [&row.addresses, &row.aliases, &row.same] {
            put_length(&mut self.raw, list.len());
            for text in list {
                self.put(text);
            }
        }
        self.tag_start.push(offset(self.tags.len()));
        for (key, value) in &row.tags {
            let start = offset(self.raw.len());
            self.raw.push_str(value);
            self.tags.push(Tag { key: *key, start, end: offset(self.raw.len()) });
        }

        self.low_start.push(offset(self.low.len()));
        let shown = [row.name, row.id];
        for text in shown.iter().chain(&row.addresses).chain(&row.aliases) {
            self.low.extend_from_slice(fold(text).as_bytes());
            self.low.push(END);
        }
        self.gone.extend(row.gone);
        self.ips.extend(row.addresses.iter().filter_map(|a| Some((n, address(a)?))));
    }

    /// When a tombstone was proved gone, and how.
    pub(crate) fn gone(&self, n: usize) -> Option<(i64, Proof)> {
        self.gone.get(n).copied()
    }

    fn put(&mut self, text: &str) {
        put_length(&mut self.raw, text.len());
        self.raw.push_str(text);
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
            first_seen: self.first_seen[n],
            changed_at: self.changed_at[n],
            created_at: self.created_at[n],
            name: text.name,
            id: text.id,
            incarnation: text.incarnation,
            declares: text.declares(),
            addresses: text.addresses().collect(),
            aliases: text.aliases().collect(),
            same: text.list(2).collect(),
            tags: self.tags(n).iter().map(|t| (t.key, self.tag_value(*t))).collect(),
            gone: self.gone(n),
        }
    }

    pub(crate) fn copy_symbols(&self, n: usize) -> [u32; COLS] {
        std::array::from_fn(|c| self.symbols[c][n])
    }

    /// The texts of a row as the source wrote them.
    pub(crate) fn text(&self, n: usize) -> RowText<'_> {
        let mut rest = &self.raw[self.raw_start[n] as usize..];
        let name = take(&mut rest);
        let id = take(&mut rest);
        let incarnation = take(&mut rest);
        RowText { name, id, incarnation, declares: take(&mut rest), rest }
    }

    pub(crate) fn tags(&self, n: usize) -> &[Tag] {
        let end = self.tag_start.get(n + 1).map_or(self.tags.len(), |e| *e as usize);
        &self.tags[self.tag_start[n] as usize..end]
    }

    pub(crate) fn tag_value(&self, tag: Tag) -> &str {
        &self.raw[tag.start as usize..tag.end as usize]
    }

    /// The searchable text of all rows, and where each row begins in it.
    pub(crate) fn low(&self) -> (&[u8], &[u32]) {
        (&self.low, &self.low_start)
    }

    fn low_row(&self, n: usize) -> &[u8] {
        let end = self.low_start.get(n + 1).map_or(self.low.len(), |e| *e as usize);
        &self.low[self.low_start[n] as usize..end]
    }

    /// The folded values of a row that plain text searches: name, id, addresses, aliases.
    pub(crate) fn values(&self, n: usize) -> impl Iterator<Item = &str> {
        let mut rest = self.low_row(n);
        std::iter::from_fn(move || {
            let end = memchr::memchr(END, rest)?;
            let value = &rest[..end];
            rest = &rest[end + 1..];
            Some(std::str::from_utf8(value).unwrap_or_default())
        })
    }

    pub(crate) fn low_name(&self, n: usize) -> &[u8] {
        let row = self.low_row(n);
        &row[..memchr::memchr(END, row).unwrap_or(row.len())]
    }

    pub(crate) fn low_bytes(&self, n: usize) -> &[u8] {
        self.low_row(n)
    }
}

/// The texts of one row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowText<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: &'a str,
    pub(crate) incarnation: &'a str,
    declares: &'a str,
    rest: &'a str,
}

impl<'a> RowText<'a> {
    pub(crate) fn declares(&self) -> Option<&'a str> {
        (!self.declares.is_empty()).then_some(self.declares)
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.list(0)
    }

    pub(crate) fn aliases(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.list(1)
    }

    /// What the record claims to be the same thing as: what it declares, and what it refers to by same-as.
    /// That it is what its own id says goes without saying, where that id means the same everywhere.
    pub(crate) fn claims(&self) -> impl Iterator<Item = Claim<'a>> + use<'a> {
        let (own, declares) = (self.id, self.declares());
        let mut same = self.list(2);
        let same = std::iter::from_fn(move || Some(Claim { kind: same.next()?, name: same.next()? }));
        declares
            .map(|name| Claim { kind: "", name })
            .into_iter()
            .chain(same)
            .filter(move |c| c.name != own || !is_global(own))
    }

    fn list(&self, which: usize) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut rest = self.rest;
        for _ in 0..which {
            for _ in 0..take_length(&mut rest) {
                take(&mut rest);
            }
        }
        let count = take_length(&mut rest);
        (0..count).map(move |_| take(&mut rest))
    }
}

/// Whether an id names one thing wherever it is met. A bare word or number (`7`, `web`) is only known to
/// be unique within the source that gives it, and a hash of a row's content is no identity at all.
pub(crate) fn is_global(id: &str) -> bool {
    id.contains([':', '/']) && !id.starts_with("row:")
}

/// A name that a record says its thing is known by elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim<'a> {
    /// The kind that the bearer must have; empty where any will do.
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
}

/// Six bits a byte, the low ones first, all below 128 so that the text stays UTF-8; the last is below 64.
fn put_length(out: &mut String, mut n: usize) {
    while n >= 64 {
        out.push(char::from(64 | u8::try_from(n % 64).unwrap_or(0)));
        n /= 64;
    }
    out.push(char::from(u8::try_from(n).unwrap_or(0)));
}

fn take_length(rest: &mut &str) -> usize {
    let (mut n, mut shift) = (0, 0);
    for (at, b) in rest.bytes().enumerate() {
        n |= usize::from(b & 63) << shift;
        shift += 6;
        if b < 64 {
            *rest = &rest[at + 1..];
            break;
        }
    }
    n
}

fn take<'a>(rest: &mut &'a str) -> &'a str {
    let length = take_length(rest);
    let (text, after) = rest.split_at(length);
    *rest = after;
    text
}
