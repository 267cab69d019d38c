//! The answer to a call: which items, which page, and what of it is the same for everybody and kept.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use cloudscope_catalog::list::{Wanted, When};
use serde_json::{Map, Value, json};

use super::{
    Became, Shared,
    fault::Turn,
    fill::Filler,
    request::Asked,
    serve::now,
    stamp::{Holes, MOST_INPUTS, PLACE, Stamp, TOKEN, digits, ident, input},
    uses::{Group, Use},
    write,
};
use crate::model::{Operation, Ref, Service, Shape};

/// Answers that are kept, by all that makes them differ.
#[derive(Default)]
pub(super) struct Pages(RwLock<HashMap<String, Arc<Stamp>>>);

/// Which items of a listing an answer has.
#[derive(Debug)]
struct Window {
    from: usize,
    to: usize,
    more: bool,
    /// Items that are not there, and those that were made again.
    changed: Vec<(usize, Became)>,
}

impl Shared {
    /// The body of the answer.
    pub(super) fn page(&self, asked: &Asked, turn: Turn) -> String {
        let Some(operation) = asked.model() else { return String::new() };
        let name = asked.name();
        if let Some(output) = self.fixed(asked, &name, turn) {
            return write::body(&asked.service, operation, &output);
        }
        let Some(found) = self.uses.of(&name) else {
            return write::body(&asked.service, operation, &Map::new());
        };
        let (tokens, limit) = paging(operation, found);
        let token = tokens.first().and_then(|t| asked.values(t).first().copied());
        let from = token.and_then(after).unwrap_or(0);
        let is_page = |key: &str| {
            let bare = |n: &str| key.eq_ignore_ascii_case(n);
            tokens.iter().any(|t| bare(t)) || limit.as_deref().is_some_and(bare)
        };
        let told: Vec<&(String, String)> = asked.input.iter().filter(|(key, _)| !is_page(key)).collect();
        let mut place = format!("{name}|{}|{}", asked.account, asked.region);
        told.iter().for_each(|(key, value)| place.extend(["|", key, "=", value]));
        let inputs: Vec<String> = match found {
            Use::List { .. } => Vec::new(),
            Use::Each { .. } => told.iter().map(|(_, value)| value.clone()).take(MOST_INPUTS).collect(),
            Use::Batch { many, .. } => {
                asked.values(many).into_iter().map(str::to_owned).take(MOST_INPUTS).collect()
            }
        };
        let asked_for = limit.and_then(|l| asked.values(&l).first().and_then(|n| n.parse::<usize>().ok()));
        let size = self.estate.page.min(asked_for.unwrap_or(usize::MAX)).max(1);
        let pages = next_of(operation, found).is_some();
        let to = if pages { (from + size).min(self.estate.items) } else { self.estate.items };
        let window = Window { from, to, more: to < self.estate.items, changed: self.changed(asked, &name) };
        let names: Vec<&str> = match found {
            Use::Each { .. } => told.iter().map(|(key, _)| key.as_str()).collect(),
            _ => Vec::new(),
        };
        let key = format!("{name} {window:?} {} {names:?}", inputs.len());
        let stamp = self.stamp(key, || {
            let output = output(&asked.service, operation, found, &window, &names, inputs.len());
            Stamp::new(&write::body(&asked.service, operation, &output), asked.service.protocol)
        });
        let token = turn.token(token, format!("t{to}"));
        let holes = Holes {
            account: &asked.account,
            region: &asked.region,
            place: &digits(&place),
            token: &token,
            inputs: &inputs,
        };
        stamp.fill(&holes)
    }

    fn stamp(&self, key: String, make: impl FnOnce() -> Stamp) -> Arc<Stamp> {
        let kept = self.pages.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        kept.unwrap_or_else(|| {
            let made = Arc::new(make());
            self.pages.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&made));
            made
        })
    }

    fn changed(&self, asked: &Asked, name: &str) -> Vec<(usize, Became)> {
        let script = self.script();
        let here = script.changes.iter().filter(|c| {
            c.operation == name && c.region.as_ref().is_none_or(|region| *region == asked.region)
        });
        here.map(|c| (c.index, c.what)).collect()
    }

    /// What is asked while planning.
    fn fixed(&self, asked: &Asked, name: &str, turn: Turn) -> Option<Map<String, Value>> {
        let account = &asked.account;
        let value = match name {
            "sts:GetCallerIdentity" => json!({
                "UserId": "AIDAFAKE", "Account": account, "Arn": format!("arn:aws:iam::{account}:user/reader"),
            }),
            "sts:AssumeRole" => {
                let role = asked.values("RoleArn").first().copied()?;
                let other = role.split(':').nth(4)?;
                let until = jiff::Timestamp::from_second(now() + 3600).ok()?.to_string();
                json!({
                    "Credentials": {
                        "AccessKeyId": format!("ASIA{other}"), "SecretAccessKey": "fake",
                        "SessionToken": "fake", "Expiration": until,
                    },
                    "AssumedRoleUser": {"AssumedRoleId": "AROAFAKE:cloudscope", "Arn": role},
                })
            }
            "ec2:DescribeRegions" => {
                let region = |(name, status): &(String, String)| json!({"RegionName": name, "OptInStatus": status, "Endpoint": format!("ec2.{name}.amazonaws.com")});
                json!({"Regions": self.estate.regions.iter().map(region).collect::<Vec<_>>()})
            }
            "organizations:ListAccounts" => {
                let one = |id: &String| {
                    let state = if self.estate.suspended.contains(id) { "SUSPENDED" } else { "ACTIVE" };
                    json!({
                        "Id": id, "Name": format!("account-{id}"), "Status": state, "State": state,
                        "Arn": format!("arn:aws:organizations::{account}:account/o-fake/{id}"),
                    })
                };
                let given = asked.values("NextToken").first().copied();
                let (from, all) = (given.and_then(after).unwrap_or(0), &self.estate.accounts);
                let to = (from + self.estate.page.max(1)).min(all.len());
                let mut page = json!({"Accounts": all[from.min(to)..to].iter().map(one).collect::<Vec<_>>()});
                if to < all.len() {
                    page["NextToken"] = turn.token(given, format!("t{to}")).into();
                }
                page
            }
            _ => return None,
        };
        match value {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }
}

/// The item that follows: by our own token, or by the name of the last one.
fn after(token: &str) -> Option<usize> {
    let own = token.strip_prefix('t').and_then(|t| t.parse().ok());
    let last = || usize::from_str_radix(token.get(token.len().checked_sub(8)?..)?, 16).ok().map(|n| n + 1);
    own.or_else(last)
}

/// The parameters that page, and the one for the size.
fn paging(operation: &Operation, found: &Use) -> (Vec<String>, Option<String>) {
    if let Use::List { pages: Some(row), .. } = found {
        return (vec![row.token.clone()], None);
    }
    let model = operation.pages.as_ref();
    let tokens = model.map(|p| p.input_tokens.iter().map(ToString::to_string).collect()).unwrap_or_default();
    (tokens, model.and_then(|p| p.limit_key.as_deref()).map(str::to_owned))
}

/// Where the token of the next page stands, and the sign that there is one.
fn next_of(operation: &Operation, found: &Use) -> Option<(Vec<String>, Option<Vec<String>>)> {
    let Use::List { pages, .. } = found else { return None };
    if let Some(row) = pages {
        let plain = Some(&row.from).filter(|from| !from.contains('['))?;
        return Some((plain.split('.').map(str::to_owned).collect(), None));
    }
    let model = operation.pages.as_ref()?;
    let dotted = |text: &str| text.split('.').map(|s| s.trim().to_owned()).collect::<Vec<_>>();
    let expression = model.output_tokens.first()?.split("||").map(str::trim).find(|e| !e.contains('['))?;
    Some((dotted(expression), model.more_results.as_deref().map(dotted)))
}

fn output(
    service: &Service,
    operation: &Operation,
    found: &Use,
    window: &Window,
    names: &[&str],
    inputs: usize,
) -> Map<String, Value> {
    let Some(root) = &operation.output else { return Map::new() };
    let mut out = Value::Object(Map::new());
    match found {
        Use::List { groups, .. } => {
            for (nth, group) in groups.iter().enumerate() {
                let make = |of: &Ref, name: &str| -> Vec<Value> {
                    let single = !group.items.as_str().contains('*');
                    let range = if single { 0..1 } else { window.from..window.to };
                    range.filter_map(|n| item(service, (nth, group), of, name, n, window)).collect()
                };
                merge(&mut out, place(service, root, &path(group), "", &group.outer, &make));
            }
            if let (true, Some((token, more))) = (window.more, next_of(operation, found)) {
                set(&mut out, &token, TOKEN.to_string().into());
                if let Some(more) = more {
                    set(&mut out, &more, true.into());
                }
            }
        }
        Use::Batch { group, key, .. } => {
            let make = |of: &Ref, name: &str| -> Vec<Value> {
                let one = |n: usize| {
                    let filler = filler(service, group, ident(n).to_string(), 0, 0);
                    let mut item = filler.item(of, name);
                    let keys: Vec<String> = key.as_str().split('/').skip(1).map(str::to_owned).collect();
                    set(&mut item, &keys, input(n).to_string().into());
                    item
                };
                (0..inputs).map(one).collect()
            };
            out = place(service, root, &path(group), "", &[], &make);
        }
        Use::Each { result, thing } => {
            let steps: Vec<String> =
                result.iter().flat_map(|p| p.as_str().split('/').skip(1).map(str::to_owned)).collect();
            let needs = BTreeSet::new();
            let make = |of: &Ref, name: &str| -> Vec<Value> {
                let filler =
                    Filler { service, thing, needs: &needs, place: PLACE.to_string(), index: 0, made: 0 };
                let mut item = filler.item(of, name);
                if let Value::Object(fields) = &mut item {
                    for (n, name) in names.iter().enumerate().take(inputs) {
                        let last = name.rsplit('.').next().unwrap_or(name);
                        let same =
                            fields.iter_mut().find(|(k, v)| k.eq_ignore_ascii_case(last) && v.is_string());
                        if let Some((_, value)) = same {
                            *value = input(n).to_string().into();
                        }
                    }
                }
                vec![item]
            };
            out = place(service, root, &steps, "", &[], &make);
        }
    }
    if let (Use::Each { .. } | Use::Batch { .. }, Some(pages)) = (found, &operation.pages) {
        // There is one page.
        let tokens = pages.output_tokens.iter().chain(&pages.more_results);
        for token in tokens.filter(|t| !t.contains(['[', '|', '.'])) {
            set(&mut out, &[token.to_string()], Value::Null);
        }
    }
    match out {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn path(group: &Group) -> Vec<String> {
    group.items.as_str().split('/').skip(1).map(str::to_owned).collect()
}

fn filler<'a>(
    service: &'a Service,
    group: &'a Group,
    place: String,
    index: usize,
    made: usize,
) -> Filler<'a> {
    Filler { service, thing: &group.thing, needs: &group.needs, place, index, made }
}

/// An item of one of an answer's lists. Those of another list of it have other names and ids, however alike they
/// are: of a metric and a composite alarm as well.
fn item(
    service: &Service,
    (nth, group): (usize, &Group),
    of: &Ref,
    name: &str,
    n: usize,
    window: &Window,
) -> Option<Value> {
    let became = |what: Became| window.changed.iter().filter(|c| **c == (n, what)).count();
    if became(Became::Gone) > 0 {
        return None;
    }
    let place = if nth == 0 { PLACE.to_string() } else { format!("{PLACE}{nth:x}") };
    let filler = filler(service, group, place, n, became(Became::Remade));
    let name = group.wrap.as_deref().unwrap_or(name);
    let mut item = match service.shape(of) {
        Shape::String => Value::String(filler.text(name)),
        _ => filler.item(of, name),
    };
    let turn: &[When] = group.turns.get(n % group.turns.len().max(1)).map_or(&[], Vec::as_slice);
    for when in turn {
        let keys: Vec<String> = when.path.as_str().split('/').skip(1).map(str::to_owned).collect();
        match &when.what {
            Wanted::Is(words) => {
                let word = words.first().map_or("", String::as_str);
                set(&mut item, &keys, word.into());
            }
            Wanted::Missing => set(&mut item, &keys, Value::Null),
            Wanted::Not(_) | Wanted::There => {}
        }
    }
    Some(item)
}

type Make<'a> = dyn Fn(&Ref, &str) -> Vec<Value> + 'a;

/// Puts items where a path leads.
fn place(
    service: &Service,
    of: &Ref,
    path: &[String],
    name: &str,
    outer: &[String],
    make: &Make<'_>,
) -> Value {
    let Some((step, rest)) = path.split_first() else {
        return make(of, name).into_iter().next().unwrap_or_default();
    };
    match service.shape(of) {
        Shape::List { member } if step == "*" && rest.is_empty() => Value::Array(make(member, name)),
        Shape::List { member } if step == "*" => {
            json!([place(service, member, rest, name, outer, make)])
        }
        Shape::Structure(structure) => {
            let mut out = Map::new();
            if let Some(member) = structure.member(step) {
                out.insert(step.clone(), place(service, &member.of, rest, step, outer, make));
            }
            let needs = BTreeSet::new();
            let filler =
                Filler { service, thing: name, needs: &needs, place: PLACE.to_string(), index: 0, made: 0 };
            for name in outer {
                if let Some(member) = structure.member(name) {
                    let value = filler.value(&member.of, name, 1, &mut 100);
                    out.extend(value.map(|v| (name.clone(), v)));
                }
            }
            Value::Object(out)
        }
        Shape::Map { value, .. } if step == "*" => {
            let items = make(value, name);
            Value::Object(items.into_iter().enumerate().map(|(n, v)| (format!("key{n}"), v)).collect())
        }
        _ => Value::Null,
    }
}

fn set(at: &mut Value, path: &[String], to: Value) {
    match (path.split_first(), at) {
        (None, at) => *at = to,
        (Some((step, rest)), at) => {
            if let Some(index) = step.parse::<usize>().ok().filter(|_| at.is_array()) {
                if let Some(inner) = at.get_mut(index) {
                    set(inner, rest, to);
                }
                return;
            }
            if !at.is_object() {
                *at = json!({});
            }
            if let Value::Object(map) = at {
                set(map.entry(step.as_str()).or_insert(Value::Null), rest, to);
            }
        }
    }
}

fn merge(whole: &mut Value, part: Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (key, value) in part {
                merge(whole.entry(key).or_insert(Value::Null), value);
            }
        }
        (whole, part) => *whole = part,
    }
}
