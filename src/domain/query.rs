//! The filter: what a person types after `/`, as a syntax tree with positions.
//!
//! Parsing never fails as a whole: a bad term is kept with its position, reason and suggestion, and is
//! left out of the tree. Whether that is an error is the caller's choice (the command line: yes;
//! while typing: no). The language is written down in docs/QUERY.md.

pub mod ast;
mod canonical;
mod changes;
mod cmp;
pub mod complete;
mod group;
mod hints;
pub mod keys;
pub mod naive;
mod net;
mod operand;
pub mod parse;
mod pattern;
mod property;
mod quote;
pub mod short;
mod size;
mod stranger;
mod suggest;
mod term;
mod time;
mod version;
mod words;

#[cfg(test)]
mod tests;

pub use ast::{BadTerm, Expr, Has, Mark, PresenceTest, Rel, Span, StatusPart, Term, TextField, TimeField};
pub use changes::ChangeFilter;
pub use cmp::{Cmp, When};
pub use group::of_group;
pub use keys::{KEYS, Key};
pub use net::{Net, address};
pub use operand::Operand;
pub use pattern::{Glob, Pattern, Rx, fold};
pub use property::{Found, PropPath, Segment, ValueTest};
pub use suggest::nearest;
pub use time::{duration, instant};
pub use version::Version;

use crate::{Category, StatusClass};

/// A parsed filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The text it came from.
    pub text: String,
    /// What it means, without the bad terms.
    pub expr: Expr,
    /// The good terms in reading order, as chips to show.
    pub chips: Vec<(Span, String)>,
    /// What could not be understood.
    pub bad: Vec<BadTerm>,
}

impl Query {
    /// Parses; empty text matches everything.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        parse::parse(text)
    }

    /// Whether tombstones are among what can match; without it they never are.
    #[must_use]
    pub fn asks_for_gone(&self) -> bool {
        self.expr.asks_for_gone()
    }

    /// Whether a term looks into payloads, those inside relations among them.
    #[must_use]
    pub fn reads_payloads(&self) -> bool {
        self.expr.reads_payloads()
    }

    /// Whether every row matches.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.expr == Expr::All
    }
}

/// Whether a status matches any of these patterns; `None` when that cannot be known.
///
/// `part` says what the patterns are about: the provider's word, its class (`ok`, `warning`, ...), or either. An
/// asset without a status has the class `unknown`; so has one whose word the catalog does not know, and of that
/// it cannot be said whether it is `ok` or in `error`.
#[must_use]
pub fn status_matches(
    part: StatusPart,
    patterns: &[Pattern],
    word: Option<&str>,
    class: StatusClass,
) -> Option<bool> {
    let folded = word.map(fold);
    let hit = |text: &str| patterns.iter().any(|p| p.matches(text));
    let (of_word, of_class) = (part != StatusPart::Class, part != StatusPart::Word);
    if (of_class && hit(class.as_str())) || (of_word && folded.as_deref().is_some_and(hit)) {
        return Some(true);
    }
    let known = [
        StatusClass::Ok,
        StatusClass::Warning,
        StatusClass::Error,
        StatusClass::Pending,
        StatusClass::Stopped,
    ];
    let about_class =
        of_class && known.iter().any(|c| patterns.iter().any(|p| *p == Pattern::Is(c.as_str().to_owned())));
    if word.is_none() || (class == StatusClass::Unknown && about_class) { None } else { Some(false) }
}
