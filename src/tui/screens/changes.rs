//! Screen 5: what changed, newest first; or counted by run, asset, kind, change, path, hour or day.

mod groups;
mod rows;

use cloudscope_domain::{Moment, Timestamp, time::short_span};
use ratatui::{buffer::Buffer, layout::Rect};

use super::strays;
use crate::{
    keymap::Action,
    model::{
        Model,
        changes::{View, group_in_words},
    },
    text::{self, count, plural, wrap},
    theme::Slot,
    widgets::pen::{self, Pen},
};

/// Draws it.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let line = |y: u16| Rect { y: area.y + y.min(area.height), height: u16::from(y < area.height), ..area };
    title(model, buffer, line(0));
    let list = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(2), ..area };
    if let Some(words) = empty(model) {
        return explain(model, buffer, list, &words);
    }
    if model.changes.view.group.is_some() {
        groups::draw(model, buffer, list);
    } else {
        rows::draw(model, buffer, list);
    }
    end(model, buffer, line(area.height.saturating_sub(1)));
}

/// Which changes these are, and how many are newer.
fn title(model: &Model, buffer: &mut Buffer, area: Rect) {
    let (ui, changes) = (&model.ui, &model.changes);
    let mut area = area;
    if let Some((newer, more)) = changes.newer {
        let key = model.ui.keymap.key_of(Action::Refresh, &model.context());
        let key = key.unwrap_or_else(|| ":refresh".to_owned());
        let plus = if more { "+" } else { "" };
        let text = format!(" {}{plus} newer, {key}", count(newer));
        area.width -= pen::right(buffer, ui, area, &text, Slot::Delta);
    }
    let view = &changes.view;
    let mut pen = Pen::new(buffer, ui, area);
    let rows = match (&changes.shown, view.group) {
        (None, _) if changes.failed.is_some() => "changes".to_owned(),
        (None, _) => format!("reading{}", ui.glyphs.ellipsis),
        (Some(shown), Some(group)) => {
            let groups = plural(shown.groups.len() as u64, "group", "groups");
            format!("by {}: {groups}, most changes first", group_in_words(group))
        }
        (Some(shown), None) if shown.whole => plural(shown.rows, "change", "changes"),
        (Some(shown), None) => format!("more than {} changes", count(shown.rows)),
    };
    pen.put(&rows, Slot::Title);
    let wide = |form: &Form| text::width(&ui.glyphs, &form.concat());
    let forms = forms(view, model.ages_at);
    let Some([near, name, times]) = forms.iter().find(|form| wide(form) <= pen.room()).or(forms.last())
    else {
        return;
    };
    // The times are needed whole; of a name that is longer than that the beginning is enough.
    let room = pen.room().saturating_sub(wide(&[near.clone(), String::new(), times.clone()]));
    pen.put(near, Slot::Dim).styled(&ui.clip(name, room), ui.style(Slot::Accent)).put(times, Slot::Dim);
}

/// What narrows the list: how near, to what, and the times.
type Form = [String; 3];

/// The same in fewer and fewer words.
fn forms(view: &View, now: Timestamp) -> [Form; 3] {
    let name = view.around.as_ref().map(|around| around.name.clone()).unwrap_or_default();
    let steps = view.around.as_ref().map(|around| around.steps);
    let near =
        |before: &str, after: &str| steps.map(|steps| format!("{before}{steps}{after}")).unwrap_or_default();
    let times = |after: &str, up_to: &str, form: &dyn Fn(Moment) -> String| {
        let since = view.since.map(|at| format!("{after}{}", form(at)));
        let until = view.until.map(|at| format!("{up_to}{}", form(at)));
        since.into_iter().chain(until).collect::<String>()
    };
    let since = times(", after ", ", up to ", &moment);
    // The age of a time is shorter than the time.
    let ago = |at| match at {
        Moment::Time(at) => format!("{} ago", short_span(now.since(at))),
        Moment::Revision(revision) => format!("r{revision}"),
    };
    let short = times(", since ", ", up to ", &ago);
    [
        [near(", within ", " steps of "), name.clone(), since.clone()],
        [near(", ", " steps from "), name.clone(), since],
        [near(", ", " steps from "), name, short],
    ]
}

fn moment(moment: Moment) -> String {
    match moment {
        Moment::Time(at) => {
            let at = at.to_string();
            let at = at.get(..16).unwrap_or(&at).replace('T', " ");
            format!("{at}Z")
        }
        Moment::Revision(revision) => format!("r{revision}"),
    }
}

/// The last line: where the list ends, and what is not known beyond.
fn end(model: &Model, buffer: &mut Buffer, area: Rect) {
    let changes = &model.changes;
    let Some(shown) = &changes.shown else { return };
    let mut pen = Pen::new(buffer, &model.ui, area);
    pen.skip(2);
    if !shown.whole && changes.view.group.is_none() {
        pen.put(&format!("older ones are read as you go down{}", model.ui.glyphs.ellipsis), Slot::Dim);
        return;
    }
    match shown.known_since.or(model.estate.known_since()) {
        Some((revision, at)) => {
            let age = short_span(model.ages_at.since(at));
            let text = format!("known since r{revision}, {age} ago; what changed before that is not known");
            pen.put(model.ui.glyphs.unknown, Slot::Unknown).skip(1).put(&text, Slot::Unknown);
        }
        None => {
            pen.put("history is whole: nothing was let go of", Slot::Dim);
        }
    }
}

/// What to say where there are no rows: why, and what to do next.
fn empty(model: &Model) -> Option<Vec<(String, Slot)>> {
    let changes = &model.changes;
    let key = |action| model.ui.keymap.key_of(action, &model.context()).unwrap_or_else(|| ":".to_owned());
    let dots = model.ui.glyphs.ellipsis;
    if let Some(why) = &changes.failed {
        let mut words = vec![(why.clone(), Slot::Error)];
        if let Some((revision, at)) = model.estate.known_since() {
            let age = short_span(model.ages_at.since(at));
            words.push((format!("changes are known since r{revision}, {age} ago"), Slot::Unknown));
        }
        words.push((format!("{} tries again", key(Action::Refresh)), Slot::Dim));
        return Some(words);
    }
    let Some(shown) = &changes.shown else {
        let what = if model.estate.ready() { "reading" } else { "opening the store" };
        return Some(vec![(format!("{what}{dots}"), Slot::Pending)]);
    };
    if changes.rows() > 0 {
        return None;
    }
    let view = &changes.view;
    let mut words = Vec::new();
    if let Some(around) = &view.around {
        let text = format!("nothing within {} steps of {} changed in that time", around.steps, around.name);
        words.push((text, Slot::Text));
        let (ok, all) = model.estate.coverage();
        if ok < all && model.past.at.is_none() {
            let text =
                format!("{} of {all} scopes were not read whole: a change there is not known", all - ok);
            words.push((text, Slot::Warning));
        }
    } else if view.narrow() {
        words.push(("no change matches".to_owned(), Slot::Text));
        words.extend(strays::words(model));
    } else {
        words.push(("nothing has changed yet".to_owned(), Slot::Text));
        words.push(("a change is known when an asset was read twice and differs".to_owned(), Slot::Dim));
        words.push((":collect reads everything again".to_owned(), Slot::Dim));
    }
    if view.narrow() {
        words.push((format!("{} shows every change", key(Action::Back)), Slot::Dim));
    }
    if let Some((revision, at)) = shown.known_since.or(model.estate.known_since()) {
        let age = short_span(model.ages_at.since(at));
        words.push((format!("what changed before r{revision}, {age} ago, is not known"), Slot::Unknown));
    }
    Some(words)
}

fn explain(model: &Model, buffer: &mut Buffer, area: Rect, words: &[(String, Slot)]) {
    let width = usize::from(area.width.saturating_sub(4)).min(76);
    let lines = words
        .iter()
        .flat_map(|(text, slot)| wrap(&model.ui.glyphs, text, width).into_iter().map(move |l| (l, *slot)));
    let top = area.y + area.height / 4;
    for (y, (line, slot)) in (top..area.y + area.height).zip(lines) {
        let mut pen = Pen::new(buffer, &model.ui, Rect { y, height: 1, ..area });
        // What is wrapped was made visible already.
        pen.skip(2).styled(&line, model.ui.style(slot));
    }
}
