//! Secrets on command lines: behind flags and assignments, in the short flags of known programs, and
//! in the commands inside commands (`sh -c '...'`).

use std::sync::LazyLock;

use regex::Regex;

use super::{
    Redactor, names,
    programs::{self, Flag, Programs, Takes},
    words,
};

/// `sh -c "ssh host 'mysql ...'"` and no deeper.
const DEEPEST: u8 = 4;

/// What a text has when it may be a command with a secret in it.
static SIGN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let programs: Vec<String> = programs::names().map(regex::escape).collect();
    Regex::new(&format!(
        r"(?-u)(?:(?:^|[\s'/])-{{1,2}}[A-Za-z0-9._-]*(?i:pass|pwd|secret|token|key|bearer|credential|conn)|\b(?:{})(?:\.exe)?[\s']|[\s']pass:|\bset\s|=['])",
        programs.join("|")
    ))
    .ok()
});

/// Redacts the words of one command in place; whether anything changed. The words are whole
/// arguments, quotes resolved.
pub(super) fn arguments(redactor: &Redactor, arguments: &mut [String]) -> bool {
    let before = arguments.to_vec();
    inner(redactor, arguments, 0);
    before != arguments
}

/// Redacts a command line that is one text; `None` when nothing in it looks secret.
pub(super) fn line(redactor: &Redactor, text: &str) -> Option<String> {
    if !SIGN.as_ref().is_none_or(|sign| sign.is_match(text)) {
        return None;
    }
    script(redactor, text, 0)
}

fn script(redactor: &Redactor, text: &str, depth: u8) -> Option<String> {
    let words = words::split(text);
    let mut out = String::with_capacity(text.len() + 32);
    let mut done = 0;
    for command in words.split(|w| w.ends) {
        let mut values: Vec<String> = command.iter().map(|w| w.value.clone()).collect();
        inner(redactor, &mut values, depth);
        for (word, value) in command.iter().zip(&values).filter(|(w, v)| w.value != **v) {
            out.push_str(&text[done..word.range.start]);
            out.push_str(&word.written(value));
            done = word.range.end;
        }
    }
    if done == 0 {
        return None;
    }
    out.push_str(&text[done..]);
    Some(out)
}

fn inner(redactor: &Redactor, arguments: &mut [String], depth: u8) {
    let mut seen = Seen::default();
    let mut at = 0;
    while at < arguments.len() {
        let (before, rest) = arguments.split_at_mut(at);
        let Some((argument, after)) = rest.split_first_mut() else { return };
        at += 1 + one(redactor, &seen, before.last(), argument, after);
        if depth < DEEPEST
            && argument.contains(char::is_whitespace)
            && let Some(changed) = script(redactor, argument, depth + 1)
        {
            *argument = changed;
        }
        seen.note(argument);
    }
}

/// The known programs of a command, and the words behind which some of their flags count. Both are
/// few, however long the command is.
#[derive(Default)]
struct Seen {
    rows: Vec<&'static Programs>,
    words: Vec<&'static str>,
}

impl Seen {
    fn note(&mut self, argument: &str) {
        for row in programs::of(argument) {
            if !self.rows.iter().any(|r| std::ptr::eq(*r, row)) {
                self.rows.push(row);
            }
        }
        for word in self.rows.iter().filter_map(|r| r.after) {
            if word == argument && !self.words.contains(&word) {
                self.words.push(word);
            }
        }
    }

    fn flags(&self) -> impl Iterator<Item = &'static Flag> {
        let counts = |row: &&&'static Programs| row.after.is_none_or(|word| self.words.contains(&word));
        self.rows.iter().filter(counts).flat_map(|row| row.flags)
    }
}

/// Looks at one argument; returns how many of those behind it were its value.
fn one(
    redactor: &Redactor,
    seen: &Seen,
    previous: Option<&String>,
    argument: &mut String,
    after: &mut [String],
) -> usize {
    if let Some(start) = assigned(argument) {
        hide(redactor, argument, start, "secret");
        return 0;
    }
    if let Some(start) = password_source(argument) {
        hide(redactor, argument, start, "password");
        return 0;
    }
    for flag in seen.flags() {
        if let Some(taken) = short(redactor, flag, argument, after) {
            return taken;
        }
    }
    // `-u name:password` of whatever program, as curl's; but not `-u 1000:1000` (user and group).
    if matches!(argument.as_str(), "-u" | "--user")
        && let Some(value) = after.first_mut()
        && let Some((name, password)) = value.split_once(':')
        && !name.is_empty()
        && !name.contains('/')
        && !password.bytes().all(|b| b.is_ascii_digit())
        && is_value(password)
    {
        let start = name.len() + 1;
        hide(redactor, value, start, "password");
        return 1;
    }
    let flag = argument.starts_with('-') && !argument.contains(['=', ' ']);
    // `aws configure set aws_secret_access_key X`, `npm config set //host/:_authToken X`
    let setting = previous.is_some_and(|word| word == "set");
    let named =
        (flag && names::secret_flag(argument).is_some()) || (setting && names::secret(argument).is_some());
    if named && let Some(value) = after.first_mut().filter(|v| is_value(v)) {
        hide(redactor, value, 0, "secret");
        return 1;
    }
    0
}

/// Whether an argument behind a flag is its value, and one that is secret.
fn is_value(value: &str) -> bool {
    let flag_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    let long = value.strip_prefix("--").map(|v| v.split('=').next().unwrap_or(v));
    let another_flag =
        long.is_some_and(|l| l.is_empty() || flag_name(l)) || (value.starts_with('-') && value.len() == 2);
    // `--secret id=x,src=y` of image builds names a secret.
    !another_flag && !value.starts_with("id=")
}

/// Where the value starts in `NAME=value`, `--name=value`, `-Dname=value`, `/name:value`, when the
/// name is that of a secret.
fn assigned(argument: &str) -> Option<usize> {
    let end =
        argument.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':')));
    let end = end.filter(|at| argument[*at..].starts_with('='));
    let name = match end {
        Some(at) => &argument[..at],
        None => argument.strip_prefix('/')?.split_once(':').map(|(name, _)| name)?,
    };
    let start = end.map_or(name.len() + 2, |at| at + 1);
    let why = if name.starts_with('-') { names::secret_flag(name) } else { names::secret(name) };
    why.map(|_| start)
}

/// Where the value starts in `pass:X`, which several tools take for `-passin` and the like.
fn password_source(argument: &str) -> Option<usize> {
    argument.starts_with("pass:").then_some("pass:".len())
}

/// Applies a flag of a known program; how many arguments it took, or `None` when it is another flag.
fn short(redactor: &Redactor, flag: &Flag, argument: &mut String, after: &mut [String]) -> Option<usize> {
    let cluster = flag.apart
        && flag.text.len() == 2
        && argument.len() > 2
        && argument.starts_with('-')
        && argument.ends_with(&flag.text[1..])
        && argument[1..].bytes().all(|b| b.is_ascii_alphabetic())
        // `-sSu user:secret`: letters in front of the flag's own; for a plain secret that would be a guess.
        && matches!(flag.takes, Takes::Pair(_));
    if flag.apart && (argument == flag.text || cluster) {
        let value = after.first_mut().filter(|v| !v.starts_with("--"))?;
        hide(redactor, value, secret_start(flag.takes, value)?, "password");
        return Some(1);
    }
    let rest = argument.strip_prefix(flag.text)?;
    let equals = rest.starts_with('=');
    if flag.text.starts_with("--") && !equals {
        return None;
    }
    let start = flag.text.len() + usize::from(equals);
    let value = &argument[start..];
    if value.is_empty() || ports(value) {
        return None;
    }
    let secret = start + secret_start(flag.takes, value)?;
    hide(redactor, argument, secret, "password");
    Some(0)
}

fn secret_start(takes: Takes, value: &str) -> Option<usize> {
    match takes {
        Takes::Secret => Some(0),
        Takes::Pair(separator) => value.find(separator).map(|at| at + separator.len_utf8()),
    }
}

/// `-p3306:3306` publishes a port.
fn ports(value: &str) -> bool {
    value.contains(':') && value.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'.')
}

/// Replaces what stands from `start` on by a mark.
fn hide(redactor: &Redactor, argument: &mut String, start: usize, why: &str) {
    let secret = &argument[start..];
    if names::harmless(secret) {
        return;
    }
    let mark = redactor.mark(why, secret);
    argument.replace_range(start.., &mark);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert!(SIGN.is_some());
    }
}
