//! The options of a file source: where it is, how it is read, and which column or field means what.
//! Checked once, here; a mistake names the option and what would be right.

use std::{collections::BTreeMap, path::PathBuf};

use cloudscope_domain::{Kind, text::Visible};
use cloudscope_ports::{Fault, FaultKind, SourceSpec};

use crate::{open::fault, sniff::Format};

/// Every option with what it does, for help texts.
pub const OPTIONS: &[(&str, &str)] = &[
    ("path", "absolute path of a file, a directory of state files, or a pattern with * ? [a-z] **"),
    ("format", "auto, terraform, csv, json or ndjson"),
    ("kind", "the kind of every row; one that the catalog knows maps JSON through it"),
    ("provider", "the provider of every row"),
    ("account", "the account of every row that names none"),
    ("region", "the region of every row that names none"),
    ("delimiter", "CSV only: comma, semicolon, tab, pipe or the character itself"),
    ("items", "JSON only: where the list is, such as `Reservations.Instances`"),
    ("map.id", "the column or field that is the id; empty: the hash of the row's content"),
    (
        "map.name",
        "the column or field of the name; likewise map.kind, map.category, map.provider, map.account,",
    ),
    ("map.region", "map.zone, map.status, map.created, map.tags, map.incarnation and map.declares"),
];

/// What a column or field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Field {
    Id,
    Name,
    Kind,
    Category,
    Provider,
    Account,
    Region,
    Zone,
    Status,
    Created,
    Tags,
    Incarnation,
    Declares,
}

impl Field {
    pub(crate) const ALL: [Self; 13] = [
        Self::Id,
        Self::Name,
        Self::Kind,
        Self::Category,
        Self::Provider,
        Self::Account,
        Self::Region,
        Self::Zone,
        Self::Status,
        Self::Created,
        Self::Tags,
        Self::Incarnation,
        Self::Declares,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Kind => "kind",
            Self::Category => "category",
            Self::Provider => "provider",
            Self::Account => "account",
            Self::Region => "region",
            Self::Zone => "zone",
            Self::Status => "status",
            Self::Created => "created",
            Self::Tags => "tags",
            Self::Incarnation => "incarnation",
            Self::Declares => "declares",
        }
    }
}

/// How rows become assets, as far as the user said so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// Columns by meaning. An empty column switches the guess for that field off.
    pub(crate) columns: BTreeMap<Field, String>,
    pub(crate) kind: Option<Kind>,
    pub(crate) provider: Option<String>,
    pub(crate) account: String,
    pub(crate) region: String,
}

/// The checked options of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileOptions {
    pub(crate) path: PathBuf,
    /// `None`: by name and content.
    pub(crate) format: Option<Format>,
    pub(crate) delimiter: Option<u8>,
    pub(crate) items: Option<String>,
    pub(crate) mapping: Mapping,
}

impl FileOptions {
    /// The options of `source`; the path may also stand in its name, `file:/abs/path`.
    ///
    /// # Errors
    /// `Malformed`, naming the option that cannot be used.
    pub(crate) fn parse(source: &SourceSpec) -> Result<Self, Fault> {
        let mut path = source.name.as_str().strip_prefix("file:").unwrap_or_default().to_owned();
        let mut format = None;
        let mut delimiter = None;
        let mut items = None;
        let mut mapping = Mapping::default();
        for (key, value) in &source.options {
            match key.as_str() {
                "path" => path.clone_from(value),
                "format" => format = parse_format(value)?,
                "delimiter" => delimiter = Some(parse_delimiter(value)?),
                "items" => items = (!value.is_empty()).then(|| value.clone()),
                "kind" => {
                    mapping.kind = Some(value.parse().map_err(|e| bad(&format!("option kind: {e}")))?);
                }
                "provider" if value.is_empty() => {
                    return Err(bad("option provider is empty; name one or leave it out"));
                }
                "provider" => mapping.provider = Some(value.to_lowercase()),
                "account" => mapping.account.clone_from(value),
                "region" => mapping.region.clone_from(value),
                _ => {
                    let field = key
                        .strip_prefix("map.")
                        .and_then(|word| Field::ALL.into_iter().find(|f| f.word() == word))
                        .ok_or_else(|| unknown(key))?;
                    mapping.columns.insert(field, value.clone());
                }
            }
        }
        if path.is_empty() {
            return Err(bad("no path: name the source file:/path, or give the option path"));
        }
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(bad(&format!(
                "the path `{}` is not absolute; a scope is named by its absolute path",
                Visible(&path.to_string_lossy())
            )));
        }
        // `//` and `.` would give one file several names.
        let path = path.components().collect();
        Ok(Self { path, format, delimiter, items, mapping })
    }
}

fn parse_format(value: &str) -> Result<Option<Format>, Fault> {
    if value == "auto" {
        return Ok(None);
    }
    let found = Format::ALL.into_iter().find(|f| f.option() == value);
    found.map(Some).ok_or_else(|| {
        bad(&format!("option format: `{}` is not one of auto, terraform, csv, json, ndjson", Visible(value)))
    })
}

fn parse_delimiter(value: &str) -> Result<u8, Fault> {
    match value {
        "comma" => Ok(b','),
        "semicolon" => Ok(b';'),
        "tab" | "\\t" => Ok(b'\t'),
        "pipe" => Ok(b'|'),
        _ => match value.as_bytes() {
            [one] if one.is_ascii() && !matches!(one, b'"' | b'\n' | b'\r' | 0) => Ok(*one),
            _ => Err(bad(&format!(
                "option delimiter: `{}` is not comma, semicolon, tab, pipe or one ASCII character",
                Visible(value)
            ))),
        },
    }
}

fn unknown(key: &str) -> Fault {
    let known: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).filter(|n| !n.starts_with("map.")).collect();
    let fields: Vec<&str> = Field::ALL.iter().map(|f| f.word()).collect();
    bad(&format!(
        "unknown option `{}`; known are {} and map.X with X one of {}",
        Visible(key),
        known.join(", "),
        fields.join(", ")
    ))
}

fn bad(message: &str) -> Fault {
    fault(FaultKind::Malformed, message)
}
