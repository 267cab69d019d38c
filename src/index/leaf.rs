//! One term of a query, made ready for one snapshot, and what it says of the rows of a chunk.

use std::sync::Arc;

use cloudscope_domain::{
    Category, Presence, Timestamp,
    query::{
        Cmp, Has, Mark, Net, Operand, Pattern, PresenceTest, PropPath, Term, TextField, TimeField, ValueTest,
        When, address, fold, status_matches,
    },
};

use crate::{
    Context, RowId, Snapshot,
    bits::Bits,
    chunk::{CLASSES, Chunk},
    declared::Standing,
    fuzzy::Fuzzy,
    parts::{place, row_id},
    paths::found,
    symbols::{Col, NONE},
    texts::Needle,
    times::NO_TIME,
    told::Known,
    truth::Truth,
};

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
    Contains(Box<Needle>),
    /// Any searchable value.
    AnyValue(Pattern),
    Name(Vec<Pattern>),
    Fuzzy(Fuzzy),
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
    /// What stands at a path that is kept, by its number.
    Prop {
        path: [u32; 1],
        test: ValueTest,
        now: Timestamp,
    },
    /// Any of the names of its scope, per symbol of a column or per scope.
    In([(Col, Vec<bool>); 4], Vec<bool>),
    /// What payloads said, per slot.
    Told(Vec<Known>),
    /// What this index cannot tell of any row.
    Untold,
    HasTag(Vec<u32>),
    HasTags,
    Ip(Vec<Net>),
    /// The rows that bear a mark, in order.
    Marked(Vec<RowId>),
    /// How things stand to what declares them.
    Standing(Mark, Arc<Standing>),
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

/// Which accounts are called so: by their id or by what people call them.
fn accounts(snapshot: &Snapshot, patterns: &[Pattern]) -> Vec<bool> {
    let ids = snapshot.parts.columns[Col::Account as usize].values().iter();
    let names = snapshot.labels().iter();
    let called = |text: &str| any(patterns, &fold(text));
    ids.zip(names).map(|(id, names)| called(id) || names.iter().any(|name| called(name))).collect()
}

impl Leaf {
    pub(crate) fn new(term: &Term, snapshot: &Snapshot, context: &Context<'_>) -> Self {
        let now = context.now;
        let values = |col: Col| snapshot.parts.columns[col as usize].values().iter();
        let keys = |name: &str| -> Vec<u32> {
            let all = (0..).zip(snapshot.parts.tag_keys.values());
            all.filter(|(_, key)| fold(key) == name).map(|(n, _)| n).collect()
        };
        match term {
            Term::Text(Pattern::Contains(text)) => Self::Contains(Box::new(Needle::new(text))),
            Term::Text(Pattern::Fuzzy(text)) => Self::Fuzzy(Fuzzy::new(text)),
            Term::Text(p) => Self::AnyValue(p.clone()),
            Term::Field(TextField::Name, p) => Self::Name(p.clone()),
            Term::Field(TextField::Id, p) => Self::Id(p.clone()),
            Term::Field(field, p) => match column(*field) {
                Some(Col::Account) => Self::Table(Col::Account, accounts(snapshot, p)),
                Some(col) => Self::Table(col, values(col).map(|v| any(p, &fold(v))).collect()),
                None => Self::Slow(*field, p.clone()),
            },
            Term::Status(part, p) => {
                let words = values(Col::Status).map(|w| Some(&**w)).chain(std::iter::once(None));
                Self::Status(words.map(|w| CLASSES.map(|c| status_matches(*part, p, w, c))).collect())
            }
            Term::Category(wanted) => Self::Category(Category::ALL.map(|c| wanted.contains(&c))),
            Term::Presence(tests) => Self::Presence(tests.clone()),
            Term::Tag { key, values } => Self::Tag { keys: keys(key), values: values.clone() },
            Term::TagCompare { key, cmp, operand } => {
                Self::TagCompare { keys: keys(key), cmp: *cmp, operand: operand.clone(), now }
            }
            Term::In(p) => {
                let of = |col: Col| (col, values(col).map(|v| any(p, &fold(v))).collect());
                let parents = snapshot.parts.scopes.parents();
                Self::In(
                    [(Col::Account, accounts(snapshot, p)), of(Col::Source), of(Col::Region), of(Col::Zone)],
                    parents.map(|parent| any(p, &fold(parent))).collect(),
                )
            }
            Term::Prop { path, test } => Self::prop(term, path, test.clone(), snapshot, context),
            // Nothing costs anything yet; relations are answered in `node`.
            Term::Rel(_) | Term::Cost { .. } => Self::Untold,
            Term::Time { field, cmp, when } => Self::Time { field: *field, test: Some((*cmp, *when)), now },
            Term::Ip(nets) => Self::Ip(nets.clone()),
            Term::Is(marks) if marks.iter().any(|m| m.is_of_declarations()) => {
                match (marks.as_slice(), context.declarable) {
                    ([mark], Some(known)) => Self::Standing(*mark, snapshot.standing(known)),
                    // Several were taken apart in `node`.
                    _ => Self::Untold,
                }
            }
            Term::Is(marks) => {
                let mut rows: Vec<RowId> = marks.iter().flat_map(|m| snapshot.marked(*m)).collect();
                rows.sort_unstable();
                Self::Marked(rows)
            }
            Term::Has(has) => match has {
                Has::Tag(key) => Self::HasTag(keys(key)),
                Has::Tags => Self::HasTags,
                Has::Prop(path) => Self::prop(term, path, ValueTest::There, snapshot, context),
                Has::Status => Self::Table(Col::Status, vec![true; values(Col::Status).len()]),
                Has::Time(field) => Self::Time { field: *field, test: None, now },
                Has::Text(field) => match column(*field) {
                    Some(col) => Self::Table(col, values(col).map(|v| !v.is_empty()).collect()),
                    None => Self::HasText(*field),
                },
            },
        }
    }

    /// A path that is kept is answered here, any other by what payloads said.
    fn prop(
        term: &Term,
        path: &PropPath,
        test: ValueTest,
        snapshot: &Snapshot,
        context: &Context<'_>,
    ) -> Self {
        match snapshot.parts.paths.number(path) {
            Some(path) => Self::Prop { path: [path], test, now: context.now },
            None => context.told.and_then(|told| told.of(term)).map_or(Self::Untold, Self::Told),
        }
    }

    pub(crate) fn cost(&self) -> u8 {
        match self {
            Self::Untold
            | Self::Told(_)
            | Self::In(..)
            | Self::Table(..)
            | Self::Status(_)
            | Self::Category(_)
            | Self::Standing(..)
            | Self::Marked(_) => 1,
            Self::Presence(_) | Self::Time { .. } | Self::Ip(_) => 2,
            Self::Contains(_) | Self::HasTag(_) | Self::HasTags => 3,
            Self::Tag { .. } | Self::TagCompare { .. } | Self::Prop { .. } | Self::HasText(_) => 4,
            Self::Fuzzy(_) | Self::Name(_) | Self::Id(_) | Self::AnyValue(_) | Self::Slow(..) => 5,
        }
    }

    /// How it is answered, for those who want to know.
    pub(crate) fn how(&self) -> &'static str {
        match self {
            Self::Table(..) | Self::Status(_) | Self::Category(_) | Self::In(..) => {
                "per value of a dictionary, then sets of rows"
            }
            Self::Presence(_) => "per scope, then sets of rows",
            Self::Time { .. } => "packed times",
            Self::Ip(_) => "sorted addresses",
            Self::Contains(_) => "text search",
            Self::Fuzzy(_) => "the letters of each name, then row by row",
            Self::Tag { .. } | Self::TagCompare { .. } | Self::HasTag(_) | Self::HasTags => {
                "per tag of a dictionary, then sets of rows"
            }
            Self::Prop { .. } => "per value of a path that is kept, then sets of rows",
            Self::Marked(_) => "list of marked rows",
            Self::Standing(..) => "what declarations stand for, found once, then sets of rows",
            Self::Name(_) | Self::Id(_) | Self::AnyValue(_) | Self::Slow(..) | Self::HasText(_) => {
                "row by row"
            }
            Self::Told(_) => "payloads from the store",
            Self::Untold => "not known of any row",
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
            // That was asked of the whole thing.
            Self::Standing(..) => return,
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
        if let Some(truth) = self.truth_of_sets(snapshot, at, mask) {
            return truth;
        }
        let mut truth = Truth::default();
        let near = self.near(&snapshot.parts.slots[at].chunk, mask);
        for n in near.as_ref().unwrap_or(mask).iter() {
            match self.row(snapshot, at, n) {
                Some(true) => truth.yes.set(n),
                Some(false) => {}
                None => truth.unclear.set(n),
            }
        }
        truth
    }

    /// The rows that may match, where a search for a text that must be there tells them from the others.
    fn near(&self, chunk: &Chunk, mask: &Bits) -> Option<Bits> {
        let patterns = match self {
            Self::Name(p) | Self::Id(p) | Self::Slow(TextField::Address | TextField::Alias, p) => {
                p.as_slice()
            }
            Self::AnyValue(p) => std::slice::from_ref(p),
            // For those whose value is the name.
            Self::Tag { values, .. } => values.as_slice(),
            _ => return None,
        };
        let mut rows = Bits::default();
        for pattern in patterns {
            let (Pattern::Is(text) | Pattern::Contains(text) | Pattern::Starts(text) | Pattern::Ends(text)) =
                pattern
            else {
                return None;
            };
            rows.add(&chunk.texts.containing(&Needle::new(text), mask));
        }
        Some(rows)
    }

    /// The same in whole sets, for what is decided once per value and not once per row; `None` for what
    /// has to be asked row by row.
    fn truth_of_sets(&self, snapshot: &Snapshot, at: usize, mask: &Bits) -> Option<Truth> {
        let chunk = &*snapshot.parts.slots[at].chunk;
        let certain = |rows: &Bits| Truth { yes: rows.and(mask), unclear: Bits::default() };
        Some(match self {
            Self::Table(col, table) => {
                let passes = |symbol: u32| table.get(symbol as usize).copied().unwrap_or(false);
                certain(&chunk.symbols(*col).select(passes))
            }
            Self::Status(table) => status(table, chunk, mask),
            Self::Category(wanted) => {
                certain(&chunk.category.select(|c| wanted.get(usize::from(c)).copied().unwrap_or(false)))
            }
            Self::Presence(tests) => {
                // What is the same for all rows of a scope is asked of one of them.
                if chunk.gone(0).is_some() || !scopes_are_of_one_mind(snapshot, chunk) {
                    return None;
                }
                certain(&chunk.scope.select(|scope| {
                    let presence = snapshot.parts.scopes.presence(scope, 0);
                    tests.iter().any(|t| is(*t, &presence))
                }))
            }
            Self::Time { field, test, now } => {
                let times = match field {
                    TimeField::Created => &chunk.created_at,
                    TimeField::Changed => &chunk.changed_at,
                    TimeField::FirstSeen => &chunk.first_seen,
                    TimeField::Seen | TimeField::Gone => return None,
                };
                let holds = |time: i64| {
                    test.is_none_or(|(cmp, when)| when.holds(cmp, Timestamp::from_millis(time), *now))
                };
                let (there, passes) = times.select(holds);
                let unclear = if test.is_some() { mask.without(&there) } else { Bits::default() };
                Truth { yes: passes.and(mask), unclear }
            }
            Self::Contains(needle) => certain(&chunk.texts.containing(needle, mask)),
            Self::Fuzzy(fuzzy) => {
                certain(&fuzzy.rows(chunk, mask, snapshot.letters(), snapshot.parts.slots.len()))
            }
            Self::Ip(nets) => certain(&chunk.ips.within(nets)),
            Self::Tag { keys, values } => certain(&chunk.tags.select(
                keys,
                &chunk.texts,
                || self.near(chunk, mask),
                |value| any(values, &fold(value)),
            )),
            Self::HasTag(keys) => certain(&chunk.tags.with_keys(keys)),
            Self::HasTags => certain(&chunk.tags.any()),
            Self::TagCompare { keys, cmp, operand, now } => {
                let told = |value: &str| operand.text(*cmp, value, *now);
                let there = chunk.tags.select(keys, &chunk.texts, || None, |value| told(value).is_some());
                let yes = chunk.tags.select(keys, &chunk.texts, || None, |value| told(value) == Some(true));
                Truth { yes: yes.and(mask), unclear: mask.without(&there) }
            }
            Self::Prop { path, test, now } => {
                let told = |wanted: Option<bool>| {
                    let of = |value: &str| test.holds_of([found(value)], *now) == wanted;
                    chunk.props.select(path, &chunk.texts, || None, of)
                };
                let yes = told(Some(true)).and(mask);
                // Of several values one that can be compared is enough, and one that is hidden is too much.
                let unclear = match test {
                    ValueTest::Compare(..) => mask.without(&told(Some(false))),
                    ValueTest::Any(_) | ValueTest::There => told(None).and(mask),
                };
                Truth { unclear: unclear.without(&yes), yes }
            }
            Self::In(columns, parents) => {
                let passes = |table: &[bool], n: u32| table.get(n as usize).copied().unwrap_or(false);
                let mut yes = chunk.scope.select(|scope| passes(parents, scope));
                for (col, table) in columns {
                    yes.add(&chunk.symbols(*col).select(|symbol| passes(table, symbol)));
                }
                certain(&yes)
            }
            Self::Told(slots) => slots
                .get(at)
                .map_or_else(|| Truth { yes: Bits::default(), unclear: mask.clone() }, |k| k.truth(mask)),
            Self::Untold => Truth { yes: Bits::default(), unclear: mask.clone() },
            Self::Standing(mark, standing) => standing.truth(*mark, snapshot, at, mask),
            Self::Marked(rows) => {
                let (first, last) = (row_id(at, 0), row_id(at + 1, 0));
                let of_slot = &rows[rows.partition_point(|r| *r < first)..];
                let mut truth = Truth::default();
                for row in of_slot.iter().take_while(|r| **r < last) {
                    truth.yes.set(place(*row).1);
                }
                truth.yes = truth.yes.and(mask);
                truth
            }
            Self::AnyValue(_) | Self::Name(_) | Self::Id(_) | Self::Slow(..) | Self::HasText(_) => {
                return None;
            }
        })
    }

    /// Whether a row matches; `None` when that cannot be told.
    fn row(&self, snapshot: &Snapshot, at: usize, n: usize) -> Option<bool> {
        let parts = &snapshot.parts;
        let chunk = &*parts.slots[at].chunk;
        let tagged = |keys: &[u32], test: &dyn Fn(&str) -> bool| {
            chunk.tags(n).iter().any(|t| keys.contains(&t.key) && test(t.value))
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
                    TimeField::Created => stored(chunk.created_at.get(n)),
                    TimeField::Changed => stored(chunk.changed_at.get(n)),
                    TimeField::FirstSeen => stored(chunk.first_seen.get(n)),
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
            Self::AnyValue(p) => chunk.texts.any_low(n, |v| p.matches(v)),
            Self::Name(p) => any(p, chunk.low_name(n)),
            Self::Fuzzy(fuzzy) => fuzzy.matches(chunk.low_name(n)),
            Self::Id(p) => chunk.texts.low_id(n, |v| any(p, v)),
            Self::Slow(field, p) => {
                let text = chunk.text(n);
                match field {
                    TextField::Address => text.addresses().any(|a| any(p, &fold(&a))),
                    TextField::Alias => text.aliases().any(|a| any(p, &fold(&a))),
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
                let told = tags.filter_map(|t| operand.text(*cmp, t.value, *now));
                return told.reduce(|a, b| a || b);
            }
            Self::Prop { path, test, now } => {
                let values = chunk.props(n).iter().filter(|p| path.contains(&p.key));
                return test.holds_of(values.map(|p| found(p.value)), *now);
            }
            Self::In(columns, parents) => {
                let passes = |table: &[bool], n: u32| table.get(n as usize).copied().unwrap_or(false);
                passes(parents, chunk.scope.get(n))
                    || columns.iter().any(|(col, table)| passes(table, chunk.symbols(*col).get(n)))
            }
            Self::Told(slots) => return slots.get(at).and_then(|k| k.row(n)),
            Self::Untold | Self::Standing(..) => return None,
            Self::Marked(rows) => rows.binary_search(&row_id(at, n)).is_ok(),
            Self::Contains(needle) => chunk.texts.row_contains(needle, n),
            Self::Ip(nets) => {
                let mut addresses = chunk.text(n).addresses().filter_map(|a| address(&a));
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

/// Whether no scope of a chunk has rows of which some were seen and some were not.
fn scopes_are_of_one_mind(snapshot: &Snapshot, chunk: &Chunk) -> bool {
    chunk.scope.values().iter().all(|scope| snapshot.parts.scopes.unseen(*scope).is_some())
}

/// Word and class decide together, so each word that is there meets each class that is there.
fn status(table: &[[Option<bool>; CLASSES.len()]], chunk: &Chunk, mask: &Bits) -> Truth {
    let words = chunk.symbols(Col::Status);
    let mut truth = Truth::default();
    for class in chunk.class.values() {
        let of = |word: u32| {
            let row = if word == NONE { table.last() } else { table.get(word as usize) };
            row.and_then(|r| *r.get(usize::from(*class))?)
        };
        let of_class = chunk.class.select(|c| c == *class);
        truth.yes.add(&words.select(|word| of(word) == Some(true)).and(&of_class));
        truth.unclear.add(&words.select(|word| of(word).is_none()).and(&of_class));
    }
    Truth { yes: truth.yes.and(mask), unclear: truth.unclear.and(mask) }
}
