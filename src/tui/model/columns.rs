//! The columns of the Assets table: what each shows, how it is ordered by, and how they share a width.
//!
//! Widths depend on the width of the screen alone, never on the rows, so that nothing jumps while
//! one scrolls.

pub(crate) mod props;

use std::{borrow::Cow, sync::Arc};

use cloudscope_domain::{
    AssetRow, Presence, StatusClass, Timestamp, query::fold, text::labelled, time::short_span,
};

use crate::{glyphs::Glyphs, text::Cut, theme::Slot};

/// Columns that a name takes before any other column grows.
const NAMED: u16 = 24;

/// One column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Column {
    Name,
    Kind,
    Status,
    Region,
    Account,
    Age,
    Presence,
    Source,
    Provider,
    Category,
    Zone,
    Addresses,
    LastSeen,
    ChangedAt,
    Id,
    /// A tag, by the whole name of the column: `tag.env`.
    Tag(Arc<str>),
    /// What stands at a path of the payload, by the whole name: `prop.spec.nodeName`.
    Prop(Arc<str>),
}

/// Every column that has a name of its own, in the order of the picker.
pub(crate) static ALL: [Column; 15] = [
    Column::Name,
    Column::Kind,
    Column::Status,
    Column::Region,
    Column::Account,
    Column::Age,
    Column::Presence,
    Column::Source,
    Column::Provider,
    Column::Category,
    Column::Zone,
    Column::Addresses,
    Column::LastSeen,
    Column::ChangedAt,
    Column::Id,
];

impl Column {
    /// The columns of a fresh table.
    pub(crate) const DEFAULT: [Self; 8] = [
        Self::Name,
        Self::Kind,
        Self::Status,
        Self::Region,
        Self::Account,
        Self::Age,
        Self::Presence,
        Self::Source,
    ];

    /// The heading.
    pub(crate) fn title(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Tag(name) => return Cow::Owned(name.to_uppercase()),
            Self::Prop(path) => return Cow::Owned(props::title(path)),
            Self::Name => "NAME",
            Self::Kind => "KIND",
            Self::Status => "STATUS",
            Self::Region => "REGION",
            Self::Account => "ACCOUNT",
            Self::Age => "AGE",
            Self::Presence => "PRESENCE",
            Self::Source => "SOURCE",
            Self::Provider => "PROVIDER",
            Self::Category => "CATEGORY",
            Self::Zone => "ZONE",
            Self::Addresses => "ADDRESSES",
            Self::LastSeen => "SEEN",
            Self::ChangedAt => "CHANGED",
            Self::Id => "ID",
        })
    }

    /// Its name in orders, exports and on the command line.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Tag(name) | Self::Prop(name) => name,
            Self::Name => "name",
            Self::Kind => "kind",
            Self::Status => "status",
            Self::Region => "region",
            Self::Account => "account",
            Self::Age => "age",
            Self::Presence => "presence",
            Self::Source => "source",
            Self::Provider => "provider",
            Self::Category => "category",
            Self::Zone => "zone",
            Self::Addresses => "addresses",
            Self::LastSeen => "last_seen",
            Self::ChangedAt => "changed_at",
            Self::Id => "id",
        }
    }

    /// The column of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let behind = |prefixes: &[&str]| {
            prefixes.iter().find_map(|p| name.strip_prefix(p)).filter(|rest| !rest.is_empty())
        };
        if let Some(path) = behind(&["prop.", "properties."]) {
            return props::path(path).map(|_| Self::Prop(format!("prop.{path}").into()));
        }
        if let Some(tag) = behind(&["tag.", "tags."]) {
            return Some(Self::Tag(format!("tag.{tag}").into()));
        }
        ALL.iter().find(|c| c.name() == name).cloned()
    }

    /// Least and greatest width, and how readily it is left out (9 first; 0 never).
    fn measure(&self) -> (u16, u16, u8) {
        match self {
            Self::Tag(_) => (8, 24, 5),
            Self::Prop(path) => props::measure(path),
            Self::Name => (16, 60, 0),
            Self::Status => (12, 14, 2),
            Self::Kind => (16, 30, 1),
            Self::Presence => (13, 24, 3),
            Self::Age => (5, 5, 4),
            Self::Region => (10, 16, 5),
            Self::Account => (12, 20, 6),
            Self::Source => (8, 30, 7),
            Self::Provider => (9, 10, 8),
            Self::Category => (10, 11, 8),
            Self::Zone => (10, 14, 8),
            Self::Addresses => (15, 30, 8),
            Self::LastSeen => (5, 5, 8),
            Self::ChangedAt => (7, 7, 8),
            Self::Id => (20, 80, 8),
        }
    }

    /// What goes of a value that has no room: what least tells it from others.
    pub(crate) fn cut(&self) -> Cut {
        match self {
            Self::Id | Self::Kind | Self::Source => Cut::Start,
            Self::Name => Cut::Middle,
            _ => Cut::End,
        }
    }

    /// What it shows of a row.
    pub(crate) fn cell(&self, row: &AssetRow, now: Timestamp, glyphs: &Glyphs) -> (String, Slot) {
        let plain = |text: &str| (if text.is_empty() { "-".to_owned() } else { text.to_owned() }, Slot::Text);
        let age = |at: Option<Timestamp>| {
            (at.map_or_else(|| "-".to_owned(), |at| short_span(now.since(at))), Slot::Dim)
        };
        match self {
            Self::Tag(name) => plain(&tag(row, name)),
            // The payload may still be on its way.
            Self::Prop(_) if row.properties.is_none() => (glyphs.ellipsis.to_owned(), Slot::Dim),
            Self::Prop(path) => plain(&props::value(row, path)),
            Self::Name => (row.name.to_string(), name_slot(row)),
            Self::Kind => (row.kind.to_string(), Slot::Text),
            Self::Status => status(row, glyphs),
            Self::Region => plain(&row.region),
            Self::Account => plain(&labelled(&row.account, row.account_label.as_deref())),
            Self::Age => age(row.created_at),
            Self::Presence => {
                let (text, slot) = presence(&row.presence, now, glyphs);
                let pin = if row.pinned { format!(" {} pin", glyphs.pin) } else { String::new() };
                (text + &pin, slot)
            }
            Self::Source if row.sources.len() > 1 => {
                (format!("{} +{}", row.source, row.sources.len() - 1), Slot::Dim)
            }
            Self::Source => (row.source.to_string(), Slot::Dim),
            Self::Provider => (row.provider.to_string(), Slot::Text),
            Self::Category => (row.category.to_string(), Slot::Text),
            Self::Zone => plain(&row.zone),
            Self::Addresses => plain(&row.addresses.join(" ")),
            Self::LastSeen => age(row.last_seen),
            Self::ChangedAt => age(Some(row.changed_at)),
            Self::Id => (row.id.to_string(), Slot::Text),
        }
    }
}

/// The value of a tag, by the name of the column; without regard to case.
pub(crate) fn tag(row: &AssetRow, column: &str) -> String {
    let wanted = fold(column.strip_prefix("tag.").unwrap_or(column));
    row.tags.iter().find(|(key, _)| fold(key) == wanted).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// The slot of a name.
pub(crate) fn name_slot(row: &AssetRow) -> Slot {
    match row.presence {
        Presence::Present => Slot::Text,
        Presence::Unknown { .. } => Slot::Unknown,
        Presence::Gone { .. } => Slot::Gone,
    }
}

/// The slot of a status.
pub(crate) fn status_slot(class: StatusClass) -> Slot {
    match class {
        StatusClass::Ok => Slot::Ok,
        StatusClass::Warning => Slot::Warning,
        StatusClass::Error => Slot::Error,
        StatusClass::Pending => Slot::Pending,
        StatusClass::Stopped => Slot::Stopped,
        StatusClass::Unknown => Slot::Unknown,
    }
}

/// Sign and word of a status; `-` where the source has no such thing.
pub(crate) fn status(row: &AssetRow, glyphs: &Glyphs) -> (String, Slot) {
    match &row.status {
        Some(word) => (format!("{} {word}", glyphs.status(row.status_class)), status_slot(row.status_class)),
        None => ("-".into(), Slot::Dim),
    }
}

/// Sign, word and age of a presence.
pub(crate) fn presence(presence: &Presence, now: Timestamp, glyphs: &Glyphs) -> (String, Slot) {
    let sign = glyphs.presence(presence);
    match presence {
        Presence::Present => (format!("{sign} present"), Slot::Ok),
        Presence::Unknown { since: Some(since), why } => {
            (format!("{sign} unknown {} {why}", short_span(now.since(*since))), Slot::Unknown)
        }
        Presence::Unknown { since: None, why } => (format!("{sign} unknown {why}"), Slot::Unknown),
        Presence::Gone { at, .. } => (format!("{sign} gone {}", short_span(now.since(*at))), Slot::Gone),
    }
}

/// Shares a width among columns, the first `skip` after the name scrolled away. Where all have no
/// room, the ones least needed are left out. One blank stands between columns.
pub(crate) fn share(columns: &[Column], skip: usize, width: u16) -> Vec<(Column, u16)> {
    let (fixed, rest) = columns.split_at(usize::from(columns.first() == Some(&Column::Name)));
    let skip = skip.min(rest.len().saturating_sub(1));
    let mut kept: Vec<Column> = fixed.iter().chain(&rest[skip..]).cloned().collect();
    // Beside facts of a kind a status is a reason, which is longer than a word: `CrashLoopBackOff`.
    let reasons = columns.iter().any(|column| matches!(column, Column::Prop(_)));
    let measure = |column: &Column| match column {
        Column::Status if reasons => (18, 20, 2),
        Column::Name if reasons => (18, 60, 0),
        other => other.measure(),
    };
    let needed = |kept: &[Column]| -> u16 {
        kept.iter().map(|c| measure(c).0).sum::<u16>() + u16::try_from(kept.len()).unwrap_or(0)
    };
    while kept.len() > 1 && needed(&kept) > width + 1 {
        let worst = (0..kept.len()).max_by_key(|i| (measure(&kept[*i]).2, *i)).unwrap_or(0);
        kept.remove(worst);
    }
    let mut widths: Vec<u16> = kept.iter().map(|c| measure(c).0).collect();
    if let [only] = widths.as_mut_slice() {
        *only = width;
    }
    let mut spare = (width + 1).saturating_sub(widths.iter().map(|w| w + 1).sum());
    // The name first, since it is what rows are told apart by; then evenly, column by column: nothing grows
    // beyond what it can use.
    if kept.len() > 1 && kept[0] == Column::Name {
        let more = NAMED.saturating_sub(widths[0]).min(spare);
        widths[0] += more;
        spare -= more;
    }
    while spare > 0 {
        let before = spare;
        for (i, column) in kept.iter().enumerate() {
            let step = 1.min(spare).min(measure(column).1.saturating_sub(widths[i]));
            widths[i] += step;
            spare -= step;
        }
        if spare == before {
            break;
        }
    }
    kept.into_iter().zip(widths).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_every_width() {
        for width in 20..250 {
            for skip in 0..9 {
                let shares = share(&Column::DEFAULT, skip, width);
                let sum: u16 = shares.iter().map(|(_, w)| w + 1).sum();
                assert!(sum <= width + 1, "{width}: {shares:?}");
                assert_eq!(shares[0].0, Column::Name);
            }
        }
    }

    #[test]
    fn a_name_grows_before_anything_else() {
        let name = |width| share(&Column::DEFAULT, 0, width)[0].1;
        assert_eq!(name(57), 25);
        assert!(name(160) > name(121) && name(240) > name(160));
    }

    #[test]
    fn the_narrow_table_keeps_what_matters() {
        let names = |width| {
            share(&Column::DEFAULT, 0, width).iter().map(|(c, _)| c.name()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(60), "name kind status presence");
        assert_eq!(names(77), "name kind status region age presence");
        assert_eq!(names(200), "name kind status region account age presence source");
    }
}
