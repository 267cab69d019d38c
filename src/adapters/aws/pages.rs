//! Pages: where the token of the next one is, whether there is one, and when to stop.
//!
//! Pure. The expressions are those of the services' models, a small part of JMESPath.

use std::collections::HashSet;

use cloudscope_catalog::list::PageSpec;
use cloudscope_ports::{Fault, FaultKind};
use serde_json::{Map, Value};

use crate::model::Pages;

/// How a listing goes from page to page.
#[derive(Debug)]
pub(crate) enum Pager<'a> {
    Single,
    Model(&'a Pages),
    Row(&'a PageSpec),
}

impl<'a> Pager<'a> {
    /// The row's own word goes before the model's.
    pub(crate) fn new(model: Option<&'a Pages>, row: Option<&'a PageSpec>) -> Self {
        match (row, model) {
            (Some(row), _) => Self::Row(row),
            (None, Some(model)) => Self::Model(model),
            (None, None) => Self::Single,
        }
    }

    /// The parameters that ask for the page after `output`; empty after the last one.
    pub(crate) fn next(&self, output: &Value) -> Map<String, Value> {
        let mut tokens = Map::new();
        match self {
            Self::Single => {}
            Self::Row(row) => {
                if let Some(token) = find(&row.from, output).filter(is_token) {
                    tokens.insert(row.token.clone(), token);
                }
            }
            Self::Model(pages) => {
                let more = pages.more_results.as_ref().map(|e| find(e, output));
                if more.is_some_and(|m| !is_true(m.as_ref())) {
                    return tokens;
                }
                for (input, expression) in pages.input_tokens.iter().zip(&pages.output_tokens) {
                    if let Some(token) = find(expression, output).filter(is_token) {
                        tokens.insert(input.to_string(), token);
                    }
                }
            }
        }
        tokens
    }

    /// Whether `output` says that there are more pages.
    fn says_more(&self, output: &Value) -> bool {
        match self {
            Self::Model(pages) => {
                pages.more_results.as_ref().is_some_and(|e| is_true(find(e, output).as_ref()))
            }
            Self::Single | Self::Row(_) => false,
        }
    }
}

fn is_token(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => true,
    }
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(b)) => *b,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// `A`, `A.B`, `A[-1].B`, and alternatives with `||`.
fn find(expression: &str, output: &Value) -> Option<Value> {
    expression.split("||").find_map(|way| {
        let mut at = output;
        for step in way.trim().split('.') {
            let (field, index) = match step.split_once('[') {
                Some((field, index)) => (field, Some(index.trim_end_matches(']'))),
                None => (step, None),
            };
            at = at.get(field)?;
            if let Some(index) = index {
                let list = at.as_array()?;
                let index: i64 = index.parse().ok()?;
                let index = if index < 0 {
                    list.len().checked_sub(usize::try_from(-index).ok()?)?
                } else {
                    usize::try_from(index).ok()?
                };
                at = list.get(index)?;
            }
        }
        (!at.is_null()).then(|| at.clone())
    })
}

/// The way through the pages of one call.
pub(crate) struct Paging {
    base: Map<String, Value>,
    next: Option<Map<String, Value>>,
    /// Hashes of all tokens so far: a list can go round in a circle as well as stand still.
    seen: HashSet<[u8; 16]>,
    most: usize,
}

impl Paging {
    /// For a call with these parameters, with no more pages than `most`.
    pub(crate) fn new(base: Map<String, Value>, most: usize) -> Self {
        Self { base, next: Some(Map::new()), seen: HashSet::new(), most }
    }

    /// The parameters of the next page; nothing after the last.
    pub(crate) fn input(&mut self) -> Option<Value> {
        let tokens = self.next.take()?;
        let mut input = self.base.clone();
        input.extend(tokens);
        Some(Value::Object(input))
    }

    /// Looks for the page after this one.
    ///
    /// # Errors
    /// When a token came before, or there are too many pages.
    pub(crate) fn follow(&mut self, pager: &Pager<'_>, page: &Value, operation: &str) -> Result<(), Fault> {
        let tokens = pager.next(page);
        if tokens.is_empty() && pager.says_more(page) {
            let words = "there are more pages and nothing that asks for them; collect again later";
            return Err(Fault::new(FaultKind::Malformed, operation, words));
        }
        if tokens.is_empty() {
            return Ok(());
        }
        let mut hasher = blake3::Hasher::new();
        for (name, token) in &tokens {
            hasher.update(name.as_bytes()).update(b"\0").update(token.to_string().as_bytes()).update(b"\0");
        }
        let mut hash = [0; 16];
        hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        if !self.seen.insert(hash) {
            let words = "the same page token came twice, so the list would never end; collect again later";
            return Err(Fault::new(FaultKind::Malformed, operation, words));
        }
        if self.seen.len() > self.most {
            let words = format!("there are more than {} pages", self.most);
            return Err(Fault::new(FaultKind::TooLarge, operation, words));
        }
        self.next = Some(tokens);
        Ok(())
    }
}

/// Joins two pages of one answer: arrays go on, everything else is that of the later one.
pub(crate) fn join(whole: &mut Value, page: Value) {
    match (whole, page) {
        (Value::Object(whole), Value::Object(page)) => {
            for (key, value) in page {
                match (whole.get_mut(&key), value) {
                    (Some(Value::Array(list)), Value::Array(more)) => list.extend(more),
                    (Some(inner @ Value::Object(_)), value @ Value::Object(_)) => join(inner, value),
                    (_, value) => {
                        whole.insert(key, value);
                    }
                }
            }
        }
        (whole, page) => *whole = page,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pages(input: &[&str], output: &[&str], more: Option<&str>) -> Pages {
        let texts = |list: &[&str]| list.iter().map(|t| Box::from(*t)).collect();
        Pages {
            input_tokens: texts(input),
            output_tokens: texts(output),
            limit_key: None,
            more_results: more.map(Box::from),
            result_keys: Vec::new(),
        }
    }

    #[test]
    fn tokens_are_found_where_the_model_says() {
        let check = |pages: &Pages, output: Value, next: Value| {
            assert_eq!(Value::Object(Pager::new(Some(pages), None).next(&output)), next);
        };
        let plain = pages(&["NextToken"], &["NextToken"], None);
        check(&plain, json!({"NextToken": "a"}), json!({"NextToken": "a"}));
        check(&plain, json!({"NextToken": ""}), json!({}));
        check(&plain, json!({}), json!({}));
        let nested = pages(&["Marker"], &["List.NextMarker"], Some("List.IsTruncated"));
        check(&nested, json!({"List": {"NextMarker": "m", "IsTruncated": true}}), json!({"Marker": "m"}));
        check(&nested, json!({"List": {"NextMarker": "m", "IsTruncated": false}}), json!({}));
        let either = pages(&["Marker"], &["NextMarker || Contents[-1].Key"], Some("IsTruncated"));
        check(
            &either,
            json!({"IsTruncated": true, "Contents": [{"Key": "a"}, {"Key": "b"}]}),
            json!({"Marker": "b"}),
        );
        let several = pages(&["Name", "Type"], &["NextName", "NextType"], Some("IsTruncated"));
        check(&several, json!({"IsTruncated": true, "NextName": "n"}), json!({"Name": "n"}));
    }

    #[test]
    fn a_list_that_goes_in_a_circle_ends() {
        let pages = pages(&["NextToken"], &["NextToken"], None);
        let pager = Pager::new(Some(&pages), None);
        let ended = |tokens: &[&str], most| {
            let mut paging = Paging::new(Map::new(), most);
            for (n, token) in tokens.iter().enumerate() {
                assert!(paging.input().is_some());
                if let Err(fault) = paging.follow(&pager, &json!({"NextToken": token}), "x:List") {
                    return Some((n, fault.kind));
                }
            }
            None
        };
        assert_eq!(ended(&["a", "b", "c"], 9), None);
        assert_eq!(ended(&["a", "a"], 9), Some((1, FaultKind::Malformed)));
        assert_eq!(ended(&["a", "b", "a", "b"], 9), Some((2, FaultKind::Malformed)));
        assert_eq!(ended(&["a", "b", "c"], 2), Some((2, FaultKind::TooLarge)));
        assert_eq!(ended(&[""], 9), None, "an empty token is the end");
    }

    #[test]
    fn more_pages_without_a_token_are_no_end() {
        let pages = pages(&["Marker"], &["Marker"], Some("IsTruncated"));
        let pager = Pager::new(Some(&pages), None);
        let follow = |page: Value| Paging::new(Map::new(), 9).follow(&pager, &page, "x:List").is_ok();
        assert!(follow(json!({"IsTruncated": true, "Marker": "m"})));
        assert!(follow(json!({"IsTruncated": false, "Marker": ""})));
        assert!(!follow(json!({"IsTruncated": true, "Marker": ""})));
        assert!(!follow(json!({"IsTruncated": "true"})));
    }

    #[test]
    fn pages_are_joined() {
        let mut whole = json!({"A": [1], "N": "x", "In": {"B": [1]}});
        join(&mut whole, json!({"A": [2], "N": "y", "In": {"B": [2]}}));
        assert_eq!(whole, json!({"A": [1, 2], "N": "y", "In": {"B": [1, 2]}}));
    }
}
