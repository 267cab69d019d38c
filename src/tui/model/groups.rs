//! The Groups screen: the assets that the filter leaves, counted by the values of some columns.
//!
//! The cursor belongs to a group, not to a row: newer counts and another order move it with its group.
//! Knows neither how groups are asked for nor how they are drawn.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use cloudscope_application::message::{Group, Grouped};
use cloudscope_domain::{
    Timestamp,
    query::{Expr, Query, complete::quoted},
};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// What comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum GroupOrder {
    /// The most assets.
    #[default]
    Count,
    /// The values, by alphabet; groups without a value last.
    Value,
}

/// How assets are grouped.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Grouping {
    /// The columns.
    pub(crate) by: Vec<String>,
    /// What comes first.
    pub(crate) order: GroupOrder,
    /// The other way round.
    pub(crate) inverted: bool,
}

/// The Groups screen.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Groups {
    /// How the assets are to be grouped.
    pub(crate) grouping: Grouping,
    /// The newest answer, and of which filter and columns it is. Stays until the next one is here.
    pub(crate) shown: Option<Shown>,
    /// Number of the group under the cursor.
    pub(crate) index: usize,
    /// Number of the first group on the screen.
    pub(crate) top: usize,
    /// The values of the group under the cursor.
    pub(crate) selected: Option<Vec<Option<Arc<str>>>>,
    /// Something newer was published since the groups were asked for.
    pub(crate) newer: bool,
    /// When they were asked for last.
    pub(crate) asked_at: Timestamp,
    /// What they were asked for last: filter and columns.
    pub(crate) asking: (String, Vec<String>),
    /// Why there is nothing to show.
    pub(crate) failed: Option<String>,
}

/// Groups as they show.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Shown {
    /// The filter that was asked about, and the columns.
    pub(crate) of: (String, Vec<String>),
    /// The answer, its groups in the order of the screen.
    pub(crate) answer: Grouped,
    /// Assets of the largest group.
    pub(crate) most: u64,
}

impl Groups {
    /// Groups that are here.
    pub(crate) fn len(&self) -> usize {
        self.shown.as_ref().map_or(0, |shown| shown.answer.groups.len())
    }

    /// The group under the cursor.
    pub(crate) fn current(&self) -> Option<&Group> {
        self.shown.as_ref()?.answer.groups.get(self.index)
    }

    /// Takes an answer in; the cursor stays on its group and that on its line, where it still is.
    pub(crate) fn arrived(&mut self, answer: Grouped, visible: usize) {
        let most = answer.groups.iter().map(|group| group.count).max().unwrap_or(0);
        let other = self.shown.as_ref().is_some_and(|shown| shown.of.1 != self.asking.1);
        if other {
            (self.index, self.top, self.selected) = (0, 0, None);
        }
        self.shown = Some(Shown { of: self.asking.clone(), answer, most });
        self.failed = None;
        self.order(visible);
    }

    /// Puts the groups in their order.
    pub(crate) fn order(&mut self, visible: usize) {
        let (order, inverted) = (self.grouping.order, self.grouping.inverted);
        let Some(shown) = &mut self.shown else { return };
        let by_value = |a: &Group, b: &Group| {
            let key = |group: &Group| -> Vec<(bool, String)> {
                let values = group.values.iter();
                values.map(|v| (v.is_none(), v.as_deref().unwrap_or("").to_lowercase())).collect()
            };
            key(a).cmp(&key(b)).then_with(|| a.values.cmp(&b.values))
        };
        match order {
            GroupOrder::Count => {
                shown.answer.groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| by_value(a, b)));
            }
            GroupOrder::Value => shown.answer.groups.sort_by(by_value),
        }
        if inverted {
            shown.answer.groups.reverse();
        }
        let line = self.index.saturating_sub(self.top);
        let place = |wanted: &Vec<Option<Arc<str>>>| {
            shown.answer.groups.iter().position(|group| group.values == *wanted)
        };
        if let Some(at) = self.selected.as_ref().and_then(place) {
            self.index = at;
        }
        self.top = self.index.saturating_sub(line);
        self.stand(self.index, visible);
    }

    /// The cursor stands on that group, and the screen shows it.
    pub(crate) fn stand(&mut self, index: usize, visible: usize) {
        let last = self.len().saturating_sub(1);
        self.index = index.min(last);
        let most = self.len().saturating_sub(visible.max(1));
        self.top = self.top.min(self.index).min(most).max((self.index + 1).saturating_sub(visible.max(1)));
        self.selected = self.current().map(|group| group.values.clone());
    }
}

/// The filter that leaves exactly the assets of a group, of those that `filter` leaves.
///
/// # Errors
/// What the filter language has no way to ask, in words for the user.
pub(crate) fn drill(filter: &str, by: &[String], values: &[Option<Arc<str>>]) -> Result<String, String> {
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
            "status_class" => "status".to_owned(),
            "addresses" => "address".to_owned(),
            other => other.to_owned(),
        },
    };
    match value {
        Some(value) => {
            let sign = if matches!(key.as_str(), "presence" | "category") { ':' } else { '=' };
            format!("{key}{sign}{}", quoted(value))
        }
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
