//! What stands round every screen: row 1, the crumbs, the filter line, the hints.

use cloudscope_application::message::SortKey;
use cloudscope_domain::{
    CoverageState,
    query::{BadTerm, Span},
    time::short_span,
};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{collectors, past, strays};
use crate::{
    keymap::{Action, Mode, Screen},
    model::{
        Model,
        layout::TWO_PANES,
        overlay::{Field, NameLine, Overlay, Prompt},
        sorting,
    },
    text::{count, plural},
    theme::Slot,
    ui::Ui,
    widgets::{
        pen::{self, Pen},
        typed,
    },
};

/// Columns of row 2 that the title of a document gets at least.
const DOCUMENT: usize = 36;

/// Hints shown at most.
const HINTS: usize = 6;

/// Row 1: what is seen, how old it is, how much of it was read.
pub(crate) fn header(model: &Model, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    let bar = format!(" {} ", ui.glyphs.bar);
    let mut pen = Pen::new(buffer, ui, area);
    pen.put("CloudScope", Slot::Accent);
    let Some(overview) = &model.estate.overview else {
        pen.put(&bar, Slot::Border)
            .put("opening the store", Slot::Pending)
            .put(ui.glyphs.ellipsis, Slot::Pending);
        return;
    };
    if overview.demo {
        let words = if area.width >= TWO_PANES { " DEMO: made-up estate " } else { " DEMO " };
        pen.put(" ", Slot::Text).put(words, Slot::Demo);
    }
    if model.estate.parted {
        let words = format!("{} the owner went away, finding the next", ui.glyphs.pending);
        pen.put(&bar, Slot::Border).put(&words, Slot::Pending);
        return;
    }
    if !overview.ready {
        pen.put(&bar, Slot::Border)
            .put("opening the store", Slot::Pending)
            .put(ui.glyphs.ellipsis, Slot::Pending);
        return;
    }
    if model.estate.closed {
        pen.put(&bar, Slot::Border).put(&format!("{} the owner went away", ui.glyphs.error), Slot::Error);
    } else if overview.remote {
        pen.put(&bar, Slot::Border).put("attached", Slot::Accent);
    }
    if let Some(then) = model.past.shown(model.screen) {
        return past::header(model, then, &mut pen, &bar);
    }
    let names: Vec<String> = overview.sources.iter().map(|s| s.name.to_string()).collect();
    let scope = if names.is_empty() { "no source yet".to_owned() } else { names.join(",") };
    let mut right = vec![scopes(model)];
    if model.live() {
        right.push((format!("{} live", ui.glyphs.live), Slot::Delta));
    }
    let total = overview.total.max(model.assets.total().min(overview.total));
    let matching = match model.screen {
        Screen::Groups => model.groups.shown.as_ref().map(|shown| shown.answer.total),
        Screen::Tree => model.tree.root.children.as_ref().map(|_| model.tree.root.count),
        _ => model.assets.shown.as_ref().map(|shown| shown.total),
    };
    let failed = match model.screen {
        Screen::Groups => model.groups.failed.is_some(),
        Screen::Tree => false,
        _ => model.assets.failed.is_some(),
    };
    let rows = match matching {
        // What is shown is not what is asked for: nobody could tell.
        _ if failed && !model.assets.filter.is_empty() => {
            format!("{} of {}", ui.glyphs.unknown, count(total))
        }
        Some(matching) if !model.assets.filter.is_empty() => {
            format!("{} of {}", count(matching), count(total))
        }
        _ => plural(total, "asset", "assets"),
    };
    right.push((rows, Slot::Text));
    let taken = |right: &[(String, Slot)]| -> usize {
        right.iter().map(|(text, _)| crate::text::width(&ui.glyphs, text) + 3).sum()
    };
    // What was read, and how much there is, matter more than when.
    let room = pen.room().saturating_sub(taken(&right));
    let ages = ages(model).into_iter().find(|(text, _)| crate::text::width(&ui.glyphs, text) + 3 <= room);
    right.splice(0..0, ages);
    let wide = taken(&right);
    // The names give way first: what was read, and how much there is, matter more.
    let room = pen.room().saturating_sub(wide + 10);
    // A whole name, or enough of the list to be worth its place.
    if room >= crate::text::width(&ui.glyphs, &scope).min(10) {
        let scope = ui.clip(&scope, room);
        pen.put(&bar, Slot::Border).put("scope: ", Slot::Dim).styled(&scope, ui.style(Slot::Text));
    }
    for (text, slot) in right {
        pen.put(&bar, Slot::Border).put(&text, slot);
    }
}

/// How old the newest and the oldest is, in fewer and fewer words. On a narrow screen the source of the
/// oldest is left to the Collectors screen.
fn ages(model: &Model) -> Vec<(String, Slot)> {
    let Some(overview) = &model.estate.overview else { return Vec::new() };
    let Some(newest) = overview.newest else { return vec![("nothing read yet".to_owned(), Slot::Unknown)] };
    let age = |at| short_span(model.ages_at.since(at));
    let words = format!("newest {}", age(newest));
    let mut all = Vec::new();
    if let Some((oldest, key)) = overview.oldest.as_ref().filter(|(oldest, _)| age(*oldest) != age(newest)) {
        let both = format!("{words}, oldest {}", age(*oldest));
        if model.size.0 >= TWO_PANES {
            all.push((format!("{both} {}", key.source), Slot::Text));
        }
        all.push((both, Slot::Text));
    }
    all.push((words, Slot::Text));
    all
}

/// Scopes read whole, with sign, word and colour; while a collection runs, how far it is.
fn scopes(model: &Model) -> (String, Slot) {
    let glyphs = &model.ui.glyphs;
    if let Some(run) = model.estate.run.as_ref().filter(|_| model.estate.running()) {
        let ended = model.estate.ended;
        return (format!("{} {ended}/{} collecting", glyphs.pending, run.scopes.len()), Slot::Pending);
    }
    let (ok, all) = model.estate.coverage();
    let worst = model
        .estate
        .overview
        .iter()
        .flat_map(|o| &o.coverage)
        .filter(|(_, n)| *n > 0)
        .map(|(state, _)| *state);
    let denied = worst.clone().any(|s| matches!(s, CoverageState::Denied | CoverageState::Unreachable));
    let (sign, slot) = match (ok == all, denied) {
        (true, _) if all == 0 => (glyphs.unknown, Slot::Unknown),
        (true, _) => (glyphs.ok, Slot::Ok),
        (false, true) => (glyphs.error, Slot::Error),
        (false, false) => (glyphs.warning, Slot::Warning),
    };
    (format!("{sign} {ok}/{all} scopes read"), slot)
}

/// Row 2: where one is, and what should be mended.
pub(crate) fn crumbs(model: &Model, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    let troubles = model.estate.troubles();
    let mut area = area;
    if let Some(last) = troubles.last() {
        let more =
            if troubles.len() > 1 { format!(" (+{}; `:doctor`)", troubles.len() - 1) } else { String::new() };
        let text = ui.clip(&format!("{} {last}{more}", ui.glyphs.warning), usize::from(area.width / 2));
        area.width -= pen::right(buffer, ui, area, &text, Slot::Warning);
    }
    let mut pen = Pen::new(buffer, ui, area);
    let between = format!(" {} ", ui.glyphs.crumb);
    // Where one is matters more than where one came from, which is cut from its beginning.
    let more = if model.overlays.iter().any(|o| matches!(o, Overlay::Document(_) | Overlay::Comparison(_))) {
        DOCUMENT
    } else {
        0
    };
    let room = pen.room().saturating_sub(more);
    let wide = |trail: &[Screen]| -> usize {
        trail.iter().chain([&model.screen]).map(|screen| screen.name().len() + 3).sum()
    };
    let mut trail = model.trail.as_slice();
    while let [_, rest @ ..] = trail
        && wide(trail) > room
    {
        trail = rest;
    }
    if trail.len() < model.trail.len() {
        pen.put(ui.glyphs.ellipsis, Slot::Dim).put(&between, Slot::Border);
    }
    for screen in trail {
        pen.put(screen.name(), Slot::Dim).put(&between, Slot::Border);
    }
    pen.put(model.screen.name(), Slot::Title);
    if matches!(model.screen, Screen::Assets | Screen::Groups | Screen::Tree)
        && !model.assets.filter.is_empty()
    {
        pen.put(&between, Slot::Border).put(&model.assets.filter, Slot::Text);
    }
    if let Some(page) = model.page_shows().filter(|_| model.screen == Screen::Assets) {
        let what = if model.estate.ready() { "reading" } else { "opening the store" };
        let text = format!("  {}, {what}{}", page.age(model.ages_at), ui.glyphs.ellipsis);
        pen.put(&text, Slot::Pending);
    }
    if model.screen == Screen::Assets
        && let Some(order) = order(model)
    {
        pen.put("  ", Slot::Text).put(&order, Slot::Dim);
    }
    for overlay in &model.overlays {
        let title = match overlay {
            Overlay::Document(doc) => doc.title.clone(),
            Overlay::Comparison(comparing) => format!("since {}", comparing.from),
            _ => continue,
        };
        pen.put(&between, Slot::Border).put(&title, Slot::Text);
    }
    if model.screen == Screen::Assets
        && let Some(newer) = newer(model)
    {
        pen.put("  ", Slot::Text).put(&newer, Slot::Delta);
    }
}

/// The order in words, where a column that decides it does not show.
fn order(model: &Model) -> Option<String> {
    let assets = &model.assets;
    let shows = |key: &SortKey| assets.columns.iter().any(|column| column.name() == key.column);
    if assets.sort.iter().all(shows) {
        return None;
    }
    let keys = assets.sort.iter().map(|key| sorting::show(std::slice::from_ref(key)));
    Some(format!("by {}", keys.collect::<Vec<_>>().join(", then ")))
}

/// What is newer than what shows, while the user's hand is on the rows.
fn newer(model: &Model) -> Option<String> {
    let assets = &model.assets;
    let total = assets.newer?;
    if assets.marks.is_empty() && assets.anchor.is_none() {
        return None;
    }
    let known = model.estate.overview.as_ref().map_or(0, |o| o.total);
    let key = model.ui.keymap.key_of(crate::keymap::Action::Refresh, &model.context());
    let key = key.unwrap_or_else(|| ":refresh".into());
    let what = if total > known { format!("{} new", count(total - known)) } else { "newer rows".into() };
    Some(format!("{what}, press {key}"))
}

/// The last line but one: what is typed, or the filter's terms as chips. Returns the cursor's place.
pub(crate) fn filter_line(model: &Model, buffer: &mut Buffer, area: Rect) -> Option<(u16, u16)> {
    let ui = &model.ui;
    let mut area = area;
    if area.height == 0 {
        return None;
    }
    if let Some(text) = model.looked() {
        let text = format!(" {} {text}", ui.glyphs.pending);
        area.width -= pen::right(buffer, ui, area, &text, Slot::Pending);
    }
    if let Some([first, _]) = broken(model, area.width) {
        let slot = model.message.as_ref().map_or(Slot::Text, |message| message.slot());
        Pen::new(buffer, ui, area).put(&first, slot);
        return None;
    }
    for overlay in model.overlays.iter().rev() {
        let (sign, line) = match overlay {
            Overlay::Filter(filter) => ("/", &filter.line),
            Overlay::Search(line) => ("/", line),
            Overlay::Letter(letter) => {
                let text =
                    if letter.jump { "go to the view of the letter: " } else { "mark with the letter: " };
                let x = Pen::new(buffer, ui, area).put(text, Slot::Title).x();
                return Some((x, area.y));
            }
            Overlay::Field(Field { title, line, .. })
            | Overlay::Prompt(Prompt { title, line, .. })
            | Overlay::Name(NameLine { title, line, .. }) => {
                let title = format!("{}: ", title.trim_end_matches([':', ' ']));
                let used = crate::text::width(&ui.glyphs, &title).min(usize::from(area.width));
                Pen::new(buffer, ui, area).put(&title, Slot::Title);
                let used = u16::try_from(used).unwrap_or(area.width);
                let rest = Rect { x: area.x + used, width: area.width - used, ..area };
                let (text, at) = (line.text(), line.position());
                return Some(typed::draw(buffer, ui, rest, text, at, &[]));
            }
            _ => continue,
        };
        Pen::new(buffer, ui, area).put(sign, Slot::Accent);
        let is_filter = matches!(overlay, Overlay::Filter(_));
        let (marks, bad) = if is_filter { marks(model, line.text()) } else { (Vec::new(), None) };
        let mut rest = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
        if let Some(bad) = bad {
            let room =
                usize::from(rest.width).saturating_sub(crate::text::width(&ui.glyphs, line.text()) + 4);
            let why = reason(&bad, ui, room.max(usize::from(rest.width / 2)));
            rest.width -= pen::right(buffer, ui, rest, &why, Slot::Bad);
        }
        return Some(typed::draw(buffer, ui, rest, line.text(), line.position(), &marks));
    }
    match model.screen {
        _ if model.context().mode == Mode::Doc => {}
        Screen::Assets => chips(model, buffer, area),
        Screen::Changes => changes_filter(model, buffer, area),
        Screen::Groups => {
            let bad = model.groups.shown.as_ref().map_or(&[][..], |shown| &shown.answer.bad);
            counted_filter(model, bad, buffer, area);
        }
        Screen::Tree => counted_filter(model, &model.tree.bad, buffer, area),
        Screen::Collectors => collectors::under_cursor(model, buffer, area),
        _ => {}
    }
    None
}

/// The spans of the terms in what is typed, and what is wrong with the first bad one. The engine's
/// word is about the text that was asked; it is used only while that is still what stands there.
fn marks(model: &Model, line: &str) -> (Vec<(usize, usize, Slot)>, Option<BadTerm>) {
    let shift = line.len() - line.trim_start().len();
    if model.screen == Screen::Changes {
        let shown = model.changes.shown.as_ref().filter(|_| !model.waiting(crate::effect::Tag::Changes));
        return explain(shown.map_or(&[], |shown| &shown.bad), &[], shift);
    }
    if model.screen == Screen::Groups {
        let shown = model.groups.shown.as_ref().filter(|_| !model.waiting(crate::effect::Tag::Groups));
        return explain(shown.map_or(&[], |shown| &shown.answer.bad), &[], shift);
    }
    if model.screen == Screen::Tree {
        return explain(&model.tree.bad, &[], shift);
    }
    let assets = &model.assets;
    // Of the same text they stay while a newer state of the table is on its way.
    let staged = assets.staged.as_ref().filter(|_| assets.asking.filter == line.trim());
    let shown =
        || assets.shown.as_ref().filter(|_| assets.of.as_ref().is_some_and(|of| of.filter == line.trim()));
    let Some(opened) = staged.or_else(shown) else { return (Vec::new(), None) };
    explain(&opened.bad, &opened.chips, shift)
}

fn explain(
    bad: &[BadTerm],
    chips: &[(Span, String)],
    shift: usize,
) -> (Vec<(usize, usize, Slot)>, Option<BadTerm>) {
    let mut marks: Vec<_> =
        bad.iter().map(|b| (b.span.start + shift, b.span.end + shift, Slot::Bad)).collect();
    marks.extend(chips.iter().map(|(span, _)| (span.start + shift, span.end + shift, Slot::Chip)));
    (marks, bad.first().cloned())
}

/// What is wrong with a term and what was probably meant, in at most so many columns. The term itself is
/// underlined, and is named only where there is room; what was meant helps more than the reason.
fn reason(bad: &BadTerm, ui: &Ui, room: usize) -> String {
    let BadTerm { text, reason, suggestion, .. } = bad;
    let forms = match suggestion {
        Some(meant) => vec![
            format!("{text}: {reason}; did you mean `{meant}`?"),
            format!("{reason}; did you mean `{meant}`?"),
            format!("did you mean `{meant}`?"),
        ],
        None => vec![format!("{text}: {reason}"), reason.clone()],
    };
    let fits = forms.iter().find(|form| crate::text::width(&ui.glyphs, form) <= room);
    ui.clip(fits.or(forms.last()).map_or("", String::as_str), room)
}

/// The filter of the Changes screen, with what of it was not understood.
fn changes_filter(model: &Model, buffer: &mut Buffer, area: Rect) {
    let changes = &model.changes;
    if changes.view.filter.is_empty() {
        return;
    }
    let mut pen = Pen::new(buffer, &model.ui, area);
    pen.put("/", Slot::Accent).put(&changes.view.filter, Slot::Chip).skip(1);
    bad_terms(&mut pen, changes.shown.as_ref().map_or(&[], |shown| &shown.bad));
}

/// The filter of what is counted, with what of it was not understood.
fn counted_filter(model: &Model, bad: &[BadTerm], buffer: &mut Buffer, area: Rect) {
    if model.assets.filter.is_empty() {
        return;
    }
    let mut pen = Pen::new(buffer, &model.ui, area);
    pen.put("/", Slot::Accent).put(&model.assets.filter, Slot::Chip).skip(1);
    bad_terms(&mut pen, bad);
    let counted = model.groups.shown.as_ref().filter(|_| model.screen == Screen::Groups);
    if counted.is_some_and(|shown| shown.answer.total > 0) {
        strays::chips(model, &mut pen);
    }
}

fn bad_terms(pen: &mut Pen<'_>, bad: &[BadTerm]) {
    for bad in bad {
        pen.put(&format!("[{}]", bad.text), Slot::Bad).skip(1).put(&bad.reason, Slot::Dim).skip(1);
        if let Some(suggestion) = &bad.suggestion {
            pen.put(&format!("did you mean `{suggestion}`?"), Slot::Dim).skip(1);
        }
    }
}

fn chips(model: &Model, buffer: &mut Buffer, area: Rect) {
    let mut pen = Pen::new(buffer, &model.ui, area);
    let Some(shown) = &model.assets.shown else { return };
    if model.assets.filter.is_empty() {
        return;
    }
    pen.put("/", Slot::Accent);
    if shown.chips.is_empty() && shown.bad.is_empty() {
        pen.put(&model.assets.filter, Slot::Text);
    }
    for (_, chip) in &shown.chips {
        pen.put(&format!("[{chip}]"), Slot::Chip).skip(1);
    }
    bad_terms(&mut pen, &shown.bad);
    for (n, what) in [(shown.unknown, "unknown"), (shown.undecided, "undecided")] {
        if n > 0 {
            pen.put(&format!("{} {} {what}", model.ui.glyphs.unknown, count(n)), Slot::Unknown).skip(1);
        }
    }
    // Where nothing matches there is room for it.
    if shown.total > 0 {
        strays::chips(model, &mut pen);
    }
}

/// The last line: a message, else the keys that matter here; the marks and the query's time at its end.
pub(crate) fn hints(model: &Model, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    if let Some((message, [_, rest])) = model.message.as_ref().zip(broken(model, area.width)) {
        Pen::new(buffer, ui, area).put(rest.trim_start(), message.slot());
        return;
    }
    let mut area = area;
    let mut status = Vec::new();
    if !model.assets.marks.is_empty() {
        status.push(format!("{} marked", count(model.assets.marks.len() as u64)));
    }
    if model.assets.anchor.is_some() {
        status.push("range".into());
    }
    let shown = model.assets.shown.as_ref().filter(|_| model.screen == Screen::Assets);
    let busy = model.busy();
    match (busy, shown) {
        (Some(word), _) => {
            let key = ui.keymap.key_of(Action::Back, &model.context()).unwrap_or_else(|| "ctrl-c".into());
            status.push(format!("{} {word}{}, {key} stops", ui.glyphs.pending, ui.glyphs.ellipsis));
        }
        (None, Some(shown)) => status.push(micros(shown.micros)),
        (None, None) => {}
    }
    let slot = if busy.is_some() { Slot::Pending } else { Slot::Dim };
    // A message is read whole; what stands beside it comes back with the keys.
    let told = model.message.as_ref().map_or(0, |message| crate::text::width(&ui.glyphs, &message.text));
    let room = usize::from(area.width).saturating_sub(told);
    let fits = told == 0 || crate::text::width(&ui.glyphs, &status.join("  ")) < room;
    if !status.is_empty() && area.width > 40 && fits {
        area.width -= pen::right(buffer, ui, area, &format!(" {}", status.join("  ")), slot);
    }
    let mut pen = Pen::new(buffer, ui, area);
    if let Some(message) = &model.message {
        pen.put(&message.text, message.slot());
        return;
    }
    let mut hints: Vec<(String, String)> = Vec::new();
    for hint in ui.keymap.hints(&model.context(), HINTS, |action| model.acts(action)) {
        hints.push((hint.keys.into_iter().next().unwrap_or_default(), hint.desc));
    }
    let wide = |hints: &[(String, String)]| -> usize {
        let of = |text: &str| crate::text::width(&ui.glyphs, text);
        hints.iter().map(|(key, what)| of(key) + of(what) + 3).sum()
    };
    // The last one says where the others are, so it goes last.
    while hints.len() > 1 && wide(&hints) > pen.room() {
        hints.remove(hints.len() - 2);
    }
    for (key, what) in hints {
        pen.put(&key, Slot::Key).skip(1).put(&what, Slot::Dim).skip(2);
    }
}

/// A message that one line has no room for, in two: while nothing is typed the line above is lent to it.
fn broken(model: &Model, width: u16) -> Option<[String; 2]> {
    let message = model.message.as_ref().filter(|_| model.layout().filter.height > 0)?;
    let (glyphs, width) = (&model.ui.glyphs, usize::from(width));
    let typed = |o: &Overlay| !matches!(o, Overlay::Document(_) | Overlay::Comparison(_));
    if crate::text::width(glyphs, &message.text) <= width || model.overlays.iter().any(typed) {
        return None;
    }
    let mut lines = crate::text::wrap(glyphs, &message.text, width).into_iter();
    let first = lines.next()?;
    Some([first, lines.collect::<Vec<_>>().join(" ")])
}

fn micros(n: u64) -> String {
    match n {
        0..=999 => format!("{n} us"),
        1_000..=999_999 => format!("{}.{} ms", n / 1_000, n % 1_000 / 100),
        _ => format!("{}.{} s", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}
