//! A list of one kind begins with the columns of that kind; another list brings back those from before.

use cloudscope_domain::query::{Expr, Pattern, Query, Term, TextField};

use crate::model::{
    Model,
    assets::OfKind,
    columns::{self, Column},
};

/// The filter changed, or what is known of kinds: the columns follow.
pub(super) fn follow(model: &mut Model) {
    let kind = kind_of(&model.assets.filter);
    let assets = &mut model.assets;
    if assets.of_kind.as_ref().map(|of| &of.kind) == kind.as_ref() {
        return;
    }
    if let Some(of) = assets.of_kind.take()
        && (assets.columns == of.set || assets.narrow.as_ref() == Some(&of.set))
    {
        (assets.columns, assets.narrow, assets.first_column) = (of.before, None, 0);
    }
    let Some(words) = kind.as_deref().and_then(|kind| model.kinds.get(kind)) else { return };
    if words.columns.is_empty() {
        return;
    }
    let mut set = vec![Column::Name];
    for column in words.columns.iter().filter_map(|name| Column::from_name(name)) {
        if !set.contains(&column) {
            set.push(column);
        }
    }
    // Whether a thing is known to be there shows in every list.
    if !set.contains(&Column::Presence) {
        set.push(Column::Presence);
    }
    let before = std::mem::replace(&mut assets.columns, set.clone());
    // A page of before may have had them already.
    let before = if before == set { Column::DEFAULT.to_vec() } else { before };
    (assets.narrow, assets.first_column) = (None, 0);
    assets.of_kind = Some(OfKind { kind: words.kind.to_string(), set, before });
}

/// The columns were chosen for this filter: they stay with it.
pub(super) fn keep(model: &mut Model, filter: &str) {
    let columns = model.assets.columns.clone();
    model.assets.of_kind = kind_of(filter).map(|kind| OfKind { kind, set: columns.clone(), before: columns });
}

/// The one kind that a filter leaves, where it names one as a whole.
fn kind_of(filter: &str) -> Option<String> {
    let parts = match Query::parse(filter).expr {
        Expr::And(parts) => parts,
        other => vec![other],
    };
    parts.into_iter().find_map(|part| match part {
        Expr::Term(Term::Field(TextField::Kind, patterns)) => match patterns.as_slice() {
            [Pattern::Is(kind)] => Some(kind.clone()),
            _ => None,
        },
        _ => None,
    })
}

/// The columns on offer besides those that every table has.
pub(super) fn own(model: &Model) -> impl Iterator<Item = &Column> {
    let set = model.assets.of_kind.iter().flat_map(|of| &of.set);
    set.filter(|column| !columns::ALL.contains(column))
}
