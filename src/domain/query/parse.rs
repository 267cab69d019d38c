//! Text to syntax tree: the boolean structure. Terms are AND by space and OR by comma (which binds
//! tighter), `!` negates, parentheses group. Never fails, never recurses deeper than its bound.

use super::{
    BadTerm, Expr, Query, Span, Term, term,
    words::{self, Word},
};

/// Longer texts are refused whole.
pub const MAX_LENGTH: usize = 64 * 1024;
/// Deeper parentheses are refused.
const MAX_DEPTH: usize = 64;
/// More regular expressions are refused.
const MAX_REGEXES: usize = 64;

pub(super) fn parse(text: &str) -> Query {
    let (items, bad) = items(text);
    let chips = items.iter().map(|(span, e)| (*span, e.to_string())).collect();
    let expr = all(items.into_iter().map(|(_, e)| e).collect());
    Query { text: text.to_owned(), expr: expr.unwrap_or(Expr::All), chips, bad }
}

/// The tree alone; what writes chips uses it to read its own text back.
pub(super) fn expr(text: &str) -> Option<Expr> {
    let (items, bad) = items(text);
    if bad.is_empty() { all(items.into_iter().map(|(_, e)| e).collect()) } else { None }
}

fn items(text: &str) -> (Vec<(Span, Expr)>, Vec<BadTerm>) {
    if text.len() > MAX_LENGTH {
        let bad = BadTerm {
            span: Span { start: 0, end: text.len() },
            text: text.chars().take(80).collect(),
            reason: format!("the filter is longer than {MAX_LENGTH} bytes"),
            suggestion: None,
        };
        return (Vec::new(), vec![bad]);
    }
    let mut p = Parser { text, at: 0, bad: Vec::new(), regexes: 0 };
    let items = p.sequence(0);
    p.bad.sort_by_key(|b| b.span.start);
    (items, p.bad)
}

pub(super) fn all(mut parts: Vec<Expr>) -> Option<Expr> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Expr::And(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    Some(Expr::And(flat))
}

fn any(mut parts: Vec<Expr>) -> Option<Expr> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Expr::Or(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    Some(Expr::Or(flat))
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    bad: Vec<BadTerm>,
    regexes: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn refuse(&mut self, start: usize, end: usize, reason: impl Into<String>, suggestion: Option<String>) {
        let text = self.text[start..end].to_owned();
        self.bad.push(BadTerm { span: Span { start, end }, text, reason: reason.into(), suggestion });
    }

    /// Items up to the end, or to the parenthesis that closes this depth.
    fn sequence(&mut self, depth: usize) -> Vec<(Span, Expr)> {
        let mut items = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None => return items,
                Some(')') if depth > 0 => return items,
                Some(')') => {
                    self.refuse(self.at, self.at + 1, "this parenthesis was never opened", None);
                    self.at += 1;
                }
                Some(_) => items.extend(self.alternatives(depth)),
            }
        }
    }

    /// One or more parts with commas between them. Always moves on.
    fn alternatives(&mut self, depth: usize) -> Option<(Span, Expr)> {
        let start = self.at;
        let mut end = start;
        let mut parts = Vec::new();
        loop {
            if self.peek().is_some_and(|c| c != ',' && c != ')') {
                parts.extend(self.negated(depth));
                end = self.at;
            }
            let before = self.at;
            self.skip_space();
            if self.peek() == Some(',') {
                self.at += 1;
                self.skip_space();
            } else {
                self.at = before;
                break;
            }
        }
        Some((Span { start, end }, any(parts)?))
    }

    fn negated(&mut self, depth: usize) -> Option<Expr> {
        let start = self.at;
        let mut negate = false;
        while self.peek() == Some('!') {
            negate = !negate;
            self.at += 1;
        }
        if self.at > start && self.peek().is_none_or(|c| c.is_whitespace() || ",)".contains(c)) {
            self.refuse(start, self.at, "nothing to negate; write the term right after the `!`", None);
            return None;
        }
        let expr = if self.peek() == Some('(') { self.group(depth) } else { self.term(start) }?;
        Some(if negate { expr.negated() } else { expr })
    }

    fn group(&mut self, depth: usize) -> Option<Expr> {
        let open = self.at;
        if depth >= MAX_DEPTH {
            self.at = closing(self.text, open);
            self.refuse(open, self.at, "parentheses are nested too deeply", None);
            return None;
        }
        self.at += 1;
        let items = self.sequence(depth + 1);
        if self.peek() == Some(')') {
            self.at += 1;
        } else {
            self.refuse(open, open + 1, "this parenthesis is never closed", None);
        }
        all(items.into_iter().map(|(_, e)| e).collect())
    }

    fn word(&mut self) -> Option<Word> {
        let word = words::word(self.text, self.at);
        self.at = word.end;
        if word.unclosed {
            self.refuse(word.start, word.end, "the quote is never closed", None);
            return None;
        }
        Some(word)
    }

    /// A word, and the further values of a `key:a,b`. `start` is where its negation starts.
    fn term(&mut self, start: usize) -> Option<Expr> {
        if let Some(open) = relation(&self.text[self.at..]) {
            self.at = closing(self.text, self.at + open);
            let reason = "rel(...) is not supported yet; see the relationships of an asset instead";
            self.refuse(start, self.at, reason, None);
            return None;
        }
        let first = self.word()?;
        if first.end == first.start {
            // Only a stray delimiter can be empty; step over it so that parsing ends.
            self.at += self.peek().map_or(0, char::len_utf8);
            return None;
        }
        let mut values = Vec::new();
        if first.known_split().is_some() {
            while let Some(word) = self.further_value() {
                values.push(word);
            }
        }
        let read = term::read(self.text, &first, &values);
        let mut regexes = 0;
        if let Some(expr) = &read.expr {
            count_regexes(expr, &mut regexes);
        }
        self.regexes += regexes;
        self.bad.extend(read.bad);
        if regexes > 0 && self.regexes > MAX_REGEXES {
            let reason = format!("more than {MAX_REGEXES} regular expressions in one filter");
            self.refuse(first.start, self.at, reason, None);
            return None;
        }
        read.expr
    }

    /// The next value of a list, if a comma follows and then something that is not a term of its own.
    fn further_value(&mut self) -> Option<Word> {
        let before = self.at;
        self.skip_space();
        if self.peek() == Some(',') {
            self.at += 1;
            self.skip_space();
            let own =
                self.peek().is_none_or(|c| "!(),".contains(c)) || relation(&self.text[self.at..]).is_some();
            if !own {
                let ahead = words::word(self.text, self.at);
                if ahead.known_split().is_none() && !ahead.unclosed && ahead.end > ahead.start {
                    self.at = ahead.end;
                    return Some(ahead);
                }
            }
        }
        self.at = before;
        None
    }
}

/// One past the parenthesis that closes the one at `open`, or the end.
pub(super) fn closing(text: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (n, b) in text.bytes().enumerate().skip(open) {
        match b {
            b'(' => depth += 1,
            b')' if depth == 1 => return n + 1,
            b')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Where the parenthesis of a `rel(` stands, if the text begins with one.
fn relation(text: &str) -> Option<usize> {
    let head = text.get(..4)?;
    head.eq_ignore_ascii_case("rel(").then_some(3)
}

fn count_regexes(expr: &Expr, n: &mut usize) {
    use super::Pattern;
    let is = |p: &&Pattern| matches!(p, Pattern::Regex(_));
    match expr {
        Expr::Not(inner) => count_regexes(inner, n),
        Expr::Term(Term::Text(Pattern::Regex(_))) => *n += 1,
        Expr::Term(Term::Field(_, p) | Term::Status(p) | Term::Tag { values: p, .. }) => {
            *n += p.iter().filter(is).count();
        }
        _ => {}
    }
}
