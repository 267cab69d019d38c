//! The values of one column for grouping: each distinct one once, as a small number.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use cloudscope_domain::{
    Category, Timestamp,
    query::{Found, fold},
};

use crate::{
    RowId, Snapshot, chunk::CLASSES, parts::place, paths::found, sort::By, symbols::Col, times::NO_TIME,
};

const DAY: i64 = 86_400_000;

/// Ages below each of these spans, in milliseconds, are one group; what is older is the last one.
const AGES: [(i64, &str); 7] = [
    (3_600_000, "under 1h"),
    (DAY, "1h to 1d"),
    (7 * DAY, "1d to 7d"),
    (30 * DAY, "7d to 30d"),
    (90 * DAY, "30d to 90d"),
    (365 * DAY, "90d to 1y"),
    (i64::MAX, "over 1y"),
];

/// The number of a spelling that was not looked up yet.
const NEW: u32 = u32::MAX;

/// Numbers for the values of one column.
pub(super) struct Values<'a> {
    by: By,
    now: Timestamp,
    /// The names of the tag, as they are written; or the number of the path.
    keys: Vec<u32>,
    /// Of a column of symbols, the spelling of each; the last is for rows without one.
    symbols: Vec<u32>,
    days: HashMap<i64, u32>,
    spellings: HashMap<Cow<'a, str>, u32>,
    folded: HashMap<String, u32>,
    /// Per spelling: its text, its value, and how many rows write it so.
    spelled: Vec<(Arc<str>, u32, u64)>,
    /// The values of the row that was asked about last.
    current: Vec<u32>,
}

impl<'a> Values<'a> {
    pub(super) fn new(by: By, snapshot: &'a Snapshot, now: Timestamp) -> Self {
        let parts = &snapshot.parts;
        let keys = match &by {
            By::Tag(name) => {
                let keys = (0..).zip(parts.tag_keys.values());
                keys.filter(|(_, key)| fold(key) == *name).map(|(n, _)| n).collect()
            }
            By::Prop(path) => parts.paths.number(path).into_iter().collect(),
            _ => Vec::new(),
        };
        let symbols = match &by {
            By::Symbol(col) => vec![NEW; parts.columns[*col as usize].values().len() + 1],
            _ => Vec::new(),
        };
        let mut values = Self {
            by,
            now,
            keys,
            symbols,
            days: HashMap::new(),
            spellings: HashMap::new(),
            folded: HashMap::new(),
            spelled: Vec::new(),
            current: Vec::new(),
        };
        // Value 0 is none.
        values.spell(Cow::Borrowed(""));
        values
    }

    /// The distinct values of a thing, whose face is the first of its rows; one at least, which may be none. `side`:
    /// where there are several, those that are asked for.
    pub(super) fn of(&mut self, snapshot: &'a Snapshot, rows: &[RowId], side: &[RowId]) -> &[u32] {
        self.current.clear();
        let heard = match self.by {
            // What is asked of the face alone.
            By::Presence | By::LastSeen | By::Gone => &rows[..1],
            By::Symbol(Col::Kind | Col::Provider | Col::Account) if !side.is_empty() => side,
            _ => rows,
        };
        for (at, row) in heard.iter().enumerate() {
            let (slot, n) = place(*row);
            if at > 0 && self.is_of_status() && snapshot.parts.slots[slot].chunk.text(n).declares().is_some()
            {
                continue;
            }
            self.hear(snapshot, slot, n);
        }
        if self.current.len() > 1 {
            // What one record lacks another has.
            self.current.retain(|value| *value != 0);
        }
        if self.current.is_empty() {
            self.put(0);
        }
        &self.current
    }

    /// How a thing is cannot be learned from a declaration.
    fn is_of_status(&self) -> bool {
        matches!(self.by, By::Symbol(Col::Status) | By::Class)
    }

    /// The values of one row.
    fn hear(&mut self, snapshot: &'a Snapshot, slot: usize, n: usize) {
        let parts = &snapshot.parts;
        let chunk = &*parts.slots[slot].chunk;
        match self.by {
            By::Symbol(col) => {
                let symbol = chunk.symbols(col)[n];
                let at = (symbol as usize).min(self.symbols.len() - 1);
                if self.symbols[at] == NEW {
                    self.symbols[at] = self.spell(parts.columns[col as usize].text(symbol).into());
                }
                self.put(self.symbols[at]);
            }
            By::Category => {
                let category = Category::ALL.get(usize::from(chunk.category[n])).map_or("", |c| c.as_str());
                self.put_text(category);
            }
            By::Class => {
                let class = CLASSES.get(usize::from(chunk.class[n])).map_or("", |c| c.as_str());
                self.put_text(class);
            }
            By::Presence => {
                let unknown = snapshot.unknown_bits().0[slot].get(n);
                let word = if parts.slots[slot].grave {
                    "gone"
                } else if unknown {
                    "unknown"
                } else {
                    "present"
                };
                self.put_text(word);
            }
            By::Tag(_) => {
                for tag in chunk.tags(n).iter() {
                    if self.keys.contains(&tag.key) {
                        self.put_text(tag.value);
                    }
                }
            }
            By::Prop(_) => {
                for pair in chunk.props(n).iter() {
                    if !self.keys.contains(&pair.key) {
                        continue;
                    }
                    match found(pair.value) {
                        Found::Text(text) => self.put_text(text),
                        Found::Number(n) => self.put_text(n.to_string()),
                        Found::Whole(n) => self.put_text(n.to_string()),
                        Found::Bool(b) => self.put_text(if b { "true" } else { "false" }),
                        Found::Object | Found::Nothing => {}
                    }
                }
            }
            By::Address => chunk.text(n).addresses().for_each(|a| self.put_text(a)),
            By::Name | By::Match(_) => self.put_text(chunk.text(n).name()),
            By::Id => self.put_text(chunk.text(n).id()),
            By::Incarnation => self.put_text(chunk.text(n).incarnation()),
            By::Declares => self.put_text(chunk.text(n).declares().unwrap_or("")),
            By::Age => {
                let created = chunk.created_at.get(n);
                let age = self.now.millis().saturating_sub(created);
                let word = AGES.iter().find(|(below, _)| age < *below).map_or("", |(_, word)| word);
                self.put_text(if created == NO_TIME { "" } else { word });
            }
            By::Created => self.put_day(chunk.created_at.get(n)),
            By::Changed => self.put_day(chunk.changed_at.get(n)),
            By::FirstSeen => self.put_day(chunk.first_seen.get(n)),
            By::LastSeen => self.put_day(parts.last_seen(chunk, n).map_or(NO_TIME, Timestamp::millis)),
            By::Gone => self.put_day(chunk.gone(n).map_or(NO_TIME, |(at, _)| at)),
        }
    }

    fn put_text(&mut self, text: impl Into<Cow<'a, str>>) {
        let text = text.into();
        if !text.is_empty() {
            let spelling = self.spell(text);
            self.put(spelling);
        }
    }

    fn put_day(&mut self, millis: i64) {
        if millis == NO_TIME {
            return;
        }
        let day = millis.div_euclid(DAY);
        let spelling = if let Some(spelling) = self.days.get(&day) {
            *spelling
        } else {
            let text = Timestamp::from_millis(day.saturating_mul(DAY)).to_string();
            let text = text.split('T').next().unwrap_or(&text).to_owned();
            let spelling = self.add(&text);
            self.days.insert(day, spelling);
            spelling
        };
        self.put(spelling);
    }

    /// One row bears this spelling; it counts for its value once.
    fn put(&mut self, spelling: u32) {
        let (_, value, rows) = &mut self.spelled[spelling as usize];
        *rows += 1;
        if !self.current.contains(value) {
            self.current.push(*value);
        }
    }

    fn spell(&mut self, text: Cow<'a, str>) -> u32 {
        if let Some(spelling) = self.spellings.get(&text) {
            return *spelling;
        }
        let spelling = self.add(&text);
        self.spellings.insert(text, spelling);
        spelling
    }

    fn add(&mut self, text: &str) -> u32 {
        let spelling = u32::try_from(self.spelled.len()).unwrap_or(NEW);
        let next = u32::try_from(self.folded.len()).unwrap_or(NEW);
        let value = *self.folded.entry(fold(text)).or_insert(next);
        self.spelled.push((text.into(), value, 0));
        spelling
    }

    /// The text of each value, as most rows write it.
    pub(super) fn texts(&self) -> Vec<Option<Arc<str>>> {
        let mut best: Vec<Option<&(Arc<str>, u32, u64)>> = vec![None; self.folded.len()];
        for spelled in &self.spelled {
            let place = &mut best[spelled.1 as usize];
            if place.is_none_or(|b| (b.2, &spelled.0) < (spelled.2, &b.0)) {
                *place = Some(spelled);
            }
        }
        let text = |b: Option<&(Arc<str>, u32, u64)>| b.map(|b| b.0.clone()).filter(|t| !t.is_empty());
        best.into_iter().map(text).collect()
    }
}
