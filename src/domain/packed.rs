//! Many rows side by side: their texts one after the other in one stretch of memory, their payloads in another.
//! What an export streams, so that a million rows do not mean some thirty million small texts of their own.
//! On a wire they are rows like any others.

#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    AssetId, AssetRow, Category, Incarnation, Kind, Payload, Presence, RecordName, SourceName, StatusClass,
    Timestamp,
};

/// Where one text stands in the rows that handed it out; means nothing in others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    start: usize,
    end: usize,
}

impl Stretch {
    fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// A list of texts in the rows that handed it out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct List {
    start: usize,
    end: usize,
}

impl List {
    fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// The fields of one row, as [`AssetRow`] has them, its texts by where they stand.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "they are those of `AssetRow`")]
pub struct Packed {
    pub id: Stretch,
    pub kind: Stretch,
    pub category: Category,
    pub provider: Stretch,
    pub account: Stretch,
    pub account_label: Option<Stretch>,
    pub region: Stretch,
    pub zone: Stretch,
    pub name: Stretch,
    pub status: Option<Stretch>,
    pub status_class: StatusClass,
    /// Keys and values by turns, in the order of the keys, no key twice.
    pub tags: List,
    pub addresses: List,
    pub presence: Presence,
    pub first_seen: Timestamp,
    pub last_seen: Option<Timestamp>,
    pub changed_at: Timestamp,
    pub created_at: Option<Timestamp>,
    pub source: Stretch,
    pub sources: List,
    pub pinned: bool,
    pub incarnation: Stretch,
    pub declares: Option<Stretch>,
}

/// Rows side by side.
#[derive(Clone, Debug, Default)]
pub struct PackedRows {
    text: String,
    lists: Vec<Stretch>,
    rows: Vec<Packed>,
    payloads: String,
    /// Of each row, as far as payloads were asked for.
    properties: Vec<Option<Stretch>>,
}

impl PackedRows {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes of text and payloads.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len() + self.payloads.len()
    }

    /// No rows, in the memory of these.
    #[must_use]
    pub fn emptied(mut self) -> Self {
        self.text.clear();
        self.lists.clear();
        self.rows.clear();
        self.payloads.clear();
        self.properties.clear();
        self
    }

    /// Takes a text in.
    pub fn text(&mut self, text: &str) -> Stretch {
        self.joined([text])
    }

    /// Takes a text in that comes in pieces.
    pub fn joined<'a>(&mut self, pieces: impl IntoIterator<Item = &'a str>) -> Stretch {
        let start = self.text.len();
        pieces.into_iter().for_each(|piece| self.text.push_str(piece));
        Stretch { start, end: self.text.len() }
    }

    /// A text that was taken in.
    #[must_use]
    pub fn read(&self, at: Stretch) -> &str {
        at.of(&self.text)
    }

    /// Appends to the list that is being made.
    pub fn item(&mut self, at: Stretch) {
        self.lists.push(at);
    }

    /// Where the next item of a list will stand.
    #[must_use]
    pub fn items(&self) -> usize {
        self.lists.len()
    }

    /// The list of all items from a place on.
    #[must_use]
    pub fn list(&self, start: usize) -> List {
        List { start, end: self.lists.len() }
    }

    /// The same of tags, which are keys and values by turns: put in order, and of those with one key the last.
    pub fn tag_list(&mut self, start: usize) -> List {
        let (text, lists) = (&self.text, &mut self.lists);
        let key = |pair: &[Stretch; 2]| pair[0].of(text);
        let (pairs, _) = lists[start..].as_chunks::<2>();
        if !pairs.is_sorted_by(|a, b| key(a) < key(b)) {
            let mut sorted = pairs.to_vec();
            // Of equals the later ones first, which are the ones that stay.
            sorted.reverse();
            sorted.sort_by(|a, b| key(a).cmp(key(b)));
            sorted.dedup_by(|b, a| key(a) == key(b));
            lists.truncate(start);
            lists.extend(sorted.iter().flatten());
        }
        self.list(start)
    }

    /// Appends a row of texts and lists that were taken in.
    pub fn push(&mut self, row: Packed) {
        self.rows.push(row);
        self.properties.push(None);
    }

    /// Appends a row.
    pub fn push_row(&mut self, row: &AssetRow) {
        let start = self.items();
        for text in row.tags.iter().flat_map(|(key, value)| [key, value]) {
            let at = self.text(text);
            self.item(at);
        }
        let tags = self.tag_list(start);
        let addresses = self.listed(row.addresses.iter().map(String::as_str));
        let sources = self.listed(row.sources.iter().map(SourceName::as_str));
        let packed = Packed {
            id: self.text(row.id.as_str()),
            kind: self.text(row.kind.as_str()),
            category: row.category,
            provider: self.text(row.provider.as_str()),
            account: self.text(&row.account),
            account_label: row.account_label.as_deref().map(|text| self.text(text)),
            region: self.text(&row.region),
            zone: self.text(&row.zone),
            name: self.text(&row.name),
            status: row.status.as_deref().map(|text| self.text(text)),
            status_class: row.status_class,
            tags,
            addresses,
            presence: row.presence.clone(),
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            changed_at: row.changed_at,
            created_at: row.created_at,
            source: self.text(row.source.as_str()),
            sources,
            pinned: row.pinned,
            incarnation: self.text(row.incarnation.as_str()),
            declares: row.declares.as_ref().map(|id| self.text(id.as_str())),
        };
        self.push(packed);
        if let (Some(payload), Some(at)) = (&row.properties, self.properties.len().checked_sub(1)) {
            self.properties[at] = Some(put(&mut self.payloads, payload.as_str()));
        }
    }

    fn listed<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> List {
        let start = self.items();
        for text in texts {
            let at = self.text(text);
            self.item(at);
        }
        self.list(start)
    }

    /// Lets `read` fill in the payloads of the rows from a place on: it gets the names of their records, and
    /// gives back what it finds by the place of the name, in any order.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn fill<E>(
        &mut self,
        from: usize,
        read: impl FnOnce(&[RecordName<'_>], &mut dyn FnMut(usize, &str)) -> Result<(), E>,
    ) -> Result<(), E> {
        let Self { text, rows, payloads, properties, .. } = self;
        let text = text.as_str();
        let name = |row: &Packed| RecordName {
            source: row.source.of(text),
            id: row.id.of(text),
            incarnation: row.incarnation.of(text),
        };
        let names: Vec<_> = rows.iter().skip(from).map(name).collect();
        read(&names, &mut |at, payload| {
            if let Some(place) = properties.get_mut(from + at) {
                *place = Some(put(payloads, payload));
            }
        })
    }

    /// The rows, first to last.
    pub fn iter(&self) -> impl Iterator<Item = PackedRow<'_>> + Clone {
        let all = self.rows.iter().zip(&self.properties);
        all.map(|(row, properties)| PackedRow { rows: self, row, properties: *properties })
    }
}

fn put(out: &mut String, text: &str) -> Stretch {
    let start = out.len();
    out.push_str(text);
    Stretch { start, end: out.len() }
}

impl<'a> FromIterator<&'a AssetRow> for PackedRows {
    fn from_iter<I: IntoIterator<Item = &'a AssetRow>>(rows: I) -> Self {
        let mut packed = Self::default();
        rows.into_iter().for_each(|row| packed.push_row(row));
        packed
    }
}

/// Equal when the rows are, however they were put together.
impl PartialEq for PackedRows {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other.iter()).all(|(a, b)| a.to_row() == b.to_row())
    }
}

impl Serialize for PackedRows {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.iter().map(PackedRow::to_row))
    }
}

impl<'de> Deserialize<'de> for PackedRows {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Vec::<AssetRow>::deserialize(d)?.iter().collect())
    }
}

/// One of many rows.
#[derive(Clone, Copy, Debug)]
pub struct PackedRow<'a> {
    rows: &'a PackedRows,
    row: &'a Packed,
    properties: Option<Stretch>,
}

macro_rules! texts {
    ($($name:ident)*) => {
        $(#[doc = concat!("As `AssetRow::", stringify!($name), "` tells.")]
        #[must_use]
        pub fn $name(self) -> &'a str {
            self.rows.read(self.row.$name)
        })*
    };
}

macro_rules! values {
    ($($name:ident: $kind:ty),*) => {
        $(#[doc = concat!("As `AssetRow::", stringify!($name), "` tells.")]
        #[must_use]
        pub fn $name(self) -> $kind {
            self.row.$name
        })*
    };
}

impl<'a> PackedRow<'a> {
    texts! { id kind provider account region zone name source incarnation }
    values! {
        category: Category, status_class: StatusClass, first_seen: Timestamp, last_seen: Option<Timestamp>,
        changed_at: Timestamp, created_at: Option<Timestamp>, pinned: bool
    }

    /// What people call the account.
    #[must_use]
    pub fn account_label(self) -> Option<&'a str> {
        self.row.account_label.map(|at| self.rows.read(at))
    }

    /// The provider's own status word.
    #[must_use]
    pub fn status(self) -> Option<&'a str> {
        self.row.status.map(|at| self.rows.read(at))
    }

    /// The cloud asset that it declares.
    #[must_use]
    pub fn declares(self) -> Option<&'a str> {
        self.row.declares.map(|at| self.rows.read(at))
    }

    /// Present, unknown or gone, and why.
    #[must_use]
    pub fn presence(self) -> &'a Presence {
        &self.row.presence
    }

    fn texts(self, list: List) -> impl Iterator<Item = &'a str> + Clone {
        let rows = self.rows;
        rows.lists.get(list.range()).unwrap_or_default().iter().map(move |at| rows.read(*at))
    }

    /// Addresses and host names.
    pub fn addresses(self) -> impl Iterator<Item = &'a str> + Clone {
        self.texts(self.row.addresses)
    }

    /// Every source that speaks of it; none where nobody looked for others than the one.
    pub fn sources(self) -> impl Iterator<Item = &'a str> + Clone {
        self.texts(self.row.sources)
    }

    /// Tags by key.
    pub fn tags(self) -> impl Iterator<Item = (&'a str, &'a str)> + Clone {
        let rows = self.rows;
        let (pairs, _) = rows.lists.get(self.row.tags.range()).unwrap_or_default().as_chunks::<2>();
        pairs.iter().map(move |[key, value]| (rows.read(*key), rows.read(*value)))
    }

    /// The payload, valid JSON text, where it was asked for.
    #[must_use]
    pub fn properties(self) -> Option<&'a str> {
        self.properties.map(|at| at.of(&self.rows.payloads))
    }

    /// The row by itself.
    #[must_use]
    pub fn to_row(self) -> AssetRow {
        AssetRow {
            id: AssetId::from(self.id()),
            // Only kinds were ever packed; the other branch cannot be reached.
            kind: self.kind().parse().unwrap_or_else(|_| Kind::from_words([self.kind()])),
            category: self.category(),
            provider: self.provider().into(),
            account: self.account().into(),
            account_label: self.account_label().map(Into::into),
            region: self.region().into(),
            zone: self.zone().into(),
            name: self.name().into(),
            status: self.status().map(Into::into),
            status_class: self.status_class(),
            tags: self.tags().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            addresses: self.addresses().map(str::to_owned).collect(),
            presence: self.presence().clone(),
            first_seen: self.first_seen(),
            last_seen: self.last_seen(),
            changed_at: self.changed_at(),
            created_at: self.created_at(),
            source: SourceName::from(self.source()),
            sources: self.sources().map(SourceName::from).collect(),
            pinned: self.pinned(),
            incarnation: Incarnation::from(self.incarnation()),
            declares: self.declares().map(AssetId::from),
            // What was packed is JSON.
            properties: self.properties().and_then(|text| Payload::from_text(text).ok()),
        }
    }
}
