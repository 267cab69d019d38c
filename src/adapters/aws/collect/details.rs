//! What is asked about items that a list told only little of: one by one, several at a time, or by a
//! second list that is joined to the first.

use std::collections::HashMap;

use cloudscope_catalog::{
    MapContext,
    list::{Matching, Way},
};
use cloudscope_ports::{Disposition, Fault, FaultKind};
use futures::{FutureExt, future::BoxFuture};
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use super::{Scoped, some_at_once};
use crate::{
    client::Ask,
    listing::{Detail, Listing, Yield},
    notes::Notes,
};

/// Results by the text that names their item.
type Joined = HashMap<String, Vec<Value>>;

/// The second lists of a scope, each read once.
pub(super) struct Joins(HashMap<(String, usize), OnceCell<Option<Joined>>>);

impl Joins {
    pub(super) fn of(listing: &Listing) -> Self {
        let cells = listing.kinds.iter().flat_map(|found| {
            let joined =
                found.details.iter().enumerate().filter(|(_, d)| matches!(d.spec.way, Way::Join { .. }));
            joined.map(|(at, _)| ((found.kind.to_string(), at), OnceCell::new()))
        });
        Self(cells.collect())
    }
}

/// The failure of a detail does not end the list: the item was seen.
pub(super) fn skips(fault: &Fault) -> bool {
    fault.disposition() == Disposition::SkipScope && fault.kind != FaultKind::Refused
}

impl Scoped<'_> {
    /// Asks one detail about all items that it is for; takes away those that were deleted meanwhile.
    #[expect(clippy::too_many_arguments, reason = "an inner step of one function")]
    pub(super) async fn detail(
        &self,
        listing: &Listing,
        found: &Yield,
        at: usize,
        detail: &Detail,
        items: &mut [Option<Value>],
        joins: &Joins,
        notes: &Notes,
    ) -> Result<(), Fault> {
        let variables = self.variables(listing);
        let wanted: Vec<usize> = (0..items.len())
            .filter(|i| items[*i].as_ref().is_some_and(|item| detail.spec.when.iter().all(|w| w.holds(item))))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        match &detail.spec.way {
            Way::Each { result } => {
                let answers = {
                    let items = &*items;
                    let calls = wanted.into_iter().map(|i| {
                        let asked = items[i].iter().collect();
                        let answer = self.about(listing, detail, asked, &variables, notes);
                        answer.map(move |answer| Ok((i, answer?))).boxed()
                    });
                    some_at_once(calls.collect()).await?
                };
                for (i, answer) in answers {
                    let Some(answer) = answer else { continue };
                    let part = match result {
                        Some(path) => path.find(&answer, |v| Some(v.clone())),
                        None => Some(answer),
                    };
                    if let (Some(part), Some(item)) = (part, &mut items[i]) {
                        merge(item, detail.spec.into.as_deref(), part);
                    }
                }
            }
            Way::Batch { size, matching, drop } => {
                let groups = groups(detail, items, &wanted, *size, &variables);
                let answers = {
                    let items = &*items;
                    let calls = groups.into_iter().map(|group| {
                        let asked = group.iter().filter_map(|i| items[*i].as_ref()).collect();
                        let answer = self.about(listing, detail, asked, &variables, notes);
                        answer.map(move |answer| Ok((group, answer?))).boxed()
                    });
                    some_at_once(calls.collect()).await?
                };
                for (group, answer) in answers {
                    let Some(answer) = answer else { continue };
                    let mut joined = Joined::new();
                    add(&mut joined, matching, &answer);
                    for i in group {
                        if !put(&mut items[i], matching, &variables, &joined, detail.spec.into.as_deref())
                            && *drop
                        {
                            items[i] = None;
                        }
                    }
                }
            }
            Way::Join { matching } => {
                let key = (found.kind.to_string(), at);
                let Some(cell) = joins.0.get(&key) else { return Ok(()) };
                let answer = self.about(listing, detail, vec![&Value::Null], &variables, notes);
                let read = answer.map(|answer| {
                    Ok(answer?.map(|answer| {
                        let mut joined = Joined::new();
                        add(&mut joined, matching, &answer);
                        joined
                    }))
                });
                if let Some(joined) = cell.get_or_try_init(|| read).await? {
                    for i in wanted {
                        put(&mut items[i], matching, &variables, joined, detail.spec.into.as_deref());
                    }
                }
            }
        }
        Ok(())
    }

    /// One call about some items, with all its pages.
    fn about<'b>(
        &'b self,
        listing: &'b Listing,
        detail: &'b Detail,
        items: Vec<&'b Value>,
        variables: &'b MapContext,
        notes: &'b Notes,
    ) -> BoxFuture<'b, Result<Option<Value>, Fault>> {
        self.answer_about(listing, detail, items, variables, notes).boxed()
    }

    async fn answer_about(
        &self,
        listing: &Listing,
        detail: &Detail,
        items: Vec<&Value>,
        variables: &MapContext,
        notes: &Notes,
    ) -> Result<Option<Value>, Fault> {
        let Some(first) = items.first() else { return Ok(None) };
        let input: Result<Map<String, Value>, String> = match detail.spec.way {
            Way::Batch { .. } => detail.spec.input.render_all(&items, variables),
            Way::Each { .. } | Way::Join { .. } => detail.spec.input.render(first, variables),
        };
        // The item lacks what the question is about, so there is nothing to ask.
        let Ok(input) = input else { return Ok(None) };
        let region = detail.spec.region.as_ref().and_then(|t| t.with(first, variables));
        let ask = Ask {
            region: region.as_deref().unwrap_or_else(|| self.region(listing)),
            absent: &detail.spec.absent,
            ..self.ask(&detail.target)
        };
        match self.all_pages(&ask, input, detail.spec.pages.as_ref()).await {
            Ok(answer) => Ok(answer),
            // Deleted since it was listed; the next listing will tell.
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
            Err(fault) if skips(&fault) => {
                notes.limited(&fault);
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }
}

/// Items that one call can be about: the same in everything but the list of names, so many at a time.
fn groups(
    detail: &Detail,
    items: &[Option<Value>],
    wanted: &[usize],
    size: usize,
    variables: &MapContext,
) -> Vec<Vec<usize>> {
    let mut open: HashMap<(String, Option<String>), Vec<usize>> = HashMap::new();
    let mut full = Vec::new();
    for i in wanted {
        let Some(item) = &items[*i] else { continue };
        let Some(common) = detail.spec.input.common(item, variables) else { continue };
        let region = detail.spec.region.as_ref().and_then(|t| t.with(item, variables));
        let group = open.entry((common, region)).or_default();
        group.push(*i);
        if group.len() == size {
            full.push(std::mem::take(group));
        }
    }
    full.extend(open.into_values().filter(|group| !group.is_empty()));
    full
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn add(joined: &mut Joined, matching: &Matching, answer: &Value) {
    matching.items.each(answer, &mut |result| {
        if let Some(key) = matching.key.find(result, text) {
            joined.entry(key).or_default().push(result.clone());
        }
        true
    });
}

/// Puts what was found about an item into it; `false` when nothing was.
fn put(
    item: &mut Option<Value>,
    matching: &Matching,
    variables: &MapContext,
    joined: &Joined,
    into: Option<&str>,
) -> bool {
    let Some(item) = item else { return true };
    let Some(results) = matching.of.with(item, variables).and_then(|key| joined.get(&key)) else {
        return false;
    };
    match into.and_then(|name| name.strip_suffix("[]")) {
        Some(list) => merge(item, Some(list), Value::Array(results.clone())),
        None => {
            if let Some(result) = results.first() {
                merge(item, into, result.clone());
            }
        }
    }
    true
}

/// Fields of a detail go before those of the list, which may be older or thinner.
fn merge(item: &mut Value, into: Option<&str>, part: Value) {
    match (item, into) {
        (Value::Object(fields), Some(name)) => {
            fields.insert(name.to_owned(), part);
        }
        (item @ Value::Object(_), None) if part.is_object() => overlay(item, part),
        _ => {}
    }
}

fn overlay(item: &mut Value, part: Value) {
    if let (Value::Object(fields), Value::Object(part)) = (item, part) {
        for (key, value) in part {
            if !value.is_null() {
                fields.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_find_their_items() {
        let matching = Matching {
            items: cloudscope_catalog::path::Path::parse("/R/*").unwrap(),
            key: cloudscope_catalog::path::Path::parse("/Arn").unwrap(),
            of: cloudscope_catalog::template::Template::parse("/Id").unwrap(),
        };
        let mut joined = Joined::new();
        add(&mut joined, &matching, &json!({"R": [{"Arn": "a", "N": 1}, {"Arn": "a", "N": 2}, {"N": 3}]}));
        let mut item = Some(json!({"Id": "a", "N": 0}));
        assert!(put(&mut item, &matching, &MapContext::default(), &joined, None));
        assert_eq!(item, Some(json!({"Id": "a", "N": 1, "Arn": "a"})));
        assert!(put(&mut item, &matching, &MapContext::default(), &joined, Some("All[]")));
        assert_eq!(item.unwrap()["All"].as_array().unwrap().len(), 2);
        assert!(!put(&mut Some(json!({"Id": "b"})), &matching, &MapContext::default(), &joined, None));
    }
}
