//! One term of a query, made ready for one snapshot, and what it says of the rows of a chunk.

use std::collections::HashSet;

use cloudscope_domain::{
    Category, Presence, Timestamp,
    query::{
        Cmp, Has, Net, Operand, Pattern, PresenceTest, Term, TextField, TimeField, When, address, fold,
        status_matches,
    },
};
use memchr::memmem::Finder;

use crate::{
    RowId, Snapshot,
    bits::{Bits, CHUNK},
    chunk::{CLASSES, Chunk, NO_TIME},
    parts::{place, row_id},
    symbols::{Col, NONE},
    truth::Truth,
};

/// Below so many rows in question a search row by row is cheaper than one over the whole chunk.
const FEW: usize = CHUNK / 16;

pub(crate) enum Leaf {
    /// Per symbol of a column.
    Table(Col, Vec<bool>),
    /// Per symbol of the status word and class; the last entry is for rows without a word.
    Status(Vec<[Option<bool>; CLASSES.len()]>),
    Category([bool; Category::ALL.len()]),
    Presence(Vec<PresenceTest>),
    Time {
        field: TimeField,
        test: Option<(Cmp, When)>,
        now: Timestamp,
    },
    /// Folded text anywhere in the searchable values.
    Contains(Box<Finder<'static>>),
    /// Any searchable value.
    AnyValue(Pattern),
    Name(Vec<Pattern>),
    Id(Vec<Pattern>),
    /// A field that is looked up in the text of the row.
    Slow(TextField, Vec<Pattern>),
    HasText(TextField),
    Tag {
        keys: Vec<u32>,
        values: Vec<Pattern>,
    },
    TagCompare {
        keys: Vec<u32>,
        cmp: Cmp,
        operand: Operand,
        now: Timestamp,
    },
    /// What this index cannot tell of any row.
    Untold,
    HasTag(Vec<u32>),
    HasTags,
    Ip(Vec<Net>),
    /// The rows that bear a mark.
    Marked(HashSet<RowId>),
}

fn column(field: TextField) -> Option<Col> {
    Some(match field {
        TextField::Kind => Col::Kind,
        TextField::Provider => Col::Provider,
        TextField::Account => Col::Account,
        TextField::Region => Col::Region,
        TextField::Zone => Col::Zone,
        TextField::Source => Col::Source,
        TextField::Name | TextField::Id | TextField::Address | TextField::Alias | TextField::Declares => {
            return None;
        }
    })
}

fn any(patterns: &[Pattern], folded: &str) -> bool {
    patterns.iter().any(|p| p.matches(folded))
}

impl Leaf {
    pub(crate) fn new(term: &Term, snapshot: &Snapshot, now: Timestamp) -> Self {
        let values = |col: Col| snapshot.parts.columns[col as usize].values().iter();
        let keys = |name: &str| -> Vec<u32> {
            let all = (0..).zip(snapshot.parts.tag_keys.values());
            all.filter(|(_, key)| fold(key) == name).map(|(n, _)| n).collect()
        };
        match term {
            Term::Text(Pattern::Contains(text)) => {
                Self::Contains(Box::new(Finder::new(text.as_bytes()).into_owned()))
            }
            Term::Text(p @ Pattern::Fuzzy(_)) => Self::Name(vec![p.clone()]),
            Term::Text(p) => Self::AnyValue(p.clone()),
            Term::Field(TextField::Name, p) => Self::Name(p.clone()),
            Term::Field(TextField::Id, p) => Self::Id(p.clone()),
            Term::Field(field, p) => match column(*field) {
                Some(col) => Self::Table(col, values(col).map(|v| any(p, &fold(v))).collect()),
                None => Self::Slow(*field, p.clone()),
            },
            Term::Status(p) => {
                let words = values(Col::Status).map(|w| Some(&**w)).chain(std::iter::once(None));
                Self::Status(words.map(|w| CLASSES.map(|c| status_matches(p, w, c))).collect())
            }
            Term::Category(wanted) => Self::Category(Category::ALL.map(|c| wanted.contains(&c))),
            Term::Presence(tests) => Self::Presence(tests.clone()),
            Term::Tag { key, values } => Self::Tag { keys: keys(key), values: values.clone() },
            Term::TagCompare { key, cmp, operand } => {
                Self::TagCompare { keys: keys(key), cmp: *cmp, operand: operand.clone(), now }
            }
            Term::Prop { .. } | Term::Rel(_) | Term::In(_) | Term::Cost { .. } => Self::Untold,
            Term::Time { field, cmp, when } => Self::Time { field: *field, test: Some((*cmp, *when)), now },
            Term::Ip(nets) => Self::Ip(nets.clone()),
            Term::Is(marks) => Self::Marked(marks.iter().flat_map(|m| snapshot.marked(*m)).collect()),
            Term::Has(has) => match has {
                Has::Tag(key) => Self::HasTag(keys(key)),
                Has::Tags => Self::HasTags,
                Has::Prop(_) => Self::Untold,
                Has::Status => Self::Table(Col::Status, vec![true; values(Col::Status).len()]),
                Has::Time(field) => Self::Time { field: *field, test: None, now },
                Has::Text(field) => match column(*field) {
                    Some(col) => Self::Table(col, values(col).map(|v| !v.is_empty()).collect()),
                    None => Self::HasText(*field),
                },
            },
        }
    }

    pub(crate) fn cost(&self) -> u8 {
        match self {
            Self::Untold | Self::Table(..) | Self::Status(_) | Self::Category(_) | Self::Marked(_) => 1,
            Self::Presence(_) | Self::Time { .. } | Self::Ip(_) => 2,
            Self::Contains(_) | Self::HasTag(_) | Self::HasTags => 3,
            Self::Tag { .. } | Self::TagCompare { .. } | Self::HasText(_) => 4,
            Self::Name(_) | Self::Id(_) | Self::AnyValue(_) | Self::Slow(..) => 5,
        }
    }

    pub(crate) fn truth(&self, snapshot: &Snapshot, at: usize, mask: &Bits) -> Truth {
        let mut truth = self.truth_of_rows(snapshot, at, mask);
        if let Some(joined) = &snapshot.parts.slots[at].joined {
            for (n, group) in joined.faces().filter(|(n, _)| mask.get(*n)) {
                self.hear_others(snapshot, n, group, &mut truth);
            }
        }
        truth
    }

    /// Of a thing a term is true when it is true of one of its records, and it cannot be told only when
    /// none of them can tell: a record that bears no such value is silent, it does not contradict.
    fn hear_others(&self, snapshot: &Snapshot, face: usize, group: &[RowId], truth: &mut Truth) {
        let others = match self {
            // Whether it is there, and since when it was not seen, is what the face knows best.
            Self::Presence(_) | Self::Time { field: TimeField::Seen | TimeField::Gone, .. } => return,
            _ => &group[1..],
        };
        for row in others {
            if truth.yes.get(face) {
                return;
            }
            let (slot, n) = place(*row);
            if self.is_of_status() && snapshot.parts.slots[slot].chunk.text(n).declares().is_some() {
                continue;
            }
            match self.row(snapshot, slot, n) {
                Some(true) => {
                    truth.yes.set(face);
                    truth.unclear.clear(face);
                }
                Some(false) => truth.unclear.clear(face),
                None => {}
            }
        }
    }

    /// How a thing is cannot be learned from a declaration.
    fn is_of_status(&self) -> bool {
        matches!(self, Self::Status(_) | Self::Table(Col::Status, _))
    }

    /// What is true of each row by itself.
    fn truth_of_rows(&self, snapshot: &Snapshot, at: usize, mask: &Bits) -> Truth {
        let chunk = &*snapshot.parts.slots[at].chunk;
        match self {
            Self::Contains(finder) => contains(finder, chunk, mask),
            Self::Ip(nets) => {
                let mut truth = Truth::default();
                for (row, addr) in &chunk.ips {
                    let row = usize::from(*row);
                    if mask.get(row) && nets.iter().any(|n| n.contains(*addr)) {
                        truth.yes.set(row);
                    }
                }
                truth
            }
            _ => {
                let mut truth = Truth::default();
                for n in mask.iter() {
                    match self.row(snapshot, at, n) {
                        Some(true) => truth.yes.set(n),
                        Some(false) => {}
                        None => truth.unclear.set(n),
                    }
                }
                truth
            }
        }
    }

    /// Whether a row matches; `None` when that cannot be told.
    fn row(&self, snapshot: &Snapshot, at: usize, n: usize) -> Option<bool> {
        let parts = &snapshot.parts;
        let chunk = &*parts.slots[at].chunk;
        let tagged = |keys: &[u32], test: &dyn Fn(&str) -> bool| {
            chunk.tags(n).iter().any(|t| keys.contains(&t.key) && test(chunk.tag_value(*t)))
        };
        Some(match self {
            Self::Table(col, table) => table.get(chunk.symbols(*col)[n] as usize).copied().unwrap_or(false),
            Self::Status(table) => {
                let word = chunk.symbols(Col::Status)[n];
                let row = if word == NONE { table.last() } else { table.get(word as usize) };
                return row.and_then(|r| *r.get(usize::from(chunk.class[n]))?);
            }
            Self::Category(wanted) => wanted.get(usize::from(chunk.category[n])).copied().unwrap_or(false),
            Self::Presence(tests) => {
                let presence = parts.presence(chunk, n);
                tests.iter().any(|t| is(*t, &presence))
            }
            Self::Time { field, test, now } => {
                let stored = |millis: i64| (millis != NO_TIME).then(|| Timestamp::from_millis(millis));
                let time = match field {
                    TimeField::Created => stored(chunk.created_at[n]),
                    TimeField::Changed => stored(chunk.changed_at[n]),
                    TimeField::FirstSeen => stored(chunk.first_seen[n]),
                    TimeField::Seen => parts.last_seen(chunk, n),
                    TimeField::Gone => match chunk.gone(n) {
                        Some((at, _)) => stored(at),
                        // What is not proved gone was not proved gone at any time.
                        None => return Some(false),
                    },
                };
                match test {
                    None => time.is_some(),
                    Some((cmp, when)) => when.holds(*cmp, time?, *now),
                }
            }
            Self::AnyValue(p) => chunk.values(n).any(|v| p.matches(v)),
            Self::Name(p) => chunk.values(n).next().is_some_and(|v| any(p, v)),
            Self::Id(p) => chunk.values(n).nth(1).is_some_and(|v| any(p, v)),
            Self::Slow(field, p) => {
                let text = chunk.text(n);
                match field {
                    TextField::Address => text.addresses().any(|a| any(p, &fold(a))),
                    TextField::Alias => text.aliases().any(|a| any(p, &fold(a))),
                    _ => text.declares().is_some_and(|d| any(p, &fold(d))),
                }
            }
            Self::HasText(field) => {
                let text = chunk.text(n);
                match field {
                    TextField::Address => text.addresses().next().is_some(),
                    TextField::Alias => text.aliases().next().is_some(),
                    TextField::Declares => text.declares().is_some(),
                    // Every row has a name and an id.
                    _ => true,
                }
            }
            Self::Tag { keys, values } => tagged(keys, &|v| any(values, &fold(v))),
            Self::HasTag(keys) => tagged(keys, &|_| true),
            Self::HasTags => !chunk.tags(n).is_empty(),
            Self::TagCompare { keys, cmp, operand, now } => {
                let tags = chunk.tags(n).iter().filter(|t| keys.contains(&t.key));
                let told = tags.filter_map(|t| operand.text(*cmp, chunk.tag_value(*t), *now));
                return told.reduce(|a, b| a || b);
            }
            Self::Untold => return None,
            Self::Marked(rows) => rows.contains(&row_id(at, n)),
            Self::Contains(finder) => finder.find(chunk.low_bytes(n)).is_some(),
            Self::Ip(nets) => {
                let mut addresses = chunk.text(n).addresses().filter_map(address);
                addresses.any(|a| nets.iter().any(|net| net.contains(a)))
            }
        })
    }
}

fn is(test: PresenceTest, presence: &Presence) -> bool {
    match (test, presence) {
        (PresenceTest::Present, Presence::Present)
        | (PresenceTest::Unknown, Presence::Unknown { .. })
        | (PresenceTest::Gone, Presence::Gone { .. }) => true,
        (PresenceTest::Why(wanted), Presence::Unknown { why, .. }) => wanted == *why,
        (PresenceTest::Proof(wanted), Presence::Gone { why, .. }) => wanted == *why,
        _ => false,
    }
}

fn contains(finder: &Finder<'static>, chunk: &Chunk, mask: &Bits) -> Truth {
    let mut truth = Truth::default();
    if mask.count() < FEW {
        for n in mask.iter().filter(|n| finder.find(chunk.low_bytes(*n)).is_some()) {
            truth.yes.set(n);
        }
        return truth;
    }
    let (text, starts) = chunk.low();
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| finder.find(rest)) {
        let row = starts.partition_point(|s| *s as usize <= from + found) - 1;
        if mask.get(row) {
            truth.yes.set(row);
        }
        from = starts.get(row + 1).map_or(text.len(), |s| *s as usize);
    }
    truth
}
