//! Groups as filters: what is counted by the values of some columns, asked for by the same values.

use std::sync::Arc;

use super::{Expr, Query, complete::quoted};
use crate::Timestamp;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// The filter that leaves exactly the assets of a group, of those that `filter` leaves.
///
/// # Errors
/// What the filter language has no way to ask, in words for the user.
pub fn of_group(filter: &str, by: &[String], values: &[Option<Arc<str>>]) -> Result<String, String> {
    // What was begun and not ended must not take the new terms in.
    let filter = filter.trim().trim_end_matches([',', '!', ' ']);
    let mut expected = conjuncts(filter);
    let mut text = filter.to_owned();
    for (column, value) in by.iter().zip(values) {
        let term = term(column, value.as_deref());
        let asked = conjuncts(&term);
        if asked.is_empty() || !Query::parse(&term).bad.is_empty() {
            return Err(format!("no filter term asks for this value of `{column}`"));
        }
        expected.extend(asked);
        text = format!("{text} {term}").trim().to_owned();
    }
    if conjuncts(&text) == expected {
        Ok(text)
    } else {
        Err("the filter is not whole; mend it first".to_owned())
    }
}

/// What must all match.
fn conjuncts(filter: &str) -> Vec<Expr> {
    match Query::parse(filter).expr {
        Expr::All => Vec::new(),
        Expr::And(parts) => parts,
        other => vec![other],
    }
}

fn term(column: &str, value: Option<&str>) -> String {
    if let Some(key) = time_key(column) {
        return time(key, value);
    }
    let key = match column.strip_prefix("tag.").or_else(|| column.strip_prefix("tags.")) {
        Some(tag) => format!("tag.{}", quoted(tag)),
        None => match column {
            // What `status` asks for may be the word or the class.
            "status" if value.is_some() => "status_word".to_owned(),
            "addresses" => "address".to_owned(),
            other => other.to_owned(),
        },
    };
    match value {
        Some(value) => {
            let sign = if matches!(key.as_str(), "presence" | "category") { ':' } else { '=' };
            format!("{key}{sign}{}", quoted(value))
        }
        // A tag without a value is none to those who count.
        None if key.starts_with("tag.") => format!("{key}!=?*"),
        None => format!("!has:{key}"),
    }
}

/// The key that asks for the time in a column.
fn time_key(column: &str) -> Option<&'static str> {
    Some(match column {
        "age" => "age",
        "created_at" => "created",
        "changed_at" => "changed",
        "last_seen" => "seen",
        "first_seen" => "first_seen",
        _ => return None,
    })
}

/// Ages are grouped by spans (`under 1h`, `1h to 1d`, `over 1y`), other times by their day in UTC.
fn time(key: &str, value: Option<&str>) -> String {
    let Some(value) = value else {
        return format!("!has:{}", if key == "age" { "created" } else { key });
    };
    if let Some(span) = value.strip_prefix("under ") {
        return format!("{key}<{span}");
    }
    if let Some(span) = value.strip_prefix("over ") {
        return format!("{key}>={span}");
    }
    if let Some((from, to)) = value.split_once(" to ") {
        return format!("{key}>={from} {key}<{to}");
    }
    match format!("{value}T00:00:00Z").parse::<Timestamp>() {
        Ok(day) => {
            let next = day.plus_millis(DAY).to_string();
            format!("{key}>={value} {key}<{}", next.get(..10).unwrap_or(&next))
        }
        // No day: a term that does not read, which is said.
        Err(_) => format!("{key}={}", quoted(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_a_filter_that_reads_back() {
        let check = |filter: &str, columns: &str, group: &[&str], expected: &str| {
            let by: Vec<String> = columns.split('|').map(str::to_owned).collect();
            let values: Vec<_> = group.iter().map(|v| (*v != "-").then(|| (*v).into())).collect();
            let text = of_group(filter, &by, &values).unwrap();
            assert_eq!(text, expected);
            assert_eq!(Query::parse(&text).bad, []);
        };
        check(
            "",
            "kind|region",
            &["aws.ec2.instance", "eu-west-1"],
            "kind=aws.ec2.instance region=eu-west-1",
        );
        check(" web,db ", "tag.env", &["prod eu"], "web,db tag.env=\"prod eu\"");
        check("", "tag.my key", &["-"], "tag.\"my key\"!=?*");
        check("", "tag.env|region", &["a\"b\\c", "-"], "tag.env=\"a\\\"b\\\\c\" !has:region");
        check(
            "",
            "status|presence|category",
            &["running", "unknown", "database"],
            "status_word=running presence:unknown category:database",
        );
        let times = "age>=1h age<1d created>=2026-02-28 created<2026-03-01";
        check("", "age|created_at", &["1h to 1d", "2026-02-28"], times);
        check("x", "age|last_seen", &["over 1y", "-"], "x age>=1y !has:seen");
        check("", "age", &["under 1h"], "age<1h");
        check("", "status|status_class", &["-", "stopped"], "!has:status status_class=stopped");
        check("a,", "region", &["x*,y"], "a region=\"x*,y\"");
        check("", "account", &["/x/"], "account=\"/x/\"");
        assert!(
            of_group("", &["nonsense".into()], &[Some("x".into())]).unwrap_err().contains("no filter term")
        );
    }
}
