//! What a filter says of something that nobody read, of which only its scope and kind are known.

use crate::{Kind, ScopeKey, neighbours::Unread};

use super::{Expr, Pattern, Term, TextField, fold};

impl Unread {
    /// Whether something of this kind in it may match: nothing that is known of it says no.
    #[must_use]
    pub fn may_match(&self, filter: &Expr, kind: Option<&Kind>) -> bool {
        told(filter, &self.scope, kind) != Some(false)
    }
}

fn told(expr: &Expr, scope: &ScopeKey, kind: Option<&Kind>) -> Option<bool> {
    let all = |parts: &[Expr], decides: bool| {
        let mut known = true;
        for part in parts {
            match told(part, scope, kind) {
                Some(answer) if answer == decides => return Some(decides),
                Some(_) => {}
                None => known = false,
            }
        }
        known.then_some(!decides)
    };
    match expr {
        Expr::All => Some(true),
        Expr::Not(inner) => told(inner, scope, kind).map(|t| !t),
        Expr::And(parts) => all(parts, false),
        Expr::Or(parts) => all(parts, true),
        Expr::Term(Term::Field(field, patterns)) => {
            let text = match field {
                TextField::Kind => kind?.as_str(),
                TextField::Source => scope.source.as_str(),
                // An account may hold what belongs to another, a region what is global.
                _ => return None,
            };
            Some(any(patterns, text))
        }
        Expr::Term(_) => None,
    }
}

fn any(patterns: &[Pattern], text: &str) -> bool {
    let folded = fold(text);
    patterns.iter().any(|p| p.matches(&folded))
}
