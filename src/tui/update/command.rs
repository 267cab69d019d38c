//! Runs a line that was typed after `:`.

use cloudscope_domain::AssetId;

use super::{
    collect, compare, export, fetch, filter, groups, look, past, pick, relationships, screen, sort, tree,
    views, words,
};
use crate::{
    data_file::did_you_mean,
    effect::Effect,
    keymap::{Action, Screen},
    model::{
        Model,
        collectors::Pane,
        columns::{self, Column},
        doctor, fuzzy,
        message::Message,
        overlay::Overlay,
        palette::{self, COMMANDS, Verb},
    },
};

/// What became of a line.
pub(super) enum Ran {
    /// It was run.
    Through(Vec<Effect>),
    /// It is another name of an action, which is still to run.
    Means(Action),
}

/// Runs it, unless it is another name of an action.
pub(super) fn run(model: &mut Model, line: &str) -> Ran {
    let (word, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
    let rest = rest.trim();
    let Some(command) = palette::find(word) else { return Ran::Through(unknown(model, word, rest)) };
    Ran::Through(match command.verb {
        Verb::Do(_) if !rest.is_empty() => {
            refuse(model, format!("`{word}` takes nothing after it, not `{rest}`"))
        }
        Verb::Do(action) => return Ran::Means(action),
        Verb::Sort => sort::typed(model, rest),
        Verb::Group => groups::typed(model, rest),
        Verb::Tree => tree::typed(model, rest),
        Verb::Save => views::save(model, rest),
        Verb::View => views::open_named(model, rest),
        Verb::Columns => columns(model, rest),
        Verb::Theme if rest.is_empty() => {
            let names: Vec<&str> = model.ui.themes.names().collect();
            refuse(model, format!("write `theme NAME`, one of {}", names.join(", ")))
        }
        Verb::Keymap if rest.is_empty() => {
            let names: Vec<&str> = model.ui.keymaps.names().collect();
            refuse(model, format!("write `keymap NAME`, one of {}", names.join(", ")))
        }
        Verb::Theme => look::theme(model, rest),
        Verb::Keymap => look::keymap(model, rest),
        Verb::Collect => collect::named(model, &rest.split_whitespace().collect::<Vec<_>>()),
        Verb::Estimate => collect::look(model, &rest.split_whitespace().collect::<Vec<_>>()),
        Verb::Health => health(model),
        Verb::Filter => filter::apply(model, rest.to_owned()),
        Verb::Export => export::typed(model, rest),
        Verb::At if rest.is_empty() => {
            refuse(model, "write `at -2h`, `at r123` or `at 2026-11-20T10:00`".to_owned())
        }
        Verb::At => past::typed(model, rest),
        Verb::Diff => compare::typed(model, rest),
        Verb::Doctor => {
            let document = doctor::document(model);
            model.overlays.push(Overlay::Document(Box::new(document)));
            Vec::new()
        }
        Verb::Graph if rest.is_empty() => relationships::of_selected(model),
        Verb::Graph => relationships::of(model, AssetId::from(rest)),
    })
}

/// A word that is no command may be what people call a kind, or a kind: dotted, or one part of it.
fn unknown(model: &mut Model, word: &str, rest: &str) -> Vec<Effect> {
    if let Some(effects) = words::typed(model, word, rest) {
        return effects;
    }
    let dotted = word.contains('.')
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
    if dotted || !rest.is_empty() && rest.contains([':', '=']) {
        return filter::apply(model, format!("kind:{word} {rest}").trim().to_owned());
    }
    let best = COMMANDS.iter().filter_map(|c| Some((fuzzy::score(word, c.word)?, c.word))).max();
    let hint =
        best.map_or_else(|| "`help` lists the keys".to_owned(), |(_, w)| format!("did you mean `{w}`?"));
    refuse(model, format!("there is no command `{word}`; {hint}"))
}

/// The screen of the collectors, whatever runs, with the pane of the scopes.
fn health(model: &mut Model) -> Vec<Effect> {
    let effects = screen::go(model, Screen::Collectors);
    model.collectors.pane = Pane::Health;
    effects
}

fn columns(model: &mut Model, text: &str) -> Vec<Effect> {
    if text.is_empty() {
        return pick::columns(model);
    }
    let parts: Vec<&str> = text.split([',', ' ']).filter(|p| !p.is_empty()).collect();
    let changes = parts.iter().all(|p| p.starts_with(['+', '-']));
    let mut next = if changes { model.assets.columns.clone() } else { vec![Column::Name] };
    for part in parts {
        let name = part.trim_start_matches(['+', '-']);
        let Some(column) = Column::from_name(name) else {
            let names = || columns::ALL.iter().map(Column::name);
            let hint = did_you_mean(name, names())
                .unwrap_or_else(|| format!("one of {}", names().collect::<Vec<_>>().join(", ")));
            return refuse(model, format!("`{name}` is not a column; {hint}"));
        };
        if next.contains(&column) == part.starts_with('-') {
            pick::toggle(&mut next, column);
        }
    }
    model.assets.columns = next;
    model.assets.first_column = 0;
    model.assets.narrow = None;
    fetch::fit(model)
}

fn refuse(model: &mut Model, text: String) -> Vec<Effect> {
    model.say(Message::warning(text, model.clock));
    Vec::new()
}
