//! The command line while it is typed.

use cloudscope_application::{Command, message::Completion};
use cloudscope_domain::time::short_span;

use super::{collect, names, pick};
use crate::{
    effect::{Effect, Tag},
    keymap::Action,
    model::{
        Model,
        columns::{self, Column},
        line::Line,
        overlay::Overlay,
        palette::{self, Palette, Words},
        sorting,
        tree::way::Way,
    },
    text::plural,
};

/// Runs proposed as moments.
const MOST_RUNS: usize = 50;
/// Commands kept.
const MOST: usize = 100;

/// Begins to type.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    open_with(model, "")
}

/// Begins to type, with some text typed already.
pub(super) fn open_with(model: &mut Model, text: &str) -> Vec<Effect> {
    model.overlays.push(Overlay::Palette(Palette { line: Line::new(text), ..Palette::default() }));
    let mut effects = names::ask(model);
    effects.extend(typed(model));
    effects
}

fn words(model: &Model) -> Words {
    Words {
        themes: model.ui.themes.names().map(str::to_owned).collect(),
        keymaps: model.ui.keymaps.names().map(str::to_owned).collect(),
        sources: model.estate.overview.as_ref().map(|o| collect::names_of(o)).unwrap_or_default(),
        columns: columns::ALL.iter().map(Column::name).map(str::to_owned).chain(pick::tags(model)).collect(),
        sortable: sorting::sortable().map(str::to_owned).chain(pick::tags(model)).collect(),
        named: named(model),
        trees: trees(),
        groupable: sorting::groupable().map(str::to_owned).chain(pick::tags(model)).collect(),
        moments: moments(model),
        views: model.views.list().into_iter().map(|view| (view.name.clone(), view.query.clone())).collect(),
        formats: model.export.formats.iter().map(|f| f.name.clone()).collect(),
    }
}

/// The kinds that have names and are there, each with its names.
fn named(model: &Model) -> Vec<(Vec<String>, String)> {
    let there = model.kinds.iter().filter(|words| words.count > 0 && !words.names.is_empty());
    let alone = |name: &String| model.kinds.named(name).len() == 1;
    there
        .map(|words| {
            let title = if words.title.is_empty() { words.kind.as_str() } else { &words.title };
            // A name that several bear would ask again which.
            let mut names: Vec<String> = words.names.iter().filter(|name| alone(name)).cloned().collect();
            if names.is_empty() {
                names.push(words.kind.to_string());
            }
            (names, format!("{title}, {}", plural(words.count, "asset", "assets")))
        })
        .collect()
}

fn trees() -> Vec<String> {
    let named = Way::NAMED.iter().map(|(name, _)| (*name).to_owned());
    named.chain(["by".to_owned()]).collect()
}

/// Usual spans back, then the runs that are known, the newest first.
fn moments(model: &Model) -> Vec<(String, String)> {
    let usual =
        [("-1h", "an hour ago"), ("-2h", "two hours ago"), ("-1d", "a day ago"), ("-7d", "a week ago")];
    let usual = usual.into_iter().map(|(text, about)| (text.to_owned(), about.to_owned()));
    let runs = model.past.runs.iter().flatten().rev().take(MOST_RUNS).map(|run| {
        let age = short_span(model.clock.since(run.started));
        (format!("r{}", run.revision), format!("run {}, {age} ago", run.id))
    });
    usual.chain(runs).collect()
}

/// The text changed: proposals follow.
pub(super) fn typed(model: &mut Model) -> Vec<Effect> {
    propose(model);
    let Some(Overlay::Palette(palette)) = model.overlays.last() else { return Vec::new() };
    let word = palette.line.text().trim();
    if word.is_empty() || word.contains(char::is_whitespace) {
        return Vec::new();
    }
    let query = format!("kind:{word}");
    let position = query.len();
    let at = model.at();
    vec![model.ask(Tag::Kinds, Command::Complete { query, position, at })]
}

fn propose(model: &mut Model) {
    let words = words(model);
    let Some(Overlay::Palette(palette)) = model.overlays.last_mut() else { return };
    palette.proposals = palette::proposals(palette.line.text(), &words, &palette.kinds);
    palette.chosen = None;
}

/// Kinds that fit arrived.
pub(super) fn kinds(model: &mut Model, kinds: Vec<Completion>) -> Vec<Effect> {
    let Some(Overlay::Palette(palette)) = model.overlays.last_mut() else { return Vec::new() };
    palette.kinds = kinds;
    // A proposal that is being chosen must not move under the hand.
    if palette.chosen.is_none() {
        propose(model);
    }
    Vec::new()
}

/// The names of kinds arrived while it is typed.
pub(super) fn words_arrived(model: &mut Model) {
    let chosen = |overlay: &Overlay| matches!(overlay, Overlay::Palette(p) if p.chosen.is_some());
    if model.overlays.last().is_some_and(|overlay| !chosen(overlay)) {
        propose(model);
    }
}

/// What actions mean while it is typed; whoever calls runs the line that [`accept`] takes.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let Some(Overlay::Palette(palette)) = model.overlays.last_mut() else { return None };
    let n = palette.proposals.len();
    Some(match action {
        Action::Complete if n > 0 => choose(palette, |at| at.map_or(0, |i| (i + 1) % n)),
        Action::CompletePrevious if n > 0 => choose(palette, |at| at.map_or(n - 1, |i| (i + n - 1) % n)),
        Action::InputOlder => recall(model, 1),
        Action::InputNewer => recall(model, -1),
        Action::ClearInput => {
            palette.line = Line::default();
            typed(model)
        }
        _ => Vec::new(),
    })
}

/// Puts a proposal on the line; the list stays, so that `tab` goes on to the next.
fn choose(palette: &mut Palette, next: impl Fn(Option<usize>) -> usize) -> Vec<Effect> {
    let at = next(palette.chosen);
    palette.chosen = Some(at);
    if let Some(proposal) = palette.proposals.get(at) {
        palette.line = Line::new(proposal.line.clone());
    }
    Vec::new()
}

fn recall(model: &mut Model, by: isize) -> Vec<Effect> {
    let Some(Overlay::Palette(palette)) = model.overlays.last_mut() else { return Vec::new() };
    let older = palette.older.saturating_add_signed(by).min(model.commands.len());
    palette.older = older;
    let line = model.commands.len().checked_sub(older).and_then(|at| model.commands.get(at));
    palette.line = Line::new(line.cloned().unwrap_or_default());
    propose(model);
    Vec::new()
}

/// Takes the line that is to run, if there is one; where it is no command yet, the best proposal that
/// is whole.
pub(super) fn accept(model: &mut Model) -> Option<String> {
    let Some(Overlay::Palette(palette)) = model.overlays.pop() else { return None };
    let typed = palette.line.text().trim().to_owned();
    let line = match palette.proposals.first() {
        // What people call a kind is no beginning of something else.
        _ if !model.kinds.named(&typed).is_empty() => typed,
        Some(best) if !palette.runs_as_typed() => best.line.clone(),
        _ => typed,
    };
    if line.is_empty() {
        return None;
    }
    model.commands.retain(|c| *c != line);
    if model.commands.len() == MOST {
        model.commands.remove(0);
    }
    model.commands.push(line.clone());
    Some(line)
}
