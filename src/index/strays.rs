//! What a filter names that no asset bears: a term with it can match nothing, which may be a slip.

use std::fmt;

use cloudscope_domain::{
    StatusClass,
    query::{Expr, Has, Pattern, Rel, StatusPart, Term, TextField, fold, nearest},
};

use crate::{
    Snapshot,
    chunk::CLASSES,
    complete::parts,
    symbols::{Col, Column},
};

/// Something that no asset bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// What it would be: `tag`, `relation`, `kind`, `provider`, ...
    pub what: &'static str,
    /// As the filter names it, folded.
    pub name: String,
    /// What is borne and was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, name, suggestion } = self;
        match *what {
            "tag" => write!(f, "no asset bears the tag `{name}`")?,
            "relation" => write!(f, "no edge is a `{name}`")?,
            what => write!(f, "no asset has the {what} `{name}`")?,
        }
        suggestion.iter().try_for_each(|meant| write!(f, "; did you mean `{meant}`?"))
    }
}

impl Snapshot {
    /// The tags, relations, kinds, providers, places, sources and status words that a filter asks for and
    /// that nothing bears, in reading order, each once. `relations` are those that are known. What is negated
    /// is left out: that nothing bears it makes it true. An empty inventory says nothing.
    #[must_use]
    pub fn strays<'a>(&self, expr: &Expr, relations: impl IntoIterator<Item = &'a str>) -> Vec<Stray> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut finder =
            Finder { snapshot: self, relations: relations.into_iter().collect(), found: Vec::new() };
        finder.expr(expr, expr.asks_for_gone());
        finder.found
    }
}

struct Finder<'a> {
    snapshot: &'a Snapshot,
    relations: Vec<&'a str>,
    found: Vec<Stray>,
}

impl Finder<'_> {
    /// `gone`: what only tombstones bear counts as well.
    fn expr(&mut self, expr: &Expr, gone: bool) {
        match expr {
            Expr::All | Expr::Not(_) => {}
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| self.expr(part, gone)),
            Expr::Term(term) => self.term(term, gone),
        }
    }

    fn term(&mut self, term: &Term, gone: bool) {
        match term {
            Term::Tag { key, .. } | Term::TagCompare { key, .. } | Term::Has(Has::Tag(key)) => {
                let known = values(&self.snapshot.parts.tag_keys, gone);
                self.note("tag", key, &known, |k| fold(k) == *key);
            }
            Term::Rel(rel) => self.rel(rel, gone),
            Term::Field(field, patterns) => {
                let (what, col) = match field {
                    TextField::Kind => ("kind", Col::Kind),
                    TextField::Provider => ("provider", Col::Provider),
                    TextField::Region => ("region", Col::Region),
                    TextField::Zone => ("zone", Col::Zone),
                    TextField::Source => ("source", Col::Source),
                    // Accounts have other names as well, and the rest may be anything.
                    _ => return,
                };
                let known = values(&self.snapshot.parts.columns[col as usize], gone);
                let parts: Vec<&str> = known.iter().flat_map(|kind| parts(kind)).collect();
                for pattern in patterns {
                    let offered = if matches!(pattern, Pattern::Parts(_)) { &parts } else { &known };
                    self.pattern(what, pattern, &known, offered);
                }
            }
            Term::Status(part, patterns) => {
                let mut known: Vec<&str> = Vec::new();
                if *part != StatusPart::Class {
                    known = values(&self.snapshot.parts.columns[Col::Status as usize], gone);
                }
                if *part != StatusPart::Word {
                    known.extend(CLASSES.map(StatusClass::as_str));
                }
                for pattern in patterns {
                    self.pattern("status", pattern, &known, &known);
                }
            }
            _ => {}
        }
    }

    fn rel(&mut self, rel: &Rel, gone: bool) {
        let known = self.relations.clone();
        for pattern in &rel.relations {
            self.pattern("relation", pattern, &known, &known);
        }
        self.expr(&rel.filter, gone || rel.filter.asks_for_gone());
    }

    fn pattern(&mut self, what: &'static str, pattern: &Pattern, known: &[&str], offered: &[&str]) {
        let (Pattern::Is(text) | Pattern::Contains(text) | Pattern::Parts(text)) = pattern else { return };
        // What is empty is asked for on purpose.
        if !text.is_empty() && !known.iter().any(|k| pattern.matches(&fold(k))) {
            self.note(what, text, offered, |_| false);
        }
    }

    /// Notes a name, unless something known is it.
    fn note(&mut self, what: &'static str, name: &str, known: &[&str], is: impl Fn(&str) -> bool) {
        if known.iter().any(|k| is(k)) || self.found.iter().any(|f| f.what == what && f.name == name) {
            return;
        }
        let low: Vec<String> = known.iter().map(|k| fold(k)).collect();
        let near = nearest(name, low.iter().map(String::as_str));
        let suggestion = near.and_then(|near| Some(known[low.iter().position(|l| l == near)?].to_owned()));
        self.found.push(Stray { what, name: name.to_owned(), suggestion });
    }
}

/// The values of a column that are borne, the commonest first; with `gone` all that ever were.
fn values(column: &Column, gone: bool) -> Vec<&str> {
    let mut all: Vec<(&str, u32)> =
        column.values().iter().map(|v| &**v).zip(column.counts().iter().copied()).collect();
    all.retain(|(value, n)| !value.is_empty() && (gone || *n > 0));
    all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    all.into_iter().map(|(value, _)| value).collect()
}
