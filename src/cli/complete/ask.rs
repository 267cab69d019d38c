//! What of a command line is being typed, by what the command line takes, and what to ask of the store
//! about it. Knows nothing of how a shell writes words.

use std::path::PathBuf;

use cloudscope_application::{message::Completion, sort_columns};
use cloudscope_domain::{
    ChangeKind,
    query::{
        complete::{Slot, slot},
        fold,
    },
};
use cloudscope_export::Field;

use super::line::Word;

/// The words on changes themselves, which only `changes` takes.
const CHANGES: [(&str, &str); 2] = [
    ("change:", "what happened: created, changed, gone, returned, forgotten"),
    ("path:", "which field: path:tags.*"),
];

/// What stands where something is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Filter {
        changes: bool,
    },
    /// Columns of a file.
    Columns,
    /// Columns of an order, or of groups.
    Order,
    View,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    what: What,
    /// As far as it is typed, without the name of the option before it.
    typed: String,
    /// Where that begins in the word.
    pub(super) begins: usize,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) config: Option<PathBuf>,
    pub(super) demo: bool,
}

/// One candidate.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// Where in the word it begins.
    pub(super) from: usize,
    pub(super) text: String,
    pub(super) about: String,
}

/// What the last of these words is. `None` where nothing of the store stands.
pub(super) fn asked(program: &clap::Command, words: &[Word]) -> Option<Asked> {
    let (last, before) = words.split_last()?;
    let mut asked = Asked {
        what: What::View,
        typed: last.text.clone(),
        begins: 0,
        data_dir: None,
        config: None,
        demo: false,
    };
    let mut command: Option<&clap::Command> = None;
    let mut positionals = 0;
    // The option whose value comes next.
    let mut due: Option<String> = None;
    let mut all_plain = false;
    for word in before.iter().skip(1).map(|w| w.text.as_str()) {
        if let Some(name) = due.take() {
            asked.note(&name, word);
        } else if word == "--" && !all_plain {
            all_plain = true;
        } else if word.starts_with('-') && word.len() > 1 && !all_plain {
            match word.split_once('=') {
                Some((name, value)) => asked.note(name, value),
                None if takes_value(program, command, word) => due = Some(word.to_owned()),
                None => asked.demo |= word == "--demo",
            }
        } else if command.is_none() {
            command = Some(program.find_subcommand(word)?);
        } else {
            positionals += 1;
        }
    }
    let command = command?.get_name();
    let option = |name: &str| match (command, name) {
        ("query" | "export", "--columns") => Some(What::Columns),
        ("query" | "export", "--sort") | ("query", "--group-by") => Some(What::Order),
        ("query", "--view") => Some(What::View),
        _ => None,
    };
    if let Some(name) = due {
        asked.what = option(&name)?;
        return Some(asked);
    }
    if asked.typed.starts_with('-') && !all_plain {
        let (name, value) = asked.typed.split_once('=')?;
        asked.what = option(name)?;
        asked.begins = name.len() + 1;
        asked.typed = value.to_owned();
        return Some(asked);
    }
    let changes = command == "changes";
    let filtered = changes || command == "query" || command == "export";
    asked.what = What::Filter { changes };
    (filtered && positionals == 0).then_some(asked)
}

fn takes_value(program: &clap::Command, command: Option<&clap::Command>, word: &str) -> bool {
    let is = |arg: &&clap::Arg| match word.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long),
        None => word.len() == 2 && arg.get_short() == word.chars().nth(1),
    };
    let mut all = command.into_iter().flat_map(clap::Command::get_arguments).chain(program.get_arguments());
    all.find(is).is_some_and(|arg| arg.get_action().takes_values())
}

impl Asked {
    /// An option that says which store is meant.
    fn note(&mut self, name: &str, value: &str) {
        match name {
            "--data-dir" => self.data_dir = Some(value.into()),
            "--config" => self.config = Some(value.into()),
            _ => {}
        }
    }

    pub(super) fn is_view(&self) -> bool {
        self.what == What::View
    }

    /// The part of a list of columns that is being typed, and where in the word it begins.
    fn part(&self) -> (&str, usize) {
        let start = self.typed.rfind(',').map_or(0, |comma| comma + 1);
        let minus = usize::from(self.what == What::Order && self.typed[start..].starts_with('-'));
        (&self.typed[start + minus..], self.begins + start + minus)
    }

    /// What goes on from here without asking anybody.
    pub(super) fn known(&self) -> Option<Vec<Offer>> {
        match self.what {
            What::Filter { changes: true } if self.change_words() => {
                let from = self.typed.rfind([':', ',']).map_or(0, |at| at + 1);
                let words = ChangeKind::ALL.into_iter().map(ChangeKind::as_str);
                let words = words.filter(|word| word.starts_with(&self.typed[from..]));
                let offer = |word: &str| Offer { from, text: word.to_owned(), about: "change".to_owned() };
                Some(words.map(offer).collect())
            }
            What::Filter { .. } | What::View => None,
            What::Columns | What::Order => {
                let (typed, from) = self.part();
                if named(typed).is_some() {
                    return None;
                }
                let own: Vec<&str> = if self.what == What::Columns {
                    let heads = ["tags.", "prop."];
                    Field::ALL.iter().map(|field| field.as_str()).chain(heads).collect()
                } else {
                    sort_columns().chain(["tags.", "prop.", "none"]).collect()
                };
                let own = own.into_iter().filter(|name| name.starts_with(&fold(typed)));
                let offer = |name: &str| Offer { from, text: name.to_owned(), about: "column".to_owned() };
                Some(own.map(offer).collect())
            }
        }
    }

    /// Whether `change:` stands before what is typed.
    fn change_words(&self) -> bool {
        let word = self.typed.rsplit(char::is_whitespace).next().unwrap_or_default();
        word.starts_with("change:") || word.starts_with("!change:")
    }

    /// Names that begin with what is typed.
    pub(super) fn among<'a>(&self, names: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Offer> {
        let fitting = names.filter(|(name, _)| name.starts_with(&self.typed));
        let offer = |(name, about): (&str, &str)| Offer {
            from: self.begins,
            text: name.to_owned(),
            about: about.to_owned(),
        };
        fitting.map(offer).collect()
    }

    /// The filter to ask about, and how much of it stands before what is typed.
    pub(super) fn query(&self) -> Option<(String, usize)> {
        if matches!(self.what, What::Filter { .. }) {
            return Some((self.typed.clone(), 0));
        }
        let (head, rest) = named(self.part().0)?;
        let key = if head == "tags." { "tag." } else { "prop." };
        Some((format!("{key}{rest}"), key.len()))
    }

    /// Candidates out of what the store has for [`Self::query`].
    pub(super) fn offers(&self, found: Vec<Completion>, skip: usize) -> Vec<Offer> {
        let of = |from: usize, completion: Completion| {
            let Completion { text, count, hint, .. } = completion;
            let about = match count {
                Some(1) => "1 asset".to_owned(),
                Some(count) => format!("{count} assets"),
                None => hint,
            };
            Offer { from, text, about }
        };
        if let What::Filter { changes } = self.what {
            let mut offers: Vec<Offer> = Vec::new();
            if let (true, (Slot::Start(typed), span)) = (changes, slot(&self.typed, self.typed.len())) {
                let own = CHANGES.iter().filter(|(word, _)| word.starts_with(&typed));
                offers.extend(own.map(|(word, about)| Offer {
                    from: span.start,
                    text: (*word).to_owned(),
                    about: (*about).to_owned(),
                }));
            }
            offers.extend(found.into_iter().map(|c| of(c.span.start, c)));
            return offers;
        }
        let (typed, from) = self.part();
        let head = typed.len() - named(typed).map_or(0, |(_, rest)| rest.len());
        let name = |mut c: Completion| {
            // A list takes names as they are, and no commas in them.
            c.text = c.text.strip_suffix('=').unwrap_or(&c.text).to_owned();
            (c.span.start == skip && !c.text.contains(['"', ','])).then(|| of(from + head, c))
        };
        found.into_iter().filter_map(name).collect()
    }
}

/// A column that goes on with a name from the store.
fn named(typed: &str) -> Option<(&str, &str)> {
    ["tags.", "prop.", "properties."].iter().find_map(|head| Some((*head, typed.strip_prefix(head)?)))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::{Cli, complete::line::words};

    fn of(line: &str) -> Option<Asked> {
        asked(&Cli::command(), &words(line)?)
    }

    #[test]
    fn what_is_typed_is_found_by_what_the_command_line_takes() {
        let what = |line: &str| of(line).map(|a| (a.what, a.typed));
        let filter = |changes: bool, typed: &str| Some((What::Filter { changes }, typed.to_owned()));
        assert_eq!(what("cloudscope query tag.e"), filter(false, "tag.e"));
        assert_eq!(what("cloudscope --demo query --limit 5 --raw 'web re"), filter(false, "web re"));
        assert_eq!(what("cloudscope export -o out.csv "), filter(false, ""));
        assert_eq!(what("cloudscope changes --since -2h kind:"), filter(true, "kind:"));
        assert_eq!(what("cloudscope query --sort name,-a"), Some((What::Order, "name,-a".into())));
        assert_eq!(what("cloudscope query --sort -a"), Some((What::Order, "-a".into())));
        assert_eq!(what("cloudscope query --group-by=reg"), Some((What::Order, "reg".into())));
        assert_eq!(what("cloudscope export --columns "), Some((What::Columns, String::new())));
        assert_eq!(what("cloudscope query --view w"), Some((What::View, "w".into())));
        for other in [
            "cloudscope",
            "cloudscope que",
            "cloudscope query web x",
            "cloudscope query --li",
            "cloudscope query --limit ",
            "cloudscope export --output=re",
            "cloudscope get i-",
            "cloudscope nonsense re",
        ] {
            assert_eq!(what(other), None, "{other}");
        }
    }

    #[test]
    fn the_store_that_is_meant_is_that_of_the_line() {
        let asked = of("cloudscope --data-dir /a --demo query --config=/b reg").unwrap();
        assert_eq!((asked.data_dir, asked.config), (Some("/a".into()), Some("/b".into())));
        assert!(asked.demo);
    }

    #[test]
    fn columns_are_known_without_a_store_but_for_tags() {
        let texts = |line: &str| -> Option<Vec<(usize, String)>> {
            Some(of(line)?.known()?.into_iter().map(|o| (o.from, o.text)).collect())
        };
        assert_eq!(texts("c query --sort name,-reg"), Some(vec![(6, "region".into())]));
        assert_eq!(texts("c query --columns=reg"), Some(vec![(10, "region".into())]));
        assert_eq!(texts("c changes change:created,g"), Some(vec![(15, "gone".into())]));
        assert_eq!(texts("c query --columns tags.e"), None);
        let asked = of("c query --columns name,tags.e").unwrap();
        assert_eq!(asked.query(), Some(("tag.e".into(), 4)));
        let found = |text: &str| Completion {
            text: text.into(),
            span: cloudscope_domain::query::Span { start: 4, end: 5 },
            count: Some(2),
            hint: "tag".into(),
        };
        let offers = asked.offers(vec![found("env="), found("\"a b\"="), found("a,b=")], 4);
        assert_eq!(offers, [Offer { from: 10, text: "env".into(), about: "2 assets".into() }]);
    }
}
