//! Assets counted: one row per group, with its share as a bar, a figure and words.

use cloudscope_application::message::Group;
use cloudscope_domain::StatusClass;
use ratatui::{buffer::Buffer, layout::Rect};

use super::strays;
use crate::{
    glyphs::Glyphs,
    keymap::Action,
    model::{
        Model,
        columns::{self, Column},
        groups::{GroupOrder, Shown},
    },
    text::{Cut, count, plural},
    theme::Slot,
    widgets::{
        pen::Pen,
        table::{self, GUTTER, Head, Row},
    },
};

/// Columns of the counts, the share and what is unknown.
const FIGURES: [u16; 3] = [11, 6, 11];

/// Draws it.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let line = |y: u16| Rect { y: area.y + y.min(area.height), height: u16::from(y < area.height), ..area };
    title(model, buffer, line(0));
    let list = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(2), ..area };
    match &model.groups.shown {
        Some(shown) if !shown.answer.groups.is_empty() => {
            rows(model, shown, buffer, list);
            end(model, shown, buffer, line(area.height.saturating_sub(1)));
        }
        Some(_) => nothing(model, buffer, list),
        None => match &model.groups.failed {
            Some(why) => say(model, buffer, list, why, Slot::Error),
            None => say(model, buffer, list, &format!("counting{}", model.ui.glyphs.ellipsis), Slot::Pending),
        },
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

/// By what, how many, and in which order.
fn title(model: &Model, buffer: &mut Buffer, area: Rect) {
    let (groups, ui) = (&model.groups, &model.ui);
    let mut pen = Pen::new(buffer, ui, area);
    let by = groups.shown.as_ref().map_or(&groups.grouping.by, |shown| &shown.of.1);
    pen.put(&format!("by {}", by.join(", ")), Slot::Title);
    let Some(shown) = &groups.shown else { return };
    let answer = &shown.answer;
    let all = answer.groups.len() as u64 + answer.more;
    let text = format!(": {} of {}", plural(all, "group", "groups"), plural(answer.total, "asset", "assets"));
    pen.put(&text, Slot::Text);
    let first = match (groups.grouping.order, groups.grouping.inverted) {
        (GroupOrder::Count, false) => "most first",
        (GroupOrder::Count, true) => "fewest first",
        (GroupOrder::Value, false) => "by value",
        (GroupOrder::Value, true) => "by value, last first",
    };
    pen.put(&format!(", {first}"), Slot::Dim);
    if answer.groups.iter().map(|group| group.count).sum::<u64>() > answer.total {
        pen.put(", some in several", Slot::Dim);
    }
    if answer.undecided > 0 {
        let text = format!("  {} {} undecided", ui.glyphs.unknown, count(answer.undecided));
        pen.put(&text, Slot::Unknown);
    }
}

fn rows(model: &Model, shown: &Shown, buffer: &mut Buffer, area: Rect) {
    let (groups, glyphs) = (&model.groups, &model.ui.glyphs);
    let by = &shown.of.1;
    let bar: u16 = if area.width >= 100 { 24 } else { 10 };
    let taken = GUTTER + FIGURES.iter().map(|w| w + 1).sum::<u16>() + bar + 1;
    // A value wants no more than this, or the figures stand far from what they are of.
    let columns = u16::try_from(by.len().max(1)).unwrap_or(u16::MAX);
    let width = (area.width.saturating_sub(taken) / columns).saturating_sub(1).clamp(4, 48);
    let arrow = if groups.grouping.inverted { glyphs.ascending } else { glyphs.descending };
    let by_value = groups.grouping.order == GroupOrder::Value;
    let mut heads: Vec<Head> = by
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let known = Column::from_name(column);
            let sign = match (by_value && at == 0, groups.grouping.inverted) {
                (false, _) => "",
                (true, false) => glyphs.ascending,
                (true, true) => glyphs.descending,
            };
            let name = known.as_ref().map_or_else(|| column.to_uppercase(), |c| c.title().into_owned());
            Head { title: format!("{name}{sign}"), width, cut: known.map_or(Cut::End, |c| c.cut()) }
        })
        .collect();
    let head = |title: String, width| Head { title, width, cut: Cut::End };
    let sign = if by_value { "" } else { arrow };
    heads.push(head(format!("{:>10}", format!("ASSETS{sign}")), FIGURES[0]));
    heads.push(head(" SHARE".to_owned(), FIGURES[1]));
    heads.push(head(String::new(), bar));
    heads.push(head("UNKNOWN".to_owned(), FIGURES[2]));
    let visible = usize::from(area.height.saturating_sub(1));
    let all = shown.answer.groups.iter().enumerate().skip(groups.top).take(visible);
    let rows: Vec<Row> = all
        .map(|(i, group)| {
            let mut cells: Vec<(String, Option<Slot>)> = group
                .values
                .iter()
                .enumerate()
                .map(|(column, value)| match value.as_deref() {
                    None => ("(none)".to_owned(), Some(Slot::Dim)),
                    Some("") => ("(empty)".to_owned(), Some(Slot::Dim)),
                    Some(word) => {
                        let shown = group.shown(column).unwrap_or_else(|| word.to_owned());
                        let (sign, slot) =
                            sign_of(group, by.get(column).map_or("", String::as_str), word, glyphs);
                        (if sign.is_empty() { shown } else { format!("{sign} {shown}") }, Some(slot))
                    }
                })
                .collect();
            cells.push((format!("{:>10}", count(group.count)), Some(Slot::Accent)));
            cells.push((share(group.count, shown.answer.total), Some(Slot::Dim)));
            cells.push((glyphs.full.repeat(part(group.count, shown.most, bar)), Some(Slot::Accent)));
            let unknown = match group.unknown {
                0 => String::new(),
                n => format!("{} {}", glyphs.unknown, count(n)),
            };
            cells.push((unknown, Some(Slot::Unknown)));
            Row { cells, selected: i == groups.index, ..Row::default() }
        })
        .collect();
    table::draw(buffer, &model.ui, area, &heads, &rows);
}

/// The sign and the colour of a value, where values of its column have one elsewhere. A word that is well here
/// and ill there has the sign of the worst.
fn sign_of(group: &Group, column: &str, word: &str, glyphs: &Glyphs) -> (&'static str, Slot) {
    match column {
        "status" => {
            let worst = match group {
                Group { class: Some(class), .. } => Some(*class),
                Group { errors: 1.., .. } => Some(StatusClass::Error),
                Group { warnings: 1.., .. } => Some(StatusClass::Warning),
                _ => None,
            };
            worst.map_or((" ", Slot::Text), |class| (glyphs.status(class), columns::status_slot(class)))
        }
        "presence" => match word {
            "present" => (glyphs.ok, Slot::Ok),
            "unknown" => (glyphs.unknown, Slot::Unknown),
            "gone" => (glyphs.gone, Slot::Gone),
            _ => ("", Slot::Text),
        },
        _ => ("", Slot::Text),
    }
}

/// Columns of a bar: at least one where there is anything.
fn part(of: u64, most: u64, bar: u16) -> usize {
    let full = u128::from(bar) * u128::from(of) / u128::from(most.max(1));
    usize::try_from(full).unwrap_or(0).clamp(usize::from(of > 0), usize::from(bar))
}

fn share(of: u64, total: u64) -> String {
    let tenths = u128::from(of) * 1_000 / u128::from(total.max(1));
    if tenths == 0 && of > 0 {
        " <0.1%".to_owned()
    } else {
        format!("{:>5}%", format!("{}.{}", tenths / 10, tenths % 10))
    }
}

/// The last line: what is not on the list, and how to narrow it.
fn end(model: &Model, shown: &Shown, buffer: &mut Buffer, area: Rect) {
    if shown.answer.more == 0 {
        return;
    }
    let key = model.ui.keymap.key_of(Action::Filter, &model.context()).unwrap_or_else(|| ":filter".into());
    let text = format!(
        "{} smaller {} not listed; {key} narrows what is counted",
        count(shown.answer.more),
        if shown.answer.more == 1 { "group is" } else { "groups are" },
    );
    Pen::new(buffer, &model.ui, area).skip(2).put(&text, Slot::Warning);
}
