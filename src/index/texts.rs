//! The texts of the rows of one chunk. What plain text searches stands once, folded, in one stretch of
//! bytes; what rows share stands once per chunk beside it, and what folding changed once more as it was.

mod bytes;
mod pack;
mod saved;
mod search;

use bytes::RowsByByte;
pub(crate) use search::Needle;

use std::{borrow::Cow, sync::OnceLock};

use cloudscope_domain::query::{address, fold};
use hashbrown::HashTable;

use crate::{
    affixes::{AffixFinder, Affixes},
    codes::Codes,
    places::Places,
    row::{Claim, END, NewRow, is_global},
    shape::{self, Body, Head, Piece},
};

#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    /// The own texts of each row, folded, the name first, each with [`END`] after it.
    low: Vec<u8>,
    low_starts: Vec<u32>,
    /// The shape of each row.
    shape: Codes,
    shapes: Vec<u8>,
    shape_starts: Vec<u32>,
    affixes: Affixes,
    /// What folding changed, incarnation, what is declared, what it is the same as, with their lengths
    /// before them, where there is any.
    extra: String,
    /// Where those of each row begin; empty while no row has any.
    extra_starts: Vec<u32>,
    /// The rows by the beginnings of their ids, once somebody asked.
    places: OnceLock<Places>,
    /// The rows by the characters in their own texts, once prepared.
    bytes: OnceLock<RowsByByte>,
}

/// Finds what is known already; kept beside a chunk while rows come.
#[derive(Debug, Default)]
pub(crate) struct TextFinder {
    affixes: AffixFinder,
    shapes: HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
    pieces: Vec<Piece>,
    scratch: Vec<u8>,
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Cuts after the last `/` or `:`, unless nothing follows.
fn split(text: &str) -> (&str, &str) {
    match text.rfind([':', '/']) {
        Some(at) if at + 1 < text.len() => text.split_at(at + 1),
        _ => ("", text),
    }
}

impl TextFinder {
    /// One that knows what is there.
    pub(crate) fn of(texts: &Texts) -> Self {
        let mut finder = Self { affixes: AffixFinder::of(&texts.affixes), ..Self::default() };
        let hash = |n: &u32| std::hash::BuildHasher::hash_one(&finder.hasher, texts.shape_of(*n));
        for n in 0..number(texts.shape_starts.len()) {
            finder.shapes.insert_unique(hash(&n), n, hash);
        }
        finder
    }
}

impl Texts {
    /// Bytes of text.
    pub(crate) fn text_bytes(&self) -> usize {
        self.low.len() + self.extra.len()
    }

    pub(crate) fn push(&mut self, row: &NewRow<'_>, finder: &mut TextFinder) {
        let extra = self.extra.len();
        self.places.take();
        self.bytes.take();
        self.low_starts.push(number(self.low.len()));
        let TextFinder { affixes, pieces, .. } = finder;
        pieces.clear();
        let name = &*row.name;
        pieces.push(Piece { prefix: None, body: self.own(name), suffix: None });
        let mut with = |texts: &mut Self, prefix: &str, body: Option<Body>, own: &str, suffix: &str| {
            let mut affix = |t: &str| (!t.is_empty()).then(|| texts.affixes.number(t, affixes));
            let (prefix, suffix) = (affix(prefix), affix(suffix));
            pieces.push(Piece { prefix, body: body.unwrap_or_else(|| texts.own(own)), suffix });
        };
        let (prefix, tail) = split(&row.id);
        with(self, prefix, (tail == name).then_some(Body::Name), tail, "");
        for address in &row.addresses {
            let after = address.strip_prefix(name).filter(|after| after.starts_with('.'));
            match after.or_else(|| (**address == *name).then_some("")) {
                Some(suffix) => with(self, "", Some(Body::Name), "", suffix),
                None => {
                    let (own, suffix) = host(address);
                    with(self, "", None, own, suffix);
                }
            }
        }
        for alias in &row.aliases {
            let (prefix, own) = if **alias == *tail { ("", tail) } else { split(alias) };
            let body = if own == tail { Some(Body::Tail) } else { (own == name).then_some(Body::Name) };
            with(self, prefix, body, own, "");
        }
        let head = Head {
            addresses: row.addresses.len(),
            aliases: row.aliases.len(),
            same: row.same.len(),
            incarnation: !row.incarnation.is_empty(),
            declares: row.declares.is_some(),
        };
        if head.incarnation {
            put(&mut self.extra, &row.incarnation);
        }
        row.declares.iter().chain(&row.same).for_each(|t| put(&mut self.extra, t));
        if self.extra.len() > extra && self.extra_starts.is_empty() {
            self.extra_starts.resize(self.low_starts.len() - 1, 0);
        }
        if self.extra.len() > extra || !self.extra_starts.is_empty() {
            self.extra_starts.push(number(extra));
        }
        self.push_shape(head, finder);
    }

    /// Appends an own text.
    fn own(&mut self, text: &str) -> Body {
        let plain = text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
        if plain {
            self.low.extend_from_slice(text.as_bytes());
            self.low.push(END);
            return Body::Own;
        }
        let folded = fold(text);
        self.low.extend_from_slice(folded.as_bytes());
        self.low.push(END);
        if folded == text {
            return Body::Own;
        }
        put(&mut self.extra, text);
        Body::Raw
    }

    fn push_shape(&mut self, head: Head, finder: &mut TextFinder) {
        let TextFinder { shapes, hasher, pieces, scratch, .. } = finder;
        scratch.clear();
        shape::write(head, pieces, scratch);
        let hash = std::hash::BuildHasher::hash_one(&*hasher, scratch.as_slice());
        let known = shapes.find(hash, |n| self.shape_of(*n) == scratch.as_slice()).copied();
        let code = known.unwrap_or_else(|| {
            let code = number(self.shape_starts.len());
            self.shape_starts.push(number(self.shapes.len()));
            self.shapes.extend_from_slice(scratch);
            let rehash = |n: &u32| std::hash::BuildHasher::hash_one(&*hasher, self.shape_of(*n));
            shapes.insert_unique(hash, code, rehash);
            code
        });
        self.shape.push(code);
    }

    fn shape_of(&self, code: u32) -> &[u8] {
        let at = code as usize;
        let end = self.shape_starts.get(at + 1).map_or(self.shapes.len(), |e| *e as usize);
        &self.shapes[self.shape_starts[at] as usize..end]
    }

    /// No row will come any more.
    pub(crate) fn seal(&mut self) {
        self.low.shrink_to_fit();
        self.low_starts.shrink_to_fit();
        self.shape.shrink();
        self.shapes.shrink_to_fit();
        self.shape_starts.shrink_to_fit();
        self.affixes.shrink();
        self.extra.shrink_to_fit();
        self.extra_starts.shrink_to_fit();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.low.capacity()
            + self.low_starts.capacity() * 4
            + self.shape.bytes()
            + self.shapes.capacity()
            + self.shape_starts.capacity() * 4
            + self.affixes.bytes()
            + self.extra.capacity()
            + self.extra_starts.capacity() * 4
            + self.places.get().map_or(0, Places::bytes)
            + self.bytes.get().map_or(0, RowsByByte::bytes)
    }

    /// Calls `visit` with rows whose ids begin with a text; see [`Places::within`].
    pub(crate) fn within(&self, text: &str, visit: &mut dyn FnMut(&[u16], bool)) {
        let text_of = |beginning: Option<u32>| beginning.map_or("", |n| self.affixes.raw(n));
        let places = self.places.get_or_init(|| {
            let beginning = |code| {
                let (_, mut pieces) = shape::head(self.shape_of(code));
                shape::piece(&mut pieces);
                shape::piece(&mut pieces).and_then(|id| id.prefix)
            };
            let of_shape: Vec<Option<u32>> = (0..number(self.shape_starts.len())).map(beginning).collect();
            let rows = (0..self.shape.len()).map(|n| of_shape[self.shape.get(n) as usize]);
            Places::new(&rows.collect::<Vec<_>>(), text_of)
        });
        places.within(text, text_of, visit);
    }

    /// Prepares for the first key of a search, which most rows contain.
    pub(crate) fn warm(&self) {
        self.bytes.get_or_init(|| {
            let shapes = 0..number(self.shape_starts.len());
            let shared: Vec<u64> = shapes.map(|code| self.shared_bytes(code)).collect();
            let of_row = |n| bytes::kept(self.low_row(n)) | shared[self.shape.get(n) as usize];
            RowsByByte::new((0..self.low_starts.len()).map(of_row))
        });
    }

    /// The characters of what the rows of a shape share.
    fn shared_bytes(&self, code: u32) -> u64 {
        let (_, mut pieces) = shape::head(self.shape_of(code));
        let pieces = std::iter::from_fn(|| shape::piece(&mut pieces));
        let affixes = pieces.flat_map(|piece| [piece.prefix, piece.suffix]).flatten();
        affixes.fold(0, |all, affix| all | bytes::kept(self.affixes.low_bytes(affix)))
    }

    pub(crate) fn low_row(&self, n: usize) -> &[u8] {
        let end = self.low_starts.get(n + 1).map_or(self.low.len(), |e| *e as usize);
        &self.low[self.low_starts[n] as usize..end]
    }

    /// Whether any row claims to be the same as something.
    pub(crate) fn any_claims(&self) -> bool {
        (0..number(self.shape_starts.len())).any(|code| {
            let (head, _) = shape::head(self.shape_of(code));
            head.declares || head.same > 0
        })
    }

    /// The folded name of a row.
    pub(crate) fn low_name(&self, n: usize) -> &str {
        text_of(self.low_name_bytes(n))
    }

    /// Whether the folded name of a row begins with a text. The name is the first of its texts, and no text has
    /// what stands after it.
    pub(crate) fn low_name_starts(&self, n: usize, text: &[u8]) -> bool {
        let start = self.low_starts[n] as usize;
        self.low.get(start..start + text.len()) == Some(text)
    }

    pub(crate) fn low_name_bytes(&self, n: usize) -> &[u8] {
        let row = self.low_row(n);
        &row[..memchr::memchr(END, row).unwrap_or(row.len())]
    }

    /// The folded texts of a row that plain text searches: name, id, addresses, aliases.
    fn spans(&self, n: usize) -> Spans<'_> {
        let (_, pieces) = shape::head(self.shape_of(self.shape.get(n)));
        Spans { texts: self, pieces, low: self.low_row(n), name: &[], tail: &[], at: 0 }
    }

    /// Whether one of them passes.
    pub(crate) fn any_low(&self, n: usize, mut passes: impl FnMut(&str) -> bool) -> bool {
        let mut whole = String::new();
        self.spans(n).any(|span| {
            if span.prefix.is_empty() && span.suffix.is_empty() {
                return passes(text_of(span.body));
            }
            whole.clear();
            [span.prefix, span.body, span.suffix].iter().for_each(|part| whole.push_str(text_of(part)));
            passes(&whole)
        })
    }

    /// Whether the folded id of a row passes.
    pub(crate) fn low_id(&self, n: usize, passes: impl FnOnce(&str) -> bool) -> bool {
        self.spans(n).nth(1).is_some_and(|span| {
            if span.prefix.is_empty() {
                return passes(text_of(span.body));
            }
            passes(&[text_of(span.prefix), text_of(span.body)].concat())
        })
    }

    pub(crate) fn row(&self, n: usize) -> RowText<'_> {
        RowText { texts: self, n }
    }

    fn values(&self, n: usize) -> Values<'_> {
        let (head, pieces) = shape::head(self.shape_of(self.shape.get(n)));
        let extra = self.extra_starts.get(n).map_or("", |start| &self.extra[*start as usize..]);
        Values { texts: self, head, pieces, low: self.low_row(n), extra, name: "", tail: "", at: 0 }
    }
}

/// A host name apart from its domain; anything else whole.
fn host(text: &str) -> (&str, &str) {
    match text.find('.') {
        Some(at) if at > 0 && address(text).is_none() => text.split_at(at),
        _ => (text, ""),
    }
}

fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// A folded text in its three parts. They are bytes of UTF-8, each by itself.
struct Span<'a> {
    prefix: &'a [u8],
    body: &'a [u8],
    suffix: &'a [u8],
    piece: Piece,
}

/// The folded texts of a row, one after the other.
struct Spans<'a> {
    texts: &'a Texts,
    pieces: &'a [u8],
    low: &'a [u8],
    name: &'a [u8],
    tail: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Spans<'a> {
    type Item = Span<'a>;

    fn next(&mut self) -> Option<Span<'a>> {
        let piece = shape::piece(&mut self.pieces)?;
        let body = match piece.body {
            Body::Name => self.name,
            Body::Tail => self.tail,
            Body::Own | Body::Raw => {
                let end = memchr::memchr(END, self.low).unwrap_or(self.low.len());
                let own = &self.low[..end];
                self.low = self.low.get(end + 1..).unwrap_or_default();
                own
            }
        };
        match self.at {
            0 => self.name = body,
            1 => self.tail = body,
            _ => {}
        }
        self.at += 1;
        let affix = |n: Option<u32>| n.map_or(&[][..], |n| self.texts.affixes.low_bytes(n));
        Some(Span { prefix: affix(piece.prefix), body, suffix: affix(piece.suffix), piece })
    }
}

/// The texts of a row as the source wrote them, one after the other: name, id, addresses, aliases.
#[derive(Clone)]
struct Values<'a> {
    texts: &'a Texts,
    head: Head,
    pieces: &'a [u8],
    low: &'a [u8],
    extra: &'a str,
    name: &'a str,
    tail: &'a str,
    at: usize,
}

/// A text in its three parts.
#[derive(Clone, Copy, Debug)]
struct Value<'a> {
    prefix: &'a str,
    body: &'a str,
    suffix: &'a str,
}

impl<'a> Value<'a> {
    fn whole(self) -> Cow<'a, str> {
        if self.prefix.is_empty() && self.suffix.is_empty() {
            return Cow::Borrowed(self.body);
        }
        let mut out = String::with_capacity(self.prefix.len() + self.body.len() + self.suffix.len());
        for part in [self.prefix, self.body, self.suffix] {
            out.push_str(part);
        }
        Cow::Owned(out)
    }

    fn is(self, text: &str) -> bool {
        let rest = text.strip_prefix(self.prefix).and_then(|rest| rest.strip_suffix(self.suffix));
        rest == Some(self.body)
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let piece = shape::piece(&mut self.pieces)?;
        let body = match piece.body {
            Body::Name => self.name,
            Body::Tail => self.tail,
            Body::Own | Body::Raw => {
                let end = memchr::memchr(END, self.low).unwrap_or(self.low.len());
                let low = text_of(&self.low[..end]);
                self.low = self.low.get(end + 1..).unwrap_or_default();
                if piece.body == Body::Raw { take(&mut self.extra) } else { low }
            }
        };
        match self.at {
            0 => self.name = body,
            1 => self.tail = body,
            _ => {}
        }
        self.at += 1;
        let affix = |n: Option<u32>| n.map_or("", |n| self.texts.affixes.raw(n));
        Some(Value { prefix: affix(piece.prefix), body, suffix: affix(piece.suffix) })
    }
}

/// The texts of one row as the source wrote them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowText<'a> {
    texts: &'a Texts,
    n: usize,
}

impl<'a> RowText<'a> {
    fn values(self) -> Values<'a> {
        self.texts.values(self.n)
    }

    pub(crate) fn name(self) -> &'a str {
        self.values().next().map_or("", |v| v.body)
    }

    pub(crate) fn id(self) -> Cow<'a, str> {
        self.values().nth(1).map(Value::whole).unwrap_or_default()
    }

    pub(crate) fn id_is(self, id: &str) -> bool {
        self.values().nth(1).is_some_and(|v| v.is(id))
    }

    pub(crate) fn addresses(self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        let values = self.values();
        let count = values.head.addresses;
        values.skip(2).take(count).map(Value::whole)
    }

    fn alias_values(self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let values = self.values();
        let before = values.head.addresses + 2;
        values.skip(before)
    }

    pub(crate) fn aliases(self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        self.alias_values().map(Value::whole)
    }

    pub(crate) fn bears_alias(self, name: &str) -> bool {
        self.alias_values().any(|v| v.is(name))
    }

    fn head(self) -> Head {
        shape::head(self.texts.shape_of(self.texts.shape.get(self.n))).0
    }

    /// What stands after the texts that folding changed.
    fn rest(self) -> (Head, &'a str) {
        let mut values = self.values();
        let head = values.head;
        if !head.incarnation && !head.declares && head.same == 0 {
            return (head, "");
        }
        while let Some(piece) = shape::piece(&mut values.pieces) {
            if piece.body == Body::Raw {
                take(&mut values.extra);
            }
        }
        (head, values.extra)
    }

    pub(crate) fn incarnation(self) -> &'a str {
        let (head, mut rest) = self.rest();
        if head.incarnation { take(&mut rest) } else { "" }
    }

    pub(crate) fn declares(self) -> Option<&'a str> {
        if !self.head().declares {
            return None;
        }
        let (head, mut rest) = self.rest();
        if head.incarnation {
            take(&mut rest);
        }
        Some(take(&mut rest))
    }

    /// Kinds, empty where any will do, and names by turns.
    pub(crate) fn same(self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (head, mut rest) = self.rest();
        for _ in 0..usize::from(head.incarnation) + usize::from(head.declares) {
            take(&mut rest);
        }
        (0..head.same).map(move |_| take(&mut rest))
    }

    /// What the record claims to be the same thing as: what it declares, and what it refers to by same-as.
    /// That it is what its own id says goes without saying, where that id means the same everywhere.
    pub(crate) fn claims(self) -> impl Iterator<Item = Claim<'a>> + use<'a> {
        let mut same = self.same();
        let same = std::iter::from_fn(move || Some(Claim { kind: same.next()?, name: same.next()? }));
        self.declares()
            .map(|name| Claim { kind: "", name })
            .into_iter()
            .chain(same)
            .filter(move |c| !self.id_is(c.name) || !is_global(c.name))
    }
}

/// Six bits a byte, the low ones first, all below 128 so that the text stays UTF-8; the last is below 64.
fn put(out: &mut String, text: &str) {
    let mut n = text.len();
    while n >= 64 {
        out.push(char::from(64 | u8::try_from(n % 64).unwrap_or(0)));
        n /= 64;
    }
    out.push(char::from(u8::try_from(n).unwrap_or(0)));
    out.push_str(text);
}

fn take<'a>(rest: &mut &'a str) -> &'a str {
    let (mut n, mut shift) = (0_usize, 0);
    for (at, b) in rest.bytes().enumerate() {
        n |= usize::from(b & 63).checked_shl(shift).unwrap_or(0);
        shift += 6;
        if b < 64 {
            *rest = &rest[at + 1..];
            break;
        }
    }
    let (text, after) = rest.split_at_checked(n).unwrap_or((rest, ""));
    *rest = after;
    text
}
