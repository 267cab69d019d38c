//! Screen 1: the table, of the rows that are here, and the detail beside it.

use cloudscope_application::message::RowKey;
use cloudscope_domain::{AssetRow, time::short_span};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{detail, heading::title, page, small, strays};
use crate::{
    keymap::{Action, Focus},
    model::{
        Model,
        columns::{self, Column, props},
        layout::Layout,
    },
    text::wrap,
    theme::Slot,
    widgets::{
        pen::Pen,
        table::{self, GUTTER, Head, Row},
    },
};

/// Draws it.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, layout: &Layout) {
    if let Some(page) = model.page_shows() {
        return page::draw(model, page, buffer, layout.main);
    }
    if let Some(words) = empty(model) {
        return centre(model, buffer, layout.main, &words);
    }
    if layout.small {
        return small::rows(model, buffer, layout.main);
    }
    if layout.detail != Some(layout.main) {
        rows(model, buffer, layout.main);
    }
    if let Some(pane) = layout.detail {
        detail::draw(model, buffer, pane, model.focus == Focus::Detail);
    }
}

/// A column as it shows.
struct Share {
    column: Column,
    width: u16,
    /// It holds numbers.
    right: bool,
}

impl Share {
    fn place(&self, text: String) -> String {
        if self.right { format!("{text:>width$}", width = usize::from(self.width)) } else { text }
    }
}

fn rows(model: &Model, buffer: &mut Buffer, area: Rect) {
    let assets = &model.assets;
    let shares = columns::share(&assets.columns, assets.first_column, area.width.saturating_sub(GUTTER));
    let visible = u64::from(area.height.saturating_sub(1));
    let (top, index) = model.table_place();
    let last = (top + visible).min(assets.total());
    let shares: Vec<Share> = shares
        .into_iter()
        .map(|(column, width)| {
            let here = (top..last).filter_map(|number| assets.row(number));
            let right = matches!(&column, Column::Prop(path) if props::numbers(here, path));
            Share { column, width, right }
        })
        .collect();
    let heads: Vec<Head> = shares
        .iter()
        .map(|share| Head {
            title: share.place(title(model, &share.column)),
            width: share.width,
            cut: share.column.cut(),
        })
        .collect();
    let rows: Vec<Row> = (top..last)
        .map(|number| {
            let selected = number == index;
            match assets.row(number) {
                Some(row) => table_row(model, row, &shares, number, selected),
                None => Row {
                    cells: vec![(model.ui.glyphs.ellipsis.to_owned(), Some(Slot::Dim))],
                    selected,
                    ..Row::default()
                },
            }
        })
        .collect();
    table::draw(buffer, &model.ui, area, &heads, &rows);
}

fn table_row(model: &Model, row: &AssetRow, shares: &[Share], number: u64, selected: bool) -> Row {
    let (assets, glyphs) = (&model.assets, &model.ui.glyphs);
    let in_range =
        assets.anchor.is_some_and(|a| (a.min(assets.index)..=a.max(assets.index)).contains(&number));
    let marked = in_range || assets.marks.contains_key(&RowKey::from(row));
    let (sign, slot) = match assets.delta(row) {
        Some(delta) => (delta.sign(), Slot::Delta),
        None if row.pinned => (glyphs.pin, Slot::Marked),
        None => (" ", Slot::Delta),
    };
    Row {
        gutter: [(if marked { glyphs.mark } else { " " }, Some(Slot::Marked)), (sign, Some(slot))],
        cells: shares
            .iter()
            .map(|share| {
                let (text, slot) = share.column.cell(row, model.ages_at, glyphs);
                (share.place(text), Some(slot))
            })
            .collect(),
        selected,
        marked,
    }
}

/// What to say where there are no rows: why, and what to do next.
fn empty(model: &Model) -> Option<Vec<(String, Slot)>> {
    let key = |action| model.ui.keymap.key_of(action, &model.context()).unwrap_or_else(|| ":".to_owned());
    let dots = model.ui.glyphs.ellipsis;
    if let Some(why) = &model.assets.failed {
        // Who attached to a process that is gone has nobody to ask.
        let retry = if model.estate.closed {
            format!("{} quits; started again, this one opens the store itself", key(Action::Quit))
        } else {
            format!("{} tries again", key(Action::Refresh))
        };
        let mut words = vec![(why.clone(), Slot::Error)];
        if let Some((revision, at)) = model.estate.known_since().filter(|_| model.past.at.is_some()) {
            let age = short_span(model.ages_at.since(at));
            words.push((
                format!("known since r{revision}, {age} ago; {} goes back to now", key(Action::Back)),
                Slot::Unknown,
            ));
        }
        words.push((retry, Slot::Dim));
        return Some(words);
    }
    let Some(shown) = &model.assets.shown else {
        let what = if model.estate.ready() { "reading" } else { "opening the store" };
        let mut words = vec![(format!("{what}{dots}"), Slot::Pending)];
        if !model.estate.ready() {
            // What stands in the way of it.
            words.extend(model.estate.troubles().into_iter().map(|trouble| (trouble, Slot::Warning)));
        }
        return Some(words);
    };
    if shown.total > 0 {
        return None;
    }
    if !model.assets.filter.is_empty() {
        let mut words = vec![("no asset matches this filter".to_owned(), Slot::Text)];
        words.extend(strays::words(model));
        if shown.undecided > 0 {
            let n = crate::text::count(shown.undecided);
            words.push((
                format!("{n} could not be decided: the value asked about is not known"),
                Slot::Unknown,
            ));
        }
        let (ok, all) = model.estate.coverage();
        if ok < all {
            words.push((format!("{} of {all} scopes were not read whole", all - ok), Slot::Warning));
        }
        words.push((format!("{} takes the filter away", key(Action::Back)), Slot::Dim));
        return Some(words);
    }
    if model.estate.running() {
        return Some(vec![
            (format!("collecting{dots}"), Slot::Pending),
            ("rows appear as they are read".to_owned(), Slot::Dim),
        ]);
    }
    let mut words = vec![("the inventory is empty".to_owned(), Slot::Text)];
    let found = model.estate.overview.iter().flat_map(|o| &o.discovered);
    for one in found.take(8) {
        let later = if one.source.is_some() { "" } else { " (no collector for it yet)" };
        words.push((format!("found: {}{later}", one.title), Slot::Dim));
    }
    words.push((format!("{} collects, {} lists the keys", ":collect", key(Action::Help)), Slot::Dim));
    Some(words)
}

fn centre(model: &Model, buffer: &mut Buffer, area: Rect, words: &[(String, Slot)]) {
    let width = usize::from(area.width.saturating_sub(4)).min(72);
    let lines: Vec<(String, Slot)> = words
        .iter()
        .flat_map(|(text, slot)| wrap(&model.ui.glyphs, text, width).into_iter().map(move |l| (l, *slot)))
        .collect();
    let top = area.y + area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(0)) / 3;
    let bottom = area.y + area.height;
    for (y, (line, slot)) in (top..bottom).zip(lines) {
        let wide = u16::try_from(crate::text::width(&model.ui.glyphs, &line)).unwrap_or(0);
        let x = area.x + area.width.saturating_sub(wide) / 2;
        Pen::new(buffer, &model.ui, Rect { y, height: 1, ..area }).at(x).styled(&line, model.ui.style(slot));
    }
}
