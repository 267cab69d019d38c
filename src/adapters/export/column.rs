//! The columns that an export can have, as a type that cannot be wrong: parsed once where the job
//! begins, with an answer that names the near ones when there is no such column.

use std::{fmt, str::FromStr};

use cloudscope_domain::text::visible;
use cloudscope_ports::ExportError;

/// Default columns by format. An empty list means every field, which formats that nest can afford.
pub const DEFAULT_COLUMNS: &[(&str, &[&str])] = &[
    (
        "csv",
        &[
            "name",
            "kind",
            "id",
            "category",
            "provider",
            "account",
            "account_label",
            "region",
            "zone",
            "status",
            "status_class",
            "presence",
            "presence.since",
            "presence.why",
            "created_at",
            "first_seen",
            "last_seen",
            "changed_at",
            "source",
            "sources",
            "pinned",
            "incarnation",
            "declares",
            "addresses",
            "tags",
        ],
    ),
    ("json", &[]),
    ("ndjson", &[]),
    ("table", &["name", "kind", "account", "region", "status", "presence", "created_at"]),
];

/// The default columns of a format; empty for every field.
#[must_use]
pub fn default_columns(format: &str) -> &'static [&'static str] {
    DEFAULT_COLUMNS.iter().find(|(name, _)| *name == format).map_or(&[], |(_, columns)| columns)
}

macro_rules! fields {
    ($($variant:ident $name:literal $doc:literal),* $(,)?) => {
        /// A column that every row has a place for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field {
            $(#[doc = $doc] $variant),*
        }

        impl Field {
            /// Every field, in the order in which they are listed to people.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name that stands for it in files and on the command line.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

fields! {
    Name "name" "What people call it.",
    Kind "kind" "Dotted kind.",
    Id "id" "Canonical id.",
    Category "category" "What it is for.",
    Provider "provider" "Which provider or format speaks.",
    Account "account" "Account, subscription, project, cluster or machine.",
    AccountLabel "account_label" "What people call that account.",
    Region "region" "Region or location.",
    Zone "zone" "Availability zone.",
    Status "status" "The provider's own status word.",
    StatusClass "status_class" "What that word means.",
    Presence "presence" "Present, unknown or gone: a word in flat formats, an object in JSON.",
    PresenceSince "presence.since" "Since when it is unknown or gone.",
    PresenceWhy "presence.why" "Why it is unknown, or what proves it gone.",
    CreatedAt "created_at" "When it was created or started.",
    FirstSeen "first_seen" "When it was first seen.",
    LastSeen "last_seen" "When it was last seen.",
    ChangedAt "changed_at" "When its content last changed.",
    Source "source" "Which source says so; of joined records the one that knows best.",
    Sources "sources" "Every source that speaks of it.",
    Pinned "pinned" "Somebody pinned it.",
    Incarnation "incarnation" "Which bearer of the id.",
    Declares "declares" "The cloud asset that it declares.",
    Addresses "addresses" "Addresses and host names.",
    Tags "tags" "All tags or labels.",
    Properties "properties" "The whole payload.",
}

impl Field {
    /// Whether it is a field of the JSON form of a row by itself, not a part of one.
    pub(crate) fn is_top_level(self) -> bool {
        !matches!(self, Self::PresenceSince | Self::PresenceWhy)
    }
}

/// One column of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// A field of the row.
    Field(Field),
    /// `tags.KEY`: one tag.
    Tag(String),
    /// `prop.PATH`, in full `properties.PATH`: one value of the payload, by names and array positions joined with
    /// dots.
    Property(String),
}

impl Column {
    /// Whether the payload has to be there for this column to have a value.
    #[must_use]
    pub fn needs_properties(&self) -> bool {
        matches!(self, Self::Property(_) | Self::Field(Field::Properties))
    }

    /// Parses a list; an empty one stands for the defaults of the format.
    pub(crate) fn list(names: &[String], format: &str) -> Result<Vec<Self>, ExportError> {
        if names.is_empty() {
            let names: Vec<String> = default_columns(format).iter().map(|&n| n.to_owned()).collect();
            return parse_all(&names);
        }
        parse_all(names)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.as_str()),
            Self::Tag(key) => write!(f, "tags.{key}"),
            Self::Property(path) => write!(f, "properties.{path}"),
        }
    }
}

impl FromStr for Column {
    type Err = ExportError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if let Some(field) = Field::ALL.iter().find(|f| f.as_str() == name) {
            return Ok(Self::Field(*field));
        }
        match name.split_once('.') {
            // As filters write them, too.
            Some(("tags" | "tag", key)) if !key.is_empty() => Ok(Self::Tag(key.to_owned())),
            Some(("properties" | "property" | "prop", path)) if path.split('.').all(|p| !p.is_empty()) => {
                Ok(Self::Property(path.to_owned()))
            }
            _ => Err(ExportError::BadColumn { column: visible(name).into_owned(), hint: hint(name) }),
        }
    }
}

/// Checks a list of column names without beginning anything.
///
/// # Errors
/// `BadColumn` for the first that is unknown, which names near ones, or that stands there twice.
pub fn check_columns(names: &[String]) -> Result<(), ExportError> {
    parse_all(names).map(drop)
}

/// The columns of a saved view that a file can have, and the names of those that it cannot. A view has the columns
/// of a screen, where the time at which something was created shows as its age.
#[must_use]
pub fn columns_of_view(names: &[String]) -> (Vec<String>, Vec<String>) {
    let mut kept: Vec<Column> = Vec::with_capacity(names.len());
    let mut left_out = Vec::new();
    for name in names {
        match if name == "age" { "created_at" } else { name }.parse() {
            Ok(column) if kept.contains(&column) => {}
            Ok(column) => kept.push(column),
            Err(_) => left_out.push(name.clone()),
        }
    }
    (kept.iter().map(ToString::to_string).collect(), left_out)
}

fn parse_all(names: &[String]) -> Result<Vec<Column>, ExportError> {
    let mut columns: Vec<Column> = Vec::with_capacity(names.len());
    for name in names {
        let column: Column = name.parse()?;
        // JSON objects and spreadsheet headers need names that stand for one thing.
        if columns.contains(&column) {
            return Err(ExportError::BadColumn {
                column: visible(name).into_owned(),
                hint: "it is listed already; name each column once".to_owned(),
            });
        }
        columns.push(column);
    }
    Ok(columns)
}

fn hint(name: &str) -> String {
    let lower = name.to_lowercase().replace('-', "_");
    if lower == "age" {
        return "ages depend on when they are read; use `created_at`".to_owned();
    }
    for (typed, meant) in [("tag", "tags"), ("prop", "prop"), ("props", "prop"), ("properties", "prop")] {
        if let Some((head, rest)) = name.split_once('.')
            && head.eq_ignore_ascii_case(typed)
        {
            return format!("did you mean `{meant}.{}`?", visible(rest));
        }
    }
    let mut near: Vec<(usize, &str)> = Field::ALL
        .iter()
        .map(|f| f.as_str())
        .filter_map(|f| {
            let part = lower.len() >= 3 && (f.contains(&lower) || lower.contains(f));
            let distance = if part { 1 } else { distance(&lower, f) };
            (distance <= 2.max(f.len() / 3)).then_some((distance, f))
        })
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    if near.is_empty() {
        let all: Vec<&str> = Field::ALL.iter().map(|f| f.as_str()).collect();
        return format!("use one of {}, tags.KEY, prop.PATH", all.join(", "));
    }
    let near: Vec<String> = near.iter().take(3).map(|(_, f)| format!("`{f}`")).collect();
    format!("did you mean {}?", near.join(" or "))
}

/// Levenshtein distance; the texts are short column names, the foreign one is cut.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(40).collect();
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str) -> String {
        refusal_of(&[name])
    }

    fn refusal_of(names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        check_columns(&names).unwrap_err().to_string()
    }

    #[test]
    fn every_name_parses_back_to_itself() {
        for field in Field::ALL {
            assert_eq!(field.as_str().parse::<Column>().unwrap().to_string(), field.as_str());
        }
        for name in ["tags.env", "tags.a.b=c", "properties.State.Name", "properties.Tags.0.Key"] {
            assert_eq!(name.parse::<Column>().unwrap().to_string(), name);
        }
        let short: Column = "prop.State.Name".parse().unwrap();
        assert_eq!(short.to_string(), "properties.State.Name", "files are headed as they always were");
        assert!(refusal_of(&["prop.a", "properties.a"]).contains("listed already"));
        assert_eq!("tag.env".parse::<Column>().unwrap().to_string(), "tags.env", "as filters write it");
    }

    #[test]
    fn defaults_exist() {
        for (format, _) in DEFAULT_COLUMNS {
            assert!(Column::list(&[], format).is_ok(), "{format}");
        }
    }

    #[test]
    fn an_unknown_column_names_near_ones() {
        assert_eq!(refusal("regoin"), "there is no column `regoin`; did you mean `region`?");
        assert_eq!(refusal("created"), "there is no column `created`; did you mean `created_at`?");
        assert!(refusal("TAG.env").ends_with("did you mean `tags.env`?"));
        assert!(refusal("age").contains("`created_at`"));
        assert!(refusal("zzzzzzzz").contains("use one of name, kind, id,"));
        assert!(refusal("tags.").contains("no column"));
        assert!(refusal("properties.a..b").contains("no column"));
        assert!(refusal("props.a").ends_with("did you mean `prop.a`?"));
        assert!(!refusal("x\x1b[2J").contains('\x1b'));
    }

    #[test]
    fn a_view_of_a_screen_has_the_columns_of_a_file() {
        let names = ["name", "age", "tag.env", "created_at", "prop.a.b", "colour", "age"].map(str::to_owned);
        let (kept, left_out) = columns_of_view(&names);
        assert_eq!(kept, ["name", "created_at", "tags.env", "properties.a.b"]);
        assert_eq!(left_out, ["colour"]);
        assert!(check_columns(&kept).is_ok());
    }

    #[test]
    fn a_column_stands_once() {
        let twice = ["name".to_owned(), "id".to_owned(), "name".to_owned()];
        assert!(check_columns(&twice).unwrap_err().to_string().contains("once"));
    }
}
