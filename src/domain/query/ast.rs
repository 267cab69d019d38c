//! The syntax tree of a filter. Everything in it is checked: a tree cannot hold a term that cannot be
//! evaluated. How it is written back as text is in `canonical`.

use crate::{Category, Proof, UnknownWhy, neighbours::Direction};

use super::{
    cmp::{Cmp, When},
    net::Net,
    operand::Operand,
    pattern::Pattern,
    property::{PropPath, ValueTest},
};

/// Byte positions `start..end` in the text of the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A term that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BadTerm {
    /// Where it stands.
    pub span: Span,
    /// The term as typed.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
    /// What was probably meant; replaces the bytes of `span`.
    pub suggestion: Option<String>,
}

/// A field that holds text, compared through [`Pattern`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named after the field of the asset that it reads")]
pub enum TextField {
    Name,
    Id,
    Kind,
    Provider,
    Account,
    Region,
    Zone,
    Source,
    /// Any of the addresses and host names.
    Address,
    /// Any of the short names.
    Alias,
    /// The asset that the record declares.
    Declares,
}

/// A field that holds an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeField {
    /// When it was created or started; may be missing.
    Created,
    /// When its content last changed.
    Changed,
    /// When it was last seen; may be missing.
    Seen,
    /// When it was first seen.
    FirstSeen,
    /// When it was proved gone; only tombstones have it, and of everything else it is false, not unknown.
    Gone,
}

/// What `presence:` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresenceTest {
    /// Seen by the last listing of its scope.
    Present,
    /// Unknown, for whatever reason.
    Unknown,
    /// Unknown for this reason.
    Why(UnknownWhy),
    /// Proved gone, by whatever proof.
    Gone,
    /// Gone by this proof.
    Proof(Proof),
}

/// Which part of a status is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusPart {
    /// The provider's word or its class.
    Either,
    /// The provider's word.
    Word,
    /// What the word means.
    Class,
}

/// What `is:` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Somebody pinned it.
    Pinned,
    /// Several records speak of it.
    Joined,
    /// It is there, and a Terraform state has an address for it.
    Managed,
    /// It is there and Terraform could know it, but no state that was read has an address for it.
    Unmanaged,
    /// A Terraform state has an address for it, and it is not there.
    Ghost,
}

impl Mark {
    /// Every mark.
    pub const ALL: [Self; 5] = [Self::Pinned, Self::Joined, Self::Managed, Self::Unmanaged, Self::Ghost];

    /// The word after `is:`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Joined => "joined",
            Self::Managed => "managed",
            Self::Unmanaged => "unmanaged",
            Self::Ghost => "ghost",
        }
    }

    /// Whether it is about a thing and what declares it, so that it may be unknown.
    #[must_use]
    pub fn is_of_declarations(self) -> bool {
        matches!(self, Self::Managed | Self::Unmanaged | Self::Ghost)
    }
}

/// What `has:` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Has {
    /// A tag of this name, whatever its value; folded.
    Tag(String),
    /// Any tag at all.
    Tags,
    /// Something at this path of the payload.
    Prop(PropPath),
    /// A status word.
    Status,
    /// A value in a text field that may be empty.
    Text(TextField),
    /// An instant that may be missing.
    Time(TimeField),
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// Matches when any of name, id, addresses and aliases does ([`Pattern::Fuzzy`]: the name only).
    Text(Pattern),
    /// Matches when the field (any of its values) matches any of the patterns.
    Field(TextField, Vec<Pattern>),
    /// Matches the provider's status word, its class, or either; see [`super::status_matches`].
    Status(StatusPart, Vec<Pattern>),
    /// Is in one of these categories.
    Category(Vec<Category>),
    /// Its presence is one of these.
    Presence(Vec<PresenceTest>),
    /// A tag whose name equals `key` when folded has a value that matches any of the patterns.
    Tag {
        /// Folded.
        key: String,
        /// Any of these.
        values: Vec<Pattern>,
    },
    /// A tag's value as a number, size, version or time; undecided when it is missing or is none.
    TagCompare {
        /// Folded.
        key: String,
        /// How it compares.
        cmp: Cmp,
        /// With what.
        operand: Operand,
    },
    /// What stands at a path of the payload.
    Prop {
        /// Where.
        path: PropPath,
        /// What is asked of it; never [`ValueTest::There`], which is [`Has::Prop`].
        test: ValueTest,
    },
    /// It has an edge to an asset that matches.
    Rel(Box<Rel>),
    /// Its account, region, zone or source, or the parent of its scope, matches any of the patterns.
    In(Vec<Pattern>),
    /// What it costs. There is no cost data yet, so of nothing is it known.
    Cost {
        /// How it compares.
        cmp: Cmp,
        /// With what.
        operand: Operand,
    },
    /// Something is there at all.
    Has(Has),
    /// An instant; undecided when it is missing.
    Time {
        /// Which one.
        field: TimeField,
        /// How it compares.
        cmp: Cmp,
        /// With what.
        when: When,
    },
    /// Has an address in one of these networks.
    Ip(Vec<Net>),
    /// Bears one of these marks.
    Is(Vec<Mark>),
}

/// What `rel(...)` asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Rel {
    /// Which way the edge runs, seen from the asset.
    pub direction: Direction,
    /// Over how many edges at the most, all of them in this direction and of these relations.
    pub hops: u8,
    /// What the edge means: any of these; anything when there are none.
    pub relations: Vec<Pattern>,
    /// What the asset at the other end must be. What is not in the inventory matches [`Expr::All`], and
    /// of every other filter is undecided.
    pub filter: Expr,
}

impl Rel {
    /// Whether an edge of this relation counts.
    #[must_use]
    pub fn admits(&self, relation: &crate::Relation) -> bool {
        self.relations.is_empty() || self.relations.iter().any(|p| p.matches(relation.as_str()))
    }
}

impl Term {
    /// Whether only what is gone can make it true, in whole or in part.
    fn asks_for_gone(&self) -> bool {
        match self {
            Self::Presence(tests) => {
                tests.iter().any(|t| matches!(t, PresenceTest::Gone | PresenceTest::Proof(_)))
            }
            Self::Time { field, .. } => *field == TimeField::Gone,
            _ => false,
        }
    }
}

/// A boolean combination of terms.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Matches everything.
    All,
    /// Every part matches.
    And(Vec<Expr>),
    /// Some part matches.
    Or(Vec<Expr>),
    /// The part does not match; undecided stays undecided.
    Not(Box<Expr>),
    /// A single condition.
    Term(Term),
}

impl Expr {
    /// Whether the answer includes what is gone: somewhere the expression asks for it by name, and not
    /// for its opposite.
    #[must_use]
    pub fn asks_for_gone(&self) -> bool {
        self.gone_under(true)
    }

    fn gone_under(&self, positive: bool) -> bool {
        match self {
            Self::All => false,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|p| p.gone_under(positive)),
            Self::Not(inner) => inner.gone_under(!positive),
            Self::Term(term) => positive && term.asks_for_gone(),
        }
    }

    /// Whether a term looks into payloads, those inside relations among them.
    #[must_use]
    pub fn reads_payloads(&self) -> bool {
        match self {
            Self::All => false,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::reads_payloads),
            Self::Not(inner) => inner.reads_payloads(),
            Self::Term(Term::Rel(rel)) => rel.filter.reads_payloads(),
            Self::Term(term) => matches!(term, Term::Prop { .. } | Term::Has(Has::Prop(_))),
        }
    }

    /// The opposite; two negations cancel each other.
    #[must_use]
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}
