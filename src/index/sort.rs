//! Orders other than by name: which columns there are, and what of an order is left when what goes without
//! saying is taken away. The name decides between equals. What is missing comes last in both directions.

mod keys;
mod props;
mod runs;

use cloudscope_domain::query::{PropPath, Segment, fold, nearest};

use crate::{SortError, fuzzy::Fuzzy, symbols::Col};
pub(crate) use keys::Keys;
pub(crate) use props::number;

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
    /// A path into payloads, which is one of those that are kept.
    Prop(PropPath),
    /// How well the name matches; no column that could be named.
    Match(Fuzzy),
}

/// A column and whether the largest comes first.
#[derive(Debug)]
pub(crate) struct SortColumn {
    by: By,
    descending: bool,
}

/// The columns that can be sorted and grouped by, besides `tags.NAME`, each by its first name.
pub fn sort_columns() -> impl Iterator<Item = &'static str> {
    let first = |at: &usize| COLUMNS[..*at].iter().all(|(_, by)| *by != COLUMNS[*at].1);
    (0..COLUMNS.len()).filter(first).map(|at| COLUMNS[at].0)
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
        None if path(&folded).is_some() => path(&folded).map(By::Prop),
        None => COLUMNS.iter().find(|(n, _)| *n == folded).map(|(_, by)| by.clone()),
    };
    by.ok_or_else(|| SortError::Unknown {
        column: name.to_owned(),
        suggestion: nearest(name, COLUMNS.iter().map(|(n, _)| *n)).map(str::to_owned),
    })
}

/// The path that stands after `prop.` or `properties.`.
fn path(folded: &str) -> Option<PropPath> {
    let keys = ["properties.", "property.", "prop."].iter().find_map(|p| folded.strip_prefix(p))?;
    let keys: Vec<&str> = keys.split('.').collect();
    let whole = keys.iter().all(|key| !key.is_empty());
    PropPath::new(keys.into_iter().map(|key| Segment::Key(key.into())).collect()).filter(|_| whole)
}

/// The best match first.
pub(crate) fn by_match(text: &str) -> SortColumn {
    SortColumn { by: By::Match(Fuzzy::new(text)), descending: false }
}

/// Whether no order is wanted: `none` stands in the place of a column.
pub(crate) fn is_none(sort: &[(String, bool)]) -> bool {
    matches!(sort, [(name, _)] if fold(name) == "none")
}

/// What an order comes to.
pub(crate) enum Way {
    /// As they are kept: nothing is sorted, and rows that are kept together stand together.
    Kept,
    /// By name, those of one name by id.
    Name { descending: bool },
    /// By these columns, then by name.
    Columns(Vec<SortColumn>),
}

/// By name is what decides between equals anyway.
pub(crate) fn way(mut columns: Vec<SortColumn>) -> Way {
    while columns.last().is_some_and(|c| c.by == By::Name && !c.descending) {
        columns.pop();
    }
    match columns.as_slice() {
        [] => Way::Name { descending: false },
        [SortColumn { by: By::Name, descending: true }] => Way::Name { descending: true },
        _ => Way::Columns(columns),
    }
}
