//! The commands that can be typed after `:`, and what is proposed for what is typed so far.
//!
//! Pure: knows the list of commands and the words on offer; running one is `update`'s.

use cloudscope_application::message::Completion;

use super::{fuzzy, line::Line};
use crate::keymap::{Action, Group};

/// The command line while it is typed.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Palette {
    /// What is typed.
    pub(crate) line: Line,
    /// What fits it, best first.
    pub(crate) proposals: Vec<Proposal>,
    /// The one that `tab` and `enter` take.
    pub(crate) chosen: Option<usize>,
    /// Kinds of the inventory that fit the first word, as the engine proposes them.
    pub(crate) kinds: Vec<Completion>,
    /// How far back in the commands typed before.
    pub(crate) older: usize,
}

impl Palette {
    /// Whether `enter` runs the line itself: it is empty, or begins with a command, or says more than
    /// one word.
    pub(crate) fn runs_as_typed(&self) -> bool {
        let typed = self.line.text().trim();
        let first = typed.split_whitespace().next().unwrap_or_default();
        let proposed = self.proposals.first().is_some_and(|p| p.whole);
        first.is_empty() || find(first).is_some() || typed.contains(char::is_whitespace) || !proposed
    }
}

/// Something that fits what is typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Proposal {
    /// The whole line that it makes.
    pub(crate) line: String,
    /// What it does.
    pub(crate) about: String,
    /// Enter runs it as it is; else more has to be typed.
    pub(crate) whole: bool,
}

/// A command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Command {
    /// The word.
    pub(crate) word: &'static str,
    /// What can follow, for the reader; empty when nothing can.
    pub(crate) usage: &'static str,
    /// What it does.
    pub(crate) about: &'static str,
    /// What it is for `update`.
    pub(crate) verb: Verb,
}

/// What a command does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verb {
    /// The same as a key.
    Do(Action),
    /// Orders by columns.
    Sort,
    /// Groups by columns.
    Group,
    /// Shows the tree, branched by something.
    Tree,
    /// Keeps what shows as a view.
    Save,
    /// Shows a saved view.
    View,
    /// Chooses columns.
    Columns,
    /// Chooses a theme.
    Theme,
    /// Chooses a keymap.
    Keymap,
    /// Collects sources.
    Collect,
    /// Shows what collecting sources would take.
    Estimate,
    /// Shows how every scope stands.
    Health,
    /// Applies a filter.
    Filter,
    /// Opens the export form, prefilled.
    Export,
    /// Shows the relationships of an id.
    Graph,
    /// Goes to a moment.
    At,
    /// Compares two moments.
    Diff,
    /// Says what the terminal can do.
    Doctor,
}

const fn command(word: &'static str, usage: &'static str, about: &'static str, verb: Verb) -> Command {
    Command { word, usage, about, verb }
}

/// Every command. A key's action that has no row here is still found by its own name.
pub(crate) const COMMANDS: &[Command] = &[
    command("assets", "", "every asset", Verb::Do(Action::Assets)),
    command("tree", "[workloads | by COLUMN,...]", "everything as a tree", Verb::Tree),
    command("relationships", "", "relationships of the selected asset", Verb::Do(Action::Relationships)),
    command("graph", "ID", "relationships of an asset", Verb::Graph),
    command("collect", "[SOURCE...]", "collect now, everything or some sources", Verb::Collect),
    command("collectors", "", "collectors and health", Verb::Do(Action::Collectors)),
    command("estimate", "[SOURCE...]", "what a run would take, before it is started", Verb::Estimate),
    command("health", "", "how every scope stands", Verb::Health),
    command("policy", "", "the smallest policy that would fix the denials", Verb::Do(Action::Policy)),
    command("login", "", "the command that would renew expired credentials", Verb::Do(Action::Login)),
    command("log", "", "the log, as it goes on", Verb::Do(Action::Log)),
    command("calls", "", "the call ledger: every call that was made", Verb::Do(Action::Calls)),
    command("hooks", "", "how the hooks fare", Verb::Do(Action::Hooks)),
    command("export", "[FORMAT [FILE]]", "export what is shown", Verb::Export),
    command("retry", "", "collect again what was not read", Verb::Do(Action::RetryFailed)),
    command("cancel", "", "stop what runs", Verb::Do(Action::CancelRun)),
    command("sort", "[-]COLUMN,...", "order by columns; - is largest first", Verb::Sort),
    command("group", "[COLUMN,...]", "count assets by columns; without any, choose or leave", Verb::Group),
    command("view", "[NAME]", "show a saved view; without a name, list them", Verb::View),
    command("save", "NAME", "keep filter, order, columns and groups as a view", Verb::Save),
    command("cols", "[+|-]COLUMN,...", "choose columns", Verb::Columns),
    command("filter", "TERMS", "apply a filter", Verb::Filter),
    command("at", "-2h | r123 | 2026-11-20T10:00", "every screen as of then", Verb::At),
    command("now", "", "back from the past", Verb::Do(Action::Now)),
    command("diff", "[@-1d] [FILTER]", "what is different since then", Verb::Diff),
    command("changes", "", "what changed, newest first", Verb::Do(Action::Changes)),
    command("theme", "NAME", "change the colours", Verb::Theme),
    command("keymap", "NAME", "change the keys", Verb::Keymap),
    command("doctor", "", "what this terminal can do, and what to mend", Verb::Doctor),
    command("help", "", "list the keys", Verb::Do(Action::Help)),
    command("q", "", "quit", Verb::Do(Action::Quit)),
    command("quit", "", "quit", Verb::Do(Action::Quit)),
];

/// The command of that word.
pub(crate) fn find(word: &str) -> Option<Command> {
    COMMANDS.iter().copied().find(|c| c.word == word).or_else(|| {
        Action::from_name(word).map(|action| command(action.name(), "", action.about(), Verb::Do(action)))
    })
}

/// Words that can follow commands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Words {
    /// Themes on offer.
    pub(crate) themes: Vec<String>,
    /// Keymaps on offer.
    pub(crate) keymaps: Vec<String>,
    /// Sources that can be collected.
    pub(crate) sources: Vec<String>,
    /// Columns to show.
    pub(crate) columns: Vec<String>,
    /// Columns to order by.
    pub(crate) sortable: Vec<String>,
    /// Kinds by what people call them: the names of each, and what it is.
    pub(crate) named: Vec<(Vec<String>, String)>,
    /// What a tree branches by.
    pub(crate) trees: Vec<String>,
    /// Columns to group by.
    pub(crate) groupable: Vec<String>,
    /// Export formats.
    pub(crate) formats: Vec<String>,
    /// Saved views with their filters.
    pub(crate) views: Vec<(String, String)>,
    /// Moments to go to: usual spans, and the runs that are known.
    pub(crate) moments: Vec<(String, String)>,
}

/// What fits a line, best first.
pub(crate) fn proposals(line: &str, words: &Words, kinds: &[Completion]) -> Vec<Proposal> {
    let line = line.trim_start();
    let Some((word, rest)) = line.split_once(char::is_whitespace) else { return first(line, words, kinds) };
    let Some(command) = find(word) else { return Vec::new() };
    let (done, last) = rest.rfind([' ', ',']).map_or(("", rest), |at| rest.split_at(at + 1));
    let sign = last.len() - last.trim_start_matches(['-', '+']).len();
    let (sign, last) = last.split_at(sign);
    let (list, about) = match command.verb {
        Verb::Theme => (&words.themes, "theme"),
        Verb::Keymap => (&words.keymaps, "keymap"),
        Verb::Collect | Verb::Estimate => (&words.sources, "source"),
        Verb::Sort => (&words.sortable, "column"),
        Verb::Group => (&words.groupable, "column"),
        Verb::Tree if rest.trim_start().starts_with("by ") => (&words.groupable, "column"),
        Verb::Tree => (&words.trees, "branch so"),
        Verb::Columns => (&words.columns, "column"),
        Verb::Export => (&words.formats, "format"),
        Verb::View | Verb::Save => return views(word, rest, words),
        Verb::At => return moments(word, rest, "", words),
        Verb::Diff => return moments(word, rest, "@", words),
        Verb::Do(_) | Verb::Filter | Verb::Graph | Verb::Health | Verb::Doctor => {
            return Vec::new();
        }
    };
    let mut hits: Vec<(i32, &String)> =
        list.iter().filter_map(|name| Some((fuzzy::score(last, name)?, name))).collect();
    hits.sort_by_key(|(score, name)| (-score, (*name).clone()));
    hits.into_iter()
        .map(|(_, name)| Proposal {
            line: format!("{word} {done}{sign}{name}"),
            about: about.to_owned(),
            whole: true,
        })
        .collect()
}

/// The views whose name fits; a name may have blanks.
fn views(word: &str, rest: &str, words: &Words) -> Vec<Proposal> {
    let mut hits: Vec<(i32, &(String, String))> =
        words.views.iter().filter_map(|view| Some((fuzzy::score(rest.trim(), &view.0)?, view))).collect();
    hits.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    hits.into_iter()
        .map(|(_, (name, query))| Proposal {
            line: format!("{word} {name}"),
            about: if query.is_empty() { "everything".to_owned() } else { query.clone() },
            whole: true,
        })
        .collect()
}

/// The moments that fit, the nearest first; none once more than a moment stands there.
fn moments(word: &str, rest: &str, sign: &str, words: &Words) -> Vec<Proposal> {
    let fits = |text: &String| text.starts_with(rest.trim_start_matches('@'));
    let all = words.moments.iter().filter(|(text, _)| fits(text));
    all.map(|(text, about)| Proposal {
        line: format!("{word} {sign}{text}"),
        about: about.clone(),
        whole: true,
    })
    .collect()
}

fn first(word: &str, words: &Words, kinds: &[Completion]) -> Vec<Proposal> {
    let mut hits: Vec<(i32, usize, Proposal)> = Vec::new();
    for command in COMMANDS {
        if let Some(score) = fuzzy::score(word, command.word) {
            // Among those that begin so, the order of the list, not the shortest, comes first.
            let score = if command.word.starts_with(word) && command.word != word { 5_000 } else { score };
            let about = if command.usage.is_empty() {
                command.about.to_owned()
            } else {
                format!("{}: {}", command.usage, command.about)
            };
            let whole =
                command.usage.is_empty() || command.usage.starts_with('[') && command.verb != Verb::Columns;
            let whole = whole && command.verb != Verb::Sort;
            hits.push((score, hits.len(), Proposal { line: command.word.to_owned(), about, whole }));
        }
    }
    // Actions are found by name only when something is typed, so that the first list stays short.
    if !word.is_empty() {
        // Movements and the keys of typing mean nothing as commands.
        let sensible = |action: &&Action| !matches!(action.group(), Group::Input | Group::Move);
        for action in Action::ALL.iter().filter(sensible) {
            let known = COMMANDS.iter().any(|c| c.word == action.name() || c.verb == Verb::Do(*action));
            if !known && let Some(score) = fuzzy::score(word, action.name()) {
                let proposal = Proposal {
                    line: action.name().to_owned(),
                    about: action.about().to_owned(),
                    whole: true,
                };
                hits.push((score - 50, hits.len(), proposal));
            }
        }
        for (names, about) in &words.named {
            let best = names.iter().filter_map(|name| Some((fuzzy::score(word, name)?, name))).max();
            if let Some((score, name)) = best {
                let line = name.clone();
                // A short name that is typed whole is shown by the usual one.
                let line = if score >= 10_000 { names.first().cloned().unwrap_or(line) } else { line };
                let proposal = Proposal { line, about: about.clone(), whole: true };
                hits.push((score - 10, hits.len(), proposal));
            }
        }
        for kind in kinds {
            let name = kind.text.strip_prefix("kind:").unwrap_or(&kind.text).trim();
            if let Some(score) = fuzzy::score(word, name) {
                let about = match kind.count {
                    Some(1) => "kind, 1 asset".to_owned(),
                    Some(n) => format!("kind, {n} assets"),
                    None => "kind".to_owned(),
                };
                hits.push((score - 20, hits.len(), Proposal { line: name.to_owned(), about, whole: true }));
            }
        }
    }
    hits.sort_by_key(|(score, order, _)| (-score, *order));
    hits.into_iter().map(|(_, _, proposal)| proposal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(line: &str) -> Vec<String> {
        let words = Words {
            themes: vec!["default-dark".into(), "default-light".into(), "mono".into()],
            columns: vec!["name".into()],
            sortable: vec!["name".into(), "age".into()],
            groupable: vec!["kind".into(), "tag.env".into()],
            views: vec![("web".into(), "web".into()), ("big dbs".into(), "kind:rds".into())],
            moments: vec![("-1h".into(), "an hour ago".into()), ("r310".into(), "run 40".into())],
            ..Words::default()
        };
        proposals(line, &words, &[]).into_iter().map(|p| p.line).collect()
    }

    #[test]
    fn proposes_commands_then_their_words() {
        assert_eq!(lines("coll")[..2], ["collect", "collectors"]);
        assert_eq!(lines("theme li"), ["theme default-light"]);
        assert_eq!(lines("sort name,-a"), ["sort name,-age", "sort name,-name"]);
        assert_eq!(lines("view b"), ["view big dbs", "view web"]);
        assert_eq!(lines("view big d"), ["view big dbs"]);
        assert_eq!(lines("group kind,e"), ["group kind,tag.env"]);
        assert_eq!(lines("nonsense x"), Vec::<String>::new());
        assert_eq!(lines("at "), ["at -1h", "at r310"]);
        assert_eq!(lines("diff @r3"), ["diff @r310"]);
        assert_eq!(lines("diff @r310 web"), Vec::<String>::new());
    }

    #[test]
    fn a_kind_of_the_inventory_is_a_command() {
        let kinds = [Completion {
            text: "aws.ec2.instance".into(),
            span: cloudscope_domain::query::Span { start: 5, end: 8 },
            count: Some(12),
            hint: String::new(),
        }];
        let first = &proposals("ec2", &Words::default(), &kinds)[0];
        assert_eq!((first.line.as_str(), first.about.as_str()), ("aws.ec2.instance", "kind, 12 assets"));
    }
}
