//! The `when` of a row: `assets && !(running || marks)`. Evaluated over every context there is when
//! the file is read, so that a look-up is one bit and two rows can be compared exactly.

use std::ops::Range;

use super::context::{Context, Focus, Mode, Screen};

/// A set of contexts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Places([u64; Context::COUNT.div_ceil(64)]);

impl Places {
    pub(super) fn of(test: impl Fn(Context) -> bool) -> Self {
        let mut places = Self::default();
        for context in Context::all().filter(|context| test(*context)) {
            let i = context.index();
            places.0[i / 64] |= 1 << (i % 64);
        }
        places
    }

    pub(super) fn has(&self, context: Context) -> bool {
        let i = context.index();
        self.0[i / 64] & (1 << (i % 64)) != 0
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & !other.0[i]))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The first context of the set, to name in a message.
    pub(super) fn first(&self) -> Option<Context> {
        Context::all().find(|context| self.has(*context))
    }
}

/// A parsed `when`.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum When {
    Word(Word),
    Not(Box<When>),
    And(Box<When>, Box<When>),
    Or(Box<When>, Box<When>),
}

/// A word of a `when`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Word {
    Always,
    /// `normal || visual`.
    Browse,
    /// `filter || command || help || edit`.
    Text,
    Screen(Screen),
    Mode(Mode),
    Focus(Focus),
    Running,
    Marks,
}

/// A mistake in a `when`, with its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct BadWhen {
    pub(super) at: Range<usize>,
    pub(super) reason: String,
    pub(super) suggestion: Option<String>,
}

impl Word {
    fn known() -> impl Iterator<Item = (&'static str, Self)> {
        [
            ("always", Self::Always),
            ("browse", Self::Browse),
            ("text", Self::Text),
            ("main", Self::Focus(Focus::Main)),
            ("detail", Self::Focus(Focus::Detail)),
            ("running", Self::Running),
            ("marks", Self::Marks),
        ]
        .into_iter()
        .chain(Screen::ALL.into_iter().map(|screen| (screen.name(), Self::Screen(screen))))
        .chain(Mode::ALL.into_iter().map(|mode| (mode.name(), Self::Mode(mode))))
    }

    fn holds(self, context: Context) -> bool {
        match self {
            Self::Always => true,
            Self::Browse => matches!(context.mode, Mode::Normal | Mode::Visual),
            Self::Text => context.mode.is_text(),
            Self::Screen(screen) => context.screen == screen,
            Self::Mode(mode) => context.mode == mode,
            Self::Focus(focus) => context.focus == focus,
            Self::Running => context.running,
            Self::Marks => context.marks,
        }
    }
}

impl When {
    pub(super) fn parse(text: &str) -> Result<Self, BadWhen> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        let when = parser.any()?;
        match parser.peek() {
            None => Ok(when),
            Some(_) => Err(parser.bad("expected `&&` or `||`", Some("join words with `&&` or `||`"))),
        }
    }

    fn holds(&self, context: Context) -> bool {
        match self {
            Self::Word(word) => word.holds(context),
            Self::Not(inner) => !inner.holds(context),
            Self::And(a, b) => a.holds(context) && b.holds(context),
            Self::Or(a, b) => a.holds(context) || b.holds(context),
        }
    }

    /// Whether a mode is asked for (not only excluded).
    fn names_mode(&self, negated: bool) -> bool {
        match self {
            Self::Word(Word::Always | Word::Browse | Word::Text | Word::Mode(_)) => !negated,
            Self::Word(_) => false,
            Self::Not(inner) => inner.names_mode(!negated),
            Self::And(a, b) | Self::Or(a, b) => a.names_mode(negated) || b.names_mode(negated),
        }
    }

    /// Where it holds. One that asks for no mode means normal and visual.
    pub(super) fn places(&self) -> Places {
        let places = Places::of(|context| self.holds(context));
        if self.names_mode(false) { places } else { places.and(&Self::browse()) }
    }

    /// Where a row without `when` acts.
    pub(super) fn browse() -> Places {
        Places::of(|context| Word::Browse.holds(context))
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn eat(&mut self, token: &str) -> bool {
        self.peek();
        let found = self.text[self.at..].starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn bad(&self, reason: &str, suggestion: Option<&str>) -> BadWhen {
        BadWhen {
            at: self.at..self.text.len(),
            reason: format!("{reason} in `{}` after `{}`", self.text, self.text[..self.at].trim_end()),
            suggestion: suggestion.map(str::to_owned),
        }
    }

    fn any(&mut self) -> Result<When, BadWhen> {
        let mut left = self.all()?;
        while self.eat("||") {
            left = When::Or(Box::new(left), Box::new(self.all()?));
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<When, BadWhen> {
        let mut left = self.one()?;
        while self.eat("&&") {
            left = When::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<When, BadWhen> {
        self.depth += 1;
        if self.depth > 32 {
            return Err(self.bad("nested too deep", None));
        }
        let when = if self.eat("!") {
            When::Not(Box::new(self.one()?))
        } else if self.eat("(") {
            let inner = self.any()?;
            if !self.eat(")") {
                return Err(self.bad("missing `)`", None));
            }
            inner
        } else {
            When::Word(self.word()?)
        };
        self.depth -= 1;
        Ok(when)
    }

    fn word(&mut self) -> Result<Word, BadWhen> {
        self.peek();
        let start = self.at;
        let len = self.text[start..]
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
            .unwrap_or(self.text.len() - start);
        if len == 0 {
            return Err(self.bad("expected a word", Some("such as `assets`, `filter` or `running`")));
        }
        let name = &self.text[start..start + len];
        self.at += len;
        Word::known().find(|(known, _)| *known == name).map(|(_, word)| word).ok_or_else(|| BadWhen {
            at: start..start + len,
            reason: format!("`{name}` is not a screen, mode, pane or state"),
            suggestion: crate::data_file::did_you_mean(name, Word::known().map(|(known, _)| known)).or_else(
                || Some(format!("one of {}", Word::known().map(|w| w.0).collect::<Vec<_>>().join(", "))),
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(when: &str, context: Context) -> bool {
        When::parse(when).unwrap().places().has(context)
    }

    #[test]
    fn and_binds_tighter_than_or_and_not_tightest() {
        let assets = Context::default();
        let doc = Context { mode: Mode::Doc, screen: Screen::Export, ..assets };
        assert!(holds("assets && normal || doc", assets));
        assert!(holds("assets && normal || doc", doc));
        assert!(!holds("assets && (normal || doc)", doc));
        assert!(!holds("!running && assets", Context { running: true, ..assets }));
        assert!(holds("!(running && marks)", Context { running: true, ..assets }));
    }

    #[test]
    fn without_a_mode_a_row_acts_where_one_browses() {
        let typing = Context { mode: Mode::Filter, ..Context::default() };
        assert!(!holds("assets", typing));
        assert!(!holds("assets && !doc", typing));
        assert!(holds("assets && filter", typing));
        assert!(holds("always", typing));
    }

    #[test]
    fn mistakes_are_named() {
        let bad = |text: &str| When::parse(text).unwrap_err();
        assert_eq!(bad("asets").suggestion.unwrap(), "did you mean `assets`?");
        assert_eq!(bad("assets && detial").at, 10..16);
        assert!(bad("assets running").reason.contains("expected `&&` or `||`"));
        assert!(bad("(assets").reason.contains("missing `)`"));
        assert!(bad("assets &&").reason.contains("expected a word"));
        assert!(bad("").reason.contains("expected a word"));
        assert!(bad(&"!".repeat(100)).reason.contains("nested too deep"));
    }

    #[test]
    fn every_context_has_its_own_number() {
        let mut seen: Vec<_> = Context::all().map(Context::index).collect();
        assert_eq!(seen.len(), Context::COUNT);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!((seen.len(), seen[seen.len() - 1]), (Context::COUNT, Context::COUNT - 1));
    }
}
