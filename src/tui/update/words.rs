//! What people call the kinds, once that is known, and the lists that are gone to by such a word.

use cloudscope_application::{Command, Reply, SessionError, message::KindWords};
use cloudscope_domain::query::complete::quoted;

use super::{fetch, filter, kind_columns};
use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{
        Model,
        overlay::{Menu, MenuKind, Overlay},
    },
};

/// The names arrived, or cannot be had: then kinds are found by their own names only.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    if let Ok(Reply::Kinds(all)) = result {
        model.kinds.arrived(all);
        kind_columns::follow(model);
        if model.screen == Screen::Assets {
            return fetch::fit(model);
        }
    }
    Vec::new()
}

/// A word that may mean a kind: its list is gone to, or several are offered. `None` where it means none.
pub(super) fn typed(model: &mut Model, word: &str, rest: &str) -> Option<Vec<Effect>> {
    let meant: Vec<&KindWords> = model.kinds.meant(word);
    match meant.as_slice() {
        [] => None,
        [only] => {
            let kind = only.kind.to_string();
            Some(show(model, &kind, rest))
        }
        // A part of many kinds, such as `ec2`, is all of them; a name of several is one of them.
        several if several.iter().all(|words| words.names.is_empty()) || !rest.is_empty() => {
            let kinds: Vec<String> = several.iter().map(|words| quoted(words.kind.as_str())).collect();
            Some(filter::apply(model, format!("kind={} {rest}", kinds.join(",")).trim().to_owned()))
        }
        several => {
            let items = several.iter().map(|words| words.kind.to_string()).collect();
            let picks = Vec::new();
            model.overlays.push(Overlay::Menu(Menu {
                kind: MenuKind::Kind,
                items,
                picks,
                picked: false,
                selected: 0,
            }));
            Some(Vec::new())
        }
    }
}

/// Lists a kind. One word after a kind of Kubernetes is a namespace where there is one of that name.
pub(super) fn show(model: &mut Model, kind: &str, rest: &str) -> Vec<Effect> {
    let list = format!("kind={}", quoted(kind));
    let word = !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if kind.starts_with("k8s.") && word {
        let query = format!("provider=k8s prop.metadata.namespace={}", quoted(rest));
        model.namespace = Some((list, rest.to_owned()));
        let at = model.at();
        let by = vec!["provider".to_owned()];
        return vec![model.ask(Tag::Namespace, Command::Groups { query, by, limit: 1, at })];
    }
    go(model, format!("{list} {rest}").trim().to_owned())
}

/// Whether there is a namespace of that name; if that cannot be told, the word is text.
pub(super) fn namespace(model: &mut Model, result: &Result<Reply, SessionError>) -> Vec<Effect> {
    let Some((list, word)) = model.namespace.take() else { return Vec::new() };
    let there = matches!(result, Ok(Reply::Groups(groups)) if groups.total > 0);
    let term = if there { format!("prop.metadata.namespace={}", quoted(&word)) } else { word };
    go(model, format!("{list} {term}"))
}

fn go(model: &mut Model, filter: String) -> Vec<Effect> {
    // The tree and the groups stay what they are about; a list is a list.
    let mut effects = Vec::new();
    if matches!(model.screen, Screen::Tree | Screen::Groups) {
        effects = super::screen::go(model, Screen::Assets);
    }
    effects.extend(filter::apply(model, filter));
    effects
}
