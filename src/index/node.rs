//! An expression with its terms made ready for one snapshot, and what it says of the rows of a chunk.

mod related;

use std::rc::Rc;

use cloudscope_domain::query::{Expr, Mark, Term};

use crate::{Context, Snapshot, bits::Bits, leaf::Leaf, truth::Truth, watch::Seen};
use related::Related;

/// The cheap parts come first.
pub(crate) enum Node<'a> {
    All,
    And(Vec<Node<'a>>),
    Or(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
    Leaf(Leaf),
    Related(Box<Related<'a>>),
    /// Somebody wants to see what becomes of it.
    Watched {
        node: Box<Node<'a>>,
        seen: Rc<Seen>,
        clock: &'a dyn Fn() -> u64,
    },
}

impl<'a> Node<'a> {
    pub(crate) fn new(expr: &Expr, snapshot: &'a Snapshot, context: &Context<'a>) -> Self {
        let mut seen = Vec::new();
        let node = Self::build(expr, snapshot, context, 0, &mut seen);
        if let Some(watch) = context.watch {
            watch.seen.borrow_mut().append(&mut seen);
        }
        node
    }

    pub(crate) fn build(
        expr: &Expr,
        snapshot: &'a Snapshot,
        context: &Context<'a>,
        depth: u32,
        seen: &mut Vec<Rc<Seen>>,
    ) -> Self {
        let mut below: Vec<Rc<Seen>> = Vec::new();
        let begun = context.watch.map(|w| (w.clock)());
        let mut ready = |parts: &[Expr]| {
            let mut nodes: Vec<_> = parts
                .iter()
                .map(|e| {
                    let mut seen = Vec::new();
                    (Self::build(e, snapshot, context, depth + 1, &mut seen), seen)
                })
                .collect();
            nodes.sort_by_key(|(node, _)| node.cost());
            let nodes = nodes.into_iter().map(|(node, mut seen)| {
                below.append(&mut seen);
                node
            });
            nodes.collect::<Vec<_>>()
        };
        let node = match expr {
            Expr::All => Self::All,
            Expr::And(parts) => Self::And(ready(parts)),
            Expr::Or(parts) => Self::Or(ready(parts)),
            Expr::Not(inner) => {
                let inner = Self::build(inner, snapshot, context, depth + 1, &mut below);
                Self::Not(Box::new(inner))
            }
            Expr::Term(Term::Rel(rel)) => match context.neighbours {
                Some(near) => {
                    let related = Related::new(rel, snapshot, context, near, depth, &mut below);
                    Self::Related(Box::new(related))
                }
                None => Self::Leaf(Leaf::Untold),
            },
            Expr::Term(Term::Is(marks)) if marks.len() > 1 => {
                let leaf = |mark: &Mark| Self::Leaf(Leaf::new(&Term::Is(vec![*mark]), snapshot, context));
                Self::Or(marks.iter().map(leaf).collect())
            }
            Expr::Term(term) => Self::Leaf(Leaf::new(term, snapshot, context)),
        };
        let Some((watch, begun)) = context.watch.zip(begun) else { return node };
        let mine = Seen::new(expr, depth, node.how());
        mine.micros.set((watch.clock)().saturating_sub(begun));
        seen.push(Rc::clone(&mine));
        seen.append(&mut below);
        Self::Watched { node: Box::new(node), seen: mine, clock: watch.clock }
    }

    fn how(&self) -> String {
        match self {
            Self::All => "every row".to_owned(),
            Self::And(_) => "all of the following, the cheapest first".to_owned(),
            // Where a term asks for several marks.
            Self::Or(parts)
                if parts.iter().all(|part| matches!(part, Self::Leaf(_))) && !parts.is_empty() =>
            {
                parts.iter().map(Self::how).collect::<Vec<_>>().join("; ")
            }
            Self::Or(_) => "any of the following, the cheapest first".to_owned(),
            Self::Not(_) => "the opposite of the following".to_owned(),
            Self::Leaf(leaf) => leaf.how().to_owned(),
            Self::Related(related) => related.how(),
            Self::Watched { node, .. } => node.how(),
        }
    }

    /// Whether it needs nothing but the snapshot, and nobody watches.
    pub(crate) fn is_plain(&self) -> bool {
        match self {
            Self::All | Self::Leaf(_) => true,
            Self::And(parts) | Self::Or(parts) => parts.iter().all(Self::is_plain),
            Self::Not(inner) => inner.is_plain(),
            Self::Related(_) | Self::Watched { .. } => false,
        }
    }

    pub(crate) fn cost(&self) -> u8 {
        match self {
            Self::All => 0,
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::cost).max().unwrap_or(0),
            Self::Not(inner) => inner.cost(),
            Self::Leaf(leaf) => leaf.cost(),
            Self::Related(_) => 9,
            Self::Watched { node, .. } => node.cost(),
        }
    }

    /// What is true of the rows in `mask`. No deeper than the parser lets parentheses nest.
    pub(crate) fn truth(&self, snapshot: &Snapshot, slot: usize, mask: &Bits) -> Truth {
        if mask.is_empty() {
            return Truth::default();
        }
        match self {
            Self::All => Truth { yes: mask.clone(), unclear: Bits::default() },
            Self::Leaf(leaf) => leaf.truth(snapshot, slot, mask),
            Self::Related(related) => related.truth(slot, mask),
            Self::Watched { node, seen, clock } => {
                let begun = clock();
                let truth = node.truth(snapshot, slot, mask);
                seen.note(mask.count(), &truth, clock().saturating_sub(begun));
                if let Self::Related(related) = &**node {
                    *seen.how.borrow_mut() = related.how();
                }
                truth
            }
            Self::Not(inner) => {
                let Truth { yes, unclear } = inner.truth(snapshot, slot, mask);
                Truth { yes: mask.without(&yes).without(&unclear), unclear }
            }
            Self::And(parts) => {
                let mut all = Truth { yes: mask.clone(), unclear: Bits::default() };
                for part in parts {
                    let open = all.yes.or(&all.unclear);
                    let one = part.truth(snapshot, slot, &open);
                    all.yes = all.yes.and(&one.yes);
                    all.unclear = open.and(&one.yes.or(&one.unclear)).without(&all.yes);
                }
                all
            }
            Self::Or(parts) => {
                let mut any = Truth::default();
                for part in parts {
                    let one = part.truth(snapshot, slot, &mask.without(&any.yes));
                    any.yes = any.yes.or(&one.yes);
                    any.unclear = any.unclear.or(&one.unclear).without(&any.yes);
                }
                any
            }
        }
    }
}
