//! Why the edge under the cursor is believed; or what the group under it holds.

use crate::{
    keymap::Action,
    model::{
        Model,
        relationships::{Fold, Line, ego::Ego},
    },
    text::{plural, wrap},
    theme::Slot,
    widgets::list::Pieces,
};

/// Lines of at most `width` columns, always as many, so that the columns above do not move.
pub(super) fn lines(model: &Model, width: usize) -> Vec<Pieces> {
    let mut lines = match (&model.relationships.ego, model.relationships.current()) {
        (Some(ego), Some(Line::Spoke(..))) => of_edge(model, ego, width),
        (Some(_), Some(Line::Group(group, fold))) => {
            let mut text = plural(group.spokes.len() as u64, "edge", "edges");
            if group.dangling() > 0 {
                text.push_str(" to what is not in the inventory");
            }
            let key = model.ui.keymap.key_of(Action::Fold, &model.context()).unwrap_or_default();
            let verb = if fold == Fold::Open { "closes" } else { "opens" };
            vec![vec![(text, Slot::Text)], vec![(format!("{key} {verb} the group"), Slot::Dim)]]
        }
        _ => Vec::new(),
    };
    lines.resize(3, Vec::new());
    lines
}

fn of_edge(model: &Model, ego: &Ego, width: usize) -> Vec<Pieces> {
    let Some((spoke, edge)) = model.relationships.spoke() else { return Vec::new() };
    let glyphs = &model.ui.glyphs;
    let arrow = format!(" {} ", glyphs.right);
    let mut what: Pieces = vec![
        (ego.name(&edge.from).to_owned(), Slot::Text),
        (arrow.clone(), Slot::Dim),
        (edge.relation.to_string(), Slot::Title),
        (arrow, Slot::Dim),
        (ego.name(&edge.to).to_owned(), Slot::Text),
    ];
    if edge.dangling || ego.row(&spoke.far).is_none() {
        what.push((format!("  {} dangling: not in the inventory", glyphs.unknown), Slot::Unknown));
    }
    let sure = edge.confidence >= 1.0;
    let confidence =
        if sure { "certain".to_owned() } else { format!("{:.0} % sure", edge.confidence * 100.0) };
    let why: Pieces = vec![
        ("because of ".to_owned(), Slot::Dim),
        (edge.evidence.rule.to_string(), Slot::Text),
        (format!("  {confidence}"), if sure { Slot::Text } else { Slot::Warning }),
        (format!("  run {}", edge.evidence.run), Slot::Dim),
    ];
    let by = format!("stated by {}", edge.evidence.stated_by);
    let by = wrap(glyphs, &by, width).into_iter().next().unwrap_or_default();
    vec![what, why, vec![(by, Slot::Dim)]]
}
