//! The columns that a table is ordered or grouped by, as they are typed: `-age,name,tag.env`.
//!
//! Knows the names; what they mean is the engine's. A name that is not known is refused here, with what
//! was probably meant, so that a typo costs no question.

use cloudscope_application::message::SortKey;

use super::columns::{self, Column};
use crate::data_file::did_you_mean;

/// More columns than this order nothing that the eye could follow.
pub(crate) const MOST: usize = 8;

/// What can be ordered by besides the columns that can be shown.
const MORE: [&str; 5] = ["status_class", "created_at", "first_seen", "gone", "declares"];
/// Texts of which every asset has its own: they group nothing. Times are grouped by day, ages by span.
const UNGROUPED: [Column; 2] = [Column::Name, Column::Id];
/// Before the name of a tag or the path of a payload.
const PREFIXES: [&str; 4] = ["tag.", "tags.", "label.", "prop."];

/// Names that can be ordered by, the usual ones first.
pub(crate) fn sortable() -> impl Iterator<Item = &'static str> {
    columns::ALL.iter().map(|c| c.name()).chain(MORE)
}

/// Names that can be grouped by, the usual ones first.
pub(crate) fn groupable() -> impl Iterator<Item = &'static str> {
    let columns = columns::ALL.iter().filter(|c| !UNGROUPED.contains(c)).map(|c| c.name());
    columns.chain(["status_class", "created_at", "first_seen"])
}

/// The name as the engine knows it, or why there is no such column.
fn known(name: &str, names: &[&'static str]) -> Result<String, String> {
    let prefixed = PREFIXES.iter().find_map(|prefix| Some((*prefix, name.strip_prefix(prefix)?)));
    match prefixed {
        Some((_, "")) => Err(format!("`{name}` lacks the name of what to look at, such as `{name}owner`")),
        Some(("prop.", _)) => Ok(name.to_owned()),
        Some((_, tag)) => Ok(format!("tag.{tag}")),
        None if names.contains(&name) => Ok(name.to_owned()),
        None => {
            let hint = did_you_mean(name, names.iter().copied())
                .unwrap_or_else(|| format!("one of {}, tag.NAME", names.join(", ")));
            Err(format!("`{name}` is not a column; {hint}"))
        }
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|part| !part.is_empty())
}

/// Reads `-age,name`.
///
/// # Errors
/// What is wrong, in words for the user.
pub(crate) fn parse(text: &str) -> Result<Vec<SortKey>, String> {
    let names: Vec<_> = sortable().collect();
    let mut keys: Vec<SortKey> = Vec::new();
    for part in parts(text) {
        let descending = part.starts_with('-');
        let column = known(part.trim_start_matches(['-', '+']), &names)?;
        // The same column once more decides nothing.
        if keys.iter().all(|key| key.column != column) {
            keys.push(SortKey { column, descending });
        }
    }
    if keys.len() > MOST { Err(format!("a table is ordered by at most {MOST} columns")) } else { Ok(keys) }
}

/// Reads `kind,region`.
///
/// # Errors
/// What is wrong, in words for the user.
pub(crate) fn parse_groups(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<_> = groupable().collect();
    let mut by: Vec<String> = Vec::new();
    for part in parts(text) {
        if UNGROUPED.iter().any(|column| column.name() == part) {
            return Err(format!(
                "`{part}` differs from asset to asset and groups nothing; order by it instead"
            ));
        }
        let column = known(part, &names)?;
        if !by.contains(&column) {
            by.push(column);
        }
    }
    if by.len() > MOST { Err(format!("assets are grouped by at most {MOST} columns")) } else { Ok(by) }
}

/// The order as it is typed.
pub(crate) fn show(keys: &[SortKey]) -> String {
    let keys: Vec<String> =
        keys.iter().map(|key| format!("{}{}", if key.descending { "-" } else { "" }, key.column)).collect();
    keys.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_columns_each_with_its_direction() {
        let keys = parse("-age, name tags.env,-age").unwrap();
        assert_eq!(show(&keys), "-age,name,tag.env");
        assert_eq!(parse("").unwrap(), []);
        assert_eq!(
            parse_groups("kind,region label.team prop.State.Name").unwrap().join(" "),
            "kind region tag.team prop.State.Name"
        );
    }

    #[test]
    fn what_is_no_column_is_named_with_what_was_meant() {
        assert_eq!(parse("nmae").unwrap_err(), "`nmae` is not a column; did you mean `name`?");
        assert!(parse("tag.").unwrap_err().contains("lacks the name"));
        assert!(parse("colour").unwrap_err().contains("one of name, kind"));
        assert!(parse_groups("name").unwrap_err().contains("order by it instead"));
        assert_eq!(parse_groups("regoin").unwrap_err(), "`regoin` is not a column; did you mean `region`?");
        let many: Vec<String> = (0..9).map(|n| format!("tag.t{n}")).collect();
        assert!(parse(&many.join(",")).unwrap_err().contains("at most 8"));
    }
}
