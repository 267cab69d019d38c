//! What is being typed at a place in a filter, so that completion knows what to offer.

use super::{
    Span,
    keys::{self, Key},
    words,
};

/// What may stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A key or plain text; so much of it is typed.
    Start(String),
    /// A value of a key, and whether it is compared whole (`=`, `!=`); so much of it is typed.
    Value(&'static Key, bool, String),
    /// A value of this tag; so much of it is typed.
    TagValue(String, String),
    /// The name of a tag, after `tag.` or `has:tag.`; so much of it is typed.
    TagName(String),
    /// A value at this path of the payload; so much of it is typed.
    PropValue(String, String),
    /// A path of the payload, after `prop.` or `has:prop.`; so much of it is typed.
    PropPath(String),
    /// The direction of a `rel(`; so much of it is typed.
    Direction(String),
    /// What follows the direction of a `rel(`: one of its relations, or, as [`Slot::Start`], the beginning of
    /// its filter; so much of it is typed.
    Relation(String),
}

/// Which part of a `rel(` a place is in, its filter excepted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Direction,
    Relations,
}

/// What stands at byte `position`, and the bytes that a proposal replaces. A position inside a
/// character counts as the one before it.
#[must_use]
pub fn slot(text: &str, position: usize) -> (Slot, Span) {
    let position = text.floor_char_boundary(position.min(text.len()));
    let mut at = 0;
    // The word that a comma list continues, if the word before began one.
    let mut list: Option<words::Word> = None;
    let mut comma = false;
    // In a `rel(`, before its filter.
    let mut related: Option<Part> = None;
    while let Some(c) = text[at..].chars().next() {
        if at >= position {
            break;
        }
        if text.get(at..at + 4).is_some_and(|head| head.eq_ignore_ascii_case("rel(")) && at + 4 <= position {
            (list, comma, related) = (None, false, Some(Part::Direction));
            at += 4;
            continue;
        }
        match c {
            ',' => {
                let next = (related == Some(Part::Direction)).then_some(Part::Relations);
                (comma, related) = (true, next);
            }
            c if c.is_whitespace() => {}
            '(' | ')' | '!' => (list, comma, related) = (None, false, None),
            _ => {
                let word = words::word(text, at);
                if !comma {
                    list = None;
                }
                if related == Some(Part::Direction) && word.end >= position {
                    let typed = text[word.start..position].to_owned();
                    return (Slot::Direction(typed), Span { start: word.start, end: word.end });
                }
                if related == Some(Part::Relations) {
                    if word.end >= position
                        && let Some(named) = relation(text, &word, position)
                    {
                        return named;
                    }
                    related = text[word.start..word.end].ends_with('|').then_some(Part::Relations);
                }
                if word.end >= position {
                    return inside(text, &word, list.as_ref(), position);
                }
                if word.known_split().is_some() {
                    list = Some(word.clone());
                } else if !comma {
                    list = None;
                }
                comma = false;
                at = word.end.max(at + c.len_utf8());
                continue;
            }
        }
        at += c.len_utf8();
    }
    let here = Span { start: position, end: position };
    match related {
        Some(Part::Direction) => return (Slot::Direction(String::new()), here),
        Some(Part::Relations) => return (Slot::Relation(String::new()), here),
        None => {}
    }
    match list.filter(|_| comma).and_then(|w| value(&w, String::new())) {
        Some(slot) => (slot, here),
        None => (Slot::Start(String::new()), here),
    }
}

/// A word that may be the name of a relation: that between the bars around `position`.
fn relation(text: &str, word: &words::Word, position: usize) -> Option<(Slot, Span)> {
    let all = text.get(word.start..word.end)?;
    let is_name = |c: char| c.is_alphanumeric() || "-_|".contains(c);
    if !all.chars().all(is_name) {
        return None;
    }
    let here = position.saturating_sub(word.start);
    let start = all.get(..here)?.rfind('|').map_or(0, |bar| bar + 1);
    let end = all.get(here..)?.find('|').map_or(all.len(), |bar| here + bar);
    let span = Span { start: word.start + start, end: word.start + end };
    Some((Slot::Relation(all.get(start..here)?.to_owned()), span))
}

fn inside(text: &str, word: &words::Word, list: Option<&words::Word>, position: usize) -> (Slot, Span) {
    let typed = |from: usize| {
        let chars = word.chars[from..].iter();
        chars.filter(|c| c.how != words::How::Quote && c.at < position).map(|c| c.c).collect::<String>()
    };
    if let Some(split) = word.split() {
        let start = word.chars.get(split.value).map_or(word.end, |c| c.at);
        if start <= position {
            if let Some(slot) = value(word, typed(split.value)) {
                let named = &text[start..word.end];
                let skip = match slot {
                    Slot::TagName(_) => words::tag_name(named).map_or(0, |name| named.len() - name.len()),
                    Slot::PropPath(_) => words::prop_path(named).map_or(0, |path| named.len() - path.len()),
                    _ => 0,
                };
                return (slot, Span { start: start + skip, end: word.end });
            }
            return (Slot::Start(typed(0)), Span { start: word.start, end: word.end });
        }
    }
    if let Some(slot) = list.and_then(|l| value(l, typed(0))) {
        return (slot, Span { start: word.start, end: word.end });
    }
    let all = typed(0);
    if let Some(name) = words::tag_name(&all) {
        let start = word.start + (all.len() - name.len());
        return (Slot::TagName(name.to_owned()), Span { start, end: word.end });
    }
    if let Some(path) = words::prop_path(&all) {
        let start = word.start + (all.len() - path.len());
        return (Slot::PropPath(path.to_owned()), Span { start, end: word.end });
    }
    (Slot::Start(all), Span { start: word.start, end: word.end })
}

fn value(word: &words::Word, typed: String) -> Option<Slot> {
    let split = word.split()?;
    if let Some(name) = words::tag_name(&split.key) {
        return Some(Slot::TagValue(name.to_owned(), typed));
    }
    if let Some(path) = words::prop_path(&split.key) {
        return Some(Slot::PropValue(path.to_owned(), typed));
    }
    let key = keys::find(&split.key)?;
    if key.name == "has" {
        if let Some(name) = words::tag_name(&typed) {
            return Some(Slot::TagName(name.to_owned()));
        }
        if let Some(path) = words::prop_path(&typed) {
            return Some(Slot::PropPath(path.to_owned()));
        }
    }
    Some(Slot::Value(key, split.op != words::Operator::Has, typed))
}

/// A value as it has to be written after an operator: in quotes where it needs them.
#[must_use]
pub fn quoted(value: &str) -> String {
    super::quote::quoted_if_needed(value)
}

/// The words that may follow `has:`, besides `tag.NAME`.
pub fn has_words() -> impl Iterator<Item = &'static str> {
    keys::HAS.iter().map(|(word, _)| *word)
}

/// The words that may follow `presence:`.
pub fn presence_words() -> impl Iterator<Item = &'static str> {
    super::term::presence_words()
}

/// The words that may follow `is:`.
pub fn mark_words() -> impl Iterator<Item = &'static str> {
    super::Mark::ALL.into_iter().map(super::Mark::as_str)
}

/// The words that may follow `rel(`, with what they ask.
pub const DIRECTIONS: [(&str, &str); 3] =
    [("in", "edges that end here"), ("out", "edges that start here"), ("any", "edges of either direction")];
