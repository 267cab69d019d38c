//! Text to syntax tree: the boolean structure. Terms are AND by space and OR by comma (which binds
//! tighter), `!` negates, parentheses group. Never fails, never recurses deeper than its bound: what
//! cannot be read is put among the bad terms and stepped over.

use winnow::{
    Parser as _,
    ascii::{Caseless, digit1},
    combinator::{alt, delimited, eof, opt, peek, preceded, separated, terminated},
    error::EmptyError,
    stream::{LocatingSlice, Location as _, Stateful, Stream as _},
    token::{literal, take_while},
};

use crate::neighbours::Direction;

use super::{
    BadTerm, Expr, Glob, Pattern, Query, Rel, Span, Term, ValueTest, fold,
    suggest::nearest,
    term,
    words::{self, Word},
};

/// Longer texts are refused whole.
pub const MAX_LENGTH: usize = 64 * 1024;
/// Deeper parentheses are refused.
const MAX_DEPTH: usize = 64;
/// More regular expressions are refused.
const MAX_REGEXES: usize = 64;
/// A `rel(...)` deeper inside others is refused.
const MAX_RELS_DEEP: usize = 4;
/// More of them in one filter are refused.
const MAX_RELS: usize = 16;
/// Steps that one may go.
const MAX_HOPS: u8 = 8;

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
    let state = State { text, ..State::default() };
    let mut input = Input { input: LocatingSlice::new(text), state };
    let items = sequence(&mut input, 0);
    let mut bad = input.state.bad;
    bad.sort_by_key(|b| b.span.start);
    (items, bad)
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

/// What is known beside the place in the text.
#[derive(Debug, Default)]
struct State<'a> {
    /// The whole text.
    text: &'a str,
    bad: Vec<BadTerm>,
    regexes: usize,
    rels: usize,
    /// How many `rel(...)` stand around this place.
    inside: usize,
}

type Input<'a> = Stateful<LocatingSlice<&'a str>, State<'a>>;
type Parsed<T> = winnow::Result<T, EmptyError>;

fn refuse(input: &mut Input<'_>, start: usize, end: usize, reason: impl Into<String>) {
    suggest(input, start, end, reason, None);
}

fn suggest(
    input: &mut Input<'_>,
    start: usize,
    end: usize,
    reason: impl Into<String>,
    suggestion: Option<String>,
) {
    let text = input.state.text[start..end].to_owned();
    input.state.bad.push(BadTerm { span: Span { start, end }, text, reason: reason.into(), suggestion });
}

fn place(input: &Input<'_>) -> usize {
    input.current_token_start()
}

/// Steps over everything up to byte `to`.
fn jump(input: &mut Input<'_>, to: usize) {
    let from = place(input);
    input.next_slice(to.saturating_sub(from));
}

fn next(input: &Input<'_>) -> Option<char> {
    input.input.clone().next_token()
}

/// What a parser reads here; where it does not fit nothing is read.
fn took<'a, T>(input: &mut Input<'a>, parser: impl winnow::Parser<Input<'a>, T, EmptyError>) -> Option<T> {
    opt(parser).parse_next(input).ok().flatten()
}

fn space(input: &mut Input<'_>) -> Parsed<()> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

fn comma(input: &mut Input<'_>) -> Parsed<()> {
    delimited(space, ',', space).void().parse_next(input)
}

/// Items up to the end, or to the parenthesis that closes this depth.
fn sequence(input: &mut Input<'_>, depth: usize) -> Vec<(Span, Expr)> {
    let mut items = Vec::new();
    loop {
        let _ = space(input);
        match next(input) {
            None => return items,
            Some(')') if depth > 0 => return items,
            Some(')') => {
                let at = place(input);
                refuse(input, at, at + 1, "this parenthesis was never opened");
                input.next_token();
            }
            Some(_) => items.extend(alternatives(input, depth)),
        }
    }
}

/// One or more parts with commas between them. Always moves on.
fn alternatives(input: &mut Input<'_>, depth: usize) -> Option<(Span, Expr)> {
    let start = place(input);
    let mut end = start;
    let mut parts = Vec::new();
    loop {
        if next(input).is_some_and(|c| c != ',' && c != ')') {
            parts.extend(negated(input, depth));
            end = place(input);
        }
        if took(input, comma).is_none() {
            break;
        }
    }
    Some((Span { start, end }, any(parts)?))
}

fn negated(input: &mut Input<'_>, depth: usize) -> Option<Expr> {
    let start = place(input);
    let signs = took(input, take_while(1.., '!')).map_or(0, str::len);
    if signs > 0 && next(input).is_none_or(|c| c.is_whitespace() || ",)".contains(c)) {
        let end = place(input);
        refuse(input, start, end, "nothing to negate; write the term right after the `!`");
        return None;
    }
    let expr = if next(input) == Some('(') { group(input, depth) } else { one(input, start, depth) }?;
    Some(if signs % 2 == 1 { expr.negated() } else { expr })
}

fn group(input: &mut Input<'_>, depth: usize) -> Option<Expr> {
    let open = place(input);
    if depth >= MAX_DEPTH {
        return too_deep(input, open, open);
    }
    input.next_token();
    let bad = input.state.bad.len();
    let items = sequence(input, depth + 1);
    close(input, open);
    if items.is_empty() && input.state.bad.len() == bad {
        // Left out, `!()` would match everything.
        let end = place(input);
        refuse(input, open, end, "there is nothing between the parentheses");
    }
    all(items.into_iter().map(|(_, e)| e).collect())
}

fn too_deep<T>(input: &mut Input<'_>, start: usize, open: usize) -> Option<T> {
    let end = closing(input.state.text, open);
    jump(input, end);
    refuse(input, start, end, "parentheses are nested too deeply");
    None
}

/// The parenthesis that ends what began at `open`.
fn close(input: &mut Input<'_>, open: usize) {
    if took(input, preceded(space, ')')).is_none() {
        refuse(input, open, open + 1, "this parenthesis is never closed");
    }
}

fn word(input: &mut Input<'_>) -> Option<Word> {
    let word = words::word(input.state.text, place(input));
    jump(input, word.end);
    if word.unclosed {
        refuse(input, word.start, word.end, "the quote is never closed");
        return None;
    }
    Some(word)
}

/// A `rel(...)`, or a word and the further values of a `key:a,b`. `start` is where its negation starts.
fn one(input: &mut Input<'_>, start: usize, depth: usize) -> Option<Expr> {
    if peek(rel_head).parse_next(input).is_ok() {
        return rel(input, start, depth);
    }
    let first = word(input)?;
    if first.end == first.start {
        // Only a stray delimiter can be empty; step over it so that parsing ends.
        input.next_token();
        return None;
    }
    let mut values = Vec::new();
    if first.known_split().is_some() {
        while let Some(word) = further_value(input) {
            values.push(word);
        }
    }
    let read = term::read(input.state.text, &first, &values);
    let mut regexes = 0;
    if let Some(expr) = &read.expr {
        count_regexes(expr, &mut regexes);
    }
    input.state.regexes += regexes;
    input.state.bad.extend(read.bad);
    if regexes > 0 && input.state.regexes > MAX_REGEXES {
        let end = place(input);
        refuse(input, first.start, end, format!("more than {MAX_REGEXES} regular expressions in one filter"));
        return None;
    }
    read.expr
}

/// The next value of a list, if a comma follows and then something that is not a term of its own.
fn further_value(input: &mut Input<'_>) -> Option<Word> {
    let before = input.checkpoint();
    if took(input, comma).is_some() {
        let own = next(input).is_none_or(|c| "!(),".contains(c)) || peek(rel_head).parse_next(input).is_ok();
        if !own {
            let ahead = words::word(input.state.text, place(input));
            if ahead.known_split().is_none() && !ahead.unclosed && ahead.end > ahead.start {
                jump(input, ahead.end);
                return Some(ahead);
            }
        }
    }
    input.reset(&before);
    None
}

fn rel_head(input: &mut Input<'_>) -> Parsed<()> {
    literal(Caseless("rel(")).void().parse_next(input)
}

/// `rel(out 2, uses|child-of, kind:sg)`: all but the direction may be left out.
fn rel(input: &mut Input<'_>, start: usize, depth: usize) -> Option<Expr> {
    let open = place(input) + "rel".len();
    let _ = rel_head(input);
    input.state.rels += 1;
    if depth >= MAX_DEPTH || input.state.inside >= MAX_RELS_DEEP || input.state.rels > MAX_RELS {
        let end = closing(input.state.text, open);
        jump(input, end);
        let most = format!("at most {MAX_RELS} rel(...) in a filter, {MAX_RELS_DEEP} inside one another");
        refuse(input, start, end, most);
        return None;
    }
    let Some((direction, hops)) = towards(input) else {
        let end = closing(input.state.text, open);
        let from = place(input);
        let typed = input.state.text[from..end].split([' ', ',', ')']).next().unwrap_or_default().to_owned();
        let meant = nearest(&typed, ["out", "any", "both"]);
        let text = input.state.text;
        let mended = meant.map(|m| format!("{}{m}{}", &text[start..from], &text[from + typed.len()..end]));
        jump(input, end);
        let reason = format!(
            "rel(...) begins with in, out or any, and perhaps how many steps up to {MAX_HOPS}: rel(out, uses, kind:volume)"
        );
        suggest(input, start, end, reason, mended);
        return None;
    };
    let list =
        preceded(comma, terminated(relations, peek(alt((comma, preceded(space, ')').void(), eof.void())))));
    let relations = took(input, list).unwrap_or_default();
    let bad = input.state.bad.len();
    let mut filter = None;
    if took(input, comma).is_some() {
        input.state.inside += 1;
        let items = sequence(input, depth + 1);
        input.state.inside -= 1;
        filter = all(items.into_iter().map(|(_, e)| e).collect());
    } else if !matches!(
        preceded(space, peek(alt((')'.void(), eof.void())))).parse_next(input),
        Parsed::Ok(())
    ) {
        let end = closing(input.state.text, open);
        jump(input, end);
        refuse(input, start, end, "a comma is missing: rel(out, uses, kind:volume)");
        return None;
    }
    if took(input, preceded(space, ')')).is_none() {
        // The whole term is what is not finished, not its parenthesis.
        let end = place(input);
        refuse(input, start, end, "this parenthesis is never closed");
    }
    if input.state.bad.len() > bad {
        // Without its bad terms it would find more than was asked for, not less precisely the same.
        return None;
    }
    let filter = filter.unwrap_or(Expr::All);
    Some(Expr::Term(Term::Rel(Box::new(Rel { direction, hops, relations, filter }))))
}

/// The direction and the number of steps.
fn towards(input: &mut Input<'_>) -> Option<(Direction, u8)> {
    let _ = space(input);
    let before = input.checkpoint();
    let word = took(input, take_while(1.., char::is_alphanumeric)).unwrap_or_default();
    let direction = match fold(word).as_str() {
        "in" => Some(Direction::In),
        "out" => Some(Direction::Out),
        "any" | "both" => Some(Direction::Both),
        _ => None,
    };
    let hops: Option<&str> = took(input, preceded(take_while(1.., char::is_whitespace), digit1));
    let hops = hops.map_or(Some(1), |n| n.parse().ok().filter(|n| (1..=MAX_HOPS).contains(n)));
    let _ = space(input);
    let ends = next(input).is_none_or(|c| ",)".contains(c));
    match (direction, hops) {
        (Some(direction), Some(hops)) if ends => Some((direction, hops)),
        _ => {
            input.reset(&before);
            None
        }
    }
}

/// Relations with bars between them; none for `*`, which is any.
fn relations(input: &mut Input<'_>) -> Parsed<Vec<Pattern>> {
    let is_name = |c: char| c.is_alphanumeric() || "-_*?".contains(c);
    let mut names = separated(1.., take_while(1.., is_name), delimited(space, '|', space));
    let names: Vec<&str> = names.parse_next(input)?;
    if names.iter().any(|name| !name.is_empty() && name.bytes().all(|b| b == b'*')) {
        return Ok(Vec::new());
    }
    let pattern = |name: &&str| {
        if name.contains(['*', '?']) {
            Pattern::Glob(Glob::new(name.chars().map(|c| (c, "*?".contains(c))), false))
        } else {
            Pattern::Is(fold(name))
        }
    };
    Ok(names.iter().map(pattern).collect())
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

fn count_regexes(expr: &Expr, n: &mut usize) {
    let is = |p: &&Pattern| matches!(p, Pattern::Regex(_));
    match expr {
        Expr::Not(inner) => count_regexes(inner, n),
        Expr::Term(Term::Text(Pattern::Regex(_))) => *n += 1,
        Expr::Term(
            Term::Field(_, p)
            | Term::Status(_, p)
            | Term::In(p)
            | Term::Tag { values: p, .. }
            | Term::Prop { test: ValueTest::Any(p), .. },
        ) => *n += p.iter().filter(is).count(),
        _ => {}
    }
}
