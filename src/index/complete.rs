//! What can follow the text before the cursor: keys with what they ask, values with how many assets
//! bear them.

use std::{collections::HashMap, sync::Arc};

use cloudscope_domain::query::{
    Found as Value, KEYS, Key, PropPath, Segment, Span,
    complete::{DIRECTIONS, Slot, has_words, mark_words, presence_words, quoted, slot},
    fold,
};

use crate::{
    Counts, Proposal, RowId, Snapshot,
    bits::Bits,
    chunk::{CLASSES, Chunk},
    pairs::Pairs,
    parts::{place, row_id},
    paths::found,
    symbols::Col,
};

/// Of a tag with more values than this those that are met first are offered, without counts.
const MOST_VALUES: usize = if cfg!(test) { 100 } else { 20_000 };

struct Found {
    text: String,
    /// What is compared with what was typed, and decides the order between equals.
    bare: String,
    count: Option<u64>,
    hint: String,
}

impl Snapshot {
    /// What can stand at byte `position` of a filter: first what begins with what is typed there, then
    /// what contains it, the most frequent first.
    #[must_use]
    pub fn complete(&self, query: &str, position: usize, limit: usize) -> Vec<Proposal> {
        let (slot, span) = slot(query, position);
        let (offered, typed) = match &slot {
            Slot::Start(typed) => (self.starts(typed), typed),
            Slot::Value(key, typed) => (self.values(key, &self.counts()), typed),
            Slot::TagValue(key, typed) => (self.tag_values(key), typed),
            Slot::TagName(typed) => (self.tag_names(!of_has(query, span)), typed),
            Slot::Direction(typed) => (directions(), typed),
            // Which relations there are is not known here.
            Slot::Relation(typed) => (self.starts(typed), typed),
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
        ranked.sort_by(|(a_later, a), (b_later, b)| a_later.cmp(b_later).then_with(|| b.count.cmp(&a.count)));
        let proposals = ranked.into_iter().take(limit);
        proposals.map(|(_, f)| Proposal { text: f.text, span, count: f.count, hint: f.hint }).collect()
    }

    /// Keys; and, once something is typed, the values of the commonest columns.
    fn starts(&self, typed: &str) -> Vec<Found> {
        let mut out: Vec<Found> = KEYS
            .iter()
            .map(|k| Found {
                text: if k.name.ends_with(['.', '(']) {
                    k.name.to_owned()
                } else {
                    format!("{}{}", k.name, operator(k))
                },
                bare: k.name.to_owned(),
                count: None,
                hint: format!("{}: {}", k.about, k.example),
            })
            .collect();
        if !typed.is_empty() {
            let counts = self.counts();
            for key in KEYS
                .iter()
                .filter(|k| ["provider", "kind", "category", "region", "account"].contains(&k.name))
            {
                out.extend(
                    self.values(key, &counts)
                        .into_iter()
                        .map(|f| Found { text: format!("{}:{}", key.name, f.text), ..f }),
                );
            }
        }
        out
    }

    fn values(&self, key: &Key, counts: &Counts) -> Vec<Found> {
        let words = |words: &mut dyn Iterator<Item = &'static str>| -> Vec<Found> {
            words
                .map(|w| Found { text: w.to_owned(), bare: w.to_owned(), count: None, hint: String::new() })
                .collect()
        };
        let counted = |all: &[(Arc<str>, u64)]| -> Vec<Found> {
            let found = |(v, n): &(Arc<str>, u64)| Found {
                text: quoted(v),
                bare: v.to_string(),
                count: Some(*n),
                hint: key.name.to_owned(),
            };
            all.iter().map(found).collect()
        };
        match key.name {
            "provider" => counted(&counts.provider),
            "category" => counted(&counts.category),
            "account" => counted(&counts.account),
            "region" => counted(&counts.region),
            "zone" => counted(&counts.zone),
            "status" | "status_word" => counted(&counts.status),
            "status_class" => words(&mut CLASSES.iter().map(|class| class.as_str())),
            "source" => counted(&counts.source),
            "kind" => counted(&self.kind_parts(&counts.kind)),
            "in" => {
                let mut out = counted(&counts.account);
                for more in [&counts.source, &counts.region, &counts.zone] {
                    let known = |f: &Found| out.iter().any(|o| o.bare == f.bare);
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
                    text: quoted(&format!("tag.{}", f.bare)),
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
        let all = self.parts.tag_keys.counted().into_iter();
        all.map(|(k, n)| Found {
            text: format!("{}{end}", quoted(&k)),
            bare: k.to_string(),
            count: Some(n),
            hint: "tag".to_owned(),
        })
        .collect()
    }

    fn tag_values(&self, key: &str) -> Vec<Found> {
        let key = fold(key);
        let names = (0..).zip(self.parts.tag_keys.values());
        let keys: Vec<u32> = names.filter(|(_, k)| fold(k) == key).map(|(n, _)| n).collect();
        self.pair_values(&keys, |chunk| &chunk.tags, "tag value", |v| Some(v.to_owned()))
    }

    /// The paths that are kept; of others nothing is known here.
    fn prop_paths(&self, with_operator: bool) -> Vec<Found> {
        let end = if with_operator { "=" } else { "" };
        let all = self.parts.paths.texts().iter();
        all.map(|path| Found {
            text: format!("{path}{end}"),
            bare: path.clone(),
            count: None,
            hint: "property".to_owned(),
        })
        .collect()
    }

    fn prop_values(&self, path: &str) -> Vec<Found> {
        let keys: Vec<Segment> = path.split('.').map(|key| Segment::Key(fold(key))).collect();
        let number = PropPath::new(keys).and_then(|path| self.parts.paths.number(&path));
        let shown = |written: &str| match found(written) {
            Value::Text(text) => Some(text.to_owned()),
            Value::Number(n) => Some(n.to_string()),
            Value::Whole(n) => Some(n.to_string()),
            Value::Bool(b) => Some(b.to_string()),
            Value::Object | Value::Nothing => None,
        };
        let keys: Vec<u32> = number.into_iter().collect();
        self.pair_values(&keys, |chunk| &chunk.props, "property value", shown)
    }

    /// What stands under some keys, with how many bear it.
    fn pair_values(
        &self,
        keys: &[u32],
        of: fn(&Chunk) -> &Pairs,
        hint: &str,
        shown: impl Fn(&str) -> Option<String>,
    ) -> Vec<Found> {
        let mut counts: HashMap<&str, u64> = HashMap::new();
        let mut whole = true;
        let slots = self.parts.slots.iter().enumerate();
        for (at, _) in slots.filter(|(_, slot)| !slot.grave && slot.count > 0) {
            self.count_pairs(at, keys, of, &mut counts);
            if counts.len() > MOST_VALUES {
                whole = false;
                break;
            }
        }
        let mut all: Vec<_> = counts.into_iter().collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        all.into_iter()
            .filter_map(|(v, n)| {
                let bare = shown(v)?;
                let count = whole.then_some(n);
                Some(Found { text: quoted(&bare), bare, count, hint: hint.to_owned() })
            })
            .collect()
    }
}

fn directions() -> Vec<Found> {
    let all = DIRECTIONS.into_iter();
    all.map(|(word, about)| Found {
        text: word.to_owned(),
        bare: word.to_owned(),
        count: None,
        hint: about.to_owned(),
    })
    .collect()
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
    fn count_pairs<'a>(
        &'a self,
        at: usize,
        keys: &[u32],
        of: fn(&Chunk) -> &Pairs,
        counts: &mut HashMap<&'a str, u64>,
    ) {
        let slot = &self.parts.slots[at];
        let mut alone = slot.shown().into_owned();
        // Of a thing each value counts once, whichever of its records bears it and under which spelling.
        let mut add = |group: &[RowId]| {
            let mut values: Vec<&str> = Vec::new();
            for row in group {
                let (slot, n) = place(*row);
                let chunk = &self.parts.slots[slot].chunk;
                let borne = of(chunk).of(n, &chunk.texts).iter().filter(|t| keys.contains(&t.key));
                values.extend(borne.map(|t| t.value));
            }
            values.sort_unstable();
            values.dedup();
            for value in values {
                *counts.entry(value).or_default() += 1;
            }
        };
        for (n, group) in slot.joined.iter().flat_map(|j| j.faces()) {
            alone.clear(n);
            add(group);
        }
        let tags = of(&slot.chunk);
        let mut borne: Vec<(&str, u32)> = Vec::new();
        // Where the value is the name of the row, or nothing is sorted yet, rows are asked one by one.
        let mut each = Bits::default();
        for (code, value) in tags.pairs_of(keys) {
            match value {
                Some(value) if tags.have_sets() => borne.push((value, code)),
                _ if tags.have_sets() => tags.add_rows(code, &mut each),
                _ => each.clone_from(&alone),
            }
        }
        each = each.and(&alone);
        each.iter().for_each(|n| add(&[row_id(at, n)]));
        alone = alone.without(&each);
        borne.sort_unstable();
        for same in borne.chunk_by(|a, b| a.0 == b.0) {
            let mut rows = Bits::default();
            same.iter().for_each(|(_, code)| tags.add_rows(*code, &mut rows));
            let count = rows.and(&alone).count() as u64;
            if count > 0 {
                *counts.entry(same[0].0).or_default() += count;
            }
        }
    }

    /// Kinds and their single parts, each with the rows that `kind:` would find.
    fn kind_parts(&self, kinds: &[(Arc<str>, u64)]) -> Vec<(Arc<str>, u64)> {
        let mut all: HashMap<Arc<str>, u64> = HashMap::new();
        for (kind, n) in kinds {
            for part in parts(kind) {
                *all.entry(part.into()).or_default() += *n;
            }
        }
        // Things whose records are of several kinds that share a part were counted for each of them.
        let mut mixed: HashMap<Vec<u32>, u64> = HashMap::new();
        for joined in self.parts.slots.iter().filter_map(|s| s.joined.as_ref()) {
            for (_, group) in joined.faces() {
                let kind = |row: &RowId| {
                    let (slot, n) = place(*row);
                    self.parts.slots[slot].chunk.symbols(Col::Kind)[n]
                };
                let mut kinds: Vec<u32> = group.iter().map(kind).collect();
                kinds.sort_unstable();
                kinds.dedup();
                if kinds.len() > 1 {
                    *mixed.entry(kinds).or_default() += 1;
                }
            }
        }
        for (kinds, n) in mixed {
            let kinds = kinds.iter().map(|k| self.parts.columns[Col::Kind as usize].text(*k));
            let mut shared: Vec<&str> = kinds.flat_map(parts).collect();
            shared.sort_unstable();
            for two in shared.windows(2).filter(|two| two[0] == two[1]) {
                if let Some(count) = all.get_mut(two[0]) {
                    *count = count.saturating_sub(n);
                }
            }
        }
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        all
    }
}

/// A kind and its single parts, each once.
fn parts(kind: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = kind.split('.').chain(std::iter::once(kind)).collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}
