//! The way to the place of one asset: node after node is opened until the asset shows.

use cloudscope_domain::{AssetId, Kind, query::fold};

use super::{MOST, visible, want};
use crate::{
    effect::Effect,
    model::{
        Model,
        message::Message,
        tree::{
            Seek,
            node::{Node, Step},
            way::{Level, value_of},
        },
    },
};

/// Children of a node arrived: the one that the asset is, or is below, is opened next.
pub(super) fn go_on(model: &mut Model, path: &[Step]) -> Vec<Effect> {
    let Some(seek) = model.tree.seeking.clone().filter(|seek| seek.path == path) else { return Vec::new() };
    let level = model.tree.way.level(path);
    let Some(node) = model.tree.node(path) else { return Vec::new() };
    let Some(next) = step(&seek, &level, node) else {
        let more = node.children.as_ref().is_some_and(|children| children.more > 0);
        return if more && node.wanted < MOST { all(model, path) } else { not_found(model) };
    };
    let here = matches!(&next, Step::Asset(key) if key.id == seek.row.id);
    let mut to = path.to_vec();
    to.push(next);
    let lines = visible(model);
    model.tree.select(&to, lines);
    if here {
        model.tree.seeking = None;
        return Vec::new();
    }
    model.tree.turn(&to, true);
    if let Some(seek) = &mut model.tree.seeking {
        seek.path.clone_from(&to);
    }
    want(model, to)
}

/// The child that the asset is, or is below.
fn step(seek: &Seek, level: &Level, node: &Node) -> Option<Step> {
    let children = &node.children.as_ref()?.nodes;
    let find = |fits: &dyn Fn(&Step) -> bool| {
        children.iter().map(|child| &child.step).find(|step| fits(step)).cloned()
    };
    let asset = |id: &AssetId| find(&|step| matches!(step, Step::Asset(key) if key.id == *id));
    if let Some(step) = asset(&seek.row.id) {
        return Some(step);
    }
    match level {
        Level::Column(column) => {
            let wanted = value_of(&seek.row, column).as_deref().map(fold);
            find(&|step| matches!(step, Step::Value(value) if value.as_deref().map(fold) == wanted))
        }
        Level::Tops | Level::TopsOf(_) | Level::Below(_) => {
            let (top, kind) = seek.top.as_ref()?;
            asset(top).or_else(|| find(&|step| matches!(step, Step::Kind(of) if **of == *kind.as_str())))
        }
        Level::RestOf(..) | Level::Leaves => None,
    }
}

/// It is not among the first: all that one answer carries are asked for.
fn all(model: &mut Model, path: &[Step]) -> Vec<Effect> {
    if let Some(node) = model.tree.node_mut(path) {
        node.wanted = MOST;
    }
    want(model, path.to_vec())
}

/// The engine says below which of what it tells the asset is.
pub(super) fn top_found(model: &mut Model, found: Option<(AssetId, Kind)>) {
    if let Some(seek) = &mut model.tree.seeking
        && found.is_some()
    {
        seek.top = found;
    }
}

fn not_found(model: &mut Model) -> Vec<Effect> {
    model.tree.seeking = None;
    let text = "the tree does not show it: the filter leaves it out, or there is too much beside it";
    model.say(Message::info(text, model.clock));
    Vec::new()
}
