//! Screen 2: the tree, with how many assets are at or below each node and how they are. Only the lines that
//! have room are handed to the widget, so that what is open elsewhere costs nothing here.

use cloudscope_domain::text::labelled;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line as Text, Span},
    widgets::StatefulWidget,
};
use tui_tree_widget::{Tree as Widget, TreeItem, TreeState};

use super::strays;
use crate::{
    keymap::Action,
    model::{
        Model,
        assets::Delta,
        columns,
        layout::TWO_PANES,
        tree::{
            Line, What,
            node::{Node, Step},
        },
    },
    text::{self, count, plural},
    theme::Slot,
    widgets::pen::{self, Pen},
};

/// Columns of the cursor, and of the sign of a node with the blank after it.
const CURSOR: usize = 2;
const SIGN: usize = 2;
/// Columns of the counts, and of how they changed.
const COUNT: usize = 11;
const CHANGE: usize = 8;

/// Columns used at most.
const WIDEST: u16 = 130;

/// Draws it.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    // Figures that stand far from what they are of are hard to follow.
    let area = Rect { width: area.width.min(WIDEST), ..area };
    title(model, buffer, Rect { height: area.height.min(1), ..area });
    let list = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area };
    let Some(children) = &model.tree.root.children else {
        let text = format!("counting{}", model.ui.glyphs.ellipsis);
        return say(model, buffer, list, &text, Slot::Pending);
    };
    match &children.failed {
        Some(why) if children.nodes.is_empty() => say(model, buffer, list, why, Slot::Error),
        _ if children.nodes.is_empty() => {
            nothing(model, buffer, list);
        }
        _ => lines(model, buffer, list),
    }
}

/// Nothing matches: said so, with what the filter names and nothing bears.
fn nothing(model: &Model, buffer: &mut Buffer, area: Rect) {
    say(model, buffer, area, "no asset matches this filter", Slot::Text);
    for (y, (text, slot)) in (1..area.height).zip(strays::words(model)) {
        say(model, buffer, Rect { y: area.y + y, ..area }, &text, slot);
    }
}

fn say(model: &Model, buffer: &mut Buffer, area: Rect, text: &str, slot: Slot) {
    Pen::new(buffer, &model.ui, Rect { y: area.y + area.height / 3, ..area }).skip(2).put(text, slot);
}

/// What it branches by, how many there are, and the headings of the figures.
fn title(model: &Model, buffer: &mut Buffer, area: Rect) {
    let (tree, ui) = (&model.tree, &model.ui);
    let heads = format!("{:>COUNT$}{}{:<wide$}", "ASSETS", " ".repeat(CHANGE), "STATE", wide = state(area));
    pen::right(buffer, ui, area, &heads, Slot::Title);
    // The blanks before a heading are free.
    let blank = heads.len() - heads.trim_start().len();
    let used = u16::try_from(heads.len() - blank).unwrap_or(u16::MAX);
    let mut pen = Pen::new(buffer, ui, Rect { width: area.width.saturating_sub(used + 2), ..area });
    let by = format!("by {}", tree.way.words());
    if tree.root.children.is_none() {
        pen.put(&by, Slot::Title);
        return;
    }
    let all = plural(tree.root.count, "asset", "assets");
    let wide = |texts: [&str; 2]| texts.iter().map(|text| text::width(&ui.glyphs, text)).sum::<usize>();
    let counted = format!(": {all}");
    if wide([&by, &counted]) <= pen.room() {
        pen.put(&by, Slot::Title).put(&counted, Slot::Text);
        return;
    }
    // The figure comes first where there is no room for all: a heading says what is counted, and the end of the
    // way shows in the tree.
    let figure = format!("{} ", if wide([&by, &all]) < pen.room() { all } else { count(tree.root.count) });
    pen.put(&figure, Slot::Text).put(&by, Slot::Title);
}

/// Columns of the state.
fn state(area: Rect) -> usize {
    if area.width >= TWO_PANES { 38 } else { 22 }
}

/// Hands the lines that have room to the widget, below the nodes that they are in: those are drawn above the
/// room, where nobody sees them.
fn lines(model: &Model, buffer: &mut Buffer, area: Rect) {
    let tree = &model.tree;
    let all = tree.lines();
    let shown = all.iter().skip(tree.top).take(usize::from(area.height));
    let first = all.get(tree.top).map_or(&[][..], |line| &line.place);
    let above = first.len().saturating_sub(1);
    let mut forest: Vec<Draft<'_>> = Vec::new();
    for end in 1..=above {
        put(&mut forest, &first[..end], Draft::new(first[end - 1], Text::default(), true));
    }
    let mut state = TreeState::default();
    let number = |line: &Line<'_>| line.place.last().copied().unwrap_or_default();
    for (at, line) in shown.enumerate() {
        let selected = tree.top + at == tree.index;
        let open = matches!(line.what, What::Node(node) if node.open);
        let branches = matches!(line.what, What::Node(node) if node.branches());
        let mut draft = Draft::new(number(line), draw_line(model, line, area, selected), open);
        // A closed node needs a child to bear the sign of one that can be opened.
        draft.opens = branches;
        put(&mut forest, &line.place, draft);
        if selected {
            state.select(line.place.clone());
        }
    }
    for end in 1..=above {
        state.open(first[..end].to_vec());
    }
    for line in all.iter().skip(tree.top).take(usize::from(area.height)) {
        if matches!(line.what, What::Node(node) if node.open) {
            state.open(line.place.clone());
        }
    }
    let items: Vec<TreeItem<'_, u32>> = forest.into_iter().map(Draft::item).collect();
    let glyphs = &model.ui.glyphs;
    let (closed, opened) = (format!("{} ", glyphs.folded), format!("{} ", glyphs.unfolded));
    let cursor = format!("{} ", glyphs.cursor);
    let widget = || {
        Widget::new(&items).map(|widget| {
            widget
                .style(model.ui.style(Slot::Text))
                .highlight_style(model.ui.style(Slot::Selected))
                .highlight_symbol(&cursor)
                .node_closed_symbol(&closed)
                .node_open_symbol(&opened)
                .node_no_children_symbol("  ")
        })
    };
    // The numbers of siblings differ, so that neither can fail.
    let (Ok(once), Ok(again)) = (widget(), widget()) else { return };
    if above > 0 {
        // The widget scrolls only over what it has drawn before.
        let mut scratch = Buffer::empty(Rect::new(0, 0, 1, 1));
        let selected = state.selected().to_vec();
        state.select(Vec::new());
        once.render(scratch.area, &mut scratch, &mut state);
        state.scroll_down(above);
        state.select(selected);
    }
    again.render(area, buffer, &mut state);
}

/// A line on its way to the widget, with those below it.
struct Draft<'a> {
    number: u32,
    text: Text<'a>,
    open: bool,
    opens: bool,
    below: Vec<Draft<'a>>,
}

impl<'a> Draft<'a> {
    fn new(number: u32, text: Text<'a>, open: bool) -> Self {
        Self { number, text, open, opens: false, below: Vec::new() }
    }

    fn item(self) -> TreeItem<'a, u32> {
        let mut below: Vec<_> = self.below.into_iter().map(Draft::item).collect();
        if below.is_empty() && (self.opens || self.open) {
            below.push(TreeItem::new_leaf(u32::MAX, Text::default()));
        }
        let text = self.text.clone();
        TreeItem::new(self.number, self.text, below).unwrap_or_else(|_| TreeItem::new_leaf(self.number, text))
    }
}

fn put<'a>(forest: &mut Vec<Draft<'a>>, place: &[u32], draft: Draft<'a>) {
    match place {
        [] | [_] => forest.push(draft),
        [first, rest @ ..] => {
            if let Some(above) = forest.iter_mut().find(|above| above.number == *first) {
                put(&mut above.below, rest, draft);
            }
        }
    }
}

fn draw_line(model: &Model, line: &Line<'_>, area: Rect, selected: bool) -> Text<'static> {
    let ui = &model.ui;
    let room = usize::from(area.width).saturating_sub(CURSOR + SIGN + 2 * (line.place.len() - 1));
    let style = |slot: Slot| if selected { Style::default() } else { ui.style(slot) };
    let plain = |text: String, slot: Slot| Text::from(Span::styled(ui.clip(&text, room), style(slot)));
    let node = match line.what {
        What::Node(node) => node,
        What::More(more) => {
            let key = ui.keymap.key_of(Action::Drill, &model.context()).unwrap_or_else(|| "enter".into());
            return plain(format!("{} +{} ({key} shows more)", ui.glyphs.ellipsis, count(more)), Slot::Dim);
        }
        What::Waiting => return plain(format!("reading{}", ui.glyphs.ellipsis), Slot::Pending),
        What::Failed(why) => return plain(format!("{} {why}", ui.glyphs.error), Slot::Error),
        What::Nothing => return plain("nothing".to_owned(), Slot::Dim),
    };
    let figures = COUNT + CHANGE + state(area);
    let wide = room.saturating_sub(figures);
    let mut spans = label(model, node, line, wide, &style);
    let (number, change) = numbers(model, node);
    spans.push(Span::styled(format!("{number:>COUNT$}"), style(Slot::Accent)));
    spans.push(Span::styled(text::fit(&ui.glyphs, &format!(" {change}"), CHANGE), style(Slot::Delta)));
    spans.extend(states(model, node, state(area), &style));
    Text::from(spans)
}

/// The name, before it the kind where the node above does not say it.
fn label(
    model: &Model,
    node: &Node,
    line: &Line<'_>,
    wide: usize,
    style: &dyn Fn(Slot) -> Style,
) -> Vec<Span<'static>> {
    let glyphs = &model.ui.glyphs;
    let fit = |text: &str, slot: Slot| vec![Span::styled(text::fit(glyphs, text, wide), style(slot))];
    let Some(row) = &node.row else {
        return match &node.step {
            Step::Value(Some(value)) | Step::Kind(value) if !value.is_empty() => {
                let usual = model.kinds.usual(value).filter(|_| matches!(node.step, Step::Kind(_)));
                let name = usual.unwrap_or_else(|| labelled(value, node.label.as_deref()));
                // Beside some that stand one by one.
                let other = if has_like(model, &model.tree.path_of(line), value) { "other " } else { "" };
                fit(&format!("{other}{name}"), Slot::Text)
            }
            Step::Value(None) if model.tree.way.is_namespace(&model.tree.path_of(line)) => {
                fit("(no namespace)", Slot::Dim)
            }
            _ => fit("(none)", Slot::Dim),
        };
    };
    let slot = match model.tree.delta(row) {
        Some(_) => Slot::Delta,
        None => columns::name_slot(row),
    };
    let sign = model.tree.delta(row).map_or("", Delta::sign);
    let name = if sign.is_empty() { row.name.to_string() } else { format!("{sign} {}", row.name) };
    let path = model.tree.path_of(line);
    let above = &path[..path.len().saturating_sub(1)];
    if !model.tree.way.mixes_kinds(above) {
        return fit(&name, slot);
    }
    let kind = format!("{} ", row.kind.parts().last().unwrap_or_default());
    let used = text::width(glyphs, &kind).min(wide);
    vec![
        Span::styled(text::fit(glyphs, &kind, used), style(Slot::Dim)),
        Span::styled(text::fit(glyphs, &name, wide - used), style(slot)),
    ]
}

/// Whether an asset of a kind stands beside the node at the end of a way.
fn has_like(model: &Model, path: &[Step], kind: &str) -> bool {
    let [above @ .., Step::Kind(_)] = path else { return false };
    let children = model.tree.node(above).and_then(|node| node.children.as_ref());
    let rows = children.iter().flat_map(|children| &children.nodes).filter_map(|node| node.row.as_ref());
    rows.into_iter().any(|row| row.kind.as_str() == kind)
}

fn numbers(model: &Model, node: &Node) -> (String, String) {
    let change = node.change().map_or_else(String::new, |by| format!("{by:+}"));
    if node.row.is_some() && !node.owns {
        let age = node.row.as_ref().and_then(|row| row.created_at);
        let age =
            age.map_or_else(String::new, |at| cloudscope_domain::time::short_span(model.ages_at.since(at)));
        return (age, change);
    }
    (count(node.count), change)
}

/// How the assets are: what is wrong with sign, word and colour, or that nothing is.
fn states(model: &Model, node: &Node, wide: usize, style: &dyn Fn(Slot) -> Style) -> Vec<Span<'static>> {
    let glyphs = &model.ui.glyphs;
    let mut parts: Vec<(String, Slot)> = Vec::new();
    match &node.row {
        Some(row) => {
            parts.push(columns::status(row, glyphs));
            if node.owns {
                parts.extend(problems(node, glyphs));
            } else if columns::name_slot(row) != Slot::Text {
                parts.push(columns::presence(&row.presence, model.ages_at, glyphs));
            }
        }
        None => parts.extend(problems(node, glyphs)),
    }
    if parts.is_empty() {
        parts.push((format!("{} no problems", glyphs.ok), Slot::Ok));
    }
    let mut room = wide;
    let mut spans = Vec::new();
    for (text, slot) in parts {
        let text = text::clip(glyphs, &text, room);
        room = room.saturating_sub(text::width(glyphs, &text) + 2);
        spans.push(Span::styled(text, style(slot)));
        spans.push(Span::raw("  "));
    }
    spans
}

fn problems(node: &Node, glyphs: &crate::glyphs::Glyphs) -> Vec<(String, Slot)> {
    [
        (node.errors, glyphs.error, ["error", "errors"], Slot::Error),
        (node.warnings, glyphs.warning, ["warning", "warnings"], Slot::Warning),
        (node.unknown, glyphs.unknown, ["unknown", "unknown"], Slot::Unknown),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, sign, [one, many], slot)| (format!("{sign} {}", plural(n, one, many)), slot))
    .collect()
}
