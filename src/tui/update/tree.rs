//! What actions mean on the Tree screen: open and close, branch by something else, go to what a node is.

use super::{
    branches::{self, visible},
    copy, document, groups, moving, nothing, pick, place, relationships, screen,
};
use crate::{
    effect::{Effect, Tag},
    keymap::{Action, Screen},
    model::{
        Model,
        document::Form,
        message::Message,
        tree::{
            PAGE, Seek,
            node::{Path, Step},
            way::Way,
        },
    },
};
use cloudscope_application::{Command, Reply, SessionError, message::RowKey};

/// Nodes that are opened at once at most.
const MOST: usize = 100;

/// `:tree`, `:tree workloads`, `:tree by tag.env`.
pub(super) fn typed(model: &mut Model, text: &str) -> Vec<Effect> {
    if text.is_empty() {
        return screen::go(model, Screen::Tree);
    }
    match Way::parse(text) {
        Ok(way) => branch(model, way),
        Err(why) => {
            model.say(Message::warning(why, model.clock));
            Vec::new()
        }
    }
}

/// Branches by something else from now on.
pub(super) fn branch(model: &mut Model, way: Way) -> Vec<Effect> {
    if model.screen == Screen::Tree {
        place::leave(model);
    }
    branches::turn(model, way);
    if model.screen == Screen::Tree { branches::entered(model) } else { screen::go(model, Screen::Tree) }
}

/// Runs an action here; `None` when it has no meaning here.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let mut effects = act(model, action)?;
    effects.extend(branches::seen(model));
    Some(effects)
}

fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let lines = visible(model);
    if let Some(step) = moving::step(action, lines as u64) {
        let at = step.apply_usize(model.tree.index, model.tree.lines().len());
        model.tree.stand(at, lines);
        return Some(Vec::new());
    }
    Some(match action {
        Action::Right | Action::WalkIn => right(model),
        Action::Left => left(model),
        Action::Fold => fold(model),
        Action::FoldAll => level(model),
        Action::Drill | Action::Accept => drill(model),
        Action::Group => pick::tree(model),
        Action::Refresh => branches::again(model),
        Action::Describe => {
            asset(model, |model, key, name| document::open_on(model, Form::Describe, key, name))
        }
        Action::ShowYaml => asset(model, |model, key, name| document::open_on(model, Form::Yaml, key, name)),
        Action::ShowJson => asset(model, |model, key, name| document::open_on(model, Form::Json, key, name)),
        Action::Relationships => asset(model, |model, key, _| relationships::of(model, key.id)),
        Action::CopyId => asset(model, |model, key, _| copy::plain(model, key.id.as_str(), "the id")),
        _ => return None,
    })
}

/// Does something about the asset under the cursor.
fn asset(model: &mut Model, run: impl FnOnce(&mut Model, RowKey, &str) -> Vec<Effect>) -> Vec<Effect> {
    match model.tree.row().map(|row| (RowKey::from(row), row.name.to_string())) {
        Some((key, name)) => run(model, key, &name),
        None if nothing::on_its_way(model).is_some() => nothing::under_cursor(model, ""),
        None => {
            model.say(Message::warning("this is not an asset; open it to see those below", model.clock));
            Vec::new()
        }
    }
}

/// Opens the node under the cursor; of an open one, goes to the first below it.
fn right(model: &mut Model) -> Vec<Effect> {
    if model.tree.selected.last() == Some(&Step::More) {
        return more(model);
    }
    match model.tree.current() {
        Some(node) if node.open => {
            let lines = visible(model);
            let at = model.tree.index + 1;
            model.tree.stand(at, lines);
            Vec::new()
        }
        Some(node) if node.branches() => {
            let path = model.tree.selected.clone();
            open_node(model, path)
        }
        _ => Vec::new(),
    }
}

/// Closes the node under the cursor; of a closed one, goes to the one above it.
fn left(model: &mut Model) -> Vec<Effect> {
    let path = model.tree.selected.clone();
    let lines = visible(model);
    match model.tree.node(&path).filter(|node| node.open && !path.is_empty()) {
        Some(_) => {
            model.tree.turn(&path, false);
            model.tree.settle(lines);
        }
        None if path.len() > 1 => model.tree.select(&path[..path.len() - 1], lines),
        None => {}
    }
    Vec::new()
}

fn fold(model: &mut Model) -> Vec<Effect> {
    match model.tree.current() {
        Some(node) if node.open => left(model),
        _ => right(model),
    }
}

/// Opens the node and all beside it; closes them where all of them are open.
fn level(model: &mut Model) -> Vec<Effect> {
    let Some((_, above)) = model.tree.selected.split_last() else { return Vec::new() };
    let above: Path = above.to_vec();
    let Some(children) = model.tree.node(&above).and_then(|node| node.children.as_ref()) else {
        return Vec::new();
    };
    let branching = children.nodes.iter().filter(|node| node.branches());
    let closed: Vec<Step> = branching.filter(|node| !node.open).map(|node| node.step.clone()).collect();
    let lines = visible(model);
    if closed.is_empty() {
        let open = children.nodes.iter().filter(|node| node.open).map(|node| node.step.clone());
        for step in open.collect::<Vec<_>>() {
            let mut path = above.clone();
            path.push(step);
            model.tree.turn(&path, false);
        }
        model.tree.settle(lines);
        return Vec::new();
    }
    if closed.len() > MOST {
        let text = format!("opened the first {MOST} of {}; the same key opens more", closed.len());
        model.say(Message::info(text, model.clock));
    }
    let mut effects = Vec::new();
    for step in closed.into_iter().take(MOST) {
        let mut path = above.clone();
        path.push(step);
        effects.extend(open_node(model, path));
    }
    effects
}

fn open_node(model: &mut Model, path: Path) -> Vec<Effect> {
    let lines = visible(model);
    model.tree.turn(&path, true);
    let effects = branches::want(model, path);
    model.tree.settle(lines);
    effects
}

/// The next page of what is not here.
fn more(model: &mut Model) -> Vec<Effect> {
    let Some((_, above)) = model.tree.selected.split_last() else { return Vec::new() };
    let above: Path = above.to_vec();
    let Some(node) = model.tree.node_mut(&above) else { return Vec::new() };
    let here = node.children.as_ref().map_or(0, |children| children.nodes.len() as u64);
    if node.children.as_ref().is_none_or(|children| children.more == 0) {
        return Vec::new();
    }
    if here >= branches::MOST {
        let text =
            format!("the first {} are here; {} shows the rest", branches::MOST, "`enter` on the node above");
        model.say(Message::info(text, model.clock));
        return Vec::new();
    }
    node.wanted = (here / PAGE + 1) * PAGE;
    branches::want(model, above)
}

/// `enter`: an asset is described; of anything else its assets are shown, by a filter; `esc` comes back.
fn drill(model: &mut Model) -> Vec<Effect> {
    if model.tree.selected.last() == Some(&Step::More) {
        return more(model);
    }
    if model.tree.row().is_some() {
        return asset(model, |model, key, name| document::open_on(model, Form::Describe, key, name));
    }
    let Some(node) = model.tree.current() else { return nothing::under_cursor(model, "") };
    if node.count == 0 {
        return Vec::new();
    }
    let filter = model.tree.way.filter(&model.tree.filter, &model.tree.selected);
    groups::drill_to(model, filter)
}

/// Goes to the tree, to the place of the asset that is selected on the Assets screen.
pub(super) fn at_selected(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.assets.current().map(|row| row.id.clone()) else {
        return screen::go(model, Screen::Tree);
    };
    let at = model.at();
    // Its payload says where it is; the rows of the table have none.
    vec![model.ask(Tag::TreeSeek, Command::Get { id, at })]
}

/// The asset arrived, whole.
pub(super) fn sought(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let row = match result {
        Ok(Reply::Details(records)) => records.into_iter().next().map(|record| record.row),
        Ok(_) => None,
        Err(error) => {
            model.say(Message::error(error.to_string(), model.clock));
            return Vec::new();
        }
    };
    let Some(row) = row else {
        model.say(Message::warning("the inventory does not have it any more", model.clock));
        return Vec::new();
    };
    model.tree.seeking = Some(Seek { row: Box::new(row), top: None, path: Vec::new() });
    screen::go(model, Screen::Tree)
}
