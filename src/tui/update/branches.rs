//! The children of the tree's nodes: asked for one node after the other, when it is opened and when
//! something newer is there; what shows stays until they are here.

pub(super) mod seek;

use cloudscope_application::{
    Command, Reply, SessionError,
    message::{Grouped, Opened, Owned, OwnedAsk, Under},
};
use cloudscope_domain::{AssetRow, Timestamp};

use super::moving;
use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{
        Model,
        assets::DELTA_STAYS,
        message::Message,
        tree::{
            Asking, PAGE,
            node::{Children, Node, Path, Step},
            way::{Level, Way},
        },
    },
};

/// What is newer is asked for at most this often, in milliseconds.
const EVERY: i64 = 500;
/// Children that one answer carries at the most.
pub(super) const MOST: u64 = 10_000;
/// A round that took long is followed by a pause that is this many times as long.
const REST: i64 = 4;

/// Lines of the tree that show: the title takes one.
pub(super) fn visible(model: &Model) -> usize {
    usize::from(model.layout().body.height.saturating_sub(1)).max(1)
}

/// The tree branches so from now on; it is asked for when it shows.
pub(super) fn turn(model: &mut Model, way: Way) {
    if model.tree.way != way {
        model.tree.reset();
        model.tree.way = way;
    }
}

/// The window changed.
pub(super) fn fit(model: &mut Model) {
    let lines = visible(model);
    model.tree.settle(lines);
}

/// The cursor goes so many lines down.
pub(super) fn step(model: &mut Model, by: i64) -> Vec<Effect> {
    let lines = visible(model);
    let at = moving::Step::By(by).apply_usize(model.tree.index, model.tree.lines().len());
    model.tree.stand(at, lines);
    seen(model)
}

/// The screen shows from now on.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    if model.tree.filter != model.assets.filter {
        model.tree.filter.clone_from(&model.assets.filter);
        model.tree.root.filter_changed();
    }
    again(model)
}

/// Asks anew for everything that is open and has a line on the screen. What shows stays until it is here.
pub(super) fn again(model: &mut Model) -> Vec<Effect> {
    let open = model.tree.open_paths();
    let shown = model.tree.shown_in(visible(model));
    let now = model.clock;
    let tree = &mut model.tree;
    tree.newer = false;
    tree.round = (now, now);
    let (queue, unseen): (Vec<Path>, Vec<Path>) = open.into_iter().partition(|path| shown.contains(path));
    tree.queue = queue.into();
    tree.unseen = unseen.into_iter().collect();
    let mut effects = give_up(model);
    effects.extend(next(model));
    effects
}

/// Other lines show: what was left out of the last round, and shows now, is asked for.
pub(super) fn seen(model: &mut Model) -> Vec<Effect> {
    if model.tree.unseen.is_empty() {
        return Vec::new();
    }
    let shown = model.tree.shown_in(visible(model));
    let mut late: Vec<Path> =
        model.tree.unseen.iter().filter(|path| shown.contains(*path)).cloned().collect();
    late.sort_by_key(Vec::len);
    late.into_iter().flat_map(|path| want(model, path)).collect()
}

/// What is asked for is not wanted any more.
fn give_up(model: &mut Model) -> Vec<Effect> {
    model.forget(Tag::Tree);
    let asking = model.tree.asking.take();
    asking.and_then(|asking| asking.opened).map(|opened| Effect::close(opened.cursor)).into_iter().collect()
}

/// The children of a node are wanted.
pub(super) fn want(model: &mut Model, path: Path) -> Vec<Effect> {
    model.tree.unseen.remove(&path);
    let under_way = model.tree.asking.as_ref().is_some_and(|asking| asking.path == path);
    if !under_way && !model.tree.queue.contains(&path) {
        model.tree.queue.push_back(path);
    }
    next(model)
}

/// Asks for the next of what is wanted, if nothing is under way.
fn next(model: &mut Model) -> Vec<Effect> {
    if model.tree.asking.is_some() {
        return Vec::new();
    }
    while let Some(path) = model.tree.queue.pop_front() {
        // It may have gone, or been closed, since.
        let Some(node) = model.tree.node(&path).filter(|node| path.is_empty() || node.open) else { continue };
        let wanted = node.wanted;
        match command(model, &path, wanted) {
            Ok(command) => {
                model.tree.asking = Some(Asking { path, opened: None, wanted });
                return vec![model.ask(Tag::Tree, command)];
            }
            Err(why) => fail(model, &path, why),
        }
    }
    model.tree.round.1 = model.clock;
    Vec::new()
}

/// The question for the children of a node.
fn command(model: &Model, path: &[Step], limit: u64) -> Result<Command, String> {
    let (tree, at) = (&model.tree, model.at());
    let query = tree.way.filter(&tree.filter, path)?;
    let owned = |under, query| -> Result<Command, String> {
        let place = tree.way.place("", path)?;
        let find = tree.seeking.as_ref().map(|seek| seek.row.id.clone());
        Ok(Command::Owned(OwnedAsk { place, query, under, limit, find, at }))
    };
    match tree.way.level(path) {
        Level::Column(column) => Ok(Command::Groups { query, by: vec![column], limit, at }),
        Level::Leaves => Ok(Command::Open { query, sort: Vec::new(), at }),
        Level::Tops => owned(Under::Place, query),
        Level::TopsOf(kind) => owned(Under::Kind(kind), tree.way.place(&tree.filter, path)?),
        Level::Below(id) => owned(Under::Asset(id), tree.way.place(&tree.filter, path)?),
        Level::RestOf(asset, kind) => owned(Under::Rest { asset, kind }, tree.way.place(&tree.filter, path)?),
    }
}

/// An answer for the tree.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let Some(mut asking) = model.tree.asking.take() else {
        return match result {
            Ok(Reply::Opened(opened)) => vec![Effect::close(opened.cursor)],
            _ => Vec::new(),
        };
    };
    let mut effects = Vec::new();
    match (result, asking.opened.take()) {
        (Ok(Reply::Groups(groups)), None) => groups_arrived(model, &asking.path, &groups),
        (Ok(Reply::Owned(owned)), None) => owned_arrived(model, &asking.path, *owned),
        (Ok(Reply::Opened(opened)), None) => return rows_or_place(model, asking, opened),
        (Ok(Reply::Position(at)), Some(opened)) => {
            // So far that the asset that is looked for is among them.
            let pages = at.map_or(1, |at| at / PAGE + 1);
            asking.wanted = asking.wanted.max(pages * PAGE);
            return rows(model, asking, opened);
        }
        (Ok(Reply::Rows { rows, .. }), Some(opened)) => {
            effects.push(Effect::close(opened.cursor));
            if let Some(node) = model.tree.node_mut(&asking.path) {
                node.wanted = asking.wanted;
            }
            rows_arrived(model, &asking.path, &opened, rows);
        }
        (Ok(_), opened) => {
            effects.extend(opened.map(|opened| Effect::close(opened.cursor)));
            let why = "the engine answered another question; this is a defect".to_owned();
            fail(model, &asking.path, why);
        }
        // `Event::Ready` asks again.
        (Err(SessionError::NotReady), _) => {
            model.tree.queue.clear();
            return effects;
        }
        // It was closed under our feet: once more.
        (Err(SessionError::NoCursor), _) => model.tree.queue.push_front(asking.path.clone()),
        (Err(error), opened) => {
            effects.extend(opened.map(|opened| Effect::close(opened.cursor)));
            fail(model, &asking.path, error.to_string());
        }
    }
    let lines = visible(model);
    model.tree.settle(lines);
    effects.extend(seek::go_on(model, &asking.path));
    effects.extend(seen(model));
    effects.extend(next(model));
    if model.tree.asking.is_none() {
        model.past.arrived(Screen::Tree);
    }
    effects
}

fn rows_or_place(model: &mut Model, asking: Asking, opened: Opened) -> Vec<Effect> {
    match &model.tree.seeking {
        Some(seek) if seek.path == asking.path => {
            let (cursor, id) = (opened.cursor, seek.row.id.clone());
            model.tree.asking = Some(Asking { opened: Some(opened), ..asking });
            vec![model.ask(Tag::Tree, Command::Find { cursor, id })]
        }
        _ => rows(model, asking, opened),
    }
}

fn rows(model: &mut Model, asking: Asking, opened: Opened) -> Vec<Effect> {
    let (cursor, len) = (opened.cursor, asking.wanted);
    model.tree.asking = Some(Asking { opened: Some(opened), ..asking });
    vec![model.ask(Tag::Tree, Command::Window { cursor, start: 0, len, properties: false })]
}

fn take(model: &mut Model, path: &[Step], children: Children) {
    let now = model.clock;
    if let Some(node) = model.tree.node_mut(path) {
        let first = node.children.is_none();
        node.take(children, now);
        // One replica set of several is the way to the pods.
        if first && let Some(only) = node.only_way() {
            let to = [path, &[only]].concat();
            model.tree.turn(&to, true);
            model.tree.queue.push_back(to);
        }
    }
    for again in model.tree.reopen(path) {
        if !model.tree.queue.contains(&again) {
            model.tree.queue.push_back(again);
        }
    }
}

/// They cannot be had: those that are here stay.
fn fail(model: &mut Model, path: &[Step], why: String) {
    model.say(Message::error(why.clone(), model.clock));
    if let Some(node) = model.tree.node_mut(path) {
        node.children.get_or_insert_default().failed = Some(why);
    }
}

fn groups_arrived(model: &mut Model, path: &[Step], answer: &Grouped) {
    if path.is_empty() {
        summed(model, answer);
    }
    let mut nodes: Vec<Node> = answer
        .groups
        .iter()
        .map(|group| Node::of_group(Step::Value(group.values.first().cloned().flatten()), group))
        .collect();
    nodes.sort_by_cached_key(|node| match &node.step {
        Step::Value(Some(value)) => (0, value.to_lowercase(), Some(value.clone())),
        _ => (1, String::new(), None),
    });
    take(model, path, Children { nodes, more: answer.more, as_of: answer.as_of, ..Children::default() });
}

/// The root counts everything.
fn summed(model: &mut Model, answer: &Grouped) {
    let root = &mut model.tree.root;
    root.count = answer.total;
    root.unknown = answer.groups.iter().map(|group| group.unknown).sum();
    root.errors = answer.groups.iter().map(|group| group.errors).sum();
    root.warnings = answer.groups.iter().map(|group| group.warnings).sum();
    model.tree.bad.clone_from(&answer.bad);
}

fn owned_arrived(model: &mut Model, path: &[Step], answer: Owned) {
    seek::top_found(model, answer.found);
    let mut nodes: Vec<Node> = answer.heads.into_iter().map(Node::of_head).collect();
    nodes.extend(answer.kinds.iter().map(|group| {
        let kind = group.values.first().cloned().flatten().unwrap_or_else(|| "".into());
        Node::of_group(Step::Kind(kind), group)
    }));
    take(model, path, Children { nodes, more: answer.more, as_of: answer.as_of, ..Children::default() });
}

fn rows_arrived(model: &mut Model, path: &[Step], opened: &Opened, rows: Vec<AssetRow>) {
    let more = opened.total.saturating_sub(rows.len() as u64);
    let nodes = rows.into_iter().map(Node::of_row).collect();
    take(model, path, Children { nodes, more, as_of: opened.as_of, ..Children::default() });
}

/// Something newer is there, while this screen shows.
pub(super) fn published(model: &mut Model) -> Vec<Effect> {
    model.tree.newer = true;
    tick(model)
}

/// When what is newer should be asked for.
pub(super) fn due(model: &Model) -> Option<Timestamp> {
    let tree = &model.tree;
    let wanted = tree.newer
        && model.screen == Screen::Tree
        && tree.asking.is_none()
        && tree.queue.is_empty()
        && !model.past.looked_at();
    let (began, ended) = tree.round;
    let pause = (ended.since(began) * REST).max(EVERY);
    wanted.then(|| began.plus_millis(ended.since(began) + pause))
}

/// Asks for what is newer, if it is time; old marks of change go.
pub(super) fn tick(model: &mut Model) -> Vec<Effect> {
    let now = model.clock;
    let tree = &mut model.tree;
    while tree.baselines.front().is_some_and(|(at, _)| now.since(*at) >= DELTA_STAYS) {
        tree.baselines.pop_front();
        model.dirty = true;
    }
    model.dirty |= tree.root.fade(now, DELTA_STAYS);
    if due(model).is_none_or(|due| now < due) {
        return Vec::new();
    }
    if let Some(children) = &model.tree.root.children {
        model.tree.baselines.push_back((now, children.as_of));
    }
    again(model)
}

/// When the next mark of change is to go.
pub(super) fn fades(model: &Model) -> Option<Timestamp> {
    let baseline = model.tree.baselines.front().map(|(at, _)| *at);
    let change = model.tree.root.oldest_change();
    baseline.into_iter().chain(change).min().map(|at| at.plus_millis(DELTA_STAYS))
}
