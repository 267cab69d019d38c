//! What can follow the text before the cursor: keys with what they ask, values with how many assets
//! bear them.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use cloudscope_domain::{
    StatusClass,
    query::{
        Found as Value, KEYS, Key, PropPath, Segment, Span,
        complete::{DIRECTIONS, Slot, has_words, mark_words, presence_words, quoted, slot},
        fold, short,
    },
};

use crate::{
    Counts, Proposal, RowId, Snapshot,
    bits::Bits,
    chunk::{CLASSES, Chunk},
    pairs::Pairs,
    parts::{place, row_id},
    paths::found,
    tally::Tallies,
};

/// Of a tag with more values than this those that are met first are offered, without counts.
const MOST_VALUES: usize = if cfg!(test) { 100 } else { 20_000 };

struct Found {
    text: String,
    /// What is compared with what was typed, and decides the order between equals.
    bare: String,
    count: Option<u64>,
    hint: String,
    /// The term that it would be: what that finds is counted once it is known which are offered.
    term: Option<String>,
}

impl Found {
    fn word(word: &str) -> Self {
        Self { text: word.to_owned(), bare: word.to_owned(), count: None, hint: String::new(), term: None }
    }
}

impl Snapshot {
    /// What can stand at byte `position` of a filter: first what begins with what is typed there, then
    /// what contains it, the most frequent first.
    #[must_use]
    pub fn complete(&self, query: &str, position: usize, limit: usize) -> Vec<Proposal> {
        let (slot, span) = slot(query, position);
        let mut tallies = Tallies::new(self);
        let (offered, typed) = match &slot {
            Slot::Start(typed) => (self.starts(typed, &mut tallies), typed),
            Slot::Value(key, whole, typed) => {
                let mut all = self.values(key, *whole, &self.counts(), &mut tallies);
                if key.name == "kind" && !whole && !typed.is_empty() {
                    all.extend(short_names(&fold(typed), &mut tallies));
                }
                (all, typed)
            }
            Slot::TagValue(key, typed) => (self.tag_values(key), typed),
            Slot::TagName(typed) => (self.tag_names(!of_has(query, span)), typed),
            Slot::Direction(typed) => (directions(), typed),
            // Which relations there are is not known here.
            Slot::Relation(typed) => (self.starts(typed, &mut tallies), typed),
            Slot::PropPath(typed) => (self.prop_paths(!of_has(query, span)), typed),
            Slot::PropValue(path, typed) => (self.prop_values(path), typed),
        };
        let typed = fold(typed);
        let mut ranked: Vec<(bool, Found)> = offered
            .into_iter()
            .filter_map(|f| {
                let bare = fold(&f.bare);
                bare.contains(&typed).then(|| (!bare.starts_with(&typed), f))
            })
            .collect();
        // Stable: keys stay in the order of the help.
        let by_count = |(a_later, a): &(bool, Found), (b_later, b): &(bool, Found)| {
            a_later.cmp(b_later).then_with(|| b.count.cmp(&a.count))
        };
        ranked.sort_by(by_count);
        ranked.truncate(limit);
        for (_, found) in &mut ranked {
            let counted = found.term.as_ref().and_then(|term| tallies.count_text(term));
            found.count = counted.or(found.count);
        }
        ranked.sort_by(by_count);
        let proposals = ranked.into_iter();
        proposals.map(|(_, f)| Proposal { text: f.text, span, count: f.count, hint: f.hint }).collect()
    }

    /// Keys; and, once something is typed, the values of the commonest columns.
    fn starts(&self, typed: &str, tallies: &mut Tallies<'_>) -> Vec<Found> {
        let mut out: Vec<Found> = KEYS
            .iter()
            .map(|k| Found {
                text: if k.name.ends_with(['.', '(']) {
                    k.name.to_owned()
                } else {
                    format!("{}{}", k.name, operator(k))
                },
                hint: format!("{}: {}", k.about, k.example),
                ..Found::word(k.name)
            })
            .collect();
        if !typed.is_empty() {
            let counts = self.counts();
            for key in KEYS
                .iter()
                .filter(|k| ["provider", "kind", "category", "region", "account"].contains(&k.name))
            {
                out.extend(
                    self.values(key, false, &counts, tallies)
                        .into_iter()
                        .map(|f| Found { text: format!("{}:{}", key.name, f.text), ..f }),
                );
            }
        }
        out
    }

    /// The values of a key; `whole` where they are compared whole.
    fn values(&self, key: &Key, whole: bool, counts: &Counts, tallies: &mut Tallies<'_>) -> Vec<Found> {
        let words =
            |words: &mut dyn Iterator<Item = &'static str>| words.map(Found::word).collect::<Vec<_>>();
        let op = if whole { "=" } else { ":" };
        let counted = |all: &[(Arc<str>, u64)]| -> Vec<Found> {
            let found = |(v, n, _): (Arc<str>, u64, bool)| {
                let text = quoted(&v);
                let term = Some(format!("{}{op}{text}", key.name));
                Found { text, bare: v.to_string(), count: Some(n), hint: key.name.to_owned(), term }
            };
            folded(all).into_iter().map(found).collect()
        };
        match key.name {
            "provider" => counted(&counts.provider),
            "category" => counted(&counts.category),
            "account" => counted(&counts.account),
            "region" => counted(&counts.region),
            "zone" => counted(&counts.zone),
            "status" | "status_class" => {
                let words = key.name == "status";
                let mut out = if words { counted(&counts.status) } else { Vec::new() };
                for class in CLASSES.map(StatusClass::as_str) {
                    let term = format!("{}{op}{class}", key.name);
                    let count = tallies.count_text(&term);
                    out.retain(|f| fold(&f.bare) != class);
                    out.push(Found { count, hint: "status class".to_owned(), ..Found::word(class) });
                }
                out.retain(|f| f.count != Some(0));
                out
            }
            "status_word" => counted(&counts.status),
            "source" => counted(&counts.source),
            "kind" if whole => counted(&counts.kind),
            "kind" => counted(&kind_parts(&counts.kind)),
            "in" => {
                let mut out = counted(&counts.account);
                for more in [&counts.source, &counts.region, &counts.zone] {
                    let known = |f: &Found| out.iter().any(|o| fold(&o.bare) == fold(&f.bare));
                    let fresh: Vec<Found> = counted(more).into_iter().filter(|f| !known(f)).collect();
                    out.extend(fresh);
                }
                out
            }
            "presence" => words(&mut presence_words()),
            "is" => words(&mut mark_words()),
            "has" => {
                let mut out = words(&mut has_words());
                out.extend(self.tag_names(false).into_iter().map(|f| Found {
                    text: format!("tag.{}", f.text),
                    bare: format!("tag.{}", f.bare),
                    ..f
                }));
                out
            }
            "age" | "created" | "changed" | "seen" | "first_seen" | "gone" => {
                words(&mut ["1h", "24h", "7d", "30d", "90d", "1y"].into_iter())
            }
            _ => Vec::new(),
        }
    }

    fn tag_names(&self, with_operator: bool) -> Vec<Found> {
        let end = if with_operator { "=" } else { "" };
        let found = |(k, n, several): (Arc<str>, u64, bool)| Found {
            text: format!("{}{end}", quoted(&k)),
            // What bears two spellings counts once.
            count: Some(if several { self.bearing_tag(&k) } else { n }),
            hint: "tag".to_owned(),
            ..Found::word(&k)
        };
        folded(&self.parts.tag_keys.counted()).into_iter().map(found).collect()
    }

    fn tag_values(&self, key: &str) -> Vec<Found> {
        let key = fold(key);
        let names = (0..).zip(self.parts.tag_keys.values());
        let keys: Vec<u32> = names.filter(|(_, k)| fold(k) == key).map(|(n, _)| n).collect();
        self.pair_values(&keys, |chunk| &chunk.tags, "tag value", |v| Some(v.into()))
    }

    /// The paths that are kept; of others nothing is known here.
    fn prop_paths(&self, with_operator: bool) -> Vec<Found> {
        let end = if with_operator { "=" } else { "" };
        let all = self.parts.paths.texts().iter();
        let hint = || "property".to_owned();
        all.map(|path| Found { text: format!("{path}{end}"), hint: hint(), ..Found::word(path) }).collect()
    }

    fn prop_values(&self, path: &str) -> Vec<Found> {
        let keys: Vec<Segment> = path.split('.').map(|key| Segment::Key(fold(key))).collect();
        let number = PropPath::new(keys).and_then(|path| self.parts.paths.number(&path));
        let keys: Vec<u32> = number.into_iter().collect();
        self.pair_values(
            &keys,
            |chunk| &chunk.props,
            "property value",
            |written| match found(written) {
                Value::Text(text) => Some(text.into()),
                Value::Number(n) => Some(n.to_string().into()),
                Value::Whole(n) => Some(n.to_string().into()),
                Value::Bool(b) => Some(if b { "true" } else { "false" }.into()),
                Value::Object | Value::Nothing => None,
            },
        )
    }

    /// What stands under some keys, with how many bear it, in whichever spelling.
    fn pair_values(&self, keys: &[u32], of: fn(&Chunk) -> &Pairs, hint: &str, shown: Shown) -> Vec<Found> {
        let mut borne = Borne { shown, counts: HashMap::new(), spellings: HashMap::new() };
        let mut whole = true;
        let slots = self.parts.slots.iter().enumerate();
        for (at, _) in slots.filter(|(_, slot)| !slot.grave && slot.count > 0) {
            self.count_pairs(at, keys, of, &mut borne);
            if borne.counts.len() > MOST_VALUES {
                whole = false;
                break;
            }
        }
        let Borne { counts, spellings, .. } = borne;
        let mut spellings: Vec<_> = spellings.into_iter().collect();
        spellings.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let mut met = HashSet::new();
        let mut all = Vec::new();
        for (spelling, _) in spellings {
            let Some(text) = shown(spelling) else { continue };
            let low = low(text.clone());
            // Some were borne once, by what is not there any more.
            if let Some(count) = counts.get(&low).copied()
                && met.insert(low)
            {
                all.push((text, count));
            }
        }
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let found = |(bare, n): (Cow<'_, str>, u64)| Found {
            text: quoted(&bare),
            count: whole.then_some(n),
            hint: hint.to_owned(),
            ..Found::word(&bare)
        };
        all.into_iter().map(found).collect()
    }
}

/// A value as it is kept, as one types it; `None` for what cannot be typed.
type Shown = for<'a> fn(&'a str) -> Option<Cow<'a, str>>;

/// The values that are borne.
struct Borne<'a> {
    shown: Shown,
    /// Things by the folded value.
    counts: HashMap<Cow<'a, str>, u64>,
    /// Roughly how often each is spelled how.
    spellings: HashMap<&'a str, u64>,
}

/// A text folded, where it is not.
fn low(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_low = text.is_ascii() && !text.bytes().any(|b| b.is_ascii_uppercase());
    if is_low { text } else { Cow::Owned(fold(&text)) }
}

/// Values that differ in case alone as one, in the commonest spelling, and whether there were several.
fn folded(all: &[(Arc<str>, u64)]) -> Vec<(Arc<str>, u64, bool)> {
    let mut out: Vec<(Arc<str>, u64, bool)> = Vec::with_capacity(all.len());
    let mut known: HashMap<String, usize> = HashMap::new();
    for (value, n) in all {
        match known.entry(fold(value)) {
            Entry::Occupied(at) => {
                let (_, sum, several) = &mut out[*at.get()];
                (*sum, *several) = (*sum + n, true);
            }
            Entry::Vacant(entry) => {
                entry.insert(out.len());
                out.push((value.clone(), *n, false));
            }
        }
    }
    out
}

fn directions() -> Vec<Found> {
    let all = DIRECTIONS.into_iter();
    all.map(|(word, about)| Found { hint: about.to_owned(), ..Found::word(word) }).collect()
}

/// The operator that most often follows a key.
fn operator(key: &Key) -> &'static str {
    if key.example.contains('>') {
        ">"
    } else if key.example.contains('<') {
        "<"
    } else {
        ":"
    }
}

/// Whether the name of the tag at `span` follows `has:`.
fn of_has(query: &str, span: Span) -> bool {
    let before = query.get(..span.start).unwrap_or("");
    let word = before.rsplit(|c: char| c.is_whitespace() || ",(!".contains(c)).next().unwrap_or("");
    word.contains(':')
}

impl Snapshot {
    /// Adds how many things of a slot bear each value under some keys: those of one record by the sets of the
    /// chunk.
    fn count_pairs<'a>(&'a self, at: usize, keys: &[u32], of: fn(&Chunk) -> &Pairs, borne: &mut Borne<'a>) {
        let slot = &self.parts.slots[at];
        let shown = borne.shown;
        let key = |value: &'a str| shown(value).map(low);
        let mut alone = slot.shown().into_owned();
        // Of a thing each value counts once, whichever of its records bears it and under which spelling.
        let mut add = |group: &[RowId]| {
            let mut values: Vec<(Cow<'a, str>, &'a str)> = Vec::new();
            for row in group {
                let (slot, n) = place(*row);
                let chunk = &self.parts.slots[slot].chunk;
                let tags = of(chunk).of(n, &chunk.texts).iter().filter(|t| keys.contains(&t.key));
                values.extend(tags.filter_map(|t| Some((key(t.value)?, t.value))));
            }
            values.sort_unstable();
            values.dedup_by(|a, b| a.0 == b.0);
            for (key, value) in values {
                *borne.spellings.entry(value).or_default() += 1;
                *borne.counts.entry(key).or_default() += 1;
            }
        };
        for (n, group) in slot.joined.iter().flat_map(|j| j.faces()) {
            alone.clear(n);
            add(group);
        }
        let tags = of(&slot.chunk);
        let mut in_sets: Vec<(Cow<'a, str>, &'a str, u32)> = Vec::new();
        // Where the value is the name of the row, or nothing is sorted yet, rows are asked one by one.
        let mut each = Bits::default();
        for (code, value) in tags.pairs_of(keys) {
            match value {
                Some(value) if tags.have_sets() => {
                    in_sets.extend(key(value).map(|key| (key, value, code)));
                }
                _ if tags.have_sets() => tags.add_rows(code, &mut each),
                _ => each.clone_from(&alone),
            }
        }
        each = each.and(&alone);
        each.iter().for_each(|n| add(&[row_id(at, n)]));
        alone = alone.without(&each);
        in_sets.sort_unstable();
        for same in in_sets.chunk_by(|a, b| a.0 == b.0) {
            let mut rows = Bits::default();
            for (_, value, code) in same {
                let before = rows.count();
                tags.add_rows(*code, &mut rows);
                *borne.spellings.entry(value).or_default() += (rows.count() - before) as u64;
            }
            let count = rows.and(&alone).count() as u64;
            if count > 0 {
                *borne.counts.entry(same[0].0.clone()).or_default() += count;
            }
        }
    }
}

/// Kinds, their ends and their single parts, and roughly how many rows `kind:` would find by each.
fn kind_parts(kinds: &[(Arc<str>, u64)]) -> Vec<(Arc<str>, u64)> {
    let mut all: HashMap<Arc<str>, u64> = HashMap::new();
    for (kind, n) in kinds {
        for part in parts(kind) {
            *all.entry(part.into()).or_default() += *n;
        }
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all
}

/// The short names of kinds that begin so and find something.
fn short_names(typed: &str, tallies: &mut Tallies<'_>) -> Vec<Found> {
    let found = |word: &str| {
        let count = tallies.count_text(&format!("kind:{word}")).filter(|n| *n > 0)?;
        Some(Found { count: Some(count), hint: "short for kinds".to_owned(), ..Found::word(word) })
    };
    short::words().filter(|word| word.starts_with(typed)).filter_map(found).collect()
}

/// A kind, what stands after each of its dots, and its single parts, each once.
pub(crate) fn parts(kind: &str) -> Vec<&str> {
    let ends = kind.match_indices('.').map(|(dot, _)| &kind[dot + 1..]);
    let mut parts: Vec<&str> = kind.split('.').chain(ends).chain(std::iter::once(kind)).collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}
