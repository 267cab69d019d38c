//! A syntax tree as the shortest text that reads back as the same tree; what chips show.

use std::fmt::{self, Write as _};

use crate::neighbours::Direction;

use super::{
    Category, Cmp, Expr, Glob, Has, Net, Operand, Pattern, PresenceTest, Rel, StatusPart, Term, TextField,
    TimeField, ValueTest, When, parse,
    quote::{is_plain, quoted_if_needed},
    time::write_duration,
};

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&whole(self))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&term(self, false))
    }
}

fn whole(expr: &Expr) -> String {
    match expr {
        Expr::And(parts) => parts.iter().map(inside_and).collect::<Vec<_>>().join(" "),
        other => inside_and(other),
    }
}

fn inside_and(expr: &Expr) -> String {
    match expr {
        Expr::Or(parts) => {
            let mut out = String::new();
            for (n, part) in parts.iter().enumerate() {
                let text = if matches!(part, Expr::And(_)) {
                    format!("({})", whole(part))
                } else {
                    alternative(part)
                };
                if n == 0 {
                    out = text;
                } else if matches!(part, Expr::Term(Term::Text(_))) && takes_values(&parts[n - 1]) {
                    // Without them the text would be one more value of the key before it.
                    let _ = write!(out, ",({text})");
                } else {
                    let _ = write!(out, ",{text}");
                }
            }
            out
        }
        other => single(other),
    }
}

/// One of several with commas between them. A slash that begins it, or follows an operator in it, could
/// be taken for the beginning of a regular expression that ends further on.
fn alternative(expr: &Expr) -> String {
    let text = single(expr);
    let inner = if let Expr::Not(inner) = expr { inner } else { expr };
    if !matches!(inner, Expr::Term(Term::Text(p)) if !matches!(p, Pattern::Regex(_) | Pattern::Is(_))) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c == '/' && (out.is_empty() || out == "!" || out.ends_with([':', '=', '<', '>'])) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn takes_values(expr: &Expr) -> bool {
    match expr {
        Expr::Term(term) => !matches!(term, Term::Text(_)),
        Expr::Not(inner) => takes_values(inner),
        _ => false,
    }
}

fn single(expr: &Expr) -> String {
    match expr {
        Expr::All => String::new(),
        Expr::And(_) | Expr::Or(_) => format!("({})", whole(expr)),
        Expr::Not(inner) => {
            match &**inner {
                Expr::And(_) | Expr::Or(_) => format!("!({})", whole(inner)),
                Expr::Term(term @ Term::Text(_)) => format!("!{}", self::term(term, false)),
                // `status!=running` reads better than `!status:running`.
                Expr::Term(
                    term @ (Term::Field(..)
                    | Term::Status(..)
                    | Term::Category(_)
                    | Term::Tag { .. }
                    | Term::In(_)
                    | Term::Prop { test: ValueTest::Any(_), .. }),
                ) if !reads_parts(term) => self::term(term, true),
                other => format!("!{}", single(other)),
            }
        }
        Expr::Term(term) => self::term(term, false),
    }
}

/// Whether the term can only be written with `:`, whose opposite has no operator.
fn reads_parts(term: &Term) -> bool {
    match term {
        Term::Field(field, patterns) => colon(Some(*field), patterns),
        Term::Tag { values, .. } | Term::In(values) | Term::Prop { test: ValueTest::Any(values), .. } => {
            colon(None, values)
        }
        _ => false,
    }
}

/// Whether the operator was `:` with its own meaning.
fn colon(field: Option<TextField>, patterns: &[Pattern]) -> bool {
    patterns.iter().any(|p| matches!(p, Pattern::Contains(_) | Pattern::Parts(_) | Pattern::PartsGlob(_)))
        || (field != Some(TextField::Kind) && patterns.iter().all(|p| matches!(p, Pattern::Regex(_))))
}

fn term(term: &Term, negated: bool) -> String {
    let equal = if negated { "!=" } else { "=" };
    let either = if negated { "!=" } else { ":" };
    match term {
        Term::Text(p) => plain(p),
        Term::Field(field, patterns) => {
            let name = match field {
                TextField::Name => "name",
                TextField::Id => "id",
                TextField::Kind => "kind",
                TextField::Provider => "provider",
                TextField::Account => "account",
                TextField::Region => "region",
                TextField::Zone => "zone",
                TextField::Source => "source",
                TextField::Address => "address",
                TextField::Alias => "alias",
                TextField::Declares => "declares",
            };
            let always = matches!(field, TextField::Provider | TextField::Region | TextField::Zone);
            let op = if always || colon(Some(*field), patterns) { either } else { equal };
            format!("{name}{op}{}", list(patterns.iter().map(pattern)))
        }
        Term::Status(part, patterns) => {
            let name = match part {
                StatusPart::Either => "status",
                StatusPart::Word => "status_word",
                StatusPart::Class => "status_class",
            };
            format!("{name}{either}{}", list(patterns.iter().map(pattern)))
        }
        Term::Category(all) => {
            format!("category{either}{}", list(all.iter().map(|c: &Category| c.to_string())))
        }
        Term::Presence(all) => {
            let word = |p: &PresenceTest| match p {
                PresenceTest::Present => "present".to_owned(),
                PresenceTest::Unknown => "unknown".to_owned(),
                PresenceTest::Why(w) => w.to_string(),
                PresenceTest::Gone => "gone".to_owned(),
                PresenceTest::Proof(p) => p.to_string(),
            };
            format!("presence:{}", list(all.iter().map(word)))
        }
        Term::Tag { key, values } => {
            let op = if colon(None, values) { either } else { equal };
            format!("tag.{}{op}{}", tag_key(key), list(values.iter().map(pattern)))
        }
        Term::TagCompare { key, cmp, operand } => {
            format!("tag.{}{}", tag_key(key), compared(*cmp, operand))
        }
        Term::Prop { path, test } => match test {
            ValueTest::Any(values) => {
                let op = if colon(None, values) { either } else { equal };
                format!("prop.{path}{op}{}", list(values.iter().map(pattern)))
            }
            ValueTest::Compare(cmp, operand) => format!("prop.{path}{}", compared(*cmp, operand)),
            ValueTest::There => format!("has:prop.{path}"),
        },
        Term::Rel(rel) => relation(rel),
        Term::In(values) => {
            let op = if colon(None, values) { either } else { equal };
            format!("in{op}{}", list(values.iter().map(pattern)))
        }
        Term::Cost { cmp, operand } => format!("cost{}", compared(*cmp, operand)),
        Term::Has(has) => match has {
            Has::Tag(key) => format!("has:{}", quoted_if_needed(&format!("tag.{key}"))),
            Has::Prop(path) => format!("has:prop.{path}"),
            other => {
                let word = super::keys::HAS.iter().find(|(_, h)| h == other).map_or("tag", |(w, _)| *w);
                format!("has:{word}")
            }
        },
        Term::Time { field, cmp, when } => {
            let name = match (field, when) {
                (TimeField::Created, When::Ago(_)) => "age",
                (TimeField::Created, When::At(_)) => "created",
                (TimeField::Changed, _) => "changed",
                (TimeField::Seen, _) => "seen",
                (TimeField::FirstSeen, _) => "first_seen",
                (TimeField::Gone, _) => "gone",
            };
            match when {
                When::Ago(millis) => format!("{name}{}{}", cmp.as_str(), write_duration(*millis)),
                When::At(at) => format!("{name}{}{at}", cmp.as_str()),
            }
        }
        Term::Ip(nets) => format!("ip:{}", list(nets.iter().map(ToString::to_string))),
        Term::Is(marks) => format!("is:{}", list(marks.iter().map(|m| m.as_str().to_owned()))),
    }
}

fn compared(cmp: Cmp, operand: &Operand) -> String {
    format!("{}{}", cmp.as_str(), quoted_if_needed(&operand.written()))
}

fn relation(rel: &Rel) -> String {
    let direction = match rel.direction {
        Direction::In => "in",
        Direction::Out => "out",
        Direction::Both => "any",
    };
    let hops = if rel.hops > 1 { format!(" {}", rel.hops) } else { String::new() };
    let relations = rel.relations.iter().map(pattern).collect::<Vec<_>>().join("|");
    let relations = if relations.is_empty() { "*".to_owned() } else { relations };
    match (&rel.filter, rel.relations.is_empty()) {
        (Expr::All, true) => format!("rel({direction}{hops})"),
        (Expr::All, false) => format!("rel({direction}{hops}, {relations})"),
        (filter, _) => format!("rel({direction}{hops}, {relations}, {})", whole(filter)),
    }
}

fn list(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(",")
}

fn pattern(p: &Pattern) -> String {
    match p {
        Pattern::Glob(g) | Pattern::PartsGlob(g) => glob(g, false),
        Pattern::Regex(r) => format!("/{}/", r.as_str()),
        // Without quotes it would stand for all that lies in it.
        Pattern::Is(t) | Pattern::Contains(t) if t.contains('/') && Net::parse(t).is_some() => {
            format!("\"{t}\"")
        }
        Pattern::Is(t)
        | Pattern::Contains(t)
        | Pattern::Parts(t)
        | Pattern::Starts(t)
        | Pattern::Ends(t)
        | Pattern::Fuzzy(t) => quoted_if_needed(t),
        Pattern::Within(g) => glob(g, true),
        Pattern::Net(net) => net.written(),
    }
}

fn tag_key(key: &str) -> String {
    quoted_if_needed(key)
}

/// A value with wildcards cannot stand in quotes.
fn glob(g: &Glob, within: bool) -> String {
    let mut out = String::new();
    for (c, wild) in g.chars(within) {
        let special = !wild && !is_plain(c) && (c.is_ascii_punctuation() || c.is_whitespace());
        if special || (c == '/' && out.is_empty()) {
            out.push('\\');
        }
        out.push(c);
    }
    if out.is_empty() && within { "*".to_owned() } else { out }
}

/// A term without a key. Escapes as little as reads back the same.
fn plain(p: &Pattern) -> String {
    let least = match p {
        Pattern::Is(t) => {
            let mut out = quoted_if_needed(t);
            if !out.starts_with('"') {
                out = format!("\"{out}\"");
            }
            return out;
        }
        Pattern::Contains(t) => escaped(t, " ,()\"\\*"),
        Pattern::Starts(t) => format!("^{}", escaped(t, " ,()\"\\*")),
        Pattern::Ends(t) => format!("{}$", escaped(t, " ,()\"\\*")),
        Pattern::Fuzzy(t) => format!("~{}", escaped(t, " ,()\"\\*")),
        Pattern::Regex(r) => return format!("/{}/", r.as_str()),
        Pattern::Within(g) => glob(g, true),
        Pattern::Glob(g) | Pattern::PartsGlob(g) => glob(g, false),
        Pattern::Parts(t) => escaped(t, ""),
        Pattern::Net(net) => net.written(),
    };
    if parse::expr(&least).as_ref() == Some(&Expr::Term(Term::Text(p.clone()))) {
        return least;
    }
    match p {
        Pattern::Starts(t) => format!("^{}", escaped(t, "")),
        Pattern::Ends(t) => format!("{}$", escaped(t, "")),
        Pattern::Fuzzy(t) => format!("~{}", escaped(t, "")),
        Pattern::Contains(t) => escaped(t, ""),
        _ => least,
    }
}

/// With a backslash before each of `special`, before all white space, and, where `special` is empty,
/// before everything that could have a meaning.
fn escaped(text: &str, special: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let must = if special.is_empty() { c.is_ascii_punctuation() } else { special.contains(c) };
        if must || c.is_whitespace() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
