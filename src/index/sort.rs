//! Orders other than by name. Rows come in the order by name and are sorted stably, so that it decides
//! between equals. What is missing comes last in both directions.

use std::cmp::Ordering;

use cloudscope_domain::{
    Category, StatusClass, Timestamp,
    query::{fold, nearest},
};

use crate::{RowId, Snapshot, SortError, chunk::CLASSES, parts::place, symbols::Col, times::NO_TIME};

/// The columns that can be sorted by, besides `tags.NAME`, with the words for them.
const COLUMNS: &[(&str, By)] = &[
    ("name", By::Name),
    ("id", By::Id),
    ("kind", By::Symbol(Col::Kind)),
    ("category", By::Category),
    ("provider", By::Symbol(Col::Provider)),
    ("account", By::Symbol(Col::Account)),
    ("region", By::Symbol(Col::Region)),
    ("zone", By::Symbol(Col::Zone)),
    ("status", By::Symbol(Col::Status)),
    ("status_class", By::Class),
    ("source", By::Symbol(Col::Source)),
    ("presence", By::Presence),
    ("age", By::Age),
    ("created_at", By::Created),
    ("created", By::Created),
    ("changed_at", By::Changed),
    ("changed", By::Changed),
    ("last_seen", By::LastSeen),
    ("seen", By::LastSeen),
    ("first_seen", By::FirstSeen),
    ("gone", By::Gone),
    ("incarnation", By::Incarnation),
    ("declares", By::Declares),
    ("addresses", By::Address),
    ("address", By::Address),
];

/// What a column is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum By {
    Name,
    Id,
    Symbol(Col),
    Category,
    Class,
    Presence,
    Age,
    Created,
    Changed,
    LastSeen,
    FirstSeen,
    Gone,
    Incarnation,
    Declares,
    Address,
    /// Folded name of a tag.
    Tag(String),
}

/// A column and whether the largest comes first.
#[derive(Debug)]
pub(crate) struct SortColumn {
    by: By,
    descending: bool,
}

pub(crate) fn columns(sort: &[(String, bool)]) -> Result<Vec<SortColumn>, SortError> {
    sort.iter()
        .map(|(name, descending)| Ok(SortColumn { by: column(name)?, descending: *descending }))
        .collect()
}

/// The column of that name.
pub(crate) fn column(name: &str) -> Result<By, SortError> {
    let folded = fold(name);
    let tag = ["tags.", "tag."].iter().find_map(|t| folded.strip_prefix(t)).filter(|t| !t.is_empty());
    let by = match tag {
        Some(tag) => Some(By::Tag(tag.to_owned())),
        None => COLUMNS.iter().find(|(n, _)| *n == folded).map(|(_, by)| by.clone()),
    };
    by.ok_or_else(|| SortError::Unknown {
        column: name.to_owned(),
        suggestion: nearest(name, COLUMNS.iter().map(|(n, _)| *n)).map(str::to_owned),
    })
}

/// The keys of all rows in one column.
enum Keys {
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<Box<str>>>),
}

impl Keys {
    fn compare(&self, a: usize, b: usize, descending: bool) -> Ordering {
        fn some<T: Ord>(a: Option<&T>, b: Option<&T>, descending: bool) -> Ordering {
            match (a, b) {
                (Some(a), Some(b)) if descending => b.cmp(a),
                (Some(a), Some(b)) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            }
        }
        match self {
            Self::Numbers(k) => some(k[a].as_ref(), k[b].as_ref(), descending),
            Self::Texts(k) => some(k[a].as_ref(), k[b].as_ref(), descending),
        }
    }
}

pub(crate) fn by_columns(
    snapshot: &Snapshot,
    columns: &[SortColumn],
    now: Timestamp,
    rows: &mut Vec<RowId>,
    cancel: &dyn Fn() -> bool,
) -> Result<(), SortError> {
    let mut keys = Vec::new();
    for column in columns {
        // Rows are in this order already, and nothing after it can matter: no two rows share name and id
        // without sharing everything else that is worth an order.
        if column.by == By::Name && !column.descending && keys.is_empty() && columns.len() == 1 {
            return Ok(());
        }
        keys.push((read(snapshot, &column.by, now, rows, cancel)?, column.descending));
    }
    if keys.is_empty() {
        return Ok(());
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| {
        keys.iter().map(|(k, desc)| k.compare(*a, *b, *desc)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    });
    if cancel() {
        return Err(SortError::Cancelled);
    }
    *rows = order.into_iter().map(|n| rows[n]).collect();
    Ok(())
}

fn read(
    snapshot: &Snapshot,
    by: &By,
    now: Timestamp,
    rows: &[RowId],
    cancel: &dyn Fn() -> bool,
) -> Result<Keys, SortError> {
    let parts = &snapshot.parts;
    let polled = rows.iter().enumerate().map(|(n, row)| {
        if n % 4096 == 4095 && cancel() { Err(SortError::Cancelled) } else { Ok(place(*row)) }
    });
    let time = |millis: i64| (millis != NO_TIME).then_some(millis);
    let numbers = |f: &dyn Fn(usize, usize) -> Option<i64>| {
        polled.clone().map(|p| p.map(|(s, n)| f(s, n))).collect::<Result<_, _>>().map(Keys::Numbers)
    };
    let texts = |f: &dyn Fn(usize, usize) -> Option<String>| {
        let boxed = |t: Option<String>| t.filter(|t| !t.is_empty()).map(String::into_boxed_str);
        polled.clone().map(|p| p.map(|(s, n)| boxed(f(s, n)))).collect::<Result<_, _>>().map(Keys::Texts)
    };
    let chunk = |s: usize| &*parts.slots[s].chunk;
    match by {
        By::Name => texts(&|s, n| Some(chunk(s).low_name(n).to_owned())),
        By::Id => texts(&|s, n| Some(chunk(s).text(n).id().into_owned())),
        By::Incarnation => texts(&|s, n| Some(chunk(s).text(n).incarnation().to_owned())),
        By::Declares => texts(&|s, n| chunk(s).text(n).declares().map(str::to_owned)),
        By::Address => texts(&|s, n| chunk(s).text(n).addresses().next().map(|a| fold(&a))),
        By::Tag(name) => {
            let values = (0..).zip(parts.tag_keys.values());
            let keys: Vec<u32> = values.filter(|(_, k)| fold(k) == *name).map(|(n, _)| n).collect();
            texts(&|s, n| {
                let tag = chunk(s).tags(n).iter().find(|t| keys.contains(&t.key))?;
                Some(fold(chunk(s).tag_value(*tag)))
            })
        }
        By::Symbol(col) => {
            // The place of each value among all values, so that rows compare as numbers.
            let values = parts.columns[*col as usize].values();
            let folded: Vec<String> = values.iter().map(|v| fold(v)).collect();
            let mut distinct: Vec<&String> = folded.iter().filter(|v| !v.is_empty()).collect();
            distinct.sort_unstable();
            distinct.dedup();
            let ranks: Vec<Option<i64>> = folded
                .iter()
                .map(|v| distinct.binary_search(&v).ok().and_then(|r| i64::try_from(r).ok()))
                .collect();
            numbers(&|s, n| ranks.get(chunk(s).symbols(*col)[n] as usize).copied().flatten())
        }
        By::Category => {
            let mut words = Category::ALL.map(Category::as_str);
            words.sort_unstable();
            let rank =
                |c: Category| words.iter().position(|w| *w == c.as_str()).and_then(|r| i64::try_from(r).ok());
            numbers(&|s, n| Category::ALL.get(usize::from(chunk(s).category[n])).copied().and_then(rank))
        }
        By::Class => numbers(&|s, n| {
            // Worst first.
            CLASSES.get(usize::from(chunk(s).class[n])).map(|c| match c {
                StatusClass::Error => 0,
                StatusClass::Warning => 1,
                StatusClass::Pending => 2,
                StatusClass::Unknown => 3,
                StatusClass::Stopped => 4,
                StatusClass::Ok => 5,
            })
        }),
        By::Presence => numbers(&|s, n| {
            // What is there, what may be, what is gone.
            let unknown = || i64::from(snapshot.unknown_bits().0[s].get(n));
            Some(if parts.slots[s].grave { 2 } else { unknown() })
        }),
        By::Age => numbers(&|s, n| time(chunk(s).created_at.get(n)).map(|t| now.millis().saturating_sub(t))),
        By::Created => numbers(&|s, n| time(chunk(s).created_at.get(n))),
        By::Changed => numbers(&|s, n| time(chunk(s).changed_at.get(n))),
        By::FirstSeen => numbers(&|s, n| time(chunk(s).first_seen.get(n))),
        By::Gone => numbers(&|s, n| chunk(s).gone(n).map(|(at, _)| at)),
        By::LastSeen => numbers(&|s, n| parts.last_seen(chunk(s), n).map(Timestamp::millis)),
    }
}
