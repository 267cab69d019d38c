//! Tells what format a file has, by its name and its first bytes. A guess that cannot be made is
//! an error that says which option settles it.

use std::path::Path;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Terraform,
    Csv,
    Json,
    Ndjson,
}

impl Format {
    pub(crate) const ALL: [Self; 4] = [Self::Terraform, Self::Csv, Self::Json, Self::Ndjson];

    /// The value of the option `format`.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
        }
    }

    /// The listing of a scope of this format.
    pub(crate) fn listing(self) -> &'static str {
        match self {
            Self::Terraform => "terraform-state",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
        }
    }

    pub(crate) fn from_listing(listing: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.listing() == listing)
    }

    /// How a file name of this format ends, in lower case.
    pub(crate) fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Terraform => &[".tfstate"],
            Self::Csv => &[".csv", ".tsv", ".psv"],
            Self::Json => &[".json"],
            Self::Ndjson => &[".ndjson", ".jsonl"],
        }
    }
}

/// The format that the name alone settles. `.json` settles nothing: states and NDJSON are kept under
/// that name too.
pub(crate) fn by_name(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    if name.ends_with(".tfstate.backup") {
        return Some(Format::Terraform);
    }
    Format::ALL
        .into_iter()
        .filter(|f| *f != Format::Json)
        .find(|f| f.endings().iter().any(|end| name.ends_with(end)))
}

/// The format of a file that starts with `head`.
pub(crate) fn by_content(path: &Path, head: &[u8]) -> Option<Format> {
    if let Some(format) = by_name(path) {
        return Some(format);
    }
    let named_json = path.file_name().is_some_and(|n| n.to_string_lossy().to_lowercase().ends_with(".json"));
    let text = String::from_utf8_lossy(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head));
    let text = text.trim_start();
    match text.chars().next() {
        Some('{') if is_state(text) => Some(Format::Terraform),
        Some('{') if is_lines(text) => Some(Format::Ndjson),
        Some('{' | '[') => Some(Format::Json),
        _ if named_json => Some(Format::Json),
        Some(_) if text.lines().next().is_some_and(|l| l.contains([',', ';', '\t', '|'])) => {
            Some(Format::Csv)
        }
        _ => None,
    }
}

fn is_state(text: &str) -> bool {
    let top = &text[..text.find("\"resources\"").unwrap_or(text.len())];
    (top.contains("\"lineage\"") && top.contains("\"serial\""))
        || (top.contains("\"encrypted_data\"") && text.contains("\"encryption_version\""))
}

/// One whole object on the first line, and another line that starts one.
fn is_lines(text: &str) -> bool {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    serde_json::from_str::<serde::de::IgnoredAny>(first).is_ok()
        && lines.find(|l| !l.trim().is_empty()).is_some_and(|l| l.trim_start().starts_with('{'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_name_and_content() {
        let check = |name: &str, head: &str| by_content(Path::new(name), head.as_bytes());
        assert_eq!(check("/a/terraform.tfstate", ""), Some(Format::Terraform));
        assert_eq!(check("/a/terraform.tfstate.backup", ""), Some(Format::Terraform));
        assert_eq!(check("/a/x.TSV", ""), Some(Format::Csv));
        assert_eq!(check("/a/x.jsonl", "["), Some(Format::Ndjson));
        assert_eq!(
            check("/a/pulled.json", "{\"version\":4,\"serial\":1,\"lineage\":\"x\",\"resources\":[]}"),
            Some(Format::Terraform)
        );
        assert_eq!(check("/a/x.json", "{\"a\":1}\n{\"a\":2}\n"), Some(Format::Ndjson));
        assert_eq!(check("/a/x.json", "{\n\"a\":1}\n"), Some(Format::Json));
        assert_eq!(check("/a/x", "\u{feff}id;name\n1;b"), Some(Format::Csv));
        assert_eq!(check("/a/x", "hello"), None);
        assert_eq!(check("/a/x", ""), None);
    }
}
