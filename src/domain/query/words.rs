//! Cuts the text of a filter into words: honours quotes, backslashes, regular expressions and the
//! parentheses inside a word, and finds the operator of a `key:value`.

use winnow::{
    Parser as _,
    combinator::{alt, eof, opt, peek, preceded, repeat_till},
    error::EmptyError,
    stream::{LocatingSlice, Location as _, Stream as _},
    token::{any, one_of},
};

use super::{Cmp, keys};

/// How a character of a word was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// As it is: may be an operator or a wildcard.
    Bare,
    /// After a backslash or inside quotes: stands for itself.
    Literal,
    /// A quote; not part of the text.
    Quote,
    /// Part of a regular expression, slashes included.
    Regex,
}

/// One character of a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ch {
    pub(super) c: char,
    pub(super) how: How,
    /// Byte position in the filter.
    pub(super) at: usize,
}

impl Ch {
    pub(super) fn is_bare(self, c: char) -> bool {
        self.how == How::Bare && self.c == c
    }
}

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) chars: Vec<Ch>,
    /// A quote was opened and not closed.
    pub(super) unclosed: bool,
}

/// The operator between a key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Has,
    Equal,
    NotEqual,
    Cmp(Cmp),
}

impl Operator {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Has => ":",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Cmp(c) => c.as_str(),
        }
    }
}

/// A word that has an operator.
#[derive(Clone, Debug)]
pub(super) struct Split {
    /// In lower case, but for the name of a tag or the path of a property.
    pub(super) key: String,
    /// How many characters it has.
    pub(super) length: usize,
    pub(super) op: Operator,
    /// Index of the first character of the value.
    pub(super) value: usize,
}

const TAGS: [&str; 4] = ["tag.", "tags.", "label.", "labels."];
const PROPS: [&str; 4] = ["prop.", "props.", "property.", "properties."];
/// Beyond so many characters no key goes on.
const LONGEST_KEY: usize = 1024;

fn after<'a>(heads: &[&str], text: &'a str) -> Option<&'a str> {
    heads.iter().find_map(|t| {
        let head = text.get(..t.len())?;
        head.eq_ignore_ascii_case(t).then(|| &text[t.len()..])
    })
}

/// The rest after `tag.` or one of its other spellings.
pub(super) fn tag_name(text: &str) -> Option<&str> {
    after(&TAGS, text)
}

/// The rest after `prop.` or one of its other spellings.
pub(super) fn prop_path(text: &str) -> Option<&str> {
    after(&PROPS, text)
}

/// Text of a filter that is read from the left.
type Text<'a> = LocatingSlice<&'a str>;
type Lexed<T> = winnow::Result<T, EmptyError>;

/// A backslash and the sign that stands for itself after it.
fn escaped(text: &mut Text<'_>) -> Lexed<char> {
    preceded('\\', any.verify(|c: &char| c.is_ascii_punctuation() || c.is_whitespace())).parse_next(text)
}

/// The same between quotes, where only quotes and backslashes need it.
fn escaped_in_quotes(text: &mut Text<'_>) -> Lexed<char> {
    preceded('\\', one_of(['"', '\\'])).parse_next(text)
}

/// A regular expression with its slashes: up to the first one that ends a word.
fn regex<'a>(text: &mut Text<'a>) -> Lexed<&'a str> {
    let black = || any.verify(|c: &char| !c.is_whitespace());
    let step = alt((('\\', opt(black())).void(), black().void()));
    let end = ('/', peek(alt((eof.void(), one_of(|c: char| c.is_whitespace() || ",)".contains(c)).void()))));
    ('/', repeat_till::<_, _, (), _, _, _, _>(1.., step, end)).take().parse_next(text)
}

/// Reads the word at byte `start`, which is neither white space nor a comma nor a parenthesis.
pub(super) fn word(text: &str, start: usize) -> Word {
    let mut rest = Text::new(text);
    rest.next_slice(start);
    let mut chars: Vec<Ch> = Vec::new();
    let mut depth = 0_usize;
    let mut quoted = false;
    // Where one does not end, no later one of this word does.
    let mut may_be_regex = true;
    while let Some(c) = rest.clone().next_token() {
        let at = rest.current_token_start();
        let mut push = |c: char, how: How| chars.push(Ch { c, how, at });
        if quoted {
            if c == '"' {
                push(c, How::Quote);
                rest.next_token();
                quoted = false;
                let next = rest.clone().next_token();
                let on = if in_path(&chars) { ":=<>!.[" } else { ":=<>!" };
                if next.is_none_or(|n| !on.contains(n)) {
                    break;
                }
            } else if let Ok(c) = alt((escaped_in_quotes, any)).parse_next(&mut rest) {
                push(c, How::Literal);
            }
            continue;
        }
        if let Ok(Some(c)) = opt(escaped).parse_next(&mut rest) {
            push(c, How::Literal);
            continue;
        }
        match c {
            '"' if opens(&chars) => {
                chars.push(Ch { c, how: How::Quote, at });
                rest.next_token();
                quoted = true;
                continue;
            }
            '/' if may_be_regex && value_starts(&chars) => {
                if let Ok(Some(found)) = opt(regex).parse_next(&mut rest) {
                    chars.extend(found.char_indices().map(|(n, c)| Ch { c, how: How::Regex, at: at + n }));
                    break;
                }
                may_be_regex = false;
            }
            ')' if depth == 0 => break,
            c if c.is_whitespace() || c == ',' => break,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        rest.next_token();
        chars.push(Ch { c, how: How::Bare, at });
    }
    Word { start, end: rest.current_token_start(), chars, unclosed: quoted }
}

/// Whether the next character is the first of a word or of a value.
fn value_starts(chars: &[Ch]) -> bool {
    chars.last().is_none_or(|l| l.how == How::Bare && ":=<>".contains(l.c))
}

/// Whether a quote here opens a quoted text.
fn opens(chars: &[Ch]) -> bool {
    if value_starts(chars) {
        return true;
    }
    if !chars.last().is_some_and(|l| l.is_bare('.')) {
        return false;
    }
    let of_tag = |named: &[Ch]| named.len() <= 7 && tag_name(&beginning(named)) == Some("");
    named(chars).is_some_and(of_tag) || in_path(chars)
}

/// Whether the characters so far are the beginning of `prop.PATH` or `has:prop.PATH`.
fn in_path(chars: &[Ch]) -> bool {
    named(chars).is_some_and(|named| prop_path(&beginning(named)).is_some())
}

/// What may be the beginning of `tag.NAME` or `prop.PATH`: all that is there, or what follows `has:`.
fn named(chars: &[Ch]) -> Option<&[Ch]> {
    if chars.len() > LONGEST_KEY {
        return None;
    }
    let is_op = |c: &Ch| c.how == How::Bare && ":=!<>".contains(c.c);
    let Some(at) = chars.iter().rposition(is_op) else { return Some(chars) };
    let head = chars[..=at].iter().take(8).map(|c| c.c).collect::<String>().to_ascii_lowercase();
    matches!(head.as_str(), "has:" | "has=" | "has!=").then(|| &chars[at + 1..])
}

/// So much text as is needed to tell what it begins with.
fn beginning(chars: &[Ch]) -> String {
    chars.iter().take(12).map(|c| c.c).collect()
}

impl Word {
    /// The characters of its text from an index on, without quotes.
    pub(super) fn text(&self, from: usize) -> String {
        self.chars[from..].iter().filter(|c| c.how != How::Quote).map(|c| c.c).collect()
    }

    /// The operator, where one stands after something that has the shape of a key.
    pub(super) fn split(&self) -> Option<Split> {
        let head: String =
            self.chars.iter().take(7).map_while(|c| (c.how == How::Bare).then_some(c.c)).collect();
        let is_tag = tag_name(&head).is_some();
        let long: String =
            self.chars.iter().take(11).map_while(|c| (c.how == How::Bare).then_some(c.c)).collect();
        let is_prop = prop_path(&long).is_some();
        let op_at = |from: usize| {
            let c = self.chars.get(from).filter(|c| c.how == How::Bare)?.c;
            let equals = self.chars.get(from + 1).is_some_and(|n| n.is_bare('='));
            Some(match (c, equals) {
                (':', _) => (Operator::Has, 1),
                ('=', _) => (Operator::Equal, 1),
                ('!', true) => (Operator::NotEqual, 2),
                ('<', true) => (Operator::Cmp(Cmp::LessOrEqual), 2),
                ('<', false) => (Operator::Cmp(Cmp::Less), 1),
                ('>', true) => (Operator::Cmp(Cmp::GreaterOrEqual), 2),
                ('>', false) => (Operator::Cmp(Cmp::Greater), 1),
                _ => return None,
            })
        };
        let at = if is_tag {
            // The name of a tag may hold colons (`aws:autoscaling:groupName`): any other operator wins.
            let ops = || (0..self.chars.len()).filter_map(|n| Some((n, op_at(n)?)));
            ops().find(|(_, (op, _))| *op != Operator::Has).or_else(|| ops().next())?.0
        } else if is_prop {
            (0..self.chars.len()).find(|n| op_at(*n).is_some())?
        } else {
            let is_key = |c: &Ch| c.how == How::Bare && (c.c.is_ascii_alphanumeric() || "_-.".contains(c.c));
            self.chars.iter().position(|c| !is_key(c))?
        };
        let (op, length) = op_at(at)?;
        let first = self.chars.first()?;
        if at == 0 || !first.c.is_ascii_alphabetic() {
            return None;
        }
        let key: String = self.chars[..at].iter().filter(|c| c.how != How::Quote).map(|c| c.c).collect();
        let key = if is_tag || is_prop { key } else { key.to_ascii_lowercase() };
        Some(Split { key, op, length: at, value: at + length })
    }

    /// The operator, if the key is one of the language.
    pub(super) fn known_split(&self) -> Option<Split> {
        self.split().filter(|s| {
            tag_name(&s.key).is_some()
                || prop_path(&s.key).is_some()
                || keys::find(&s.key).is_some()
                || keys::CHANGES.contains(&s.key.as_str())
        })
    }
}
