//! Cuts the text of a filter into words: honours quotes, backslashes, regular expressions and the
//! parentheses inside a word, and finds the operator of a `key:value`.

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
    /// In lower case, but for the name of a tag.
    pub(super) key: String,
    pub(super) op: Operator,
    /// Index of the first character of the value.
    pub(super) value: usize,
}

const TAGS: [&str; 4] = ["tag.", "tags.", "label.", "labels."];

/// The rest after `tag.` or one of its other spellings.
pub(super) fn tag_name(text: &str) -> Option<&str> {
    TAGS.iter().find_map(|t| {
        let head = text.get(..t.len())?;
        head.eq_ignore_ascii_case(t).then(|| &text[t.len()..])
    })
}

/// Where a regular expression that starts at `start` ends: past the first slash that ends a token.
fn regex_end(text: &str, start: usize) -> Option<usize> {
    let mut chars = text[start + 1..].char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next_if(|(_, c)| !c.is_whitespace());
            }
            '/' if at > 0 && chars.peek().is_none_or(|(_, c)| c.is_whitespace() || ",)".contains(*c)) => {
                return Some(start + 1 + at + 1);
            }
            c if c.is_whitespace() => return None,
            _ => {}
        }
    }
    None
}

/// Reads the word at byte `start`, which is neither white space nor a comma nor a parenthesis.
pub(super) fn word(text: &str, start: usize) -> Word {
    let mut chars: Vec<Ch> = Vec::new();
    let mut depth = 0_usize;
    let mut at = start;
    let mut quoted = false;
    while let Some(c) = text[at..].chars().next() {
        let next = text[at + c.len_utf8()..].chars().next();
        let mut how = How::Bare;
        let mut here = c;
        let mut step = c.len_utf8();
        if quoted {
            how = How::Literal;
            if c == '"' {
                chars.push(Ch { c, how: How::Quote, at });
                at += 1;
                quoted = false;
                if next.is_none_or(|n| !":=<>!".contains(n)) {
                    break;
                }
                continue;
            }
            if c == '\\'
                && let Some(n @ ('"' | '\\')) = next
            {
                here = n;
                step += 1;
            }
        } else if c == '\\'
            && let Some(n) = next.filter(|n| n.is_ascii_punctuation() || n.is_whitespace())
        {
            how = How::Literal;
            here = n;
            step += n.len_utf8();
        } else if c == '"' && opens(&chars) {
            how = How::Quote;
            quoted = true;
        } else if c == '/'
            && value_starts(&chars)
            && let Some(end) = regex_end(text, at)
        {
            chars.extend(text[at..end].char_indices().map(|(n, c)| Ch { c, how: How::Regex, at: at + n }));
            at = end;
            break;
        } else if c.is_whitespace() || c == ',' {
            break;
        } else if c == '(' {
            depth += 1;
        } else if c == ')' {
            if depth == 0 {
                break;
            }
            depth -= 1;
        }
        chars.push(Ch { c: here, how, at });
        at += step;
    }
    Word { start, end: at, chars, unclosed: quoted }
}

/// Whether the next character is the first of a word or of a value.
fn value_starts(chars: &[Ch]) -> bool {
    chars.last().is_none_or(|l| l.how == How::Bare && ":=<>".contains(l.c))
}

/// Whether a quote here opens a quoted text.
fn opens(chars: &[Ch]) -> bool {
    value_starts(chars)
        || (chars.last().is_some_and(|l| l.is_bare('.'))
            && chars.len() <= 7
            && tag_name(&chars.iter().map(|c| c.c).collect::<String>()) == Some(""))
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
        let key = if is_tag { key } else { key.to_ascii_lowercase() };
        Some(Split { key, op, value: at + length })
    }

    /// The operator, if the key is one of the language.
    pub(super) fn known_split(&self) -> Option<Split> {
        self.split().filter(|s| {
            tag_name(&s.key).is_some()
                || keys::find(&s.key).is_some()
                || is_later(&s.key)
                || keys::CHANGES.contains(&s.key.as_str())
        })
    }
}

/// Whether a key belongs to the language but is not read yet.
pub(super) fn is_later(key: &str) -> bool {
    keys::LATER.iter().any(|l| if l.ends_with('.') { key.starts_with(l) } else { key == *l })
}
