//! Columns of what stands in payloads: short headings, widths, values.

use cloudscope_domain::{
    AssetRow,
    query::{Found, PropPath, Segment, fold},
};

/// The path that stands after `prop.`; `None` when it is none.
pub(crate) fn path(text: &str) -> Option<PropPath> {
    let keys: Vec<&str> = text.split('.').collect();
    if keys.iter().any(|key| key.is_empty()) {
        return None;
    }
    let segment = |key: &str| match key.parse() {
        Ok(at) => Segment::Index(at),
        Err(_) => Segment::Key(fold(key)),
    };
    PropPath::new(keys.into_iter().map(segment).collect())
}

/// The last key of a path.
fn last(column: &str) -> &str {
    let mut keys = column.rsplit('.');
    keys.find(|key| key.parse::<u32>().is_err()).unwrap_or(column)
}

/// A short heading: `NODE` of `prop.spec.nodeName`, `INSTANCE TYPE` of `prop.InstanceType`.
pub(super) fn title(column: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for c in last(column).chars() {
        if lower && c.is_uppercase() || matches!(c, '_' | '-') {
            out.push(' ');
        }
        lower = c.is_lowercase();
        if !matches!(c, '_' | '-') {
            out.extend(c.to_uppercase());
        }
    }
    match out.strip_suffix(" NAME") {
        Some(short) => short.to_owned(),
        None => out,
    }
}

/// Least and greatest width, and how readily it is left out.
pub(super) fn measure(column: &str) -> (u16, u16, u8) {
    match last(column) {
        "restarts" => (9, 9, 3),
        "ready" => (7, 7, 3),
        "namespace" => (11, 24, 2),
        "nodeName" => (14, 30, 5),
        "image" => (12, 50, 7),
        _ => {
            let wide = u16::try_from(title(column).len()).unwrap_or(u16::MAX).clamp(6, 18);
            (wide, wide.max(24), 6)
        }
    }
}

/// What stands there, in words; nothing where there is nothing.
pub(crate) fn value(row: &AssetRow, column: &str) -> String {
    let text = column.strip_prefix("prop.").unwrap_or(column);
    let (Some(payload), Some(path)) = (&row.properties, path(text)) else { return String::new() };
    let mut all: Vec<String> = Vec::new();
    path.each(payload, &mut |found| {
        let one = match found {
            Found::Text(text) => text.to_owned(),
            Found::Number(n) => n.to_string(),
            Found::Whole(n) => n.to_string(),
            Found::Bool(b) => b.to_string(),
            Found::Object | Found::Nothing => return,
        };
        if all.len() < 8 && !all.contains(&one) {
            all.push(one);
        }
    });
    all.join(" ")
}

/// Whether what shows in a column is numbers, which stand at its right end.
pub(crate) fn numbers<'a>(rows: impl Iterator<Item = &'a AssetRow>, column: &str) -> bool {
    let values = rows.map(|row| value(row, column)).filter(|value| !value.is_empty());
    let mut any = false;
    for value in values {
        if value.parse::<f64>().is_err() {
            return false;
        }
        any = true;
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_short() {
        for (column, heading) in [
            ("prop.metadata.namespace", "NAMESPACE"),
            ("prop.spec.nodeName", "NODE"),
            ("prop.derived.restarts", "RESTARTS"),
            ("prop.InstanceType", "INSTANCE TYPE"),
            ("prop.spec.containers.0", "CONTAINERS"),
            ("prop.DBInstanceClass", "DBINSTANCE CLASS"),
            ("prop.size_bytes", "SIZE BYTES"),
        ] {
            assert_eq!(title(column), heading, "{column}");
        }
        assert!(path("a..b").is_none() && path("").is_none());
    }
}
