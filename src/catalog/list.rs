//! How the assets of a kind are listed: which operations with which input, where the items are, and
//! what is asked about each. The parsed form of a `[kind.list]` table.
//!
//! Says what to call; calls nothing. A provider's collector reads it, and its own list of operations,
//! not this one, decides what may be called.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::Kind;
use serde_json::{Map, Value};

use crate::{
    context::MapContext,
    path::Path,
    template::{Environment, Template},
    value::text_of,
};

/// One listing: called once for each account and region, or once for each item of a parent.
#[derive(Clone, Debug, PartialEq)]
pub struct ListSpec {
    /// `service:Operation`.
    pub operation: Arc<str>,
    /// Its parameters.
    pub input: Inputs,
    /// The kind whose items the listing is called for.
    pub parent: Option<Kind>,
    /// How deep its items may lie in one another (units in units): so often it is called for what it found.
    pub descend: usize,
    /// From the output to the items.
    pub items: Path,
    /// Fields whose text is JSON (policies of queues); it is read, so that paths lead into it.
    pub decode: Vec<Path>,
    /// Items are bare texts and become objects with this field.
    pub wrap: Option<String>,
    /// Fields of the object around the innermost array that are copied into each item.
    pub outer: Vec<String>,
    /// Fields that are added to each item, filled from the parent's item.
    pub set: Vec<(String, Template)>,
    /// Which items are of this kind.
    pub when: Vec<When>,
    /// The only regions where it is called; empty for all.
    pub regions: Vec<String>,
    /// Once for each account, or in every region; `None` when the service's model says which.
    pub global: Option<bool>,
    /// The region that the call goes to instead of the scope's.
    pub region: Option<Template>,
    /// Where the token of the next page is, when the provider's model does not say.
    pub pages: Option<PageSpec>,
    /// Error codes that mean an empty list.
    pub absent: Vec<String>,
    /// Error codes that mean that the service is not switched on.
    pub disabled: Vec<String>,
    /// The permissions that it needs, where they are not called as the operation.
    pub permissions: Vec<String>,
    /// What was asked about each item.
    pub details: Vec<DetailSpec>,
    /// What a test held this row against; empty when nothing did.
    pub verified: Option<Arc<str>>,
}

/// What else is asked about items, and where the answer goes.
#[derive(Clone, Debug, PartialEq)]
pub struct DetailSpec {
    /// `service:Operation`.
    pub operation: Arc<str>,
    /// Its parameters, filled from the item.
    pub input: Inputs,
    /// For one item, for several at once, or for all.
    pub way: Way,
    /// Under which field the answer is put; its own fields are merged into the item without one.
    pub into: Option<String>,
    /// Which items are asked about.
    pub when: Vec<When>,
    /// The region that the call goes to instead of the scope's.
    pub region: Option<Template>,
    /// Where the token of the next page is, when the provider's model does not say.
    pub pages: Option<PageSpec>,
    /// Error codes that mean that there is nothing to add.
    pub absent: Vec<String>,
    /// The permissions that it needs, where they are not called as the operation.
    pub permissions: Vec<String>,
}

/// How many items one call of a detail is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// One; what of the output is taken.
    Each {
        /// From the output to what is taken; the whole output without one.
        result: Option<Path>,
    },
    /// Up to so many.
    Batch {
        /// At the most.
        size: usize,
        /// How results find their items.
        matching: Matching,
        /// An item that does not come back was deleted meanwhile.
        drop: bool,
    },
    /// All: a listing of its own, read whole once.
    Join {
        /// How results find their items.
        matching: Matching,
    },
}

/// How results find their items.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// From the output to the results.
    pub items: Path,
    /// The field of a result that names its item.
    pub key: Path,
    /// What of the item it equals.
    pub of: Template,
}

/// Where the token of the next page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageSpec {
    /// The parameter.
    pub token: String,
    /// Where the output has it: `NextToken`, `List.Marker`, `Names[-1]`.
    pub from: String,
}

/// A condition on an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The field.
    pub path: Path,
    /// What it has to be.
    pub what: Wanted,
}

/// What a field has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One of these texts.
    Is(Vec<String>),
    /// None of these texts; a field that is not there is none of them.
    Not(Vec<String>),
    /// Not there, or empty.
    Missing,
    /// There, and not empty.
    There,
}

impl When {
    /// Whether an item is meant.
    #[must_use]
    pub fn holds(&self, item: &Value) -> bool {
        let found = self.path.find(item, text_of);
        let among = |words: &[String]| found.as_ref().is_some_and(|text| words.iter().any(|w| w == text));
        match &self.what {
            Wanted::Is(words) => among(words),
            Wanted::Not(words) => !among(words),
            Wanted::Missing => found.is_none(),
            Wanted::There => found.is_some(),
        }
    }
}

/// Parameters of a call.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Inputs(pub(crate) Vec<(String, Input)>);

/// A value with holes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    Template(Template),
    Fixed(Value),
    List(Vec<Input>),
    Table(Vec<(String, Input)>),
}

impl Inputs {
    /// The names of the parameters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The parameter that takes a value of every item.
    #[must_use]
    pub fn of_all(&self) -> Option<&str> {
        self.0.iter().find(|(_, input)| many(input).is_some()).map(|(name, _)| name.as_str())
    }

    /// The parameters for one item.
    ///
    /// # Errors
    /// The parameter whose hole stayed empty.
    pub fn render(&self, item: &Value, context: &MapContext) -> Result<Map<String, Value>, String> {
        table(&self.0, &mut |template| template.with(item, context))
    }

    /// The parameters for several items: an array of a single template holds the texts of all of them, once
    /// each; everything else is that of the first.
    ///
    /// # Errors
    /// The parameter whose hole stayed empty.
    pub fn render_all(&self, items: &[&Value], context: &MapContext) -> Result<Map<String, Value>, String> {
        let Some(first) = items.first() else { return Ok(Map::new()) };
        let mut whole = self.render(first, context)?;
        for (name, input) in &self.0 {
            if let Some(template) = many(input) {
                let mut texts: Vec<String> = Vec::with_capacity(items.len());
                for item in items {
                    texts.extend(template.with(item, context));
                }
                texts.dedup();
                whole.insert(name.clone(), texts.into());
            }
        }
        Ok(whole)
    }

    /// What of the parameters is the same for all items of one call, as a text to group them by.
    #[must_use]
    pub fn common(&self, item: &Value, context: &MapContext) -> Option<String> {
        let fixed: Vec<(String, Input)> =
            self.0.iter().filter(|(_, input)| many(input).is_none()).cloned().collect();
        Self(fixed).render(item, context).ok().map(|map| Value::Object(map).to_string())
    }
}

/// The template of an array that takes a value of every item.
fn many(input: &Input) -> Option<&Template> {
    match input {
        Input::List(list) => match &list[..] {
            [Input::Template(template)] => Some(template),
            _ => None,
        },
        Input::Template(_) | Input::Fixed(_) | Input::Table(_) => None,
    }
}

type Render<'a> = dyn FnMut(&Template) -> Option<String> + 'a;

fn table(fields: &[(String, Input)], render: &mut Render<'_>) -> Result<Map<String, Value>, String> {
    fields.iter().map(|(name, input)| Ok((name.clone(), value(name, input, render)?))).collect()
}

fn value(name: &str, input: &Input, render: &mut Render<'_>) -> Result<Value, String> {
    Ok(match input {
        Input::Template(template) => Value::String(render(template).ok_or_else(|| name.to_owned())?),
        Input::Fixed(fixed) => fixed.clone(),
        Input::List(list) => {
            Value::Array(list.iter().map(|i| value(name, i, render)).collect::<Result<_, _>>()?)
        }
        Input::Table(fields) => Value::Object(table(fields, render)?),
    })
}

impl Template {
    /// The text for an item that is no asset yet: holes are its fields and the context's variables.
    #[must_use]
    pub fn with(&self, item: &Value, context: &MapContext) -> Option<String> {
        let variable = |name: &str| context.get(name);
        self.text(&Environment { item, matched: None, tags: &BTreeMap::new(), variable: &variable })
    }
}

#[cfg(test)]
mod tests;
